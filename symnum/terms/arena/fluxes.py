"""Reaction networks as arrays, straight into arena rows and their Jacobian: no term object on the way."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from symnum.terms.arena.calculus import gradients
from symnum.terms.arena.jacobian import ArenaJacobian, make_jacobian
from symnum.terms.arena.layout import LIMIT, ONE, PRODUCT, SUM
from symnum.terms.arena.store import Arena, Ids
from symnum.terms.arena.term import node_of


def equations_of_fluxes(arena: Arena, fluxes: Any, states: Sequence[Any]) -> Ids:
    """Make the right-hand side of every state in an arena.

    Parameters
    ----------
    arena : Arena
    fluxes : symnum.systems.Fluxes
        Or anything with its arrays.
    states : sequence of symbols
        One per state.

    Returns
    -------
    int64 array of shape (n_states,)
        Nodes of the equations.
    """
    with arena.lock:
        state_nodes = np.array([node_of(arena, s) for s in states], dtype=np.int64)
        rates = _rates(arena, fluxes, state_nodes)
        return _sums(arena, fluxes, rates)


def arena_jacobian_of_fluxes(
    fluxes: Any, states: Sequence[Any], wrt: Sequence[Any] | None = None, arena: Arena | None = None
) -> ArenaJacobian:
    """Return the sparse Jacobian of a reaction network from its arrays.

    Parameters
    ----------
    fluxes : symnum.systems.Fluxes
    states : sequence of symbols
        One per state.
    wrt : sequence of symbols, optional
        What to differentiate by; the states if not given.
    arena : Arena, optional
        Where to make the terms; a new one if not given.

    Returns
    -------
    ArenaJacobian
    """
    arena = Arena() if arena is None else arena
    roots = equations_of_fluxes(arena, fluxes, states)
    symbols = [node_of(arena, s) for s in (states if wrt is None else wrt)]
    return make_jacobian(arena, gradients(arena, roots, symbols), (len(roots), len(symbols)))  # type: ignore[arg-type]


def _rates(arena: Arena, fluxes: Any, states: Ids) -> Ids:
    """Return the node of every reaction's rate."""
    constants = np.array([node_of(arena, c) for c in fluxes.constants] or [ONE], dtype=np.int64)
    offsets = np.asarray(fluxes.reactant_offsets, dtype=np.int64)
    n = len(fluxes.constant_index)
    arena.reserve(2 * n, 2 * (n + int(offsets[-1])))
    # Each reaction's factors are its constant and then its reactants.
    references = np.empty(n + int(offsets[-1]), dtype=np.int64)
    starts = offsets + np.arange(n + 1)
    is_constant = np.zeros(len(references), dtype=bool)
    is_constant[starts[:-1]] = True
    references[is_constant] = constants[fluxes.constant_index]
    references[~is_constant] = states[fluxes.reactants]
    kinds = np.full(n, PRODUCT, dtype=np.int64)
    rates = arena.build_nodes(kinds, starts, references, np.ones_like(references))
    for reaction, rate in fluxes.rates.items():
        rates[reaction] = node_of(arena, rate)
    return rates


def _sums(arena: Arena, fluxes: Any, rates: Ids) -> Ids:
    n = int(fluxes.n_states)
    states = np.asarray(fluxes.change_states)
    order = np.argsort(states, kind="stable")
    reactions = np.repeat(np.arange(len(rates)), np.diff(fluxes.change_offsets))
    references = rates[reactions[order]]
    offsets = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(states, minlength=n), out=offsets[1:])
    codes = _codes(arena, np.asarray(fluxes.change_values))[order]
    return arena.build_nodes(np.full(n, SUM, dtype=np.int64), offsets, references, codes)


def _codes(arena: Arena, values: Any) -> Ids:
    """Return the codes of an array of numbers; whole ones in int64 arrays stand for themselves."""
    if values.dtype.kind == "i" and (not len(values) or int(np.abs(values).max()) <= LIMIT):
        return values.astype(np.int64)  # type: ignore[no-any-return]
    return np.array([arena.code_of(v) for v in values.tolist()], dtype=np.int64)
