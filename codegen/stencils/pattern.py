"""The pattern of a Jacobian on a grid, by array operations: where each entry of each region goes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from codegen.stencils.plan import Leaf, Piece, Place, Segment

__all__ = ["Pattern", "has_full_diagonal", "has_repeated_entries", "make_pattern", "with_positions"]


@dataclass(frozen=True, eq=False)
class Pattern:
    """Compressed columns, sorted, with a full diagonal.

    Attributes
    ----------
    indptr : ndarray of int32, shape (n + 1,)
    indices : ndarray of int32, shape (nnz,)
    positions : ndarray of int32
        The number of places in 64 bits, and where the entries go: segment by segment, entry by entry, cells in order.
    """

    indptr: NDArray[np.int32]
    indices: NDArray[np.int32]
    positions: NDArray[np.int32]


def make_pattern(segments: Sequence[Segment], offsets: Sequence[int], n: int) -> Pattern:
    """Return the pattern of the entries of segments.

    Parameters
    ----------
    segments : sequence of Segment
        Of a Jacobian's plan.
    offsets : sequence of int
        Where the arrays of states start.
    n : int
        Number of states.
    """
    from scipy.sparse import coo_array

    rows, columns = [], []
    for segment in segments:
        for place, leaf in zip(segment.stores, segment.columns, strict=True):
            rows.append(_numbers(segment, place.strides, offsets[place.base] + place.offset).ravel())
            columns.append(_column_numbers(offsets, segment, leaf))
    count = sum(map(len, rows))
    on_diagonal = np.zeros(n, np.bool_)
    for row, column in zip(rows, columns, strict=True):
        on_diagonal[row[row == column]] = True
    missing = np.flatnonzero(~on_diagonal).astype(np.int32)
    row, column = np.concatenate([*rows, missing]), np.concatenate([*columns, missing])
    numbers = np.arange(len(row), dtype=np.int32)
    matrix = coo_array((numbers, (row, column)), shape=(n, n)).tocsc()
    if matrix.nnz == len(row):
        order = np.empty(len(row), np.int32)
        order[matrix.data] = numbers
    else:  # equal places were added up: number them anew
        places = np.repeat(np.arange(n, dtype=np.int64), np.diff(matrix.indptr)) * n + matrix.indices
        order = np.searchsorted(places, column.astype(np.int64) * n + row).astype(np.int32)
    indptr, indices = matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32)
    head = np.array([matrix.nnz], np.int64).view(np.int32)
    return Pattern(indptr, indices, np.concatenate([head, order[:count]]))


def has_full_diagonal(segments: Sequence[Segment], n: int) -> bool:
    """Tell whether every row has an entry for its own column wherever it is stored, as far as formulas say."""
    found = 0
    for segment in segments:
        for place, leaf in zip(segment.stores, segment.columns, strict=True):
            if leaf.base == place.base and leaf.strides == place.strides and len(leaf.pieces) == 1:
                found += leaf.pieces[0].offset == place.offset and _cells(segment)
    return found == n


def has_repeated_entries(segments: Sequence[Segment]) -> bool:
    """Tell whether two entries may stand in one place: certain of shifted loads, taken for granted of all others."""
    for segment in segments:
        by_row: dict[Place, list[Leaf]] = {}
        for place, leaf in zip(segment.stores, segment.columns, strict=True):
            by_row.setdefault(place, []).append(leaf)
        for leaves in by_row.values():
            if any(_meet(a, b) for a, b in combinations(leaves, 2)):
                return True
    return False


def _meet(a: Leaf, b: Leaf) -> bool:
    if a.base != b.base:
        return False  # no two arrays share an element
    return a.strides != b.strides or any(_overlap(p, q) and p.offset == q.offset for p in a.pieces for q in b.pieces)


def _overlap(a: Piece, b: Piece) -> bool:
    return a.start < b.stop and b.start < a.stop


def _cells(segment: Segment) -> int:
    return int(np.prod([b - a for a, b in segment.box], dtype=np.int64))


def with_positions(segments: Sequence[Segment]) -> list[Segment]:
    """Return segments of a Jacobian whose stores are places in the table of positions."""
    results, start = [], 0
    for segment in segments:
        shape = [b - a for a, b in segment.box]
        strides = tuple(int(np.prod(shape[axis + 1 :], dtype=np.int64)) for axis in range(len(shape)))
        first = start - sum(stride * a for stride, (a, _) in zip(strides, segment.box, strict=True))
        cells = _cells(segment)
        places = tuple(Place(0, first + number * cells, strides) for number in range(len(segment.stores)))
        results.append(replace(segment, stores=places))
        start += cells * len(places)
    return results


def _column_numbers(offsets: Sequence[int], segment: Segment, leaf: Leaf) -> NDArray[np.int32]:
    numbers = _numbers(segment, leaf.strides, offsets[leaf.base])
    start = segment.box[-1][0]
    for piece in leaf.pieces:
        numbers[..., piece.start - start : piece.stop - start] += np.int32(piece.offset)
    return numbers.ravel()


def _numbers(segment: Segment, strides: tuple[int, ...], offset: int) -> NDArray[np.int32]:
    """Return ``offset + sum(strides * indices)`` in every cell."""
    numbers = np.full([b - a for a, b in segment.box], offset, np.int32)
    for axis, ((a, b), stride) in enumerate(zip(segment.box, strides, strict=True)):
        along = np.arange(a, b, dtype=np.int32) * np.int32(stride)
        numbers += along.reshape([-1 if k == axis else 1 for k in range(len(strides))])
    return numbers
