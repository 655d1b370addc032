"""The BCR network (1,122 species, 24,388 reactions) from file to trajectory, every stage against peers.

``python benchmarks/bcr.py [--json [PATH]] [--quick] [--only peers]``. CPU time of one core, competitors
taking turns. An answer is checked before its time is taken; a wrong one ends the run.
"""

import harness

# isort: split
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import bcr_reference
import numpy as np
from harness import Results, Work, check
from peers.arrays import Floats, MergedTerms, ReactionArrays, merge_terms, reaction_arrays
from peers.bionetgen import Network

# Published facts about the network.
LARGEST, NORM, TOTAL = 61.028082, 74.743840, 1790410.88061
ENTRIES = 31369
PAG1_CSK = {100.0: 20.1029587, 500.0: 22902.71812, 2000.0: 489.8970845}
RTOL, ATOL = 1e-6, 1e-6
# What symnum's statistics are asked for.
COUNTERS = (
    "method",
    "steps",
    "rhs_evaluations",
    "factorisations",
    "jacobian_evaluations",
    "newton_iterations",
)


@dataclass(frozen=True)
class Problem:
    """The network as the peers read it, and a run's settings."""

    path: Path
    network: Network
    arrays: ReactionArrays
    terms: MergedTerms
    quick: bool

    @property
    def y0(self) -> Floats:
        return self.network.initial

    @property
    def p(self) -> Floats:
        return self.arrays.parameter_values


def load(quick: bool) -> Problem:
    """Read the network with the peers' reader and check its published facts."""
    network = bcr_reference.bcr_network()
    arrays = reaction_arrays(network)
    check("number of species", len(network.species), 1122, 0)
    check("number of reactions", len(network.reactions), 24388, 0)
    check("number of parameters", len(network.parameters), 128, 0)
    check("sum of the initial amounts", network.initial.sum(), TOTAL, 1e-11)
    return Problem(
        harness.data_folder() / "networks" / "bcr.net", network, arrays, merge_terms(arrays), quick
    )


def check_rhs(tool: str, dy: Floats) -> None:
    """The right-hand side at the initial state."""
    check(f"{tool}: |f(u0)|", float(np.linalg.norm(dy)), NORM, 1e-7)
    check(f"{tool}: max |f(u0)|", float(np.abs(dy).max()), LARGEST, 1e-7)
    check(f"{tool}: species of max |f(u0)|", int(np.argmax(np.abs(dy))), 0, 0)


def check_observable(tool: str, values: dict[float, float]) -> None:
    """PAG1_Csk, to the accuracy that a relative tolerance of 1e-6 leaves after several spikes."""
    for time, value in values.items():
        check(f"{tool}: PAG1_Csk({time:g})", value, PAG1_CSK[time], 1e-3)


# --- from file to the first right-hand side, in fresh processes


def _report_cold(results: Results, stage: str, tool: str, report: dict[str, Any]) -> None:
    check(f"{tool}: |f(u0)|", report["norm"], NORM, 1e-7)
    marks = report["marks"]
    steps = dict(zip(list(marks)[1:], np.diff(list(marks.values())).tolist(), strict=True))
    results.add(stage, tool, report["process"], "s", **steps)


def cold_start(results: Results, problem: Problem, symnum: bool) -> None:
    """File to first right-hand side: cold kernel cache, then further processes."""
    path, rounds = str(problem.path), 1 if problem.quick else 3
    cold, second = "file to first rhs, cold", "file to first rhs, second process"
    _report_cold(results, cold, "numba loop", harness.median_process("first_rhs_numba", path, rounds=rounds))
    if not symnum:
        return
    reports: dict[str, list[dict[str, Any]]] = {cold: [], second: []}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="symnum-benchmark-") as folder:
            for stage in (cold, second):
                reports[stage].append(harness.fresh_process("first_rhs", path, cache=Path(folder)))
    for stage, limit in ((cold, 1.5), (second, 0.5)):
        _report_cold(results, stage, "symnum", harness.middle(reports[stage]))
        results.bar(stage, results.value(stage, "symnum"), limit, "s")


# --- symbolic work


def _assembling(problem: Problem, tools: set[str]) -> dict[str, Work]:
    work: dict[str, Work] = {}
    if "symnum" in tools:
        import symnum as sn

        work["symnum"] = Work(lambda model: model.system().rhs, lambda: sn.read_model(problem.path))
    if "symengine" in tools:
        from peers import symengine_terms

        work["symengine"] = Work(lambda _: symengine_terms.assemble(problem.arrays))
    if "casadi" in tools:
        from peers import casadi_graph

        work["casadi"] = Work(lambda _: casadi_graph.assemble(problem.arrays))
    return work


