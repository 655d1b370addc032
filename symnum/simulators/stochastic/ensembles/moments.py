"""Means, squares and products about the means, of the trajectories of a block; two of them make one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Moments", "merge_moments"]

Array = NDArray[np.float64]


@dataclass
class Moments:
    """Moments of `n` trajectories.

    Attributes
    ----------
    n : int
    mean, squares : ndarray, shape (n_times, n_quantities)
        `squares` are sums about the mean.
    products : ndarray, shape (n_times, n_pairs), or None
        Sums of products about the means, for pairs (0, 1), (0, 2), ..., (1, 2), ...
    """

    n: int
    mean: Array
    squares: Array
    products: Array | None = None


def merge_moments(a: Moments, b: Moments) -> Moments:
    """Return the moments of the trajectories of both; the arrays of `a` are used for it.

    T. F. Chan, G. H. Golub and R. J. LeVeque, "Updating formulae and a pairwise algorithm for computing sample
    variances", COMPSTAT 1982, 30.
    """
    if a.n == 0 or b.n == 0:
        return b if a.n == 0 else a
    n = a.n + b.n
    difference = b.mean - a.mean
    weight = a.n * (b.n / n)
    if a.products is not None and b.products is not None:
        first, second = np.triu_indices(difference.shape[1], 1)
        a.products += b.products
        a.products += difference[:, first] * difference[:, second] * weight
    a.mean += difference * (b.n / n)
    a.squares += b.squares
    a.squares += difference * difference * weight
    a.n = n
    return a
