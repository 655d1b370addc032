"""Tracing a right-hand side on arrays: calling it once, and making a system on a grid of what it gives."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from symnum.errors import InputError, ShapeError, SymnumError, TracingError
from symnum.models.stencil_trace.arrays import FieldArray
from symnum.models.stencil_trace.assemble import State, Traced, assemble
from symnum.models.stencil_trace.calling import Conventions, ParameterValues, conventions
from symnum.models.stencil_trace.elementwise import as_field_array
from symnum.models.stencil_trace.joining import concatenate, copy, ravel, reshape, symbolic
from symnum.models.stencil_trace.memory import Memory
from symnum.models.stencil_trace.model import TracedModel
from symnum.models.stencil_trace.session import Session
from symnum.models.stencil_trace.substitutes import substituted
from symnum.terms.canonical import Symbol
from symnum.terms.interning import bulk
from symnum.terms.trace.tracing import explained, name_of

__all__ = ["trace_program"]


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
    function = getattr(function, "py_func", function)  # what Numba has compiled knows no symbols
    shapes = _shapes(shape)
    rules = conventions(function, arguments, parameters, [n for n, _ in shapes if n is not None])
    with bulk():
        session, states, results = _results(function, shapes, rules)
        views = {s.source: set(m.views or ()) for s, m in zip(states, results.inputs, strict=True)}
        title = name or name_of(function)
        traced = Traced(session, states, results.derivatives, views, rules)
        return TracedModel(assemble(traced, fields=fields, initial=initial, coordinates=coordinates, name=title))


def _results(
    function: Callable[..., Any], shapes: list[tuple[str | None, tuple[int, ...]]], rules: Conventions
) -> "tuple[Session, list[State], _Results]":
    """Call the program; again with its own arrays symbolic if it writes into what it made before the call."""
    t, first = Symbol("t"), None
    for buffers in (False, True):
        session = Session([t])
        states = _states(session, shapes, rules)
        try:
            return session, states, _called(session, function, rules, states, t, buffers)
        except TracingError as error:
            if first is not None or not session.wanted_numbers:
                raise first or error from (first or error).__cause__
            first = error
    raise AssertionError


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


def _states(session: Session, shapes: list[tuple[str | None, tuple[int, ...]]], rules: Conventions) -> list[State]:
    found, offset = [], 0
    for name, shape in shapes:
        label = name or _label(rules)
        found.append(State(label, session.add_source(label, "state", shape), shape, offset))
        offset += int(np.prod(shape, dtype=np.int64))
    return found


def _label(rules: Conventions) -> str:
    return rules.state_name if rules.state_name not in rules.parameters else "y"


class _Results(NamedTuple):
    inputs: list[Memory]
    derivatives: dict[int, Memory]


def _called(
    session: Session, function: Callable[..., Any], rules: Conventions, states: list[State], t: Any, buffers: bool
) -> _Results:
    inputs = [Memory.of_source(session, s.source) for s in states]
    for memory in inputs:
        memory.views = set()
    arrays = [FieldArray(m, m.frame) for m in inputs]
    outputs = [Memory(session, s.shape, numbers=np.zeros(s.shape)) for s in states]
    blanks = [FieldArray(m, m.frame) for m in outputs]
    given = _arguments(session, rules, states, arrays, blanks, t)
    with substituted(session, function, buffers):
        try:
            result = function(**given) if rules.by_name else function(*given.values())
            if result is None and "dy" in rules.roles:
                result = tuple(blanks) if len(blanks) > 1 else blanks[0]
            if session.refusal is not None:
                raise session.refusal
            if result is None:
                raise InputError("it returns nothing; a return statement is missing, or an argument dy to be filled in")
            derivatives = _derivatives(session, result, states)
        except (SymnumError, TypeError, ValueError, IndexError, AttributeError, ZeroDivisionError) as error:
            raise explained(function, error) from error
    return _Results(inputs, {s.source: m for s, m in zip(states, derivatives, strict=True)})


def _arguments(
    session: Session, rules: Conventions, states: list[State], arrays: list[Any], blanks: list[Any], t: Any
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
            given[name] = by_name.get(role or name, values.get(role or name))
    return given


def _parameter(session: Session, name: str, value: Any) -> Any:
    if isinstance(value, np.ndarray | list | tuple) and np.ndim(value):
        source = session.add_source(name, "parameter", np.shape(value), np.asarray(value, float))
        memory = Memory.of_source(session, source)
        return FieldArray(memory, memory.frame)
    return Symbol(name)


def _derivatives(session: Session, result: Any, states: list[State]) -> list[Memory]:
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


def _returned(shape: tuple[int, ...], states: list[State]) -> ShapeError:
    wanted = " and ".join(str(s.shape) for s in states)
    return ShapeError(f"it returned an array of shape {shape} as the derivative of a state of shape {wanted}")
