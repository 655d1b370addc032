"""Values of terms to a hundred digits on the principal branches, points to take them at, and the comparison.

At a hundred digits a result below 1e-80 of what it was made of counts as zero, so that cos(pi/2), branch cuts and
steps are met exactly and not beside them.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import mpmath
import numpy as np

import symnum as sn

DIGITS = 100
_FLOAT_BITS = 38  # a sum of floats that is smaller than its summands by so much has no digits that mean something
_NAN = mpmath.mpf("nan")
_TINY = mpmath.mpf(10) ** -80
Point = dict[str, Any]


class Undefined(Exception):
    """The operation has no value there."""


# --- points ------------------------------------------------------------------------------------------------------

with mpmath.workdps(DIGITS):
    _PI_FRACTIONS = [mpmath.pi * mpmath.mpf(n) / d for n, d in ((1, 2), (1, 3), (-1, 4), (1, 6), (1, 1), (-3, 2))]
_SPECIAL_REALS = [0, 0, 1, -1, 2, -2, mpmath.mpf(1) / 2, -mpmath.mpf(1) / 2, 0.25, *_PI_FRACTIONS]
_SPECIAL_COMPLEX = [1j, -1j, 2j, -2j, 1 + 1j, -1 - 1j, -1 + 1e-3j, 0.5j, -3 - 1e-3j]


def points(seed: int, count: int) -> list[Point]:
    """Return points within the domains: real ones (zero, one, fractions of pi among them), then complex ones."""
    rng = np.random.default_rng(seed)

    def pick(options: list[Any]) -> Any:
        return options[int(rng.integers(0, len(options)))]

    def real() -> Any:
        return pick(_SPECIAL_REALS) if rng.random() < 0.4 else float(rng.normal(0, 1.5))

    def complex_number() -> Any:
        return pick(_SPECIAL_COMPLEX) if rng.random() < 0.3 else complex(*rng.normal(0, 1.5, 2))

    found: list[Point] = []
    for k in range(2 * count):
        positive = [abs(v) for v in (real(), real()) if v] + [1]
        point = {"r": real(), "s": real(), "p": positive[0], "q": abs(real()), "n": int(rng.integers(-3, 4))}
        drawn = real if k < count else complex_number
        point |= {"x": drawn(), "y": real() if rng.random() < 0.2 else drawn(), "z": drawn() or 1}
        found.append({name: _precise(v) for name, v in point.items()})
    return found


def extreme_points(seed: int, count: int) -> list[Point]:
    """Return real points at which some values are infinite or not a number."""
    rng = np.random.default_rng(seed)
    found = points(seed, count)[:count]
    for k, point in enumerate(found):
        wild = ("x", "y", "z", "r", "s", "p", "q")[int(rng.integers(0, 7))]
        value = (math.inf, -math.inf, math.nan)[k % 3]
        point[wild] = mpmath.mpf(abs(value) if wild in "pq" else value)
        if rng.random() < 0.3:
            point["x"] = mpmath.mpf(value)
    return found


def _precise(value: Any) -> Any:
    if isinstance(value, complex | np.complexfloating):
        return mpmath.mpc(value.real, value.imag) if value.imag else mpmath.mpf(value.real)
    if isinstance(value, Fraction):
        return mpmath.mpf(value.numerator) / value.denominator
    return mpmath.mpf(value)


# --- operations ----------------------------------------------------------------------------------------------------


def _real(value: Any) -> Any:
    if isinstance(value, mpmath.mpc):
        raise Undefined
    return value


def _near(value: Any) -> Any:
    """Return the integer that a value is equal to but for rounding, or the value."""
    if not mpmath.isfinite(value):
        return value
    whole = mpmath.nint(value)
    return whole if abs(value - whole) <= _TINY * (1 + abs(value)) else value


def _sum(*args: Any) -> Any:
    total = mpmath.mpf(0) + sum(args)
    scale = sum(abs(a) for a in args)
    return mpmath.mpf(0) if abs(total) <= _TINY * scale and mpmath.isfinite(scale) else total


def _power(base: Any, exponent: Any) -> Any:
    if exponent == 0:
        return mpmath.mpf(1)
    if base == 0:
        if mpmath.re(exponent) > 0:
            return mpmath.mpf(0)
        raise Undefined
    if mpmath.isfinite(exponent) and mpmath.isint(exponent):
        return base ** int(mpmath.re(exponent))
    return mpmath.power(base, exponent)


def _settled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let zeros of periodic functions be zeros."""

    def found(x: Any) -> Any:
        value = function(x)
        return mpmath.mpf(0) if abs(value) <= _TINY * min(1 + abs(x), 1e30) else value

    return found


