"""Checking rulesets: what ships holds, and planted rules that are wrong are caught with a point that shows it."""

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest

import symnum as sn
from rewriters.ruleset_check.check import as_ruleset
from rewriters.ruleset_check.floating import _ulps
from rewriters.ruleset_check.values import value_at
from rewriters.rulesets import get_ruleset, shipped
from symnum.errors import InputError, UnknownNameError


def checked(*rules: Any, **options: Any) -> Any:
    return sn.check_ruleset(sn.ruleset(list(rules)), **{"sympy": False, "points": 15, **options})


# --- planted rules ---------------------------------------------------------------------------------------------------

PLANTED = {
    "wrong identity": "planted: sin(~x)^2 - cos(~x)^2 => 1",
    "lost coefficient": "planted: (~a + ~b)^2 => ~a^2 + ~b^2",
    "zero over zero": "planted: ~x/~x => 1",
    "zero over zero on the reals": "planted: ~x/~x => 1 @ real real",
    "root of a square": "planted: sqrt(~x^2) => ~x",
    "logarithm of a product": "planted: log(~a*~b) => log(~a) + log(~b)",
    "logarithm of a product of reals": "planted: log(~a*~b) => log(~a) + log(~b) @ real real",
    "wrong at negative values": "planted: abs(~x) => ~x @ real real",
    "wrong below minus three": "planted: max(~x, -3) => ~x @ real real",
    "wrong at complex points": "planted: log(exp(~x)) => ~x",
    "wrong at complex points, square": "planted: abs(~x)^2 => ~x^2",
    "a power of a power": "planted: (~x^~a)^~b => ~x^(~a*~b)",
    "wrong at zero alone": "planted: ~x^2/~x => ~x @ real nonnegative",
    "no value on the right": "planted: ~x => exp(log(~x))",
    "a root that real arithmetic has not": "planted: ~x^3 => sqrt(~x)^6",
    "its condition is too weak": "planted: ~x^~n => (~x^2)^(~n/2) where ~n > 0",
    "a default that is wrong": "planted: ~!a*~x + ~!b*~x => ~a*~b*~x",
    "approximate, and too far": "planted: sin(~x) => ~x @ approximate",
}


@pytest.mark.parametrize("what", PLANTED)
def test_planted_rules_are_caught(what: str) -> None:
    found = checked(PLANTED[what])
    assert not found
    assert not found.ok
    (one,) = found.failures
    assert (one.name, one.verdict) == ("planted", "fails")
    assert one.counterexample is not None
    assert str(one.counterexample) in one.reason
    assert one.reason in str(found)


def test_counterexamples_are_points_at_which_the_sides_differ() -> None:
    negative = checked(PLANTED["wrong at negative values"])[0].counterexample
    assert negative.point["x"] < 0
    assert (negative.left, negative.right) == (-negative.point["x"], negative.point["x"])
    imaginary = checked(PLANTED["wrong at complex points"])[0].counterexample
    assert isinstance(imaginary.point["x"], complex)
    assert abs(imaginary.left - imaginary.point["x"]) == pytest.approx(2 * math.pi)
    zero = checked(PLANTED["zero over zero"])[0].counterexample
    assert (zero.point, zero.left, zero.right) == ({"x": 0}, None, 1)
    root = checked(PLANTED["root of a square"])[0].counterexample
    assert root.left == -root.right == -root.point["x"]


@pytest.mark.parametrize(
    "text",
    [
        "sound: ~x/~x => 1 @ real x: nonzero",
        "sound: ~x/~x => 1 where ~x != 0",
        "sound: ~x/~x => 1 @ extended",
        "sound: sqrt(~x^2) => ~x @ real nonnegative",
        "sound: log(~a*~b) => log(~a) + log(~b) @ real a: positive",
        "sound: log(exp(~x)) => ~x @ real real",
        "sound: (~x^~a)^~n::integer => ~x^(~a*~n) @ extended",
        "sound: sin(~x) => ~x*(1 + (sin(~x)/~x - 1)) @ real x: nonzero",
        "sound: floor(~x + ~n::integer) => floor(~x) + ~n @ real real",
        "sound: piecewise(~a, ~x < 0, ~a) => ~a @ real real",
        "sound: 2*pi*~x => ~x*pi + pi*~x",
    ],
)
def test_sound_rules_pass(text: str) -> None:
    found = checked(text, points=25)
    assert found, str(found)
    assert found[0].exact_points > 5


