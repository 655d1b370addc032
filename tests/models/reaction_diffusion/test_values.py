"""Right-hand sides of models against NumPy at random points: dimensions, boundaries, coefficients, integrals."""

import numpy as np
import pytest

import symnum as sn
from symnum.systems.stencils.evaluate import evaluate_initial, evaluate_rhs, evaluate_sum
from tests.models.reaction_diffusion.padded import laplacian, padded

CONDITIONS = {
    "periodic": ("periodic", "periodic"),
    "dirichlet": (sn.dirichlet(1.5), sn.dirichlet(-0.5)),
    "neumann": (sn.neumann(0.7), sn.neumann(-0.2)),
    "robin": (sn.robin(2.0, 1.0, 0.3), sn.robin(0.5, -3.0, 1.0)),
    "mixed": (sn.dirichlet(0.25), sn.robin(1.0, 2.0)),
}
NUMBERS = {
    "periodic": ("periodic", "periodic"),
    "dirichlet": ((1, 0, 1.5), (1, 0, -0.5)),
    "neumann": ((0, 1, 0.7), (0, 1, -0.2)),
    "robin": ((2.0, 1.0, 0.3), (0.5, -3.0, 1.0)),
    "mixed": ((1, 0, 0.25), (1.0, 2.0, 0)),
}
SHAPES = {1: (9,), 2: (6, 5), 3: (4, 5, 3)}


def grid_of(shape):
    return sn.Grid(**{name: (0, 1 + k, n) for k, (name, n) in enumerate(zip("xyz", shape, strict=False))})


def numbers_of(system):
    plain = np.array([np.nan if v is None else float(v) for v in system.parameter_values])
    return np.concatenate([plain, *(v.ravel() for v in system.array_values.values())])


def rates(model, state, t=0.0):
    system = model.system()
    out = evaluate_rhs(system, t, np.concatenate([a.ravel() for a in state]), numbers_of(system))
    return out.reshape(len(model.fields), *model.grid.shape)


@pytest.mark.parametrize("kind", CONDITIONS)
@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_laplacian_with_every_boundary(dimensions, kind, rng):
    grid = grid_of(SHAPES[dimensions])
    model = sn.reaction_diffusion(
        {"u": "D*laplacian(u) - u^2"},
        grid=grid,
        boundary=dict.fromkeys(grid.axis_names, CONDITIONS[kind]),
        parameters={"D": 0.3},
    )
    u = rng.normal(size=grid.shape)
    widths = [axis.spacing for axis in grid.axes]
    expected = 0.3 * laplacian(u, [NUMBERS[kind]] * dimensions, widths) - u**2
    assert np.allclose(rates(model, [u])[0], expected, rtol=1e-12, atol=1e-10)


def test_each_axis_and_field_its_own_boundary(rng):
    grid = grid_of((6, 5))
    model = sn.reaction_diffusion(
        ["D(u, t) = laplacian(u) + v", "D(v, t) = 2*laplacian(v) - u"],
        grid=grid,
        boundary={"u": {"x": sn.robin(1, 1), "bottom": 3, "top": sn.neumann(0.5)}, ("v", "left"): 1.0},
    )
    u, v = rng.normal(size=(2, 6, 5))
    widths = [axis.spacing for axis in grid.axes]
    closed = ((0, 1, 0.0), (0, 1, 0.0))
    du = laplacian(u, [((1, 1, 0.0), (1, 1, 0.0)), ((1, 0, 3.0), (0, 1, 0.5))], widths) + v
    dv = 2 * laplacian(v, [((1, 0, 1.0), (0, 1, 0.0)), closed], widths) - u
    assert np.allclose(rates(model, [u, v]), [du, dv], rtol=1e-12, atol=1e-10)


