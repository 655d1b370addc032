"""CUDA devices through the driver's own library, which every machine with a device has.

A dozen functions of the driver interface, whose binary form has not changed since CUDA 4, called through ctypes: no
package to install, no toolkit, no other compiler than the one that makes the PTX. Whatever is queued goes to one
stream of our own; steps that are queued many times are recorded once as a graph.
"""

import ctypes
import functools
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codegen.cuda.module import KernelModule
from codegen.cuda.ptx import make_ptx
from codegen.cuda.text import BUFFERS
from symnum.errors import CompilationError, MissingDeviceError
from symnum.simulators.cuda.device import Fourier, Item
from symnum.simulators.cuda.transforms import CudaTransform

__all__ = ["CudaDevice", "CudaMemory", "Driver", "first_device"]

_LIBRARIES = ("libcuda.so.1", "libcuda.so", "nvcuda.dll")
_MAJOR, _MINOR = 75, 76  # attributes of a device: its compute capability
_CLOCK, _WIDTH = 36, 37  # of its memory: kHz, bits
_ERROR_LOG, _ERROR_SIZE = 5, 6  # options of the driver's own assembler
_NON_BLOCKING, _THREAD_LOCAL = 1, 1
# Launches in one graph: launching a graph costs about as much as launching a kernel.
_RECORDED = 40
# The newest architecture that the packaged LLVM knows; PTX for it runs on newer devices too.
_NEWEST = 100

_FUNCTIONS: dict[str, tuple[Any, ...]] = {
    "cuInit": (ctypes.c_uint,),
    "cuDeviceGetCount": (ctypes.POINTER(ctypes.c_int),),
    "cuDeviceGet": (ctypes.POINTER(ctypes.c_int), ctypes.c_int),
    "cuDeviceGetName": (ctypes.c_char_p, ctypes.c_int, ctypes.c_int),
    "cuDeviceGetAttribute": (ctypes.POINTER(ctypes.c_int), ctypes.c_int, ctypes.c_int),
    "cuDevicePrimaryCtxRetain": (ctypes.POINTER(ctypes.c_void_p), ctypes.c_int),
    "cuCtxSetCurrent": (ctypes.c_void_p,),
    "cuStreamCreate": (ctypes.POINTER(ctypes.c_void_p), ctypes.c_uint),
    "cuStreamSynchronize": (ctypes.c_void_p,),
    "cuStreamDestroy_v2": (ctypes.c_void_p,),
    "cuModuleLoadDataEx": (
        ctypes.POINTER(ctypes.c_void_p), ctypes.c_char_p, ctypes.c_uint, ctypes.POINTER(ctypes.c_int),
        ctypes.POINTER(ctypes.c_void_p),
    ),
    "cuModuleGetFunction": (ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p, ctypes.c_char_p),
    "cuMemAlloc_v2": (ctypes.POINTER(ctypes.c_uint64), ctypes.c_size_t),
    "cuMemFree_v2": (ctypes.c_uint64,),
    "cuMemsetD8Async": (ctypes.c_uint64, ctypes.c_ubyte, ctypes.c_size_t, ctypes.c_void_p),
    "cuMemcpyHtoDAsync_v2": (ctypes.c_uint64, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p),
    "cuMemcpyDtoHAsync_v2": (ctypes.c_void_p, ctypes.c_uint64, ctypes.c_size_t, ctypes.c_void_p),
    "cuLaunchKernel": (
        ctypes.c_void_p, *[ctypes.c_uint] * 7, ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p,
    ),
    "cuStreamBeginCapture_v2": (ctypes.c_void_p, ctypes.c_int),
    "cuStreamEndCapture": (ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p)),
    "cuGraphInstantiateWithFlags": (ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p, ctypes.c_uint64),
    "cuGraphLaunch": (ctypes.c_void_p, ctypes.c_void_p),
    "cuGraphExecDestroy": (ctypes.c_void_p,),
    "cuGraphDestroy": (ctypes.c_void_p,),
    "cuGetErrorString": (ctypes.c_int, ctypes.POINTER(ctypes.c_char_p)),
}  # fmt: skip


