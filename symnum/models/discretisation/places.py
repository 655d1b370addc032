"""Where a term is evaluated: so many half cells away from the cell of a loop, near which borders.

Places are counted in half cells: even numbers are centres of cells, odd ones faces between them. Absolute places start
at 0, the centre of the first cell; -1 is the low side of the grid and ``2*n - 1`` the high one.
"""

from typing import NamedTuple

__all__ = ["INSIDE", "Box", "Corner", "Where", "border_cells", "merge_boxes", "near_borders"]

#: Of one axis: the cell of the loop as counted from the low side and from the high side, None where that is far away.
Corner = tuple[int | None, int | None]

#: Far away from both sides.
INSIDE: Corner = (None, None)

#: The least and the greatest place that a value depends on, per axis; None where it depends on no place.
Box = tuple[tuple[int, int], ...] | None


class Where(NamedTuple):
    """A place relative to the cell of a loop, and what is known of the absolute one.

    Attributes
    ----------
    place : tuple of int
        Half cells from the centre of the cell, per axis.
    corner : tuple of Corner
        Per axis; periodic axes have no borders.
    order : int
        Of what is interpolated and differentiated to get a value here.
    """

    place: tuple[int, ...]
    corner: tuple[Corner, ...]
    order: int

    def moved(self, axis: int, half_cells: int) -> "Where":
        """Return the place so much further along an axis."""
        return self.at(axis, self.place[axis] + half_cells)

    def at(self, axis: int, place: int) -> "Where":
        """Return this with another place along an axis."""
        return Where((*self.place[:axis], place, *self.place[axis + 1 :]), self.corner, self.order)

    def is_face(self, axis: int) -> bool:
        """Whether this is between two cells of an axis."""
        return self.place[axis] % 2 == 1

    def face(self) -> int | None:
        """Return the first axis of which this is on a face, or None."""
        return next((axis for axis, place in enumerate(self.place) if place % 2), None)

    def depth(self, axis: int, side: int) -> int | None:
        """Return how far inside this is as counted from a side: 0 the first cell, -1 the side itself, -2 a ghost."""
        corner = self.corner[axis][side]
        if corner is None:
            return None
        return 2 * corner + (self.place[axis] if side == 0 else -self.place[axis])

    def at_depth(self, axis: int, side: int, depth: int) -> "Where":
        """Return the place so many half cells inside, as counted from a side that is near."""
        corner = self.corner[axis][side]
        assert corner is not None
        return self.at(axis, depth - 2 * corner if side == 0 else 2 * corner - depth)

    def outside(self, axis: int) -> int | None:
        """Return the side (0 low, 1 high) beyond which this is, or None."""
        return next((side for side in (0, 1) if (self.depth(axis, side) or 0) < -1), None)

    def on_side(self, axis: int) -> int | None:
        """Return the side that this is on, or None."""
        return next((side for side in (0, 1) if self.depth(axis, side) == -1), None)


def merge_boxes(one: Box, other: Box) -> Box:
    """Return the smallest box that holds two."""
    if one is None or other is None:
        return one if other is None else other
    return tuple((min(a, c), max(b, d)) for (a, b), (c, d) in zip(one, other, strict=True))


def near_borders(corner: tuple[Corner, ...], box: Box) -> tuple[Corner, ...]:
    """Return what of a corner matters for a value that depends on a box: borders out of its reach are left out."""
    if box is None:
        return (INSIDE,) * len(corner)
    out: list[Corner] = []
    for (low, high), (first, last) in zip(corner, box, strict=True):
        reaches_low = low is not None and 2 * low + first < 0
        reaches_high = high is not None and 2 * high - last < 0
        out.append((low if reaches_low else None, high if reaches_high else None))
    return tuple(out)


def border_cells(box: Box, axis: int) -> tuple[int, int]:
    """Return for how many cells at the low and at the high side of an axis something depends on that side."""
    if box is None:
        return (0, 0)
    first, last = box[axis]
    return max(0, (1 - first) // 2), max(0, (1 + last) // 2)
