"""Numbers inside terms: int, Fraction, float and complex, with exact arithmetic kept exact and bounded.

Exact results are limited to `MAXIMUM_BITS` bits, so that text such as ``9**9**9**9`` raises an error
at once instead of filling the memory, and so that every exact number can be printed.
"""

import math
import numbers as abstract
from collections.abc import Callable, Hashable
from fractions import Fraction
from typing import Any

from symnum.errors import BudgetError, DivisionByZeroError

Number = int | Fraction | float | complex
NUMBER_TYPES: frozenset[Any] = frozenset({int, Fraction, float, complex})

MAXIMUM_BITS = 13_000
"""Largest size of an exact numerator or denominator (about 3,900 decimal digits)."""


foreign_numbers: dict[type, Callable[[Any], Number]] = {}
"""Number types of other packages that Python's own hierarchy of numbers does not know; adapters add to them."""


def as_number(value: object) -> Number | None:
    """Return a plain int, Fraction, float or complex of the same value, or None if it is no number.

    Booleans become integers, NumPy scalars the Python number of their kind, decimals exact fractions.
    """
    cls = value.__class__
    if cls is int or cls is float or cls is complex:
        return value  # type: ignore[return-value]
    if isinstance(value, abstract.Integral):
        return int(value)
    if isinstance(value, abstract.Rational):
        return normal(Fraction(value))
    if isinstance(value, abstract.Real):
        return float(value)
    if cls.__name__ == "Decimal" and hasattr(value, "is_finite"):
        return normal(Fraction(value)) if value.is_finite() else float(value)  # type: ignore[call-overload, arg-type]
    if isinstance(value, abstract.Complex):
        return complex(value)
    for foreign, plain in foreign_numbers.items():
        if isinstance(value, foreign):
            return plain(value)
    return None


def normal(value: Number) -> Number:
    """Return an integer for a whole Fraction and any other number unchanged."""
    if value.__class__ is Fraction and value.denominator == 1:
        return value.numerator
    return value


def is_exact(value: object) -> bool:
    """Tell whether a number is an int or a Fraction."""
    cls = value.__class__
    return cls is int or cls is Fraction


def plus(a: Number, b: Number) -> Number:
    """Return a + b, exact where both are exact; never raises for floats."""
    if a.__class__ is int:
        if b.__class__ is int:
            return a + b
        if a == 0:
            return b
    elif b.__class__ is int and b == 0:
        return a
    return _checked(a, b, "+")


def times(a: Number, b: Number) -> Number:
    """Return a * b, exact where both are exact. An exact zero times anything is an exact zero."""
    if a.__class__ is int:
        if a == 1:
            return b
        if a == 0:
            return 0
    if b.__class__ is int:
        if b == 1:
            return a
        if b == 0:
            return 0
    return _checked(a, b, "*")


def _checked(a: Number, b: Number, operation: str) -> Number:
    try:
        value = a + b if operation == "+" else a * b
    except OverflowError:  # an exact number beyond the range of float meets a float
        value = _inexact(a) + _inexact(b) if operation == "+" else _inexact(a) * _inexact(b)
    if value.__class__ is int:
        check_size(value)
    elif value.__class__ is Fraction:
        check_size(value)
        return normal(value)
    return value


def check_size(value: int | Fraction) -> None:
    """Raise `BudgetError` if an exact number has outgrown `MAXIMUM_BITS`."""
    if value.numerator.bit_length() > MAXIMUM_BITS or value.denominator.bit_length() > MAXIMUM_BITS:
        raise BudgetError(
            f"an exact number of more than {MAXIMUM_BITS * 3 // 10} digits would arise. "
            "Write one of the numbers as a decimal, such as 9.0 instead of 9, to compute in floating point."
        )


def _inexact(value: Number) -> float | complex:
    """Return a float (or the complex number itself), infinite where the value is out of range."""
    if value.__class__ is complex:
        return value
    try:
        return float(value)  # type: ignore[arg-type]
    except OverflowError:
        return math.inf if value > 0 else -math.inf  # type: ignore[operator]


def as_float(value: Number) -> float | complex:
    """Return the nearest float (complex stays complex); beyond the range of float, an infinity."""
    return _inexact(value)


