"""The rulesets that save cycles: what they make of laws, on which engine, and what they leave alone."""

import pickle
from typing import Any

import pytest

import symnum as sn
from rewriters.cost import cost
from rewriters.ruleset import Ruleset
from rewriters.rulesets import get_ruleset
from rewriters.rulesets.kinetics import common_denominator
from symnum.laboratory.corpora.kinetic_laws import kinetic_laws

V, W, K, L, S, P, a, b, c, n, m, x, y, z = sn.symbols("V W K L S P a b c n m x y z")
p, q = sn.symbols("p q", domain="positive")
u = sn.symbols("u", domain="nonnegative")
r, s = sn.symbols("r s", domain="real")
THIRD = sn.parse("1/3")
BOTH = ("classical", "egraph")

CASES: list[tuple[str, str, Any, Any]] = [
    # Michaelis-Menten and Hill terms
    ("kinetics", "nested", V / (a + b / (S + 1)), V * (S + 1) / (a * (S + 1) + b)),
    ("kinetics", "in series", a / (1 / x + 1 / y), a * x * y / (x + y)),
    ("kinetics", "rest of saturation", 1 - S / (K + S), K / (K + S)),
    ("kinetics", "any order", p**n / (p**n + q**n), 1 / ((q / p) ** n + 1)),
    ("kinetics", "repression", q**n / (q**n + u**n), 1 / ((u / q) ** n + 1)),
    ("kinetics", "shared reciprocal", a / (K + S) + b / (K + S), (a + b) / (K + S)),
    # powers, exponentials, logarithms
    ("kinetics", "powers", u**n * p**n, (u * p) ** n),
    ("kinetics", "roots", sn.sqrt(u) * sn.sqrt(p), sn.sqrt(u * p)),
    ("kinetics", "quotient of roots", sn.sqrt(u) / sn.sqrt(p), sn.sqrt(u / p)),
    ("kinetics", "cube root", u**THIRD, sn.cbrt(u)),
    ("kinetics", "exponentials", x * sn.exp(-a / z) * sn.exp(b / z), x * sn.exp((-a + b) / z)),
    ("kinetics", "Boltzmann", sn.exp(a) / (sn.exp(a) + sn.exp(b)), 1 / (sn.exp(-a + b) + 1)),
    ("kinetics", "logarithms", sn.log(p) + sn.log(q), sn.log(p * q)),
    # cycles in general
    ("cpu_cycles", "square", x**2 + 2 * x * y + y**2, (x + y) ** 2),
    ("cpu_cycles", "square of difference", x**2 - 2 * x * y + y**2, (x - y) ** 2),
    ("cpu_cycles", "common factor", a * x + b * x, (a + b) * x),
    ("cpu_cycles", "tangent", sn.sin(x) / sn.cos(x), sn.tan(x)),
    ("cpu_cycles", "one", sn.sin(x) ** 2 + sn.cos(x) ** 2, 1),
    ("cpu_cycles", "double angle", sn.sin(x) * sn.cos(x), sn.sin(2 * x) / 2),
    # stencils
    ("stencil", "series", 2 / (1 / x + 1 / y), 2 * x * y / (x + y)),
    ("stencil", "larger and smaller", sn.maximum(x, y) + sn.minimum(x, y), x + y),
    ("stencil", "difference of them", sn.maximum(r, s) - sn.minimum(r, s), abs(r - s)),
    ("stencil", "limiter", sn.sign(x) * abs(x), x),
    ("stencil", "moduli", abs(x) * abs(y), abs(x * y)),
    ("stencil", "coefficient", c * (x - y) - c * (y - z), c * (x - 2 * y + z)),
]


@pytest.mark.parametrize("engine", BOTH)
@pytest.mark.parametrize(("ruleset", "what", "term", "expected"), CASES, ids=[f"{r}: {w}" for r, w, _, _ in CASES])
def test_what_is_saved(ruleset: str, what: str, term: Any, expected: Any, engine: str) -> None:
    made = sn.rewrite(term, ruleset, engine=engine)
    assert cost(made.result) <= cost(expected) < cost(term)
    assert sn.prove_equal(made.result, expected).answer is True
    if engine == "classical":
        assert made.result == expected


