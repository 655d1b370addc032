"""One quantity against another at one time, a point for each trajectory that was kept."""

from typing import TYPE_CHECKING, Any

import numpy as np

from symnum.errors import InputError
from symnum.simulators.plotting import axes
from symnum.simulators.stochastic.ensembles.plot_axes import finish, heading, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from symnum.simulators.stochastic.ensembles.ensemble import Ensemble

__all__ = ["plot_phase"]

_MOST_POINTS = 20_000


def plot_phase(
    ensemble: "Ensemble",
    first: Any,
    second: Any,
    t: float | None = None,
    *,
    trajectories: int = 0,
    ax: "Axes | None" = None,
    title: str | None = None,
    **points: Any,
) -> "Axes":
    """Draw a scatter plot of two quantities.

    Points that share a place (populations are whole numbers) are drawn once, larger and darker the more there are.

    Parameters
    ----------
    ensemble : Ensemble
    first, second : str or Symbol
        States or observables.
    t : float, optional
        One of the output times; the last one by default.
    trajectories : int
        Of so many trajectories the way to their points is drawn, too.
    ax : Axes, optional
        Where to draw; a new figure by default.
    title : str, optional
    **points
        Passed on to `Axes.scatter`.

    Returns
    -------
    Axes
        For further changes.

    Raises
    ------
    InputError
        If no trajectories were kept.
    MissingDependencyError
        If matplotlib is not installed.
    """
    if not len(ensemble.trajectories):
        raise InputError("No trajectories were kept; run ensemble(..., keep=1000) for a scatter plot.")
    drawn = axes(ax, (5.2, 4.6))
    i, j, k = ensemble._index(first), ensemble._index(second), ensemble.time_index(t)
    values = ensemble.trajectories.values
    pairs, number = np.unique(values[:_MOST_POINTS, k][:, [i, j]], axis=0, return_counts=True)
    for one in values[: max(int(trajectories), 0), : k + 1]:
        drawn.plot(one[:, i], one[:, j], color="0.55", linewidth=0.6, alpha=0.6, zorder=1)
    share = np.sqrt(number / number.max())
    style = {
        "s": 6.0 + 24.0 * share,
        "alpha": np.clip(0.25 + 0.6 * share, 0.0, 1.0),
        "linewidths": 0,
        **points,
    }
    drawn.scatter(pairs[:, 0], pairs[:, 1], zorder=2, **style)
    count = len(values[:_MOST_POINTS])
    more = f"{ensemble.independent} = {ensemble.t[k]:g}"
    if count < ensemble.n:
        more += f", {count:,} points"
    names = ensemble.names
    finish(drawn, heading(ensemble, title, more), short(names[i]), short(names[j]))
    drawn.grid(alpha=0.25)
    result: Axes = drawn
    return result
