"""From pieces to loops over cells: the derivative of a traced state as the regions of a system on a grid."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from symnum.models.stencil_trace.accesses import AccessFinder
from symnum.models.stencil_trace.elementwise import as_numeric
from symnum.models.stencil_trace.fields import FieldPlace
from symnum.models.stencil_trace.meeting import meet_pieces
from symnum.models.stencil_trace.memory import Memory
from symnum.models.stencil_trace.merging import merged
from symnum.models.stencil_trace.pieces import Piece
from symnum.models.stencil_trace.reroll import roll_rows
from symnum.models.stencil_trace.session import Session
from symnum.systems.stencils.access import Access, Index
from symnum.systems.stencils.region import Region, Sum
from symnum.terms.canonical import Symbol
from symnum.terms.substitute import substitute_all
from symnum.terms.traverse import free_symbols

__all__ = ["Emitted", "emit", "initial_regions"]

FEW = 3
"""Pieces up to which it is not worth looking for rows that are alike."""
MOST_ROWS = 64
"""Rows that are written out one by one where a loop over an axis is two nested ones."""


class Emitted(NamedTuple):
    """The loops of a right-hand side, and what they read."""

    regions: list[Region]
    sums: list[Sum]


def emit(session: Session, results: dict[int, Memory], places: Sequence[FieldPlace], finder: AccessFinder) -> Emitted:
    """Return the regions that store the derivatives of all fields.

    Parameters
    ----------
    session : Session
    results : mapping of int to Memory
        The derivative of each array of the state, of its shape.
    places : sequence of FieldPlace
    finder : AccessFinder
    """
    groups: dict[tuple[int, ...], list[FieldPlace]] = {}
    for place in places:
        groups.setdefault(place.view.shape, []).append(place)
    renamed = {symbol: Symbol(f"sum{k}") for k, symbol in enumerate(session.totals)}
    regions = []
    for group in groups.values():
        parts = [_rolled(session, merged(session, _numeric(results[p.source].read(p.view)))) for p in group]
        for targets, pieces in _together(session, group, parts):
            for piece in pieces:
                regions += [_region(finder, targets, p, renamed) for p in _single_loops(session, piece)]
    used = {s for r in regions for _, term in r.stores for s in free_symbols(term)}
    sums = []
    for symbol, total in session.totals.items():
        if renamed[symbol] in used:
            pieces = [q for p in total.pieces for q in finder.split(p)]
            sums.append(Sum(renamed[symbol], tuple(_summed(finder, p, renamed[symbol]) for p in pieces)))
    return Emitted(regions, sums)


def _numeric(pieces: Sequence[Piece]) -> list[Piece]:
    return [Piece(p.axes, tuple(as_numeric(t) for t in p.terms)) for p in pieces]


def _rolled(session: Session, pieces: list[Piece]) -> list[Piece]:
    return roll_rows(session, pieces) if len(pieces) > FEW else pieces


def _together(
    session: Session, group: list[FieldPlace], parts: list[list[Piece]]
) -> list[tuple[list[FieldPlace], list[Piece]]]:
    """Return fields whose loops are one, with their common pieces; apart where that would be very many pieces."""
    common = parts[0]
    for other in parts[1:]:
        common = meet_pieces(session, common, other)
    if len(common) > 4 * sum(len(p) for p in parts):
        return [([place], pieces) for place, pieces in zip(group, parts, strict=True)]
    return [(group, common)]


def _single_loops(session: Session, piece: Piece) -> list[Piece]:
    """Return a piece with one loop per axis at most; outer ones of nested loops are written out."""
    from symnum.errors import UnsupportedError
    from symnum.models.stencil_trace.splitting import restrict

    for number, axis in enumerate(piece.axes):
        if len(axis.loops) > 1:
            _, low, high = axis.loops[0]
            if high - low > MOST_ROWS:
                raise UnsupportedError("rows that are no axis of the state")
            rows = [restrict(session, piece, number, 0, k, k + 1) for k in range(low, high)]
            return [p for row in rows if row is not None for p in _single_loops(session, row)]
    return [piece]


def _region(finder: AccessFinder, targets: list[FieldPlace], piece: Piece, renamed: dict[Any, Any]) -> Region:
    box, loops = [], []
    for number, axis in enumerate(piece.axes):
        if axis.loops:
            box.append((axis.loops[0].low, axis.loops[0].high))
            loops.append(number)
        else:
            box.append((axis.offset, axis.offset + 1))
    indices = tuple(
        Index(k, axis.offset, axis.loops[0].stride) if axis.loops else Index(k, 0) for k, axis in enumerate(piece.axes)
    )
    loads, replaced = _loads(finder, piece, loops, box)
    terms = substitute_all(list(piece.terms), {**replaced, **renamed})
    stores = tuple((Access(t.name, indices), term) for t, term in zip(targets, terms, strict=True))
    return Region(tuple(box), {s: loads[s] for term in terms for s in free_symbols(term) if s in loads}, stores)


def _loads(
    finder: AccessFinder, piece: Piece, loops: list[int], box: list[tuple[int, int]]
) -> tuple[dict[Any, Access], dict[Any, Any]]:
    accesses = {
        symbol: finder.access(finder.session.element(symbol), piece, loops, box)
        for term in piece.terms
        for symbol in finder.session.elements_in(term)
    }
    names = {symbol: finder.near(access).symbol for symbol, access in accesses.items()}
    if len({*names.values()}) < len({*accesses.values()}):
        names = {symbol: access.symbol for symbol, access in accesses.items()}
    return {names[s]: a for s, a in accesses.items()}, names


def _summed(finder: AccessFinder, piece: Piece, symbol: Any) -> Region:
    """Return the region of a sum: its loops are those of the piece, whatever axes they were on."""
    flat = [loop for axis in piece.axes for loop in axis.loops]
    box = [(loop.low, loop.high) for loop in flat] or [(0, 1)]
    loads, replaced = _loads(finder, piece, list(range(len(flat))), box)
    (term,) = substitute_all(list(piece.terms), replaced)
    return Region(tuple(box), loads, ((Access(symbol.name, ()), term),))


def initial_regions(session: Session, finder: AccessFinder, place: FieldPlace, values: Any) -> list[Region]:
    """Return the regions that store given numbers as initial values of a field."""
    from symnum.models.stencil_trace.numbers import number_pieces

    pieces = number_pieces(session, np.asarray(values, float))
    return [_region(finder, [place], p, {}) for p in pieces]
