"""Every function there is: values and derivatives against mpmath, text, LaTeX. A new function is one more row."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import mpmath
import numpy as np
import pytest

import symnum as sn
from symnum.terms import call, differentiate, evaluate, latex, parse, pretty, symbols
from symnum.terms.operations import OPERATIONS

X = symbols("x")


class Row(NamedTuple):
    """How a function is tested.

    ``reference`` computes it, between ``low`` and ``high``; ``first`` are exact arguments before the last one.
    """

    reference: Callable[..., Any]
    low: float
    high: float
    first: tuple[Any, ...] = ()
    has_derivative: bool = True


def _real_cube_root(x: Any) -> Any:
    return mpmath.sign(x) * mpmath.cbrt(abs(x))


TABLE = {
    **{name: Row(getattr(mpmath, name), -3, 3) for name in "sin cos atan sinh cosh tanh asinh exp expm1".split()},
    **{name: Row(getattr(mpmath, name), -0.95, 0.95) for name in "asin acos atanh erfinv".split()},
    **{name: Row(getattr(mpmath, name), -4, 4) for name in "erf erfc erfi sinc airyai airybi".split()},
    **{name: Row(getattr(mpmath, name), 0.2, 8) for name in "log sqrt gamma loggamma digamma".split()},
    **{
        f"bessel{kind}": Row(getattr(mpmath, f"bessel{kind}"), 0.3, 9, (order,))
        for kind, order in zip("jyik", (2, 1, 3, 0))
    },
    "tan": Row(mpmath.tan, -1.4, 1.4),
    "acosh": Row(mpmath.acosh, 1.1, 9),
    "log1p": Row(mpmath.log1p, -0.9, 5),
    "cbrt": Row(_real_cube_root, -5, -0.1),
    "lambertw": Row(mpmath.lambertw, -0.3, 9),
    "sinint": Row(mpmath.si, -9, 9),
    "cosint": Row(mpmath.ci, 0.2, 9),
    "expi": Row(mpmath.ei, 0.2, 6),
    "exp1": Row(mpmath.e1, 0.2, 6),
    "airyaiprime": Row(lambda x: mpmath.airyai(x, derivative=1), -4, 4),
    "airybiprime": Row(lambda x: mpmath.airybi(x, derivative=1), -4, 4),
    "polygamma": Row(mpmath.polygamma, 0.2, 9, (2,)),
    "beta": Row(mpmath.beta, 0.2, 7, (1.3,)),
    "atan2": Row(mpmath.atan2, -3, 3, (0.7,)),
    "abs": Row(abs, -3, -0.1),
    "sign": Row(mpmath.sign, -3, 3),
    "floor": Row(mpmath.floor, -3, 3),
    "ceil": Row(mpmath.ceil, -3, 3),
    "min": Row(min, -3, 3, (0.4,)),
    "max": Row(max, -3, 3, (0.4,)),
    "mod": Row(lambda a, b: a - b * mpmath.floor(a / b), 0.3, 2.9, (7.3,), has_derivative=False),
}
NAMES = [n for n, f in OPERATIONS.items() if f.kind == "function" and n != "D" and n.isalnum() and "_" not in n]


def points(row: Row) -> np.ndarray:
    return np.random.default_rng(5).uniform(row.low, row.high, 12)


def test_every_function_has_its_row() -> None:
    own = {n for n in NAMES if OPERATIONS[n].numeric is not None and n not in TABLE}
    assert {n for n in own if hasattr(sn, n)} == set()
    assert set(TABLE) <= set(NAMES)


@pytest.mark.parametrize("name", TABLE)
def test_values(name: str) -> None:
    row = TABLE[name]
    xs = points(row)
    expected = [float(mpmath.re(row.reference(*row.first, mpmath.mpf(x)))) for x in xs]
    np.testing.assert_allclose(evaluate(call(name, (*row.first, X)), {X: xs}), expected, rtol=5e-14, atol=1e-15)


@pytest.mark.parametrize("name", [n for n, row in TABLE.items() if row.has_derivative])
def test_first_and_second_derivatives(name: str) -> None:
    row = TABLE[name]
    term = call(name, (*row.first, X))
    xs = points(row)[:5]
    for order in (1, 2):
        with mpmath.workdps(40):
            expected = [
                float(mpmath.re(mpmath.diff(lambda v: row.reference(*row.first, v), mpmath.mpf(x), order))) for x in xs
            ]
        found = np.broadcast_to(evaluate(differentiate(term, X, order), {X: xs}), xs.shape)
        np.testing.assert_allclose(found, expected, rtol=5e-12, atol=1e-12)


@pytest.mark.parametrize("name", TABLE)
def test_text_and_formulas(name: str) -> None:
    row = TABLE[name]
    term = call(name, (*row.first, X))
    for shown in (term, differentiate(term, X) if row.has_derivative else term, 2 * term**2 + X):
        assert parse(str(shown)) == shown
        assert latex(shown).count("{") == latex(shown).count("}")
        assert "x" in pretty(shown) or shown.__class__ in (int, float)
    assert sn.convert(sn.convert(term, "tree"), "canonical") == term


@pytest.mark.parametrize("name", "asec acsc acot asech acsch acoth sec csc cot sech csch coth".split())
def test_reciprocal_functions(name: str) -> None:
    x = 0.4 if name in ("asech", "acot", "acsch") or not name.startswith("a") else 2.3
    term = getattr(sn, name)(X)
    assert evaluate(term, {X: x}) == pytest.approx(float(getattr(mpmath, name)(x)), rel=1e-14)
    assert parse(f"{name}(x)") == term
    slope = float(mpmath.diff(getattr(mpmath, name), x))
    assert evaluate(differentiate(term, X), {X: x}) == pytest.approx(slope, rel=1e-11)


def test_derivative_of_sinc_near_zero() -> None:
    xs = np.array([0.0, 1e-300, 1e-8, 0.1, 0.4999, 0.5, 0.6, -0.3])
    with mpmath.workdps(60):
        expected = [float(mpmath.diff(mpmath.sinc, mpmath.mpf(x))) if abs(x) > 1e-9 else -x / 3 for x in xs]
    np.testing.assert_allclose(evaluate(differentiate(sn.sinc(X), X), {X: xs}), expected, rtol=5e-15)


def test_other_spellings() -> None:
    for text, term in {
        "Si(x)": sn.sinint(X), "Ci(x)": sn.cosint(X), "Ei(x)": sn.expi(X), "trigamma(x)": sn.polygamma(1, X),
        "ln(x)": sn.log(X), "log2(x)": sn.log2(X), "log10(x)": sn.log10(X), "lgamma(x)": sn.loggamma(X),
        "hypot(x, 3)": sn.hypot(X, 3), "exp2(x)": sn.exp2(X), "heaviside(x, 1)": sn.heaviside(X, 1),
        "factorial(x)": sn.factorial(X),
    }.items():  # fmt: skip
        assert parse(text) == term


def test_exact_values() -> None:
    assert sn.beta(2, 3) == sn.terms.numbers.Fraction(1, 12)
    assert sn.sinc(0) == 1
    assert sn.sinint(0) == sn.erfi(0) == sn.erfinv(0) == 0
    assert math.isclose(sn.beta(0.5, 0.5), math.pi)
