"""Differences of second order with NumPy on arrays that are padded by one cell: independent of the package."""

import numpy as np

__all__ = ["faces", "laplacian", "padded"]


def padded(u, axis, low, high, width):
    """Return an array with one more cell at both ends of an axis.

    A condition is "periodic" or ``(a, b, g)`` for ``a*u + b*du/dn = g`` on the side, with u there the mean of the cells
    on both sides of it and du/dn their difference. The numbers may be arrays along the side.
    """
    u = np.moveaxis(u, axis, 0)
    if isinstance(low, str):
        ends = u[-1], u[0]
    else:
        ends = tuple(
            (g - (a / 2 - b / width) * first) / (a / 2 + b / width) for (a, b, g), first in ((low, u[0]), (high, u[-1]))
        )
    return np.moveaxis(np.concatenate([ends[0][None], u, ends[1][None]]), 0, axis)


def laplacian(u, conditions, widths):
    """Return the sum of second differences, with conditions for both ends of each axis."""
    total = np.zeros_like(u)
    for axis, ((low, high), width) in enumerate(zip(conditions, widths, strict=True)):
        total += np.diff(padded(u, axis, low, high, width), 2, axis) / width**2
    return total


def faces(values, axis, function):
    """Return a function of neighbours along an axis, on the faces between them."""
    moved = np.moveaxis(values, axis, 0)
    return np.moveaxis(function(moved[:-1], moved[1:]), 0, axis)
