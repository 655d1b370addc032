"""Functions of the elements of symbolic arrays, numbers and terms, broadcast against each other."""

from collections.abc import Callable
from typing import Any

import numpy as np

from symnum.errors import InputError
from symnum.models.stencil_trace.arrays import FieldArray, made_of
from symnum.models.stencil_trace.calling import ParameterValues
from symnum.models.stencil_trace.meeting import meet_pieces
from symnum.models.stencil_trace.memory import Memory
from symnum.models.stencil_trace.numbers import as_number, number_pieces
from symnum.models.stencil_trace.pieces import Piece
from symnum.models.stencil_trace.session import Session
from symnum.terms import interface, operations
from symnum.terms.interning import bulk
from symnum.terms.symbols import apply

__all__ = ["as_field_array", "as_value", "elementwise", "is_condition", "pieces_of", "session_of", "shape_of"]


def session_of(*values: Any) -> Session | None:
    """Return the tracing that values belong to, looking into lists."""
    for value in values:
        if isinstance(value, FieldArray):
            return value.session
        if isinstance(value, list | tuple):
            found = session_of(*value)
            if found is not None:
                return found
    return None


def shape_of(value: Any) -> tuple[int, ...]:
    """Return the shape of an array, a list, a term or a number."""
    if isinstance(value, FieldArray | np.ndarray):
        return value.shape
    if interface.is_symbol(value) or interface.is_expr(value):
        return ()
    return np.shape(value)


def elementwise(session: Session, function: Callable[..., Any], *operands: Any) -> Any:
    """Return a function of elements.

    Parameters
    ----------
    session : Session
    function : callable
        Of as many terms and numbers as there are operands.
    *operands : FieldArray, ndarray, term or number

    Returns
    -------
    FieldArray, or a term if there are no axes
    """
    operands = tuple(_plain(session, o) for o in operands)
    shape = np.broadcast_shapes(*[shape_of(o) for o in operands])
    if not shape:
        return function(*operands)
    places = [k for k, o in enumerate(operands) if shape_of(o)]
    found: list[Piece] | None = None
    known: dict[tuple[Any, ...], Any] = {}
    made = []
    with bulk():
        for k in places:
            pieces = pieces_of(session, operands[k], shape)
            found = pieces if found is None else meet_pieces(session, found, pieces)
        for axes, terms in found or []:
            key = tuple((t, t.__class__) for t in terms)
            if key not in known:
                given = list(operands)
                for k, term in zip(places, terms, strict=True):
                    given[k] = term
                known[key] = function(*given)
            made.append(Piece(axes, (known[key],)))
    return made_of(session, shape, made)


def pieces_of(session: Session, value: Any, shape: tuple[int, ...]) -> list[Piece]:
    """Return the pieces of a value that is broadcast to a shape."""
    if isinstance(value, FieldArray) and not value.is_numeric:
        if value.shape == shape:
            return value.pieces()
        return FieldArray(value.memory, np.broadcast_to(value.geometry, shape)).pieces()
    if isinstance(value, FieldArray):
        value = value.geometry
    if shape_of(value):
        return number_pieces(session, np.broadcast_to(value, shape))
    return [Piece(p.axes, (value,)) for p in number_pieces(session, np.broadcast_to(np.zeros(()), shape))]


def as_value(value: Any) -> Any:
    """Return scalars of NumPy and arrays without axes as what they hold."""
    if isinstance(value, FieldArray):
        return value[()] if not value.ndim else value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray) and not value.ndim:
        return as_value(value[()])
    return value


def _plain(session: Session, value: Any) -> Any:
    if isinstance(value, ParameterValues):
        value.__array_ufunc__()  # says that it is no number
    value = as_value(value.gathered() if hasattr(value, "gathered") else value)
    if isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.dtype == object):
        return as_field_array(session, value)
    if isinstance(value, complex) or (isinstance(value, np.ndarray) and value.dtype.kind not in "biuf"):
        kind = getattr(value, "dtype", "complex numbers")
        raise InputError(f"{kind} have no place among real fields; take their real and imaginary parts")
    return value


def as_field_array(session: Session, value: Any) -> Any:
    """Return lists of terms and arrays of objects as symbolic arrays; what is one, or holds only numbers, as it is."""
    if isinstance(value, FieldArray):
        return value
    if isinstance(value, np.ndarray) and value.dtype != object:
        return value
    if isinstance(value, list | tuple) and any(_holds_arrays(v) for v in value):
        from symnum.models.stencil_trace.joining import stack

        return stack(session, [as_field_array(session, v) for v in value])
    array = np.array(value, dtype=object)
    if all(isinstance(v, int | float | np.number) for v in array.flat):
        return array.astype(float)
    memory = Memory(session, array.shape, numbers=np.zeros(array.shape))
    for place, term in enumerate(array.flat):
        memory.write_cell(place, as_number(term))
    return FieldArray(memory, memory.frame)


def _holds_arrays(value: Any) -> bool:
    if isinstance(value, FieldArray | np.ndarray):
        return True
    return isinstance(value, list | tuple) and any(_holds_arrays(v) for v in value)


def is_symbolic(value: Any) -> bool:
    """Tell whether a value is a term, or an array that holds terms."""
    if isinstance(value, FieldArray):
        return not value.is_numeric
    if isinstance(value, np.ndarray):
        return bool(value.dtype == object)
    return interface.is_symbol(value) or interface.is_expr(value)


def is_condition(term: Any) -> bool:
    """Tell whether a term is true or false."""
    if isinstance(term, bool):
        return True
    return interface.is_call(term) and operations.get_operation(interface.operation(term)).is_condition


def as_numeric(term: Any) -> Any:
    """Return a condition as 1 or 0, anything else as it is."""
    if isinstance(term, bool):
        return int(term)
    return apply("piecewise", 1, term, 0) if is_condition(term) else term


def numeric_operands(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that takes conditions as 1 or 0."""
    return lambda *terms: function(*[as_numeric(t) for t in terms])
