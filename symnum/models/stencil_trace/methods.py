"""Methods of arrays, on symbolic ones."""

from collections.abc import Callable
from typing import Any

import numpy as np

from symnum.errors import UnsupportedError
from symnum.models.stencil_trace.arrays import FieldArray
from symnum.models.stencil_trace.dispatch import apply_array_function
from symnum.models.stencil_trace.elementwise import elementwise, is_condition, numeric_operands
from symnum.models.stencil_trace.joining import copy, reshape
from symnum.models.stencil_trace.products import dot
from symnum.terms.symbols import apply

__all__ = ["bound_method"]

_SAME_AS_FUNCTION = {
    name: getattr(np, name)
    for name in (
        "sum prod mean var std max min any all cumsum cumprod clip repeat take squeeze swapaxes diagonal ravel trace"
    ).split()
}


def _reshape(array: FieldArray, *shape: Any, order: str = "C", **_: Any) -> FieldArray:
    return reshape(array, shape[0] if len(shape) == 1 else shape, order)


def _transpose(array: FieldArray, *axes: Any) -> FieldArray:
    return FieldArray(array.memory, array.geometry.transpose(*axes))


def _flatten(array: FieldArray, order: str = "C") -> FieldArray:
    return reshape(copy(array), -1, order)


def _as_type(array: FieldArray, dtype: Any, **_: Any) -> Any:
    if array.is_numeric:
        return array.geometry.astype(dtype)
    kind = np.dtype(dtype).kind
    if kind in "iu" and not all(is_condition(p.terms[0]) for p in array.pieces()):
        raise UnsupportedError("astype(int) would cut off what comes after the point; write np.trunc(u) for that")
    if kind == "b":
        return elementwise(array.session, lambda x: x if is_condition(x) else apply("!=", x, 0), array)
    return elementwise(array.session, numeric_operands(lambda x: x), array)


def _fill(array: FieldArray, value: Any) -> None:
    array[...] = value


def _item(array: FieldArray, *place: Any) -> Any:
    return array.ravel()[place[0] if place else 0] if len(place) < 2 else array[place]


def _to_list(array: FieldArray) -> Any:
    return [row.tolist() if isinstance(row, FieldArray) else row for row in array]


_METHODS: dict[str, Callable[..., Any]] = {
    "reshape": _reshape,
    "transpose": _transpose,
    "flatten": _flatten,
    "copy": lambda array, *_: copy(array),
    "view": lambda array, *_: FieldArray(array.memory, array.geometry),
    "astype": _as_type,
    "fill": _fill,
    "item": _item,
    "tolist": _to_list,
    "dot": dot,
    "conj": lambda array: array,
}


def bound_method(array: FieldArray, name: str) -> Any:
    """Return a method of an array.

    Raises
    ------
    AttributeError
        If symbolic arrays have none of that name.
    """
    own = _METHODS.get(name)
    if own is not None:
        return lambda *args, **kwargs: own(array, *args, **kwargs)
    if name == "flat":
        flat = array.ravel()
        return flat if flat.memory is array.memory else iter(flat)
    function = _SAME_AS_FUNCTION.get(name)
    if function is not None:
        return lambda *args, **kwargs: apply_array_function(function, (array, *args), kwargs)
    raise AttributeError(f"symbolic arrays have no attribute {name!r}")
