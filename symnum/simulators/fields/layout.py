"""Where the fields of a system lie in its state, and what their axes are."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.display import html_table
from symnum.errors import UnknownNameError, suggest
from symnum.systems.stencils.grid import Field, Geometry, GridAxis
from symnum.systems.stencils.system import StencilSystem

__all__ = ["FieldLayout", "Snapshot", "all_finite", "label", "name_of"]

Array = NDArray[np.float64]

_LETTERS = "ijklmn"


def all_finite(values: Array) -> bool:
    """Return whether all numbers are finite; in one pass that writes nothing, unless some are not."""
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(values.sum())) or bool(np.isfinite(values).all())


def name_of(key: Any) -> str:
    """Return the name that a user means: text, or a symbol."""
    return str(getattr(key, "name", key))


def label(name: str, unit: str) -> str:
    """Return a name with its unit."""
    return f"{name} ({unit})" if unit else name


class FieldLayout:
    """The fields of a system as arrays: views of the state, axes, integrals.

    Parameters
    ----------
    system : StencilSystem

    Attributes
    ----------
    names : tuple of str
        Of the fields.
    size : int
        Elements of the state.
    """

    def __init__(self, system: StencilSystem) -> None:
        self.names = system.field_names
        self.size = system.size
        self._fields = {f.name: f for f in system.fields}
        self._arrays = {f.name: system.arrays[f.array] for f in system.fields}
        self.geometry = system.geometry or self._cells()

    def _cells(self) -> Geometry:
        """Return axes that count cells, where nobody has said what the grid is."""
        shape = self._arrays[self.names[0]].shape if self.names else ()
        axes = tuple(
            GridAxis(_LETTERS[k], np.arange(n, dtype=np.float64), np.arange(-0.5, n, 1.0)) for k, n in enumerate(shape)
        )
        return Geometry(axes, "cartesian", np.ones((1,) * len(shape)))

    @property
    def axes(self) -> tuple[GridAxis, ...]:
        """Axes of the grid."""
        return self.geometry.axes

    def check(self, key: Any) -> str:
        """Return the name of a field.

        Raises
        ------
        UnknownNameError
            If there is none of that name.
        """
        name = name_of(key)
        if name not in self._fields:
            raise UnknownNameError(
                f'There is no field "{name}"; the fields are {", ".join(self.names)}.{suggest(name, self.names)}'
            )
        return name

    def field(self, name: str) -> Field:
        """Return what is known of a field."""
        return self._fields[name]

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of a field."""
        return self._arrays[name].shape

    def view(self, states: Array, name: str) -> Array:
        """Return a field in states.

        Parameters
        ----------
        states : ndarray, shape (..., n)
        name : str

        Returns
        -------
        ndarray, shape (...,) and that of the grid
            A view where the field lies in one piece in C order, else a copy.
        """
        array = self._arrays[name]
        place = self._place(name)
        if place is not None:
            return states[..., place].reshape(*states.shape[:-1], *array.shape)
        return states[..., array.places()]

    def put(self, state: Array, name: str, values: Any) -> None:
        """Enter values of a field, broadcast to its shape, into a state."""
        array = self._arrays[name]
        place = self._place(name)
        if place is not None:
            state[place].reshape(array.shape)[...] = values
            return
        state[array.places().ravel()] = np.broadcast_to(np.asarray(values, np.float64), array.shape).ravel()

    def _place(self, name: str) -> slice | None:
        array = self._arrays[name]
        steps = tuple(int(s) for s in np.cumprod([1, *array.shape[:0:-1]])[::-1])
        return slice(array.offset, array.offset + array.size) if array.strides == steps else None

    @cached_property
    def volumes(self) -> Array:
        """Volumes of the cells, shape of the grid."""
        return np.broadcast_to(self.geometry.volumes, self.geometry.shape)

    def integral(self, values: Array) -> Any:
        """Return the integral of values, shape (...,) and that of the grid, over the domain."""
        axes = tuple(range(-len(self.geometry.shape), 0))
        return np.sum(values * self.geometry.volumes, axis=axes)

    @cached_property
    def volume(self) -> float:
        """Volume of the domain."""
        return float(np.sum(self.volumes))

    def state_name(self, component: int) -> str:
        """Return what a user calls a component of the state: ``u[3,17]``."""
        for name in self.names:
            array = self._arrays[name]
            place = np.argwhere(array.places() == component)
            if len(place):
                return f"{name}[{','.join(map(str, place[0]))}]"
        return f"state {component}"


class Snapshot(Mapping[str, Array]):
    """All fields at one time, by name.

    Attributes
    ----------
    t : float
    state : ndarray, shape (n,)
    layout : FieldLayout

    Examples
    --------
    >>> import symnum as sn
    >>> grid = sn.Grid(x=(0, 1, 4))
    >>> model = sn.reaction_diffusion({"u": "laplacian(u)"}, grid=grid, initial={"u": "1 + x"}, boundary="no-flux")
    >>> start = sn.build_simulator(model).snapshot()
    >>> start["u"].shape, round(float(start.integral("u")), 3)
    ((4,), 1.5)
    """

    def __init__(self, t: float, state: Array, layout: FieldLayout) -> None:
        self.t, self.state, self.layout = t, state, layout

    def __getitem__(self, key: Any) -> Array:
        return self.layout.view(self.state, self.layout.check(key))

    def __iter__(self) -> Iterator[str]:
        return iter(self.layout.names)

    def __len__(self) -> int:
        return len(self.layout.names)

    def integral(self, key: Any) -> float:
        """Return the integral of a field over the domain."""
        return float(self.layout.integral(self[key]))

    def mean(self, key: Any) -> float:
        """Return the mean of a field over the domain."""
        return self._statistic("mean", key)

    def min(self, key: Any) -> float:
        """Return the smallest value of a field."""
        return self._statistic("min", key)

    def max(self, key: Any) -> float:
        """Return the largest value of a field."""
        return self._statistic("max", key)

    def std(self, key: Any) -> float:
        """Return how far the values of a field are from their mean: the root of the mean square over the domain."""
        return self._statistic("std", key)

    def _statistic(self, which: str, key: Any) -> float:
        from symnum.simulators.fields.probing import STATISTICS

        return STATISTICS[which](self.layout, self[key])

    def probe(self, key: Any, **point: float) -> Any:
        """Return a field at a point, ``fields.probe("u", x=0.3)``; see `FieldSolution.probe`."""
        from symnum.simulators.fields.probing import probe

        found = probe(self.layout, self[key], point)
        return float(found) if found.ndim == 0 else found

    def _repr_html_(self) -> str:
        rows = [
            (label(name, self.layout.field(name).unit), *(f"{x(name):.4g}" for x in (self.min, self.mean, self.max)))
            for name in self
        ]
        return html_table((f"t = {self.t:g}", "min", "mean", "max"), rows)

    def __repr__(self) -> str:
        ranges = ", ".join(f"{name} {values.min():.4g} … {values.max():.4g}" for name, values in self.items())
        return f"<fields at t = {self.t:g}: {ranges}>"
