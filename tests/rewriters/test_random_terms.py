"""Every simplifying function and every ruleset on random terms: a value never changes where the term has one."""

import math
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import mpmath
import pytest

import symnum as sn
from rewriters.rulesets import rulesets
from rewriters.simplification.logcombine import expand_log
from rewriters.simplification.size import size
from symnum.errors import BudgetError

sys.path.insert(0, str(Path(__file__).parent))
from precise_values import Program, extreme_points, first_difference, first_float_lost, points
from random_terms import SYMBOLS, Pair, X, Y, random_terms

FUNCTIONS = {
    "simplify": sn.simplify,
    "expand": sn.expand,
    "factor": sn.factor,
    "collect": lambda term: sn.collect(term, [X, Y]),
    "cancel": sn.cancel,
    "apart": lambda term: sn.apart(term, X),
    "together": sn.together,
    "trigsimp": sn.trigsimp,
    "powsimp": sn.powsimp,
    "logcombine": sn.logcombine,
    "expand_log": expand_log,
}
NEVER_LARGER = ("simplify", "trigsimp")
RULESETS = [name for name in rulesets() if name != "none"]


def results(pair: Pair) -> Iterator[tuple[str, Any, Any]]:
    """Yield (what was done, term before, term after) for everything that there is to do."""
    for name, function in FUNCTIONS.items():
        yield name, pair.canonical, attempt(function, pair.canonical)
    for name in RULESETS:
        for term in pair:
            yield f"ruleset {name} on {type(term).__name__}", term, attempt(rewritten(name), term)


def rewritten(name: str) -> Callable[[Any], Any]:
    return lambda term: sn.rewrite(term, ruleset=name).result


def attempt(function: Callable[[Any], Any], term: Any) -> Any:
    """Return the result, or the error: no term has the value of that. What is too large to be done stays as it is."""
    try:
        return function(term)
    except BudgetError:
        return term
    except Exception as error:  # noqa: BLE001 - any error is a wrong answer here
        return error


def failures(seed: int, count: int, points_each: int = 5) -> Iterator[str]:
    """Yield a description of every result that is wrong somewhere."""
    where = points(seed, points_each)
    extreme = extreme_points(seed, 3)
    for pair in random_terms(seed, count):
        programs = {term: Program(term) for term in pair}
        checked = set()
        for name, before, after in results(pair):
            if isinstance(after, Exception):
                yield f"{name} of {before} failed: {after!r}"
                continue
            if name in NEVER_LARGER and size(after) > size(before):
                yield f"{name} made {before} larger: {after}"
            # Coefficients of partial fractions have denominators in the other symbols, which may be zero.
            may_lose = name == "apart" and len(sn.free_symbols(before)) > 1
            key = (type(before), type(after), after, may_lose)
            if key in checked or after is before or (after == before and type(after) is type(before)):
                continue
            checked.add(key)
            one, two = programs[before], Program(after)
            found = first_difference(one, two, where + extreme, may_lose)
            if found is None and not may_lose:
                found = first_float_lost(one, two, where[:points_each])
            if found is not None:
                yield f"{name} made\n  {after} of\n  {before}:\n  {found}"


def test_a_denominator_that_becomes_zero_stays_as_it_was_written():
    term = 1 / (sn.cosh(X) ** 2 - sn.sinh(X) ** 2 - 1) + sn.sin(Y) ** 2 + sn.cos(Y) ** 2
    for structure in ("canonical", "tree"):
        result = sn.rewrite(sn.convert(term, structure), ruleset="trigonometry").result
        assert sn.evaluate(result, {X: 0.0}) == math.inf
        assert [sn.terms.interface.name(s) for s in sn.free_symbols(result)] == ["x"]


def check(seed: int, count: int, points_each: int) -> None:
    found = list(failures(seed, count, points_each))
    assert not found, "\n".join(found)


def test_random_terms_keep_their_values():
    check(1, 60, 3)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 120))
def test_many_random_terms_keep_their_values(seed):
    check(seed, 500, 5)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (sn.sqrt(X**2), X),
        (sn.log(X * Y), sn.log(X) + sn.log(Y)),
        (-sn.log(X), sn.log(1 / X)),
        (sn.terms.power(X * Y, Fraction(1, 2)), sn.sqrt(X) * sn.sqrt(Y)),
        (X + 1e-9, X),
        (abs(X) ** 2, X**2),
        (sn.log(sn.exp(X)), X),
        (sn.asin(sn.sin(SYMBOLS["r"])), SYMBOLS["r"]),
        (sn.floor(SYMBOLS["r"]), SYMBOLS["r"]),
        (X / (1 + X), X / (1 + X) + 0 * X + 1e-11),
    ],
)
def test_the_comparison_sees_wrong_rules(before, after):
    assert first_difference(before, after, points(1, 8)) is not None


def test_the_comparison_sees_wrong_infinities_and_zeros():
    assert first_difference(sn.tanh(X), sn.tanh(X / 1) ** 2, extreme_points(1, 8)) is not None
    assert first_difference(sn.exp(-abs(X)), 1 - sn.exp(-abs(X)), extreme_points(1, 8)) is not None
    below = sn.terms.call("atan2", (X, -1 - SYMBOLS["p"]))
    zero = dict.fromkeys(SYMBOLS, mpmath.mpf(0))
    below_zero = zero | {"x": mpmath.mpf(-1)}
    assert first_float_lost(Program(abs(below)), Program(below), [zero]) is not None
    assert first_float_lost(Program(X), Program(sn.exp(sn.log(X))), [below_zero]) is not None


if __name__ == "__main__":
    for number in map(int, sys.argv[2:]):
        print(f"seed {number}", flush=True)
        for failure in failures(number, int(sys.argv[1])):
            print(failure, flush=True)
