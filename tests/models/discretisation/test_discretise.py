"""The loops themselves: how many there are, what they share, their parts, and what is refused."""

import time

import numpy as np
import pytest

from symnum.errors import BoundaryError, GridError, UnsupportedError
from symnum.models.discretisation.discretise import discretise
from symnum.models.reaction_diffusion.boundary import dirichlet, neumann, periodic, robin
from symnum.models.reaction_diffusion.grid import Grid
from symnum.models.reaction_diffusion.problem import FieldProblem
from symnum.systems.stencils.evaluate import evaluate_rhs
from symnum.terms.canonical import Symbol, add, call
from tests.models.discretisation.manufactured import (
    GEOMETRIES,
    OPERATORS,
    D,
    derivative,
    divergence,
    kinds_of_sides,
    laplacian,
    sides,
    stretched,
    t,
    u,
    w,
    wave,
    x,
    y,
    z,
)
from tests.models.discretisation.steady import jacobian, system_of

v, Du, Dv = Symbol("v"), Symbol("Du"), Symbol("Dv")
AXES = "xyz"

#: Operators without summands that are linear with constant coefficients.
NOTHING_LINEAR = {
    "anisotropic coefficients", "laplacian of a power", "mobility", "nested derivatives", "nonlinear coefficient",
    "variable coefficient",
}  # fmt: skip


def gray_scott(cells, order=2, condition=None):
    grid = Grid(**{a: (0, 1, n) for a, n in zip(AXES, cells, strict=False)})
    everywhere = {a: (condition or periodic(),) * 2 for a in grid.axis_names}
    equations = {u: Du * laplacian(u) - u * v**2 + 0.04 * (1 - u), v: Dv * laplacian(v) + u * v**2 - 0.1 * v}
    return FieldProblem(grid, equations, {"u": everywhere, "v": everywhere}, t, (Du, Dv), order=order)


def bodies(made):
    return {tuple(id(term) for _, term in region.stores) for region in made.regions}


@pytest.mark.parametrize(("cells", "order"), [((32,), 6), ((32, 32), 2), ((8, 8, 8), 2)])
def test_loops_do_not_depend_on_the_number_of_cells(cells, order):
    reach = order // 2
    for condition in (periodic(), neumann(0), dirichlet(x + t), robin(1, Du, 2)):
        made = discretise(gray_scott(cells, order, condition))
        larger = discretise(gray_scott([8 * n for n in cells], order, condition))
        assert len(made.regions) == len(larger.regions) == (2 * reach + 1) ** len(cells)
        assert len(bodies(made)) == len(bodies(larger)) == (1 if condition.kind == "periodic" else len(made.regions))


def test_time_for_symbols_does_not_depend_on_the_number_of_cells():
    for cells, order, bar in (((1024, 1024), 2, 0.3), ((1024, 1024), 6, 2.0), ((128, 128, 128), 2, 2.0)):
        start = time.process_time()
        discretise(gray_scott(cells, order, robin(1, 2, x)))
        assert time.process_time() - start < bar


def everything():
    """Every operator on the line, and what has more than one axis on the plane."""
    for name, operator in OPERATORS.items():
        for geometry in ("line", "plane", "disc"):
            if geometry in operator.on and (geometry == "line" or "line" not in operator.on or name == "laplacian"):
                yield name, geometry


