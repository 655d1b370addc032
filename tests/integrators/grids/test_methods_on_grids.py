"""Methods that treat diffusion mode by mode: against a tight reference, and the orders they have."""

from dataclasses import replace

import numpy as np
import pytest

from symnum.integrators.grids import grid_transform
from symnum.integrators.grids.modal_solver import ModalSolver
from symnum.integrators.grids.spectral import find_grid_modes
from symnum.integrators.integrate import integrate
from tests.integrators.grids.grid_problems import Brusselator, diffusion, zero


def split(problem):
    modes = find_grid_modes(lambda t, x: problem.call(diffusion, t, x), problem.fields, problem.size, (0.0, 1.0))
    parts = problem.parts(jacobian="free")
    implicit = replace(parts[0], grid_modes=modes, linear_solver=lambda: ModalSolver(modes))
    return replace(problem.problem(), split=(implicit, parts[1]))


@pytest.fixture(scope="module", params=["periodic", "neumann"])
def case(request):
    """A Brusselator, its parts, and its state at t = 1.5 by a tight explicit run."""
    problem = Brusselator((12, 10), request.param, alpha=0.05, ratio=0.5)
    exact = integrate("vern7", problem.problem(), 0, 1.5, problem.start(), [1.5], 1e-12, 1e-13).y[:, -1]
    return problem, split(problem), exact


@pytest.mark.parametrize(
    ("method", "rtol", "within"),
    [("etdrk4", 1e-7, 3e-8), ("kencarp4", 1e-7, 3e-8), ("sbdf", 1e-7, 3e-6), ("rkc2", 1e-6, 3e-5)],
)
def test_against_a_tight_reference(case, method, rtol, within):
    problem, parts, exact = case
    result = integrate(method, parts, 0, 1.5, problem.start(), [1.5], rtol, 1e-2 * rtol)
    assert result.status.name == "SUCCESS"
    assert np.abs(result.y[:, -1] - exact).max() <= within * np.abs(exact).max()
    if method in ("kencarp4", "sbdf"):
        # Diffusion is linear and its matrix always the right one, so that no second iteration is needed.
        assert result.statistics.linear_solver == "transform"
        assert result.statistics.newton_iterations <= 1.1 * result.statistics.steps * (5 if method == "kencarp4" else 1)


@pytest.mark.parametrize(("method", "order"), [("etdrk4", 4), ("kencarp4", 4), ("rkc2", 2)])
def test_orders(case, method, order):
    problem, parts, exact = case
    errors = []
    for step in (0.05, 0.025) if order == 4 else (0.005, 0.0025):
        result = integrate(method, parts, 0, 1.5, problem.start(), [1.5], 1e-3, 1e-3, fixed_step=step)
        errors.append(np.abs(result.y[:, -1] - exact).max())
    assert np.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.3)


def test_transforms_by_scipy_give_the_same(case, monkeypatch):
    problem, parts, _ = case
    known = integrate("etdrk4", parts, 0, 1.0, problem.start(), [1.0], 1e-5, 1e-7).y[:, -1]
    monkeypatch.setattr(grid_transform, "MATRIX_WORK", 0)
    again = split(problem)
    for method in ("etdrk4", "kencarp4"):
        result = integrate(method, again, 0, 1.0, problem.start(), [1.0], 1e-5, 1e-7)
        assert result.status.name == "SUCCESS"
        assert np.abs(result.y[:, -1] - known).max() <= 1e-4 * np.abs(known).max()


def test_mass_is_conserved_by_exponential_differencing():
    """Without reaction sums stay as they are."""
    problem = Brusselator((12, 10), "neumann", alpha=3.0)
    parts = split(problem)
    alone = replace(
        parts, rhs_address=diffusion.address, split=(parts.split[0], replace(parts.split[1], rhs_address=zero.address))
    )
    start = problem.start() + np.random.default_rng(5).random(problem.size)
    result = integrate("etdrk4", alone, 0, 10.0, start, [10.0], 1e-6, 1e-8, fixed_step=0.01)
    assert result.statistics.accepted == 1000
    before, after = start.reshape(2, -1).sum(axis=1), result.y[:, -1].reshape(2, -1).sum(axis=1)
    assert np.abs(after / before - 1.0).max() < 1e-12
