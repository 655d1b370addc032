"""Terms in flat arrays, for bulk work: hash-consed rows with exact coefficients, and compiled sweeps over them."""

from symnum.terms.arena.calculus import gradients
from symnum.terms.arena.fluxes import arena_jacobian_of_fluxes, equations_of_fluxes
from symnum.terms.arena.folds import Fold
from symnum.terms.arena.jacobian import ArenaJacobian, arena_jacobian
from symnum.terms.arena.sources import jacobian_of_source
from symnum.terms.arena.store import Arena
from symnum.terms.arena.term import ArenaTerm, default_arena

__all__ = [
    "Arena",
    "ArenaJacobian",
    "ArenaTerm",
    "Fold",
    "arena_jacobian",
    "arena_jacobian_of_fluxes",
    "default_arena",
    "equations_of_fluxes",
    "gradients",
    "jacobian_of_source",
]
