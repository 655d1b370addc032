"""Transport with values from the cell that the flow comes from: first order, and never below what was there."""

from collections.abc import Sequence
from typing import Any

from symnum.models.discretisation.operators.divergence import flux_difference
from symnum.models.discretisation.places import Where
from symnum.models.discretisation.values import Values, is_zero
from symnum.terms.canonical import add, call, multiply

__all__ = ["upwind"]


def upwind(values: Values, velocity: Sequence[Any], f: Any, in_flux_form: bool, where: Where) -> Any:
    """Return ``divergence(v*f)`` or ``dot(v, gradient(f))`` at a place."""
    along = _flux if in_flux_form else _slope
    return add([along(values, v, f, where, axis) for axis, v in enumerate(velocity) if not is_zero(v)])


def _flux(values: Values, v: Any, f: Any, where: Where, axis: int) -> Any:
    def flux(face: Where) -> Any:
        speed = values.value(v, face)
        return split(speed, lambda: _neighbour(values, f, face, axis, 0), lambda: _neighbour(values, f, face, axis, 1))

    return flux_difference(values, where, axis, flux)


def _neighbour(values: Values, f: Any, face: Where, axis: int, high: int) -> Any:
    """Return the value next to a face; beyond a side, that on it."""
    if face.on_side(axis) == high:
        return values.value(f, face)
    return values.value(f, face.moved(axis, 2 * high - 1))


def _slope(values: Values, v: Any, f: Any, where: Where, axis: int) -> Any:
    def difference(high: int) -> Any:
        return values.combine(f, where, axis, (-2, 0) if not high else (0, 2), 1)

    return split(values.value(v, where), lambda: difference(0), lambda: difference(1))


def split(speed: Any, from_low: Any, from_high: Any) -> Any:
    """Return ``speed`` times what comes from the low side where it is positive, from the high side elsewhere."""
    if isinstance(speed, int | float):
        return multiply((speed, from_low() if speed > 0 else from_high())) if speed else 0
    return add([multiply((call("max", (speed, 0)), from_low())), multiply((call("min", (speed, 0)), from_high()))])