def _differentiating(problem: Problem, tools: set[str], assembled: dict[str, Any]) -> dict[str, Work]:
    work: dict[str, Work] = {}
    if "symnum" in tools:
        import symnum as sn

        def assembled_system() -> Any:
            system = sn.read_model(problem.path).system()
            assert system.rhs
            return system

        # A new system every time, its equations written out already, so that nothing is remembered.
        work["symnum"] = Work(lambda system: sn.jacobian(system.rhs, system.states), assembled_system)
    if "symengine" in tools:
        from peers import symengine_terms

        states, _, equations = assembled["symengine"]
        work["symengine"] = Work(lambda _: symengine_terms.sparse_jacobian(states, equations))
    if "casadi" in tools and not problem.quick:
        from peers import casadi_graph

        graph_states, _, graph = assembled["casadi"]
        work["casadi"] = Work(lambda _: casadi_graph.jacobian(graph_states, graph))
    return work


def _entries(tool: str, jacobian: Any) -> int:
    match tool:
        case "symengine":
            return len(jacobian[2])
        case "casadi":
            return int(jacobian.nnz())
    return int(jacobian.nnz)


def symbolic(results: Results, problem: Problem, tools: set[str]) -> dict[str, Any]:
    """Assemble the equations and differentiate them; what each tool assembled, its Jacobian beside it."""
    rounds = 1 if problem.quick else 3
    assembled: dict[str, Any] = {}
    for tool, (seconds, made) in harness.once_each(_assembling(problem, tools), rounds).items():
        assembled[tool] = made
        results.add("assemble right-hand side", tool, seconds, "s")
    found = harness.once_each(_differentiating(problem, tools, assembled), rounds)
    for tool, (seconds, made) in found.items():
        check(f"{tool}: Jacobian entries", _entries(tool, made), ENTRIES, 0)
        results.add("sparse symbolic Jacobian", tool, seconds, "s", entries=ENTRIES)
        assembled[f"{tool} jacobian"] = made
    if "symnum" in tools:
        seconds = results.value("sparse symbolic Jacobian", "symnum")
        results.bar("sparse symbolic Jacobian", seconds, 0.5, "s")
    return assembled


# --- kernels


@dataclass(frozen=True)
class Calls:
    """Ready calls by tool, with the arrays that they fill; Jacobians are in column-compressed order."""

    rhs: dict[str, tuple[Callable[[], Any], Floats]]
    jacobian: dict[str, tuple[Callable[[], Any], Floats]]
    keep: list[Any]


def _numba_calls(results: Results, problem: Problem, calls: Calls) -> None:
    from peers.numba_loops import merged_jacobian, merged_rhs, reaction_loop

    dy, dy_merged, values = np.empty(problem.y0.size), np.empty(problem.y0.size), np.empty(ENTRIES)
    extended = np.append(problem.y0, 1.0)
    loop = reaction_loop(problem.arrays)
    merged, jacobian = merged_rhs(problem.terms), merged_jacobian(problem.terms)
    seconds, _ = harness.cpu_seconds(lambda: loop(extended, problem.p, dy))
    results.add("kernel, first call", "numba loop", seconds, "s")
    seconds, _ = harness.cpu_seconds(lambda: merged(problem.y0, dy_merged))
    results.add("kernel, first call", "numba merged terms", seconds, "s", parameters="folded in")
    calls.rhs["numba loop"] = (lambda: loop(extended, problem.p, dy)), dy
    calls.rhs["numba merged terms"] = (lambda: merged(problem.y0, dy_merged)), dy_merged
    calls.jacobian["numba merged terms"] = (lambda: jacobian(problem.y0, values)), values


def _symengine_calls(results: Results, problem: Problem, assembled: dict[str, Any], calls: Calls) -> None:
    from peers import symengine_terms

    states, parameters, equations = assembled["symengine"]
    inputs = np.concatenate([problem.y0, problem.p])
    for cse in (False,) if problem.quick else (False, True):
        name = f"symengine LLVM{' CSE' if cse else ''}"
        make = partial(symengine_terms.kernel, states, parameters, equations, cse=cse)
        seconds, (function, dy) = harness.cpu_seconds(make)
        results.add("kernel, first call", name, seconds, "s")
        calls.rhs[name] = partial(function.unsafe_real, inputs, dy), dy


