"""Values at infinities, at signed zeros, near 1e-300 and far in tails: compiled is interpreted, and right."""

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import symnum as sn
from codegen.system_tape import system_tape
from symnum.terms import differentiate, evaluate
from tests.codegen.test_kernels_equal_terms import kernel_of, run

X = sn.symbols("x")
INF = math.inf
POINTS = np.array([INF, -INF, 0.0, -0.0, 1e-300, -1e-300, 5e-324, 1e300, 800.0, -800.0, 2.5, -2.5, math.nan])


def compiled(terms: list[Any]) -> np.ndarray:
    """Return values from one kernel: a row for each term, a column for each point."""
    states = [X, *sn.symbols(f"v0:{len(terms)}")]
    system = sn.ODESystem(states=states, parameters=(), independent=sn.symbols("t"), rhs=[X, *terms])
    kernel = kernel_of(system_tape(system, "rhs").tape, "rhs", "llvm")
    rows = [run(kernel, 0.0, np.array([x, *[0.0] * len(terms)]), np.zeros(0))[1:] for x in POINTS]
    return np.array(rows).T


ROOTS = [Fraction(k, 2) for k in (-5, -3, -1, 1, 3, 5)] + [0.5, 1.5, -0.5, 2.5]
TERMS = [
    *[X**e for e in ROOTS],
    *[X**e for e in (2, 3, -1, -3, 2.0, 3.0, 400, -400)],
    *[differentiate(X**e, X) for e in (Fraction(3, 2), Fraction(1, 2), 3, -1)],
    *[differentiate(f(X), X, k) for f in (sn.tanh, sn.erf, sn.atan, sn.asinh) for k in (0, 1)],
    differentiate(sn.tanh(X), X, 2), sn.sign(X), abs(X), sn.exp(-(X**2)), X**2 / (1 + X**2), sn.cbrt(X),
]  # fmt: skip


def test_compiled_values_are_the_interpreted_ones() -> None:
    found = compiled(TERMS)
    for term, row in zip(TERMS, found, strict=True):
        expected = np.broadcast_to(evaluate(term, {X: POINTS}), POINTS.shape)
        np.testing.assert_allclose(row, expected, rtol=1e-13, err_msg=str(term))


@pytest.mark.parametrize(
    ("exponent", "above", "below"),
    [(Fraction(3, 2), INF, math.nan), (Fraction(-3, 2), 0.0, math.nan), (Fraction(1, 2), INF, math.nan),
     (1.5, INF, math.nan), (3, INF, -INF), (-3, 0.0, 0.0), (2, INF, INF), (2.0, INF, INF)],
)  # fmt: skip
def test_powers_of_infinities(exponent: Any, above: float, below: float) -> None:
    np.testing.assert_array_equal(evaluate(X**exponent, {X: np.array([INF, -INF])}), [above, below])
    assert math.isnan(evaluate(X**exponent, {X: math.nan}))


def test_half_integer_powers_of_complex_infinities_and_arrays_of_exponents() -> None:
    y = sn.symbols("y")
    assert np.isfinite(evaluate(X ** Fraction(3, 2), {X: complex(-4, 0)}))
    np.testing.assert_allclose(evaluate(X**y, {X: 4.0, y: np.array([0.5, 1.5])}), [2.0, 8.0])


@pytest.mark.parametrize("x", [20.0, -20.0, 400.0, -400.0, 800.0, -800.0, 1e300, INF, -INF])
def test_tails_of_tanh(x: float) -> None:
    """The derivatives go to zero and are never nan: nothing overflows."""
    for order in (1, 2, 3):
        term = differentiate(sn.tanh(X), X, order)
        for form in (term, sn.simplify(term), sn.expand(term)):
            assert abs(evaluate(form, {X: x})) < 1e-15
    tree = sn.convert(sn.tanh(X), "tree")
    assert abs(evaluate(sn.differentiate(tree, sn.symbols("x", terms="tree")), {"x": x})) < 1e-15


@pytest.mark.parametrize("text", ["1/(1 + exp(-x))", "exp(-x) + 1", "(exp(-2*x) - 1)/(exp(-x) - 1)", "exp(-x^2)*x + 1"])
def test_decaying_exponentials_stay(text: str) -> None:
    term = sn.parse(text)
    for function in (sn.simplify, sn.factor, sn.cancel, sn.together, sn.expand, sn.powsimp):
        found = evaluate(function(term), {X: np.array([1.5, 40.0, 800.0, 1e300])})
        np.testing.assert_allclose(found, evaluate(term, {X: np.array([1.5, 40.0, 800.0, 1e300])}), rtol=1e-13)


def test_tiny_states() -> None:
    """Rates of tiny amounts are exact to rounding, and not lost to an absolute tolerance or to a snapped zero."""
    hill = X**2 / (1e-300 + X**2)
    assert evaluate(hill, {X: 1e-150}) == pytest.approx(0.5, rel=1e-15)
    slope = differentiate(X / (1e-150 + X), X)
    for form in (slope, sn.simplify(slope), sn.together(slope), sn.cancel(slope), sn.factor(slope)):
        assert evaluate(form, {X: 3e-150}) == pytest.approx(1e150 / 16, rel=1e-12)
    assert sn.simplify(1e-300 * X) == 1e-300 * X
    assert sn.simplify(X + 1e-300) == X + 1e-300
    assert str(sn.factor(1e-300 * X**2 + 1e-300 * X)) != "0"
    model = sn.ode_system({"x": "-k*x"}, parameters={"k": 1.0}, initial={"x": 1e-300})
    solution = sn.build_simulator(model).solve((0.0, 1.0), rtol=1e-9, atol=0.0)
    assert solution.y[0, -1] == pytest.approx(1e-300 * math.exp(-1), rel=1e-7)
