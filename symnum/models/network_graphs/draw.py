"""Pictures of graphs with matplotlib, which is imported when one is drawn."""

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symnum.display import elide
from symnum.errors import needs
from symnum.models.network_graphs.curves import arc, clipped, point_on
from symnum.models.network_graphs.graph import MOST_NODES, Edge, NetworkGraph, Node
from symnum.models.network_graphs.layout import layout, set_in_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_graph", "svg_of"]

_COLOURS = ("#dbe9f6", "#e3f2dc", "#fdebd3", "#ece4f3", "#fbe0e3", "#e0f1f0", "#f3ecd9", "#e6e6e6")
_LINE, _REGULATES, _TEXT = "#41535f", "#b0602f", "#1f2a30"
_FONT, _SMALL = 10.0, 8.0
_CHARACTER, _HEIGHT, _PADDING = 0.083, 0.30, 0.20
_LONGEST = 28
_MARGIN = 0.28
_WIDE = 11.0
_WIDTHS = (3.0, 4.0, 5.5, 7.0, 9.0, 11.0, 14.0, 18.0)


def draw_graph(
    graph: NetworkGraph,
    ax: "Axes | None" = None,
    *,
    most_nodes: int = MOST_NODES,
    seed: int = 0,
    figure: "Figure | None" = None,
) -> "Axes":
    """Draw a graph: boxes for species and complexes, dots for reactions, arrows with their labels.

    Parameters
    ----------
    graph : NetworkGraph
    ax : Axes, optional
        Where to draw; by default a new figure of the size that the graph needs.
    most_nodes : int
        Of a larger graph the best connected part is drawn, and the title says so.
    seed : int
        Another one gives another arrangement.
    figure : Figure, optional
        Where to make axes; its size is set. By default a new one that matplotlib shows.

    Returns
    -------
    Axes
        For further changes.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.
    """
    shown = graph.largest_part(most_nodes)
    labels, sizes, rooms, loose, parts = _arranged(shown, seed)
    places = set_in_rows(loose, rooms, parts, _row_width(loose, rooms, parts, ax))
    low, high = _bounds(places, rooms)
    if ax is None:
        missing = max(_narrowest(shown) - float((high - low)[0]), 0.0) * np.array([0.5, 0.0])
        low, high = low - missing, high + missing
        ax = _new_axes(high - low, figure)
    scale = _scale(ax, high - low)
    away = _free_directions(shown, places)
    for k, node in enumerate(shown.nodes):
        _draw_node(ax, node, labels[k], places[k], sizes[k], scale, away[k])
    pairs = {(e.source, e.target) for e in shown.edges}
    for edge in shown.edges:
        _draw_edge(ax, edge, places, sizes, (edge.target, edge.source) in pairs, scale)
    ax.set_xlim(low[0], high[0])
    ax.set_ylim(low[1], high[1])
    ax.set_aspect("equal")
    ax.set_axis_off()
    ax.set_title(shown.heading, loc="left", fontsize=11 * scale, color=_TEXT)
    return ax


def svg_of(graph: NetworkGraph) -> str | None:
    """Return the picture as SVG text, or None if matplotlib is not installed."""
    from io import StringIO

    try:
        from matplotlib.figure import Figure
    except ImportError:
        return None
    figure = Figure(layout="constrained")
    draw_graph(graph, figure=figure)
    out = StringIO()
    figure.savefig(out, format="svg")
    return out.getvalue()


def _new_axes(extent: NDArray[np.float64], figure: "Figure | None") -> "Axes":
    if figure is not None:
        figure.set_size_inches(*_figure_size(extent))
        return figure.add_subplot()
    with needs('Plots need matplotlib; install the extra "plot".'):
        import matplotlib.pyplot as plt
    return plt.subplots(figsize=_figure_size(extent), layout="constrained")[1]


def _figure_size(extent: NDArray[np.float64]) -> tuple[float, float]:
    """Return the size of the figure in inches: one for one, as long as that is not larger than a screen."""
    shrink = min(1.0, 18.0 / float(extent[0]), 14.0 / float(extent[1]))
    return float(extent[0]) * shrink, max(float(extent[1]) * shrink, 0.8) + 0.35