@pytest.mark.parametrize("order", [2, pytest.param(4, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("name", "geometry"), list(everything()))
def test_parts_add_up(name, geometry, order):
    """The first part is linear in the states, and both make the whole, whatever the boundary values are."""
    operator, shape = OPERATORS[name], GEOMETRIES[geometry]
    kind = operator.kinds[0]
    grid = shape.make(16)
    boundary = sides(kinds_of_sides(kind, grid), shape.solution_for(kind) * (1 + t), grid)
    names = operator.names(grid)
    problem = FieldProblem(
        grid,
        {u: operator.make(grid, kind)},
        {"u": boundary, **{n.name: boundary for n in names}},
        t,
        definitions=names,
        order=order,
    )
    system = system_of(problem)
    states = np.random.default_rng(2).uniform(1, 2, system.size)
    whole = evaluate_rhs(system, 0.5, states, np.zeros(0))
    assert (system.parts is None) == (name in NOTHING_LINEAR)
    if system.parts is None:
        return
    first, rest = (evaluate_rhs(system.part(k), 0.5, states, np.zeros(0)) for k in (0, 1))
    assert np.allclose(first + rest, whole, rtol=0, atol=1e-12 * np.max(np.abs(first)))
    assert np.allclose(
        evaluate_rhs(system.part(0), 0.1, 3 * states, np.zeros(0)),
        3 * first,
        rtol=0,
        atol=1e-12 * np.max(np.abs(first)),
    )


def test_parts_of_a_phase_field():
    """Inside Laplacians, linear summands are found; with and without a name for what is between them."""
    grid = Grid(x=(0, 8, 16))
    closed = {"x": (neumann(0.3), neumann(0))}
    potential = u**3 - u - 0.5 * laplacian(u)
    for problem in (
        FieldProblem(grid, {u: laplacian(potential)}, {"u": closed}, t),
        FieldProblem(grid, {u: laplacian(w)}, {"u": closed, "w": closed}, t, definitions={w: potential}),
    ):
        system = system_of(problem)
        states = np.random.default_rng(3).uniform(-1, 1, 16)
        linear = jacobian(system.part(0), 0.0, states, np.zeros(0)).toarray()
        k = np.cos(np.pi * (np.arange(16) + 0.5) / 16)  # the slowest mode of closed sides
        symbol = -4 * np.sin(np.pi / 32) ** 2 / 0.25
        assert np.allclose(linear @ k, (-symbol - 0.5 * symbol**2) * k, atol=1e-11)
        both = sum(evaluate_rhs(system.part(n), 0.0, states, np.zeros(0)) for n in (0, 1))
        assert np.allclose(both, evaluate_rhs(system, 0.0, states, np.zeros(0)), atol=1e-11)


def test_no_linear_part():
    grid = Grid(x=(0, 1, 8))
    made = discretise(FieldProblem(grid, {u: laplacian(u**3) - u}, {"u": {"x": (neumann(), neumann())}}, t))
    assert made.parts is None
    changing = FieldProblem(grid, {u: laplacian(u)}, {"u": {"x": (robin(1 + t, 1), neumann())}}, t)
    assert discretise(changing).parts is None


@pytest.mark.parametrize(("order", "needed"), [(2, 3), (4, 5), (6, 7)])
def test_too_few_cells(order, needed):
    assert discretise(gray_scott((needed, 20), order)).regions
    with pytest.raises(
        GridError, match=f"axis x has {needed - 1} cells, fewer than the {needed} .*Give it {needed} cells"
    ):
        discretise(gray_scott((needed - 1, 20), order))


def test_too_few_cells_for_composite_operators():
    closed = {"x": (neumann(), neumann())}
    term = laplacian(laplacian(u))
    with pytest.raises(GridError, match="axis x has 8 cells"):
        discretise(FieldProblem(Grid(x=(0, 1, 8)), {u: term}, {"u": closed}, t, order=4))
    discretise(FieldProblem(Grid(x=(0, 1, 12)), {u: term}, {"u": closed}, t, order=4))


def test_conditions_that_do_not_follow():
    boundary = {"u": {"x": (dirichlet(), dirichlet())}, "v": {"x": (neumann(), neumann())}}
    equations = {u: laplacian(laplacian(u + v)), v: laplacian(v)}
    with pytest.raises(BoundaryError, match=r"laplacian\(u \+ v\).*x-.*dirichlet and neumann.*name"):
        discretise(FieldProblem(Grid(x=(0, 1, 12)), equations, boundary, t))


def test_boundary_values_that_depend_on_each_other():
    """Values on a side may be those of another field there, which may not depend on the first one."""
    grid = Grid(x=(0, 1, 6))
    equations = {u: laplacian(u), v: laplacian(v)}
    one_way = {"u": {"x": (dirichlet(2 * v), neumann())}, "v": {"x": (dirichlet(3), neumann())}}
    system = system_of(FieldProblem(grid, equations, one_way, t))
    assert evaluate_rhs(system, 0.0, np.zeros(12), np.zeros(0))[0] == pytest.approx(2 * 36 * 6)
    both_ways = {"u": {"x": (dirichlet(2 * v), neumann())}, "v": {"x": (dirichlet(u), neumann())}}
    with pytest.raises(BoundaryError, match="boundary value of . at the side x- depends on itself"):
        discretise(FieldProblem(grid, equations, both_ways, t))


def test_weno_needs_equal_cells():
    moved = call("advection", (call("vector", (1,)), u, Symbol("weno5"), Symbol("flux")))
    with pytest.raises(UnsupportedError, match='axis x differ.*"upwind"'):
        discretise(FieldProblem(Grid(x=stretched(0, 1, 20)), {u: moved}, {"u": {"x": (periodic(), periodic())}}, t))


def test_integrals_within_integrals():
    nested = call("integral", (u * call("integral", (u,)),))
    with pytest.raises(UnsupportedError, match="integral of a term that has integrals"):
        discretise(FieldProblem(Grid(x=(0, 1, 8)), {u: laplacian(u) - nested}, {"u": {"x": (neumann(), neumann())}}, t))


@pytest.mark.parametrize("order", [2, *(pytest.param(n, marks=pytest.mark.slow) for n in (4, 6))])
def test_coefficients_that_are_numbers(order):
    """A coefficient given cell by cell acts as the term does that it was computed from."""
    for grid, kind in ((Grid(x=(0.5, 4.5, 48)), "neumann"), (Grid(x=(0.5, 4.5, 24), y=(0.5, 4.5, 24)), "periodic")):
        c = Symbol("c")
        smooth = 1.5 + 0.1 * add([wave(a) for a in grid.coordinates])
        shape = grid.shape
        boundary = {"u": sides(kinds_of_sides(kind, grid), 1 + 0.1 * add([wave(a) for a in grid.coordinates]), grid)}

        def flux(coefficient, grid=grid):
            return divergence(*(coefficient * D(u, a) for a in grid.coordinates))

        from tests.models.discretisation.manufactured import in_cells

        numbers = in_cells(smooth, grid)
        values = in_cells(1 + 0.1 * add([wave(a) for a in grid.coordinates]), grid)
        by_term = evaluate_rhs(
            system_of(FieldProblem(grid, {u: flux(smooth)}, boundary, t, order=order)), 0.0, values, np.zeros(0)
        )
        given = FieldProblem(grid, {u: flux(c)}, boundary, t, arrays={"c": shape}, order=order)
        by_numbers = evaluate_rhs(system_of(given), 0.0, values, numbers)
        assert np.max(np.abs(by_term - by_numbers)) < {2: 5e-3, 4: 2e-4, 6: 2e-5}[order] * np.max(np.abs(by_term))


def test_a_coefficient_along_one_axis():
    grid = Grid(x=(0, 1, 5), y=(0, 1, 4))
    c = Symbol("c")
    closed = {a: (neumann(), neumann()) for a in "xy"}
    problem = FieldProblem(grid, {u: c * u}, {"u": closed}, t, arrays={"c": (1, 4)})
    found = evaluate_rhs(system_of(problem), 0.0, np.ones(20), np.arange(4.0))
    assert np.array_equal(found.reshape(5, 4), np.tile(np.arange(4.0), (5, 1)))


def test_steep_coefficients_stay_positive():
    """Where numbers fall a hundredfold from cell to cell, values on the side are not continued below zero."""
    grid = Grid(x=(0, 1, 6))
    problem = FieldProblem(
        grid, {u: divergence(Symbol("c") * D(u, x))}, {"u": {"x": (dirichlet(0), dirichlet(0))}}, t, arrays={"c": (6,)}
    )
    system = system_of(problem)
    matrix = jacobian(system, 0.0, np.zeros(6), np.array([1.0, 100, 1, 1, 100, 1])).toarray()
    assert np.allclose(matrix, matrix.T)
    assert np.max(np.linalg.eigvalsh(matrix)) < 0


def test_operators_of_what_does_not_vary():
    grid = Grid(x=(0, 1, 12), y=(0, 1, 12), z=(0, 1, 12))
    terms = laplacian(Du) + derivative(Du, x, 2) + D(y, x) + D(2 * z, z)
    problem = FieldProblem(grid, {u: terms}, {"u": {a: (neumann(), neumann()) for a in AXES}}, t, (Du,), order=6)
    assert np.allclose(evaluate_rhs(system_of(problem), 0.0, np.zeros(grid.size), np.array([3.0])), 2.0, atol=1e-10)
