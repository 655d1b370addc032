"""What a device is to those who plan simulations on it, and which one there is."""

import os
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from codegen.cuda.kernel import Launch
from codegen.cuda.module import KernelModule
from symnum.errors import MissingDeviceError, UnknownNameError

__all__ = ["SIMULATE", "Device", "Memory", "Transform", "find_device"]

#: Environment variable that asks for the simulated device wherever a real one is wanted.
SIMULATE = "SYMNUM_CUDA_SIMULATOR"


class Transform(Protocol):
    """The discrete Fourier transform of several real grids, as a device does it."""

    def forward(self, source: int, target: int) -> None:
        """Queue the transform of grids, one after the other, from element `source` to element `target` of "modes"."""

    def backward(self, source: int, target: int) -> None:
        """Queue the inverse, times the number of elements; what is transformed may be lost."""


class Memory(Protocol):
    """Kernels of one module with the buffers that they work on.

    Whatever is queued runs in order, perhaps later; `read` waits for it.
    """

    def write(self, buffer: str, values: NDArray[Any], first: int = 0) -> None:
        """Copy numbers to a buffer."""

    def read(self, buffer: str, first: int, count: int) -> NDArray[Any]:
        """Wait for all that is queued, and return a part of a buffer."""

    def queue(self, names: Sequence[str], times: int = 1) -> None:
        """Queue launches of kernels, one after the other, the whole of them several times."""

    def transform(self, shape: tuple[int, ...], count: int) -> Transform:
        """Return the Fourier transform of `count` grids of real numbers."""

    def close(self) -> None:
        """Give the memory back."""


class Device(Protocol):
    """A place where kernels run.

    Attributes
    ----------
    name : str
        What the maker calls it.
    simulated : bool
    """

    name: str
    simulated: bool

    def load(self, module: KernelModule, buffers: Mapping[str, tuple[int, Any]]) -> Memory:
        """Compile and load a module, with buffers of so many elements of a type, all zero."""


def threads_of(launch: Launch) -> tuple[int, int, int]:
    """Return blocks, threads per block, and bytes of shared memory."""
    return launch.blocks, launch.threads, 8 * launch.shared


def find_device(target: str) -> Device:
    """Return the device for a target.

    Parameters
    ----------
    target : {"cuda", "cuda-simulator"}
        The first device of this machine, or one that is simulated: the same kernels, thread by thread, on the
        processor. With the environment variable `SYMNUM_CUDA_SIMULATOR` set to 1 both mean the latter.

    Raises
    ------
    MissingDeviceError
        If there is no device; the message says what was looked for.
    UnknownNameError
        For any other target.
    """
    if target not in ("cuda", "cuda-simulator"):
        raise UnknownNameError(f'There is no target "{target}"; choose cuda or cuda-simulator.')
    if target == "cuda-simulator" or os.environ.get(SIMULATE, "").strip() not in ("", "0"):
        from symnum.simulators.cuda.simulated import SimulatedDevice

        return SimulatedDevice()
    from symnum.simulators.cuda.driver import first_device

    try:
        return first_device()
    except MissingDeviceError as error:
        raise MissingDeviceError(
            f'target="cuda" needs a CUDA device: {error} target="cuda-simulator" runs the same kernels, slowly, on the '
            f"processor (as does {SIMULATE}=1)."
        ) from None


def as_float(values: NDArray[Any]) -> NDArray[np.float64]:
    """Return numbers of a device in double precision."""
    return np.asarray(values, np.float64)
