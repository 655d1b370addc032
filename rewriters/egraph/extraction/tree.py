"""The cheapest tree of each class: parts that are used twice are paid for twice."""

from typing import Any

from rewriters.egraph.graph import Graph

_ROUNDS = 60
_LARGEST = 1e200
"""Costs end here: the tree of a term that shares its parts deeply has more nodes than floats can count."""


def tree_choice(graph: Graph, prices: Any, free: Any = None) -> tuple[Any, Any]:
    """Return (choice, cost): for each class an e-node (-1 where there is none) and the cost of its tree.

    All classes are improved at once, round by round; what is left after many rounds, in deep terms, is done class
    by class.

    Parameters
    ----------
    graph : Graph
    prices : float array
        Of each e-node.
    free : bool array, optional
        Classes that cost nothing as an argument, because they are computed anyway. The choice may go in a circle
        through these.
    """
    import numpy as np

    cost = np.full(graph.classes, np.inf)
    choice = np.full(graph.classes, -1, np.int64)
    if not graph.size:
        return choice, cost
    order = np.argsort(graph.node_class, kind="stable")
    owner = graph.node_class[order]
    starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
    sizes = np.diff(np.r_[starts, len(order)])
    groups, own, arguments = owner[starts], prices[order], _arguments(graph, order)
    for _ in range(_ROUNDS):
        total = _totals(own, _as_argument(cost, free), arguments)
        best = np.minimum.reduceat(total, starts)
        better = best < cost[groups]
        if not better.any():
            return choice, cost
        place = np.flatnonzero(total == np.repeat(best, sizes))
        winners = place[np.searchsorted(place, starts)]
        changed = groups[better]
        cost[changed] = best[better]
        choice[changed] = order[winners[better]]
    if free is None:
        _finish(graph, prices, cost, choice)
    return choice, cost


def _as_argument(cost: Any, free: Any) -> Any:
    import numpy as np

    return cost if free is None else np.where(free & np.isfinite(cost), 0.0, cost)


def _arguments(graph: Graph, order: Any) -> list[tuple[Any, Any]]:
    """Return (places, classes) for first arguments, second ones, and so on, in the order given."""
    import numpy as np

    first = graph.first[order]
    arity = graph.last[order] - first
    found = []
    for k in range(int(arity.max())):
        places = np.flatnonzero(arity > k)
        found.append((places, graph.children[first[places] + k]))
    return found


def _totals(own: Any, cost: Any, arguments: list[tuple[Any, Any]]) -> Any:
    import numpy as np

    total = own.copy()
    for places, classes in arguments:
        total[places] += cost[classes]
    too_large = (total > _LARGEST) & np.isfinite(total)
    total[too_large] = _LARGEST
    return total


def _finish(graph: Graph, prices: Any, cost_array: Any, choice_array: Any) -> None:
    """Improve class by class from a list of those that have changed."""
    import numpy as np

    cost, choice = cost_array.tolist(), choice_array.tolist()
    first, last, children = graph.first.tolist(), graph.last.tolist(), graph.children.tolist()
    node_class, own = graph.node_class.tolist(), prices.tolist()
    parents: list[list[int]] = [[] for _ in range(graph.classes)]
    for node in range(len(node_class)):
        for child in set(children[first[node] : last[node]]):
            parents[child].append(node)
    from collections import deque

    waiting = deque(np.flatnonzero(np.isfinite(cost_array)).tolist())
    is_waiting = set(waiting)
    while waiting:
        changed = waiting.popleft()
        is_waiting.discard(changed)
        for node in parents[changed]:
            total = own[node]
            for child in children[first[node] : last[node]]:
                total += cost[child]
            total = min(total, _LARGEST) if total != np.inf else total
            owner = node_class[node]
            if total < cost[owner]:
                cost[owner], choice[owner] = total, node
                if owner not in is_waiting:
                    is_waiting.add(owner)
                    waiting.append(owner)
    cost_array[:], choice_array[:] = cost, choice
