"""Versions, processor, caches, devices and extras: what ``symnum info`` says and a bug report needs."""

import os
import platform
import sys
from ctypes.util import find_library
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

__all__ = ["information"]

_REQUIRED = ("numpy", "scipy", "sympy", "llvmlite")

# Extra -> (distribution, module) of what it brings.
_EXTRAS = {
    "plot": (("matplotlib", "matplotlib"),),
    "dataframe": (("pandas", "pandas"),),
    "fields": (
        ("xarray", "xarray"),
        ("zarr", "zarr"),
        ("h5py", "h5py"),
        ("h5netcdf", "h5netcdf"),
        ("imageio-ffmpeg", "imageio_ffmpeg"),
    ),
    "cuda": (("nvidia-cuda-nvcc-cu12", "nvidia"),),
    "numba": (("numba", "numba"),),
    "symengine": (("symengine", "symengine"),),
    "flint": (("python-flint", "flint"),),
    "egraph": (("egglog", "egglog"),),
    "bench": (("symengine", "symengine"), ("casadi", "casadi"), ("scikit-sundae", "sksundae")),
    "docs": (
        ("sphinx", "sphinx"),
        ("furo", "furo"),
        ("myst-parser", "myst_parser"),
        ("numpydoc", "numpydoc"),
    ),
    "dev": (("pytest", "pytest"), ("hypothesis", "hypothesis"), ("ruff", "ruff"), ("mypy", "mypy")),
}

# Vector instructions that decide how fast a kernel can be.
_FEATURES = ("sse4.2", "avx", "fma", "avx2", "avx512f", "neon", "sve", "sve2")


def information() -> dict[str, dict[str, object]]:
    """Return what this installation is made of and where it keeps things.

    Returns
    -------
    dict of str to dict
        Sections ``versions``, ``processor``, ``cache``, ``devices`` and ``extras``; every value is a
        string or a number, so that the whole can be written as JSON.

    Examples
    --------
    >>> from symnum.simulators.information import information
    >>> sorted(information())
    ['cache', 'devices', 'extras', 'processor', 'versions']
    """
    return {
        "versions": _versions(),
        "processor": _processor(),
        "cache": _cache(),
        "devices": _devices(),
        "extras": {name: _extra(members) for name, members in _EXTRAS.items()},
    }


def _versions() -> dict[str, object]:
    import symnum

    found: dict[str, object] = {"symnum": symnum.__version__, "Python": platform.python_version()}
    return found | {name: _version(name) or "missing" for name in _REQUIRED}


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _processor() -> dict[str, object]:
    from codegen.native import cpu_name, machine_identity, triple

    affinity = getattr(os, "sched_getaffinity", None)
    usable = len(affinity(0)) if affinity is not None else os.cpu_count()
    enabled = set(machine_identity().rpartition(" ")[2].split(","))
    return {
        "name": cpu_name(),
        "features": " ".join(name for name in _FEATURES if f"+{name}" in enabled) or "none of note",
        "target": triple(),
        "usable cores": usable or 1,
        "platform": sys.platform,
    }


def _devices() -> dict[str, object]:
    """The first CUDA device, and what making code for one takes."""
    from codegen.cuda.libdevice import find_assembler, find_libdevice
    from symnum.errors import DeviceError
    from symnum.simulators.cuda.cuda_device import first_device

    try:
        name = first_device().name
    except DeviceError as error:
        name = f"none: {error}"
    return {
        "CUDA driver": find_library("cuda") or "not found",
        "CUDA device": name,
        "libdevice": str(find_libdevice() or "not found"),
        "ptxas": str(find_assembler() or "not found"),
    }


def _cache() -> dict[str, object]:
    from symnum.compiling.codestore import cache_root
    from symnum.display import format_bytes

    folder = cache_root()
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    chosen = "SYMNUM_CACHE_DIR" if os.environ.get("SYMNUM_CACHE_DIR") else "default"
    return {"folder": str(folder), "chosen by": chosen, "files": len(sizes), "size": format_bytes(sum(sizes))}


def _extra(members: tuple[tuple[str, str], ...]) -> str:
    """Return the versions of an extra's packages, without importing any of them."""
    return ", ".join(
        f"{distribution} {(_version(distribution) or '') if find_spec(module) else 'missing'}".strip()
        for distribution, module in members
    )
