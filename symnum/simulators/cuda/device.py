"""What a device is to those who plan simulations on it, and which one there is."""

import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from numpy.typing import NDArray

from codegen.cuda.module import KernelModule
from symnum.errors import MissingDeviceError, UnknownNameError

__all__ = ["SIMULATE", "Device", "Fourier", "Item", "Memory", "find_device"]

#: Environment variable that asks for the simulated device wherever a real one is wanted.
SIMULATE = "SYMNUM_CUDA_SIMULATOR"


class Fourier(NamedTuple):
    """A transform of all grids from element `source` to element `target` of the buffer "modes".

    Backward it is the inverse times the number of elements, and what is transformed may be lost.
    """

    is_forward: bool
    source: int
    target: int


#: What can be queued: a kernel by its name, or a transform.
Item = str | Fourier


class Memory(Protocol):
    """Kernels of one module with the buffers that they work on.

    Whatever is queued runs in order, perhaps later; `read` waits for it.
    """

    def write(self, buffer: str, values: NDArray[Any], first: int = 0) -> None:
        """Copy numbers to a buffer."""

    def read(self, buffer: str, first: int, count: int) -> NDArray[Any]:
        """Wait for all that is queued, and return a part of a buffer."""

    def queue(self, items: Sequence[Item], times: int = 1) -> None:
        """Queue launches of kernels and transforms, one after the other, the whole of them several times."""

    def prepare_transform(self, shape: tuple[int, ...], count: int) -> None:
        """Make ready for transforms of `count` grids of real numbers."""

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
    from symnum.simulators.cuda.cuda_device import first_device

    try:
        return first_device()
    except MissingDeviceError as error:
        raise MissingDeviceError(
            f'target="cuda" needs a CUDA device: {error} target="cuda-simulator" runs the same kernels, slowly, on the '
            f"processor (as does {SIMULATE}=1)."
        ) from None
