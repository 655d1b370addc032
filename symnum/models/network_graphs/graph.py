"""A graph of nodes and arrows with labels, as plain data, and the ways to show it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from symnum.display import elide
from symnum.errors import UnknownNameError, suggest

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["MOST_NODES", "Edge", "NetworkGraph", "Node"]

MOST_NODES = 60
"""Nodes that a picture shows unless it is asked for more."""

_SHOWN = 20


@dataclass(frozen=True)
class Node:
    """A node of a graph.

    Parameters
    ----------
    label : str
        What it is called.
    kind : {"species", "reaction", "complex"}
    group : int
        Nodes of one group are drawn in one colour: the linkage class of a complex.
    number : int
        Place among its kind in the network, counted from one; pictures show it where short labels are the same.
    """

    label: str
    kind: Literal["species", "reaction", "complex"]
    group: int = 0
    number: int = 0


@dataclass(frozen=True)
class Edge:
    """An arrow of a graph.

    Parameters
    ----------
    source, target : int
        Places of the nodes in `NetworkGraph.nodes`.
    label : str
        A rate, or a stoichiometric coefficient other than one.
    kind : {"consumed", "produced", "regulates", "reaction"}
        In a species-reaction graph, "regulates" is a species on which the rate depends and that is not used up.
    both_ways : bool
        Whether the arrow stands for a reversible reaction too.
    """

    source: int
    target: int
    label: str = ""
    kind: Literal["consumed", "produced", "regulates", "reaction"] = "reaction"
    both_ways: bool = False


@dataclass(frozen=True)
class NetworkGraph:
    """A graph made from a network; see `ReactionNetwork.complex_graph` and `ReactionNetwork.species_reaction_graph`.

    Parameters
    ----------
    nodes : tuple of Node
    edges : tuple of Edge
    title : str
        Shown above pictures.
    left_out : int
        How many nodes of the whole graph are not here.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    title: str = ""
    left_out: int = 0

    @property
    def adjacency(self) -> dict[str, list[str]]:
        """The labels that arrows lead to, by label; arrows of reversible reactions count both ways."""
        out: dict[str, list[str]] = {node.label: [] for node in self.nodes}
        for edge in self.edges:
            source, target = self.nodes[edge.source].label, self.nodes[edge.target].label
            out[source].append(target)
            if edge.both_ways:
                out[target].append(source)
        return out

    @property
    def matrix(self) -> Any:
        """Number of arrows from each node to each other one: scipy.sparse CSR array, shape (n_nodes, n_nodes)."""
        from scipy.sparse import csr_array

        pairs = [(e.source, e.target) for e in self.edges]
        pairs += [(e.target, e.source) for e in self.edges if e.both_ways]
        rows, columns = [i for i, _ in pairs], [j for _, j in pairs]
        return csr_array(([1] * len(pairs), (rows, columns)), shape=(len(self.nodes), len(self.nodes)), dtype="int64")

    def around(self, names: Any, steps: int = 2) -> "NetworkGraph":
        """Return the part of the graph within so many arrows of some nodes, in either direction.

        Parameters
        ----------
        names : str, Symbol, or iterable of them
            Labels of nodes.
        steps : int
            In a species-reaction graph, two lead from a species to those it reacts with.

        Raises
        ------
        UnknownNameError
            For a label that no node has.
        """
        wanted = [names] if isinstance(names, str) or not isinstance(names, Iterable) else list(names)
        place = {node.label: k for k, node in enumerate(self.nodes)}
        reached = set()
        for name in (str(getattr(w, "name", w)) for w in wanted):
            if name not in place:
                raise UnknownNameError(f'The graph has no node "{name}".{suggest(name, list(place))}')
            reached.add(place[name])
        for _ in range(steps):
            ends = [(e.source, e.target) for e in self.edges if e.source in reached or e.target in reached]
            reached |= {k for pair in ends for k in pair}
        return self._only(reached)

    def largest_part(self, most: int = MOST_NODES) -> "NetworkGraph":
        """Return the graph of the nodes with the most arrows, or the graph itself if it is small enough."""
        if len(self.nodes) <= most:
            return self
        counts: Counter[int] = Counter()
        neighbours: dict[int, set[int]] = {}
        for edge in self.edges:
            counts.update((edge.source, edge.target))
            neighbours.setdefault(edge.source, set()).add(edge.target)
            neighbours.setdefault(edge.target, set()).add(edge.source)
        # Grow from the busiest node, so that what is shown hangs together.
        chosen: set[int] = set()
        border: set[int] = set()
        while len(chosen) < most:
            pool = border or set(range(len(self.nodes))) - chosen
            best = max(pool, key=lambda k: (counts[k], -k))
            chosen.add(best)
            border = (border | neighbours.get(best, set())) - chosen
        return self._only(chosen)

    def _only(self, kept: set[int]) -> "NetworkGraph":
        place = {k: number for number, k in enumerate(sorted(kept))}
        edges = tuple(
            replace(e, source=place[e.source], target=place[e.target])
            for e in self.edges
            if e.source in place and e.target in place
        )
        nodes = tuple(self.nodes[k] for k in sorted(kept))
        return NetworkGraph(nodes, edges, self.title, self.left_out + len(self.nodes) - len(nodes))

    @property
    def heading(self) -> str:
        """The title, and how many nodes are left out."""
        if not self.left_out:
            return self.title
        return f"{self.title} ({len(self.nodes):,} of {len(self.nodes) + self.left_out:,} nodes)".strip()

    # Showing ------------------------------------------------------------------------------------------

    def plot(self, ax: "Axes | None" = None, *, most_nodes: int = MOST_NODES, seed: int = 0) -> "Axes":
        """Draw the graph with matplotlib; see `symnum.models.network_graphs.draw.draw_graph`."""
        from symnum.models.network_graphs.draw import draw_graph

        return draw_graph(self, ax, most_nodes=most_nodes, seed=seed)

    def to_dot(self) -> str:
        """Write the graph in Graphviz's DOT language, all of it."""
        from symnum.models.network_graphs.dot import to_dot

        return to_dot(self)

    def to_mermaid(self) -> str:
        """Write the graph as a Mermaid flowchart, all of it: what Markdown in notebooks and on code sites draws."""
        from symnum.models.network_graphs.mermaid import to_mermaid

        return to_mermaid(self)

    def _repr_svg_(self) -> str | None:
        from symnum.models.network_graphs.draw import svg_of

        return svg_of(self)

    def __repr__(self) -> str:
        lines = [f"<{self.title or 'graph'}: {len(self.nodes):,} nodes, {len(self.edges):,} arrows>"]
        for edge in self.edges[:_SHOWN]:
            arrow = "<-->" if edge.both_ways else "-->"
            source, target = self.nodes[edge.source].label, self.nodes[edge.target].label
            lines.append("  " + elide(f"{source} {arrow} {target}" + (f"  [{edge.label}]" if edge.label else ""), 120))
        if len(self.edges) > _SHOWN:
            lines.append(f"  … and {len(self.edges) - _SHOWN:,} more")
        return "\n".join(lines)
