"""Robertson's problem."""

from symnum.models.reaction_network import ReactionNetwork, reaction_network

__all__ = ["robertson"]


def robertson() -> ReactionNetwork:
    """Return Robertson's autocatalytic reactions, the classical stiff problem with three species.

    Notes
    -----
    H. H. Robertson, "The solution of a set of reaction rate equations", in Numerical Analysis: An
    Introduction (1966). Rates as usually given, so without combinatoric factors; A + B + C is conserved.

    Examples
    --------
    >>> from symnum.models.library import robertson
    >>> print(robertson().conservation_laws())
    A + B + C = constant
    """
    network = reaction_network(
        "k1, A --> B; k2, 2B --> B + C; k3, B + C --> A + C",
        parameters={"k1": 0.04, "k2": 3e7, "k3": 1e4},
        initial={"A": 1, "B": 0, "C": 0},
        combinatoric=False,
        name="Robertson",
    )
    return network.with_t_span(0.0, 1e11)
