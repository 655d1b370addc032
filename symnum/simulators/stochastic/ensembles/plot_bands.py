"""Means of an ensemble against time, with a band between two quantiles and some trajectories."""

from typing import TYPE_CHECKING, Any

from symnum.simulators.plotting import axes
from symnum.simulators.stochastic.ensembles.plot_axes import chosen_names, finish, heading, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from symnum.simulators.stochastic.ensembles.ensemble import Ensemble

__all__ = ["plot_bands"]


def plot_bands(
    ensemble: "Ensemble",
    names: Any = None,
    band: tuple[float, float] | None = (0.05, 0.95),
    trajectories: int = 5,
    *,
    ax: "Axes | None" = None,
    title: str | None = None,
    xlabel: str | None = None,
    ylabel: str = "value",
) -> "Axes":
    """Draw means, bands and trajectories against time.

    Parameters
    ----------
    ensemble : Ensemble
    names : sequence of str or Symbol, optional
        States and observables; by default the observables, else the six largest states.
    band : (float, float) or None
        Two quantiles between which the band lies.
    trajectories : int
        How many of those kept are drawn, thinly.
    ax : Axes, optional
        Where to draw; a new figure by default.
    title, xlabel, ylabel : str, optional
        Labels.

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
    chosen = chosen_names(ensemble, names)
    some = ensemble.trajectories.values[: max(int(trajectories), 0)]
    for name in chosen:
        i = ensemble._index(name)
        (line,) = drawn.plot(ensemble.t, ensemble.mean(name), label=short(name), linewidth=2.0, zorder=3)
        colour = line.get_color()
        if band is not None and ensemble.n:
            low, high = ensemble.quantile(name, list(band))
            drawn.fill_between(ensemble.t, low, high, color=colour, alpha=0.2, linewidth=0, zorder=1)
        for one in some[:, :, i]:
            style = "steps-post" if ensemble.whole[i] else "default"  # populations jump
            drawn.plot(ensemble.t, one, color=colour, linewidth=0.6, alpha=0.5, zorder=2, drawstyle=style)
    more = "" if band is None else f"mean and quantiles {band[0]:g} to {band[1]:g}"
    finish(drawn, heading(ensemble, title, more), xlabel or ensemble.independent, ylabel)
    drawn.margins(x=0.01)
    drawn.grid(alpha=0.25)
    if chosen:
        drawn.legend(frameon=False, fontsize="small", loc="center left", bbox_to_anchor=(1.0, 0.5))
    result: Axes = drawn
    return result