def _casadi_calls(results: Results, problem: Problem, assembled: dict[str, Any], calls: Calls) -> None:
    from peers import casadi_graph

    states, parameters, equations = assembled["casadi"]
    kinds = [("casadi virtual machine", False)]
    if not problem.quick and shutil.which("gcc"):
        kinds.append(("casadi gcc", True))
    for name, gcc in kinds:
        make = partial(casadi_graph.function, "rhs", states, parameters, equations, gcc=gcc)
        seconds, function = harness.cpu_seconds(make)
        results.add("kernel, first call", name, seconds, "s")
        bound = casadi_graph.bind(function, problem.y0, problem.p)
        calls.rhs[name] = bound.call, bound.out
        calls.keep.append((function, bound))
    if "casadi jacobian" in assembled:
        function = casadi_graph.function("jacobian", states, parameters, assembled["casadi jacobian"])
        bound = casadi_graph.bind(function, problem.y0, problem.p)
        calls.jacobian["casadi virtual machine"] = bound.call, bound.out
        calls.keep.append((function, bound))


def _symnum_calls(problem: Problem, simulator: Any, calls: Calls) -> None:
    state, parameters = simulator.defaults()
    check("symnum: initial amounts", float(np.abs(state - problem.y0).max()), 0, 0)
    calls.rhs["symnum"] = simulator.kernels["rhs"].bind(0.0, state, parameters)
    calls.jacobian["symnum"] = simulator.kernels["jacobian"].bind(0.0, state, parameters)
    check_jacobian(problem, simulator, state, parameters)


def check_jacobian(problem: Problem, simulator: Any, state: Floats, parameters: Floats) -> None:
    """At random states the kernels equal the plain loops, relative to the size of a row's terms."""
    from peers.numba_loops import merged_jacobian, merged_rhs

    rng = np.random.default_rng(20240801)
    terms, dy, values = problem.terms, np.empty(state.size), np.empty(ENTRIES)
    for _ in range(3):
        y = np.maximum(state, 1.0) * rng.uniform(0.5, 2.0, state.size)
        merged_rhs(terms)(y, dy)
        merged_jacobian(terms)(y, values)
        extended = np.append(y, 1.0)
        size = abs(terms.matrix) @ (extended[terms.first] * extended[terms.second])
        difference = np.abs(simulator.rhs(0.0, y, parameters) - dy) / size
        check("symnum: rhs at a random state, 1 + difference", 1 + float(difference.max()), 1, 1e-12)
        exact = terms.pattern.copy()
        exact.data = values
        gap = abs(simulator.jacobian(0.0, y, parameters) - exact).max() / np.abs(values).max()
        check("symnum: Jacobian at a random state, 1 + difference", 1 + float(gap), 1, 1e-12)


def kernels(
    results: Results, problem: Problem, tools: set[str], assembled: dict[str, Any], simulator: Any
) -> None:
    """Build every tool's kernels, check them, and time their calls in turns."""
    calls = Calls({}, {}, [])
    _numba_calls(results, problem, calls)
    if simulator is not None:
        _symnum_calls(problem, simulator, calls)
    if "symengine" in tools:
        _symengine_calls(results, problem, assembled, calls)
    if "casadi" in tools:
        _casadi_calls(results, problem, assembled, calls)
    for tool, (call, dy) in calls.rhs.items():
        call()
        check_rhs(tool, dy)
    norms = {}
    for tool, (call, values) in calls.jacobian.items():
        call()
        norms[tool] = float(np.linalg.norm(values))
        check(
            f"{tool}: norm of the Jacobian", norms[tool], norms.get("numba merged terms", norms[tool]), 1e-12
        )
    for stage, table in (("right-hand side, per call", calls.rhs), ("Jacobian, per call", calls.jacobian)):
        times = harness.per_call({tool: call for tool, (call, _) in table.items()}, quick=problem.quick)
        for tool, (typical, least) in times.items():
            results.add(stage, tool, typical, "us", least=least)
    if simulator is not None:
        results.bar("right-hand side", results.value("right-hand side, per call", "symnum"), 5, "us")
        results.bar("Jacobian values", results.value("Jacobian, per call", "symnum"), 30, "us")


# --- trajectories


def _cvode(problem: Problem, rtol: float, atol: float, tuned: bool) -> Work:
    from peers.cvode import integrate

    times = bcr_reference.output_times()

    def run(_: None) -> tuple[Floats, dict[str, Any]]:
        done = integrate(problem.terms, problem.y0, times, rtol, atol, tuned=tuned)
        return done.y, dict(done.statistics)

    return Work(run)


def _symnum(simulator: Any, rtol: float, atol: float | None) -> Work:
    times = bcr_reference.output_times()

    def run(_: None) -> tuple[Floats, dict[str, Any]]:
        solution = simulator.solve((0.0, times[-1]), t_eval=times, rtol=rtol, atol=atol)
        if not np.array_equal(solution.t, times):
            raise harness.WrongAnswer(f"symnum stopped early: {solution.status}")
        return solution.y, {key: solution.stats[key] for key in COUNTERS if key in solution.stats}

    return Work(run)


