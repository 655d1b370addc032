"""How often each value of one quantity came up at one time."""

from typing import TYPE_CHECKING, Any

from symnum.simulators.plotting import axes
from symnum.simulators.stochastic.ensembles.plot_axes import finish, heading, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from symnum.simulators.stochastic.ensembles.ensemble import Ensemble

__all__ = ["plot_histogram"]


def plot_histogram(
    ensemble: "Ensemble",
    name: Any,
    t: float | None = None,
    *,
    bins: int = 80,
    ax: "Axes | None" = None,
    title: str | None = None,
    **bars: Any,
) -> "Axes":
    """Draw a histogram of a quantity at a time.

    Parameters
    ----------
    ensemble : Ensemble
    name : str or Symbol
        A state or observable.
    t : float, optional
        One of the output times; the last one by default.
    bins : int
        Most bars; neighbours are drawn together until they are so few.
    ax : Axes, optional
        Where to draw; a new figure by default.
    title : str, optional
    **bars
        Passed on to `Axes.bar`.

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
    found = ensemble.histogram(name, t)
    shown = found.coarser(bins)
    # A bar of whole numbers 12 to 15 is drawn from 11.5 to 15.5: in the middle of what it counts.
    shift = 0.5 if ensemble.whole[ensemble._index(name)] else 0.0
    style = {"width": shown.width, "alpha": 0.75, "linewidth": 0, **bars}
    drawn.bar(shown.edges[:-1] - shift, shown.density, align="edge", **style)
    drawn.axvline(ensemble.mean(name)[ensemble.time_index(t)], color="0.2", linewidth=1.2, linestyle="--", label="mean")
    what = "probability" if shown.width == 1.0 and shift else "density"
    finish(drawn, heading(ensemble, title, f"{ensemble.independent} = {found.t:g}"), short(found.name), what)
    drawn.set_ylim(bottom=0)
    drawn.legend(frameon=False, fontsize="small")
    result: Axes = drawn
    return result
