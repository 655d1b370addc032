"""Accesses as addresses: an offset and a stride per loop, which is all that machine code needs to know."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symnum.systems.stencils.access import FIXED, Access
from symnum.systems.stencils.arrays import StencilArray
from symnum.systems.stencils.region import Box

__all__ = ["FlatAccess", "flat_access", "flat_places"]


class FlatAccess(NamedTuple):
    """Element ``offset + sum(strides[a] * (i_a - start_a))`` of state, parameters or table, `i` in the box.

    Loops over a single cell have the stride 0, so that equal elements are equal values of this class.
    """

    offset: int
    strides: tuple[int, ...]


def flat_access(access: Access, array: StencilArray, box: Box) -> FlatAccess:
    """Return an access in a box as an address."""
    offset, strides = array.offset, [0] * len(box)
    for index, stride in zip(access.indices, array.strides, strict=True):
        offset += index.offset * stride
        if index.axis != FIXED:
            offset += index.step * stride * box[index.axis][0]
            strides[index.axis] += index.step * stride
    for axis, (start, stop) in enumerate(box):
        if stop - start <= 1:
            strides[axis] = 0
    return FlatAccess(offset, tuple(strides))


def flat_places(flat: FlatAccess, box: Box) -> NDArray[np.int64]:
    """Return the addresses of an access in every cell of a box, shape (cells,), the last loop fastest."""
    places = np.full([stop - start for start, stop in box], flat.offset, np.int64)
    for axis, stride in enumerate(flat.strides):
        along = np.arange(places.shape[axis], dtype=np.int64) * stride
        places += along.reshape([-1 if k == axis else 1 for k in range(len(box))])
    return places.ravel()
