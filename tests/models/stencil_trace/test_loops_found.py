"""Which loops are found: few boxes, the same at every size; the matrix program of three species on 32 by 32 points."""

import time

import numba
import numpy as np
import pytest

import symnum as sn
from symnum.errors import SymnumWarning, UnsupportedError
from symnum.models.stencil_trace.matrix_rows import row_runs
from symnum.models.stencil_trace.roll_equations import roll_equations
from symnum.systems.stencils.evaluate import evaluate_initial, evaluate_rhs
from tests.models.stencil_trace.programs import PROGRAMS, gray_scott

BOXES = {
    "gray scott": 9, "interleaved": 3, "flat fields": 9, "ghost cells": 9, "fluxes": 4, "masked": 5, "loops": 11,
    "loop over rows": 3, "cahn hilliard": 25, "uneven tridiagonal": 3, "from the right": 3, "spectral": 1,
    "sparse in two dimensions": 9, "convolve": 9, "signal": 9, "index arrays": 3, "cubes": 27, "tables": 1,
    "restricted": 1, "fortran order": 1, "along": 2, "scalars and tables": 2, "extremes": 1, "assigned by condition": 3,
}  # fmt: skip


@pytest.mark.parametrize("name", BOXES)
def test_number_of_boxes(name):
    function, shape = PROGRAMS[name]
    assert len(sn.trace(function, shape=shape).regions) == BOXES[name]


