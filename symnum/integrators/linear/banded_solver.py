"""The banded solver as an object."""

import numpy as np

from symnum.integrators.linear import banded
from symnum.integrators.linear.analysis import Array, pack
from symnum.integrators.linear.bandwidth import Band, find_band

__all__ = ["BandedSolver"]


class BandedSolver:
    """Banded LU of (c_mass*I - c_jac*J) with partial pivoting.

    Parameters
    ----------
    n : int
        Number of unknowns.
    indptr, indices : numpy.ndarray
        int32 compressed columns with the full diagonal.
    band : Band, optional
        What `find_band` says of the pattern.

    Attributes
    ----------
    context_address, factor_address, solve_address : int
        What an engine calls; see the package's documentation.
    """

    name = "banded"

    def __init__(self, n: int, indptr: Array, indices: Array, band: Band | None = None) -> None:
        self._band = find_band(n, indptr, indices) if band is None else band
        self._pattern = (n, indptr, indices)
        below, above, order = self._band.below, self._band.above, self._band.order
        place = np.empty(n, dtype=np.int64)
        place[order] = np.arange(n)
        columns = np.repeat(np.arange(n), np.diff(indptr))
        step = 2 * below + above
        length = n * (step + 1)
        places = place[indices] * step + place[columns] + below
        diagonal = np.append(place * (step + 1) + below, length)
        self._counters = np.zeros(8, dtype=np.int64)
        self._arrays = (places, diagonal, order, np.empty(length), np.empty(max(n * below, 1)),
                        np.empty(n, dtype=np.int32), np.empty(n), self._counters)  # fmt: skip
        self._context = pack(n, below, above, len(indices), *self._arrays)
        self.context_address = int(self._context.ctypes.data)
        self.factor_address = banded.factor_banded.address
        self.solve_address = banded.solve_banded.address

    def clone(self) -> "BandedSolver":
        """Return an independent context of the same pattern."""
        return BandedSolver(*self._pattern, self._band)

    def statistics(self) -> dict[str, object]:
        """Return the band, the arithmetic and the number of factorisations so far."""
        n, _, indices = self._pattern
        below, reach = self._band.below, self._band.width
        return {
            "kind": self.name,
            "n": n,
            "nnz": len(indices),
            "nnz_factors": n * (below + reach + 1),
            "flops": 2.0 * n * below * (reach + 1),
            "below": below,
            "above": self._band.above,
            "reordered": self._band.reordered,
            "factorisations": int(self._counters[0]),
            "pivoted_factorisations": int(self._counters[0]),
        }
