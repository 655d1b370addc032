"""How often each value of one quantity at one time came up."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Histogram"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Histogram:
    """Counts in bins of equal width, a power of two.

    Attributes
    ----------
    name : str
        The quantity.
    t : float
        The time.
    counts : ndarray of int64, shape (n_bins,)
        Exact.
    edges : ndarray, shape (n_bins + 1,)
        Bin i is ``[edges[i], edges[i + 1])``.
    width : float
        Of each bin. 1 for whole numbers as long as they do not spread too far: then bin i holds ``edges[i]`` alone.
    not_finite : int
        Values that are no finite numbers.
    """

    name: str
    t: float
    counts: NDArray[np.int64]
    edges: Array
    width: float
    not_finite: int = 0

    @property
    def n(self) -> int:
        """Number of values."""
        return int(self.counts.sum()) + self.not_finite

    @property
    def density(self) -> Array:
        """Counts divided by their number and the width: an estimate of the density, or of probabilities at width 1."""
        density: Array = self.counts / (max(self.n, 1) * self.width)
        return density

    def coarser(self, most: int) -> "Histogram":
        """Return the same with at most so many bins: neighbours together, in the places that bins of the width have."""
        width, start, counts = self.width, round(self.edges[0] / self.width), self.counts
        while len(counts) > max(most, 2):
            if start % 2:
                counts, start = np.concatenate([[0], counts]), start - 1
            if len(counts) % 2:
                counts = np.concatenate([counts, [0]])
            counts, start, width = counts[::2] + counts[1::2], start // 2, 2 * width
        edges = (start + np.arange(len(counts) + 1)) * width
        return Histogram(self.name, self.t, counts, edges, width, self.not_finite)

    def __repr__(self) -> str:
        return (
            f"<Histogram of {self.name} at t = {self.t:g}: {self.n:,} values in {len(self.counts)} bins of width "
            f"{self.width:g}>"
        )
