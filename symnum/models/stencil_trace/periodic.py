"""Periodic axes, seen from the loops: the ends compute what the inside does, of cells at the other end."""

from collections.abc import Mapping, Sequence

from symnum.systems.stencils.access import Access
from symnum.systems.stencils.region import Region

__all__ = ["periodic_axes"]


def periodic_axes(regions: Sequence[Region], shapes: Mapping[str, tuple[int, ...]]) -> set[int]:
    """Return the axes along which all fields go on at the other end.

    Parameters
    ----------
    regions : sequence of Region
        Of a right-hand side; with the names of near neighbours in their terms.
    shapes : mapping of str to tuple of int
        Of the fields.
    """
    if len(set(shapes.values())) != 1:
        return set()
    count = len(next(iter(shapes.values())))
    return {axis for axis in range(count) if _is_periodic(regions, shapes, axis)}


def _is_periodic(regions: Sequence[Region], shapes: Mapping[str, tuple[int, ...]], axis: int) -> bool:
    """Tell whether all boxes in a row along an axis compute the same, and the first and the last reach round."""
    rows: dict[object, set[tuple[object, ...]]] = {}
    reaches = False
    for region in regions:
        row = tuple(box for k, box in enumerate(region.box) if k != axis)
        rows.setdefault(row, set()).add(tuple(term for _, term in region.stores))
        n = shapes[region.stores[0][0].array][axis]
        reaches = reaches or any(
            _wraps(a, axis, n, region.box[axis]) for a in region.loads.values() if a.array in shapes
        )
    return reaches and all(len(terms) == 1 for terms in rows.values())


def _wraps(access: Access, axis: int, n: int, cells: tuple[int, int]) -> bool:
    index = access.indices[axis]
    at_an_end = cells[0] == 0 or cells[1] == n
    return at_an_end and index.axis == axis and index.step == 1 and abs(index.offset) > n // 2
