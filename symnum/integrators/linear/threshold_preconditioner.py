"""Incomplete LU with a threshold as an object."""

from typing import Any

import numpy as np

from symnum.integrators.linear import threshold
from symnum.integrators.linear.analysis import pack
from symnum.integrators.linear.rows import Rows

__all__ = ["DROP", "FILL", "ThresholdPreconditioner"]

#: Entries smaller than this part of their row's largest are dropped; entries that a row may gain on each side.
DROP, FILL = 1e-3, 10


class ThresholdPreconditioner:
    """Incomplete LU of (c_mass*I - c_jac*J) by a threshold.

    Parameters
    ----------
    rows : Rows
        The pattern in the order of elimination.
    drop : float
        Entries smaller than this part of the largest of their row are dropped.
    fill : int
        Entries that a row of L, and one of U, may have more than the matrix.

    Attributes
    ----------
    context_address, factor_address, solve_address : int
        What an iterative solver calls.
    """

    name = "ilut"

    def __init__(self, rows: Rows, drop: float = DROP, fill: int = FILL) -> None:
        n = rows.n
        room = len(rows.arrays["columns"]) + n * fill
        self._counters = np.zeros(8, dtype=np.int64)
        self._made: dict[str, Any] = rows.arrays | {
            "n": n,
            "fill": fill,
            "drop": np.array([drop]),
            "counters": self._counters,
        }
        for name, length in (("lower", room), ("upper", room), ("pivots", n), ("row", n), ("work", n)):
            self._made[name] = np.empty(length)
        for name, length in (
            ("lower_columns", room),
            ("upper_columns", room),
            ("place", n),
            ("left", n),
            ("right", n),
        ):
            self._made[name] = np.empty(length, dtype=np.int32)
        for name in ("lower_bounds", "upper_bounds"):
            self._made[name] = np.zeros(n + 1, dtype=np.int64)
        self._context = pack(*(self._made[slot] for slot in threshold.SLOTS))
        self.context_address = int(self._context.ctypes.data)
        self.factor_address = threshold.factor_threshold.address
        self.solve_address = threshold.solve_threshold.address

    def statistics(self) -> dict[str, object]:
        """Return the number of factorisations, of pivots that had to be replaced, and of entries kept."""
        kept = int(self._made["lower_bounds"][-1] + self._made["upper_bounds"][-1]) + len(
            self._made["pivots"]
        )
        return {
            "factorisations": int(self._counters[0]),
            "replaced_pivots": int(self._counters[1]),
            "nnz_factors": kept,
        }
