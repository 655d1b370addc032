"""Where two pieces meet: their common positions, in the loops of both, and what one has beside the other."""

from collections.abc import Sequence
from math import gcd
from typing import NamedTuple

from symnum.errors import UnsupportedError
from symnum.models.stencil_trace.pieces import Axis, Group, Loop, Piece, Row, arrange, span_of
from symnum.models.stencil_trace.session import Session
from symnum.models.stencil_trace.splitting import split_by_residue, split_to_levels

__all__ = ["difference", "intersection", "meet_pieces"]


class _Meeting(NamedTuple):
    """Common positions of two axes, and the loop indices of both in those of the common ones."""

    axis: Axis
    left: tuple[Row, ...]
    right: tuple[Row, ...]


class _Split(Exception):
    """One of the two must be cut along levels before it can be said where they meet."""

    def __init__(self, which: int, axis: int, levels: tuple[int, ...]) -> None:
        self.which, self.axis, self.levels = which, axis, levels


def intersection(session: Session, left: Piece, right: Piece) -> list[Piece]:
    """Return the common positions of two pieces, with the terms of both."""
    if not _near(left, right):
        return []
    if left.axes == right.axes:
        return [Piece(left.axes, left.terms + right.terms)]
    try:
        meetings = _meetings(left, right)
    except _Split as split:
        halves = [left], [right]
        halves[split.which][:] = split_to_levels(session, (left, right)[split.which], split.axis, split.levels)
        return [p for a in halves[0] for b in halves[1] for p in intersection(session, a, b)]
    if meetings is None:
        return []
    groups = Group(left.terms, _joined(meetings, 0)), Group(right.terms, _joined(meetings, 1))
    made = arrange(session, [m.axis for m in meetings], groups)
    return [] if made is None else [made]


def meet_pieces(session: Session, left: Sequence[Piece], right: Sequence[Piece]) -> list[Piece]:
    """Return the common positions of two arrays that are cut into pieces."""
    if len(left) == len(right) and all(a.axes == b.axes for a, b in zip(left, right, strict=True)):
        return [Piece(a.axes, a.terms + b.terms) for a, b in zip(left, right, strict=True)]
    if len(left) * len(right) < 2_000:
        return [p for a in left for b in right for p in intersection(session, a, b)]
    return [p for i, j in _overlapping(left, right) for p in intersection(session, left[i], right[j])]


def _overlapping(left: Sequence[Piece], right: Sequence[Piece]) -> list[tuple[int, int]]:
    import numpy as np

    a, b = (np.array([[span_of(x) for x in p.axes] for p in side]).reshape(len(side), -1, 2) for side in (left, right))
    found = []
    for first in range(0, len(left), 512):
        part = a[first : first + 512, None]
        near = np.all((part[..., 0] <= b[None, :, :, 1]) & (b[None, :, :, 0] <= part[..., 1]), axis=2)
        found += [(first + int(i), int(j)) for i, j in np.argwhere(near)]
    return found


def difference(session: Session, piece: Piece, other: Piece) -> list[Piece]:
    """Return what is left of a piece without the positions of another."""
    if not _near(piece, other):
        return [piece]
    try:
        meetings = _meetings(piece, other)
    except _Split as split:
        if split.which == 1:
            rest = [piece]
            for part in split_to_levels(session, other, split.axis, split.levels):
                rest = [r for p in rest for r in difference(session, p, part)]
            return rest
        cut = split_to_levels(session, piece, split.axis, split.levels)
        return [r for p in cut for r in difference(session, p, other)]
    if meetings is None:
        return [piece]
    for number, meeting in enumerate(meetings):
        for loop, (_, parts) in enumerate(meeting.left):
            if parts and parts[0][1] != 1:
                cut = split_by_residue(session, piece, number, loop, abs(parts[0][1]))
                return [r for p in cut for r in difference(session, p, other)]
    return _without_box(session, piece, meetings)


def _without_box(session: Session, piece: Piece, meetings: list[_Meeting]) -> list[Piece]:
    loops = [list(axis.loops) for axis in piece.axes]
    rest = []
    for number, meeting in enumerate(meetings):
        for k, (constant, parts) in enumerate(meeting.left):
            common = meeting.axis.loops[parts[0][0]] if parts else Loop(0, 0, 1)
            low, high = constant + common.low, constant + common.high
            stride, first, last = loops[number][k]
            for start, stop in ((first, low), (high, last)):
                if start < stop:
                    cut = [list(part) for part in loops]
                    cut[number][k] = Loop(stride, start, stop)
                    axes = [Axis(a.offset, tuple(c)) for a, c in zip(piece.axes, cut, strict=True)]
                    made = arrange(session, axes, [Group(piece.terms)])
                    if made is not None:
                        rest.append(made)
            loops[number][k] = Loop(stride, low, high)
    return rest


