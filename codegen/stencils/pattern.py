"""The pattern of a Jacobian on a grid, by array operations: where each entry of each region goes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from codegen.stencils.plan import Leaf, Place, Plan, Segment

__all__ = ["Pattern", "make_pattern", "with_positions"]


@dataclass(frozen=True, eq=False)
class Pattern:
    """Compressed columns, sorted, with a full diagonal.

    Attributes
    ----------
    indptr : ndarray of int32, shape (n + 1,)
    indices : ndarray of int32, shape (nnz,)
    positions : ndarray of int32
        Where the entries go: segment by segment, entry by entry, cells in order.
    repeated : bool
        Whether some entries go to the same place, and are to be added up.
    """

    indptr: NDArray[np.int32]
    indices: NDArray[np.int32]
    positions: NDArray[np.int32]
    repeated: bool


def make_pattern(plan: Plan, n: int) -> Pattern:
    """Return the pattern of the entries of a plan's segments.

    Parameters
    ----------
    plan : Plan
        Of a Jacobian.
    n : int
        Number of states.
    """
    from scipy.sparse import coo_array

    rows, columns = [], []
    for segment in plan.segments:
        for place, leaf in zip(segment.stores, segment.columns, strict=True):
            rows.append(_row_numbers(plan, segment, place))
            columns.append(_column_numbers(plan, segment, leaf))
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
    return Pattern(indptr, indices, order[:count], matrix.nnz < len(row))


def with_positions(segments: Sequence[Segment]) -> list[Segment]:
    """Return segments of a Jacobian whose stores are places in the table of positions."""
    results, start = [], 0
    for segment in segments:
        shape = [b - a for a, b in segment.box]
        strides = tuple(int(np.prod(shape[axis + 1 :], dtype=np.int64)) for axis in range(len(shape)))
        first = start - sum(stride * a for stride, (a, _) in zip(strides, segment.box, strict=True))
        cells = int(np.prod(shape, dtype=np.int64))
        places = tuple(Place(0, first + number * cells, strides) for number in range(len(segment.stores)))
        results.append(replace(segment, stores=places))
        start += cells * len(places)
    return results


def _row_numbers(plan: Plan, segment: Segment, place: Place) -> NDArray[np.int32]:
    return _numbers(segment, place.strides, plan.states[place.base].offset + place.offset).ravel()


def _column_numbers(plan: Plan, segment: Segment, leaf: Leaf) -> NDArray[np.int32]:
    numbers = _numbers(segment, leaf.strides, plan.states[leaf.base].offset)
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