def _competitors(
    results: Results, problem: Problem, tools: set[str], simulator: Any, rtol: float, atol: float
) -> dict[str, Work]:
    work: dict[str, Work] = {}
    if simulator is not None:
        work["symnum"] = _symnum(simulator, rtol, atol)
    if "scikit-sundae" in tools:
        from peers.cvode import layout_is_known

        work["CVODE sparse"] = _cvode(problem, rtol, atol, tuned=False)
        if layout_is_known():
            work["CVODE sparse, tuned"] = _cvode(problem, rtol, atol, tuned=True)
        else:
            results.skip("CVODE sparse, tuned", "another version of scikit-sundae")
    return work


def trajectories(results: Results, problem: Problem, tools: set[str], simulator: Any) -> None:
    """t = 0..1e4 at equal tolerances, with errors against the tight reference at its output times."""
    reference = bcr_reference.bcr_reference()
    if simulator is not None:
        seconds, _ = harness.cpu_seconds(lambda: simulator.solve((0.0, 1e-6)))
        results.add("first solve in a process, to 1e-6", "symnum", seconds, "s")
    settings = [(RTOL, ATOL, 1 if problem.quick else 3)]
    if not problem.quick:
        settings += [(1e-6, 1e-8, 1), (1e-8, 1e-8, 1)]
    for rtol, atol, rounds in settings:
        stage = f"solve 0..1e4, {rtol:g}, {atol:g}"
        work = _competitors(results, problem, tools, simulator, rtol, atol)
        for tool, (seconds, (y, statistics)) in harness.once_each(work, rounds).items():
            published = {t: y[:, reference.t == t][:, 0] for t in PAG1_CSK}
            observed = {t: float(problem.network.observable("PAG1_Csk", u)) for t, u in published.items()}
            check_observable(tool, observed)
            results.add(
                stage,
                tool,
                statistics.pop("seconds", seconds),
                "s",
                **_errors(y, reference, atol),
                **statistics,
            )
    if simulator is not None and "scikit-sundae" in tools:
        _solve_bars(results)
    if simulator is not None:
        own = _symnum(simulator, RTOL, None)
        seconds, (y, statistics) = harness.once_each({"symnum": own}, settings[0][2])["symnum"]
        errors = _errors(y, reference, ATOL)
        results.add("solve 0..1e4, 1e-06, own atol", "symnum", seconds, "s", **errors, **statistics)


def _errors(y: Floats, reference: bcr_reference.Reference, atol: float) -> dict[str, Any]:
    """l2 and worst component up to 7500 and to the end; `worst tiny` counts below one molecule too."""
    found: dict[str, Any] = {}
    for until in bcr_reference.SPANS:
        measured = bcr_reference.errors(y, reference, until)
        found |= {f"l2 to {until:g}": measured["l2"], f"worst to {until:g}": measured["worst"]}
        tiny = bcr_reference.errors(y, reference, until, floor=1e3 * atol)
        found |= {f"worst tiny to {until:g}": tiny["worst"]}
    return found


def _solve_bars(results: Results) -> None:
    stage = f"solve 0..1e4, {RTOL:g}, {ATOL:g}"
    for tool in ("CVODE sparse", "CVODE sparse, tuned"):
        results.bar(
            f"solve in half the time of {tool}",
            results.value(stage, "symnum"), results.value(stage, tool) / 2, "s",
        )  # fmt: skip
    for until in bcr_reference.SPANS:
        for key in (f"l2 to {until:g}", f"worst to {until:g}"):
            mine, theirs = (results.value(stage, tool, key) for tool in ("symnum", "CVODE sparse"))
            results.bar(f"error {key}, CVODE's at equal tolerance", mine, theirs)


def main() -> int:
    """Run the stages."""
    parser = harness.parser("bcr", __doc__.splitlines()[0])
    parser.add_argument("--only", choices=["peers", "symnum"], help="leave out symnum, or its peers")
    arguments = parser.parse_args()
    results = Results("bcr", arguments.quick)
    problem = load(arguments.quick)
    tools = set() if arguments.only == "peers" else {"symnum"}
    if arguments.only != "symnum":
        tools |= {
            name for name in ("symengine", "casadi", "scikit-sundae") if harness.available(results, name)
        }
    cold_start(results, problem, "symnum" in tools)
    assembled = symbolic(results, problem, tools)
    simulator = None
    if "symnum" in tools:
        import symnum as sn

        simulator = sn.build_simulator(sn.read_model(problem.path))
    kernels(results, problem, tools, assembled, simulator)
    trajectories(results, problem, tools, simulator)
    return harness.finish(results, arguments)


if __name__ == "__main__":
    sys.exit(main())
