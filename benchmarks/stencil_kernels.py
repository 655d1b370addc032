"""Kernels of loops over cells: right-hand sides, Jacobians, and steps beside a copy of the same memory.

``python benchmarks/stencil_kernels.py [--json [PATH]] [--quick]``. CPU time of one core, competitors taking
turns; every answer is compared with NumPy's before its time is taken.
"""

import harness

# isort: split
import ctypes
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from harness import Results, check

import symnum as sn
from codegen.stencils import StencilKernel, StencilStepper, compile_stencils, compile_stepper
from symnum.compiling.aligned import aligned_copy
from symnum.systems.stencils.evaluate import evaluate_rhs


def gray_scott(n: int) -> Any:
    """Two fields on a periodic square of cells of width 1."""
    model = sn.reaction_diffusion(
        {"u": "Du*laplacian(u) - u*v^2 + F*(1 - u)", "v": "Dv*laplacian(v) + u*v^2 - (F + k)*v"},
        grid=sn.Grid(x=(0, n, n), y=(0, n, n)),
        boundary="periodic",
        parameters={"Du": 0.16, "Dv": 0.08, "F": 0.035, "k": 0.065},
        initial={"u": 1.0, "v": 0.0},
    )
    return model.system()


def brusselator(n: int) -> Any:
    """The Brusselator with a source disc, periodic."""
    source = "piecewise(5, (x - 0.3)^2 + (y - 0.6)^2 <= 0.01 and t >= 1.1, 0)"
    model = sn.reaction_diffusion(
        {"u": f"B + u^2*v - (A + 1)*u + alpha*laplacian(u) + {source}", "v": "A*u - u^2*v + alpha*laplacian(v)"},
        grid=sn.Grid(x=(0, 1, n), y=(0, 1, n)),
        boundary="periodic",
        parameters={"A": 3.4, "B": 1.0, "alpha": 10.0},
        initial={"u": "22*(y*(1 - y))^1.5", "v": "27*(x*(1 - x))^1.5"},
    )
    return model.system()


def start(system: Any, dtype: str = "float64") -> tuple[Any, Any]:
    """A state and the parameters."""
    y = np.random.default_rng(0).uniform(0.2, 1.0, system.size)
    return aligned_copy(y.astype(dtype)), np.array(system.parameter_values, dtype)


def bound(kernel: StencilKernel, t: float, y: Any, p: Any) -> tuple[Callable[[], Any], Any]:
    """A call on fixed buffers, and what it writes."""
    context, out = kernel.context(p), aligned_copy(np.zeros(kernel.n_outputs, kernel.dtype))
    record = np.array([0, y.ctypes.data, p.ctypes.data, context.address, out.ctypes.data], np.int64)
    record[:1].view(np.float64)[0] = t
    argument, call = ctypes.c_void_p(record.ctypes.data), kernel.bound_call
    keep = (kernel, context, record, y, p, out)

    def run(_: Any = keep) -> Any:
        return call(argument)

    return run, out


def right_hand_sides(results: Results) -> None:
    """One evaluation on 32 by 32 points."""
    calls = {}
    for name, make in (("Brusselator", brusselator), ("Gray-Scott", gray_scott)):
        system = make(32)
        y, p = start(system)
        calls[name], out = bound(compile_stencils(system, threads=1), 1.2, y, p)
        calls[name]()
        expected = evaluate_rhs(system, 1.2, y, p)
        check(f"{name}: norm of f", float(np.linalg.norm(out - expected) + 1.0), 1.0, 1e-9)
    for name, (middle, least) in harness.per_call(calls, quick=results.quick).items():
        results.add("right-hand side, 32 x 32", name, middle, "us", least=least)
    results.bar("Brusselator, 32 x 32", results.value("right-hand side, 32 x 32", "Brusselator", "least"), 1.0, "us")


