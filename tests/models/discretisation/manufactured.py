"""Steady problems with known solutions: operators, geometries and boundary conditions, each a list to add to.

A case solves ``L(u) + source = 0``, where the source is what `exact` makes of the solution, and the boundary values are
the solution's. The observed order is that of the largest error in any cell, from one grid to the next.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
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
from tests.models.discretisation.boxes import box_solver
from tests.models.discretisation.steady import direct, jacobian, steady_state, system_of

register_operators()

u, w, t = Symbol("u"), Symbol("w"), Symbol("t")
x, y, z, r = (Symbol(name) for name in "xyzr")
KINDS = ("dirichlet", "neumann", "robin", "periodic")
#: Other conditions at each side, and a periodic first axis with such along the others: what meets in corners.
MIXED = ("mixed", "half periodic")
OF_SIDES = {"mixed": (("dirichlet", "neumann"), ("robin", "dirichlet"), ("neumann", "robin"))}
OF_SIDES["half periodic"] = (("periodic", "periodic"), *OF_SIDES["mixed"][:0:-1])
PERIODIC_HEIGHT = (OF_SIDES["mixed"][1], ("periodic", "periodic"))  # of cylinders


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


#: When problems are solved, whose sources and boundary values change in time.
TIME = 0.6

# Geometries -------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Geometry:
    """Grids of n cells along the first axis, a solution, and one that is periodic if there can be any.

    At order 6, and on planes and boxes at order 4, grids are finer and `narrow` is the solution, where there is one:
    the high derivatives of wider hills are greatest at the sides, where Neumann and Robin conditions then make errors
    of one order more, which hide those of the order itself on all but very fine grids. For operators of operators at
    order 6, `level` is the solution, and the periodic one, where there is one: with no constant part, which the
    rounding of weights of fourth derivatives multiplies.
    """

    make: Callable
    solution: object
    periodic: object = None
    cells: dict = field(default_factory=dict)
    narrow: object = None
    level: tuple = None

    def solution_for(self, kind, order=2, composite=False):
        if composite and order == 6 and self.level is not None:
            return self.solution_for(kind, order) - 1.2 if kind == "half periodic" else self.level[kind == "periodic"]
        if kind == "half periodic" and self.make(16).kind == "cylindrical":
            return periodic_height(self.make(16).has_middle("r"), 1 if order == 2 else 3)
        if kind == "half periodic":
            others = (y, z)[: self.make(16).dimensions - 1]
            return half_periodic(others, {2: 1}.get(order, 2) if len(others) > 1 else {2: 2}.get(order, 6))
        if kind == "periodic":
            return self.periodic
        wide = order == 2 or (order == 4 and self.make(16).dimensions == 1)
        return self.solution if wide or self.narrow is None else self.narrow


def stretched(low, high, n):
    """Edges of cells whose widths vary smoothly, by a factor of 1.7, and go on smoothly round a periodic axis."""
    s = np.linspace(0, 1, n + 1)
    return low + (high - low) * (s + 0.25 * (np.sin(2 * np.pi * s + 0.5) - np.sin(0.5)) / (2 * np.pi))


def wave(axis):
    return sin(np.pi / 2 * (axis - 0.5))  # once in 0.5 to 4.5


def hill(*axes, steepness=6):
    """Varies fast in the middle and hardly at the sides."""
    return 0.4 * exp(-steepness * add([(a - 2.5) ** 2 for a in axes]))


def half_periodic(others, steepness):
    """Periodic along the first axis; with a slope and a hill along the others."""
    return 1.2 + 0.3 * sin(0.6 * y) + exp(0.3 * wave(x)) * hill(*others, steepness=steepness)


def periodic_height(middle, steepness):
    """Periodic along the height of a cylinder; with a slope and a hill along its radius."""
    return RADIAL + 0.4 * exp(0.3 * wave(z) - steepness * (r**2 if middle else 2 * (r - 3) ** 2))


#: Numbers of cells along the first axis, by order.
LINE = {2: (64, 128), 4: (64, 128), 6: (112, 168)}
#: Where differences of fourth order leave fewer digits; by order, or by geometry and order.
COARSE = {6: (84, 120), ("ball", 6): (48, 72), ("disc", 6): (48, 72)}
COARSE |= {(f"stretched {name}", 6): (72, 100) for name in ("ball", "disc")}
COARSE |= {("plane", 6): (80, 96), ("cylinder", 6): (80, 96)}
COARSE |= {("stretched plane", 6): (104, 136), ("stretched cylinder", 6): (96, 120)}
COARSE |= {(f"stretched {name}", 6): (120, 168) for name in ("line", "ring", "shell")}
MOBILE = {**COARSE, 6: (100, 140), ("plane", 6): (88, 104), ("cylinder", 6): (88, 104)}
PLANE = {2: (32, 64), 4: (80, 112), 6: (112, 144)}
BOX = {2: (17, 25), 4: (41, 51)}

SPAN, ROUND, AROUND = (0.5, 4.5), (0, 3), (1, 5)

#: Solutions that go up or down through all sides, and have a hill inside: where errors come from far and near.
SLOPE = 1.2 + 0.3 * sin(0.6 * x)
RISE = 1.2 + 0.3 * sin(0.6 * x + 0.2 * y)
RADIAL = 1.2 + 0.3 * cos(0.4 * r)

GEOMETRIES = {
    "line": Geometry(lambda n: Grid(x=(*SPAN, n)), SLOPE + hill(x), exp(0.3 * wave(2 * x)), LINE),
    "stretched line": Geometry(
        lambda n: Grid(x=stretched(*SPAN, n)),
        SLOPE + hill(x),
        exp(0.3 * wave(2 * x)),
        LINE,
        SLOPE + hill(x, steepness=10),
    ),
    "plane": Geometry(
        lambda n: Grid(x=(*SPAN, n), y=(*SPAN, 5 * n // 4)),
        RISE + hill(x, y, steepness=2),
        exp(0.3 * wave(x) + 0.2 * wave(y)),
        PLANE,
        RISE + hill(x, y, steepness=6),
        (RISE - 1.2 + hill(x, y, steepness=5), exp(0.3 * wave(2 * x) + 0.2 * wave(2 * y)) - 1),
    ),
    "stretched plane": Geometry(
        lambda n: Grid(x=stretched(*SPAN, n), y=stretched(*SPAN, 5 * n // 4)),
        RISE + hill(x, y, steepness=2),
        exp(0.3 * wave(x) + 0.2 * wave(y)),
        PLANE | {6: (96, 128)},
        RISE + hill(x, y, steepness=10),
    ),
    "box": Geometry(
        lambda n: Grid(x=(*SPAN, n), y=(*SPAN, n), z=(*SPAN, n)),
        1.2 + 0.1 * sin(0.6 * x + 0.2 * y - 0.3 * z) + hill(x, y, z, steepness=1),
        exp(0.1 * add([wave(a) for a in (x, y, z)])),
        BOX,
        1.2 + 0.1 * sin(0.6 * x + 0.2 * y - 0.3 * z) + hill(x, y, z, steepness=2),
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
        RADIAL + 0.2 * sin(0.6 * z) + 0.4 * exp(-3 * r**2 - 6 * (z - 2.5) ** 2),
        (RADIAL - 1.2 + 0.2 * sin(0.6 * z) + 0.4 * exp(-2.5 * r**2 - 5 * (z - 2.5) ** 2), None),
    ),
    "ball": Geometry(lambda n: Grid(geometry="spherical", r=(*ROUND, n)), RADIAL + 0.4 * exp(-3 * r**2), None, LINE),
    "shell": Geometry(
        lambda n: Grid(geometry="spherical", r=(*AROUND, n)), RADIAL + 0.4 * exp(-6 * (r - 3) ** 2), None, LINE
    ),
}


def with_stretched_radius(shape, kind, bounds):
    """The same geometry with cells whose widths vary."""
    narrow = None if bounds == ROUND else RADIAL + 0.4 * exp(-10 * (r - 3) ** 2)
    return Geometry(lambda n: Grid(geometry=kind, r=stretched(*bounds, n)), shape.solution, None, shape.cells, narrow)


GEOMETRIES |= {
    f"stretched {name}": with_stretched_radius(GEOMETRIES[name], *made)
    for name, made in {
        "disc": ("polar", ROUND),
        "ring": ("polar", AROUND),
        "ball": ("spherical", ROUND),
        "shell": ("spherical", AROUND),
    }.items()
}
GEOMETRIES["stretched cylinder"] = Geometry(
    lambda n: Grid(geometry="cylindrical", r=stretched(*AROUND, n), z=stretched(*SPAN, n)),
    RADIAL + 0.2 * sin(0.6 * z) + 0.4 * exp(-2 * (r - 3) ** 2 - 2 * (z - 2.5) ** 2),
    None,
    PLANE,
    RADIAL + 0.2 * sin(0.6 * z) + 0.4 * exp(-6 * (r - 3) ** 2 - 6 * (z - 2.5) ** 2),
    (RADIAL - 1.2 + 0.2 * sin(0.6 * z) + 0.4 * exp(-9 * (r - 3) ** 2 - 9 * (z - 2.5) ** 2), None),
)

# Operators --------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Operator:
    """``make(grid, kind)`` gives a term in u, and names for terms in it that have boundary conditions of their own.

    `solutions` are those of some geometries for this operator.
    """

    make: Callable
    names: Callable = lambda grid: {}
    orders: tuple = (2, 4, 6)
    observed: dict = field(default_factory=dict)
    on: tuple = tuple(GEOMETRIES)
    kinds: tuple = KINDS
    cells: dict = field(default_factory=dict)
    solutions: dict = field(default_factory=dict)

    def expected(self, order):
        return self.observed.get(order, order)


def smooth(grid, kind):
    """A positive coefficient in space: at its least 0.5 on planes and 0.6 on boxes."""
    if "periodic" in kind:
        share = 0.3 if grid.dimensions == 3 else 0.5
        return 1.5 + share * add([wave(a) if a != r else 0.1 * r**2 for a in grid.coordinates])
    return add([1, *(0.05 * a**2 for a in grid.coordinates)])


def speeds(grid, kind):
    """A velocity that does not change its sign, smooth through the middle of radial grids."""
    if "periodic" in kind:
        return [1.5 + 0.5 * wave(a) for a in grid.coordinates]
    return [a if grid.has_middle(a.name) else 1 + 0.1 * a for a in grid.coordinates]


def variable(grid, kind):
    return divergence(*(smooth(grid, kind) * D(u, a) for a in grid.coordinates)) - u


def nonlinear(grid, kind):
    return divergence(*((1 + u**2) * D(u, a) for a in grid.coordinates)) - u


def anisotropic(grid, kind):
    a, b, *others = grid.coordinates
    cross = 0.3 * wave(a) if "periodic" in kind and a != r else 0.1 * a
    full = smooth(grid, kind)
    along = [full * D(u, a) + cross * D(u, b), cross * D(u, a) + 1.5 * full * D(u, b)]
    return divergence(*along, *(D(u, c) + 0.2 * D(u, b) for c in others)) - u


def advection(scheme, form):
    def make(grid, kind):
        moved = call("advection", (call("vector", speeds(grid, kind)), u, Symbol(scheme), Symbol(form)))
        return (1 if scheme == "upwind" else 0.1) * laplacian(u) - moved - u

    return make


def odd_sign(axis):
    return axis if axis == r else 1


LINES, PLANES = ("line", "stretched line"), ("plane", "stretched plane")
FIFTHS = ("line", "plane", "ring", "shell", "disc", "ball", "cylinder")
FIFTH = {6: 5}
FINE = {6: (216, 324)}
FIRST = {2: 1}
SINGLE = {2: (216, 324)} | {(name, 2): (96, 144) for name in (*PLANES, "cylinder", "stretched cylinder")}
SINGLE |= {(f"{form}{name}", 2): (432, 648) for form in ("", "stretched ") for name in ("disc", "ball")}
SINGLE[("box", 2)] = (41, 61)
FINE |= {("plane", 6): (96, 144), ("cylinder", 6): (192, 256)}
#: The weights of WENO schemes are of their order only where a field has no slope that vanishes (Henrick, Aslam and
#: Powers, Journal of Computational Physics 207 (2005), 542-567): across the height it goes up all the way.
RISING = {"cylinder": RADIAL + 0.2 * sin(0.3 * z) + 0.4 * exp(-3 * r**2)}
WENO = {"orders": (6,), "observed": FIFTH, "on": FIFTHS, "cells": FINE, "solutions": RISING}

OPERATORS = {
    "laplacian": Operator(lambda g, k: laplacian(u) - u, kinds=(*KINDS, *MIXED)),
    "derivative": Operator(lambda g, k: laplacian(u) - add([2 * odd_sign(a) * D(u, a) for a in g.coordinates]) - u),
    "second derivative": Operator(lambda g, k: add([derivative(u, a, 2) for a in g.coordinates]) - u),
    "squared gradient": Operator(lambda g, k: laplacian(u) + add([0.2 * D(u, a) ** 2 for a in g.coordinates]) - u),
    "laplacian of a power": Operator(lambda g, k: laplacian(u**3) - u),
    "variable coefficient": Operator(variable),
    "nonlinear coefficient": Operator(nonlinear, kinds=(*KINDS, *MIXED)),
    "nested derivatives": Operator(
        lambda g, k: add([D(smooth(g, k) * D(u, a), a) for a in g.coordinates]) - u
    ),
    "anisotropic coefficients": Operator(anisotropic, on=(*PLANES, "cylinder", "box"), kinds=(*KINDS, *MIXED)),
    "mixed derivative": Operator(
        lambda g, k: laplacian(u) + 0.7 * D(u, *g.coordinates) - u, on=PLANES, kinds=(*KINDS, *MIXED)
    ),
    "central advection": Operator(advection("central", "flux")),
    "central transport": Operator(advection("central", "gradient")),
    "upwind advection": Operator(advection("upwind", "flux"), orders=(2,), observed=FIRST, cells=SINGLE),
    "upwind transport": Operator(advection("upwind", "gradient"), orders=(2,), observed=FIRST, cells=SINGLE),
    "weno5 advection": Operator(advection("weno5", "flux"), **WENO),
    "weno5 transport": Operator(advection("weno5", "gradient"), **WENO),
    "bilaplacian": Operator(
        lambda g, k: -laplacian(w) - u, lambda g: {w: laplacian(u)}, cells=COARSE, kinds=(*KINDS, *MIXED)
    ),
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
    "integral": Operator(lambda g, k: laplacian(u) - u - u * call("integral", (u**2,)) / g.volume),
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


def kinds_of_sides(kind, grid):
    """Per axis, the kinds of condition at its low and its high side."""
    if kind == "half periodic" and grid.kind == "cylindrical":
        return PERIODIC_HEIGHT
    return OF_SIDES.get(kind, ((kind, kind),) * 3)[: grid.dimensions]


def sides(each, solution, grid):
    """Conditions at all sides."""
    made = {}
    for axis, symbol, kinds in zip(grid.axes, grid.coordinates, each, strict=True):
        low, high = (condition(kinds[side], solution, symbol, side) for side in (0, 1))
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
    grid = geometry.make(cells)
    names, left, each = operator.names(grid), operator.make(grid, kind), kinds_of_sides(kind, grid)
    solution = geometry.solution_for(kind, order, composite=bool(names))
    known = {u: solution * (1 + t - TIME)}
    for name, term in names.items():
        known[name] = exact.apply(term, known, grid)
    source = -exact.apply(left, known, grid, domain_integral(grid, solution**2))
    problem = FieldProblem(
        grid,
        {u: left + source},
        {name.name: sides(each, value, grid) for name, value in known.items()},
        t,
        definitions=names,
        order=order,
    )
    values = in_cells(solution, grid)
    solve = on_boxes(grid, each, order, 1 + len(names)) if grid.dimensions == 3 else direct
    found = steady_state(system_of(problem, parts=False), values, [], TIME, with_matrix=solve)
    return float(np.max(np.abs(found - values)))


def on_boxes(grid, each, order, power):
    """How to solve linear systems on a box: by help of the second derivatives along its axes."""
    lines = []
    for axis, kinds in zip(grid.axes, each, strict=True):
        line = Grid(x=axis.edges if not axis.uniform else (axis.edges[0], axis.edges[-1], len(axis.centres)))
        problem = FieldProblem(line, {u: laplacian(u)}, {"u": sides((kinds,), 0 * x, line)}, t, order=order)
        lines.append(jacobian(system_of(problem, parts=False), 0.0, np.zeros(len(axis.centres)), []).toarray())
    return lambda matrix: box_solver(matrix, lines, power)


@cache
def observed_order(operator, geometry, kind, order):
    """The order between two grids, and the two errors."""
    case, shape = OPERATORS[operator], GEOMETRIES[geometry]
    if geometry in case.solutions:
        shape = replace(shape, solution=case.solutions[geometry], narrow=None)
    cells = case.cells.get((geometry, order)) or case.cells.get(order) or shape.cells[order]
    errors = [error(case, shape, kind, order, n) for n in cells]
    return float(np.log(errors[0] / errors[1]) / np.log(cells[1] / cells[0])), errors


def all_cases():
    """Every operator on every geometry, with every kind of condition, of every order; what takes long comes last.

    Left out, for these reasons:

    - Boxes at order 6, and WENO on them: hills that are narrow enough for the sides to make little of the error need a
      million cells. What order 6 does in three dimensions is tried on polynomials, which it differentiates without
      error; WENO goes along one axis at a time, which planes show.
    - Operators of operators on boxes at order 4: they reach over six cells, which makes 13 loops along each axis and
      2197 on a box. They are tried on boxes at order 2 and on planes at order 4 and 6.
    - Third and fourth derivatives along an axis other than on lines, as these know nothing of other axes; mixed
      derivatives on radii, where a derivative by r and z is that of a plane.
    - Other conditions at each side, and half periodic ones, for operators that take what is beyond the sides from the
      same ghosts as those they are tried for: in corners, Laplacians, coefficients, tensors, mixed derivatives and
      operators of operators differ.
    - WENO on axes of unequal cells, which is refused. Periodic radii, which there are none of.
    - Upwind transport at other orders than 2, and WENO at other orders than 6: each has one, the first and the fifth.
    """
    cases = [
        (operator, geometry, kind, order)
        for operator, case in OPERATORS.items()
        for geometry in case.on
        for kind in case.kinds
        if kind != "periodic" or GEOMETRIES[geometry].periodic is not None
        if kind != "half periodic" or GEOMETRIES[geometry].make(16).dimensions > 1
        for order in case.orders
        if order in GEOMETRIES[geometry].cells and not (geometry == "box" and is_composite(operator) and order > 2)
    ]
    return sorted(cases, key=lambda case: effort(*case))


def is_composite(operator):
    return bool(OPERATORS[operator].names(GEOMETRIES["line"].make(16)))


def effort(operator, geometry, kind, order):
    many = GEOMETRIES[geometry].make(16).dimensions > 1
    return many, many and is_composite(operator), order if many else 0
