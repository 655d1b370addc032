"""Derivatives of every function, Hessians, directions, Taylor polynomials, linear equations, determinants, LU."""

import time
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symnum as sn
from symnum.errors import (
    DuplicateNameError,
    InputError,
    NonlinearError,
    ShapeError,
    SingularMatrixError,
    UnsupportedError,
)
from symnum.terms import Symbol, build, call, evaluate
from symnum.terms.operations import OPERATIONS

x, y, z, a, b = sn.symbols("x y z a b")

# A function and where both it and its complex continuation are smooth.
SMOOTH: dict[str, tuple[float, float]] = {
    "sin": (-3, 3), "cos": (-3, 3), "tan": (-1.4, 1.4), "asin": (-0.9, 0.9), "acos": (-0.9, 0.9), "atan": (-3, 3),
    "sinh": (-3, 3), "cosh": (-3, 3), "tanh": (-3, 3), "asinh": (-3, 3), "acosh": (1.1, 5), "atanh": (-0.9, 0.9),
    "exp": (-3, 3), "log": (0.1, 5), "sqrt": (0.1, 5), "expm1": (-3, 3), "log1p": (-0.9, 5), "cbrt": (0.1, 5),
    "erf": (-3, 3), "erfc": (-3, 3), "gamma": (0.2, 5), "loggamma": (0.2, 5), "digamma": (0.2, 5),
    "lambertw": (-0.3, 5), "sinc": (0.6, 5), "exp1": (0.2, 5), "erfi": (-2, 2),
}  # fmt: skip


# SciPy rounds the imaginary part of these to the size of the real one: test_function_values.py differentiates them.
ROUNDED = {"sinint", "cosint", "expi", "airyai", "airybi", "airyaiprime", "airybiprime", "erfinv"}


def complex_step(term: Any, values: dict[Any, float], symbol: Any) -> float:
    """Derivative from the imaginary part at a tiny imaginary step: no subtraction, so full precision."""
    moved = {k: complex(v) for k, v in values.items()}
    moved[symbol] += 1e-30j
    return float(evaluate(term, moved).imag / 1e-30)


ONE_ARGUMENT = {n for n, f in OPERATIONS.items() if f.kind == "function" and f.maximum == 1 and "_" not in n}
"""Noted before any test or example registers a function of its own."""


@pytest.mark.parametrize("name", SMOOTH)
@given(data=st.data())
@settings(max_examples=15)
def test_derivative_of_a_function_by_complex_step(name: str, data: Any) -> None:
    value = data.draw(st.floats(*SMOOTH[name]))
    term = call(name, (x,))
    expected = complex_step(term, {x: value}, x)
    assert evaluate(sn.differentiate(term, x), {x: value}) == pytest.approx(expected, rel=1e-11, abs=1e-13)


def test_every_function_of_one_argument_is_tested_above_or_below() -> None:
    assert ONE_ARGUMENT - set(SMOOTH) - ROUNDED - {"abs", "sign", "floor", "ceil", "D"} == set()


def grown(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    smooth = ["sin", "exp", "tanh", "erf", "atan", "asinh"]
    return st.one_of(
        st.builds(lambda p, q: p + q, inner, inner),
        st.builds(lambda p, q: p * q, inner, inner),
        st.builds(lambda p, q: p / (3 + sn.cos(q)), inner, inner),
        st.builds(lambda p, q: (2 + sn.sin(p)) ** q, inner, st.sampled_from([2, -1, Fraction(1, 2), x, 1.5])),
        st.builds(lambda f, p: call(f, (sn.sin(p),)), st.sampled_from(smooth), inner),
    )


smooth_terms = st.recursive(st.sampled_from([x, y, 2, Fraction(1, 3), 0.7, sn.pi]), grown, max_leaves=10)


@given(smooth_terms, st.floats(-1.5, 1.5), st.floats(-1.5, 1.5))
@settings(max_examples=150)
def test_derivatives_by_complex_step(term: Any, p: float, q: float) -> None:
    values = {x: p, y: q}
    expected = [complex_step(term, values, s) for s in (x, y)]
    found = evaluate(sn.gradient(term, [x, y]), values)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)
    along = sn.directional_derivative(term, [x, y], [a, 2])
    assert evaluate(along, {**values, a: 0.3}) == pytest.approx(
        0.3 * found[0] + 2 * found[1], rel=1e-9, abs=1e-9
    )


