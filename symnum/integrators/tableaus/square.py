"""Triangles as square matrices."""

import numpy as np
import numpy.typing as npt

__all__ = ["square"]


def square(rows: tuple[tuple[float, ...], ...]) -> npt.NDArray[np.float64]:
    """Return rows of a lower triangle as a square matrix."""
    out = np.zeros((len(rows), len(rows)))
    for i, row in enumerate(rows):
        out[i, : len(row)] = row
    return out

