"""The rows of a matrix of numbers, those that are alike as loops: bands, borders, blocks, tables of coefficients."""

import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symnum.errors import UnsupportedError
from symnum.models.stencil_trace.numbers import as_number
from symnum.models.stencil_trace.rolling import Nest, find_loops, hashed_rows

__all__ = ["RowRun", "row_runs"]

MOST_ENTRIES = 20_000
"""Entries that are written out, over all kinds of rows."""
MOST_FORMS = 2_000
"""Kinds of rows up to which loops are looked for."""
MOST_BANDS = 64
MOST_TABLE = 5_000_000
"""Elements of a matrix that becomes a table as a whole."""


class RowRun(NamedTuple):
    """Rows ``row + sum(k_l * row_steps[l])`` that have their entries in columns that move along with them.

    Attributes
    ----------
    row : int
    row_steps, extents : tuple of int
        Steps and numbers of indices of the loops, the outermost first.
    columns : tuple of int
        Of the entries of the first row.
    column_steps : tuple of tuple of int
        For each entry, how far its column moves per step of each loop.
    values : tuple of number or ndarray
        Of the entries: one for all rows, or an array of the shape `extents`.
    """

    row: int
    row_steps: tuple[int, ...]
    extents: tuple[int, ...]
    columns: tuple[int, ...]
    column_steps: tuple[tuple[int, ...], ...]
    values: tuple[Any, ...]


class _Rows(NamedTuple):
    """A matrix in compressed rows, without zeros."""

    starts: NDArray[np.int64]
    columns: NDArray[np.int64]
    values: NDArray[np.float64]
    shape: tuple[int, int]


def row_runs(matrix: Any) -> list[RowRun]:
    """Return all rows of a matrix, those that are alike together.

    Parameters
    ----------
    matrix : ndarray or sparse matrix of SciPy

    Raises
    ------
    UnsupportedError
        If it is large, and no two rows are alike.
    """
    rows = _compressed(matrix)
    ways: list[Callable[[_Rows], list[RowRun]]] = [
        lambda r: _rolled(r, with_values=True, with_offsets=True),
        lambda r: _rolled(r, with_values=False, with_offsets=True),
        lambda r: _rolled(r, with_values=True, with_offsets=False),
        _bands,
        _as_table,
    ]
    best: list[RowRun] | None = None
    for way in ways:
        found = way(rows)
        if found and (best is None or _cost(found) < _cost(best)):
            best = found
        if best is not None and 2 * _cost(best) <= rows.shape[0]:
            break
    if best is None or _cost(best) > MOST_ENTRIES:
        raise UnsupportedError(
            f"a matrix of shape {rows.shape} with {len(rows.columns):,} entries has rows that are not alike, so there "
            "are no loops in it; a model of this kind is written with sn.ode_system or sn.reaction_network"
        )
    return best


def _cost(runs: list[RowRun]) -> int:
    """Return what loops cost: each entry, more if it is a table, and zeros in tables, which hide what is sparse."""
    return sum(2 + sum(3 + int(np.sum(v == 0)) if np.ndim(v) else 1 for v in run.values) for run in runs)


def _compressed(matrix: Any) -> _Rows:
    if type(matrix).__module__.startswith("scipy.sparse"):
        kept = matrix.tocsr().copy()
        kept.sum_duplicates()
        kept.eliminate_zeros()
        starts, columns, values = kept.indptr, kept.indices, kept.data
    else:
        dense = np.asarray(matrix)
        row, columns = np.nonzero(dense)
        values = dense[row, columns]
        starts = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=dense.shape[0]))])
    shape = int(matrix.shape[0]), int(matrix.shape[1])
    return _Rows(starts.astype(np.int64), columns.astype(np.int64), values.astype(np.float64), shape)


def _rolled(rows: _Rows, *, with_values: bool, with_offsets: bool) -> list[RowRun]:
    counts = np.diff(rows.starts)
    most, total = max(MOST_FORMS, len(counts) // 8), 0
    found = []
    for count in np.unique(counts):
        group = np.flatnonzero(counts == count)
        entries = rows.starts[group][:, None] + np.arange(count)
        columns, values = rows.columns[entries], rows.values[entries]
        parts = [np.zeros((len(group), 1), np.uint64)]
        if with_offsets:
            parts.append((columns - group[:, None]).astype(np.uint64))
        if with_values:
            parts.append(values.view(np.uint64))
        keys = hashed_rows(np.concatenate(parts, axis=1))
        vectors = np.concatenate([group[:, None], columns], axis=1)
        nests = [] if keys.max() > most else find_loops(vectors, keys, most)
        total += len(nests)
        if not nests or total > most:
            return []
        found.append((nests, values, group))
    return [_run_of(nest, values, group) for nests, values, group in found for nest in nests]


def _run_of(nest: Nest, values: NDArray[np.float64], group: NDArray[np.int64]) -> RowRun:
    counts, steps = nest.counts or (1,), nest.steps or (np.eye(1, len(nest.first), dtype=np.int64)[0],)
    at = np.full(counts, int(nest.first[0]))
    for axis, (n, step) in enumerate(zip(counts, steps, strict=True)):
        at += (np.arange(n) * int(step[0])).reshape([-1 if k == axis else 1 for k in range(len(counts))])
    mine = values[np.searchsorted(group, at)]
    return RowRun(
        int(nest.first[0]),
        tuple(int(s[0]) for s in steps),
        counts,
        tuple(int(c) for c in nest.first[1:]),
        tuple(tuple(int(s[k]) for s in steps) for k in range(1, len(nest.first))),
        tuple(_constant(mine[..., k]) for k in range(mine.shape[-1])),
    )


def _constant(values: NDArray[np.float64]) -> Any:
    return as_number(values.flat[0]) if np.all(values == values.flat[0]) else values


def _bands(rows: _Rows) -> list[RowRun]:
    """Return the rows of a matrix with few diagonals, zeros in them among the coefficients."""
    row = np.repeat(np.arange(rows.shape[0]), np.diff(rows.starts))
    offsets = np.unique(rows.columns - row)
    if not 0 < len(offsets) <= MOST_BANDS:
        return []
    table = np.zeros((len(offsets), rows.shape[0]))
    table[np.searchsorted(offsets, rows.columns - row), row] = rows.values
    cuts = {0, rows.shape[0]}
    for offset in offsets.tolist():
        cuts |= {min(max(0, -offset), rows.shape[0]), min(max(0, rows.shape[1] - offset), rows.shape[0])}
    ends, found = sorted(cuts), []
    for low, high in itertools.pairwise(ends):
        inside = [k for k, o in enumerate(offsets.tolist()) if low + o >= 0 and high - 1 + o < rows.shape[1]]
        used = [k for k in inside if table[k, low:high].any()]
        columns = tuple(int(low + offsets[k]) for k in used)
        values = tuple(_constant(table[k, low:high]) for k in used)
        found.append(RowRun(low, (1,), (high - low,), columns, ((1,),) * len(used), values))
    return found


def _as_table(rows: _Rows) -> list[RowRun]:
    """Return all rows at once, each column a table of coefficients."""
    n, m = rows.shape
    if n * m > MOST_TABLE or n == 0:
        return []
    dense = np.zeros(rows.shape)
    dense[np.repeat(np.arange(n), np.diff(rows.starts)), rows.columns] = rows.values
    used = np.flatnonzero(dense.any(axis=0)).tolist()
    values = tuple(_constant(dense[:, k]) for k in used)
    return [RowRun(0, (1,), (n,), tuple(used), ((0,),) * len(used), values)]
