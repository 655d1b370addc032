"""The arrays that loops over cells read and write: states, parameters, tables of numbers, intermediate values."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from symnum.errors import ShapeError

__all__ = ["KINDS", "StencilArray"]

#: What an array may be: part of the state, part of the parameters, a table of numbers.
KINDS = ("state", "parameter", "table")


@dataclass(frozen=True, eq=False)
class StencilArray:
    """An array that terms read by `Access`.

    Attributes
    ----------
    name : str
    shape : tuple of int
        Without dimensions: one number.
    kind : {"state", "parameter", "table"}
        Part of the state (and, as a target, of its derivative), part of the parameters, or numbers of its own.
    offset : int
        Place of the first element in the state or the parameters.
    strides : tuple of int
        Elements from one index to the next, per dimension; C order unless given.
    values : ndarray of float64, optional
        The numbers of a table.
    """

    name: str
    shape: tuple[int, ...]
    kind: str = "state"
    offset: int = 0
    strides: tuple[int, ...] = ()
    values: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ShapeError(f'An array of stencils is of the kind {", ".join(KINDS)}, not "{self.kind}".')
        if not self.strides:
            steps = np.cumprod([1, *self.shape[:0:-1]])[::-1] if self.shape else ()
            object.__setattr__(self, "strides", tuple(int(s) for s in steps))
        if len(self.strides) != len(self.shape):
            raise ShapeError(f'"{self.name}" has {len(self.shape)} dimensions and {len(self.strides)} strides.')
        if self.kind == "table":
            values = np.ascontiguousarray(self.values, np.float64)
            if values.shape != self.shape:
                raise ShapeError(f'The table "{self.name}" has shape {values.shape}, not {self.shape}.')
            object.__setattr__(self, "values", values)

    @cached_property
    def size(self) -> int:
        """Number of elements."""
        return int(np.prod(self.shape, dtype=np.int64))

    def places(self) -> NDArray[np.int64]:
        """Return where each element is stored, shape `shape`."""
        places = np.full(self.shape, self.offset, np.int64)
        for axis, (n, stride) in enumerate(zip(self.shape, self.strides, strict=True)):
            along = np.arange(n, dtype=np.int64) * stride
            places += along.reshape([-1 if k == axis else 1 for k in range(len(self.shape))])
        return places
