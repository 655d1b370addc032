"""Replacing symbols and whole subterms by other terms, all at once."""

from collections.abc import Mapping
from functools import singledispatch
from typing import Any

from symnum.errors import InputError
from symnum.terms import interface
from symnum.terms.canonical import (
    DOMAINS,
    Call,
    Constant,
    Product,
    Sum,
    Symbol,
    add,
    call,
    multiply,
    power,
    scale,
)
from symnum.terms.checks import check_terms
from symnum.terms.interning import bulk
from symnum.terms.traverse import is_canonical, subterms, walk


def substitute(expression: Any, replacements: Mapping[Any, Any]) -> Any:
    """Return a term with some of its parts replaced.

    All replacements happen at once: the values are not looked into, so ``{x: y, y: x}`` swaps.

    Parameters
    ----------
    expression : term, number, or list or tuple of terms
    replacements : mapping of symbol, symbol name or whole subterm to term or number

    Returns
    -------
    term or number, or a list of them for a list

    Examples
    --------
    >>> from symnum.terms import sin, substitute, symbols
    >>> x, y = symbols("x y")
    >>> substitute(sin(x) + y, {x: y**2, y: 1})
    sin(y^2) + 1
    """
    if not isinstance(replacements, Mapping):
        raise InputError(
            f"what is replaced by what is a mapping, as in substitute(expr, {{x: 1}}), and {replacements!r} is none."
        )
    check_terms(replacements.values())
    if isinstance(expression, list | tuple):
        roots = list(expression)
        check_terms(roots)
        return substitute_all(roots, replacements)
    check_terms((expression,))
    return _substitute(expression, replacements)


def substitute_all(roots: list[Any], replacements: Mapping[Any, Any]) -> list[Any]:
    """Return some terms with parts replaced; what they share is rewritten once."""
    if all(is_canonical(r) for r in roots):
        with bulk():
            return _substitute_canonical(roots, replacements)
    return [_substitute(r, replacements) for r in roots]


@singledispatch
def _substitute(expression: Any, replacements: Mapping[Any, Any]) -> Any:
    with bulk():
        return _substitute_generic(expression, replacements)


def _substitute_generic(expression: Any, replacements: Mapping[Any, Any]) -> Any:
    """Rewrite over the term interface."""
    named = {k: v for k, v in replacements.items() if isinstance(k, str)}
    whole = {k: v for k, v in replacements.items() if not isinstance(k, str)}
    results: dict[int, Any] = {}
    for term, args in walk([expression], whole):
        if term in whole and not _is_plain(term):
            result = whole[term]
        elif args:
            new = [results[id(a)] for a in args]
            same = all(a is b for a, b in zip(new, args, strict=True))
            result = term if same else interface.make_term(expression, interface.operation(term), new)
        elif named and interface.is_symbol(term):
            result = named.get(interface.name(term), term)
        else:
            result = term
        results[id(term)] = result
    return results[id(expression)]


def _is_plain(term: Any) -> bool:
    return not (interface.is_symbol(term) or interface.is_expr(term))


@_substitute.register(Symbol)
@_substitute.register(Constant)
@_substitute.register(Sum)
@_substitute.register(Product)
@_substitute.register(Call)
def _substitute_one(expression: Any, replacements: Mapping[Any, Any]) -> Any:
    with bulk():
        return _substitute_canonical([expression], replacements)[0]


def _substitute_canonical(roots: list[Any], replacements: Mapping[Any, Any]) -> list[Any]:
    mapping: dict[Any, Any] = {}
    for key, value in replacements.items():
        if isinstance(key, str):
            mapping.update(dict.fromkeys([Symbol(key, domain) for domain in DOMAINS], value))
        else:
            mapping[key] = value
    results: dict[int, Any] = {}

    def of(part: Any) -> Any:
        return results.get(id(part), part)

    kept = subterms(roots, mapping)
    for term in kept:
        if term in mapping:
            results[id(term)] = mapping[term]
            continue
        rebuild = _REBUILD.get(term.__class__)
        if rebuild is not None:
            result = rebuild(term, of)
            if result is not term:
                results[id(term)] = result
    return [of(r.canonical() if r.__class__ is Sum else r) for r in roots]


def _rebuild_sum(term: Sum, of: Any) -> Any:
    new = [(of(t), c) for t, c in term.terms.items()]
    if all(a is b for (a, _), b in zip(new, term.terms, strict=True)):
        return term
    return add([*[scale(t, c) for t, c in new], term.constant])


def _rebuild_product(term: Product, of: Any) -> Any:
    if term.monic is not None:
        monic = of(term.monic)
        return term if monic is term.monic else scale(monic, term.coefficient)
    new = [(of(b), of(e)) for b, e in term.factors.items()]
    if all(
        b is old_b and e is old_e for (b, e), (old_b, old_e) in zip(new, term.factors.items(), strict=True)
    ):
        return term
    powers = [power(b, e) for b, e in new]
    return powers[0] if len(powers) == 1 else multiply(powers)


def _rebuild_call(term: Call, of: Any) -> Any:
    new = [of(a) for a in term.args]
    if all(a is b for a, b in zip(new, term.args, strict=True)):
        return term
    return call(term.function, new)


_REBUILD: dict[type, Any] = {Sum: _rebuild_sum, Product: _rebuild_product, Call: _rebuild_call}
