"""Time against size, one panel for each workload, one line for each tool."""

from pathlib import Path
from typing import Any

AXES = {
    "random tree": "leaves",
    "left fold": "summands",
    "expansion": "products of summands, 4^p",
    "determinant by LU": "rows",
    "BCR Jacobian": "equations",
    "substitution": "levels",
}
COLOURS = {
    "tree": "#b2182b",
    "tree, gathering rules": "#ef8a62",
    "canonical": "#2166ac",
    "arena": "#1b7837",
    "arena, in bulk": "#7fbf7b",
    "arena, from arrays": "#7fbf7b",
    "arena, made from reactions": "#00441b",
    "polynomial": "#762a83",
    "sympy adapter": "#bdbdbd",
    "symengine adapter": "#737373",
    "sympy": "#e6ab02",
    "symengine": "#000000",
}


def plot(figures: list[dict[str, Any]], path: Path) -> None:
    """Draw the stored figures; what is extrapolated has open markers."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 3, figsize=(15, 9.5))
    for axis, (workload, label) in zip(axes.ravel(), AXES.items(), strict=True):
        chosen = [f for f in figures if f["stage"].startswith(workload) and "to 5,456" not in f["stage"]]
        for tool, colour in COLOURS.items():
            points = sorted((f["size"], f["value"], bool(f.get("extrapolated"))) for f in chosen if f["tool"] == tool)
            if not points:
                continue
            dashed = "--" if tool in ("sympy", "symengine") else "-"
            axis.loglog(*zip(*[p[:2] for p in points], strict=True), dashed, color=colour, lw=1.6)
            for size, value, is_extrapolated in points:
                axis.plot(size, value, "o", color=colour, ms=6, mfc="white" if is_extrapolated else colour)
        sizes = sorted({f["size"] for f in chosen})
        axis.set_xticks(sizes, [f"{s:,}" for s in sizes])
        axis.xaxis.set_minor_locator(mpl.ticker.NullLocator())
        axis.set(title=workload, xlabel=label, ylabel="CPU time (ms)")
        axis.grid(alpha=0.25)
    lines = [mpl.lines.Line2D([], [], color=c, marker="o", label=t) for t, c in COLOURS.items()]
    lines.append(mpl.lines.Line2D([], [], color="k", marker="o", mfc="white", ls="", label="extrapolated"))
    figure.legend(handles=lines, ncol=5, loc="lower center", frameon=False)
    figure.tight_layout(rect=(0, 0.09, 1, 1))
    figure.savefig(path, dpi=100)
    plt.close(figure)
    print(f"written: {path}")
