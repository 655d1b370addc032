"""Is what came out equal to what went in? Both are evaluated at random and special points of the symbols' domains.

A point counts against a result where the input has a finite value and the result another one, or none. Differences
that rounding may have made are looked at again with fifty digits.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from symnum.errors import SymnumError
from symnum.terms import evaluate, free_symbols, interface
from symnum.terms.canonical import CONSTANTS
from symnum.terms.traverse import walk

_RANDOM = 10
_CLOSE = 1e-9
_DIGITS = 50
_PERTURBED = 6
"""Times that a term is evaluated with sums that are wrong by rounding, to learn what rounding does to it."""

_ROUNDING = 4.0
"""So many times the greatest change that was seen then may still be rounding: several sums may go the same way."""

_SPARE_DIGITS = 12
_MOST_REPEATED = 5_000
"""Parts of a term up to which it is evaluated again with many digits."""

_SPECIAL = {
    "complex": [0.0, 1.0, -1.0, 2.0],
    "real": [0.0, 1.0, -1.0, -2.5],
    "nonzero": [1.0, -1.0, 2.0, -0.5],
    "nonnegative": [0.0, 1.0, 4.0, 1e-3],
    "positive": [1.0, 4.0, 1e-3, 2.0],
    "integer": [0.0, 1.0, -1.0, 2.0],
}


class Checked(NamedTuple):
    """What a check found.

    Attributes
    ----------
    wrong : tuple of int
        Places of the expressions that differ.
    points : int
        How many points were tried.
    largest : float
        Largest relative difference among those that are equal, rounding.
    """

    wrong: tuple[int, ...]
    points: int
    largest: float


def points_for(symbols: Sequence[Any], seed: int = 0) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Return columns of real points, and of complex ones for the symbols that may be complex."""
    import numpy as np

    random = np.random.default_rng(seed)
    real: dict[Any, Any] = {}
    general: dict[Any, Any] = {}
    for i, symbol in enumerate(symbols):
        domain = interface.domain(symbol)
        values = _drawn(random, domain, _RANDOM)
        special = np.array(_SPECIAL[domain])
        special = special[(np.arange(len(special)) * (1 + i % 3) + i) % len(special)]
        zeros = np.full(1, special.min() if domain not in ("nonzero", "positive") else special[0])
        zeros = np.abs(zeros) * 0 if domain not in ("nonzero", "positive") else zeros
        real[symbol] = np.concatenate([values, special, zeros])
        if domain == "complex":
            made = random.uniform(-2, 2, _RANDOM) + 1j * random.uniform(-2, 2, _RANDOM)
        elif domain == "nonzero":
            made = random.uniform(0.2, 2, _RANDOM) * np.exp(2j * np.pi * random.uniform(0, 1, _RANDOM))
        else:
            made = _drawn(random, domain, _RANDOM)
        general[symbol] = made
    return real, general


