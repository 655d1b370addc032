"""Left fold: n summands over n/2 symbols, added one at a time, and like terms collected."""

from typing import Any

from symnum.terms import add, make_term, multiply
from symnum.terms.arena import Arena
from symnum.terms.polynomial import Polynomial
from workloads import tree_rules
from workloads.workload import LABELS, Workload, equals, in_fresh_arena, later, native, symbols_of


def pairs_of(n: int) -> list[tuple[int, int]]:
    """(symbol, coefficient) of every summand."""
    return [(k * 7 % (n // 2), k % 5 + 1) for k in range(n)]


def folded(symbols: Any, pairs: list[tuple[int, int]]) -> Any:
    """The sum, by Python's operators."""
    total = symbols[0] * 0
    for s, c in pairs:
        total = total + c * symbols[s]
    return total


def collected(total: Any) -> Any:
    """The sum with its row in the arena, where like terms are collected: until then it is a log of what was added."""
    hash(total)
    return total


def folded_over_the_interface(symbols: Any, pairs: list[tuple[int, int]]) -> Any:
    """The sum, by `make_term`."""
    like = symbols[0]
    total: Any = 0
    for s, c in pairs:
        total = make_term(like, "+", (total, make_term(like, "*", (c, symbols[s]))))
    return total


def left_fold(n: int) -> Workload:
    """The job for n summands."""
    pairs, names = pairs_of(n), [f"s{i}" for i in range(n // 2)]
    ours = {s: symbols_of(s, names) for s in ("tree", "canonical", *LABELS)}
    others = native(names)
    codes = [c for _, c in pairs]

    def numbered() -> Any:
        arena = Arena()
        nodes = [arena.symbol_node(name) for name in names]
        return arena, [nodes[s] for s, _ in pairs]

    generators = Polynomial.generators(n // 2)
    tree = ours["tree"]
    tools = {
        "tree": lambda: tree_rules.by_rewrite(folded(tree, pairs)),
        "tree, gathering rules": lambda: tree_rules.by_gathering(folded(tree, pairs)),
        "canonical": later(folded, ours["canonical"], pairs),
        "arena": (in_fresh_arena(names, list), lambda symbols: collected(folded(symbols, pairs))),
        "arena, in bulk": (numbered, lambda given: given[0].term(given[0].sum_of(given[1], codes))),
        "polynomial": later(folded, generators, pairs),
        **{LABELS[s]: later(folded_over_the_interface, ours[s], pairs) for s in LABELS},
        **{s: later(folded, others[s], pairs) for s in others},
    }
    stage = f"left fold, {n} summands"
    expected = add([multiply((c, ours["canonical"][s])) for s, c in pairs])
    compare = equals(stage, expected)

    def check(tool: str, answer: Any) -> None:
        if tool == "polynomial":
            answer = add([multiply((c, ours["canonical"][e.index(1)])) for e, c in answer.items()])
        compare(tool, answer)

    said = {"tree": tree_rules.REWRITE, "tree, gathering rules": tree_rules.GATHER}
    return Workload(stage, n, tools, check, said)