@given(smooth_terms, st.floats(-1.5, 1.5), st.floats(-1.5, 1.5))
@settings(max_examples=60)
def test_hessian_is_the_jacobian_of_the_gradient(term: Any, p: float, q: float) -> None:
    values = {x: p, y: q}
    second = sn.hessian(term, [x, y])
    dense = second.to_dense()
    assert dense[0][1] is dense[1][0] or dense[0][1] == dense[1][0]
    found = evaluate([entry for row in dense for entry in row], values)
    expected = [complex_step(g, values, s) for g in sn.gradient(term, [x, y]) for s in (x, y)]
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("name", ["besselj", "bessely", "besseli", "besselk"])
def test_bessel_functions(name: str) -> None:
    term = build(name, 2, x)
    assert evaluate(sn.differentiate(term, x), {x: 1.7}) == pytest.approx(
        (evaluate(term, {x: 1.7 + 1e-6}) - evaluate(term, {x: 1.7 - 1e-6})) / 2e-6, rel=1e-8
    )
    with pytest.raises(UnsupportedError, match="by its order"):
        sn.differentiate(build(name, a, x), a)


def test_exact_values() -> None:
    assert sn.gamma(6) == 120
    assert sn.cbrt(Fraction(-27, 8)) == Fraction(-3, 2)
    assert sn.erf(0) == 0
    assert sn.erfc(0) == 1
    assert sn.loggamma(2) == 0
    assert sn.expm1(0) == 0
    assert sn.lambertw(0) == 0
    assert sn.factorial(4) == 24
    assert str(sn.cbrt(2)) == "cbrt(2)"
    assert sn.cbrt(-(10**60)) == -(10**20)
    assert sn.cbrt(0) == 0
    assert sn.gamma(0.5) == pytest.approx(np.sqrt(np.pi))


@pytest.mark.parametrize("name", [n for n, o in OPERATIONS.items() if o.kind == "function" and hasattr(sn, n)])
def test_functions_are_the_operations_of_their_names(name: str) -> None:
    arguments = sn.symbols("u v w")[: OPERATIONS[name].minimum or 1]
    if name == "derivative" or name == "sqrt":
        return
    assert getattr(sn, name)(*arguments) == build(name, *arguments)


def test_steps() -> None:
    points = np.array([-2.0, 0.0, 3.0])
    assert evaluate(sn.heaviside(x), {x: points}).tolist() == [0, 0.5, 1]
    assert evaluate(sn.heaviside(x, 1), {x: points}).tolist() == [0, 1, 1]
    assert sn.differentiate(sn.heaviside(x), x) == 0


@pytest.mark.parametrize(
    "text", ["erf(x)", "gamma(x)*digamma(x)", "besselj(2, x)", "cbrt(x)^2", "lambertw(x*y)"]
)
def test_text_of_special_functions_reads_back(text: str) -> None:
    term = sn.parse(text)
    assert sn.parse(str(term)) == term
    assert sn.parse(str(sn.differentiate(term, x))) == sn.differentiate(term, x)


# --- functions of the user's own ------------------------------------------------------------------------


def test_registered_function_with_derivative_and_numbers() -> None:
    response = sn.register_function(
        "response_t", 2, derivative=lambda u, v: (v, u), numeric=lambda u, v: u * v, replace=True
    )
    term = response(x**2, y)
    assert sn.differentiate(term, x) == 2 * x * y
    assert evaluate(term, {x: 3.0, y: np.array([1.0, 2.0])}).tolist() == [9.0, 18.0]
    assert sn.parse("response_t(x^2, y)") == term


