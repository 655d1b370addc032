"""LLVM text to PTX, and PTX to machine code of a device."""

import functools
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm

from codegen.cache import cache_key, code_version, load_entry, store_entry
from codegen.cuda.libdevice import find_assembler, find_libdevice
from codegen.cuda.module import DEVICE_TRIPLE, KernelModule
from codegen.native import machine_identity
from symnum.errors import CompilationError, MissingDependencyError

__all__ = ["ASSUMED", "Assembled", "assemble", "make_ptx"]

#: The architecture for which PTX is made where no device says another. Newer devices take it too.
ASSUMED = "sm_80"


@functools.cache
def _initialize() -> None:
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()


def _machine(architecture: str) -> Any:
    _initialize()
    target = llvm.Target.from_triple(DEVICE_TRIPLE)
    return target.create_target_machine(cpu=architecture, opt=3)


def make_ptx(module: KernelModule, architecture: str = ASSUMED) -> str:
    """Return the PTX of a module, from the cache of kernels if it is there.

    Parameters
    ----------
    module : KernelModule
    architecture : str
        Of the device: "sm_80", "sm_90", ...

    Raises
    ------
    MissingDependencyError
        If functions such as exp are needed and libdevice is not installed.
    CompilationError
        If LLVM refuses the module.
    """
    text = module.device_text()
    library = str(find_libdevice()) if module.functions else ""
    key = cache_key(code_version(), machine_identity(), "ptx", architecture, library, text)
    known = load_entry(key)
    if known is not None:
        return known[1].decode()
    ptx = _translated(module, text, architecture)
    store_entry(key, {"architecture": architecture}, ptx.encode())
    return ptx


def _translated(module: KernelModule, text: str, architecture: str) -> str:
    try:
        machine = _machine(architecture)
        context = llvm.create_context()
        device = llvm.parse_assembly(text, context=context)
        device.data_layout = str(machine.target_data)
        if module.functions:
            _link_libdevice(device, module, context)
        options = llvm.create_pipeline_tuning_options(speed_level=3)
        builder = llvm.create_pass_builder(machine, options)
        builder.getModulePassManager().run(device, builder)
        return str(machine.emit_assembly(device))
    except RuntimeError as error:
        raise CompilationError(f"LLVM refused device code: {str(error)[:500]}") from error


def _link_libdevice(device: Any, module: KernelModule, context: Any) -> None:
    path = find_libdevice()
    if path is None:
        raise MissingDependencyError(
            f"{', '.join(module.functions)}: on a device these functions come from NVIDIA's libdevice, which is not "
            'installed; install the extra "cuda" (pip install "symnum-modeling[cuda]"), or set CUDA_HOME to a toolkit.'
        )
    library = llvm.parse_bitcode(path.read_bytes(), context=context)
    library.triple, library.data_layout = device.triple, device.data_layout
    own = {function.name for function in device.functions if not function.is_declaration}
    device.link_in(library)
    for function in device.functions:
        if not function.is_declaration and function.name not in own:
            function.linkage = "internal"


@dataclass(frozen=True)
class Assembled:
    """Machine code of a device, and what the assembler said of it: registers and spills of each kernel."""

    code: bytes
    report: str


def assemble(ptx: str, architecture: str = ASSUMED) -> Assembled:
    """Assemble PTX without a device.

    Raises
    ------
    MissingDependencyError
        If ``ptxas`` is not installed.
    CompilationError
        If it refuses the text.
    """
    path = find_assembler()
    if path is None:
        raise MissingDependencyError('ptxas is not installed; install the extra "cuda", or set CUDA_HOME to a toolkit.')
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "kernels.ptx", Path(folder) / "kernels.cubin"
        source.write_text(ptx)
        command = [str(path), f"-arch={architecture}", "-v", str(source), "-o", str(target)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the toolkit's own program
        if done.returncode:
            raise CompilationError(f"ptxas refused generated code: {done.stderr.strip()[:500]}")
        return Assembled(target.read_bytes(), done.stderr)