def test_what_a_rule_states_decides() -> None:
    """The same identity fails or holds by its soundness, and an approximate one by the tolerance."""
    assert checked("a: ~x/~x => 1 @ extended")
    assert checked("a: ~x/~x => 1 @ extended")[0].extension is not None
    near = "near: ~x => ~x + ~x/10000000 @ approximate"
    assert checked(near)
    assert not checked(near, tolerance=1e-9)
    assert not checked("near: ~x => ~x + ~x/10000000")


def test_rules_with_functions_are_tried_on_terms_made_up_for_them() -> None:
    def halved(a: Any, x: Any) -> Any:
        return a * x / 2 if a > 0 else None

    def doubled(terms: Any) -> Any:
        return sn.Tree("*", (2, terms[0], *terms[1:])) if len(terms) > 2 else None

    found = checked(
        sn.Rule("~a::number*~x", halved, name="wrong"),
        sn.Rule("~a::number*~x", lambda a, x: x * a, name="right"),
        sn.Rule("~a::number*~x", lambda a, x: None, name="idle"),
        sn.Rule("~a::number*~x", lambda a, x: a.missing, name="broken"),
        sn.Rule(sn.rewriters.patterns.Node("*", [sn.segments("terms")]), doubled, name="segments"),
    )
    assert [r.verdict for r in found] == ["fails", "holds", "not checked", "not checked", "fails"]
    assert not found["idle"], "what could not be checked does not count as holding"
    assert "missing" in found["broken"].reason


def test_a_function_and_its_laws_are_both_checked() -> None:
    from rewriters.egraph.laws import register_law

    def unchanged(a: Any, b: Any) -> Any:
        return a + b

    rule = sn.Rule("~a + ~b", unchanged, name="sum")
    assert checked(rule)
    register_law(unchanged, ["~a + ~b => ~a"])
    assert "law for the e-graph" in checked(rule)[0].reason


def test_conditions_that_never_hold_are_said() -> None:
    (one,) = checked("never: ~x => ~x + 0 where ~x > 0 and ~x < 0")
    assert one.verdict == "not checked"
    assert "no point" in one.reason


# --- floating point --------------------------------------------------------------------------------------------------


def test_special_values_are_information_alone() -> None:
    (one,) = checked("gone: 0*~x => 0")
    assert one.verdict == "holds"
    assert 0 < one.specials_differing < one.specials
    assert math.isnan(one.special_example.left) or one.special_example.left == 0
    (same,) = checked("same: ~x*1 => ~x")
    assert same.specials > 5
    assert same.specials_differing == 0


def test_ulps() -> None:
    import numpy as np

    one = np.nextafter(1.0, 2.0)
    ulps = _ulps(np.array([1.0, 1.0, -1.0, 0.0, 5e-324]), np.array([1.0, one, -one, -0.0, -5e-324]))
    assert ulps.tolist() == [0, 1, 1, 0, 2]
    assert checked("same: 1*~x => ~x")[0].largest_ulp == 0
    cancelling, harmless = checked("a: ~x => (~x + 1000000) - 1000000", "b: ~x/3 => ~x*(1/3)")
    assert cancelling.verdict == harmless.verdict == "holds"
    assert cancelling.largest_ulp > 1000 > harmless.largest_ulp >= 0


# --- values ----------------------------------------------------------------------------------------------------------


def test_values_are_exact_or_precise_or_none() -> None:
    x = sn.symbols("x", terms="tree")
    assert value_at(x / 3 + 1, {"x": 1}, True) == Fraction(4, 3)
    assert value_at(1 / x, {"x": 0}, True) is None
    assert value_at(sn.log(x), {"x": 0}, True) is None
    assert value_at(sn.exp(sn.log(x)), {"x": 0}, True) is None
    assert value_at(sn.sqrt(x), {"x": -1}, False) is None
    assert complex(value_at(sn.sqrt(x), {"x": -1}, True)) == 1j
    assert abs(value_at(sn.sqrt(x), {"x": 2}, True) ** 2 - 2) < 1e-45


# --- SymPy -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def opinions() -> Iterator[Any]:
    from rewriters.ruleset_check.sympy_opinion import Sympy

    asked = Sympy(20.0)
    yield asked
    asked.stop()


