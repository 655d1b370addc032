"""Whether loops write every element once, told from their boxes: the cells themselves are never looked at."""

from collections.abc import Iterable, Sequence

import numpy as np

from symnum.systems.stencils.access import Access, Index
from symnum.systems.stencils.arrays import StencilArray
from symnum.systems.stencils.region import Box, Region

__all__ = ["fills_in_order", "writes_once"]


def fills_in_order(arrays: Iterable[StencilArray]) -> bool:
    """Whether arrays lie one behind the other in C order, from 0 on, without gaps."""
    end = 0
    for array in sorted(arrays, key=lambda a: (a.offset, a.size)):
        if array.offset != end or array.strides != StencilArray("", array.shape).strides:
            return False
        end += array.size
    return True


def writes_once(regions: Iterable[Region], arrays: Iterable[StencilArray]) -> bool:
    """Whether the stores of some regions, all of the form ``u[i,j]``, write every element of some arrays once.

    False where that is not so, and where stores have another form.
    """
    boxes: dict[str, list[Box]] = {array.name: [] for array in arrays}
    for region in regions:
        for target, _ in region.stores:
            if target.array not in boxes or not _is_plain(target, len(region.box)):
                return False
            boxes[target.array].append(region.box)
    return all(_tile(boxes[array.name], array.shape) for array in arrays)


def _is_plain(target: Access, loops: int) -> bool:
    return len(target.indices) == loops and all(k == Index(axis, 0) for axis, k in enumerate(target.indices))


def _tile(boxes: Sequence[Box], shape: tuple[int, ...]) -> bool:
    """Whether boxes fill an array without meeting one another."""
    ends = np.array([box for box in boxes if all(start < stop for start, stop in box)], np.int64)
    if not len(ends):
        return 0 in shape
    low, high = ends[:, :, 0], ends[:, :, 1]
    cells = int(np.prod(high - low, axis=1).sum())
    if low.min() < 0 or np.any(high > np.array(shape)) or cells != int(np.prod(shape, dtype=np.int64)):
        return False
    meet = np.all((low[:, None] < high[None]) & (low[None] < high[:, None]), axis=2)
    return int(meet.sum()) == len(low)