def _drawn(random: Any, domain: str, count: int) -> Any:
    import numpy as np

    if domain in ("positive", "nonnegative"):
        return np.exp(random.uniform(-2, 2, count))
    if domain == "integer":
        return random.integers(-5, 6, count).astype(float)
    values = random.uniform(-3, 3, count)
    values[: count // 2] = np.abs(values[: count // 2])  # half of the points have no negative number in them
    return values


def check(before: Sequence[Any], after: Sequence[Any], seed: int = 0) -> Checked:
    """Compare terms with what became of them.

    Raises
    ------
    UnsupportedError
        If a term cannot be evaluated.
    """
    import numpy as np

    places = [i for i, (a, b) in enumerate(zip(before, after)) if a is not b]
    if not places:
        return Checked((), 0, 0.0)
    a, b = [before[i] for i in places], [after[i] for i in places]
    symbols = list(dict.fromkeys([*free_symbols(a), *free_symbols(b)]))
    wrong: dict[int, None] = {}
    largest, count = 0.0, 0
    for values in points_for(symbols, seed):
        if not symbols and count:
            break
        names = {interface.name(s): v for s, v in values.items()}
        size = len(next(iter(values.values()))) if values else 1
        count += size
        with np.errstate(all="ignore"):
            left = [np.broadcast_to(v, (size,)) for v in _values(a, names)]
            right = [np.broadcast_to(v, (size,)) for v in _values(b, names)]
            for place, x, y in zip(range(len(a)), left, right):
                finite = np.isfinite(x) & (x.dtype != bool)
                difference = np.abs(x - y) / np.maximum(np.abs(x), 1e-300)
                difference = np.where(x == y, 0.0, difference)
                suspect = finite & ~(difference <= _CLOSE)
                if suspect.any() and _really_differ(a[place], b[place], values, np.flatnonzero(suspect), x):
                    wrong[places[place]] = None
                elif (finite & ~suspect).any():
                    largest = max(largest, float(difference[finite & ~suspect].max()))
    return Checked(tuple(sorted(wrong)), count, largest)


def _values(terms: list[Any], names: dict[str, Any]) -> list[Any]:
    """Return the values of terms; nan for those with a function that is not defined on complex numbers."""
    try:
        return list(evaluate(terms, names))
    except TypeError:
        if len(terms) == 1:
            return [float("nan")]
        return [value for term in terms for value in _values([term], names)]


def _really_differ(a: Any, b: Any, values: dict[Any, Any], where: Any, left: Any) -> bool:
    """Tell whether terms differ at points at which they seem to, by evaluation with many digits."""
    parts = walk([a, b])
    if len(parts) > _MOST_REPEATED:
        return True
    is_complex = left.dtype.kind == "c"
    for i in where.tolist():
        point = {interface.name(s): v[i].item() for s, v in values.items()}
        x, y = (high_precision(term, point, is_complex) for term in (a, b))
        if x is None or (y is not None and _close(x, y)):
            continue
        again = high_precision(a, point, is_complex, 2 * _DIGITS)
        if again is None or not _close(x, again):
            continue  # at a pole or a branch point, where digits of the input itself mean nothing
        if y is not None and _is_rounding(a, point, is_complex, x, y):
            continue
        return True
    return False


def _is_rounding(term: Any, point: dict[str, Any], is_complex: bool, x: Any, y: Any) -> bool:
    """Tell whether the rounding of floats that are added in another order explains a difference.

    Numbers of a sum are added up when it is rewritten, and where some are floats the result is one too: 1/2 - 6e-9
    has half a unit in the last place of 1/2 for an error, which may be much where z + 1/2 is nearly zero. So the term
    is evaluated with sums that are wrong by as much, in both directions, at random, and the difference compared.
    """
    import random

    draw = random.Random(0)  # noqa: S311  no secret is made of it
    moved = []
    for _ in range(_PERTURBED):
        value = high_precision(term, point, is_complex, rounding=lambda: draw.choice((-1, 1)))
        if value is None:
            return True  # so near to where it has no value that rounding decides
        moved.append(abs(value - x))
    return bool(abs(y - x) <= _ROUNDING * max(moved))


def _close(x: Any, y: Any, digits: int = 20) -> bool:
    return bool(abs(x - y) <= 10.0**-digits * max(abs(x), abs(y), 1e-30))


def high_precision(
    term: Any,
    point: dict[str, Any],
    is_complex: bool = False,
    digits: int = _DIGITS,
    rounding: Callable[[], int] | None = None,
) -> Any:
    """Return the value of a term at a point with many digits, or None where it has none.

    Parameters
    ----------
    term : term
    point : dict of symbol name to number
        Exact numbers are used exactly.
    is_complex : bool
        Whether logarithms and roots of negative numbers have values.
    digits : int
    rounding : callable, optional
        Returns 1 or -1: how sums with a float among their summands are rounded, in double precision. Without it they
        are not.
    """
    import mpmath

    with mpmath.workdps(digits):
        known: dict[int, Any] = {}
        sizes: dict[int, Any] = {}  # of sums: their greatest summand, those of sums within them too
        inexact: set[int] = set()  # sums with a float among these
        for part, arguments in walk([term]):
            if interface.is_symbol(part):
                value: Any = many_digits(mpmath, point[interface.name(part)])
            elif interface.is_constant(part):
                value = {"pi": mpmath.pi, "e": mpmath.e}.get(interface.name(part)) or many_digits(
                    mpmath, CONSTANTS[interface.name(part)].value
                )
            elif not arguments and not interface.is_call(part):
                value = part if part.__class__ is bool else many_digits(mpmath, part)
            else:
                values = [known[id(x)] for x in arguments]
                value = apply_precisely(mpmath, interface.operation(part), values)
                if rounding is not None and value is not None and interface.operation(part) == "+":
                    sizes[id(part)] = max(sizes.get(id(a), abs(v)) for a, v in zip(arguments, values))
                    if any(isinstance(a, float | complex) or id(a) in inexact for a in arguments):
                        inexact.add(id(part))
                        value += rounding() * mpmath.mpf(2) ** -53 * sizes[id(part)]
                if value is not None and not isinstance(value, bool):
                    value = chopped(mpmath, value, values if interface.operation(part) == "+" else (), digits)
                if value is None or (not is_complex and getattr(value, "imag", 0) != 0):
                    return None
            known[id(part)] = value
        value = known[id(term)]
        return value if isinstance(value, bool) or mpmath.isfinite(value) else None


def chopped(mpmath: Any, value: Any, summands: Sequence[Any], digits: int) -> Any:
    """Return a value with parts that are rounding alone set to zero, so that poles and branch cuts are met exactly."""
    scale = max([abs(value), *[abs(s) for s in summands]])
    if not mpmath.isfinite(scale):
        return value
    least = scale * mpmath.mpf(10) ** (_SPARE_DIGITS - digits)
    real = value.real if abs(value.real) > least else mpmath.mpf(0)
    imaginary = getattr(value, "imag", 0)
    return mpmath.mpc(real, imaginary) if abs(imaginary) > least else real


def many_digits(mpmath: Any, value: Any) -> Any:
    """Return a number with the digits that mpmath is set to."""
    if isinstance(value, complex):
        return mpmath.mpc(value)
    if hasattr(value, "denominator"):
        return mpmath.mpf(value.numerator) / value.denominator
    return mpmath.mpf(value)


def apply_precisely(mpmath: Any, operation: str, values: list[Any]) -> Any:
    """Return the value of an operation, or None where it has none."""
    function = _FUNCTIONS.get(operation)
    try:
        if function is not None:
            return function(mpmath, *values)
        return getattr(mpmath, operation)(*values)
    except (ValueError, ArithmeticError, AttributeError, TypeError, SymnumError):
        return None


def _piecewise(_m: Any, *values: Any) -> Any:
    for value, condition in zip(values[:-1:2], values[1::2]):
        if condition:
            return value
    return values[-1]


def _power(m: Any, a: Any, b: Any) -> Any:
    return m.power(a, int(b)) if getattr(b, "imag", 0) == 0 and b == int(b.real) else m.power(a, b)


_FUNCTIONS: dict[str, Any] = {
    "+": lambda m, *v: m.fsum(v),
    "*": lambda m, *v: m.fprod(v),
    "^": _power,
    "abs": lambda m, v: abs(v),
    "max": lambda m, *v: max(v),
    "min": lambda m, *v: min(v),
    "mod": lambda m, a, b: a - b * m.floor(a / b),
    "<": lambda m, a, b: bool(a < b),
    "<=": lambda m, a, b: bool(a <= b),
    ">": lambda m, a, b: bool(a > b),
    ">=": lambda m, a, b: bool(a >= b),
    "==": lambda m, a, b: bool(a == b),
    "!=": lambda m, a, b: bool(a != b),
    "and": lambda m, *v: all(v),
    "or": lambda m, *v: any(v),
    "not": lambda m, v: not v,
    "piecewise": _piecewise,
}
