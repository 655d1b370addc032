"""Values, symbols and sizes of arena terms, straight from the arrays: no term object is made on the way."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from symnum.terms.arena.exchange import rows_of
from symnum.terms.arena.layout import CALL, ONE, POWER, PRODUCT, SUM, SYMBOL
from symnum.terms.arena.store import Arena
from symnum.terms.arena.term import ArenaTerm, wrap
from symnum.terms.evaluate import interpretation, whole_evaluations
from symnum.terms.inspection import sizes_of_classes
from symnum.terms.numbers import NUMBER_TYPES
from symnum.terms.traverse import whole_symbols


class Fold:
    """One answer for every node, made of those of its arguments as the term interface shows them.

    Parameters
    ----------
    arena : Arena
    leaf : callable
        From a symbol, constant (both canonical) or truth value to its answer.
    number : callable
        From a plain number to its answer.
    call : callable
        From an operation and the answers of its arguments to its answer.
    """

    def __init__(
        self,
        arena: Arena,
        leaf: Callable[[Any], Any],
        number: Callable[[Any], Any],
        call: Callable[[str, Sequence[Any]], Any],
    ) -> None:
        self._arena, self._leaf, self._number, self._call = arena, leaf, number, call
        self._known: dict[int, Any] = {}
        self._factors: dict[int, list[Any]] = {}

    def of(self, nodes: Sequence[int]) -> list[Any]:
        """Return the answers of some nodes."""
        known, arena = self._known, self._arena
        missing = [node for node in nodes if node not in known]
        if missing:
            order = [node for node in arena.reached(missing) if node not in known]
            for node, kind, label, pairs in rows_of(arena, order):
                if kind < SUM:
                    known[node] = self._leaf(arena.labels[label])
                elif kind == PRODUCT:
                    known[node] = self._product(node, pairs)
                elif kind == SUM:
                    known[node] = self._sum(pairs)
                else:
                    name = "^" if kind == POWER else arena.functions[kind - CALL]
                    known[node] = self._call(name, [known[child] for child, _ in pairs])
        return [known[node] for node in nodes]

    def _product(self, node: int, pairs: list[list[int]]) -> Any:
        if not pairs:
            return self._number(1)
        factors = [
            self._known[base]
            if code == 1
            else self._call("^", [self._known[base], self._number(self._arena.number_of(code))])
            for base, code in pairs
        ]
        if len(factors) == 1:
            return factors[0]
        self._factors[node] = factors
        return self._call("*", factors)

    def _sum(self, pairs: list[list[int]]) -> Any:
        if not pairs:
            return self._number(0)
        summands = [self._scaled(child, code) for child, code in pairs]
        if len(summands) == 1:
            return summands[0]
        if pairs[0][0] == ONE:  # the number comes last
            summands.append(summands.pop(0))
        return self._call("+", summands)

    def _scaled(self, child: int, code: int) -> Any:
        number = self._number(self._arena.number_of(code)) if code != 1 or child == ONE else None
        if child == ONE:
            return number
        if number is None:
            return self._known[child]
        return self._call("*", [number, *self._factors.get(child, (self._known[child],))])


def _one_arena(roots: Sequence[Any]) -> Arena | None:
    """Return the arena of all the roots that are no numbers, if there is just one."""
    arenas = {id(r.arena): r.arena for r in roots if r.__class__ is ArenaTerm}
    if len(arenas) != 1 or not all(r.__class__ is ArenaTerm or r.__class__ in NUMBER_TYPES for r in roots):
        return None
    (arena,) = arenas.values()
    return arena


def _evaluate(roots: list[Any], values: Mapping[Any, Any]) -> list[Any] | None:
    arena = _one_arena(roots)
    if arena is None:
        return None
    leaf, number, call = interpretation(values)
    found = Fold(arena, leaf, number, call)
    nodes = [r.node for r in roots if r.__class__ is ArenaTerm]
    answers = dict(zip(nodes, found.of(nodes), strict=True))
    return [answers[r.node] if r.__class__ is ArenaTerm else number(r) for r in roots]


def _symbols(roots: Sequence[Any]) -> list[Any] | None:
    arena = _one_arena(roots)
    if arena is None:
        return None
    reached = arena.reached([r.node for r in roots if r.__class__ is ArenaTerm])
    kinds = arena.nodes[reached, 0].tolist()
    return [wrap(arena, node) for node, kind in zip(reached, kinds, strict=True) if kind == SYMBOL]


class _Sizes:
    """Sizes of all parts as trees, by their nodes."""

    def __init__(self, term: ArenaTerm) -> None:
        self._fold = Fold(term.arena, lambda _leaf: 1, lambda _number: 1, lambda _name, sizes: 1 + sum(sizes))
        self._arena = term.arena

    def of(self, part: Any) -> int:
        if part.__class__ is not ArenaTerm or part.arena is not self._arena:
            return 1  # a number or truth value
        return int(self._fold.of([part.node])[0])


whole_evaluations[ArenaTerm] = _evaluate
whole_symbols[ArenaTerm] = _symbols
sizes_of_classes[ArenaTerm] = _Sizes
