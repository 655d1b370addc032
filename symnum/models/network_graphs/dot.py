"""Graphs as text in Graphviz's DOT language."""

from symnum.models.network_graphs.graph import NetworkGraph

__all__ = ["to_dot"]

_SHAPES = {
    "species": "shape=box, style=rounded",
    "complex": "shape=box, style=rounded",
    "reaction": "shape=circle, style=filled, fillcolor=gray90, fontsize=9, margin=0.02",
}
_STYLES = {"regulates": ["style=dashed", "arrowhead=odot"]}


def to_dot(graph: NetworkGraph) -> str:
    """Write a graph in the DOT language, which ``dot -Tsvg`` draws.

    Examples
    --------
    >>> import symnum as sn
    >>> print(sn.reaction_network("k, A --> B").complex_graph().to_dot())
    digraph {
      rankdir=LR; label="complexes of network"; labelloc=t;
      n0 [label="A", shape=box, style=rounded];
      n1 [label="B", shape=box, style=rounded];
      n0 -> n1 [label="k"];
    }
    """
    lines = ["digraph {", f"  rankdir=LR; label={_quoted(graph.heading)}; labelloc=t;"]
    for k, node in enumerate(graph.nodes):
        lines.append(f"  n{k} [label={_quoted(node.label)}, {_SHAPES[node.kind]}];")
    for edge in graph.edges:
        style = [f"label={_quoted(edge.label)}"] if edge.label else []
        style += _STYLES.get(edge.kind, [])
        if edge.both_ways and edge.kind != "regulates":
            style.append("dir=both")
        lines.append(f"  n{edge.source} -> n{edge.target}" + (f" [{', '.join(style)}];" if style else ";"))
    return "\n".join([*lines, "}"])


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'
