"""The size of a term: what `simplify` makes small."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from symnum.terms.canonical import Call, Product, Sum
from symnum.terms.numbers import NUMBER_TYPES
from symnum.terms.traverse import subterms


def size(expression: Any) -> int:
    """Return the number of symbols, numbers, functions and operations that writing a canonical term takes.

    A sign and a division count as one operation, a fraction as one more; what occurs twice counts twice.

    Examples
    --------
    >>> import symnum as sn
    >>> from rewriters.simplification.size import size
    >>> x, y = sn.symbols("x y")
    >>> size(x + y), size(x / y), size(2 * x**2)
    (3, 3, 5)
    """
    known: dict[int, int] = {}

    def of(part: Any) -> int:
        found = known.get(id(part))
        return _number_size(part) if found is None else found

    for term in subterms((expression,)):
        cls = term.__class__
        if cls is Sum:
            total = sum([of(t) + _coefficient_size(c) + 1 for t, c in term.terms.items()]) - 1
            if term.constant or term.constant.__class__ is not int:
                total += 1 + _number_size(term.constant)
        elif cls is Product:
            if term.monic is not None:
                total = of(term.monic) + _coefficient_size(term.coefficient)
            else:
                total = _product_size(term, of)
        else:
            total = 1 + (sum([of(a) for a in term.args]) if cls is Call else 0)
        known[id(term)] = total
    return of(expression.canonical() if expression.__class__ is Sum else expression)


def _product_size(term: Product, of: Callable[[Any], int]) -> int:
    total: int = len(term.factors) - 1
    if all(_is_negative(e) for e in term.factors.values()):
        total += 2  # 1/x
    for base, exponent in term.factors.items():
        plain = exponent.__class__ is int and abs(exponent) == 1
        total += of(base) + (0 if plain else 1 + _magnitude_size(exponent, of))
    return total


def _is_negative(exponent: Any) -> bool:
    return (exponent.__class__ is int or exponent.__class__ is Fraction) and exponent < 0


def _magnitude_size(exponent: Any, of: Callable[[Any], int]) -> int:
    return _number_size(abs(exponent)) if exponent.__class__ in (int, Fraction) else of(exponent)


def _coefficient_size(value: Any) -> int:
    if value.__class__ is int:
        return 0 if value == 1 else 1 if value == -1 else 1 + _number_size(value)
    if value.__class__ is Fraction and value.numerator in (1, -1):
        return 3
    return 1 + _number_size(value)


def _number_size(value: Any) -> int:
    if value.__class__ not in NUMBER_TYPES or value.__class__ is complex:
        return 1
    if value.__class__ is Fraction:
        return 3 + _digits(value.numerator) + _digits(value.denominator)
    return 1 + (_digits(value) if value.__class__ is int else 0) + int(value < 0)


def _digits(value: int) -> int:
    """Count long integers as more than short ones."""
    return abs(value).bit_length() // 32
