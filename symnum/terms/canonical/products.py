"""Products and powers: equal bases merge, whole powers of products and of powers multiply out, numbers fold."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from symnum.terms.canonical.calls import call
from symnum.terms.canonical.nodes import EULER, TERMS, Call, Product, Sum, Symbol, require_number
from symnum.terms.canonical.sums import add, scale
from symnum.terms.interning import register, table
from symnum.terms.numbers import NUMBER_TYPES, Number, integer_power, number_key, plus, split_power, times

_ONE = 1
_new = object.__new__


def make_product(factors: dict[Any, Any], coefficient: Number = 1) -> Any:
    """Return ``coefficient * prod(base ** exponent)`` and take ownership of the dictionary.

    Parameters
    ----------
    factors : dict of term to number or term
        Bases with exponents. Exact zero exponents are dropped here, and whatever can be folded is.
    coefficient : number
        A plain int, Fraction, float or complex.

    Returns
    -------
    term or number
        A `Product`, or what is left of it. Products of symbols cost about one microsecond when new.
    """
    plain = True
    for base, exponent in factors.items():
        if exponent is not _ONE:
            if exponent.__class__ is not int or not exponent:
                return _general_product(factors, coefficient)
            plain = False
        cls = base.__class__
        if cls is not Symbol and cls is not Call and (cls is not Sum or base._canonical is not True):
            return _general_product(factors, coefficient)
    if plain:
        if len(factors) < 2:
            return scale(next(iter(factors)), coefficient) if factors else coefficient
        made = _intern_product(frozenset(factors), factors)
    else:
        made = _intern_product(frozenset(factors.items()), factors)
    return made if coefficient is _ONE else scale(made, coefficient)


def _intern_product(key: Any, factors: dict[Any, Any]) -> Product:
    reference = table.get(key)
    if reference is not None:
        found = reference()
        if found is not None:
            return found  # type: ignore[no-any-return]
    made = _new(Product)
    made.factors = factors
    made.coefficient = 1
    made.monic = None
    made._order = None
    return register(key, made)  # type: ignore[no-any-return]


def _general_product(factors: dict[Any, Any], coefficient: Number) -> Any:
    """Fold numbers, flatten products within products, multiply a lone sum out, intern the rest."""
    clean: dict[Any, Any] = {}
    pending = list(factors.items())
    pending.reverse()
    while pending:
        base, exponent = pending.pop()
        if exponent.__class__ is int and exponent == 0:
            continue
        if base in clean:
            pending.append((base, _exponent_sum(clean.pop(base), exponent)))
            continue
        cls = base.__class__
        if cls in NUMBER_TYPES:
            if exponent.__class__ in NUMBER_TYPES:
                part, base, exponent = split_power(base, exponent)
                coefficient = times(coefficient, part)
                if base is None:
                    continue
            elif base == 1 and base.__class__ is int:
                continue
        elif cls is Sum:
            base = base.canonical()
        elif cls is Product and exponent.__class__ is int:
            coefficient = times(coefficient, integer_power(base.coefficient, exponent))
            pending.extend((b, _exponent_product(e, exponent)) for b, e in base.factors.items())
            continue
        clean[base] = exponent.canonical() if exponent.__class__ is Sum else exponent
    return _finish_product(clean, coefficient)


def _finish_product(clean: dict[Any, Any], coefficient: Number) -> Any:
    if coefficient.__class__ is int and coefficient == 0:
        return 0
    if len(clean) < 2:
        if not clean:
            return coefficient
        ((base, exponent),) = clean.items()
        if exponent.__class__ is int and exponent == 1 and base.__class__ not in NUMBER_TYPES:
            return scale(base, coefficient)
    if all(e is _ONE for e in clean.values()):
        return scale(_intern_product(frozenset(clean), clean), coefficient)
    items = [(_factor_key(b), _factor_key(e)) for b, e in clean.items()]
    return scale(_intern_product(frozenset(items), clean), coefficient)


def _factor_key(value: Any) -> Any:
    return number_key(value) if value.__class__ in NUMBER_TYPES else value


def _exponent_sum(a: Any, b: Any) -> Any:
    if a.__class__ in NUMBER_TYPES and b.__class__ in NUMBER_TYPES:
        return plus(a, b)
    return add((a, b))


def _exponent_product(a: Any, b: Any) -> Any:
    if a.__class__ in NUMBER_TYPES and b.__class__ in NUMBER_TYPES:
        return times(a, b)
    return multiply((a, b))


def multiply(arguments: Iterable[Any]) -> Any:
    """Return the product of any number of terms and numbers, in linear time.

    Examples
    --------
    >>> from symnum.terms import Symbol, multiply
    >>> x, y = Symbol("x"), Symbol("y")
    >>> multiply([2, x, y, x])
    2*x^2*y
    """
    factors: dict[Any, Any] = {}
    several: dict[Any, list[Any]] = {}
    coefficient: Number = 1
    for argument in arguments:
        cls = argument.__class__
        if cls is Product:
            if argument.monic is not None:
                coefficient = times(coefficient, argument.coefficient)
            if factors:
                for base, exponent in argument.factors.items():
                    old = factors.get(base)
                    if old is None:
                        factors[base] = exponent
                    elif old.__class__ is int and exponent.__class__ is int and not several:
                        factors[base] = old + exponent
                    else:
                        _add_exponent(factors, several, base, exponent)
            else:
                factors = argument.factors.copy()
        elif cls in TERMS:
            if cls is Sum and argument._canonical is not True:
                argument = argument.canonical()
            if argument not in factors:
                factors[argument] = 1
            else:
                _add_exponent(factors, several, argument, 1)
        else:
            coefficient = times(coefficient, require_number(argument))
    if coefficient.__class__ is int and coefficient == 0:
        return 0
    for base, exponents in several.items():
        factors[base] = add(exponents)
    return make_product(factors, coefficient)


def _add_exponent(factors: dict[Any, Any], several: dict[Any, list[Any]], base: Any, exponent: Any) -> None:
    """Add to the exponent of a base; exponents that are terms are listed, and added up together in the end."""
    old = factors[base]
    if base in several:
        several[base].append(exponent)
    elif old.__class__ in NUMBER_TYPES and exponent.__class__ in NUMBER_TYPES:
        factors[base] = plus(old, exponent)
    else:
        several[base] = [old, exponent]


def power(base: Any, exponent: Any) -> Any:
    """Return base ** exponent.

    ``(x^a)^b`` becomes ``x^(a*b)`` where that always holds: for whole b, and for -1 < a <= 1 with exact b.
    Exact numbers fold exactly (``4^(1/2)`` is 2, ``2^(1/2)`` stays), never beyond the limit on digits.

    Raises
    ------
    DivisionByZeroError
        For an exact zero to a negative power.
    BudgetError
        Where an exact number would get too many digits.
    """
    if base.__class__ not in TERMS:
        base = require_number(base)
    if exponent.__class__ is int:
        if exponent == 1:
            return base
        if exponent == 0:
            return 1
        if base.__class__ in NUMBER_TYPES:
            return integer_power(base, exponent)
        if base.__class__ is Sum:
            base = base.canonical()
            return _intern_product(frozenset(((base, exponent),)), {base: exponent})
        return make_product({base: exponent})
    if exponent.__class__ not in TERMS:
        number = require_number(exponent)
        if number.__class__ is int:
            return power(base, number)
        return _fractional_power(base, number)
    if base is EULER:
        return call("exp", (exponent,))
    return make_product({base: exponent})


def _fractional_power(base: Any, exponent: Number) -> Any:
    if base is EULER and exponent.__class__ is float:
        return call("exp", (exponent,))
    if base.__class__ is not Product or exponent.__class__ is not Fraction:
        return make_product({base: exponent})
    if base.monic is not None:
        c = base.coefficient
        if c.__class__ in (int, Fraction) and c > 0:  # (c x)^q = c^q x^q for positive c
            return multiply((power(c, exponent), power(base.monic, exponent)))
    elif len(base.factors) == 1:
        ((inner, old),) = base.factors.items()
        if old.__class__ is Fraction and -1 < old <= 1:
            return make_product({inner: times(old, exponent)})
    return make_product({base: exponent})
