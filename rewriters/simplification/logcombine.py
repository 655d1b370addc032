"""Sums of logarithms as one, and back."""

from typing import Any

from rewriters.simplification.layers import bottom_up, in_canonical
from symnum.terms.canonical import Call, Product, Sum, add, call, make_product, multiply, power, scale
from symnum.terms.domains import is_positive, is_real
from symnum.terms.numbers import NUMBER_TYPES, is_exact


def logcombine(expression: Any) -> Any:
    """Return a term with its sums of logarithms combined as far as the domains of its symbols allow.

    ``log(a) + log(b)`` becomes ``log(a*b)`` where at most one of them may fail to be positive, and ``c*log(a)``
    becomes ``log(a^c)`` for positive a and exact c, or for any a and -1 < c <= 1.

    Parameters
    ----------
    expression : term or number
        Of any structure; the result has the same.

    Examples
    --------
    >>> import symnum as sn
    >>> x, y = sn.symbols("x y", domain="positive")
    >>> sn.logcombine(sn.log(x) + 2*sn.log(y))
    log(x*y^2)
    """
    return in_canonical(expression, lambda term: bottom_up(term, _combined))


def _combined(term: Any) -> Any:
    if term.__class__ is not Sum:
        return term
    inside, rest = [], []
    exception = False
    for summand, coefficient in term.terms.items():
        if summand.__class__ is Call and summand.function == "log" and is_exact(coefficient):
            argument = summand.args[0]
            if is_positive(argument):
                inside.append(power(argument, coefficient))
                continue
            if not exception and -1 < coefficient <= 1:  # type: ignore[operator]
                exception = True
                inside.append(power(argument, coefficient))
                continue
        rest.append(scale(summand, coefficient))
    if len(inside) < 2:
        return term
    return add([call("log", (multiply(inside),)), *rest, term.constant])


def expand_log(expression: Any) -> Any:
    """Return a term with logarithms of products and powers split as far as domains allow.

    ``log(a*b)`` becomes ``log(a) + log(b)`` for positive a, ``log(a^c)`` becomes ``c*log(a)`` for positive a and
    real c, ``log(exp(a))`` becomes a for real a.

    Examples
    --------
    >>> import symnum as sn
    >>> from rewriters.simplification.logcombine import expand_log
    >>> x, z = sn.symbols("x", domain="positive"), sn.symbols("z")
    >>> expand_log(sn.log(x**2 * z))
    2*log(x) + log(z)
    """
    return in_canonical(expression, lambda term: bottom_up(term, _split))


def _split(term: Any) -> Any:
    if term.__class__ is not Call or term.function != "log":
        return term
    argument = term.args[0]
    if argument.__class__ is Call and argument.function == "exp" and is_real(argument.args[0]):
        return argument.args[0]
    if argument.__class__ is not Product:
        return term
    outside, inside = [], {}
    for base, exponent in argument.factors.items():
        if base.__class__ not in NUMBER_TYPES and is_positive(base) and is_real(exponent):
            outside.append(multiply((exponent, _split(call("log", (base,))))))
        elif is_positive(power(base, exponent)):
            outside.append(call("log", (power(base, exponent),)))
        else:
            inside[base] = exponent
    coefficient = argument.coefficient
    if is_exact(coefficient) and coefficient > 0:  # type: ignore[operator]
        outside.append(call("log", (coefficient,)))
        coefficient = 1
    outside.append(call("log", (make_product(inside, coefficient),)))
    return add(outside)