def test_registered_function_from_an_expression(rng: np.random.Generator) -> None:
    hill = sn.register_function("hill_t", 3, expression=lambda s, k, n: s**n / (k**n + s**n), replace=True)
    plain = x**a / (y**a + x**a)
    values = {x: rng.uniform(0.5, 2, 5), y: rng.uniform(0.5, 2, 5), a: rng.uniform(1, 3, 5)}
    for symbol in (x, y, a):
        ours, theirs = sn.differentiate(hill(x, y, a), symbol), sn.differentiate(plain, symbol)
        np.testing.assert_allclose(evaluate(ours, values), evaluate(theirs, values), rtol=1e-12)
    tree = sn.symbols("x", terms="tree")
    assert evaluate(sn.differentiate(hill(tree, 2, 2), tree), {"x": 1.0}) == pytest.approx(8 / 25)


def test_registration_errors() -> None:
    with pytest.raises(InputError, match="is a function of symnum"):
        sn.register_function("sin", numeric=np.sin)
    with pytest.raises(InputError, match="needs a meaning"):
        sn.register_function("meaningless_t")
    with pytest.raises(InputError, match="cannot name a function"):
        sn.register_function("a b", numeric=np.sin)
    sn.register_function("twice_t", numeric=lambda v: 2 * v, replace=True)
    with pytest.raises(InputError, match="replace=True"):
        sn.register_function("twice_t", numeric=lambda v: 2 * v)
    with pytest.raises(UnsupportedError, match="twice_t has no derivative"):
        sn.differentiate(call("twice_t", (x,)), x)
    sn.register_function("valueless_t", derivative=lambda v: v, replace=True)
    with pytest.raises(UnsupportedError, match="no numerical meaning"):
        evaluate(call("valueless_t", (x,)), {x: 1.0})


# --- Jacobians of models ---------------------------------------------------------------------------------


MODEL = sn.ode_system(
    {"x": "erf(x)*y - k*x", "y": "x^2/(1 + y^2) + sin(t)*z", "z": "max(x, y) - k*z"}, parameters={"k": 2.0}
)


@pytest.mark.parametrize("terms", [None, "tree", "canonical"])
def test_jacobian_of_a_model(terms: str | None) -> None:
    from_model = sn.jacobian(MODEL, terms=terms)
    states = sn.convert(list(MODEL.states), terms or "canonical")
    rhs = sn.convert([e.rhs for e in MODEL.equations], terms or "canonical")
    from_terms = sn.jacobian(rhs, states)
    assert from_model.entries == from_terms.entries
    assert from_model.shape == (3, 3)
    assert from_model.nnz == sn.jacobian(MODEL.equations).nnz == sn.jacobian(MODEL.system()).nnz
    point = {"x": 0.4, "y": 1.2, "z": -0.3, "k": 2.0, "t": 0.9}
    compiled = sn.build_simulator(MODEL).jacobian(0.9, np.array([0.4, 1.2, -0.3])).toarray()
    dense = np.zeros((3, 3))
    dense[from_model.rows, from_model.columns] = evaluate(from_model.entries, point)
    np.testing.assert_allclose(compiled, dense, rtol=1e-13, atol=1e-15)


def test_jacobian_of_other_sources() -> None:
    assert sn.jacobian(sn.Eq(x**2, y)).entries == [2 * x, -1]
    assert sn.jacobian({x: x * y, y: x}).to_dense() == [[y, x], [1, 0]]
    assert sn.jacobian(np.array([[x * y], [y]], dtype=object), [y]).entries == [x, 1]
    assert sn.directional_derivative(MODEL, None, {Symbol("z"): 1})[1] == sn.sin(Symbol("t"))
    with pytest.raises(ShapeError, match="one for each"):
        sn.directional_derivative([x], [x], [1, 2])
    with pytest.raises(InputError, match="one term"):
        sn.hessian([x, y])


