"""LLVM text to machine code, and machine code to callable addresses."""

import functools
import threading
from dataclasses import dataclass
from typing import Any

import llvmlite
import llvmlite.binding as llvm

from symnum.errors import CompilationError

__all__ = ["LoadedObject", "cpu_name", "machine_identity", "object_code", "triple"]

_LOCK = threading.RLock()


@functools.cache
def _initialize() -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    llvm.initialize_native_asmparser()


@functools.cache
def triple() -> str:
    """Return the target triple of this machine."""
    return str(llvm.get_process_triple())


@functools.cache
def cpu_name() -> str:
    """Return LLVM's name of this processor."""
    return str(llvm.get_host_cpu_name())


@functools.cache
def _features() -> str:
    return str(llvm.get_host_cpu_features().flatten())


@functools.cache
def machine_identity() -> str:
    """Return what object code depends on: LLVM version, triple, processor and its features."""
    version = ".".join(map(str, llvm.llvm_version_info))
    return f"llvmlite {llvmlite.__version__} llvm {version} {triple()} {cpu_name()} {_features()}"


def _target_machine(level: int, portable: bool = False) -> Any:
    _initialize()
    target = llvm.Target.from_default_triple()
    if portable:
        return target.create_target_machine(opt=level, reloc="pic", codemodel="small")
    return target.create_target_machine(
        cpu=cpu_name(), features=_features(), opt=level, reloc="pic", codemodel="default"
    )


def object_code(text: str, level: int = 1, portable: bool = False) -> bytes:
    """Compile LLVM text to a relocatable object.

    Parameters
    ----------
    text : str
        The module.
    level : int
        LLVM's code-generation level.
    portable : bool
        For any processor of this architecture instead of this very one.

    Raises
    ------
    CompilationError
        If LLVM refuses the text.
    """
    _initialize()
    try:
        # A context of its own: modules of other threads and of Numba are not touched.
        module = llvm.parse_assembly(text, context=llvm.create_context())
        return bytes(_target_machine(level, portable).emit_object(module))
    except RuntimeError as error:
        raise CompilationError(f"LLVM refused generated code: {str(error)[:500]}") from error


@functools.cache
def _host_context() -> Any:
    """Return the one context of all empty host modules, which is never disposed of.

    An engine owns its host module. If each had a context of its own, the garbage collector, which finalises
    a cycle in any order, could dispose of the context before the engine: a crash.
    """
    return llvm.create_context()


@dataclass(eq=False)
class LoadedObject:
    """Machine code in memory; addresses stay valid as long as this object lives."""

    engine: Any
    size: int

    @classmethod
    def load(cls, code: bytes) -> "LoadedObject":
        """Load object code.

        Raises
        ------
        CompilationError
            If it is not an object of this machine, or an external function is missing.
        """
        _initialize()
        with _LOCK:
            try:
                host = llvm.parse_assembly(f'target triple = "{triple()}"\n', context=_host_context())
                engine = llvm.create_mcjit_compiler(host, _target_machine(1))
                engine.add_object_file(llvm.ObjectFileRef.from_data(code))
                engine.finalize_object()
            except RuntimeError as error:
                raise CompilationError(f"Object code cannot be loaded: {str(error)[:500]}") from error
        return cls(engine, len(code))

    def address(self, name: str) -> int:
        """Return the address of a function.

        Raises
        ------
        CompilationError
            If the object does not contain it.
        """
        address = int(self.engine.get_function_address(name))
        if not address:
            raise CompilationError(f'The object contains no function "{name}".')
        return address