def test_conditions_in_space_time_and_parameters(rng):
    x, y, t, k = sn.symbols("x y t k")
    grid = grid_of((6, 5))
    model = sn.reaction_diffusion(
        {"u": "laplacian(u)"},
        grid=grid,
        boundary={
            "x-": sn.dirichlet(k * y * sn.sin(t) + x),
            "right": "robin(1, k, y + x)",
            "y-": sn.neumann(lambda x, t: x**2 * t),
            "top": np.arange(6.0),
        },
        parameters={"k": 0.7},
    )
    u, time = rng.normal(size=(6, 5)), 0.4
    along_x, along_y = grid.x, grid.y
    sides = [
        ((1, 0, 0.7 * along_y * np.sin(time) + 0.0), (1, 0.7, along_y + 1.0)),
        ((0, 1, along_x**2 * time), (1, 0, np.arange(6.0))),
    ]
    expected = laplacian(u, sides, [axis.spacing for axis in grid.axes])
    assert np.allclose(rates(model, [u], time)[0], expected, rtol=1e-12, atol=1e-10)


def test_conditions_that_depend_on_other_fields(rng):
    """Values of other fields on a side are those that follow from their own conditions there."""
    grid = grid_of((6, 5))
    model = sn.reaction_diffusion(
        {"u": "laplacian(u)", "v": "laplacian(v)", "w": "laplacian(w)"},
        grid=grid,
        boundary={"u": {"left": sn.neumann("k*v - y")}, "w": {"right": "u^2", "top": sn.robin(1, "1 + k", "v")}},
        parameters={"k": 0.7},
    )
    u, v, w = rng.normal(size=(3, 6, 5))
    widths = [axis.spacing for axis in grid.axes]
    closed = (0, 1, 0.0)
    du = laplacian(u, [((0, 1, 0.7 * v[0] - grid.y), closed), (closed, closed)], widths)
    dw = laplacian(w, [(closed, (1, 0, u[-1] ** 2)), (closed, (1, 1.7, v[:, -1]))], widths)
    found = rates(model, [u, v, w])
    assert np.allclose(found[0], du, rtol=1e-12, atol=1e-10)
    assert np.allclose(found[2], dw, rtol=1e-12, atol=1e-10)


def test_gradients_advection_and_integrals(rng):
    grid = grid_of((6, 5))
    model = sn.reaction_diffusion(
        {"u": "dot(vector(1, x), gradient(u)) + u*mean(u) - integral(u^2) + gradient_squared(u) + u_xy"},
        grid=grid,
        boundary="periodic",
    )
    u = rng.normal(size=(6, 5))
    hx, hy = (axis.spacing for axis in grid.axes)

    def slope(f, axis, width):
        return (np.roll(f, -1, axis) - np.roll(f, 1, axis)) / (2 * width)

    ux, uy = slope(u, 0, hx), slope(u, 1, hy)
    expected = ux + grid.x[:, None] * uy + u * u.mean() - (u**2).sum() * hx * hy + ux**2 + uy**2 + slope(ux, 1, hy)
    assert np.allclose(rates(model, [u])[0], expected, rtol=1e-12, atol=1e-10)


def test_flux_form_with_coefficients_that_vary(rng):
    """Divergence of D*gradient(u) with D between cells at x, y of the face, and of numbers between the cells' own."""
    grid = grid_of((6, 5))
    numbers = rng.uniform(1, 2, size=(6, 5))
    model = sn.reaction_diffusion(
        {"u": "0", "v": "0"}, grid=grid, diffusion={"u": "1 + x*y", "v": numbers}, boundary="periodic"
    )
    u, v = rng.normal(size=(2, 6, 5))
    hx, hy = (axis.spacing for axis in grid.axes)

    def divergence(f, at_x, at_y):
        fx, fy = at_x * (np.roll(f, -1, 0) - f) / hx, at_y * (np.roll(f, -1, 1) - f) / hy
        return (fx - np.roll(fx, 1, 0)) / hx + (fy - np.roll(fy, 1, 1)) / hy

    right, top = grid.x[:, None] + hx / 2, grid.y[None] + hy / 2
    # The last face is the first too, where a coefficient in coordinates has two values: compare inside.
    expected = divergence(u, 1 + right * grid.y, 1 + grid.x[:, None] * top)
    between = [(numbers + np.roll(numbers, -1, axis)) / 2 for axis in (0, 1)]
    found = rates(model, [u, v])
    assert np.allclose(found[0, 1:-1, 1:-1], expected[1:-1, 1:-1], rtol=1e-12, atol=1e-10)
    assert np.allclose(found[1], divergence(v, *between), rtol=1e-12, atol=1e-10)


