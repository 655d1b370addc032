"""The reaction graph of a network: complexes, and an arrow for each reaction."""

from typing import TYPE_CHECKING

from symnum.display import elide
from symnum.models.network_graphs.graph import Edge, NetworkGraph, Node

if TYPE_CHECKING:
    from symnum.models.reaction_network.network import ReactionNetwork

__all__ = ["complex_graph"]

_WIDTH = 16


def complex_graph(network: "ReactionNetwork") -> NetworkGraph:
    """Return the graph of complexes: a node for each, and an arrow with its rate for each reaction.

    Reactions that change nothing are left out; several between the same complexes are one arrow.

    Examples
    --------
    >>> import symnum as sn
    >>> print(sn.reaction_network("(k1, k2), S + E <--> C;  k3, C --> E + P").complex_graph())
    <complexes of network: 3 nodes, 3 arrows>
      S + E --> C  [k1]
      C --> S + E  [k2]
      C --> E + P  [k3]
    """
    complexes = network.complexes()
    classes = network.linkage_classes().class_of()
    names = [s.name for s in network.species]
    nodes = tuple(
        Node(_label(complexes.side(k), names), "complex", group, k + 1) for k, group in enumerate(classes.tolist())
    )
    arrays = network.arrays
    rates = [elide(str(rate), _WIDTH) for rate in arrays.rates]
    labels: dict[tuple[int, int], list[str]] = {}
    ends = zip(complexes.sources.tolist(), complexes.targets.tolist(), arrays.rate_index.tolist(), strict=True)
    for source, target, rate in ends:
        if source != target:
            labels.setdefault((source, target), []).append(rates[rate])
    edges = tuple(Edge(i, j, elide(", ".join(dict.fromkeys(own)), _WIDTH)) for (i, j), own in labels.items())
    return NetworkGraph(nodes, edges, f"complexes of {network.name}")


def _label(side: dict[int, int], names: list[str]) -> str:
    return " + ".join(names[i] if n == 1 else f"{n} {names[i]}" for i, n in side.items()) or "∅"
