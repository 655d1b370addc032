"""Reading text: what it means, and how what cannot be read is refused."""

import time
from fractions import Fraction
from typing import Any

import pytest

from symnum.errors import BudgetError, InputError, ParseError
from symnum.terms import Symbol, evaluate, parse, parse_expression, parse_tokens, pi, symbols, tokenize
from symnum.terms.functions import cos, log, not_equal, piecewise, sin
from symnum.terms.printing.unicode import pretty

x, y, z = symbols("x y z")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-x^2", -(x**2)),
        ("2^-x", 2 ** (-x)),
        ("x^y^z", x ** (y**z)),
        ("x**2", x**2),
        ("x²", x**2),
        ("-x⁻²·y", -y / x**2),
        ("2²", 4),
        ("x²^y", (x**2) ** y),
        ("y^x²", y ** (x**2)),
        ("sin(x)¹⁰ − x×y÷z", sin(x) ** 10 - x * y / z),
        ("2·√x", 2 * x ** Fraction(1, 2)),
        ("√(x + y)", (x + y) ** Fraction(1, 2)),
        ("2*π", 2 * pi),
        ("`π`*`x²`", Symbol("π") * Symbol("x²")),
        ("x ≤ y ∧ ¬(y ≠ z)", (x <= y) & ~not_equal(y, z)),
        ("x - y - z", x - y - z),
        ("x/y/z", x / y / z),
        ("x/y*z", x / y * z),
        ("-x*y", -x * y),
        ("x*-y", -x * y),
        ("+x", x),
        ("--x", x),
        ("1/3*x", x / 3),
        (".5*x", 0.5 * x),
        ("1.e2", 100.0),
        ("ln(x)", log(x)),
        ("log(x, 2)", log(x) / log(2)),
        ("sec(x)", 1 / cos(x)),
        ("sin*sin(x)", Symbol("sin") * sin(x)),
        ("x < y ? x : y", piecewise(x, x < y, y)),
        ("if(x<y, x, y)", piecewise(x, x < y, y)),
        ("a ? 1 : b ? 2 : 3", piecewise(1, Symbol("a"), piecewise(2, Symbol("b"), 3))),
        ("not x < y and y < z or x > 1", (~(x < y) & (y < z)) | (x > 1)),
        ("!(x<y) && y<z || x>1", (~(x < y) & (y < z)) | (x > 1)),
        ("pi", pi),
        ("`pi`", Symbol("pi")),
        ("`EGFR(Y1~U)` + 1", Symbol("EGFR(Y1~U)") + 1),
        ("λ*größe", Symbol("λ") * Symbol("größe")),
        ("x +\n y", x + y),
        ("2j*x", 2j * x),
    ],
)
def test_meaning(text: str, expected: Any) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    "name", ["E1", "S", "N", "I", "O", "Q", "C", "lambda", "x7", "beta", "gamma", "e", "if", "min"]
)
def test_any_name_is_a_symbol(name: str) -> None:
    assert parse(f"{name}*2") == 2 * Symbol(name)
    assert evaluate(parse(f"{name}^2"), {name: 3.0}) == 9.0


@pytest.mark.parametrize(
    ("text", "reason", "column"),
    [
        ("", "expected", 0),
        ("x +", "missing", 3),
        ("x y", "operator is missing", 2),
        ("2x", "neither a number nor a name", 0),
        ("(x", "never closed", 0),
        ("x)", "closes nothing", 1),
        ("f(x)", "not a known function", 0),
        ("x(1)", "not a known function", 0),
        ("sin(x, y)", "takes 1 argument", 0),
        ("sin()", "argument", 0),
        ("x = 2", "equals sign", 2),
        ("a < b < c", "cannot be chained", 6),
        ("x\0", "U\\+0000", 1),
        ("x # y", "no meaning", 2),
        ("`x", "not closed", 0),
        ("1/0", "exact zero", 1),
        ("x ? y", "never closed", 2),
        ("(x ? y)", '":" part', 3),
        ("(x, y)", "comma", 2),
        ("1.2.3", "neither a number nor a name", 0),
        ("__import__('os').system('true')", "no meaning", 11),
        ("__import__(os)", "not a known function", 0),
        ("x.__class__", "no meaning|neither", 1),
    ],
)
def test_refusals_say_where_and_why(text: str, reason: str, column: int) -> None:
    with pytest.raises(ParseError, match=reason) as caught:
        parse(text)
    assert caught.value.column == column
    assert caught.value.line == 1


