"""A CUDA driver without a device, called through the C interface of the real one, which checks every argument.

Prototypes are those of ``cuda.h``; they are written here a second time, on purpose. What is queued on a stream happens
when somebody waits for it, so that nothing works by being early. Kernels are run from the PTX that was loaded
(`tests.codegen.cuda.ptx_machine`), or, where that takes too long, by code for the processor.
"""

import ctypes
import threading
import traceback
from ctypes import POINTER, c_char_p, c_int, c_size_t, c_ubyte, c_uint, c_ulonglong, c_void_p
from typing import Any

import numpy as np

from tests.codegen.cuda.ptx_machine import PtxFault, PtxProgram
from tests.codegen.cuda.ptx_memory import GlobalMemory

SUCCESS, INVALID_VALUE, OUT_OF_MEMORY, NOT_INITIALIZED, NO_DEVICE, INVALID_DEVICE = 0, 1, 2, 3, 100, 101
INVALID_CONTEXT, INVALID_PTX, UNSUPPORTED_PTX, INVALID_HANDLE, NOT_FOUND = 201, 218, 222, 400, 500
ILLEGAL_ADDRESS, CAPTURE_UNSUPPORTED, CAPTURE_INVALIDATED = 700, 900, 901
_TEXTS = {
    2: "out of memory", 3: "initialization error", 100: "no CUDA-capable device is detected",
    218: "a PTX JIT compilation failed", 222: "the provided PTX was compiled with an unsupported toolchain.",
    700: "an illegal memory access was encountered",
    900: "operation not permitted when stream is capturing", 101: "invalid device ordinal",
}  # fmt: skip
#: CUDA's version and the newest PTX that it takes.
PTX_OF = {11040: (7, 4), 11080: (7, 8), 12040: (8, 4), 12080: (8, 7), 13000: (9, 0)}

HANDLE, OUT = c_void_p, POINTER(c_void_p)
PROTOTYPES: dict[str, tuple[Any, ...]] = {
    "cuInit": (c_uint,),
    "cuDriverGetVersion": (POINTER(c_int),),
    "cuDeviceGetCount": (POINTER(c_int),),
    "cuDeviceGet": (POINTER(c_int), c_int),
    "cuDeviceGetName": (c_void_p, c_int, c_int),
    "cuDeviceGetAttribute": (POINTER(c_int), c_int, c_int),
    "cuDevicePrimaryCtxRetain": (OUT, c_int),
    "cuCtxSetCurrent": (HANDLE,),
    "cuStreamCreate": (OUT, c_uint),
    "cuStreamSynchronize": (HANDLE,),
    "cuStreamDestroy_v2": (HANDLE,),
    "cuModuleLoadDataEx": (OUT, c_char_p, c_uint, POINTER(c_int), POINTER(c_void_p)),
    "cuModuleUnload": (HANDLE,),
    "cuModuleGetFunction": (OUT, HANDLE, c_char_p),
    "cuMemGetInfo_v2": (POINTER(c_size_t), POINTER(c_size_t)),
    "cuMemAlloc_v2": (POINTER(c_ulonglong), c_size_t),
    "cuMemFree_v2": (c_ulonglong,),
    "cuMemsetD8Async": (c_ulonglong, c_ubyte, c_size_t, HANDLE),
    "cuMemcpyHtoDAsync_v2": (c_ulonglong, c_void_p, c_size_t, HANDLE),
    "cuMemcpyDtoHAsync_v2": (c_void_p, c_ulonglong, c_size_t, HANDLE),
    "cuLaunchKernel": (HANDLE, *[c_uint] * 7, HANDLE, POINTER(c_void_p), POINTER(c_void_p)),
    "cuStreamBeginCapture_v2": (HANDLE, c_int),
    "cuStreamEndCapture": (HANDLE, OUT),
    "cuGraphInstantiateWithFlags": (OUT, HANDLE, c_ulonglong),
    "cuGraphLaunch": (HANDLE, HANDLE),
    "cuGraphExecDestroy": (HANDLE,),
    "cuGraphDestroy": (HANDLE,),
    "cuGetErrorString": (c_int, POINTER(c_char_p)),
}  # fmt: skip
_BEFORE_INIT = {"cuInit", "cuDriverGetVersion", "cuGetErrorString"}
_NEED_NO_CONTEXT = _BEFORE_INIT | {n for n in PROTOTYPES if n.startswith("cuDevice")} | {"cuCtxSetCurrent"}
_ALLOWED_IN_CAPTURE = {
    "cuLaunchKernel",
    "cuMemsetD8Async",
    "cuStreamEndCapture",
    "cuGetErrorString",
    "cuModuleGetFunction",
}


