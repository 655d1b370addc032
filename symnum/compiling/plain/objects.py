"""From the text of a module to an object file, by LLVM."""

import functools
from typing import Any

import llvmlite.binding as llvm

from symnum.compiling.codestore import Entry
from symnum.errors import CompilationError

__all__ = ["compile_module"]


@functools.cache
def _target_machine() -> Any:
    """Return the machine that code is made for: this processor, addresses known when the code is loaded."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        reloc="static",
        codemodel="jitdefault",
        jit=True,
    )


def compile_module(text: str, symbol: str, optimise: int) -> Entry:
    """Compile a module.

    Parameters
    ----------
    text : str
        Its functions and declarations.
    symbol : str
        The entry point.
    optimise : int
        Level of the optimiser; only at 3 are loops made into vector instructions.
    """
    machine = _target_machine()
    head = f'target datalayout = "{machine.target_data}"\ntarget triple = "{machine.triple}"\n'
    try:
        module = llvm.parse_assembly(head + text)
        module.verify()
    except RuntimeError as error:
        raise CompilationError(f"the intermediate code of {symbol} is wrong: {error}") from error
    options = llvm.create_pipeline_tuning_options(optimise)
    options.loop_vectorization = optimise == 3
    options.slp_vectorization = False
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    outside = [f.name for f in module.functions if f.is_declaration and not f.name.startswith("llvm.")]
    return Entry(symbol, outside, machine.emit_object(module))
