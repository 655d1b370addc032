"""Exponential time differencing: coefficients, orders, exactness in every basis, what is refused."""

from dataclasses import replace
from math import cos, factorial

import numpy as np
import pytest
from scipy.linalg import expm

from symnum.errors import NonlinearError, UnsupportedError
from symnum.integrators.compiled import compiled_callback
from symnum.integrators.integrate import integrate
from symnum.integrators.problem import KernelProblem
from symnum.integrators.registry import METHODS
from symnum.integrators.tableaus.exponential_differencing import LINEAR, SAME
from tests.integrators.rooted_trees import order_reached

KERNEL = "int32(float64, CPointer(float64), CPointer(float64), int64, CPointer(float64))"
DIFFERENCING = [m for m in METHODS.values() if m.family == "differencing"]
N = 32


def name(method):
    return method.name


@compiled_callback(KERNEL)
def product(t, y, p, context, out):
    """A y, of order p[0], with A by rows from p[4] on."""
    n = int(p[0])
    for i in range(n):
        out[i] = 0.0
        for j in range(n):
            out[i] += p[4 + i * n + j] * y[j]
    return 0


@compiled_callback(KERNEL)
def parabola(t, y, p, context, out):
    for i in range(int(p[0])):
        out[i] = p[1] + (i + 1) * p[2] * t + p[3] * t * t
    return 0


@compiled_callback(KERNEL)
def diffusion(t, y, p, context, out):
    """On a ring of 32 points."""
    for i in range(N):
        left = y[i - 1] if i > 0 else y[N - 1]
        right = y[i + 1] if i < N - 1 else y[0]
        out[i] = p[0] * (left - 2.0 * y[i] + right)
    return 0


@compiled_callback(KERNEL)
def reaction(t, y, p, context, out):
    """Two stable states (Allen and Cahn), pushed to and fro."""
    for i in range(N):
        out[i] = y[i] - y[i] * y[i] * y[i] + 0.3 * cos(3.0 * t)
    return 0


@compiled_callback(KERNEL)
def both(t, y, p, context, out):
    for i in range(N):
        left = y[i - 1] if i > 0 else y[N - 1]
        right = y[i + 1] if i < N - 1 else y[0]
        out[i] = p[0] * (left - 2.0 * y[i] + right) + y[i] - y[i] * y[i] * y[i] + 0.3 * cos(3.0 * t)
    return 0


@compiled_callback(KERNEL)
def moving(t, y, p, context, out):
    for i in range(N):
        out[i] = -y[i] + (0.0 if i != 3 else 1e-3 * t)
    return 0


START = np.sin(2.0 * np.pi * np.arange(N) / N)


def ring(rate=400.0, split=True):
    p = np.array([rate])
    columns = [sorted({(j - 1) % N, j, (j + 1) % N}) for j in range(N)]
    pattern = np.arange(0, 3 * N + 1, 3, dtype=np.int32), np.concatenate(columns).astype(np.int32)
    parts = (
        KernelProblem(N, diffusion.address, 0, *pattern, p),
        KernelProblem(N, reaction.address, parameters=p),
    )
    return KernelProblem(N, both.address, 0, *pattern, p, split=parts if split else None)


def linear(matrix, forcing=(0.0, 0.0, 0.0)):
    """y' = A y plus a parabola in time. (A whole is not given: a split needs none.)"""
    matrix = np.array(matrix, float)
    n = len(matrix)
    p = np.concatenate([[n], forcing, matrix.ravel()])
    parts = KernelProblem(n, product.address, parameters=p), KernelProblem(n, parabola.address, parameters=p)
    return replace(parts[0], split=parts)


def exact(matrix, forcing, start, t):
    """With y in one vector with 1, t and t^2 / 2."""
    n = len(matrix)
    larger = np.zeros((n + 3, n + 3))
    larger[:n, :n] = matrix
    larger[:n, n:] = np.column_stack(
        [np.full(n, forcing[0]), forcing[1] * np.arange(1, n + 1), np.full(n, 2.0 * forcing[2])]
    )
    larger[n + 1, n] = larger[n + 2, n + 1] = 1.0
    return (expm(t * larger) @ np.concatenate([start, [1.0, 0.0, 0.0]]))[:n]


# ------------------------------------------------------------------------------------------------ coefficients


def phi(k, z):
    """By a series, of a number that is not large."""
    return sum(z**j / factorial(j + k) for j in range(60))


