"""From a model of fields to loops over boxes of cells."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import MissingValueError, UnknownNameError, suggest
from symnum.systems.stencils.access import FIXED, Access, Index
from symnum.systems.stencils.arrays import StencilArray
from symnum.systems.stencils.evaluate import evaluate_initial
from symnum.systems.stencils.grid import Field
from symnum.systems.stencils.region import Region
from symnum.systems.stencils.system import StencilSystem
from symnum.terms.substitute import substitute
from symnum.terms.traverse import free_symbols

if TYPE_CHECKING:
    from symnum.models.reaction_diffusion.model import ReactionDiffusionModel

__all__ = ["initial_fields", "make_system"]


def make_system(model: "ReactionDiffusionModel") -> StencilSystem:
    """Return the system of a model."""
    from symnum.models.discretisation.discretise import discretise

    made = discretise(model.problem)
    tables = {table.name: table for table in made.tables}
    states = _states(model)
    coefficients = _coefficients(model)
    initial, more = _initial(model, tables)
    return StencilSystem(
        arrays=[*states, *coefficients, *made.tables, *more],
        regions=made.regions,
        independent=model.independent,
        parameters=model.parameters,
        parameter_values=model.parameter_values,
        array_values=model.arrays,
        sums=made.sums,
        initial=initial,
        observables=made.observables,
        parts=made.parts,
        geometry=model.grid.geometry(_periodic_axes(model)),
        fields=[_field(model, f.name) for f in model.fields],
        nonnegative=model.diffusivities,
        name=model.name,
    )


def _states(model: "ReactionDiffusionModel") -> list[StencilArray]:
    shape, size = model.grid.shape, model.grid.size
    return [StencilArray(f.name, shape, "state", k * size) for k, f in enumerate(model.fields)]


def _coefficients(model: "ReactionDiffusionModel") -> list[StencilArray]:
    """Return the arrays of numbers that differ from cell to cell, behind the parameters without dimensions."""
    out, offset = [], len(model.parameters)
    for name, values in model.arrays.items():
        out.append(StencilArray(name, values.shape, "parameter", offset))
        offset += values.size
    return out


def _periodic_axes(model: "ReactionDiffusionModel") -> list[str]:
    """Return the axes along which all fields are periodic."""
    return [
        axis
        for axis in model.grid.axis_names
        if all(model.boundary[f.name][axis][0].kind == "periodic" for f in model.fields)
    ]


def _field(model: "ReactionDiffusionModel", name: str) -> Field:
    sides = model.boundary[name]
    kinds = {axis: (low.kind, high.kind) for axis, (low, high) in sides.items()}
    homogeneous = all(condition.homogeneous for pair in sides.values() for condition in pair)
    return Field(name, name, kinds, homogeneous, model.units.get(name, ""))


def _initial(
    model: "ReactionDiffusionModel", tables: Mapping[str, StencilArray]
) -> tuple[list[Region], list[StencilArray]]:
    """Return the loops that set initial values, one for each field that has one, and tables beside those that exist."""
    grid = model.grid
    more = [StencilArray(k, v.shape, "table", values=v) for k, v in model.initial_arrays.items()]
    more += [
        StencilArray(a.name, a.centres.shape, "table", values=a.centres) for a in grid.axes if a.name not in tables
    ]
    here = tuple(Index(k, 0) for k in range(grid.dimensions))
    accesses = {s: Access(s.name, (Index(k, 0),)) for k, s in enumerate(grid.coordinates)}
    box = tuple((0, n) for n in grid.shape)
    out = []
    for field, term in model.initial_terms.items():
        known = dict(accesses)
        for symbol in free_symbols(term):
            values = model.arrays.get(symbol.name, model.initial_arrays.get(symbol.name))
            if values is not None:
                known[symbol] = Access(symbol.name, _indices(values.shape))
        replaced = substitute(term, {s: a.symbol for s, a in known.items()})
        out.append(Region.of(box, [(Access(field.name, here), replaced)], list(known.values())))
    return out, more


def _indices(shape: tuple[int, ...]) -> tuple[Index, ...]:
    return tuple(Index(k, 0) if n > 1 else Index(FIXED, 0) for k, n in enumerate(shape))


def initial_fields(model: "ReactionDiffusionModel", given: Mapping[Any, float]) -> dict[str, NDArray[np.float64]]:
    """Return the initial values of all fields that have some, in every cell."""
    system = model.system()
    values = _numbers(model, given)
    state = evaluate_initial(system, values).reshape(len(model.fields), *model.grid.shape)
    names = [f.name for f in model.fields]
    return {f.name: state[names.index(f.name)] for f in model.initial_terms}


def _numbers(model: "ReactionDiffusionModel", given: Mapping[Any, float]) -> NDArray[np.float64]:
    """Return the values of all parameters, one after the other, as far as initial values need them."""
    from symnum.models.reaction_diffusion.parameter_values import known_numbers

    named = {str(getattr(k, "name", k)): v for k, v in given.items()}
    for name in named:
        if name not in model.parameter_names:
            raise UnknownNameError(f'The model has no parameter "{name}".{suggest(name, list(model.parameter_names))}')
    known = known_numbers(model.parameters, model.parameter_values, named)
    needed = {s for term in model.initial_terms.values() for s in free_symbols(term)}
    missing = [s.name for s in model.parameters if s in needed and s not in known]
    if missing:
        error = MissingValueError(
            f'The initial values need {", ".join(missing)}, which has no value: initial_state({{"{missing[0]}": 1.0}}).'
        )
        error.names = tuple(missing)
        raise error
    numbers = [np.array([known.get(s, np.nan) for s in model.parameters], np.float64)]
    return np.concatenate([*numbers, *(v.ravel() for v in model.arrays.values())])
