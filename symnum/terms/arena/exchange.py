"""Between an arena and the canonical structure: whole terms at once, each part once, in both directions."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from symnum.terms.arena.layout import CALL, LIMIT, ONE, POWER, PRODUCT, SUM, ZERO
from symnum.terms.arena.store import Arena
from symnum.terms.canonical import (
    Call,
    Constant,
    Product,
    Sum,
    Symbol,
    make_call,
    make_product,
    make_sum,
    scale,
)
from symnum.terms.interning import bulk
from symnum.terms.numbers import NUMBER_TYPES
from symnum.terms.traverse import subterms

_COMPOSITE = frozenset({Sum, Product, Call})


def to_canonical(arena: Arena, nodes: Sequence[int]) -> list[Any]:
    """Return the canonical terms (or numbers) of some nodes."""
    known = arena.as_canonical
    missing = [node for node in nodes if node not in known]
    if missing:
        with bulk():
            order = [node for node in arena.reached(missing) if node not in known]
            _convert(arena, order, known, arena.from_canonical)
    return [known[node] for node in nodes]


def top_of(arena: Arena, node: int, levels: int) -> Any:
    """Return the canonical term of a node; what lies more than so many levels below it is the symbol "…".

    Text that ends after n characters shows nothing that lies deeper than 2 n levels, since every second level at
    least writes a bracket or a name before its parts.
    """
    if arena.depth(node) <= levels or node in arena.as_canonical:
        return to_canonical(arena, [node])[0]
    seen = {node}
    level = [node]
    for _ in range(levels):
        below = [child for n in level if arena.kind(n) >= SUM for child, _ in arena.pairs(n)]
        level = [child for child in dict.fromkeys(below) if child not in seen]
        seen.update(level)
    hidden = {child for n in level if arena.kind(n) >= SUM for child, _ in arena.pairs(n)} - seen
    known = dict.fromkeys(hidden, Symbol("…"))
    with bulk():
        _convert(arena, sorted(seen), known, {})
    return known[node]


def _convert(arena: Arena, order: list[int], known: dict[int, Any], back: dict[Any, int]) -> None:
    """Make the canonical terms of some nodes, children before parents, and note whose they are."""
    for node, kind, label, pairs in rows_of(arena, order):
        made = arena.labels[label] if kind < SUM else _canonical(arena, kind, pairs, known)
        known[node] = made
        if made.__class__ in _COMPOSITE:
            back[made.canonical() if made.__class__ is Sum else made] = node


def rows_of(arena: Arena, order: list[int]) -> Iterator[tuple[int, int, int, list[list[int]]]]:
    """Yield some nodes with their kind, their label and their (child, code) pairs."""
    rows = arena.nodes[order, :3]
    has_pairs = rows[:, 0] >= SUM
    counts = np.where(has_pairs, rows[:, 1], 0)
    ends = np.cumsum(counts)
    places = np.arange(int(counts.sum())) + np.repeat(rows[:, 2] - (ends - counts), counts)
    pairs = arena.pool[places].tolist()  # all at once: a slice of an array costs more than the pairs in it
    start = 0
    for node, (kind, _, label), end in zip(order, rows.tolist(), ends.tolist(), strict=True):
        yield node, kind, label, pairs[start:end]
        start = end


def _canonical(arena: Arena, kind: int, pairs: list[list[int]], known: dict[int, Any]) -> Any:
    if kind == PRODUCT:
        return make_product({known[base]: arena.number_of(code) for base, code in pairs})
    if kind == SUM:
        return _canonical_sum(arena, pairs, known)
    arguments = [known[child] for child, _ in pairs]
    if kind == POWER:
        return make_product({arguments[0]: arguments[1]})
    return make_call(arena.functions[kind - CALL], tuple([_shared(a) for a in arguments]))


def _canonical_sum(arena: Arena, pairs: list[list[int]], known: dict[int, Any]) -> Any:
    if len(pairs) == 1:
        return scale(known[pairs[0][0]], arena.number_of(pairs[0][1]))
    constant: Any = 0
    terms = {}
    for child, code in pairs:
        if child == ONE:
            constant = arena.number_of(code)
        else:
            terms[known[child]] = arena.number_of(code)
    return make_sum(terms, constant)


def _shared(term: Any) -> Any:
    return term.canonical() if term.__class__ is Sum else term


class _Batch:
    """Nodes to be made by one kernel call; a negative reference means an earlier node of the batch."""

    def __init__(self, arena: Arena) -> None:
        self.arena = arena
        self.kinds: list[int] = []
        self.offsets = [0]
        self.references: list[int] = []
        self.codes: list[int] = []

    def add(self, kind: int, references: Sequence[int], codes: Sequence[int]) -> int:
        self.kinds.append(kind)
        self.references.extend(references)
        self.codes.extend(codes)
        self.offsets.append(len(self.references))
        return -len(self.kinds)

    def number(self, value: Any) -> int:
        if value is True or value is False:
            return self.arena.truth_node(value)
        code = self.arena.code_of(value)
        if code in (0, 1):
            return ZERO if code == 0 else ONE
        return self.add(SUM, (ONE,), (code,))


def from_canonical(arena: Arena, terms: Sequence[Any]) -> list[int]:
    """Return the nodes of some canonical terms, numbers and truth values."""
    with arena.lock:
        known = arena.from_canonical
        batch = _Batch(arena)
        made: dict[Any, int] = {}

        def place(part: Any) -> int:
            if part.__class__ in NUMBER_TYPES or part.__class__ is bool:
                return batch.number(part)
            found = known.get(part)
            return made[part] if found is None else found

        for term in subterms(terms, known):
            if term not in known:
                made[term] = _entered(batch, term, place)
        roots = [place(t.canonical() if t.__class__ is Sum else t) for t in terms]
        out: list[int] = []
        if batch.kinds:
            out = arena.build_nodes(batch.kinds, batch.offsets, batch.references, batch.codes).tolist()
        for term, reference in made.items():
            known[term] = reference if reference >= 0 else out[-1 - reference]
        return [node if node >= 0 else out[-1 - node] for node in roots]


def _entered(batch: _Batch, term: Any, place: Any) -> int:
    cls, code_of = term.__class__, batch.arena.code_of
    if cls is Symbol:
        return batch.arena.symbol_node(term)
    if cls is Constant:
        return batch.arena.constant_node(term)
    if cls is Sum:
        references = [place(t) for t in term.terms]
        codes = [code_of(c) for c in term.terms.values()]
        return batch.add(SUM, [*references, ONE], [*codes, code_of(term.constant)])
    if cls is not Product:
        arguments = [place(a) for a in term.args]
        return batch.add(batch.arena.function(term.function), arguments, [0] * len(arguments))
    if term.monic is not None:
        return batch.add(SUM, (place(term.monic),), (code_of(term.coefficient),))
    factors = []
    for base, exponent in term.factors.items():
        if exponent.__class__ in NUMBER_TYPES:
            factors.append((place(base), code_of(exponent)))
        else:
            factors.append((batch.add(POWER, (place(base), place(exponent)), (0, 0)), 1))
    if len(factors) == 1 and factors[0][1] == 1:
        return int(factors[0][0])
    return batch.add(-PRODUCT, [node for node, _ in factors], [code for _, code in factors])


def is_small(exponent: Any) -> bool:
    """Tell whether a number stands for itself as a code."""
    return exponent.__class__ is int and -LIMIT <= exponent <= LIMIT
