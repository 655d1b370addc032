"""Plots of solutions. Matplotlib is imported when one is drawn."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from symnum.errors import needs

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from symnum.simulators.solution import Solution

__all__ = ["axes", "plot_solution"]

_MOST_LINES = 10
_SMOOTH_POINTS = 600


def axes(ax: "Axes | None", figsize: tuple[float, float] = (7.0, 4.3)) -> Any:
    """Return the axes to draw on: those given, or those of a new figure.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.
    """
    with needs('Plots need matplotlib; install the extra "plot".'):
        import matplotlib.pyplot as plt
    return plt.subplots(figsize=figsize, layout="constrained")[1] if ax is None else ax


def plot_solution(
    solution: "Solution",
    names: Sequence[Any] | None = None,
    *,
    ax: "Axes | None" = None,
    scale: Literal["auto", "linear", "log"] = "auto",
    xlabel: str | None = None,
    ylabel: str = "value",
    title: str | None = None,
    **line: Any,
) -> "Axes":
    """Draw states and observables against the independent variable.

    Parameters
    ----------
    solution : Solution
        What to draw.
    names : sequence of str or Symbol, optional
        States and observables; by default the observables, else the ten largest states.
    ax : Axes, optional
        Where to draw; a new figure by default.
    scale : {"auto", "linear", "log"}
        Time axis; "auto" takes a logarithmic one if the solver's steps span four decades.
    xlabel, ylabel, title : str, optional
        Labels.
    **line
        Passed on to `Axes.plot`.

    Returns
    -------
    Axes
        For further changes.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.
    """
    ax = axes(ax)
    chosen = _default_names(solution) if names is None else [getattr(n, "name", n) for n in _listed(names)]
    logarithmic = scale == "log" or (scale == "auto" and _spans_decades(solution.t))
    for name in chosen:
        t, values = _smooth(solution, name, logarithmic)
        ax.plot(t, values, label=name if len(name) <= 40 else name[:37] + "…", **{"linewidth": 1.6, **line})
    if logarithmic:
        ax.set_xscale("log")
    ax.set_xlabel(xlabel or solution.independent)
    ax.set_ylabel(ylabel)
    heading = _heading(solution, title or solution.title)
    if heading:
        ax.set_title(heading, loc="left")
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(alpha=0.25)
    if chosen:
        ax.legend(frameon=False, fontsize="small", loc="center left", bbox_to_anchor=(1.0, 0.5))
    return ax


def _heading(solution: "Solution", title: str) -> str:
    """Return the title; that of a run that did not reach its end says so."""
    if solution.success:
        return title
    ended = solution.status.name.lower().replace("_", " ")
    reached = solution.stats.get("t_reached", solution.t[-1] if len(solution.t) else float("nan"))
    return f"{title} ({ended} at {solution.independent} = {reached:g})".strip()


def _listed(names: Any) -> Sequence[Any]:
    return [names] if isinstance(names, str) or hasattr(names, "name") else names


def _default_names(solution: "Solution") -> list[str]:
    if solution.observable_names:
        return list(solution.observable_names[:_MOST_LINES])
    size = np.abs(solution.y).max(axis=1) if solution.y.size else np.zeros(len(solution.state_names))
    largest = sorted(np.argsort(-size, kind="stable")[:_MOST_LINES].tolist())
    return [solution.state_names[i] for i in largest]


def _spans_decades(t: Any) -> bool:
    positive = t[t > 0]
    return len(positive) > 20 and positive[-1] / positive[0] > 1e4 and float(np.median(positive)) < 0.05 * positive[-1]


def _smooth(solution: "Solution", name: str, logarithmic: bool) -> tuple[Any, Any]:
    """Few, long steps are drawn from the continuous solution, so that curves have no corners."""
    t = solution.t
    keep = t > 0 if logarithmic else slice(None)
    if len(t) < 3 or len(t) > _SMOOTH_POINTS or not solution.has_continuous_form or name not in solution.state_names:
        return t[keep], solution[name][keep]
    start = float(t[t > 0][0]) if logarithmic else float(t[0])
    grid = np.geomspace(start, t[-1], _SMOOTH_POINTS) if logarithmic else np.linspace(start, t[-1], _SMOOTH_POINTS)
    grid = np.clip(grid, start, t[-1])
    values = solution(grid)[solution.state_names.index(name)]
    jumps = np.flatnonzero((np.diff(t[keep]) == 0.0) & (np.diff(solution[name][keep]) != 0.0))
    if len(jumps) == 0:
        return grid, values
    both = np.sort(np.concatenate([jumps, jumps + 1]))  # before and after, in order
    times = np.concatenate([grid, t[keep][both]])
    order = np.argsort(times, kind="stable")
    return times[order], np.concatenate([values, solution[name][keep][both]])[order]
