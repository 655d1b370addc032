"""Common subexpressions: what occurs several times gets a name of its own."""

from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any

from symnum.terms import interface
from symnum.terms.canonical import Constant, Sum, Symbol
from symnum.terms.checks import check_terms
from symnum.terms.convert import structure_of
from symnum.terms.interning import bulk
from symnum.terms.structures import structure
from symnum.terms.substitute import rebuilt
from symnum.terms.traverse import free_symbols, is_canonical, parts, subterms


def cse(
    expressions: Any, *, prefix: str = "x", avoid: Iterable[Any] = ()
) -> tuple[list[tuple[Any, Any]], list[Any]]:
    """Return definitions of the parts that occur more than once, and the terms written with them.

    Parameters
    ----------
    expressions : term or sequence of terms
    prefix : str
        The new symbols are called x0, x1, ...; names that occur in the expressions are left out.
    avoid : iterable of symbols or names, optional
        More names that must not be used.

    Returns
    -------
    definitions : list of (symbol, term)
        Each uses only symbols defined before it.
    reduced : list of terms
        In the order of `expressions`.

    Examples
    --------
    >>> from symnum.terms import cse, sin, symbols
    >>> x, y = symbols("x y")
    >>> cse([sin(x + y) + 1, sin(x + y)**2])
    ([(x0, sin(x + y))], [x0 + 1, x0^2])
    """
    roots = list(expressions) if isinstance(expressions, list | tuple) else [expressions]
    check_terms(roots)
    names = _fresh_names(prefix, roots, avoid)
    with bulk():
        if all(is_canonical(r) for r in roots):
            return _cse_canonical(roots, names)
        return _cse_generic(roots, names)


def _fresh_names(prefix: str, roots: Sequence[Any], avoid: Iterable[Any]) -> Any:
    used = {interface.name(s) for s in free_symbols(list(roots))}
    used |= {a if isinstance(a, str) else interface.name(a) for a in avoid}
    return (name for i in count() if (name := f"{prefix}{i}") not in used)


def _cse_canonical(roots: list[Any], names: Any) -> tuple[list[tuple[Any, Any]], list[Any]]:
    uses: dict[int, int] = {}
    order = subterms(roots)
    for term in order:
        for part in parts(term):
            uses[id(part)] = uses.get(id(part), 0) + 1
    ends = [r.canonical() if r.__class__ is Sum else r for r in roots]
    for root in ends:
        uses[id(root)] = uses.get(id(root), 0) + 1
    results: dict[int, Any] = {}
    definitions: list[tuple[Any, Any]] = []

    for term in order:
        if term.__class__ in (Symbol, Constant):
            continue
        result = rebuilt(term, results)
        if uses[id(term)] > 1:
            symbol = Symbol(next(names))
            definitions.append((symbol, result))
            result = symbol
        if result is not term:
            results[id(term)] = result
    return definitions, [results.get(id(end), end) for end in ends]


def _cse_generic(roots: list[Any], names: Any) -> tuple[list[tuple[Any, Any]], list[Any]]:
    """Find equal parts by equality, walking every distinct object once."""
    from symnum.terms.traverse import walk

    like = next(r for r in roots if not is_canonical(r))
    make_symbol = structure(structure_of(like)).symbol
    same: dict[Any, Any] = {}  # one representative of all equal parts
    standing: dict[int, Any] = {}
    uses: dict[int, int] = {}
    order = []
    for term, args in walk(roots):
        key = (term.__class__, term)
        first = same.setdefault(key, term)
        standing[id(term)] = first
        if first is term:
            order.append((term, args))
            for argument in args:
                uses[id(standing[id(argument)])] = uses.get(id(standing[id(argument)]), 0) + 1
    for root in roots:
        uses[id(standing[id(root)])] = uses.get(id(standing[id(root)]), 0) + 1
    results: dict[int, Any] = {}
    definitions: list[tuple[Any, Any]] = []
    for term, args in order:
        result = term
        if interface.is_call(term):
            new = [results[id(standing[id(a)])] for a in args]
            if any(a is not b for a, b in zip(new, args, strict=True)):
                result = interface.make_term(like, interface.operation(term), new)
            if uses[id(term)] > 1:
                symbol = make_symbol(next(names))
                definitions.append((symbol, result))
                result = symbol
        results[id(term)] = result
    return definitions, [results[id(standing[id(r)])] for r in roots]
