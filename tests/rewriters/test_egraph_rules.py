"""The e-graph engine's view of rules: what they do, what they must not do, what cannot be expressed."""

from fractions import Fraction
from typing import Any

import pytest

import symnum as sn
from rewriters.egraph.expand import Inexpressible, cases
from rewriters.egraph.laws import register_law
from rewriters.rulesets import get_ruleset
from symnum.errors import InputError, UnknownNameError

x, y, z, a, b, c = sn.symbols("x y z a b c")
p, q = sn.symbols("p q", domain="positive")
r = sn.symbols("r", domain="real")
n = sn.symbols("n", domain="integer")
STRUCTURES = ["canonical", "tree", "sympy"]


def best(term: Any, rules: Any, **options: Any) -> Any:
    return sn.rewrite(term, rules, engine="egraph", **options).result


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize(
    ("ruleset", "text", "expected"),
    [
        ("trigonometry", "3*sin(x)^2 + 3*cos(x)^2 + y", "y + 3"),
        ("trigonometry", "1 - sin(x)^2", "cos(x)^2"),
        ("trigonometry", "cosh(x) - sinh(x)", "exp(-x)"),
        ("trigonometry", "sin(x)/cos(x)", "tan(x)"),
        ("trigonometry", "y*cosh(x)^2 - y*sinh(x)^2", "y"),
        ("factor", "x*y + x*z + a*y + a*z", "(a + x)*(y + z)"),
        ("factor", "x*y*a + x*y*b", "x*y*(a + b)"),
        ("exp_log", "exp(x)*exp(y)*z", "z*exp(x + y)"),
        ("exp_log", "exp(2*log(x)) + y", "x^2 + y"),
        ("exp_log", "log(x) + log(y)", "log(x) + log(y)"),
        ("algebra", "abs(abs(y))", "abs(y)"),
    ],
)
def test_shipped_rulesets(structure: str, ruleset: str, text: str, expected: str) -> None:
    made = best(sn.parse(text, terms=structure), ruleset)
    assert sn.terms.structures.structure_of_class(type(made)) == structure
    assert sn.convert(made, "canonical") == sn.convert(sn.parse(expected, terms=structure), "canonical")


def test_the_order_of_rules_does_not_matter() -> None:
    # Classically the first rule takes the pair that the second would need.
    rules = ["one: ~x*~y => sin(~x)*sin(~y) where ~x == ~y", "split: ~a*~b + ~a*~c => ~a*(~b + ~c)"]
    term = a * b + a * c
    assert best(term, sn.ruleset(rules)) == best(term, sn.ruleset(rules[::-1])) == a * (b + c)


def test_a_step_that_costs_may_pay_off() -> None:
    rules = sn.ruleset(["apart: exp(~x + ~y) => exp(~x)*exp(~y)", "known: exp(log(~x)) => ~x"])
    assert best(sn.exp(sn.log(x) + sn.log(y)), rules) == x * y


def test_rules_with_two_directions() -> None:
    rules = sn.ruleset(["law: ~a*(~b + ~c) <=> ~a*~b + ~a*~c"])
    assert best(x * y + x * z, rules) == x * (y + z)
    assert sn.prove_equal(x * (y + z), x * y + x * z, rules).answer is True


def test_a_direction_that_cannot_be_expressed_is_reported_alone() -> None:
    rules = sn.ruleset(["known: exp(log(~x)) <=> ~x"])
    out = sn.rewrite(sn.exp(sn.log(x)) + y, rules, engine="egraph")
    assert out.result == x + y
    assert list(out.report.inexpressible) == ["known (right to left)"]


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        (sn.log(p) + sn.log(x), sn.log(p * x)),
        (sn.log(x) + sn.log(y), sn.log(x) + sn.log(y)),
        (sn.log(sn.exp(x)), sn.log(sn.exp(x))),
        (sn.log(sn.exp(r)), r),
        (sn.log(sn.exp(r**2 + n)), r**2 + n),
        (sn.log(sn.exp(r * x)), sn.log(sn.exp(r * x))),
    ],
)
def test_domains_decide_what_logarithms_do(term: Any, expected: Any) -> None:
    assert best(term, "exp_log") == expected


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        (sn.sqrt(r**2), abs(r)),
        (sn.sqrt(x**2), sn.sqrt(x**2)),
        (sn.sqrt(p**2), p),
        (abs(p * q), p * q),
        (abs(p - q), abs(p - q)),
        (abs(r) ** 2, r**2),
        (abs(x) ** 2, abs(x) ** 2),
        (abs(r**2 + 1), r**2 + 1),
        (abs(sn.exp(r)), sn.exp(r)),
        (sn.floor(n + 2), n + 2),
        (sn.floor(r), sn.floor(r)),
        (abs(1 / p), 1 / p),
    ],
)
def test_signs_and_domains_propagate(term: Any, expected: Any) -> None:
    assert best(term, "algebra") == expected


