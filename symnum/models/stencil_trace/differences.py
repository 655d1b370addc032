"""Differences and gradients of symbolic arrays along their axes."""

from typing import Any

import numpy as np

from symnum.errors import InputError, UnsupportedError
from symnum.models.stencil_trace.arrays import FieldArray
from symnum.models.stencil_trace.elementwise import shape_of
from symnum.models.stencil_trace.joining import concatenate, symbolic

__all__ = ["diff", "gradient", "trapezoid"]


def _cut(array: FieldArray, axis: int, start: int | None, stop: int | None) -> FieldArray:
    part: FieldArray = array[(slice(None),) * axis + (slice(start, stop),)]
    return part


def diff(a: FieldArray, n: int = 1, axis: int = -1, prepend: Any = np._NoValue, append: Any = np._NoValue) -> Any:
    """Return the n-th difference along an axis."""
    axis = axis % a.ndim
    parts = [p for p in (prepend, a, append) if p is not np._NoValue]
    if len(parts) > 1:
        shape = (*a.shape[:axis], 1, *a.shape[axis + 1 :])
        wide = [p if shape_of(p) else symbolic(a.session, np.zeros(shape)) + p for p in parts]
        a = concatenate(a.session, wide, axis)
    for _ in range(n):
        a = _cut(a, axis, 1, None) - _cut(a, axis, None, -1)
    return a


def gradient(f: FieldArray, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Return second-order differences along axes, one-sided at the ends, as numpy.gradient does.

    Raises
    ------
    InputError
        If the number of spacings does not fit the number of axes, or an axis is too short.
    UnsupportedError
        For an edge order other than 1 and 2.
    """
    axes = tuple(range(f.ndim)) if axis is None else tuple(np.atleast_1d(axis) % f.ndim)
    spacings = list(varargs) or [1.0]
    spacings = spacings * len(axes) if len(spacings) == 1 else spacings
    if len(spacings) != len(axes):
        raise InputError(f"np.gradient got {len(spacings)} spacings for {len(axes)} axes")
    if edge_order not in (1, 2):
        raise UnsupportedError(f"np.gradient knows edge_order 1 and 2, not {edge_order}")
    if any(f.shape[a] < edge_order + 1 for a in axes):
        raise InputError(f"np.gradient needs {edge_order + 1} elements along each axis; the array is {f.shape}")
    found = [_gradient(f, int(a), h, edge_order) for a, h in zip(axes, spacings, strict=True)]
    return found[0] if len(found) == 1 else tuple(found)


def _gradient(f: FieldArray, axis: int, spacing: Any, edge_order: int) -> FieldArray:
    n, parts = f.shape[axis], []
    if np.ndim(spacing):
        steps = np.diff(np.asarray(spacing, float))
        if len(steps) != n - 1:
            raise InputError(f"np.gradient got {len(steps) + 1} coordinates for an axis of {n} elements")
        spacing = steps[0] if np.all(steps == steps[0]) else None
    at = [_cut(f, axis, k, (k + 1) or None) for k in (range(min(n, 3)))]
    end = [_cut(f, axis, n - 1 - k, n - k) for k in range(min(n, 3))]
    inner = [_cut(f, axis, k, n - 2 + k) for k in range(3)]
    if spacing is not None:
        h = spacing
        if edge_order == 1:
            low, high = (at[1] - at[0]) / h, (end[0] - end[1]) / h
        else:
            low = -1.5 / h * at[0] + 2.0 / h * at[1] + -0.5 / h * at[2]
            high = 0.5 / h * end[2] + -2.0 / h * end[1] + 1.5 / h * end[0]
        middle = (inner[2] - inner[0]) / (2.0 * h)
    else:
        d1, d2 = (_along(s, axis, f.ndim) for s in (steps[:-1], steps[1:]))
        middle = -d2 / (d1 * (d1 + d2)) * inner[0] + (d2 - d1) / (d1 * d2) * inner[1] + d1 / (d2 * (d1 + d2)) * inner[2]
        low, high = _uneven_ends(at, end, steps, edge_order)
    parts = [low, middle, high] if n > 2 else [low, high]
    return concatenate(f.session, parts, axis)


def _along(steps: Any, axis: int, ndim: int) -> Any:
    return steps.reshape([-1 if k == axis else 1 for k in range(ndim)])


def _uneven_ends(at: list[FieldArray], end: list[FieldArray], steps: Any, edge_order: int) -> tuple[Any, Any]:
    if edge_order == 1:
        return (at[1] - at[0]) / float(steps[0]), (end[0] - end[1]) / float(steps[-1])
    (a, b), (c, d) = (float(s) for s in steps[:2]), (float(s) for s in steps[-2:])
    low = -(2 * a + b) / (a * (a + b)) * at[0] + (a + b) / (a * b) * at[1] + -a / (b * (a + b)) * at[2]
    high = d / (c * (c + d)) * end[2] + -(d + c) / (c * d) * end[1] + (2 * d + c) / (d * (c + d)) * end[0]
    return low, high


def trapezoid(y: FieldArray, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """Return the integral along an axis by the trapezoidal rule."""
    axis = axis % y.ndim
    if x is not None:
        steps = np.diff(np.asarray(x, float), axis=-1 if np.ndim(x) == 1 else axis)
        dx = _along(steps, axis, y.ndim) if steps.ndim == 1 else steps
    return (dx * (_cut(y, axis, 1, None) + _cut(y, axis, None, -1)) / 2.0).sum(axis=axis)
