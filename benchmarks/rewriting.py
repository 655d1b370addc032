"""What rewriting is worth: BCR factored against flat, kinetic laws on the e-graph against classical, whole models.

``python benchmarks/rewriting.py [--json [PATH]] [--quick]``. CPU time of one core, competitors taking turns; every
answer is checked before its time is taken.
"""

import harness

# isort: split
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from harness import Results, check, per_call

import symnum as sn
from codegen.compile import compile_tape
from codegen.kernel import STAGE_SLOTS, Context, Kernel
from codegen.llvm_text import emit_llvm
from codegen.lower import Lowering
from codegen.native import object_code, triple
from codegen.parameter_factors import fold_coefficients
from codegen.reciprocals import share_reciprocals
from codegen.repeated import RepeatedKernel, repeated_tape
from codegen.rewrite_system import _pieces
from codegen.rewrite_terms import _cache, rewrite_groups
from codegen.rewriting import FLAT
from codegen.system_tape import system_tape
from codegen.tape import TapeBuilder
from codegen.time_tapes import time_tapes
from rewriters.egraph import worker
from rewriters.templates import hoist, template
from symnum.laboratory.corpora.kinetic_laws import KineticLaw, kinetic_laws
from symnum.laboratory.corpora.sbml_laws import sbml_laws
from symnum.laboratory.timing import time_interleaved
from symnum.simulators.kernels import BoundKernel
from symnum.simulators.rewriting import rewriting_for
from symnum.terms import evaluate, free_symbols
from symnum.terms.canonical import add, multiply
from symnum.terms.differentiate import gradient
from symnum.terms.jacobian import jacobian

TOOL = "symnum"
NORM = 74.743840  # published, of BCR's right-hand side at its initial state