def steps(results: Results, n: int, count: int, rounds: int, dtype: str = "float64", method: str = "euler") -> None:
    """Explicit steps over a square: over the whole grid, in tiles, and a copy back and forth of the same buffers."""
    system = gray_scott(n)
    y, p = start(system, dtype)
    stepper: StencilStepper = compile_stepper(system, method, dtype, threads=1)
    other = aligned_copy(y)
    first = stepper.advance(0.0, 1e-3, 1, aligned_copy(y), p, depth=1)
    if method == "euler":
        expected = y + 1e-3 * evaluate_rhs(system, 0.0, y.astype(float), p.astype(float))
        error = float(np.abs(first - expected).max())
        check(f"{n} x {n} {dtype}: one step", error + 1.0, 1.0, 16 * float(np.finfo(dtype).eps))
    whole = stepper.advance(0.0, 1e-3, 5, aligned_copy(y), p, depth=1)
    check(
        "the same bits in tiles", float(np.abs(stepper.advance(0.0, 1e-3, 5, aligned_copy(y), p) - whole).max()), 0, 0
    )

    def copy(_: Any) -> None:
        for _ in range(count // 2):
            other[:] = y
            y[:] = other

    work = {
        "copy": harness.Work(copy),
        "whole grid": harness.Work(lambda _: stepper.advance(0.0, 1e-3, count, y, p, depth=1)),
        "chosen tiles": harness.Work(lambda _: stepper.advance(0.0, 1e-3, count, y, p)),
    }
    ratios: dict[str, list[float]] = {name: [] for name in work}
    stage = f"{method}, {n} x {n}, {dtype}"
    for _ in range(rounds):
        seconds = {name: spent for name, (spent, _) in harness.once_each(work, 1).items()}
        for name, spent in seconds.items():
            ratios[name].append(seconds["copy"] / spent)
            results.figures.append({"stage": f"{stage}, round", "tool": name, "value": spent, "unit": "s"})
    for name, found in ratios.items():
        times = [f["value"] for f in results.figures if f["stage"] == f"{stage}, round" and f["tool"] == name]
        speed = n * n * count / float(np.median(times)) / 1e6
        results.add(stage, name, speed, "M/s", of_copy=float(np.median(found)), blocking=str(tuple(stepper.blocking())))
    results.figures = [f for f in results.figures if not f["stage"].endswith(", round")]


def bars_of_steps(results: Results) -> None:
    """What the copy is held against: larger is better, so the bars are on the inverse."""
    small, large = "euler, 256 x 256, float64", "euler, 4096 x 4096, float64"
    results.bar("256 x 256: copy / steps", 1 / results.value(small, "chosen tiles", "of_copy"), 1 / 0.5)
    if not results.quick:
        results.bar("4096 x 4096: copy / steps", 1 / results.value(large, "whole grid", "of_copy"), 1 / 0.8)
        results.bar("4096 x 4096: copy / steps in tiles", 1 / results.value(large, "chosen tiles", "of_copy"), 1 / 1.2)


def compiling(results: Results) -> None:
    """CPU seconds from the system to machine code, nothing from the cache, against the number of cells."""
    import os
    import tempfile

    for kind in ("rhs", "jacobian", "jacobian_vector"):
        for n in (32, 1024):
            system = brusselator(n)
            with tempfile.TemporaryDirectory() as folder:
                os.environ["SYMNUM_CACHE_DIR"] = folder
                began = time.process_time()
                kernel = compile_stencils(system, kind)
                spent = time.process_time() - began
            results.add(f"compiling, {n} x {n}", kind, spent, "s", bytes=kernel.facts["code_bytes"])


def main() -> int:
    """Run the stages."""
    arguments = harness.parser("stencil_kernels", __doc__.splitlines()[0]).parse_args()
    results = Results("stencil_kernels", arguments.quick)
    right_hand_sides(results)
    rounds = 7 if arguments.quick else 31
    for dtype in ("float64", "float32"):
        steps(results, 256, 40, rounds, dtype)
    steps(results, 256, 20, rounds, method="rk4")
    if not arguments.quick:
        steps(results, 4096, 8, 3)
    bars_of_steps(results)
    compiling(results)
    return harness.finish(results, arguments)


if __name__ == "__main__":
    sys.exit(main())
