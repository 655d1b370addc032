"""The functions of NVIDIA's driver library, which every machine with a device has, called through ctypes.

Prototypes are those of ``cuda.h``. The newest of them came with CUDA 11.4 (graphs with flags); their binary form does
not change afterwards, which is why no package that wraps them is needed.
"""

import ctypes
import functools
from typing import Any

from symnum.errors import DeviceError, DeviceMemoryError, MissingDeviceError

__all__ = ["Driver", "load_driver"]

# Under Windows' subsystem for Linux the library lies beside the system's own.
_LIBRARIES = ("libcuda.so.1", "libcuda.so", "/usr/lib/wsl/lib/libcuda.so.1", "nvcuda.dll")

_INT, _UINT, _SIZE, _ADDRESS = ctypes.c_int, ctypes.c_uint, ctypes.c_size_t, ctypes.c_uint64
_HANDLE, _HANDLES, _INTS = ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p), ctypes.POINTER(ctypes.c_int)
_SIZES = ctypes.POINTER(ctypes.c_size_t)

_FUNCTIONS: dict[str, tuple[Any, ...]] = {
    "cuInit": (_UINT,),
    "cuDriverGetVersion": (_INTS,),
    "cuDeviceGetCount": (_INTS,),
    "cuDeviceGet": (_INTS, _INT),
    "cuDeviceGetName": (ctypes.c_char_p, _INT, _INT),
    "cuDeviceGetAttribute": (_INTS, _INT, _INT),
    "cuDevicePrimaryCtxRetain": (_HANDLES, _INT),
    "cuCtxSetCurrent": (_HANDLE,),
    "cuStreamCreate": (_HANDLES, _UINT),
    "cuStreamSynchronize": (_HANDLE,),
    "cuStreamDestroy_v2": (_HANDLE,),
    "cuModuleLoadDataEx": (_HANDLES, ctypes.c_char_p, _UINT, _INTS, _HANDLES),
    "cuModuleUnload": (_HANDLE,),
    "cuModuleGetFunction": (_HANDLES, _HANDLE, ctypes.c_char_p),
    "cuMemGetInfo_v2": (_SIZES, _SIZES),
    "cuMemAlloc_v2": (ctypes.POINTER(_ADDRESS), _SIZE),
    "cuMemFree_v2": (_ADDRESS,),
    "cuMemsetD8Async": (_ADDRESS, ctypes.c_ubyte, _SIZE, _HANDLE),
    "cuMemcpyHtoDAsync_v2": (_ADDRESS, ctypes.c_void_p, _SIZE, _HANDLE),
    "cuMemcpyDtoHAsync_v2": (ctypes.c_void_p, _ADDRESS, _SIZE, _HANDLE),
    "cuLaunchKernel": (_HANDLE, *[_UINT] * 7, _HANDLE, _HANDLES, _HANDLES),
    "cuStreamBeginCapture_v2": (_HANDLE, _INT),
    "cuStreamEndCapture": (_HANDLE, _HANDLES),
    "cuGraphInstantiateWithFlags": (_HANDLES, _HANDLE, ctypes.c_ulonglong),
    "cuGraphLaunch": (_HANDLE, _HANDLE),
    "cuGraphExecDestroy": (_HANDLE,),
    "cuGraphDestroy": (_HANDLE,),
    "cuGetErrorString": (_INT, ctypes.POINTER(ctypes.c_char_p)),
}

# Codes that say that there is no device to work with, and what helps.
_OUT_OF_MEMORY = 2
_ABSENT = {
    3: "If this process was forked from one that used the device, start it anew (multiprocessing: spawn).",
    34: "This is a stub of the driver's library: put the real one first in the search path.",
    35: "Update the driver.",
    100: "See what nvidia-smi lists, and whether CUDA_VISIBLE_DEVICES hides it.",
    101: "See what nvidia-smi lists, and whether CUDA_VISIBLE_DEVICES hides it.",
    802: "The fabric manager of this machine has not started.",
    803: "The driver's library and its kernel module are of different versions: restart the machine.",
    804: "Forward compatibility is for data-centre devices only: remove that library, or update the driver.",
}
_HELP = {
    222: "The driver is older than the PTX that this device needs: update it.",
    700: "The device cannot be used by this process any more: start it anew.",
    719: "The device cannot be used by this process any more: start it anew.",
}


class Driver:
    """The driver's functions, with errors as exceptions.

    Parameters
    ----------
    library : ctypes.CDLL
        What has these functions.

    Raises
    ------
    AttributeError
        If it lacks one.
    """

    def __init__(self, library: Any) -> None:
        self._library = library
        for name, arguments in _FUNCTIONS.items():
            function = getattr(library, name)
            function.argtypes, function.restype = list(arguments), ctypes.c_int

    def code(self, name: str, *arguments: Any) -> int:
        """Call a function and return its error code, which is 0 where all is well."""
        return int(getattr(self._library, name)(*arguments))

    def call(self, name: str, *arguments: Any) -> None:
        """Call a function.

        Raises
        ------
        DeviceMemoryError
            If there is not enough memory on the device.
        MissingDeviceError
            If there is no device, or none that this driver can use.
        DeviceError
            With what the driver says, if it fails otherwise: perhaps in something that was queued before.
        """
        code = self.code(name, *arguments)
        if code:
            kind = (
                DeviceMemoryError if code == _OUT_OF_MEMORY else MissingDeviceError if code in _ABSENT else DeviceError
            )
            advice = _ABSENT.get(code) or _HELP.get(code)
            raise kind(f"{name} failed: {self._explain(code)} (error {code}).{f' {advice}' if advice else ''}")

    def _explain(self, code: int) -> str:
        text = ctypes.c_char_p()
        self._library.cuGetErrorString(code, ctypes.byref(text))
        return text.value.decode(errors="replace").rstrip(".") if text.value else "no explanation"

    def handle(self, name: str, *arguments: Any, kind: Any = ctypes.c_void_p) -> Any:
        """Call a function that returns a handle or a number through its first argument."""
        found = kind()
        self.call(name, ctypes.byref(found), *arguments)
        return found.value

    def free_memory(self) -> tuple[int, int]:
        """Return the free bytes of the device, and all of them."""
        free, total = ctypes.c_size_t(), ctypes.c_size_t()
        self.call("cuMemGetInfo_v2", ctypes.byref(free), ctypes.byref(total))
        return free.value, total.value


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
            raise MissingDeviceError(f"the driver on this machine is older than CUDA 11.4: {error}.") from None
    raise MissingDeviceError(f"NVIDIA's driver is not installed (no {_LIBRARIES[0]}).")
