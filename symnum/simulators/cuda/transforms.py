"""Fourier transforms on a device, by cuFFT through ctypes: a few functions of a library that CUDA toolkits bring."""

import ctypes
import functools
import importlib.util
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from symnum.errors import DeviceError, DeviceMemoryError, MissingDependencyError
from symnum.simulators.cuda.device import Fourier
from symnum.simulators.cuda.driver import Driver

__all__ = ["CudaTransform", "load_cufft"]

# Of CUDA 13, of CUDA 12 (and 11.8, with 10), and whatever is linked to.
_NAMES = (
    "libcufft.so.12", "libcufft.so.11", "libcufft.so.10", "libcufft.so",
    "cufft64_12.dll", "cufft64_11.dll", "cufft64_10.dll",
)  # fmt: skip
# Where wheels have it: cufft/lib of CUDA 12, cu13/lib of CUDA 13; under Windows in bin, in a folder for the processor.
_WHEELS = ("*/lib/libcufft.so.*", "*/bin/cufft64_*.dll", "*/bin/x86_64/cufft64_*.dll")
# Kinds of transforms: real to complex and back, in both precisions.
_KINDS = {8: (0x6A, 0x6C, "cufftExecD2Z", "cufftExecZ2D"), 4: (0x2A, 0x2C, "cufftExecR2C", "cufftExecC2R")}
_ALLOCATION_FAILED = 2
# Versions of the driver that versions of the library need at least.
_NEEDED = {"12": 13000, "11": 12000}


class _Stream(Protocol):
    driver: Driver
    stream: Any

    @property
    def modes(self) -> tuple[int, "np.dtype[Any]"]: ...


@functools.cache
def load_cufft(version: int) -> Any:
    """Return NVIDIA's library of Fourier transforms.

    Parameters
    ----------
    version : int
        The driver's: 12080 for CUDA 12.8. A library of a newer major version would not run.

    Raises
    ------
    MissingDependencyError
        If it is not installed.
    """
    spec = importlib.util.find_spec("nvidia")
    places = [Path(p) for p in (spec.submodule_search_locations or ())] if spec is not None else []
    names = [str(f) for p in places for pattern in _WHEELS for f in sorted(p.glob(pattern), reverse=True)] + list(
        _NAMES
    )
    for name in names:
        if version < _NEEDED.get(Path(name).name.removesuffix(".dll").replace("_", ".").split(".")[-1], 0):
            continue
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        return declared(library)
    raise MissingDependencyError(
        "exponential time differencing on a device needs NVIDIA's cuFFT, which is not installed; it comes with CUDA "
        "toolkits and as the packages nvidia-cufft-cu12 (for drivers of CUDA 12) and nvidia-cufft (13)."
    )


def declared(library: Any) -> Any:
    """Tell ctypes the prototypes of ``cufft.h``; return the library."""
    whole = ctypes.POINTER(ctypes.c_int)
    library.cufftPlanMany.argtypes = [
        whole, ctypes.c_int, whole, whole, ctypes.c_int, ctypes.c_int, whole, ctypes.c_int, ctypes.c_int,
        ctypes.c_int, ctypes.c_int,
    ]  # fmt: skip
    library.cufftSetStream.argtypes = [ctypes.c_int, ctypes.c_void_p]
    library.cufftDestroy.argtypes = [ctypes.c_int]
    for _, _, forward, backward in _KINDS.values():
        for function in (forward, backward):
            getattr(library, function).argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
    return library


class CudaTransform:
    """Transforms of several real grids, there and back."""

    def __init__(self, memory: _Stream, shape: tuple[int, ...], count: int) -> None:
        self._memory = memory
        self._library = load_cufft(memory.driver.handle("cuDriverGetVersion", kind=ctypes.c_int))
        self._size = memory.modes[1].itemsize
        kinds = _KINDS[self._size]
        self._plans: list[int] = []
        for kind in kinds[:2]:
            self._plan(shape, count, kind)
        self._forward, self._backward = (getattr(self._library, name) for name in kinds[2:])

    def _plan(self, shape: tuple[int, ...], count: int, kind: int) -> None:
        """Make a plan of grids one after the other without gaps, which is what no embedding means."""
        plan = ctypes.c_int()
        n = (ctypes.c_int * len(shape))(*shape)
        code = self._library.cufftPlanMany(ctypes.byref(plan), len(shape), n, None, 1, 0, None, 1, 0, kind, count)
        if code == 0:
            self._plans.append(plan.value)
            code = self._library.cufftSetStream(plan.value, self._memory.stream)
        if code:
            self.close()
            what = f"{count} grids of shape {shape}"
            if code == _ALLOCATION_FAILED:
                raise DeviceMemoryError(f'cuFFT finds no room on the device to transform {what}; try dtype="float32".')
            raise DeviceError(f"cuFFT cannot transform {what} (error {code}).")

    def close(self) -> None:
        """Give back the plans, which hold memory."""
        while self._plans:
            self._library.cufftDestroy(self._plans.pop())

    def run(self, item: Fourier) -> None:
        """Queue a transform."""
        (self.forward if item.is_forward else self.backward)(item.source, item.target)

    def forward(self, source: int, target: int) -> None:
        """Queue the transform of real grids."""
        self._run(self._forward, self._plans[0], source, target)

    def backward(self, source: int, target: int) -> None:
        """Queue the inverse, without dividing by the number of elements."""
        self._run(self._backward, self._plans[1], source, target)

    def _run(self, function: Any, plan: int, source: int, target: int) -> None:
        start = self._memory.modes[0]
        code = function(plan, start + source * self._size, start + target * self._size)
        if code:
            raise DeviceError(f"cuFFT failed (error {code}).")
