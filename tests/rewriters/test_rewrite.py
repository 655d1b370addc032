"""`sn.rewrite`: results, reports, soundness, and what it takes."""

import itertools
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symnum as sn
from rewriters.cost import cost, operation_count
from rewriters.rulesets import get_ruleset, register_ruleset
from symnum.errors import InputError, SymnumError, UnknownNameError
from symnum.terms.tree import Tree

x, y, z = sn.symbols("x y z")
p, q = sn.symbols("p q", domain="positive")
r = sn.symbols("r", domain="real")
STRUCTURES = ["canonical", "tree", "sympy"]


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize(
    ("ruleset", "text", "expected"),
    [
        ("trigonometry", "3*sin(x)^2 + 3*cos(x)^2 + y", "y + 3"),
        ("trigonometry", "1 - sin(x)^2", "cos(x)^2"),
        ("trigonometry", "cosh(x) - sinh(x)", "exp(-x)"),
        ("trigonometry", "2*sin(x)*cos(x) + sin(-y)", "sin(2*x) - sin(y)"),
        ("trigonometry", "sin(x)/cos(x)", "tan(x)"),
        ("trigonometry", "y*cosh(x)^2 - y*sinh(x)^2", "y"),
        ("trigonometry", "1 + tan(x)^2", "cos(x)^(-2)"),
        ("factor", "x*y + x*z + 3*y*z + x^2*y", "x*(y*(x + 1) + z) + 3*y*z"),
        ("exp_log", "exp(x)*exp(y)*z", "z*exp(x + y)"),
        ("exp_log", "exp(2*log(x)) + y", "x^2 + y"),
        ("exp_log", "log(x) + log(y)", "log(x) + log(y)"),
        ("algebra", "abs(-2*x*y) + abs(abs(y))", "abs(2*x*y) + abs(y)"),
        ("none", "x + x*y", "x + x*y"),
    ],
)
def test_rulesets(structure: str, ruleset: str, text: str, expected: str) -> None:
    made = sn.rewrite(sn.parse(text, terms=structure), ruleset=ruleset).result
    assert sn.convert(made, "canonical") == sn.convert(sn.parse(expected, terms=structure), "canonical")


def test_a_common_factor_whose_bases_are_equal_numbers_of_two_kinds() -> None:
    u, v = sn.symbols("x y", terms="tree")
    powers = Tree("*", (Tree("^", (2, 3)), u)), Tree("*", (Tree("^", (2.0, 3)), v))
    tree = Tree("+", powers)
    made = sn.rewrite(tree, "factor").result
    assert sn.terms.evaluate(made, {"x": 1.5, "y": 2.5}) == 32.0


def test_algebra_makes_trees_canonical() -> None:
    text = "0 + 1*x + x + 2*x*y*3 + x*y + (x^2)^3 + (x*y)^2*x + 2*(x + y) + x^0 + x*x*x^(-1)"
    tree = sn.parse(text, terms="tree")
    made = sn.rewrite(tree, "algebra").result
    assert operation_count(made) <= operation_count(sn.convert(sn.parse(text), "tree"))
    assert sn.convert(made, "canonical") == sn.parse(text)


def test_domains_decide_what_is_applied() -> None:
    assert sn.rewrite(sn.log(p) + sn.log(x), "exp_log").result == sn.log(p * x)
    assert sn.rewrite(sn.log(x) + sn.log(y), "exp_log").result == sn.log(x) + sn.log(y)
    assert sn.rewrite(sn.log(sn.exp(x)), "exp_log").result == sn.log(sn.exp(x))
    assert sn.rewrite(sn.log(sn.exp(r)), "exp_log").result == r
    assert sn.rewrite(sn.sqrt(r**2), "algebra").result == abs(r)
    assert sn.rewrite(sn.sqrt(x**2), "algebra").result == sn.sqrt(x**2)
    assert sn.rewrite(abs(p * q), "algebra").result == p * q
    assert sn.rewrite(abs(r) ** 2 + abs(x) ** 2, "algebra").result == r**2 + abs(x) ** 2
    assert sn.rewrite(sn.log(sn.exp(r)), "exp_log", soundness="exact").result == sn.log(sn.exp(r))


def test_approximate_rules_are_left_out_unless_asked_for() -> None:
    small = sn.ruleset(["small_angle: sin(~x) => ~x @ approximate"])
    assert sn.rewrite(sn.sin(x), small).result == sn.sin(x)
    assert sn.rewrite(sn.sin(x), small, soundness="approximate").result == x
    with pytest.raises(InputError, match="soundness"):
        sn.rewrite(x, small, soundness="any")


