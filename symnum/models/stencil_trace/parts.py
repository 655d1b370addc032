"""The right-hand side of a traced program in two parts: what is linear in the field itself, and the rest."""

from collections.abc import Sequence
from typing import Any

from symnum.systems.stencils.access import Access
from symnum.systems.stencils.region import Region
from symnum.terms.canonical import Product, Sum, Symbol
from symnum.terms.canonical.sums import add
from symnum.terms.expand import expand
from symnum.terms.traverse import free_symbols

__all__ = ["split_linear"]


def split_linear(regions: Sequence[Region], parameters: Sequence[Any]) -> tuple[list[Region], list[Region]] | None:
    """Return two right-hand sides with a given sum: a linear one with constant coefficients, and the rest.

    The first holds, of the derivative of each field, the multiples of elements of the same field by numbers and
    parameters. None if no field is connected with its neighbours in this way.
    """
    scalars = set(parameters)
    linear: list[Region] = []
    rest: list[Region] = []
    connected = False
    known: dict[Any, tuple[Any, Any, bool]] = {}
    for region in regions:
        stores: tuple[list[tuple[Access, Any]], list[tuple[Access, Any]]] = ([], [])
        for target, term in region.stores:
            key = target, term
            if key not in known:
                known[key] = _split(term, target, region, scalars)
            first, second, has_neighbours = known[key]
            connected = connected or has_neighbours
            stores[0].append((target, first))
            stores[1].append((target, second))
        for part, found in zip((linear, rest), stores, strict=True):
            kept = [(target, term) for target, term in found if term != 0]
            if kept:
                symbols = {s for _, term in kept for s in free_symbols(term)}
                loads = {s: access for s, access in region.loads.items() if s in symbols}
                part.append(Region(region.box, loads, tuple(kept)))
    return (linear, rest) if connected else None


def _split(term: Any, target: Access, region: Region, scalars: set[Any]) -> tuple[Any, Any, bool]:
    own = {symbol for symbol, access in region.loads.items() if access.array == target.array}
    expanded = _expanded(term)
    summands = [c * t for t, c in expanded.terms.items()] if isinstance(expanded, Sum) else [expanded]
    constant = [expanded.constant] if isinstance(expanded, Sum) else []
    linear = [s for s in summands if _is_linear(s, own, scalars)]
    others = [s for s in summands if not _is_linear(s, own, scalars)]
    neighbours = {s for part in linear for s in _factors(part) if s in own and region.loads[s] != target}
    if not linear:
        return 0, term, False
    return add(tuple(linear)), add((*others, *constant)), bool(neighbours)


def _expanded(term: Any) -> Any:
    """Return a sum whose products of parameters and sums are multiplied out; others stay as they are."""
    summands = list(term.terms.items()) if isinstance(term, Sum) else [(term, 1)]
    found = []
    for part, coefficient in summands:
        is_product = isinstance(part, Product) and any(isinstance(b, Sum) and e == 1 for b, e in part.factors.items())
        found.append(coefficient * (expand(part) if is_product else part))
    return add((*found, term.constant)) if isinstance(term, Sum) else found[0]


def _factors(term: Any) -> Sequence[Any]:
    if isinstance(term, Product):
        return list(term.factors)
    return [term]


def _is_linear(term: Any, own: set[Any], scalars: set[Any]) -> bool:
    if isinstance(term, Symbol):
        return term in own
    if not isinstance(term, Product):
        return False
    states = [b for b in term.factors if b in own]
    others = [b for b in term.factors if b not in own]
    return len(states) == 1 and term.factors[states[0]] == 1 and all(b in scalars for b in others)
