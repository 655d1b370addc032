"""Elements, slices and selections of symbolic arrays, read and written."""

from bisect import bisect_right
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import InputError, UnsupportedError
from symnum.models.stencil_trace.arrays import FieldArray, made_of
from symnum.models.stencil_trace.elementwise import as_value, elementwise, is_condition, pieces_of, shape_of
from symnum.models.stencil_trace.pieces import Axis, Group, Piece, arrange
from symnum.models.stencil_trace.session import Session
from symnum.models.stencil_trace.views import View

__all__ = ["affine_runs", "read_items", "shifted", "take", "write_items"]

MOST_BOXES = 4096


def read_items(array: FieldArray, key: Any) -> Any:
    """Return ``array[key]``."""
    if key.__class__ is tuple and all(k.__class__ is int for k in key):
        return _part(array, array.geometry[(*key, Ellipsis)])
    key = _normal(key)
    if _has_symbolic(key):
        if len(key) == 1 and key[0].shape == array.shape and all(is_condition(p.terms[0]) for p in key[0].pieces()):
            from symnum.models.stencil_trace.selections import ChosenByValue

            return ChosenByValue(array, key[0])
        raise UnsupportedError(
            "u[condition] picks elements by values, which are not known yet. Write np.where(condition, a, b)"
        )
    if _is_basic(key):
        part = array.geometry[(*key, Ellipsis)] if not _has_dots(key) else array.geometry[key]
        return _part(array, np.asarray(part))
    if array.is_numeric:
        return array.geometry[key]
    if not all(isinstance(p, np.ndarray | slice) or p is None or p is Ellipsis or _is_whole(p) for p in key):
        raise IndexError("indices are integers, slices, or arrays of integers or truth values")
    if len(key) == 1 and key[0].dtype.kind == "b" and key[0].shape == array.shape and array.ndim > 1:
        from symnum.models.stencil_trace.selections import Selection

        return Selection(array, key[0])
    single = _single_axis(array, key)
    if single is not None:
        axis, index, others = single
        return take(read_items(array, others), index, axis)
    return _gathered(array, _places(array, key))


def gather_mask(array: FieldArray, mask: NDArray[Any]) -> Any:
    """Return the elements where a mask is true, one after the other."""
    return _gathered(array, _places(array, (mask,)))


def _part(array: FieldArray, part: NDArray[Any]) -> Any:
    if part.ndim:
        return FieldArray(array.memory, part)
    if array.is_numeric:
        return part[()]
    return array.memory.read_cell(array.memory.view_of(part).offset)


def _normal(key: Any) -> tuple[Any, ...]:
    parts = key if isinstance(key, tuple) else (key,)
    return tuple(_normal_part(p) for p in parts)


def _normal_part(part: Any) -> Any:
    if isinstance(part, list):
        return np.asarray(part)
    if isinstance(part, FieldArray) and part.is_numeric:
        return part.geometry.astype(int) if part.dtype.kind == "f" else part.geometry
    return part


def _has_symbolic(key: tuple[Any, ...]) -> bool:
    return any(isinstance(p, FieldArray) for p in key)


def _is_basic(key: tuple[Any, ...]) -> bool:
    return all(p is None or p is Ellipsis or isinstance(p, slice) or (np.ndim(p) == 0 and _is_whole(p)) for p in key)


def _is_whole(part: Any) -> bool:
    return isinstance(part, int | np.integer) and not isinstance(part, bool | np.bool_)


def _has_dots(key: tuple[Any, ...]) -> bool:
    return any(p is Ellipsis for p in key)


def _single_axis(array: FieldArray, key: tuple[Any, ...]) -> tuple[int, NDArray[Any], tuple[Any, ...]] | None:
    """Return axis and indices of a selection along one axis, and the rest of the key."""
    lists = [k for k, p in enumerate(key) if isinstance(p, np.ndarray)]
    if len(lists) != 1 or key[lists[0]].ndim != 1 or any(_is_whole(p) for p in key):
        return None
    place, index = lists[0], key[lists[0]]
    if index.dtype.kind == "b":
        index = np.flatnonzero(index)
    others = (*key[:place], slice(None), *key[place + 1 :])
    before = key[:place]
    used = sum(1 for p in key if p is not None and p is not Ellipsis)
    axis = sum(array.ndim - used if p is Ellipsis else 1 for p in before)
    return axis, index, others


