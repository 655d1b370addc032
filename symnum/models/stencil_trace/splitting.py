"""Loops cut in two: an outer loop over blocks and an inner one within them."""

import itertools
from collections.abc import Sequence
from typing import Any

from symnum.errors import UnsupportedError
from symnum.models.stencil_trace.pieces import Axis, Group, Loop, Piece, Row, arrange
from symnum.models.stencil_trace.session import Session

__all__ = ["restrict", "split_at", "split_by_residue", "split_loop", "split_to_levels"]

MOST_BLOCKS = 256
"""Blocks that are written out one by one where they do not follow each other at equal strides."""


def _rows(piece: Piece, number: int, loop: int, row: tuple[int, tuple[tuple[int, int], ...]], more: int) -> list[Row]:
    """Return rows in which one loop becomes `1 + more` loops that stand in its place."""
    rows: list[Row] = []
    new = 0
    for n, axis in enumerate(piece.axes):
        for k in range(len(axis.loops)):
            if (n, k) == (number, loop):
                rows.append((row[0], tuple((new + m, f) for m, f in row[1])))
                new += 1 + more
            else:
                rows.append((0, ((new, 1),)))
                new += 1
    return rows


def _with_loops(piece: Piece, number: int, loop: int, loops: Sequence[Loop], shift: int = 0) -> list[Axis]:
    axis = piece.axes[number]
    changed = Axis(axis.offset + shift, (*axis.loops[:loop], *loops, *axis.loops[loop + 1 :]))
    return [*piece.axes[:number], changed, *piece.axes[number + 1 :]]


def restrict(session: Session, piece: Piece, number: int, loop: int, low: int, high: int) -> Piece | None:
    """Return the part of a piece whose index of one loop is in a range."""
    stride, first, last = piece.axes[number].loops[loop]
    axes = _with_loops(piece, number, loop, [Loop(stride, max(low, first), min(high, last))])
    return arrange(session, axes, [Group(piece.terms)])


def split_by_residue(
    session: Session, piece: Piece, number: int, loop: int, period: int, only: int | None = None
) -> list[Piece]:
    """Return a piece as `period` ones, each with every so many-th index of a loop; or `only` one of them."""
    stride, low, high = piece.axes[number].loops[loop]
    found = []
    for residue in range(period) if only is None else (only,):
        start = low + (residue - low) % period
        count = (high - start + period - 1) // period
        axes = _with_loops(piece, number, loop, [Loop(stride * period, 0, count)], stride * start)
        rows = _rows(piece, number, loop, (start, ((0, period),)), 0)
        found.append(arrange(session, axes, [Group(piece.terms, tuple(rows))]))
    return [p for p in found if p is not None]


def split_loop(session: Session, piece: Piece, number: int, loop: int, start: int, period: int) -> list[Piece]:
    """Return a piece with a loop cut into blocks of `period` indices, one of which begins at `start`.

    Returns
    -------
    list of Piece
        What comes before the first whole block, the whole blocks as two loops, and the rest.
    """
    stride, low, high = piece.axes[number].loops[loop]
    first = low + (start - low) % period
    blocks = max(0, (high - first) // period)
    found: list[Any] = []
    if first > low:
        found.append(restrict(session, piece, number, loop, low, min(first, high)))
    if blocks:
        loops = [Loop(stride * period, 0, blocks), Loop(stride, 0, period)]
        axes = _with_loops(piece, number, loop, loops, stride * first)
        rows = _rows(piece, number, loop, (first, ((0, period), (1, 1))), 1)
        found.append(arrange(session, axes, [Group(piece.terms, tuple(rows))]))
    if first + blocks * period < high and first < high:
        found.append(restrict(session, piece, number, loop, first + blocks * period, high))
    return [p for p in found if p is not None]


def split_at(session: Session, piece: Piece, number: int, loop: int, cuts: Sequence[int]) -> list[Piece]:
    """Return a piece cut before the given indices of a loop."""
    _, low, high = piece.axes[number].loops[loop]
    ends = [low, *sorted({c for c in cuts if low < c < high}), high]
    found = [restrict(session, piece, number, loop, a, b) for a, b in itertools.pairwise(ends)]
    return [p for p in found if p is not None]


def split_to_levels(session: Session, piece: Piece, number: int, levels: Sequence[int]) -> list[Piece]:
    """Return a piece cut so that no loop of an axis crosses a multiple of a level with a greater stride."""
    axis = piece.axes[number]
    at, rest = axis.offset, list(range(len(axis.loops)))
    for above in levels:
        rest = [k for k in rest if axis.loops[k].stride % above]
        first = at + sum(axis.loops[k].stride * axis.loops[k].low for k in rest)
        last = at + sum(axis.loops[k].stride * (axis.loops[k].high - 1) for k in rest)
        if first // above != last // above:
            cut = cross(session, piece, number, rest, above, first)
            return [p for part in cut for p in split_to_levels(session, part, number, levels)]
        at -= first // above * above
    return [piece]


def cross(
    session: Session, piece: Piece, number: int, candidates: Sequence[int], above: int, first: int
) -> list[Piece]:
    """Return a piece cut where loops of an axis cross multiples of `above`.

    Parameters
    ----------
    session : Session
    piece : Piece
    number : int
        Of the axis.
    candidates : sequence of int
        Loops that may be cut; the one of the greatest stride that can be is.
    above : int
    first : int
        The first position of these loops, from which multiples are counted.

    Raises
    ------
    UnsupportedError
        If that makes too many pieces.
    """
    axis = piece.axes[number]
    for loop in sorted(candidates, key=lambda k: -axis.loops[k].stride):
        cut = _cross_one(session, piece, number, loop, above, first)
        if len(cut) > 1 or cut[0] != piece:
            return cut
    raise UnsupportedError(f"positions do not fit into rows of {above}, so the program has no loops over cells here")


def _cross_one(session: Session, piece: Piece, number: int, loop: int, above: int, first: int) -> list[Piece]:
    axis = piece.axes[number]
    stride, low, high = axis.loops[loop]
    before = -first % above  # positions from the first one to the next multiple
    start = low + -(-before // stride)
    if above % stride == 0:
        cut = split_loop(session, piece, number, loop, start, above // stride)
        # Where inner loops reach across the multiple, the index before it is a case of its own.
        return cut if len(cut) > 1 or cut[0] != piece else split_at(session, piece, number, loop, [start - 1])
    if (high - low) * stride // above > MOST_BLOCKS:
        raise UnsupportedError(
            f"positions {stride} apart do not fit into rows of {above}, so the program has no loops over cells here"
        )
    blocks = range(before, (high - low) * stride + above, above)
    cuts = [low + n for c in blocks for n in (-(-c // stride), c // stride if len(axis.loops) > 1 else 0)]
    return split_at(session, piece, number, loop, cuts)
