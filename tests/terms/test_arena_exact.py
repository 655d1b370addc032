"""Arena terms are exact whatever the size of their numbers, and grow on demand: held against canonical terms."""

import os
import pickle
import subprocess
import sys
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symnum.terms import (
    add,
    convert,
    differentiate,
    expand,
    jacobian,
    multiply,
    power,
    sin,
    substitute,
    symbols,
)
from symnum.terms.arena import Arena, arena_jacobian
from symnum.terms.arena.layout import REBUILD
from symnum.terms.arena.term import build, enter

X, Y, Z = symbols("x y z")
NUMBERS = st.one_of(
    st.integers(-3, 3),
    st.sampled_from([2**31, 2**62 - 1, 2**62, -(2**62), 2**63 - 1, -(2**63), 2**64 + 1, 10**40]),
    st.fractions(-2, 2, max_denominator=7),
    st.builds(Fraction, st.integers(-(2**70), 2**70), st.integers(1, 2**70)),
)
MONOMIALS = st.builds(
    lambda c, a, b, d: multiply([c, power(X, a), power(Y, b), power(Z, d)]),
    NUMBERS, st.integers(0, 3), st.integers(0, 2), st.integers(0, 2),
)  # fmt: skip
SUMS = st.builds(add, st.lists(MONOMIALS, min_size=1, max_size=4))
TERMS = st.one_of(
    SUMS,
    st.builds(lambda a, b: a * b, SUMS, SUMS),
    st.builds(lambda a, n: a**n, SUMS, st.integers(2, 3)),
    st.builds(lambda a, b, c: a * sin(b) + c, SUMS, SUMS, SUMS),
)


def cramped() -> Arena:
    """An arena in which almost everything must grow before it is done."""
    arena = Arena()
    arena.nodes, arena.pool = arena.nodes[:4].copy(), arena.pool[:1].copy()
    arena.table = np.full(16, -1, dtype=np.int64)
    arena.memory = np.zeros((4, 4), dtype=np.int64)
    for name in ("terms", "factors", "cells", "links", "old_pairs", "new_pairs", "waiting"):
        setattr(arena, name, getattr(arena, name)[:1].copy())
    arena._pack()
    arena._sweep(arena._address, REBUILD)
    return arena


def canonical(term: Any) -> Any:
    return convert(term, "canonical")


@settings(max_examples=60)
@given(TERMS, TERMS, NUMBERS, st.booleans())
def test_what_is_made_is_the_canonical_term(a: Any, b: Any, number: Any, narrow: bool) -> None:
    arena = cramped() if narrow else Arena()
    there = enter(arena, a)
    assert canonical(there) == a
    assert enter(arena, a) is there or isinstance(there, int | Fraction)
    assert canonical(there * enter(arena, b)) == a * b
    assert canonical(there + number * enter(arena, b)) == a + number * b


@settings(max_examples=60)
@given(TERMS, SUMS, NUMBERS, st.booleans())
def test_expand_substitute_differentiate(a: Any, value: Any, number: Any, narrow: bool) -> None:
    arena = cramped() if narrow else Arena()
    there, x, y = enter(arena, a), enter(arena, X), enter(arena, Y)
    assert canonical(expand(there)) == expand(a)
    for replacement, known in (
        ({x: enter(arena, value)}, {X: value}),
        ({x: number, y: x}, {X: number, Y: X}),
    ):
        assert canonical(substitute(there, replacement)) == substitute(a, known)
    assert expand(canonical(differentiate(there, x))) == expand(differentiate(a, X))


@settings(max_examples=30)
@given(st.lists(TERMS, min_size=1, max_size=4), st.booleans())
def test_jacobians(rows: list[Any], narrow: bool) -> None:
    arena = cramped() if narrow else Arena()
    found = arena_jacobian([enter(arena, row) for row in rows], [arena.symbol(n) for n in "xyz"])
    wanted = jacobian(rows, [X, Y, Z])
    for place in np.ndindex(found.shape):
        assert expand(canonical(found[place])) == expand(wanted[place])


