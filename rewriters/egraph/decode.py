"""From what an extractor chose in each class back to terms."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from rewriters.access import Access, access_of
from rewriters.egraph.graph import Graph
from symnum.terms.interning import bulk

_OPEN = ("+", "*")


def decode(graph: Graph, choice: Any, likes: Sequence[Any]) -> list[Any]:
    """Return the terms of all roots.

    Parameters
    ----------
    graph : Graph
    choice : int array, shape (classes,)
        The e-node that stands for each class; -1 for classes that are not needed.
    likes : sequence of terms
        For each root a term of the structure that is wanted.

    Raises
    ------
    SymnumError
        If a term cannot be made, such as one that divides by an exact zero.
    """
    makers: dict[tuple[str, type], _Maker] = {}
    results = []
    with bulk():
        for root, like in zip(graph.roots, likes):
            access = access_of(like)
            key = (access.kind, like.__class__ if access.kind == "generic" else object)
            maker = makers.get(key)
            if maker is None:
                maker = makers[key] = _Maker(graph, choice, access, like)
            results.append(maker.term(root))
    return results


class _Maker:
    """Makes terms of one structure, each class once."""

    def __init__(self, graph: Graph, choice: Any, access: Access, like: Any) -> None:
        self.graph, self.access, self.like = graph, access, like
        self.choice = choice.tolist()
        chosen = choice.clip(0)  # where nothing was chosen, nobody looks
        self.first, self.last = graph.first[chosen].tolist(), graph.last[chosen].tolist()
        self.children = graph.children.tolist()
        self.operations = [c.operation for c in graph.constructors]
        self.constructor = graph.node_constructor[chosen].tolist()
        self.made: dict[int, Any] = {}
        self.uses = self._uses()

    def _arguments(self, place: int) -> list[int]:
        return self.children[self.first[place] : self.last[place]]  # type: ignore[no-any-return]

    def _operation(self, place: int) -> str:
        return self.operations[self.constructor[place]]  # type: ignore[no-any-return]

    def _uses(self) -> Counter[int]:
        """Count how often each class is an argument, so that parts used once can be opened."""
        uses: Counter[int] = Counter(self.graph.roots)
        stack, seen = list(dict.fromkeys(self.graph.roots)), set(self.graph.roots)
        while stack:
            for child in self._arguments(stack.pop()):
                uses[child] += 1
                if child not in seen:
                    seen.add(child)
                    stack.append(child)
        return uses

    def term(self, root: int) -> Any:
        """Return the term of a class."""
        stack = [root]
        made = self.made
        opened: dict[int, list[int]] = {}
        while stack:
            place = stack[-1]
            if place in made:
                stack.pop()
                continue
            below = opened.get(place)
            if below is None:
                below = opened[place] = self._flat(place)
                missing = [c for c in below if c not in made]
                if missing:
                    stack.extend(reversed(missing))
                    continue
            made[place] = self._make(place, [made[c] for c in below])
            stack.pop()
        return made[root]

    def _flat(self, place: int) -> list[int]:
        """Return the arguments of a class, those of nested sums and products that are used once opened."""
        operation = self._operation(place)
        if operation not in _OPEN:
            return self._arguments(place)
        flat: list[int] = []
        stack = self._arguments(place)[::-1]
        while stack:
            inner = stack.pop()
            if self.uses[inner] == 1 and self._operation(inner) == operation:
                stack.extend(reversed(self._arguments(inner)))
            else:
                flat.append(inner)
        return flat

    def _make(self, place: int, arguments: list[Any]) -> Any:
        node = self.choice[place]
        if not arguments and node in self.graph.content:
            return self._leaf(self.graph.content[node])
        return self.access.build(self.like, self._operation(place), arguments)

    def _leaf(self, leaf: Any) -> Any:
        """Return a leaf in the structure that is wanted: leaves of rules are canonical."""
        from rewriters.patterns import as_pattern
        from symnum.terms import interface

        if not (interface.is_symbol(leaf) or interface.is_constant(leaf)):
            return leaf
        if access_of(leaf).kind == self.access.kind and self.access.kind != "generic":
            return leaf
        return self.access.leaf(self.like, as_pattern(leaf))
