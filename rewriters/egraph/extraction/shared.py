"""Extraction that sees what several roots have in common: parts that are computed anyway cost nothing more."""

from typing import Any

from rewriters.egraph.extraction.tree import tree_choice
from rewriters.egraph.graph import Graph


def shared_choice(graph: Graph, prices: Any, tree: Any) -> Any:
    """Return a choice in which roots, and classes that several roots use, are free as arguments; or None.

    Parameters
    ----------
    graph : Graph
    prices : float array
    tree : int array
        The choice of the tree extractor, from which it is read what is used by several roots.

    Returns
    -------
    int array or None
        None where there is one root alone, or where the choice goes in a circle: two roots each made of the other.
    """
    import numpy as np

    roots = list(dict.fromkeys(graph.roots))
    if len(roots) < 2:
        return None
    free = np.zeros(graph.classes, bool)
    free[roots] = True
    for place, count in _users(graph, tree, roots).items():
        if count > 1:
            free[place] = True
    choice, _ = tree_choice(graph, prices, free)
    return None if _has_circle(graph, choice, roots) else choice


def _users(graph: Graph, choice: Any, roots: list[int]) -> dict[int, int]:
    """Count how many e-nodes that are chosen have each class as an argument."""
    first, last, children = graph.first.tolist(), graph.last.tolist(), graph.children.tolist()
    chosen = choice.tolist()
    counts: dict[int, int] = {}
    stack, seen = list(roots), set(roots)
    while stack:
        node = chosen[stack.pop()]
        for child in children[first[node] : last[node]]:
            counts[child] = counts.get(child, 0) + 1
            if child not in seen:
                seen.add(child)
                stack.append(child)
    return counts


def _has_circle(graph: Graph, choice: Any, roots: list[int]) -> bool:
    first, last, children = graph.first.tolist(), graph.last.tolist(), graph.children.tolist()
    chosen = choice.tolist()
    done: dict[int, bool] = {}
    stack = [(root, False) for root in roots]
    while stack:
        place, finished = stack.pop()
        if finished:
            done[place] = True
        elif place not in done:
            node = chosen[place]
            if node < 0:
                return True
            done[place] = False
            stack.append((place, True))
            for child in children[first[node] : last[node]]:
                if done.get(child) is False:
                    return True
                if child not in done:
                    stack.append((child, False))
    return False
