"""The fields of a system as linear algebra on grids sees them: where they lie, and how they go on beyond the sides."""

from typing import TYPE_CHECKING

from symnum.systems.stencils.system import StencilSystem

if TYPE_CHECKING:
    from symnum.integrators.grids.layout import GridField

__all__ = ["grid_fields"]


def grid_fields(system: StencilSystem) -> "tuple[GridField, ...] | None":
    """Return the fields; None where they do not fill the state one after the other, each in C order.

    Conditions at the sides are those of the `Field`, by the names of the grid's axes; fields without any have none.
    """
    from symnum.integrators.grids.layout import GridField, fields_in_order

    geometry = system.geometry
    names = () if geometry is None else tuple(axis.name for axis in geometry.axes)
    found = []
    for field in system.fields:
        array = system.arrays[field.array]
        steps, expected = 1, []
        for n in reversed(array.shape):
            expected.append(steps)
            steps *= n
        if array.strides != tuple(reversed(expected)):
            return None
        known = len(names) == len(array.shape) and all(name in field.boundary for name in names)
        sides = tuple((field.boundary[name][0], field.boundary[name][1]) for name in names) if known else ()
        found.append(GridField(field.name, array.offset, array.shape, sides))
    return fields_in_order(found, system.size)
