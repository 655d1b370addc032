"""The same rules, rulesets and strategies on every term structure, one of a user's own included.

Values are compared at complex points, since the symbols are complex; where a ruleset leaves one form only, the results
are equal as terms too.
"""

import random
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symnum as sn
from rewriters.access import same
from rewriters.rulesets import get_ruleset
from symnum.errors import RewriteError

sys.path.insert(0, str(Path(__file__).parents[1] / "terms"))
import page_terms

STRUCTURES = ["tree", "canonical", "arena", "sympy", "symengine", page_terms.register()]
RULESETS = ["algebra", "factor", "trigonometry", "exp_log"]
NAMES = ("x", "y", "z")

ONE_FORM = {
    "algebra": {
        "x + y + x + 2*y - 3*x": "3*y - x",
        "x*y*x^2*y^(-1)": "x^3",
        "(x*y)^2*x + 0*z + 1*x": "x^3*y^2 + x",
        "((x^y)^2)^3": "x^(6*y)",
        "2*(x + y) - 2*x": "2*y",
        "abs(abs(-3*x)) - abs(3*x)": "0",
        "1^x + (x + y)^0": "2",
        "x/3 + x/6 + 0.5*y": "x/2 + 0.5*y",
    },
    "factor": {
        "x*y + x*z": "x*(y + z)",
        "x^2*y + x^3*z + x^2": "x^2*(y + x*z + 1)",
        "x*sin(y) + 2*x*cos(z)": "x*(sin(y) + 2*cos(z))",
        "x + y": "x + y",
    },
    "trigonometry": {
        "sin(x)^2 + cos(x)^2": "1",
        "3*sin(x*y)^2 + 3*cos(x*y)^2 + z": "z + 3",
        "y*cosh(x)^2 - y*sinh(x)^2": "y",
        "sin(-2*x) + sin(2*x)": "0",
        "cos(-3*x)": "cos(3*x)",
        "tan(x)*cos(x)": "sin(x)",
        "tan(atan(x)) + sin(asin(y))": "x + y",
        "exp(sin(z)^2 + cos(z)^2)*x": "exp(1)*x",
        "(1 - sin(x)^2)*y": "cos(x)^2*y",
    },
    "exp_log": {
        "exp(x)*exp(y)": "exp(x + y)",
        "exp(log(x)) + exp(2*log(y))": "x + y^2",
        "exp(x)^3*exp(y)^2": "exp(3*x + 2*y)",
        "exp(log(x) + y)": "x*exp(y)",
        "log(x*y)": "log(x*y)",
    },
}
CASES = [(name, text) for name, table in ONE_FORM.items() for text in table]


@pytest.fixture(params=STRUCTURES)
def terms(request: pytest.FixtureRequest) -> str:
    """Name of the structure under test."""
    return str(request.param)


@pytest.fixture
def points(rng: np.random.Generator) -> dict[str, Any]:
    """Complex points in all quadrants, away from zero."""
    return {n: rng.uniform(0.3, 1.2, 9) * np.exp(1j * rng.uniform(-np.pi, np.pi, 9)) for n in NAMES}