UNSOUND = [
    ("kinetics", x**n / (x**n + y**n)),  # wrong for negative numbers
    ("kinetics", sn.sqrt(x) * sn.sqrt(y)),
    ("kinetics", x**THIRD),
    ("kinetics", sn.log(x) + sn.log(y)),
    ("kinetics", p**n * q**m),  # exact in numbers, but exponentials of logarithms are less accurate
    ("cpu_cycles", sn.sqrt(x**2)),
    ("cpu_cycles", (x**n) ** m),
    ("cpu_cycles", sn.log(x * y) - sn.log(x)),
    ("stencil", sn.maximum(x, y) - sn.minimum(x, y)),
    ("stencil", sn.sign(x) * x),
]


@pytest.mark.parametrize(("ruleset", "term"), UNSOUND, ids=[f"{r}: {t}" for r, t in UNSOUND])
def test_what_would_be_unsound_is_left_alone(ruleset: str, term: Any) -> None:
    for engine in BOTH:
        assert sn.rewrite(term, ruleset, engine=engine).result == term


def test_extended_rules_are_left_out_where_only_exact_ones_are_wanted() -> None:
    term = V / (a + b / (S + 1))
    assert sn.rewrite(term, "kinetics", soundness="exact").result == term
    assert sn.rewrite(term, "kinetics", soundness="extended").result != term


def test_power_laws_become_exponentials_where_approximate_rules_are_wanted() -> None:
    term = p**n * q**m
    made = sn.rewrite(term, "kinetics", soundness="approximate").result
    assert made == sn.exp(n * sn.log(p) + m * sn.log(q))
    assert cost(made) < cost(term)


def test_two_quotients_are_brought_over_one_denominator_and_more_are_not() -> None:
    two = V * S / (K + S) + W * P / (L + P)
    for rest in (0, a * x):
        made = sn.rewrite(two + rest, "kinetics").result
        assert cost(made) < cost(two + rest)
        assert made == (V * S * (L + P) + W * P * (K + S)) / ((K + S) * (L + P)) + rest
    three = two + a / (1 + z)
    assert sn.rewrite(three, get_ruleset("kinetics")["common_denominator",]).result == three
    assert common_denominator((V / K, W / L)) is None  # reciprocals of parameters are computed beforehand


def test_the_rules_of_the_rulesets_they_are_made_of_are_the_same_rules() -> None:
    cycles = get_ruleset("cpu_cycles")
    for name in ("exp_log", "factor"):
        assert set(get_ruleset(name)) <= set(cycles)
    assert "number_in_sum" not in cycles  # it would undo common factors


def test_tentative_rules_are_kept_only_where_they_lose_nothing() -> None:
    two = x / (a + x) + y / (b + x)
    alone = sn.rewrite(two, "kinetics")
    assert alone.report.fired == {"common_denominator": 1}
    assert alone.report.cost_after < alone.report.cost_before
    # Where both reciprocals are computed anyway, one denominator is a third division.
    together = [two, 1 / (a + x), 1 / (b + x)]
    assert sn.rewrite(together, "kinetics").result == together
    # Rules that are not tentative are applied whatever it costs.
    rules = get_ruleset("kinetics")
    settled = sn.rewrite(together, Ruleset(rules.rules, "mine")).result
    assert settled != together


def test_rulesets_keep_their_tentative_rules() -> None:
    rules = get_ruleset("kinetics")
    assert rules.tentative == ("common_factor", "common_denominator")
    for same in (rules.sound(), rules[:], rules + get_ruleset("trigonometry")):
        assert same.tentative == rules.tentative
    assert rules.without("common_factor").tentative == ("common_denominator",)
    assert (get_ruleset("trigonometry") + rules).tentative == rules.tentative
    plain = Ruleset(get_ruleset("trigonometry"), "mine", tentative=["pythagoras"])
    assert pickle.loads(pickle.dumps(plain)).tentative == ("pythagoras",)
    assert not set(rules.steady.names) & set(rules.tentative)


@pytest.mark.parametrize("name", ["cpu_cycles", "kinetics", "stencil"])
def test_rulesets_for_speed_never_make_a_kinetic_law_dearer(name: str) -> None:
    for law in kinetic_laws(34, seed=0):
        report = sn.rewrite(law.term, name).report
        assert report.cost_after <= report.cost_before + 1e-9, law.name
