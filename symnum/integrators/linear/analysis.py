"""Symbolic phase of the sparse solver: everything that depends on the pattern alone."""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from symnum.integrators.linear.ordering import minimum_degree
from symnum.integrators.linear.symbolic_fronts import flag_rows, list_rows, order_rows, place_entries
from symnum.integrators.linear.symbolic_tree import group_columns, order_columns

__all__ = ["Analysis", "analyse", "pack"]

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Analysis:
    """What the numerical phase needs, shared by all contexts of one pattern.

    Attributes
    ----------
    n, count : int
        Unknowns and fronts.
    arrays : dict[str, numpy.ndarray]
        Read-only arrays under the names of the context's slots.
    sizes : dict[str, int]
        Lengths of the numerical buffers: ``factors``, ``front``, ``tail``, ``passed`` (float64 each).
    statistics : dict[str, object]
        Fill, arithmetic and timings.
    """

    n: int
    count: int
    arrays: dict[str, Array]
    sizes: dict[str, int]
    statistics: dict[str, object]


def pack(*items: Array | int) -> Array:
    """Return the int64 array of addresses (of arrays) and numbers that machine functions read."""
    return np.array([i.ctypes.data if isinstance(i, np.ndarray) else int(i) for i in items], dtype=np.int64)


def _ints(n: int, dtype: Any = np.int32) -> Array:
    return np.empty(max(int(n), 1), dtype=dtype)


def _permuted(n: int, indptr: Array, indices: Array, order: Array) -> tuple[Array, Array, Array]:
    """Return pointers, indices and sources of the pattern with rows and columns permuted; unsorted in a column."""
    place = np.empty(n, dtype=np.int32)
    place[order] = np.arange(n, dtype=np.int32)
    lengths = np.diff(indptr)[order]
    pointers = np.zeros(n + 1, dtype=np.int32)
    np.cumsum(lengths, out=pointers[1:])
    sources = np.repeat(indptr[:-1][order] - pointers[:-1], lengths) + np.arange(len(indices), dtype=np.int32)
    return pointers, place[indices[sources]], sources.astype(np.int32)


def _transposed(n: int, pointers: Array, rows: Array, sources: Array) -> tuple[Array, Array, Array]:
    """Return the same three arrays of the transposed pattern."""
    columns = np.repeat(np.arange(n, dtype=np.int32), np.diff(pointers))
    by = np.argsort(rows, kind="stable")
    turned = np.zeros(n + 1, dtype=np.int32)
    np.cumsum(np.bincount(rows, minlength=n), out=turned[1:])
    return turned, columns[by], sources[by]


def _tree_order(n: int, pointers: Array, rows: Array) -> tuple[Array, Array]:
    """Return the postorder of the elimination tree and the parents in the new numbering."""
    parent, order, one, two = (_ints(n) for _ in range(4))
    held = pack(pointers, rows, parent, order, one, two)
    order_columns(n, held.ctypes.data)
    place = np.empty(n, dtype=np.int32)
    place[order] = np.arange(n, dtype=np.int32)
    above = parent[order]
    return order, np.where(above >= 0, place[above], -1).astype(np.int32)


def analyse(n: int, indptr: Array, indices: Array) -> Analysis:
    """Order the unknowns, build the fronts, and place every entry.

    Parameters
    ----------
    n : int
        Number of unknowns.
    indptr, indices : numpy.ndarray
        int32 compressed columns with the full diagonal.

    Returns
    -------
    Analysis
    """
    import scipy.sparse as sp

    began = time.perf_counter()
    pattern = sp.csc_matrix((np.ones(len(indices)), indices, indptr), shape=(n, n))
    symmetric = (pattern + pattern.T).tocsc()
    order = minimum_degree(symmetric)
    ordered = time.perf_counter()
    sp_pointers, sp_rows, _ = _permuted(n, symmetric.indptr, symmetric.indices, order)
    post, parent = _tree_order(n, sp_pointers, sp_rows)
    order = order[post]
    sp_pointers, sp_rows, _ = _permuted(n, symmetric.indptr, symmetric.indices, order)
    counts, starts, sizes, scratch = _ints(n), _ints(n + 1), _ints(n), _ints(n)
    held = pack(sp_pointers, sp_rows, parent, counts, starts, sizes, scratch)
    count = group_columns(n, held.ctypes.data)
    arrays = _structure(n, count, starts[: count + 1].copy(), sizes[:count], (sp_pointers, sp_rows),
                        _permuted(n, indptr, indices, order))  # fmt: skip
    arrays.update(order=order, indptr=indptr, indices=indices)
    lengths = _buffers(count, arrays)
    statistics = _statistics(n, len(indices), arrays)
    statistics["ordering_seconds"] = ordered - began
    statistics["symbolic_seconds"] = time.perf_counter() - ordered
    return Analysis(n, count, arrays, lengths, statistics)