def worker_seconds() -> float:
    """CPU seconds of the worker process so far."""
    if worker._worker is None:
        return 0.0
    fields = Path(f"/proc/{worker._worker.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# --- BCR


def bcr(results: Results, quick: bool) -> None:
    """The BCR network's right-hand side: flat at several chunk sizes, factored, and with the e-graph asked for."""
    path = harness.data_folder() / "networks" / "bcr.net"
    if not path.exists():
        results.skip("BCR", f"{path.name} is not there")
        return
    system = sn.read_model(path).system
    system = system() if callable(system) else system
    sim = sn.build_simulator(system, rewrite="egraph")
    y, p = sim.defaults()
    flat = system_tape(system, "rhs", FLAT).tape
    tapes: dict[str, Any] = {"classical": (system_tape(system, "rhs").tape, None), "flat, x86-64": (flat, None)}
    tapes |= {f"flat, LLVM, chunks of {n}": (flat, n) for n in ([200] if quick else [200, 400])}
    bound = {}
    for name, (tape, limit) in tapes.items():
        start = time.process_time()
        bound[name] = _bound(_kernel(tape, limit), y, p)
        results.add("BCR: compile", name, time.process_time() - start, "s", **tape.operation_counts)
    bound["egraph"] = _bound(sim.kernels["rhs"].compiled, y, p)
    for name, kernel in bound.items():
        kernel()
        check(f"BCR, {name}", float(np.linalg.norm(kernel.output)), NORM, 1e-6)
    times = per_call({name: kernel.call for name, kernel in bound.items()}, quick=quick)
    for name, (median, least) in times.items():
        results.add("BCR: right-hand side", name, median, "µs", least=least)
    best = min(median for name, (median, _) in times.items() if name.startswith("flat"))
    own = times["classical"][0]
    results.add("BCR: classical beside the best flat", TOOL, best / own, "x")
    results.bar("BCR: time of the flat kernel at its best, divided by three", own, best / 3, "µs")
    results.bar("BCR: right-hand side", own, 5.0, "µs")
    report = sim.rewrite_report
    results.add("BCR: laws for the e-graph", TOOL, report.laws, "", improved=report.improved)


def _kernel(tape: Any, limit: int | None) -> Kernel:
    if limit is None:
        return compile_tape(tape, "rhs", b"", store=False)
    module = emit_llvm(tape, "rhs", STAGE_SLOTS["rhs"], triple(), limit)
    code = object_code(module.text, 1)
    return Kernel("rhs", code, module.stage_size, module.scratch_size, len(tape.output))


def _bound(kernel: Kernel, y: Any, p: Any) -> BoundKernel:
    context = Context()
    context.reserve(kernel)
    kernel.evaluate_stage(p, context)
    return BoundKernel(kernel, context, 0.0, y.copy(), p)


# --- kinetic laws


def corpora() -> Iterator[tuple[str, list[KineticLaw]]]:
    """Yield the corpora: generated laws, and those of SBML files where there are some."""
    yield "generated", kinetic_laws(400, seed=1)
    archive = harness.data_folder() / "sbml" / "semantic-odd.tar.gz"
    if archive.exists():
        yield "SBML", sbml_laws(archive)


def distinct(laws: list[KineticLaw]) -> list[KineticLaw]:
    """Return the laws that differ in more than names."""
    found: dict[Any, KineticLaw] = {}
    for law in laws:
        made = hoist([law.term], set(law.parameters))
        key = template(made.terms, dict.fromkeys(made.parts, "free")).key
        found.setdefault(key, law)
    return list(found.values())


def laws(results: Results, quick: bool) -> None:
    """Each distinct law: flat, classical, and in the form of the e-graph; many copies in one kernel."""
    plan = rewriting_for("egraph")
    for name, corpus in corpora():
        single = distinct(corpus)
        gains, others, changed = {}, {}, 0
        for law in single:
            (form,), report = rewrite_groups([[law.term]], set(law.parameters), plan)
            if form[0] is law.term:
                others[law.name] = 1.0
                continue
            changed += 1
            gain, seconds = _law_times(law, form[0], 7 if quick else 61)
            gains[law.name] = gain
            cost = (report.cost_before, report.cost_after)
            results.add(
                f"{name}: {law.name}",
                "egraph",
                gain,
                "x",
                predicted=cost[0] / cost[1],
                ns_before=seconds[0] * 1e9,
                ns_after=seconds[1] * 1e9,
                before=str(law.term),
                after=str(form[0]),
            )
        both = [*gains.values(), *others.values()]
        results.add(f"{name}: distinct laws", TOOL, len(single), "", laws=len(corpus), gained=changed)
        results.add(f"{name}: median gain over all distinct laws", TOOL, statistics.median(both), "x")
        if gains:
            middle, least = statistics.median(gains.values()), min(gains.values())
            results.add(f"{name}: median gain where there is one", TOOL, middle, "x", least=least)
            results.bar(f"{name}: 1.3 divided by the median gain where there is one", 1.3 / middle, 1.0)
            results.bar(f"{name}: 0.95 divided by the least gain", 0.95 / least, 1.0)


def _law_times(law: KineticLaw, form: Any, rounds: int) -> tuple[float, tuple[float, float]]:
    """Return the gain of a form over the law as it is, both as classical compiling has them, and both times."""
    draw = np.random.default_rng(3)
    states, parameters = law.species, law.parameters
    copies = 24
    tapes = [repeated_tape([term], states, parameters, copies) for term in (law.term, form)]
    kernels = [RepeatedKernel(tape, copies, len(states), len(parameters), 1) for tape in tapes]
    points = np.exp(draw.uniform(-1, 1, (24, len(states) + len(parameters))))
    names = {s: points[:, i] for i, s in enumerate((*states, *parameters))}
    expected = evaluate(law.term, names)
    for kernel in kernels:
        error = np.abs(kernel.values(points)[:, 0] - expected) / np.abs(expected)
        check(law.name, float(error.max()) + 1.0, 1.0, 1e-10)
        kernel.set_parameters(np.tile(points[0, len(states) :], copies))
    table = np.exp(draw.uniform(-1, 1, (16, copies * len(states))))
    before, after = time_interleaved(kernels, table, rounds)
    return after.gain, (before.seconds, after.seconds)


def batch(results: Results, quick: bool) -> None:
    """200 kinetic laws saturated, extracted and checked, the worker warm: CPU time of both processes."""
    corpus = kinetic_laws(200, seed=7)
    groups = [[law.term] for law in corpus]
    parameters = {p for law in corpus for p in law.parameters}
    plan = rewriting_for("egraph")
    rewrite_groups(groups, parameters, plan)
    spent, wall = [], []
    for _ in range(2 if quick else 5):
        _cache.clear()
        start, began = time.perf_counter(), time.process_time() + worker_seconds()
        _, report = rewrite_groups(groups, parameters, plan)
        wall.append(time.perf_counter() - start)
        time.sleep(0.3)  # the worker makes itself ready for the next request; that is paid for here too
        spent.append(time.process_time() + worker_seconds() - began)
    check("saturated", float(set(report.stop) == {"saturated"}), 1.0, 0.0)
    median = statistics.median(spent)
    details = {"templates": report.templates, "e_nodes": report.e_nodes, "wall": statistics.median(wall)}
    results.add("200 kinetic laws", TOOL, median, "s", **details)
    results.bar("200 kinetic laws saturated, extracted and checked", median, 1.0, "s CPU")


# --- whole models


ONE_WAY = (
    "michaelis_menten enzyme competitive uncompetitive noncompetitive mixed substrate_inhibition ping_pong hill "
    "hill_any_order monod contois tessier ratio arrhenius_product"
).split()
"""Families whose rate is never negative, so that the models' states stay positive."""


def kinetic_model(reactions: int, seed: int = 0) -> Any:
    """A model of so many reactions with generated laws: each turns a species that it stops without into another."""
    count = max(12, reactions)
    corpus = [
        law
        for law in kinetic_laws(5 * reactions + 70, seed, species=count, parameters=max(12, 2 * reactions))
        if law.name.rpartition("_")[0] in ONE_WAY
    ]
    draw = np.random.default_rng(seed)
    y = [f"y{i}" for i in range(count)]
    rows: dict[str, Any] = {name: 0.05 - sn.symbols(name) / 10 for name in y}
    values: dict[str, float] = {}
    made = 0
    for law in corpus:
        point = dict.fromkeys((*law.species, *law.parameters), 1.3)
        fed = [s.name for s in law.species if 0 <= evaluate(law.term, {**point, s: 1e-9}) < 1e-8]
        if fed and made < reactions:
            made += 1
            values |= {p.name: float(draw.uniform(0.5, 2.0)) for p in law.parameters}
            other = y[int(draw.integers(count))]
            rows[fed[0]] = rows[fed[0]] - law.term / 20
            rows[other] = rows[other] + law.term / 20
    return sn.ode_system(rows, parameters=values, initial={name: float(draw.uniform(0.5, 1.5)) for name in y})


def models(results: Results, quick: bool) -> None:
    """Whole models at every level: compile time, right-hand side, simulation, memory."""
    for reactions in (10, 100) if quick else (10, 100, 1000):
        model = kinetic_model(reactions)
        found: dict[str, Any] = {}
        for level in ("none", "classical", "egraph"):
            with tempfile.TemporaryDirectory() as folder, CacheFolder(folder):
                _cache.clear()
                sim = sn.build_simulator(model, rewrite=level)
                began = time.process_time() + worker_seconds()
                y, p = sim.defaults()
                values = sim.rhs(0.0, y, p)
                spent = time.process_time() + worker_seconds() - began
                sol = sim.solve((0.0, 20.0), rtol=1e-8, atol=1e-10, method="tsit5")
                found[level] = (sim, spent, values, sol)
        reference = found["none"]
        for level, (_, _, values, sol) in found.items():
            check(f"{reactions} reactions, {level}", float(np.abs(values - reference[2]).max()) + 1.0, 1.0, 1e-9)
            last = np.abs(sol.y[:, -1] - reference[3].y[:, -1]) / (1 + np.abs(reference[3].y[:, -1]))
            check(f"trajectory of {reactions}, {level}", float(last.max()) + 1.0, 1.0, 1e-5)
        _model_times(results, reactions, found, quick)


def _model_times(results: Results, reactions: int, found: dict[str, Any], quick: bool) -> None:
    calls = {level: sim.kernels["rhs"].bind(0.0, sim.defaults()[0])[0] for level, (sim, *_) in found.items()}
    times = per_call(calls, quick=quick)
    seconds: dict[str, list[float]] = {level: [] for level in found}
    for _ in range(3 if quick else 7):
        for level, (sim, *_) in found.items():
            start = time.process_time()
            sim.solve((0.0, 20.0), rtol=1e-8, atol=1e-10, method="tsit5")
            seconds[level].append(time.process_time() - start)
    for level, (sim, spent, *_) in found.items():
        facts = sim.compile_report["rhs"]
        results.add(
            f"model of {reactions} reactions",
            level,
            times[level][0],
            "µs",
            least=times[level][1],
            compile=spent,
            solve=statistics.median(seconds[level]),
            operations=sum(facts["operations"].values()),
            code_bytes=facts["code_bytes"],
            memory_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        )
    extra = found["egraph"][1] - found["classical"][1]
    evaluations = found["egraph"][3].stats["rhs_evaluations"]
    least = {level: pair[1] for level, pair in times.items()}
    saved = (least["classical"] - least["egraph"]) * 1e-6 * evaluations
    results.add(
        f"model of {reactions} reactions: simulations that pay for the e-graph",
        TOOL,
        extra / saved if saved > 0 else float("inf"),
        "",
        gain=least["classical"] / least["egraph"],
        extra=extra,
        rhs_evaluations=evaluations,
        predicted=found["egraph"][0].rewrite_report.predicted_gain,
    )


# --- Jacobians


def jacobians(results: Results, quick: bool) -> None:
    """What the e-graph would gain on Jacobians, each law's gradient rewritten; what part of a stiff solve they take."""
    plan = rewriting_for("egraph")
    for reactions in (30,) if quick else (30, 100, 300):
        model = kinetic_model(reactions)
        system = model.system() if callable(model.system) else model.system
        _cache.clear()
        began = time.process_time() + worker_seconds()
        tapes, improved = jacobian_tapes(system, plan)
        spent = time.process_time() + worker_seconds() - began
        before, after = time_tapes(tapes, len(system.states), len(system.parameters), 5 if quick else 21)
        sim = sn.build_simulator(system, rewrite="classical")
        solve = []
        for _ in range(4):
            start = time.process_time()
            sol = sim.solve((0.0, 20.0), rtol=1e-8, atol=1e-10, method="rodas5p")
            solve.append(time.process_time() - start)
        share = float(np.median(before)) * sol.stats["jacobian_evaluations"] / min(solve)
        details = {"rewriting": spent, "laws_improved": improved, "microseconds": float(np.median(before)) * 1e6}
        gain = float(np.median(before / after))
        results.add(f"Jacobian of {reactions} reactions: gain", "egraph", gain, "x", **details)
        results.add(f"Jacobian of {reactions} reactions: part of a stiff solve", "rodas5p", 100 * share, "%")


def jacobian_tapes(system: Any, plan: Any) -> tuple[list[Any], int]:
    """Return the tapes of the Jacobian from the gradients of the laws as they are and rewritten; how many gained."""
    states = {s: i for i, s in enumerate(system.states)}
    rests, pieces = _pieces(system)
    symbols = [[s for s in free_symbols([law]) if s in states] for law, _ in pieces]
    gradients = [list(gradient(law, own)) for (law, _), own in zip(pieces, symbols)]
    new, report = rewrite_groups(gradients, frozenset(system.parameters), plan)
    matrix = jacobian(rests, system.states)
    point = {s: 0.7 + 0.01 * i for i, s in enumerate((*system.states, *system.parameters))}
    tapes, values = [], []
    for form in (gradients, new):
        entries: dict[tuple[int, int], list[Any]] = {}
        for row, column, entry in zip(matrix.rows, matrix.columns, matrix.entries):
            entries.setdefault((int(column), int(row)), []).append(entry)
        for (_, uses), own, partials in zip(pieces, symbols, form):
            for row, coefficient in uses:
                for s, partial in zip(own, partials):
                    entries.setdefault((states[s], row), []).append(multiply((coefficient, partial)))
        terms = [add(entries[place]) for place in sorted(entries)]
        values.append(np.array(evaluate(terms, point)))
        builder = TapeBuilder()
        leaves = {s: builder.state(i) for s, i in states.items()}
        leaves |= {s: builder.parameter(i) for i, s in enumerate(system.parameters)}
        lower = Lowering(builder, leaves)
        tapes.append(share_reciprocals(fold_coefficients(builder.finish([lower(term) for term in terms]))))
    check("Jacobian", float(np.abs(values[1] - values[0]).max() / np.abs(values[0]).max()) + 1.0, 1.0, 1e-10)
    return tapes, report.improved


class CacheFolder:
    """A kernel cache of its own for a while."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def __enter__(self) -> None:
        self.before = os.environ.get("SYMNUM_CACHE_DIR")
        os.environ["SYMNUM_CACHE_DIR"] = self.folder

    def __exit__(self, *_: object) -> None:
        if self.before is None:
            del os.environ["SYMNUM_CACHE_DIR"]
        else:
            os.environ["SYMNUM_CACHE_DIR"] = self.before


def main() -> int:
    """Run the stages."""
    arguments = harness.parser("rewriting", __doc__.splitlines()[0]).parse_args()
    results = Results("rewriting", arguments.quick)
    worker.warm()
    laws(results, arguments.quick)
    batch(results, arguments.quick)
    models(results, arguments.quick)
    jacobians(results, arguments.quick)
    bcr(results, arguments.quick)
    return harness.finish(results, arguments)


if __name__ == "__main__":
    sys.exit(main())
