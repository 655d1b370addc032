"""Polynomials on the unit interval by their Bernstein coefficients: where they are surely positive, where not.

A polynomial lies between its smallest and largest coefficient, and has at most as many roots in the interval as its
coefficients change sign, and as many or an even number fewer.  Halving the interval (de Casteljau) separates the
roots: Lane and Riesenfeld, BIT 21 (1981) 112.
"""

from functools import cache
from math import comb

import numpy as np
import numpy.typing as npt

from symnum.integrators.addresses import offset
from symnum.integrators.compiled import compiled
from symnum.integrators.events.places import SAMPLES, STACK

Array = npt.NDArray[np.float64]

#: Length of a polynomial on the stack: coefficients, and the ends of its interval.
ROW = SAMPLES + 2

_MOST = 2000

# Width of the piece around a point where a polynomial nearly touches zero, at which it is looked at anew.
_NEAR = 1e-3


@cache
def tables(degree: int) -> Array:
    """Return nodes, the matrix from samples to Bernstein coefficients, and two rows for the last Chebyshev ones.

    Returns
    -------
    ndarray, shape (degree + 4, degree + 1)
    """
    k = np.arange(degree + 1)
    nodes = np.sin(0.5 * np.pi * k / degree) ** 2
    nodes[-1] = 1.0
    binomials = np.array([comb(degree, int(i)) for i in k], np.float64)
    basis = binomials * nodes[:, None] ** k * (1.0 - nodes[:, None]) ** (degree - k)
    matrix = np.linalg.inv(basis)
    half = np.where((k == 0) | (k == degree), 0.5, 1.0)
    angles = np.pi * (degree - k) / degree
    last = [half * np.cos(j * angles) * (2.0 if j < degree else 1.0) / degree for j in (degree - 1, degree)]
    return np.ascontiguousarray(np.vstack([nodes, matrix, last]))


@compiled
def _sign(value, noise):  # type: ignore[no-untyped-def]
    return 1 if value > noise else (-1 if value < -noise else 0)


@compiled
def _halve(stack, top, degree):  # type: ignore[no-untyped-def]
    """Put both halves of the polynomial on top of the stack in its place, the left one on top."""
    right = offset(stack, top * ROW)
    left = offset(stack, (top + 1) * ROW)
    middle = 0.5 * (right[SAMPLES] + right[SAMPLES + 1])
    for j in range(degree + 1):
        left[j] = right[0]
        for k in range(degree - j):
            right[k] = 0.5 * (right[k] + right[k + 1])
    # what is left in `right` is the last column of the triangle, from the far end to the middle
    left[SAMPLES] = right[SAMPLES]
    left[SAMPLES + 1] = middle
    right[SAMPLES] = middle


@compiled
def first_change(stack, degree, noise, needs_left, out):  # type: ignore[no-untyped-def]
    """Find where a polynomial that begins positive first becomes negative.

    Its coefficients are the first row of the stack.  Returns 1 with a point before and one after in `out`, else 0; 2
    more where it comes so near to zero before that this cannot be told.
    With `needs_left` the point before is not the beginning, where the polynomial may be zero.
    """
    stack[SAMPLES] = 0.0
    stack[SAMPLES + 1] = 1.0
    top = 0
    known = 0.0
    doubt = 0
    for _ in range(_MOST):
        if top < 0:
            return doubt
        row = offset(stack, top * ROW)
        low = row[SAMPLES]
        high = row[SAMPLES + 1]
        changes = 0
        first = 0
        last = 0
        zeros = 0
        for k in range(degree + 1):
            sign = _sign(row[k], noise)
            zeros += 1 if sign == 0 and k > 0 else 0
            if sign != 0:
                changes += 1 if last != 0 and sign != last else 0
                first = sign if first == 0 else first
                last = sign
        is_near = zeros > 0 and first > 0 and high - low > _NEAR and top + 2 < STACK
        if changes == 0 and first >= 0 and not is_near:
            known = high if first > 0 else known
            doubt = 2 if zeros > 0 else doubt
            top -= 1
            continue
        left = low if _sign(row[0], noise) > 0 else known
        ends_below = _sign(row[degree], noise) < 0
        begins = left > 0.0 or needs_left == 0
        if begins and ((changes == 0 and first < 0) or (changes == 1 and first > 0 and ends_below)):
            out[0] = left
            out[1] = high if ends_below else 0.5 * (low + high)
            return 1 + doubt
        if (changes == 0 and not is_near) or top + 2 >= STACK or high - low < 1e-15:
            doubt = 2 if low > 0.0 else doubt
            top -= 1
            continue
        _halve(stack, top, degree)
        top += 1
    return 0
