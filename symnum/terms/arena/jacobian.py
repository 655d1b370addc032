"""Sparse Jacobians in an arena: all derivatives in one sweep, entries made into terms when somebody looks."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from symnum.terms.arena.calculus import gradients
from symnum.terms.arena.exchange import to_canonical
from symnum.terms.arena.store import Arena, Ids
from symnum.terms.arena.term import ArenaTerm, default_arena, node_of, wrap
from symnum.terms.jacobian import SparseJacobian


class ArenaEntries(Sequence[Any]):
    """The entries of a Jacobian: nodes of an arena, turned into terms one by one when asked for.

    Parameters
    ----------
    arena : Arena
    nodes : int64 array
    canonical : bool
        Whether entries come as canonical terms instead of `ArenaTerm`.
    """

    def __init__(self, arena: Arena, nodes: Ids, canonical: bool = False) -> None:
        self.arena = arena
        self.nodes = nodes
        self._canonical = canonical

    def __len__(self) -> int:
        return len(self.nodes)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return self._terms(self.nodes[place].tolist())
        return self._terms([int(self.nodes[place])])[0]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._terms(self.nodes.tolist()))

    def _terms(self, nodes: list[int]) -> list[Any]:
        if self._canonical:
            return to_canonical(self.arena, nodes)
        return [wrap(self.arena, node) for node in nodes]


class ArenaJacobian(SparseJacobian):
    """A `SparseJacobian` whose entries stay in an arena until somebody looks at them."""

    __slots__ = ()

    @property
    def nodes(self) -> Ids:
        """The entries' nodes in the arena, an int64 array of shape (nnz,)."""
        entries: Any = self.entries
        return entries.nodes  # type: ignore[no-any-return]


def make_jacobian(arena: Arena, found: Ids, shape: tuple[int, int]) -> ArenaJacobian:
    """Return rows of (row, column, node) as a Jacobian."""
    entries: Any = ArenaEntries(arena, np.ascontiguousarray(found[:, 2]))
    rows, columns = (np.ascontiguousarray(found[:, i], dtype=np.int32) for i in (0, 1))
    return ArenaJacobian(rows, columns, entries, shape)


def arena_jacobian(expressions: Sequence[Any], symbols: Sequence[Any]) -> ArenaJacobian:
    """Return the derivatives of some terms by some symbols, without the zeros, in one sweep.

    Parameters
    ----------
    expressions : sequence of ArenaTerm, canonical terms and numbers
        One row each; all in the arena of the first that has one (else in the default arena).
    symbols : sequence of symbols
        One column each, distinct.

    Examples
    --------
    >>> from symnum.terms import symbols
    >>> from symnum.terms.arena import arena_jacobian
    >>> x, y = symbols("x y", terms="arena")
    >>> list(arena_jacobian([x * y, 3 * y], [x, y]).entries)
    [y, x, 3]
    """
    arena = next((e.arena for e in (*expressions, *symbols) if e.__class__ is ArenaTerm), None)
    arena = default_arena() if arena is None else arena
    roots = [node_of(arena, e) for e in expressions]
    found = gradients(arena, roots, [node_of(arena, s) for s in symbols])
    return make_jacobian(arena, found, (len(roots), len(symbols)))
