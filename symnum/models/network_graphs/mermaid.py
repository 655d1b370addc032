"""Graphs as Mermaid flowcharts, which Markdown cells of notebooks and many web pages draw."""

from symnum.models.network_graphs.graph import Edge, NetworkGraph, Node

__all__ = ["to_mermaid"]


def to_mermaid(graph: NetworkGraph) -> str:
    """Write a graph as a Mermaid flowchart, for a code block of Markdown that is marked ``mermaid``.

    Examples
    --------
    >>> import symnum as sn
    >>> print(sn.reaction_network("k, A --> B").complex_graph().to_mermaid())
    flowchart LR
      n0["A"]
      n1["B"]
      n0 -->|"k"| n1
    """
    lines = ["flowchart LR"]
    lines += [f"  n{k}{_shape(node)}" for k, node in enumerate(graph.nodes)]
    lines += [f"  n{e.source} {_arrow(e)} n{e.target}" for e in graph.edges]
    return "\n".join(lines)


def _shape(node: Node) -> str:
    text = _quoted(node.label)
    return f"(({text}))" if node.kind == "reaction" else f"[{text}]"


def _arrow(edge: Edge) -> str:
    arrow = "-.-o" if edge.kind == "regulates" else "<-->" if edge.both_ways else "-->"
    return f"{arrow}|{_quoted(edge.label)}|" if edge.label else arrow


def _quoted(text: str) -> str:
    """Escape what Mermaid or HTML would take for something else; entities are written with # in Mermaid."""
    entities = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "`": "#96;"}
    return '"' + "".join(entities.get(c, " " if c == "\n" else c) for c in text) + '"'
