"""Fluxes leave one cell and enter the next: totals are kept to rounding over a thousand steps."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from symnum.models.reaction_diffusion.boundary import Condition, neumann, periodic
from symnum.models.reaction_diffusion.grid import Grid
from symnum.models.reaction_diffusion.problem import FieldProblem
from symnum.systems.stencils.evaluate import evaluate_rhs
from symnum.terms.canonical import Symbol, add, call
from tests.models.discretisation.manufactured import D, divergence, laplacian, stretched, t, u, w, wave
from tests.models.discretisation.steady import jacobian, system_of

STEPS = 1000
SLOW_PERIODIC = (("plane", 4), ("stretched plane", 2))

GRIDS = {
    "line": lambda: Grid(x=(0.5, 4.5, 16)),
    "stretched line": lambda: Grid(x=stretched(0.5, 4.5, 16)),
    "plane": lambda: Grid(x=(0.5, 4.5, 12), y=(0.5, 4.5, 9)),
    "stretched plane": lambda: Grid(x=stretched(0.5, 4.5, 12), y=stretched(0.5, 4.5, 9)),
    "box": lambda: Grid(x=(0.5, 4.5, 8), y=(0.5, 4.5, 7), z=(0.5, 4.5, 9)),
    "disc": lambda: Grid(geometry="polar", r=(0, 3, 14)),
    "cylinder": lambda: Grid(geometry="cylindrical", r=(0, 3, 9), z=(0.5, 4.5, 10)),
    "ball": lambda: Grid(geometry="spherical", r=(0, 3, 14)),
    "shell": lambda: Grid(geometry="spherical", r=(1, 4, 14)),
    "stretched cylinder": lambda: Grid(geometry="cylindrical", r=stretched(0, 3, 9), z=stretched(0.5, 4.5, 10)),
    "stretched ball": lambda: Grid(geometry="spherical", r=stretched(0, 3, 14)),
    "stretched shell": lambda: Grid(geometry="spherical", r=stretched(1, 4, 14)),
}


def coefficient(grid):
    return 1.5 + 0.5 * add([wave(a) for a in grid.coordinates])


def velocity(grid):
    """No flow through any side."""
    return call("vector", [(a - axis.edges[0]) * (axis.edges[-1] - a) for a, axis in zip(grid.coordinates, grid.axes)])


def advection(scheme):
    return lambda grid: call("advection", (velocity(grid), u, Symbol(scheme), Symbol("flux"))) * -0.1


LINEAR = {
    "laplacian": lambda grid: laplacian(u),
    "variable coefficient": lambda grid: divergence(*(coefficient(grid) * D(u, a) for a in grid.coordinates)),
    "bilaplacian": lambda grid: -0.01 * laplacian(laplacian(u)),
    "upwind": advection("upwind"),
    "central": lambda grid: laplacian(u) + advection("central")(grid),
}
NONLINEAR = {
    "nonlinear coefficient": (lambda grid: divergence(*((1 + u**2) * D(u, a) for a in grid.coordinates)), {}),
    "Cahn-Hilliard": (lambda grid: laplacian(w), {w: u**3 - u - 0.1 * laplacian(u)}),
    # spreads as 1 - 0.4 u^2 says, which is positive for the values that fields start with
    "chemotaxis": (lambda grid: divergence(*(D(u, a) - 0.2 * u * D(u**2, a) for a in grid.coordinates)), {}),
}


def setting(name, term, closed, order=2, names=None):
    grid = GRIDS[name]()
    condition = neumann(0) if closed else periodic()
    sides = {a: (Condition("axis") if grid.has_middle(a) else condition, condition) for a in grid.axis_names}
    problem = FieldProblem(grid, {u: term(grid)}, {"u": sides}, t, definitions=names or {}, order=order)
    system = system_of(problem)
    start = 1 + 0.3 * np.random.default_rng(5).uniform(-1, 1, system.size)
    return system, start, np.broadcast_to(grid.volumes, grid.shape).ravel()


def drift(system, y, volumes, slope, steps=STEPS):
    """The relative change of the total over steps of Euler's method, half as long as stability surely allows."""
    step = 1 / float(abs(jacobian(system, 0.0, y, np.zeros(0))).sum(axis=1).max())
    total, first = float(volumes @ y), y
    for _ in range(steps):
        y = y + step * slope(y)
    assert np.max(np.abs(y - first)) > 0.01  # something has moved
    return abs(float(volumes @ y) - total) / total


