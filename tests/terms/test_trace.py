"""Tracing: the terms of a NumPy function have the values that the function has on numbers."""

import math
from typing import Any

import numpy as np
import pytest
import scipy.special

import symnum as sn
from symnum.errors import TracingError
from symnum.terms import evaluate

MATRIX = np.array([[1.0, 0.0, -2.0], [0.5, 3.0, 0.0], [0.0, 1.0, 1.5]])


def test_options_of_universal_functions() -> None:
    x, y = sn.symbols("x y")
    assert np.add(x, y, dtype=object) == x + y
    assert np.sin(x, casting="unsafe") == sn.sin(x)

    def reduced(v: Any) -> Any:
        table = v.reshape(1, 2)
        return np.add.reduce(table, axis=1, dtype=object, initial=np._NoValue), np.add.reduce(table, axis=1, initial=5)

    plain, begun = sn.trace(reduced, [x, y])
    assert plain.tolist() == [x + y]
    assert begun.tolist() == [x + y + 5]


def filled(t: Any, y: Any) -> Any:
    out = np.zeros_like(y)
    out[0] = y[1] * t
    out[1:] += y[1:] ** 2
    return out


def looped(t: Any, y: Any) -> Any:
    total = 0
    for i in range(len(y)):
        total = total + i * y[i]
    return [total, np.exp(-total)]


