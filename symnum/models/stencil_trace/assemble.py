"""From the results of one call of a program to a system on a grid: fields, regions, parameters, initial values."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symnum.errors import InputError, ShapeError, UnknownNameError, UnsupportedError
from symnum.models.names import split_names
from symnum.models.stencil_trace.accesses import AccessFinder
from symnum.models.stencil_trace.calling import Conventions
from symnum.models.stencil_trace.emit import emit, initial_regions
from symnum.models.stencil_trace.fields import FieldPlace, layouts
from symnum.models.stencil_trace.memory import Memory
from symnum.models.stencil_trace.parts import split_linear
from symnum.models.stencil_trace.periodic import periodic_axes
from symnum.models.stencil_trace.session import Session
from symnum.models.stencil_trace.views import View, c_strides
from symnum.systems.stencils.arrays import StencilArray
from symnum.systems.stencils.grid import Field, Geometry, GridAxis
from symnum.systems.stencils.system import StencilSystem
from symnum.terms.canonical import Symbol

__all__ = ["State", "Traced", "assemble", "state_arrays"]


class State(NamedTuple):
    """An array of the state: its name, number among the sources, shape, and place in the whole state."""

    name: str
    source: int
    shape: tuple[int, ...]
    offset: int


class Traced(NamedTuple):
    """What one call of a program gave.

    Attributes
    ----------
    session : Session
    states : list of State
    derivatives : dict of int to Memory
        By source of the state.
    views : dict of int to set of View
        How the program looked at the state.
    rules : Conventions
    """

    session: Session
    states: list[State]
    derivatives: dict[int, Memory]
    views: dict[int, set[Any]]
    rules: Conventions


def assemble(
    traced: Traced, *, fields: Any, initial: Any, coordinates: Mapping[str, Any] | None, name: str
) -> StencilSystem:
    """Return the system of a traced program.

    Raises
    ------
    UnsupportedError
        If the loops fit no grid.
    """
    session, states = traced.session, traced.states
    failure: Exception | None = None
    for places in _candidates(traced.derivatives, states, traced.views, fields):
        finder = AccessFinder(session, places)
        try:
            found = emit(session, traced.derivatives, places, finder)
            starts = _starts(session, finder, states, places, initial)
        except UnsupportedError as error:
            failure = failure or error
            continue
        given = {n: v for n, v in traced.rules.parameters.items() if not np.ndim(v)}
        scalars = [Symbol(n) for n in given]
        arrays, defaults = _parameter_arrays(session, len(scalars))
        shapes = {p.name: p.view.shape for p in places}
        geometry = _geometry(places, coordinates, periodic_axes(found.regions, shapes))
        return StencilSystem(
            arrays=[*state_arrays({s.source: s.offset for s in states}, places), *finder.tables.values(), *arrays],
            regions=found.regions,
            independent=session.scalars[0],
            parameters=scalars,
            parameter_values=list(given.values()),
            array_values=defaults,
            sums=found.sums,
            initial=starts,
            parts=split_linear(found.regions, scalars),
            geometry=geometry,
            fields=[Field(p.name, p.name, _sides(geometry)) for p in places],
            name=name,
        )
    raise UnsupportedError(
        f"{name} was traced, but its loops fit no grid of cells: {failure}. Give the state the shape of its grid, "
        "shape=(fields, rows, columns) instead of a flat one, and np.roll and the like the axis= that is meant."
    )


def _sides(geometry: Geometry | None) -> dict[str, tuple[str, str]]:
    axes = geometry.axes if geometry is not None else ()
    return {axis.name: ("periodic", "periodic") for axis in axes if axis.periodic}


def _candidates(
    derivatives: dict[int, Memory], states: list[State], views: dict[int, set[Any]], fields: Any
) -> list[list[FieldPlace]]:
    names = None if fields is None else [s.name for s in split_names(fields)]
    if len(states) == 1:
        state = states[0]
        strides = derivatives[state.source].loop_strides()
        return layouts(state.source, state.name, state.shape, views[state.source], strides, names)
    labels = names if names is not None and len(names) == len(states) else [s.name for s in states]
    return [
        [FieldPlace(n, s.source, View(0, s.shape, c_strides(s.shape))) for n, s in zip(labels, states, strict=True)]
    ]


def state_arrays(offsets: Mapping[int, int], places: list[FieldPlace]) -> list[StencilArray]:
    """Return the state's arrays, one per field; `offsets` says where each source begins in the state."""
    return [
        StencilArray(p.name, p.view.shape, "state", offsets[p.source] + p.view.offset, p.view.strides) for p in places
    ]