def test_what_holds_only_where_a_term_is_defined_is_not_used_elsewhere() -> None:
    # exp(log(r)) has no value at 0, so that r equals it must not make r "not zero".
    rules = sn.ruleset(
        ["known: exp(log(~x)) => ~x", "wrong_at_zero: sign(~x)^2 => 1 @ real x: nonzero"], soundness="real"
    )
    result = best([sn.exp(sn.log(r)) + 1, sn.sign(r) ** 2], rules)
    assert result == [r + 1, sn.sign(r) ** 2]


@pytest.mark.parametrize(
    ("rule", "term", "expected"),
    [
        ("sin(~c::number*~x) => ~c*cos(~x)", sn.sin(3 * x), 3 * sn.cos(x)),
        ("sin(~c::number*~x) => ~c*cos(~x)", sn.sin(2.5 * x), 2.5 * sn.cos(x)),
        ("sin(~c::exact*~x) => ~c*cos(~x)", sn.sin(2.5 * x), sn.sin(2.5 * x)),
        ("sin(~x)^~n::even => cos(~n*~x)", sn.sin(x) ** 4, sn.cos(4 * x)),
        ("sin(~x)^~n::even => ~n", sn.sin(x) ** 3, sn.sin(x) ** 3),
        ("sin(~x)^~n::odd => ~n", sn.sin(x) ** 3, 3),
        ("sin(~x)^~n::odd => ~n", sn.sin(x) ** 4, sn.sin(x) ** 4),
        ("sin(~s::symbol) => ~s", sn.sin(x) + sn.sin(2 * y), x + sn.sin(2 * y)),
        ("sin(~x)^~n => ~n where ~n > 2 and ~n < 5", sn.sin(x) ** 3 + sn.sin(y) ** 5, sn.sin(y) ** 5 + 3),
        ("sin(~x)^~n => ~n where ~n == 2 or ~n == 7", sn.sin(x) ** 7 + sn.sin(y) ** 5, sn.sin(y) ** 5 + 7),
        ("sin(~x)^~n => ~n where not(~n == 5)", sn.sin(x) ** 7 + sn.sin(y) ** 5, sn.sin(y) ** 5 + 7),
        ("~!a*sin(~x) => ~a*~x", 5 * sn.sin(x) + sn.sin(y), 5 * x + y),
        ("sin(~x)^~!m => ~x^~m", sn.sin(x) ** 3 + sn.sin(y), x**3 + y),
        ("max(~x, ~~r) => ~x", sn.maximum(x, y, z), x),
        ("sin(x) => 0", sn.sin(x) + sn.sin(y), sn.sin(y)),
        ("sin(pi*~n::integer) => 0", sn.sin(sn.pi * n), 0),
        ("0.5*~x => sin(~x)^0", 0.5 * y, 1),
        ("abs(~x) => ~x where ~x > 0", abs(p) + abs(r), p + abs(r)),
        ("abs(~x) => ~x where is_positive(~x)", abs(p) + abs(r), p + abs(r)),
        ("sign(~x) => sin(~x)^0 where ~x != 0", sn.sign(p) + sn.sign(r), sn.sign(r) + 1),
    ],
)
def test_patterns_and_conditions(rule: str, term: Any, expected: Any) -> None:
    rules = sn.ruleset([rule], soundness="real")
    # The rules need not be true here: what is tested is where they apply, so results are taken unchecked.
    from rewriters.egraph import engine
    from rewriters.egraph.costs import get_cost_model
    from rewriters.egraph.decode import decode
    from rewriters.egraph.extraction.extract import choices
    from rewriters.egraph.graph import read_graph
    from rewriters.egraph.worker import ask

    encoded, program = engine.prepare([term], rules.sound("approximate"))
    assert not program.inexpressible
    (header, body), _ = ask(engine.request(encoded, program, engine.Limits()), 10.0)
    graph = read_graph(header, body, program.constructors, encoded.leaves)
    (_, choice) = next(choices(graph, get_cost_model("nodes"), "tree"))
    assert decode(graph, choice, [term]) == [expected]


def test_what_cannot_be_expressed_is_reported_by_name() -> None:
    @sn.Rule.of("sin(~x)")
    def computed(x: Any) -> Any:
        return x

    rules = sn.ruleset(
        [
            computed,
            sn.Rule("cos(~x)", "1", name="asks", where=lambda x: True),
            sn.rule("~x => sin(asin(~x))", name="everything"),
            sn.rule("exp(~x) => 1 where ~x < 3", name="compares"),
            sn.rule("cosh(~x)^2 => 1 + sinh(~x)^2", name="fine"),
        ]
    )
    report = sn.rewrite(sn.sin(x) + sn.cos(x), rules, engine="egraph").report
    assert set(report.inexpressible) == {"computed", "asks", "everything"}
    assert "Python function" in report.inexpressible["computed"]
    assert "every term" in report.inexpressible["everything"]
    assert "left out: asks" in str(report)


def test_a_law_can_be_stated_for_a_python_function() -> None:
    def halves(x: Any) -> Any:
        return 2 * x

    found = sn.Rule("sin(~x)", halves, name="halves")
    with pytest.raises(Inexpressible):
        cases(found)
    register_law(halves, ["sin(~x) => 2*~x"])
    assert len(cases(found)) == 1