FUNCTIONS: dict[str, Any] = {
    "arithmetic": lambda t, y: (y[0] - 2 * y[1] / y[2]) ** 3 + t % 0.7 - abs(y[2]) + 3 // y[0] - 2.0**y[1],
    "trigonometry": lambda t, y: np.sin(y) + np.cos(t) * np.tan(y / 4) + np.arctan2(y, t) + np.hypot(t, y),
    "inverses": lambda t, y: np.arcsin(y / 9) + np.arccos(y / 9) + np.arctan(y) + np.arctanh(y / 9) + np.arcsinh(y),
    "exponentials": lambda t, y: np.exp(y) + np.expm1(y) + np.log1p(y) + np.log(y) + np.log2(y) + np.log10(y),
    "hyperbolic": lambda t, y: np.sinh(y) + np.cosh(y) + np.tanh(y) + np.arccosh(1 + y) + np.exp2(y),
    "roots": lambda t, y: np.sqrt(y) + np.cbrt(y) + np.square(y) + np.reciprocal(y) + np.power(y, 1.5),
    "rounding": lambda t, y: np.floor(y) + np.ceil(y) + np.trunc(-y) + np.sign(y - 1) + np.remainder(y, 0.7),
    "extremes": lambda t, y: np.maximum(y, 1) + np.minimum(y, t) + np.clip(y, 0.5, 1.2) + np.fmax(y, t),
    "choice": lambda t, y: np.where(y > 1, y**2, np.where(y < 0.5, 0.0, -y)),
    "scalar choice": lambda t, y: np.where((t > 1) & (y[0] < 2), y[1], y[2]),
    "select": lambda t, y: np.select([y > 1.5, y > 0.7], [y, 2 * y], default=-1.0),
    "steps": lambda t, y: np.heaviside(y - 1, 0.5) + np.logaddexp(y, t) + np.radians(y) + np.rad2deg(y),
    "sums": lambda t, y: y.sum() + np.sum(y**2) + np.prod(y) + y.mean() + np.dot(y, y) + np.cumsum(y)[1],
    "greatest": lambda t, y: np.max(y) - y.min() + np.amax(y, axis=0),
    "matrix": lambda t, y: MATRIX @ y + y @ MATRIX + np.dot(MATRIX, y) + t * (MATRIX.T @ y),
    "products": lambda t, y: np.outer(y, y) @ y + np.einsum("i,ij->j", y, MATRIX) + np.cross(y, MATRIX[0]),
    "slices": lambda t, y: np.concatenate([y[1:] - y[:-1], [t]]) + y[::-1] + np.roll(y, 1) + y[[2, 0, 1]],
    "differences": lambda t, y: np.append(np.diff(y), 0.0) + np.stack([y, y])[0] + np.hstack([y[:1], y[1:]]),
    "plain arrays": lambda t, y: np.exp(np.array([y[0], y[1] * t, y[2]])) + np.sqrt(np.array([y[2], t, y[0]])),
    "linear algebra": lambda t, y: np.linalg.det(np.outer(y, y) + MATRIX) + np.linalg.norm(y),
    "solving": lambda t, y: np.linalg.solve(MATRIX + np.diag(y), y) + np.linalg.inv(MATRIX + np.diag(y)) @ y,
    "any and all": lambda t, y: np.where(np.any(y > 1.2), y, np.where(np.all(y > 0.3), -y, 2 * y)),
    "logic": lambda t, y: np.where(np.logical_or(y > 1, np.logical_not(t < 1)), y, np.logical_not(y > 1) * 1.0),
    "special": lambda t, y: scipy.special.erf(y) + scipy.special.gammaln(y) + scipy.special.expit(y) * t,
    "bessel": lambda t, y: scipy.special.jv(1, y) + scipy.special.psi(y) + scipy.special.xlogy(y, t),
    "math floor": lambda t, y: math.floor(y[0] * 3) + math.ceil(t),
    "filled": filled,
    "looped": looped,
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_traced_terms_have_the_values_of_the_function(name: str, rng: np.random.Generator) -> None:
    function = FUNCTIONS[name]
    terms = sn.trace(function, "t", 3)
    for _ in range(5):
        t, y = float(rng.uniform(0.2, 2.0)), rng.uniform(0.2, 2.0, 3)
        expected = np.asarray(function(t, y), dtype=float)
        flat = (
            terms.ravel().tolist()
            if isinstance(terms, np.ndarray)
            else terms
            if isinstance(terms, list)
            else [terms]
        )
        found = np.array(
            [float(v) for v in evaluate(list(flat), {"t": t, "y0": y[0], "y1": y[1], "y2": y[2]})]
        )
        assert found.reshape(expected.shape) == pytest.approx(expected, rel=1e-12, abs=1e-13)


def test_what_goes_in_and_what_comes_out() -> None:
    x, y = sn.symbols("x y")
    assert sn.trace(lambda u, v: u * v, x, "y") == x * y
    assert sn.trace(lambda u: u[0] + u[1], "x y") == x + y
    assert sn.trace(lambda u: u[1, 0], (2, 2)) == sn.symbols("u1_0")
    assert sn.trace(lambda u, k: u * k, x, k=2.5) == 2.5 * x
    assert sn.trace(lambda u: {"a": u, "b": (u, 1)}, x) == {"a": x, "b": (x, 1)}
    assert sn.trace(lambda p: p["k"] * p["s"], {"k": x, "s": y}) == x * y
    assert sn.trace(lambda u: u @ np.array([[2, 0], [0, 1]]), [x, y]).tolist() == [2 * x, y]
    tree = sn.symbols("x", terms="tree")
    assert sn.trace(lambda u: np.sin(u) + 1, tree) == sn.sin(tree) + 1


def test_zeros_of_a_matrix_of_floats_are_no_connections() -> None:
    rows = sn.trace(lambda y: MATRIX @ y, 3)
    assert sn.jacobian(rows, sn.symbols("y0:3")).nnz == 6


def test_numbers_of_numpy_and_arrays_with_terms() -> None:
    x, y = sn.symbols("x y")
    assert np.float64(2) * x == 2.0 * x
    assert not np.float64(2) == x  # noqa: SIM201
    assert x != np.float64(2)
    assert np.equal(x, 2) == sn.equal(x, 2)
    assert (np.arange(3) * x).tolist() == [0, x, 2 * x]
    assert (x + np.array([1, 2])).tolist() == [x + 1, x + 2]
    assert np.sin(np.array([x, y], dtype=object)).tolist() == [sn.sin(x), sn.sin(y)]
    assert (sn.array([x, y]) > 0).tolist() == [x > 0, y > 0]
    assert sn.array([x, 2.5])[1] == 2.5
    assert sn.array([[x, y]]).shape == (1, 2)


def steered(y: Any) -> Any:
    if y[0] > 0:
        return y
    return -y


def chained(y: Any) -> Any:
    return y[0] if 0 < y[0] < 1 else y[1]


def inside(y: Any) -> Any:
    scale = 2
    return steered(scale * y)


def uses_math(y: Any) -> Any:
    return math.sin(y[0])


def writes_into_floats(y: Any) -> Any:
    out = np.zeros(2)
    out[0] = y[0]
    return out


def adds_to_floats(y: Any) -> Any:
    out = np.zeros(2)
    out += y
    return out


def compares_plain(y: Any) -> Any:
    return np.maximum(np.array([y[0], y[1]]), 0)


def greater_of(y: Any) -> Any:
    return max(y[0], y[1])


def masked(y: Any) -> Any:
    return y[y > 0]


def forgets(y: Any) -> Any:
    y[0] + 1


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (steered, r'steered .* line \d+ of test_trace.py, "if y\[0\] > 0:".*np\.where\(condition, a, b\)'),
        (chained, r'"return y\[0\] if 0 < y\[0\] < 1.*\(a < b\) & \(b < c\)'),
        (inside, r'inside .* "if y\[0\] > 0:"'),
        (uses_math, r'"return math.sin\(y\[0\]\)".*np\.sin, not math\.sin'),
        (writes_into_floats, r'"out\[0\] = y\[0\]".*np\.zeros_like\(y\)'),
        (adds_to_floats, r'"out \+= y".*an array of float64 cannot hold terms'),
        (compares_plain, r"np\.maximum.*sn\.array\(\[\.\.\.\]\)"),
        (greater_of, r"Python's max and min"),
        (masked, r'"return y\[y > 0\]"'),
        (forgets, r"returned NoneType.*return statement is missing"),
        (lambda y: np.isnan(y), "isnan has no symbolic form"),
        (lambda y: np.where(y > 0), r"np\.where\(condition, a, b\)"),
        (lambda y: range(y[0]), "TypeError"),
        (lambda y: np.exp(np.array([y[0], 1.0])), r"both terms and numbers; make it with sn\.array"),
    ],
)
def test_errors_name_the_line_and_the_fix(function: Any, message: str) -> None:
    with pytest.raises(TracingError, match=message):
        sn.trace(function, 2)


def test_errors_of_the_users_own_pass() -> None:
    def own(y: Any) -> Any:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        sn.trace(own, 2)
