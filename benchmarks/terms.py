"""The fixed symbolic workloads, for every data structure beside SymPy and SymEngine.

``python benchmarks/terms.py [--json [PATH]] [--quick] [--plot PATH]``. CPU time of one core. Answers are checked
against the canonical structure's before a time counts. `Tree` is the baseline: the same rules, applied node by
node over the term interface. Sizes are stated, since ratios grow with them.
"""

import harness

# isort: split
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import sympy
from harness import Results, WrongAnswer, available

import symnum as sn
from symnum.terms import convert, interface
from symnum.terms.arena import Arena, arena_jacobian_of_fluxes, equations_of_fluxes
from symnum.terms.arena.term import enter

STRUCTURES = ("tree", "canonical", "arena")


def measured(work: Callable[[], Any], rounds: int) -> tuple[float, Any]:
    """Median CPU seconds of some runs, and what the last one returned; long ones run once."""
    seconds: list[float] = []
    while True:
        start = time.process_time()
        result = work()
        seconds.append(time.process_time() - start)
        if len(seconds) >= rounds or sum(seconds) > 2.0:
            return statistics.median(seconds), result


# --- the baseline: the rules of construction, node by node over the interface, until nothing changes


def by_rules(term: Any) -> Any:
    """Apply flattening and the gathering of like terms and powers bottom-up, to a fixpoint."""
    while True:
        new = walked(term)
        if new == term:
            return new
        term = new


def walked(term: Any) -> Any:
    """Apply the rules once at every node, children first."""
    if not interface.is_call(term):
        return term
    operation = interface.operation(term)
    args = [walked(a) for a in interface.arguments(term)]
    if operation not in ("+", "*"):
        return interface.make_term(term, operation, args)
    flat: list[Any] = []
    for a in args:
        same = interface.is_call(a) and interface.operation(a) == operation
        flat.extend(interface.arguments(a) if same else (a,))
    return gathered(term, operation, flat)


def gathered(like: Any, operation: str, args: list[Any]) -> Any:
    """Combine like terms of a sum, or powers of one base of a product."""
    number: Any = int(operation == "*")
    parts: dict[Any, Any] = {}
    for a in args:
        part, weight = split(a, operation)
        if part is None:
            number = number + weight if operation == "+" else number * weight
        else:
            parts[part] = parts.get(part, 0) + weight
    if operation == "*" and number == 0:
        return 0
    inner = "*" if operation == "+" else "^"
    new = [number] if number != int(operation == "*") or not parts else []
    for part, weight in sorted(parts.items(), key=lambda item: repr(item[0])):
        if weight == 1:
            new.append(part)
        elif weight != 0:
            new.append(interface.make_term(like, inner, [weight, part] if inner == "*" else [part, weight]))
    if not new:
        return int(operation == "*")
    return new[0] if len(new) == 1 else interface.make_term(like, operation, new)


def split(term: Any, operation: str) -> tuple[Any, Any]:
    """Split a term into (part, weight): c*t of a sum, b^n of a product, numbers into (None, number)."""
    if not interface.is_call(term):
        return (term, 1) if interface.is_symbol(term) else (None, term)
    args = interface.arguments(term)
    leads = not (interface.is_expr(args[0]) or interface.is_symbol(args[0]))  # a number comes first
    if operation == "+" and interface.operation(term) == "*" and leads:
        return (args[1] if len(args) == 2 else interface.make_term(term, "*", args[1:])), args[0]
    if operation == "*" and interface.operation(term) == "^" and isinstance(args[1], int):
        return args[0], args[1]
    return term, 1


# --- workloads: size -> {tool: work}, and what turns a tool's answer into a canonical term


