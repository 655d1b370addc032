"""Tracing a right-hand side on arrays: calling it once, and making a system on a grid of what it gives."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symnum.errors import InputError, ShapeError, SymnumError, UnsupportedError
from symnum.models.names import split_names
from symnum.models.stencil_trace.accesses import AccessFinder
from symnum.models.stencil_trace.arrays import FieldArray
from symnum.models.stencil_trace.calling import Conventions, ParameterValues, conventions
from symnum.models.stencil_trace.elementwise import as_field_array
from symnum.models.stencil_trace.emit import emit, initial_regions
from symnum.models.stencil_trace.fields import FieldPlace, layouts
from symnum.models.stencil_trace.joining import concatenate, copy, ravel, reshape, symbolic
from symnum.models.stencil_trace.memory import Memory
from symnum.models.stencil_trace.model import TracedModel
from symnum.models.stencil_trace.session import Session
from symnum.models.stencil_trace.substitutes import substituted
from symnum.systems.stencils.arrays import StencilArray
from symnum.systems.stencils.grid import Field, Geometry, GridAxis
from symnum.systems.stencils.system import StencilSystem
from symnum.terms.canonical import Symbol
from symnum.terms.interning import bulk
from symnum.terms.trace.tracing import explained, name_of

__all__ = ["trace_program"]


class _State(NamedTuple):
    """An array of the state: its name, number among the sources, shape, and place in the whole state."""

    name: str
    source: int
    shape: tuple[int, ...]
    offset: int


def trace_program(
    function: Callable[..., Any],
    *,
    shape: Any,
    parameters: Any = None,
    arguments: str | Sequence[str] | None = None,
    fields: str | Sequence[str] | None = None,
    initial: Any = None,
    coordinates: Mapping[str, Any] | None = None,
    name: str | None = None,
) -> TracedModel:
    """Return the model that a right-hand side on arrays is.

    Parameters
    ----------
    function : callable
        ``f(t, y)``, ``f(t, y, p)``, ``f(y)``, ``f(y, t)``, ``f(dy, y, p, t)`` by the names of its arguments. It
        returns the derivative of the state (an array of its shape or flat, or a tuple of the parts), or fills in the
        array `dy`.
    shape : int, tuple of int, mapping of str to shape, or list of shapes
        Of the state. Several arrays by name are passed as arguments of these names, or together as a tuple.
    parameters : mapping of str to number or ndarray, str, or sequence of numbers, optional
        Values of further arguments, or what the one further argument holds. Arrays are parameter arrays.
    arguments : str or sequence of str, optional
        What the arguments are, in order: ``"t y p"``, ``"dy y p t"``; other words are names of parameters.
    fields : str or sequence of str, optional
        Names of the fields in the state.
    initial : ndarray, or mapping or tuple of them, optional
        Initial values, of the shape of the state.
    coordinates : mapping of str to ndarray, optional
        Values along each axis of the grid, by the axis's name.
    name : str, optional

    Returns
    -------
    TracedModel

    Raises
    ------
    TracingError
        If the program needs to know a value, or does what has no form for symbolic arrays; with the line.
    ShapeError
        If it does not return one derivative for each element of the state.

    Notes
    -----
    During the call ``np.zeros``, ``np.array`` and the like, and filters of SciPy, know symbolic arrays; they are put
    back afterwards. Zeros, ones and minus ones in arrays of numbers count as exact.

    Examples
    --------
    >>> import numpy as np
    >>> from symnum.models.stencil_trace.trace_program import trace_program
    >>> trace_program(lambda t, u, D: D * np.diff(np.pad(u, 1, "edge"), 2), shape=100, parameters={"D": 0.1})
    <TracedModel <lambda>: u 100; 3 boxes of cells>
    """
    shapes = _shapes(shape)
    rules = conventions(function, arguments, parameters, [n for n, _ in shapes if n is not None])
    t = Symbol("t")
    session = Session([t])
    states = _states(session, shapes, rules)
    with bulk():
        results = _called(session, function, rules, states, t)
        views = {s.source: set(m.views or ()) for s, m in zip(states, results.inputs, strict=True)}
        title = name or name_of(function)
        return TracedModel(
            _system(session, states, results.derivatives, views, fields, rules, initial, coordinates, title)
        )


def _shapes(shape: Any) -> list[tuple[str | None, tuple[int, ...]]]:
    if isinstance(shape, Mapping):
        return [(str(n), _one_shape(s)) for n, s in shape.items()]
    if isinstance(shape, list | tuple) and shape and all(isinstance(s, list | tuple) for s in shape):
        return [(f"y{k}", _one_shape(s)) for k, s in enumerate(shape)]
    return [(None, _one_shape(shape))]


def _one_shape(shape: Any) -> tuple[int, ...]:
    given = tuple(shape) if isinstance(shape, list | tuple) else (shape,)
    if not all(isinstance(n, int | np.integer) and not isinstance(n, bool) and n > 0 for n in given):
        raise ShapeError(f"shape={shape!r} is no shape; give the lengths of the axes of the state: shape=(64, 64).")
    return tuple(int(n) for n in given)


def _states(session: Session, shapes: list[tuple[str | None, tuple[int, ...]]], rules: Conventions) -> list[_State]:
    found, offset = [], 0
    for name, shape in shapes:
        label = name or _label(rules)
        found.append(_State(label, session.add_source(label, "state", shape), shape, offset))
        offset += int(np.prod(shape, dtype=np.int64))
    return found


def _label(rules: Conventions) -> str:
    return rules.state_name if rules.state_name not in rules.parameters else "y"


class _Results(NamedTuple):
    inputs: list[Memory]
    derivatives: dict[int, Memory]


def _called(
    session: Session, function: Callable[..., Any], rules: Conventions, states: list[_State], t: Any
) -> _Results:
    inputs = [Memory.of_source(session, s.source) for s in states]
    for memory in inputs:
        memory.views = set()
    arrays = [FieldArray(m, m.frame) for m in inputs]
    outputs = [Memory(session, s.shape, numbers=np.zeros(s.shape)) for s in states]
    blanks = [FieldArray(m, m.frame) for m in outputs]
    given = _arguments(session, rules, states, arrays, blanks, t)
    with substituted(session, function):
        try:
            result = function(**given) if rules.by_name else function(*given.values())
            if result is None and "dy" in rules.roles:
                result = tuple(blanks) if len(blanks) > 1 else blanks[0]
            elif result is None:
                raise InputError("it returns nothing; a return statement is missing, or an argument dy to be filled in")
            derivatives = _derivatives(session, result, states)
        except (SymnumError, TypeError, ValueError, IndexError, AttributeError, ZeroDivisionError) as error:
            raise explained(function, error) from error
    return _Results(inputs, {s.source: m for s, m in zip(states, derivatives, strict=True)})


def _arguments(
    session: Session, rules: Conventions, states: list[_State], arrays: list[Any], blanks: list[Any], t: Any
) -> dict[str, Any]:
    values = {name: _parameter(session, name, value) for name, value in rules.parameters.items()}
    by_name = dict(zip((s.name for s in states), arrays, strict=True))
    whole = {"y": arrays, "dy": blanks}
    given = {}
    for role, name in zip(rules.roles, rules.names, strict=True):
        if role == "t":
            given[name] = t
        elif role in whole:
            given[name] = tuple(whole[role]) if len(states) > 1 else whole[role][0]
        elif role == "p":
            given[name] = ParameterValues(values)
        elif name in rules.constants:
            given[name] = rules.constants[name]
        else:
            given[name] = by_name.get(role, values.get(role))
    return given


def _parameter(session: Session, name: str, value: Any) -> Any:
    if isinstance(value, np.ndarray | list | tuple) and np.ndim(value):
        source = session.add_source(name, "parameter", np.shape(value), np.asarray(value, float))
        memory = Memory.of_source(session, source)
        return FieldArray(memory, memory.frame)
    return Symbol(name)


def _derivatives(session: Session, result: Any, states: list[_State]) -> list[Memory]:
    """Return what a program gave as one memory for each array of the state."""
    if isinstance(result, Mapping):
        result = (
            tuple(result[s.name] for s in states) if {s.name for s in states} <= set(result) else tuple(result.values())
        )
    parts: list[Any]
    if len(states) > 1 and isinstance(result, list | tuple) and len(result) == len(states):
        parts = [symbolic(session, r) for r in result]
    else:
        whole = _one_array(session, result)
        sizes = [int(np.prod(s.shape)) for s in states]
        if whole.size != sum(sizes):
            raise _returned(whole.shape, states)
        flat = ravel(whole) if len(states) > 1 else whole
        parts = (
            [flat[s.offset : s.offset + n] for s, n in zip(states, sizes, strict=True)] if len(states) > 1 else [flat]
        )
    found = []
    for part, state in zip(parts, states, strict=True):
        if part.shape != state.shape:
            if part.size != np.prod(state.shape):
                raise _returned(part.shape, [state])
            part = reshape(part, state.shape)
        found.append(copy(part).memory)
    return found


def _one_array(session: Session, result: Any) -> FieldArray:
    if isinstance(result, list | tuple):
        arrays = [symbolic(session, r) for r in result]
        if len({a.shape for a in arrays}) > 1:
            return concatenate(session, arrays, None)
        return symbolic(session, as_field_array(session, arrays))
    return symbolic(session, result)


def _returned(shape: tuple[int, ...], states: list[_State]) -> ShapeError:
    wanted = " and ".join(str(s.shape) for s in states)
    return ShapeError(f"it returned an array of shape {shape} as the derivative of a state of shape {wanted}")


def _system(
    session: Session,
    states: list[_State],
    derivatives: dict[int, Memory],
    views: dict[int, set[Any]],
    fields: Any,
    rules: Conventions,
    initial: Any,
    coordinates: Mapping[str, Any] | None,
    title: str,
) -> StencilSystem:
    failure: Exception | None = None
    for places in _candidates(derivatives, states, views, fields):
        finder = AccessFinder(session, places)
        try:
            found = emit(session, derivatives, places, finder)
            starts = _starts(session, finder, states, places, initial)
        except UnsupportedError as error:
            failure = failure or error
            continue
        scalars = [Symbol(n) for n, v in rules.parameters.items() if not np.ndim(v)]
        values = [v for v in rules.parameters.values() if not np.ndim(v)]
        arrays, defaults = _parameter_arrays(session, len(scalars))
        return StencilSystem(
            arrays=[*_state_arrays(states, places), *finder.tables.values(), *arrays],
            regions=found.regions,
            independent=session.scalars[0],
            parameters=scalars,
            parameter_values=values,
            array_values=defaults,
            sums=found.sums,
            initial=starts,
            geometry=_geometry(places, coordinates),
            fields=[Field(p.name, p.name) for p in places],
            name=title,
        )
    raise UnsupportedError(f"{title} was traced, but its loops fit no grid of cells: {failure}.")


def _candidates(
    derivatives: dict[int, Memory], states: list[_State], views: dict[int, set[Any]], fields: Any
) -> list[list[FieldPlace]]:
    names = None if fields is None else [s.name for s in split_names(fields)]
    if len(states) == 1:
        state = states[0]
        strides = derivatives[state.source].loop_strides()
        return layouts(state.source, state.name, state.shape, views[state.source], strides, names)
    from symnum.models.stencil_trace.views import View, c_strides

    labels = names if names is not None and len(names) == len(states) else [s.name for s in states]
    return [
        [FieldPlace(n, s.source, View(0, s.shape, c_strides(s.shape))) for n, s in zip(labels, states, strict=True)]
    ]


def _state_arrays(states: list[_State], places: list[FieldPlace]) -> list[StencilArray]:
    offsets = {s.source: s.offset for s in states}
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
    session: Session, finder: AccessFinder, states: list[_State], places: list[FieldPlace], initial: Any
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


def _initial_arrays(states: list[_State], places: list[FieldPlace], initial: Any) -> dict[int, NDArray[np.float64]]:
    if isinstance(initial, Mapping):
        by_name = {str(k): v for k, v in initial.items()}
        found = {}
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


def _geometry(places: list[FieldPlace], coordinates: Mapping[str, Any] | None) -> Geometry | None:
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
    for name, n in zip(names, shape, strict=False):
        centres = np.asarray(given.get(name, np.arange(n)), float)
        steps = np.diff(centres) if n > 1 else np.ones(1)
        edges = np.concatenate(
            [[centres[0] - steps[0] / 2], (centres[1:] + centres[:-1]) / 2, [centres[-1] + steps[-1] / 2]]
        )
        axes.append(GridAxis(name, centres, edges, uniform=bool(np.allclose(steps, steps[0]))))
    volumes = np.ones((1,) * len(axes))
    for k, axis in enumerate(axes):
        volumes = volumes * np.diff(axis.edges).reshape([-1 if m == k else 1 for m in range(len(axes))])
    return Geometry(tuple(axes), "cartesian", volumes)
