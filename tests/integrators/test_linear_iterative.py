"""GMRES, BiCGStab and their preconditioners against SciPy: answers to the tolerance, or a failure that is told."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.linalg import spsolve

from symnum.errors import InputError, UnknownNameError
from symnum.integrators.compiled import compiled_callback
from symnum.integrators.linear import make_linear_solver
from symnum.integrators.linear.iterative import LIMIT, RELATIVE, RESTART, IterativeSolver
from symnum.integrators.linear.preconditioners import UserPreconditioner, make_preconditioner
from symnum.integrators.linear.rows import Rows
from symnum.integrators.linear.threshold_preconditioner import ThresholdPreconditioner
from symnum.integrators.problem import KernelProblem
from tests.integrators.linear_problems import columns, factor, solve

KERNEL = "int32(float64, CPointer(float64), CPointer(float64), int64, CPointer(float64))"
METHODS = ("gmres", "bicgstab")


def scattered(n, density, seed):
    rng = np.random.default_rng(seed)
    return sp.random(n, n, density, random_state=rng, data_rvs=rng.standard_normal).tocsc()


def grid(side):
    """Two species that diffuse and react on a periodic square grid."""
    line = sp.diags([1.0, 1.0, -2.0, 1.0, 1.0], [-(side - 1), -1, 0, 1, side - 1], shape=(side, side))
    laplace = sp.kron(line, sp.identity(side)) + sp.kron(sp.identity(side), line)
    rng = np.random.default_rng(side)
    local = sp.bmat([[sp.diags(rng.standard_normal(side * side)) for _ in range(2)] for _ in range(2)])
    return (sp.kron(sp.identity(2), laplace) * 9.0 + local).tocsc()


@pytest.mark.parametrize("kind", METHODS)
@given(
    n=st.integers(1, 60),
    density=st.floats(0.0, 0.3),
    seed=st.integers(0, 2**31),
    c_jac=st.sampled_from([1e-6, 0.1, 1.0, -0.3]),
    preconditioner=st.sampled_from(["ilu", "ilut", "diagonal", "none"]),
)
def test_random_matrices_to_the_tolerance_or_not_at_all(kind, n, density, seed, c_jac, preconditioner):
    """Either the residual is what was promised, or the code is negative and b is as it was."""
    jacobian = scattered(n, density, seed)
    size, pointers, rows, values = columns(jacobian)
    solver = make_linear_solver(size, pointers, rows, kind, preconditioner)
    assert factor(solver, 1.0, c_jac, values) == 0
    matrix = (sp.identity(n) - c_jac * jacobian).tocsc()
    b = np.random.default_rng(seed).standard_normal(n)
    code, x = solve(solver, b)
    if code == 0:
        assert np.linalg.norm(matrix @ x - b) <= 1.1 * RELATIVE * np.linalg.norm(b)
    else:
        assert code < 0
        assert np.array_equal(x, b)
        assert solver.statistics()["failures"] == 1


@pytest.mark.parametrize("kind", METHODS)
@pytest.mark.parametrize("preconditioner", ["ilu", "ilut", "diagonal", "none"])
@pytest.mark.parametrize("c_jac", [1e-3, 0.02])
def test_answers_agree_with_superlu(kind, preconditioner, c_jac):
    jacobian = grid(16)
    n, pointers, rows, values = columns(jacobian)
    solver = make_linear_solver(n, pointers, rows, kind, preconditioner)
    assert factor(solver, 1.0, c_jac, values) == 0
    b = np.linspace(-1.0, 2.0, n)
    code, x = solve(solver, b)
    assert code == 0
    expected = spsolve((sp.identity(n) - c_jac * jacobian).tocsc(), b)
    np.testing.assert_allclose(x, expected, rtol=1e-9, atol=1e-10)
    assert solver.statistics()["preconditioner"] == preconditioner


@pytest.mark.parametrize("kind", METHODS)
@pytest.mark.parametrize("exponent", [0, 3, 6, 9])
def test_condition_numbers(kind, exponent):
    """Condition 1 to 1e9 by a spread of row scales, which incomplete LU takes out again."""
    rng = np.random.default_rng(exponent)
    n = 150
    scales = 10.0 ** np.linspace(0.0, exponent, n)[rng.permutation(n)]
    jacobian = (sp.diags(scales) @ (0.2 * scattered(n, 0.03, exponent) - sp.identity(n))).tocsc()
    size, pointers, rows, values = columns(jacobian)
    solver = make_linear_solver(size, pointers, rows, kind)
    assert factor(solver, 1.0, 1.0, values) == 0
    matrix = (sp.identity(n) - jacobian).tocsc()
    b = matrix @ rng.standard_normal(n)
    code, x = solve(solver, b)
    assert code == 0
    assert np.linalg.norm(matrix @ x - b) <= 1.1 * RELATIVE * np.linalg.norm(b)


@pytest.mark.parametrize("kind", METHODS)
def test_a_singular_matrix_fails_and_says_so(kind):
    """Rows that sum to zero, and a right-hand side that no combination of columns reaches."""
    n = 40
    matrix = sp.diags([np.ones(n - 1), -2 * np.ones(n), np.ones(n - 1)], [-1, 0, 1]).tolil()
    matrix[0, 0] = matrix[n - 1, n - 1] = -1.0
    size, pointers, rows, values = columns(matrix.tocsc())
    for preconditioner in ("ilu", "ilut", "diagonal", "none"):
        solver = make_linear_solver(size, pointers, rows, kind, preconditioner)
        assert factor(solver, 0.0, 1.0, values) == 0
        b = np.ones(n)
        code, x = solve(solver, b)
        assert code in (-5, -6)
        assert np.array_equal(x, b)
        statistics = solver.statistics()
        assert (statistics["failures"], statistics["solves"]) == (1, 1)
        assert factor(solver, 1.0, 0.1, values) == 0
        assert solve(solver, b)[0] == 0


@pytest.mark.parametrize("kind", METHODS)
def test_an_empty_column_is_named(kind):
    matrix = scattered(40, 0.2, 11).tolil()
    matrix[:, 23] = 0.0
    size, pointers, rows, values = columns(matrix.tocsc())
    solver = make_linear_solver(size, pointers, rows, kind)
    assert factor(solver, 0.0, 1.0, values) == 24
    assert factor(solver, 1.0, 1.0, values) == 0


@pytest.mark.parametrize("kind", METHODS)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_finite(kind, bad):
    size, pointers, rows, values = columns(grid(5))
    solver = make_linear_solver(size, pointers, rows, kind)
    spoilt = values.copy()
    spoilt[17] = bad
    assert factor(solver, 1.0, 1.0, spoilt) == -2
    assert factor(solver, 1.0, 0.01, values) == 0
    assert solve(solver, np.full(size, bad))[0] < 0
    assert solve(solver, np.zeros(size))[0] == 0


def test_restarts_and_their_limit():
    """A shift register needs as many iterations as it is long, and gains nothing from fewer."""
    n = RESTART + 12
    shift = sp.csc_matrix((np.ones(n), (np.arange(n), np.roll(np.arange(n), 1))), shape=(n, n))
    size, pointers, rows, values = columns(shift)
    b = np.eye(n)[0]
    stuck = IterativeSolver("gmres", size, pointers, rows, "none")
    assert factor(stuck, 0.0, 1.0, values) == 0
    assert solve(stuck, b)[0] == -5
    enough = IterativeSolver("gmres", size, pointers, rows, "none", restart=n)
    assert factor(enough, 0.0, 1.0, values) == 0
    code, x = solve(enough, b)
    assert code == 0
    np.testing.assert_allclose(-(shift @ x), b, atol=1e-12)
    slow = IterativeSolver("gmres", *columns(grid(12))[:3], "none", restart=8)
    assert factor(slow, 1.0, 0.05, columns(grid(12))[3]) == 0
    assert solve(slow, np.ones(288))[0] == 0
    assert 8 < slow.statistics()["iterations"] <= LIMIT
    assert slow.statistics()["restarts"] >= 1


def test_vectors_are_orthogonalised_again_where_it_is_needed():
    """Eigenvalues over eight decades: one pass of Gram-Schmidt alone would leave the basis skew."""
    n = 60
    rng = np.random.default_rng(1)
    q = np.linalg.qr(rng.standard_normal((n, n)))[0]
    matrix = q @ np.diag(10.0 ** np.linspace(-8.0, 0.0, n)) @ q.T
    size, pointers, rows, values = columns(matrix)
    solver = IterativeSolver("gmres", size, pointers, rows, "none", restart=n, relative=1e-9)
    assert factor(solver, 0.0, -1.0, values) == 0
    b = matrix @ rng.standard_normal(n)
    code, x = solve(solver, b)
    assert code == 0
    assert np.linalg.norm(matrix @ x - b) <= 1.1e-9 * np.linalg.norm(b)
    assert solver.statistics()["orthogonalised_again"] > 0


# Preconditioners


def inverse_of(preconditioner, n):
    return np.array([solve(preconditioner, e)[1] for e in np.eye(n)]).T


@given(n=st.integers(2, 30), density=st.floats(0.02, 0.4), seed=st.integers(0, 2**31))
def test_incomplete_factors_agree_with_the_matrix_on_its_pattern(n, density, seed):
    """What defines a factorisation without fill: (L U)_ij = M_ij wherever M has an entry."""
    jacobian = scattered(n, density, seed)
    size, pointers, rows, values = columns(jacobian)
    made = make_preconditioner("ilu", size, pointers, rows)
    bound = abs(jacobian).sum(axis=1).max() + 1.0
    assert factor(made, 1.0, 0.5 / bound, values) == 0
    product = np.linalg.inv(inverse_of(made, n))
    matrix = (sp.identity(n) - 0.5 / bound * jacobian).toarray()
    held = sp.csc_matrix((np.ones(len(rows)), rows, pointers), shape=(n, n)).toarray() > 0
    np.testing.assert_allclose(product[held], matrix[held], atol=1e-13)
    assert made.statistics() == {"factorisations": 1, "replaced_pivots": 0}


@given(n=st.integers(2, 30), density=st.floats(0.02, 0.4), seed=st.integers(0, 2**31))
def test_factors_by_threshold_are_complete_where_nothing_may_be_dropped(n, density, seed):
    jacobian = scattered(n, density, seed)
    size, pointers, rows, values = columns(jacobian)
    made = ThresholdPreconditioner(Rows.of(size, pointers, rows, np.arange(n)), drop=0.0, fill=n)
    c_jac = 0.5 / (abs(jacobian).sum(axis=1).max() + 1.0)
    assert factor(made, 1.0, c_jac, values) == 0
    matrix = (sp.identity(n) - c_jac * jacobian).toarray()
    np.testing.assert_allclose(inverse_of(made, n) @ matrix, np.eye(n), atol=1e-13)


def test_the_threshold_keeps_the_largest_entries_and_no_more_than_it_may():
    """Rows gain at most two entries on a side; with more room and a smaller threshold the iteration is shorter."""
    jacobian = grid(10)
    size, pointers, rows, values = columns(jacobian)
    held = Rows.of(size, pointers, rows, np.arange(size))
    iterations = []
    for drop, fill in ((0.1, 0), (1e-2, 2), (1e-4, 20)):
        made = ThresholdPreconditioner(held, drop=drop, fill=fill)
        solver = make_linear_solver(size, pointers, rows, "gmres", made)
        assert factor(solver, 1.0, 0.3, values) == 0
        assert solve(solver, np.ones(size))[0] == 0
        assert made.statistics()["nnz_factors"] <= len(rows) + 2 * fill * size
        iterations.append(solver.statistics()["iterations"])
    assert iterations[0] > iterations[1] > iterations[2]


def test_incomplete_factors_of_a_tridiagonal_matrix_are_complete():
    n = 50
    jacobian = sp.diags([np.ones(n - 1), -2 * np.ones(n), np.ones(n - 1)], [-1, 0, 1])
    size, pointers, rows, values = columns(jacobian)
    solver = make_linear_solver(size, pointers, rows, "gmres")
    assert factor(solver, 1.0, 3.0, values) == 0
    assert solve(solver, np.ones(n))[0] == 0
    assert solver.statistics()["iterations"] == 1


def test_pivots_that_vanish_are_replaced_and_counted():
    matrix = sp.csc_matrix([[0.0, 1.0], [1.0, 3.0]])
    size, pointers, rows, values = columns(matrix)
    solver = make_linear_solver(size, pointers, rows, "gmres", "ilu")
    assert factor(solver, 0.0, -1.0, values) == 0
    code, x = solve(solver, np.array([2.0, 7.0]))
    assert code == 0
    np.testing.assert_allclose(x, [1.0, 2.0])
    assert solver.statistics()["replaced_pivots"] == 1


def test_the_diagonal():
    size, pointers, rows, values = columns(scattered(20, 0.2, 3))
    made = make_preconditioner("diagonal", size, pointers, rows)
    assert factor(made, 1.0, 0.3, values) == 0
    diagonal = 1.0 - 0.3 * scattered(20, 0.2, 3).diagonal()
    np.testing.assert_allclose(inverse_of(made, size), np.diag(1.0 / diagonal))


@compiled_callback("int32(int64, CPointer(float64))")
def third(context, b):
    for i in range(30):
        b[i] *= 1.0 / 3.0
    return 0


@compiled_callback("int32(int64, CPointer(float64))")
def refuses(context, b):
    return 1


@pytest.mark.parametrize("kind", METHODS)
def test_a_preconditioner_of_the_users_own(kind):
    """Its inverse is exact, so one product is enough; and what it refuses is a failure."""
    size, pointers, rows, values = columns(-2.0 * sp.identity(30))
    solver = make_linear_solver(size, pointers, rows, kind, UserPreconditioner(third.address, name="thirds"))
    assert factor(solver, 1.0, 1.0, values) == 0
    code, x = solve(solver, np.arange(30.0))
    assert code == 0
    np.testing.assert_allclose(x, np.arange(30.0) / 3.0)
    assert solver.statistics()["iterations"] == 1
    assert solver.statistics()["preconditioner"] == "thirds"
    broken = make_linear_solver(size, pointers, rows, kind, UserPreconditioner(refuses.address))
    assert factor(broken, 1.0, 1.0, values) == 0
    assert solve(broken, np.ones(30))[0] == -6


@pytest.mark.parametrize("kind", METHODS)
def test_a_direct_solver_is_a_preconditioner(kind):
    size, pointers, rows, values = columns(grid(8))
    solver = make_linear_solver(
        size, pointers, rows, kind, make_linear_solver(size, pointers, rows, "sparse")
    )
    assert factor(solver, 1.0, 2.0, values) == 0
    assert solve(solver, np.ones(size))[0] == 0
    assert solver.statistics()["iterations"] <= 2
    assert solver.statistics()["preconditioner"] == "sparse"


def test_names_and_objects_are_checked():
    size, pointers, rows, _ = columns(grid(4))
    with pytest.raises(UnknownNameError, match='"gmres"'):
        make_linear_solver(size, pointers, rows, "gmress")
    with pytest.raises(UnknownNameError, match='Did you mean "ilu"'):
        make_linear_solver(size, pointers, rows, "gmres", "illu")
    with pytest.raises(InputError, match="context_address"):
        make_linear_solver(size, pointers, rows, "gmres", object())
    with pytest.raises(InputError, match="needs the entries"):
        make_linear_solver(size, None, None, "sparse")
    with pytest.raises(InputError, match="needs the entries"):
        make_linear_solver(size, None, None, "gmres", "ilu")


# Products without entries


@compiled_callback(KERNEL)
def chain(t, y, p, context, out):
    """Ten oscillators in a row, depending on time."""
    for i in range(10):
        left = y[i - 1] if i > 0 else 0.0
        out[i] = t * (left - y[i] ** 3) + p[0] * y[i]
    return 0


@compiled_callback(KERNEL)
def chain_product(t, y, p, context, out):
    for i in range(10):
        left = y[9 + i] if i > 0 else 0.0
        out[i] = t * (left - 3.0 * y[i] ** 2 * y[10 + i]) + p[0] * y[10 + i]
    return 0


@pytest.mark.parametrize("kind", METHODS)
@pytest.mark.parametrize(("product", "accuracy"), [(0, 3e-7), (1, 1e-10)])
def test_products_along_a_vector(kind, product, accuracy):
    """Differences are good to half the digits, and the tolerance given asks for no more."""
    y, t, rate = np.linspace(0.5, 1.5, 10), 1.7, np.array([0.3])
    jacobian = np.diag(-3.0 * t * y**2 + 0.3) + np.diag(np.full(9, t), -1)
    problem = KernelProblem(
        10, chain.address, parameters=rate, product_address=chain_product.address if product else 0
    )
    solver = make_linear_solver(10, None, None, kind)
    solver.attach(problem, np.full(10, 1.0), accuracy / 10)
    point = np.concatenate([[10.0, t], y])
    assert factor(solver, 1.0, 0.2, point) == 0
    b = np.linspace(1.0, -1.0, 10)
    code, x = solve(solver, b)
    assert code == 0
    np.testing.assert_allclose(x, np.linalg.solve(np.eye(10) - 0.2 * jacobian, b), atol=accuracy)
    assert solver.statistics()["products"] > 0
    assert solver.statistics()["preconditioner"] == "none"


# Tolerance, repetition, threads


@pytest.mark.parametrize("kind", METHODS)
def test_an_engine_says_how_residuals_are_weighed(kind):
    jacobian = grid(10)
    size, pointers, rows, values = columns(jacobian)
    weights = 10.0 ** np.random.default_rng(0).uniform(-3.0, 3.0, size)
    matrix = (sp.identity(size) - 0.03 * jacobian).tocsc()
    b = np.ones(size)
    iterations = []
    for tolerance in (1.0, 1e-4):
        solver = make_linear_solver(size, pointers, rows, kind)
        solver.attach(KernelProblem(size, 0), weights, tolerance)
        assert factor(solver, 1.0, 0.03, values) == 0
        code, x = solve(solver, b)
        assert code == 0
        assert np.sqrt(np.mean((weights * (matrix @ x - b)) ** 2)) <= 1.01 * tolerance
        iterations.append(solver.statistics()["iterations"])
    assert iterations[0] < iterations[1]


@pytest.mark.parametrize("kind", METHODS)
def test_clones_in_threads_give_the_bits_of_a_serial_run(kind):
    size, pointers, rows, values = columns(grid(10))
    first = make_linear_solver(size, pointers, rows, kind)
    b = np.linspace(0.0, 1.0, size)

    def work(solver, c_jac):
        answers = []
        for step in range(10):
            assert factor(solver, 1.0, c_jac * (1 + step), values) == 0
            code, x = solve(solver, b)
            assert code == 0
            answers.append(x)
        return answers

    steps = [0.002 * (i + 1) for i in range(8)]
    serial = [work(first, c) for c in steps]
    assert all(np.array_equal(x, y) for x, y in zip(serial[3], work(first, steps[3]), strict=True))
    with ThreadPoolExecutor(8) as pool:
        threaded = list(pool.map(work, [first.clone() for _ in steps], steps))
    for one, two in zip(serial, threaded, strict=True):
        assert all(np.array_equal(x, y) for x, y in zip(one, two, strict=True))
