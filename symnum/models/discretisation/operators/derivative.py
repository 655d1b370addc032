"""Derivatives along an axis, ``D(f, x, n)``.

In cells, odd derivatives of what is itself a first derivative are taken from its values on faces, so that
``D(c*D(u, x), x)`` is compact and a difference of fluxes; all other derivatives are central. On faces, odd derivatives
are taken from the cells on both sides. Where an axis has sides, third and higher derivatives are derivatives of the
second one, whose values beyond the sides follow from a condition of its own.
"""

from typing import Any

from symnum.models.discretisation.operators.faces import from_faces, lives_on_faces
from symnum.models.discretisation.places import Where
from symnum.models.discretisation.values import Values
from symnum.models.discretisation.weights import central_offsets, staggered_offsets
from symnum.terms.canonical import Sum, add, call, multiply

__all__ = ["derivative"]


def derivative(values: Values, term: Any, where: Where) -> Any:
    """Return the value of ``D(f, x, n)`` at a place."""
    f, symbol, number = term.args
    axis = values.problem.grid.axis_number(symbol)
    if number > 2 and not values.axes[axis].periodic:
        return values.value(call("D", (call("D", (f, symbol, 2)), symbol, number - 2)), where)
    odd, faces = number % 2 == 1, lives_on_faces(values, f, axis)
    if not where.is_face(axis):
        if odd and faces:
            return from_faces(values, f, where, axis, number)
        return values.combine(f, where, axis, central_offsets(number, where.order), number)
    if not odd or faces:
        return values.interpolate(term, where, axis)
    return _on_face(values, term, where, axis)


def _on_face(values: Values, term: Any, where: Where, axis: int) -> Any:
    f, symbol, number = term.args
    side = where.on_side(axis)
    if side is not None and number == 1:
        if values.conditions.of(f, axis, side) is not None:
            return values.derivative_on_side(f, where, axis, side)
        if isinstance(f, Sum):  # of which some may have conditions
            parts = [multiply((c, values.value(call("D", (part, symbol, 1)), where))) for part, c in f.terms.items()]
            return add(parts)
    return values.combine(f, where, axis, staggered_offsets(number, where.order), number)
