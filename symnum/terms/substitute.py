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

_ABSENT = object()


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
    make = interface.make_term.dispatch(expression.__class__)  # once, and not for every part
    results: dict[int, Any] = {}
    for term, args in walk([expression], whole):
        if term in whole and not _is_plain(term):
            result = whole[term]
        elif args:
            new = [results[id(a)] for a in args]
            for a, b in zip(new, args, strict=True):
                if a is not b:
                    result = make(expression, interface.operation(term), new)
                    break
            else:
                result = term
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
    only_symbols = all(key.__class__ is Symbol for key in mapping)
    kept = subterms(roots, None if only_symbols else mapping)
    for term in kept:
        if term.__class__ is Symbol or not only_symbols:
            result = mapping.get(term, _ABSENT)
            if result is not _ABSENT:
                results[id(term)] = result
                continue
        if term.__class__ is not Symbol:
            result = rebuilt(term, results)
            if result is not term:
                results[id(term)] = result
    ends = [r.canonical() if r.__class__ is Sum else r for r in roots]
    return [results.get(id(end), end) for end in ends]


def rebuilt(term: Any, results: Mapping[int, Any]) -> Any:
    """Return a canonical term with what its parts became; the term itself if none of them changed.

    Parameters
    ----------
    term : canonical term
    results : mapping of identity to term or number
        What parts changed into; those that are not in it stay.
    """
    cls = term.__class__
    if cls is Sum:
        for part in term.terms:
            if id(part) in results:
                return _rebuilt_sum(term, results.get)
    elif cls is Call:
        for part in term.args:
            if id(part) in results:
                return call(term.function, [results.get(id(a), a) for a in term.args])
    elif cls is Product:
        if term.monic is not None:
            monic = results.get(id(term.monic))
            return term if monic is None else scale(monic, term.coefficient)
        for base, exponent in term.factors.items():
            if id(base) in results or id(exponent) in results:
                return _rebuilt_product(term, results.get)
    return term


def _rebuilt_sum(term: Sum, get: Any) -> Any:
    summands: list[Any] = [term.constant]
    for part, coefficient in term.terms.items():
        new = get(id(part), part)
        plain = coefficient.__class__ is int and coefficient == 1
        summands.append(new if plain else scale(new, coefficient))
    return add(summands)


def _rebuilt_product(term: Product, get: Any) -> Any:
    powers = []
    for base, exponent in term.factors.items():
        new = get(id(base), base)
        if exponent.__class__ is not int:
            new = power(new, get(id(exponent), exponent))
        elif exponent != 1:
            new = power(new, exponent)
        powers.append(new)
    return powers[0] if len(powers) == 1 else multiply(powers)
