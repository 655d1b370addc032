"""The matrix program of three fields: traced, compiled and solved, beside SciPy on the same program."""

import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import harness
import numpy as np
from harness import Results, WrongAnswer, check
from reaction_diffusion_peers import matrix_program as mp

import symnum as sn

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Relative distance allowed from the reference at the problem's tolerances and at tight ones.
LOOSE, TIGHT = 1e-4, 1e-9
#: The same for the second variant, at every point, and between SciPy's two methods.
CORNER_LOOSE, CORNER_TIGHT = 3e-4, 1e-8
FIRST_BAR, AGAIN_BAR, SCIPY_BAR = 3.0, 0.1, 2.0
#: What the published program took as it was, over what it took after tracing.
PUBLISHED_RATIO = 157.0


# --- answers


def check_law(state: Array, t: float, allowed: float) -> float:
    """Largest relative distance of B + C from 2(1 - exp(-t)) anywhere.

    Raises
    ------
    WrongAnswer
        If it is larger than allowed.
    """
    exact = 2.0 * (1.0 - np.exp(-t))
    worst = float(np.abs(state[1] + state[2] - exact).max() / exact)
    if not worst <= allowed:
        raise WrongAnswer(f"B + C differs from 2(1 - exp(-{t:g})) by {worst:.1e} relative (allowed: {allowed:g})")
    return worst


def check_published(state: Array, allowed: float) -> float:
    """Largest relative distance of means and first values from the published variant's reference.

    Raises
    ------
    WrongAnswer
        If it is larger than allowed, or B + C is not what it must be.
    """
    check_law(state, mp.END, allowed)
    worst = 0.0
    for name, values, mean, first in zip("ABC", state, mp.MEANS, mp.FIRST, strict=True):
        check(f"mean of {name}", float(values.mean()), mean, allowed)
        check(f"first value of {name}", float(values[0, 0]), first, allowed)
        worst = max(worst, abs(values.mean() / mean - 1.0), abs(values[0, 0] / first - 1.0))
    return float(worst)


def check_against(state: Array, expected: Array, allowed: float) -> float:
    """Largest relative distance from another solution at any point.

    Raises
    ------
    WrongAnswer
        If it is larger than allowed, or B + C is not what it must be.
    """
    check_law(state, mp.END, allowed)
    worst = float(np.abs(state / expected - 1.0).max())
    if not worst <= allowed:
        raise WrongAnswer(f"a value differs by {worst:.1e} relative (allowed: {allowed:g})")
    return worst


# --- our side


def simulator_of(variant: str) -> Any:
    """Trace and compile the matrix program."""
    return sn.build_simulator(sn.trace(mp.PROGRAMS[variant], shape=(3, mp.N, mp.N)))


def solve(simulator: Any, rtol: float = mp.RTOL, atol: float = mp.ATOL, method: str = "auto") -> tuple[Array, Any]:
    """The state at t = 10, shape (3, 32, 32), and the solution it is from."""
    y0 = np.zeros(3 * mp.N**2)
    solution = simulator.solve((0.0, mp.END), y0=y0, t_eval=[mp.END], rtol=rtol, atol=atol, method=method)
    if not solution.success:
        raise WrongAnswer(solution.message)
    return np.asarray(solution.y)[:, -1].reshape(3, mp.N, mp.N), solution


def first_solutions(results: Results, variant: str, checked: Callable[[Array, float], float]) -> None:
    """From nothing to the first solution in fresh processes; the engines are compiled before, kernels are not."""
    reports = []
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(2 if results.quick else 4):
            shutil.rmtree(Path(folder) / "kernels", ignore_errors=True)
            report = harness.fresh_process("traced_program", variant, cache=Path(folder))
            checked(np.array(report.pop("end")).reshape(3, mp.N, mp.N), LOOSE)
            if turn:  # the first one has compiled the engines
                reports.append(report)
            else:
                engines = report["process"]
    report = harness.middle(reports)
    stage = f"matrix program, {variant}"
    results.add(f"{stage}: first solution", "symnum", report["process"], "s", **report["marks"])
    results.add(f"{stage}: first solution", "symnum, engines not compiled yet", engines, "s")
    results.bar(f"{stage}: first solution, fresh process", report["process"], FIRST_BAR, "s")


# --- beside SciPy


def compare(results: Results, variant: str, loose: float, tight: float, checked: Callable[..., float]) -> None:
    """Solve again and again, taking turns with SciPy's BDF on the same program with its analytic sparse Jacobian."""
    simulator, scipy = simulator_of(variant), mp.scipy_problem(variant)
    stage = f"matrix program, {variant}"
    state, solution = solve(simulator, mp.TIGHT_RTOL, mp.TIGHT_ATOL)
    results.add(f"{stage}: tight", "symnum", checked(state, tight), "", method=solution.stats["method"])
    ways = {"symnum": "auto", "symnum trbdf2": "trbdf2"}
    work: dict[str, harness.Work] = {
        tool: harness.Work(lambda _, m=method: solve(simulator, method=m)[0]) for tool, method in ways.items()
    }
    work["SciPy BDF, sparse Jacobian"] = harness.Work(lambda _: scipy.solve(mp.RTOL, mp.ATOL))
    for tool, (seconds, state) in harness.once_each(work, 3 if results.quick else 9).items():
        more = {}
        if tool in ways:
            stats = solve(simulator, method=ways[tool])[1].stats
            more = {key: stats[key] for key in ("method", "steps", "factorisations")}
        results.add(f"{stage}: again", tool, seconds, "s", error=checked(state, loose), **more)
    mine, peer = (results.value(f"{stage}: again", tool) for tool in ("symnum", "SciPy BDF, sparse Jacobian"))
    results.bar(f"{stage}: again", mine, AGAIN_BAR, "s")
    results.bar(f"{stage}: over half of SciPy's time", SCIPY_BAR * mine / peer, 1.0)
    if variant == "published" and not results.quick:
        seconds, state = harness.cpu_seconds(lambda: scipy.solve(mp.RTOL, mp.ATOL, dense=True))
        results.add(f"{stage}: again", "SciPy BDF, dense differences", seconds, "s", error=checked(state, loose))
        results.add(
            f"{stage}: naive ratio", "dense differences to symnum", seconds / mine, "x", published=PUBLISHED_RATIO
        )


def measure(results: Results) -> None:
    """Both variants."""
    first_solutions(results, "published", check_published)
    compare(results, "published", LOOSE, TIGHT, check_published)
    expected = mp.scipy_problem("corner").solve(mp.TIGHT_RTOL, mp.TIGHT_ATOL, method="Radau")
    checked = partial(_corner, expected)
    compare(results, "corner", CORNER_LOOSE, CORNER_TIGHT, checked)


def _corner(expected: Array, state: Array, allowed: float) -> float:
    return check_against(state, expected, allowed)
