"""The Lotka–Volterra reactions."""

from symnum.models.reaction_network import ReactionNetwork, reaction_network

__all__ = ["lotka_volterra"]


def lotka_volterra() -> ReactionNetwork:
    """Return prey that grow, predators that eat them and multiply, and predators that die.

    Notes
    -----
    A. J. Lotka, "Analytical note on certain rhythmic relations in organic systems", PNAS 6, 410 (1920).

    Examples
    --------
    >>> from symnum.models.library import lotka_volterra
    >>> lotka_volterra().reactions
    birth: alpha, prey --> 2*prey
    predation: beta, prey + predator --> 2*predator
    death: gamma, predator --> 0
    """
    network = reaction_network(
        """
        birth: alpha, prey --> 2*prey
        predation: beta, prey + predator --> 2*predator
        death: gamma, predator --> 0
        """,
        parameters={"alpha": 1.0, "beta": 0.01, "gamma": 0.6},
        initial={"prey": 100, "predator": 50},
        name="Lotka-Volterra",
    )
    return network.with_t_span(0.0, 40.0)
