"""An e-graph as arrays, read from what a worker sends."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from rewriters.egraph.encode import Leaves
from rewriters.egraph.signature import Constructor
from symnum.terms.numbers import normal


class Graph(NamedTuple):
    """All e-nodes of an e-graph.

    Attributes
    ----------
    classes : int
        Number of classes; they are numbered from 0.
    node_class : int32 array, shape (n,)
        Class of each e-node.
    node_constructor : int16 array, shape (n,)
        Place of its operation in `constructors`.
    first, last : int32 arrays, shape (n,)
        Its arguments are ``children[first:last]``.
    children : int32 array
        Classes.
    content : dict of int to leaf
        What the e-nodes without arguments hold: numbers, symbols, constants.
    roots : list of int
        Class of each term that was loaded.
    constructors : tuple of Constructor
    """

    classes: int
    node_class: Any
    node_constructor: Any
    first: Any
    last: Any
    children: Any
    content: dict[int, Any]
    roots: list[int]
    constructors: tuple[Constructor, ...]

    @property
    def size(self) -> int:
        """Return the number of e-nodes."""
        return len(self.node_class)


def read_graph(
    header: dict[str, Any], body: bytes, constructors: tuple[Constructor, ...], leaves: Leaves
) -> Graph:
    """Return the e-graph in a message of the worker."""
    import numpy as np

    flat = np.frombuffer(body, dtype=np.int32)
    numbers = [normal(Fraction(text)) for text in header["literals"]]
    held: dict[str, Sequence[Any]] = {
        "N": numbers,
        "F": leaves.opaque.leaves,
        "S": leaves.symbols.leaves,
        "K": leaves.constants.leaves,
    }
    classes, operations, first, last, children = [], [], [], [], []
    content: dict[int, Any] = {}
    position, nodes, below = 0, 0, 0
    for place, (c, count) in enumerate(zip(constructors, header["counts"])):
        width = max(c.arity, 1) + 1
        rows = flat[position : position + count * width].reshape(count, width)
        position += count * width
        classes.append(rows[:, -1])
        operations.append(np.full(count, place, np.int16))
        start = below + np.arange(count, dtype=np.int32) * c.arity
        first.append(start)
        last.append(start + c.arity)
        if c.arity:
            children.append(rows[:, :-1].ravel())
            below += count * c.arity
        else:
            content.update((nodes + i, held[c.name][at]) for i, at in enumerate(rows[:, 0].tolist()))
        nodes += count
    return Graph(
        header["classes"],
        np.concatenate(classes),
        np.concatenate(operations),
        np.concatenate(first).astype(np.int32),
        np.concatenate(last).astype(np.int32),
        np.concatenate(children) if children else np.zeros(0, np.int32),
        content,
        [number for _, number in header["roots"]],
        constructors,
    )


def number_classes(graph: Graph) -> dict[int, Any]:
    """Return the exact number of each class that has one."""
    exact = next((i for i, c in enumerate(graph.constructors) if c.name == "N"), -1)
    return {
        int(graph.node_class[node]): value
        for node, value in graph.content.items()
        if graph.node_constructor[node] == exact
    }
