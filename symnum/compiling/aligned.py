"""Memory for compiled loops: from the start of a cache line on, and of a page where there is a page of it.

A vector of 64 bytes that lies across two lines of the cache takes two accesses: sweeps over grids lose a third of their
speed. And a load waits for an earlier store to an address that differs in nothing but whole pages; so arrays of many
pages have their places in a page fixed, lest a run's speed depend on what the system happened to hand out.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["LINE", "PAGE", "aligned_copy", "aligned_empty", "aligned_zeros"]

LINE, PAGE = 64, 4096
_LARGE = 4 * PAGE
"""Bytes from which an array begins with a page; below, what is lost before it would count."""


def aligned_empty(shape: int | tuple[int, ...], dtype: Any = np.float64) -> NDArray[Any]:
    """Return an array whose values are not set.

    Parameters
    ----------
    shape : int or tuple of int
    dtype : dtype
    """
    return _within(np.empty, shape, dtype)


def aligned_zeros(shape: int | tuple[int, ...], dtype: Any = np.float64) -> NDArray[Any]:
    """Return an array of zeros, see `aligned_empty`."""
    return _within(np.zeros, shape, dtype)


def aligned_copy(array: NDArray[Any]) -> NDArray[Any]:
    """Return a copy of an array in such memory, see `aligned_empty`."""
    copy = aligned_empty(array.shape, array.dtype)
    copy[...] = array
    return copy


def _within(make: Any, shape: int | tuple[int, ...], dtype: Any) -> NDArray[Any]:
    kind = np.dtype(dtype)
    sizes = (shape,) if isinstance(shape, int) else shape
    size = math.prod(sizes) * kind.itemsize
    boundary = PAGE if size >= _LARGE else LINE
    raw = make(size + boundary, np.uint8)
    start = -raw.ctypes.data % boundary
    found: NDArray[Any] = raw[start : start + size].view(kind).reshape(sizes)
    return found
