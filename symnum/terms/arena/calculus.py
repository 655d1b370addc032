"""Derivatives, substitution and expansion of arena terms, by compiled sweeps."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from symnum.terms.arena.exchange import from_canonical, to_canonical
from symnum.terms.arena.layout import (
    DEPENDENT,
    EXPAND,
    GRADIENTS,
    OPERATION,
    POWER,
    SUBSTITUTE,
    VALUE,
    ZERO,
)
from symnum.terms.arena.partials import partials
from symnum.terms.arena.store import Arena, Ids, NeedsCanonical, TooManyTerms, address
from symnum.terms.arena.term import ArenaTerm, enter, node_of, wrap
from symnum.terms.differentiate import _differentiate
from symnum.terms.expand import _expand, _refuse
from symnum.terms.substitute import _substitute


def _array(values: Sequence[int]) -> Ids:
    return np.array(values, dtype=np.int64)


def gradients(arena: Arena, roots: Sequence[int], symbols: Sequence[int]) -> Ids:
    """Return the nonzero derivatives of some nodes by some symbols' nodes, in one sweep.

    Returns
    -------
    int64 array of shape (nnz, 3)
        Rows of (position in `roots`, position in `symbols`, node of the derivative), in this order.
    """
    roots_array, symbols_array = _array(roots), _array(symbols)
    with arena.lock:
        try:
            calls, starts, by_argument = _partials(arena, roots_array, symbols_array)
            arrays = (roots_array, symbols_array, calls)
            counted = [number for array in arrays for number in (address(array), len(array))]
            arena.run(GRADIENTS, *counted, address(starts), address(by_argument))
            return _cells(arena, roots_array)
        except NeedsCanonical:
            return _canonical_gradients(arena, roots, symbols)


def _cells(arena: Arena, roots: Ids) -> Ids:
    """Return what the sweep found as rows of (position in `roots`, column, node)."""
    where = arena.nodes[roots, VALUE]
    first = arena.begin[where]
    counts = arena.begin[where + 1] - first
    before = np.cumsum(counts) - counts
    places = np.arange(int(counts.sum())) + np.repeat(first - before, counts)
    found = np.stack((np.repeat(np.arange(len(roots)), counts), *arena.cells[places, :2].T), axis=1)
    there: Ids = found[found[:, 2] != ZERO]
    return there


def _partials(arena: Arena, roots: Ids, symbols: Ids) -> tuple[Ids, Ids, Ids]:
    """Return the calls in which the symbols occur, and their derivatives by each argument."""
    none = np.zeros(0, dtype=np.int64)
    if not arena.functions and not (arena.nodes[: len(arena), OPERATION] == POWER).any():
        return none, none, none
    count = arena.run(DEPENDENT, address(roots), len(roots), address(symbols), len(symbols))
    dependent = arena.order[:count].copy()
    calls = dependent[arena.nodes[dependent, OPERATION] >= POWER]
    return calls, *partials(arena, calls)


def _canonical_gradients(arena: Arena, roots: Sequence[int], symbols: Sequence[int]) -> Ids:
    from symnum.terms.jacobian import jacobian

    found = jacobian(to_canonical(arena, roots), to_canonical(arena, symbols))
    nodes = from_canonical(arena, found.entries)
    return np.stack((found.rows.astype(np.int64), found.columns.astype(np.int64), _array(nodes)), axis=1)


@_differentiate.register(ArenaTerm)
def _differentiate_arena(expression: ArenaTerm, symbol: Any) -> Any:
    arena = expression.arena
    found = gradients(arena, [expression.node], [node_of(arena, symbol)])
    return wrap(arena, int(found[0, 2])) if len(found) else 0


@_substitute.register(ArenaTerm)
def _substitute_arena(expression: ArenaTerm, replacements: Mapping[Any, Any]) -> Any:
    arena = expression.arena
    keys, values = [], []
    for key, value in replacements.items():
        for node in _named(arena, key) if isinstance(key, str) else [node_of(arena, key)]:
            keys.append(node)
            values.append(node_of(arena, value))
    roots, old, new, out = _array([expression.node]), _array(keys), _array(values), _array([0])
    try:
        if any(value.__class__ is bool for value in replacements.values()):
            raise NeedsCanonical  # which counts them as numbers in sums and products
        with arena.lock:
            places = address(new), address(arena.plain), address(out)
            arena.run(SUBSTITUTE, address(roots), 1, address(old), len(old), *places)
    except NeedsCanonical:
        given = dict(zip(to_canonical(arena, keys), to_canonical(arena, values), strict=True))
        return enter(arena, _substitute(expression.canonical(), given))
    return wrap(arena, int(out[0]))


def _named(arena: Arena, name: str) -> list[int]:
    return [node for label, node in arena.leaves.items() if getattr(label, "name", None) == name
            and not hasattr(label, "value")]  # fmt: skip


@_expand.register(ArenaTerm)
def _expand_arena(expression: ArenaTerm, maximum_terms: int) -> Any:
    arena = expression.arena
    roots, out = _array([expression.node]), _array([0])
    try:
        with arena.lock:
            arena.run(EXPAND, address(roots), 1, address(arena.plain), maximum_terms, address(out))
    except NeedsCanonical:
        return enter(arena, _expand(expression.canonical(), maximum_terms))
    except TooManyTerms:
        _refuse(maximum_terms)
    return wrap(arena, int(out[0]))