def fold_terms(n: int) -> list[tuple[int, int]]:
    """Left fold: n summands over n/2 symbols, as (symbol, coefficient) pairs."""
    return [(k * 7 % (n // 2), k % 5 + 1) for k in range(n)]


def left_fold(n: int) -> dict[str, Callable[[], Any]]:
    """Build the sum one by one and collect it."""
    pairs = fold_terms(n)
    works: dict[str, Callable[[], Any]] = {}

    def folded(symbols: Any, finish: Callable[[Any], Any]) -> Any:
        total = symbols[0] * 0
        for s, c in pairs:
            total = total + c * symbols[s]
        return finish(total)

    for name in STRUCTURES:
        symbols = sn.symbols([f"s{i}" for i in range(n // 2)], terms=name)
        works[name] = partial(folded, symbols, by_rules if name == "tree" else lambda t: t)
    arena = Arena()
    nodes = [arena.symbol_node(f"s{i}") for i in range(n // 2)]
    references, codes = [nodes[s] for s, _ in pairs], [c for _, c in pairs]
    works["arena, in bulk"] = lambda: arena.term(arena.sum_of(references, codes))
    works["sympy"] = partial(folded, sympy.symbols(f"s0:{n // 2}"), lambda t: t)
    works["symengine"] = partial(folded, engine_symbols(n // 2), lambda t: t)
    return works


def engine_symbols(n: int) -> list[Any]:
    """Symbols s0, s1, ... of SymEngine."""
    import symengine

    return [symengine.Symbol(f"s{i}") for i in range(n)]


def expansion(p: int) -> dict[str, Callable[[], Any]]:
    """Multiply out a product of p sums of 4 terms over 8 symbols."""
    import symengine

    def product(symbols: Any) -> Any:
        total = 1
        for k in range(p):
            a, b, c, d = (symbols[(k + 3 * j) % 8] for j in range(4))
            total = total * (a + 2 * b + c * d + (k + 1))
        return total

    works: dict[str, Callable[[], Any]] = {}
    names = [f"s{i}" for i in range(8)]
    for name in STRUCTURES[1:]:
        works[name] = partial(sn.expand, product(sn.symbols(names, terms=name)))
    works["tree"] = partial(tree_expand, product(sn.symbols(names, terms="tree")))
    works["sympy"] = partial(uncached, sympy.expand, product(sympy.symbols("s0:8")))
    works["symengine"] = partial(symengine.expand, product(engine_symbols(8)))
    return works


def uncached(work: Callable[[Any], Any], term: Any) -> Any:
    """Run SymPy without what it remembers of earlier runs."""
    sympy.core.cache.clear_cache()
    return work(term)


def tree_expand(term: Any) -> Any:
    """Distribute products over sums by rule, node by node, gathering after each."""
    if not interface.is_call(term):
        return term
    args = [tree_expand(a) for a in interface.arguments(term)]
    if interface.operation(term) != "*":
        return by_rules(interface.make_term(term, interface.operation(term), args))
    rows: list[tuple[Any, ...]] = [()]
    for a in args:
        is_sum = interface.is_call(a) and interface.operation(a) == "+"
        rows = [(*row, part) for row in rows for part in (interface.arguments(a) if is_sum else (a,))]
    return by_rules(interface.make_term(term, "+", [interface.make_term(term, "*", row) for row in rows]))


def check_same(stage: str, tool: str, found: Any, expected: Any) -> None:
    """Compare an answer, whatever its structure, with the canonical one."""
    if tool == "symengine":
        found = found._sympy_()
    if convert(found, "canonical") != expected:
        raise WrongAnswer(f"{stage}: {tool} gives another answer")


def run(results: Results, stage: str, size: int, works: dict[str, Callable[[], Any]], rounds: int) -> None:
    """Check and time all tools of one workload at one size, and give the ratio to the tree."""
    expected = works["canonical"]()
    seconds = {}
    for tool, work in works.items():
        check_same(stage, tool, work(), expected) if tool != "tree" else None
        seconds[tool], answer = measured(work, rounds)
        if tool == "tree":
            check_same(stage, tool, answer, expected)
    for tool, value in seconds.items():
        results.add(stage, tool, 1e3 * value, "ms", size=size, ratio=seconds["tree"] / value)


def tree_derivative(row: Any, symbol: Any) -> Any:
    """Differentiate over the interface and gather by rule."""
    return by_rules(sn.differentiate(row, symbol))


def jacobians(results: Results, n: int, rounds: int, quick: bool) -> None:
    """Sparse Jacobian of the first n equations of the BCR network."""
    path = harness.data_folder() / "networks" / "bcr.net"
    if not path.exists():
        results.skip("bcr jacobian", "no reference data")
        return
    seconds: dict[str, float] = {}
    system = sn.read_model(path).system()
    rows, states = list(system.rhs[:n]), list(system.states)
    seconds["canonical"], wanted = measured(lambda: sn.jacobian(rows, states), rounds)
    whole = n >= len(states)
    if whole:
        arena = Arena()
        equations = equations_of_fluxes(arena, system.fluxes, system.states)
        nodes = [arena.symbol_node(s) for s in states]
        from symnum.terms.arena import gradients

        seconds["arena, from arrays"], _ = measured(lambda: gradients(arena, equations, nodes), rounds)
        seconds["arena, made from reactions"], found = measured(
            lambda: arena_jacobian_of_fluxes(system.fluxes, system.states), rounds
        )
    else:
        from symnum.terms.arena import arena_jacobian

        arena = Arena()
        rows_there, symbols_there = [enter(arena, r) for r in rows], [arena.symbol(s) for s in states]
        seconds["arena"], found = measured(lambda: arena_jacobian(rows_there, symbols_there), rounds)
    if found.rows.tolist() != wanted.rows.tolist() or convert(list(found.entries), "canonical") != list(
        wanted.entries
    ):
        raise WrongAnswer("BCR Jacobian: the arena gives another answer")
    if available(results, "symengine") and not quick:
        seconds["symengine"] = engine_jacobian(rows, states, wanted.nnz)
    if n <= 300:
        trees = convert(rows, "tree")
        at = [sn.symbols([sn.terms.name(s)], terms="tree")[0] for s in states]
        places = list(zip(wanted.rows.tolist(), wanted.columns.tolist(), strict=True))
        part = places[::40]  # every fortieth entry, spread over all rows: the whole would take minutes
        spent, _ = measured(lambda: [tree_derivative(trees[i], at[j]) for i, j in part], 1)
        seconds["tree"] = spent * len(places) / len(part)
    for tool, value in seconds.items():
        ratio = seconds.get("tree", float("nan")) / value
        sampled = {"sampled": "every 40th entry"} if tool == "tree" else {}
        results.add(
            f"BCR Jacobian, {n} equations", tool, 1e3 * value, "ms", size=wanted.nnz, ratio=ratio, **sampled
        )


def engine_jacobian(rows: list[Any], states: list[Any], entries: int) -> float:
    """CPU seconds of SymEngine's sparse Jacobian: every row by the states that occur in it."""
    import symengine
    from peers.symengine_terms import sparse_jacobian

    known: dict[Any, Any] = {}
    for part in sn.postorder(rows):
        args = [known[a] for a in sn.arguments(part)] if sn.is_call(part) else []
        if sn.is_symbol(part):
            known[part] = symengine.Symbol(sn.terms.name(part))
        elif not args:
            known[part] = symengine.sympify(part)
        else:
            make = {"+": symengine.Add, "*": symengine.Mul, "^": lambda a, b: a**b}[sn.operation(part)]
            known[part] = make(*args)
    columns = [symengine.Symbol(sn.terms.name(s)) for s in states]
    seconds, (found, _, _) = measured(lambda: sparse_jacobian(columns, [known[r] for r in rows]), 1)
    if len(found) != entries:
        raise WrongAnswer(f"SymEngine finds {len(found)} entries instead of {entries}")
    return seconds


def plot(results: Results, path: Path) -> None:
    """Draw time against size, one panel per workload, one line per tool."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    groups: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for f in results.figures:
        lines = groups.setdefault(f["stage"].split(",")[0], {})
        lines.setdefault(f["tool"], []).append((f["size"], f["value"]))
    figure, axes = plt.subplots(1, len(groups), figsize=(5 * len(groups), 4), squeeze=False)
    for axis, (stage, lines) in zip(axes[0], groups.items(), strict=True):
        for tool, points in lines.items():
            axis.loglog(*zip(*sorted(points), strict=True), marker="o", label=tool)
        axis.set(title=stage, xlabel="size", ylabel="CPU time / ms")
        axis.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    print(f"written: {path}")


def bars(results: Results) -> None:
    """Hold what was measured against the limits, as shares of the other tool's time."""
    for stage, limit in (("left fold, 400 terms", 1e-3), ("BCR Jacobian, 300 equations", 1e-3)):
        tree = results.value(stage, "tree")
        for tool in ("arena, in bulk", "arena"):
            share = results.value(stage, tool) / tree
            if share == share:
                results.bar(f"{stage}: {tool} / tree", share, limit)
        results.bar(f"{stage}: canonical / tree", results.value(stage, "canonical") / tree, 1 / 113)
    stage = "BCR Jacobian, 1122 equations"
    engine = results.value(stage, "symengine")
    for tool, limit in (("arena, from arrays", 25), ("arena, made from reactions", 5), ("canonical", 2.5)):
        results.bar(f"{stage}: {tool} / symengine", results.value(stage, tool) / engine, 1 / limit)


def main() -> int:
    """Run the benchmark."""
    arguments = harness.parser("terms", __doc__ or "")
    arguments.add_argument("--plot", type=Path, metavar="PATH", help="draw time against size")
    given = arguments.parse_args()
    results = Results("terms", quick=given.quick)
    rounds = 3 if given.quick else 7
    x = sn.symbols("x", terms="arena")
    sn.differentiate(sn.expand((x + 1) ** 2) * 2, x)  # compiled before anything is timed
    for n in (100, 400) if given.quick else (100, 200, 400):
        run(results, f"left fold, {n} terms", n, left_fold(n), rounds)
    for p in (5,) if given.quick else (5, 7):
        run(results, f"expansion, {p} sums of 4", 4**p, expansion(p), rounds)
    for n in (100,) if given.quick else (100, 300, 1122):
        jacobians(results, n, rounds, given.quick)
    if not given.quick:
        bars(results)
    if given.plot is not None:
        plot(results, given.plot)
    return harness.finish(results, given)


if __name__ == "__main__":
    sys.exit(main())
