"""Counts of values in bins, of all quantities at all output times."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.integrators.ensembles import count as at
from symnum.integrators.run import address_of

__all__ = ["Counts"]

Array = NDArray[np.float64]


class Counts:
    """Bins as wide as need be, by powers of two; see `symnum.integrators.ensembles.count`.

    Parameters
    ----------
    n_times : int
    whole : ndarray of bool, shape (n_quantities,)
        Which quantities are whole numbers.
    bins : int
        Number of bins of each quantity at each time.

    Attributes
    ----------
    exponents, bases : ndarray of int64, shape (n_times, n_quantities)
        Bin i is ``[(base + i) 2^exponent, (base + i + 1) 2^exponent)``.
    low, high : ndarray of float64, shape (n_times, n_quantities)
        Least and greatest values.
    lost : ndarray of int64, shape (n_times, n_quantities)
        Values that are not finite numbers.
    counts : ndarray of uint32, shape (n_times, n_quantities, bins)
    """

    def __init__(self, n_times: int, whole: NDArray[np.bool_], bins: int) -> None:
        shape = (n_times, len(whole))
        self.bins = bins
        self.whole = np.ascontiguousarray(np.broadcast_to(whole, shape), np.int32)
        self.exponents = np.where(self.whole != 0, 0, -650).astype(np.int64)
        self.bases = np.zeros(shape, np.int64)
        self.low, self.high = np.full(shape, np.inf), np.full(shape, -np.inf)
        self.lost = np.zeros(shape, np.int64)
        self.counts = np.zeros((*shape, bins), np.uint32)
        self._scratch = np.zeros(bins, np.uint32)
        self._book = np.zeros(at.ADDRESSES, np.int64)
        self._enter_addresses()

    def _enter_addresses(self) -> None:
        for place, array in (
            (at.A_EXPONENTS, self.exponents),
            (at.A_BASES, self.bases),
            (at.A_LOW, self.low),
            (at.A_HIGH, self.high),
            (at.A_LOST, self.lost),
            (at.A_WHOLE, self.whole),
            (at.A_COUNTS, self.counts),
            (at.A_SCRATCH, self._scratch),
        ):
            self._book[place] = address_of(array)
        self._address = address_of(self._book)

    def add(self, x: Array, good: NDArray[np.int32]) -> None:
        """Count values, shape (rows, n_times, n_quantities), of the rows that are good."""
        at.count.call(self._address, self.low.size, self.bins, address_of(x), address_of(good), len(x))

    def merge(self, other: "Counts") -> None:
        """Add the counts of another object for the same quantities and times."""
        at.merge_counts(self._address, other._address, self.low.size, self.bins)

    @property
    def nbytes(self) -> int:
        """Bytes that the counts take."""
        return self.counts.nbytes

    def widths(self, quantity: int) -> Array:
        """Return the width of a quantity's bins, shape (n_times,)."""
        return np.ldexp(1.0, self.exponents[:, quantity].astype(np.int32))

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k != "_book"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._book = np.zeros(at.ADDRESSES, np.int64)
        self._enter_addresses()
