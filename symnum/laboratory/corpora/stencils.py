"""Bodies of stencils: what is computed at each point of a grid by finite differences and finite volumes, seeded."""

from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import Any

from symnum.laboratory.corpora import Corpus
from symnum.laboratory.piece import Piece, make_piece
from symnum.terms import symbols
from symnum.terms.functions import maximum, minimum

_COUNT = 30
Grid = Callable[..., Any]


def _diffusion(u: Grid, d: Any, h: Any) -> list[Any]:
    return [d * u(-1) / h**2 - 2 * d * u(0) / h**2 + d * u(1) / h**2]


def _diffusion_fourth_order(u: Grid, d: Any, h: Any) -> list[Any]:
    weights = {-2: -1, -1: 16, 0: -30, 1: 16, 2: -1}
    return [sum((d * w * u(i) / (12 * h**2) for i, w in weights.items()), 0)]


def _diffusion_in_the_plane(u: Grid, d: Any, h: Any) -> list[Any]:
    return [sum((d * u(i, j) / h**2 for i, j in ((1, 0), (-1, 0), (0, 1), (0, -1))), 0) - 4 * d * u(0, 0) / h**2]


def _nine_points(u: Grid, d: Any, h: Any) -> list[Any]:
    sides = sum((4 * d * u(i, j) / (6 * h**2) for i, j in ((1, 0), (-1, 0), (0, 1), (0, -1))), 0)
    corners = sum((d * u(i, j) / (6 * h**2) for i, j in ((1, 1), (-1, 1), (1, -1), (-1, -1))), 0)
    return [sides + corners - 20 * d * u(0, 0) / (6 * h**2)]


def _conductivities_in_series(u: Grid, d: Any, h: Any) -> list[Any]:
    """Fluxes over the faces by harmonic means of the cells' conductivities."""
    k = [d + u(i) for i in (-1, 0, 1)]
    right, left = 2 * k[1] * k[2] / (k[1] + k[2]), 2 * k[0] * k[1] / (k[0] + k[1])
    return [(right * (u(1) - u(0)) / h - left * (u(0) - u(-1)) / h) / h]


def _burgers(u: Grid, d: Any, h: Any) -> list[Any]:
    advection = u(0) * u(1) / (2 * h) - u(0) * u(-1) / (2 * h)
    return [-advection + d * u(1) / h**2 - 2 * d * u(0) / h**2 + d * u(-1) / h**2]


def _lax_friedrichs(u: Grid, d: Any, h: Any) -> list[Any]:
    return [u(1) / 2 + u(-1) / 2 - d * u(1) ** 2 / (4 * h) + d * u(-1) ** 2 / (4 * h)]


def _upwind(u: Grid, d: Any, h: Any) -> list[Any]:
    return [-maximum(d, 0) * (u(0) - u(-1)) / h - minimum(d, 0) * (u(1) - u(0)) / h]


def _limited(u: Grid, d: Any, h: Any) -> list[Any]:
    """Slope by van Albada's limiter."""
    a, b, small = u(0) - u(-1), u(1) - u(0), Fraction(1, 1000)
    return [d * (a * (b**2 + small) + b * (a**2 + small)) / (h * (a**2 + b**2 + 2 * small))]


def _smoothness(u: Grid, _d: Any, _h: Any) -> list[Any]:
    """Indicators of smoothness of a weighted essentially non-oscillatory scheme, multiplied out."""
    one = Fraction(4, 3) * u(-2) ** 2 - Fraction(19, 3) * u(-2) * u(-1) + Fraction(25, 3) * u(-1) ** 2
    one += Fraction(11, 3) * u(-2) * u(0) - Fraction(31, 3) * u(-1) * u(0) + Fraction(10, 3) * u(0) ** 2
    two = Fraction(4, 3) * u(-1) ** 2 - Fraction(13, 3) * u(-1) * u(0) + Fraction(13, 3) * u(0) ** 2
    two += Fraction(5, 3) * u(-1) * u(1) - Fraction(13, 3) * u(0) * u(1) + Fraction(4, 3) * u(1) ** 2
    return [one, two]


def _reaction_and_diffusion(u: Grid, d: Any, h: Any) -> list[Any]:
    v, f = u(9), u(8)
    return [
        1 + u(0) ** 2 * v - f * u(0) - u(0) + d * u(-1) / h**2 - 2 * d * u(0) / h**2 + d * u(1) / h**2,
        f * u(0) - u(0) ** 2 * v,
    ]


_FAMILIES: tuple[Callable[[Grid, Any, Any], list[Any]], ...] = (
    _diffusion,
    _diffusion_fourth_order,
    _diffusion_in_the_plane,
    _nine_points,
    _conductivities_in_series,
    _burgers,
    _lax_friedrichs,
    _upwind,
    _limited,
    _smoothness,
    _reaction_and_diffusion,
)


def _stencils(seed: int, count: int | None) -> list[Piece]:
    random = Random(seed)  # noqa: S311 - test expressions, no secrets
    (d,) = symbols(["D"], domain="real")
    (h,) = symbols(["h"], domain="positive")
    made = []
    for i in range(_COUNT if count is None else count):
        family, name = _FAMILIES[i % len(_FAMILIES)], random.choice("ucpT")

        def at(*offsets: int, name: str = name) -> Any:
            return symbols([f"{name}[{','.join(f'{o:+d}' for o in offsets)}]"], domain="real")[0]

        factor = random.choice((1, 1, 2, Fraction(1, 2)))
        # A step that is a number in every third: the code of a grid that is known.
        step = h if i % 3 else Fraction(1, random.choice((4, 8, 10)))
        expressions = family(at, factor * d, step)
        made.append(make_piece(f"{family.__name__.strip('_')} {i + 1}", expressions, parameters=(d, h)))
    return [p for p in made if p is not None]


CORPORA = (Corpus("stencils", "finite differences and finite volumes at one grid point", _stencils, _COUNT),)
