"""Both sides in floating point: at the special values of IEEE arithmetic, and at random numbers, in ulps."""

import math
from collections.abc import Iterator
from itertools import product
from random import Random
from typing import Any, NamedTuple

from rewriters.ruleset_check.instances import Instance, Point
from rewriters.ruleset_check.report import Difference
from symnum.terms import evaluate

_SPECIALS = (0.0, -0.0, math.inf, -math.inf, math.nan, 1.0, -2.0, 1e308, -1e308, 5e-324, 1e-200)
_EXACT_POOL: tuple[Any, ...] = (2, 3, 1, -1, -2, 4, 0, -3, 0.5, -0.5, 1.5)
_MOST_COMBINATIONS = 300
_SAME = 1e-6
_DECADES = 2.0


class Floating(NamedTuple):
    """What floating point shows.

    Attributes
    ----------
    specials, differing : int
    example : Difference or None
    largest, median : float
        In ulps; nan where nothing compared.
    """

    specials: int
    differing: int
    example: Difference | None
    largest: float
    median: float


def compare_floating(instance: Instance, points: int, seed: int) -> Floating:
    """Evaluate both sides in double precision at special and at random numbers."""
    import numpy as np

    specials = list(_special_points(instance, seed))
    left, right = _both(instance, specials)
    differing = [i for i, pair in enumerate(zip(left.tolist(), right.tolist())) if not _alike(*pair)]
    example = None
    if differing:
        at = differing[0]
        example = Difference(specials[at], float(left[at]), float(right[at]))
    drawn = list(_random_points(instance, points, seed))
    left, right = _both(instance, drawn)
    fine = np.isfinite(left) & np.isfinite(right) if drawn else np.zeros(0, bool)
    ulps = _ulps(left[fine], right[fine]) if fine.any() else np.zeros(0)
    largest = float(ulps.max()) if len(ulps) else math.nan
    median = float(np.median(ulps)) if len(ulps) else math.nan
    return Floating(len(specials), len(differing), example, largest, median)


def _special_points(instance: Instance, seed: int) -> Iterator[Point]:
    pools = {}
    for name, admits in instance.admits.items():
        if name in instance.compared:
            pools[name] = [v for v in _EXACT_POOL if _admitted(admits, v)]
        else:
            pools[name] = [v for v in _SPECIALS if _admitted(admits, v)] or [
                v for v in _EXACT_POOL if _admitted(admits, v)
            ]
    if not all(pools.values()):
        return
    count = math.prod(map(len, pools.values()))
    random = Random(seed)  # noqa: S311 - points to try, no secrets
    if count <= _MOST_COMBINATIONS:
        combinations: Any = product(*pools.values())
    else:
        combinations = ([random.choice(pool) for pool in pools.values()] for _ in range(_MOST_COMBINATIONS))
    for values in combinations:
        point = dict(zip(pools, values))
        if _fulfils(instance, point):
            yield {name: float(value) for name, value in point.items()}


def _random_points(instance: Instance, wanted: int, seed: int) -> Iterator[Point]:
    """Yield random numbers over some decades; of both signs where the domain has them."""
    random = Random(seed + 3)  # noqa: S311
    exact = {name: [v for v in _EXACT_POOL if _admitted(a, v)] for name, a in instance.admits.items()}
    for _ in range(wanted):
        point: Point = {}
        for name, admits in instance.admits.items():
            value: Any = 10 ** random.uniform(-_DECADES, _DECADES)
            value = value if random.random() < 0.75 or not _admitted(admits, -value) else -value
            if name in instance.compared or not _admitted(admits, value):
                if not exact[name]:
                    return
                value = random.choice(exact[name])
            point[name] = value
        if _fulfils(instance, point):
            yield {name: float(value) for name, value in point.items()}


def _admitted(admits: Any, value: Any) -> bool:
    try:
        return bool(admits(value))
    except (ValueError, ArithmeticError):  # a test that makes nothing of infinities and nan
        return False


def _fulfils(instance: Instance, point: Point) -> bool:
    try:
        return instance.condition(point)
    except (ValueError, ArithmeticError):
        return False


def _both(instance: Instance, points: list[Point]) -> tuple[Any, Any]:
    import numpy as np

    if not points:
        return np.zeros(0), np.zeros(0)
    columns = {name: np.array([p[name] for p in points], dtype=float) for name in points[0]}
    with np.errstate(all="ignore"):
        made = [np.broadcast_to(v, (len(points),)) for v in evaluate([instance.left, instance.right], columns)]
    return made[0].astype(float), made[1].astype(float)


def _alike(a: float, b: float) -> bool:
    """Tell whether two results are the same kind of number, and the same but for rounding."""
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    if a == b:
        return math.copysign(1.0, a) == math.copysign(1.0, b)
    return math.isfinite(a) and math.isfinite(b) and abs(a - b) <= _SAME * max(abs(a), abs(b))


def _ulps(a: Any, b: Any) -> Any:
    """Return how many floating-point numbers lie between two, for arrays."""
    import numpy as np

    def order(x: Any) -> Any:
        bits = np.ascontiguousarray(x + 0.0).view(np.int64)
        return np.where(bits < 0, np.int64(-(2**63)) - bits, bits)

    x, y = order(a), order(b)
    near = (x >= 0) == (y >= 0)  # of numbers of two signs the difference is too large for an integer
    return np.where(near, np.abs(np.where(near, x - y, 0)).astype(float), np.abs(x.astype(float) - y.astype(float)))
