"""Sums shared by parts: what many sums have in common is added up once.

The sums of a rule-generated network overlap ("free kinase", "kinase bound to A", "kinase bound to A or
B"). The pair of terms that most sums contain becomes a term of its own, again and again: the greedy
algorithm for common sub-expressions of linear forms (A. Hosangadi, F. Fallah, R. Kastner, "Optimizing
polynomial expressions by algebraic factorization and common subexpression elimination", IEEE Trans.
CAD 25, 2006).
"""

import heapq
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

__all__ = ["share_partial_sums"]

# A pair in fewer sums than this is not worth the store of its value.
_FEWEST = 4
# Longer sums are left alone, so that the number of pairs stays in proportion.
_LONGEST = 400


def share_partial_sums(sums: Sequence[Sequence[int]], add: Callable[[int, int], int]) -> list[list[int]]:
    """Rewrite sums of distinct terms so that common pairs of terms are added once.

    Parameters
    ----------
    sums : sequence of sequence of int
        The terms of every sum, by number.
    add : callable
        Given two terms, returns the number of their sum.

    Returns
    -------
    list of list of int
        The rewritten sums, their terms in ascending order.

    Examples
    --------
    >>> share_partial_sums([[1, 2, 3], [1, 2, 4], [1, 2, 5], [1, 2, 6]], lambda a, b: 10 * a + b)
    [[3, 12], [4, 12], [5, 12], [6, 12]]
    """
    rows = [set(terms) for terms in sums]
    pairs = _frequent_pairs([terms for terms in sums if len(terms) <= _LONGEST])
    if not pairs:
        return [sorted(row) for row in rows]
    containing: dict[int, set[int]] = {}
    for i, terms in enumerate(sums):
        if len(terms) <= _LONGEST:
            for term in terms:
                containing.setdefault(term, set()).add(i)
    heap = [(-count, a, b) for a, b, count in pairs]
    heapq.heapify(heap)
    while heap:
        count, a, b = heapq.heappop(heap)
        common = containing[a] & containing[b]
        if len(common) != -count:  # some of its sums have been rewritten since
            if len(common) >= _FEWEST:
                heapq.heappush(heap, (-len(common), a, b))
            continue
        new = add(a, b)
        if new in containing:  # a term of some sum already: it would be lost where both meet
            continue
        beside: Counter[int] = Counter()
        for i in sorted(common):
            row = rows[i]
            row.remove(a)
            row.remove(b)
            beside.update(row)
            row.add(new)
        containing[a] -= common
        containing[b] -= common
        containing[new] = common
        for other, times in beside.items():
            if times >= _FEWEST:
                heapq.heappush(heap, (-times, min(new, other), max(new, other)))
    return [sorted(row) for row in rows]


def _frequent_pairs(sums: Sequence[Sequence[int]]) -> list[tuple[int, int, int]]:
    """Return the pairs of terms that stand together in enough sums, with how many those are."""
    terms = sorted({term for row in sums for term in row})
    number = {term: i for i, term in enumerate(terms)}
    size = len(terms)
    found = []
    for row in sums:
        if len(row) > 1:
            own = np.array(sorted(map(number.__getitem__, row)), np.int64)
            first, second = np.triu_indices(len(own), 1)
            found.append(own[first] * size + own[second])
    if not found:
        return []
    keys, counts = np.unique(np.concatenate(found), return_counts=True)
    often = counts >= _FEWEST
    return [
        (terms[key // size], terms[key % size], count)
        for key, count in zip(keys[often].tolist(), counts[often].tolist(), strict=True)
    ]
