"""A device that is simulated: the kernels' own code, compiled for the processor, thread by thread.

Each kernel's phases are the very text that PTX is made from. A loop over blocks takes the place of the grid; between
two phases, where a device has a barrier, all threads of the block have finished the first.
"""

import ctypes
import weakref
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codegen.cuda.module import KernelModule
from codegen.cuda.text import BUFFERS
from codegen.native import LoadedObject, object_code
from symnum.simulators.cuda.device import Fourier, Item

__all__ = ["SimulatedDevice", "SimulatedMemory"]

_KERNEL = ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_int64, *[ctypes.c_void_p] * (1 + len(BUFFERS)))


_known: "weakref.WeakKeyDictionary[KernelModule, LoadedObject]" = weakref.WeakKeyDictionary()


def _loaded(module: KernelModule) -> LoadedObject:
    """The module's machine code, compiled once."""
    if module not in _known:
        # Simulations are of small grids: code that is compiled quickly is worth more than quick code.
        _known[module] = LoadedObject.load(object_code(module.host_text(), level=0))
    return _known[module]


class SimulatedDevice:
    """Runs kernels on the processor."""

    name = "simulated CUDA device"
    simulated = True

    def load(self, module: KernelModule, buffers: Mapping[str, tuple[int, Any]]) -> "SimulatedMemory":
        """Compile a module, with buffers of so many elements of a type."""
        return SimulatedMemory(module, buffers)


class SimulatedMemory:
    """Kernels and buffers of a simulated device."""

    def __init__(self, module: KernelModule, buffers: Mapping[str, tuple[int, Any]]) -> None:
        self.module = module
        self.buffers = {name: np.zeros(max(count, 1), dtype) for name, (count, dtype) in buffers.items()}
        self._shared = np.zeros(max([1, *(launch.shared for launch in module.launches.values())]))
        self._kernels = {name: _KERNEL(_loaded(module).address(name)) for name in module.launches}
        self._transform: SimulatedTransform | None = None
        self._arguments = [self.buffers[name].ctypes.data for name in BUFFERS]

    def write(self, buffer: str, values: NDArray[Any], first: int = 0) -> None:
        """Copy numbers to a buffer."""
        self.buffers[buffer][first : first + len(values)] = values

    def read(self, buffer: str, first: int, count: int) -> NDArray[Any]:
        """Return a part of a buffer."""
        return self.buffers[buffer][first : first + count].copy()

    def queue(self, items: Sequence[Item], times: int = 1) -> None:
        """Run kernels and transforms, one after the other."""
        for _ in range(times):
            for item in items:
                if isinstance(item, Fourier):
                    assert self._transform is not None
                    self._transform.run(item)
                else:
                    self._run(item)

    def _run(self, name: str) -> None:
        launch = self.module.launches[name]
        self._kernels[name](launch.blocks, launch.threads, self._shared.ctypes.data, *self._arguments)

    def prepare_transform(self, shape: tuple[int, ...], count: int) -> None:
        """Make ready for NumPy's Fourier transform on the buffer "modes"."""
        self._transform = SimulatedTransform(self.buffers["modes"], shape, count)

    def close(self) -> None:
        """Give the memory back."""
        self.buffers = {}


class SimulatedTransform:
    """NumPy's Fourier transform in the place of cuFFT's."""

    def __init__(self, modes: NDArray[Any], shape: tuple[int, ...], count: int) -> None:
        self._modes, self._shape, self._count = modes, shape, count
        half = (*shape[:-1], shape[-1] // 2 + 1)
        self._real, self._complex = count * int(np.prod(shape)), 2 * count * int(np.prod(half))
        self._half, self._axes = half, tuple(range(1, len(shape) + 1))

    def run(self, item: Fourier) -> None:
        """Transform; where a run has ended, nobody looks at what comes of it."""
        with np.errstate(over="ignore", invalid="ignore"):
            (self.forward if item.is_forward else self.backward)(item.source, item.target)

    def forward(self, source: int, target: int) -> None:
        """Transform real grids."""
        grids = self._modes[source : source + self._real].reshape(self._count, *self._shape)
        found = np.fft.rfftn(grids, axes=self._axes).astype(np.result_type(self._modes.dtype, np.complex64))
        self._modes[target : target + self._complex] = found.view(self._modes.dtype).ravel()

    def backward(self, source: int, target: int) -> None:
        """Transform back, without dividing by the number of elements."""
        kind = np.result_type(self._modes.dtype, np.complex64)
        modes = self._modes[source : source + self._complex].view(kind).reshape(self._count, *self._half)
        grids = np.fft.irfftn(modes, self._shape, axes=self._axes, norm="forward")
        self._modes[target : target + self._real] = grids.ravel()
