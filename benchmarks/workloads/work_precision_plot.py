"""Work-precision diagrams: CPU time against error, one panel for each problem."""

from pathlib import Path
from typing import Any

OURS = "symnum "
# Peers in greys and dashes, our methods in colours.
PEERS = {"SciPy": ":", "CVODE": "--", "numbalsoda": "-.", "diffrax": (0, (1, 3))}


def panels(figures: list[dict[str, Any]]) -> dict[str, dict[str, list[tuple[float, float]]]]:
    """Points (error, milliseconds) by problem and tool."""
    panels: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for figure in figures:
        name, comma, _ = figure["stage"].partition(", ")
        if comma and "through" not in name:
            point = max(figure["error"], 1e-16), figure["value"]
            panels.setdefault(name, {}).setdefault(figure["tool"], []).append(point)
    return panels


def fastest(tools: dict[str, list[tuple[float, float]]]) -> set[str]:
    """Return those of our methods that are the fastest ones to some error."""
    found = set()
    for exponent in range(2, 12):
        best = {
            tool: min((ms for error, ms in points if error <= 10.0**-exponent), default=None)
            for tool, points in tools.items()
            if tool.startswith(OURS) and tool != "symnum auto"
        }
        reached = {tool: ms for tool, ms in best.items() if ms is not None}
        if reached:
            found.add(min(reached, key=lambda tool: reached[tool]))
    return found


def plot(figures: list[dict[str, Any]], folder: Path) -> None:
    """Draw ``work_precision_stiff.png`` and ``work_precision_nonstiff.png``."""
    found = panels(figures)
    stiff = {n: t for n, t in found.items() if any("Radau" in tool for tool in t)}
    others = {n: t for n, t in found.items() if n not in stiff}
    for name, chosen in (("stiff", stiff), ("nonstiff", others)):
        if chosen:
            _draw(chosen, folder / f"work_precision_{name}.png")


def _draw(panels: dict[str, dict[str, list[tuple[float, float]]]], path: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    columns = 3
    rows = -(-len(panels) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(15, 4.6 * rows), squeeze=False)
    ours = sorted(set().union(*(fastest(tools) for tools in panels.values())))
    colours = {tool: mpl.colormaps["tab10"](i % 10) for i, tool in enumerate(ours)}
    for axis, (problem, tools) in zip(axes.ravel(), panels.items(), strict=False):
        for tool, points in tools.items():
            errors, times = zip(*points, strict=True)
            peer = next((p for p in PEERS if tool.startswith(p)), None)
            if peer is not None:
                axis.loglog(errors, times, linestyle=PEERS[peer], color="0.35", lw=1.1)
                axis.annotate(tool, (errors[-1], times[-1]), fontsize=6.5, color="0.35", xytext=(3, 0),
                              textcoords="offset points")  # fmt: skip
            elif tool in colours:
                axis.loglog(errors, times, "-o", color=colours[tool], ms=3.5, lw=1.6)
            elif tool == "symnum auto":
                axis.loglog(errors, times, "kx", ms=6, mew=1.4)
            else:
                axis.loglog(errors, times, "-", color="0.8", lw=0.8, zorder=0)
        axis.invert_xaxis()
        axis.set(title=problem, xlabel="error at the end", ylabel="CPU time (ms)")
        axis.grid(alpha=0.25)
    for axis in axes.ravel()[len(panels) :]:
        axis.axis("off")
    line = mpl.lines.Line2D
    handles = [line([], [], color=c, marker="o", ms=4, label=t) for t, c in colours.items()]
    handles.append(line([], [], color="k", marker="x", ls="", label='symnum, method="auto"'))
    handles.append(line([], [], color="0.8", label="other methods of symnum"))
    handles += [line([], [], color="0.35", linestyle=style, label=peer) for peer, style in PEERS.items()]
    figure.legend(handles=handles, ncol=6, loc="lower center", frameon=False)
    figure.tight_layout(rect=(0, 0.9 / (4.6 * rows), 1, 1))
    figure.savefig(path, dpi=90)
    plt.close(figure)
    print(f"written: {path}")
