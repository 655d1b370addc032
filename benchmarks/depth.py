"""Terms that are 100,000 levels deep, and a term of more than 2^60 occurrences in 200 nodes: CPU time of everything.

``python benchmarks/depth.py [--json [PATH]] [--quick] [--only WORDS]``. Python may recurse 400 levels deep, so that
whatever recurses in the depth of a term fails. A work that exceeds its allowance is stopped and has no figure;
one that refuses (multiplying out a power of degree 2^50,000) is timed until it does, and the error is named.
Works follow one another in one process, as in a notebook, each beside what those before it left behind.
"""

import harness

# isort: split
import copy
import math
import operator
import pickle
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import Any

from harness import Results

import symnum as sn
from codegen.c_source import c_kernel
from codegen.compile import compile_tape
from codegen.python_source import python_kernel
from codegen.system_tape import system_tape
from symnum.errors import BudgetError, SymnumError
from symnum.terms import interning
from symnum.terms.interning import bulk

DEPTH = 100_000
ALLOWANCE = 3.0
BAR = 1.0
ASKED = (
    *("construct", "substitute", "differentiate", "gradient", "str", "hash", "compare", "pickle", "unpickle"),
    *("copy", "free", "evaluate", "C source", "Python source", "kernel"),
)
SHIPPED = ("algebra", "factor", "trigonometry", "exp_log")
STRUCTURES = ("canonical", "arena", "tree")


class TooLong(BaseException):  # that no `except Exception` of a rule takes for its own
    """A work took longer than its allowance."""


@contextmanager
def allowance(seconds: float) -> Iterator[None]:
    """Stop what takes more CPU time than this."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise TooLong

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


# --- the terms: each takes a symbol and another one, and is DEPTH levels deep


def nested_sines(x: Any, y: Any, depth: int = DEPTH) -> Any:
    """Return sin(sin(...(x*y)))."""
    term = x * y
    for _ in range(depth):
        term = sn.sin(term)
    return term


def nested_squares(x: Any, y: Any, depth: int = DEPTH) -> Any:
    """Return ((x*y + 1)^2 + 1)^2 ...; each level takes two."""
    term = x * y
    for _ in range(depth // 2):
        term = (term + 1) ** 2
    return term


def nested_products(x: Any, y: Any, depth: int = DEPTH) -> Any:
    """Return x*(x*(...) + y) + y: sums in products in sums."""
    term = x * y
    for _ in range(depth // 2):
        term = x * term + y
    return term


def tower(x: Any, y: Any, depth: int = DEPTH) -> Any:
    """Return y^y^...^x."""
    term = x
    for _ in range(depth):
        term = y**term
    return term


def shared(x: Any, y: Any, depth: int = 200) -> Any:
    """Return a term of about 200 nodes in which x occurs more than 2^60 times."""
    term = x
    for _ in range(depth // 3):
        term = sn.sin(term) * term + y
    return term


TERMS: dict[str, Callable[[Any, Any], Any]] = {
    "sines": nested_sines,
    "squares": nested_squares,
    "products": nested_products,
    "tower": tower,
    "shared": shared,
}
# --- what is done with them


def system_of(term: Any, x: Any, y: Any) -> Any:
    """Return an ordinary differential equation with this right-hand side."""
    t = sn.symbols("t")
    x, y, term = sn.convert([x, y, term], "canonical")
    return sn.ODESystem(
        states=[x],
        parameters=[y],
        parameter_values=[0.5],
        initial_values=[0.5],
        independent=t,
        rhs=[term],
        name="deep",
    )


def works(kind: str, structure: str, x: Any, y: Any, term: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield every work by its name."""
    make = TERMS[kind]
    yield "construct", lambda: make(x, y)
    yield "compare", partial(operator.eq, term, make(x, y))
    yield "hash", lambda: hash(term)
    yield from of_terms(kind, structure, x, y, term)
    if structure != "arena":  # whose terms the rewriters convert
        yield from of_rewriters(x, term)
    if structure == "canonical":  # systems are of canonical terms
        yield from of_code(system_of(term, x, y))


