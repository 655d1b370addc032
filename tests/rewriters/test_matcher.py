"""Compiled matching is interpreted matching, on every data structure; generated code is what it claims to be."""

import re
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import symnum as sn
from rewriters import generated
from rewriters.access import same
from rewriters.index import RuleIndex
from rewriters.rulesets import get_ruleset
from symnum.errors import CompilationError, SymnumError

STRUCTURES = ["canonical", "tree", "sympy"]
TEXTS = [
    "~a*~b + ~a*~c => ~a*(~b + ~c)",
    "~a*~b + ~a*~c + ~~r => max(~a, ~b, ~c, ~~r)",
    "~!a*sin(~x)^2 + ~!a*cos(~x)^2 => ~a",
    "~a + ~!b*~x::symbol => ~a - ~b + exp(~x)",
    "~x^~!n * ~y::symbol => exp(~n)*~x*~y",
    "sin(~a + ~b)*~!c => sin(~a)*~c + cos(~b)",
    "sin(~x*~~r) => max(~x, 1, ~~r)",
    "max(~~a, ~x, ~~b, ~x, ~~c) => min(~x, ~~c, ~~b, ~~a)",
    "~a::number*~b + ~c => ~c where ~a > 1",
    "~x + ~y => ~x*exp(~y) where ~x != ~y",
    "(~a + ~b)^2 => ~a^2 + 2*~a*~b + ~b^2",
    "~!a + ~!b*~c^~!n::integer + 2 => ~a*~b*~c + ~n",
]
RULES = [sn.rule(text) for text in TEXTS]
SHIPPED = [rule for name in sn.rulesets() for rule in get_ruleset(name)]

leaves = st.sampled_from(["x", "y", "z", "2", "3", "-1", "1/2", "0.5"])


def _combined(inner: Any) -> Any:
    several = st.lists(inner, min_size=2, max_size=4)
    return st.one_of(
        several.map(lambda parts: "(" + " + ".join(parts) + ")"),
        several.map(lambda parts: "(" + " * ".join(parts) + ")"),
        st.tuples(st.sampled_from(["sin", "cos", "exp", "log", "abs"]), inner).map(
            lambda t: f"{t[0]}({t[1]})"
        ),
        st.tuples(inner, st.sampled_from(["2", "-1", "3", "y", "(1/2)"])).map(lambda t: f"({t[0]})^{t[1]}"),
        st.lists(inner, min_size=2, max_size=4).map(lambda parts: f"max({', '.join(parts)})"),
    )


texts = st.recursive(leaves, _combined, max_leaves=9)


def parsed(text: str, structure: str) -> Any:
    try:
        return sn.parse(text, terms=structure)
    except (SymnumError, ValueError):  # a division by zero, or what SymPy cannot compare
        return 1


def outcome(apply: Any, term: Any) -> Any:
    """Return what a rule makes of a term, or the error where the result cannot be built (0 to the power -1)."""
    try:
        return apply(term)
    except (SymnumError, ArithmeticError, ValueError):  # the last: SymPy compares no complex numbers
        return "error"


@settings(max_examples=80)
@given(texts, st.sampled_from(["canonical", "tree"]))
def test_compiled_is_interpreted(text: str, structure: str) -> None:
    term = parsed(text, structure)
    for rule in RULES:
        for part in sn.postorder(term):
            compiled, interpreted = outcome(rule, part), outcome(rule.interpret, part)
            assert same(compiled, interpreted), (rule, part)


slot_texts = st.sampled_from(["~a", "~b", "~c", "~a", "~b", "~n::number", "~!d", "~s::symbol", "x", "2"])


def _patterns(inner: Any) -> Any:
    several = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        several.map(lambda parts: "(" + " + ".join(parts) + ")"),
        several.map(lambda parts: "(" + " * ".join(parts) + ")"),
        st.tuples(several, st.sampled_from(["+", "*"])).map(lambda t: f"({t[1].join([*t[0], '~~r'])})"),
        st.tuples(st.sampled_from(["sin", "exp"]), inner).map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(inner, st.sampled_from(["2", "~m", "~!m", "~m::integer"])).map(lambda t: f"({t[0]})^{t[1]}"),
    )


pattern_texts = st.recursive(slot_texts, _patterns, max_leaves=6)
right_sides = st.sampled_from([0, 1, 2, 3])


def random_rule(lhs: str, choice: int) -> Any:
    """Return a rule with this left side, or None where it cannot be one; the right side shows all bindings."""
    try:
        names = list(dict.fromkeys(re.findall(r"~~?!?([a-z])", lhs)))
        shown = [f"~~{n}" if f"~~{n}" in lhs else f"~{n}" for n in names]
        firm = [n for n in shown if not n.startswith("~~")] or ["1"]
        rhs = [f"max(1, {', '.join(shown)})", firm[0], f"sin({firm[-1]})", " + ".join(firm)][choice]
        return sn.rule(f"{lhs} => {rhs}" if names else f"{lhs} => 7")
    except SymnumError:
        return None


