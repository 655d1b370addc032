"""Neighbouring pieces with the same terms become one."""

from collections.abc import Sequence
from typing import Any

from symnum.models.stencil_trace.pieces import Axis, Loop, Piece, span_of
from symnum.models.stencil_trace.session import Element, Session, trimmed

__all__ = ["merged"]


def merged(session: Session, pieces: Sequence[Piece]) -> list[Piece]:
    """Return pieces in which neighbours along an axis with the same terms are joined.

    Notes
    -----
    A single position beside a loop, or beside another single position, is joined where the terms agree as functions
    of the loop index.
    """
    found = list(pieces)
    if not found:
        return found
    for axis in reversed(range(len(found[0].axes))):
        found = _along(session, found, axis)
    return found


def _along(session: Session, pieces: list[Piece], axis: int) -> list[Piece]:
    rows: dict[Any, list[Piece]] = {}
    for piece in pieces:
        rows.setdefault((piece.axes[:axis], piece.axes[axis + 1 :]), []).append(piece)
    found = []
    for row in rows.values():
        row.sort(key=lambda p: span_of(p.axes[axis]))
        kept = [row[0]]
        for piece in row[1:]:
            joined = _joined(session, kept[-1], piece, axis)
            if joined is None:
                kept.append(piece)
            else:
                kept[-1] = joined
        found += kept
    return found


def _joined(session: Session, left: Piece, right: Piece, axis: int) -> Piece | None:
    a, b = left.axes[axis], right.axes[axis]
    if len(a.loops) > 1 or len(b.loops) > 1:
        return None
    (first, end), (start, last) = span_of(a), span_of(b)
    if end + 1 != start or any(loop.stride != 1 for x in (a, b) for loop in x.loops):
        return None
    whole = Axis(0, (Loop(1, first, last + 1),))
    axes = (*left.axes[:axis], whole, *left.axes[axis + 1 :])
    if left.terms == right.terms and len(a.loops) == len(b.loops) and (a.loops or not _reads(session, left)):
        return Piece(axes, left.terms)
    return _as_loop(session, left, right, axis, axes) if len(a.loops) != len(b.loops) else None


def _reads(session: Session, piece: Piece) -> bool:
    return any(session.elements_in(t) for t in piece.terms)


def _as_loop(session: Session, left: Piece, right: Piece, axis: int, axes: tuple[Axis, ...]) -> Piece | None:
    """Join a loop with a single position beside it."""
    loop, single = (left, right) if left.axes[axis].loops else (right, left)
    number = sum(len(a.loops) for a in loop.axes[:axis])
    place = single.axes[axis].offset

    def at(element: Element) -> Element:
        strides = element.strides
        along = strides[number] if number < len(strides) else 0
        return Element(
            element.source, element.offset + along * place, trimmed(strides[:number] + strides[number + 1 :])
        )

    if session.change_elements(loop.terms, at) != single.terms:
        return None
    return Piece(axes, loop.terms)