def of_terms(kind: str, structure: str, x: Any, y: Any, term: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield what `symnum.terms` does."""
    z = sn.symbols("z", terms=structure)
    yield "substitute", lambda: sn.substitute(term, {x: z})
    yield "substitute a number", lambda: sn.substitute(term, {x: 0.5})
    yield "differentiate", lambda: sn.differentiate(term, x)
    yield "gradient", lambda: sn.gradient(term, [x, y])
    yield "evaluate", lambda: sn.evaluate(term, {"x": 0.5, "y": 0.5})
    yield "free symbols", lambda: sn.free_symbols(term)
    yield "str", lambda: str(term)
    yield "repr", lambda: repr(term)
    yield "pretty", lambda: sn.pretty(term)
    yield "latex", lambda: sn.latex(term)
    yield "html", term._repr_html_
    yield "inspect", lambda: sn.inspect(term)
    data = pickle.dumps(term)
    yield "pickle", lambda: pickle.dumps(term)
    yield "unpickle", lambda: pickle.loads(data)
    yield "copy", lambda: (copy.copy(term), copy.deepcopy(term))
    yield "cse", lambda: sn.cse([term])
    yield "collect", lambda: sn.collect(term, x)
    yield "expand", lambda: sn.expand(term)
    yield "convert", lambda: sn.convert(term, "tree" if structure == "canonical" else "canonical")
    if kind != "shared":
        text = sn.terms.plain(term, None)
        yield "write all", lambda: sn.terms.plain(term, None)
        yield "parse", lambda: sn.parse(text, terms=structure)


def of_rewriters(x: Any, term: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield what `rewriters` does."""
    for ruleset in sn.rulesets():
        if ruleset in SHIPPED:
            yield f"rewrite by {ruleset}", partial(sn.rewrite, term, ruleset)
    for function in (sn.simplify, sn.trigsimp, sn.powsimp, sn.logcombine, sn.cancel, sn.together, sn.factor):
        yield function.__name__, partial(function, term)
    yield "apart", lambda: sn.apart(term, x)


def of_code(system: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield what `codegen` does."""
    yield "tape", lambda: system_tape(system, "rhs")
    tape = system_tape(system, "rhs").tape
    yield "kernel", lambda: compile_tape(tape, "rhs", b"", store=False)
    yield "C source", lambda: c_kernel(tape, "rhs", 0)
    yield "Python source", lambda: python_kernel(tape, "rhs")
    with tempfile.TemporaryDirectory() as folder:
        yield "generate C", lambda: sn.generate(system, "c", folder)
        yield "generate Python", lambda: sn.generate(system, "python", folder)


def run(results: Results, kind: str, structure: str, only: str, rounds: int) -> None:
    """Measure all works on one term."""
    x, y = sn.symbols("x y", terms=structure)
    stage = f"{kind}, {structure}"
    with bulk():
        term = TERMS[kind](x, y)
    for name, work in works(kind, structure, x, y, term):
        if only in name:
            measure(results, stage, name, work, rounds)
    del work, term
    if only in "free":
        measure_free(results, stage, TERMS[kind], structure)


def measure_free(results: Results, stage: str, make: Callable[[Any, Any], Any], structure: str) -> None:
    """CPU seconds of letting go of a term, and of taking what it was made of out of the table of terms."""
    term: Any = make(*sn.symbols("u v", terms=structure))
    start = time.process_time()
    del term
    interning.sweep()
    results.add(stage, "free", time.process_time() - start, "s")


def measure(results: Results, stage: str, name: str, work: Callable[[], Any], rounds: int) -> None:
    """CPU seconds of one work, the median of some runs; long ones run once."""
    seconds: list[float] = []
    answer: Any = None
    try:
        while len(seconds) < rounds and sum(seconds) < 0.3:
            del answer
            start = time.process_time()
            with allowance(ALLOWANCE):
                answer = work()
            seconds.append(time.process_time() - start)
    except TooLong:
        results.add(stage, name, math.nan, "s", stopped=ALLOWANCE)
        return
    except BudgetError:
        results.add(stage, name, time.process_time() - start, "s", refused="BudgetError")
        return
    except (SymnumError, RecursionError) as error:
        results.add(stage, name, math.nan, "s", error=type(error).__name__)
        return
    results.add(stage, name, sorted(seconds)[len(seconds) // 2], "s")


def bars(results: Results) -> None:
    """Hold the works of each term against one second: by what is asked of every term."""
    for work in ASKED:
        values = [f["value"] for f in results.figures if f["tool"] == work]
        if values:
            results.bar(work, max(math.inf if math.isnan(v) else v for v in values), BAR, "s")


def main() -> int:
    """Run the benchmark."""
    arguments = harness.parser("depth", __doc__ or "")
    arguments.add_argument(
        "--only", default="", metavar="WORD", help="only works with this word in their name"
    )
    arguments.add_argument("--terms", default="", help="only these terms")
    given = arguments.parse_args()
    results = Results("depth", quick=given.quick)
    sys.setrecursionlimit(400)
    for kind in TERMS:
        for structure in STRUCTURES:
            if given.terms in f"{kind}, {structure}":
                run(results, kind, structure, given.only, 1 if given.quick else 3)
    bars(results)
    return harness.finish(results, given)


if __name__ == "__main__":
    sys.exit(main())
