"""`sn.Grid`: a box of cells with named axes, on which fields live."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import InputError, UnknownNameError, suggest
from symnum.models.reaction_diffusion.axes import GEOMETRIES, axis_names, check_axes, make_axis, named_axes
from symnum.systems.stencils.grid import Geometry, GridAxis
from symnum.terms.canonical import Symbol

__all__ = ["GEOMETRIES", "SIDES", "Grid"]

#: Other names of sides; those of every axis are its name with - or +.
SIDES: dict[str, str] = {
    "left": "x-", "right": "x+", "bottom": "y-", "top": "y+", "back": "z-", "front": "z+", "inner": "r-", "outer": "r+",
}  # fmt: skip


class Grid:
    """Cells along one, two or three axes; values of fields are those at the cells' centres.

    Parameters
    ----------
    geometry : {"cartesian", "polar", "cylindrical", "spherical"}
        What the axes mean. The others than "cartesian" have the axis `r` (and "cylindrical" may have `z`), and what
        lives on them depends on nothing else: integrals go once round.
    periodic : bool, str or sequence of str
        Axes whose ends meet; the fields' boundary conditions may say this as well.
    units : mapping of str to str, optional
        Units of the axes, for displays.
    *cells, **axes
        In the order of the dimensions of arrays: ``(low, high, cells)`` for equal cells, a number of cells for cells
        of width 1 from 0 on, or an array of increasing edges, one more than cells. Without names they are x, y, z (r,
        z).

    Raises
    ------
    InputError, ShapeError, UnknownNameError
        For axes that are none.

    Examples
    --------
    >>> import symnum as sn
    >>> grid = sn.Grid(x=(0, 2, 4), y=[0.0, 0.1, 0.3, 0.6])
    >>> grid.shape
    (4, 3)
    >>> grid.x.tolist()
    [0.25, 0.75, 1.25, 1.75]
    """

    def __init__(
        self,
        *cells: Any,
        geometry: str = "cartesian",
        periodic: Any = (),
        units: Mapping[str, str] | None = None,
        **axes: Any,
    ) -> None:
        if cells:
            axes = named_axes(cells, axes, geometry)
        self.__dict__["kind"] = geometry
        check_axes(geometry, tuple(axes))
        around = axis_names(periodic, tuple(axes), "periodic")
        named = axis_names(units or (), tuple(axes), "units")
        self.__dict__["axes"] = tuple(
            make_axis(name, spec, name in around, (units or {}).get(name, "") if name in named else "")
            for name, spec in axes.items()
        )
        self._check_radius()

    axes: tuple[GridAxis, ...]
    kind: str

    @property
    def axis_names(self) -> tuple[str, ...]:
        """Names of the axes."""
        return tuple(axis.name for axis in self.axes)

    @cached_property
    def coordinates(self) -> tuple[Any, ...]:
        """The symbols of the axes, which stand for the coordinates of cells in terms."""
        return tuple(Symbol(axis.name) for axis in self.axes)

    @property
    def shape(self) -> tuple[int, ...]:
        """Cells per axis."""
        return tuple(len(axis.centres) for axis in self.axes)

    @property
    def dimensions(self) -> int:
        """Number of axes."""
        return len(self.axes)

    @property
    def size(self) -> int:
        """Number of cells."""
        return int(np.prod(self.shape, dtype=np.int64))

    @cached_property
    def volumes(self) -> NDArray[np.float64]:
        """Volumes of the cells, broadcastable to `shape`; areas and lengths in two dimensions and one."""
        volumes = np.ones((1,) * self.dimensions)
        for k, axis in enumerate(self.axes):
            widths = self._measures(axis)
            if axis.uniform and not self.is_radial(axis.name):
                widths = widths[:1]
            volumes = volumes * widths.reshape([-1 if k == j else 1 for j in range(self.dimensions)])
        return volumes

    @cached_property
    def volume(self) -> float:
        """Volume of the domain."""
        return float(np.prod([self._measures(axis).sum() for axis in self.axes]))

    def is_radial(self, name: str) -> bool:
        """Whether an axis is the distance from a point or a line."""
        return self.kind != "cartesian" and name == "r"

    def has_middle(self, name: str) -> bool:
        """Whether the low side of an axis is the middle of a radial grid, where no condition can be given."""
        return self.is_radial(name) and float(self.axis(name).edges[0]) == 0.0

    def _measures(self, axis: GridAxis) -> NDArray[np.float64]:
        low, high = axis.edges[:-1], axis.edges[1:]
        if not self.is_radial(axis.name):
            return np.asarray(high - low, np.float64)
        if self.kind == "spherical":
            return np.asarray(4 / 3 * np.pi * (high - low) * (high**2 + high * low + low**2), np.float64)
        return np.asarray(np.pi * (high - low) * (high + low), np.float64)

    def axis(self, name: Any) -> GridAxis:
        """Return an axis by its name or symbol.

        Raises
        ------
        UnknownNameError
            If there is none of that name.
        """
        return self.axes[self.axis_number(name)]

    def axis_number(self, name: Any) -> int:
        """Return the number of an axis, given its name or symbol."""
        key = str(getattr(name, "name", name))
        if key not in self.axis_names:
            raise UnknownNameError(
                f'The grid has no axis "{key}"; it has {", ".join(self.axis_names)}.{suggest(key, self.axis_names)}'
            )
        return self.axis_names.index(key)

    def side(self, text: str) -> tuple[str, tuple[int, ...]]:
        """Return the axis and the ends (0 low, 1 high) that the name of a side means.

        Parameters
        ----------
        text : str
            ``"x-"``, ``"x+"``, ``"x"`` for both, or "left", "right", "bottom", "top", "back", "front", "inner",
            "outer".

        Raises
        ------
        UnknownNameError
            If it is no side of this grid.
        """
        name = SIDES.get(text, text) if text not in self.axis_names else text
        stem, ends = (name[:-1], (int(name[-1] == "+"),)) if name[-1:] in ("-", "+") else (name, (0, 1))
        if stem not in self.axis_names:
            known = [*self.axis_names, *(k for k, v in SIDES.items() if v[:-1] in self.axis_names)]
            sides = ", ".join(f'"{a}-", "{a}+" or "{a}" for both' for a in self.axis_names)
            raise UnknownNameError(f'"{text}" is no side of the grid.{suggest(text, known)} Its sides are {sides}.')
        return stem, ends

    def mesh(self) -> tuple[NDArray[np.float64], ...]:
        """Return the coordinates of the cells' centres, one array for each axis, broadcastable to `shape`."""
        shapes = [[-1 if j == k else 1 for j in range(self.dimensions)] for k in range(self.dimensions)]
        return tuple(axis.centres.reshape(shape) for axis, shape in zip(self.axes, shapes, strict=True))

    def geometry(self, periodic: Iterable[str] = ()) -> Geometry:
        """Return axes and volumes in the form that systems keep, with more axes periodic."""
        around = set(periodic)
        axes = tuple(
            GridAxis(a.name, a.centres, a.edges, a.periodic or a.name in around, a.uniform, a.unit) for a in self.axes
        )
        return Geometry(axes, self.kind, self.volumes)

    def __getattr__(self, name: str) -> NDArray[np.float64]:
        """Return the centres of the cells along an axis."""
        if name.startswith("_") or name == "axes":
            raise AttributeError(name)
        try:
            return self.axis(name).centres
        except UnknownNameError as error:
            raise AttributeError(str(error)) from None

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"Grids do not change once made, so .{name} cannot be set; make a new one.")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.axis_names]

    def __repr__(self) -> str:
        kind = "" if self.kind == "cartesian" else f", {self.kind}"
        return f"<Grid {', '.join(map(_axis_text, self.axes))}{kind}>"

    def __eq__(self, other: object) -> bool:
        """Whether two grids have the same cells."""
        if not isinstance(other, Grid):
            return NotImplemented
        mine, its = [(a.name, a.periodic, a.edges.tolist()) for a in self.axes], other.axes
        return self.kind == other.kind and mine == [(a.name, a.periodic, a.edges.tolist()) for a in its]

    def __hash__(self) -> int:
        return hash((self.kind, self.axis_names, self.shape))

    def _check_radius(self) -> None:
        for axis in self.axes:
            if not self.is_radial(axis.name):
                continue
            if axis.edges[0] < 0:
                raise InputError(f"r begins at {axis.edges[0]:g}; a radius is 0 at least: r=(0, 1, 100).")
            if axis.periodic:
                raise InputError("The axis r of a radial grid cannot be periodic; leave it out of periodic=.")


def _axis_text(axis: GridAxis) -> str:
    unit = f" {axis.unit}" if axis.unit else ""
    more = "" if axis.uniform else ", not uniform"
    return f"{axis.name}: {axis.edges[0]:g}..{axis.edges[-1]:g}{unit}, {len(axis.centres)} cells{more}"
