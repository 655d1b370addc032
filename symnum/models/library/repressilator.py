"""The repressilator."""

from symnum.models.reaction_network import ReactionNetwork, reaction_network

__all__ = ["repressilator"]


def repressilator() -> ReactionNetwork:
    """Return three genes in a ring, each repressing the next: an oscillator.

    Notes
    -----
    M. B. Elowitz, S. Leibler, "A synthetic oscillatory network of transcriptional regulators", Nature
    403, 335 (2000), in its scaled form: time in mRNA lifetimes, proteins in units of their repression
    constant.

    Examples
    --------
    >>> from symnum.models.library import repressilator
    >>> repressilator().reactions[0]
    Reaction(alpha0 + alpha/(p3^n + 1), 0 => m1)
    """
    network = reaction_network(
        """
        alpha0 + hillr(p3, alpha, 1, n), 0 => m1
        alpha0 + hillr(p1, alpha, 1, n), 0 => m2
        alpha0 + hillr(p2, alpha, 1, n), 0 => m3
        1, (m1, m2, m3) --> 0
        beta, (m1, m2, m3) --> (m1 + p1, m2 + p2, m3 + p3)
        beta, (p1, p2, p3) --> 0
        """,
        parameters={"alpha": 216.0, "alpha0": 0.216, "n": 2.0, "beta": 5.0},
        initial={"m1": 0, "m2": 0, "m3": 0, "p1": 2.0, "p2": 1.0, "p3": 3.0},
        name="repressilator",
    )
    return network.with_t_span(0.0, 60.0)
