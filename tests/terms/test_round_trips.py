"""``parse(str(term)) == term`` for every construct: each operation, number, constant and name there is."""

import math
from fractions import Fraction
from typing import Any

import pytest

import symnum as sn
from symnum.terms import Symbol, call, multiply, parse, plain, power
from symnum.terms.numbers import NUMBER_TYPES, number_key
from symnum.terms.operations import OPERATIONS

X, Y = sn.symbols("x y")
INF, NAN = math.inf, math.nan


def same(a: Any, b: Any) -> bool:
    """Tell whether two terms or numbers are the same one; nan is itself, 0.0 is not -0.0."""
    if a.__class__ in NUMBER_TYPES:
        return a.__class__ is b.__class__ and number_key(a) == number_key(b)
    return bool(a == b)


def arguments_of(name: str, count: int) -> tuple[Any, ...]:
    options: tuple[Any, ...] = (X, Y + 1, X * Y, Y)
    if OPERATIONS[name].kind == "logical":
        options = (X < Y, call("not", (X >= 2,)), Y <= 1, call("or", (X == Y, X > 3)) if count > 9 else X > 3)
    if name == "piecewise":
        options = (X, X < 1, Y, call("and", (X > 1, Y < 2)), NAN)[:count]
    return options[:count]


@pytest.mark.parametrize("name", [n for n, f in OPERATIONS.items() if "_" not in n and n != "D" and f.kind != "field"])
def test_every_operation(name: str) -> None:
    found = OPERATIONS[name]
    most = 3 if name == "piecewise" else 4
    for count in range(max(found.minimum, 1), min(found.maximum or most, most) + 1):
        if name == "piecewise" and count % 2 == 0:
            continue
        term = call(name, arguments_of(name, count))
        assert same(parse(str(term)), term), term
        for around in (call("abs", (term,)), call("piecewise", (term, X < 1, term + 1)), 2 - term, term**-2):
            assert same(parse(str(around)), around), around


TERMS = [
    *(text for text in (
        "x < 1 ? (y < 1 ? 1 : 2) : 3", "piecewise(x < 1, y < 1, y < 2)", "not (x < 1 and y < 2)", "(x < 1) == (y < 1)",
        "(x < 1 or y < 2) and x > 3", "x < 1 or y < 2 and x > 3", "(x < 1)*2 + (y < 1)^2", "sin(x < 1)", "(not x) + 1",
        "inf*x", "-inf*x", "nan*x", "x + inf", "x - inf", "x + nan", "x^inf", "x^(-inf)", "x^nan", "max(x, -inf)",
        "(1+2j)*x", "x^(1-2j)", "x - 2j", "(-2j)*x + 1j", "1j^x", "pi*x + exp(1)", "exp(1)^2*x", "exp(2)/x", "x^pi",
        "2^(1/2)*3^(1/3)*x", "(-2)^x", "(2/3)^x", "(-1)^(1/2)", "(2/3)^(1/2)", "-x^2", "(-x)^2", "x^y^2", "(x^y)^2",
        "1/(2*(x + 3))", "-1/(2*(x + 3))", "x/(y*2)", "2.5/(x + 1)", "1/(2*(x + 1)^2)", "1/(2*(x + 1)^(1/2))",
        "3/2*(x + 1)", "y*(x + 1)/2", "1.0*x", "0.0*x", "-0.0*x", "x + 0.0", "x - 0.0", "x^1.0", "x^0.0", "x^-2.0",
        "1e-300*x", "5e-324*x", "1e22*x + 1e300", "100000000000000000000000000001/7*x", "x^100000000000000000000/3",
    )),
    complex(NAN, -0.0) * X, X + complex(1, -0.0), X + complex(-0.0, 1), complex(INF, -1) * X, X ** complex(0, NAN),
    call("piecewise", (True, X < 1, False)), multiply((-1, power(X + 1, -1))), multiply((1j, power(X + 1, -1))),
    sn.heaviside(X), sn.heaviside(X, 1), sn.log(X, 3), sn.hypot(X, Y), sn.polygamma(2, X), sn.differentiate(abs(X), X),
    sn.differentiate(sn.maximum(X, Y, 1), X), -Fraction(1, 2) / X, Fraction(2, 3) / (X + Y) / (X - Y),
]  # fmt: skip


@pytest.mark.parametrize("term", TERMS, ids=str)
def test_every_form(term: Any) -> None:
    term = parse(term) if isinstance(term, str) else term
    assert same(parse(str(term)), term)
    tree = sn.convert(term, "tree")
    assert same(sn.convert(parse(str(tree), terms="tree"), "canonical"), sn.convert(tree, "canonical"))


@pytest.mark.parametrize(
    "value",
    [INF, -INF, NAN, 0.0, -0.0, 5e-324, 1.7976931348623157e308, 0.1, 1e22, -1.5, 3, -3, 10**40, Fraction(-7, 3),
     2j, -2j, complex(1, -2), complex(INF, NAN), complex(-0.0, -0.0), complex(0.0, -1.0)],
)  # fmt: skip
def test_every_number(value: Any) -> None:
    assert same(parse(plain(value)), value)
    assert same(parse(str(call("max", (X, value)))), call("max", (X, value)))


@pytest.mark.parametrize(
    "name",
    ["pi", "π", "e", "inf", "nan", "j", "1j", "and", "not", "True", "lambda", "sin", "complex", "x²", "√", "A(b~U,c!1)",
     "a b", " ", "`", "a`b", "``", "a\\b", '"', "{x}", "größe", "x'", "1x", "a.b", "-", "#", "?", "x\u200by", "😀"],
)  # fmt: skip
def test_every_name(name: str) -> None:
    symbol = Symbol(name)
    for term in (symbol, 2 * symbol**2 - 1 / symbol, call("sin", (symbol,)) * sn.pi):
        assert parse(str(term)) == term


@pytest.mark.parametrize("domain", ["real", "positive", "nonnegative", "nonzero", "integer"])
def test_symbols_of_domains_read_back_among_those_that_are_meant(domain: str) -> None:
    s = sn.symbols("x", domain=domain)
    term = sn.sqrt(s) / (s + Y) + abs(s)
    assert parse(str(term)) != term  # text does not say the domain
    assert parse(str(term), sn.free_symbols(term)) == term


def test_infinities_inside_terms_of_sympy() -> None:
    import sympy

    inner = sympy.Symbol("x")
    for infinity, value in ((sympy.oo, math.inf), (-sympy.oo, -math.inf)):
        choice = sympy.Piecewise((inner, inner < 1), (infinity, True))
        assert sn.convert(choice, "canonical") == sn.piecewise(X, X < 1, value)
        assert sn.convert(infinity, "canonical") == value
    assert sn.convert(sympy.I, "canonical") == 1j
    assert math.isnan(sn.convert(sympy.zoo, "canonical"))
