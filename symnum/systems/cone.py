"""Extreme rays of the non-negative part of an integer lattice of laws (double description method).

Motzkin, Raiffa, Thompson, Thrall, "The double description method", Contributions to the Theory of
Games II (1953).
"""

from fractions import Fraction
from math import gcd

__all__ = ["nonnegative_basis"]

_MOST_RAYS = 400
_MOST_PAIRS = 200_000

_Law = dict[int, int]


def nonnegative_basis(laws: list[_Law]) -> list[_Law]:
    """Replace a basis of laws by one whose members have no negative coefficients, as far as there is one.

    Parameters
    ----------
    laws : list of dict of int to int
        Linearly independent; each has a positive coefficient at a position where all others have none,
        as an elimination leaves them.

    Returns
    -------
    list of dict
        A basis of the same space. Members are taken from the extreme rays of the cone of non-negative
        laws (in a network these are the totals of its building blocks), shortest first, and from the
        given laws where the rays do not span. The given laws themselves if there are too many rays.
    """
    touched = sorted({i for law in laws for i, c in law.items() if c < 0})
    if not touched:
        return laws
    mixed = [k for k, law in enumerate(laws) if any(i in law for i in touched)]
    local = [laws[k] for k in mixed]
    constraints = sorted({tuple(law.get(i, 0) for law in local) for i in touched})
    rays = _extreme_rays(len(local), constraints)
    if rays is None:
        return laws
    candidates = [_combine(ray, local) for ray in rays]
    candidates.sort(key=lambda law: (len(law), sum(law.values()), tuple(sorted(law.items()))))
    chosen = _independent([*candidates, *local], len(local))
    untouched = [law for k, law in enumerate(laws) if k not in set(mixed)]
    return untouched + chosen


def _extreme_rays(dimension: int, constraints: list[tuple[int, ...]]) -> list[tuple[int, ...]] | None:
    """Return the extreme rays of {x >= 0, c.x >= 0 for all constraints}, or None if there are too many."""
    rays = [tuple(int(i == j) for j in range(dimension)) for i in range(dimension)]
    # Which inequalities a ray fulfils with equality, as a bit set: coordinates first, then constraints.
    tight = [sum(1 << j for j in range(dimension) if j != i) for i in range(dimension)]
    for number, constraint in enumerate(constraints):
        bit = 1 << (dimension + number)
        values = [sum(a * b for a, b in zip(constraint, ray)) for ray in rays]
        positive = [k for k, v in enumerate(values) if v > 0]
        negative = [k for k, v in enumerate(values) if v < 0]
        if len(positive) * len(negative) * len(rays) > _MOST_PAIRS * 10:
            return None
        kept = [(rays[k], tight[k] | (bit if v == 0 else 0)) for k, v in enumerate(values) if v >= 0]
        for p in positive:
            for n in negative:
                common = tight[p] & tight[n]
                if any(common & ~t == 0 for k, t in enumerate(tight) if k not in (p, n)):
                    continue
                ray = [values[p] * b - values[n] * a for a, b in zip(rays[p], rays[n])]
                divisor = gcd(*ray)
                kept.append((tuple(x // divisor for x in ray), common | bit))
        if len(kept) > _MOST_RAYS:
            return None
        rays, tight = [ray for ray, _ in kept], [t for _, t in kept]
    return rays


def _combine(ray: tuple[int, ...], laws: list[_Law]) -> _Law:
    out: _Law = {}
    for factor, law in zip(ray, laws):
        if factor:
            for i, c in law.items():
                out[i] = out.get(i, 0) + factor * c
    divisor = gcd(*out.values())
    return {i: c // divisor for i, c in out.items() if c}


def _independent(laws: list[_Law], rank: int) -> list[_Law]:
    """Take laws from the front that are linearly independent, until there are `rank` of them."""
    chosen: list[_Law] = []
    reduced: dict[int, dict[int, Fraction]] = {}
    for law in laws:
        row = {i: Fraction(c) for i, c in law.items()}
        for pivot, other in reduced.items():
            factor = row.get(pivot)
            if factor:
                for i, c in other.items():
                    row[i] = row.get(i, Fraction(0)) - factor * c
        row = {i: c for i, c in row.items() if c}
        if not row:
            continue
        pivot = min(row)
        reduced[pivot] = {i: c / row[pivot] for i, c in row.items()}
        chosen.append(law)
        if len(chosen) == rank:
            break
    return chosen