def test_hessian_of_rosenbrock_is_banded_and_quick() -> None:
    v = sn.symbols("v0:100")
    function = sn.sum_of([100 * (v[i + 1] - v[i] ** 2) ** 2 + (1 - v[i]) ** 2 for i in range(99)])
    started = time.process_time()
    second = sn.hessian(function, v)
    assert time.process_time() - started < 0.5
    assert second.nnz == 298
    assert second.sparsity().nnz == 298
    assert second[3, 4] == -400 * v[3]
    assert second[3, 3] == sn.expand(1200 * v[3] ** 2 - 400 * v[4] + 202)


# --- Taylor polynomials ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "x0"),
    [
        ("exp(sin(x))", 0), ("tan(x)", Fraction(1, 3)), ("1/(1 + x^2)", 1), ("sqrt(1 + x)", 0), ("x^x", 1),
        ("log(2 + x)*erf(x)", 0), ("gamma(x)", 2), ("atan(x)*exp(-x^2)", 0.5), ("(x^2 - 3*x)^5/(x - 7)^3", 2),
        ("lambertw(x)", 0), ("cbrt(2 + x)", 0), ("piecewise(x^2, x < 1, sin(x))", 2),
    ],
)  # fmt: skip
def test_taylor_agrees_with_the_function_and_its_derivatives(text: str, x0: Any) -> None:
    term = sn.parse(text)
    polynomial = sn.taylor(term, x, x0, 6)
    h = 0.01
    there = {x: float(x0) + h}
    error = abs(evaluate(polynomial, there) - evaluate(term, there))
    slope = term
    for order in range(7):
        found = evaluate(sn.differentiate(polynomial, x, order), {x: float(x0)})
        if order < 4:
            assert found == pytest.approx(evaluate(slope, {x: float(x0)}), rel=1e-9, abs=1e-11)
            slope = sn.differentiate(slope, x)
    assert error < 1e-11 * max(1, abs(evaluate(term, there)))


def test_taylor_is_exact() -> None:
    assert sn.taylor(sn.exp(x), x, 0, 4) == 1 + x + x**2 / 2 + x**3 / 6 + x**4 / 24
    assert sn.taylor((a + x) ** 3, x, 0, 2) == a**3 + 3 * a**2 * x + 3 * a * x**2
    assert sn.expand(sn.taylor(x**4, x, 1, 4)) == x**4
    assert sn.taylor(y, x, 0, 3) == y


@pytest.mark.parametrize("text", ["1/x", "log(x)", "sqrt(x)", "abs(x)", "floor(x + 2)", "max(x, 2*x)"])
def test_taylor_refuses_where_there_is_no_series(text: str) -> None:
    with pytest.raises(UnsupportedError, match="no Taylor polynomial at x = 0"):
        sn.taylor(sn.parse(text), x, 0, 3)


def test_taylor_input_errors() -> None:
    with pytest.raises(InputError, match="order"):
        sn.taylor(x, x, 0, -1)
    with pytest.raises(InputError, match="contains x itself"):
        sn.taylor(x, x, x + 1)


# --- linear equations, determinants, LU ------------------------------------------------------------------


