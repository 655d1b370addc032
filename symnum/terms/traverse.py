"""Walking over terms: every distinct part once, children before parents, without recursion."""

from collections.abc import Callable, Container, Iterable, Sequence
from functools import singledispatch
from typing import Any

from symnum.errors import InputError
from symnum.terms import interface
from symnum.terms.canonical import Call, Constant, Product, Sum, Symbol
from symnum.terms.numbers import NUMBER_TYPES, as_number

LEAVES: frozenset[Any] = frozenset({Symbol, Constant})
_CANONICAL: frozenset[Any] = frozenset({Symbol, Constant, Sum, Product, Call})
_DONE = object()
"""On the stack of a walk: all parts of the term that was opened last have been seen."""


def parts(term: Any) -> Sequence[Any]:
    """Return what a term is directly made of, terms and numbers alike, cheaply.

    For canonical terms these are the keys and exponents of its dictionary (no new terms are made);
    for other structures the arguments.
    """
    cls = term.__class__
    if cls is Sum:
        return tuple(term.terms)
    if cls is Product:
        if term.monic is not None and term.monic.__class__ is Product:
            return (term.monic,)
        return [value for pair in term.factors.items() for value in pair]
    if cls is Call:
        return term.args  # type: ignore[no-any-return]
    if cls in LEAVES or not interface.is_call(term):
        return ()
    return interface.arguments(term)


def _factors(term: Any) -> Sequence[Any]:
    """Return what a product is made of; whole exponents are left out. A constant has no parts."""
    if term.__class__ is not Product:
        return ()
    monic = term.monic
    if monic is not None and monic.__class__ is Product:
        return (monic,)
    factors = term.factors
    found = list(factors)
    for exponent in factors.values():
        if exponent.__class__ is not int:
            return [value for pair in factors.items() for value in pair]
    return found


def subterms(roots: Iterable[Any], stop: Container[Any] | None = None) -> list[Any]:
    """Return the distinct canonical terms within some terms, children before parents.

    Numbers are left out. Sums come as the one object that stands for all equal ones
    (`Sum.canonical`), so identity is equality among the results.

    Parameters
    ----------
    roots : iterable of canonical terms and numbers
    stop : collection of terms
        Terms that are returned, but not looked into.

    Returns
    -------
    list of terms
        In an order that depends only on the terms and their order.
    """
    seen: set[int] = set()
    order: list[Any] = []
    stack = list(roots)
    stack.reverse()
    while stack:
        term = stack.pop()
        if term.__class__ is list:
            order += term
            continue
        if id(term) in seen:
            continue
        # Down a chain of terms with one new part each, at no more than this costs; a list on the stack is of
        # terms whose parts have all been seen when it comes to the top.
        chain: list[Any] = []
        while True:
            cls = term.__class__
            if cls is Sum and term._canonical is not True:
                term = term.canonical()
            key = id(term)
            if key in seen or cls not in _CANONICAL:
                break
            seen.add(key)
            chain.append(term)
            if cls is Symbol or (stop is not None and term in stop):
                break
            if cls is Call:
                below = term.args
            elif cls is Sum:
                below = term.terms
            else:
                below = _factors(term)
            if len(below) > 1:
                below = [part for part in below if id(part) not in seen]
            if len(below) == 1:
                (term,) = below
                continue
            if below:
                chain.reverse()
                stack.append(chain)
                chain = []
                stack += below[:0:-1]
                term = below[0]
                continue
            break
        if chain:
            chain.reverse()
            order += chain
    return order


def walk(roots: Sequence[Any], stop: Container[Any] | None = None) -> list[tuple[Any, Sequence[Any]]]:
    """Return (term, arguments) for every distinct part of terms of any structure, children first.

    Numbers and symbols come with no arguments. Parts are distinct by identity, and the arguments
    are the very objects that come as terms earlier in the list.
    """
    seen: set[int] = set()
    order: list[tuple[Any, Sequence[Any]]] = []  # keeps every part alive: no identity is used twice
    opened: list[tuple[Any, Sequence[Any]]] = []
    ways: dict[type, tuple[Any, Any]] = dict.fromkeys(_LEAF_CLASSES, (_no, _no))  # dispatched once for each class
    for root in roots:
        stack: list[Any] = [root]
        while stack:
            term = stack.pop()
            if term is _DONE:
                order.append(opened.pop())
                continue
            key = id(term)
            if key in seen:
                continue
            seen.add(key)
            way = ways.get(term.__class__)
            if way is None:
                cls = term.__class__
                way = ways[cls] = (interface.is_call.dispatch(cls), interface.arguments.dispatch(cls))
            if not way[0](term) or (stop is not None and term in stop):
                order.append((term, ()))
                continue
            below = way[1](term)
            opened.append((term, below))
            stack.append(_DONE)
            stack += below[::-1]
    return order


def _no(_term: Any) -> bool:
    return False


_LEAF_CLASSES: frozenset[Any] = LEAVES | NUMBER_TYPES


def postorder(roots: Any) -> list[Any]:
    """Return every distinct part of a term (or of a list of terms) of any structure, children first.

    Numbers are included. Parts are distinct by identity; canonical structures share equal parts.

    Examples
    --------
    >>> from symnum.terms import Symbol, postorder
    >>> postorder(Symbol("x") ** 2)
    [x, 2, x^2]
    """
    return [term for term, _ in walk(roots if isinstance(roots, list | tuple) else (roots,))]


def free_symbols(expression: Any) -> tuple[Any, ...]:
    """Return the symbols in a term, or in a list of terms, in the order of their names.

    The order inside a canonical term depends on what was made before it, so appearance would be no order.

    Examples
    --------
    >>> from symnum.terms import free_symbols, symbols
    >>> x, y = symbols("x y")
    >>> free_symbols(y + x * y)
    (x, y)
    """
    roots = expression if isinstance(expression, list | tuple) else (expression,)
    if isinstance(expression, str) or expression is None:
        raise InputError(f"{expression!r} is no term. Give a term; parse(text) makes one of text.")
    if all(is_canonical(r) for r in roots):
        found = [t for t in subterms(roots) if t.__class__ is Symbol]
    else:
        whole = next((whole_symbols[r.__class__] for r in roots if r.__class__ in whole_symbols), None)
        at_once = whole(roots) if whole is not None else None
        if at_once is None:
            at_once = list(dict.fromkeys(t for t in postorder(list(roots)) if interface.is_symbol(t)))
        found = at_once
    return tuple(sorted(found, key=lambda symbol: str(interface.name(symbol))))


whole_symbols: dict[type, Callable[[Sequence[Any]], list[Any] | None]] = {}
"""Faster ways to the symbols in terms of a class, all at once; None where they do not apply."""


def is_canonical(term: Any) -> bool:
    """Tell whether something is a canonical term or a leaf that every structure has (a number)."""
    return term.__class__ in _CANONICAL or term.__class__ in NUMBER_TYPES or as_number(term) is not None


@singledispatch
def depends_on(expression: Any, symbol: Any) -> bool:
    """Tell whether a symbol occurs in a term."""
    return symbol in free_symbols(expression)
