"""A smaller e-graph for extractors that take long: of each class only the e-nodes that could be worth while.

Commuted copies of sums and products cost the same, and so do most of the ways to bracket them; of each class those
few are kept whose trees are cheapest.
"""

from typing import Any

from rewriters.egraph.graph import Graph

MOST_OF_A_CLASS = 6
_COMMUTATIVE = ("Add", "Mul")


def pruned(graph: Graph, prices: Any, cost: Any) -> tuple[Graph, Any]:
    """Return (smaller graph, places of its e-nodes in the given one).

    Parameters
    ----------
    graph : Graph
    prices : float array
        Of each e-node.
    cost : float array
        Of the cheapest tree of each class.
    """
    import numpy as np

    arity = graph.last - graph.first
    total = prices.copy()
    lowest = np.full(graph.size, -1, np.int64)
    highest = np.full(graph.size, -1, np.int64)
    for count in np.unique(arity).tolist():
        nodes = np.flatnonzero(arity == count)
        for k in range(count):
            total[nodes] += cost[graph.children[graph.first[nodes] + k]]
    commutative = np.isin(
        graph.node_constructor, [i for i, c in enumerate(graph.constructors) if c.name in _COMMUTATIVE]
    )
    pairs = np.flatnonzero(commutative)
    if len(pairs):
        a, b = graph.children[graph.first[pairs]], graph.children[graph.first[pairs] + 1]
        lowest[pairs], highest[pairs] = np.minimum(a, b), np.maximum(a, b)
    order = np.lexsort((np.arange(graph.size), highest, lowest, graph.node_constructor, graph.node_class))
    same = (
        (np.diff(graph.node_class[order]) == 0)
        & (np.diff(graph.node_constructor[order]) == 0)
        & (np.diff(lowest[order]) == 0)
        & (np.diff(highest[order]) == 0)
        & commutative[order][1:]
    )
    keep = np.isfinite(total)
    keep[order[1:][same]] = False
    left = np.flatnonzero(keep)
    left = left[np.lexsort((left, np.round(total[left], 9), graph.node_class[left]))]
    owner = graph.node_class[left]
    starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]]) if len(left) else np.zeros(0, np.int64)
    rank = np.arange(len(left)) - np.repeat(starts, np.diff(np.r_[starts, len(left)]))
    kept = np.sort(left[rank < MOST_OF_A_CLASS])
    place = {node: i for i, node in enumerate(kept.tolist()) if node in graph.content}
    smaller = graph._replace(
        node_class=graph.node_class[kept],
        node_constructor=graph.node_constructor[kept],
        first=graph.first[kept],
        last=graph.last[kept],
        content={i: graph.content[node] for node, i in place.items()},
    )
    return smaller, kept
