"""How terms look, for people and for notebooks."""

import os
import subprocess
import sys
from typing import Any

import pytest

from symnum.terms import Symbol, latex, parse, plain, pretty, symbols
from symnum.terms.functions import Eq, product_of, sin
from symnum.terms.jacobian import jacobian
from symnum.terms.printing.html import html


@pytest.mark.parametrize(
    ("text", "as_plain", "as_unicode", "as_latex"),
    [
        ("x^2/(2*y) - 1", "x^2/(2*y) - 1", "x²/(2·y) − 1", r"\frac{x^{2}}{2 y} - 1"),
        ("(x+y)/(x-y)", "(x + y)/(x - y)", "(x + y)/(x − y)", r"\frac{x + y}{x - y}"),
        ("-x/3", "-x/3", "−x/3", r"-\frac{x}{3}"),
        ("sqrt(x)", "x^(1/2)", "√x", r"\sqrt{x}"),
        ("k_on*E1*alpha", "E1*alpha*k_on", "E1·α·k_on", r"E_{1} \alpha k_{\mathrm{on}}"),
        ("exp(-x)", "exp(-x)", "exp(−x)", r"e^{-x}"),
        ("3e-9*x", "3e-09*x", "3e-09·x", r"3 \cdot 10^{-9} x"),
        ("x^y", "x^y", "x^y", r"x^{y}"),
        ("(-2)^x", "(-2)^x", "(−2)^x", r"\left(-2\right)^{x}"),
        ("x <= y && y != 1", "x <= y and y != 1", "(x ≤ y) ∧ (y ≠ 1)", None),
        ("abs(x)", "abs(x)", "|x|", r"\left|x\right|"),
        ("pi*`pi`", "pi*`pi`", "π·π", r"\pi \pi"),
    ],
)
def test_appearance(text: str, as_plain: str, as_unicode: str, as_latex: str | None) -> None:
    term = parse(text)
    assert str(term) == repr(term) == plain(term) == as_plain
    assert pretty(term) == as_unicode
    if as_latex is not None:
        assert latex(term) == as_latex


def test_choice() -> None:
    term = parse("x < 1 ? x : -x")
    assert latex(term) == r"\begin{cases} x & \text{if } x < 1 \\ -x & \text{otherwise} \end{cases}"
    assert pretty(term) == "{x if x < 1; −x otherwise}"


def test_terms_stand_in_a_fixed_order() -> None:
    assert str(parse("1 + x10 + x2 + x2*x10 + x2^3 + y*x2^2")) == "x2^3 + x2^2*y + x2*x10 + x2 + x10 + 1"
    assert str(parse("z*(a + b)*sin(q)*pi*a*2")) == "2*pi*a*z*sin(q)*(a + b)"


def test_markup_in_names_is_escaped() -> None:
    assert "<script>" not in html(Symbol("<script>"))
    assert latex(Symbol("A_1%{x}")) == r"\text{A\_1\%\{x\}}"
    assert symbols("x")._repr_html_() == '<span class="symnum-term"><i>x</i></span>'


def test_large_terms_are_cut_short() -> None:
    total: Any = sum((Symbol(f"k{i}") * Symbol(f"x{i}") for i in range(5_000)), 0)
    for text in (str(total), total._repr_latex_(), total._repr_html_(), pretty(total)):
        assert len(text) < 60_000
    assert len(plain(total, limit=200)) < 800
    assert parse(plain(total, limit=None)) == total


def test_equations_show_both_sides() -> None:
    x, y = symbols("x y")
    assert repr(Eq(x, 2 * y)) == "Eq(x, 2*y)"
    assert Eq(x, y) == Eq(x, y)
    assert latex(Eq(x, y**2 / 2)) == r"x = \frac{y^{2}}{2}"
    assert pretty(Eq(x, -y)) == "x = −y"
    assert Eq(x, y)._repr_latex_() == r"$\displaystyle x = y$"
    assert Eq(x, y)._repr_html_() == '<span class="symnum-term"><i>x</i> = <i>y</i></span>'
    assert "<b>" not in Eq(x, "<b>")._repr_html_()


def test_jacobians_show_as_matrix_or_table() -> None:
    x, y = symbols("x y")
    assert jacobian([x * y, y**2], [x, y])._repr_latex_() == (
        r"$\displaystyle \begin{bmatrix} y & x \\ 0 & 2 y \end{bmatrix}$"
    )
    many = symbols("x0:60")
    large = jacobian([s**2 * many[0] for s in many], many)
    assert large._repr_latex_() is None
    assert len(large._repr_html_()) < 5_000
    assert "… and 99 more" in large._repr_html_()
    assert "<td>x1^2</td>" in large._repr_html_()


def test_displays_of_huge_terms_are_small_and_balanced() -> None:
    names = [(Symbol(f"k{i}"), Symbol(f"x{i}")) for i in range(3_000)]
    total: Any = sum((k * x for k, x in names), 0)
    product: Any = product_of([k + 1 for k, _ in names])
    for term in (total, product, sin(total) ** total / (total + product)):
        assert len(repr(term)) < 5_000
        assert len(term._repr_latex_()) < 10_000
        assert len(term._repr_html_()) < 10_000
        for opening, closing in (("{", "}"), (r"\left", r"\right")):
            assert term._repr_latex_().count(opening) == term._repr_latex_().count(closing)
        assert repr(term).count("(") == repr(term).count(")")
        assert str(term).startswith(repr(term)[:3_000])
    assert parse(str(sum((k * x for k, x in names[:1_000]), 0))) == sum((k * x for k, x in names[:1_000]), 0)


def test_output_does_not_depend_on_hash_seeds() -> None:
    script = (
        "from symnum.terms import *\n"
        "from symnum.terms import sin, cse, latex\n"
        "e = expand((symbols('b') + symbols('a') + sin(symbols('c') * symbols('a')))**3 / symbols('q'))\n"
        "print(e, latex(e), free_symbols(e), cse([e, e**2]), jacobian([e], free_symbols(e)), sorted_arguments(e))\n"
    )
    outputs = set()
    for seed in ("0", "1", "4242"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        run = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        )
        outputs.add(run.stdout)
    assert len(outputs) == 1
    assert "a^3" in outputs.pop()


def test_importing_terms_loads_nothing_heavy() -> None:
    script = (
        "import sys, symnum.terms\n"
        "print([m for m in ('numpy', 'sympy', 'scipy', 'numba', 'matplotlib') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_complex_numbers_in_formulas() -> None:
    x = symbols("x")
    assert pretty(x * (2 - 3j)) == "(2.0 − 3.0i)·x"
    assert latex(x * (2 - 3j)) == r"\left(2.0 - 3.0i\right) x"
    assert pretty(x * (2 + 3j)) == "(2.0 + 3.0i)·x"
