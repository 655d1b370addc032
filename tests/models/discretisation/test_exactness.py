"""Polynomials of the degree that an order stands for are differentiated without error, in corners as well."""

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from symnum.models.reaction_diffusion.boundary import Condition, dirichlet, neumann, robin
from symnum.models.reaction_diffusion.grid import Grid
from symnum.models.reaction_diffusion.problem import FieldProblem
from symnum.systems.stencils.evaluate import evaluate_rhs, evaluate_sum
from symnum.terms.canonical import Symbol, add, call
from symnum.terms.differentiate import differentiate
from tests.models.discretisation import exact
from tests.models.discretisation.manufactured import (
    D,
    derivative,
    divergence,
    domain_integral,
    in_cells,
    laplacian,
    r,
    stretched,
    t,
    u,
    x,
    y,
    z,
)
from tests.models.discretisation.steady import system_of

OPERATORS = {
    "laplacian": laplacian(u),
    "second derivative": derivative(u, y, 2),
    "mixed derivative": D(u, x, y),
    "constant tensor": divergence(2 * D(u, x) + 0.5 * D(u, y), 0.5 * D(u, x) + 3 * D(u, y)),
    "transport": call("advection", (call("vector", (1, -2)), u, Symbol("central"), Symbol("gradient"))),
}  # fmt: skip

#: Degree per axis that ghost cells reproduce: of the polynomial, whose number of values and conditions it follows from.
DEGREES = {("dirichlet", 2): 1, ("neumann", 2): 2, ("robin", 2): 1}


def degree_of(kind, order):
    return DEGREES.get((kind, order), order - 1 if kind == "dirichlet" else order)


def condition(kind, polynomial, axis, side):
    outwards = differentiate(polynomial, axis) * (1 if side else -1)
    if kind == "dirichlet":
        return dirichlet(polynomial)
    return (
        neumann(outwards) if kind == "neumann" else robin(1 + 0.1 * t, 0.5, (1 + 0.1 * t) * polynomial + 0.5 * outwards)
    )


@settings(max_examples=6, phases=[Phase.generate])  # shrinking takes longer than reading an example
@given(
    operator=st.sampled_from(sorted(OPERATORS)),
    kinds=st.tuples(*[st.sampled_from(("dirichlet", "neumann", "robin"))] * 4),
    order=st.sampled_from((2, 4, 6)),
    seed=st.integers(0, 1000),
)
def test_polynomials_on_a_plane(operator, kinds, order, seed):
    grid = Grid(x=(-1, 1, 12), y=(0, 1.5, 13))
    nx, ny = (min(degree_of(k, order) for k in kinds[2 * a : 2 * a + 2]) for a in (0, 1))
    if operator == "constant tensor":  # in which derivatives along one axis are interpolated along the other
        nx, ny = min(nx, order - 1), min(ny, order - 1)
    numbers = np.random.default_rng(seed).integers(-5, 6, (nx + 1, ny + 1)).tolist()
    polynomial = add([numbers[i][j] * x**i * y**j for i in range(nx + 1) for j in range(ny + 1)])
    boundary = {
        axis.name: tuple(condition(kinds[2 * k + side], polynomial, Symbol(axis.name), side) for side in (0, 1))
        for k, axis in enumerate(grid.axes)
    }
    system = system_of(FieldProblem(grid, {u: OPERATORS[operator]}, {"u": boundary}, t, order=order))
    values = np.array(in_cells(polynomial, grid))
    wanted = in_cells(exact.apply(OPERATORS[operator], {u: polynomial}, grid), grid)
    found = evaluate_rhs(system, 0.7, values, np.zeros(0))
    assert np.allclose(found, wanted, rtol=0, atol=1e-10 * (1 + np.max(np.abs(values))))


BOXES = {
    "laplacian": laplacian(u),
    "mixed derivatives": D(u, x, y) + 2 * D(u, y, z) - D(u, x, z),
    "variable coefficient": divergence(D(u, x), (1 + x) * D(u, y), (2 + y) * D(u, z)),
}


