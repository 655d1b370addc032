"""A second look at a choice: an operation on what is computed anyway may be cheaper than what a class chose alone.

Each class has its cheapest e-node as if it stood alone: for exp(-a) that is the exponential, not the reciprocal of
exp(a). Where exp(a) is part of the term, the reciprocal is cheaper.
"""

from typing import Any

from rewriters.egraph.graph import Graph


def reused_choice(graph: Graph, prices: Any, choice: Any) -> Any:
    """Return a choice that is cheaper with sharing than the one given, or None.

    Every change replaces a chosen e-node by one of lower price whose arguments are chosen already, so that the cost
    can only fall.

    Parameters
    ----------
    graph : Graph
    prices : float array
    choice : int array
        For each class an e-node, or -1; free of circles.
    """
    import numpy as np

    made = choice.copy()
    changed = False
    owners = np.repeat(np.arange(graph.size), graph.last - graph.first)
    while True:
        used = _used(graph, made)
        chosen = np.where(made >= 0, prices[made], 0.0)
        outside = np.bincount(owners, ~used[graph.children], graph.size)
        gain = np.where(used[graph.node_class] & (outside == 0), chosen[graph.node_class] - prices, 0.0)
        better = np.flatnonzero(gain > 1e-9)
        better = better[np.argsort(-gain[better], kind="stable")]
        step = next((node for node in better.tolist() if not _leads_back(graph, made, node)), None)
        if step is None:
            return made if changed else None
        made[graph.node_class[step]] = step
        changed = True


def _used(graph: Graph, choice: Any) -> Any:
    """Return which classes are below the roots."""
    import numpy as np

    used = np.zeros(graph.classes, bool)
    stack = list(dict.fromkeys(graph.roots))
    used[stack] = True
    while stack:
        node = int(choice[stack.pop()])
        for child in graph.children[graph.first[node] : graph.last[node]].tolist():
            if not used[child]:
                used[child] = True
                stack.append(child)
    return used


def _leads_back(graph: Graph, choice: Any, node: int) -> bool:
    """Tell whether an e-node's class is among the parts of its arguments."""
    target = int(graph.node_class[node])
    stack = graph.children[graph.first[node] : graph.last[node]].tolist()
    seen = set(stack)
    while stack:
        place = stack.pop()
        if place == target:
            return True
        below = int(choice[place])
        for child in graph.children[graph.first[below] : graph.last[below]].tolist():
            if child not in seen:
                seen.add(child)
                stack.append(child)
    return False
