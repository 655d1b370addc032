"""The banded solver and the choice of it, against LAPACK's banded solver."""

import numpy as np
import pytest
import scipy.linalg as la
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from symnum.integrators.linear import make_linear_solver
from symnum.integrators.linear.bandwidth import NARROW, find_band
from tests.integrators.linear_problems import backward_error, columns, factor, solve


def band(n, below, above, rng):
    diagonals = range(-min(below, n - 1), min(above, n - 1) + 1)
    return sp.diags(
        [rng.standard_normal(n - abs(k)) for k in diagonals], list(diagonals), shape=(n, n)
    ).tocsc()


def lapack(matrix, below, above, b):
    n = matrix.shape[0]
    held = np.zeros((below + above + 1, n))
    dense = matrix.toarray()
    for k in range(-below, above + 1):
        diagonal = np.diagonal(dense, k)
        held[above - k, max(k, 0) : max(k, 0) + len(diagonal)] = diagonal
    return la.solve_banded((below, above), held, b)


@given(
    n=st.integers(1, 60),
    below=st.integers(0, 9),
    above=st.integers(0, 9),
    seed=st.integers(0, 2**31),
    exponent=st.integers(0, 12),
    c_mass=st.sampled_from([1.0, 0.0]),
)
def test_random_bands_against_lapack(n, below, above, seed, exponent, c_mass):
    """Rows scaled apart by up to twelve decades; c_mass = 0 leaves pivots to chance."""
    rng = np.random.default_rng(seed)
    jacobian = (sp.diags(10.0 ** rng.uniform(-exponent, 0.0, n)) @ band(n, below, above, rng)).tocsc()
    size, pointers, rows, values = columns(jacobian)
    solver = make_linear_solver(size, pointers, rows, "banded")
    assert factor(solver, c_mass, -0.7, values) == 0
    matrix = (c_mass * sp.identity(n) + 0.7 * jacobian).tocsc()
    b = rng.standard_normal(n)
    code, x = solve(solver, b)
    assert code == 0
    reference = lapack(matrix, min(below, n - 1), min(above, n - 1), b)
    assert backward_error(matrix, x, b) <= max(1e-15, 10 * backward_error(matrix, reference, b))


def test_growth_of_pivoting_stays_within_the_band():
    """Without exchanges the first pivot, 1e-18, would swamp everything."""
    n = 50
    matrix = sp.diags(
        [np.ones(n - 1), np.where(np.arange(n) % 2 == 0, 1e-18, 1.0), np.ones(n - 1)], [-1, 0, 1]
    )
    size, pointers, rows, values = columns(matrix)
    solver = make_linear_solver(size, pointers, rows, "banded")
    assert factor(solver, 0.0, -1.0, values) == 0
    b = np.linspace(1.0, 2.0, n)
    assert backward_error(matrix.tocsc(), solve(solver, b)[1], b) <= 1e-15


def test_a_shuffled_band_is_found_again():
    rng = np.random.default_rng(4)
    n = 300
    matrix = band(n, 2, 2, rng).tocsr()
    shuffled = rng.permutation(n)
    size, pointers, rows, values = columns(matrix[shuffled][:, shuffled])
    found = find_band(size, pointers, rows)
    assert found.reordered
    assert found.width <= 8
    solver = make_linear_solver(size, pointers, rows)
    assert solver.name == "banded"
    assert solver.statistics()["reordered"] is True
    assert factor(solver, 1.0, 0.2, values) == 0
    b = rng.standard_normal(n)
    whole = (sp.identity(n) - 0.2 * matrix[shuffled][:, shuffled]).tocsc()
    assert backward_error(whole, solve(solver, b)[1], b) <= 1e-15


@pytest.mark.parametrize(
    ("below", "filled", "expected"),
    [(1, 1.0, "banded"), (12, 1.0, "banded"), (12, 0.05, "sparse"), (30, 1.0, "sparse")],
)
def test_narrow_and_filled_bands_are_chosen(below, filled, expected):
    rng = np.random.default_rng(below)
    n = 400
    matrix = band(n, below, below, rng).tocoo()
    kept = rng.random(matrix.nnz) < filled
    kept[[0, -1]] = True
    matrix = sp.coo_matrix((matrix.data[kept], (matrix.row[kept], matrix.col[kept])), shape=(n, n))
    size, pointers, rows, _ = columns(matrix)
    assert make_linear_solver(size, pointers, rows).name == expected
    assert NARROW >= 24


def test_singular_column_of_a_reordered_band_is_named():
    rng = np.random.default_rng(6)
    n, empty = 120, 77
    shuffled = rng.permutation(n)
    matrix = band(n, 1, 1, rng).tocsr()[shuffled][:, shuffled].tolil()
    matrix[:, empty] = 0.0
    size, pointers, rows, values = columns(matrix.tocsc())
    assert factor(make_linear_solver(size, pointers, rows, "banded"), 0.0, 1.0, values) == empty + 1
