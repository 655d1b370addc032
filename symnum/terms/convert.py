"""Turning terms of one structure into another."""

from collections.abc import Callable
from typing import Any

from symnum.terms import interface
from symnum.terms.checks import check_terms
from symnum.terms.interning import bulk
from symnum.terms.numbers import as_number
from symnum.terms.structures import Structure, structure, structure_of_class
from symnum.terms.traverse import walk

whole_conversions: dict[tuple[str, str], Callable[[list[Any]], list[Any]]] = {}
"""Ways of their own from one structure to another, for all terms at once; filled where a structure is defined.

Among the terms there may be some that are in the other structure already, and numbers."""


def structure_of(term: Any) -> str:
    """Return the name of a term's structure ("canonical" for plain numbers)."""
    interface.is_expr(term)  # loads the adapter of a foreign type
    return structure_of_class(type(term))


def convert(expression: Any, terms: str) -> Any:
    """Return a term (or a list of terms) in another structure.

    Parameters
    ----------
    expression : term, number, or list or tuple of them
    terms : str
        Name of the structure, one of `term_types()`.

    Raises
    ------
    InputError
        For text, None and other things that are no terms.

    Examples
    --------
    >>> from symnum.terms import convert, symbols
    >>> x = symbols("x", terms="tree")
    >>> convert(x + x, "canonical")
    2*x
    """
    target = structure(terms)
    many = isinstance(expression, list | tuple)
    roots = list(expression) if many else [expression]
    check_terms(roots)
    foreign = {structure_of(r) for r in roots} - {target.name}
    if not foreign:
        return list(roots) if many else expression
    whole = whole_conversions.get((foreign.pop(), target.name)) if len(foreign) == 1 else None
    converted = _by_parts(roots, target) if whole is None else whole(roots)
    return converted if many else converted[0]


def _by_parts(roots: list[Any], target: Structure) -> list[Any]:
    """Build every part again over the term interface, children first."""
    results: dict[int, Any] = {}
    with bulk():
        for term, args in walk(roots):
            if args or interface.is_call(term):
                result = target.build(interface.operation(term), *[results[id(a)] for a in args])
            elif interface.is_symbol(term):
                result = _symbol(target, interface.name(term), interface.domain(term))
            elif interface.is_constant(term):
                result = target.constant(interface.name(term))
            else:
                result = _number(target, term)
            results[id(term)] = result
    return [results[id(r)] for r in roots]


def _number(target: Structure, term: Any) -> Any:
    """Return a number or truth value as the leaf that it is in the structure."""
    value = term if term.__class__ is bool else as_number(term)
    if value is None:
        interface.name(term)  # says why a foreign leaf that is no number has no counterpart
    return target.build("+", value) if target.name == "sympy" else value


def _symbol(target: Structure, name: str, domain: str) -> Any:
    """Make a symbol; a structure without domains need not know the word for the plain case."""
    return target.symbol(name) if domain == "complex" else target.symbol(name, domain)