def rows_of(tableau, z):
    """Every row as weights of "v0", "n0", "n1", ..., for h = 1 and the number z in the place of h L."""
    names = [f"n{i}" for i in range(len(tableau.c))]
    rows = {row: np.eye(1 + len(names))[1 + i] for i, row in enumerate(names)}
    rows["v0"] = np.eye(1 + len(names))[0]
    rows["s0"] = z * rows["v0"] + rows["n0"]
    for term in tableau.terms:
        value = sum(weight * rows[source] for source, weight in term.sources.items())
        factor = {SAME: 1.0, LINEAR: z}.get(term.function)
        if factor is None:
            f = tableau.functions[term.function]
            factor = sum(w * phi(k, z / 2**f.halvings) for k, w in enumerate(f.weights))
        rows[term.row] = rows.get(term.row, 0.0) + factor * value
    return rows


@pytest.mark.parametrize("method", DIFFERENCING, ids=name)
def test_classical_order_conditions(method):
    tableau, stages = method.numbers, method.numbers.stages - 1
    rows = rows_of(tableau, 0.0)
    a = np.array([rows[f"v{i}"][1 : 2 + stages] for i in range(stages + 1)])
    assert np.abs(np.triu(a)).max() == 0.0
    assert np.abs(a.sum(axis=1) - tableau.c[: stages + 1]).max() < 1e-14
    assert order_reached(a[-1], a) == tableau.order
    # A value that N of the new one takes part in.
    assert order_reached(a[-1] - rows["error"][1 : 2 + stages], a) == tableau.embedded_order


@pytest.mark.parametrize("method", DIFFERENCING, ids=name)
@pytest.mark.parametrize("z", [-3.0, 0.5, 2.0j, -1.0 + 4.0j])
def test_conditions_for_any_linear_part(method, z):
    # Hochbruck and Ostermann, Acta Numerica 19 (2010) 209, section 2: forcing that is a parabola in time is exact.
    tableau = method.numbers
    c = np.array(tableau.c)
    rows = rows_of(tableau, z)
    for i, node in enumerate(c[:-1]):
        assert rows[f"v{i}"][0] == pytest.approx(np.exp(node * z), abs=1e-12)
        assert rows[f"v{i}"][1:].sum() == pytest.approx(node * phi(1, node * z), abs=1e-12)
    new = f"v{tableau.stages - 1}"
    for k in range(3):
        assert rows[new][1:] @ c**k == pytest.approx(factorial(k) * phi(k + 1, z), abs=1e-12)
        assert rows["check"][1:] @ c**k == pytest.approx(0.0, abs=1e-12)
        assert rows["error"][1:] @ c**k == pytest.approx(0.0, abs=1e-12)
    for k, x in enumerate((0.0, 0.25, 0.5, 0.75, 1.0)):
        for power in range(3):
            # The derivative of x^(power + 1) power! phi_(power + 1)(x z).
            slope = x**power * factorial(power) * phi(power, x * z)
            assert rows[f"s{k}"][1:] @ c**power == pytest.approx(slope, abs=1e-11)


# ------------------------------------------------------------------------------------------------ exactness


def tridiagonal(n, low, middle, high):
    return (
        np.diag(np.full(n - 1, low), -1) + np.diag(np.full(n, middle), 0) + np.diag(np.full(n - 1, high), 1)
    )


def shuffled(matrix):
    order = np.random.default_rng(1).permutation(len(matrix))
    return matrix[np.ix_(order, order)]


MATRICES = {
    "diagonal": np.diag(-(10.0 ** np.arange(5.0))),
    "symmetric": 900.0 * tridiagonal(20, 1.0, -2.0, 1.0),
    "symmetric after scaling": 500.0 * tridiagonal(12, 0.5, -2.0, 1.5),
    "not symmetric": tridiagonal(9, 1.0, -5.0, 3.0) * np.linspace(1.0, 200.0, 9) + 0.3,
    "rotations": np.kron(np.diag([1.0, 30.0]), [[-0.1, 1.0], [-1.0, -0.1]]),
    "parts out of order": shuffled(np.kron(np.eye(3), [[-4.0, 2.0], [7.0, -50.0]])),
    "other parts out of order": shuffled(np.kron(np.eye(3), [[-4.0, 2.0], [-7.0, -50.0]])),
    "nothing": np.zeros((3, 3)),
}


@pytest.mark.parametrize("kind", MATRICES)
def test_forcing_that_is_a_parabola_in_time_is_exact(kind):
    matrix, forcing = MATRICES[kind], (2.0, -3.0, 5.0)
    start = 1.0 + np.sin(np.arange(len(matrix)))
    s = integrate("etdrk4", linear(matrix, forcing), 0.0, 0.9, start, fixed_step=0.3)
    assert s.statistics.accepted == 3
    reference = exact(matrix, forcing, start, 0.9)
    assert np.abs(s.y[:, -1] - reference).max() < 1e-11 * np.abs(reference).max()


