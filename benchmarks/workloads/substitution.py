"""Substitute t by sin(t)*(t + y), again and again: shared parts double at each level."""

import math
from typing import Any

import symnum as sn
from symnum.terms import substitute
from workloads.workload import LABELS, Workload, has_value, in_fresh_arena, later, native, symbols_of


def by_substitute(t: Any, y: Any, levels: int) -> Any:
    """By `substitute`, the same for all of our structures."""
    inner = sn.sin(t) * (t + y) if sn.terms.structure_of(t) not in LABELS else _over_the_interface(t, y)
    term = t
    for _ in range(levels):
        term = substitute(term, {t: inner})
    return term


def _over_the_interface(t: Any, y: Any) -> Any:
    make = sn.terms.make_term
    return make(t, "*", (make(t, "sin", (t,)), make(t, "+", (t, y))))


def by_subs(sin: Any, t: Any, y: Any, levels: int) -> Any:
    """By the other systems' `subs`."""
    inner, term = sin(t) * (t + y), t
    for _ in range(levels):
        term = term.subs({t: inner})
    return term


def substitution(levels: int) -> Workload:
    """The job for so many levels."""
    import symengine
    import sympy

    names = ["t", "y"]
    others = native(names)
    tools = {s: later(by_substitute, *symbols_of(s, names), levels) for s in ("tree", "canonical")}
    tools["arena"] = (in_fresh_arena(names, list), lambda symbols: by_substitute(*symbols, levels))
    tools |= {LABELS[s]: later(by_substitute, *symbols_of(s, names), levels) for s in LABELS}
    tools["sympy"] = later(by_subs, sympy.sin, *others["sympy"], levels)
    tools["symengine"] = later(by_subs, symengine.sin, *others["symengine"], levels)
    value = 0.7
    for _ in range(levels):
        value = math.sin(value) * (value + 1.6)
    stage = f"substitution, {levels} levels"
    check = has_value(stage, {"t": 0.7, "y": 1.6}, value, 1e-9)
    said = {"tree": "substitute over the term interface; there is nothing to simplify"}
    return Workload(stage, levels, tools, check, said)