def test_products_of_many_integers_are_exact() -> None:
    """Integers that outgrow the machine's wait, and are multiplied by pairs."""
    arena = Arena()
    x = arena.symbol("x")
    for count in (2, 3, 7, 30, 101):
        numbers = [2**61 + k for k in range(count)]
        nodes = [(x * n).node for n in numbers]
        found = arena.term(arena.product_of(nodes, [1] * count))
        product = 1
        for n in numbers:
            product *= n
        assert canonical(found) == product * X**count
        halves = [x * (Fraction(n, 2) if k == count // 2 else n) for k, n in enumerate(numbers)]
        assert canonical(build("*", *halves)) == Fraction(product, 2) * X**count
        assert arena.product_of([*nodes, 1], [1] * (count + 1)) == 1  # zero


def test_a_cramped_arena_is_cramped() -> None:
    arena = cramped()
    before = {
        name: len(getattr(arena, name)) for name in ("nodes", "pool", "terms", "factors", "cells", "links")
    }
    x = arena.symbol("x")
    e = x
    for k in range(40):
        e = sin(e * (k + 1) + 2) * e
    differentiate(expand((e + x + 1) ** 3), x)
    for name, length in before.items():
        assert len(getattr(arena, name)) > length, name


PROGRAM = """
import hashlib, pickle, sys
from symnum.terms import symbols, sin, expand, differentiate
x, y, z = symbols("x y z", terms="arena")
e = expand((x + y/3 + sin(z*2**70) + 0.5)**4) + differentiate(sin(x*y)**3, x) - 10**50*z
print(hash(e), hashlib.sha256(e.arena.nodes[: len(e.arena), :4].tobytes()).hexdigest(), e)
print(hashlib.sha256(pickle.dumps(e)).hexdigest())
sys.stdout.flush()
if len(sys.argv) > 1:
    from pathlib import Path
    kept = pickle.loads(Path(sys.argv[1]).read_bytes())
    print(kept == e, hash(kept) == hash(e))
"""


def test_rows_hashes_and_pickles_do_not_depend_on_the_process(tmp_path: Any) -> None:
    x, y, z = symbols("x y z", terms="arena")
    term = expand((x + y / 3 + sin(z * 2**70) + 0.5) ** 4) + differentiate(sin(x * y) ** 3, x) - 10**50 * z
    kept = tmp_path / "term.pickle"
    kept.write_bytes(pickle.dumps(term))
    outputs = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM, str(kept)],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert len(outputs) == 1
    assert outputs.pop().splitlines()[-1] == "True True"


def test_truth_values_count_as_numbers_in_sums_and_products() -> None:
    x, y = symbols("x y", terms="arena")
    for value in (True, False):
        assert canonical(x + value) == X + value
        assert canonical(value * x + y) == value * X + Y
        assert canonical(substitute(x * y + y, {x: value})) == substitute(X * Y + Y, {X: value})
        assert substitute(x < y, {x: 1, y: 2 + value}) is True


def test_fractions_that_are_whole_are_integers() -> None:
    x = symbols("x", terms="arena")
    for number in (Fraction(0, 1), Fraction(1, 1), Fraction(-4, 2), Fraction(2**70, 1)):
        assert canonical(number * x) == number * X
        assert canonical(x + number) == X + number
        assert canonical(x * 2 - number * x) == 2 * X - number * X
    assert Fraction(0, 1) * x == 0


@pytest.mark.parametrize("number", [2**62, Fraction(1, 3), 0.1, -0.0, float("inf"), 2**62 - 1, 1.0])
def test_numbers_come_back_as_they_were(number: Any) -> None:
    arena = Arena()
    back = arena.number_of(arena.code_of(number))
    assert type(back) is type(number)
    assert repr(back) == repr(number)
    term = pickle.loads(pickle.dumps(enter(arena, X * Y) * number))
    assert str(term) == str(canonical(enter(arena, X * Y)) * number)
