"""The few statistics that the laboratory reports: medians, ranks and their correlation."""

import math
from collections.abc import Sequence

__all__ = ["finite", "median", "quantile", "spearman"]


def finite(values: Sequence[float | None]) -> list[float]:
    """Return the values that are numbers."""
    return [v for v in values if v is not None and math.isfinite(v)]


def median(values: Sequence[float]) -> float:
    """Return the median; nan of nothing."""
    return quantile(values, 0.5)


def quantile(values: Sequence[float], share: float) -> float:
    """Return a quantile, interpolated between neighbours; nan of nothing.

    Examples
    --------
    >>> quantile([3.0, 1.0, 2.0], 0.5), quantile([1.0, 2.0], 0.25)
    (2.0, 1.25)
    """
    ordered = sorted(values)
    if not ordered:
        return math.nan
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def spearman(a: Sequence[float], b: Sequence[float]) -> float:
    """Return Spearman's rank correlation, equal values sharing their mean rank.

    Returns
    -------
    float
        nan for fewer than three pairs, or where one side is all equal.

    Examples
    --------
    >>> spearman([1.0, 2.0, 3.0], [10.0, 20.0, 15.0])
    0.5
    """
    if len(a) < 3:
        return math.nan
    x, y = _ranks(a), _ranks(b)
    mean = (len(a) + 1) / 2
    above = sum((p - mean) * (q - mean) for p, q in zip(x, y))
    below = math.sqrt(sum((p - mean) ** 2 for p in x) * sum((q - mean) ** 2 for q in y))
    return above / below if below else math.nan


def _ranks(values: Sequence[float]) -> list[float]:
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    start = 0
    for end in range(1, len(order) + 1):
        if end == len(order) or values[order[end]] != values[order[start]]:
            for place in range(start, end):
                ranks[order[place]] = (start + end + 1) / 2
            start = end
    return ranks
