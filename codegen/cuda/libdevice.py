"""NVIDIA's library of functions for devices, and its assembler: where they are, if they are installed."""

import functools
import importlib.util
import os
import shutil
import sys
from pathlib import Path

__all__ = ["find_assembler", "find_libdevice"]

# What the wheels of NVIDIA's compiler are called inside, and where they and a toolkit keep the files.
_WHEELS = ("cuda_nvcc", "cu13", "cu12")
_LIBDEVICE = "nvvm/libdevice/libdevice.10.bc"
_ASSEMBLERS = ("bin/ptxas", "bin/ptxas.exe")


@functools.cache
def _roots() -> tuple[Path, ...]:
    """Folders in which a toolkit may lie, the one that is named first."""
    roots = [Path(value) for name in ("CUDA_HOME", "CUDA_PATH") if (value := os.environ.get(name))]
    spec = importlib.util.find_spec("nvidia")
    for place in (spec.submodule_search_locations or ()) if spec is not None else ():
        roots += [Path(place) / name for name in _WHEELS]
    for folder in ("/usr/local", "/opt"):
        roots += sorted(Path(folder).glob("cuda*"), reverse=True)
    # A conda environment, with the files at its top (under Windows in Library), and Debian's package.
    roots += [Path(sys.prefix), Path(sys.prefix) / "Library", Path("/usr/lib/cuda")]
    return tuple(roots)


@functools.cache
def find_libdevice() -> Path | None:
    """Return the path of ``libdevice.10.bc``, or None."""
    return next((root / _LIBDEVICE for root in _roots() if (root / _LIBDEVICE).is_file()), None)


@functools.cache
def find_assembler() -> Path | None:
    """Return the path of ``ptxas``, or None."""
    for root in _roots():
        for name in _ASSEMBLERS:
            if (root / name).is_file():
                return root / name
    found = shutil.which("ptxas")
    return None if found is None else Path(found)