def _scale(ax: "Axes", extent: NDArray[np.float64]) -> float:
    """Return by how much text is smaller, where the picture has less room than it needs."""
    return float(min(1.0, max(_room(ax, extent) * 1.08, 0.3)))


def _room(ax: "Axes", extent: NDArray[np.float64]) -> float:
    """Return how large one unit of a picture of some extent is in given axes, in inches."""
    box = ax.get_position()
    figure = ax.get_figure(root=True)
    width, height = (6.4, 4.8) if figure is None else figure.get_size_inches()
    return float(min(box.width * width / float(extent[0]), box.height * height / float(extent[1])))


@lru_cache(maxsize=8)
def _arranged(
    graph: NetworkGraph, seed: int
) -> tuple[list[str], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], list[NDArray[np.int64]]]:
    """Return labels, sizes, room and places of nodes, and the connected parts.

    They are kept, since a notebook shows a graph again and again. Room is the size with the label beside a dot.
    """
    labels = _labels(graph)
    sizes = _sizes(graph, labels)
    rooms = sizes.copy()
    for k, node in enumerate(graph.nodes):
        if node.kind == "reaction":
            rooms[k] = max(0.16, 0.062 * len(labels[k])), 0.40
    edges = [(e.source, e.target) for e in graph.edges]
    places, parts = layout(rooms, edges, _lengths(graph, sizes), seed)
    return labels, sizes, rooms, places, parts


def _sizes(graph: NetworkGraph, labels: list[str]) -> NDArray[np.float64]:
    """Return widths and heights of nodes in inches."""
    boxes = [
        (0.16, 0.16) if node.kind == "reaction" else (_CHARACTER * len(label) + _PADDING, _HEIGHT)
        for node, label in zip(graph.nodes, labels, strict=True)
    ]
    return np.array(boxes).reshape(-1, 2)


def _labels(graph: NetworkGraph) -> list[str]:
    """Return labels cut to a length that fits; those that are the same then get the number of their node."""
    short = [elide(node.label, _LONGEST) for node in graph.nodes]
    counts = Counter(short)
    return [
        label if counts[label] == 1 else f"{elide(node.label, _LONGEST - 6)} #{node.number}"
        for node, label in zip(graph.nodes, short, strict=True)
    ]


def _lengths(graph: NetworkGraph, sizes: NDArray[np.float64]) -> list[float]:
    """Return how far apart the ends of each arrow should be: room for its label beside the boxes."""
    bipartite = any(node.kind == "reaction" for node in graph.nodes)
    base = 0.62 if bipartite else 0.75
    return [base + 0.46 * float(sizes[e.source, 0] + sizes[e.target, 0]) + 0.06 * len(e.label) for e in graph.edges]


def _bounds(places: NDArray[np.float64], sizes: NDArray[np.float64]) -> tuple[Any, Any]:
    if not len(places):
        return np.array([-0.5, -0.5]), np.array([0.5, 0.5])
    return (places - sizes / 2.0).min(0) - _MARGIN, (places + sizes / 2.0).max(0) + _MARGIN


def _narrowest(graph: NetworkGraph) -> float:
    """Return the width in inches that the title needs."""
    return max(3.5, 0.092 * len(graph.heading) + 0.3)


def _row_width(loose: Any, rooms: NDArray[np.float64], parts: Any, ax: "Axes | None") -> float:
    """Return how wide rows of parts are: for given axes, so that the picture is as large as it can be there."""
    if ax is None or len(parts) < 2:
        return _WIDE
    extents = {w: np.subtract(*_bounds(set_in_rows(loose, rooms, parts, w), rooms)[::-1]) for w in _WIDTHS}
    return max(_WIDTHS, key=lambda w: _room(ax, extents[w]))