def _near(left: Piece, right: Piece) -> bool:
    for a, b in zip(left.axes, right.axes, strict=True):
        (first, last), (other_first, other_last) = span_of(a), span_of(b)
        if last < other_first or other_last < first:
            return False
    return True


def _joined(meetings: list[_Meeting], side: int) -> tuple[Row, ...]:
    rows: list[Row] = []
    first = 0
    for meeting in meetings:
        rows += [(c, tuple((first + m, f) for m, f in parts)) for c, parts in (meeting.left, meeting.right)[side]]
        first += len(meeting.axis.loops)
    return tuple(rows)


def _meetings(left: Piece, right: Piece) -> list[_Meeting] | None:
    found = []
    for number, (a, b) in enumerate(zip(left.axes, right.axes, strict=True)):
        meeting = _meet(a, b, number)
        if meeting is None:
            return None
        found.append(meeting)
    return found


def _meet(a: Axis, b: Axis, number: int) -> _Meeting | None:
    if len(a.loops) == len(b.loops) == 1:
        return _meet_two_loops(a, b)
    levels = tuple(sorted({loop.stride for axis in (a, b) for loop in axis.loops}, reverse=True))
    digits = [_digits(axis, levels) for axis in (a, b)]
    for which, found in enumerate(digits):
        if found is None:
            raise _Split(which, number, levels)
    (boxes, rest), (others, other_rest) = digits  # type: ignore[misc]
    if rest != other_rest:
        return None
    loops = []
    for level, (low, high), (other_low, other_high) in zip(levels, boxes, others, strict=True):
        common = max(low, other_low), min(high, other_high)
        if common[0] >= common[1]:
            return None
        loops.append(Loop(level, *common))
    rows = [_rows_of(axis, levels, found) for axis, found in ((a, boxes), (b, others))]
    return _Meeting(Axis(rest, tuple(loops)), rows[0], rows[1])


def _rows_of(axis: Axis, levels: tuple[int, ...], boxes: list[tuple[int, int]]) -> tuple[Row, ...]:
    places = [levels.index(loop.stride) for loop in axis.loops]
    return tuple((loop.low - boxes[n][0], ((n, 1),)) for loop, n in zip(axis.loops, places, strict=True))


def _digits(axis: Axis, levels: tuple[int, ...]) -> tuple[list[tuple[int, int]], int] | None:
    """Return the ranges of the digits of an axis, and the remainder; None where a digit would carry."""
    extents = {loop.stride: loop.high - loop.low for loop in axis.loops}
    if len(extents) != len(axis.loops):
        raise UnsupportedError("loops over one axis with equal strides")
    first, found = span_of(axis)[0], []
    above = None
    for level in levels:
        digit, first = divmod(first, level)
        extent = extents.get(level, 1)
        if above is not None and (digit + extent - 1) * level >= above:
            return None
        found.append((digit, digit + extent))
        above = level
    return found, first


def _meet_two_loops(a: Axis, b: Axis) -> _Meeting | None:
    """Return common positions of ``offset + stride*k`` and another such range."""
    one, two = a.loops[0], b.loops[0]
    if one.stride == two.stride:
        low, high = max(one.low, two.low), min(one.high, two.high)
        if a.offset != b.offset or low >= high:
            return None
        same: tuple[Row, ...] = ((0, ((0, 1),)),)
        return _Meeting(Axis(a.offset, (Loop(one.stride, low, high),)), same, same)
    common = gcd(one.stride, two.stride)
    if (b.offset - a.offset) % common:
        return None
    step, other = one.stride // common, two.stride // common
    # one.stride*k = b.offset - a.offset (mod two.stride)
    k = (b.offset - a.offset) // common * pow(step, -1, other) % other if other > 1 else 0
    stride = one.stride * other
    first = max(span_of(a)[0], span_of(b)[0])
    last = min(span_of(a)[1], span_of(b)[1])
    start = a.offset + one.stride * k
    start += -((start - first) // stride) * stride  # the first common position that is not before both
    if start > last:
        return None
    count = (last - start) // stride + 1
    rows = [
        (((start - axis.offset) // loop.stride, ((0, stride // loop.stride),)),) for axis, loop in ((a, one), (b, two))
    ]
    return _Meeting(Axis(start, (Loop(stride, 0, count),)), *rows)
