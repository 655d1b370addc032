"""Values beyond a side of the grid, and on it: those of the polynomial that meets the boundary condition there.

With distances inwards from the side, the polynomial goes through the values of the first cells and through a value
`U` on the side, which the condition ``a*u + b*du/dn = g`` determines: for Dirichlet conditions U is the target, else it
follows from the polynomial's derivative at the side. Order 2 mirrors: the polynomial of a ghost cell goes through the
cell that it mirrors.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from symnum.models.discretisation.axes import Axis
from symnum.models.discretisation.weights import exact_weights, weights_at

__all__ = ["Rule", "derivative_rule", "ghost_rule", "middle_rule"]


class Rule(NamedTuple):
    """A value as a linear function of values in cells and of the value on the side.

    Attributes
    ----------
    cells : tuple of number
        Weights of the first cells.
    side : number
        Weight of the value on the side.
    """

    cells: tuple[Any, ...]
    side: Any


def points_of(kind: str, order: int) -> int:
    """Return how many cells the polynomial at a side goes through."""
    if order == 2:
        return 1
    return order - 1 if kind == "dirichlet" else order


def ghost_rule(axis: Axis, side: int, kind: str, order: int, depth: int) -> Rule:
    """Return the value in a ghost cell, `depth` half cells (-2, -4, ...) inside the side."""
    if kind == "axis":
        return Rule((0,) * ((-depth - 2) // 2) + (1,), 0)
    if order == 2:  # mirrored: u(-x) = 2 U - u(x), or u(x) - 2 x u'(0)
        mirrored = (-depth - 2) // 2
        if kind == "dirichlet":
            return Rule((0,) * mirrored + (-1,), 2)
        first, here = axis.depths(side, [0, 2 * mirrored])
        weights: list[Any] = [0] * (mirrored + 1)
        weights[0] -= 2 * here / first  # u'(0) = (u_0 - U)/x_0
        weights[mirrored] += 1
        return Rule(tuple(weights), 2 * here / first)
    return _polynomial(axis, side, points_of(kind, order), -_distance(axis, side, -2 - depth), 0)


def middle_rule(axis: Axis, order: int) -> Rule:
    """Return the value on the middle of a radial grid, around which values are the same on both sides."""
    offsets = tuple(range(1, order, 2))  # of the cells on one side
    places = [Fraction(k, 2) for k in offsets]
    weights = exact_weights(tuple([-p for p in reversed(places)] + places), 0, 0)
    if not axis.uniform:
        x = axis.position(np.array([k - 1 for k in offsets]))
        weights = tuple(weights_at([[*(-x[::-1]), *x]], [0.0], 0)[0])
    return Rule(tuple(2 * w for w in weights[len(offsets) :]), 0)


def derivative_rule(axis: Axis, side: int, kind: str, order: int) -> Rule:
    """Return the derivative inwards on a side."""
    rule = _polynomial(axis, side, points_of(kind, order), 0, 1)
    if axis.unit == 1.0:
        return rule
    return Rule(tuple(float(w) / axis.unit for w in rule.cells), float(rule.side) / axis.unit)


def _distance(axis: Axis, side: int, depth: int) -> Any:
    return axis.depths(side, [depth])[0]


def _polynomial(axis: Axis, side: int, cells: int, at: Any, derivative: int) -> Rule:
    points = [0, *axis.depths(side, [2 * k for k in range(cells)])]
    if axis.uniform:
        weights: Sequence[Any] = exact_weights(tuple(points), at, derivative)
    else:
        weights = [float(w) for w in weights_at([points], [at], derivative)[0]]
    return Rule(tuple(weights[1:]), weights[0])
