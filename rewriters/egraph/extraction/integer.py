"""Extraction by integer programming: the cheapest choice with sharing, for small e-graphs.

A variable for each e-node says whether it is chosen. A chosen root class has one chosen e-node, a chosen e-node has
its arguments' classes chosen, and levels that rise from arguments to operations keep the choice free of circles.
"""

from typing import Any

from rewriters.egraph.graph import Graph

MOST_NODES = 1_500
"""Larger e-graphs are not tried."""


def integer_choice(graph: Graph, prices: Any, wanted: list[int], timeout_s: float) -> Any:
    """Return the choice for each class as an array, or None where no solution was found in time."""
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import coo_matrix

    place = {c: i for i, c in enumerate(wanted)}
    nodes = [n for n, owner in enumerate(graph.node_class.tolist()) if owner in place]
    arguments = [dict.fromkeys(graph.children[graph.first[n] : graph.last[n]].tolist()) for n in nodes]
    owners = graph.node_class[nodes].tolist()
    keep = [i for i, (owner, below) in enumerate(zip(owners, arguments)) if owner not in below]
    nodes, arguments, owners = [nodes[i] for i in keep], [arguments[i] for i in keep], [owners[i] for i in keep]
    if len(nodes) > MOST_NODES:
        return None
    count, size = len(nodes), len(wanted)
    rows: list[tuple[int, int, float]] = []
    low: list[float] = []
    for i in range(size):  # one e-node in each chosen class
        rows.append((i, count + i, -1.0))
        low.append(0.0)
    high = [0.0] * size
    for i, owner in enumerate(owners):
        rows.append((place[owner], i, 1.0))
    for i, (owner, below) in enumerate(zip(owners, arguments)):
        for child in below:
            k = len(low)  # its arguments are chosen too, on a lower level
            rows += [(k, i, 1.0), (k, count + place[child], -1.0)]
            rows += [
                (k + 1, count + size + place[child], 1.0),
                (k + 1, count + size + place[owner], -1.0),
                (k + 1, i, float(size)),
            ]
            low += [-np.inf, -np.inf]
            high += [0.0, size - 1.0]
    where, column, value = zip(*rows)
    total = count + 2 * size
    matrix = coo_matrix((value, (where, column)), shape=(len(low), total)).tocsr()
    smallest = np.zeros(total)
    smallest[[count + place[root] for root in graph.roots]] = 1.0
    found = milp(
        np.r_[prices[nodes], np.zeros(2 * size)],
        constraints=LinearConstraint(matrix, low, high),
        integrality=np.r_[np.ones(count), np.zeros(2 * size)],
        bounds=Bounds(smallest, np.r_[np.ones(count + size), np.full(size, float(size))]),
        options={"time_limit": timeout_s, "mip_rel_gap": 1e-9},
    )
    if found.x is None:
        return None
    choice = np.full(graph.classes, -1, np.int64)
    for i in range(count):
        if found.x[i] > 0.5:
            choice[owners[i]] = nodes[i]
    return choice