@pytest.mark.slow
@pytest.mark.parametrize("order", [4, 6])
@pytest.mark.parametrize("equal", [True, False])
@pytest.mark.parametrize("operator", sorted(BOXES))
def test_polynomials_in_a_box(operator, equal, order):
    """Sides of three kinds, which meet in edges and corners; of unequal cells as well."""
    ends, n = {"x": (-1, 1), "y": (0, 1.5), "z": (0.5, 2)}, 2 * order + 1
    grid = Grid(**{a: (*ends[a], n) if equal else stretched(*ends[a], n) for a in ends})
    kinds = {"x": ("dirichlet", "neumann"), "y": ("robin", "dirichlet"), "z": ("neumann", "robin")}
    highest = order - 1
    numbers = np.random.default_rng(order).integers(-3, 4, (3, highest + 1)).tolist()
    factors = [add([c * a**k for k, c in enumerate(row)]) for a, row in zip((x, y, z), numbers, strict=True)]
    polynomial = factors[0] * factors[1] * factors[2] + x**highest + y**highest + z**highest
    boundary = {
        a: tuple(condition(kinds[a][side], polynomial, Symbol(a), side) for side in (0, 1)) for a in grid.axis_names
    }
    system = system_of(FieldProblem(grid, {u: BOXES[operator]}, {"u": boundary}, t, order=order), parts=False)
    values = np.array(in_cells(polynomial, grid))
    wanted = in_cells(exact.apply(BOXES[operator], {u: polynomial}, grid), grid)
    found = evaluate_rhs(system, 0.7, values, np.zeros(0))
    assert np.allclose(found, wanted, rtol=0, atol=1e-9 * (1 + np.max(np.abs(values))))


ROUND_THE_MIDDLE = {
    "nested derivatives": lambda c: D(c * D(u, r), r),
    "divergence": lambda c: divergence(c * D(u, r)),
    "square": lambda c: D(D(u, r) ** 2, r),
}


@pytest.mark.parametrize("as_array", [False, True])
@pytest.mark.parametrize("order", [4, 6])
@pytest.mark.parametrize("equal", [True, False])
@pytest.mark.parametrize("operator", sorted(ROUND_THE_MIDDLE))
def test_polynomials_round_the_middle(operator, equal, order, as_array):
    """At r = 0, where differences reach across the middle, with coefficients as terms and as numbers in cells."""
    edges = stretched(0, 1.5, 14)
    grid = Grid(geometry="polar", r=edges if not equal else (0, 1.5, 14))
    polynomial, factor, c = 1 + 2 * r ** (2 if operator == "square" else order - 2), 2 + r**2, Symbol("c")
    term = exact.apply(ROUND_THE_MIDDLE[operator](factor), {u: polynomial}, grid)
    left = ROUND_THE_MIDDLE[operator](c if as_array else factor)
    sides = {"r": (Condition("axis"), condition("robin", polynomial, r, 1))}
    problem = FieldProblem(grid, {u: left}, {"u": sides}, t, arrays={"c": grid.shape} if as_array else {}, order=order)
    numbers = in_cells(factor, grid) if as_array else np.zeros(0)
    found = evaluate_rhs(system_of(problem, parts=False), 0.7, np.array(in_cells(polynomial, grid)), numbers)
    assert np.allclose(found, in_cells(term, grid), rtol=0, atol=1e-9)


@pytest.mark.parametrize("order", [2, 4, 6])
@pytest.mark.parametrize(
    "grid", [Grid(x=stretched(0, 2, 9)), Grid(geometry="spherical", r=(1, 2, 9)), Grid(x=(0, 1, 9))]
)
def test_integrals_of_polynomials(grid, order):
    (axis,) = grid.coordinates
    polynomial = add([(1 + k) * axis**k for k in range(order)]) if order > 2 else 3 + 0 * axis
    sides = (neumann(0), neumann(0))
    problem = FieldProblem(grid, {u: laplacian(u)}, {"u": {axis.name: sides}}, t, observables={"total": u}, order=order)
    system = system_of(problem)
    found = evaluate_sum(system, system.observables["total"], 0.0, np.array(in_cells(polynomial, grid)), np.zeros(0))
    assert found == pytest.approx(domain_integral(grid, polynomial), rel=1e-12)


def test_times_and_parameters_in_boundary_values():
    """A solution x*(a + t) + t: the boundary values follow it exactly at any time."""
    a = Symbol("a")
    grid = Grid(x=(0.5, 2, 6))
    solution = x * (a + t) + t
    problem = FieldProblem(grid, {u: laplacian(u)}, {"u": {"x": (dirichlet(solution), neumann(a + t))}}, t, (a,))
    system = system_of(problem)
    for time, value in ((0.0, 2.0), (1.5, -0.3)):
        values = grid.x * (value + time) + time
        assert np.max(np.abs(evaluate_rhs(system, time, values, np.array([value])))) < 1e-12