@pytest.mark.parametrize("matrix", [[2.0, 3.0], [[2.0, 0.5], [0.5, 1.0]]])
def test_anisotropic_diffusion(matrix, rng):
    grid = grid_of((6, 5))
    full = np.diag(matrix) if np.ndim(matrix) == 1 else np.array(matrix)
    model = sn.reaction_diffusion({"u": "-u"}, grid=grid, diffusion={"u": matrix}, boundary="periodic")
    u = rng.normal(size=(6, 5))
    h = [axis.spacing for axis in grid.axes]

    def shifted(f, axis):
        return (f + np.roll(f, -1, axis)) / 2

    def slope(f, axis):
        return (np.roll(f, -1, axis) - np.roll(f, 1, axis)) / (2 * h[axis])

    expected = -u
    for i in (0, 1):
        flux = full[i, i] * (np.roll(u, -1, i) - u) / h[i] + full[i, 1 - i] * shifted(slope(u, 1 - i), i)
        expected = expected + (flux - np.roll(flux, 1, i)) / h[i]
    assert np.allclose(rates(model, [u])[0], expected, rtol=1e-12, atol=1e-10)


def test_network_in_space(rng):
    network = sn.reaction_network("k1, U + 2V --> 3V; k2, V --> 0", parameters={"k1": 2.0, "k2": 0.1})
    grid = grid_of((9,))
    model = sn.reaction_diffusion(network, diffusion={"U": 2e-3, "V": 1e-3}, grid=grid, initial={"U": 1, "V": "x"})
    u, v = rng.uniform(0, 1, size=(2, 9))
    closed = [((0, 1, 0.0), (0, 1, 0.0))]
    rate = 2.0 * u * v**2 / 2
    expected = [
        2e-3 * laplacian(u, closed, [1 / 9]) - rate,
        1e-3 * laplacian(v, closed, [1 / 9]) + rate - 0.1 * v,
    ]
    assert np.allclose(rates(model, [u, v]), expected, rtol=1e-12)
    state = evaluate_initial(model.system(), numbers_of(model.system()))
    assert np.allclose(state.reshape(2, 9), [np.ones(9), grid.x])


def test_the_chemical_potential_has_conditions_of_its_own(rng):
    """Cahn and Hilliard's equation by its two halves, the second with a value on the left."""
    grid = grid_of((9,))
    model = sn.reaction_diffusion(
        "D(c) = laplacian(mu); mu = c^3 - c - 0.01*laplacian(c)",
        grid=grid,
        boundary={"mu": {"left": 0.5}},
    )
    c, h = rng.normal(size=9), 1 / 9
    closed = [((0, 1, 0.0), (0, 1, 0.0))]
    mu = c**3 - c - 0.01 * laplacian(c, closed, [h])
    expected = laplacian(mu, [((1, 0, 0.5), (0, 1, 0.0))], [h])
    assert np.allclose(rates(model, [c])[0], expected, rtol=1e-12, atol=1e-9)


def test_composite_operators_beyond_the_sides(rng):
    """Swift and Hohenberg's equation: the inner Laplacian obeys the condition of its field without a target."""
    grid = grid_of((12,))
    for condition, inner in ((sn.dirichlet(), (1, 0, 0.0)), (sn.neumann(), (0, 1, 0.0)), ("periodic", "periodic")):
        model = sn.reaction_diffusion(
            {"u": "r*u - u^3 - (2*laplacian(u) + bilaplacian(u))"},
            grid=grid,
            boundary=condition,
            parameters={"r": 0.2},
        )
        u = rng.normal(size=12)
        once = laplacian(u, [(inner, inner)], [1 / 12])
        twice = laplacian(once, [(inner, inner)], [1 / 12])
        expected = 0.2 * u - u**3 - 2 * once - twice
        assert np.allclose(rates(model, [u])[0], expected, rtol=1e-11, atol=1e-8), condition


