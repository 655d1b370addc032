"""Kernels and buffers on a CUDA device.

Whatever is queued goes to one stream of our own; steps that are queued many times are recorded once as a graph.
"""

import ctypes
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codegen.cuda.module import KernelModule
from codegen.cuda.text import BUFFERS
from symnum.errors import CompilationError, DeviceError, DeviceMemoryError
from symnum.simulators.cuda.device import Fourier, Item
from symnum.simulators.cuda.driver import Driver
from symnum.simulators.cuda.transforms import CudaTransform

__all__ = ["CudaMemory"]

_ERROR_LOG, _ERROR_SIZE = 5, 6  # options of the driver's own assembler
_NON_BLOCKING = 1
# Kernels that are loaded when they first run may do so while a stream is captured.
_RELAXED = 2
# Launches in one graph: launching a graph costs about as much as launching a kernel.
_RECORDED = 40
_GIGABYTE = 1e9


class CudaMemory:
    """Kernels and buffers on a device.

    Parameters
    ----------
    driver : Driver
        Whose context is current.
    machine_code : callable
        Called with the module and with what loads PTX; returns the loaded module.
    module : KernelModule
    buffers : mapping of str to (int, type)

    Raises
    ------
    DeviceMemoryError
        If the buffers do not fit on the device.
    CompilationError
        If the driver refuses the PTX.
    """

    def __init__(
        self,
        driver: Driver,
        machine_code: Callable[[KernelModule, Callable[[str], Any]], Any],
        module: KernelModule,
        buffers: Mapping[str, tuple[int, Any]],
    ) -> None:
        self.driver, self.module = driver, module
        self._types = {name: np.dtype(dtype) for name, (_, dtype) in buffers.items()}
        self._counts = {name: max(count, 1) for name, (count, _) in buffers.items()}
        self.addresses: dict[str, int] = {}
        self._graphs: dict[tuple[Item, ...], Any] = {}
        self._transform: CudaTransform | None = None
        self.stream = driver.handle("cuStreamCreate", _NON_BLOCKING)
        try:
            self._code = machine_code(module, self._load)
            self._kernels = {
                name: driver.handle("cuModuleGetFunction", self._code, name.encode()) for name in module.launches
            }
            for name in buffers:
                self._allocate(name)
            self._wait()
        except Exception:
            self.close()
            raise
        # Every kernel takes the addresses of all buffers, so that one array of arguments serves all.
        self._values = [ctypes.c_uint64(self.addresses[name]) for name in BUFFERS]
        pointers = [ctypes.cast(ctypes.pointer(value), ctypes.c_void_p) for value in self._values]
        self._arguments = (ctypes.c_void_p * len(pointers))(*pointers)

    def _bytes(self, name: str) -> int:
        return self._counts[name] * int(self._types[name].itemsize)

    def _allocate(self, name: str) -> None:
        size = self._bytes(name)
        try:
            self.addresses[name] = self.driver.handle("cuMemAlloc_v2", size, kind=ctypes.c_uint64)
        except DeviceMemoryError as error:
            wanted = sum(map(self._bytes, self._types))
            free, total = self.driver.free_memory()
            held = sum(map(self._bytes, self.addresses))
            raise DeviceMemoryError(
                f"this simulation needs {wanted / _GIGABYTE:.2f} GB on the device, of which "
                f'{(free + held) / _GIGABYTE:.2f} of {total / _GIGABYTE:.2f} GB are free; dtype="float32" takes half, '
                f"euler with step= takes the fewest rows, and other programs may hold memory. {error}"
            ) from None
        self.driver.call("cuMemsetD8Async", self.addresses[name], 0, size, self.stream)

    def _load(self, ptx: str) -> Any:
        log = ctypes.create_string_buffer(8192)
        options = (ctypes.c_int * 2)(_ERROR_LOG, _ERROR_SIZE)
        values = (ctypes.c_void_p * 2)(ctypes.cast(log, ctypes.c_void_p), ctypes.c_void_p(len(log)))
        try:
            return self.driver.handle("cuModuleLoadDataEx", ptx.encode(), 2, options, values)
        except DeviceMemoryError:
            raise
        except DeviceError as error:
            said = log.value.decode(errors="replace")[:500]
            raise CompilationError(f"The driver refused generated code: {error} {said}") from error

    def write(self, buffer: str, values: NDArray[Any], first: int = 0) -> None:
        """Copy numbers to a buffer."""
        kind = self._types[buffer]
        numbers = np.ascontiguousarray(values, kind)
        assert first >= 0
        assert first + numbers.size <= self._counts[buffer], f"beyond the end of {buffer}"
        if numbers.size:
            place = self.addresses[buffer] + first * kind.itemsize
            self.driver.call("cuMemcpyHtoDAsync_v2", place, numbers.ctypes.data, numbers.nbytes, self.stream)
            self._wait()  # the numbers may be a copy that nobody else keeps

    def read(self, buffer: str, first: int, count: int) -> NDArray[Any]:
        """Wait for all that is queued, and return a part of a buffer."""
        kind = self._types[buffer]
        assert first >= 0
        assert first + count <= self._counts[buffer], f"beyond the end of {buffer}"
        out = np.empty(count, kind)
        if count:
            place = self.addresses[buffer] + first * kind.itemsize
            self.driver.call("cuMemcpyDtoHAsync_v2", out.ctypes.data, place, out.nbytes, self.stream)
        self._wait()
        return out

    def _wait(self) -> None:
        self.driver.call("cuStreamSynchronize", self.stream)

    def queue(self, items: Sequence[Item], times: int = 1) -> None:
        """Queue launches and transforms, those that come again and again as a graph."""
        together = max(1, _RECORDED // max(len(items), 1))
        many, rest = divmod(times, together)
        if many and times > 1 and (graph := self._graph(tuple(items))) is not None:
            for _ in range(many):
                self.driver.call("cuGraphLaunch", graph, self.stream)
            times = rest
        for _ in range(times):
            self._launch(items)

    def _launch(self, items: Sequence[Item]) -> None:
        for item in items:
            if isinstance(item, Fourier):
                assert self._transform is not None
                self._transform.run(item)
                continue
            launch = self.module.launches[item]
            self.driver.call(
                "cuLaunchKernel", self._kernels[item], launch.blocks, 1, 1, launch.threads, 1, 1, 0, self.stream,
                self._arguments, None,
            )  # fmt: skip

    def _graph(self, items: tuple[Item, ...]) -> Any:
        """Return what launches the items; None where they cannot be recorded, as launches cost only a little more."""
        if items not in self._graphs:
            self._graphs[items] = self._recorded(items)
        return self._graphs[items]

    def _recorded(self, items: tuple[Item, ...]) -> Any:
        graph, executable, code = ctypes.c_void_p(), ctypes.c_void_p(), self.driver.code
        if code("cuStreamBeginCapture_v2", self.stream, _RELAXED):
            return None
        try:
            for _ in range(max(1, _RECORDED // len(items))):
                self._launch(items)
            complete = True
        except DeviceError:
            complete = False
        ended = code("cuStreamEndCapture", self.stream, ctypes.byref(graph)) == 0
        if complete and ended:
            code("cuGraphInstantiateWithFlags", ctypes.byref(executable), graph.value, 0)
        if graph.value:
            code("cuGraphDestroy", graph.value)
        return executable.value

    def prepare_transform(self, shape: tuple[int, ...], count: int) -> None:
        """Make ready for cuFFT's transform on the buffer "modes", which holds nothing yet."""
        self._transform = CudaTransform(self, shape, count)
        # A library loads its kernels when they first run, which should not happen while steps are recorded.
        grids = count * math.prod(shape)
        self._transform.forward(0, grids + grids % 2)
        self._transform.backward(grids + grids % 2, 0)
        self._wait()

    def close(self) -> None:
        """Give everything back, also where the device does not answer any more."""
        code = self.driver.code
        code("cuStreamSynchronize", self.stream)
        if self._transform is not None:
            self._transform.close()
        for executable in self._graphs.values():
            if executable:
                code("cuGraphExecDestroy", executable)
        for address in self.addresses.values():
            code("cuMemFree_v2", address)
        code("cuStreamDestroy_v2", self.stream)
        self._graphs, self.addresses, self._transform = {}, {}, None

    @property
    def modes(self) -> tuple[int, np.dtype[Any]]:
        """Address and type of the buffer "modes"."""
        return self.addresses["modes"], self._types["modes"]