def _parameter_arrays(session: Session, first: int) -> tuple[list[StencilArray], dict[str, NDArray[np.float64]]]:
    arrays, values = [], {}
    for source in session.sources:
        if source.kind == "parameter":
            arrays.append(StencilArray(source.name, source.shape, "parameter", first))
            values[source.name] = np.asarray(source.values)
            first += int(np.prod(source.shape, dtype=np.int64))
    return arrays, values


def _starts(
    session: Session, finder: AccessFinder, states: list[State], places: list[FieldPlace], initial: Any
) -> list[Any]:
    if initial is None:
        return []
    regions = []
    given = _initial_arrays(states, places, initial)
    for place in places:
        flat, view = given[place.source], place.view
        places_of = np.full(view.shape, view.offset, np.int64)
        for axis, (n, stride) in enumerate(zip(view.shape, view.strides, strict=True)):
            places_of += (np.arange(n) * stride).reshape([-1 if k == axis else 1 for k in range(len(view.shape))])
        regions += initial_regions(session, finder, place, flat[places_of])
    return regions


def _initial_arrays(states: list[State], places: list[FieldPlace], initial: Any) -> dict[int, NDArray[np.float64]]:
    if isinstance(initial, Mapping):
        by_name, found = {str(k): v for k, v in initial.items()}, {}
        known = dict.fromkeys([*(s.name for s in states), *(p.name for p in places)])
        for name in by_name.keys() - known.keys():
            raise UnknownNameError(
                f'initial= names "{name}", which is no field of the state; there are {", ".join(known)}.'
            )
        for state in states:
            if state.name in by_name:
                found[state.source] = np.broadcast_to(np.asarray(by_name[state.name], float), state.shape).ravel()
                continue
            values = np.full(int(np.prod(state.shape)), np.nan)
            for place in (p for p in places if p.source == state.source and p.name in by_name):
                shown = np.lib.stride_tricks.as_strided(
                    values[place.view.offset :], place.view.shape, [8 * s for s in place.view.strides]
                )
                shown[...] = by_name[place.name]
            found[state.source] = values
        return found
    whole = [initial] if len(states) == 1 else list(initial)
    if len(whole) != len(states) or any(np.size(v) != np.prod(s.shape) for v, s in zip(whole, states, strict=False)):
        raise ShapeError(
            f"initial has shapes {', '.join(str(np.shape(v)) for v in whole)} for a state of "
            f"{', '.join(str(s.shape) for s in states)}."
        )
    return {s.source: np.asarray(v, float).ravel() for s, v in zip(states, whole, strict=True)}


def _geometry(places: list[FieldPlace], coordinates: Mapping[str, Any] | None, periodic: set[int]) -> Geometry | None:
    shapes = {p.view.shape for p in places}
    if len(shapes) != 1:
        return None
    (shape,) = shapes
    given = dict(coordinates or {})
    if given and tuple(np.size(v) for v in given.values()) != shape:
        raise ShapeError(
            f"coordinates have {', '.join(f'{k}: {np.size(v)}' for k, v in given.items())} values for a grid of "
            f"{' × '.join(map(str, shape))} cells."
        )
    names = list(given) or (list("xyz") if len(shape) <= 3 else [f"x{k}" for k in range(len(shape))])
    axes = []
    for number, (name, n) in enumerate(zip(names, shape, strict=False)):
        centres = np.asarray(given.get(name, np.arange(n)), float)
        if not np.all(np.diff(centres) > 0) or not np.all(np.isfinite(centres)):
            raise InputError(f"the coordinates of {name} do not increase; give the place of each cell, in order.")
        steps = np.diff(centres) if n > 1 else np.ones(1)
        edges = np.concatenate(
            [[centres[0] - steps[0] / 2], (centres[1:] + centres[:-1]) / 2, [centres[-1] + steps[-1] / 2]]
        )
        is_uniform = bool(np.allclose(steps, steps[0]))
        axes.append(GridAxis(name, centres, edges, number in periodic, is_uniform))
    volumes = np.ones((1,) * len(axes))
    for k, axis in enumerate(axes):
        widths = np.array([axis.spacing]) if axis.uniform else np.diff(axis.edges)
        volumes = volumes * widths.reshape([-1 if m == k else 1 for m in range(len(axes))])
    return Geometry(tuple(axes), "cartesian", volumes)
