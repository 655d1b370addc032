"""Sums, means, variances, norms and counts of symbolic arrays, with the arguments that NumPy's functions take."""

from collections.abc import Callable
from typing import Any

import numpy as np

from symnum.errors import UnsupportedError
from symnum.models.stencil_trace.arrays import FieldArray
from symnum.models.stencil_trace.elementwise import as_numeric, elementwise, is_condition
from symnum.models.stencil_trace.joining import symbolic
from symnum.models.stencil_trace.reductions import reduce_by, reduced_axes
from symnum.models.stencil_trace.session import Session
from symnum.models.stencil_trace.universal import choose, function_named, written
from symnum.terms.symbols import apply

__all__ = ["any_or_all", "average", "count", "deviation", "mean", "norm", "reduction", "span", "trace", "variance"]


def reduction(name: str) -> Callable[..., Any]:
    """Return numpy.sum and its like, for a universal function."""

    def made(
        session: Session,
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        keepdims: Any = False,
        initial: Any = None,
        where: Any = True,
    ) -> Any:
        array = symbolic(session, a)
        return reduce_by(name, array, axis, None, out, keepdims is not False, initial, where)

    return made


def _count(array: FieldArray, axis: Any) -> int:
    return int(np.prod([array.shape[a] for a in reduced_axes(array, axis)], dtype=np.int64))


def mean(
    session: Session,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = False,
    where: Any = True,
) -> Any:
    """Return numpy.mean."""
    array = symbolic(session, a)
    result = reduce_by("add", array, axis=axis, keepdims=keepdims is not False, where=where)
    number = _count(array, axis) if where is True else count(session, _wide(session, where, array), axis, keepdims)
    result = elementwise(session, lambda x, n: x / n, result, number)
    return result if out is None else written(out, result)


def _wide(session: Session, where: Any, array: FieldArray) -> Any:
    mask = symbolic(session, where)
    return FieldArray(mask.memory, np.broadcast_to(mask.geometry, array.shape))


def average(
    session: Session, a: Any, axis: Any = None, weights: Any = None, returned: bool = False, keepdims: Any = False
) -> Any:
    """Return numpy.average."""
    array, keep = symbolic(session, a), keepdims is not False
    if returned:
        raise UnsupportedError("np.average of symbolic arrays without returned=True; sum the weights beside it")
    if weights is None:
        return mean(session, array, axis, keepdims=keep)
    if np.shape(weights) != array.shape:
        (along,) = reduced_axes(array, axis)
        weights = np.reshape(weights, [-1 if k == along else 1 for k in range(array.ndim)])
    product = symbolic(session, elementwise(session, function_named("multiply"), array, weights))
    total = reduce_by("add", product, axis=axis, keepdims=keep)
    wide = np.broadcast_to(weights, array.shape)
    return total / np.sum(wide, axis=axis, keepdims=keep)


def variance(
    session: Session,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: Any = False,
) -> Any:
    """Return numpy.var."""
    array = symbolic(session, a)
    apart = array - mean(session, array, axis, keepdims=axis is not None)
    squares = symbolic(session, apart * apart)
    result = reduce_by("add", squares, axis=axis, keepdims=keepdims is not False) / (_count(array, axis) - ddof)
    return result if out is None else written(out, result)


def deviation(session: Session, a: Any, *args: Any, **keywords: Any) -> Any:
    """Return numpy.std."""
    return elementwise(session, function_named("sqrt"), variance(session, a, *args, **keywords))


def span(session: Session, a: Any, axis: Any = None, out: Any = None, keepdims: Any = False) -> Any:
    """Return numpy.ptp: the largest less the smallest."""
    array, keep = symbolic(session, a), keepdims is not False
    high, low = (reduce_by(n, array, axis=axis, keepdims=keep) for n in ("maximum", "minimum"))
    return elementwise(session, lambda x, y: x - y, high, low)


def _truth(session: Session, a: Any) -> Any:
    return elementwise(session, lambda x: x if is_condition(x) else apply("!=", x, 0), symbolic(session, a))


def any_or_all(name: str) -> Callable[..., Any]:
    """Return numpy.any or numpy.all, for logical_or or logical_and."""

    def made(
        session: Session, a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, where: Any = True
    ) -> Any:
        truth = symbolic(session, _truth(session, a))
        return reduce_by(name, truth, axis, None, out, keepdims is not False, None, where)

    return made


def count(session: Session, a: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """Return numpy.count_nonzero."""
    if isinstance(a, FieldArray) and a.is_numeric:
        return np.count_nonzero(a.geometry, axis=axis, keepdims=keepdims is not False)
    ones = elementwise(session, lambda x: as_numeric(choose(x, 1, 0)), _truth(session, a))
    return reduce_by("add", symbolic(session, ones), axis=axis, keepdims=keepdims is not False)


def trace(session: Session, a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Return numpy.trace."""
    diagonal = np.diagonal(a.geometry, offset, axis1, axis2)
    return reduce_by("add", FieldArray(a.memory, diagonal), axis=-1)


def norm(session: Session, x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Return numpy.linalg.norm where it is a sum or an extreme of elements.

    Raises
    ------
    UnsupportedError
        For matrix norms that are none.
    """
    array = symbolic(session, x)
    axes = array.ndim if axis is None else len(np.atleast_1d(axis))
    if ord is None or (ord == "fro" and axes == 2) or (ord == 2 and axes == 1):
        squares = reduce_by("add", symbolic(session, array * array), axis=axis, keepdims=keepdims)
        return elementwise(session, function_named("sqrt"), squares)
    size = symbolic(session, abs(array))
    if axes == 1 and ord in (1, np.inf, -np.inf):
        return reduce_by({1: "add", np.inf: "maximum"}.get(ord, "minimum"), size, axis=axis, keepdims=keepdims)
    raise UnsupportedError(
        f"np.linalg.norm of symbolic arrays is Euclidean, or of order 1 or infinity along one axis; ord={ord!r} was "
        f"asked for along {axes} axes"
    )
