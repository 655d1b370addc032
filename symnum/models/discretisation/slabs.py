"""The boxes of cells in which terms are the same: cells near each side one by one, all others together."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

from symnum.errors import GridError
from symnum.models.discretisation.axes import Axis
from symnum.models.discretisation.places import INSIDE, Box, Corner, border_cells

__all__ = ["Slab", "boxes", "slabs"]


class Slab(NamedTuple):
    """Cells of an axis, and how they see its sides.

    Attributes
    ----------
    start, stop : int
    corner : Corner
    """

    start: int
    stop: int
    corner: Corner


def slabs(axis: Axis, box: Box) -> list[Slab]:
    """Return the slabs of an axis for values that depend on a box of places.

    Raises
    ------
    GridError
        If the axis has fewer cells than that box.
    """
    low, high = border_cells(box, axis.number)
    n = axis.cells
    if n < low + high + 1:
        too_small(axis, low + high + 1)
    near = [Slab(k, k + 1, INSIDE if axis.periodic else (k, None)) for k in range(low)]
    far = [Slab(n - 1 - k, n - k, INSIDE if axis.periodic else (None, k)) for k in reversed(range(high))]
    return [*near, Slab(low, n - high, INSIDE), *far]


def too_small(axis: Axis, needed: int) -> None:
    """Say that an axis has too few cells.

    Raises
    ------
    GridError
    """
    raise GridError(
        f"The axis {axis.name} has {axis.cells} cell{'s' * (axis.cells != 1)}, fewer than the {needed} that the "
        f"operators of these equations reach over at this order. Give it {needed} cells or more, or choose a lower "
        "order."
    )


def boxes(axes: Sequence[Axis], box: Box) -> Iterator[tuple[Slab, ...]]:
    """Return all combinations of slabs."""
    return product(*(slabs(axis, box) for axis in axes))
