"""SymEngine's expressions as terms: what it would change, confuse or read as a formula does not reach the user."""

import math
import subprocess
import sys
from fractions import Fraction
from typing import Any

import pytest
import symengine

import symnum as sn
from symnum.errors import BudgetError, DivisionByZeroError, InputError, UnsupportedError
from symnum.terms import arguments, convert, evaluate, interface, make_term, name, operation, parse, postorder


@pytest.fixture
def x() -> Any:
    return sn.symbols("x", terms="symengine")


@pytest.mark.parametrize(
    "text",
    [
        "log(-1.0)",  # SymEngine makes it complex
        "(-1.0)^(1/2)",
        "asin(2.0)",
        "log(0)",  # and this an infinity
        "(-1)^(1/2)*x",
        "x/3 + 0.5*y",
        "besselj(2, x) + expm1(y) + cbrt(x)",  # it does not have these
        "x^2.0 + 2.0*x",
        "x < 1 ? x : y",
    ],
)
def test_round_trip_changes_nothing(text: str) -> None:
    assert convert(convert(parse(text), "symengine"), "canonical") == parse(text)


def test_numbers_come_back_as_plain_numbers(x: Any) -> None:
    cases: list[tuple[Any, Any]] = [
        (symengine.Integer(3), 3),
        (symengine.Rational(1, 3), Fraction(1, 3)),
        (symengine.RealDouble(0.5), 0.5),
        (symengine.oo, math.inf),
        (-symengine.oo, -math.inf),
        (symengine.I * 2, 2j),
    ]
    for given, expected in cases:
        found = convert(given, "canonical")
        assert found == expected
        assert found.__class__ is expected.__class__
    assert math.isnan(convert(symengine.zoo, "canonical"))
    assert make_term(x, "+", [x, make_term(x, "*", [-1, x])]) == 0
    assert evaluate(symengine.Rational(1, 4)) == 0.25


def test_a_choice_has_the_parts_that_it_was_made_of(x: Any) -> None:
    y = sn.symbols("y", terms="symengine")
    choice = sn.piecewise(x, x < y, y)
    assert arguments(choice) == (x, x < y, y)
    of_three = sn.piecewise(x, x < y, 2 * y, x < 3, y)
    assert isinstance(of_three, symengine.Piecewise)
    assert arguments(of_three) == (x, x < y, 2 * y, x < 3, y)


def test_names_never_collide() -> None:
    """Temporaries of ours avoid the names that are there; SymEngine's own x0, x7, ... would not."""
    x0, x7 = (symengine.Symbol(n) for n in ("x0", "x7"))
    part = sn.sin(x0 * x7) + 1
    definitions, reduced = sn.cse([part * x7, part**2 + x0])
    values: dict[Any, Any] = {"x0": 0.3, "x7": 0.8}
    assert not {name(s) for s, _ in definitions} & {"x0", "x7"}
    for symbol, definition in definitions:
        values[name(symbol)] = evaluate(definition, values)
    inner = math.sin(0.24) + 1
    assert evaluate(reduced[0], values) == pytest.approx(inner * 0.8, rel=1e-15)
    assert evaluate(reduced[1], values) == pytest.approx(inner**2 + 0.3, rel=1e-15)
    dummies = convert(symengine.Dummy("x") + symengine.Dummy("x") + symengine.Symbol("x"), "canonical")
    assert len(sn.free_symbols(dummies)) == 3


@pytest.mark.parametrize("text", ["pi", "E", "I", "EGFR(Y1~U)", "a∈b", "a\0b", "ä", "x+1", "a∈positive"])
def test_any_name_is_a_name(text: str) -> None:
    symbol = sn.symbols([text], terms="symengine")[0]
    assert interface.is_symbol(symbol)
    assert name(symbol) == text
    assert interface.domain(symbol) == "complex"
    assert convert(convert(symbol, "canonical"), "symengine") == symbol


def test_domains_are_kept() -> None:
    p, plain = sn.symbols("p", terms="symengine", domain="positive"), sn.symbols("p", terms="symengine")
    assert p != plain
    assert convert(p, "canonical") == sn.symbols("p", domain="positive")
    assert sn.simplify(sn.sqrt(p**2)) == p
    assert sn.simplify(sn.sqrt(plain**2)) == sn.sqrt(plain**2)


def test_text_is_never_read_as_a_formula(x: Any) -> None:
    with pytest.raises(InputError, match="str"):
        make_term(x, "+", [x, "1+1"])
    with pytest.raises(InputError, match="convert"):
        make_term(x, "+", [x, sn.symbols("y")])


def test_unknown_things_are_refused_by_name(x: Any) -> None:
    with pytest.raises(UnsupportedError, match="EulerGamma"):
        convert(x + symengine.EulerGamma, "canonical")
    with pytest.raises(UnsupportedError, match="mine"):
        operation(symengine.Function("mine")(x))


def test_budgets_hold(x: Any) -> None:
    with pytest.raises(BudgetError):
        make_term(x, "^", [2, 10**9])
    with pytest.raises(BudgetError):
        make_term(x, "^", [2 * x, 10**9])
    with pytest.raises(DivisionByZeroError):
        make_term(x, "^", [0, -1])


def test_shared_parts_are_walked_once(x: Any) -> None:
    term = x
    for _ in range(60):
        term = sn.sin(term + 1) * sn.cos(term + 1)
    assert len(postorder(term)) < 500
    assert arguments(term) is arguments(term)
    assert math.isfinite(evaluate(sn.differentiate(term, x), {"x": 0.5}))


def test_without_symengine_the_error_gives_the_fix() -> None:
    program = (
        "import sys; sys.modules['symengine'] = None\n"
        "import symnum as sn\n"
        "assert 'symengine' in sn.term_types()\n"
        "try:\n    sn.symbols('x', terms='symengine')\n"
        "except sn.errors.MissingDependencyError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert 'extra "symengine"' in done.stdout
    assert "convert(expr, 'canonical')" in done.stdout
