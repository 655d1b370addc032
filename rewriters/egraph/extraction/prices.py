"""What each e-node costs by itself, under a cost model."""

from typing import Any

from rewriters.egraph.costs import CostModel
from rewriters.egraph.costs.staged import Staged
from rewriters.egraph.graph import Graph, number_classes

SMALLEST = 1e-4
"""Added to every e-node: of equally cheap ones the smaller is taken, and no choice goes in a circle."""


def prices(graph: Graph, model: CostModel) -> Any:
    """Return a float array with the price of each e-node, without its arguments."""
    import numpy as np

    own = np.array(
        [model.operation(c.operation, (None,) * c.arity) if c.arity else 0.0 for c in graph.constructors]
    )
    made = own[graph.node_constructor] + SMALLEST
    for node, leaf in graph.content.items():
        made[node] = model.leaf(leaf) + SMALLEST
    _with_numbers(graph, model, made)
    if isinstance(model, Staged):
        made[_free_nodes(graph, model)] = SMALLEST
    return made


def _free_nodes(graph: Graph, model: Staged) -> Any:
    """Return which e-nodes are made of free leaves only; a class is free where one of its e-nodes is."""
    import numpy as np

    owners = np.repeat(np.arange(graph.size), graph.last - graph.first)
    free = np.zeros(graph.size, bool)
    leaves = np.zeros(graph.size, bool)
    leaves[list(graph.content)] = True
    free[[node for node, leaf in graph.content.items() if model.is_free(leaf)]] = True
    count = -1
    while count != int(free.sum()):
        count = int(free.sum())
        free_class = np.zeros(graph.classes, bool)
        free_class[graph.node_class[free]] = True
        bound = np.bincount(owners, ~free_class[graph.children], graph.size)
        free |= (bound == 0) & ~leaves
    return free


def _with_numbers(graph: Graph, model: CostModel, made: Any) -> None:
    """Price the operations one of whose arguments is a number: signs, whole powers, roots."""
    import numpy as np

    numbers = number_classes(graph)
    if not numbers or not len(graph.children):
        return
    is_number = np.zeros(graph.classes, bool)
    is_number[list(numbers)] = True
    arity = graph.last - graph.first
    having = np.zeros(graph.size, bool)
    owners = np.repeat(np.arange(graph.size), arity)
    having[owners[is_number[graph.children]]] = True
    known: dict[tuple[Any, ...], float] = {}
    children, first, last = graph.children, graph.first, graph.last
    for node in np.flatnonzero(having).tolist():
        place = graph.node_constructor[node]
        arguments = tuple([numbers.get(c) for c in children[first[node] : last[node]].tolist()])
        key = (place, *arguments)
        price = known.get(key)
        if price is None:
            operation = graph.constructors[place].operation
            price = known[key] = model.operation(operation, arguments) + SMALLEST
        made[node] = price
