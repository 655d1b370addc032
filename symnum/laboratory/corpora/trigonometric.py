"""Trigonometric expressions as they come out of mechanics, geometry and waves, seeded."""

from collections.abc import Callable
from random import Random
from typing import Any

from symnum.laboratory.corpora import Corpus
from symnum.laboratory.piece import Piece, make_piece
from symnum.terms import symbols
from symnum.terms.functions import cos, cosh, exp, sin, sinh, tan

_COUNT = 30
Family = Callable[[Any, Any, Any, Any, Any], list[Any]]


def _rotation_and_back(a: Any, b: Any, x: Any, y: Any, _k: Any) -> list[Any]:
    u, v = x * cos(a) - y * sin(a), x * sin(a) + y * cos(a)
    return [u * cos(a) + v * sin(a) + b, v * cos(a) - u * sin(a)]


def _arm(a: Any, b: Any, x: Any, y: Any, _k: Any) -> list[Any]:
    return [x * cos(a) + y * (cos(a) * cos(b) - sin(a) * sin(b)), x * sin(a) + y * (sin(a) * cos(b) + cos(a) * sin(b))]


def _double_pendulum(a: Any, b: Any, x: Any, y: Any, k: Any) -> list[Any]:
    below = 2 * k + 1 - (cos(2 * a) * cos(2 * b) + sin(2 * a) * sin(2 * b))
    return [(x**2 * sin(a - b) * cos(a - b) + y**2 * sin(a - b) - k * sin(a)) / below]


def _norm(a: Any, b: Any, x: Any, _y: Any, _k: Any) -> list[Any]:
    return [(x * sin(a) * cos(b)) ** 2 + (x * sin(a) * sin(b)) ** 2 + (x * cos(a)) ** 2]


def _energy(a: Any, b: Any, x: Any, y: Any, k: Any) -> list[Any]:
    return [k * x**2 * sin(a) ** 2 + k * x**2 * cos(a) ** 2 + k * y**2 * cos(b) ** 2 + k * y**2 * sin(b) ** 2]


def _beat(a: Any, b: Any, x: Any, y: Any, _k: Any) -> list[Any]:
    return [x * cos(a) * cos(b) + y * sin(a) * sin(b) + x * sin(a) * sin(b) - y * cos(a) * cos(b)]


def _slope(a: Any, b: Any, x: Any, y: Any, _k: Any) -> list[Any]:
    return [x * sin(a) / cos(a) + y * tan(b) * cos(b)]


def _pulse(a: Any, b: Any, x: Any, y: Any, k: Any) -> list[Any]:
    return [exp(-k * a) * exp(-k * b) * (x * cos(a) + y * sin(a)) + exp(-k * a) * x]


def _catenary(a: Any, b: Any, x: Any, y: Any, _k: Any) -> list[Any]:
    return [x * cosh(a) ** 2 - x * sinh(a) ** 2 + y * cosh(b) * sinh(b)]


def _doubled(a: Any, b: Any, x: Any, y: Any, _k: Any) -> list[Any]:
    return [2 * x * sin(a) * cos(a) + y * (cos(b) ** 2 - sin(b) ** 2)]


def _park(a: Any, _b: Any, x: Any, y: Any, k: Any) -> list[Any]:
    """Park's transformation of three currents, multiplied out."""
    third = (-cos(a) / 2, -sin(a) / 2)
    return [x * cos(a) + (y + k) * third[0] + (y - k) * sin(a), -x * sin(a) - (y + k) * third[1] + (y - k) * cos(a)]


_FAMILIES: tuple[Family, ...] = (
    _rotation_and_back,
    _arm,
    _double_pendulum,
    _norm,
    _energy,
    _beat,
    _slope,
    _pulse,
    _catenary,
    _doubled,
    _park,
)


def _trigonometric(seed: int, count: int | None) -> list[Piece]:
    random = Random(seed)  # noqa: S311 - test expressions, no secrets
    angles = symbols("alpha beta gamma", domain="real")
    lengths = symbols("x y z k", domain="real")
    made = []
    for i in range(_COUNT if count is None else count):
        family = _FAMILIES[i % len(_FAMILIES)]
        a, b = random.sample(angles, 2)
        x, y, k = random.sample(lengths, 3)
        scale = random.choice((1, 1, 2, 3))
        name = f"{family.__name__.strip('_')} {i + 1}"
        made.append(make_piece(name, family(scale * a, b, x, y, k), (0.2, 1.4)))
    return [p for p in made if p is not None]


CORPORA = (
    Corpus("trigonometric", "rotations, pendulums, waves and their kin, as they are derived", _trigonometric, _COUNT),
)
