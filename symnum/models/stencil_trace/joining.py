"""Symbolic arrays put together: concatenation, stacking, rolling, padding."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from symnum.errors import ShapeError, UnsupportedError
from symnum.models.stencil_trace.arrays import FieldArray, made_of
from symnum.models.stencil_trace.elementwise import as_field_array, as_value, elementwise, pieces_of, shape_of
from symnum.models.stencil_trace.indexing import shifted, take
from symnum.models.stencil_trace.memory import Memory
from symnum.models.stencil_trace.session import Session

__all__ = ["block", "concatenate", "pad", "repeat", "roll", "stack", "symbolic"]


def symbolic(session: Session, value: Any) -> FieldArray:
    """Return any array, list, term or number as a symbolic array."""
    value = value if isinstance(value, FieldArray) else as_value(as_field_array(session, as_value(value)))
    if isinstance(value, FieldArray):
        return value
    if shape_of(value):
        memory = Memory(session, np.shape(value), numbers=np.array(value))
    else:
        memory = Memory(session, (), numbers=np.zeros(()))
        memory.write_cell(0, value)
    return FieldArray(memory, memory.frame)


def concatenate(session: Session, arrays: Sequence[Any], axis: int | None = 0) -> FieldArray:
    """Return arrays joined along an axis.

    Raises
    ------
    ShapeError
        If they do not fit.
    """
    parts = [symbolic(session, a) for a in arrays]
    if axis is None:
        parts, axis = [ravel(p) for p in parts], 0
    axis = axis % parts[0].ndim if parts[0].ndim else axis
    rest = {p.shape[:axis] + p.shape[axis + 1 :] for p in parts}
    if len(rest) != 1 or not parts[0].ndim:
        raise ShapeError(
            f"arrays of shapes {', '.join(str(p.shape) for p in parts)} do not fit together on axis {axis}"
        )
    pieces, at = [], 0
    for part in parts:
        if part.size:
            pieces += shifted(part, pieces_of(session, part, part.shape), axis, at)
        at += part.shape[axis]
    shape = (*parts[0].shape[:axis], at, *parts[0].shape[axis + 1 :])
    made: FieldArray = made_of(session, shape, pieces)
    return made


def stack(session: Session, arrays: Sequence[Any], axis: int = 0) -> FieldArray:
    """Return arrays stacked along a new axis."""
    parts = [symbolic(session, a) for a in arrays]
    shape = np.broadcast_shapes(*[p.shape for p in parts])
    if any(p.shape != shape for p in parts):
        raise ShapeError(f"arrays of shapes {', '.join(str(p.shape) for p in parts)} cannot be stacked: shapes differ")
    axis = axis % (len(shape) + 1)
    return concatenate(session, [_expanded(p, axis) for p in parts], axis)


def _expanded(array: FieldArray, axis: int) -> FieldArray:
    return FieldArray(array.memory, np.expand_dims(array.geometry, axis))


def block(session: Session, arrays: Any) -> FieldArray:
    """Return nested lists of arrays put together, the innermost along the last axis."""
    depth, inner = 0, arrays
    while isinstance(inner, list):
        depth, inner = depth + 1, inner[0]

    def joined(part: Any, level: int) -> FieldArray:
        if not isinstance(part, list):
            made = symbolic(session, part)
            return FieldArray(made.memory, made.geometry.reshape((1,) * (depth - made.ndim) + made.shape))
        return concatenate(session, [joined(p, level + 1) for p in part], level - depth)

    return joined(arrays, 0)


def ravel(array: FieldArray) -> FieldArray:
    """Return an array with one axis, in C order."""
    return reshape(array, (-1,))


def reshape(array: FieldArray, shape: Any, order: str = "C") -> FieldArray:
    """Return an array of another shape: a view where NumPy has one, else a copy.

    Raises
    ------
    UnsupportedError
        For orders other than C and F.
    """
    shape = tuple(int(n) for n in shape) if isinstance(shape, list | tuple) else (int(shape),)
    if order == "F":
        turned = reshape(array.T, tuple(reversed(_full_shape(array.size, shape))))
        return turned.T
    if order not in ("C", "A"):
        raise UnsupportedError(f'reshape of symbolic arrays knows the orders "C" and "F", not {order!r}')
    full = _full_shape(array.size, shape)
    if array.geometry.flags.c_contiguous:
        return FieldArray(array.memory, array.geometry.reshape(full))
    try:
        view = array.geometry.view()
        view.shape = full
        return FieldArray(array.memory, view)
    except AttributeError:
        copied = copy(array)
        return FieldArray(copied.memory, copied.geometry.reshape(full))


def _full_shape(size: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    known = int(np.prod([n for n in shape if n != -1], dtype=np.int64))
    full = tuple(size // max(known, 1) if n == -1 else n for n in shape)
    if int(np.prod(full, dtype=np.int64)) != size or shape.count(-1) > 1:
        raise ShapeError(f"cannot reshape array of size {size} into shape {shape}")
    return full


def copy(array: FieldArray) -> FieldArray:
    """Return a new array with the same elements."""
    if array.is_numeric:
        return symbolic(array.session, array.geometry)
    made: FieldArray = made_of(array.session, array.shape, array.pieces())
    return made if array.ndim else symbolic(array.session, made)


def roll(array: FieldArray, shift: Any, axis: Any = None) -> FieldArray:
    """Return an array with its elements moved round along axes."""
    if axis is None:
        return reshape(roll(ravel(array), shift, 0), array.shape)
    shifts, axes = np.broadcast_arrays(np.atleast_1d(shift), np.atleast_1d(axis))
    for by, along in zip(shifts.tolist(), axes.tolist(), strict=True):
        along = along % array.ndim
        n = array.shape[along]
        array = take(array, np.roll(np.arange(n), int(by)), along)
    return array


def repeat(array: FieldArray, repeats: Any, axis: int | None = None) -> FieldArray:
    """Return an array with each element repeated along an axis."""
    if axis is None:
        array, axis = ravel(array), 0
    axis = axis % array.ndim
    n = array.shape[axis]
    if np.ndim(repeats) == 0 and n > 1:
        wide = np.broadcast_to(
            np.expand_dims(array.geometry, axis + 1), (*array.shape[: axis + 1], int(repeats), *array.shape[axis + 1 :])
        )
        shape = (*array.shape[:axis], n * int(repeats), *array.shape[axis + 1 :])
        return reshape(copy(FieldArray(array.memory, wide)), shape)
    return take(array, np.repeat(np.arange(n), repeats), axis)


def pad(array: FieldArray, width: Any, mode: str = "constant", **options: Any) -> FieldArray:
    """Return an array with a border around it.

    Raises
    ------
    UnsupportedError
        For modes other than constant, edge, reflect, symmetric and wrap.
    """
    if mode not in ("constant", "edge", "reflect", "symmetric", "wrap", "empty"):
        raise UnsupportedError(
            f"np.pad of symbolic arrays knows the modes constant, edge, reflect, symmetric and wrap, not {mode!r}"
        )
    if options.get("reflect_type", "even") != "even":
        raise UnsupportedError('np.pad of symbolic arrays reflects with reflect_type="even" alone')
    widths = _pairs(width, array.ndim)
    constants = _pairs(options.get("constant_values", 0), array.ndim)
    for along, (before, after) in enumerate(widths):
        if mode in ("constant", "empty"):
            array = _pad_constant(array, along, int(before), int(after), constants[along])
        else:
            index = np.pad(np.arange(array.shape[along]), (int(before), int(after)), mode=mode)  # type: ignore[call-overload]
            array = take(array, index, along)
    return array


def _pairs(value: Any, count: int) -> list[tuple[Any, Any]]:
    if isinstance(value, dict):
        given = [value[k] if k in value else value.get(k - count, 0) for k in range(count)]
        return [tuple(np.broadcast_to(pair, (2,))) for pair in given]
    made = np.empty((count, 2), object)
    made[...] = np.array(value, dtype=object) if isinstance(value, list | tuple) else value
    return [(low, high) for low, high in made]


def _pad_constant(array: FieldArray, axis: int, before: int, after: int, values: tuple[Any, Any]) -> FieldArray:
    parts = [array]
    for count, value, first in ((before, values[0], True), (after, values[1], False)):
        if count:
            shape = (*array.shape[:axis], count, *array.shape[axis + 1 :])
            border = elementwise(array.session, lambda _, v: v, np.zeros(shape), value)
            parts = [border, *parts] if first else [*parts, border]
    return concatenate(array.session, parts, axis) if len(parts) > 1 else array