def closed_cases():
    for name in GRIDS:
        for operator in LINEAR:
            fast = name in ("line", "disc", "ball") or (name.startswith("stretched"), operator) == (
                True,
                "variable coefficient",
            )
            yield pytest.param(name, operator, marks=() if fast else pytest.mark.slow)


@pytest.mark.parametrize(("name", "operator"), list(closed_cases()))
def test_linear_operators_with_closed_sides(name, operator):
    system, y, volumes = setting(name, LINEAR[operator], closed=True)
    matrix = csr_array(jacobian(system, 0.0, y, np.zeros(0)))
    assert np.allclose(matrix @ y, evaluate_rhs(system, 0.0, y, np.zeros(0)), atol=1e-10)
    assert drift(system, y, volumes, lambda y: matrix @ y) < 1e-12


@pytest.mark.parametrize("operator", [key for key in LINEAR if key not in ("upwind", "central")])
@pytest.mark.parametrize(
    ("name", "order"),
    [("line", 2), ("line", 4), ("line", 6), *(pytest.param(*p, marks=pytest.mark.slow) for p in SLOW_PERIODIC)],
)
def test_linear_operators_around_periodic_axes(name, operator, order):
    system, y, volumes = setting(name, LINEAR[operator], closed=False, order=order)
    matrix = csr_array(jacobian(system, 0.0, y, np.zeros(0)))
    assert drift(system, y, volumes, lambda y: matrix @ y) < 1e-12


def nonlinear_cases():
    for operator in NONLINEAR:
        for name in GRIDS:
            for closed in (True, False):
                fast = (name, closed) in (("line", True),) and operator == "Cahn-Hilliard"
                if closed or name in ("line", "stretched line", "plane"):
                    yield pytest.param(operator, name, closed, marks=() if fast else pytest.mark.slow)


@pytest.mark.parametrize(("operator", "name", "closed"), list(nonlinear_cases()))
def test_nonlinear_operators(operator, name, closed):
    term, names = NONLINEAR[operator]
    system, y, volumes = setting(name, term, closed, names=names)
    assert drift(system, y, volumes, lambda y: evaluate_rhs(system, 0.0, y, np.zeros(0))) < 1e-12


@pytest.mark.slow
def test_weno_around_a_periodic_axis():
    def term(grid):
        return -call("advection", (call("vector", (coefficient(grid),)), u, Symbol("weno5"), Symbol("flux")))

    system, y, volumes = setting("line", term, closed=False, order=6)
    assert drift(system, y, volumes, lambda y: evaluate_rhs(system, 0.0, y, np.zeros(0)), steps=100) < 1e-12


def test_a_flux_through_a_side_is_counted():
    """The total grows by what the boundary condition lets in."""
    for name, area in (("line", 1.0), ("shell", 4 * np.pi * 16.0), ("disc", 2 * np.pi * 3.0)):
        grid = GRIDS[name]()
        axis, symbol = grid.axis_names[0], grid.coordinates[0]
        low = Condition("axis") if grid.has_middle(axis) else neumann(0)
        flux = divergence((1 + 0.2 * symbol) * D(u, symbol))
        system = system_of(FieldProblem(grid, {u: flux}, {"u": {axis: (low, neumann(0.7))}}, t))
        y = np.random.default_rng(1).uniform(1, 2, system.size)
        gained = np.broadcast_to(grid.volumes, grid.shape).ravel() @ evaluate_rhs(system, 0.0, y, np.zeros(0))
        assert gained == pytest.approx(0.7 * area * (1 + 0.2 * float(grid.axes[0].edges[-1])), rel=1e-11)