def test_sympy_is_asked_and_ended_when_it_is_late(opinions: Any) -> None:
    from rewriters.ruleset_check.instances import instances

    def opinion(text: str) -> str:
        return str(opinions.opinion(instances(sn.rule(text), 0)[0]))

    assert opinion("(~a + ~b)^2 => ~a^2 + 2*~a*~b + ~b^2") == "equal"
    assert opinion("sqrt(~x^2) => ~x @ real nonnegative") == "equal"
    assert opinion("sin(~x) => cos(~x)") == "not equal"
    assert opinion("~a*cosh(~x)^2 + ~b*sinh(~x)^2 => ~a where ~a + ~b == 0 and is_number(~a)") == "equal"
    assert opinion("~a + ~x => ~x where ~a == 0") == "equal"
    assert "condition" in opinion("abs(~x) => ~x where ~x > 0")
    process = opinions.process
    opinions.timeout_s = 1e-3
    assert "unknown (more than" in opinion("sin(~x)*cos(~y) => sin(~x + ~y)/2 + sin(~x - ~y)/2")
    assert process.poll() is not None


def test_sympy_says_the_same_whatever_numbers_it_would_draw() -> None:
    """It compares at random points, and would tell abs(x) from x half the time."""
    from sympy.core import random

    x = sn.symbols("x", domain="real")
    for seed in range(12):
        random.seed(seed)
        drawn = random.rng.getstate()
        assert sn.via_sympy.equal(abs(x), x) is False
        assert random.rng.getstate() == drawn


def test_an_answer_is_late_also_where_this_process_was_held_up(
    opinions: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A busy machine may run SymPy to its end before it lets this process look again."""
    import select

    from rewriters.ruleset_check.instances import instances

    (pair, *_) = instances(sn.rule("~a + ~x => ~x + ~a"), 0)
    assert opinions.opinion(pair) == "equal"
    look = select.select
    monkeypatch.setattr(select, "select", lambda r, w, x, _: look(r, w, x, 20.0))
    opinions.timeout_s = 1e-6
    assert opinions.opinion(pair) == "unknown (more than 1e-06 s)"
    assert opinions.process is None


# --- what is given and what comes back -------------------------------------------------------------------------------


def test_names_files_rules_and_texts_are_taken(tmp_path: Any) -> None:
    path = tmp_path / "mine.rules"
    path.write_text("a: ~x + 0 => ~x\n")
    assert as_ruleset(path).name == "mine"
    assert as_ruleset("factor") is get_ruleset("factor")
    assert as_ruleset(get_ruleset("factor")[0]).names == ("common_factor",)
    assert len(as_ruleset("~x + 0 => ~x")) == 1
    with pytest.raises(UnknownNameError, match="factor"):
        sn.check_ruleset("facto")
    for wrong in ({"points": 0}, {"sympy_timeout_s": 0}):
        with pytest.raises(InputError, match="above zero|positive"):
            sn.check_ruleset("none", **wrong)  # type: ignore[arg-type]


def test_records_and_tables() -> None:
    found = checked("good: ~x + 0 => ~x", "bad: ~x => 2*~x")
    assert [r["verdict"] for r in found.records()] == ["holds", "fails"]
    assert found.records()[1]["counterexample"] == str(found["bad"].counterexample)
    assert "1 of 2 rules do not hold" in str(found)
    assert "bad" in found._repr_html_()
    assert repr(found) == "<RulesetCheck rules: 2 rules, 1 failures>"
    assert len(found) == 2
    with pytest.raises(KeyError):
        found["none of them"]


def test_the_same_points_are_tried_again() -> None:
    a, b = (checked(PLANTED["a power of a power"], seed=3)[0].counterexample for _ in range(2))
    assert a == b


@pytest.mark.parametrize("name", ["kinetics", "stencil"])
def test_new_rulesets_hold(name: str) -> None:
    found = sn.check_ruleset(name, sympy=False, points=3)
    assert found, str(found)


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped())
def test_shipped_rulesets_hold(name: str) -> None:
    found = sn.check_ruleset(name, points=120, sympy_timeout_s=10.0, seed=7)
    assert found, str(found)
    assert not [r for r in found if r.sympy == "not equal"]
