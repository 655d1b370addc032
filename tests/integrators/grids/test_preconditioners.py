"""Multigrid, sweeps along lines and mean modes as preconditioners: what they read, how fast iterations converge."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from symnum.errors import UnsupportedError
from symnum.integrators.grids.grid_preconditioner import ADI, Multigrid, modal_preconditioner_of
from symnum.integrators.grids.layout import GridField
from symnum.integrators.grids.modal_solver import ModalSolver
from symnum.integrators.grids.spectral import find_grid_modes
from symnum.integrators.integrate import integrate
from symnum.integrators.linear.iterative import IterativeSolver
from tests.integrators.grids.grid_problems import Brusselator, diffusion
from tests.integrators.linear_problems import columns, factor, solve


def preconditioner(kind, problem, model):
    if kind == "transform":
        modes = find_grid_modes(lambda t, x: problem.call(diffusion, t, x), problem.fields, problem.size, (0.0,))
        return modal_preconditioner_of(model, modes, problem.fields)
    return {"multigrid": Multigrid, "adi": ADI}[kind](model, problem.fields, (1,) * len(problem.shape))


def iterate(kind, problem, c_jac, solver="gmres", relative=1e-10):
    """Iterations for a right-hand side without any structure, and the solution."""
    model = problem.problem(jacobian="free")
    made = IterativeSolver(solver, problem.size, None, None, preconditioner(kind, problem, model), relative=relative)
    made.attach(model, np.ones(problem.size), 0.0)
    y = problem.start()
    assert factor(made, 1.0, c_jac, np.concatenate([[problem.size, 0.0], y])) == 0
    b = np.random.default_rng(11).standard_normal(problem.size)
    code, x = solve(made, b)
    assert code == 0
    assert made.statistics()["preconditioner"] == kind
    return made.statistics()["iterations"], x, b, made


@pytest.mark.parametrize("sides", ["periodic", "neumann", "dirichlet"])
@pytest.mark.parametrize("kind", ["multigrid", "adi", "transform"])
def test_solution_is_that_of_a_direct_solver(kind, sides):
    problem = Brusselator((9, 8), sides, alpha=0.1)
    _, x, b, _ = iterate(kind, problem, 0.02, relative=1e-13)
    matrix = sp.eye(problem.size) - 0.02 * problem.jacobian(problem.start())
    exact = splu(matrix.tocsc()).solve(b)
    assert np.abs(x - exact).max() <= 1e-10 * np.abs(exact).max()


@pytest.mark.parametrize("sides", ["periodic", "neumann"])
def test_multigrid_converges_alike_on_all_grids(sides):
    counts = [iterate("multigrid", Brusselator((n, n), sides, alpha=1.0), 0.05)[0] for n in (32, 64, 128)]
    assert max(counts) <= 11
    assert max(counts) - min(counts) <= 1


@pytest.mark.slow
@pytest.mark.parametrize("sides", ["periodic", "neumann", "dirichlet"])
def test_multigrid_converges_alike_on_larger_grids(sides):
    counts = [iterate("multigrid", Brusselator((n, n), sides, alpha=1.0), 0.05)[0] for n in (32, 64, 128, 256)]
    assert max(counts) <= 16
    assert max(counts) - min(counts) <= 3


@pytest.mark.parametrize(
    ("shape", "sides", "settings", "most"),
    [
        ((65, 51), "neumann", {}, 13),  # odd numbers of cells
        ((64, 64), "periodic", {"stretch": 0.1}, 14),  # coupled a hundred times more strongly along one axis
        ((16, 12, 10), ("neumann", "periodic", "dirichlet"), {}, 20),
        ((200,), "periodic", {}, 17),
        ((48, 48), "neumann", {"ratio": 0.001}, 14),  # fields that diffuse very differently
        ((48, 48), "neumann", {"varies": 0.3}, 16),  # by random from face to face
    ],
)
def test_multigrid_on_other_grids(shape, sides, settings, most):
    count, _, _, made = iterate("multigrid", Brusselator(shape, sides, **settings), 0.05)
    assert count <= most
    levels = made._preconditioner.levels
    assert levels[0] == shape
    assert len(levels) > 1
    if settings.get("stretch"):
        assert levels[1] == (32, 64)  # only along the strong axis


def test_weak_coupling_needs_no_coarse_grids():
    count, _, _, made = iterate("multigrid", Brusselator((32, 32)), 1e-6)
    assert made._preconditioner.levels == [(32, 32)]
    assert count <= 3


def test_stabilised_biconjugate_gradients():
    assert iterate("multigrid", Brusselator((48, 48), "neumann"), 0.05, "bicgstab")[0] <= 16


def test_sweeps_along_lines():
    assert iterate("adi", Brusselator((200,), "neumann", alpha=1.0), 0.05)[0] <= 12
    assert iterate("adi", Brusselator((200,), "periodic", alpha=1.0), 0.05)[0] <= 12
    assert iterate("adi", Brusselator((32, 32), "neumann"), 0.001)[0] <= 18
    assert iterate("adi", Brusselator((10, 12, 14), "periodic"), 0.001)[0] <= 15


def test_modes_with_the_mean_of_cells():
    counts = [iterate("transform", Brusselator((n, n), "neumann", alpha=1.0), 0.05)[0] for n in (16, 64)]
    assert max(counts) <= 8


def test_couplings_are_those_of_the_model():
    """Entries of the Jacobian, and its products, tell the same; the couplings are the diffusion over squared widths."""
    problem = Brusselator((7, 6), ("periodic", "dirichlet"), alpha=0.3, ratio=0.5)
    y = problem.start()
    free = Multigrid(problem.problem(jacobian="free"), problem.fields, (1, 1))
    assert factor(free, 0.0, 1.0, np.concatenate([[problem.size, 0.0], y])) == 0
    n, indptr, indices, values = columns(problem.jacobian(y))
    entries = Multigrid(problem.problem(jacobian="analytic", indptr=indptr, indices=indices), problem.fields, (1, 1))
    assert factor(entries, 0.0, 1.0, values) == 0
    found = [p._kept["pool"][: 2 * 2 * n].reshape(2, 2, 2, 7, 6) for p in (free, entries)]
    assert np.allclose(found[0], found[1], rtol=1e-9, atol=1e-9)
    k0, k1 = problem.p[5], problem.p[6]
    for f, scale in enumerate((1.0, 0.5)):
        assert np.allclose(found[0][0, :, f], scale * k0)
        low = np.full((7, 6), scale * k1)
        low[:, 0] *= 2.0  # a side where the field is zero lies half a cell away
        assert np.allclose(found[0][1, 0, f], low)
        assert np.allclose(found[0][1, 1, f], low[:, ::-1])


def test_what_is_refused():
    problem = Brusselator((8, 8))
    other = [GridField("u", 0, (8, 8)), GridField("v", 64, (64,))]
    with pytest.raises(UnsupportedError, match="on one grid"):
        Multigrid(problem.problem(jacobian="free"), other, (1, 1))
    apart = [GridField("u", 0, (8, 8)), GridField("v", 65, (8, 8))]
    with pytest.raises(UnsupportedError, match="on one grid"):
        ADI(problem.problem(jacobian="free"), apart, (1, 1))


def test_modes_without_one_transform_for_all_go_alone():
    problem = Brusselator((8, 6))
    call = problem.call

    def one_diffuses(t, x):
        out = call(diffusion, t, x)
        out[48:] = 0.0
        return out

    modes = find_grid_modes(one_diffuses, problem.fields, problem.size, (0.0,))
    made = modal_preconditioner_of(problem.problem(jacobian="free"), modes, problem.fields)
    assert isinstance(made, ModalSolver)


@pytest.mark.parametrize("kind", ["multigrid", "transform"])
def test_a_stiff_run(kind):
    """Backward differentiation with iterations: the same as factorised, with few iterations for each solve."""
    problem = Brusselator((16, 14), "neumann", alpha=1.0)
    model = problem.problem(jacobian="free")
    made = preconditioner(kind, problem, model)
    free = problem.problem(
        jacobian="free", linear_solver=lambda: IterativeSolver("gmres", problem.size, None, None, made)
    )
    result = integrate("ndf", free, 0, 2, problem.start(), [2.0], 1e-6, 1e-8)
    exact = integrate("rkc2", problem.problem(), 0, 2, problem.start(), [2.0], 1e-8, 1e-10).y[:, -1]
    assert result.status.name == "SUCCESS"
    assert np.abs(result.y[:, -1] - exact).max() <= 3e-5 * np.abs(exact).max()
    assert result.statistics.linear_failures == 0
    assert result.statistics.linear_iterations <= 5 * result.statistics.solves