class Driver:
    """The driver's functions, with errors as exceptions."""

    def __init__(self, library: Any) -> None:
        self._library = library
        for name, arguments in _FUNCTIONS.items():
            function = getattr(library, name)
            function.argtypes, function.restype = list(arguments), ctypes.c_int

    def call(self, name: str, *arguments: Any) -> None:
        """Call a function.

        Raises
        ------
        MissingDeviceError
            With what the driver says, if it fails.
        """
        code = getattr(self._library, name)(*arguments)
        if code:
            raise MissingDeviceError(f"{name} failed: {self._explain(code)} (error {code}).")

    def _explain(self, code: int) -> str:
        text = ctypes.c_char_p()
        self._library.cuGetErrorString(code, ctypes.byref(text))
        return text.value.decode() if text.value else "no explanation"

    def handle(self, name: str, *arguments: Any, kind: Any = ctypes.c_void_p) -> Any:
        """Call a function that returns a handle through its first argument."""
        found = kind()
        self.call(name, ctypes.byref(found), *arguments)
        return found.value


@functools.cache
def load_driver() -> Driver:
    """Return the driver of this machine.

    Raises
    ------
    MissingDeviceError
        If its library is not there, or is too old.
    """
    for name in _LIBRARIES:
        try:
            return Driver(ctypes.CDLL(name))
        except OSError:
            continue
        except AttributeError as error:
            raise MissingDeviceError(f"the driver on this machine is too old: {error}.") from None
    raise MissingDeviceError(f"NVIDIA's driver is not installed (no {_LIBRARIES[0]}).")


@functools.cache
def first_device() -> "CudaDevice":
    """Return the first device.

    Raises
    ------
    MissingDeviceError
        If there is none.
    """
    driver = load_driver()
    driver.call("cuInit", 0)
    if driver.handle("cuDeviceGetCount", kind=ctypes.c_int) == 0:
        raise MissingDeviceError("the driver finds no device.")
    return CudaDevice(driver, driver.handle("cuDeviceGet", 0, kind=ctypes.c_int))


class CudaDevice:
    """A device with a context of this process."""

    simulated = False

    def __init__(self, driver: Driver, number: int) -> None:
        self.driver, self._number = driver, number
        name = ctypes.create_string_buffer(128)
        driver.call("cuDeviceGetName", name, 128, number)
        self.name = name.value.decode()
        major, minor = (driver.handle("cuDeviceGetAttribute", a, number, kind=ctypes.c_int) for a in (_MAJOR, _MINOR))
        self.architecture = f"sm_{min(10 * major + minor, _NEWEST)}"
        self._codes: weakref.WeakKeyDictionary[KernelModule, Any] = weakref.WeakKeyDictionary()
        self.context = driver.handle("cuDevicePrimaryCtxRetain", number)

    @property
    def bandwidth(self) -> float:
        """Bytes per second that the clock and the width of the memory's bus promise: two transfers per cycle."""
        kilohertz, bits = (
            self.driver.handle("cuDeviceGetAttribute", a, self._number, kind=ctypes.c_int) for a in (_CLOCK, _WIDTH)
        )
        return float(2.0 * 1e3 * kilohertz * bits / 8.0)

    def machine_code(self, module: KernelModule, load: Callable[[str], Any]) -> Any:
        """Return the module's machine code, which is made once and stays on the device."""
        if module not in self._codes:
            self._codes[module] = load(make_ptx(module, self.architecture))
        return self._codes[module]

    def load(self, module: KernelModule, buffers: Mapping[str, tuple[int, Any]]) -> "CudaMemory":
        """Compile and load a module, with buffers of so many elements of a type, all zero."""
        self.driver.call("cuCtxSetCurrent", self.context)
        return CudaMemory(self, module, buffers)


