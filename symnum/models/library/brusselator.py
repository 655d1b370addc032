"""The Brusselator."""

from symnum.models.reaction_network import ReactionNetwork, reaction_network

__all__ = ["brusselator"]


def brusselator() -> ReactionNetwork:
    """Return Prigogine and Lefever's trimolecular oscillator; it oscillates where B > 1 + A^2.

    Notes
    -----
    I. Prigogine, R. Lefever, "Symmetry breaking instabilities in dissipative systems. II", J. Chem. Phys.
    48, 1695 (1968). The equations are dX/dt = A + X^2 Y - (B + 1) X, dY/dt = B X - X^2 Y.

    Examples
    --------
    >>> from symnum.models.library import brusselator
    >>> brusselator().species
    (X, Y)
    """
    network = reaction_network(
        "A, 0 --> X; 1, 2X + Y --> 3X; B, X --> Y; 1, X --> 0",
        parameters={"A": 1.0, "B": 3.0},
        initial={"X": 1.0, "Y": 1.0},
        combinatoric=False,
        name="Brusselator",
    )
    return network.with_t_span(0.0, 40.0)
