"""All extractors on one e-graph."""

from collections.abc import Iterator
from typing import Any

from rewriters.egraph.costs import CostModel
from rewriters.egraph.extraction.dag import BUDGET, dag_choice
from rewriters.egraph.extraction.integer import MOST_NODES, integer_choice
from rewriters.egraph.extraction.prices import prices
from rewriters.egraph.extraction.prune import pruned
from rewriters.egraph.extraction.reuse import reused_choice
from rewriters.egraph.extraction.shared import shared_choice
from rewriters.egraph.extraction.tree import tree_choice
from rewriters.egraph.graph import Graph
from symnum.errors import UnknownNameError, suggest

EXTRACTORS = ("best", "tree", "dag", "ilp")
LARGE = 100_000
"""E-nodes beyond which "best" leaves out the greedy extractor, which is not compiled."""

ILP_S = 10.0
"""Seconds for integer programming."""


def check_extractor(name: str) -> None:
    """Raise `UnknownNameError` for an extractor that does not exist."""
    if name not in EXTRACTORS:
        raise UnknownNameError(
            f'there is no extractor "{name}".{suggest(str(name), EXTRACTORS)} Choose one of {", ".join(EXTRACTORS)}.'
        )


def choices(
    graph: Graph, model: CostModel, extractor: str, budget: int = BUDGET
) -> Iterator[tuple[str, Any]]:
    """Yield (extractor, choice) for the extractors that are asked for and possible."""
    own = prices(graph, model)
    tree, cost = tree_choice(graph, own)
    if extractor in ("best", "tree"):
        yield "tree", tree
    if extractor == "tree":
        return
    if extractor in ("best", "dag"):
        found = None
        if extractor == "dag" or graph.size <= LARGE:
            smaller, kept = pruned(graph, own, cost)
            found = dag_choice(smaller, own[kept], range(graph.classes), budget)
        if found is not None:
            found = _places_of(found, kept)
            yield "dag", found
        reused = reused_choice(graph, own, tree if found is None else found) if graph.size <= LARGE else None
        if reused is not None:
            yield "dag", reused
        elif found is None and extractor == "dag":
            yield "tree", tree
        shared = shared_choice(graph, own, tree)
        if shared is not None:
            yield "dag", shared
    if extractor == "ilp":
        wanted = reachable(graph)
        found = integer_choice(graph, own, wanted, ILP_S) if graph.size <= 20 * MOST_NODES else None
        yield ("tree", tree) if found is None else ("ilp", found)


def _places_of(choice: Any, kept: Any) -> Any:
    """Return the choice in terms of the whole e-graph."""
    import numpy as np

    return np.where(choice >= 0, kept[choice], -1)


def reachable(graph: Graph) -> list[int]:
    """Return the classes that can be below a root, roots first."""
    import numpy as np

    order = np.argsort(graph.node_class, kind="stable")
    starts = np.searchsorted(graph.node_class[order], np.arange(graph.classes + 1))
    order, starts = order.tolist(), starts.tolist()
    first, last, children = graph.first.tolist(), graph.last.tolist(), graph.children.tolist()
    seen = dict.fromkeys(graph.roots)
    stack = list(seen)
    while stack:
        place = stack.pop()
        for node in order[starts[place] : starts[place + 1]]:
            for child in children[first[node] : last[node]]:
                if child not in seen:
                    seen[child] = None
                    stack.append(child)
    return list(seen)
