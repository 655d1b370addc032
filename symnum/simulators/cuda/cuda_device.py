"""A CUDA device with a context of this process."""

import ctypes
import functools
import weakref
from collections.abc import Callable, Mapping
from typing import Any

from codegen.cuda.module import KernelModule
from codegen.cuda.ptx import make_ptx
from symnum.errors import MissingDeviceError
from symnum.simulators.cuda.cuda_memory import CudaMemory
from symnum.simulators.cuda.driver import Driver, load_driver

__all__ = ["CudaDevice", "first_device"]

_MAJOR, _MINOR = 75, 76  # attributes of a device: its compute capability
_CLOCK, _WIDTH = 36, 37  # of its memory: kHz, bits
# Architectures for which PTX is made. Devices between them, and newer ones, take that of the next older; it wants no
# newer driver than the first that knew the architecture.
_ARCHITECTURES = (50, 52, 53, 60, 61, 62, 70, 72, 75, 80, 86, 87, 89, 90, 100, 120)


@functools.cache
def first_device() -> "CudaDevice":
    """Return the first device; ``CUDA_VISIBLE_DEVICES`` says which that is.

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
    """A device with its primary context, which other libraries of this process share.

    Attributes
    ----------
    name : str
    architecture : str
        For which PTX is made: "sm_90", say.
    driver_version : str
        The CUDA version up to which the driver knows everything.
    """

    simulated = False

    def __init__(self, driver: Driver, number: int) -> None:
        self.driver, self._number = driver, number
        name = ctypes.create_string_buffer(256)
        driver.call("cuDeviceGetName", name, len(name), number)
        self.name = name.value.decode(errors="replace")
        capability = 10 * self._attribute(_MAJOR) + self._attribute(_MINOR)
        known = [a for a in _ARCHITECTURES if a <= capability]
        if not known:
            raise MissingDeviceError(f"{self.name} is too old: PTX is made for compute capability 5.0 and newer.")
        self.architecture = f"sm_{known[-1]}"
        version = driver.handle("cuDriverGetVersion", kind=ctypes.c_int)
        self.driver_version = f"{version // 1000}.{version % 1000 // 10}"
        self._codes: weakref.WeakKeyDictionary[KernelModule, Any] = weakref.WeakKeyDictionary()
        self._retired: list[Any] = []
        self.context = driver.handle("cuDevicePrimaryCtxRetain", number)

    def _attribute(self, number: int) -> int:
        return int(self.driver.handle("cuDeviceGetAttribute", number, self._number, kind=ctypes.c_int))

    @property
    def bandwidth(self) -> float | None:
        """Bytes per second that the clock and the width of the memory's bus promise; None if the driver is silent."""
        found = 2.0 * 1e3 * self._attribute(_CLOCK) * self._attribute(_WIDTH) / 8.0  # two transfers per cycle
        return found or None

    def machine_code(self, module: KernelModule, load: Callable[[str], Any]) -> Any:
        """Return the module's machine code, which is made once and stays on the device as long as the module lives."""
        if module not in self._codes:
            code = self._codes[module] = load(make_ptx(module, self.architecture))
            # Whenever that is: perhaps in another thread, so that it can only be noted.
            weakref.finalize(module, self._retired.append, code).atexit = False
        return self._codes[module]

    def load(self, module: KernelModule, buffers: Mapping[str, tuple[int, Any]]) -> CudaMemory:
        """Compile and load a module, with buffers of so many elements of a type, all zero."""
        self.driver.call("cuCtxSetCurrent", self.context)
        while self._retired:
            self.driver.call("cuModuleUnload", self._retired.pop())
        return CudaMemory(self.driver, self.machine_code, module, buffers)
