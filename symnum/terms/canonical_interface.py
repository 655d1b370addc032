"""The canonical structure seen through the term interface."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from symnum.terms import interface
from symnum.terms.canonical import Call, Constant, Product, Sum, Symbol, build, make_product, scale


def _make_canonical(_like: Any, operation: str, arguments: Sequence[Any], metadata: Any = None) -> Any:
    return build(operation, *arguments)


_EXPRESSIONS: tuple[Any, ...] = (Sum, Product, Call)
_MAKERS: tuple[Any, ...] = (Symbol, Constant, Sum, Product, Call, int, float, complex, Fraction)
for _class in _EXPRESSIONS:
    interface.is_expr.register(_class)(lambda _term: True)  # type: ignore[no-untyped-call]
    interface.is_call.register(_class)(lambda _term: True)  # type: ignore[no-untyped-call]
for _class in _MAKERS:
    interface.make_term.register(_class)(_make_canonical)  # type: ignore[no-untyped-call]
interface.is_symbol.register(Symbol)(lambda _term: True)
interface.is_constant.register(Constant)(lambda _term: True)
interface.name.register(Symbol)(lambda term: term.name)
interface.domain.register(Symbol)(lambda term: term.domain)
interface.name.register(Constant)(lambda term: term.name)
interface.operation.register(Sum)(lambda _term: "+")
interface.operation.register(Call)(lambda term: term.function)


@interface.operation.register(Product)
def _product_operation(term: Product) -> str:
    return "^" if term.monic is None and len(term.factors) == 1 else "*"


def raised(base: Any, exponent: Any) -> Any:
    """Return base^exponent of one entry of `Product.factors`."""
    return base if exponent.__class__ is int and exponent == 1 else make_product({base: exponent})


@interface.arguments.register(Sum)
def _sum_arguments(term: Sum) -> tuple[Any, ...]:
    try:
        return term._arguments
    except AttributeError:
        pass
    scaled = [t if c.__class__ is int and c == 1 else scale(t, c) for t, c in term.terms.items()]
    if term.constant or term.constant.__class__ is not int:
        scaled.append(term.constant)
    term._arguments = tuple(scaled)
    return term._arguments


@interface.arguments.register(Product)
def _product_arguments(term: Product) -> tuple[Any, ...]:
    try:
        return term._arguments
    except AttributeError:
        pass
    if term.monic is None and len(term.factors) == 1:
        return next(iter(term.factors.items()))
    powers = [b if e.__class__ is int and e == 1 else make_product({b: e}) for b, e in term.factors.items()]
    term._arguments = tuple(powers) if term.monic is None else (term.coefficient, *powers)
    return term._arguments


@interface.arguments.register(Call)
def _call_arguments(term: Call) -> tuple[Any, ...]:
    return term.args
