"""How much there is to compile: what a user waits for once follows from it, and times cannot be tested."""

import importlib
import pkgutil
from collections import Counter

import symnum.integrators
from symnum.compiling.compiled import CompiledCallback
from symnum.compiling.plain.functions import Functions
from symnum.compiling.plain.kinds import read_signature

#: Lines of intermediate code before optimisation; 1,000 take LLVM about a quarter of a second.
MOST_OF_ALL = 160_000
MOST_OF_ONE = 7_000


def _entry_points():
    found = {}
    for module in pkgutil.walk_packages(symnum.integrators.__path__, "symnum.integrators."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, CompiledCallback):
                found[value.name] = value
    return found


def test_engines_stay_small_and_share_what_they_call():
    functions = Functions()
    lines = {}
    for name, entry in _entry_points().items():
        text = functions.module_text(entry.py_func, "entry", *read_signature(entry.signature))
        lines[name] = text.count("\n")
    assert len(lines) > 70  # the search found the engines
    assert max(lines.values()) < MOST_OF_ONE, max(lines, key=lines.__getitem__)
    assert sum(lines.values()) < MOST_OF_ALL
    made = Counter(f"{function.__module__}.{function.__qualname__}" for function, _ in functions._done)
    # One function serves all engines; those that are given a step to take are made for each.
    several = {name for name, count in made.items() if count > 4}
    assert several == {
        "symnum.integrators.stepping.take_steps",
        "symnum.integrators.stochastic.take_events.take_events",
    }
    assert sum(made.values()) < 1.1 * len(made)
