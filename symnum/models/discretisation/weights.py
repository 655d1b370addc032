"""Weights of finite differences: derivatives and values of the polynomial through values at some points."""

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from math import factorial
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["central_offsets", "exact_weights", "staggered_offsets", "weights_at"]


@lru_cache(maxsize=1000)
def exact_weights(points: tuple[Any, ...], at: Any, derivative: int) -> tuple[Fraction, ...]:
    """Return weights of values at points that give a derivative of the polynomial through them, exactly.

    Parameters
    ----------
    points : tuple of int or Fraction
        All different.
    at : int or Fraction
        Where the derivative is taken.
    derivative : int
        0 for the value.

    Examples
    --------
    >>> from symnum.models.discretisation.weights import exact_weights
    >>> [str(w) for w in exact_weights((-1, 0, 1), 0, 2)]
    ['1', '-2', '1']
    """
    return tuple(_lagrange([Fraction(p) - Fraction(at) for p in points], k, derivative) for k in range(len(points)))


def _lagrange(points: Sequence[Fraction], k: int, derivative: int) -> Fraction:
    """Return a derivative at zero of the polynomial that is 1 at point k and 0 at the others."""
    coefficients = [Fraction(1)]  # by increasing power
    for j, point in enumerate(points):
        if j != k:
            scale = points[k] - point
            shifted = [Fraction(0), *coefficients]
            coefficients = [(a - point * b) / scale for a, b in zip(shifted, [*coefficients, Fraction(0)], strict=True)]
    return coefficients[derivative] * factorial(derivative) if derivative < len(coefficients) else Fraction(0)


def weights_at(points: Any, at: Any, derivative: int) -> NDArray[np.float64]:
    """Return such weights for many sets of points at once, shape (sets, points).

    Parameters
    ----------
    points : array_like, shape (sets, points)
    at : array_like, shape (sets,)
    derivative : int
    """
    x = np.asarray(points, np.float64) - np.asarray(at, np.float64)[:, None]
    count = x.shape[1]
    scale = np.ptp(x, axis=1)[:, None] if count > 1 else np.ones((len(x), 1))
    x = x / scale
    powers = x[:, None, :] ** np.arange(count)[None, :, None]
    right = np.zeros((len(x), count, 1))
    right[:, derivative, 0] = factorial(derivative)
    return np.asarray(np.linalg.solve(powers, right)[:, :, 0] / scale**derivative)


def central_offsets(derivative: int, order: int) -> tuple[int, ...]:
    """Return the places of cells, in half cells from a cell, that give a derivative there."""
    reach = (derivative + order - 1) // 2
    return tuple(range(-2 * reach, 2 * reach + 1, 2))


def staggered_offsets(derivative: int, order: int) -> tuple[int, ...]:
    """Return the places of cells from a face (or of faces from a cell) that give a value or odd derivative there."""
    reach = order // 2 + derivative // 2
    return tuple(range(1 - 2 * reach, 2 * reach, 2))
