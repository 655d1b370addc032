"""Fourier transforms on a device, by cuFFT through ctypes: three functions of a library that CUDA toolkits bring."""

import ctypes
import functools
import importlib.util
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from symnum.errors import MissingDependencyError, MissingDeviceError
from symnum.simulators.cuda.device import Fourier

__all__ = ["CudaTransform", "load_cufft"]

_NAMES = ("libcufft.so.12", "libcufft.so.11", "libcufft.so")
# Kinds of transforms: real to complex and back, in both precisions.
_KINDS = {8: (0x6A, 0x6C, "cufftExecD2Z", "cufftExecZ2D"), 4: (0x2A, 0x2C, "cufftExecR2C", "cufftExecC2R")}


class _Stream(Protocol):
    stream: Any

    @property
    def modes(self) -> tuple[int, "np.dtype[Any]"]: ...


@functools.cache
def load_cufft() -> Any:
    """Return NVIDIA's library of Fourier transforms.

    Raises
    ------
    MissingDependencyError
        If it is not installed.
    """
    spec = importlib.util.find_spec("nvidia")
    places = [Path(p) for p in (spec.submodule_search_locations or ())] if spec is not None else []
    names = list(_NAMES) + [str(found) for p in places for found in sorted(p.glob("*/lib/libcufft.so.*"))]
    for name in names:
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        whole = ctypes.POINTER(ctypes.c_int)
        library.cufftPlanMany.argtypes = [
            whole, ctypes.c_int, whole, whole, ctypes.c_int, ctypes.c_int, whole, ctypes.c_int, ctypes.c_int,
            ctypes.c_int, ctypes.c_int,
        ]  # fmt: skip
        library.cufftSetStream.argtypes = [ctypes.c_int, ctypes.c_void_p]
        for _, _, forward, backward in _KINDS.values():
            for function in (forward, backward):
                getattr(library, function).argtypes = [ctypes.c_int, ctypes.c_uint64, ctypes.c_uint64]
        return library
    raise MissingDependencyError(
        "exponential time differencing on a device needs NVIDIA's cuFFT, which is not installed; it comes with CUDA "
        "toolkits and as the package nvidia-cufft-cu12."
    )


class CudaTransform:
    """Transforms of several real grids, there and back."""

    def __init__(self, memory: _Stream, shape: tuple[int, ...], count: int) -> None:
        self._memory, self._library = memory, load_cufft()
        self._size = memory.modes[1].itemsize
        kinds = _KINDS[self._size]
        self._plans = [self._plan(shape, count, kind) for kind in kinds[:2]]
        self._forward, self._backward = (getattr(self._library, name) for name in kinds[2:])

    def _plan(self, shape: tuple[int, ...], count: int, kind: int) -> int:
        plan = ctypes.c_int()
        n = (ctypes.c_int * len(shape))(*shape)
        code = self._library.cufftPlanMany(ctypes.byref(plan), len(shape), n, None, 1, 0, None, 1, 0, kind, count)
        code = code or self._library.cufftSetStream(plan.value, self._memory.stream)
        if code:
            raise MissingDeviceError(f"cuFFT cannot transform {count} grids of shape {shape} (error {code}).")
        return plan.value

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
            raise MissingDeviceError(f"cuFFT failed (error {code}).")