def check_value(found: Any, term: Any, points: dict[str, Any]) -> None:
    """Compare values where the term has one; NumPy's overflows and cancellations set the tolerance."""
    with np.errstate(all="ignore"):
        expected = np.asarray(sn.terms.evaluate(term, points)) + 0 * points["x"]
        value = np.asarray(sn.terms.evaluate(found, points)) + 0 * points["x"]
    usable = np.isfinite(expected) & (abs(expected) < 1e8)
    np.testing.assert_allclose(value[usable], expected[usable], rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize(("name", "text"), CASES, ids=[text for _, text in CASES])
def test_one_form(terms: str, name: str, text: str, points: dict[str, Any]) -> None:
    term = sn.parse(text, terms=terms)
    found = sn.rewrite(term, ruleset=name).result
    assert sn.terms.structure_of(found) == terms or not sn.is_expr(found)
    check_value(found, term, points)
    # Multiplying a sum by a number is the canonical structure's own doing, so both sides go through it.
    assert sn.convert(found, "canonical") == sn.parse(ONE_FORM[name][text])


FAVOURED = [
    "({0}*{1} + {0}*y)",
    "(sin({0})^2 + cos({0})^2)",
    "({1}*cosh({0})^2 - {1}*sinh({0})^2)",
    "(exp({0})*exp({1}))",
    "exp(log({0}) + {1})",
    "log(exp({0}))",
    "({c}*{0} + {1} + {0})",
    "abs({c}*{0})",
    "sin({c}*{0})",
]


def random_text(draw: random.Random, depth: int) -> str:
    """Return a random formula in the functions that the shipped rules are about."""
    if depth == 0 or draw.random() < 0.15:
        return draw.choice(["x", "y", "z", "2", "3", "-1", "1/2", "0.5"])
    kind = draw.choice("++**^fff======")
    inner = [random_text(draw, depth - 1) for _ in range(draw.randint(2, 3))]
    if kind in "+*":
        return "(" + f" {kind} ".join(inner) + ")"
    if kind == "=":  # something for the shipped rules
        return draw.choice(FAVOURED).format(*inner, c=draw.choice(["2", "-3", "(1/2)"]))
    if kind == "^":
        return f"({inner[0]})^{draw.choice(['2', '3', '(1/2)', '(-1)', 'y'])}"
    return f"{draw.choice('sin cos tan sinh cosh exp log abs'.split())}({inner[0]})"


def random_texts(count: int) -> list[str]:
    """Return random formulas that have a finite value somewhere."""
    draw = random.Random(20)
    return [random_text(draw, 3) for _ in range(count)]


@pytest.mark.parametrize("name", RULESETS)
def test_random_terms_keep_their_values(terms: str, name: str, points: dict[str, Any]) -> None:
    changed = 0
    for text in random_texts(25):
        term = sn.parse(text, terms=terms)
        out = sn.rewrite(term, ruleset=name)
        check_value(out.result, term, points)
        changed += bool(out.report.fired)
        assert out.report.stop in ("fixed point", "cycle")
    if terms in ("tree", page_terms.NAME):  # the others have done much of it when the terms were made
        assert changed >= 5


@pytest.mark.parametrize("name", RULESETS)
def test_compiled_rules_are_the_interpreted_ones(terms: str, name: str) -> None:
    fired = 0
    texts = [text for texts in ONE_FORM.values() for text in texts]
    for part in sn.postorder([sn.parse(text, terms=terms) for text in texts]):
        for rule in get_ruleset(name):
            compiled = rule(part)
            assert same(compiled, rule.interpret(part)), (rule, part)
            fired += compiled is not None
    assert fired


def test_a_rule_of_ones_own(terms: str) -> None:
    x, y = sn.symbols("x y", terms=terms)
    twice = sn.rule("~a*~b + ~a*~c => ~a*(~b + ~c)")
    for found in (twice(x * y + x * 2), twice.interpret(x * y + x * 2)):
        assert sn.convert(found, "canonical") == sn.parse("x*(y + 2)")
    segments = sn.rule("max(~x, ~~rest) => min(~~rest, ~x)")
    assert sn.convert(segments(sn.maximum(x, y)), "canonical") in (
        sn.parse("min(y, x)"),
        sn.parse("min(x, y)"),
    )
    literal = sn.rule("sin(x) + pi => cos(x)")
    assert literal(sn.sin(x) + sn.convert(sn.pi, terms)) == sn.cos(x)
    assert literal(sn.sin(y) + sn.convert(sn.pi, terms)) is None
    function = sn.Rule("~a^~n::integer", lambda a, n: a * (n + 1))
    assert sn.convert(function(y**3), "canonical") == sn.parse("4*y")


def test_strategies(terms: str) -> None:
    x, y = sn.symbols("x y", terms=terms)
    to_cos, to_sin, to_tan = (
        sn.rule(t) for t in ("sin(~a) => cos(~a)", "cos(~a) => sin(~a)", "cos(~a) => tan(~a)")
    )
    peel = sn.rule("sin(~a) => ~a")
    assert sn.Empty()(x) is None
    assert sn.PassThrough(to_cos)(x) is x
    assert sn.If(sn.is_call, to_cos)(sn.sin(x)) == sn.cos(x)
    assert sn.If(sn.is_symbol, to_cos)(sn.sin(x)) is None
    assert sn.IfElse(sn.is_symbol, to_cos, to_sin)(sn.cos(y)) == sn.sin(y)
    assert sn.Chain([to_tan, to_cos])(sn.sin(x)) == sn.cos(x)
    assert sn.RestartedChain([to_tan, to_cos])(sn.sin(x)) == sn.tan(x)
    nested = sn.sin(sn.sin(sn.sin(x)))
    assert sn.Postwalk(peel)(nested) == x
    assert sn.Prewalk(peel)(nested) == sn.sin(x)
    assert sn.Fixpoint(sn.Prewalk(peel))(nested) == x
    untouched = sn.exp(x) + y
    assert sn.Postwalk(to_cos)(untouched) is untouched
    circle = sn.Fixpoint(sn.Chain([to_cos, to_sin]))
    assert circle(sn.sin(x) * 1) == circle(sn.sin(x) * 1)
    with pytest.raises(RewriteError, match="does not come to an end"):
        sn.RestartedChain([to_cos, to_sin])(sn.sin(x))


def test_equations_lists_and_domains(terms: str) -> None:
    p = sn.symbols("p", terms=terms, domain="positive")
    (x,) = sn.symbols("x,", terms=terms)
    out = sn.rewrite([sn.Eq(sn.exp(x) * sn.exp(x), p), sn.log(p**2) + x], ruleset="exp_log")
    equation, term = out.result
    assert sn.convert(equation.lhs, "canonical") == sn.parse("exp(2*x)")
    positive = sn.symbols("p", domain="positive")
    assert sn.convert(term, "canonical") == 2 * sn.log(positive) + sn.symbols("x")
    assert sn.rewrite(sn.log(x**2), ruleset="exp_log").report.fired == {}


@pytest.mark.parametrize(
    ("function", "text", "expected"),
    [
        (sn.simplify, "sin(x)^2 + cos(x)^2 + exp(x)*exp(y) - 1", "exp(x + y)"),
        (sn.factor, "x^2 + 2*x*y + y^2", "(x + y)^2"),
        (sn.cancel, "(x^2 - y^2)/(x - y)", "x + y"),
        (sn.together, "1/x + 1/y", "(x + y)/(x*y)"),
        (sn.powsimp, "x^y*x^z", "x^(y + z)"),
        (sn.trigsimp, "cosh(x)^2 - sinh(x)^2", "1"),
    ],
)
def test_simplifying_functions(terms: str, function: Any, text: str, expected: str) -> None:
    found = function(sn.parse(text, terms=terms))
    assert sn.convert(found, "canonical") == sn.parse(expected)
    assert sn.terms.structure_of(found) == terms or not sn.is_expr(found)
