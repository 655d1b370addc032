"""The e-graph engine: loading, saturating, extracting, checking; first and warm calls. CPU seconds of both processes.

Wall-clock seconds stand beside them. Answers are checked before their times count.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import harness
from egraph_workloads import deep_term, kinetic_laws, wide_term
from harness import Results, check

import symnum as sn
from rewriters.egraph import engine, worker
from rewriters.egraph.costs import get_cost_model
from rewriters.egraph.decode import decode
from rewriters.egraph.extraction.extract import choices
from rewriters.egraph.graph import read_graph
from rewriters.rulesets import get_ruleset, rulesets

NEW = int(version("egglog").split(".")[0]) >= 14
TOOL = f"egglog {version('egglog')}"


def worker_seconds() -> float:
    """CPU seconds of the worker so far."""
    if worker._worker is None:
        return 0.0
    fields = Path(f"/proc/{worker._worker.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def timed(work: Callable[[], Any], rounds: int) -> tuple[float, float, Any]:
    """Median CPU seconds of both processes, median wall-clock seconds, and what the work returned last."""
    cpu, wall = [], []
    for _ in range(rounds):
        began = time.process_time() + worker_seconds()
        start = time.perf_counter()
        result = work()
        wall.append(time.perf_counter() - start)
        time.sleep(0.3)  # the worker makes itself ready for the next request; that is paid for here too
        cpu.append(time.process_time() + worker_seconds() - began)
    return statistics.median(cpu), statistics.median(wall), result


def first_and_warm(results: Results, rounds: int) -> None:
    """What a user waits for in a fresh interpreter, and then."""
    program = """
import time
import symnum as sn
x, y = sn.symbols("x y")
term = sn.sin(x)**2 + sn.cos(x)**2 + y
sn.rewrite(term, "trigonometry")
for _ in range(2):
    start = time.perf_counter()
    result = sn.rewrite(term, "trigonometry", engine="egraph").result
    print(time.perf_counter() - start)
assert result == y + 1
start = time.perf_counter()
sn.rewrite(term*2, "trigonometry", engine="egraph").result
print(time.perf_counter() - start)
"""
    times = []
    for _ in range(rounds):
        out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        times.append([float(line) for line in out.stdout.split()])
    first, _, warm = (statistics.median(column) for column in zip(*times))
    results.add("first call, wall", TOOL, first, "s")
    results.add("warm call, wall", TOOL, warm, "s")
    results.bar("a warm call on a small term", warm, 0.25, "s wall")


def load(results: Results, rounds: int) -> None:
    """Terms of depth 20,000 and of 25,000 nodes, into the e-graph."""
    rules = get_ruleset("none")
    model = get_cost_model("nodes")
    wide, beside = wide_term(25_000), wide_term(5_000)
    for name, terms in {"depth 20,000": [deep_term(20_000), beside], "wide": [wide]}.items():

        def work(terms: list[Any] = terms) -> Any:
            encoded, program = engine.prepare(terms, rules)
            limits = engine.Limits(iterations=1, timeout_s=60)
            answer, failure = worker.ask(engine.request(encoded, program, limits), 60.0)
            assert not failure, failure
            return encoded, program, answer

        cpu, wall, (encoded, program, (header, body)) = timed(work, rounds)
        graph = read_graph(header, body, program.constructors, encoded.leaves)
        (_, choice) = next(choices(graph, model, "tree"))
        check(name, float(decode(graph, choice, terms) == terms), 1.0, 0.0)
        check("nodes", encoded.size, 25_000, 0.01)
        details = {"wall": wall, "nodes": encoded.size, "in_worker": header["loaded_s"]}
        results.add(f"load 25,000 nodes, {name}", TOOL, cpu, "s", **details)
        results.bar(f"load 25,000 nodes, {name}", cpu, 1.5 if NEW else 3.0, "s")


def laws(results: Results, rounds: int) -> None:
    """200 kinetic laws: saturated, extracted and checked."""
    terms = kinetic_laws(200)
    names = [n for n in ("factor", "kinetics", "algebra") if n in rulesets()]
    for name in names:
        cpu, wall, (result, report) = timed(lambda name=name: sn.rewrite(terms, name, engine="egraph"), rounds)
        check("saturated", float(report.stop == "saturated"), 1.0, 0.0)
        check("checked", float(report.points > 10 or result == terms), 1.0, 0.0)
        results.add(
            f"200 kinetic laws, {name}",
            TOOL,
            cpu,
            "s",
            wall=wall,
            e_nodes=report.e_nodes,
            iterations=report.passes,
            cost_before=report.cost_before,
            cost_after=report.cost_after,
        )
        results.bar(f"200 kinetic laws, {name}", cpu, 1.0, "s")


def extraction(results: Results, rounds: int) -> None:
    """200 roots from 200,000 e-nodes: read out, choose by two extractors, make the terms."""
    terms = kinetic_laws(200, seed=4)
    terms = [a * b * (c + a) + c * a for a, b, c in zip(terms, terms[1:] + terms[:1], terms[2:] + terms[:2])]
    rules = (get_ruleset("factor") + sn.ruleset(["expand: ~a*(~b + ~c) => ~a*~b + ~a*~c"])).sound()
    model = get_cost_model("cycles")
    encoded, program = engine.prepare(terms, rules)
    limits = engine.Limits(node_limit=200_000, timeout_s=120, iterations=100)
    (header, body), _ = worker.ask(engine.request(encoded, program, limits), 120.0)
    check("enough e-nodes", float(header["nodes"] > 150_000), 1.0, 0.0)

    def work() -> Any:
        graph = read_graph(header, body, program.constructors, encoded.leaves)
        return [(name, decode(graph, choice, terms)) for name, choice in choices(graph, model, "best")]

    cpu, wall, found = timed(work, rounds)
    costs = {name: model.total(made) for name, made in found}
    read_out = header["read_s"]
    results.add(
        "extract 200 roots",
        TOOL,
        cpu + read_out,
        "s",
        wall=wall + read_out,
        e_nodes=header["nodes"],
        read_out=read_out,
        before=model.total(terms),
        **costs,
    )
    scaled = (cpu + read_out) * 2e5 / header["nodes"]
    results.bar(f"extract 200 roots of {header['nodes']:,} e-nodes, for 200,000", scaled, 1.5, "s")


def main() -> int:
    """Run the stages."""
    parser = harness.parser("egraph" if not NEW else "egraph_newer", __doc__.splitlines()[0])
    arguments = parser.parse_args()
    results = Results("egraph", arguments.quick)
    rounds = 1 if arguments.quick else 3
    worker.warm()
    first_and_warm(results, rounds)
    load(results, rounds)
    laws(results, rounds)
    extraction(results, rounds)
    return harness.finish(results, arguments)


if __name__ == "__main__":
    sys.exit(main())
