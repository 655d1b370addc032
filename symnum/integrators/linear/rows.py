"""The pattern by rows, permuted, with the place of each entry in the compressed columns it comes from."""

from dataclasses import dataclass

import numpy as np

from symnum.integrators.linear.analysis import Array

__all__ = ["Rows"]


@dataclass(frozen=True)
class Rows:
    """A pattern by rows in some order of the unknowns.

    Attributes
    ----------
    n : int
        Number of unknowns.
    arrays : dict[str, numpy.ndarray]
        int32: ``bounds`` (n + 1,), ``columns``, ``sources`` (place of each entry in the compressed columns),
        ``diagonal`` (place of each row's diagonal entry), ``order`` (k-th unknown), ``indptr`` as given.
    """

    n: int
    arrays: dict[str, Array]

    @classmethod
    def of(cls, n: int, indptr: Array, indices: Array, order: Array) -> "Rows":
        """Turn compressed columns into rows, unknowns in the order given, entries sorted within a row."""
        place = np.empty(n, dtype=np.int64)
        place[order] = np.arange(n)
        columns = place[np.repeat(np.arange(n), np.diff(indptr))]
        rows = place[indices]
        by = np.argsort(rows * n + columns, kind="stable")
        bounds = np.zeros(n + 1, dtype=np.int32)
        np.cumsum(np.bincount(rows, minlength=n), out=bounds[1:])
        sorted_columns = columns[by]
        arrays = {
            "bounds": bounds,
            "columns": sorted_columns.astype(np.int32),
            "sources": by.astype(np.int32),
            "diagonal": np.flatnonzero(sorted_columns == rows[by]).astype(np.int32),
            "order": order.astype(np.int32),
            "indptr": indptr,
        }
        return cls(n, arrays)
