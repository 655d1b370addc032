"""Null spaces of a sparse matrix, block by block: what is algebraic in M y' = f, and which parts of y do not move."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["NullVector", "null_spaces"]

NullVector = list[tuple[int, float]]
"""Places and values of the entries of a vector that are not zero."""

_RELATIVE = 1e-11


def null_spaces(
    rows: Sequence[int] | NDArray[np.int32],
    columns: Sequence[int] | NDArray[np.int32],
    values: Sequence[float] | NDArray[np.float64],
    size: int,
) -> tuple[list[NullVector], list[NullVector]]:
    """Return bases of the left and of the right null space of a square matrix.

    Parameters
    ----------
    rows, columns, values : sequences, shape (entries,)
        The entries.
    size : int
        Rows and columns of the matrix.

    Returns
    -------
    left, right : list of NullVector
        As many of one as of the other, in order of their first places. Rows and columns without entries give unit
        vectors; blocks of joined rows and columns give combinations.

    Examples
    --------
    >>> null_spaces([0, 0, 1, 1], [0, 1, 0, 1], [2.0, -2.0, -2.0, 2.0], 3)
    ([[(0, 1.0), (1, 1.0)], [(2, 1.0)]], [[(0, 1.0), (1, 1.0)], [(2, 1.0)]])
    """
    entries = [(int(i), int(j), float(v)) for i, j, v in zip(rows, columns, values, strict=True) if v != 0.0]
    left: list[NullVector] = [[(i, 1.0)] for i in sorted(set(range(size)) - {i for i, _, _ in entries})]
    right: list[NullVector] = [[(j, 1.0)] for j in sorted(set(range(size)) - {j for _, j, _ in entries})]
    for block in _blocks(entries):
        own_rows, own_columns = sorted({i for i, _, _ in block}), sorted({j for _, j, _ in block})
        if len(block) == 1:
            continue
        matrix = np.zeros((len(own_rows), len(own_columns)))
        row_place = {i: k for k, i in enumerate(own_rows)}
        column_place = {j: k for k, j in enumerate(own_columns)}
        for i, j, v in block:
            matrix[row_place[i], column_place[j]] += v
        left += _kernel(matrix.T, own_rows)
        right += _kernel(matrix, own_columns)
    return sorted(left), sorted(right)


def _blocks(entries: list[tuple[int, int, float]]) -> list[list[tuple[int, int, float]]]:
    """Return groups of entries that share rows and columns with no other group."""
    parent: dict[tuple[bool, int], tuple[bool, int]] = {}

    def root(node: tuple[bool, int]) -> tuple[bool, int]:
        path = []
        while parent.setdefault(node, node) != node:
            path.append(node)
            node = parent[node]
        for passed in path:
            parent[passed] = node
        return node

    for i, j, _ in entries:
        parent[root((False, i))] = root((True, j))
    groups: dict[tuple[bool, int], list[tuple[int, int, float]]] = defaultdict(list)
    for entry in entries:
        groups[root((False, entry[0]))].append(entry)
    return list(groups.values())


def _kernel(matrix: NDArray[np.float64], places: list[int]) -> list[NullVector]:
    """Return x with A x = 0, one for each column without a pivot, in which it stands with the factor one."""
    reduced, pivots = _echelon(matrix)
    free = [column for column in range(matrix.shape[1]) if column not in set(pivots)]
    out = []
    for column in free:
        vector = {places[p]: -float(reduced[k, column]) for k, p in enumerate(pivots) if reduced[k, column] != 0.0}
        out.append(sorted({**vector, places[column]: 1.0}.items()))
    return out


def _echelon(matrix: NDArray[np.float64]) -> tuple[NDArray[np.float64], list[int]]:
    """Return the reduced echelon form and its pivots; the largest entry of what is left is the next pivot."""
    size = np.abs(matrix).max(axis=1)
    work = matrix / np.where(size > 0.0, size, 1.0)[:, None]
    pivots: list[int] = []
    for row in range(min(work.shape)):
        left = np.abs(work[row:])
        place = int(np.argmax(left))
        pivot, column = row + place // work.shape[1], place % work.shape[1]
        if not left.flat[place] > _RELATIVE:
            break
        work[[row, pivot]] = work[[pivot, row]]
        work[row] /= work[row, column]
        factors = work[:, column].copy()
        factors[row] = 0.0
        work -= np.outer(factors, work[row])
        work[:, column] = 0.0
        work[row, column] = 1.0
        work[np.abs(work) < 1e-3 * _RELATIVE] = 0.0
        pivots.append(column)
    return work[: len(pivots)], pivots
