"""Histograms of one quantity against time, as a map of colours."""

from typing import TYPE_CHECKING, Any

import numpy as np

from symnum.simulators.plotting import axes
from symnum.simulators.stochastic.ensembles.plot_axes import finish, heading, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from symnum.simulators.stochastic.ensembles.ensemble import Ensemble

__all__ = ["densities_over_time", "plot_histogram_over_time"]


def densities_over_time(ensemble: "Ensemble", name: Any, rows: int) -> tuple[Any, Any]:
    """Return densities, shape (n_bins, n_times), and the edges of their bins, the same at all times.

    Bins are those of the time where they are widest, made wider by powers of two until there are at most `rows`.
    """
    found = [ensemble.histogram(name, t) for t in ensemble.t]
    width = max(h.width for h in found)
    low = min((h.edges[0] for h in found if len(h.counts)), default=0.0)
    high = max((h.edges[-1] for h in found if len(h.counts)), default=1.0)
    while np.ceil(high / width) - np.floor(low / width) > max(rows, 2):
        width *= 2.0
    start = int(np.floor(low / width))
    count = max(int(np.ceil(high / width)) - start, 1)
    table = np.zeros((count, len(found)))
    for k, h in enumerate(found):
        places = np.floor(h.edges[:-1] / width).astype(np.int64) - start
        np.add.at(table[:, k], places, h.counts / (max(h.n, 1) * width))
    return table, (start + np.arange(count + 1)) * width


def plot_histogram_over_time(
    ensemble: "Ensemble",
    name: Any,
    *,
    rows: int = 120,
    ax: "Axes | None" = None,
    title: str | None = None,
    xlabel: str | None = None,
    scale: str = "sqrt",
    **mesh: Any,
) -> "Axes":
    """Draw the histograms of a quantity at all output times, side by side.

    Parameters
    ----------
    ensemble : Ensemble
    name : str or Symbol
        A state or observable.
    rows : int
        Most bins along the axis of values.
    ax : Axes, optional
        Where to draw; a new figure by default.
    title, xlabel : str, optional
    scale : {"sqrt", "linear", "log"}
        How density becomes colour; the root shows rare values without letting frequent ones run together.
    **mesh
        Passed on to `Axes.pcolormesh`.

    Returns
    -------
    Axes
        For further changes.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.
    """
    drawn = axes(ax)
    from matplotlib.colors import LogNorm, Normalize, PowerNorm

    table, edges = densities_over_time(ensemble, name, rows)
    shift = 0.5 if ensemble.whole[ensemble._index(name)] else 0.0
    top = float(np.quantile(table.max(axis=0), 0.9)) or 1.0  # the start, where all are equal, would be all there is
    if scale == "log":
        norm: Any = LogNorm(max(float(table[table > 0].min(initial=top)), 1e-12), top)
    else:
        norm = PowerNorm(0.5, 0.0, top) if scale == "sqrt" else Normalize(0.0, top)
    shown = np.ma.masked_equal(table, 0.0)
    sides = _sides(ensemble.t)
    options = {"norm": norm, "cmap": "viridis", "shading": "flat", "rasterized": True, **mesh}
    picture = drawn.pcolormesh(sides, edges - shift, shown, **options)
    drawn.plot(ensemble.t, ensemble.mean(name), color="white", linewidth=2.4, alpha=0.7)
    drawn.plot(ensemble.t, ensemble.mean(name), color="crimson", linewidth=1.2, label="mean")
    what = "probability" if edges[1] - edges[0] == 1.0 and shift else "density"
    drawn.figure.colorbar(picture, ax=drawn, label=what, extend="max" if table.max() > top else "neither")
    label = short(ensemble.names[ensemble._index(name)])
    finish(drawn, heading(ensemble, title), xlabel or ensemble.independent, label)
    drawn.set_xlim(float(ensemble.t[0]), float(ensemble.t[-1]) if len(ensemble.t) > 1 else sides[-1])
    drawn.legend(frameon=False, fontsize="small", loc="lower right", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.2)
    result: Axes = drawn
    return result


def _sides(t: Any) -> Any:
    """Return where the columns of the output times meet: half-way between them."""
    if len(t) == 1:
        return np.array([t[0] - 0.5, t[0] + 0.5])
    middle = 0.5 * (t[1:] + t[:-1])
    return np.concatenate([[t[0] - (middle[0] - t[0])], middle, [t[-1] + (t[-1] - middle[-1])]])
