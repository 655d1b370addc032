"""Sums of quotients over one denominator, nothing multiplied out."""

import math
from typing import Any

from rewriters.simplification.layers import in_layers
from symnum.errors import DivisionByZeroError
from symnum.terms.canonical import Product, Sum, add, multiply, negate, power, scale
from symnum.terms.numbers import is_exact
from symnum.terms.order import sorted_terms


def together(expression: Any) -> Any:
    """Return a term with its sums of quotients over common denominators, at every depth.

    Nothing is multiplied out, and of the powers in a numerator nothing is cancelled but equal bases: that is
    what `cancel` does.

    Parameters
    ----------
    expression : term or number
        Of any structure; the result has the same.

    Examples
    --------
    >>> import symnum as sn
    >>> x, y = sn.symbols("x y")
    >>> sn.together(1/x + 1/y)
    (x + y)/(x*y)
    """
    return in_layers(expression, together_layer)


def together_layer(term: Any) -> Any:
    """Bring the outermost layer over one denominator, inner sums first."""
    try:
        return _together(term, {})
    except DivisionByZeroError:
        return term  # a denominator is zero: the term has no value


def _together(term: Any, known: dict[int, Any]) -> Any:
    for total in _sums(term):
        known[id(total)] = _over_one_denominator(total, known)
    return _inner(term, known)


def _sums(term: Any) -> list[Any]:
    """Return the sums of a layer, inner ones first."""
    order: list[Any] = []
    seen: set[int] = set()
    stack = [(term, False)]
    while stack:
        part, done = stack.pop()
        if done:
            order.append(part)
        elif part.__class__ is Sum and id(part) not in seen:
            seen.add(id(part))
            stack.append((part, True))
            stack += [(t, False) for t in part.terms]
        elif part.__class__ is Product:
            stack += [(b, False) for b, e in part.factors.items() if e.__class__ is int]
    return order


def _inner(term: Any, known: dict[int, Any]) -> Any:
    if term.__class__ is Sum:
        return known.get(id(term), term)
    if term.__class__ is not Product:
        return term
    pairs = [(known.get(id(b), b) if e.__class__ is int else b, e) for b, e in term.factors.items()]
    return multiply([term.coefficient, *[power(b, e) for b, e in pairs]])


def _over_one_denominator(total: Sum, known: dict[int, Any]) -> Any:
    below: dict[Any, Any] = {}
    scale_below = 1
    summands = []
    for term, coefficient in total.terms.items():
        summand = scale(_inner(term, known), coefficient)
        summands.append(summand)
        for base, exponent in summand.factors.items() if summand.__class__ is Product else ():
            if is_exact(exponent) and exponent < 0:
                below[base] = max(below.get(base, 0), -exponent)
    if not below:
        return add([*summands, total.constant])
    summands.append(total.constant)
    for summand in summands:
        value: Any = summand.coefficient if summand.__class__ is Product else summand
        if is_exact(value):
            scale_below = math.lcm(scale_below, value.denominator)
    common = multiply([scale_below, *[power(b, e) for b, e in below.items()]])
    numerator = add([multiply((s, common)) for s in summands])
    return multiply((numerator, power(common, -1)))


def gather_denominators(term: Any) -> Any:
    """Return a sum with the summands of equal denominators (up to a sign) gathered; other terms as they are."""
    if term.__class__ is not Sum:
        return term
    groups: dict[Any, list[Any]] = {}
    for summand, coefficient in term.terms.items():
        below, above = _split(summand)
        groups.setdefault(below, []).append(scale(above, coefficient))
    if all(len(group) < 2 for below, group in groups.items() if below != 1):
        return term
    return add([*[multiply((add(group), below)) for below, group in groups.items()], term.constant])


def _split(summand: Any) -> tuple[Any, Any]:
    """Return (denominator to its negative power, numerator) with the denominator's sums turned one way."""
    if summand.__class__ is not Product:
        return 1, summand
    below, above = [], []
    for base, exponent in summand.factors.items():
        if not (is_exact(exponent) and exponent < 0):
            above.append(power(base, exponent))
            continue
        if exponent.__class__ is int and base.__class__ is Sum:
            first = sorted_terms(base)[0][1]
            if is_exact(first) and first < 0:
                base = negate(base)
                above.append((-1) ** (exponent % 2))
        below.append(power(base, exponent))
    return multiply(below), multiply([summand.coefficient, *above])