def three_species(n):
    def tridiagonal():
        return np.diag(np.full(n, -2.0)) + np.diag(np.ones(n - 1), 1) + np.diag(np.ones(n - 1), -1)

    mx, my, a1 = tridiagonal(), tridiagonal(), np.zeros((n, n))
    mx[1, 0] = mx[n - 2, n - 1] = my[0, 1] = my[n - 1, n - 2] = 2.0
    a1[:, n * 25 // 32 :] = 1.0

    def rates(A, B, C):
        exchange = A * B - C
        return 100.0 * (my @ A + A @ mx) + a1 - A - exchange, 1 - B - exchange, 1 - C + exchange

    return rates


@pytest.mark.parametrize("last", [True, False])
def test_three_species_by_matrix_products(last):
    rates, axis = three_species(32), -1 if last else 0

    def program(t, u):
        return np.stack(rates(*np.moveaxis(u, axis, 0)), axis=axis)

    shape = (32, 32, 3) if last else (3, 32, 32)
    model = sn.trace(program, shape=shape, fields="A B C")
    assert model.field_names == ("A", "B", "C")
    assert len(model.regions) == 12
    assert model.sparsity().nnz == 13_184
    y = np.random.default_rng(4).uniform(size=shape)
    expected = program(0.0, y).ravel()
    found = evaluate_rhs(model.system(), 0.0, y.ravel(), np.zeros(0))
    assert np.max(np.abs(found - expected)) <= 1e-13 * np.max(np.abs(expected))


def terms_of(model):
    return [term for region in model.regions for _, term in region.stores]


def test_work_does_not_depend_on_the_grid():
    small = sn.trace(gray_scott, shape=(2, 32, 32))
    start = time.process_time()
    large = sn.trace(gray_scott, shape=(2, 1024, 1024))
    assert time.process_time() - start < 1.0
    assert terms_of(small) == terms_of(large)
    assert len(set(terms_of(large))) == 2  # those at the border are those of the inside, reaching round


def test_rows_and_cells_of_python_loops():
    def rows(t, u):
        du = np.zeros_like(u)
        for i in range(1, len(u) - 1):
            du[i] = u[i - 1] - 2 * u[i] + u[i + 1]
        return du

    def cells(t, u):
        du = np.empty(u.shape)
        n, m = u.shape
        for i in range(n):
            for j in range(m):
                du[i, j] = u[(i + 1) % n, j] - u[i, j] ** 2 + 0.1 * i * u[i, (j + 1) % m]
        return du

    assert len(sn.trace(rows, shape=(70, 4)).regions) == 3
    model = sn.trace(cells, shape=(12, 10))
    assert len(model.regions) == 4
    y = np.random.default_rng(1).uniform(size=(12, 10))
    assert np.allclose(evaluate_rhs(model.system(), 0.0, y.ravel(), np.zeros(0)), cells(0, y).ravel(), rtol=1e-14)


def test_functions_compiled_by_numba():
    second = numba.njit(lambda u, i: u[i - 1] - 2 * u[i] + u[i + 1])

    def program(t, u):
        du = np.zeros_like(u)
        for i in range(1, len(u) - 1):
            du[i] = second(u, i)
        return du

    model = sn.trace(numba.njit(program), shape=20)
    assert len(model.regions) == 3
    u = np.random.default_rng(8).uniform(size=20)
    found = evaluate_rhs(model.system(), 0.0, u, np.zeros(0))
    assert np.allclose(found[1:-1], np.diff(u, 2), rtol=0, atol=1e-15)


def test_many_cells_are_said(monkeypatch):
    monkeypatch.setattr("symnum.models.stencil_trace.memory._MANY_CELLS", 20)
    with pytest.warns(SymnumWarning, match="30 elements were computed one by one"):
        sn.trace(lambda t, u: np.array([u[k] for k in range(30)]), shape=30)


def coupled_map(t, y):
    u = y.reshape(12, 15)
    return (np.roll(u, 1, 0) + np.roll(u, -1, 0) + np.roll(u, 1, 1) - 3 * u**2 + np.linspace(0, 1, 15)).ravel()


def test_equations_one_by_one():
    system = sn.ode_system(coupled_map, states=180, initial=np.arange(180.0)).system()
    found = roll_equations(system)
    assert len(found.regions) == 6
    assert found.arrays["y"].shape == (12, 15)
    y = np.random.default_rng(2).uniform(size=180)
    assert np.allclose(evaluate_rhs(found, 0.0, y, np.zeros(0)), coupled_map(0, y), rtol=1e-14)
    assert np.array_equal(evaluate_initial(found, np.zeros(0)), np.arange(180.0))
    unlike = sn.ode_system({f"x{k}": f"x{k * k % 23}^{k + 2}" for k in range(30)}).system()
    with pytest.raises(UnsupportedError, match="do not become loops"):
        roll_equations(unlike)


def test_a_matrix_without_structure():
    matrix = np.where(np.random.default_rng(0).uniform(size=(90, 90)) < 0.05, 1.0, 0.0)
    runs = row_runs(matrix)
    assert sum(int(np.prod(run.extents)) for run in runs) == 90
    scattered = np.random.default_rng(0)
    from scipy.sparse import random_array

    with pytest.raises(UnsupportedError, match="rows that are not alike"):
        row_runs(random_array((20_000, 20_000), density=2e-4, rng=scattered).tocsr())


def test_large_sparse_matrix():
    from scipy.sparse import eye_array, kron

    n = 200
    line = np.diag(np.full(n, -2.0)) + np.diag(np.ones(n - 1), 1) + np.diag(np.ones(n - 1), -1)
    whole = (kron(line, eye_array(n)) + kron(eye_array(n), line)).tocsr()
    model = sn.trace(lambda t, y: whole @ y, shape=n * n)
    assert len(model.regions) == 9
    assert model.system().arrays["y"].shape == (n, n)
    y = np.random.default_rng(3).uniform(size=n * n)
    assert np.allclose(evaluate_rhs(model.system(), 0.0, y, np.zeros(0)), whole @ y, rtol=0, atol=1e-13)


@pytest.mark.parametrize("name", ["gray scott", "fluxes", "interleaved", "masked", "three species", "every other"])
def test_parts_add_up(name):
    function, shape = PROGRAMS[name]
    system = sn.trace(function, shape=shape).system()
    if name == "masked":
        assert system.parts is None  # nothing there is linear: all of it is cut off at 3
        return
    p, y = np.array(system.parameter_values, float), np.random.default_rng(6).uniform(size=system.size)
    both = [np.nan_to_num(evaluate_rhs(system.part(k), 0.3, y, p)) for k in (0, 1)]
    assert np.allclose(both[0] + both[1], evaluate_rhs(system, 0.3, y, p), rtol=1e-12, atol=1e-12)
    twice = np.nan_to_num(evaluate_rhs(system.part(0), 0.3, 2 * y, p))
    assert np.allclose(twice, 2 * both[0], rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize(
    ("name", "axes"),
    [("gray scott", "xy"), ("burgers", "x"), ("wrap", "y"), ("symmetric", ""), ("masked", ""), ("cubes", "xyz")],
)
def test_periodic_axes(name, axes):
    function, shape = PROGRAMS[name]
    system = sn.trace(function, shape=shape).system()
    assert "".join(axis.name for axis in system.geometry.axes if axis.periodic) == axes
    assert "".join(system.fields[0].boundary) == axes


def test_whole_numbers_that_count_cells_are_a_table():
    def program(t, u):
        return np.array([i * u[i] - (i + 1) * u[i - 1] ** 2 for i in range(len(u))])

    system = sn.trace(program, shape=200).system()
    assert len(system.regions) <= 6
    y = np.random.default_rng(1).normal(size=200)
    assert np.allclose(evaluate_rhs(system, 0.0, y, np.zeros(0)), program(0.0, y), rtol=1e-12, atol=1e-12)
