"""Transport by weighted essentially non-oscillatory reconstruction, of fifth order where the solution is smooth.

The value on a face is a mean of three parabolas through three cells each, on the side that the flow comes from. Their
weights are those of the fifth-order mean where all are smooth; a parabola across a jump gets almost none. They are
those of Borges, Carmona, Costa and Don (2008), with the power 2, which keeps the order at extrema; the measures of
smoothness are those of Jiang and Shu (1996).
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from symnum.errors import UnsupportedError
from symnum.models.discretisation.places import Where
from symnum.models.discretisation.values import Values, is_zero
from symnum.terms.canonical import add, call, multiply, power

__all__ = ["weno5"]

#: Order of what is interpolated and extrapolated from cells.
_ORDER = 6

#: Keeps weights finite where nothing varies.
_TINY = 1e-12

#: The parabolas' values on the face, times 6, and their weights in the fifth-order mean, times 10.
_PARABOLAS = ((2, -7, 11), (-1, 5, 2), (2, 5, -1))
_MEAN = (1, 6, 3)

#: First derivatives in the middle cell, times 2.
_SLOPES = ((1, -4, 3), (1, 0, -1), (3, -4, 1))


def weno5(values: Values, velocity: Sequence[Any], f: Any, in_flux_form: bool, where: Where) -> Any:
    """Return ``divergence(v*f)`` or ``dot(v, gradient(f))`` at a place.

    Raises
    ------
    UnsupportedError
        If the cells of an axis along which something moves are not equal.
    """
    where = Where(where.place, where.corner, _ORDER)
    along = _flux if in_flux_form else _slope
    return add([along(values, v, f, where, axis) for axis, v in enumerate(velocity) if not is_zero(v)])


def _flux(values: Values, v: Any, f: Any, where: Where, axis: int) -> Any:
    """Return the difference of reconstructed fluxes; on radii, with what fluxes lose as circles or spheres grow."""
    _require_equal_cells(values, axis)
    grid_axis, carried = values.axes[axis], multiply((v, f))
    faces = (where.moved(axis, 1), where.moved(axis, -1))
    after, before = (_reconstructed(values, carried, face, axis, values.value(v, face)) for face in faces)
    change = multiply((1 / grid_axis.spacing, add((after, multiply((-1, before))))))
    if not grid_axis.power:
        return change
    return add(
        (change, multiply((grid_axis.power, values.value(carried, where), power(values.radius(axis, where), -1))))
    )


def _slope(values: Values, v: Any, f: Any, where: Where, axis: int) -> Any:
    _require_equal_cells(values, axis)
    speed = values.value(v, where)
    after, before = (_reconstructed(values, f, where.moved(axis, k), axis, speed) for k in (1, -1))
    return multiply((1 / values.axes[axis].spacing, speed, add((after, multiply((-1, before))))))


def _require_equal_cells(values: Values, axis: int) -> None:
    if not values.axes[axis].uniform:
        raise UnsupportedError(
            f'advection with scheme="weno5" needs cells of equal width, and those of the axis {values.axes[axis].name} '
            'differ. Give that axis as (low, high, cells), or choose scheme="upwind" or "central".'
        )


def _reconstructed(values: Values, f: Any, face: Where, axis: int, speed: Any) -> Any:
    """Return the value on a face, from two cells behind it against the flow to one cell before it, and one more."""
    cells = [values.value(f, face.moved(axis, k)) for k in (-5, -3, -1, 1, 3, 5)]
    if isinstance(speed, int | float):
        return _mean(cells[:5] if speed > 0 else cells[:0:-1])
    downwards = call("<", (speed, 0))
    return _mean([call("piecewise", (b, downwards, a)) for a, b in zip(cells[:5], cells[:0:-1], strict=True)])


def _mean(cells: Sequence[Any]) -> Any:
    """Return the weighted mean of three parabolas on the face after the third of five cells."""
    windows = [cells[k : k + 3] for k in range(3)]
    rough = [_roughness(window, slope) for window, slope in zip(windows, _SLOPES, strict=True)]
    jump = add((rough[0], multiply((-1, rough[2]))))
    weights = [
        multiply((mean, add((1, power(multiply((jump, power(add((b, _TINY)), -1))), 2)))))
        for mean, b in zip(_MEAN, rough, strict=True)
    ]
    parts = [multiply((w, _combined(window, p))) for w, window, p in zip(weights, windows, _PARABOLAS, strict=True)]
    return multiply((Fraction(1, 6), add(parts), power(add(weights), -1)))


def _roughness(cells: Sequence[Any], slope: Sequence[int]) -> Any:
    curvature = _combined(cells, (1, -2, 1))
    return add(
        (
            multiply((Fraction(13, 12), power(curvature, 2))),
            multiply((Fraction(1, 4), power(_combined(cells, slope), 2))),
        )
    )


def _combined(cells: Sequence[Any], weights: Sequence[int]) -> Any:
    return add(multiply((w, cell)) for w, cell in zip(weights, cells, strict=True) if w)
