"""The Laplacian: in flux form at order 2, by central differences of the second and first derivative above."""

from typing import Any

from symnum.models.discretisation.places import Where
from symnum.models.discretisation.values import Values
from symnum.models.discretisation.weights import central_offsets
from symnum.terms.canonical import add, multiply, power

__all__ = ["laplacian"]


def laplacian(values: Values, term: Any, where: Where) -> Any:
    """Return the value of ``laplacian(f)`` at a place."""
    face = where.face()
    if face is not None:
        return values.interpolate(term, where, face)
    (f,) = term.args
    along = _in_flux_form if where.order == 2 else _by_derivatives
    return add([along(values, f, where, axis) for axis in range(len(values.axes))])


def _in_flux_form(values: Values, f: Any, where: Where, axis: int) -> Any:
    """Return what flows in through both faces, with the differences of neighbours as fluxes."""
    low, high = values.axes[axis].diffusion_weights(where.place[axis])
    here, before, after = (values.value(f, where.moved(axis, k)) for k in (0, -2, 2))
    if isinstance(low, float):
        return add([multiply((low, before)), multiply((high, after)), multiply((-(low + high), here))])
    return add(
        [multiply((low, add((before, multiply((-1, here)))))), multiply((high, add((after, multiply((-1, here))))))]
    )


def _by_derivatives(values: Values, f: Any, where: Where, axis: int) -> Any:
    """Return ``f'' + (power/r) f'`` along an axis."""
    second = values.combine(f, where, axis, central_offsets(2, where.order), 2)
    radius_power = values.axes[axis].power
    if not radius_power:
        return second
    first = values.combine(f, where, axis, central_offsets(1, where.order), 1)
    return add((second, multiply((radius_power, first, power(values.radius(axis, where), -1)))))
