"""Coefficients that are numbers of their own in each cell: their values on faces and beyond the sides."""

from typing import TYPE_CHECKING, Any

from symnum.models.discretisation.places import Where
from symnum.terms.canonical import add, call, multiply

if TYPE_CHECKING:
    from symnum.models.discretisation.values import Values

__all__ = ["coefficient"]


def coefficient(values: "Values", symbol: Any, where: Where) -> Any:
    """Return the value of a coefficient at a place.

    On faces and beyond the sides, where there are no numbers, they follow from those of the nearest cells, by a
    polynomial; at order 2 the value on a side is never less than half of that in the first cell, nor more than three
    halves of it. Across the middle of a radial grid they are the same on both sides.
    """
    shape = values.problem.arrays[symbol.name]
    constant = tuple(n == 1 for n in shape)
    for axis, alone in enumerate(constant):
        if alone:
            where = where.at(axis, 0)
            continue
        depth = where.depth(axis, 0)
        if values.axes[axis].has_middle and depth is not None and depth < -1:
            where = where.at_depth(axis, 0, -2 - depth)
        values.seen(where)
        if where.is_face(axis) or where.outside(axis) is not None:
            return _continued(values, symbol, where, axis)
    values.seen(where)
    return values.tables.element(symbol.name, where.place, constant)


def _continued(values: "Values", symbol: Any, where: Where, axis: int) -> Any:
    order = where.order
    shift = 1 if where.is_face(axis) else 0
    offsets = tuple(range(1 - order, order, 2)) if shift else tuple(range(0, 2 * order, 2))
    for side in (0, 1):
        depth = where.depth(axis, side)
        if depth is None or (side == 0 and values.axes[axis].has_middle):
            continue
        first = depth + (offsets[0] if side == 0 else -offsets[-1])
        if first < 0:
            offsets = tuple(k - first for k in offsets) if side == 0 else tuple(k + first for k in offsets)
    continued = values.combine(symbol, where, axis, offsets, 0)
    side_here = where.on_side(axis)
    if side_here is None or order > 2 or (side_here == 0 and values.axes[axis].has_middle):
        return continued
    first_cell = values.value(symbol, where.at_depth(axis, side_here, 0))
    half = multiply((0.5, call("abs", (first_cell,))))
    change = add((continued, multiply((-1, first_cell))))
    limited = call("max", (call("min", (change, half)), multiply((-1, half))))
    return add((first_cell, limited))
