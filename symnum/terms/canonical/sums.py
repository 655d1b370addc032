"""Sums: like terms merge, numbers fold, and a number times a sum multiplies into it."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from symnum.terms.canonical.nodes import ATOMS, Product, Sum, new_sum, require_number
from symnum.terms.interning import lookup, register
from symnum.terms.numbers import NUMBER_TYPES, Number, number_key, plus, times

_ONE = 1
_ZERO = 0
_new = object.__new__


def make_sum(terms: dict[Any, Number], constant: Number = 0) -> Any:
    """Return ``constant + sum(coefficient * term)`` and take ownership of the dictionary.

    Parameters
    ----------
    terms : dict of term to number
        Symbols, calls and products without coefficient (never sums), with plain numbers
        (int, Fraction, float, complex; whole numbers as int). Exact zeros are dropped here.
    constant : number

    Returns
    -------
    term or number
        A `Sum`, or what is left of it: a product, a symbol, a number.
    """
    if 0 in terms.values():
        terms = {t: c for t, c in terms.items() if c or c.__class__ is not int}
    if len(terms) > 1:
        return new_sum(terms, constant, True)
    if not terms:
        return constant
    if constant or constant.__class__ is not int:
        return new_sum(terms, constant, True)
    ((term, coefficient),) = terms.items()
    return term if coefficient is _ONE else scale(term, coefficient)


def add(arguments: Iterable[Any]) -> Any:
    """Return the sum of any number of terms and numbers, in linear time.

    Examples
    --------
    >>> from symnum.terms import Symbol, add
    >>> x = Symbol("x")
    >>> add([x, 1, x, 2])
    2*x + 3
    """
    terms: dict[Any, Number] = {}
    constant: Number = 0
    for argument in arguments:
        cls = argument.__class__
        coefficient: Number = _ONE
        if cls is Product:
            if argument.monic is not None:
                coefficient = argument.coefficient
                argument = argument.monic
        elif cls is Sum:
            if argument.constant is not _ZERO:
                constant = plus(constant, argument.constant)
            if terms:
                _merge(terms, argument.terms)
            else:
                terms = argument.terms.copy()
            continue
        elif cls not in ATOMS:
            constant = plus(constant, require_number(argument))
            continue
        old = terms.get(argument)
        terms[argument] = coefficient if old is None else plus(old, coefficient)
    return make_sum(terms, constant)


def _merge(into: dict[Any, Number], terms: dict[Any, Number]) -> None:
    get = into.get
    for term, coefficient in terms.items():
        old = get(term)
        into[term] = coefficient if old is None else plus(old, coefficient)


def scale(term: Any, coefficient: Number) -> Any:
    """Return coefficient * term for a term or a number; a sum is multiplied out."""
    cls = term.__class__
    if cls is Sum:
        if coefficient.__class__ is int:
            if coefficient == 0:
                return 0
            if coefficient == 1:
                return term
        scaled = {t: times(c, coefficient) for t, c in term.terms.items()}
        return make_sum(scaled, times(term.constant, coefficient))
    if cls is Product:
        if term.monic is not None:
            coefficient = times(term.coefficient, coefficient)
            term = term.monic
    elif cls not in ATOMS:
        return times(require_number(term), coefficient)
    key = coefficient
    if coefficient.__class__ is int:
        if coefficient == 1:
            return term
        if coefficient == 0:
            return 0
    elif coefficient.__class__ is Fraction and coefficient.denominator == 1:
        return scale(term, coefficient.numerator)
    else:
        key = number_key(coefficient)  # type: ignore[assignment]
    if term.__class__ is Sum:  # the monic part of a former product can be a sum only by misuse
        return scale(term, coefficient)
    pair = (key, term)
    found = lookup(pair)
    if found is not None:
        return found
    made = _new(Product)
    made.factors = term.factors if term.__class__ is Product else {term: 1}
    made.coefficient = coefficient
    made.monic = term
    made._order = None
    return register(pair, made)


def negate(term: Any) -> Any:
    """Return -term (for the float 0.0, -0.0)."""
    if term.__class__ in NUMBER_TYPES:
        return -term
    return scale(term, -1)
