"""Pieces of symbolic arrays: a box of loops, the elements they cover, and a term for all of them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from symnum.models.stencil_trace.session import Element, Session, trimmed

__all__ = ["Axis", "Group", "Loop", "Piece", "Row", "arrange", "identity_rows", "size_of", "span_of"]


class Loop(NamedTuple):
    """A loop index `k` in ``range(low, high)`` that moves `stride` positions per step."""

    stride: int
    low: int
    high: int


class Axis(NamedTuple):
    """Positions ``offset + sum(stride * k)`` along one axis of an array; without loops a single one.

    In normal form the strides fall, each loop has two indices or more, and the lows are the digits of the first
    position, so that equal positions with equal strides are equal axes.
    """

    offset: int
    loops: tuple[Loop, ...] = ()


class Piece(NamedTuple):
    """Terms for the positions of all axes; elements in them refer to the loops of the axes in order."""

    axes: tuple[Axis, ...]
    terms: tuple[Any, ...]


Row = tuple[int, tuple[tuple[int, int], ...]]
"""An old loop index as a constant plus multiples of new ones: ``(constant, ((new, factor), ...))``."""


class Group(NamedTuple):
    """Terms in old loop indices, and these in new ones; None where they are the same."""

    terms: tuple[Any, ...]
    rows: tuple[Row, ...] | None = None


def identity_rows(count: int, first: int = 0) -> tuple[Row, ...]:
    """Return rows that say that old loop indices are new ones from `first` on."""
    return tuple((0, ((first + k, 1),)) for k in range(count))


def arrange(session: Session, axes: Sequence[Axis], groups: Sequence[Group]) -> Piece | None:
    """Return the piece in normal form; None if it is empty.

    Parameters
    ----------
    session : Session
    axes : sequence of Axis
        In any form: loops with one index, negative strides, strides in any order.
    groups : sequence of Group
        Terms whose loop indices are given in the indices of `axes`.
    """
    if any(loop.high <= loop.low for axis in axes for loop in axis.loops):
        return None
    normal = [_normal(axis) for axis in axes]
    if all(done is axis for done, axis in zip(normal, axes, strict=True)):
        terms = tuple(t for g in groups for t in _moved(session, g.terms, g.rows))
        return Piece(tuple(axes), terms)
    inner, first, made = [], 0, []
    for done in normal:
        if isinstance(done, Axis):
            inner += list(identity_rows(len(done.loops), first))
            made.append(done)
            first += len(done.loops)
        else:
            axis, rows = done
            inner += [(c, tuple((first + m, f) for m, f in parts)) for c, parts in rows]
            made.append(axis)
            first += len(axis.loops)
    terms = tuple(t for g in groups for t in _moved(session, g.terms, _composed(g.rows, inner)))
    return Piece(tuple(made), terms)


def _normal(axis: Axis) -> Axis | tuple[Axis, list[Row]]:
    """Return an axis itself if it is normal, else its normal form and the old indices in the new ones."""
    offset, loops = axis
    if not loops:
        return axis
    if len(loops) == 1:
        stride, low, high = loops[0]
        if stride > 0 and high - low > 1 and 0 <= offset < stride:
            return axis
    order = [k for k, loop in enumerate(loops) if loop.high - loop.low > 1]
    order.sort(key=lambda k: -abs(loops[k].stride))
    first = offset + sum(min(s * low, s * (high - 1)) for s, low, high in loops)
    made, rows = [], [(loop.low, ()) for loop in loops]
    rows = list(rows)
    for k in order:
        stride, low, high = loops[k]
        step = abs(stride)
        digit, first = divmod(first, step) if step else (0, first)
        made.append(Loop(step, digit, digit + high - low))
        # The new index k' begins at `digit` where the position is least.
        rows[k] = (low - digit, ((len(made) - 1, 1),)) if stride >= 0 else (high - 1 + digit, ((len(made) - 1, -1),))  # type: ignore[assignment]
    done = Axis(first, tuple(made))
    return axis if done == axis else (done, rows)  # type: ignore[return-value]


def _composed(rows: tuple[Row, ...] | None, inner: list[Row]) -> tuple[Row, ...]:
    if rows is None:
        return tuple(inner)
    result = []
    for constant, parts in rows:
        total, sums = constant, dict[int, int]()
        for new, factor in parts:
            total += factor * inner[new][0]
            for newest, other in inner[new][1]:
                sums[newest] = sums.get(newest, 0) + factor * other
        result.append((total, tuple(sums.items())))
    return tuple(result)


def _moved(session: Session, terms: tuple[Any, ...], rows: tuple[Row, ...] | None) -> tuple[Any, ...]:
    if rows is None:
        return terms
    count = 1 + max((new for _, parts in rows for new, _ in parts), default=-1)

    def change(element: Element) -> Element:
        offset, strides = element.offset, [0] * max(count, 0)
        for stride, (constant, parts) in zip(element.strides, rows, strict=False):
            if stride:
                offset += stride * constant
                for new, factor in parts:
                    strides[new] += stride * factor
        return Element(element.source, offset, trimmed(strides))

    return session.change_elements(terms, change)


def size_of(piece: Piece) -> int:
    """Return the number of elements of a piece."""
    size = 1
    for axis in piece.axes:
        for loop in axis.loops:
            size *= loop.high - loop.low
    return size


def span_of(axis: Axis) -> tuple[int, int]:
    """Return the first and the last position of an axis in normal form."""
    first = last = axis.offset
    for stride, low, high in axis.loops:
        first += stride * low
        last += stride * (high - 1)
    return first, last
