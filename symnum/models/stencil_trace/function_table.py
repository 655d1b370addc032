"""NumPy's functions that are no universal functions, each with its form for symbolic arrays."""

from collections.abc import Callable
from typing import Any

import numpy as np

from symnum.errors import UnsupportedError
from symnum.models.stencil_trace import (
    differences,
    filters,
    joining,
    products,
    reductions,
    statistics,
    tables,
)
from symnum.models.stencil_trace.arrays import FieldArray
from symnum.models.stencil_trace.elementwise import elementwise, is_symbolic
from symnum.models.stencil_trace.indexing import take
from symnum.models.stencil_trace.memory import Memory
from symnum.models.stencil_trace.session import Session
from symnum.models.stencil_trace.universal import choose, function_named

__all__ = ["FUNCTIONS", "written_into", "zeros"]


def zeros(session: Session, shape: Any, value: Any = 0.0, dtype: Any = None) -> FieldArray:
    """Return a new array that holds a number everywhere, into which terms may be written."""
    shape = shape if isinstance(shape, tuple | list) else (shape,)
    numbers = np.full(tuple(int(n) for n in shape), value, float if dtype in (None, object) else dtype)
    memory = Memory(session, numbers.shape, numbers=numbers.astype(float))
    return FieldArray(memory, memory.frame)


def written_into(out: Any, result: Any) -> Any:
    """Return a result, or the array that it was to be written into."""
    if out is None:
        return result
    out[...] = result
    return out


def _like(value: Any) -> Callable[..., Any]:
    def made(session: Session, a: Any, *args: Any, shape: Any = None, fill_value: Any = value, order: Any = "K") -> Any:
        fill = args[0] if args and value is None else fill_value
        new = zeros(session, np.shape(a) if shape is None else shape, 0.0 if is_symbolic(fill) else fill)
        if is_symbolic(fill):
            new[...] = fill
        return new

    return made


def _where(session: Session, condition: Any, *choices: Any) -> Any:
    if len(choices) != 2:
        raise UnsupportedError(
            "np.where(condition) without values lists places, which are not known before the elements have values. "
            "Write np.where(condition, a, b)"
        )
    return elementwise(session, choose, condition, *choices)


