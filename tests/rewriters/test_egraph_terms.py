"""Terms into the e-graph and out of it again: exact, shared parts once, at any depth."""

import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import symnum as sn
from rewriters.egraph import engine, worker
from rewriters.egraph.check import check
from rewriters.egraph.costs import get_cost_model
from rewriters.egraph.decode import decode
from rewriters.egraph.encode import Encoded, Leaves
from rewriters.egraph.extraction.extract import choices
from rewriters.egraph.graph import Graph, read_graph
from rewriters.rulesets import get_ruleset

sys.path.insert(0, str(Path(__file__).parent))
from random_terms import random_terms

x, y, z = sn.symbols("x y z")
STRUCTURES = ["canonical", "tree", "sympy"]


def graph_of(terms: list[Any], ruleset: str = "none", **limits: Any) -> Graph:
    """Return the e-graph of some terms."""
    encoded, program = engine.prepare(terms, get_ruleset(ruleset))
    answer, failure = worker.ask(engine.request(encoded, program, engine.Limits(**limits)), 60.0)
    assert answer is not None, failure
    return read_graph(*answer, program.constructors, encoded.leaves)


def back(terms: list[Any]) -> list[Any]:
    """Return terms that went into the e-graph and came out again."""
    graph = graph_of(terms)
    (_, choice) = next(choices(graph, get_cost_model("nodes"), "tree"))
    return decode(graph, choice, terms)


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize(
    "text",
    [
        "x",
        "3",
        "-2/3*x",
        "pi*x + e",
        "2*x^(1/2) - y^(-3/4) + x^y",
        "1.0*x + 0.1 - 1e-300*y",
        "max(x, y, z) + min(x, 2) + mod(x, 3)",
        "atan2(x, y)*sin(x)^2/cos(x)",
        "123456789012345678901234567890*x/98765432109876543210987654321",
    ],
)
def test_terms_come_back_as_they_were(structure: str, text: str) -> None:
    term = sn.parse(text, terms=structure)
    (result,) = back([term])
    assert type(result) is type(term)
    if structure == "tree":  # brackets and the order of arguments may differ
        term, result = sn.convert(term, "canonical"), sn.convert(result, "canonical")
    assert result == term


def test_conditions_and_choices_come_back() -> None:
    t = sn.piecewise(x, (x < y) & (y >= 0), sn.sin(x), sn.equal(x, 2), 0)
    assert back([t, t + 1]) == [t, t + 1]


def test_numbers_that_are_not_rational_stay_themselves() -> None:
    values = [0.1, -0.0, float("inf"), 1e-320, 1j, 2 - 0.5j, True, Fraction(1, 3), 10**80]
    terms = [sn.terms.call("max", (x, v)) if v.__class__ is not complex and v is not True else v for v in values]
    results = back(terms)
    assert [repr(r) for r in results] == [repr(t) for t in terms]
    (nan,) = back([sn.terms.call("max", (x, float("nan")))])
    assert "nan" in str(nan)


def test_strange_names_and_domains() -> None:
    names = ["EGFR(Y1~U)", 'a"b\\', "λ", "x y", "tab\there", "(rule)", "line\nbreak"]
    symbols = [sn.terms.Symbol(name) for name in names] + [sn.symbols("x", domain="positive"), x]
    assert back([sum(symbols)]) == [sum(symbols)]
    assert back(symbols) == symbols


def test_registered_functions() -> None:
    odd = sn.register_function("odd_Function_é", 2, numeric=lambda np, a, b: a - b)
    term = odd(x, y) + 1
    assert back([term]) == [term]


def test_random_terms_come_back() -> None:
    pairs = list(random_terms(5, 60))
    canonical = [pair.canonical for pair in pairs]
    assert back(canonical) == canonical
    trees = back([pair.tree for pair in pairs])
    for pair, tree in zip(pairs, trees):
        assert sn.convert(tree, "canonical") == pair.canonical or sn.prove_equal(tree, pair.canonical).answer


def test_shared_parts_are_one_node() -> None:
    part = sn.sin(x * y + 1)
    encoded = Encoded(Leaves())
    encoded.add_terms([part, part**2, sn.exp(part) + part])
    alone = Encoded(Leaves())
    alone.add_terms([part])
    assert encoded.size == alone.size + 4  # 2, the power, exp and the sum
    shared: Any = x
    for _ in range(200):  # a tree of 2^200 nodes
        shared = sn.sin(shared) * sn.cos(shared)
    (result,) = back([shared])
    assert result == shared


def test_the_order_in_which_terms_were_made_does_not_matter() -> None:
    def rows(term: Any) -> Any:
        encoded = Encoded(Leaves())
        encoded.add_terms([term])
        return encoded.facts()

    a, b = sn.symbols("zz aa")
    first = rows(a * b + b + a)
    assert rows(b + a + b * a) == first


@pytest.mark.parametrize("structure", ["canonical", "tree"])
def test_deep_terms(structure: str) -> None:
    u, v = sn.symbols("x y", terms=structure)
    term = u
    for i in range(4_000):
        term = sn.sin(term) if i % 2 else term * v + 1
    (result,) = back([term])
    assert (result == term) if structure == "canonical" else (sn.convert(result, "canonical") is not None)


def test_wide_terms() -> None:
    a = sn.symbols([f"a{i}" for i in range(1_000)])
    term = sn.sum_of([x * s for s in a])
    assert back([term, term * 2]) == [term, term * 2]


@pytest.mark.slow
def test_25_000_nodes() -> None:
    term: Any = x
    for i in range(20_000):
        term = sn.sin(term) if i % 2 else sn.cos(term)
    a = sn.symbols([f"a{i}" for i in range(2_500)])
    wide = sn.sum_of([y * s for s in a])
    assert back([term, wide]) == [term, wide]


def test_floats_added_in_another_order_are_rounding_and_no_wrong_result() -> None:
    z = sn.symbols("z", terms="tree", domain="nonzero")
    term = 1 / (sn.symbols("y", terms="tree") * (z + (-6e-9) + Fraction(1, 2)))
    found = check([term], [1 / (sn.symbols("y", terms="tree") * (z + (-6e-9 + 0.5)))])
    assert found.wrong == ()
    assert check([term], [1 / (sn.symbols("y", terms="tree") * (z + (-6e-9 + 0.5) * (1 + 1e-12)))]).wrong == (0,)
