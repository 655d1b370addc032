"""Factors of sums over the rational numbers."""

from typing import Any

from rewriters.simplification.layers import in_layers
from rewriters.simplification.rational import rational
from symnum.errors import DivisionByZeroError
from symnum.terms.canonical import Product, Sum, multiply, power
from symnum.terms.polynomial_factors import factor_polynomial
from symnum.terms.polynomial_terms import Generators, Quotient, factored_term


def factor(expression: Any) -> Any:
    """Return a term with its sums written as products of irreducible factors over the rationals, at every depth.

    Functions, roots and symbolic powers count as generators, and so do floats, which come back unchanged:
    ``x*sin(y) + sin(y)`` is ``sin(y)*(x + 1)``, and ``x^2 - 2.0`` has no factors.

    Parameters
    ----------
    expression : term or number
        Of any structure; the result has the same. Powers that are written as products already stay so.

    Raises
    ------
    BudgetError
        If a polynomial of more than 200,000 terms would arise.

    Notes
    -----
    Sums of quotients are brought over their common denominator and cancelled first; see `cancel` on what
    that means where the denominator is zero.

    Examples
    --------
    >>> import symnum as sn
    >>> x, y = sn.symbols("x y")
    >>> sn.factor(x**2*y - y)
    y*(x + 1)*(x - 1)
    """
    return in_layers(expression, factor_layer)


def factor_layer(term: Any) -> Any:
    """Factor the outermost layer alone; the powers of a product one by one."""
    if term.__class__ is Product:
        pairs = [
            (_factor_sum(b) if b.__class__ is Sum and e.__class__ is int else b, e)
            for b, e in term.factors.items()
        ]
        try:
            return multiply([term.coefficient, *[power(b, e) for b, e in pairs]])
        except DivisionByZeroError:
            return term  # a denominator is zero when multiplied out: the term has no value
    return _factor_sum(term)


def _factor_sum(term: Any) -> Any:
    return rational(term, _rebuild) if term.__class__ is Sum else term


def _rebuild(content: Any, quotient: Quotient, generators: Generators) -> Any:
    factors = factor_polynomial(quotient.numerator)
    factors += [(f, -e) for f, e in factor_polynomial(quotient.denominator)]
    return factored_term(content, factors, generators)