def test_report() -> None:
    out = sn.rewrite([sn.sin(x) ** 2 + sn.cos(x) ** 2, x * y], "trigonometry")
    report = out.report
    assert out.result == [1, x * y]
    assert report.fired == {"pythagoras": 1}
    assert (report.ruleset, report.engine, report.stop) == ("trigonometry", "classical", "fixed point")
    assert report.cost_after == cost(x * y) < report.cost_before
    assert 0 <= report.seconds < 10
    assert "pythagoras 1" in str(report)
    assert "pythagoras" in report._repr_html_()


def test_costs_count_shared_parts_once() -> None:
    part = sn.sin(x * y)
    assert cost([part, part + 1]) - cost(part) == pytest.approx(cost(x + 1))
    assert cost(x**8) == pytest.approx(3 * cost(x * y))
    assert cost(-x) == 0


def test_equations_lists_and_numbers() -> None:
    one = sn.sin(x) ** 2 + sn.cos(x) ** 2
    equation = sn.rewrite(sn.Eq(one, one * y), "trigonometry").result
    assert (equation.lhs, equation.rhs) == (1, y)
    nested = sn.rewrite((one, [sn.Eq(x, one)]), "trigonometry").result
    assert nested[0] == 1
    assert nested[1][0].rhs == 1
    assert sn.rewrite(3, "algebra").result == 3
    assert sn.rewrite([], "algebra").result == []


def test_models_stay_models() -> None:
    network = sn.reaction_network("(k1, k2), S + E <--> C; k3, C --> E + P")
    values: dict[str, Any] = {
        "y0": {"S": 1.0, "E": 0.5, "C": 0.0, "P": 0.0},
        "params": {"k1": 10, "k2": 1, "k3": 1},
    }
    plain = sn.build_simulator(network)
    for ruleset in ("factor", "algebra", "none"):
        out = sn.rewrite(network, ruleset=ruleset)
        simulator = sn.build_simulator(out.result)
        at = ([0.3, 0.2, 0.1, 0.0], [10.0, 1.0, 1.0])
        np.testing.assert_allclose(simulator.rhs(0.0, *at), plain.rhs(0.0, *at), rtol=1e-14)
    assert out.result.state_names == network.state_names
    end = simulator.solve((0.0, 1.0), **values)
    np.testing.assert_allclose(end["P"][-1], plain.solve((0.0, 1.0), **values)["P"][-1], rtol=1e-5)


@pytest.mark.parametrize("ruleset", ["algebra", "trigonometry"])
@pytest.mark.parametrize("structure", ["canonical", "tree"])
def test_timeout_within_one_long_sum(ruleset: str, structure: str) -> None:
    """A pattern for two summands has a million pairs to try: the limit holds inside of one rule, too."""
    sn.rewrite(sn.sin(x) ** 2 + y, ruleset)  # compiled before
    s = sn.symbols([f"s{i}" for i in range(1_200)])
    total = sn.convert(sn.sum_of([v * sn.sin(w) ** 2 for v, w in itertools.pairwise(s)]), structure)
    begin = time.monotonic()
    out = sn.rewrite(total, ruleset, timeout_s=0.1)
    assert out.report.stop == "timeout"
    assert time.monotonic() - begin < 2.0  # minutes, if nobody looked at the clock in between
    assert out.result == total


def test_timeout_leaves_terms_that_it_did_not_reach() -> None:
    def slow(a: object) -> object:
        time.sleep(0.02)
        return a

    rules = sn.ruleset([sn.Rule("sin(~a)", slow, name="slow")])
    terms = [sn.sin(s) + 1 for s in sn.symbols([f"s{i}" for i in range(100)])]
    out = sn.rewrite(terms, rules, timeout_s=0.1)
    done = out.report.fired["slow"]
    assert out.report.stop == "timeout"
    assert 1 <= done < 20
    assert out.result[done + 1 :] == terms[done + 1 :]
    assert out.result[0] == sn.symbols("s0") + 1


def test_timeout_returns_what_there_is() -> None:
    terms = [sn.sin(sn.Symbol(f"s{i}")) ** 2 + sn.cos(sn.Symbol(f"s{i}")) ** 2 for i in range(300)]
    out = sn.rewrite(terms, "trigonometry", timeout_s=0.0)
    assert out.report.stop == "timeout"
    assert all(made in (1, term) for made, term in zip(out.result, terms))


