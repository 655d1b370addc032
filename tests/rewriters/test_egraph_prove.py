"""`sn.prove_equal`: three answers, each with what supports it."""

from fractions import Fraction
from typing import Any

import pytest

import symnum as sn
from symnum.errors import InputError, UnknownNameError

x, y, z = sn.symbols("x y z")
p, q = sn.symbols("p q", domain="positive")
r = sn.symbols("r", domain="real")


@pytest.mark.parametrize(
    ("a", "b", "needed"),
    [
        (sn.sin(x) ** 2 + sn.cos(x) ** 2, 1, "pythagoras"),
        (sn.sin(2 * x), 2 * sn.sin(x) * sn.cos(x), "double_angle_sine"),
        (sn.log(p * q), sn.log(p) + sn.log(q), "sum_of_logs"),
        (sn.sqrt(r**2), abs(r), "root_of_square"),
        (sn.cosh(x) + sn.sinh(x), sn.exp(x), "hyperbolic_to_growth"),
        (x * (sn.exp(y) + 1) - x, x * sn.exp(y), "expand"),
    ],
)
def test_equal(a: Any, b: Any, needed: str) -> None:
    found = sn.prove_equal(a, b)
    assert found
    assert found.answer is True
    assert needed in found.rules
    assert needed in str(found) or "expansion" in str(found)


def test_the_same_in_canonical_form_needs_no_rules() -> None:
    found = sn.prove_equal(x + y + x, sn.parse("2*x + y", terms="tree"))
    assert (found.answer, found.rules) == (True, ())


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (x + 1, x + 2),
        (sn.sqrt(x**2), x),
        (x**2 + y, x**2 - y),
        ((x + y) ** 2, x**2 + y**2),
        (1 / (1 + x), 1 - x),
    ],
)
def test_not_equal_exactly(a: Any, b: Any) -> None:
    found = sn.prove_equal(a, b)
    assert not found
    assert found.answer is False
    example = found.counterexample
    assert example is not None
    assert example.is_exact
    assert isinstance(example.left, int | Fraction)
    values = {s: example.point[str(s)] for s in sn.free_symbols([a, b])}
    assert sn.terms.evaluate_exact(a, values) == example.left != example.right
    assert sn.terms.evaluate_exact(b, values) == example.right


@pytest.mark.parametrize(
    ("a", "b"), [(sn.sin(x), x), (sn.log(x * y), sn.log(x) + sn.log(y)), (sn.exp(x), sn.exp(x) + 1e-9)]
)
def test_not_equal_with_many_digits(a: Any, b: Any) -> None:
    found = sn.prove_equal(a, b)
    assert found.answer is False
    assert found.counterexample is not None
    assert not found.counterexample.is_exact
    assert found.counterexample.left != found.counterexample.right


def test_not_known() -> None:
    found = sn.prove_equal(sn.gamma(x + 1), x * sn.gamma(x))
    assert found.answer is None
    assert not found
    assert "no counterexample" in found.reason
    assert str(found).startswith("not known")
    limited = sn.prove_equal(sn.sin(3 * x), 3 * sn.sin(x) - 4 * sn.sin(x) ** 3, "algebra")
    assert limited.answer is None


def test_points_where_one_side_has_no_value_are_no_counterexamples() -> None:
    assert sn.prove_equal(sn.log(p) - sn.log(p) + 1, 1).answer is True
    assert sn.prove_equal((x**2 - y**2) / (x - y), x + y).answer is not False


def test_only_the_rules_that_are_given_are_used() -> None:
    one = sn.sin(x) ** 2 + sn.cos(x) ** 2
    assert sn.prove_equal(one, 1, "exp_log").answer is None
    assert sn.prove_equal(one, 1, sn.ruleset(["circle: sin(~x)^2 + cos(~x)^2 => 1"])).rules[0] == "circle"
    real_only = sn.ruleset(["undo: log(exp(~x)) => ~x @ real x: real"])
    assert sn.prove_equal(sn.log(sn.exp(r)), r, real_only).answer is True
    assert sn.prove_equal(sn.log(sn.exp(r)), r, real_only, soundness="exact").answer is None


def test_wrong_arguments() -> None:
    with pytest.raises(InputError):
        sn.prove_equal("x", x)
    with pytest.raises(InputError, match="timeout_s"):
        sn.prove_equal(x, y, timeout_s=0)
    with pytest.raises(UnknownNameError):
        sn.prove_equal(sn.sin(x) ** 2, 1 - sn.cos(x) ** 2, "trigonometri")
