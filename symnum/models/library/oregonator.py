"""The Oregonator."""

from symnum.models.reaction_network import ReactionNetwork, reaction_network

__all__ = ["oregonator"]


def oregonator() -> ReactionNetwork:
    """Return Field and Noyes's model of the Belousov–Zhabotinsky reaction, a stiff oscillator.

    Notes
    -----
    R. J. Field, R. M. Noyes, "Oscillations in chemical systems. IV", J. Chem. Phys. 60, 1877 (1974).
    X is bromous acid, Y bromide, Z the oxidised catalyst, in mol/L; A (bromate) and B (organic substrate)
    are held constant, and f is the number of bromides released. Rates as given there, so without
    combinatoric factors.

    Examples
    --------
    >>> from symnum.models.library import oregonator
    >>> oregonator().n_reactions
    6
    """
    network = reaction_network(
        """
        k1*A, Y --> X
        k2, X + Y --> 0
        k3*A, X --> 2X + 2Z
        k4, 2X --> 0
        kc*B, Z --> 0
        f/2*kc*B*Z, 0 => Y
        """,
        parameters={
            "f": 1.0,
            "A": 0.06,
            "B": 0.02,
            "k1": 1.28,
            "k2": 2.4e6,
            "k3": 33.6,
            "k4": 3000.0,
            "kc": 1.0,
        },
        initial={"X": 1e-8, "Y": 1e-7, "Z": 1e-5},
        combinatoric=False,
        name="Oregonator",
    )
    return network.with_t_span(0.0, 2000.0)
