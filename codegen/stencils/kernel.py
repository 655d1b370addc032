"""Kernels on grids: machine code with the tables of numbers that it reads."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codegen.kernel import STAGE_SLOTS, Context, Kernel
from codegen.stencils.pool import pool_of, threads_for
from symnum.compiling.aligned import aligned_copy

__all__ = ["POOL_SLOT", "POSITIONS_SLOT", "StencilKernel", "tables_slot"]

POSITIONS_SLOT, POOL_SLOT = 10, 11
_FIRST_TABLES_SLOT = 12


def tables_slot(name: str) -> int:
    """Return the slot of a context that points to the tables of a kernel."""
    return _FIRST_TABLES_SLOT + STAGE_SLOTS[name]


@dataclass(eq=False)
class StencilKernel(Kernel):
    """Machine code of loops over cells.

    Parameters
    ----------
    tables : ndarray of the kernel's numbers
        What stencils read beside states and parameters.
    dtype : str
        "float64" or "float32": the type of states, parameters and results.
    threads : int, optional
        How many share the loops; None leaves it to what was measured, where code for threads was made.
    """

    tables: NDArray[Any] = field(default_factory=lambda: np.zeros(0))
    dtype: str = "float64"
    threads: int | None = 1

    def evaluate_stage(self, parameters: NDArray[Any], context: Context) -> None:
        """Evaluate what depends on parameters only, and tell the context where the tables are.

        To be called once for each new context and after each change of the parameters.
        """
        self._provide(context, tables_slot(self.name), self.tables)
        threads = threads_for(self.n_outputs) if self.threads is None else self.threads
        context.slots[POOL_SLOT] = pool_of(threads).address if threads > 1 else 0
        super().evaluate_stage(parameters, context)

    def context(self, parameters: NDArray[Any]) -> Context:
        """Return memory for one thread of callers, with the parameter stage evaluated."""
        context = Context()
        context.reserve(self)
        self.evaluate_stage(parameters, context)
        return context

    def _provide(self, context: Context, slot: int, array: NDArray[Any]) -> None:
        context.memory[slot] = array
        context.slots[slot] = array.ctypes.data

    def __getstate__(self) -> dict[str, Any]:
        """Keep the tables, too."""
        return super().__getstate__() | {k: self.__dict__[k] for k in ("tables", "dtype", "threads")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.tables = aligned_copy(self.tables)
