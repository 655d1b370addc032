"""Gathering like terms, and gathering by powers of chosen symbols."""

from typing import Any

from symnum.errors import InputError
from symnum.terms import interface
from symnum.terms.canonical import Product, Sum, add, make_product, multiply, scale
from symnum.terms.checks import check_terms
from symnum.terms.convert import convert, structure_of
from symnum.terms.sources import named_symbols
from symnum.terms.traverse import free_symbols, is_canonical


def collect(expression: Any, by: Any = None) -> Any:
    """Return a term with like terms combined, or with its summands gathered by powers of symbols.

    Parameters
    ----------
    expression : term or number
        Canonical terms have their like terms combined already.
    by : symbol, its name, or iterable of them, optional
        Gather the summands of a sum by their powers of these symbols.

    Examples
    --------
    >>> from symnum.terms import collect, symbols
    >>> x, a, b = symbols("x a b")
    >>> collect(a*x + b*x + a*x**2, x)
    a*x^2 + x*(a + b)
    """
    check_terms((expression,))
    by = None if by is None else _as_symbols(by, expression)
    if not is_canonical(expression):
        symbols = None if by is None else [convert(s, "canonical") for s in by]
        return convert(collect(convert(expression, "canonical"), symbols), structure_of(expression))
    if by is None or expression.__class__ is not Sum:
        return expression
    return _collect_by(expression, set(by))


def _as_symbols(by: Any, expression: Any) -> list[Any]:
    symbols = named_symbols(by, [expression])
    for symbol in symbols:
        if not interface.is_symbol(symbol):
            raise InputError(f"summands are collected by symbols, and {symbol!r} is none: collect(expr, x).")
    return symbols


def _collect_by(total: Sum, symbols: set[Any]) -> Any:
    groups: dict[Any, list[Any]] = {}
    for term, coefficient in total.terms.items():
        main, rest = _split(term, symbols)
        groups.setdefault(main, []).append(scale(rest, coefficient))
    groups.setdefault(1, []).append(total.constant)
    return add([multiply((main, add(rests))) for main, rests in groups.items()])


def _split(term: Any, symbols: set[Any]) -> tuple[Any, Any]:
    """Split a summand into its power of the symbols and the rest."""
    factors = term.factors if term.__class__ is Product else {term: 1}
    main = {b: e for b, e in factors.items() if symbols.intersection(free_symbols([b, e]))}
    rest = {b: e for b, e in factors.items() if b not in main}
    return make_product(main), make_product(rest)
