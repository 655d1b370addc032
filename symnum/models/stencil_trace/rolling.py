"""Loops found in a list of integer vectors: items whose vectors differ by the same steps, nested as deep as they go."""

import itertools
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Nest", "find_loops", "hashed_rows"]

Integers = NDArray[np.int64]

SHORTEST = 3
"""Items that make a loop; two make one only if they are neighbours."""


class Nest(NamedTuple):
    """Items whose vectors are ``first + sum(k_l * steps[l])`` for `k` in a box of `counts`.

    Attributes
    ----------
    item : int
        The first one's place in the list.
    first : ndarray of int
    counts : tuple of int
        The outermost loop first; none for a single item.
    steps : tuple of ndarray
    """

    item: int
    first: Integers
    counts: tuple[int, ...]
    steps: tuple[Integers, ...]


def hashed_rows(values: NDArray[np.uint64]) -> Integers:
    """Return a number for each row of unsigned integers; equal rows have equal numbers."""
    weights: Any = np.random.default_rng(20).integers(1, 2**63, values.shape[1], dtype=np.uint64)
    odd: Any = 2 * weights + 1
    mixed: Any = values * odd
    mixed ^= mixed >> np.uint64(31)
    totals: Any = np.add.reduce(mixed * odd[::-1], axis=1)
    unique: Any = np.unique
    return np.asarray(unique(totals, return_inverse=True)[1], np.int64)


def find_loops(vectors: Integers, keys: Integers, most: int | None = None) -> list[Nest]:
    """Return loops that together run over all items once.

    Parameters
    ----------
    vectors : ndarray of int, shape (items, m)
        In the order in which loops are to be looked for.
    keys : ndarray of int, shape (items,)
        Only items of equal keys are in one loop.
    most : int, optional
        Stop when there are more loops than that, innermost ones counted; there are none in the result then.
    """
    order = np.argsort(keys, kind="stable")
    found: list[Nest] = []
    for group in np.split(order, np.flatnonzero(np.diff(keys[order])) + 1):
        if len(group) == 1:
            found.append(Nest(int(group[0]), vectors[group[0]], (), ()))
        elif len(group):
            found += _nested(vectors[group], group, most)
        if most is not None and len(found) > most:
            return []
    return found


def _nested(vectors: Integers, items: Integers, most: int | None) -> list[Nest]:
    nests = [Nest(int(items[start]), vectors[start], *_loop_of(vectors, start, stop)) for start, stop in _runs(vectors)]
    while most is None or len(nests) <= most:
        outer = _rolled(nests)
        if len(outer) == len(nests):
            return outer
        nests = outer
    return nests


def _loop_of(vectors: Integers, start: int, stop: int) -> tuple[tuple[int, ...], tuple[Integers, ...]]:
    if stop - start == 1:
        return (), ()
    return (stop - start,), (vectors[start + 1] - vectors[start],)


def _rolled(nests: list[Nest]) -> list[Nest]:
    """Return nests with one more loop around those that are alike."""
    alike: dict[tuple[tuple[int, ...], bytes], list[Nest]] = {}
    for nest in nests:
        key = nest.counts, np.concatenate(nest.steps).tobytes() if nest.steps else b""
        alike.setdefault(key, []).append(nest)
    found = []
    for group in alike.values():
        vectors = np.array([n.first for n in group])
        for start, stop in _runs(vectors):
            counts, steps = _loop_of(vectors, start, stop)
            one = group[start]
            found.append(Nest(one.item, one.first, counts + one.counts, steps + one.steps))
    return found


def _runs(vectors: Integers) -> list[tuple[int, int]]:
    """Return the ranges of items that follow each other by equal steps; the longer ones first served."""
    count = len(vectors)
    if count == 1:
        return [(0, 1)]
    steps = np.diff(vectors, axis=0)
    changes = np.flatnonzero(np.any(steps[1:] != steps[:-1], axis=1)) + 1
    ends = [0, *changes.tolist(), count - 1]
    segments = list(itertools.pairwise(ends))
    found, at = [], 0
    for number, (first, last) in enumerate(segments):
        following = segments[number + 1] if number + 1 < len(segments) else (0, 0)
        start, stop = max(first, at), last + 1
        if following[1] - following[0] > last - start:
            stop -= 1  # the item at the end belongs to a longer run
        if stop - start >= SHORTEST or (stop - start == 2 and abs(int(steps[start][0])) == 1):
            found.append((start, stop))
            at = stop
        elif number + 1 == len(segments) or stop <= last:
            found += [(k, k + 1) for k in range(start, stop)]
            at = max(at, stop)
        else:
            found += [(k, k + 1) for k in range(start, last)]
            at = max(at, last)
    found += [(k, k + 1) for k in range(at, count)]
    return found
