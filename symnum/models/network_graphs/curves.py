"""Curves between boxes: quadratic arcs from centre to centre, cut where they leave one box and enter the other."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["arc", "clipped", "point_on"]

_Array = NDArray[np.float64]
_BISECTIONS = 30


def arc(start: _Array, end: _Array, bend: float) -> _Array:
    """Return the three control points of an arc, shape (3, 2); `bend` is its rise as a part of the distance."""
    chord = end - start
    return np.array([start, (start + end) / 2.0 + bend * np.array([chord[1], -chord[0]]), end])


def point_on(curve: _Array, t: float) -> _Array:
    """Return the point of a quadratic curve at 0 <= t <= 1."""
    out: _Array = (1.0 - t) ** 2 * curve[0] + 2.0 * t * (1.0 - t) * curve[1] + t**2 * curve[2]
    return out


def clipped(curve: _Array, first: _Array, second: _Array, gap: float) -> _Array | None:
    """Return the part of a curve between two boxes around its ends, or None if they touch.

    Parameters
    ----------
    curve : ndarray, shape (3, 2)
        Control points; the ends are the centres of the boxes.
    first, second : ndarray, shape (2,)
        Width and height of the boxes.
    gap : float
        What is left free before each of them.
    """
    low = _leaves(curve, first / 2.0 + gap)
    high = 1.0 - _leaves(curve[::-1], second / 2.0 + gap)
    return None if low >= high else _between(curve, low, high)


def _leaves(curve: _Array, half: _Array) -> float:
    """Return where a curve that begins in the middle of a box leaves it, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2.0
        if np.all(np.abs(point_on(curve, middle) - curve[0]) < half):
            low = middle
        else:
            high = middle
    return high


def _between(curve: _Array, low: float, high: float) -> _Array:
    """Return the control points of the part of a curve from one parameter to another."""
    start, end = point_on(curve, low), point_on(curve, high)
    tangent = (1.0 - low) * (curve[1] - curve[0]) + low * (curve[2] - curve[1])
    return np.array([start, start + (high - low) * tangent, end])
