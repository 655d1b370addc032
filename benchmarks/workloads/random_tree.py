"""A balanced random tree of 1,000 leaves {a, b, c, d, 1/a, 1/b, 1, 2.0} under {+, *}, seed 123: simplify."""

import random
from typing import Any

import symnum as sn
from symnum.terms import make_term
from workloads import tree_rules
from workloads.workload import LABELS, Workload, has_value, in_fresh_arena, later, native, symbols_of

LEAVES = ("a", "b", "c", "d", "1/a", "1/b", 1, 2.0)
POINT = {"a": 1.1, "b": 0.9, "c": 1.05, "d": 0.97}


def recipe(leaves: int, draw: random.Random) -> Any:
    """Nested (operation, left, right) of leaves."""
    if leaves == 1:
        return draw.choice(LEAVES)
    return draw.choice("+*"), recipe(leaves // 2, draw), recipe(leaves - leaves // 2, draw)


def built(part: Any, leaf: dict[Any, Any], operators: dict[str, Any]) -> Any:
    """The term of a recipe."""
    if part.__class__ is not tuple:
        return leaf[part]
    return operators[part[0]](built(part[1], leaf, operators), built(part[2], leaf, operators))


PYTHON = {"+": lambda a, b: a + b, "*": lambda a, b: a * b}


def over_the_interface(like: Any) -> dict[str, Any]:
    """The two operations by `make_term`."""
    return {o: lambda a, b, o=o: make_term(like, o, (a, b)) for o in "+*"}


def leaves_of(symbols: Any) -> dict[Any, Any]:
    """The leaves, made once."""
    a, b, c, d = symbols
    return {"a": a, "b": b, "c": c, "d": d, "1/a": 1 / a, "1/b": 1 / b, 1: 1, 2.0: 2.0}


def random_tree(leaves: int) -> Workload:
    """The job for a tree of so many leaves."""
    part, names = recipe(leaves, random.Random(123)), list("abcd")
    ours = {s: symbols_of(s, names) for s in ("tree", "canonical", *LABELS)}
    leaf = {s: leaves_of(symbols) for s, symbols in ours.items()}
    others = native(names)
    tools = {
        "tree": lambda: tree_rules.by_rewrite(built(part, leaf["tree"], PYTHON)),
        "tree, gathering rules": lambda: tree_rules.by_gathering(built(part, leaf["tree"], PYTHON)),
        "canonical": later(built, part, leaf["canonical"], PYTHON),
        "arena": (in_fresh_arena(names, leaves_of), lambda leaves: built(part, leaves, PYTHON)),
        **{LABELS[s]: later(built, part, leaf[s], over_the_interface(ours[s][0])) for s in LABELS},
        **{s: later(built, part, leaves_of(symbols), PYTHON) for s, symbols in others.items()},
    }
    plain = leaves_of([POINT[n] for n in names])
    stage = f"random tree, {leaves} leaves"
    said = {
        "tree": tree_rules.REWRITE,
        "tree, gathering rules": tree_rules.GATHER,
        "canonical": "construction, which collects",
        "sympy": "construction, which collects",
        "symengine": "construction, which collects",
    }
    check = has_value(stage, POINT, float(built(part, plain, PYTHON)), 1e-9)
    return Workload(stage, leaves, tools, lambda t, a: check(t, _ours(a)), said)


def _ours(answer: Any) -> Any:
    return sn.convert(answer, "canonical")