def _tan(x: Any) -> Any:
    if _settled(mpmath.cos)(x) == 0:
        raise Undefined
    return _settled(mpmath.tan)(x)


def _at_poles(function: Callable[..., Any], *poles: Any) -> Callable[..., Any]:
    def found(x: Any) -> Any:
        if any(abs(x - pole) <= _TINY for pole in poles):
            raise Undefined
        return function(x)

    return found


def _sign(x: Any) -> Any:
    return x / abs(x) if x else mpmath.mpf(0)


def _floor(x: Any) -> Any:
    return mpmath.floor(_near(_real(x)))


def _mod(a: Any, b: Any) -> Any:
    if b == 0:
        raise Undefined
    return _real(a) - b * _floor(a / _real(b))


def _compare(test: Callable[[Any], bool]) -> Callable[..., bool]:
    return lambda a, b: test(_sum(_real(a), -_real(b)))


def _gamma(x: Any) -> Any:
    if _near(mpmath.re(x)) == x and mpmath.re(x) <= 0:
        raise Undefined
    return mpmath.gamma(x)


OPERATIONS: dict[str, Callable[..., Any]] = {
    "+": _sum,
    "*": lambda *a: mpmath.fprod(a),
    "^": _power,
    "sqrt": mpmath.sqrt,
    "abs": abs,
    "sign": _sign,
    "sin": _settled(mpmath.sin),
    "cos": _settled(mpmath.cos),
    "tan": _tan,
    "sinh": _settled(mpmath.sinh),
    "cosh": _settled(mpmath.cosh),
    "tanh": lambda x: _tan(x * 1j) * -1j if isinstance(x, mpmath.mpc) else mpmath.tanh(x),
    "atan": _at_poles(mpmath.atan, 1j, -1j),
    "atanh": _at_poles(mpmath.atanh, 1, -1),
    "floor": _floor,
    "ceil": lambda x: -_floor(-x),
    "min": lambda *a: min(map(_real, a)),
    "max": lambda *a: max(map(_real, a)),
    "mod": _mod,
    "atan2": lambda y, x: mpmath.atan2(_real(y), _real(x)),
    "cbrt": lambda x: mpmath.sign(_real(x)) * mpmath.cbrt(abs(x)),
    "gamma": _gamma,
    "<": _compare(lambda d: d < 0),
    "<=": _compare(lambda d: d <= 0),
    ">": _compare(lambda d: d > 0),
    ">=": _compare(lambda d: d >= 0),
    "==": _compare(lambda d: d == 0),
    "!=": _compare(lambda d: d != 0),
    "and": lambda *a: all(a),
    "or": lambda *a: any(a),
    "not": lambda a: not a,
}


_COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})


def _choose(*args: Any) -> Any:
    for value, condition in zip(args[:-1:2], args[1::2], strict=True):
        if condition is None or condition is BEYOND:
            return condition
        if condition:
            return value
    return args[-1]


def _clean(value: Any) -> Any:
    """Return a value without the rounding in one of its parts."""
    if not isinstance(value, mpmath.mpc) or not mpmath.isfinite(value):
        return value
    if abs(value.imag) <= _TINY * abs(value.real):
        return value.real
    return mpmath.mpc(0, value.imag) if abs(value.real) <= _TINY * abs(value.imag) else value


# --- values and comparison -----------------------------------------------------------------------------------------


BEYOND = "beyond"
"""Stands for a value of which parts are too large or too small for the digits that are computed."""


