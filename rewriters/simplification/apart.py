"""Partial fractions."""

from typing import Any

from rewriters.simplification.layers import in_canonical
from symnum.errors import BudgetError, DivisionByZeroError, InputError, UnsupportedError
from symnum.terms import interface
from symnum.terms.canonical import Symbol
from symnum.terms.convert import convert
from symnum.terms.polynomial_factors import partial_fractions
from symnum.terms.polynomial_terms import lowest_terms, to_quotients
from symnum.terms.sources import named_symbols
from symnum.terms.substitute import substitute
from symnum.terms.traverse import free_symbols

_MAXIMUM_PRODUCT = 20_000


def apart(expression: Any, x: Any = None) -> Any:
    """Return a quotient as a sum of partial fractions in one symbol.

    Parameters
    ----------
    expression : term or number
        Of any structure; the result has the same. A term that is not rational in the symbol stays as it is.
    x : symbol or its name, optional
        Needed where the term has several; denominators are factored over the rationals.

    Raises
    ------
    InputError
        If the symbol is needed and missing, or is no symbol.
    BudgetError
        If numerator and denominator are too large when multiplied out.

    Notes
    -----
    Coefficients have denominators in the other symbols: ``1/((x + 1)*(x + a))`` in x has parts divided by
    ``a - 1``. Where such a denominator is zero the parts have no value, and the quotient has one.

    Examples
    --------
    >>> import symnum as sn
    >>> x = sn.symbols("x")
    >>> sn.apart((3*x + 1) / (x**2 - 1)) == 2/(x - 1) + 1/(x + 1)
    True
    """
    if x is not None:
        (x,) = named_symbols([x], [expression])
        if not interface.is_symbol(x):
            raise InputError(f"partial fractions are made in a symbol, and {x!r} is none: apart(expr, x).")
    symbol = None if x is None else convert(x, "canonical")
    return in_canonical(expression, lambda term: _apart(term, symbol))


def _apart(term: Any, symbol: Any) -> Any:
    if symbol is None:
        found = free_symbols(term)
        if not found:
            return term
        if len(found) > 1:
            names = ", ".join(s.name for s in found)
            raise InputError(
                f"the term has the symbols {names}: say in which one, as in apart(expr, {names[0]})."
            )
        symbol = found[0]
    try:
        generators, (quotient,) = to_quotients([term])
        content, lowest = lowest_terms(quotient)
    except (DivisionByZeroError, UnsupportedError):
        return term
    if symbol not in generators.bases or generators.units[generators.bases.index(symbol)] != 1:
        return term
    place = generators.bases.index(symbol)
    above, below = len(lowest.numerator), len(lowest.denominator)
    if generators.count > 1 and above * below > _MAXIMUM_PRODUCT:
        raise BudgetError(
            f"the quotient has {above} terms above and {below} below when multiplied out in {generators.count} "
            "symbols, functions and floats, too many for partial fractions. Give some symbols values first: "
            "substitute(expr, {symbol: number})."
        )
    form = partial_fractions(lowest.numerator * content, lowest.denominator, place)
    return substitute(form, {Symbol(f"g{i}"): generators.term(i) for i in range(generators.count)})
