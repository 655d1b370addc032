"""Working on every rational layer of a term: the whole, and whatever stands inside functions and exponents.

A layer is what sums, products and whole powers make of its generators; simplifying a layer never looks into
a function, so the arguments of functions are layers of their own, and are done first.
"""

from collections.abc import Callable
from typing import Any

from symnum.errors import DivisionByZeroError
from symnum.terms.canonical import Call, Product, Sum, Symbol, add, call, multiply, power, scale
from symnum.terms.checks import check_terms
from symnum.terms.convert import convert, structure_of
from symnum.terms.domains import NOT_REAL, POSITIVE, ZERO, facts
from symnum.terms.functions import Eq
from symnum.terms.interning import bulk
from symnum.terms.numbers import NUMBER_TYPES
from symnum.terms.substitute import substitute
from symnum.terms.traverse import parts, subterms

Layer = Callable[[Any], Any]


def in_canonical(expression: Any, work: Layer) -> Any:
    """Apply a function of canonical terms to a term of any structure, and give that structure back.

    Both sides of an equation are terms, too.
    """
    if isinstance(expression, Eq):
        return Eq(in_canonical(expression.lhs, work), in_canonical(expression.rhs, work))
    check_terms((expression,))
    with bulk():
        return convert(work(convert(expression, "canonical")), structure_of(expression))


def in_layers(expression: Any, layer: Layer) -> Any:
    """Rewrite every layer of a term of any structure, inner ones first.

    Parameters
    ----------
    expression : term or number
    layer : callable
        Takes a canonical term and returns one of the same value.
    """
    return in_canonical(expression, lambda term: _in_layers(term, layer))


def _in_layers(expression: Any, layer: Layer) -> Any:
    results: dict[int, Any] = {}
    done: dict[Any, Any] = {}

    def of(part: Any) -> Any:
        return results.get(id(part), part)

    def layered(part: Any) -> Any:
        term = of(part)
        if term.__class__ in NUMBER_TYPES or term.__class__ is bool:
            return term
        if term not in done:
            done[term] = layer(term)
        return done[term]

    for term in subterms((expression,)):
        results[id(term)] = _rebuilt(term, of, layered)
    return layered(expression.canonical() if expression.__class__ is Sum else expression)


def _rebuilt(term: Any, of: Layer, layered: Layer) -> Any:
    try:
        return _rebuilt_from(term, of, layered)
    except DivisionByZeroError:
        return term  # a denominator became zero: the term has no value, and stays as it was written


def _rebuilt_from(term: Any, of: Layer, layered: Layer) -> Any:
    cls = term.__class__
    if cls is Sum:
        if all(of(t) is t for t in term.terms):
            return term
        return add([*[scale(of(t), c) for t, c in term.terms.items()], term.constant])
    if cls is Product:
        if term.monic is not None:
            return scale(of(term.monic), term.coefficient)
        pairs = [(of(b) if e.__class__ is int else layered(b), layered(e)) for b, e in term.factors.items()]
        if all(b is old and e is f for (b, e), (old, f) in zip(pairs, term.factors.items())):
            return term
        return multiply([power(b, e) for b, e in pairs])
    if cls is Call:
        args = [layered(a) for a in term.args]
        return term if all(a is b for a, b in zip(args, term.args)) else call(term.function, args)
    return term


def bottom_up(expression: Any, rewrite: Layer) -> Any:
    """Rewrite every part of a canonical term, children first; products without their coefficients."""
    results: dict[int, Any] = {}

    def of(part: Any) -> Any:
        return results.get(id(part), part)

    for term in subterms((expression,)):
        rebuilt = _rebuilt(term, of, of)
        results[id(term)] = rewrite(rebuilt) if rebuilt.__class__ in (Product, Call, Sum) else rebuilt
    return of(expression.canonical() if expression.__class__ is Sum else expression)


def factors_of(term: Any) -> dict[Any, Any]:
    """Return the bases and exponents of a term, its coefficient left out."""
    return term.factors if term.__class__ is Product else {term: 1}


def shielded(layer: Layer) -> Layer:
    """Return a layer function that sees deeply nested functions as symbols of the same domain.

    A layer has to look into the arguments of its functions, and into the functions there, but not below. So
    the work on all layers of a deep term stays in proportion to its depth.
    """
    domains: dict[Any, str] = {}

    def domain_of(inner: Any) -> str:
        if inner not in domains:
            domains[inner] = _domain(inner)
        return domains[inner]

    def work(term: Any) -> Any:
        deep = [inner for outer in _calls((term,)) for inner in _calls(outer.args) if _calls(inner.args)]
        if not deep:
            return layer(term)
        names = {inner: Symbol(f"\0{k}", domain_of(inner)) for k, inner in enumerate(dict.fromkeys(deep))}
        return substitute(layer(substitute(term, names)), {symbol: inner for inner, symbol in names.items()})

    return work


def _calls(roots: Any) -> list[Call]:
    """Return the functions that are reached without looking into one."""
    found: dict[Any, None] = {}
    seen: set[int] = set()
    stack = list(roots)
    while stack:
        part = stack.pop()
        if part.__class__ is Call:
            found[part] = None
        elif id(part) not in seen:
            seen.add(id(part))
            stack += parts(part)
    return list(found)


def _domain(term: Any) -> str:
    """Return the domain for which most is known of a term."""
    kinds, whole = facts(term)
    if not kinds or not kinds & ~POSITIVE:
        return "positive" if kinds else "complex"
    if not kinds & ~(ZERO | POSITIVE):
        return "nonnegative"
    if not kinds & NOT_REAL:
        return "integer" if whole else "real"
    return "complex" if kinds & ZERO else "nonzero"
