"""The compiled kernels of a system on a grid, made when first needed."""

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from codegen.kernel import Context
from symnum.simulators.named_kernels import NamedKernels
from symnum.systems.stencils.system import StencilSystem

if TYPE_CHECKING:
    from codegen.kernel import Kernel

__all__ = ["KINDS", "FieldKernel", "FieldKernels"]

#: The right-hand side, its Jacobian and the product of that with a vector, sums over the domain, initial values, and
#: the two parts of the right-hand side.
KINDS = ("rhs", "jacobian", "jacobian_vector", "observables", "initial", "part0", "part1")


#: Name of the product of the first part, which is linear, with a vector that follows the state.
LINEAR_PRODUCT = "part0_vector"


class FieldKernel:
    """One kernel, compiled when first used.

    Parameters
    ----------
    system : StencilSystem
    name : str
        One of `KINDS`.
    threads : int, optional
        Threads that share its loops; by default as many as pay, by a measurement, and one for small grids.
    dtype : {"float64", "float32"}
        Of states, parameters and what it writes; the engines call kernels of "float64".
    """

    def __init__(self, system: StencilSystem, name: str, threads: int | None = None, dtype: str = "float64") -> None:
        self.name, self.threads, self.dtype, self._system = name, threads, dtype, system
        self._lock = threading.Lock()
        self._kernel: Kernel | None = None

    @property
    def compiled(self) -> "Kernel":
        """The machine code, from the cache or compiled now."""
        from codegen.stencils import compile_stencils

        with self._lock:
            if self._kernel is None:
                self._kernel = compile_stencils(self._system, self.name, self.dtype, threads=self.threads)
        return self._kernel

    @property
    def is_compiled(self) -> bool:
        """Whether the code is there already."""
        return self._kernel is not None

    @property
    def address(self) -> int:
        """Address of ``int32 kernel(t, y, p, context, out)``."""
        return self.compiled.address

    def context(self, p: NDArray[np.float64]) -> Context:
        """Return memory for one thread, with the parameter stage evaluated."""
        context = Context()
        context.reserve(self.compiled)
        self.compiled.evaluate_stage(p, context)
        return context

    def evaluate(self, t: float, y: NDArray[np.float64], p: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what it writes for one state; both are converted to its type of numbers."""
        y, p = np.ascontiguousarray(y, self.dtype), np.ascontiguousarray(p, self.dtype)
        kernel, context = self.compiled, self.context(p)
        out = np.zeros(kernel.n_outputs, self.dtype)
        kernel.call(t, y.ctypes.data, p.ctypes.data, context.address, out.ctypes.data)
        return out

    def __repr__(self) -> str:
        return f"<kernel {self.name} of fields: {'compiled' if self.is_compiled else 'not compiled yet'}>"


class FieldKernels(NamedKernels[FieldKernel]):
    """The kernels of a system on a grid, by name: see `KINDS`.

    Parameters
    ----------
    system : StencilSystem
    threads : int, optional
        See `FieldKernel`.
    """

    def __init__(self, system: StencilSystem, threads: int | None = None) -> None:
        self._system, self.threads = system, threads
        super().__init__({name: FieldKernel(system, name, threads) for name in KINDS})
        if system.parts is not None:
            self._handles[LINEAR_PRODUCT] = FieldKernel(system.part(0), "jacobian_vector", threads)

    def get_kernel(self, kind: str) -> FieldKernel:
        """Return a kernel by its name, as a function."""
        return self[kind]

    def __getstate__(self) -> dict[str, Any]:
        return {"system": self._system, "threads": self.threads}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["system"], state["threads"])  # type: ignore[misc]
