"""Seeded random terms over symbols of all domains, points to evaluate them at, and the comparison."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np

import symnum as sn

X, Y = sn.symbols("x y")
REAL, POSITIVE, WHOLE = (
    sn.symbols(n, domain=d) for n, d in (("r", "real"), ("p", "positive"), ("n", "integer"))
)
FUNCTIONS = (
    sn.sin,
    sn.cos,
    sn.tan,
    sn.exp,
    sn.log,
    sn.sqrt,
    abs,
    sn.sinh,
    sn.cosh,
    sn.tanh,
    sn.atan,
    sn.sign,
)
LEAVES = (X, Y, REAL, POSITIVE, WHOLE, X, Y, 1, 2, -1, 3, Fraction(1, 2), 0.5, -2.5, sn.pi)
EXPONENTS = (2, -1, 3, -2, Fraction(1, 2), Fraction(-1, 2), Fraction(2, 3), POSITIVE, WHOLE)


def random_terms(seed: int, count: int) -> Iterator[Any]:
    """Yield terms of three to eight leaves, many of them made so that there is something to simplify."""
    rng = np.random.default_rng(seed)

    def pick(options: tuple[Any, ...]) -> Any:
        return options[int(rng.integers(0, len(options)))]

    def build(leaves: int) -> Any:
        if leaves == 1:
            return pick(LEAVES)
        kind = int(rng.integers(0, 12))
        if kind == 0:
            return sn.product_of([pick(FUNCTIONS[:10])(sn.sum_of([build(leaves - 1), 0]))])
        if kind == 1:
            return sn.terms.power(build(leaves - 1), pick(EXPONENTS))
        if kind == 2:
            return sn.terms.call(pick(("sin", "cos", "exp", "log", "abs", "tanh")), (build(leaves - 1),)) + 0
        left = int(rng.integers(1, leaves))
        a, b = build(left), build(leaves - left)
        if kind < 6:
            return sn.terms.add((a, b))
        if kind < 9:
            return sn.terms.multiply((a, b))
        if kind == 9:
            return sn.terms.multiply((a, sn.terms.power(b, -1)))
        if kind == 10:
            return sn.terms.multiply((sn.terms.add((a, b)), sn.terms.add((a, sn.terms.multiply((-1, b))))))
        angle = sn.terms.add((a, X))
        return sn.sin(angle) ** 2 * b + b * sn.cos(angle) ** 2

    made = 0
    while made < count:
        try:
            term = build(int(rng.integers(3, 9)))
        except (sn.errors.DivisionByZeroError, sn.errors.BudgetError):
            continue
        if sn.is_expr(term):
            made += 1
            yield term


Point = dict[str, Any]


def points(seed: int, count: int = 6) -> list[Point]:
    """Return real points (zero, negative numbers and ones among them), then complex ones, within the domains."""
    rng = np.random.default_rng(seed)
    found: list[Point] = []
    for k in range(count):
        point = {"x": rng.normal(0, 1.5), "y": rng.normal(0, 1.5), "r": rng.normal(0, 1.5)}
        point |= {"p": rng.uniform(0.1, 3.0), "n": int(rng.integers(-3, 4))}
        point[("x", "y", "r")[k % 3]] = (0.0, -1.0, 1.0, -2.0)[int(rng.integers(0, 4))]
        found.append(point)
    for k in range(count):
        point = dict(found[k])
        point["x"] = complex(rng.normal(0, 1.5), rng.normal(0, 1.5))
        point["y"] = complex(rng.normal(0, 1.5) * (k % 3 > 0), rng.normal(0, 1.5))
        found.append(point)
    return found


_PRECISE = {
    "abs": abs,
    "sign": mpmath.sign,
    "min": min,
    "max": max,
    "+": lambda *a: sum(a),
    "*": lambda *a: mpmath.fprod(a),
}


def _number(value: Any) -> Any:
    if isinstance(value, complex):
        return mpmath.mpc(value.real, value.imag) if value.imag else mpmath.mpf(value.real)
    return (
        mpmath.mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else mpmath.mpf(value)
    )


def _power(base: Any, exponent: Any) -> Any:
    if base == 0 and exponent != 0:
        if mpmath.re(exponent) > 0:
            return mpmath.mpf(0)
        raise ZeroDivisionError
    whole = mpmath.isint(exponent)
    return base ** int(exponent.real) if whole else mpmath.power(base, exponent)


def precise_value(term: Any, point: Point, limit: float = 1e30) -> Any:
    """Return the value on the principal branches to 150 digits, or None where a part is beyond a limit or undefined."""
    known: dict[int, Any] = {}
    try:
        with mpmath.workdps(150):
            for part in sn.postorder(term):
                if sn.is_symbol(part):
                    value = _number(point[part.name])
                elif part is sn.pi or part is sn.e:
                    value = mpmath.pi() if part is sn.pi else mpmath.e()
                elif not sn.is_call(part):
                    value = _number(part)
                else:
                    args = [known[id(a)] for a in sn.arguments(part)]
                    name = sn.operation(part)
                    found = _power if name == "^" else _PRECISE.get(name) or getattr(mpmath, name)
                    value = found(*args)
                    if isinstance(value, mpmath.mpc) and abs(value.imag) <= 1e-60 * abs(value.real):
                        value = value.real
                if not mpmath.isfinite(value) or abs(value) > limit:
                    return None
                known[id(part)] = value
            return value
    except (ZeroDivisionError, ValueError, OverflowError):
        return None


def first_difference(before: Any, after: Any, where: list[Point]) -> str | None:
    """Return a description of the first point where two terms differ by more than rounding of floats does.

    Points where the term before has no value do not count.
    """
    for point in where:
        if _differ(before, after, point):
            moved = {n: v * (1 + 1e-9j) if isinstance(v, complex) else v for n, v in point.items()}
            if moved == point or _differ(before, after, moved):  # else rounding fell across a branch cut
                return f"at {point}: {precise_value(before, point)} became {precise_value(after, point)}"
    return None


def _differ(before: Any, after: Any, point: Point) -> bool:
    one = precise_value(before, point)
    if one is None:
        return False
    two = precise_value(after, point, 1e200)  # multiplied out, parts may be larger
    return two is None or abs(two - one) > 1e-12 * (1 + abs(one))