def test_rules_that_undo_each_other_stop() -> None:
    rules = sn.ruleset("a: sin(~x) => cos(~x)\nb: cos(~x) => sin(~x)")
    out = sn.rewrite(sn.sin(x) + 1, rules)
    assert out.report.stop in ("cycle", "fixed point")
    grow = sn.ruleset("grow: sin(~x) => sin(~x + 1)")
    assert sn.rewrite(sn.sin(x), grow).report.stop == "limit"


def test_unknown_names() -> None:
    with pytest.raises(UnknownNameError, match='Did you mean "trigonometry"'):
        sn.rewrite(x, "trigonometri")
    with pytest.raises(UnknownNameError, match='Did you mean "classical"'):
        sn.rewrite(x, engine="clasical")
    with pytest.raises(InputError, match="no ruleset"):
        sn.rewrite(x, ["sin(~x) => ~x"])  # type: ignore[arg-type]
    assert (
        sn.rewrite(sn.sin(x) ** 2 + sn.cos(x) ** 2, "trigonometry", engine="none").report.stop
        == "nothing to do"
    )


def test_registered_rulesets() -> None:
    mine = register_ruleset(sn.ruleset(["peel: sin(~x) => ~x"], name="mine"))
    assert "mine" in sn.rulesets()
    assert sn.rewrite(sn.sin(x), "mine").result == x
    assert register_ruleset(mine) is mine
    with pytest.raises(InputError, match="exists already"):
        register_ruleset(sn.ruleset(["peel: sin(~x) => 2*~x"], name="mine"))


def test_long_sums_are_factored_quickly() -> None:
    total = sn.sum_of([x * sn.Symbol(f"a{i}") + y * sn.Symbol(f"b{i}") for i in range(500)])
    out = sn.rewrite(total, "factor")
    assert out.result == x * sn.sum_of([sn.Symbol(f"a{i}") for i in range(500)]) + y * sn.sum_of(
        [sn.Symbol(f"b{i}") for i in range(500)]
    )
    assert out.report.seconds < 5


def test_deep_terms() -> None:
    deep = x
    for _ in range(6_000):
        deep = sn.sin(-deep)
    out = sn.rewrite(deep, "trigonometry")
    assert out.report.stop == "fixed point"
    assert out.report.fired["sin_odd"] == 3_000  # two signs make none


functions = st.sampled_from(["sin", "cos", "exp", "log", "abs", "sqrt", "cosh", "sinh", "tan"])
texts = st.recursive(
    st.sampled_from(["a", "b", "c", "2", "-1", "3/2"]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: "(" + " + ".join(parts) + ")"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: "(" + "*".join(parts) + ")"),
        st.tuples(functions, inner).map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(inner, st.sampled_from(["2", "-1", "3"])).map(lambda t: f"({t[0]})^{t[1]}"),
        inner.map(lambda t: f"(sin({t})^2 + cos({t})^2)"),
    ),
    max_leaves=8,
)
POINTS = np.array([0.7, -0.7, 1.3, -2.1, 0.4 + 0.3j, -0.8 + 1.1j, 2 - 0.5j, -0.6 - 0.9j])


@settings(max_examples=120)
@given(texts, st.sampled_from(sn.rulesets()), st.sampled_from(["canonical", "tree"]))
def test_values_stay_what_they_were(text: str, ruleset: str, structure: str) -> None:
    try:
        term = sn.parse(text, terms=structure)
        made = sn.rewrite(term, ruleset).result
    except (SymnumError, ArithmeticError):
        return  # a division by an exact zero is an error before and after
    values = {"a": POINTS, "b": np.roll(POINTS, 3) * 0.9, "c": np.roll(POINTS, 5) * 1.1}
    before, after = (np.broadcast_to(sn.evaluate(t, values), POINTS.shape) for t in (term, made))
    good = np.isfinite(before) & (np.abs(before) < 1e6)
    scale = 1 + np.abs(before)
    assert (np.abs(after - before)[good] <= 1e-6 * scale[good]).all(), (term, made)


def test_the_shipped_rulesets_are_named() -> None:
    assert sn.rulesets()[:5] == ("none", "algebra", "factor", "trigonometry", "exp_log")
    for name in sn.rulesets():
        assert get_ruleset(name).name == name
