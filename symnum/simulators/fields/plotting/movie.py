"""Films of fields."""

from typing import TYPE_CHECKING, Any

import numpy as np

from symnum.errors import InputError
from symnum.simulators.fields.layout import label
from symnum.simulators.fields.plotting.film import Film
from symnum.simulators.fields.plotting.film_writers import film_writer
from symnum.simulators.fields.plotting.panels import Panel, colours, make_panel, matplotlib_figure

if TYPE_CHECKING:
    from symnum.simulators.fields.solution import FieldSolution

__all__ = ["FilmFrame", "write_movie"]

_LONGEST = 200


def write_movie(
    solution: "FieldSolution",
    path: Any,
    field: Any = None,
    *,
    fps: float = 15.0,
    dpi: float = 100.0,
    frames: int | None = None,
    at: Any = None,
    keep: Any = None,
    disc: bool = False,
    title: str | None = None,
    **options: Any,
) -> Film:
    """Write a film of a field, its colours the same throughout.

    Parameters
    ----------
    solution : FieldSolution
    path : str or Path
        ``.gif`` (and ``.webp``, ``.apng``) are written by Pillow, ``.mp4`` (and ``.webm``, ``.mov``, ``.mkv``,
        ``.avi``) by ffmpeg, which the extra "fields" brings where the system has none.
    field : str or Symbol, optional
        By default the first.
    fps : float
        Pictures per second.
    dpi : float
        Pixels per inch; a picture is about 5 by 4 inches.
    frames : int, optional
        Number of pictures; by default one for each time kept, at most 200.
    at, keep, disc
        What is shown of fields of more than two axes, or along a radius; as for `plot_fields`.
    title : str, optional
        By default the name of the model.
    **options
        Passed on to `Axes.plot`, `imshow` or `pcolormesh`.

    Returns
    -------
    Film
        The path of the file; a notebook shows the film.

    Raises
    ------
    MissingDependencyError
        If matplotlib or, for what it writes, ffmpeg is missing.
    UnsupportedError
        For another kind of file, or if ffmpeg fails.
    InputError
        For a folder that is not there, or numbers of pictures that make no sense.
    """
    writer = film_writer(path, fps)
    name = solution.layout.check(field if field is not None else solution.layout.names[0])
    panel = make_panel(solution.layout, at, keep, disc=disc)
    pictures = _pictures(solution, frames)

    def values(t: float, number: int) -> Any:
        return solution.layout.view(solution(t) if number < 0 else solution._frame(number), name)

    ranges = [(float(v.min()), float(v.max())) for v in (panel.cut(values(*picture)) for picture in pictures)]
    limits = colours(min(low for low, _ in ranges), max(high for _, high in ranges))
    figure = matplotlib_figure(5.2, 4.2, shown=False)
    heading = solution.title if title is None else title
    frame = FilmFrame(
        figure.subplots(), panel, label(name, solution.layout.field(name).unit), heading, solution.independent, limits
    )
    with writer.saving(figure, str(path), dpi):
        for t, number in pictures:
            frame.show(t, values(t, number), **options)
            writer.grab_frame()
            figure.set_layout_engine("none")  # all pictures as the first one: nothing moves, and no time goes into it
    return Film(path)


def _pictures(solution: "FieldSolution", frames: int | None) -> list[tuple[float, int]]:
    """Return evenly spaced times, and for each the number of its frame, or -1 where there is a continuous form."""
    count = min(len(solution.t), _LONGEST) if frames is None else int(frames)
    if count < 1 or not len(solution.t):
        raise InputError("There is nothing to show: the solution holds no frame.")
    even = np.linspace(solution.t[0], solution.t[-1], count)
    if solution.has_continuous_form:
        return [(float(t), -1) for t in even]
    return [(float(solution.t[k]), k) for k in dict.fromkeys(solution.nearest(t) for t in even)]


class FilmFrame:
    """One field on one pair of axes, shown again and again.

    Parameters
    ----------
    ax : Axes
    panel : Panel
    name, heading, independent : str
    limits : (str, float, float)
        Colour map, lowest and highest value; those None follow the values.
    """

    def __init__(
        self, ax: Any, panel: Panel, name: str, heading: str, independent: str,
        limits: tuple[str, float, float] | None,
    ) -> None:  # fmt: skip
        self.ax, self.panel, self.name, self.heading = ax, panel, name, heading
        self.independent, self.limits = independent, limits
        self._artist: Any = None

    def show(self, t: float, values: Any, **options: Any) -> None:
        """Show the values of one time."""
        shown = self.panel.cut(values)
        limits = self.limits or colours(float(np.min(shown)), float(np.max(shown)))
        if self._artist is None:
            self._begin(values, limits, options)
        else:
            self.panel.update(self._artist, values)
        if self.limits is None:
            self._rescale(limits)
        self.ax.set_title(f"{self.heading}  {self.independent} = {t:.4g}".strip(), loc="left")

    def _begin(self, values: Any, limits: tuple[str, float, float], options: dict[str, Any]) -> None:
        self._artist = self.panel.draw(self.ax, values, limits, **options)
        if self.panel.is_image:
            self.ax.figure.colorbar(self._artist, ax=self.ax, label=self.name)
        else:
            self.ax.set_ylabel(self.name)
            self._rescale(limits)

    def _rescale(self, limits: tuple[str, float, float]) -> None:
        _, low, high = limits
        if self.panel.is_image:
            self._artist.set_clim(low, high)
        else:
            margin = 0.04 * (high - low)
            self.ax.set_ylim(low - margin, high + margin)
