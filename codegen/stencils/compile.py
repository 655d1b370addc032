"""The door: a system on a grid and what is wanted of it, to a compiled kernel."""

import time
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from codegen.cache import store_entry
from codegen.compile import CODE_LEVEL, cached_kernel, kernel_key
from codegen.native import object_code, triple
from codegen.stencils.alike import Likeness
from codegen.stencils.cover import CoverWriter
from codegen.stencils.derivatives import jacobian_loops, product_loops
from codegen.stencils.kernel import StencilKernel
from codegen.stencils.levels import TapeLists
from codegen.stencils.machine import vector_bytes
from codegen.stencils.matrix_kernel import MatrixKernel
from codegen.stencils.module import ModuleWriter, StencilModule
from codegen.stencils.pattern import has_full_diagonal, has_repeated_entries, with_positions
from codegen.stencils.plan import Loops, Segment, make_plan, tables_block
from codegen.stencils.pool import SHARED_FROM
from symnum.compiling.aligned import aligned_copy
from symnum.errors import InputError, UnknownNameError, suggest
from symnum.systems.stencils.system import StencilSystem

__all__ = ["KINDS", "compile_stencils", "machine_code", "real_type"]

KINDS = ("rhs", "part0", "part1", "jacobian", "jacobian_vector", "observables", "initial")
_REALS = {"float64": "double", "float32": "float"}


def compile_stencils(
    system: StencilSystem, kind: str = "rhs", dtype: str = "float64", threads: int | None = None
) -> StencilKernel:
    """Return a compiled kernel of a system on a grid, from the cache if it is there.

    Parameters
    ----------
    system : StencilSystem
    kind : str
        "rhs"; "part0" and "part1" (zero where a part has no region); "jacobian" (values in the order of a pattern of
        compressed columns, without what sums over the domain contribute); "jacobian_vector" (the Jacobian times a
        vector, which follows the state); "observables" (in the order of `system.observables`); "initial" (the state
        at the start; neither state nor time is read).
    dtype : {"float64", "float32"}
        The type of states, parameters and results. Times are float64 in any case.
    threads : int, optional
        How many share the loops. None: as many as pay, as measured once per process. The bits are the same.

    Returns
    -------
    StencilKernel
        `evaluate_stage` is to be called for each context before the first call. Of a Jacobian, ``facts["indptr"]``
        and ``facts["indices"]`` are the pattern, int32, sorted within a column, with a full diagonal.

    Raises
    ------
    UnknownNameError
        If there is no such kind or type.
    InputError
        If a part is asked for of a system that has none.
    """
    if kind not in KINDS:
        raise UnknownNameError(
            f'There is no kernel "{kind}" on grids; choose {", ".join(KINDS)}.{suggest(kind, KINDS)}'
        )
    real = real_type(dtype)
    start = time.perf_counter()
    loops, name, n_outputs = _loops(system, kind)
    plan = make_plan(loops)
    planned = time.perf_counter()
    segments, repeated, zeros = plan.segments, False, False
    if kind == "jacobian":
        segments = Likeness(TapeLists(plan.tape, plan.first_sum)).ordered(segments)
        repeated, zeros = has_repeated_entries(segments), not has_full_diagonal(segments, system.size)
        plan.segments = with_positions(segments)
    shared = bool(segments) and _results(segments) >= SHARED_FROM and threads != 1
    writer = (CoverWriter if shared else ModuleWriter)(plan, name, n_outputs, real, vector_bytes())
    writer.repeated, writer.zeros = repeated, zeros or repeated
    module = writer.kernel(triple())
    seconds = {"lower": planned - start, "emit": time.perf_counter() - planned}
    kernel = machine_code(module, name, n_outputs, seconds)
    if kind == "jacobian":
        offsets = [array.offset for array in plan.states]
        kernel = MatrixKernel(
            **{f.name: getattr(kernel, f.name) for f in fields(kernel)},
            segments=segments,
            offsets=offsets,
            size=system.size,
        )
    kernel.tables = aligned_copy(tables_block(plan, loops.arrays, dtype))
    kernel.dtype, kernel.threads = dtype, threads if shared else 1
    return kernel


def _results(segments: Sequence[Segment]) -> int:
    return sum(len(s.outputs) * int(np.prod([b - a for a, b in s.box], dtype=np.int64)) for s in segments)


def real_type(dtype: str) -> str:
    """Return LLVM's name of a type of numbers.

    Raises
    ------
    UnknownNameError
        If there are no kernels for it.
    """
    if dtype not in _REALS:
        raise UnknownNameError(f'Kernels on grids are made for float64 and float32, not "{dtype}".')
    return _REALS[dtype]


def _loops(system: StencilSystem, kind: str) -> tuple[Loops, str, int]:
    """Return what is to be compiled, the kernel's name and the number of its results."""

    def made(regions: Any, sums: Any) -> Loops:
        return Loops(system.arrays, regions, sums, system.parameters, system.independent)

    if kind == "jacobian":
        return jacobian_loops(system), kind, 0
    if kind == "jacobian_vector":
        return product_loops(system), kind, system.size
    if kind == "initial":
        return made(system.initial, ()), "initial", system.size
    if kind == "observables":
        return made((), tuple(system.observables.values())), "observables", len(system.observables)
    if kind in ("part0", "part1"):
        if system.parts is None:
            raise InputError(f"The right-hand side of {system.name} has no parts.")
        return made(system.parts[int(kind[-1])], system.sums), "rhs", system.size
    return made(system.regions, system.sums), "rhs", system.size


def machine_code(module: StencilModule, name: str, n_outputs: int, seconds: dict[str, float]) -> StencilKernel:
    """Compile a module, or load it from the cache."""
    key = kernel_key(name, "stencils", module.text)
    found = cached_kernel(name, key)
    if found is not None:
        kernel = StencilKernel(name, found.code, found.stage_size, found.scratch_size, n_outputs, found.facts)
        kernel.facts["seconds"] = {**seconds, **found.facts["seconds"]}
        return kernel
    start = time.perf_counter()
    code = object_code(module.text, CODE_LEVEL)
    seconds["llvm"] = time.perf_counter() - start
    facts: dict[str, Any] = {
        "stage_size": module.stage_size,
        "scratch_size": module.scratch_size,
        "n_outputs": n_outputs,
        "sweeps": module.sweeps,
        "jobs": module.jobs,
        "code_bytes": len(code),
        "emitter": "stencils",
    }
    store_entry(key, facts, code)
    kernel = StencilKernel(name, code, module.stage_size, module.scratch_size, n_outputs)
    kernel.facts = {**facts, "cached": False, "seconds": seconds}
    return kernel