@pytest.mark.parametrize(
    "text",
    [
        "2**2**2**2**2",
        "9**9**9**9",
        "9" * 5_000,
        "(" * 100_000 + "x" + ")" * 100_000,
        "-" * 100_000 + "x",
        "x^" * 100_000 + "x",
        "sin(" * 100_000,
        "x ? " * 100_000,
        "9^4000*" * 2_000 + "1",
        "x" * 1_000_001,
        "1e999",
        "+".join(f"1/{p}" for p in range(10_001, 90_000, 2)),
    ],
    ids=lambda t: t[:12],
)
def test_limits_are_kept_in_bounded_time(text: str) -> None:
    started = time.process_time()
    with pytest.raises(BudgetError):
        parse(text)
    assert time.process_time() - started < 10.0


def test_long_sums_are_read_in_linear_time() -> None:
    total = parse(" + ".join(f"{i}*k{i}*x{i}" for i in range(1, 20_000)))
    assert len(total.terms) == 19_999


def test_place_in_a_file() -> None:
    with pytest.raises(ParseError) as caught:
        parse_expression("k1*(x", Symbol, file="model.net", line=12, column=7)
    assert caught.value.file == "model.net"
    assert (caught.value.line, caught.value.column) == (12, 10)
    assert "model.net, line 12, column 11" in str(caught.value)
    with pytest.raises(ParseError) as caught:
        parse("x +\n y +\n *z")
    assert (caught.value.line, caught.value.column) == (3, 1)


def test_names_among_given_symbols() -> None:
    assert parse("k*x", symbols={"k": 2, "x": x}) == 2 * x
    assert parse("x*y", symbols=[x, y]) == x * y
    assert parse("2*pi", symbols={"pi": x}) == 2 * x
    with pytest.raises(InputError, match='"sigm" is not among.*Did you mean "sigma"'):
        parse("sigm*2", symbols=["sigma"] and symbols(["sigma"]))


@pytest.mark.parametrize(
    "text", ["x^2*y/(2*z) - pi", "-x^(-3)/2", "(x + y)^2*sin(z)^2", "sqrt(x)*y^z", "(x^2)^y", "-x < y and not y >= z"]
)
def test_what_is_shown_in_unicode_reads_back(text: str) -> None:
    assert parse(pretty(parse(text))) == parse(text)


@pytest.mark.parametrize("name", ["x²", "π", "x₂", "É"])
def test_names_with_powers_and_pi_are_written_in_backticks(name: str) -> None:
    assert parse(str(Symbol(name))) == Symbol(name)


@pytest.mark.parametrize("text", ["x²y", "²", "x^²", "2x²", "x√", "x ⁻"])
def test_powers_out_of_place(text: str) -> None:
    with pytest.raises(ParseError, match="column"):
        parse(text)


def test_own_functions() -> None:
    doubled = parse_expression("twice(x) + sin(x)", Symbol, functions={"twice": lambda a: 2 * a})
    assert doubled == 2 * x + sin(x)
    total = {"total": lambda *a: sum(a), "plus": lambda a, b=1: a + b}
    assert parse_expression("total(x, y, z) + plus(1)", Symbol, functions=total) == x + y + z + 2
    with pytest.raises(ParseError, match='"twice" takes 1 arguments'):
        parse_expression("twice(x, y)", Symbol, functions={"twice": lambda a: 2 * a})


def test_tokens_of_reaction_networks() -> None:
    tokens = tokenize("k, S + E <--> C # bind\n0 => X <-- ∅ <=> Y", arrows=True)
    assert [t.text for t in tokens if t.kind == "arrow"] == ["<-->", "=>", "<--", "<=>"]
    assert [t.kind for t in tokens].count("newline") == 1
    assert tokens[-1].kind == "end"
    assert next(t for t in tokens if t.text == "X").line == 2
    assert [t.text for t in tokenize("a<-b<=c")] == ["a", "<", "-", "b", "<=", "c", ""]


def test_expressions_between_other_tokens() -> None:
    tokens = tokenize("(k1 + k2)*x, S --> P", arrows=True)
    rate, position = parse_tokens(tokens, 0, Symbol)
    assert rate == (Symbol("k1") + Symbol("k2")) * x
    assert tokens[position].text == ","
    substrate, position = parse_tokens(tokens, position + 1, Symbol)
    assert substrate == Symbol("S")
    assert tokens[position].kind == "arrow"
