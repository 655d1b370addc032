"""Events per second by network and tool, one panel for each network."""

from pathlib import Path
from typing import Any

COLOURS = {"symnum auto": "#1b4f8a", "GillesPy2": "#b5482a", "libroadrunner": "#c98b1e"}
OTHER = "#9db8d6"


def panels(figures: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Million events per second by network and tool."""
    found: dict[str, dict[str, float]] = {}
    for figure in figures:
        if figure["unit"] == "M events/s":
            found.setdefault(figure["stage"], {})[figure["tool"]] = figure["value"]
    return found


def plot(figures: list[dict[str, Any]], path: Path) -> None:
    """Draw bars to `path`, if there is anything to draw."""
    found = panels(figures)
    if not found:
        return
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    columns = min(4, len(found))
    rows = -(-len(found) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(4.4 * columns, 3.1 * rows), squeeze=False)
    for axis, (network, rates) in zip(axes.ravel(), found.items(), strict=False):
        names = sorted(rates, key=lambda name: rates[name])
        colours = [next((c for n, c in COLOURS.items() if name.startswith(n)), OTHER) for name in names]
        bars = axis.barh([n.removeprefix("symnum ") for n in names], [rates[n] for n in names], color=colours)
        axis.bar_label(bars, fmt="%.3g", fontsize=7, padding=2)
        axis.margins(x=0.14)
        axis.set_title(network, fontsize=10)
        axis.set_xlabel("million events per second", fontsize=8)
        axis.tick_params(labelsize=7)
        axis.spines[["top", "right"]].set_visible(False)
    for axis in axes.ravel()[len(found) :]:
        axis.axis("off")
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    plt.close(figure)
    print(f"written: {path}")
