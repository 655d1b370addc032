"""Values of terms at points: exact where they are rational, with fifty digits otherwise, or none at all."""

from fractions import Fraction
from typing import Any

from rewriters.egraph.check import apply_precisely, chopped, many_digits
from symnum.terms import interface
from symnum.terms.numbers import is_exact
from symnum.terms.traverse import walk

DIGITS = 50
_MOST_BITS = 4_000
_MOST_EXPONENT = 64
_CLOSE = 1e-25


class _NoValue(Exception):
    """The term is not defined at the point."""


class _Inexact(Exception):
    """The value, if there is one, is not rational."""


def value_at(term: Any, point: dict[str, Any], is_complex: bool, digits: int = DIGITS) -> Any:
    """Return the value of a term: a rational number where it can be computed exactly, else one of many digits.

    Parameters
    ----------
    term : term
    point : dict of symbol name to number
    is_complex : bool
        Whether roots and logarithms of negative numbers have values.

    Returns
    -------
    number or None
        None where the term has no value.
    """
    try:
        return _exact(term, point)
    except _NoValue:
        return None
    except _Inexact:
        return _precise(term, point, is_complex, digits)


def _precise(term: Any, point: dict[str, Any], is_complex: bool, digits: int) -> Any:
    """Return a value with many digits; a part that is infinite has none, and what is made of it neither."""
    import mpmath

    with mpmath.workdps(digits):
        known: dict[int, Any] = {}
        for part, arguments in walk([term]):
            if arguments:
                values = [known[id(a)] for a in arguments]
                operation = interface.operation(part)
                value = apply_precisely(mpmath, operation, values)
                if value is None:
                    return None
                if value.__class__ is not bool:
                    value = chopped(mpmath, value, values if operation == "+" else (), digits)
            else:
                value = _leaf(mpmath, part, point)
            if value.__class__ is not bool and (
                not mpmath.isfinite(value) or (not is_complex and getattr(value, "imag", 0) != 0)
            ):
                return None
            known[id(part)] = value
        return known[id(term)]


def _leaf(mpmath: Any, part: Any, point: dict[str, Any]) -> Any:
    if interface.is_symbol(part):
        return many_digits(mpmath, point[interface.name(part)])
    if interface.is_constant(part):
        return getattr(mpmath, interface.name(part))
    return part if part.__class__ is bool else many_digits(mpmath, part)


def agree(a: Any, b: Any) -> bool:
    """Tell whether two values are the same: exactly if both are exact, up to rounding otherwise."""
    if a.__class__ is bool or b.__class__ is bool:
        return a is b
    if is_exact(a) and is_exact(b):
        return bool(a == b)
    import mpmath

    with mpmath.workdps(DIGITS):
        x, y = _many_digits(mpmath, a), _many_digits(mpmath, b)
        return bool(abs(x - y) <= _CLOSE * max(abs(x), abs(y), mpmath.mpf(10) ** -30))


def relative_difference(a: Any, b: Any) -> float:
    """Return how far two values are from each other, relative to the first."""
    import mpmath

    with mpmath.workdps(DIGITS):
        x, y = _many_digits(mpmath, a), _many_digits(mpmath, b)
        scale = max(abs(x), mpmath.mpf(10) ** -30)
        return float(abs(x - y) / scale)


def plain(value: Any) -> Any:
    """Return a value as a Python number, for display."""
    if value is None or value.__class__ is bool or is_exact(value):
        return value
    made = complex(value)
    return made if made.imag else made.real


def _many_digits(mpmath: Any, value: Any) -> Any:
    return mpmath.mpf(value.numerator) / value.denominator if is_exact(value) else value


def _exact(term: Any, point: dict[str, Any]) -> Any:
    known: dict[int, Any] = {}
    for part, arguments in walk([term]):
        if interface.is_symbol(part):
            value = point[interface.name(part)]
        elif not arguments:
            value = part
        else:
            value = _operation(interface.operation(part), [known[id(a)] for a in arguments])
        if value.__class__ is not bool and not is_exact(value):
            raise _Inexact
        known[id(part)] = value
    return known[id(term)]


def _operation(operation: str, values: list[Any]) -> Any:
    if operation == "+":
        return _bounded(sum(values))
    if operation == "*":
        made: Any = 1
        for value in values:
            made = made * value
        return _bounded(made)
    if operation == "^":
        return _power(*values)
    if operation == "abs":
        return abs(values[0])
    if (operation == "log" and values[0] == 0) or (operation == "atanh" and abs(values[0]) == 1):
        raise _NoValue
    raise _Inexact


def _power(base: Any, exponent: Any) -> Any:
    if base == 0 and exponent < 0:
        raise _NoValue
    if exponent != int(exponent) or abs(exponent) > _MOST_EXPONENT:
        raise _Inexact
    return _bounded(Fraction(base) ** int(exponent))


def _bounded(value: Any) -> Any:
    if value.numerator.bit_length() + value.denominator.bit_length() > _MOST_BITS:
        raise _Inexact
    return value