def _places(array: FieldArray, key: tuple[Any, ...]) -> NDArray[np.int64]:
    """Return the places in memory of a selection."""
    view = array.view_of_memory
    places = np.full(view.shape, view.offset, np.int64)
    for axis, (n, stride) in enumerate(zip(view.shape, view.strides, strict=True)):
        places += (np.arange(n) * stride).reshape([-1 if k == axis else 1 for k in range(len(view.shape))])
    return np.asarray(places[key])


def affine_runs(values: NDArray[Any]) -> list[tuple[int, int, int, int]]:
    """Return ``(start, stop, first value, step)`` of the runs of equal differences in a row of integers."""
    numbers = np.asarray(values, np.int64)
    steps = np.diff(numbers)
    changes = (np.flatnonzero(steps[1:] != steps[:-1]) + 1).tolist()

    def end_of_run(start: int) -> int:
        k = bisect_right(changes, start)
        return changes[k] if k < len(changes) else len(steps)

    found, start = [], 0
    while start < len(numbers):
        end = end_of_run(start) if start < len(steps) else start
        if end == start + 1 and end < len(steps) and end_of_run(end) > end + 1:
            end = start  # a single one before a longer run
        found.append((start, end + 1, int(numbers[start]), int(steps[start]) if end > start else 1))
        start = end + 1
    return found


def shifted(array: FieldArray, pieces: list[Piece], axis: int, by: int) -> list[Piece]:
    """Return pieces moved along an axis."""
    if not by:
        return pieces
    found = []
    for piece in pieces:
        moved = Axis(piece.axes[axis].offset + by, piece.axes[axis].loops)
        made = arrange(array.session, [*piece.axes[:axis], moved, *piece.axes[axis + 1 :]], [Group(piece.terms)])
        assert made is not None
        found.append(made)
    return found


def take(array: FieldArray, index: Any, axis: int) -> FieldArray:
    """Return the elements at some indices along an axis, run by run.

    Raises
    ------
    IndexError
        If an index is out of range.
    """
    n = array.shape[axis]
    index = np.asarray(index).astype(np.int64)
    if index.size and (index.min() < -n or index.max() >= n):
        raise IndexError(f"index {index.max()} is out of bounds for axis {axis} with size {n}")
    index = np.where(index < 0, index + n, index)
    view = array.view_of_memory
    pieces = []
    for start, stop, first, step in affine_runs(index):
        part = View(
            view.offset + first * view.strides[axis],
            (*view.shape[:axis], stop - start, *view.shape[axis + 1 :]),
            (*view.strides[:axis], step * view.strides[axis], *view.strides[axis + 1 :]),
        )
        if np.prod(part.shape):
            pieces += shifted(array, array.memory.read(part), axis, start)
    shape = (*array.shape[:axis], len(index), *array.shape[axis + 1 :])
    made: FieldArray = made_of(array.session, shape, pieces)
    return made


def _gathered(array: FieldArray, places: NDArray[np.int64]) -> Any:
    if not places.ndim:
        return array.memory.read_cell(int(places))
    pieces = []
    for start, view in _affine_boxes(places):
        for piece in array.memory.read(view):
            axes = [Axis(a.offset + s, a.loops) for a, s in zip(piece.axes, start, strict=True)]
            made = arrange(array.session, axes, [Group(piece.terms)])
            assert made is not None
            pieces.append(made)
    return made_of(array.session, places.shape, pieces)


def _affine_boxes(places: NDArray[np.int64]) -> list[tuple[tuple[int, ...], View]]:
    """Return boxes in which places depend on the indices in an affine way: where they begin, and as views."""
    ends = []
    for axis in range(places.ndim):
        along = np.moveaxis(places, axis, 0)
        rest = int(np.prod(along.shape[1:], dtype=np.int64))
        changes = np.diff(along, axis=0).reshape(max(len(along) - 1, 0), rest)
        ends.append(_step_runs(changes))
    if np.prod([len(e) for e in ends], dtype=float) > MOST_BOXES:
        raise UnsupportedError("this selection of elements has no loops in it; select whole slices where you can")
    found = []
    for box in product(*ends):
        part = places[tuple(slice(a, b) for a, b in box)]
        steps = [int(part.take(1, axis=k).flat[0] - part.flat[0]) if part.shape[k] > 1 else 0 for k in range(part.ndim)]
        found.append((tuple(a for a, _ in box), View(int(part.flat[0]), part.shape, tuple(steps))))
    return found