def _free_directions(graph: NetworkGraph, places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each node the one of eight directions that is farthest from its arrows; up if it does not matter."""
    lines: list[list[float]] = [[] for _ in graph.nodes]
    for edge in graph.edges:
        dx, dy = places[edge.target] - places[edge.source]
        angle = float(np.arctan2(dy, dx))
        lines[edge.source].append(angle)
        lines[edge.target].append(angle + np.pi)
    choices = np.pi / 4.0 * np.array([2, 6, 1, 3, 5, 7, 0, 4])
    out = np.empty((len(graph.nodes), 2))
    for k, angles in enumerate(lines):
        gaps = np.abs((choices[:, None] - np.array(angles)[None, :] + np.pi) % (2.0 * np.pi) - np.pi)
        room = np.minimum(gaps.min(axis=1), 1.2) if angles else np.zeros(len(choices))
        best = choices[int(np.argmax(np.round(room, 3)))]
        out[k] = np.cos(best), np.sin(best)
    return out


def _draw_node(
    ax: "Axes",
    node: Node,
    label: str,
    place: Iterable[float],
    size: Iterable[float],
    scale: float,
    away: NDArray[np.float64],
) -> None:
    from matplotlib.patches import Circle, FancyBboxPatch

    (x, y), (width, height) = place, size
    if node.kind == "reaction":
        patch: Any = Circle((x, y), width / 2.0, facecolor="white", edgecolor=_LINE, linewidth=1.2, zorder=3)
        across, up = np.round(away)
        ax.annotate(
            label, (x, y), tuple(7.5 * scale * away), textcoords="offset points",
            ha={-1: "right", 0: "center", 1: "left"}[int(across)], va={-1: "top", 0: "center", 1: "bottom"}[int(up)],
            fontsize=_SMALL * scale, color=_LINE, zorder=5,
        )  # fmt: skip
    else:
        patch = FancyBboxPatch(
            (x - width / 2.0, y - height / 2.0), width, height, boxstyle="round,pad=0,rounding_size=0.09",
            facecolor=_COLOURS[node.group % len(_COLOURS)], edgecolor=_LINE, linewidth=0.9, zorder=3,
        )  # fmt: skip
        ax.text(x, y, label, ha="center", va="center", fontsize=_FONT * scale, color=_TEXT, zorder=4)
    ax.add_patch(patch)


_BACKGROUND = {"boxstyle": "round,pad=0.08", "facecolor": "white", "edgecolor": "none", "alpha": 0.85}


def _draw_edge(
    ax: "Axes", edge: Edge, places: NDArray[np.float64], sizes: NDArray[np.float64], has_reverse: bool, scale: float
) -> None:
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    start, end = places[edge.source], places[edge.target]
    # A given rise, so that the ways there and back stay close to one another on long distances too.
    bend = min(0.16, 0.3 / max(float(np.hypot(*(end - start))), 1e-9)) if has_reverse else 0.0
    curve = arc(start, end, bend)
    visible = clipped(curve, sizes[edge.source], sizes[edge.target], 0.02)
    if visible is None:
        return
    regulates = edge.kind == "regulates"
    arrow = FancyArrowPatch(
        path=Path(visible, [Path.MOVETO, Path.CURVE3, Path.CURVE3]), arrowstyle=_heads(edge),
        mutation_scale=11.0 * scale, color=_REGULATES if regulates else _LINE, linewidth=1.1,
        linestyle=(0, (4, 2.5)) if regulates else "-", zorder=2,
    )  # fmt: skip
    ax.add_patch(arrow)
    if edge.label:
        middle = point_on(visible, 0.36 if has_reverse else 0.5)  # so the labels of the two ways do not meet
        ax.text(
            middle[0], middle[1], elide(edge.label, 18), fontsize=_SMALL * scale, color=_LINE, ha="center",
            va="center", zorder=5, bbox=_BACKGROUND,
        )  # fmt: skip


def _heads(edge: Edge) -> Any:
    """Return matplotlib's word for the heads: a reversible reaction points to its species only."""
    if edge.kind == "regulates":
        return "-"
    if edge.both_ways:
        return "<|-" if edge.kind == "consumed" else "-|>"
    return "-|>"