class Value(NamedTuple):
    """The value of a term (None: undefined, or `BEYOND`), and whether all of its parts are real."""

    value: Any
    is_real: bool


class Program:
    """A term as a list of steps, each an operation on the results of earlier ones.

    Attributes
    ----------
    has_floats : bool
        Whether it has floats, which are rounded when they are put together.
    """

    def __init__(self, term: Any) -> None:
        self.term = term
        self.steps: list[tuple[str, Any]] = []
        self.has_floats = False
        self.symbols = {sn.terms.interface.name(s) for s in sn.free_symbols(term)}
        self._values: dict[tuple[int, int], tuple[Point, Value]] = {}
        places: dict[int, int] = {}
        for part in sn.postorder(term):
            places[id(part)] = len(self.steps)
            self.steps.append(self._step(part, places))

    def _step(self, part: Any, places: dict[int, int]) -> tuple[str, Any]:
        if sn.is_call(part):
            return sn.operation(part), [places[id(a)] for a in sn.arguments(part)]
        if sn.is_symbol(part):
            return "symbol", sn.terms.interface.name(part)
        if sn.terms.interface.is_constant(part):
            return "constant", sn.terms.interface.name(part)
        self.has_floats = self.has_floats or part.__class__ in (float, complex)
        return "number", part

    def value(self, point: Point, bits: int = 100, noise: Any = None) -> Value:
        """Return the value; `BEYOND` where a part of it has more than so many bits before the point.

        Infinities are values only at points that contain some. With noise, a random generator, every part is
        wrong by a few units in the last place of a float.
        """
        key = (id(point), bits)
        if noise is None and key in self._values:
            return self._values[key][1]
        found = self._run(point, bits, noise)
        if noise is None:
            self._values[key] = point, found  # the point is kept: another one could get its identity
        return found

    def _run(self, point: Point, bits: int, noise: Any) -> Value:
        is_real = True
        is_finite = all(mpmath.isfinite(v) for v in point.values())
        known: list[Any] = []
        with mpmath.workdps(DIGITS):
            for name, given in self.steps:
                value = _step_value(name, given, point, known)
                if value is not None and value is not BEYOND and value.__class__ is not bool:
                    is_real = is_real and value.__class__ is not mpmath.mpc
                    if noise is not None:
                        value = value * (1 + mpmath.mpf(noise.normal(0, 4e-16)))
                    if not mpmath.isfinite(value):
                        beyond = _NAN if value.__class__ is mpmath.mpc else value
                        value = None if is_finite else beyond
                    elif value and not -2 * bits <= mpmath.mag(value) <= bits:
                        value = BEYOND
                    elif self.has_floats and name == "+" and _cancels(value, [known[i] for i in given]):
                        value = BEYOND  # the rounding of the floats is all that is left
                known.append(value)
        return Value(known[-1], is_real)


def _cancels(total: Any, args: list[Any]) -> bool:
    sizes = [mpmath.mag(a) for a in args if a]
    return bool(sizes) and bool(total) and mpmath.mag(total) < max(sizes) - _FLOAT_BITS


def _step_value(name: str, given: Any, point: Point, known: list[Any]) -> Any:
    if name == "symbol":
        return point[given]
    if name == "number":
        return given if given.__class__ is bool else _precise(given)
    if name == "constant":
        return mpmath.pi() if given == "pi" else mpmath.e()
    args = [known[i] for i in given]
    if name == "piecewise":
        return _choose(*args)
    for a in args:
        if a is None or a is BEYOND:
            return a
        if a.__class__ is not bool and mpmath.isnan(a):
            return name == "!=" if name in _COMPARISONS else _NAN
    try:
        return _clean((OPERATIONS.get(name) or getattr(mpmath, name))(*args))
    except (Undefined, ZeroDivisionError, ValueError, OverflowError, TypeError, mpmath.libmp.NoConvergence):
        return None


