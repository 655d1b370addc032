"""Strategies: what they return, that they end, and that depth and sharing cost nothing."""

import time
from typing import Any

import pytest

import symnum as sn
from symnum.errors import InputError, RewriteError

x, y, z = sn.symbols("x y z")
to_cos = sn.rule("sin(~a) => cos(~a)")
to_sin = sn.rule("cos(~a) => sin(~a)")
to_tan = sn.rule("cos(~a) => tan(~a)")
peel = sn.rule("sin(~a) => ~a")


def test_what_does_not_apply_is_none_or_the_term() -> None:
    assert sn.Empty()(x) is None
    assert to_cos(x) is None
    assert sn.PassThrough(to_cos)(x) is x
    assert sn.PassThrough(sn.Empty())(x) is x
    assert sn.If(sn.is_symbol, to_cos)(sn.sin(x)) is None
    assert sn.IfElse(sn.is_symbol, to_cos, to_tan)(x) is None
    for strategy in (sn.Chain, sn.RestartedChain):
        assert strategy([to_cos])(x) is x
    for strategy in (sn.Prewalk, sn.Postwalk, sn.Fixpoint):
        term = sn.exp(x) + y
        assert strategy(to_cos)(term) is term


def test_choices() -> None:
    assert sn.If(sn.is_call, to_cos)(sn.sin(x)) == sn.cos(x)
    choose = sn.IfElse(lambda t: sn.operation(t) == "sin", to_cos, to_tan)
    assert choose(sn.sin(x)) == sn.cos(x)
    assert choose(sn.cos(x)) == sn.tan(x)


@pytest.mark.parametrize("wrap", [lambda r: r, lambda r: lambda t: r(t)], ids=["rules", "functions"])
def test_chains(wrap: Any) -> None:
    rules = [wrap(to_tan), wrap(to_cos)]
    assert sn.Chain(rules)(sn.sin(x)) == sn.cos(x)  # to_tan comes before
    assert sn.Chain(rules[::-1])(sn.sin(x)) == sn.tan(x)
    assert sn.RestartedChain(rules)(sn.sin(x)) == sn.tan(x)
    with pytest.raises(RewriteError, match="does not come to an end"):
        sn.RestartedChain([wrap(to_cos), wrap(to_sin)])(sn.sin(x))


def test_walks_differ_in_order() -> None:
    term = sn.sin(sn.sin(sn.sin(x)))
    assert sn.Postwalk(peel)(term) == x
    assert sn.Prewalk(peel)(term) == sn.sin(x)  # the outermost goes, its argument stays, the next goes
    order: list[Any] = []
    sn.Postwalk(order.append)(sn.exp(x) + y)
    assert order == [x, sn.exp(x), y, sn.exp(x) + y]
    order.clear()
    sn.Prewalk(order.append)(sn.exp(x) + y)
    assert order == [sn.exp(x) + y, sn.exp(x), x, y]


@pytest.mark.parametrize("structure", ["canonical", "tree", "sympy"])
def test_walks_on_every_structure(structure: str) -> None:
    term = sn.parse("max(sin(x)*y, sin(x + 1)^2)", terms=structure)
    expected = sn.parse("max(cos(x)*y, cos(x + 1)^2)", terms=structure)
    assert sn.Postwalk(to_cos)(term) == expected
    assert sn.Prewalk(to_cos)(term) == expected


def test_fixpoint_ends() -> None:
    fixpoint = sn.Fixpoint(sn.Postwalk(sn.Chain([sn.rule("~a*~b + ~a*~c => ~a*(~b + ~c)")])))
    assert fixpoint(x * y + x * 2) == x * (y + 2)
    assert fixpoint.stop == "fixed point"
    assert sn.Fixpoint(to_cos)(x) is x


def test_fixpoint_sees_cycles_and_takes_the_cheapest() -> None:
    grow = sn.ruleset("exp(~a) => sin(~a)\nsin(~a) => cos(~a)*2 + 1\ncos(~a)*2 + 1 => exp(~a)")
    results = set()
    for start in (sn.exp(x), sn.sin(x), 2 * sn.cos(x) + 1):
        fixpoint = sn.Fixpoint(grow)
        results.add(fixpoint(start))
        assert fixpoint.stop == "cycle"
    assert results <= {sn.exp(x), sn.sin(x)}


def test_time_limit_of_a_fixpoint_holds_within_a_round() -> None:
    terms = sn.symbols([f"s{i}" for i in range(200)])
    total = sn.sum_of([sn.sin(s) for s in terms])
    slow = sn.Fixpoint(sn.Postwalk(lambda t: time.sleep(0.01)), timeout_s=0.05)
    begin = time.monotonic()
    assert slow(total) is total
    assert slow.stop == "timeout"
    assert time.monotonic() - begin < 1.0  # a whole round takes 4 s


def test_fixpoint_gives_up_on_endless_growth() -> None:
    grow = sn.rule("sin(~a) => sin(~a + y)*exp(~a)")
    with pytest.raises(RewriteError, match="50 rounds"):
        sn.Fixpoint(sn.Postwalk(grow), limit=50)(sn.sin(x))
    slow = sn.Fixpoint(lambda t: time.sleep(0.01) or t + x, timeout_s=0.05)
    assert slow(y) != y
    assert slow.stop == "timeout"


def test_prewalk_gives_up_on_terms_that_contain_themselves() -> None:
    with pytest.raises(RewriteError, match="1,000 parts"):
        sn.Prewalk(sn.rule("sin(~a) => exp(sin(~a + 1))"), limit=1_000)(sn.sin(x))


@pytest.mark.parametrize("structure", ["canonical", "tree"])
def test_deep_terms(structure: str) -> None:
    depth = 8_000
    symbol = sn.symbols("x", terms=structure)
    deep, expected = symbol, symbol
    for _ in range(depth):
        deep, expected = sn.sin(deep), sn.cos(expected)
    assert sn.Postwalk(to_cos)(deep) == expected
    assert sn.Prewalk(to_cos)(deep) == expected
    assert sn.Fixpoint(sn.Postwalk(sn.Chain([to_cos])))(deep) == expected


def test_shared_parts_are_rewritten_once() -> None:
    seen: list[Any] = []
    term = sn.sin(x)
    for _ in range(200):
        term = sn.exp(term) * sn.cos(term)
    sn.Postwalk(seen.append)(term)
    assert len(seen) < 1_000
    assert sn.Postwalk(to_cos)(term) != term
    assert sn.Prewalk(to_cos)(term) != term


def test_what_is_no_rewriter() -> None:
    for wrong in (lambda: sn.Postwalk(3), lambda: sn.Chain([to_cos, "sin(~a) => ~a"])):
        with pytest.raises(InputError, match="no rewriter"):
            wrong()
    with pytest.raises(InputError, match="takes a list"):
        sn.Chain(to_cos)


def test_strategies_show_what_they_are_made_of() -> None:
    shown = repr(sn.Fixpoint(sn.Prewalk(sn.Chain([sn.rule("halve: sin(~a) => ~a")]))))
    assert shown == "Fixpoint(Prewalk(Chain([<Rule halve: sin(~a) => ~a>])))"


def test_the_cheapest_of_a_cycle_is_taken_from_the_cycle() -> None:
    following = {y: sn.sin(x) + 1, sn.sin(x) + 1: sn.sin(x) * 2 + y, sn.sin(x) * 2 + y: sn.sin(x) + 1}
    fixpoint = sn.Fixpoint(following.get)
    assert fixpoint(y) == sn.sin(x) + 1  # y is cheaper, and no cycle leads back to it
    assert fixpoint.stop == "cycle"
