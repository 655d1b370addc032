"""Derivatives of terms."""

from collections.abc import Iterable
from functools import singledispatch
from typing import Any

from symnum.errors import InputError, UnsupportedError
from symnum.terms import interface
from symnum.terms.canonical import Call, Constant, Product, Sum, Symbol
from symnum.terms.checks import check_terms
from symnum.terms.gradients import Gradients, resolve
from symnum.terms.interning import bulk
from symnum.terms.operations import get_operation
from symnum.terms.sources import named_symbols
from symnum.terms.traverse import is_canonical, walk


def differentiate(expression: Any, symbol: Any, order: int = 1) -> Any:
    """Return the derivative of a term by a symbol.

    Parameters
    ----------
    expression : term or number
    symbol : symbol or name of one
    order : int
        How many times to differentiate.

    Returns
    -------
    term or number

    Raises
    ------
    InputError
        If `symbol` is not a symbol, or the expression is text.
    UnsupportedError
        If a function in the term has no derivative.

    Notes
    -----
    Functions with jumps (floor, sign, comparisons) have the derivative 0 that they have between the jumps.

    Examples
    --------
    >>> from symnum.terms import differentiate, sin, symbols
    >>> x, y = symbols("x y")
    >>> differentiate(sin(x)**2 * y, x)
    2*y*cos(x)*sin(x)
    """
    check_terms((expression,))
    if isinstance(symbol, str):
        symbol = named_symbols([symbol], [expression])[0]
    check_symbols((symbol,))
    if order < 0:
        raise InputError(f"order must be 0 or more, and is {order}.")
    with bulk():
        for _ in range(order):
            expression = _differentiate(expression, symbol)
    return expression


def gradient(expression: Any, symbols: Iterable[Any]) -> list[Any]:
    """Return the derivatives of a term by several symbols, in their order, in one sweep.

    Examples
    --------
    >>> from symnum.terms import gradient, symbols
    >>> x, y = symbols("x y")
    >>> gradient(x * y**2, [x, y])
    [y^2, 2*x*y]
    """
    check_terms((expression,))
    wanted = named_symbols(symbols, [expression])
    check_symbols(wanted)
    if not is_canonical(expression):
        with bulk():
            return [_differentiate(expression, s) for s in wanted]
    columns: dict[Any, int] = {}
    for s in wanted:
        columns.setdefault(s, len(columns))
    with bulk():
        found = Gradients(columns).of(expression)
        return [resolve(found.get(columns[s], 0)) for s in wanted]


def check_symbols(symbols: Iterable[Any]) -> None:
    """Raise `InputError` unless all are symbols."""
    for symbol in symbols:
        if not interface.is_symbol(symbol):
            raise InputError(
                f"derivatives are taken by symbols, and {symbol!r} is none. Substitute a symbol for it first: "
                "substitute(expr, {part: symbol})."
            )


@singledispatch
def _differentiate(expression: Any, symbol: Any) -> Any:
    """Differentiate over the term interface; parts with derivative 0 are left out."""
    make = interface.make_term.dispatch(expression.__class__)  # once, and not for every part

    def build(operation: str, *arguments: Any) -> Any:
        return make(expression, operation, arguments)

    results: dict[int, Any] = {}
    operations: dict[type, Any] = {}
    for term, args in walk([expression]):
        if not args:
            results[id(term)] = 1 if interface.is_symbol(term) and term == symbol else 0
            continue
        operation = operations.get(term.__class__)
        if operation is None:
            operation = operations[term.__class__] = interface.operation.dispatch(term.__class__)
        derivatives = [results[id(a)] for a in args]
        name = operation(term)
        rule = _RULES.get(name)
        if rule is not None:
            results[id(term)] = rule(build, term, args, derivatives)
        else:
            results[id(term)] = _chain_rule(build, name, term, args, derivatives)
    return results[id(expression)]


@_differentiate.register(Symbol)
@_differentiate.register(Constant)
@_differentiate.register(Sum)
@_differentiate.register(Product)
@_differentiate.register(Call)
def _differentiate_canonical(expression: Any, symbol: Any) -> Any:
    return resolve(Gradients({symbol: 0}).of(expression).get(0, 0))


def _is(value: Any, number: int) -> bool:
    return value.__class__ is int and value == number


def _product(build: Any, *factors: Any) -> Any:
    kept = [f for f in factors if not _is(f, 1)]
    return build("*", *kept) if len(kept) > 1 else (kept[0] if kept else 1)


def _summed(build: Any, summands: list[Any]) -> Any:
    return build("+", *summands) if len(summands) > 1 else (summands[0] if summands else 0)


def _sum_rule(build: Any, _term: Any, _args: Any, derivatives: list[Any]) -> Any:
    return _summed(build, [d for d in derivatives if not _is(d, 0)])


def _product_rule(build: Any, _term: Any, args: Any, derivatives: list[Any]) -> Any:
    summands = []
    for i, derivative in enumerate(derivatives):
        if not _is(derivative, 0):
            summands.append(_product(build, *args[:i], derivative, *args[i + 1 :]))
    return _summed(build, summands)


def _power_rule(build: Any, term: Any, args: Any, derivatives: list[Any]) -> Any:
    (base, exponent), (of_base, of_exponent) = args, derivatives
    summands = []
    if not _is(of_base, 0):
        less = exponent - 1 if isinstance(exponent, int) else build("+", exponent, -1)
        lowered = 1 if _is(less, 0) else base if _is(less, 1) else build("^", base, less)
        summands.append(_product(build, exponent, lowered, of_base))
    if not _is(of_exponent, 0):
        summands.append(_product(build, term, build("log", base), of_exponent))
    return _summed(build, summands)


def _piecewise_rule(build: Any, _term: Any, args: Any, derivatives: list[Any]) -> Any:
    if all(_is(d, 0) for d in derivatives[::2]):
        return 0
    new = list(args)
    new[::2] = derivatives[::2]
    return build("piecewise", *new)


def _chain_rule(build: Any, name: str, term: Any, args: Any, derivatives: list[Any]) -> Any:
    summands = []
    for i, derivative in enumerate(derivatives):
        if _is(derivative, 0):
            continue
        partial = get_operation(name).partial
        if partial is None:
            raise UnsupportedError(f"{name} has no derivative: {term} cannot be differentiated.")
        factor = partial(build, tuple(args), i)
        if not _is(factor, 0):
            summands.append(_product(build, factor, derivative))
    return _summed(build, summands)


_RULES: dict[str, Any] = {"+": _sum_rule, "*": _product_rule, "^": _power_rule, "piecewise": _piecewise_rule}
