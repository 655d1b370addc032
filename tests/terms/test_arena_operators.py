"""Python's operators on arena terms: sums that grow at their end, rows made when asked for, the canonical answers."""

import copy
import gc
import operator
import pickle
import threading
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symnum.errors import BudgetError, DivisionByZeroError
from symnum.terms import convert, interface, symbols
from symnum.terms.arena import Arena, ArenaTerm
from symnum.terms.arena.growing import Growing

LARGE = [2**61, 2**62 - 1, 2**62, -(2**62), 2**63 - 1, -(2**63), -(2**63) - 1, 2**63 + 5, 2**80, -(2**130)]
NUMBERS = st.one_of(
    st.integers(-4, 4),
    st.sampled_from(LARGE),
    st.fractions(-3, 3, max_denominator=6),
    st.sampled_from([0.5, -0.25, 1.0, 0.0, True]),
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["+", "+", "+", "-", "-", "*", "neg", "r+", "r-", "r*", "^", "+number", "*number"]),
        st.integers(0, 30),
        st.integers(0, 30),
        NUMBERS,
        st.booleans(),
    ),
    max_size=25,
)


def canonical(term: Any) -> Any:
    return convert(term, "canonical")


def same(found: Any, expected: Any) -> bool:
    return type(canonical(found)) is type(expected) and bool(canonical(found) == expected)


def step(name: str, left: Any, right: Any, number: Any) -> Any:
    if name == "neg":
        return -left
    if name == "^":
        return left ** (number if isinstance(number, int) and abs(number) <= 3 else 2)
    if name in ("r+", "r-", "r*", "+number", "*number"):
        right = number
    if name.startswith("r"):
        left, right = right, left
    return {"+": operator.add, "-": operator.sub, "*": operator.mul}[name.strip("r")[:1]](left, right)


@settings(max_examples=150)
@given(STEPS)
def test_operators_give_the_canonical_terms(steps: list[tuple[str, int, int, Any, bool]]) -> None:
    arena = Arena()
    pool: list[tuple[Any, Any]] = [(arena.symbol(n), symbols(n)) for n in "xyz"]
    for name, i, j, number, look in steps:
        left, right = pool[-1 - i % len(pool)], pool[-1 - j % len(pool)]
        try:
            expected = step(name, left[1], right[1], number)
        except (BudgetError, DivisionByZeroError) as error:
            with pytest.raises(type(error)):
                step(name, left[0], right[0], number)
            continue
        found = step(name, left[0], right[0], number)
        assert (found.__class__ is ArenaTerm) == isinstance(expected, type(symbols("x")).__mro__[1])
        if look:
            assert same(found, expected)
        if len(str(expected)) < 400:
            pool.append((found, expected))
    for found, expected in pool:  # all that was made on the way is still what it was
        assert same(found, expected)


def test_shorter_sums_stay_what_they_were() -> None:
    x, y, z = symbols("x y z", terms="arena")
    first = x + y
    second = first + z
    third = second - y
    other = first + 5
    assert str(first) == "x + y"
    assert str(second) == "x + y + z"
    assert str(third) == "x + z"
    assert str(other) == "x + y + 5"
    assert second + z == x + y + 2 * z
    assert first - first == 0
    assert str(first) == "x + y"


def test_what_cancels_is_a_number_or_a_shorter_term_at_once() -> None:
    x, y = symbols("x y", terms="arena")
    assert type(x - x) is int
    assert (x + 2 - x, x - x + Fraction(1, 2), 2 * x - x - x) == (2, Fraction(1, 2), 0)
    assert x + y - y is x
    assert interface.is_symbol(x + y - y)
    assert x + y - 2 * y == x - y
    assert operator.neg(-x) is x
    assert 3 * x * 2**62 + x * (-3 * 2**62) == 0
    assert (x + 2**62 - 1) + 1 - 2**62 is x


def test_an_append_costs_no_copy() -> None:
    """A fold keeps one log, however long it becomes, and makes no row of the arena on the way."""
    arena = Arena()
    names = [arena.symbol(f"s{i}") for i in range(50)]
    total: Any = 0
    rows = len(arena)
    logs = set()
    for k in range(5_000):
        total = total + (k % 7 - 3) * names[k % 50]
        logs.add(id(getattr(total, "log", None)))
    assert len(arena) == rows
    assert len(logs - {id(None)}) <= 2
    wanted: Any = sum((k % 7 - 3) * symbols(f"s{k % 50}") for k in range(5_000))
    assert same(total, wanted)
    assert len(arena) > rows


def test_an_old_end_goes_on_in_a_copy() -> None:
    x, y = symbols("x y", terms="arena")
    base = x + y
    branches = [base + k * x for k in range(2, 6)]
    assert [str(b) for b in branches] == ["3*x + y", "4*x + y", "5*x + y", "6*x + y"]
    assert len({id(b.log) for b in branches}) == len(branches)


def test_terms_without_rows_are_terms_like_others() -> None:
    x, y = symbols("x y", terms="arena")
    assert hash(x + y) == hash(y + x)
    assert {x + y: 1}[y + x] == 1
    assert 2 * x == x + x
    assert interface.operation(x + y) == "+"
    assert interface.arguments(2 * x) == (2, x)
    assert copy.copy(x + y) == x + y
    assert copy.deepcopy(x + y) == x + y
    assert pickle.loads(pickle.dumps(3 * x - y)) == 3 * x - y
    assert bool(x + y)
    with pytest.raises(AttributeError, match="nothing_like_it"):
        (x + y).nothing_like_it
    shared = x + y
    assert shared * shared == shared**2


def test_terms_of_other_arenas_are_added_too() -> None:
    first, second = Arena(), Arena()
    second.symbol("pad")
    total: Any = first.symbol("x") + 1
    total = total + 2 * second.symbol("x") - second.symbol("y")
    assert same(total, 3 * symbols("x") - symbols("y") + 1)


def test_rows_made_late_are_one_object_each() -> None:
    arena = Arena()
    x, y = arena.symbol("x"), arena.symbol("y")
    total = x + y
    node = total.node
    assert arena.term(node) is total
    del total
    gc.collect()
    assert arena.term(node) == x + y


def test_threads_may_add_to_one_sum() -> None:
    arena = Arena()
    x = arena.symbol("x")
    base = x + arena.symbol("y")
    found: list[Any] = []

    def add(name: str) -> None:
        total = base
        symbol = arena.symbol(name)
        for _ in range(300):
            total = total + symbol
        found.append((total, symbol))

    workers = [threading.Thread(target=add, args=(f"t{i}",)) for i in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(found) == 4
    for total, symbol in found:
        assert total == base + 300 * symbol


@given(st.lists(st.tuples(st.integers(1, 6), st.one_of(st.integers(-3, 3), st.sampled_from(LARGE)))))
def test_a_log_knows_what_it_adds_up_to(entries: list[tuple[int, int]]) -> None:
    arena = Arena()
    bases = [arena.symbol_node(f"s{i}") for i in range(7)]
    log = Growing()
    wanted: dict[int, int] = {}
    for which, number in entries:
        if not number:
            continue
        wanted[bases[which]] = wanted.get(bases[which], 0) + number
        cancelled = log.append(arena, bases[which], arena.code_of(number))
        assert cancelled == (wanted[bases[which]] == 0)
    known = {base: arena.number_of(code) for base, code in log.totals.items()}
    assert known == {base: number for base, number in wanted.items() if number}
    half = log.beginning(arena, len(log.bases) // 2)
    assert half.bases == log.bases[: len(log.bases) // 2]