def difference_at(before: Program, after: Program, point: Point, may_lose: bool = False) -> str | None:
    """Return how two terms differ at a point by more than rounding of floats does, or None.

    A point where the term before has no value does not count. Nor does a point with infinities where the
    term after has none: no domain contains infinities; but another number is wrong there, too.
    """
    found = _differ(before, after, point, may_lose)
    if found is not None and (before.has_floats or after.has_floats):
        # Rounding of floats may fall across a branch cut or a step: then the points beside it tell.
        beside = [
            {n: v * (1 + d) if v.__class__ is not mpmath.mpc else v * (1 + d * 1j) for n, v in point.items()}
            for d in (mpmath.mpf("1e-9"), -mpmath.mpf("1e-9"))
        ]
        beside = [{**moved, "n": point.get("n")} if "n" in point else moved for moved in beside]
        if not any(_differ(before, after, moved, may_lose) for moved in beside):
            return None
    return found


def _differ(before: Program, after: Program, point: Point, may_lose: bool) -> str | None:
    one = before.value(point).value
    if one is None or one is BEYOND or not mpmath.isfinite(one):
        return None
    two = after.value(point, 200).value  # multiplied out, parts may be larger
    if two is BEYOND:
        return None
    if two is None or not mpmath.isfinite(two):
        is_finite = all(mpmath.isfinite(v) for v in point.values())
        return f"{mpmath.nstr(one)} became {two}" if is_finite and not may_lose else None
    error, tolerance = abs(one - two), 1e-12 * (1 + abs(one))
    if error > tolerance and (before.has_floats or after.has_floats):
        tolerance += _rounding(before, one, point) + _rounding(after, two, point)
    return None if error <= tolerance else f"{mpmath.nstr(one, 17)} became {mpmath.nstr(two, 17)}"


def _rounding(term: Program, value: Any, point: Point) -> Any:
    """Return how far rounding of every part can move a value."""
    noise = np.random.default_rng(0)
    moved = [term.value(point, 200, noise).value for _ in range(4)]
    found = [abs(v - value) for v in moved if v is not None and v is not BEYOND and mpmath.isfinite(v)]
    return 5 * max(found, default=0)


def first_difference(before: Any, after: Any, where: list[Point], may_lose: bool = False) -> str | None:
    """Return the first point where two terms (or programs of them) differ, and how; see `difference_at`."""
    one, two = (t if isinstance(t, Program) else Program(t) for t in (before, after))
    for point in where:
        found = difference_at(one, two, point, may_lose)
        if found is not None:
            used = {n: mpmath.nstr(v, 6) for n, v in point.items() if n in one.symbols}
            return f"{found} at {used}"
    return None


def first_float_lost(before: Program, after: Program, where: list[Point]) -> str | None:
    """Return where a term loses its real value in real double precision, with 0 taken as -0.0, or None.

    Points where a part of it is not real do not count: IEEE arithmetic says 1 of nan^0 and 1^nan.
    """
    real = [p for p in where if before.value(p, 40).value not in (None, BEYOND) and before.value(p, 40).is_real]
    if not real:
        return None
    values = {n: np.array([float(p[n]) or -0.0 for p in real]) for n in real[0]}
    both = sn.evaluate([before.term, after.term], values)
    for point, *pair in zip(real, *(np.broadcast_to(v, (len(real),)).astype(complex) for v in both)):
        exact = before.value(point, 40).value
        if after.value(point, 200).value is BEYOND:
            continue
        if _is_lost(*pair, exact) and not abs(pair[1] - pair[0]) <= 20 * _rounding(after, exact, point):
            used = {n: mpmath.nstr(v, 6) for n, v in point.items() if n in before.symbols}
            return f"{pair[0].real} became {pair[1].real} in floats at {used}"
    return None


def _is_lost(one: complex, two: complex, exact: Any) -> bool:
    if one.imag or two.imag or not abs(one - complex(exact)) <= 1e-9 * (1 + abs(one)):
        return False  # no real value, or rounding has taken over already
    if one == 0 and math.isnan(two.real):
        return False  # a zero times something that is not real
    return not abs(one - two) <= 1e-8 * (1 + abs(one))
