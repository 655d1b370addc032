"""From a Python function to an object file with one entry point of the plain C convention, by Numba."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from llvmlite import ir
from numba import types
from numba.core.compiler_lock import global_compiler_lock
from numba.core.dispatcher import _FunctionCompiler  # type: ignore[attr-defined]
from numba.core.registry import cpu_target

from symnum.compiling.codestore import Entry
from symnum.compiling.numbalight import entry_compiler
from symnum.errors import CompilationError

__all__ = ["compile_entry"]


class _EntryCompiler(_FunctionCompiler):  # type: ignore[misc]
    """Numba's compiler without its wrappers; the library stays open for ours."""

    def _customize_flags(self, flags: Any) -> Any:
        flags.no_cpython_wrapper = True
        flags.no_cfunc_wrapper = True
        flags.no_compile = True
        flags.enable_pyobject = False
        return flags


def compile_entry(
    function: Callable[..., Any],
    signature: str,
    options: dict[str, Any],
    optimise: int = 3,
    plain: bool = False,
) -> Entry:
    """Compile a Python function.

    Parameters
    ----------
    function : callable
        Only numbers and pointers in, a number out.
    signature : str
        As in `compiled.CodePackage.compiled_callback`.
    options : dict
        Numba's options.
    optimise : int
        Level of the optimiser.
    plain : bool
        Whether the code is plain, see `compiled.CodePackage`.

    Returns
    -------
    Entry
        Object file and symbols.
    """
    result, arguments = _types_of(signature)
    cpu_target.typing_context.refresh()
    cpu_target.target_context.refresh()
    # Numba's own lock: its contexts are shared with the user's code.
    with global_compiler_lock, _uncollected():
        pipeline = entry_compiler(optimise, plain)
        made = _EntryCompiler(function, cpu_target, dict(options), {}, pipeline).compile(arguments, result)
        symbol = _add_entry_point(made)
        code = made.library._get_compiled_object()
        outside = [f.name for f in made.library._final_module.functions if f.is_declaration]
    return Entry(symbol, [name for name in outside if not name.startswith("llvm.")], code)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Pause the cyclic garbage collector, which takes a tenth of the compiler's time and finds nothing."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _types_of(signature: str) -> tuple[Any, tuple[Any, ...]]:
    """Return Numba's types of a signature's text."""
    result, _, rest = signature.partition("(")
    return _type_of(result), tuple(_type_of(a) for a in rest.rpartition(")")[0].split(",") if a.strip())


def _type_of(text: str) -> Any:
    known = {"int32": types.int32, "int64": types.int64, "float64": types.float64, "void": types.void}
    text = text.strip()
    inner = (
        text[len("CPointer(") : -1].strip() if text.startswith("CPointer(") and text.endswith(")") else text
    )
    if inner not in known:
        raise CompilationError(
            f'"{text}" cannot stand in a signature; use {", ".join(known)} or CPointer(...) of one'
        )
    return known[inner] if inner == text else types.CPointer(known[inner])


def _add_entry_point(made: Any) -> str:
    """Add a function of the plain C convention that calls the compiled one; return its symbol.

    Numba's own wrapper would pull in the Python interpreter to report exceptions, which solver code never raises.
    """
    context, descriptor, library = made.target_context, made.fndesc, made.library
    module = library.create_ir_module("entry")
    convention = context.call_conv
    callee_type = convention.get_function_type(descriptor.restype, descriptor.argtypes)
    callee = ir.Function(module, callee_type, descriptor.llvm_func_name)
    arguments = [context.get_value_type(t) for t in descriptor.argtypes]
    symbol = "symnum_" + "".join(c if c.isalnum() else "_" for c in descriptor.qualname)
    entry = ir.Function(
        module, ir.FunctionType(context.get_value_type(descriptor.restype), arguments), symbol
    )
    builder = ir.IRBuilder(entry.append_basic_block("entry"))
    _, out = convention.call_function(builder, callee, descriptor.restype, descriptor.argtypes, entry.args)
    builder.ret(out)
    library.add_ir_module(module)
    library.finalize()
    return symbol
