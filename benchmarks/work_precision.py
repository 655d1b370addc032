"""Work against precision of every method on the test set of initial value problems, beside other packages.

``python benchmarks/work_precision.py [--json [PATH]] [--quick] [--only NAME ...]``. CPU time of one core, competitors
taking turns; an error is the largest one of a component at the end, against reference values of 15 digits or more, over
the component's size plus the problem's scale, which is also the absolute over the relative tolerance.
"""

import harness

# isort: split
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from harness import Results, per_call
from peers import ode_solvers
from workloads.initial_values import InitialValueProblem, lorenz, reference_problems
from workloads.method_table import page_with_table
from workloads.work_precision_plot import plot

Solve = Callable[[float], np.ndarray]
TOLERANCES = tuple(10.0**-k for k in range(3, 12))
# A competitor that takes longer than this is asked for no sharper answer.
PATIENCE = 0.2
# Seconds of one measurement of what is short; what takes at least `LONG` is timed once.
BATCH = 0.006
LONG = 0.05
# Of the small textbook problems one of each kind; and E5, whose values at the end are rounding of its right-hand side.
LEFT_OUT = ("E5", "DETEST_A1", "DETEST_A2", "DETEST_A4", "DETEST_A5", "DETEST_B2", "DETEST_C1", "DETEST_D1")
BAR_PROBLEMS = ("LORENZ", "ROBER", "HIRES", "POLLU")


def own_solvers(problem: InitialValueProblem) -> dict[str, Solve]:
    """Every method that the registry calls suitable for the problem's kind, and the automatic choice."""
    from symnum.integrators.registry import METHODS

    word = "stiff" if problem.stiff else "non-stiff"
    names = [m.name for m in METHODS.values() if word in m.suits]

    def solver(method: str) -> Solve:
        def solve(rtol: float) -> np.ndarray:
            end = problem.span[1]
            sol = problem.simulator.solve(
                problem.span, t_eval=[end], method=method, rtol=rtol, atol=problem.scale * rtol
            )
            if not sol.success:
                raise ode_solvers.Failed(sol.message)
            return np.asarray(sol.y[:, -1])

        return solve

    return {f"symnum {name}": solver(name) for name in ("auto", *names)}


def timed(solve: Solve, rtol: float) -> tuple[float, np.ndarray]:
    """CPU seconds of one call, and the state at the end."""
    start = time.process_time()
    y = solve(rtol)
    return time.process_time() - start, y


def measure(results: Results, problem: InitialValueProblem, solvers: dict[str, Solve]) -> None:
    """Errors and times of all competitors at every tolerance."""
    rounds = 1 if results.quick else 3
    slow: set[str] = set()
    for rtol in TOLERANCES[:: 2 if results.quick else 1]:
        found: dict[str, tuple[float, list[float], int]] = {}
        for name in [n for n in solvers if n not in slow]:
            try:
                if rtol == TOLERANCES[0]:
                    timed(solvers[name], rtol)  # compiles what is compiled at first use
                seconds, y = timed(solvers[name], rtol)
            except (ode_solvers.Failed, RuntimeError) as error:
                results.skip(f"{problem.name}, {name}, {rtol:.0e}", str(error).splitlines()[0][:100])
                continue
            if seconds > PATIENCE:
                slow.add(name)
            found[name] = problem.error(y), [seconds], max(1, int(BATCH / max(seconds, 1e-5)))
        for turn in range(rounds):
            names = [name for name, (_, times, _) in found.items() if times[0] <= LONG]
            random.Random(turn).shuffle(names)  # nobody always runs after the same one
            for name in names:
                _, times, count = found[name]
                solvers[name](rtol)
                start = time.process_time()
                for _ in range(count):
                    solvers[name](rtol)
                times.append((time.process_time() - start) / count)
        for name, (error, times, _) in found.items():
            stage = f"{problem.name}, {rtol:.0e}"
            seconds = statistics.median(times[1:] or times)
            results.add(stage, name, seconds * 1e3, "ms", error=error, rtol=rtol)


def bars(results: Results, problem: InitialValueProblem, solvers: dict[str, Solve]) -> None:
    """The automatic choice at 1e-6 against numbalsoda: no longer, at no greater error."""
    rtol, peer = 1e-6, "numbalsoda lsoda"
    if peer not in solvers:
        results.skip(peer, "not installed")
        return
    stage = f"{problem.name} through sim.solve, 1e-6"
    chosen = {name: solvers[name] for name in ("symnum auto", peer)}
    errors = {name: problem.error(solve(rtol)) for name, solve in chosen.items()}
    work = {name: (lambda solve=solve: solve(rtol)) for name, solve in chosen.items()}
    for name, (median, least) in per_call(work, quick=results.quick).items():
        results.add(stage, name, median / 1e3, "ms", error=errors[name], least=least / 1e3)
    mine, other = (results.value(stage, name) for name in chosen)
    results.bar(f"{stage}: time of numbalsoda", mine, other, "ms")
    results.bar(f"{stage}: error of numbalsoda", errors["symnum auto"], errors[peer])


def right_answers(results: Results, problem: InitialValueProblem) -> None:
    """Somebody of ours must come near the reference, and the median of all competitors not be far from it."""
    ours = [f["error"] for f in results.figures if f["stage"].startswith(problem.name + ",")
            and f["tool"].startswith("symnum")]  # fmt: skip
    limit = 1e-4 if problem.name == "ARENSTORF" else 1e-8 if not results.quick else 1e-6
    if not min(ours) <= limit:
        raise harness.WrongAnswer(f"{problem.name}: least error {min(ours):.1e}")


def main() -> int:
    """Run all problems."""
    arguments = harness.parser("work_precision", __doc__.splitlines()[0])
    arguments.add_argument("--only", nargs="+", metavar="NAME", help="these problems")
    arguments.add_argument("--page", type=Path, help="enter the table of methods in this page (needs --json)")
    given = arguments.parse_args()
    if given.page is not None and given.json is None:
        arguments.error("--page needs --json")
    results = Results("work_precision", given.quick)
    problems = [lorenz(), *reference_problems(harness.data_folder())]
    for problem in problems:
        if problem.name in LEFT_OUT or (given.only and problem.name not in given.only):
            continue
        solvers = own_solvers(problem)
        for peers in ode_solvers.ALL:
            if peers is not ode_solvers.diffrax_solvers or problem.name in BAR_PROBLEMS:
                solvers |= peers(problem)
        measure(results, problem, solvers)
        right_answers(results, problem)
        if problem.name in BAR_PROBLEMS:
            bars(results, problem, solvers)
    code = harness.finish(results, given)
    if given.json is not None:
        plot(results.figures, given.json.parent)
    if given.page is not None:
        given.page.write_text(page_with_table(given.page.read_text("utf-8"), given.json), "utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main())