def _select(session: Session, condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    result = default
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        result = elementwise(session, choose, condition, choice, result)
    return result


def _clip(
    session: Session, a: Any, a_min: Any = None, a_max: Any = None, out: Any = None, min: Any = None, max: Any = None
) -> Any:
    low, high = a_min if min is None else min, a_max if max is None else max
    for name, bound in (("maximum", low), ("minimum", high)):
        if bound is not None:
            a = elementwise(session, function_named(name), a, bound)
    return written_into(out, a)


def _view(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of NumPy that moves axes, on the geometry of an array."""

    def moved(session: Session, a: Any, *args: Any, **kwargs: Any) -> Any:
        array = joining.symbolic(session, a)
        return FieldArray(array.memory, function(array.geometry, *args, **kwargs))

    return moved


def _joined(function: Callable[..., Any], axis: int) -> Callable[..., Any]:
    def made(session: Session, arrays: Any, axis: Any = axis, out: Any = None) -> Any:
        return written_into(out, function(session, list(arrays), axis))

    return made


def _stacked(minimum: int, axis: int) -> Callable[..., Any]:
    """Return hstack and vstack: arrays with so many axes at least, joined along one of them."""

    def made(session: Session, tup: Any) -> Any:
        parts = [joining.symbolic(session, a) for a in tup]
        wide = [
            FieldArray(p.memory, np.atleast_2d(p.geometry) if minimum == 2 else np.atleast_1d(p.geometry))
            for p in parts
        ]
        return joining.concatenate(session, wide, axis if minimum == 2 or wide[0].ndim > 1 else 0)

    return made


def _depths(session: Session, tup: Any) -> Any:
    parts = [joining.symbolic(session, a) for a in tup]
    return joining.concatenate(session, [FieldArray(p.memory, np.atleast_3d(p.geometry)) for p in parts], 2)


def _triangle(mask: Callable[..., Any], below: int) -> Callable[..., Any]:
    def made(session: Session, m: Any, k: int = 0) -> Any:
        inside = mask(*m.shape[-2:], k=k, dtype=bool) if below else ~mask(*m.shape[-2:], k=k - 1, dtype=bool)
        return elementwise(session, choose, inside, m, 0.0)

    return made


def _columns(session: Session, tup: Any) -> Any:
    parts = [joining.symbolic(session, a) for a in tup]
    return joining.concatenate(session, [p if p.ndim > 1 else p[:, None] for p in parts], 1)


def _solve(session: Session, a: Any, b: Any) -> Any:
    if isinstance(a, FieldArray) and not a.is_numeric:
        raise UnsupportedError(
            "np.linalg.solve with a matrix that depends on the state; bring it to the left side by hand"
        )
    return products.multiply_matrices(np.linalg.inv(np.asarray(a)), b)


def _copy_to(session: Session, dst: Any, src: Any, where: Any = True) -> None:
    dst[...] = src if where is True else elementwise(session, choose, where, src, dst)


def _apply_along(session: Session, func1d: Any, axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    turned = joining.symbolic(session, np.moveaxis(arr, axis, -1))
    rows = [func1d(turned[place], *args, **kwargs) for place in np.ndindex(*turned.shape[:-1])]
    made = joining.stack(session, rows)
    whole = joining.reshape(made, (*turned.shape[:-1], *made.shape[1:]))
    return FieldArray(whole.memory, np.moveaxis(whole.geometry, -1, axis)) if made.ndim > 1 else whole


def _without_session(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda session, *args, **kwargs: function(*args, **kwargs)


def _pad(session: Session, array: Any, pad_width: Any, mode: str = "constant", **options: Any) -> Any:
    return joining.pad(joining.symbolic(session, array), pad_width, mode, **options)


def _reshape(session: Session, a: Any, shape: Any = None, order: str = "C", **keywords: Any) -> Any:
    return joining.reshape(joining.symbolic(session, a), keywords.get("newshape", shape), order)


def _product(session: Session, a: Any, b: Any) -> FieldArray:
    return joining.symbolic(session, elementwise(session, function_named("multiply"), a, b))


def _vdot(session: Session, a: Any, b: Any) -> Any:
    return reductions.reduce_by("add", _product(session, a, b), axis=None)


def _outer(session: Session, a: Any, b: Any, out: Any = None) -> Any:
    left, right = (joining.ravel(joining.symbolic(session, x)) for x in (a, b))
    return written_into(out, _product(session, left[:, None], right[None, :]))


def _running(name: str) -> Callable[..., Any]:
    def made(session: Session, a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        array = joining.symbolic(session, a)
        return written_into(
            out, reductions.accumulate_by(name, array if axis is not None else joining.ravel(array), axis or 0)
        )

    return made


def _first_symbolic(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda session, a, *args, **kwargs: function(joining.symbolic(session, a), *args, **kwargs)


def _take(session: Session, a: Any, indices: Any, axis: Any = None, out: Any = None, mode: str = "raise") -> Any:
    if out is not None:
        return written_into(out, _take(session, a, indices, axis, mode=mode))
    array = joining.symbolic(session, a)
    array, along = (joining.ravel(array), 0) if axis is None else (array, int(axis) % array.ndim)
    n, index = array.shape[along], np.asarray(indices)
    index = index % n if mode == "wrap" else np.clip(index, 0, n - 1) if mode == "clip" else index
    return array[(slice(None),) * along + (index,)] if index.ndim else take(array, index[None], along).squeeze(along)


def _delete(session: Session, arr: Any, obj: Any, axis: Any = None) -> Any:
    array = joining.symbolic(session, arr) if axis is not None else joining.ravel(joining.symbolic(session, arr))
    along = 0 if axis is None else int(axis) % array.ndim
    return take(array, np.delete(np.arange(array.shape[along]), obj), along)


def _insert(session: Session, arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    array = joining.symbolic(session, arr) if axis is not None else joining.ravel(joining.symbolic(session, arr))
    along = 0 if axis is None else int(axis) % array.ndim
    if not isinstance(obj, int | np.integer):
        raise UnsupportedError("np.insert of symbolic arrays takes one place; write it with np.concatenate")
    place = int(obj) + (array.shape[along] if obj < 0 else 0)
    before, after = (array[(slice(None),) * along + (part,)] for part in (slice(place), slice(place, None)))
    shape = (*array.shape[:along], 1, *array.shape[along + 1 :])
    if np.ndim(values):
        raise UnsupportedError("np.insert of symbolic arrays takes one value; write it with np.concatenate")
    new = elementwise(session, lambda _, v: v, np.zeros(shape), values)
    return joining.concatenate(session, [before, new, after], along)


def _same(session: Session, x: Any, copy: bool = True) -> Any:
    return joining.copy(joining.symbolic(session, x))


def _polynomial(session: Session, p: Any, x: Any) -> Any:
    result: Any = 0.0
    for coefficient in p:
        result = result * x + coefficient
    return result


def _windows(session: Session, x: Any, window_shape: Any, axis: Any = None) -> Any:
    axes = tuple(range(x.ndim)) if axis is None else tuple(int(a) % x.ndim for a in np.atleast_1d(axis))
    for along, width in zip(axes, np.atleast_1d(window_shape).tolist(), strict=True):
        n = x.shape[along] - width + 1
        x = joining.stack(session, [x[(slice(None),) * along + (slice(k, k + n),)] for k in range(width)], -1)
    return x


def _append(session: Session, arr: Any, values: Any, axis: Any = None) -> Any:
    return joining.concatenate(session, [arr, values], axis)


def _split(session: Session, ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    axis = int(axis) % ary.ndim
    parts = np.array_split(np.arange(ary.shape[axis]), indices_or_sections)
    return [ary[(slice(None),) * axis + (slice(int(p[0]), int(p[-1]) + 1) if len(p) else slice(0, 0),)] for p in parts]


def _put_mask(session: Session, a: Any, mask: Any, values: Any) -> None:
    if np.ndim(values):
        raise UnsupportedError("np.putmask of symbolic arrays takes one value; write np.where(mask, values, u)")
    a[...] = elementwise(session, choose, mask, values, a)


def _fill_diagonal(session: Session, a: Any, val: Any, wrap: bool = False) -> None:
    if a.ndim != 2 or wrap or np.ndim(val):
        raise UnsupportedError("np.fill_diagonal of symbolic arrays takes two axes and one value")
    n = min(a.shape)
    a[np.arange(n), np.arange(n)] = val


def _tile(session: Session, A: Any, reps: Any) -> Any:
    counts = np.atleast_1d(reps).tolist()
    array = joining.symbolic(session, A)
    counts = [1] * (array.ndim - len(counts)) + counts
    array = joining.reshape(array, (1,) * (len(counts) - array.ndim) + array.shape)
    for axis, n in enumerate(counts):
        array = joining.concatenate(session, [array] * n, axis) if n > 1 else array
    return array


def _sinc(x: Any) -> Any:
    from symnum.terms.canonical import PI
    from symnum.terms.symbols import apply

    return apply("sinc", PI * x)


FUNCTIONS: dict[Any, Callable[..., Any]] = {
    np.zeros_like: _like(0.0),
    np.empty_like: _like(0.0),
    np.ones_like: _like(1.0),
    np.full_like: _like(None),
    np.where: _where,
    np.select: _select,
    np.clip: _clip,
    np.roll: _first_symbolic(joining.roll),
    np.pad: _pad,
    np.concatenate: _joined(joining.concatenate, 0),
    np.stack: _joined(joining.stack, 0),
    np.hstack: _stacked(1, 1),
    np.vstack: _stacked(2, 0),
    np.column_stack: _columns,
    np.dstack: _depths,
    np.tril: _triangle(np.tri, 1),
    np.triu: _triangle(np.tri, 0),
    np.block: joining.block,
    np.append: _append,
    np.delete: _delete,
    np.repeat: _first_symbolic(joining.repeat),
    np.tile: _tile,
    np.take: _take,
    np.split: _split,
    np.array_split: _split,
    np.hsplit: lambda session, ary, parts: _split(session, ary, parts, 1 if ary.ndim > 1 else 0),
    np.vsplit: lambda session, ary, parts: _split(session, ary, parts, 0),
    np.putmask: _put_mask,
    np.fill_diagonal: _fill_diagonal,
    np.reshape: _reshape,
    np.ravel: _first_symbolic(lambda a, order="C": joining.reshape(a, -1, order)),
    np.copy: _first_symbolic(lambda a, order="K": joining.copy(a)),
    np.copyto: _copy_to,
    np.diff: _first_symbolic(differences.diff),
    np.ediff1d: _first_symbolic(lambda a: differences.diff(joining.ravel(a))),
    np.gradient: _first_symbolic(differences.gradient),
    np.trapezoid: _first_symbolic(differences.trapezoid),
    np.convolve: _without_session(filters.convolve_1d),
    np.dot: _without_session(products.dot),
    np.vdot: _vdot,
    np.inner: _without_session(products.inner),
    np.outer: _outer,
    np.tensordot: _without_session(products.tensordot),
    np.einsum: _without_session(products.einsum),
    np.sum: statistics.reduction("add"),
    np.prod: statistics.reduction("multiply"),
    np.max: statistics.reduction("maximum"),
    np.min: statistics.reduction("minimum"),
    np.amax: statistics.reduction("maximum"),
    np.amin: statistics.reduction("minimum"),
    np.nansum: statistics.reduction("add"),
    np.mean: statistics.mean,
    np.average: statistics.average,
    np.var: statistics.variance,
    np.std: statistics.deviation,
    np.ptp: statistics.span,
    np.any: statistics.any_or_all("logical_or"),
    np.all: statistics.any_or_all("logical_and"),
    np.count_nonzero: statistics.count,
    np.trace: statistics.trace,
    np.cumsum: _running("add"),
    np.cumprod: _running("multiply"),
    np.linalg.norm: statistics.norm,
    np.linalg.solve: _solve,
    np.apply_along_axis: _apply_along,
    np.shape: _without_session(lambda a: a.shape),
    np.ndim: _without_session(lambda a: a.ndim),
    np.size: _without_session(lambda a, axis=None: a.size if axis is None else a.shape[axis]),
    np.nan_to_num: _same,
    np.insert: _insert,
    np.polyval: _polynomial,
    np.interp: tables.interpolate,
    np.bincount: tables.bin_count,
    np.lib.stride_tricks.sliding_window_view: _windows,
    np.real: lambda session, x: x,
    np.sinc: lambda session, x: elementwise(session, _sinc, x),
    np.iscomplexobj: lambda session, x: False,
}  # fmt: skip
FUNCTIONS |= {
    f: _view(f)
    for f in (np.transpose, np.swapaxes, np.moveaxis, np.rollaxis, np.squeeze, np.expand_dims, np.flip, np.fliplr,
              np.flipud, np.rot90, np.broadcast_to, np.atleast_1d, np.atleast_2d, np.atleast_3d, np.diagonal)
}  # fmt: skip
