"""Boundary conditions as users write them, made complete: one for each field, axis and side."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import BoundaryError, DuplicateNameError, ShapeError, UnknownNameError, suggest
from symnum.models.names import Scope
from symnum.models.reaction_diffusion.boundary import Condition, Sides, neumann, periodic
from symnum.models.reaction_diffusion.grid import SIDES, Grid
from symnum.models.reaction_diffusion.read_condition import is_dictionary_condition, read_condition
from symnum.terms.canonical import Symbol

__all__ = ["read_boundary"]

_ALL = ("*", "all")


def read_boundary(
    given: Any,
    *,
    grid: Grid,
    fields: Iterable[str],
    definitions: Iterable[str] = (),
    scope: Scope,
    arrays: dict[str, NDArray[np.float64]],
) -> dict[str, dict[str, Sides]]:
    """Return conditions by field and axis; definitions are there only if something is given for them by name.

    Parameters
    ----------
    given : condition, text, mapping or None
        One condition for all; or, by field, side, or (field, side), what holds there. What is said of a field goes
        before what is said of all. By default nothing flows through a side.
    grid : Grid
    fields, definitions : iterable of str
    scope : Scope
        What names in values mean.
    arrays : dict of str to ndarray
        Where values go that are arrays along a side, with the names by which conditions call them.

    Raises
    ------
    UnknownNameError
        If something is neither a field nor a side.
    DuplicateNameError
        If a side is given twice.
    BoundaryError
        If a condition is none, or periodic at one end only.
    """
    fields, definitions = list(fields), list(definitions)
    table = _Table(grid, fields, definitions, scope, arrays)
    table.read(given)
    named = [d for d in definitions if any(key[0] == d for key in table.special)]
    table.close_axes([*fields, *named])
    return {name: {a: table.sides(name, a) for a in grid.axis_names} for name in (*fields, *named)}


class _Table:
    """Conditions by field (or all), axis and end."""

    def __init__(
        self,
        grid: Grid,
        fields: list[str],
        definitions: list[str],
        scope: Scope,
        arrays: dict[str, NDArray[np.float64]],
    ) -> None:
        self.grid, self.fields, self.definitions, self.scope, self.arrays = grid, fields, definitions, scope, arrays
        self.names: dict[Any, str] = {}
        self.closed: set[str] = set()
        self.general: dict[tuple[str, int], Condition] = {}
        self.special: dict[tuple[str, str, int], Condition] = {}

    def read(self, given: Any) -> None:
        if given is None:
            return
        if not isinstance(given, Mapping) or is_dictionary_condition(given):
            self._all_sides(None, given)
            return
        seen: set[str] = set()
        for key, value in given.items():
            parts = key if isinstance(key, tuple) else (key,)
            names = [str(getattr(part, "name", part)).strip() for part in parts]
            label = " at ".join(names)
            if label in seen:
                raise DuplicateNameError(f'boundary= has "{label}" twice, as a symbol and as text. Remove one.')
            seen.add(label)
            self._entry(names, value)

    def _entry(self, names: list[str], value: Any) -> None:
        if len(names) == 2:
            self._check_field(names[0])
            self._side(None if names[0] in _ALL else names[0], names[1], value)
        elif len(names) == 1 and (names[0] in _ALL or names[0] in (*self.fields, *self.definitions)):
            self._field(None if names[0] in _ALL else names[0], value)
        elif len(names) == 1 and self._is_side(names[0]):
            self._side(None, names[0], value)
        else:
            self._check_field(" ".join(names))

    def _is_side(self, name: str) -> bool:
        stem = SIDES.get(name, name).rstrip("+-")
        return stem in self.grid.axis_names or name in SIDES

    def _check_field(self, name: str) -> None:
        if name in (*self.fields, *self.definitions, *_ALL):
            return
        known = [*self.fields, *self.definitions, *self.grid.axis_names]
        sides = ", ".join(f'"{a}-", "{a}+"' for a in self.grid.axis_names)
        raise UnknownNameError(
            f'boundary= names "{name}", which is neither a field nor a side; the fields are {", ".join(self.fields)}, '
            f'the sides {sides}.{suggest(name, known)} Write boundary={{"{self.fields[0]}": '
            f'{{"{self.grid.axis_names[0]}-": sn.dirichlet(1.0)}}}}.'
        )

    def _field(self, field: str | None, value: Any) -> None:
        if not isinstance(value, Mapping) or is_dictionary_condition(value):
            self._all_sides(field, value)
            return
        for key, condition in value.items():
            self._side(field, str(getattr(key, "name", key)).strip(), condition)

    def _all_sides(self, field: str | None, value: Any) -> None:
        if isinstance(value, list | tuple) and self.grid.dimensions > 1:
            raise BoundaryError(
                f"{value!r:.80} has conditions for several sides; say which: "
                + ", ".join(f'"{a}": (low, high)' for a in self.grid.axis_names)
                + "."
            )
        for axis in self.grid.axis_names:
            if not self.grid.axis(axis).periodic:  # has no ends; what is said of all sides is not said of it
                self._put(field, axis, axis, value)

    def _side(self, field: str | None, name: str, value: Any) -> None:
        axis, ends = self.grid.side(name)
        if len(ends) == 1:
            self._set(field, axis, ends[0], self._condition(value, field, axis, name), name)
        else:
            self._put(field, axis, name, value)

    def _put(self, field: str | None, axis: str, name: str, value: Any) -> None:
        """Set both ends of an axis, but for the middle of a radial grid."""
        pair = list(value) if isinstance(value, list | tuple) else [value, value]
        if len(pair) != 2:
            raise BoundaryError(f'"{name}" has {len(pair)} conditions; an axis has two ends: (low, high).')
        for end, one in enumerate(pair):
            if end == 0 and self.grid.has_middle(axis):
                if isinstance(value, list | tuple) and one is not None:
                    self._no_middle(axis)
                continue
            self._set(field, axis, end, self._condition(one, field, axis, name), name)

    def _condition(self, value: Any, field: str | None, axis: str, name: str) -> Condition:
        where = f"the boundary condition for {field or 'all fields'} at {name}"
        return read_condition(value, self.scope, where, partial(self._array, axis, where))

    def _array(self, axis: str, where: str, value: Any) -> Any:
        """Keep numbers along a side, and return the symbol that stands for them."""
        wanted = tuple(n for n, name in zip(self.grid.shape, self.grid.axis_names, strict=True) if name != axis)
        numbers = np.array(value, np.float64)
        if numbers.shape != wanted:
            along = " and ".join(name for name in self.grid.axis_names if name != axis)
            fix = f"one number for each cell along {along}, so the shape {wanted}" if along else "a single number"
            raise ShapeError(f"An array in {where} has the shape {numbers.shape}; it needs {fix}.")
        if not np.all(np.isfinite(numbers)):
            raise BoundaryError(f"An array in {where} has numbers that are not finite.")
        name = f"boundary_{len(self.arrays)}"
        self.arrays[name] = np.expand_dims(numbers, self.grid.axis_number(axis))
        return Symbol(name)

    def _no_middle(self, axis: str) -> None:
        raise BoundaryError(
            f"The low side of {axis} is the middle of the grid, which is no boundary: give a condition for "
            f'"{axis}+" alone.'
        )

    def _set(self, field: str | None, axis: str, end: int, condition: Condition, name: str) -> None:
        if end == 0 and self.grid.has_middle(axis):
            self._no_middle(axis)
        if condition.kind == "periodic" and self.grid.is_radial(axis):
            raise BoundaryError(
                f'The axis {axis} of a {self.grid.kind} grid cannot be periodic; give "{axis}+" a value.'
            )
        table: dict[Any, Condition] = self.general if field is None else self.special
        key: Any = (axis, end) if field is None else (field, axis, end)
        if key in table:
            who = "all fields" if field is None else field
            raise DuplicateNameError(
                f'The side "{axis}{"-+"[end]}" is given twice for {who}, as "{self.names[key]}" and as "{name}". '
                "Remove one of the two."
            )
        table[key] = condition
        self.names[key] = name

    def close_axes(self, names: list[str]) -> None:
        """Make axes periodic for all if they are for one, and refuse conditions that deny it."""
        self.closed = {axis for axis in self.grid.axis_names if self.grid.axis(axis).periodic}
        for axis in self.grid.axis_names:
            given = {n: [self._given(n, axis, end) for end in (0, 1)] for n in names}
            around = [n for n in names if any(c is not None and c.kind == "periodic" for c in given[n])]
            if not around:
                continue
            self.closed.add(axis)
            for name, conditions in given.items():
                others = [c for c in conditions if c is not None and c.kind != "periodic"]
                if others and name in around:
                    raise BoundaryError(
                        f"{name} is periodic at one end of {axis} only, and both ends meet: write "
                        f'"{axis}": "periodic", or no periodic condition there.'
                    )
                if others:
                    raise BoundaryError(
                        f"{around[0]} is periodic along {axis} and {name} is not, {others[0]}: an axis is closed for "
                        f'all fields or for none. Write "{axis}": "periodic" for all, or give {around[0]} other '
                        "conditions."
                    )

    def _given(self, name: str, axis: str, end: int) -> Condition | None:
        return self.special.get((name, axis, end), self.general.get((axis, end)))

    def sides(self, name: str, axis: str) -> Sides:
        """Return the conditions at both ends, defaults filled in."""
        low, high = (self._given(name, axis, end) for end in (0, 1))
        if self.grid.has_middle(axis):
            return Condition("axis"), high or neumann()
        if axis in self.closed:
            if any(c is not None and c.kind != "periodic" for c in (low, high)):
                raise BoundaryError(
                    f"{name} has conditions at the ends of {axis}, which is a periodic axis of the grid: leave {axis} "
                    "out of periodic= of the grid, or the conditions out of boundary=."
                )
            return periodic(), periodic()
        return low or neumann(), high or neumann()
