"""Enzyme kinetics."""

from symnum.models.reaction_network import ReactionNetwork, reaction_network

__all__ = ["michaelis_menten"]


def michaelis_menten() -> ReactionNetwork:
    """Return an enzyme that binds its substrate and turns it into product, in mass action.

    Notes
    -----
    L. Michaelis, M. L. Menten, "Die Kinetik der Invertinwirkung", Biochem. Z. 49, 333 (1913). Molar
    concentrations and seconds.

    Examples
    --------
    >>> from symnum.models.library import michaelis_menten
    >>> print(michaelis_menten().conservation_laws())
    S + C + P = constant
    E + C = constant
    """
    network = reaction_network(
        """
        binding: (kf, kr), S + E <--> C
        catalysis: kcat, C --> E + P
        """,
        parameters={"kf": 1e6, "kr": 1e-4, "kcat": 0.1},
        initial={"S": 5e-7, "E": 2e-7, "C": 0, "P": 0},
        observables={"velocity": "kcat*C"},
        name="Michaelis-Menten",
    )
    return network.with_t_span(0.0, 100.0)
