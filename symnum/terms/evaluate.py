"""Numerical values of terms with NumPy: slow, plain, and the measure for all compiled code."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from symnum.errors import InputError, MissingValueError, UnsupportedError
from symnum.terms import interface
from symnum.terms.canonical import CONSTANTS, Call, Product, Sum, Symbol
from symnum.terms.checks import check_terms
from symnum.terms.interning import bulk
from symnum.terms.numbers import NUMBER_TYPES, as_float
from symnum.terms.operations import get_operation
from symnum.terms.traverse import is_canonical, subterms, walk

_ROOTS = 8  # up to this half-integer powers are compiled as powers of square roots


def evaluate(expression: Any, values: Mapping[Any, Any] | None = None) -> Any:
    """Return the numerical value of a term, or the values of a list of terms.

    Parameters
    ----------
    expression : term, number, or list or tuple of them
        Of any structure. Parts that several of them share are computed once.
    values : mapping of symbol (or its name) to float, complex or ndarray
        Arrays broadcast against each other; every term gives an array of the common shape.

    Returns
    -------
    float64, complex128 or bool value or ndarray; a list of them for a list

    Raises
    ------
    MissingValueError
        If a symbol has no value.

    Notes
    -----
    Real arithmetic stays real: a negative number to a fractional power, or its logarithm, is nan.
    Give complex values to compute on the principal branches. Floating-point warnings are silenced.

    Examples
    --------
    >>> from symnum.terms import evaluate, symbols
    >>> x, y = symbols("x y")
    >>> float(evaluate(x**2 / y, {x: 3.0, y: 2.0}))
    4.5
    """
    many = isinstance(expression, list | tuple)
    roots = list(expression) if many else [expression]
    check_terms(roots)
    with bulk(), _numpy().errstate(all="ignore"):
        if all(is_canonical(r) for r in roots):
            results = _evaluate_canonical(roots, values or {})
        else:
            whole = next((whole_evaluations[r.__class__] for r in roots if r.__class__ in whole_evaluations), None)
            found = whole(roots, values or {}) if whole is not None else None
            results = _evaluate_generic(roots, values or {}) if found is None else found
    return results if many else results[0]


def _numpy() -> Any:
    import numpy

    return numpy


def _prepare(values: Mapping[Any, Any]) -> dict[str, Any]:
    np = _numpy()
    if not isinstance(values, Mapping):
        raise InputError(f"values are given by symbol, as in {{x: 1.0}}, and {values!r} is no mapping.")
    prepared: dict[str, Any] = {}
    for key, value in values.items():
        array = np.asarray(value)
        if array.dtype.kind not in "biufc":
            array = np.asarray(_plain(value))
        kind = np.complex128 if array.dtype.kind == "c" else np.float64
        prepared[key if isinstance(key, str) else interface.name(key)] = array.astype(kind)[()]
    return prepared


def _plain(value: Any) -> float | complex:
    if value.__class__ in NUMBER_TYPES:
        return as_float(value)
    raise InputError(f"{value!r} is no numerical value; give a float, a complex number or an array.")


def _symbol_value(prepared: dict[str, Any], name: str) -> Any:
    try:
        return prepared[name]
    except KeyError:
        raise MissingValueError(
            f'symbol "{name}" has no value; give one: evaluate(expr, {{"{name}": 1.0}}).'
        ) from None


def _number_value(value: Any) -> Any:
    np = _numpy()
    if value is True or value is False:
        return np.bool_(value)
    number = as_float(value)
    return np.complex128(number) if number.__class__ is complex else np.float64(number)


def _evaluate_canonical(roots: list[Any], values: Mapping[Any, Any]) -> list[Any]:
    np, prepared = _numpy(), _prepare(values)
    known: dict[int, Any] = {}

    def value_of(part: Any) -> Any:
        found = known.get(id(part))
        return _number_value(part) if found is None else found

    for term in subterms(roots):
        cls = term.__class__
        if cls is Symbol:
            value = _symbol_value(prepared, term.name)
        elif cls is Sum:
            value = _number_value(term.constant)
            for part, coefficient in term.terms.items():
                value = value + _number_value(coefficient) * known[id(part)]
        elif cls is Product:
            value = _number_value(term.coefficient)
            if term.monic is not None:
                value = value * known[id(term.monic)]
            else:
                for base, exponent in term.factors.items():
                    value = value * _power_value(np, value_of(base), value_of(exponent))
        elif cls is Call:
            numeric = _numeric(term.function)
            value = numeric(np, *[value_of(a) for a in term.args])
        else:
            value = np.float64(term.value)
        known[id(term)] = value
    return [value_of(r.canonical() if r.__class__ is Sum else r) for r in roots]


def _numeric(function: str) -> Any:
    numeric = get_operation(function).numeric
    if numeric is None:
        raise UnsupportedError(
            f"{function} has no numerical meaning. Give it one: "
            f'register_function("{function}", ..., numeric=function_of_arrays, replace=True).'
        )
    return numeric


def _power_value(np: Any, base: Any, exponent: Any) -> Any:
    """Return base**exponent; exponents 1, -1 and 1/2 by the correctly rounded operations.

    Of negative infinity a half-integer power is nan, as of every negative number and as in compiled code, which
    takes square roots; C's pow says infinity. Zeros keep their sign in the same way.
    """
    if exponent.ndim == 0:
        if exponent == 1.0:
            return base
        if exponent == -1.0:
            return 1.0 / base
        if exponent == 0.5:
            return np.sqrt(base)
        if exponent.dtype.kind == base.dtype.kind == "f" and exponent * 2 % 2 == 1 and abs(exponent) <= _ROOTS:
            special = (base == 0) | (base == -np.inf)
            return np.where(special, np.power(np.sqrt(base), exponent * 2), np.power(base, exponent))[()]
    return np.power(base, exponent)


def interpretation(values: Mapping[Any, Any]) -> tuple[Any, Any, Any]:
    """Return the three functions that give values: of a leaf, of a number, of an operation on values."""
    np, prepared = _numpy(), _prepare(values)

    def of_leaf(term: Any) -> Any:
        if interface.is_symbol(term):
            return _symbol_value(prepared, interface.name(term))
        if term.__class__ is bool:
            return np.bool_(term)
        return np.float64(CONSTANTS[interface.name(term)].value)

    def of_call(operation: str, given: Sequence[Any]) -> Any:
        numeric = _numeric(operation)
        return _power_value(np, *given) if operation == "^" else numeric(np, *given)

    return of_leaf, _number_value, of_call


def _evaluate_generic(roots: list[Any], values: Mapping[Any, Any]) -> list[Any]:
    of_leaf, of_number, of_call = interpretation(values)
    known: dict[int, Any] = {}
    for term, args in walk(roots):
        if args or interface.is_call(term):
            value = of_call(interface.operation(term), [known[id(a)] for a in args])
        elif term.__class__ in NUMBER_TYPES:
            value = of_number(term)
        else:
            value = of_leaf(term)
        known[id(term)] = value
    return [known[id(r)] for r in roots]


whole_evaluations: dict[type, Callable[[list[Any], Mapping[Any, Any]], list[Any] | None]] = {}
"""Faster ways to evaluate terms of a class, all at once; None where they do not apply."""


def evaluate_exact(expression: Any, values: Mapping[Any, Any] | None = None) -> int | Fraction:
    """Return the exact rational value of a term of sums, products and whole powers.

    Parameters
    ----------
    expression : term
    values : mapping of symbol to int or Fraction

    Raises
    ------
    InputError
        If the value is not an exact rational number, or a symbol has no exact value.

    Examples
    --------
    >>> from symnum.terms import evaluate_exact, symbols
    >>> x = symbols("x")
    >>> evaluate_exact(x / 3 + 1, {x: 1})
    Fraction(4, 3)
    """
    from symnum.terms.substitute import substitute

    result = substitute(expression, dict(values or {}))
    if result.__class__ not in (int, Fraction):
        raise InputError(
            f"{expression} has no exact rational value here: {result} is left. Give every symbol an int or a "
            "Fraction, or use evaluate for floating point."
        )
    return result
