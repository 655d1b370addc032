"""One field on one pair of axes: lines, images, slices; what all pictures of fields are made of."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import InputError, UnknownNameError, needs, suggest
from symnum.simulators.fields.layout import FieldLayout, label
from symnum.systems.stencils.grid import GridAxis

__all__ = ["Panel", "colours", "make_panel", "matplotlib_figure"]

Array = NDArray[np.float64]

#: Cells along an axis of an image from which some are left out.
_MOST_CELLS = 1500

#: Colours for values of one sign, and for values on both sides of zero.
_SEQUENTIAL, _DIVERGING = "viridis", "RdBu_r"


def matplotlib_figure(width: float, height: float, shown: bool = True) -> Any:
    """Return a new figure; one that is not shown has nothing to do with windows.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.
    """
    with needs('Pictures need matplotlib; install the extra "plot".'):
        import matplotlib.pyplot as plt
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    if shown:
        return plt.figure(figsize=(width, height), layout="constrained")
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def colours(low: float, high: float) -> tuple[str, float, float]:
    """Return a colour map and the limits of values that suit a range of values.

    Examples
    --------
    >>> colours(0.0, 2.0), colours(-1.0, 0.5)
    (('viridis', 0.0, 2.0), ('RdBu_r', -1.0, 1.0))
    """
    if low < 0.0 < high and min(-low, high) > 0.1 * max(-low, high):
        size = max(-low, high)
        return _DIVERGING, -size, size
    if high - low <= 1e-12 * max(abs(low), abs(high), 1e-300):
        margin = 0.05 * abs(low) or 1.0
        return _SEQUENTIAL, low - margin, high + margin
    return _SEQUENTIAL, low, high


@dataclass
class Panel:
    """What is drawn of a field: the axes that remain, where the others are cut, and how values are cut out.

    Attributes
    ----------
    axes : tuple of GridAxis
        One (a line) or two (an image).
    where : str
        At which coordinates of the others.
    is_disc : bool
        Whether a line along a radius is turned about the middle into an image.
    """

    axes: tuple[GridAxis, ...]
    where: str
    index: tuple[Any, ...]
    is_disc: bool = False

    def cut(self, values: Array) -> Array:
        """Return what is drawn of the values of a field, shape (..., *shape of the grid)."""
        return values[(..., *self.index)]

    @property
    def is_image(self) -> bool:
        """Whether colours show the values."""
        return self.is_disc or len(self.axes) == 2

    @property
    def height(self) -> float:
        """Height of an image of width 1."""
        if self.is_disc or not self.is_image or not _similar(*self.axes):
            return 1.0
        first, second = (float(axis.edges[-1] - axis.edges[0]) for axis in self.axes)
        return second / first

    def draw(self, ax: Any, values: Array, limits: tuple[str, float, float], **options: Any) -> Any:
        """Draw values, shape of the grid; return the line or the image."""
        shown = self.cut(values)
        if not self.is_image:
            return self._line(ax, shown, **options)
        colour_map, low, high = limits
        options = {"cmap": colour_map, "vmin": low, "vmax": high, **options}
        return self._disc(ax, shown, options) if self.is_disc else self._image(ax, shown, options)

    def update(self, artist: Any, values: Array) -> None:
        """Show other values in a line or an image that has been drawn."""
        shown = self.cut(values)
        if not self.is_image:
            artist.set_ydata(shown)
        elif self.is_disc:
            artist.set_array(np.tile(shown, (artist.symnum_turns, 1)).T)
        elif hasattr(artist, "set_data") and not hasattr(artist, "get_coordinates"):
            artist.set_data(_thinned(shown).T)
        else:
            artist.set_array(shown.T)

    def _line(self, ax: Any, shown: Array, **options: Any) -> Any:
        axis = self.axes[0]
        (line,) = ax.plot(axis.centres, shown, **{"linewidth": 1.6, **options})
        ax.set_xlabel(label(axis.name, axis.unit))
        ax.set_xlim(axis.edges[0], axis.edges[-1])
        ax.spines[["top", "right"]].set_visible(False)
        ax.grid(alpha=0.25)
        return line

    def _image(self, ax: Any, shown: Array, options: dict[str, Any]) -> Any:
        first, second = self.axes
        if first.uniform and second.uniform:
            extent = (first.edges[0], first.edges[-1], second.edges[0], second.edges[-1])
            image = ax.imshow(_thinned(shown).T, origin="lower", extent=extent, interpolation="nearest", **options)
        else:
            image = ax.pcolormesh(first.edges, second.edges, shown.T, **options)
        ax.set_aspect("equal" if _similar(first, second) else "auto")
        ax.set_xlabel(label(first.name, first.unit))
        ax.set_ylabel(label(second.name, second.unit))
        return image

    def _disc(self, ax: Any, shown: Array, options: dict[str, Any]) -> Any:
        turns = 180
        angles = np.linspace(0.0, 2.0 * np.pi, turns + 1)
        edges = self.axes[0].edges[:, None]
        image = ax.pcolormesh(edges * np.cos(angles), edges * np.sin(angles), np.tile(shown, (turns, 1)).T, **options)
        image.symnum_turns = turns
        ax.set_aspect("equal")
        ax.set_xlabel(label(f"{self.axes[0].name} cos φ", self.axes[0].unit))
        ax.set_ylabel(label(f"{self.axes[0].name} sin φ", self.axes[0].unit))
        return image


def _thinned(shown: Array) -> Array:
    """Return every second, third, ... cell along axes that have more of them than a picture can show."""
    return shown[tuple(slice(None, None, max(1, n // _MOST_CELLS)) for n in shown.shape)]


def _similar(first: GridAxis, second: GridAxis) -> bool:
    """Whether both axes are of one kind and neither much longer than the other, so that shapes can be true."""
    lengths = [float(axis.edges[-1] - axis.edges[0]) for axis in (first, second)]
    return first.unit == second.unit and max(lengths) <= 5.0 * min(lengths)


def make_panel(layout: FieldLayout, at: Any = None, keep: Any = None, most: int = 2, disc: bool = False) -> Panel:
    """Return what is to be drawn of fields.

    Parameters
    ----------
    layout : FieldLayout
    at : mapping of str to float, optional
        Coordinates at which other axes are cut; by default the middle.
    keep : str or sequence of str, optional
        Names of the axes that remain; by default the first ones that are not cut.
    most : int
        Most axes that can remain.
    disc : bool
        Turn a line along a radius into an image.

    Raises
    ------
    UnknownNameError, InputError
        For an axis that does not exist, or a choice that makes no sense.
    """
    names = [axis.name for axis in layout.axes]
    cuts = {str(getattr(k, "name", k)): v for k, v in dict(at or {}).items()}
    wanted = [] if keep is None else [keep] if isinstance(keep, str) or hasattr(keep, "name") else keep
    kept = [str(getattr(k, "name", k)) for k in wanted]
    for name in (*cuts, *kept):
        if name not in names:
            raise UnknownNameError(f'There is no axis "{name}"; there are {", ".join(names)}.{suggest(name, names)}')
    if set(cuts) & set(kept):
        raise InputError(f'"{kept[0]}" cannot be cut and shown at once.')
    if not kept:
        kept = [name for name in names if name not in cuts][:most]
    if not 1 <= len(kept) <= most:
        raise InputError(f"{len(kept)} axes are left to show; leave {'one' if most == 1 else 'one or two'}.")
    index: list[Any] = []
    where = []
    for axis in layout.axes:
        if axis.name in kept:
            index.append(slice(None))
            continue
        low, high = float(axis.edges[0]), float(axis.edges[-1])
        cut = float(cuts.get(axis.name, 0.5 * (low + high)))
        if not low <= cut <= high:
            raise InputError(f"{axis.name} = {cut:g} lies outside of the grid, {low:g} to {high:g}.")
        place = int(np.argmin(np.abs(axis.centres - cut)))
        index.append(place)
        where.append(f"{axis.name} = {axis.centres[place]:.4g}{' ' + axis.unit if axis.unit else ''}")
    axes = tuple(axis for axis in layout.axes if axis.name in kept)
    if disc and (len(axes) != 1 or layout.geometry.kind == "cartesian"):
        raise InputError("disc=True is for fields along a radius (polar, cylindrical or spherical grids).")
    return Panel(axes, ", ".join(where), tuple(index), disc)
