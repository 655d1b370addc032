"""Kernels on grids: machine code with the tables of numbers that it reads."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codegen.kernel import Context, Kernel

__all__ = ["StencilKernel", "aligned_copy"]

_TABLES, _POSITIONS = 0, 10


@dataclass(eq=False)
class StencilKernel(Kernel):
    """Machine code of loops over cells.

    Parameters
    ----------
    tables : ndarray of the kernel's numbers
        What stencils read beside states and parameters.
    dtype : str
        "float64" or "float32": the type of states, parameters and results.
    """

    tables: NDArray[Any] = field(default_factory=lambda: np.zeros(0))
    positions: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    dtype: str = "float64"

    def evaluate_stage(self, parameters: NDArray[Any], context: Context) -> None:
        """Evaluate what depends on parameters only, and tell the context where the tables are.

        To be called once for each new context and after each change of the parameters.
        """
        arrays: tuple[tuple[int, NDArray[Any]], ...] = ((_TABLES, self.tables), (_POSITIONS, self.positions))
        for slot, array in arrays:
            if array.size:
                context.memory[slot] = array
                context.slots[slot] = array.ctypes.data
        super().evaluate_stage(parameters, context)

    def __getstate__(self) -> dict[str, Any]:
        """Keep the tables, too."""
        return super().__getstate__() | {k: self.__dict__[k] for k in ("tables", "positions", "dtype")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.tables = aligned_copy(self.tables)


def aligned_copy(array: NDArray[Any], boundary: int = 64) -> NDArray[Any]:
    """Return a copy that starts at a multiple of `boundary` bytes."""
    raw = np.zeros(array.nbytes + boundary, np.uint8)
    start = -raw.ctypes.data % boundary
    copy = raw[start : start + array.nbytes].view(array.dtype)
    copy[:] = array
    return copy
