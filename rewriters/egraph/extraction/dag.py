"""Greedy extraction with sharing: a class is paid for once, however often it is used below one root.

Each class keeps the set of classes that its cheapest term consists of, so that the cost of an operation is that of
the union of its arguments' sets. That is as good as integer programming to within a few percent on the terms that
people write, and takes time in proportion to the size of the terms; beyond a budget it gives up.
"""

from collections import deque
from collections.abc import Iterable
from typing import Any

from rewriters.egraph.graph import Graph

BUDGET = 1_000_000
"""Entries of sets that may be looked at in all."""


def dag_choice(graph: Graph, prices: Any, wanted: Iterable[int], budget: int = BUDGET) -> Any:
    """Return the choice for each class as an array, or None where the budget did not suffice.

    Parameters
    ----------
    graph : Graph
    prices : float array
    wanted : iterable of int
        The classes that can be below a root.
    """
    import numpy as np

    first, last, children = graph.first.tolist(), graph.last.tolist(), graph.children.tolist()
    node_class, own = graph.node_class.tolist(), prices.tolist()
    parents: dict[int, list[int]] = {place: [] for place in wanted}
    waiting: deque[int] = deque()
    for node, owner in enumerate(node_class):
        if owner not in parents:
            continue
        below = children[first[node] : last[node]]
        for child in dict.fromkeys(below):
            parents[child].append(node)
        if not below:
            waiting.append(node)
    best: dict[int, tuple[float, dict[int, float], int]] = {}
    spent = 0
    while waiting:
        node = waiting.popleft()
        owner = node_class[node]
        found = _united(owner, own[node], children[first[node] : last[node]], best)
        if found is None:
            continue
        spent += len(found)
        if spent > budget:
            return None
        total = sum(found.values())
        if owner not in best or total < best[owner][0] - 1e-9:
            best[owner] = (total, found, node)
            waiting.extend(parents[owner])
    choice = np.full(graph.classes, -1, np.int64)
    for place, (_, _, node) in best.items():
        choice[place] = node
    return choice


def _united(
    owner: int, own: float, below: list[int], best: dict[int, tuple[float, dict[int, float], int]]
) -> dict[int, float] | None:
    """Return the classes that an operation consists of, with their prices; None where it contains itself."""
    sets = []
    for child in below:
        known = best.get(child)
        if known is None or owner in known[1]:
            return None
        sets.append(known[1])
    sets.sort(key=len, reverse=True)
    united = dict(sets[0]) if sets else {}
    for other in sets[1:]:
        united.update(other)
    united[owner] = own
    return united