def _structure(
    n: int,
    count: int,
    starts: Array,
    sizes: Array,
    symmetric: tuple[Array, Array],
    columns: tuple[Array, Array, Array],
) -> dict[str, Array]:
    """Return the arrays that describe the fronts."""
    offsets = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(sizes - np.diff(starts), out=offsets[1:])
    total = int(offsets[-1])
    owner = np.repeat(np.arange(count, dtype=np.int32), np.diff(starts))
    below, parent, first, sibling = _ints(total), _ints(count), _ints(count), _ints(count)
    scratch = [_ints(n) for _ in range(5)]
    held = pack(starts, owner, *symmetric, offsets, below, parent, first, sibling, scratch[0])
    list_rows(n, count, held.ctypes.data)
    front_of = np.repeat(np.arange(count, dtype=np.int64), np.diff(offsets))
    keys = front_of * n + below[:total]
    keys.sort()
    below[:total] = keys - front_of * n
    rows = _transposed(n, *columns)
    made = {
        name: _ints(length)
        for name, length in (
            ("by_row", total), ("by_column", total), ("lower_numbers", count), ("upper_numbers", count),
            ("rows_present", count), ("columns_present", count),
            ("relative_rows", total), ("relative_columns", total), ("bounds", count + 1),
            ("places", len(columns[1])), ("sources", len(columns[1])),
        )
    }  # fmt: skip
    lower, upper = _ints(total), _ints(total)
    held = pack(
        starts, owner, *columns[:2], *rows[:2], offsets, below, lower, upper, first, sibling, *scratch[:4]
    )
    flag_rows(count, held.ctypes.data)
    for flags, made_names in (
        (lower, ("by_row", "lower_numbers", "rows_present", "relative_rows")),
        (upper, ("by_column", "upper_numbers", "columns_present", "relative_columns")),
    ):
        results = [made[name] for name in made_names]
        held = pack(starts, offsets, below, flags, first, sibling, *results, scratch[0])
        order_rows(count, held.ctypes.data)
    names = ("by_row", "by_column", "columns_present", "bounds", "places", "sources")
    results = [made[name] for name in names]
    held = pack(starts, *columns[:2], *rows[:2], columns[2], rows[2], offsets, *results, *scratch[:2])
    place_entries(count, held.ctypes.data)
    return made | {"starts": starts, "offsets": offsets, "first": first, "sibling": sibling, "parent": parent}


def _buffers(count: int, arrays: dict[str, Array]) -> dict[str, int]:
    """Lay out the factors and the contributions; return the lengths of the numerical buffers."""
    width = np.diff(arrays["starts"]).astype(np.int64)
    rows, columns = (
        arrays["rows_present"][:count].astype(np.int64),
        arrays["columns_present"][:count].astype(np.int64),
    )
    # All of L, then all of U: each half of a solution reads one of them from end to end.
    for name, numbers in (("lower_offsets", "lower_numbers"), ("upper_offsets", "upper_numbers")):
        stored = width * (width + arrays[numbers][:count])
        arrays[name] = np.concatenate(([0], np.cumsum((stored + 7) & ~7)))
    arrays["upper_offsets"] += arrays["lower_offsets"][-1]
    # Contributions live on a stack: a front's place is the room of earlier ones that its ancestors still wait for.
    # The last front takes its contributions at once, and any front what the one just before it has for it.
    parent = arrays["parent"][:count]
    room = np.where((parent == count - 1) | (parent == np.arange(1, count + 1)), 0, rows * columns)
    consumed = np.zeros(count, dtype=np.int64)
    np.add.at(consumed, parent[parent >= 0], room[parent >= 0])
    arrays["passed_offsets"] = np.cumsum(room) - room - np.cumsum(consumed)
    return {
        "factors": int(arrays["upper_offsets"][-1]) + 8,
        "front": int(((width + rows) * (width + columns))[:-1].max(initial=0)) + 8,
        "tail": int(width[-1] ** 2) + 8,
        "passed": int((arrays["passed_offsets"] + room).max()) + 8,
    }


def _statistics(n: int, nnz: int, arrays: dict[str, Array]) -> dict[str, object]:
    """Return fill and arithmetic; the tail is the last front, which holds no structural zeros to speak of."""
    width = np.diff(arrays["starts"]).astype(np.float64)
    count = len(width)
    lower = arrays["lower_numbers"][:count].astype(np.float64)
    upper = arrays["upper_numbers"][:count].astype(np.float64)
    flops = 2 / 3 * width**3 + width**2 * (lower + upper) + 2 * width * lower * upper
    return {
        "n": n,
        "nnz": nnz,
        "nnz_factors": int((width * width + width * (lower + upper)).sum()),
        "flops": float(flops.sum()),
        "fronts": count,
        "head": n - int(width[-1]),
        "tail": int(width[-1]),
        "largest_front": int((width + arrays["rows_present"][:count]).max()),
    }
