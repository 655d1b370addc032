"""Points at which two terms differ: exact where they have exact values, with many digits otherwise."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from random import Random
from typing import Any, NamedTuple

from rewriters.egraph.check import high_precision
from symnum.errors import SymnumError
from symnum.terms import evaluate_exact, free_symbols, interface

_SIMPLE = 8
_POINTS = 16
_DIGITS = 50
_DIFFERENT = 1e-20

_VALUES: dict[str, tuple[Any, ...]] = {
    "complex": (2, -1, 3, Fraction(1, 2), -2, 0, Fraction(-3, 2), 1j, 1 + 2j, 5, -1 - 1j),
    "real": (2, -1, 3, Fraction(1, 2), -2, 0, Fraction(-3, 2), 5),
    "nonzero": (2, -1, 3, Fraction(1, 2), -2, Fraction(-3, 2), 1j, 5),
    "nonnegative": (2, 1, 3, Fraction(1, 2), 0, Fraction(7, 3), 5),
    "positive": (2, 1, 3, Fraction(1, 2), Fraction(7, 3), 5),
    "integer": (2, -1, 3, 0, -2, 5, 1, 4),
}


class Counterexample(NamedTuple):
    """A point at which two terms have different values.

    Attributes
    ----------
    point : dict of str to number
        Value of each symbol.
    left, right : number
        The values; `Fraction` or int where both are exact.
    is_exact : bool
    """

    point: dict[str, Any]
    left: Any
    right: Any
    is_exact: bool

    def __str__(self) -> str:
        at = ", ".join(f"{name} = {value}" for name, value in self.point.items())
        return f"at {at or 'any point'}: {self.left} and {self.right}"


def counterexample(a: Any, b: Any, seed: int = 0) -> Counterexample | None:
    """Return a point of the symbols' domains at which two terms differ, or None if none was found.

    Points at which one of them has no value say nothing.
    """
    symbols = free_symbols([a, b])
    for point in _points(symbols, seed):
        names = {interface.name(s): v for s, v in zip(symbols, point)}
        left, right = (high_precision(t, names, True, _DIGITS) for t in (a, b))
        if left is None or right is None or isinstance(left, bool) or isinstance(right, bool):
            continue
        if abs(left - right) > _DIFFERENT * max(abs(left), abs(right), 1) and _settled(a, b, names, left, right):
            exact = _exact(a, b, dict(zip(symbols, point)))
            if exact is not None and exact[0] != exact[1]:
                return Counterexample(names, *exact, True)
            return Counterexample(names, _plain(left), _plain(right), False)
    return None


def _settled(a: Any, b: Any, point: dict[str, Any], left: Any, right: Any) -> bool:
    """Tell whether values stay the same with more digits: at poles and branch points they do not."""
    again = [high_precision(t, point, True, 2 * _DIGITS) for t in (a, b)]
    return all(
        new is not None and abs(new - old) <= _DIFFERENT * max(abs(old), 1) for new, old in zip(again, (left, right))
    )


def _points(symbols: Sequence[Any], seed: int) -> Iterator[tuple[Any, ...]]:
    random = Random(seed)  # noqa: S311 - points to try, no secrets
    pools = [_VALUES[interface.domain(s)] for s in symbols]
    if not symbols:
        yield ()
        return
    for k in range(_SIMPLE):
        yield tuple(pool[(k + i) % len(pool)] for i, pool in enumerate(pools))
    for _ in range(_POINTS):
        yield tuple(random.choice(pool) for pool in pools)


def _exact(a: Any, b: Any, values: dict[Any, Any]) -> tuple[Any, Any] | None:
    if any(isinstance(v, complex) for v in values.values()):
        return None
    try:
        return evaluate_exact(a, values), evaluate_exact(b, values)
    except (SymnumError, ArithmeticError):  # roots, functions, no value there
        return None


def _plain(value: Any) -> complex | float:
    made = complex(value)
    return made if made.imag else made.real
