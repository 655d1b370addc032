"""What a workload is, and how its tools take turns."""

import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import sympy
from harness import Results, WrongAnswer

import symnum as sn
from symnum.terms.arena import Arena

STRUCTURES = ("tree", "canonical", "arena", "sympy", "symengine")
LABELS = {"sympy": "sympy adapter", "symengine": "symengine adapter"}
LONG = 0.7
"""Seconds from which one run is enough."""


@dataclass
class Workload:
    """One job at one size.

    Attributes
    ----------
    stage : str
        The job, with its size in words.
    size : int
        What the time is plotted against.
    tools : dict of str to callable, or to a pair of callables
        Does the job from the start and returns the answer. Of a pair, the first makes what the second takes, and is
        not timed: a fresh arena, for one, that knows nothing of earlier runs.
    check : callable
        ``check(tool, answer)`` raises `WrongAnswer`.
    what_ran : dict of str to str
        Said with a tool's figure, where its name does not say it all.
    """

    stage: str
    size: int
    tools: dict[str, Any]
    check: Callable[[str, Any], None]
    what_ran: dict[str, str] = field(default_factory=dict)


def run(results: Results, work: Workload, rounds: int) -> None:
    """Check every tool's answer, then time them in turns; runs longer than `LONG` are timed once.

    The checked run is not counted unless it is the only one. SymPy forgets what it remembers before each run.
    """
    first: dict[str, float] = {}
    for tool, job in work.tools.items():
        first[tool], answer = _timed(job, 1)
        work.check(tool, answer)
        del answer
    quick = [tool for tool in work.tools if first[tool] < LONG]
    counts = {tool: 1 if "sympy" in tool else max(1, math.ceil(0.004 / max(first[tool], 1e-6))) for tool in quick}
    times: dict[str, list[float]] = {tool: [] for tool in quick}
    for _ in range(rounds):
        for tool in quick:
            times[tool].append(_timed(work.tools[tool], counts[tool])[0])
    for tool in work.tools:
        seconds = statistics.median(times[tool]) if tool in times else first[tool]
        _add(results, work, tool, seconds, {"runs": rounds if tool in times else 1, "first_ms": 1e3 * first[tool]})


def _timed(job: Any, count: int) -> tuple[float, Any]:
    """CPU seconds of one of some runs, and what the last one returned."""
    prepare, work = job if isinstance(job, tuple) else (None, job)
    given = [(prepare(),) if prepare else () for _ in range(count)]
    sympy.core.cache.clear_cache()
    answer = None
    start = time.process_time()
    for arguments in given:
        answer = work(*arguments)
    return (time.process_time() - start) / count, answer


def _add(results: Results, work: Workload, tool: str, seconds: float, more: dict[str, Any]) -> None:
    base = results.value(work.stage, "tree") / 1e3 if tool != "tree" else seconds
    details = {"size": work.size, "tree_over_this": base / seconds, **more}
    if tool in work.what_ran:
        details["what_ran"] = work.what_ran[tool]
    results.add(work.stage, tool, 1e3 * seconds, "ms", **details)


def symbols_of(structure: str, names: list[str]) -> tuple[Any, ...]:
    """Symbols of one of our structures."""
    return tuple(sn.symbols(names, terms=structure))


def in_fresh_arena(names: list[str], make: Callable[[Any], Any]) -> Callable[[], Any]:
    """What makes a job's input of symbols in an arena of its own."""

    def prepare() -> Any:
        arena = Arena()
        return make([arena.symbol(name) for name in names])

    return prepare


def native(names: list[str]) -> dict[str, tuple[Any, ...]]:
    """Symbols of the other systems, for the work done by their own means."""
    import symengine

    return {
        "sympy": tuple(sympy.Symbol(n) for n in names),
        "symengine": tuple(symengine.Symbol(n) for n in names),
    }


def equals(stage: str, expected: Any) -> Callable[[str, Any], None]:
    """A check that the answer, as a canonical term, is the expected one (kept as a tree, so that nothing is shared)."""
    kept = sn.convert(expected, "tree")

    def check(tool: str, answer: Any) -> None:
        if sn.convert(answer, "canonical") != sn.convert(kept, "canonical"):
            raise WrongAnswer(f"{stage}: {tool} gives another answer")

    return check


def has_value(stage: str, point: dict[str, float], expected: float, relative: float) -> Callable[[str, Any], None]:
    """A check that the answer has a value at a point."""

    def check(tool: str, answer: Any) -> None:
        found = float(sn.terms.evaluate(answer, point))
        if not abs(found - expected) <= relative * abs(expected):
            raise WrongAnswer(f"{stage}: {tool} gives {found!r} instead of {expected!r}")

    return check


def later(function: Callable[..., Any], *arguments: Any) -> Callable[[], Any]:
    """A job: a function with its arguments."""
    return partial(function, *arguments)
