"""Which borders compute the same but for what they read: a corner and its mirror image share one function.

Terms are compared as trees whose leaves have no names: only from which array they read, with which strides. The order
in which leaves are met on a fixed walk tells which leaf of one border stands for which of another.
"""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any

from codegen.functions import Op
from codegen.stencils.levels import TapeLists
from codegen.stencils.plan import Leaf, Piece, Place, Segment

__all__ = ["Likeness", "from_zero"]

_UNORDERED = (Op.SUM, Op.PRODUCT)


class Likeness:
    """Compares segments of one tape.

    Parameters
    ----------
    lists : TapeLists
    """

    def __init__(self, lists: TapeLists) -> None:
        self.lists = lists
        self.numbers: dict[Hashable, int] = {}

    def of(self, segment: Segment) -> tuple[Hashable, list[int]] | None:
        """Return what segments that can share code have in common, and the leaves in the order of the walk.

        None where the leaves of a row are read from several places.
        """
        if any(len(leaf.pieces) > 1 for leaf in segment.leaves.values()):
            return None
        shapes = self._shapes(segment)
        walk: list[Hashable] = []
        seen: dict[int, int] = {}
        leaves: list[int] = []
        for output in segment.outputs:
            self._walk(output, shapes, walk, seen, leaves)
        start, stop = segment.box[-1]
        stores = tuple((place.base, place.strides) for place in segment.stores)
        kind = segment.sum_number >= 0, bool(segment.columns)
        return (tuple(walk), stop - start, len(segment.box), stores, kind), leaves

    def ordered(self, segments: Sequence[Segment]) -> list[Segment]:
        """Return segments of a Jacobian with their entries in an order that mirror images have in common."""
        results = []
        for segment in segments:
            shapes = self._shapes(segment)
            keys = [(place.base, shapes[node], node) for place, node in zip(segment.stores, segment.outputs)]
            order = sorted(range(len(keys)), key=keys.__getitem__)
            results.append(
                replace(
                    segment,
                    outputs=tuple(segment.outputs[i] for i in order),
                    stores=tuple(segment.stores[i] for i in order),
                    columns=tuple(segment.columns[i] for i in order),
                )
            )
        return results

    def _number(self, shape: Hashable) -> int:
        return self.numbers.setdefault(shape, len(self.numbers))

    def _shapes(self, segment: Segment) -> dict[int, int]:
        """Return, for every node that outputs need, a number that is the same for trees of the same shape."""
        lists = self.lists
        shapes: dict[int, int] = {}
        for node in lists.cone(segment.outputs, lists.uniform):
            number = lists.leaf(node)
            if lists.uniform[node]:
                shape: Hashable = ("uniform", node)
            elif number >= 0:
                leaf = segment.leaves[number]
                shape = ("leaf", leaf.base, leaf.strides)
            else:
                span = range(lists.offset[node], lists.offset[node + 1])
                parts: Any = [(shapes[lists.argument[i]], lists.weight[i]) for i in span]
                shape = (lists.operation[node], *(sorted(parts) if self._unordered(node) else parts))
            shapes[node] = self._number(shape)
        return shapes

    def _unordered(self, node: int) -> bool:
        return self.lists.operation[node] in _UNORDERED

    def _walk(
        self, output: int, shapes: dict[int, int], walk: list[Hashable], seen: dict[int, int], leaves: list[int]
    ) -> None:
        """Note a node and what it is made of, before its siblings; one that was met before by its place."""
        lists = self.lists
        stack = [output]
        while stack:
            node = stack.pop()
            if node in seen:
                walk.append(("again", seen[node]))
                continue
            seen[node] = len(seen)
            walk.append(shapes[node])
            if lists.uniform[node]:
                continue
            number = lists.leaf(node)
            if number >= 0:
                leaves.append(number)
                continue
            span = range(lists.offset[node], lists.offset[node + 1])
            parts = [(shapes[lists.argument[i]], lists.weight[i], lists.argument[i]) for i in span]
            stack += [argument for _, _, argument in reversed(sorted(parts) if self._unordered(node) else parts)]


def from_zero(segment: Segment) -> Segment:
    """Return a segment whose row begins at 0, its offsets moved accordingly."""
    start, stop = segment.box[-1]

    def moved(leaf: Leaf) -> Leaf:
        return leaf._replace(pieces=(Piece(0, stop - start, leaf.pieces[0].offset + leaf.strides[-1] * start),))

    stores = tuple(Place(s.base, s.offset + s.strides[-1] * start, s.strides) for s in segment.stores)
    leaves = {number: moved(leaf) for number, leaf in segment.leaves.items()}
    return replace(segment, box=(*segment.box[:-1], (0, stop - start)), stores=stores, leaves=leaves)
