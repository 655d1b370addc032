"""Points at which the sides of a rule are compared."""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

from rewriters.ruleset_check.instances import Instance, Point

_RATIONAL: tuple[Any, ...] = (
    *(2, 3, 5, -1, 1, 4, -2, 0, -3, 7, -4),
    *(Fraction(p, q) for p, q in ((1, 2), (-1, 2), (3, 2), (7, 3), (-5, 3), (2, 9), (9, 4), (-1, 4))),
)
_SIMPLE = (0, 1, -1, 2, -2)
_ALGEBRAIC = (*_SIMPLE, 10**12, -(10**12), Fraction(1, 10**12), Fraction(-1, 10**12))
_TRANSCENDENTAL = (*_SIMPLE, 20, -20, Fraction(1, 10**6), Fraction(-1, 10**6))
"""Exponentials of larger numbers would cancel all the digits that values are computed with."""

_COMPLEX: tuple[Any, ...] = (1j, -1j, 1 + 1j, -1 - 2j, 1 + 4j, -5j, -2 + 0.5j, 0.25 - 3j, 3 + 2j)
_TRIES = 60


def rational_points(instance: Instance, wanted: int, seed: int) -> list[Point]:
    """Return points of small rational numbers, simple ones first."""
    return _drawn(instance, _RATIONAL, wanted, seed, _any)


def special_points(instance: Instance, wanted: int, seed: int, is_algebraic: bool) -> list[Point]:
    """Return points of zeros, ones and twos, four times as many as wanted, and of huge and tiny numbers."""
    simple = _drawn(instance, _SIMPLE, 4 * wanted, seed + 1, _any)
    extreme = _ALGEBRAIC if is_algebraic else _TRANSCENDENTAL
    return simple + _drawn(instance, extreme, wanted, seed + 1, _any)


def _any(_point: Point) -> bool:
    return True


def complex_points(instance: Instance, wanted: int, seed: int) -> list[Point]:
    """Return points with at least one complex number; none where the domain has none."""
    random = Random(seed + 2)  # noqa: S311 - points to try, no secrets
    some = [complex(random.uniform(-3, 3), random.uniform(-3, 3)) for _ in range(6)]
    values = (*_COMPLEX, *some, *_RATIONAL)
    return _drawn(instance, values, wanted, seed + 2, lambda p: any(v.__class__ is complex for v in p.values()))


def _drawn(
    instance: Instance, values: Sequence[Any], wanted: int, seed: int, suits: Callable[[Point], bool]
) -> list[Point]:
    pools = {name: [v for v in values if admits(v)] for name, admits in instance.admits.items()}
    if not all(pools.values()):
        return []
    found: dict[tuple[Any, ...], Point] = {}
    for point in _candidates(pools, wanted, seed):
        if suits(point) and instance.condition(point):
            found.setdefault(tuple((v.__class__, v) for v in point.values()), point)
            if len(found) == wanted:
                break
    return list(found.values())


def _candidates(pools: dict[str, list[Any]], wanted: int, seed: int) -> Iterator[Point]:
    """Yield simple ones first, then all combinations where there are few, random ones otherwise."""
    for k in range(max(map(len, pools.values()), default=0)):
        yield {name: pool[(k + i) % len(pool)] for i, (name, pool) in enumerate(pools.items())}
    size = 1
    for pool in pools.values():
        size *= len(pool)
    if size <= wanted * _TRIES:
        every = list(product(*pools.values()))
        Random(seed).shuffle(every)  # noqa: S311
        for combination in every:
            yield dict(zip(pools, combination))
        return
    random = Random(seed)  # noqa: S311
    for _ in range(wanted * _TRIES):
        yield {name: random.choice(pool) for name, pool in pools.items()}
