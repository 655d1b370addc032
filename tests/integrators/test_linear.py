"""Linear solvers against NumPy and SciPy: small backward errors on every kind of pattern, whatever the pivots."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.linalg import splu

from symnum.errors import InputError, ShapeError
from symnum.integrators.linear import DENSE_LIMIT, LinearSolver, make_linear_solver
from tests.integrators import linear_problems
from tests.integrators.linear_problems import backward_error, columns, factor

BACKWARD_ERROR = 1e-14


@dataclass
class Pattern:
    """A Jacobian with its full diagonal in the pattern."""

    n: int
    indptr: np.ndarray
    indices: np.ndarray
    values: np.ndarray

    @property
    def jacobian(self) -> Any:
        return sp.csc_matrix((self.values, self.indices, self.indptr), shape=(self.n, self.n))

    def matrix(self, c_mass: float, c_jac: float) -> Any:
        return (c_mass * sp.identity(self.n, format="csc") - c_jac * self.jacobian).tocsc()

    def solver(self, kind: str) -> LinearSolver:
        return make_linear_solver(self.n, self.indptr, self.indices, kind)


def pattern_of(matrix: Any) -> Pattern:
    """Add the diagonal to the pattern of a sparse matrix; explicit zeros stay entries."""
    return Pattern(*columns(matrix))


def solve(solver: LinearSolver, b: np.ndarray) -> np.ndarray:
    code, x = linear_problems.solve(solver, b)
    assert code == 0
    return x


def check(
    pattern: Pattern, kind: str, c_mass: float = 1.0, c_jac: float = 0.3, limit: float = BACKWARD_ERROR
) -> LinearSolver:
    solver = pattern.solver(kind)
    assert factor(solver, c_mass, c_jac, pattern.values) == 0
    b = np.random.default_rng(7).standard_normal(pattern.n)
    assert backward_error(pattern.matrix(c_mass, c_jac), solve(solver, b), b) <= limit
    return solver


def random_pattern(n: int, density: float, seed: int) -> Pattern:
    rng = np.random.default_rng(seed)
    return pattern_of(sp.random(n, n, density, random_state=rng, data_rvs=rng.standard_normal))


def grid_pattern(side: int) -> Pattern:
    """Two species that diffuse and react on a periodic square grid."""
    line = sp.diags([1.0, 1.0, -2.0, 1.0, 1.0], [-(side - 1), -1, 0, 1, side - 1], shape=(side, side))
    laplace = sp.kron(line, sp.identity(side)) + sp.kron(sp.identity(side), line)
    rng = np.random.default_rng(side)
    blocks = [[sp.diags(rng.standard_normal(side * side)) for _ in range(2)] for _ in range(2)]
    local = sp.bmat(blocks)
    order = np.arange(2 * side * side).reshape(2, -1).T.ravel()
    whole = (sp.kron(sp.identity(2), laplace) * 9.0 + local).tocsr()[order][:, order]
    return pattern_of(whole)


def arrow_pattern(n: int) -> Pattern:
    """Everybody talks to the first unknown: fatal if eliminated first."""
    matrix = sp.lil_matrix((n, n))
    matrix[0, :] = 1.0
    matrix[:, 0] = -2.0
    matrix.setdiag(np.linspace(-3.0, -1.0, n))
    return pattern_of(matrix)


@pytest.mark.parametrize("kind", ["dense", "banded", "sparse"])
@given(
    n=st.integers(1, 45),
    density=st.floats(0.0, 0.6),
    seed=st.integers(0, 2**31),
    c_jac=st.sampled_from([1e-6, 0.1, 3.0, -2.0, 1e4]),
)
def test_random_matrices_have_small_backward_error(
    kind: str, n: int, density: float, seed: int, c_jac: float
) -> None:
    pattern = random_pattern(n, density, seed)
    solver = pattern.solver(kind)
    assert factor(solver, 1.0, c_jac, pattern.values) == 0
    matrix = pattern.matrix(1.0, c_jac)
    b = np.random.default_rng(seed).standard_normal(n)
    x = solve(solver, b)
    reference = np.linalg.solve(matrix.toarray(), b)
    assert backward_error(matrix, x, b) <= max(BACKWARD_ERROR, 10 * backward_error(matrix, reference, b))


@pytest.mark.parametrize("kind", ["auto", "sparse"])
@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(random_pattern(300, 0.01, 1), id="random"),
        pytest.param(random_pattern(150, 0.1, 2), id="fuller"),
        pytest.param(arrow_pattern(200), id="arrow"),
        pytest.param(
            pattern_of(sp.diags([1.0, 2.0, -5.0, 1.5], [-7, -1, 0, 2], shape=(257, 257))), id="banded"
        ),
        pytest.param(pattern_of(sp.tril(random_pattern(120, 0.05, 3).jacobian)), id="lower-triangular"),
        pytest.param(pattern_of(sp.triu(random_pattern(120, 0.05, 4).jacobian)), id="upper-triangular"),
        pytest.param(pattern_of(sp.csc_matrix((90, 90))), id="diagonal"),
        pytest.param(pattern_of(np.random.default_rng(5).standard_normal((130, 130))), id="full"),
        pytest.param(grid_pattern(14), id="grid"),
    ],
)
def test_patterns(pattern: Pattern, kind: str) -> None:
    for c_jac in (1e-5, 0.02, 1.0):
        check(pattern, kind, c_jac=c_jac)


def test_answers_agree_with_superlu() -> None:
    pattern = grid_pattern(20)
    solver = check(pattern, "sparse", c_jac=0.05)
    b = np.linspace(-1.0, 2.0, pattern.n)
    np.testing.assert_allclose(
        solve(solver, b), splu(pattern.matrix(1.0, 0.05)).solve(b), rtol=1e-11, atol=1e-13
    )
    assert solver.statistics()["pivoted_factorisations"] == 0


def test_unsymmetric_permuted_pattern_leaves_structural_zeros_out() -> None:
    """A chain that feeds forward only: L is as sparse as the matrix and U is diagonal, in any numbering."""
    n = 400
    chain = sp.diags([np.full(n - 1, 2.0), np.full(n, -1.0)], [-1, 0]).tocsr()
    order = np.random.default_rng(0).permutation(n)
    solver = check(pattern_of(chain[order][:, order]), "sparse")
    assert solver.statistics()["largest_multiplier"] < 1.0


@pytest.mark.parametrize("kind", ["dense", "banded", "sparse"])
def test_a_zero_column_is_named(kind: str) -> None:
    n, empty = 40, 23
    matrix = random_pattern(n, 0.2, 11).jacobian.tolil()
    matrix[:, empty] = 0.0
    pattern = pattern_of(matrix)
    solver = pattern.solver(kind)
    assert factor(solver, 0.0, 1.0, pattern.values) == empty + 1
    assert factor(solver, 1.0, 1.0, pattern.values) == 0


@pytest.mark.parametrize("kind", ["dense", "banded", "sparse"])
def test_dependent_columns_are_singular(kind: str) -> None:
    """Which of them is named depends on the order of elimination."""
    pattern = pattern_of(np.ones((6, 6)))
    assert 1 <= factor(pattern.solver(kind), 0.0, 1.0, pattern.values) <= 6


@pytest.mark.parametrize("kind", ["dense", "banded", "sparse"])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_finite(kind: str, bad: float) -> None:
    pattern = grid_pattern(5)
    values = pattern.values.copy()
    values[17] = bad
    solver = pattern.solver(kind)
    assert factor(solver, 1.0, 1.0, values) != 0
    assert factor(solver, 1.0, 1.0, pattern.values) == 0


def test_zero_pivots_in_the_head_fall_back_and_are_right() -> None:
    """c_mass = 0 and a zero diagonal: no front can find a pivot at home, pairs have to swap."""
    n = 120
    swap = sp.kron(sp.identity(n // 2), sp.csc_matrix([[0.0, 1.0], [1.0, 0.0]]))
    far = np.random.default_rng(3).permutation(n)
    matrix = (swap + 0.01 * sp.random(n, n, 0.02, random_state=4)).tocsr()[far].tocsc()
    matrix.setdiag(0.0)
    solver = check(pattern_of(matrix), "sparse", c_mass=0.0, c_jac=1.0)
    assert solver.statistics()["pivoted_factorisations"] == 1
    pattern = pattern_of(matrix)
    assert factor(solver, 1.0, 1e-3, pattern.values) == 0
    b = np.ones(n)
    assert backward_error(pattern.matrix(1.0, 1e-3), solve(solver, b), b) <= BACKWARD_ERROR
    assert solver.statistics()["pivoted_factorisations"] == 1


@pytest.mark.parametrize("tiny", [1e-9, 1e-13, 1e-18])
def test_tiny_pivots_fall_back_and_are_right(tiny: float) -> None:
    n = 60
    rng = np.random.default_rng(8)
    matrix = sp.random(n, n, 0.05, random_state=rng).tolil()
    matrix.setdiag(np.where(np.arange(n) % 3 == 0, tiny, 1.0))
    solver = check(pattern_of(matrix), "sparse", c_mass=0.0, c_jac=-1.0, limit=1e-12)
    assert solver.statistics()["pivoted_factorisations"] + solver.statistics()["proofs"] >= 1  # type: ignore[operator]


def test_badly_scaled_rows_do_not_need_the_fallback() -> None:
    """Large multipliers that come from units alone pass the proof."""
    pattern = pattern_of(grid_pattern(10).jacobian - 40.0 * sp.identity(200))
    pattern.values *= (10.0 ** np.random.default_rng(2).uniform(-3.0, 3.0, pattern.n))[pattern.indices]
    solver = check(pattern, "sparse", c_mass=0.0, c_jac=1.0)
    statistics = solver.statistics()
    assert statistics["largest_multiplier"] > 100.0  # type: ignore[operator]
    assert (statistics["proofs"], statistics["pivoted_factorisations"]) == (1, 0)


def test_factorising_again_gives_the_same_bits() -> None:
    pattern = grid_pattern(12)
    solver, other = pattern.solver("sparse"), pattern.solver("sparse")
    b = np.random.default_rng(1).standard_normal(pattern.n)
    seen = []
    for c_jac in (0.5, 0.1, 0.5):
        assert factor(solver, 1.0, c_jac, pattern.values) == 0
        seen.append(solve(solver, b))
    assert np.array_equal(seen[0], seen[2])
    assert not np.array_equal(seen[0], seen[1])
    assert factor(other, 1.0, 0.5, pattern.values) == 0
    assert np.array_equal(solve(other, b), seen[0])


@pytest.mark.parametrize("kind", ["dense", "banded", "sparse"])
def test_clones_in_threads_give_the_bits_of_a_serial_run(kind: str) -> None:
    pattern = random_pattern(20, 0.3, 5) if kind == "dense" else grid_pattern(12)
    first = pattern.solver(kind)
    b = np.linspace(0.0, 1.0, pattern.n)

    def work(solver: LinearSolver, c_jac: float) -> list[np.ndarray]:
        answers = []
        for step in range(20):
            assert factor(solver, 1.0, c_jac * (1 + step), pattern.values) == 0
            answers.append(solve(solver, b))
        return answers

    steps = [0.01 * (i + 1) for i in range(8)]
    serial = [work(first, c) for c in steps]
    with ThreadPoolExecutor(8) as pool:
        threaded = list(pool.map(work, [first.clone() for _ in steps], steps))
    for one, two in zip(serial, threaded, strict=True):
        assert all(np.array_equal(x, y) for x, y in zip(one, two, strict=True))


def test_the_choice_by_size() -> None:
    assert random_pattern(DENSE_LIMIT, 0.1, 0).solver("auto").name == "dense"
    assert random_pattern(DENSE_LIMIT + 60, 0.1, 0).solver("auto").name == "sparse"


def test_statistics_describe_the_work() -> None:
    pattern = grid_pattern(16)
    statistics = check(pattern, "sparse").statistics()
    assert statistics["n"] == pattern.n
    assert statistics["nnz"] == len(pattern.indices)
    assert statistics["head"] + statistics["tail"] == pattern.n  # type: ignore[operator]
    assert len(pattern.indices) < statistics["nnz_factors"] < pattern.n**2 / 2  # type: ignore[operator]
    assert statistics["factorisations"] == 1


def test_malformed_patterns_are_refused() -> None:
    with pytest.raises(ShapeError, match="diagonal"):
        make_linear_solver(2, [0, 1, 2], [0, 0])
    with pytest.raises(ShapeError, match="sorted"):
        make_linear_solver(2, [0, 2, 3], [1, 0, 1])
    with pytest.raises(ShapeError, match="indptr"):
        make_linear_solver(2, [0, 2], [0, 1])
    with pytest.raises(ShapeError, match=r"0\.\.1"):
        make_linear_solver(2, [0, 2, 4], [0, 5, 0, 1])
    with pytest.raises(ShapeError, match="at least one"):
        make_linear_solver(0, [0], [])
    with pytest.raises(InputError, match="magic"):
        make_linear_solver(1, [0, 1], [0], "magic")