def symbolic(n: int, density: float = 1.0, seed: int = 0) -> tuple[list[list[Any]], dict[Any, float], Any]:
    """A matrix of symbols (zeros where not dense), values for them, and the numbers."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(n, n)) * (rng.random((n, n)) < density) + 0.0
    rows = [[Symbol(f"m{i}_{j}") if numbers[i, j] else 0 for j in range(n)] for i in range(n)]
    values = {rows[i][j]: numbers[i, j] for i in range(n) for j in range(n) if numbers[i, j]}
    return rows, values, numbers


def numbers_of(rows: Any, values: Any) -> Any:
    return np.array([[float(v) for v in evaluate(list(row), values)] for row in rows])


@pytest.mark.parametrize(
    ("n", "density"), [(0, 1), (1, 1), (2, 1), (3, 0.8), (5, 1), (7, 0.6), (14, 1), (16, 0.3)]
)
def test_determinant(n: int, density: float) -> None:
    rows, values, numbers = symbolic(n, density, seed=n)
    assert evaluate(sn.determinant(rows), values) == pytest.approx(
        np.linalg.det(numbers), rel=1e-9, abs=1e-12
    )


def test_determinant_of_five_rows_is_quick_and_exact() -> None:
    rows, _, _ = symbolic(5)
    started = time.process_time()
    value = sn.determinant(rows)
    sn.lu(rows)
    assert time.process_time() - started < 0.2
    assert len(sn.expand(value).terms) == 120
    assert sn.determinant([[2, Fraction(1, 2)], [4, 3]]) == 4
    assert sn.expand(sn.determinant([[a, b], [2 * a, 2 * b]])) == 0


@pytest.mark.parametrize(("n", "density"), [(1, 1), (3, 1), (5, 1), (6, 0.6), (9, 0.9)])
def test_lu(n: int, density: float) -> None:
    rows, values, numbers = symbolic(n, density, seed=10 + n)
    permutation, lower, upper = sn.lu(rows)
    left, right = numbers_of(lower, values), numbers_of(upper, values)
    np.testing.assert_allclose(left @ right, numbers[permutation], rtol=1e-8, atol=1e-8)
    assert np.allclose(left, np.tril(left))
    assert np.allclose(np.diag(left), 1)
    assert np.allclose(right, np.triu(right))


def test_lu_sees_hidden_zeros_and_keeps_arrays() -> None:
    matrix = np.array([[a, b, 1], [2 * a, 2 * b, 3], [1, a * (b + 1) - a * b - a, b]], dtype=object)
    permutation, lower, upper = sn.lu(matrix)
    assert isinstance(upper, np.ndarray)
    values = {a: 0.7, b: 1.3}
    np.testing.assert_allclose(
        numbers_of(lower, values) @ numbers_of(upper, values),
        numbers_of(matrix, values)[permutation],
        atol=1e-12,
    )
    _, _, upper = sn.lu([[a, b], [2 * a, 2 * b]])
    assert upper[1][1] == 0


def test_an_entry_that_is_zero_when_multiplied_out_is_no_pivot() -> None:
    hidden = (x + 1) ** 2 - x**2 - 2 * x - 1
    permutation, _, upper = sn.lu([[hidden, 1], [1, x]])
    assert permutation == [1, 0]
    assert upper[0] == [1, x]
    assert evaluate(upper[1][1], {x: 2.0}) == 1.0


@pytest.mark.parametrize("n", [1, 2, 3, 4, 6])
def test_solve_linear(n: int) -> None:
    rows, values, numbers = symbolic(n, seed=20 + n)
    unknowns, right = sn.symbols(f"u0:{n},"), [Symbol(f"r{i}") for i in range(n)]
    values |= {r: float(i + 1) for i, r in enumerate(right)}
    equations = [
        sn.Eq(sn.sum_of([m * u for m, u in zip(row, unknowns, strict=True)]), r)
        for row, r in zip(rows, right, strict=True)
    ]
    found = sn.solve_linear(equations, unknowns)
    np.testing.assert_allclose(
        [evaluate(found[u], values) for u in unknowns],
        np.linalg.solve(numbers, np.arange(1.0, n + 1)),
        rtol=1e-8,
    )


def test_linear_coefficients() -> None:
    assert sn.linear_coefficients([a * x + 2 * y - 3, x], [x, y]) == ([[a, 2], [1, 0]], [-3, 0])
    assert sn.linear_coefficients([(x + 1) * (x - 1) - x**2 + a * y], [x, y]) == ([[0, a]], [-1])
    sparse, _ = sn.linear_coefficients([x, y], [x, y], sparse=True)
    assert sparse.nnz == 2
    assert sn.solve_linear([sn.Eq(x + y, 1), sn.Eq(x - y, Fraction(1, 3))], [x, y]) == {
        x: Fraction(2, 3),
        y: Fraction(1, 3),
    }


def test_unknowns_listed_twice_are_refused() -> None:
    with pytest.raises(DuplicateNameError, match="an unknown is listed twice"):
        sn.linear_coefficients([x + y], [x, y, x])


def test_what_is_not_linear_is_shown_at_a_readable_length() -> None:
    with pytest.raises(NonlinearError, match="not linear in x") as caught:
        sn.linear_coefficients([sn.sum_of([sn.sin(k * x) for k in range(1, 100)])], [x])
    assert len(str(caught.value)) < 350


@pytest.mark.parametrize(
    "text", ["x*y", "sin(x)", "floor(x)", "abs(x)", "x/(x + 1)", "piecewise(x, x < 0, 2*x)", "2^x"]
)
def test_what_is_not_linear_is_refused(text: str) -> None:
    with pytest.raises(NonlinearError, match="not linear in x, y"):
        sn.linear_coefficients([sn.parse(text)], [x, y])


def test_equations_without_a_single_solution() -> None:
    with pytest.raises(SingularMatrixError):
        sn.solve_linear([x + y, a * x + a * y - 1], [x, y])
    with pytest.raises(SingularMatrixError):
        sn.solve_linear([x + y, 2 * x + 2 * y - 1], [x, y])
    with pytest.raises(ShapeError, match="1 equations were given for 2 unknowns"):
        sn.solve_linear([x + y], [x, y])
    with pytest.raises(ShapeError, match="one length"):
        sn.determinant([[x, y], [x]])
    with pytest.raises(ShapeError, match="square"):
        sn.lu([[x, y]])


def test_symbols_by_name_and_text_that_is_no_term() -> None:
    a, b = sn.symbols("a b")
    assert sn.differentiate(a**2 * b, "a") == 2 * a * b
    assert sn.differentiate(a**2, "other") == 0
    assert sn.gradient(a**2 * b, "a b") == sn.gradient(a**2 * b, ["a", b]) == [2 * a * b, a**2]
    assert sn.jacobian([a * b, b], ["b", "a"]).to_dense() == [[a, b], [1, 0]]
    positive = sn.symbols("a", domain="positive")
    assert sn.differentiate(positive**2, "a") == 2 * positive
    with pytest.raises(InputError, match='2 symbols named "a"'):
        sn.differentiate(a * positive, "a")
    for action in (lambda: sn.differentiate("a^2", a), lambda: sn.expand("a"), lambda: sn.gradient("a", [a])):
        with pytest.raises(InputError, match=r"parse\('a"):
            action()
    with pytest.raises(InputError, match="None is no term"):
        sn.differentiate(None, a)


def test_the_order_of_a_taylor_polynomial_is_five_unless_asked_for() -> None:
    assert sn.taylor(sn.exp(x), x) == sn.taylor(sn.exp(x), x, 0, 5)
    assert len(sn.taylor(sn.exp(x), x).terms) == 5


def test_what_operations_say_of_themselves() -> None:
    sqrt, sinc = OPERATIONS["sqrt"], OPERATIONS["sinc"]
    assert sqrt.partial is not None
    assert sinc.definition is not None
    assert 2 * sn.sqrt(x) * sqrt.partial(build, (x,), 0) == 1
    assert evaluate(sinc.definition(build, (x,)), {x: 1.0}) == np.sin(1.0)
    assert evaluate(sinc.definition(build, (x,)), {x: 0.0}) == 1.0
