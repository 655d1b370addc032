"""The dense solver as an object."""

import numpy as np

from symnum.integrators.linear import dense
from symnum.integrators.linear.analysis import Array, pack

__all__ = ["DenseSolver"]


class DenseSolver:
    """Dense LU of (c_mass*I - c_jac*J) with partial pivoting.

    Parameters
    ----------
    n : int
        Number of unknowns.
    indptr, indices : numpy.ndarray
        int32 compressed columns with the full diagonal.

    Attributes
    ----------
    context_address, factor_address, solve_address : int
        What an engine calls; see the package's documentation.
    """

    name = "dense"

    def __init__(self, n: int, indptr: Array, indices: Array) -> None:
        self._pattern = (n, indptr, indices)
        self._counters = np.zeros(8, dtype=np.int64)
        self._buffers = (np.empty(n * n), np.empty(n, dtype=np.int32), np.empty(n))
        self._context = pack(n, indptr, indices, *self._buffers, self._counters)
        self.context_address = int(self._context.ctypes.data)
        self.factor_address = dense.factor_dense.address
        self.solve_address = dense.solve_dense.address

    def clone(self) -> "DenseSolver":
        """Return an independent context of the same pattern."""
        return DenseSolver(*self._pattern)

    def statistics(self) -> dict[str, object]:
        """Return size, arithmetic and the number of factorisations so far."""
        n, _, indices = self._pattern
        return {
            "kind": self.name,
            "n": n,
            "nnz": len(indices),
            "nnz_factors": n * n,
            "flops": 2 / 3 * n**3,
            "head": 0,
            "tail": n,
            "factorisations": int(self._counters[0]),
            "pivoted_factorisations": int(self._counters[0]),
            "largest_multiplier": 1.0,
            "ordering_seconds": 0.0,
        }