def test_every_shipped_rule_is_expressible() -> None:
    for name in sn.rulesets():
        report = sn.rewrite(x + y, get_ruleset(name), engine="egraph").report
        assert not report.inexpressible, name


# --- numbers ------------------------------------------------------------------------------------------------------


def test_numbers_fold_exactly() -> None:
    rules = sn.ruleset(["out: sin(~a + ~b) => sin(~a) + ~b", "zero: sin(0*~x) => 0"])
    big = Fraction(10**40 + 1, 3**50)
    assert best(sn.exp(big) * sn.exp(-big) * y, "exp_log") == y
    assert best(sn.exp(Fraction(1, 3)) * sn.exp(Fraction(2, 3)), "exp_log") == sn.exp(1)
    assert best(sn.sin(x), rules) == sn.sin(x)


def test_floats_are_never_exact_numbers() -> None:
    assert best(1.0 * x, "algebra") == 1.0 * x
    assert best(0.0 * x + y, "algebra") == 0.0 * x + y
    assert best(x + 0.1, "algebra") == x + 0.1
    assert str(best(0.1 * x * y + 0.1 * x * z, "factor")) in ("0.1*x*(y + z)", "x*(0.1*y + 0.1*z)")
    for value in (-0.0, float("inf"), 1j, 1e-320):
        term = sn.sin(x) ** 2 + sn.cos(x) ** 2 + sn.exp(value * y)
        assert best(term, "trigonometry") == 1 + sn.exp(value * y)


def test_division_by_zero_ends_the_run_and_no_more() -> None:
    zero = sn.sin(x) ** 2 + sn.cos(x) ** 2 - 1
    out = sn.rewrite([1 / zero + y, zero * y + z], "trigonometry", engine="egraph")
    assert out.report.stop == "division by zero"
    values = {x: 0.3, y: 1.5, z: 2.0}
    assert sn.evaluate(out.result[1], values) == pytest.approx(2.0)
    tree = sn.parse("(x - x)^(-1)*(x - x) + y", terms="tree")
    assert sn.rewrite(tree, "algebra", engine="egraph").result is not None


# --- what rewrite takes and gives ---------------------------------------------------------------------------------


def test_equations_lists_models_and_reports() -> None:
    one = sn.sin(x) ** 2 + sn.cos(x) ** 2
    out = sn.rewrite([sn.Eq(x, one), (one, [one + y])], "trigonometry", engine="egraph")
    assert out.result[0].rhs == 1
    assert out.result[1] == (1, [y + 1])
    report = out.report
    assert report.engine == "egraph"
    assert report.cost_after < report.cost_before
    assert report.e_classes <= report.e_nodes
    assert report.fired["pythagoras"] >= 1
    assert report.extractor in ("tree", "dag")
    assert report.points > 10
    for word in ("e-nodes", "pythagoras", "checked", "saturated"):
        assert word in str(report)
        assert word in report._repr_html_()
    network = sn.reaction_network("(k1, k2), S + E <--> C; k3, C --> E + P")
    made = sn.rewrite(network, "factor", engine="egraph")
    sn.build_simulator(made.result)
    assert sn.rewrite([], "algebra", engine="egraph").result == []
    assert sn.rewrite(3, "algebra", engine="egraph").result == 3


def test_report_can_be_pickled() -> None:
    import pickle

    report = sn.rewrite(x + y, "trigonometry", engine="egraph").report
    assert pickle.loads(pickle.dumps(report)) == report


def test_wrong_arguments() -> None:
    with pytest.raises(UnknownNameError, match="cycles"):
        sn.rewrite(x, "algebra", cost="cycle")
    with pytest.raises(UnknownNameError, match="tree"):
        sn.rewrite(x, "algebra", engine="egraph", extractor="trees")
    with pytest.raises(InputError, match="cost model"):
        sn.rewrite(x, "algebra", cost=3)  # type: ignore[arg-type]
    for wrong in ({"node_limit": 0}, {"timeout_s": -1.0}, {"iterations": True}, {"memory_limit": "2 GB"}):
        with pytest.raises(InputError, match="positive number"):
            sn.rewrite(x, "algebra", engine="egraph", **wrong)
    with pytest.raises(UnknownNameError, match="egraph"):
        sn.rewrite(x, "algebra", engine="e-graph")


def test_a_wrong_rule_changes_nothing_and_is_counted() -> None:
    wrong = sn.ruleset(["root: (~x^2)^(1/2) => ~x", "right: sin(~x)^2 + cos(~x)^2 => 1"])
    terms = [sn.sqrt(x**2) + y, sn.sin(x) ** 2 + sn.cos(x) ** 2]
    out = sn.rewrite(terms, wrong, engine="egraph")
    assert out.result == [terms[0], 1]
    assert out.report.rejected == 1
    assert "rejected" in str(out.report)
    assert sn.rewrite(sn.sqrt(p**2) + y, wrong, engine="egraph").result == p + y
