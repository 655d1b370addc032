"""What signs and domains settle: absolute values, signs, roundings, odd and even functions."""

from typing import Any

from rewriters.simplification.layers import bottom_up, factors_of
from symnum.terms.canonical import Call, Product, Sum, call, make_product, multiply, negate, power, scale
from symnum.terms.domains import is_integer, is_nonnegative, is_positive, is_real
from symnum.terms.numbers import NUMBER_TYPES
from symnum.terms.order import sorted_terms

_ODD = frozenset({"sin", "tan", "sinh", "tanh"})
_EVEN = frozenset({"cos", "cosh"})


def resolve_signs(term: Any) -> Any:
    """Return a canonical term with absolute values, signs and roundings settled where domains allow.

    Examples
    --------
    >>> import symnum as sn
    >>> from rewriters.simplification.signs import resolve_signs
    >>> x = sn.symbols("x", domain="positive")
    >>> resolve_signs(abs(-2 * x))
    2*x
    """
    return bottom_up(term, _resolved)


def _resolved(term: Any) -> Any:
    if term.__class__ is Product:
        return _even_powers(term)
    if term.__class__ is not Call:
        return term
    if term.function == "abs":
        return _absolute(term)
    if term.function == "sign":
        return _sign(term)
    if term.function in ("floor", "ceil"):
        return term.args[0] if is_integer(term.args[0]) else term
    if term.function in _ODD and _looks_negative(term.args[0]):
        return negate(call(term.function, (negate(term.args[0]),)))
    if term.function in _EVEN and _looks_negative(term.args[0]):
        return call(term.function, (negate(term.args[0]),))
    return term


def _absolute(term: Call) -> Any:
    (argument,) = term.args
    if is_nonnegative(argument):
        return argument
    if is_nonnegative(negate(argument)):
        return negate(argument)
    if argument.__class__ is Call and argument.function == "abs":
        return argument
    if argument.__class__ is not Product:
        return term
    outside = [abs(argument.coefficient)]
    inside = {}
    for base, exponent in argument.factors.items():
        factor = power(base, exponent)
        if is_nonnegative(factor):
            outside.append(factor)
        else:
            inside[base] = exponent
    return multiply([*outside, call("abs", (make_product(inside),))])


def _sign(term: Call) -> Any:
    (argument,) = term.args
    if is_positive(argument):
        return 1
    return -1 if is_positive(negate(argument)) else term


def _even_powers(term: Product) -> Any:
    """Return |x|^2 as x^2 for real x."""
    if not any(b.__class__ is Call and b.function == "abs" for b in term.factors):
        return term
    factors = []
    for base, exponent in factors_of(term).items():
        even = exponent.__class__ is int and exponent % 2 == 0
        if even and base.__class__ is Call and base.function == "abs" and is_real(base.args[0]):
            base = base.args[0]
        factors.append(power(base, exponent))
    return scale(multiply(factors), term.coefficient)


def _looks_negative(argument: Any) -> bool:
    """Tell whether the first number in a term, as it is printed, is negative."""
    if argument.__class__ is Product:
        value: Any = argument.coefficient
    elif argument.__class__ is Sum:
        value = sorted_terms(argument)[0][1]
    else:
        value = argument
    return value.__class__ in NUMBER_TYPES and value.__class__ is not complex and value < 0
