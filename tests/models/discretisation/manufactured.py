"""Steady problems with known solutions: operators, geometries and boundary conditions, each a list to add to.

A case solves ``L(u) + source = 0``, where the source is what `exact` makes of the solution, and the boundary values are
the solution's. The observed order is that of the largest error in any cell, from one grid to the next.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from symnum.models.reaction_diffusion.boundary import Condition, dirichlet, neumann, periodic, robin
from symnum.models.reaction_diffusion.grid import Grid
from symnum.models.reaction_diffusion.operators import register_operators
from symnum.models.reaction_diffusion.problem import FieldProblem
from symnum.terms.canonical import Symbol, add, call
from symnum.terms.differentiate import differentiate
from symnum.terms.evaluate import evaluate
from symnum.terms.functions import cos, exp, sin
from tests.models.discretisation import exact
from tests.models.discretisation.steady import steady_state, system_of

register_operators()

u, w, t = Symbol("u"), Symbol("w"), Symbol("t")
x, y, z, r = (Symbol(name) for name in "xyzr")
KINDS = ("dirichlet", "neumann", "robin", "periodic")


def D(f, *axes):
    for axis in axes:
        f = call("D", (f, axis, 1))
    return f


def derivative(f, axis, number):
    return call("D", (f, axis, number))


def laplacian(f):
    return call("laplacian", (f,))


def divergence(*components):
    return call("divergence", (call("vector", components),))


# Geometries -------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Geometry:
    """Grids of n cells along the first axis, a solution, and one that is periodic if there can be any."""

    make: Callable
    solution: object
    periodic: object = None
    cells: dict = field(default_factory=dict)

    def solution_for(self, kind):
        return self.periodic if kind == "periodic" else self.solution


def stretched(low, high, n):
    """Edges of cells whose widths vary smoothly, by a factor of 1.7, and go on smoothly round a periodic axis."""
    s = np.linspace(0, 1, n + 1)
    return low + (high - low) * (s + 0.25 * (np.sin(2 * np.pi * s + 0.5) - np.sin(0.5)) / (2 * np.pi))


def wave(axis):
    return sin(np.pi / 2 * (axis - 0.5))  # once in 0.5 to 4.5


def hill(*axes, steepness=6):
    """Varies fast in the middle and hardly at the sides."""
    return 0.4 * exp(-steepness * add([(a - 2.5) ** 2 for a in axes]))


#: Numbers of cells along the first axis, by order.
LINE = {2: (64, 128), 4: (64, 128), 6: (112, 168)}
#: Where differences of fourth order leave fewer digits; by order, or by geometry and order.
COARSE = {6: (84, 120), ("ball", 6): (48, 72), ("disc", 6): (48, 72)}
MOBILE = {**COARSE, 6: (100, 140)}
PLANE = {2: (32, 64), 4: (40, 64), 6: (48, 72)}
BOX = {2: (12, 20), 4: (12, 20)}

SPAN, ROUND, AROUND = (0.5, 4.5), (0, 3), (1, 5)

#: Solutions that go up or down through all sides, and have a hill inside: where errors come from far and near.
SLOPE = 1.2 + 0.3 * sin(0.6 * x)
RISE = 1.2 + 0.3 * sin(0.6 * x + 0.2 * y)
RADIAL = 1.2 + 0.3 * cos(0.4 * r)

GEOMETRIES = {
    "line": Geometry(lambda n: Grid(x=(*SPAN, n)), SLOPE + hill(x), exp(0.3 * wave(2 * x)), LINE),
    "stretched line": Geometry(lambda n: Grid(x=stretched(*SPAN, n)), SLOPE + hill(x), exp(0.3 * wave(2 * x)), LINE),
    "plane": Geometry(
        lambda n: Grid(x=(*SPAN, n), y=(*SPAN, 5 * n // 4)),
        RISE + hill(x, y, steepness=2),
        exp(0.3 * wave(x) + 0.2 * wave(y)),
        PLANE,
    ),
    "stretched plane": Geometry(
        lambda n: Grid(x=stretched(*SPAN, n), y=stretched(*SPAN, 5 * n // 4)),
        RISE + hill(x, y, steepness=2),
        exp(0.3 * wave(x) + 0.2 * wave(y)),
        {n: PLANE[n] for n in (2, 4)},  # order 6 shows on finer grids than these
    ),
    "box": Geometry(
        lambda n: Grid(x=(*SPAN, n), y=(*SPAN, n), z=(*SPAN, n)),
        RISE + 0.3 * cos(0.5 * y + 0.7 * z) + 0.2 * sin(x) * sin(y) * sin(z),
        exp(0.3 * wave(x) + 0.2 * wave(y) + 0.2 * wave(z)),
        BOX,
    ),
    "disc": Geometry(lambda n: Grid(geometry="polar", r=(*ROUND, n)), RADIAL + 0.4 * exp(-3 * r**2), None, LINE),
    "ring": Geometry(
        lambda n: Grid(geometry="polar", r=(*AROUND, n)), RADIAL + 0.4 * exp(-6 * (r - 3) ** 2), None, LINE
    ),
    "cylinder": Geometry(
        lambda n: Grid(geometry="cylindrical", r=(*ROUND, n), z=(*SPAN, n)),
        RADIAL + 0.2 * sin(0.6 * z) + 0.4 * exp(-(r**2) - 2 * (z - 2.5) ** 2),
        None,
        PLANE,
    ),
    "ball": Geometry(lambda n: Grid(geometry="spherical", r=(*ROUND, n)), RADIAL + 0.4 * exp(-3 * r**2), None, LINE),
    "shell": Geometry(
        lambda n: Grid(geometry="spherical", r=(*AROUND, n)), RADIAL + 0.4 * exp(-6 * (r - 3) ** 2), None, LINE
    ),
}

# Operators --------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Operator:
    """``make(grid, kind)`` gives a term in u, and names for terms in it that have boundary conditions of their own."""

    make: Callable
    names: Callable = lambda grid: {}
    orders: tuple = (2, 4, 6)
    observed: dict = field(default_factory=dict)
    on: tuple = tuple(GEOMETRIES)
    kinds: tuple = KINDS
    cells: dict = field(default_factory=dict)

    def expected(self, order):
        return self.observed.get(order, order)


def smooth(grid, kind):
    """A positive coefficient in space."""
    if kind == "periodic":
        return 1.5 + 0.5 * add([wave(a) for a in grid.coordinates])
    return add([1, *(0.05 * a**2 for a in grid.coordinates)])


def speeds(grid, kind):
    """A velocity that does not change its sign, smooth through the middle of radial grids."""
    if kind == "periodic":
        return [1.5 + 0.5 * wave(a) for a in grid.coordinates]
    return [a if a == r else 1 + 0.1 * a for a in grid.coordinates]


def variable(grid, kind):
    return divergence(*(smooth(grid, kind) * D(u, a) for a in grid.coordinates)) - u


def nonlinear(grid, kind):
    return divergence(*((1 + u**2) * D(u, a) for a in grid.coordinates)) - u


def anisotropic(grid, kind):
    a, b = grid.coordinates
    cross = 0.3 * wave(a) if kind == "periodic" else 0.1 * a
    full = smooth(grid, kind)
    return divergence(full * D(u, a) + cross * D(u, b), cross * D(u, a) + 1.5 * full * D(u, b)) - u


def advection(scheme, form):
    def make(grid, kind):
        moved = call("advection", (call("vector", speeds(grid, kind)), u, Symbol(scheme), Symbol(form)))
        return 0.1 * laplacian(u) - moved - u

    return make


def odd_sign(axis):
    return axis if axis == r else 1


LINES, PLANES = ("line", "stretched line"), ("plane", "stretched plane")
FLAT = (*LINES, *PLANES, "box")
EQUAL = ("line", "plane", "ring", "shell", "disc", "ball")
FIFTH = {6: 5}
FINE = {6: (216, 324)}
FIRST = {2: 1}

OPERATORS = {
    "laplacian": Operator(lambda g, k: laplacian(u) - u),
    "derivative": Operator(lambda g, k: laplacian(u) - add([2 * odd_sign(a) * D(u, a) for a in g.coordinates]) - u),
    "second derivative": Operator(lambda g, k: add([derivative(u, a, 2) for a in g.coordinates]) - u),
    "squared gradient": Operator(lambda g, k: laplacian(u) + add([0.2 * D(u, a) ** 2 for a in g.coordinates]) - u),
    "laplacian of a power": Operator(lambda g, k: laplacian(u**3) - u),
    "variable coefficient": Operator(variable),
    "nonlinear coefficient": Operator(nonlinear),
    "nested derivatives": Operator(
        lambda g, k: add([D(smooth(g, k) * D(u, a), a) for a in g.coordinates]) - u, on=FLAT
    ),
    "anisotropic coefficients": Operator(anisotropic, on=(*PLANES, "cylinder")),
    "mixed derivative": Operator(lambda g, k: laplacian(u) + 0.7 * D(u, x, y) - u, on=PLANES),
    "central advection": Operator(advection("central", "flux")),
    "central transport": Operator(advection("central", "gradient")),
    "upwind advection": Operator(advection("upwind", "flux"), orders=(2,), observed=FIRST, cells={2: (600, 900)}),
    "upwind transport": Operator(advection("upwind", "gradient"), orders=(2,), observed=FIRST, cells={2: (600, 900)}),
    "weno5 advection": Operator(advection("weno5", "flux"), orders=(6,), observed=FIFTH, on=EQUAL, cells=FINE),
    "weno5 transport": Operator(advection("weno5", "gradient"), orders=(6,), observed=FIFTH, on=EQUAL, cells=FINE),
    "bilaplacian": Operator(lambda g, k: -laplacian(w) - u, lambda g: {w: laplacian(u)}, cells=COARSE),
    "chemical potential": Operator(
        lambda g, k: laplacian(w) - u, lambda g: {w: u**3 - u - 0.3 * laplacian(u)}, cells=COARSE
    ),
    "mobility": Operator(
        lambda g, k: divergence(*((1 + u**2) * D(w, a) for a in g.coordinates)) - u,
        lambda g: {w: u**3 - u - 0.3 * laplacian(u)},
        cells=MOBILE,
    ),
    "third derivative": Operator(
        lambda g, k: derivative(u, x, 2) - D(w, x) - u, lambda g: {w: derivative(u, x, 2)}, on=LINES
    ),
    "fourth derivative": Operator(
        lambda g, k: derivative(u, x, 2) - derivative(w, x, 2) - u * D(u, x) - u,
        lambda g: {w: derivative(u, x, 2)},
        on=LINES,
        cells=COARSE,
    ),
    "third derivative, periodic": Operator(
        lambda g, k: derivative(u, x, 2) - derivative(u, x, 3) - u, on=LINES, kinds=("periodic",)
    ),
    "fourth derivative, periodic": Operator(
        lambda g, k: -derivative(u, x, 4) - u, on=LINES, kinds=("periodic",), cells=COARSE
    ),
    "integral": Operator(lambda g, k: laplacian(u) - u + 0.3 * u * call("integral", (u**2,))),
}  # fmt: skip

# Solving ----------------------------------------------------------------------------------------


def condition(kind, solution, axis, side):
    outwards = differentiate(solution, axis) * (1 if side else -1)
    if kind == "dirichlet":
        return dirichlet(solution)
    if kind == "neumann":
        return neumann(outwards)
    if kind == "robin":
        return robin(2, 1.5, 2 * solution + 1.5 * outwards)
    return periodic()


def sides(kind, solution, grid):
    """Conditions at all sides; on planes, the second axis is left alone by `kind` of two words."""
    made = {}
    for axis, symbol in zip(grid.axes, grid.coordinates, strict=True):
        low, high = (condition(kind, solution, symbol, side) for side in (0, 1))
        made[axis.name] = (Condition("axis") if grid.has_middle(axis.name) else low, high)
    return made


def domain_integral(grid, term):
    """The integral of a term in coordinates over a grid's domain, by Gauss and Legendre's rule, 40 points an axis."""
    nodes, weights = np.polynomial.legendre.leggauss(40)
    total, points = np.ones((1,) * grid.dimensions), {}
    for k, (axis, symbol) in enumerate(zip(grid.axes, grid.coordinates, strict=True)):
        low, high = axis.edges[0], axis.edges[-1]
        along = [-1 if j == k else 1 for j in range(grid.dimensions)]
        at = (low + high) / 2 + nodes * (high - low) / 2
        measure = weights * (high - low) / 2
        if grid.is_radial(axis.name):
            measure = measure * (4 * np.pi * at**2 if grid.kind == "spherical" else 2 * np.pi * at)
        points[symbol] = at.reshape(along)
        total = total * measure.reshape(along)
    return float(np.sum(evaluate(term, points) * total))


def in_cells(term, grid):
    values = evaluate(term, dict(zip(grid.coordinates, grid.mesh(), strict=True)))
    return np.broadcast_to(np.asarray(values, float), grid.shape).ravel()


def error(operator, geometry, kind, order, cells):
    """The largest error in any cell of the solution on a grid."""
    grid, solution = geometry.make(cells), geometry.solution_for(kind)
    names, left = operator.names(grid), operator.make(grid, kind)
    known = {u: solution}
    for name, term in names.items():
        known[name] = exact.apply(term, known, grid)
    source = -exact.apply(left, known, grid, domain_integral(grid, solution**2))
    problem = FieldProblem(
        grid,
        {u: left + source},
        {name.name: sides(kind, value, grid) for name, value in known.items()},
        t,
        definitions=names,
        order=order,
    )
    values = in_cells(solution, grid)
    return float(np.max(np.abs(steady_state(system_of(problem), values, []) - values)))


@cache
def observed_order(operator, geometry, kind, order):
    """The order between two grids, and the two errors."""
    case, shape = OPERATORS[operator], GEOMETRIES[geometry]
    cells = case.cells.get((geometry, order)) or case.cells.get(order) or shape.cells[order]
    errors = [error(case, shape, kind, order, n) for n in cells]
    return float(np.log(errors[0] / errors[1]) / np.log(cells[1] / cells[0])), errors


def all_cases():
    """Every operator on every geometry, with every kind of condition, of every order."""
    for operator, case in OPERATORS.items():
        for geometry in case.on:
            shape = GEOMETRIES[geometry]
            for kind in case.kinds:
                if kind != "periodic" or shape.periodic is not None:
                    orders = [
                        n for n in case.orders if n in shape.cells and not _lost_in_rounding(case, geometry, kind, n)
                    ]
                    yield from ((operator, geometry, kind, order) for order in orders)


def _lost_in_rounding(case, geometry, kind, order):
    """Whether rounding of fourth differences hides the error on grids fine enough to see the order."""
    composite = case.cells in (COARSE, MOBILE)
    return composite and order == 6 and geometry == "stretched line" and kind in ("neumann", "robin")
