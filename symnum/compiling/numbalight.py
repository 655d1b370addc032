"""Numba pipelines for entry points, and for helpers that are only ever called by other compiled code.

Numba optimises a function, emits machine code for it, and does both again inside every caller.  For an engine of
thirty helpers this more than doubles the time to compile.  Here a helper stays unoptimised intermediate code,
which is linked into its callers; the entry point's library optimises everything once.
"""

from typing import Any

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.typed_passes import NopythonTypeInference


class _NoEnvironment:
    """Stands for the code generator where Numba registers the Python environment of a function that has none."""

    @staticmethod
    def set_env(name: str, environment: object) -> None:
        pass


class _LinkedLibrary(JITCodeLibrary):
    """Intermediate code for linking; never optimised or emitted by itself."""

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """Return 0 (no such symbol) after linking the callees; Numba asks for a wrapper that was not made."""
        self._ensure_finalized()
        return 0

    @property
    def codegen(self) -> Any:
        """What Numba uses after lowering: only the place for an environment."""
        return _NoEnvironment


class _EntryLibrary(JITCodeLibrary):
    """Code of an entry point: one optimisation only (the cheap one before it serves reference counts)."""

    optimise = 3

    def _optimize_final_module(self) -> None:
        level = self.optimise
        settings = {} if level == 3 else {"opt": level, "loop_vectorize": False, "slp_vectorize": False}
        manager, builder = self._codegen._module_pass_manager(**settings)
        manager.run(self._final_module, builder)


@register_pass(mutates_CFG=False, analysis_only=True)
class _UseLinkedLibrary(FunctionPass):
    _name = "symnum_use_linked_library"

    def __init__(self) -> None:
        FunctionPass.__init__(self)

    def run_pass(self, state: Any) -> bool:
        """Give the function a library of its own before lowering makes the usual one."""
        codegen = state.targetctx.codegen()
        state.library = _LinkedLibrary(codegen, state.func_id.func_qualname)
        return False


@register_pass(mutates_CFG=False, analysis_only=True)
class _UseEntryLibrary(FunctionPass):
    _name = "symnum_use_entry_library"

    def __init__(self) -> None:
        FunctionPass.__init__(self)

    def run_pass(self, state: Any) -> bool:
        """Give the entry point its library; its object code is kept for the cache."""
        codegen = state.targetctx.codegen()
        state.library = _EntryLibrary(codegen, state.func_id.func_qualname)
        state.library.optimise = state.pipeline.optimise
        state.library.enable_object_caching()
        return False


class EntryCompiler(Compiler):
    """Numba's standard pipeline with the library of an entry point."""

    optimise = 3
    plain = False

    def define_pipelines(self) -> list[Any]:
        """Return the pipelines, one pass longer."""
        return _with_pass(super().define_pipelines(), _UseEntryLibrary, self.plain)


def entry_compiler(optimise: int, plain: bool) -> type[EntryCompiler]:
    """Return the pipeline of entry points with a level of the optimiser, for plain code or any."""
    return type("EntryCompiler", (EntryCompiler,), {"optimise": optimise, "plain": plain})


class LinkedCompiler(Compiler):
    """Numba's standard pipeline with the library above."""

    plain = False

    def define_pipelines(self) -> list[Any]:
        """Return the pipelines, one pass longer."""
        return _with_pass(super().define_pipelines(), _UseLinkedLibrary, self.plain)


class PlainLinkedCompiler(LinkedCompiler):
    """The same for plain code."""

    plain = True


_NOT_FOR_PLAIN_CODE = frozenset(
    "WithLifting InlineClosureLikes RewriteSemanticConstants DeadBranchPrune GenericRewrites RewriteDynamicRaises "
    "MakeFunctionToJitFunction InlineInlinables FindLiterallyCalls LiteralUnroll LiteralPropagationSubPipelinePass "
    "InlineOverloads NopythonRewrites AnnotateTypes DumpParforDiagnostics".split()
)
"""Passes that look for closures, arrays, exceptions, literals and context managers, of which plain code has none."""


def _with_pass(pipelines: list[Any], addition: type, plain: bool) -> list[Any]:
    for pipeline in pipelines:
        pipeline.add_pass_after(addition, NopythonTypeInference)
        if plain:
            pipeline.passes = [
                entry for entry in pipeline.passes if entry[0].__name__ not in _NOT_FOR_PLAIN_CODE
            ]
        pipeline.finalize()
    return pipelines
