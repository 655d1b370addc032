"""Draws a field while a simulation goes on."""

import sys
from pathlib import Path
from typing import Any

from symnum.errors import InputError
from symnum.integrators.status import Status
from symnum.simulators.fields.layout import Snapshot, label, name_of
from symnum.simulators.fields.plotting.film_writers import FILMS, film_writer
from symnum.simulators.fields.plotting.movie import FilmFrame
from symnum.simulators.fields.plotting.panels import make_panel, matplotlib_figure
from symnum.simulators.fields.trackers.base import Tracker

__all__ = ["PlotTracker", "plot"]

#: Options that say what is shown; the others go to matplotlib.
_SHAPE = ("at", "keep", "disc")


class PlotTracker(Tracker):
    """Draws a field again and again; see `plot`.

    Attributes
    ----------
    figure : Figure
        The picture, after the run that of its end.
    """

    def __init__(
        self, field: Any, path: Any, every: float | None, every_s: float | None, limits: Any, options: dict[str, Any]
    ) -> None:
        super().__init__(every, every_s)
        self.field = None if field is None else name_of(field)
        self.path = None if path is None else str(path)
        self._limits, self._options = limits, options
        self.figure: Any = None
        self._film: Any = None
        self._handle: Any = None
        self._number = 0
        self._is_film = self.path is not None and Path(self.path).suffix.lower() in FILMS and "{" not in self.path
        if limits is not None and len(limits) != 2:
            raise InputError(f"limits is {limits!r}; give the lowest and the highest value, such as (0, 1).")

    def begin(self, start: Snapshot, t_end: float) -> None:
        """Make the figure."""
        name = start.layout.check(self.field if self.field is not None else start.layout.names[0])
        self._name, self._number = name, 0
        panel = make_panel(start.layout, **{key: v for key, v in self._options.items() if key in _SHAPE})
        self.figure = matplotlib_figure(5.2, 4.2, shown=self.path is None and not _in_notebook())
        limits = None if self._limits is None else ("viridis", float(self._limits[0]), float(self._limits[1]))
        self._frame = FilmFrame(
            self.figure.subplots(), panel, label(name, start.layout.field(name).unit), "", "t", limits
        )
        self._drawing = {key: value for key, value in self._options.items() if key not in _SHAPE}
        if self._is_film:
            self._film = film_writer(self.path, self._drawing.pop("fps", 15.0))
            self._film.setup(self.figure, self.path, 100.0)

    def handle(self, fields: Snapshot) -> Status | None:
        """Draw."""
        self._frame.show(fields.t, fields[self._name], **self._drawing)
        if self._film is not None:
            self._film.grab_frame()
        elif self.path is not None:
            self.figure.savefig(self.path.format(self._number, number=self._number, t=fields.t))
        else:
            self._display()
        self._number += 1
        return None

    def finish(self, fields: Snapshot, status: Status) -> None:
        """Show the end, and close the film."""
        if self.every is None:
            self.handle(fields)
        if self._film is not None:
            self._film.finish()
            self._film = None

    def _display(self) -> None:
        """Show the figure where there is somebody to look at it."""
        if _in_notebook():
            from IPython.display import display

            if self._handle is None:
                self._handle = display(self.figure, display_id=True)  # type: ignore[no-untyped-call]
            else:
                self._handle.update(self.figure)
            return
        canvas = self.figure.canvas
        if getattr(canvas, "required_interactive_framework", None):
            canvas.manager.show()
            canvas.draw_idle()
            canvas.flush_events()


def _in_notebook() -> bool:
    interactive = sys.modules.get("IPython")
    shell = None if interactive is None else interactive.get_ipython()
    return shell is not None and hasattr(shell, "kernel")


def plot(
    field: Any = None,
    every: float | None = None,
    every_s: float | None = None,
    path: Any = None,
    limits: tuple[float, float] | None = None,
    **options: Any,
) -> PlotTracker:
    """Draw a field while a simulation goes on: in a window, in the output of a notebook's cell, or to files.

    Parameters
    ----------
    field : str or Symbol, optional
        By default the first.
    every, every_s : float, optional
        Simulated time, or seconds on the clock, between two pictures; by default 1 s on the clock.
    path : str or Path, optional
        A film, ``"out.gif"`` or ``"out.mp4"``, or pictures with a number or the time in their names:
        ``"u_{number:04d}.png"``, ``"u_{t:.1f}.png"``.
    limits : (float, float), optional
        Lowest and highest value shown; by default they follow the field.
    **options
        ``at=``, ``keep=``, ``disc=`` as for `FieldSolution.plot`, ``fps=`` of a film, and what `imshow` takes.

    Examples
    --------
    >>> import symnum as sn
    >>> model = sn.reaction_diffusion({"u": "laplacian(u)"}, grid=sn.Grid(x=(0, 1, 8)), initial={"u": "x"})
    >>> watch = sn.track.plot("u", every=0.5)
    >>> sol = sn.build_simulator(model).solve((0.0, 1.0), trackers=[watch])
    """
    if every is None and every_s is None:
        every_s = 1.0
    return PlotTracker(field, path, every, every_s, limits, options)
