"""What a user waits for in a fresh process: the import, a large network's first right-hand side, small ODEs.

``python benchmarks/cold_start.py [--json [PATH]] [--quick] [--only peers]``. CPU seconds of whole processes,
the interpreter's start included; answers are checked first.
"""

import harness

# isort: split
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import fresh
import numpy as np
from harness import Results, check


def steps(report: dict[str, Any]) -> dict[str, float]:
    """Seconds of each step from the times at which they ended."""
    marks = report["marks"]
    return dict(zip(list(marks)[1:], np.diff(list(marks.values())).tolist(), strict=True))


def importing(results: Results, rounds: int) -> None:
    """``import symnum``."""
    report = harness.median_process("import_symnum", rounds=2 * rounds + 1)
    results.add("import", "symnum", report["import"], "s", process=report["process"])
    results.bar("import symnum", report["import"], 0.15, "s")


def large_network(results: Results, cache: Path, symnum: bool, rounds: int) -> None:
    """fceri_gamma2 (3,744 species, 58,276 reactions): file to first right-hand side."""
    path = str(harness.data_folder() / "networks" / "fceri_gamma2.net")
    stage = "fceri_gamma2, file to first rhs"
    peer = harness.median_process("first_rhs_numba", path, rounds=rounds)
    results.add(stage, "numba loop", peer["process"], "s", **steps(peer))
    if not symnum:
        return
    for which in ("cold", "second process"):
        report = harness.fresh_process("first_rhs", path, cache=cache)
        for key in ("norm", "largest"):
            check(f"fceri_gamma2: {key} of f(u0)", report[key], peer[key], 1e-10)
        results.add(f"{stage}, {which}", "symnum", report["process"], "s", **steps(report))
    results.bar("fceri_gamma2", results.value(f"{stage}, cold", "symnum"), 5, "s")


def tight_solution(name: str) -> list[float]:
    """The model's end state by a method of order 8, or 5 when stiff, at the tightest tolerance."""
    from scipy.integrate import solve_ivp

    _, _, y0, t_end, _ = fresh.MODELS[name]
    method = {"lorenz": "DOP853", "robertson": "Radau"}[name]
    rhs = fresh.plain_rhs(name)
    result = solve_ivp(rhs, (0.0, t_end), list(y0.values()), method, rtol=1e-12, atol=1e-15)
    return [float(value) for value in result.y[:, -1]]


def small_model(results: Results, name: str, cache: Path, symnum: bool, rounds: int) -> None:
    """Text to first solution: the very first time, then with warm caches."""
    exact, tools = tight_solution(name), ["scipy"] + ["symnum"] * symnum
    stage = f"{name}, text to solution"
    for tool in tools:
        function = {"scipy": "first_solution_scipy", "symnum": "first_solution"}[tool]
        if tool == "symnum":
            first = harness.fresh_process(function, name, cache=cache)
            results.add(f"{stage}, first time ever", tool, first["process"], "s", **steps(first))
        report = harness.median_process(function, name, rounds=rounds, cache=cache)
        gap = max(abs(a - b) / abs(b) for a, b in zip(report["end"], exact, strict=True))
        check(f"{tool}: {name}, 1 + error", 1 + gap, 1, 1e-5)
        results.add(stage, tool, report["process"], "s", error=gap, **steps(report))
    if symnum:
        results.bar(stage, results.value(stage, "symnum"), 1.0, "s")


def solver_bars(results: Results) -> None:
    """Compiling both engines, once ever, and loading one."""
    stages = [f"{name}, text to solution" for name in fresh.MODELS]
    empty = Path(tempfile.mkdtemp(prefix="symnum-benchmark-"))
    try:
        report = harness.fresh_process("compile_solvers", cache=empty)
    finally:
        shutil.rmtree(empty)
    done = steps(report)
    ever = done["both engines"]
    results.add("compiling both engines", "symnum", ever, "s", **done)
    loaded = max(results.value(stage, "symnum", "solve") for stage in stages)
    results.bar("compiling both solvers, once ever", ever, 8, "s")
    results.bar("loading a solver and solving", loaded, 0.4, "s")


def main() -> int:
    """Run the stages."""
    parser = harness.parser("cold_start", __doc__.splitlines()[0])
    parser.add_argument("--only", choices=["peers"], help="leave out symnum")
    arguments = parser.parse_args()
    results, symnum = Results("cold_start", arguments.quick), arguments.only is None
    rounds = 1 if arguments.quick else 3
    cache = Path(tempfile.mkdtemp(prefix="symnum-benchmark-"))
    try:
        if symnum:
            importing(results, rounds)
        for name in fresh.MODELS:
            small_model(results, name, cache, symnum, rounds)
        if symnum:
            solver_bars(results)
        large_network(results, cache, symnum, rounds)
    finally:
        shutil.rmtree(cache)
    return harness.finish(results, arguments)


if __name__ == "__main__":
    sys.exit(main())
