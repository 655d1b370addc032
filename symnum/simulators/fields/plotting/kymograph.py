"""A field along one axis against time."""

from typing import TYPE_CHECKING, Any

import numpy as np

from symnum.errors import InputError
from symnum.simulators.fields.layout import label
from symnum.simulators.fields.plotting.panels import colours, make_panel, matplotlib_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from symnum.simulators.fields.solution import FieldSolution

__all__ = ["plot_kymograph"]

_MOST_TIMES = 1000


def plot_kymograph(
    solution: "FieldSolution",
    field: Any = None,
    *,
    along: Any = None,
    at: Any = None,
    ax: Any = None,
    transpose: bool = False,
    title: str | None = None,
    **options: Any,
) -> "Axes":
    """Draw a field along one axis (up) against time (to the right) as an image.

    Parameters
    ----------
    solution : FieldSolution
        With at least two times.
    field : str or Symbol, optional
        By default the first.
    along : str, optional
        The axis; by default the first.
    at : mapping of str to float, optional
        Where the other axes are cut; by default in the middle.
    ax : Axes, optional
        Where to draw; a new figure by default.
    transpose : bool
        Draw time upwards and the axis to the right.
    title : str, optional
        By default the name of the model.
    **options
        Passed on to `Axes.pcolormesh`.

    Returns
    -------
    Axes

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.
    InputError
        With less than two times.
    """
    name = solution.layout.check(field if field is not None else solution.layout.names[0])
    panel = make_panel(solution.layout, at, along, most=1)
    if len(solution.t) < 2:
        raise InputError("A kymograph needs at least two times; give t_eval more of them.")
    times = solution.t
    if len(times) > _MOST_TIMES and solution.has_continuous_form:
        times = np.linspace(times[0], times[-1], _MOST_TIMES)
        rows = [panel.cut(solution.layout.view(solution(t), name)) for t in times]
    else:
        rows = [panel.cut(solution.layout.view(solution._frame(k), name)) for k in range(len(times))]
    values = np.array(rows)
    colour_map, low, high = colours(float(values.min()), float(values.max()))
    if ax is None:
        ax = matplotlib_figure(6.4, 3.8).subplots()
    axis, unit = panel.axes[0], solution.layout.field(name).unit
    stamps = _edges(times)
    first, second, shown = (axis.edges, stamps, values) if transpose else (stamps, axis.edges, values.T)
    options = {"cmap": colour_map, "vmin": low, "vmax": high, "rasterized": True, **options}
    image = ax.pcolormesh(first, second, shown, **options)
    words = [solution.independent, label(axis.name, axis.unit)]
    ax.set_xlabel(words[transpose])
    ax.set_ylabel(words[not transpose])
    ax.figure.colorbar(image, ax=ax, label=label(name, unit))
    heading = ": ".join(part for part in (solution.title if title is None else title, panel.where) if part)
    if heading:
        ax.set_title(heading, loc="left")
    return ax  # type: ignore[no-any-return]


def _edges(times: Any) -> Any:
    """Return where the stripes of images of the times begin and end: half-way, and at the ends of the interval."""
    middle = 0.5 * (times[1:] + times[:-1])
    return np.concatenate([times[:1], middle, times[-1:]])
