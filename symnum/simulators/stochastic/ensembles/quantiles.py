"""Quantiles from counts: exact where a bin holds one whole number only, otherwise to the bin."""

import numpy as np
from numpy.typing import NDArray

from symnum.simulators.stochastic.ensembles.counts import Counts

__all__ = ["quantiles_of_counts"]

Array = NDArray[np.float64]


def quantiles_of_counts(counts: Counts, quantity: int, n: int, q: Array) -> Array:
    """Return quantiles, shape (n_q, n_times), interpolated linearly between two values as `numpy.quantile` does.

    Parameters
    ----------
    counts : Counts
    quantity : int
        Its number.
    n : int
        Number of trajectories.
    q : ndarray, shape (n_q,)
        Between 0 and 1.
    """
    sums = np.cumsum(counts.counts[:, quantity], axis=1, dtype=np.int64)
    place = (n - 1) * q
    below = np.floor(place).astype(np.int64)
    part = place - below
    out = np.empty((len(q), len(sums)))
    for k in range(len(q)):
        left = _value(counts, quantity, sums, int(below[k]))
        right = _value(counts, quantity, sums, min(int(below[k]) + 1, n - 1))
        step = right - left
        out[k] = left + step * part[k] if part[k] < 0.5 else right - step * (1.0 - part[k])
    out[:, counts.lost[:, quantity] > 0] = np.nan
    return out


def _value(counts: Counts, quantity: int, sums: NDArray[np.int64], rank: int) -> Array:
    """Return the value of a rank from 0, at each time."""
    bins = (sums <= rank).sum(axis=1)
    bins = np.minimum(bins, counts.bins - 1)
    rows = np.arange(len(sums))
    held = counts.counts[rows, quantity, bins].astype(np.float64)
    before = sums[rows, bins] - held
    width = counts.widths(quantity)
    exact = (counts.whole[:, quantity] != 0) & (width == 1.0)
    inside = np.where(exact, 0.0, (rank - before + 0.5) / np.maximum(held, 1.0))
    value = (counts.bases[:, quantity] + bins + inside) * width
    bounded: Array = np.clip(value, counts.low[:, quantity], counts.high[:, quantity])
    return bounded