def integer_power(base: Number, exponent: int) -> Number:
    """Return base**exponent for an integer exponent; exact bases give exact results.

    Raises
    ------
    DivisionByZeroError
        For an exact zero raised to a negative power.
    BudgetError
        Where an exact result would exceed `MAXIMUM_BITS`.
    """
    if base.__class__ is float or base.__class__ is complex:
        return float_power(base, exponent)
    if exponent < 0:
        if base == 0:
            raise DivisionByZeroError(
                "division by an exact zero. Check the denominator, or write 0.0 to get an infinity."
            )
        inverse = normal(1 / Fraction(base))  # type: ignore[arg-type]
        return integer_power(inverse, -exponent)
    if base in (0, 1, -1):
        return 1 if exponent == 0 else (base if exponent % 2 else base * base)
    size = max(base.numerator.bit_length(), base.denominator.bit_length())  # type: ignore[union-attr]
    if (size - 1) * exponent > MAXIMUM_BITS:
        raise BudgetError(
            f"a power with exponent {_short(exponent)} would have more than {MAXIMUM_BITS * 3 // 10} digits. "
            "Write the base as a decimal, such as 2.0 instead of 2, to compute in floating point."
        )
    value = normal(base**exponent)
    check_size(value)  # type: ignore[arg-type]
    return value


def _short(value: int) -> str:
    return str(value) if value.bit_length() < 64 else f"of {value.bit_length()} bits"


def float_power(base: Number, exponent: Number) -> Number:
    """Return a floating-point power as IEEE arithmetic would, never raising.

    A negative real base with a fractional exponent gives nan (not a complex number).
    """
    b, e = _inexact(base), _inexact(exponent)
    try:
        value = b**e
    except OverflowError:
        return math.inf if b > 0 or e % 2 == 0 else -math.inf  # type: ignore[operator]
    except ZeroDivisionError:
        odd = e.__class__ is float and e % 2 == 1
        return math.copysign(math.inf, b) if odd else math.inf  # type: ignore[arg-type]
    if value.__class__ is complex and b.__class__ is not complex and e.__class__ is not complex:
        return math.nan
    return value


def integer_root(value: int, degree: int) -> int | None:
    """Return the exact non-negative root of a non-negative integer, or None if there is none."""
    if value < 2:
        return value
    if degree >= value.bit_length():
        return None
    guess = 1 << -(-value.bit_length() // degree)
    while True:  # Newton's iteration from above decreases monotonically to the floor of the root
        following = ((degree - 1) * guess + value // guess ** (degree - 1)) // degree
        if following >= guess:
            break
        guess = following
    return guess if guess**degree == value else None


def rational_root(value: Any, degree: int) -> Number | None:
    """Return the exact root of a positive rational, or None if it is irrational."""
    numerator = integer_root(value.numerator, degree)
    if numerator is None:
        return None
    denominator = integer_root(value.denominator, degree)
    return None if denominator is None else normal(Fraction(numerator, denominator))


def split_power(base: Number, exponent: Number) -> tuple[Number, Number | None, Number]:
    """Split base**exponent of two numbers into (coefficient, remaining base or None, remaining exponent).

    The exact part goes to the coefficient: 8^(1/2) keeps base 8, 4^(1/2) is 2, 2^(3/2) is 2 * 2^(1/2).
    Whole powers of a base always split off (z^(n+q) = z^n z^q on the principal branch).
    """
    if exponent.__class__ is int:
        return integer_power(base, exponent), None, 1
    if not (is_exact(base) and is_exact(exponent)):
        value = float_power(base, exponent)
        # A real power without real value stays as it was written.
        return (1, base, exponent) if value != value and base == base else (value, None, 1)
    if base == 0:
        if exponent < 0:  # type: ignore[operator]
            raise DivisionByZeroError("division by an exact zero: 0 is raised to a negative power.")
        return 0, None, 1
    if base == 1:
        return 1, None, 1
    rest: Any
    whole, rest = divmod(exponent, 1)  # type: ignore[operator]
    coefficient = integer_power(base, int(whole))
    if base > 0:  # type: ignore[operator]
        root = rational_root(base, rest.denominator)
        if root is not None:
            return times(coefficient, integer_power(root, rest.numerator)), None, 1
    return coefficient, base, rest


def number_key(value: object) -> Hashable:
    """Return a key for interning under which 1, 1.0, True, 0.0, -0.0 differ and nan equals itself."""
    cls = value.__class__
    if cls is int:
        return value
    if cls is float:
        if value == value and value:
            return (float, value)
        return (float, "nan") if value != value else (float, str(value))
    if cls is complex:
        return (complex, number_key(value.real), number_key(value.imag))  # type: ignore[attr-defined]
    return (cls, value)
