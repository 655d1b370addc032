"""Tape to kernel: emit, look in the cache, compile, store."""

import time
from typing import Any

from codegen.cache import cache_key, code_version, load_entry, store_entry
from codegen.functions import Op
from codegen.kernel import STAGE_SLOTS, Kernel
from codegen.llvm_text import ModuleText, emit_llvm
from codegen.native import machine_identity, object_code, triple
from codegen.table_kernel import emit_table
from codegen.tape import Tape
from codegen.x86_64.module import available, emit_x86_64
from symnum.errors import CompilationError
from symnum.terms.interning import bulk

__all__ = ["cached_kernel", "compile_tape", "kernel_key"]

CODE_LEVEL = 1
_MANY_CALLS = 5_000
"""A tape that is mostly calls of functions, so many of them, gets LLVM's quickest code generation."""
_TABLE_CALLS = 20_000
"""One of more calls than this, whose code would be megabytes, becomes a loop over a table."""


def kernel_key(name: str, *content: bytes | str) -> bytes:
    """Return the cache key of a kernel made from some content on this machine by this code."""
    return cache_key(code_version(), machine_identity(), str(CODE_LEVEL), name, *content)


def cached_kernel(name: str, key: bytes) -> Kernel | None:
    """Return a kernel from the cache."""
    start = time.perf_counter()
    entry = load_entry(key)
    if entry is None:
        return None
    facts, code = entry
    sizes = {k: int(facts[k]) for k in ("stage_size", "scratch_size", "n_outputs")}
    facts = {**facts, "cached": True, "seconds": {"load": time.perf_counter() - start}}
    return Kernel(name, code, facts=facts, **sizes)


def compile_tape(tape: Tape, name: str, key: bytes, limit: int = 400, store: bool = True) -> Kernel:
    """Compile a tape and put the result into the cache.

    Parameters
    ----------
    tape : Tape
        What to compute.
    name : str
        A key of `STAGE_SLOTS`.
    key : bytes
        Cache key.
    limit : int
        Operations per straight-line function.
    store : bool
        Whether to write to the cache.
    """
    start = time.perf_counter()
    calls = _main_calls(tape)
    with bulk():
        module = _short_way(tape, name, calls) or emit_llvm(tape, name, STAGE_SLOTS[name], triple(), limit)
    emitted = time.perf_counter()
    quickly = calls > _MANY_CALLS and module.emitter == "llvm"
    code = object_code(module.text, 0 if quickly else CODE_LEVEL)
    done = time.perf_counter()
    facts: dict[str, Any] = {
        "stage_size": module.stage_size,
        "scratch_size": module.scratch_size,
        "n_outputs": len(tape.output),
        "operations": tape.operation_counts,
        "nodes": len(tape),
        "chunks": module.chunks,
        "table_of_outputs": module.gathered,
        "code_bytes": len(code),
        "emitter": module.emitter,
    }
    if store:
        store_entry(key, facts, code)
    kernel = Kernel(name, code, module.stage_size, module.scratch_size, len(tape.output))
    kernel.facts = {**facts, "cached": False, "seconds": {"emit": emitted - start, "llvm": done - emitted}}
    return kernel


def _main_calls(tape: Tape) -> int:
    """Return how many functions a tape calls if it does little else, and 0 otherwise."""
    calls = int(((tape.operation >= Op.FUNCTION) | (tape.operation == Op.POWER)).sum())
    return calls if 2 * calls > len(tape) else 0


def _short_way(tape: Tape, name: str, calls: int) -> ModuleText | None:
    """Return what leaves LLVM's code generator little to do, where that is possible."""
    if calls > _TABLE_CALLS:
        return emit_table(tape, name, STAGE_SLOTS[name], triple())
    if not available():
        return None
    try:
        return emit_x86_64(tape, name, STAGE_SLOTS[name])
    except CompilationError:
        return None
