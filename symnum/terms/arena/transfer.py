"""Terms of one arena as a few arrays: for pickling, and for making the same terms in another arena."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from symnum.terms.arena.layout import BOOLEAN, CALL, CONSTANT, LIMIT, PRODUCT, SPECIAL, SUM
from symnum.terms.arena.store import Arena, Ids


class Packed(NamedTuple):
    """Nodes with all that lies within them.

    Attributes
    ----------
    leaves : list of (kind, label)
        Symbols, constants and truth values.
    functions : list of str
        What kinds of calls mean: kind ``CALL + f`` is a call of ``functions[f]``.
    numbers : list
        What codes mean that are no small integers: ``SPECIAL + i`` is ``numbers[i]``.
    kinds, offsets, references, codes : int64 arrays
        As `Arena.build_nodes` takes them, where a reference that is not negative is a leaf.
    roots : int64 array
        References of the nodes themselves.
    """

    leaves: list[tuple[int, Any]]
    functions: list[str]
    numbers: list[Any]
    kinds: Ids
    offsets: Ids
    references: Ids
    codes: Ids
    roots: Ids


def pack(arena: Arena, nodes: Sequence[int]) -> Packed:
    """Return some nodes, and all that lies within them, apart from their arena."""
    with arena.lock:
        order = np.array(arena.reached(nodes), dtype=np.int64)
        kinds, counts, labels = arena.nodes[order, :3].T
        is_leaf = kinds < SUM
        reference = np.where(is_leaf, np.cumsum(is_leaf) - 1, -np.cumsum(~is_leaf))
        leaves = [
            (int(k), arena.labels[i]) for k, i in zip(kinds[is_leaf], labels[is_leaf].tolist(), strict=True)
        ]
        counts, first = counts[~is_leaf], labels[~is_leaf]
        offsets = np.concatenate(([0], np.cumsum(counts)))
        pairs = arena.pool[np.arange(offsets[-1]) + np.repeat(first - offsets[:-1], counts)]
        references = reference[np.searchsorted(order, pairs[:, 0])]
        own, codes = _renumbered(pairs[:, 1])
        numbers = [arena.number_of(code) for code in own]
        roots = reference[np.searchsorted(order, np.array(nodes, dtype=np.int64))]
        return Packed(
            leaves, list(arena.functions), numbers, kinds[~is_leaf], offsets, references, codes, roots
        )


def _renumbered(codes: Ids) -> tuple[list[int], Ids]:
    """Return the codes that are no small integers, and all codes with these numbered from `SPECIAL` on."""
    special = codes < -LIMIT
    own, places = np.unique(codes[special], return_inverse=True)
    codes = codes.copy()
    codes[special] = SPECIAL + places
    return own.tolist(), codes


def unpack(arena: Arena, packed: Packed) -> list[int]:
    """Return the nodes of an arena that are equal to packed ones."""
    with arena.lock:
        leaves = np.array([_leaf(arena, kind, label) for kind, label in packed.leaves], dtype=np.int64)
        functions = np.array([arena.function(name) for name in packed.functions], dtype=np.int64)
        numbers = np.array([arena.code_of(number) for number in packed.numbers], dtype=np.int64)
        codes, kinds = packed.codes.copy(), packed.kinds.copy()
        special = codes < -LIMIT
        codes[special] = numbers[codes[special] - SPECIAL]
        calls = kinds >= CALL
        kinds[calls] = functions[kinds[calls] - CALL]
        kinds[kinds == PRODUCT] = -PRODUCT  # its bases are ordered in another way here, and need no rules
        made = arena.build_nodes(kinds, packed.offsets, _placed(packed.references, leaves), codes)
        roots = _placed(packed.roots, leaves)
        return [node if node >= 0 else int(made[-1 - node]) for node in roots.tolist()]


def _placed(references: Ids, leaves: Ids) -> Ids:
    """Return references with the leaves' nodes in their places."""
    placed = references.copy()
    placed[references >= 0] = leaves[references[references >= 0]]
    return placed


def _leaf(arena: Arena, kind: int, label: Any) -> int:
    if kind == BOOLEAN:
        return arena.truth_node(label)
    return arena.constant_node(label) if kind == CONSTANT else arena.symbol_node(label)


def transfer(source: Arena, nodes: Sequence[int], target: Arena) -> list[int]:
    """Return the nodes of another arena that are equal to some nodes."""
    return unpack(target, pack(source, nodes))
