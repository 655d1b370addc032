"""Single elements that were computed one by one, brought back into loops."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from symnum.models.stencil_trace.pieces import Axis, Group, Loop, Piece, arrange
from symnum.models.stencil_trace.rolling import find_loops
from symnum.models.stencil_trace.session import Element, Session, trimmed
from symnum.models.stencil_trace.skeletons import Skeletons

__all__ = ["roll_cells", "roll_rows"]

MOST_SHAPES = 16
"""Skeletons among cells from which on their whole numbers are looked at as numbers of the cells."""


def roll_cells(session: Session, cells: Mapping[int, Any]) -> list[Piece]:
    """Return elements by their places in memory as pieces of that memory.

    Elements whose terms are equal but for the places they read, and for floats in them, become one loop where the
    places follow an affine rule.

    Parameters
    ----------
    session : Session
    cells : mapping of int to term or number
    """
    order = sorted(cells)
    if len(order) == 1:
        return [Piece((Axis(order[0]),), (cells[order[0]],))]
    skeletons = Skeletons(session)
    shapes = [skeletons.read(cells[place]) for place in order]
    if len({shape.key for shape in shapes}) > max(
        MOST_SHAPES, len(order) // 8
    ):  # u[i]*i: whole numbers that count cells
        skeletons = Skeletons(session, exact=False)
        shapes = [skeletons.read(cells[place]) for place in order]
    by_shape: dict[int, list[int]] = {}
    for number, shape in enumerate(shapes):
        by_shape.setdefault(shape.key, []).append(number)
    found: list[Piece] = []
    for members in by_shape.values():
        places = np.array([order[k] for k in members], np.int64)
        reads = np.array([shapes[k].places for k in members], np.int64).reshape(len(members), -1)
        values = np.array([shapes[k].values for k in members], np.float64).reshape(len(members), -1)
        terms = [cells[order[k]] for k in members]
        found += _rolled(session, skeletons, shapes[members[0]].key, places, reads, values, terms)
    return found


def _rolled(
    session: Session, skeletons: Skeletons, key: int, places: Any, reads: Any, values: Any, terms: list[Any]
) -> list[Piece]:
    vectors = np.concatenate([places[:, None], reads], axis=1)
    best = None
    few = len(np.unique(values, axis=0)) <= max(8, len(places) // 64) if values.size else True
    apart = reads - places[:, None]
    telling = [k for k in range(apart.shape[1]) if len(np.unique(apart[:, k])) <= max(16, len(apart) // 16)]
    relative = [_ids(apart[:, telling]), np.zeros(len(places), np.int64)]
    exact = [_ids(values.view(np.int64)), None] if few and values.size else [None]
    for offsets in relative:
        for numbers in exact:
            keys = offsets if numbers is None else _ids(np.stack([offsets, numbers], axis=1))
            nests = find_loops(vectors, keys)
            if best is None or 2 * len(nests) < len(best):
                best = nests
    found = []
    for nest in best or []:
        loops = tuple(Loop(int(s[0]), 0, n) for s, n in zip(nest.steps, nest.counts, strict=True))
        if not loops:
            term = terms[nest.item]
        else:
            elements = [
                (int(nest.first[k + 1]), tuple(int(s[k + 1]) for s in nest.steps)) for k in range(reads.shape[1])
            ]
            numbers = [_number(session, values[:, k], places, nest) for k in range(values.shape[1])]
            if not skeletons.exact:
                numbers = [int(v) if isinstance(v, float) and v.is_integer() else v for v in numbers]
            term = skeletons.rebuilt(key, elements, numbers)
        made = arrange(session, [Axis(int(nest.first[0]), loops)], [Group((term,))])
        assert made is not None
        found.append(made)
    return found


def roll_rows(session: Session, pieces: Sequence[Piece]) -> list[Piece]:
    """Return pieces in which rows that were computed one by one, alike but for the places they read, are loops.

    Parameters
    ----------
    session : Session
    pieces : sequence of Piece
        With one term each.
    """
    found = list(pieces)
    for axis in range(len(found[0].axes) if found else 0):
        found = _rows_along(session, found, axis)
    return found


def _rows_along(session: Session, pieces: list[Piece], axis: int) -> list[Piece]:
    skeletons = Skeletons(session)
    groups: dict[Any, list[tuple[int, Piece, Any]]] = {}
    found = []
    for piece in pieces:
        if piece.axes[axis].loops or not session.elements_in(piece.terms[0]):
            found.append(piece)
            continue
        shape = skeletons.read(piece.terms[0])
        key = shape.key, shape.values, piece.axes[:axis], piece.axes[axis + 1 :]
        groups.setdefault(key, []).append((piece.axes[axis].offset, piece, shape))
    for (key, values, *_), group in groups.items():
        group.sort(key=lambda entry: entry[0])
        vectors = np.array([(place, *shape.places) for place, _, shape in group], np.int64)
        for nest in find_loops(vectors, _ids(vectors[:, 1:] - _per_row(group) * vectors[:, :1])):
            piece = group[nest.item][1]
            found.append(piece if not nest.counts else _as_loops(session, skeletons, key, values, nest, piece, axis))
    return found


def _per_row(group: list[Any]) -> Any:
    """Return how far elements move from one row to the next, as the first two rows say."""
    if len(group) < 2:
        return 0
    (a, _, first), (b, _, second) = group[len(group) // 2 - 1 : len(group) // 2 + 1]
    return (np.array(second.places) - np.array(first.places)) // (b - a)


def _as_loops(
    session: Session, skeletons: Skeletons, key: int, values: Any, nest: Any, piece: Piece, axis: int
) -> Piece:
    before = sum(len(a.loops) for a in piece.axes[:axis])
    elements = []
    for k, old in enumerate(skeletons.strides_in(key)):
        wide = [*old, *[0] * (before - len(old))]
        inner = [int(s[k + 1]) for s in nest.steps]
        elements.append((int(nest.first[k + 1]), (*wide[:before], *inner, *wide[before:])))
    loops = tuple(Loop(int(s[0]), 0, n) for s, n in zip(nest.steps, nest.counts, strict=True))
    axes = [*piece.axes[:axis], Axis(int(nest.first[0]), loops), *piece.axes[axis + 1 :]]
    made = arrange(session, axes, [Group((skeletons.rebuilt(key, elements, list(values)),))])
    assert made is not None
    return made


def _ids(rows: Any) -> Any:
    return np.unique(rows, axis=0, return_inverse=True)[1].ravel() if rows.size else np.zeros(len(rows), np.int64)


def _number(session: Session, values: Any, places: Any, nest: Any) -> Any:
    """Return a number of all cells of a loop, or the symbol of a table with one for each."""
    at = np.full(nest.counts, int(nest.first[0]))
    for axis, (n, step) in enumerate(zip(nest.counts, nest.steps, strict=True)):
        at += (np.arange(n) * int(step[0])).reshape([-1 if k == axis else 1 for k in range(len(nest.counts))])
    mine = values[np.searchsorted(places, at)]
    if np.all(mine == mine.flat[0]):
        return float(mine.flat[0])
    table = session.table(mine)
    strides = trimmed(int(np.prod(nest.counts[k + 1 :])) for k in range(len(nest.counts)))
    return session.symbol(Element(table, 0, strides))
