"""Jacobians in an arena of whatever has one: models and systems by their arrays, equations and terms by entering."""

from collections.abc import Sequence
from typing import Any

from symnum.terms.arena.calculus import gradients
from symnum.terms.arena.exchange import from_canonical
from symnum.terms.arena.fluxes import arena_jacobian_of_fluxes
from symnum.terms.arena.jacobian import ArenaJacobian, arena_jacobian, make_jacobian
from symnum.terms.arena.store import Arena
from symnum.terms.arena.term import ArenaTerm
from symnum.terms.checks import check_terms
from symnum.terms.convert import convert
from symnum.terms.jacobian import check_columns, sparse_jacobian, whole_jacobians
from symnum.terms.sources import named_symbols, with_symbols
from symnum.terms.traverse import is_canonical


def jacobian_of_source(source: Any, wrt: Any = None) -> ArenaJacobian:
    """Return the sparse Jacobian of a model, system, equations or terms, made in an arena.

    A reaction network goes from its arrays into rows of a new arena; its equations are never made as terms.
    Canonical terms go into a new arena as well, terms of an arena stay in theirs.

    Parameters
    ----------
    source, wrt
        As for `symnum.terms.jacobian`.
    """
    system = source.system() if callable(getattr(source, "system", None)) else source
    fluxes = getattr(system, "fluxes", None)
    if fluxes is not None:
        states = list(system.states)
        known = [*states, *system.parameters, system.independent]
        wanted = states if wrt is None else named_symbols(wrt, known)
        check_columns(wanted)
        return arena_jacobian_of_fluxes(fluxes, states, wanted)
    expressions, wanted = with_symbols(source, wrt)
    check_terms(expressions)
    check_columns(wanted)
    if all(is_canonical(e) for e in (*expressions, *wanted)):
        return _jacobian_of_canonical(expressions, wanted)
    return arena_jacobian([_entered(e) for e in expressions], [_entered(s) for s in wanted])


def _entered(term: Any) -> Any:
    """Return what an arena takes: its own and canonical terms as they are, others converted."""
    return term if term.__class__ is ArenaTerm or is_canonical(term) else convert(term, "arena")


def _jacobian_of_canonical(expressions: Sequence[Any], wanted: Sequence[Any]) -> ArenaJacobian:
    arena = Arena()
    nodes = from_canonical(arena, [*expressions, *wanted])
    roots, symbols = nodes[: len(expressions)], nodes[len(expressions) :]
    return make_jacobian(arena, gradients(arena, roots, symbols), (len(roots), len(symbols)))


@sparse_jacobian.register(ArenaTerm)
def _arena_jacobian(like: ArenaTerm, expressions: Sequence[Any], wanted: Sequence[Any]) -> ArenaJacobian:
    return arena_jacobian(expressions, wanted)


whole_jacobians["arena"] = jacobian_of_source
