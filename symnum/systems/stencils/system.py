"""Initial value problems on grids: loops over boxes of cells instead of one equation per state."""

import copy
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import DuplicateNameError, ShapeError, UnknownNameError, suggest
from symnum.systems.stencils.access import FIXED, Access
from symnum.systems.stencils.arrays import StencilArray
from symnum.systems.stencils.coverage import fills_in_order, writes_once
from symnum.systems.stencils.grid import Field, Geometry
from symnum.systems.stencils.region import Region, Sum

__all__ = ["StencilSystem"]


class StencilSystem:
    """An initial value problem ``dy/dt = f(t, y, p)`` whose right-hand side is loops over boxes of cells.

    Parameters
    ----------
    arrays : sequence of StencilArray
        States (which together fill the state array, each element once), parameters and tables.
    regions : sequence of Region
        The right-hand side: together they store the derivative of every element of every state once.
    independent : Symbol
    parameters : sequence of Symbol
        Parameters without dimensions, in declaration order: the first elements of the parameter array. The elements
        of arrays of kind "parameter" come after them.
    parameter_values : sequence, optional
        A number, a term in other parameters, or None, per parameter.
    array_values : mapping of str to ndarray, optional
        Default values of arrays of kind "parameter".
    sums : sequence of Sum
        What the right-hand side needs of the whole domain.
    initial : sequence of Region
        Initial values: regions whose terms contain no states.
    observables : mapping of str to Sum
        Numbers that are sums over cells, such as the total of a field.
    parts : (sequence of Region, sequence of Region), optional
        Two right-hand sides whose sum is that of `regions`; additive methods treat the first implicitly, and
        exponential ones need it linear. Regions may be left out where there is nothing to add.
    geometry : Geometry, optional
    fields : sequence of Field, optional
        What a user calls the states; by default one per state array.
    nonnegative : sequence of (str, term)
        Terms in parameters and coordinates that must not be negative, with what they are: "The diffusivity of u".
    name : str

    Raises
    ------
    ShapeError
        If something is stored twice or not at all, or read outside its array.
    DuplicateNameError
        If one name stands for two things.
    """

    def __init__(
        self,
        *,
        arrays: Sequence[StencilArray],
        regions: Sequence[Region],
        independent: Any,
        parameters: Sequence[Any] = (),
        parameter_values: Sequence[Any] | None = None,
        array_values: Mapping[str, NDArray[np.float64]] | None = None,
        sums: Sequence[Sum] = (),
        initial: Sequence[Region] = (),
        observables: Mapping[str, Sum] | None = None,
        parts: tuple[Sequence[Region], Sequence[Region]] | None = None,
        geometry: Geometry | None = None,
        fields: Sequence[Field] | None = None,
        nonnegative: Sequence[tuple[str, Any]] = (),
        name: str = "field",
    ) -> None:
        self.name = name
        self.arrays = {array.name: array for array in arrays}
        self.regions = tuple(regions)
        self.independent = independent
        self.parameters = tuple(parameters)
        self.parameter_values = tuple(parameter_values or [None] * len(self.parameters))
        self.array_values = dict(array_values or {})
        self.sums = tuple(sums)
        self.initial = tuple(initial)
        self.observables = dict(observables or {})
        self.parts = None if parts is None else (tuple(parts[0]), tuple(parts[1]))
        self.geometry = geometry
        self.nonnegative = tuple(nonnegative)
        states = [a for a in arrays if a.kind == "state"]
        self.fields = tuple(fields) if fields is not None else tuple(Field(a.name, a.name) for a in states)
        if len(self.arrays) != len(arrays):
            raise DuplicateNameError("Two arrays of a system on a grid have the same name; rename one of them.")
        self._check()

    @cached_property
    def size(self) -> int:
        """Number of states: elements of all state arrays."""
        return sum(a.size for a in self.arrays.values() if a.kind == "state")

    @cached_property
    def parameter_size(self) -> int:
        """Number of parameters, elements of parameter arrays among them."""
        return len(self.parameters) + sum(a.size for a in self.arrays.values() if a.kind == "parameter")

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Names of the parameters without dimensions."""
        return tuple(s.name for s in self.parameters)

    @property
    def field_names(self) -> tuple[str, ...]:
        """Names of the fields."""
        return tuple(f.name for f in self.fields)

    def field(self, name: str) -> Field:
        """Return a field by its name.

        Raises
        ------
        UnknownNameError
            If there is none of that name.
        """
        for found in self.fields:
            if found.name == name:
                return found
        raise UnknownNameError(
            f'There is no field "{name}"; there are {", ".join(self.field_names)}.{suggest(name, self.field_names)}'
        )

    def state_name(self, component: int) -> str:
        """Return what a user calls a component of the state, for messages: ``u[3,17]``."""
        for found in self.fields:
            array = self.arrays[found.array]
            place = np.argwhere(array.places() == component)
            if len(place):
                return f"{found.name}[{','.join(map(str, place[0]))}]"
        return f"state {component}"

    def part(self, number: int) -> "StencilSystem":
        """Return the system of one of the two parts of the right-hand side."""
        assert self.parts is not None
        other = copy.copy(self)
        other.regions, other.parts = self.parts[number], None
        return other

    def __repr__(self) -> str:
        shapes = ", ".join(f"{f.name} {'×'.join(map(str, self.arrays[f.array].shape))}" for f in self.fields)
        return f"<StencilSystem {self.name}: {shapes}; {len(self.regions)} regions>"

    # Checks ---------------------------------------------------------------------------------

    def _check(self) -> None:
        states = [array for array in self.arrays.values() if array.kind == "state"]
        for region in self.regions:
            for target, _ in region.stores:
                self._check_access(region, target)
        if not fills_in_order(states):
            self._check_places(states)
        if not writes_once(self.regions, states):
            self._check_stores()
        more = [r for s in (*self.sums, *self.observables.values()) for r in s.regions]
        for region in (*self.regions, *more, *self.initial, *(r for part in self.parts or () for r in part)):
            for access in region.loads.values():
                self._check_access(region, access)

    def _check_places(self, states: Sequence[StencilArray]) -> None:
        written = np.zeros(self.size, np.int8)
        for array in states:
            places = array.places().ravel()
            np.add.at(written, places[(places >= 0) & (places < self.size)], 1)
        if np.any(written != 1):
            raise ShapeError("State arrays must fill the state, each element once.")

    def _check_stores(self) -> None:
        written = np.zeros(self.size, np.int8)
        for region in self.regions:
            for target, _ in region.stores:
                written[self._slice_of(region, target)] += 1
        if np.any(written != 1):
            culprit = int(np.flatnonzero(written != 1)[0])
            times = "not at all" if written[culprit] == 0 else "more than once"
            raise ShapeError(f"The derivative of {self.state_name(culprit)} is computed {times}.")

    def _check_access(self, region: Region, access: Access) -> None:
        array = self.arrays[access.array]
        if len(access.indices) != len(array.shape):
            raise ShapeError(f"{access} has {len(access.indices)} indices; {array.name} has shape {array.shape}.")
        for index, n in zip(access.indices, array.shape, strict=True):
            start, stop = (0, 1) if index.axis == FIXED else region.box[index.axis]
            step = 0 if index.axis == FIXED else index.step
            ends = sorted((index.offset + step * start, index.offset + step * (stop - 1)))
            if stop > start and (ends[0] < 0 or ends[1] >= n):
                raise ShapeError(f"{access} leaves {array.name}, of shape {array.shape}, in the box {region.box}.")

    def _slice_of(self, region: Region, access: Access) -> NDArray[np.int64]:
        from symnum.systems.stencils.flat import flat_access, flat_places

        return flat_places(flat_access(access, self.arrays[access.array], region.box), region.box)
