"""Polygamma functions and Lambert's W in operations that have a machine form: what compiled code computes.

All branches are computed and one is chosen, so that nothing loops: the number of operations is fixed.
"""

import math
from fractions import Fraction
from typing import Any

from symnum.terms.operations import Build

_LARGEST_ORDER = 20
_BERNOULLI = (  # B_2k, k = 1..8 (DLMF 24.2)
    *(Fraction(1, 6), Fraction(-1, 30), Fraction(1, 42), Fraction(-1, 30)),
    *(Fraction(5, 66), Fraction(-691, 2730), Fraction(7, 6), Fraction(-3617, 510)),
)
_NEAR_BRANCH = (  # coefficients of p^k, p = sqrt(2(e x + 1)) (DLMF 4.13.6)
    *(Fraction(-1), Fraction(1), Fraction(-1, 3), Fraction(11, 72), Fraction(-43, 540), Fraction(769, 17280)),
    *(Fraction(-221, 8505), Fraction(680863, 43545600)),
)
_STEPS = 4  # of Halley's iteration, from a start that is good to some percent


def polygamma_definition(b: Build, args: tuple[Any, ...]) -> Any:
    """Return a polygamma function of a whole order up to 20, by reflection, recurrence and asymptotic expansion.

    DLMF 5.15.6, 5.15.5 and 5.15.8. All summands of the positive half have one sign.
    """
    from symnum.terms.special_functions import pi_of

    order, x = args
    if order == 0:
        return b("digamma", x)
    if order.__class__ is not int or not 0 < order <= _LARGEST_ORDER:
        return None
    is_positive = b(">", x, 0)
    y = b("piecewise", x, is_positive, b("+", 1, b("*", -1, x)))
    above = _positive_polygamma(b, order, y)
    pi = pi_of(x)
    beside = b("+", x, b("*", -1, b("floor", b("+", x, Fraction(1, 2)))))  # from the nearest whole number
    cotangent = _cotangent(b, pi, beside)
    derivative = b("*", b("^", pi, order + 1), _polynomial(b, _cotangent_slopes(order), cotangent))
    below = b("+", b("*", (-1) ** order, above), b("*", -1, derivative))
    return b("piecewise", above, is_positive, math.inf, b("==", beside, 0), below)


def _positive_polygamma(b: Build, order: int, y: Any) -> Any:
    shift = 11 + 2 * order  # so far that the expansion is exact to rounding
    z = b("+", y, shift)
    square = b("^", z, -2)
    tail: Any = 0
    for k, bernoulli in reversed(list(enumerate(_BERNOULLI, 1))):
        coefficient = bernoulli * Fraction(math.factorial(2 * k + order - 1), math.factorial(2 * k))
        tail = b("*", square, b("+", coefficient, tail))
    factorial = math.factorial(order)
    head = b("+", Fraction(factorial, order), b("*", Fraction(factorial, 2), b("^", z, -1)), tail)
    steps = [b("*", factorial, b("^", b("+", y, k), -order - 1)) for k in range(shift)]
    return b("*", (-1) ** (order + 1), b("+", *steps, b("*", head, b("^", z, -order))))


def _cotangent(b: Build, pi: Any, turns: Any) -> Any:
    """Return cot(pi*turns) for turns from -1/2 to 1/2, accurate near its pole and near its zeros."""
    size = b("abs", turns)
    near = b("^", b("tan", b("*", pi, turns)), -1)
    far = b("*", b("sign", turns), b("tan", b("*", pi, b("+", Fraction(1, 2), b("*", -1, size)))))
    return b("piecewise", near, b("<", size, Fraction(1, 4)), far)


def _cotangent_slopes(order: int) -> list[int]:
    """Return P with (d/dx)^n cot(x) = P(cot(x)), lowest power first; cot' = -(1 + cot^2)."""
    polynomial = [0, 1]
    for _ in range(order):
        slope = [k * c for k, c in enumerate(polynomial)][1:]
        polynomial = [-(p + q) for p, q in zip([*slope, 0, 0], [0, 0, *slope])]
    return polynomial


def _polynomial(b: Build, coefficients: Any, x: Any) -> Any:
    value: Any = 0
    for coefficient in reversed(coefficients):
        value = b("+", coefficient, b("*", x, value))
    return value


def lambert_definition(b: Build, args: tuple[Any, ...]) -> Any:
    """Return the principal branch of Lambert's W of real numbers by Halley's iteration; nan below -1/e."""
    (x,) = args
    above = b("+", b("*", math.e, x), 1)
    p = b("^", b("*", 2, above), Fraction(1, 2))
    series = _polynomial(b, _NEAR_BRANCH, p)
    outer = b("log1p", x)
    inner = b("*", b("log1p", outer), b("^", b("+", 2, outer), -1))
    w = b("piecewise", series, b("<", x, Fraction(-1, 5)), b("*", outer, b("+", 1, b("*", -1, inner))))
    for _ in range(_STEPS):
        w = _halley(b, w, x)
    return b("piecewise", math.nan, b("<", above, 0), series, b("<", above, Fraction(1, 10_000)), w)


def _halley(b: Build, w: Any, x: Any) -> Any:
    growth, next_w = b("exp", w), b("+", w, 1)
    error = b("+", b("*", w, growth), b("*", -1, x))
    correction = b("*", Fraction(-1, 2), b("+", w, 2), error, b("^", next_w, -1))
    slope = b("+", b("*", growth, next_w), correction)
    return b("+", w, b("*", -1, error, b("^", slope, -1)))