@pytest.mark.parametrize("kind", ["symmetric", "rotations", "other parts out of order"])
def test_steps_are_as_long_as_the_continuous_solution_allows(kind):
    matrix = MATRICES[kind]
    start = 1.0 + np.sin(np.arange(len(matrix)))
    s = integrate("etdrk4", linear(matrix), 0.0, 2.0, start, rtol=1e-7, atol=1e-7)
    times = np.linspace(0.0, 2.0, 40)
    reference = np.array([exact(matrix, (0.0,) * 3, start, t) for t in times]).T
    assert np.abs(s(times) - reference).max() < 1e-6
    assert np.abs(s.y[:, -1] - reference[:, -1]).max() < 1e-11  # no error but that of the interpolation


# ------------------------------------------------------------------------------------------------ orders


@pytest.mark.parametrize("split", [True, False])
def test_order_on_a_stiff_problem(split):
    problem = ring(split=split)
    reference = integrate("rodas5p", ring(split=False), 0.0, 2.0, START, rtol=1e-12, atol=1e-12).y[:, -1]
    coarse, fine = (
        np.abs(integrate("etdrk4", problem, 0.0, 2.0, START, fixed_step=h).y[:, -1] - reference).max()
        for h in (1 / 16, 1 / 128)
    )
    assert np.log2(coarse / fine) / 3 == pytest.approx(4.0, abs=0.2)


def test_order_of_the_continuous_solution():
    problem = ring(rate=2.0)
    reference = integrate("vern9", ring(2.0, split=False), 0.0, 0.5, START, rtol=1e-13, atol=1e-13)

    def error(h):
        s = integrate("etdrk4", problem, 0.0, h, START, fixed_step=h)
        inside = np.linspace(0.0, h, 13)[1:-1]
        return np.abs(s(inside) - reference(inside)).max()

    assert np.log2(error(0.2) / error(0.025)) / 3 == pytest.approx(
        4.0, abs=0.3
    )  # one more than the global order


@pytest.mark.parametrize("tolerance", [1e-4, 1e-8])
def test_errors_follow_the_tolerance(tolerance):
    times = np.linspace(0.0, 5.0, 101)
    reference = integrate("rodas5p", ring(split=False), 0.0, 5.0, START, times, 1e-11, 1e-11).y
    s = integrate("etdrk4", ring(), 0.0, 5.0, START, times, tolerance, tolerance)
    assert s.status.ok
    assert np.abs(s.y - reference).max() < 10.0 * tolerance
    # Functions of the linear part are computed seldom: steps lie on a grid.
    points = integrate("etdrk4", ring(), 0.0, 5.0, START, rtol=tolerance, atol=tolerance).t
    assert len(np.unique(np.round(np.log2(np.diff(points)[:-1]), 6))) < 0.35 * len(points)


def test_backwards_in_time_and_with_limited_steps():
    problem = ring(0.2)
    there = integrate("etdrk4", problem, 0.0, 1.0, START, rtol=1e-9, atol=1e-9, max_step=0.03).y[:, -1]
    back = integrate("etdrk4", problem, 1.0, 0.0, there, rtol=1e-9, atol=1e-9)
    assert np.abs(back.y[:, -1] - START).max() < 1e-6


# ------------------------------------------------------------------------------------------------ refusals


def test_an_implicit_part_that_is_not_linear_is_refused():
    problem = ring()
    with pytest.raises(NonlinearError, match=r"component 1 is not linear .* explicit="):
        integrate("etdrk4", replace(problem, split=problem.split[::-1]), 0.0, 1.0, START)
    implicit = replace(problem.split[0], rhs_address=moving.address)
    with pytest.raises(NonlinearError, match="component 3 is not linear"):
        integrate("etdrk4", replace(problem, split=(implicit, problem.split[1])), 0.0, 1.0, START)
    named = replace(implicit, names=tuple(f"u{i}" for i in range(N)))
    with pytest.raises(NonlinearError, match='"u3" is not linear'):
        integrate("etdrk4", replace(problem, split=(named, problem.split[1])), 0.0, 1.0, START)


def test_large_matrices_are_refused():
    matrix = tridiagonal(301, -1.0, -2.0, 1.0)
    with pytest.raises(UnsupportedError, match=r"301 states are coupled .*exprb43"):
        integrate("etdrk4", linear(matrix), 0.0, 1.0, np.ones(301))
    unknown = KernelProblem(50_000, reaction.address)  # nothing of it is evaluated
    with pytest.raises(UnsupportedError, match=r"the Jacobian, .* 50000 states .*explicit="):
        integrate("etdrk4", unknown, 0.0, 1.0, np.ones(50_000))


def test_a_right_hand_side_that_is_no_number_ends_in_its_status(kernels):
    s = integrate("etdrk4", kernels.not_a_number(), 0.0, 2.0, [1.0, 1.0])
    assert s.status.name == "NOT_FINITE"
    assert s.component == 1