def test_observables_and_arrays_of_parameters(rng):
    grid = sn.Grid(x=(0, 1, 6), y=[0.0, 0.1, 0.3, 0.6])
    rate = rng.uniform(size=(6, 3))
    model = sn.reaction_diffusion(
        {"u": "-k*u + s"},
        grid=grid,
        parameters={"k": rate, "s": np.arange(6.0).reshape(6, 1), "a": 2.0},
        observables={"mass": "integral(u)", "more": "a*integral(k*u) + 3*mean(u) + 1"},
    )
    u = rng.normal(size=(6, 3))
    assert np.allclose(rates(model, [u])[0], -rate * u + np.arange(6.0)[:, None])
    system = model.system()
    p = numbers_of(system)
    found = {key: evaluate_sum(system, total, 0.0, u.ravel(), p) for key, total in system.observables.items()}
    cells = np.full((6, 1), 1 / 6) * np.array([0.1, 0.2, 0.3])
    assert found["mass"] == pytest.approx((u * cells).sum(), rel=1e-12)
    assert found["more"] == pytest.approx(2 * (rate * u * cells).sum() + 3 * (u * cells).sum() / 0.6 + 1, rel=1e-12)


def test_parameters_that_vary_are_terms(rng):
    grid = grid_of((9,))
    model = sn.reaction_diffusion(
        {"u": "F*laplacian(u) + w"}, grid=grid, parameters={"F": "a*(1 + x)*cos(t)", "a": 2.0, "w": "F + x"}
    )
    u, t = rng.normal(size=9), 0.3
    factor = 2 * (1 + grid.x) * np.cos(t)
    expected = factor * laplacian(u, [((0, 1, 0.0), (0, 1, 0.0))], [1 / 9]) + factor + grid.x
    assert np.allclose(rates(model, [u], t)[0], expected, rtol=1e-12, atol=1e-11)
    assert model.parameter_names == ("a",)


def test_parts_add_up(rng):
    model = sn.reaction_diffusion(
        {"u": "D*laplacian(u) - u*v + laplacian(u^2)", "v": "laplacian(v) + u"},
        grid=grid_of((6, 5)),
        boundary={"u": 1.0, "v": sn.neumann("t")},
        parameters={"D": 0.3},
    )
    system = model.system()
    y, p = rng.normal(size=system.size), numbers_of(system)
    whole = evaluate_rhs(system, 0.0, y, p)
    parts = [evaluate_rhs(system.part(k), 0.0, y, p) for k in (0, 1)]
    assert np.allclose(sum(parts), whole, rtol=1e-12, atol=1e-10)
    linear = evaluate_rhs(system.part(0), 0.0, 2 * y, p)
    assert np.allclose(linear, 2 * parts[0], rtol=1e-12)
    assert all(np.any(part != 0) for part in parts)


def test_radial_grids(rng):
    """The Laplacian of a spherical grid in flux form: areas of spheres over volumes of shells."""
    grid = sn.Grid(r=(0, 2, 8), geometry="spherical")
    model = sn.reaction_diffusion({"u": "laplacian(u)"}, grid=grid, boundary={"outer": sn.neumann(0.5)})
    u, h = rng.normal(size=8), 0.25
    slopes = np.diff(padded(u, 0, (0, 1, 0.0), (0, 1, 0.5), h)) / h
    edges = grid.axis("r").edges
    expected = np.diff(edges**2 * slopes) / (np.diff(edges**3) / 3)
    assert np.allclose(rates(model, [u])[0], expected, rtol=1e-12, atol=1e-12)