class Failed(Exception):
    """An error code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def require(condition: object, code: int = INVALID_VALUE) -> None:
    """Fail with a code."""
    if not condition:
        raise Failed(code)


class PretendedDriver:
    """A library: its functions are attributes that can be called through ctypes.

    Attributes
    ----------
    count, capability, version, capacity : numbers of the device: how many, which, the driver's version, bytes
    broken : list of str
        What a program did that is wrong for certain: exceptions, and why a kernel failed.
    calls : dict of str to int
    """

    def __init__(
        self, count: int = 1, capability: tuple[int, int] = (9, 0), version: int = 12080, capacity: int = 1 << 30
    ) -> None:
        self.count, self.capability, self.version, self.capacity = count, capability, version, capacity
        self.memory = GlobalMemory()
        self.broken: list[str] = []
        self.calls: dict[str, int] = dict.fromkeys(PROTOTYPES, 0)
        self.handles: dict[int, tuple[str, Any]] = {}
        self.native: dict[str, Any] | None = None
        self.checked = True
        self.refused: dict[str, int] = {}
        self.records_kernels = True
        self.ptx = ""
        self._next, self._sticky, self._initialised = 0x1000, 0, False
        self._context: int | None = None
        self._current = threading.local()
        self._lock = threading.RLock()
        self._texts = {code: text.encode() for code, text in _TEXTS.items()}
        for name, arguments in PROTOTYPES.items():
            setattr(self, name, ctypes.CFUNCTYPE(c_int, *arguments)(self._entry(name)))

    def _entry(self, name: str) -> Any:
        """Return a function of the library, whose Python exceptions become errors of the driver."""
        function = getattr(self, "_" + name.removesuffix("_v2"))

        def entry(*arguments: Any) -> int:
            with self._lock:
                self.calls[name] += 1
                try:
                    self._check(name)
                    function(*arguments)
                except Failed as error:
                    return error.code
                except PtxFault as error:
                    self.broken.append(f"{name}: {error}")
                    self._sticky = ILLEGAL_ADDRESS
                    return ILLEGAL_ADDRESS
                except Exception:  # noqa: BLE001 - C knows no exceptions
                    self.broken.append(f"{name}: {traceback.format_exc()}")
                    return 999
                return SUCCESS

        return entry

    def _check(self, name: str) -> None:
        require(name not in self.refused, self.refused.get(name, 0))
        require(self._initialised or name in _BEFORE_INIT, NOT_INITIALIZED)
        require(not self._sticky or name == "cuGetErrorString", self._sticky)
        if name not in _NEED_NO_CONTEXT:
            require(getattr(self._current, "context", None) is not None, INVALID_CONTEXT)
        if self.capturing and name not in _ALLOWED_IN_CAPTURE:
            self.broken.append(f"{name} while a stream is captured")
            raise Failed(CAPTURE_UNSUPPORTED)

    # Handles ----------------------------------------------------------------------------------

    def _new(self, kind: str, value: Any) -> int:
        self._next += 16
        self.handles[self._next] = kind, value
        return self._next

    def _get(self, kind: str, handle: int | None) -> Any:
        found = self.handles.get(handle or 0)
        if found is None or found[0] != kind:
            self.broken.append(f"{handle} is no {kind}")
            raise Failed(INVALID_HANDLE)
        return found[1]

    def _drop(self, kind: str, handle: int | None) -> Any:
        found = self._get(kind, handle)
        del self.handles[handle or 0]
        return found

    def alive(self) -> list[str]:
        """What has not been given back: kinds of handles, and "memory" for each allocation."""
        kinds = [kind for kind, _ in self.handles.values() if kind not in ("context", "function", "module")]
        own = {base for kind, value in self.handles.values() if kind == "module" for base in value.symbols.values()}
        return kinds + ["memory" for base in self.memory.regions if base not in own]

    @property
    def capturing(self) -> bool:
        """Whether a stream is captured."""
        return any(kind == "stream" and value["captured"] is not None for kind, value in self.handles.values())

    # The driver's functions -------------------------------------------------------------------

    def _cuInit(self, flags: int) -> None:
        require(flags == 0)
        require(self.count, NO_DEVICE)
        self._initialised = True

    def _cuDriverGetVersion(self, out: Any) -> None:
        out[0] = self.version

    def _cuDeviceGetCount(self, out: Any) -> None:
        out[0] = self.count

    def _cuDeviceGet(self, out: Any, number: int) -> None:
        require(0 <= number < self.count, INVALID_DEVICE)
        out[0] = number + 7

    def _device(self, device: int) -> None:
        require(7 <= device < 7 + self.count, INVALID_DEVICE)

    def _cuDeviceGetName(self, out: int, length: int, device: int) -> None:
        self._device(device)
        text = b"Pretended device\0"
        require(length >= len(text))
        ctypes.memmove(out, text, len(text))

    def _cuDeviceGetAttribute(self, out: Any, attribute: int, device: int) -> None:
        self._device(device)
        known = {75: self.capability[0], 76: self.capability[1], 36: 2_619_000, 37: 5120}
        require(attribute in known)
        out[0] = known[attribute]

    def _cuDevicePrimaryCtxRetain(self, out: Any, device: int) -> None:
        self._device(device)
        if self._context is None:
            self._context = self._new("context", device)
        out[0] = self._context

    def _cuCtxSetCurrent(self, context: int | None) -> None:
        if context is not None:
            self._get("context", context)
        self._current.context = context

    def _cuMemGetInfo(self, free: Any, total: Any) -> None:
        free[0], total[0] = self.capacity - self._used(), self.capacity

    def _used(self) -> int:
        return sum(region.size for region in self.memory.regions.values())

    def _cuMemAlloc(self, out: Any, size: int) -> None:
        require(size > 0)
        require(self._used() + size <= self.capacity, OUT_OF_MEMORY)
        region = self.memory.allocate(size, f"memory of {size} bytes")
        region.data[:] = 0xFF  # nobody may count on zeros: these are numbers that are none
        out[0] = region.base

    def _cuMemFree(self, address: int) -> None:
        if address not in self.memory.regions:
            self.broken.append(f"{address:#x} is freed, but was not allocated")
            raise Failed(INVALID_VALUE)
        del self.memory.regions[address]

    # Streams: what is queued happens when somebody waits.

    def _cuStreamCreate(self, out: Any, flags: int) -> None:
        require(flags in (0, 1))
        out[0] = self._new("stream", {"queue": [], "captured": None})

    def _queue(self, stream: int | None, action: Any) -> None:
        found = self._get("stream", stream)
        (found["queue"] if found["captured"] is None else found["captured"]).append(action)

    def _cuStreamSynchronize(self, stream: int | None) -> None:
        queue = self._get("stream", stream)["queue"]
        require(self._sticky == 0, self._sticky)
        while queue:
            try:
                queue.pop(0)()
            except Exception as error:
                queue.clear()  # nothing of it happens any more
                self._sticky = ILLEGAL_ADDRESS if isinstance(error, PtxFault) else 999
                raise

    def _cuStreamDestroy(self, stream: int | None) -> None:
        if self._get("stream", stream)["queue"]:
            self.broken.append("a stream is destroyed before anybody has waited for it")
        self._drop("stream", stream)

    def _bytes(self, address: int, size: int) -> Any:
        region = self.memory.find(address, size)
        return region.data[address - region.base : address - region.base + size]

    def _cuMemsetD8Async(self, address: int, value: int, size: int, stream: int | None) -> None:
        self._bytes(address, size)
        self._queue(stream, lambda: self._bytes(address, size).fill(value))

    def _cuMemcpyHtoDAsync(self, target: int, source: int, size: int, stream: int | None) -> None:
        require(source and size)
        self._bytes(target, size)
        self._queue(stream, lambda: ctypes.memmove(self._bytes(target, size).ctypes.data, source, size))

    def _cuMemcpyDtoHAsync(self, target: int, source: int, size: int, stream: int | None) -> None:
        require(target and size)
        self._bytes(source, size)
        self._queue(stream, lambda: ctypes.memmove(target, self._bytes(source, size).ctypes.data, size))

    # Modules

    def _cuModuleLoadDataEx(self, out: Any, image: bytes, count: int, options: Any, values: Any) -> None:
        given = {options[i]: values[i] for i in range(count)}
        require(set(given) <= {3, 4, 5, 6})  # the logs: where, and how long
        self.ptx = image.decode()
        try:
            program = PtxProgram(self.ptx, self.memory, self.checked)
        except ValueError as error:
            text = f"ptxas: {error}".encode()[: int(given[6]) - 1] + b"\0"
            ctypes.memmove(given[5], text, len(text))
            raise Failed(INVALID_PTX) from None
        require(program.module.version <= PTX_OF[self.version], UNSUPPORTED_PTX)
        require(int(program.module.target.removeprefix("sm_")) <= 10 * self.capability[0] + self.capability[1], 209)
        out[0] = self._new("module", program)

    def _cuModuleUnload(self, module: int | None) -> None:
        program = self._drop("module", module)
        for base in program.symbols.values():
            self.memory.regions.pop(base, None)
        self.handles = {k: v for k, v in self.handles.items() if v[0] != "function" or v[1][0] is not program}

    def _cuModuleGetFunction(self, out: Any, module: int | None, name: bytes) -> None:
        program = self._get("module", module)
        try:
            routine = program.entry(name.decode())
        except KeyError:
            raise Failed(NOT_FOUND) from None
        out[0] = self._new("function", (program, routine))

    def _cuLaunchKernel(
        self, function: int | None, gx: int, gy: int, gz: int, bx: int, by: int, bz: int, shared: int,
        stream: int | None, parameters: Any, extra: Any,
    ) -> None:  # fmt: skip
        program, routine = self._get("function", function)
        require(self.records_kernels or not self.capturing, CAPTURE_UNSUPPORTED)
        require(1 <= gx < 2**31 and 1 <= gy <= 65535 and 1 <= gz <= 65535)
        require(1 <= bx <= 1024 and 1 <= by <= 1024 and 1 <= bz <= 64 and bx * by * bz <= 1024)
        require((gy, gz, by, bz, shared) == (1, 1, 1, 1, 0) and not extra)
        require(routine.threads is None or bx <= routine.threads)
        # Parameters are copied now, each as many bytes as the kernel says.
        sizes = [size for _, size in routine.parameters]
        values = [int.from_bytes(ctypes.string_at(parameters[i], size), "little") for i, size in enumerate(sizes)]
        for value in values:
            require(self.memory.find(value).base == value)

        def run() -> None:
            if self.native is None:
                program.launch(routine.name, gx, bx, values)
            else:
                places = [self.memory.regions[value].data.ctypes.data for value in values]
                self.native[routine.name](gx, bx, self._shared.ctypes.data, *places)

        self._queue(stream, run)

    _shared = np.zeros(1 << 13)

    # Graphs

    def _cuStreamBeginCapture(self, stream: int | None, mode: int) -> None:
        require(mode in (0, 1, 2))
        found = self._get("stream", stream)
        require(found["captured"] is None, CAPTURE_UNSUPPORTED)
        found["captured"] = []

    def _cuStreamEndCapture(self, stream: int | None, out: Any) -> None:
        found = self._get("stream", stream)
        require(found["captured"] is not None, CAPTURE_UNSUPPORTED)
        captured, found["captured"] = found["captured"], None
        out[0] = self._new("graph", captured)

    def _cuGraphInstantiateWithFlags(self, out: Any, graph: int | None, flags: int) -> None:
        require(flags == 0)
        out[0] = self._new("executable graph", list(self._get("graph", graph)))

    def _cuGraphLaunch(self, executable: int | None, stream: int | None) -> None:
        for action in self._get("executable graph", executable):
            self._queue(stream, action)

    def _cuGraphExecDestroy(self, executable: int | None) -> None:
        self._drop("executable graph", executable)

    def _cuGraphDestroy(self, graph: int | None) -> None:
        self._drop("graph", graph)

    def _cuGetErrorString(self, code: int, out: Any) -> None:
        out[0] = self._texts.setdefault(code, b"pretended error")


_KINDS = {0x6A: ("<f8", True), 0x6C: ("<f8", False), 0x2A: ("<f4", True), 0x2C: ("<f4", False)}


class PretendedFourier:
    """cuFFT's functions on a pretended driver, with the prototypes of ``cufft.h``."""

    def __init__(self, driver: PretendedDriver) -> None:
        self.driver, self.plans = driver, {}
        self.work_area = 4096
        whole = POINTER(c_int)
        kinds = {
            "cufftPlanMany": (whole, c_int, whole, whole, c_int, c_int, whole, c_int, c_int, c_int, c_int),
            "cufftSetStream": (c_int, c_void_p),
            "cufftDestroy": (c_int,),
            **{f"cufftExec{end}": (c_int, c_void_p, c_void_p) for end in ("D2Z", "Z2D", "R2C", "C2R")},
        }  # fmt: skip
        for name, arguments in kinds.items():
            setattr(self, name, ctypes.CFUNCTYPE(c_int, *arguments)(self._entry(name)))

    def _entry(self, name: str) -> Any:
        function = getattr(self, "_" + name, None) or (lambda *a: self._run(name, *a))

        def entry(*arguments: Any) -> int:
            try:
                require(getattr(self.driver._current, "context", None) is not None, 5)
                function(*arguments)
            except Failed as error:
                return error.code
            except Exception:  # noqa: BLE001 - C knows no exceptions
                self.driver.broken.append(f"{name}: {traceback.format_exc()}")
                return 5
            return 0

        return entry

    def _cufftPlanMany(
        self, out: Any, rank: int, n: Any, inembed: Any, istride: int, idist: int, onembed: Any, ostride: int,
        odist: int, kind: int, batch: int,
    ) -> None:  # fmt: skip
        require(1 <= rank <= 3 and not inembed and not onembed and batch > 0 and kind in _KINDS, 4)
        if self.driver.capturing:
            raise AssertionError("a plan is made while a stream is captured")
        require(self.driver._used() + self.work_area <= self.driver.capacity, 2)
        area = self.driver.memory.allocate(self.work_area, "cuFFT's work area")
        number = len(self.plans) + 1
        self.plans[number] = {
            "shape": tuple(n[i] for i in range(rank)),
            "kind": kind,
            "batch": batch,
            "area": area.base,
            "used": False,
        }
        out[0] = number

    def _cufftSetStream(self, plan: int, stream: int | None) -> None:
        self.driver._get("stream", stream)
        require(plan in self.plans, 1)
        self.plans[plan]["stream"] = stream

    def _cufftDestroy(self, plan: int) -> None:
        require(plan in self.plans, 1)
        del self.driver.memory.regions[self.plans.pop(plan)["area"]]

    def _run(self, name: str, plan: int, source: int, target: int) -> None:
        require(plan in self.plans, 1)
        found = self.plans[plan]
        real, forward = _KINDS[found["kind"]]
        names = {("<f8", True): "D2Z", ("<f8", False): "Z2D", ("<f4", True): "R2C", ("<f4", False): "C2R"}
        require(name == "cufftExec" + names[real, forward], 4)
        if self.driver.capturing and not found["used"]:
            raise AssertionError("the first transform of a plan, which loads kernels, while a stream is captured")
        found["used"] = True
        shape, batch = found["shape"], found["batch"]
        half = (*shape[:-1], shape[-1] // 2 + 1)
        size = np.dtype(real).itemsize
        grids, modes = batch * int(np.prod(shape)) * size, 2 * batch * int(np.prod(half)) * size
        first, second = (source, target) if forward else (target, source)
        require(second % (2 * size) == 0 and first % size == 0, 4)
        axes = tuple(range(1, len(shape) + 1))

        def run() -> None:
            fields = self.driver._bytes(first, grids).view(real).reshape(batch, *shape)
            waves = self.driver._bytes(second, modes).view(f"<c{2 * size}").reshape(batch, *half)
            if forward:
                waves[...] = np.fft.rfftn(fields, axes=axes)
            else:
                fields[...] = np.fft.irfftn(waves, shape, axes=axes, norm="forward")
                waves[...] = np.nan  # transforms back lose what they begin with

        self.driver._queue(found["stream"], run)
