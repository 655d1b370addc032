"""A tape written once more, node by node, with some nodes changed: what passes over a tape share."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from codegen.functions import Op
from codegen.tape import Tape

__all__ = ["Node", "TapeWriter", "nodes_of"]

_LEAVES = frozenset(map(int, (Op.STATE, Op.PARAMETER, Op.CONSTANT, Op.TIME)))
_SUM = int(Op.SUM)


class Node(NamedTuple):
    """A node of a tape as Python's numbers; `start` is where its arguments begin in the tape."""

    number: int
    operation: int
    arguments: list[int]
    weights: list[float]
    stage: int
    start: int


def nodes_of(tape: Tape) -> Iterator[Node]:
    """Iterate over the nodes of a tape in their order; what they hold is the caller's to change."""
    offset, argument, weight = tape.offset.tolist(), tape.argument.tolist(), tape.weight.tolist()
    stage = tape.stage.tolist()
    for node, op in enumerate(tape.operation.tolist()):
        span = slice(offset[node], offset[node + 1])
        yield Node(node, op, argument[span], weight[span], stage[node], span.start)


class TapeWriter:
    """Takes the nodes of a new tape, arguments before what uses them.

    Attributes
    ----------
    place : list of int
        Where each node of the old tape is in the new one; whoever writes the nodes appends to it.
    """

    def __init__(self) -> None:
        self.place: list[int] = []
        self._operations: list[int] = []
        self._stages: list[int] = []
        self._arguments: list[int] = []
        self._weights: list[float] = []
        self._offsets = [0]
        self._multiples: dict[tuple[int, float], int] = {}

    def moved(self, node: Node) -> list[int]:
        """Return the arguments of an old node as the new tape has them; a leaf's index stays."""
        return node.arguments if node.operation in _LEAVES else [self.place[a] for a in node.arguments]

    def append(self, operation: int, arguments: list[int], weights: list[float], stage: int) -> int:
        """Append a node and return its number."""
        self._operations.append(int(operation))
        self._stages.append(stage)
        self._arguments.extend(arguments)
        self._weights.extend(weights)
        self._offsets.append(len(self._arguments))
        return len(self._operations) - 1

    def multiple(self, node: int, number: float) -> int:
        """Return the node of a number times a value that depends on parameters; one for all that ask for it."""
        key = node, number
        if key not in self._multiples:
            self._multiples[key] = self.append(_SUM, [node], [number], 1)
        return self._multiples[key]

    def finish(self, old: Tape) -> Tape:
        """Return the tape, with the outputs of the old one."""
        return Tape(
            np.array(self._operations, np.int32),
            np.array(self._offsets, np.int32),
            np.array(self._arguments, np.int32),
            np.array(self._weights, np.float64),
            np.array(self._stages, np.int8),
            np.array(self.place, np.int32)[old.output],
            old.sign,
        )
