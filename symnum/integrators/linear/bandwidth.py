"""Width of a pattern's band, in the order given or after reverse Cuthill-McKee, and whether it pays to use it.

Reference: George and Liu, Computer Solution of Large Sparse Positive Definite Systems, Prentice-Hall 1981, chapter 4.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Band", "find_band", "may_be_narrow"]

Array = np.ndarray[Any, Any]

#: Diagonals on both sides up to which the banded solver is faster than the sparse one, by measurement
#: (`benchmarks/linear_solvers.py`, stage "band").
NARROW = 32
#: Part of such a band that must hold entries: the sparse solver makes use of the rest.
FILLED = 0.2


@dataclass(frozen=True)
class Band:
    """Diagonals below and above the main one in a symmetric permutation.

    Attributes
    ----------
    below, above : int
        Diagonals that hold entries.
    order : numpy.ndarray
        int32, the k-th unknown of the permuted system.
    reordered : bool
        Whether that is another order than the one given.
    """

    below: int
    above: int
    order: Array
    reordered: bool

    @property
    def width(self) -> int:
        """All diagonals but the main one."""
        return self.below + self.above

    def is_narrow(self, n: int, nnz: int) -> bool:
        """Whether the banded solver is the fastest one, for so many unknowns and entries (found by measurement)."""
        return self.width <= min(NARROW, n // 2) and nnz >= FILLED * n * (self.width + 1)


def _measure(n: int, columns: Array, rows: Array, order: Array, reordered: bool) -> Band:
    place = np.empty(n, dtype=np.int64)
    place[order] = np.arange(n)
    apart = place[rows] - place[columns]
    return Band(int(max(apart.max(), 0)), int(max(-apart.min(), 0)), order.astype(np.int32), reordered)


def find_band(n: int, indptr: Array, indices: Array) -> Band:
    """Return the narrower of two bands: in the order given, and after reverse Cuthill-McKee.

    Parameters
    ----------
    n : int
        Number of unknowns.
    indptr, indices : numpy.ndarray
        int32 compressed columns.

    Returns
    -------
    Band
    """
    columns = np.repeat(np.arange(n), np.diff(indptr))
    given = _measure(n, columns, indices, np.arange(n), False)
    if given.width <= 4:
        return given
    import scipy.sparse as sp
    from scipy.sparse.csgraph import reverse_cuthill_mckee

    ones = np.ones(len(indices), dtype=np.int8)
    pattern = sp.csc_matrix((ones, indices, indptr), shape=(n, n))
    order = reverse_cuthill_mckee((pattern + pattern.T).tocsr(), symmetric_mode=True)
    other = _measure(n, columns, indices, order, True)
    return other if other.width < given.width else given


def may_be_narrow(indptr: Array) -> bool:
    """Whether no column alone is too full for a narrow band."""
    return bool(np.diff(indptr).max() <= NARROW + 1)
