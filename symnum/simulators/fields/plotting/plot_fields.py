"""Fields at one or several times."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from symnum.errors import InputError
from symnum.simulators.fields.layout import label, name_of
from symnum.simulators.fields.plotting.panels import Panel, colours, make_panel, matplotlib_figure

if TYPE_CHECKING:
    from symnum.simulators.fields.solution import FieldSolution

__all__ = ["plot_fields"]

#: Part of the time simulated by which a frame may be off the time asked for.
_ABOUT = 0.01

_MOST_FIELDS = 6
_MOST_LINES = 12


def plot_fields(
    solution: "FieldSolution",
    fields: Any = None,
    t: Any = None,
    *,
    at: Any = None,
    keep: Any = None,
    disc: bool = False,
    ax: Any = None,
    title: str | None = None,
    **options: Any,
) -> Any:
    """Draw fields at one or several times: lines, or images with a colour bar.

    Fields of one axis are lines, those of two images; of three axes a slice through the middle is shown, or where `at`
    says. Of several times along one axis each is a line; images stand side by side, fields one below the other, and
    the images of a field have their colours in common.

    Parameters
    ----------
    solution : FieldSolution
    fields : str, Symbol or sequence of these, optional
        By default all (the first six).
    t : float or sequence of float, optional
        Times; the frames closest to them are shown, or what lies between where every step is kept. By default the end.
    at : mapping of str to float, optional
        Where other axes are cut: ``at={"z": 0.5}``.
    keep : str or sequence of str, optional
        Axes to show: ``keep="xz"`` or ``keep=("x", "z")``.
    disc : bool
        Show a field along a radius as a disc.
    ax : Axes, optional
        Where to draw a single panel.
    title : str, optional
        By default the name of the model.
    **options
        Passed on to `Axes.plot`, `imshow` or `pcolormesh`: ``cmap="magma"``, ``vmin=0``.

    Returns
    -------
    Axes, or ndarray of Axes
        As from `matplotlib.pyplot.subplots`.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.
    """
    names = _fields(solution, fields)
    times, states = _frames(solution, t)
    panel = make_panel(solution.layout, at, _axes(keep, solution), disc=disc)
    draw = _images if panel.is_image else _lines
    panels = draw(solution, panel, names, times, states, ax, options)
    _head(solution, panel, np.ravel(panels)[0], times, title, ax)
    return panels


def _fields(solution: "FieldSolution", fields: Any) -> list[str]:
    if fields is None:
        return list(solution.layout.names[:_MOST_FIELDS])
    listed = [fields] if isinstance(fields, str) or hasattr(fields, "name") else list(fields)
    return [solution.layout.check(name_of(f)) for f in listed]


def _axes(keep: Any, solution: "FieldSolution") -> Any:
    names = [axis.name for axis in solution.layout.axes]
    if isinstance(keep, str) and keep not in names and all(letter in names for letter in keep):
        return list(keep)
    return keep


def _frames(solution: "FieldSolution", t: Any) -> tuple[list[float], list[Any]]:
    """Return times and states: those at the times asked for, or of kept frames those that are about there."""
    if t is None:
        last = solution.nearest()
        return [float(solution.t[last])], [solution._frame(last)]
    wanted = [float(x) for x in (t if isinstance(t, Sequence | np.ndarray) else [t])]
    if not wanted:
        raise InputError("t is empty; give a time or several.")
    if solution.has_continuous_form:
        return wanted, [solution(x) for x in wanted]
    places = list(dict.fromkeys(_kept(solution, x) for x in wanted))
    return [float(solution.t[k]) for k in places], [solution._frame(k) for k in places]


def _kept(solution: "FieldSolution", t: float) -> int:
    place = solution.nearest(t)
    away = abs(float(solution.t[place]) - t)
    span = abs(float(solution.t[-1]) - float(solution.t[0]))
    if not away <= max(_ABOUT * span, 1e-12 * abs(t)):
        raise InputError(
            f"no frame was kept at or near {solution.independent} = {t:g}; the closest is at {solution.t[place]:g}. "
            "Add the time to t_eval, or leave t_eval out."
        )
    return place


def _head(solution: "FieldSolution", panel: Panel, first: Any, times: list[float], title: str | None, ax: Any) -> None:
    heading = solution.title if title is None else title
    when = f"{solution.independent} = {times[0]:.4g}" if len(times) == 1 else ""
    rest = ", ".join(part for part in (when, panel.where) if part)
    heading = f"{heading}: {rest}" if heading and rest and title is None else heading or rest
    if not heading:
        return
    if ax is None and len(first.figure.axes) > 1:
        first.figure.suptitle(heading, x=0.02, ha="left")
    else:
        first.set_title(heading, loc="left")


def _images(
    solution: "FieldSolution", panel: Panel, names: list[str], times: list[float], states: list[Any], ax: Any,
    options: dict[str, Any],
) -> Any:  # fmt: skip
    rows, columns = len(names), len(times)
    if columns == 1 and rows > 1:
        rows, columns = 1, rows
    panels = _panels(ax, rows, columns, 3.4, 0.7 + 2.8 * panel.height)
    if ax is None:  # what keeps its shape is packed
        panels[0, 0].figure.set_layout_engine("compressed")
    for i, name in enumerate(names):
        values = [solution.layout.view(state, name) for state in states]
        shown = [panel.cut(v) for v in values]
        limits = colours(min(float(np.min(s)) for s in shown), max(float(np.max(s)) for s in shown))
        here = [panels[0, i]] if len(times) == 1 else list(panels[i])
        for k, axes in enumerate(here):
            image = panel.draw(axes, values[k], limits, **options)
            if len(times) > 1:
                axes.set_title(f"{solution.independent} = {times[k]:.4g}", loc="left", fontsize="medium")
        unit = solution.layout.field(name).unit
        here[0].figure.colorbar(image, ax=here, label=label(name, unit), shrink=0.85)
    return _squeezed(panels)


def _lines(
    solution: "FieldSolution", panel: Panel, names: list[str], times: list[float], states: list[Any], ax: Any,
    options: dict[str, Any],
) -> Any:  # fmt: skip
    together = len(times) == 1 and len({solution.layout.field(n).unit for n in names}) == 1
    panels = _panels(ax, 1, 1 if together else len(names), 5.6, 3.6)
    from matplotlib import colormaps

    for i, name in enumerate(names):
        axes = panels[0, 0 if together else i]
        unit = solution.layout.field(name).unit
        for k, state in enumerate(states):
            text = name if together else f"{solution.independent} = {times[k]:.4g}"
            own = {} if len(states) == 1 else {"color": colormaps["viridis"](0.92 * k / (len(states) - 1))}
            panel.draw(axes, solution.layout.view(state, name), ("", 0.0, 0.0), label=text, **{**own, **options})
        axes.set_ylabel(label("value" if together and len(names) > 1 else name, unit))
        if (together and len(names) > 1) or 1 < len(states) <= _MOST_LINES:
            beside = {"loc": "center left", "bbox_to_anchor": (1.0, 0.5)} if len(states) > 3 else {}
            axes.legend(frameon=False, fontsize="small", **beside)
    return _squeezed(panels)


def _panels(ax: Any, rows: int, columns: int, width: float, height: float) -> Any:
    if ax is not None:
        if rows * columns > 1:
            raise InputError(f"ax is one panel, and {rows * columns} are to be drawn; leave ax out, or draw less.")
        return np.array([[ax]], object)
    figure = matplotlib_figure(max(4.4, width * columns + 0.8), height * rows + 0.4)
    return figure.subplots(rows, columns, squeeze=False)


def _squeezed(panels: Any) -> Any:
    return panels.ravel()[0] if panels.size == 1 else panels.squeeze()