class CudaMemory:
    """Kernels and buffers on a device."""

    def __init__(self, device: CudaDevice, module: KernelModule, buffers: Mapping[str, tuple[int, Any]]) -> None:
        self.driver, self.module = device.driver, module
        self.stream = self.driver.handle("cuStreamCreate", _NON_BLOCKING)
        self._code = device.machine_code(module, self._load)
        self._kernels = {
            name: self.driver.handle("cuModuleGetFunction", self._code, name.encode()) for name in module.launches
        }
        self._types = {name: np.dtype(dtype) for name, (_, dtype) in buffers.items()}
        self.addresses: dict[str, int] = {}
        self._graphs: dict[tuple[Item, ...], tuple[Any, Any]] = {}
        self._transform: CudaTransform | None = None
        try:
            for name, (count, _) in buffers.items():
                self._allocate(name, max(count, 1) * self._types[name].itemsize)
        except MissingDeviceError:
            self.close()
            raise
        # Every kernel takes the addresses of all buffers, so that one array of arguments serves all.
        self._values = [ctypes.c_uint64(self.addresses[name]) for name in BUFFERS]
        pointers = [ctypes.cast(ctypes.pointer(value), ctypes.c_void_p) for value in self._values]
        self._arguments = (ctypes.c_void_p * len(pointers))(*pointers)

    def _allocate(self, name: str, size: int) -> None:
        self.addresses[name] = self.driver.handle("cuMemAlloc_v2", size, kind=ctypes.c_uint64)
        self.driver.call("cuMemsetD8Async", self.addresses[name], 0, size, self.stream)

    def _load(self, ptx: str) -> Any:
        log = ctypes.create_string_buffer(8192)
        options = (ctypes.c_int * 2)(_ERROR_LOG, _ERROR_SIZE)
        values = (ctypes.c_void_p * 2)(ctypes.cast(log, ctypes.c_void_p), ctypes.c_void_p(len(log)))
        try:
            return self.driver.handle("cuModuleLoadDataEx", ptx.encode(), 2, options, values)
        except MissingDeviceError as error:
            raise CompilationError(f"The driver refused generated code: {error} {log.value.decode()[:500]}") from error

    def write(self, buffer: str, values: NDArray[Any], first: int = 0) -> None:
        """Copy numbers to a buffer."""
        kind = self._types[buffer]
        numbers = np.ascontiguousarray(values, kind)
        if len(numbers):
            place = self.addresses[buffer] + first * kind.itemsize
            self.driver.call("cuMemcpyHtoDAsync_v2", place, numbers.ctypes.data, numbers.nbytes, self.stream)
            self._wait()  # the numbers may be a copy that nobody else keeps

    def read(self, buffer: str, first: int, count: int) -> NDArray[Any]:
        """Wait for all that is queued, and return a part of a buffer."""
        kind = self._types[buffer]
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
        if many and times > 1:
            graph = self._graph(tuple(items))
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
        if items not in self._graphs:
            self.driver.call("cuStreamBeginCapture_v2", self.stream, _THREAD_LOCAL)
            for _ in range(max(1, _RECORDED // len(items))):
                self._launch(items)
            graph = self._end_capture()
            self._graphs[items] = graph, self.driver.handle("cuGraphInstantiateWithFlags", graph, 0)
        return self._graphs[items][1]

    def _end_capture(self) -> Any:
        graph = ctypes.c_void_p()
        self.driver.call("cuStreamEndCapture", self.stream, ctypes.byref(graph))
        return graph.value

    def prepare_transform(self, shape: tuple[int, ...], count: int) -> None:
        """Make ready for cuFFT's transform on the buffer "modes"."""
        self._transform = CudaTransform(self, shape, count)

    def close(self) -> None:
        """Give everything back."""
        self._wait()
        for graph, executable in self._graphs.values():
            self.driver.call("cuGraphExecDestroy", executable)
            self.driver.call("cuGraphDestroy", graph)
        for address in self.addresses.values():
            self.driver.call("cuMemFree_v2", address)
        self.driver.call("cuStreamDestroy_v2", self.stream)
        self._graphs, self.addresses = {}, {}

    @property
    def modes(self) -> tuple[int, np.dtype[Any]]:
        """Address and type of the buffer "modes"."""
        return self.addresses["modes"], self._types["modes"]
