"""Rulesets against each other on all corpora: do predicted and measured gains rank them alike?

Every answer is compared with the input by the laboratory; a wrong value ends the benchmark with an error.

    python benchmarks/rulesets.py --json
    python benchmarks/rulesets.py --corpora stencils,moments --count 6
"""

import argparse
import math
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import harness
from harness import Results, WrongAnswer

import symnum as sn
from symnum.laboratory.statistics import finite, spearman

RULESETS = ("none", "factor", "trigonometry", "cpu_cycles", "kinetics", "stencil")
ENGINES = ("classical", "egraph")
COUNT, QUICK = 8, 4
COUNTS = {"kinetic_laws": 34}  # each family once
LIMIT = 0.2
"""One minus the rank correlation that is wanted."""


@dataclass
class Measured(Results):
    """Results, with predicted and measured gain of each changed piece."""

    pieces: dict[str, list[Any]] = field(default_factory=dict)


def main() -> int:
    """Run the laboratory over the corpora."""
    parser = harness.parser("rulesets", __doc__.splitlines()[0])
    parser.add_argument("--corpora", default=",".join(sn.corpora()), help="names, separated by commas")
    parser.add_argument("--rulesets", default=",".join(RULESETS), help="names, separated by commas")
    parser.add_argument("--count", type=int, default=None, help="pieces of each corpus")
    parser.add_argument("--cost", default="cycles", help="cost model")
    parser.add_argument("--html", type=Path, default=None, help="folder for a report of each corpus")
    options = parser.parse_args()
    results = Measured("rulesets", options.quick)
    runs = {}
    for corpus in options.corpora.split(","):
        try:
            runs[corpus] = run(corpus, options)
        except sn.errors.InputError as error:  # reference data are absent
            results.skip(corpus, str(error))
            continue
        check(corpus, runs[corpus].records())
        add(results, corpus, runs[corpus])
    correlations(results, runs, options.cost)
    return harness.finish(results, options)


def run(corpus: str, options: argparse.Namespace) -> Any:
    """Measure one corpus."""
    count = options.count or (QUICK if options.quick else COUNTS.get(corpus, COUNT))
    result = sn.benchmark_rulesets(
        corpus,
        options.rulesets.split(","),
        ENGINES,
        count=count,
        repeats=5 if options.quick else 15,
        cost=options.cost,
        timeout_each_s=1.0,
    )
    if options.html is not None:
        options.html.mkdir(parents=True, exist_ok=True)
        result.to_html(options.html / f"{corpus}.html")
    return result


def check(corpus: str, records: list[dict[str, Any]]) -> None:
    """Raise where an answer has another value than its input, or nothing was measured."""
    for record in records:
        wrong = [f for f in record["failures"] if f.startswith(("wrong", "rejected", "exception"))]
        if wrong:
            raise WrongAnswer(f"{corpus}: {record['model']}, {record['ruleset']}, {record['engine']}: {wrong[0]}")
    if not finite([r["measured_gain"] for r in records]):
        raise WrongAnswer(f"{corpus}: nothing was measured")


def add(results: Measured, corpus: str, result: Any) -> None:
    """Store the summary of one corpus."""
    for row in result.summary():
        kept = {k: row[k] for k in ("pieces", "changed", "median_changed", "worst_gain", "best_gain", "predicted_gain")}
        kept |= {k: row[k] for k in ("time", "ulp", "failures", "spearman", "spearman_n")}
        results.add(corpus, f"{row['ruleset']}, {row['engine']}", row["median_gain"], "", **kept)
    changed = {
        (r["model"], f"{r['ruleset']}, {r['engine']}"): [round(r["predicted_gain"], 3), round(r["measured_gain"], 3)]
        for r in result.records()
        if r["changed"] and r["measured_gain"] is not None
    }
    results.pieces[corpus] = [[*which, *gains] for which, gains in changed.items()]
    results.add(corpus, "resolution", 100 * result.facts["resolution"], "%", seconds=result.facts["seconds"])


def correlations(results: Results, runs: dict[str, Any], cost: str) -> None:
    """Store how well each cost model ranks pieces and rulesets."""
    records = [record for result in runs.values() for record in result.records()]
    for model in (*sn.cost_models(), "tape"):
        rho, n = of_pieces(records, model)
        each = {name: of_pieces(result.records(), model)[0] for name, result in runs.items()}
        results.add("rank correlation of pieces", model, rho, "", n=n, **each)
        rho, n = of_rulesets(runs, model)
        results.add("rank correlation of rulesets", model, rho, "", n=n)
    results.bar(f"1 - Spearman of rulesets, {cost}", 1 - of_rulesets(runs, cost)[0], LIMIT)
    results.bar(f"1 - Spearman of pieces, {cost}", 1 - of_pieces(records, cost)[0], LIMIT)


def of_pieces(records: list[dict[str, Any]], model: str) -> tuple[float, int]:
    """Return Spearman's correlation over all changed pieces, the same code of one piece once, and their number."""
    pairs = {
        (r["model"], r["predictions"][model], r["measured_gain"])
        for r in records
        if r["changed"] and r["measured_gain"] is not None and math.isfinite(r["predictions"][model])
    }
    ordered = sorted(pairs)
    return spearman([p[1] for p in ordered], [p[2] for p in ordered]), len(ordered)


def of_rulesets(runs: dict[str, Any], model: str) -> tuple[float, int]:
    """Return the correlation of the mean gains of rulesets and engines on each corpus, and the number of those."""
    predicted, measured = [], []
    for result in runs.values():
        cells: dict[tuple[str, str], list[tuple[float, float]]] = {}
        for r in result.records():
            if r["ruleset"] != "none" and r["measured_gain"] is not None and r["predictions"].get(model):
                pair = (math.log(r["predictions"][model]), math.log(r["measured_gain"]))
                cells.setdefault((r["ruleset"], r["engine"]), []).append(pair)
        for pairs in cells.values():
            predicted.append(sum(p for p, _ in pairs) / len(pairs))
            measured.append(sum(m for _, m in pairs) / len(pairs))
    return spearman(predicted, measured), len(predicted)


if __name__ == "__main__":
    sys.exit(main())
