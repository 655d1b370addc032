"""Means of fields or other numbers that sum them up, and observables, against time."""

from typing import TYPE_CHECKING, Any

from symnum.errors import UnknownNameError, suggest
from symnum.simulators.fields.layout import label, name_of
from symnum.simulators.fields.probing import STATISTICS
from symnum.simulators.plotting import axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from symnum.simulators.fields.solution import FieldSolution

__all__ = ["plot_integrals"]


def plot_integrals(
    solution: "FieldSolution", fields: Any = None, *, of: str = "mean", ax: Any = None, **line: Any
) -> "Axes":
    """Draw means of fields over the domain, and observables, against time.

    Parameters
    ----------
    solution : FieldSolution
    fields : str, Symbol or sequence of these, optional
        Fields (their means) and observables; by default all observables, or, without any, all fields.
    of : {"mean", "integral", "min", "max", "std"}
        What is drawn of fields.
    ax : Axes, optional
        Where to draw; a new figure by default.
    **line
        Passed on to `Axes.plot`.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.
    UnknownNameError
        For what is neither a field nor an observable, or another `of`.
    """
    if of not in STATISTICS:
        known = ", ".join(f'"{name}"' for name in STATISTICS)
        raise UnknownNameError(f'of="{of}": choose one of {known}.{suggest(str(of), tuple(STATISTICS))}')
    ax = axes(ax)
    if fields is None:
        fields = (solution.observable_names if of == "mean" else ()) or solution.layout.names
    listed = [fields] if isinstance(fields, str) or hasattr(fields, "name") else list(fields)
    names = [name_of(entry) for entry in listed]
    for name in names:
        is_observable = name in solution.observable_names
        values = solution[name] if is_observable else getattr(solution, of)(name)
        text = name if is_observable else f"{of} of {label(name, solution.layout.field(name).unit)}"
        ax.plot(solution.t, values, label=text, **{"linewidth": 1.6, **line})
    ax.set_xlabel(solution.independent)
    ax.set_ylabel(ax.get_legend_handles_labels()[1][0] if len(names) == 1 else "value")
    if len(names) > 1:
        ax.legend(frameon=False, fontsize="small")
    ax.set_title(solution.title, loc="left")
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(alpha=0.25)
    return ax  # type: ignore[no-any-return]