@settings(max_examples=150)
@given(pattern_texts, right_sides, texts, st.sampled_from(sn.term_types()))
def test_random_patterns_compiled_are_interpreted(lhs: str, choice: int, text: str, structure: str) -> None:
    """The interpreted matcher tries every way, so agreeing with it is being complete."""
    rule = random_rule(lhs, choice)
    assume(rule is not None)
    for part in sn.postorder(parsed(text, structure)):
        assert same(outcome(rule, part), outcome(rule.interpret, part)), (rule, part)


@settings(max_examples=40)
@given(texts, st.sampled_from(["canonical", "tree"]))
def test_shipped_rules_compiled_are_interpreted(text: str, structure: str) -> None:
    term = parsed(text, structure)
    for rule in SHIPPED:
        for part in sn.postorder(term):
            assert same(outcome(rule, part), outcome(rule.interpret, part)), (rule, part)


@settings(max_examples=40)
@given(texts, st.sampled_from(["canonical", "tree"]))
def test_index_finds_what_a_search_finds(text: str, structure: str) -> None:
    rules = [*RULES, *SHIPPED]
    index = RuleIndex(rules)
    for part in sn.postorder(parsed(text, structure)):

        def search(term: Any) -> Any:
            for rule in rules:
                result = rule(term)
                if result is not None and not same(result, term):
                    return rule.name, result
            return None

        def look_up(term: Any) -> Any:
            found = index.first(term)
            return None if found is None else (found[1].name, found[2])

        assert outcome(look_up, part) == outcome(search, part)


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        (TEXTS[0], "x*y*z + x*w + z", "x*(y*z + w) + z"),
        (TEXTS[2], "3*y*sin(x)^2 + z + 3*cos(x)^2*y", "3*y + z"),
        (TEXTS[2], "sin(x)^2 + cos(x)^2", "1"),
        ("log(~a*~b) => log(~a) + log(~b)", "log(x*y)", "log(x) + log(y)"),
        ("~x^~n::integer => ~n", "(x + y)^3", "3"),
        ("sqrt(~x) => ~x", "sqrt(x + y)", "x + y"),
        ("~a + ~b*sin(~x)^2 => ~a*cos(~x)^2 where ~a + ~b == 0", "1 - sin(x)^2", "cos(x)^2"),
        ("x*~a + y => y*~a + pi", "x*z + y", "y*z + pi"),
        ("max(~~a, x, ~~b) => min(~~b, ~~a)", "max(z, x)", "min(z)"),
        ("exp(~a)*exp(~b) => exp(~a + ~b)", "exp(x)*y*exp(z)", "y*exp(x + z)"),
    ],
)
def test_structures_agree(structure: str, rule: str, text: str, expected: str) -> None:
    term = sn.parse(text, terms=structure)
    made = sn.rule(rule)(term)
    assert sn.convert(made, "canonical") == sn.parse(expected)


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize("rule", RULES, ids=TEXTS)
def test_interpreted_on_every_structure(structure: str, rule: sn.Rule) -> None:
    for text in (
        "x*y + x*z + 2*x",
        "(x + y)^2*sin(x + y)",
        "2*z*sin(x)^2 + z*2*cos(x)^2 + y",
        "max(x, y, x, z)",
    ):
        term = sn.parse(text, terms=structure)
        assert same(rule(term), rule.interpret(term))


def test_numbers_of_different_kind_are_different() -> None:
    rule = sn.rule("max(~a, ~b, ~a) => ~b")
    x = sn.symbols("x", terms="tree")
    assert rule(sn.Tree("max", (1, x, 1))) == x
    assert rule(sn.Tree("max", (1, x, 1.0))) is None


def test_generated_source_holds_nothing_of_the_users() -> None:
    rule = sn.rule("sin(`import os`*~secret)^~__class__ + 12345 => ~secret where is_number(~__class__)")
    for kind in ("canonical", "tree", "generic"):
        source = rule.source(kind)
        for word in ("import", "os", "secret", "sin", "12345", "'", '"'):
            assert word not in source
    with pytest.raises(CompilationError, match="text constant"):
        generated.make_function("def rule(t):\n return 'a'", {})
    with pytest.raises(CompilationError, match="__import__"):
        generated.make_function("def rule(t):\n return __import__(t)", {})


def test_patterns_with_many_loops_fall_back_to_the_interpreted_matcher() -> None:
    names = [f"s{i}" for i in range(19)]
    rule = sn.rule(
        " + ".join(f"~{n}::number*x{i}" for i, n in enumerate(names))
        + " => "
        + " + ".join(f"~{n}" for n in names)
    )
    term = sn.parse(" + ".join(f"{i + 2}*x{i}" for i in range(19)))
    assert rule.source() == ""
    assert rule(term) == sum(range(2, 21))


def test_matching_deep_terms_needs_no_depth() -> None:
    x = sn.symbols("x")
    deep = x
    for _ in range(10_000):
        deep = sn.sin(deep) + 1
    rule = sn.rule("sin(~a) + ~b => ~a*~b")
    assert rule(deep) is not None
    assert next(rule.matches(deep))["b"] == 1
