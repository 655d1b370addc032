"""A compiled kernel: addresses, memory needs, and a call from Python."""

import ctypes
import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codegen.native import LoadedObject, machine_identity

__all__ = ["STAGE_SLOTS", "Context", "Kernel"]

# Slots of the context: 0 constants, 1 stage of the right-hand side, 2 modes, 3 histories, 4 scratch,
# 5 stage of the Jacobian, 6 stage of the observables, 7 stage of the product of Jacobian and vector, 8 stage of the
# derivative by time, 9 stage of initial values on grids, 10 places of the entries of a Jacobian on a grid, 11 threads,
# from 12 on tables of kernels on grids, in the order of their stages.
STAGE_SLOTS = {
    "rhs": 1,
    "jacobian": 5,
    "observables": 6,
    "jacobian_vector": 7,
    "time_derivative": 8,
    "initial": 9,
}
_SCRATCH, _SLOTS = 4, 24

_KERNEL = ctypes.CFUNCTYPE(
    ctypes.c_int32, ctypes.c_double, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p
)
_BOUND = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p)


class Context:
    """Memory of one thread for the kernels of one model.

    Parameters
    ----------
    address : int
        What kernels get as their context.
    """

    def __init__(self) -> None:
        self.slots = np.zeros(_SLOTS, np.int64)
        self._address = int(self.slots.ctypes.data)
        self.memory: dict[int, NDArray[np.float64]] = {}

    @property
    def address(self) -> int:
        """Address of the pointers."""
        return self._address

    def reserve(self, kernel: "Kernel") -> None:
        """Provide the memory that a kernel needs."""
        self._grow(_SCRATCH, kernel.scratch_size)
        self._grow(STAGE_SLOTS[kernel.name], kernel.stage_size)

    def _grow(self, slot: int, size: int) -> None:
        old = self.memory.get(slot)
        if old is None or len(old) < size:
            self.memory[slot] = _aligned(max(size, 1))
            self.slots[slot] = self.memory[slot].ctypes.data


def _aligned(n: int, boundary: int = 64) -> NDArray[np.float64]:
    raw = np.zeros(n + boundary // 8, np.float64)
    start = (-raw.ctypes.data % boundary) // 8
    return raw[start : start + n]


@dataclass(eq=False)
class Kernel:
    """Machine code of one function of a model.

    Parameters
    ----------
    name : str
        "rhs", "jacobian" or "observables".
    code : bytes
        The object file.
    stage_size, scratch_size, n_outputs : int
        Doubles that it needs and writes.
    facts : dict
        What compiling reported.
    """

    name: str
    code: bytes
    stage_size: int
    scratch_size: int
    n_outputs: int
    facts: dict[str, Any] = field(default_factory=dict)

    @functools.cached_property
    def loaded(self) -> LoadedObject:
        """The code in executable memory."""
        return LoadedObject.load(self.code)

    @functools.cached_property
    def address(self) -> int:
        """Address of `int32 kernel(double t, y, p, context, out)`."""
        return self.loaded.address(self.name)

    @functools.cached_property
    def call(self) -> Callable[..., int]:
        """The kernel as a C function: `call(t, y, p, context, out)` on addresses."""
        return _KERNEL(self.address)

    @functools.cached_property
    def _stage(self) -> Callable[..., int]:
        return _KERNEL(self.loaded.address(f"{self.name}_stage"))

    @functools.cached_property
    def bound_call(self) -> Callable[..., int]:
        """The kernel on one record of {t, y, p, context, out}."""
        return _BOUND(self.loaded.address(f"{self.name}_bound"))

    def evaluate_stage(self, parameters: NDArray[np.float64], context: Context) -> None:
        """Evaluate what depends on parameters only, once per change of the parameters."""
        if self.stage_size:
            slot = int(context.slots[STAGE_SLOTS[self.name]])
            self._stage(0.0, 0, parameters.ctypes.data, context.address, slot)

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what lives in this process only."""
        kept = ("name", "code", "stage_size", "scratch_size", "n_outputs", "facts")
        return {k: self.__dict__[k] for k in kept} | {"machine": machine_identity()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    @property
    def runs_here(self) -> bool:
        """Whether the code was made for this very processor; after unpickling it may not be."""
        return bool(self.__dict__.get("machine", machine_identity()) == machine_identity())
