"""Sums, means, products and extremes of symbolic arrays over axes, or over all elements."""

from collections.abc import Callable
from typing import Any

import numpy as np

from symnum.errors import InputError, UnsupportedError
from symnum.models.stencil_trace.arrays import FieldArray, made_of
from symnum.models.stencil_trace.elementwise import elementwise, numeric_operands
from symnum.models.stencil_trace.joining import stack, symbolic
from symnum.models.stencil_trace.pieces import Piece, size_of
from symnum.models.stencil_trace.universal import choose, function_named
from symnum.terms.canonical import Term
from symnum.terms.canonical.sums import add
from symnum.terms.traverse import free_symbols

__all__ = ["accumulate_by", "reduce_by", "reduced_axes", "total"]

MOST_UNROLLED = 256
"""Elements along an axis that a sum, product or extreme is written out for."""
MOST_TOTALS = 64
"""Sums over all other axes that one reduction makes."""


def reduced_axes(array: FieldArray, axis: Any) -> tuple[int, ...]:
    """Return the axes that ``axis=`` of a reduction means, as numbers in order."""
    if axis is None or axis is np._NoValue:
        return tuple(range(array.ndim))
    given = axis if isinstance(axis, tuple) else (axis,)
    return tuple(sorted(int(a) % array.ndim for a in given))


_NEUTRAL = {"add": 0, "multiply": 1, "logical_and": True, "logical_or": False}


def reduce_by(
    name: str,
    array: Any,
    axis: Any = 0,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """Return a universal function of two arguments applied between all elements along axes.

    Raises
    ------
    UnsupportedError
        If that is no sum and would be very many operations for each result.
    """
    array, initial = symbolic(array.session, array), None if initial is np._NoValue else initial
    axes = reduced_axes(array, axis)
    if where is not True and where is not np._NoValue:
        neutral = _NEUTRAL.get(name, initial)
        if neutral is None:
            raise InputError(f"np.{name}.reduce with where= has no elements in some places; give initial= as well")
        array = symbolic(array.session, elementwise(array.session, choose, where, array, neutral))
    function = function_named(name)
    result = _sum_over(array, axes) if name == "add" else _fold(function, array, axes)
    if initial is not None:
        result = elementwise(array.session, function, result, initial)
    if keepdims is True:
        shape = tuple(1 if k in axes else n for k, n in enumerate(array.shape))
        result = symbolic(array.session, result).reshape(shape)
    if out is not None:
        out[...] = result
        return out
    return result


def _slices(array: FieldArray, axes: tuple[int, ...]) -> list[Any]:
    turned = np.moveaxis(array.geometry, axes, range(len(axes)))
    moved = FieldArray(array.memory, turned)
    return [moved[place] for place in np.ndindex(*turned.shape[: len(axes)])]


def _fold(function: Callable[..., Any], array: FieldArray, axes: tuple[int, ...]) -> Any:
    count = int(np.prod([array.shape[a] for a in axes], dtype=np.int64))
    if count > MOST_UNROLLED:
        raise UnsupportedError(
            f"a reduction over {count:,} elements that is no sum would be as many operations for each result; "
            "use sums or means, or reduce over a short axis"
        )
    result, *rest = _slices(array, axes)
    for part in rest:
        result = elementwise(array.session, function, result, part)
    return result


def _sum_over(array: FieldArray, axes: tuple[int, ...]) -> Any:
    count = int(np.prod([array.shape[a] for a in axes], dtype=np.int64))
    kept = [a for a in range(array.ndim) if a not in axes]
    results = int(np.prod([array.shape[a] for a in kept], dtype=np.int64))
    if count > 16 and results <= MOST_TOTALS and count > results:
        return _totals(array, kept)
    if count > MOST_UNROLLED:
        raise UnsupportedError(
            f"a sum over {count:,} elements for each of {results:,} results would be as many operations for each of "
            "them; sum over all elements, or over a short axis"
        )
    session, parts = array.session, _slices(array, axes)
    if not kept:
        return add(tuple(numeric_operands(lambda x: x)(p) for p in parts))
    return elementwise(session, numeric_operands(lambda *terms: add(terms)), *parts)


def _totals(array: FieldArray, kept: list[int]) -> Any:
    turned = FieldArray(array.memory, np.moveaxis(array.geometry, kept, range(len(kept))))
    shape = turned.shape[: len(kept)]
    if not shape:
        return total(turned)
    results = [total(turned[place]) for place in np.ndindex(*shape)]
    return symbolic(array.session, stack(array.session, results)).reshape(shape)


def total(array: FieldArray) -> Any:
    """Return the sum of all elements as a term.

    Raises
    ------
    UnsupportedError
        If the elements depend on another such sum in a way that cannot be taken out of it.
    """
    session = array.session
    fixed: list[Any] = []
    summed = []
    for piece in array.pieces():
        term = numeric_operands(lambda x: x)(piece.terms[0])
        if not any(session.elements_in(t) for t in (term,)):
            fixed.append(term * size_of(piece))
        else:
            summed.append(Piece(piece.axes, (term,)))
    constants = add(tuple(fixed)) if fixed else 0
    if not summed:
        return constants
    inner = {s for p in summed for s in free_symbols(p.terms[0]) if s in session.totals}
    if inner:
        return constants + _around_sums(array, summed, inner)
    return constants + session.total(tuple(summed), tuple(summed))


def _around_sums(array: FieldArray, summed: list[Piece], inner: set[Any]) -> Any:
    """Return a sum whose terms contain other sums, as a polynomial in these with sums for coefficients."""
    from symnum.terms.expand import expand

    session = array.session
    by_factor: dict[Any, list[Piece]] = {}
    for piece in summed:
        expanded = expand(piece.terms[0])
        for part in expanded.terms if hasattr(expanded, "terms") else [expanded]:
            coefficient = expanded.terms[part] if hasattr(expanded, "terms") else 1
            factor, rest = _separated(part, inner)
            by_factor.setdefault(factor, []).append(Piece(piece.axes, (rest * coefficient,)))
        if getattr(expanded, "constant", 0):
            by_factor.setdefault(1, []).append(Piece(piece.axes, (expanded.constant,)))
    found = []
    for factor, pieces in by_factor.items():
        together: dict[Any, Any] = {}
        for axes, terms in pieces:
            together[axes] = together[axes] + terms[0] if axes in together else terms[0]
        joined = [Piece(axes, (term,)) for axes, term in together.items()]
        found.append(factor * total(made_of(session, array.shape, joined)))
    return add(tuple(found))


def _separated(term: Any, inner: set[Any]) -> tuple[Any, Any]:
    factors = getattr(term, "factors", None) or {term: 1}
    outside, rest = 1, getattr(term, "coefficient", 1)
    for base, exponent in factors.items():
        if base in inner:
            outside = outside * base**exponent
        elif isinstance(base, Term) and inner & set(free_symbols(base)):
            raise UnsupportedError(
                "a sum over all elements contains another one inside a function, which one pass over the elements "
                "cannot give; sums may contain others as factors only"
            )
        else:
            rest = rest * base**exponent
    return outside, rest


def accumulate_by(name: str, array: Any, axis: int = 0) -> Any:
    """Return running results of a universal function along a short axis."""
    axis = axis % array.ndim
    if array.shape[axis] > MOST_UNROLLED:
        raise UnsupportedError(
            f"running sums over {array.shape[axis]:,} elements would be as many operations for the last of them"
        )
    function, parts = function_named(name), _slices(array, (axis,))
    results = parts[:1]
    for part in parts[1:]:
        results.append(elementwise(array.session, function, results[-1], part))
    return stack(array.session, results, axis)
