"""The divergence of a vector: what flows out through the faces of a cell, by its volume.

At order 2 the fluxes are those through the faces themselves, so that what leaves one cell enters its neighbour and
the total is kept to rounding. At orders 4 and 6 the derivatives of the components are added up.
"""

from typing import Any

from symnum.models.discretisation.operators.faces import from_faces, lives_on_faces
from symnum.models.discretisation.places import Where
from symnum.models.discretisation.values import Values
from symnum.models.discretisation.weights import central_offsets
from symnum.terms.canonical import add, multiply, power

__all__ = ["divergence", "flux_difference"]


def divergence(values: Values, term: Any, where: Where) -> Any:
    """Return the value of ``divergence(vector(f, g, ...))`` at a place."""
    face = where.face()
    if face is not None:
        return values.interpolate(term, where, face)
    along = _by_fluxes if where.order == 2 else _by_derivatives
    return add([along(values, f, where, axis) for axis, f in enumerate(term.args[0].args)])


def flux_difference(values: Values, where: Where, axis: int, flux: Any) -> Any:
    """Return what ``flux(place)`` gives for the high face less that for the low one, by the volume of the cell."""
    grid_axis = values.axes[axis]
    low, high = grid_axis.flux_weights(where.place[axis])
    after = multiply((high, flux(where.moved(axis, 1))))
    if grid_axis.has_middle and where.depth(axis, 0) == 0:  # the face has no area
        return after
    return add((after, multiply((-1, low, flux(where.moved(axis, -1))))))


def _by_fluxes(values: Values, f: Any, where: Where, axis: int) -> Any:
    return flux_difference(values, where, axis, lambda face: values.value(f, face))


def _by_derivatives(values: Values, f: Any, where: Where, axis: int) -> Any:
    """Return ``f' + (power/r) f``."""
    radius_power = values.axes[axis].power
    if lives_on_faces(values, f, axis):
        first, here = (from_faces(values, f, where, axis, n, mirrored=True) if n or radius_power else 0 for n in (1, 0))
    else:
        first = values.combine(f, where, axis, central_offsets(1, where.order), 1)
        here = values.value(f, where) if radius_power else 0
    if not radius_power:
        return first
    return add((first, multiply((radius_power, here, power(values.radius(axis, where), -1)))))
