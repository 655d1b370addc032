"""The fixed symbolic workloads, for every data structure beside SymPy and SymEngine.

``python benchmarks/terms.py [--json [PATH]] [--quick] [--plot PATH]``. CPU time of one core, medians of runs that take
turns; every answer is checked before a time counts. The baseline is `Tree`: plain trees, simplified by ordinary
rules to a fixpoint (``workloads/tree_rules.py`` says by which, and the output with each figure). Ratios grow with the
size, so the size stands with each. Matching has a benchmark of its own, ``benchmarks/matching.py``.
"""

import harness

# isort: split
import json
import math
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from harness import Results
from workloads import bcr_jacobian, plot, tree_rules
from workloads.determinant import determinant
from workloads.expansion import expansion, long_expansion
from workloads.left_fold import left_fold
from workloads.random_tree import random_tree
from workloads.substitution import substitution
from workloads.workload import Workload, run

import symnum as sn

MOST_BY_PAIRS = 4
"""Factors up to which the pairwise rules multiply a tree out within a minute."""


def workloads(quick: bool, only: str) -> Iterator[Workload]:
    """All jobs at all sizes whose names begin with a text, made one after another."""
    return (job() for stage, job in jobs(quick) if stage.startswith(only))


def jobs(quick: bool) -> Iterator[tuple[str, Callable[[], Workload]]]:
    """All jobs at all sizes by name."""
    for leaves in (100, 300, 1000):
        yield f"random tree, {leaves} leaves", partial(random_tree, leaves)
    for n in (100,) if quick else (100, 200, 400):
        yield f"left fold, {n} summands", partial(left_fold, n)
    for p in (3,) if quick else (3, 4, 5, 7):
        yield f"expansion, {p} sums of 4", partial(expansion, p, with_tree=p <= MOST_BY_PAIRS)
    for size in (3, 4, 5):
        yield f"determinant by LU, {size} x {size}", partial(determinant, size)
    for levels in (3, 6, 12):
        yield f"substitution, {levels} levels", partial(substitution, levels)
    if not quick:
        yield "expansion to 5,456 terms", long_expansion
    system = bcr_jacobian.network()
    if system is not None:
        for n in (3,) if quick else (100, 300, 1122):
            job = partial(bcr_jacobian.jacobian, system, n, with_slow=n <= 100)
            yield f"BCR Jacobian, {n} equations", job


def stored(path: Path, only: str) -> list[dict[str, Any]]:
    """The stored figures of the jobs that are not run again."""
    figures: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["figures"]
    return [f for f in figures if not f["stage"].startswith(only) and not f.get("extrapolated")]


def extrapolate_tree(results: Results) -> None:
    """Add what the pairwise rules would take for 5 and 7 factors, by the power law through 3 and 4."""
    three, four = (results.value(f"expansion, {p} sums of 4", "tree") for p in (3, 4))
    exponent = math.log(four / three) / math.log(4)
    for p in (5, 7):
        stage = f"expansion, {p} sums of 4"
        value = four * 4 ** (exponent * (p - 4))
        for figure in results.figures:
            if figure["stage"] == stage:
                figure["tree_over_this"] = value / figure["value"]
        what = f"not run: extrapolated from p = 3, 4 as size^{exponent:.2f}; {tree_rules.REWRITE_EXPAND}"
        results.add(stage, "tree", value, "ms", size=4**p, tree_over_this=1.0, extrapolated=True, what_ran=what)


def bars(results: Results) -> None:
    """Hold what was measured against the limits, as shares of the other tool's time."""

    def share(stage: str, tool: str, other: str, limit: float, note: str = "") -> None:
        value = results.value(stage, tool) / results.value(stage, other)
        results.bar(f"{stage}: {tool} / {other}{note}", value, 1 / limit)

    fold, product, part = "left fold, 400 summands", "expansion, 7 sums of 4", "BCR Jacobian, 300 equations"
    for tree in ("tree", "tree, gathering rules"):
        share(product, "canonical", tree, 113, " (extrapolated)" if tree == "tree" else "")
        share(fold, "canonical", tree, 113)
        share(part, "canonical", tree, 113)
        share(fold, "arena", tree, 1000)
        share(fold, "arena, in bulk", tree, 1000)
        share(part, "arena", tree, 1000)
    whole = "BCR Jacobian, 1122 equations"
    share(whole, "arena, from arrays", "symengine", 25)
    share(whole, "arena, made from reactions", "symengine", 5)
    share(whole, "canonical", "symengine", 2.5)
    share("expansion to 5,456 terms", "polynomial", "symengine", 1)
    share("expansion to 5,456 terms", "polynomial, python-flint", "symengine", 10)


def main() -> int:
    """Run the benchmark."""
    arguments = harness.parser("terms", __doc__ or "")
    arguments.add_argument("--plot", type=Path, metavar="PATH", help="draw time against size")
    arguments.add_argument("--only", default="", metavar="TEXT", help="jobs named so; others stay as stored")
    given = arguments.parse_args()
    results = Results("terms", quick=given.quick)
    if given.only and given.json is not None and given.json.exists():
        results.figures = stored(given.json, given.only)
    for package in ("symengine", "python-flint"):
        harness.available(results, package)
    x = sn.symbols("x", terms="arena")
    sn.differentiate(sn.expand((x + 1) ** 2) * 2, x)  # compiled before anything is timed
    for work in workloads(given.quick, given.only):
        run(results, work, 3 if given.quick else 7)
        if given.json is not None:
            results.write(given.json)
    if not given.quick:
        extrapolate_tree(results)
        bars(results)
    path = given.plot or (given.json.with_suffix(".png") if given.json is not None else None)
    if path is not None:
        plot.plot(results.figures, path)
    return harness.finish(results, given)


if __name__ == "__main__":
    sys.exit(main())
