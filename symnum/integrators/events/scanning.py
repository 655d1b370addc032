"""Zeros of functions of time alone that are not linear in it: found ahead of the solution."""

from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

_DEGREE = 16
_DENSE = 97
_RESOLVED, _EASY = 1e-8, 1e-12
_SMALLEST = 1e-7
_AT_ZERO = 1e-9


@cache
def _tables() -> tuple[Array, Array, Array]:
    """Return nodes and places between them on the unit interval, and the matrix from samples to values there."""
    nodes: Array = np.sin(0.5 * np.pi * np.arange(_DEGREE + 1) / _DEGREE) ** 2
    places: Array = np.linspace(0.0, 1.0, _DENSE)
    inverse = np.linalg.inv(_basis(nodes))
    return nodes, places, np.vstack([_basis(places) @ inverse, inverse[-2:]])


def _basis(x: Array) -> Array:
    basis: Array = np.cos(np.arccos(np.clip(2.0 * x - 1.0, -1.0, 1.0))[:, None] * np.arange(_DEGREE + 1))
    return basis


class TimeScanner:
    """Finds the next zero of some functions of time.

    Parameters
    ----------
    functions : callable
        From a time to the values of all functions, shape (k,).

    Notes
    -----
    A function is looked at on a window as the polynomial through seventeen points. The window is halved until this
    polynomial stands for every function, at the least a ten-millionth of the way ahead.
    """

    def __init__(self, functions: Callable[[float], Array]) -> None:
        self._functions = functions
        self._width = 0.0
        self._known: tuple[float, float, float | None] | None = None

    def forget(self) -> None:
        """The functions have changed."""
        self._known = None

    def next(self, t: float, limit: float) -> float | None:
        """Return the first zero after `t` and up to `limit`, or None."""
        forward = 1.0 if limit >= t else -1.0
        if self._known is not None:
            start, end, root = self._known
            reached = end if root is None else root
            if forward * (t - start) >= 0.0 and forward * (reached - t) > 0.0 and forward * (end - limit) >= 0.0:
                return root if root is not None and forward * (limit - root) >= 0.0 else None
        root = self._scan(t, limit, forward)
        self._known = (t, limit, root)
        return root

    def _scan(self, t: float, limit: float, forward: float) -> float | None:
        nodes, places, matrix = _tables()
        length = abs(limit - t)
        width = min(self._width or length / 8.0, length)
        a, before = t, None
        while forward * (limit - a) > 0.0:
            b = limit if abs(limit - a) <= 1.001 * width else a + forward * width
            samples = np.array([self._functions(a + (b - a) * x) for x in nodes])
            size = np.maximum(np.abs(samples).max(axis=0), 1e-300)
            found = matrix @ samples
            tail = float((np.abs(found[_DENSE:]).max(axis=0) / size).max())
            if not tail <= _RESOLVED and width > _SMALLEST * length:
                width *= 0.5
                continue
            if before is not None:
                found[0] = before
            root = self._first(a, b, places, found[:_DENSE], before is None)
            if root is not None:
                self._width = width
                return root
            a, before = b, found[_DENSE - 1]
            width = 2.0 * width if tail < _EASY else width
        self._width = width
        return None

    def _first(self, a: float, b: float, places: Array, values: Array, is_start: bool) -> float | None:
        """Return the first change of sign on a window; a zero where the search starts is no change."""
        positive = values > 0.0
        at_zero = is_start & (np.abs(values[0]) <= _AT_ZERO * np.abs(values).max(axis=0))
        positive[0] = np.where(at_zero, positive[1], positive[0])
        changes = np.flatnonzero(np.any(positive[1:] != positive[:-1], axis=1))
        for k in changes.tolist():
            which = int(np.flatnonzero(positive[k + 1] != positive[k])[0])
            root = self._bisect(a + (b - a) * places[k], a + (b - a) * places[k + 1], which)
            if root is not None:
                return root
        return None

    def _bisect(self, low: float, high: float, which: int) -> float | None:
        below, above = (float(self._functions(x)[which]) for x in (low, high))
        sign = below > 0.0
        if (above > 0.0) == sign:  # rounding: where `low` is the zero itself
            return low if abs(below) <= _AT_ZERO * abs(above) else None
        while True:
            middle = 0.5 * (low + high)
            if middle in (low, high):
                return high
            if (self._functions(middle)[which] > 0.0) == sign:
                low = middle
            else:
                high = middle