def _step_runs(steps: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return the ranges of indices between which the steps are the same, each row of them alike."""
    count = len(steps) + 1
    same = np.all(steps == steps[:, :1], axis=1) if steps.size else np.zeros(0, bool)
    rows = [int(s[0]) if ok else None for s, ok in zip(steps, same, strict=False)]
    found, start = [], 0
    while start < count:
        end = start
        while end < len(rows) and rows[end] is not None and rows[end] == rows[start]:
            end += 1
        if end == start + 1 and end + 1 < len(rows) and rows[end] is not None and rows[end] == rows[end + 1]:
            end = start
        found.append((start, end + 1))
        start = end + 1
    return found


def write_items(array: FieldArray, key: Any, value: Any) -> None:
    """Do ``array[key] = value``."""
    key, value = _normal(key), as_value(value)
    if _has_symbolic(key):
        _write_where(array, key, value)
        return
    session = array.session
    is_number = isinstance(value, bool | int | float) or (isinstance(value, np.ndarray) and value.dtype != object)
    if array.is_numeric and (is_number or (isinstance(value, FieldArray) and value.is_numeric)):
        array.geometry[key] = value.geometry if isinstance(value, FieldArray) else value
        return
    if hasattr(value, "gathered"):
        if len(key) == 1 and isinstance(key[0], np.ndarray) and value.assigned_to(array, key[0]):
            return
        value = value.gathered()
    if len(key) == 1 and isinstance(key[0], np.ndarray) and key[0].dtype.kind == "b" and not shape_of(value):
        _write_where(array, (np.broadcast_to(_spread(key[0], array.ndim), array.shape),), value)
        return
    if _is_basic(key):
        part = np.asarray(array.geometry[(*key, Ellipsis)] if not _has_dots(key) else array.geometry[key])
        _write_view(array, array.memory.view_of(part), value)
        return
    places = _places(array, key)
    if shape_of(value):
        value = symbolic_copy(session, value)
    if places.ndim and len(np.unique(places)) < places.size:
        places, value = _last_of_each(places, value)
    for start, view in _affine_boxes(places) if places.ndim else [((), View(int(places), (), ()))]:
        shown: Any = value
        if shape_of(value):
            wide = np.broadcast_to(value.geometry, places.shape)
            box = tuple(slice(a, a + n) for a, n in zip(start, view.shape, strict=True))
            shown = FieldArray(value.memory, wide[box])
        _write_view(array, view, shown)


def _last_of_each(places: NDArray[np.int64], value: Any) -> tuple[NDArray[np.int64], Any]:
    """Return places that are written twice once, with the value that is written last."""
    flat = places.ravel()
    last = np.sort(flat.size - 1 - np.unique(flat[::-1], return_index=True)[1])
    if shape_of(value):
        wide = FieldArray(value.memory, np.broadcast_to(value.geometry, places.shape))
        value = take(wide.reshape(-1), last, 0)
    return flat[last], value


def symbolic_copy(session: Session, value: Any) -> Any:
    """Return an array, list or symbolic array as a new symbolic array."""
    return elementwise(session, lambda x: x, value)


def _spread(mask: NDArray[Any], ndim: int) -> NDArray[Any]:
    return mask.reshape(mask.shape + (1,) * (ndim - mask.ndim))


def _write_view(array: FieldArray, view: View, value: Any) -> None:
    if view.shape == () or (all(n == 1 for n in view.shape) and not shape_of(value)):
        array.memory.write_cell(view.offset, as_value(value[(0,) * value.ndim] if shape_of(value) else value))
        return
    if not np.prod(view.shape):
        return
    value_shape = shape_of(value)
    while len(value_shape) > len(view.shape) and value_shape[0] == 1:
        value, value_shape = value[0], value_shape[1:]
    try:
        np.broadcast_to(np.empty(()) if not value_shape else np.broadcast_to(np.empty(()), value_shape), view.shape)
    except ValueError:
        raise InputError(
            f"could not broadcast an array of shape {value_shape} into one of shape {view.shape}"
        ) from None
    whole = symbolic_copy(array.session, value) if value_shape else value
    array.memory.write(view, pieces_of(array.session, whole, view.shape))


def _write_where(array: FieldArray, key: tuple[Any, ...], value: Any) -> None:
    from symnum.models.stencil_trace.universal import choose

    if len(key) == 1 and hasattr(value, "is_where") and value.is_where(key[0]):
        value = value.array
        array[...] = elementwise(array.session, choose, key[0], value, array)
        return
    if len(key) != 1 or key[0].shape != array.shape or shape_of(value):
        raise UnsupportedError(
            "u[condition] = ... picks elements by values, which are not known yet. Write u[...] = "
            "np.where(condition, new, u)"
        )
    array[...] = elementwise(array.session, choose, key[0], value, array)
