"""Fast transforms, the blocks of linear parts in their basis, and what is refused."""

import ctypes
import itertools
from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from symnum.errors import UnsupportedError
from symnum.integrators.grids import grid_transform
from symnum.integrators.grids.axes import KINDS, AxisTransform, axis_transform
from symnum.integrators.grids.layout import GridField
from symnum.integrators.grids.modal_solver import ModalSolver
from symnum.integrators.grids.recognise import with_recognised_sides
from symnum.integrators.grids.spectral import find_grid_modes
from symnum.integrators.grids.stencils import read_stencils
from tests.integrators.grids.grid_problems import Brusselator, diffusion
from tests.integrators.linear_problems import factor, solve

P, N, D = (("periodic", "periodic"), ("neumann", "neumann"), ("dirichlet", "dirichlet"))
MIRROR, ZERO = ("mirror", "mirror"), ("zero", "zero")


def shifted(u, axis, sides, by):
    """Neighbours along an axis, of a field that goes on beyond its sides."""
    u = np.moveaxis(u, axis, 0)
    low, high = beyond(u[::-1], sides[0])[::-1], beyond(u, sides[1])
    long = np.concatenate([low, u, high])
    return np.moveaxis(long[len(low) + by : len(low) + len(u) + by], 0, axis)


def beyond(u, side):
    """The values behind the last one."""
    mirrored = u[::-1]
    if side == "zero":
        return np.concatenate([0 * u[:1], -mirrored])
    return {"periodic": u, "neumann": mirrored, "dirichlet": -mirrored, "mirror": mirrored[1:]}[side]


def operator(shape, sides, *, cross=0.0, odd=0.0, mixed=0.0, order=2, affine=0.0):
    """Two fields: diffusion, its coupling, advection along the first axis, a mixed derivative, a constant."""
    weights = {2: {0: -2.0, 1: 1.0}, 4: {0: -2.5, 1: 4 / 3, 2: -1 / 12}}[order]
    b = affine * np.random.default_rng(3).random(2 * int(np.prod(shape)))

    def second(u):
        return sum(
            (axis + 1.0) * weights[abs(s)] * shifted(u, axis, sides[axis], s)
            for axis in range(len(shape))
            for s in range(-len(weights) + 1, len(weights))
        )

    def apply(t, x):
        u, v = x.reshape(2, *shape)
        du = second(u) + cross * second(v)
        if odd:
            du = du + odd * (shifted(u, 0, sides[0], 1) - shifted(u, 0, sides[0], -1))
        if mixed:
            du = du + mixed * sum(a * b * np.roll(u, (a, b), (0, 1)) for a, b in itertools.product((-1, 1), repeat=2))
        return np.concatenate([du.ravel(), (0.5 * second(v) - 0.3 * cross * second(u) - 0.1 * v).ravel()]) + b

    return apply


def fields(shape, sides):
    n = int(np.prod(shape))
    return [GridField("u", 0, shape, sides), GridField("v", n, shape, sides)]


def modes_of(shape, sides, **settings):
    return find_grid_modes(operator(shape, sides, **settings), fields(shape, sides), 2 * int(np.prod(shape)), (0, 1))


def matrix_of(apply, size):
    b = apply(0.0, np.zeros(size))
    return np.array([apply(0.0, e) - b for e in np.eye(size)]).T


@pytest.mark.parametrize("sides", list(KINDS))
@pytest.mark.parametrize("n", [5, 8, 17, 22, 24])
def test_axis_transforms_diagonalise_second_differences(sides, n):
    transform = axis_transform(sides, n)
    there, back = transform.matrices()
    second = np.array([shifted(e, 0, sides, 1) - 2.0 * e + shifted(e, 0, sides, -1) for e in np.eye(n)]).T
    assert np.allclose(there @ back, np.eye(n), atol=1e-14)
    assert np.allclose(there @ second @ back, np.diag(2.0 * np.cos(transform.angles) - 2.0), atol=1e-13)
    x = np.random.default_rng(0).random((3, n, 2))
    y = x.copy()
    transform.forward(y, 1)
    assert np.allclose(y, np.einsum("ij,ojk->oik", there, x), atol=1e-13)
    transform.back(y, 1)
    assert np.allclose(y, x, atol=1e-14)
    last = x[:, :, 0].copy()
    transform.forward(last, 1)
    assert np.allclose(last, x[:, :, 0] @ there.T, atol=1e-13)
    across = np.asfortranarray(x[0])  # not as it lies in a state
    transform.forward(across, 0)
    assert np.allclose(across, there @ x[0], atol=1e-13)


def test_lengths_with_large_prime_factors_are_known_to_be_slow():
    """Sines at 192 points have the length 193, a prime: a fast transform takes ten times as long."""
    kinds = {"sine of points": [(192, True), (127, False)], "cosine of points": [(192, True), (193, False)]}
    for kind, lengths in (kinds | {"fourier": [(191, True), (192, False)], "identity": [(191, False)]}).items():
        for n, expected in lengths:
            assert (AxisTransform(kind, n).slowness > 1.0) == expected, (kind, n)


CASES = [
    ((9, 8), (P, N), {}, [1]),
    ((7, 6), (N, D), {"cross": 0.4, "affine": 1.0}, [2]),
    ((8, 7), (P, D), {"odd": 0.3}, [1, 2]),
    ((8, 7), (P, P), {"mixed": 0.2, "cross": 0.1}, [2, 4, 8]),
    ((11,), ((("neumann", "dirichlet")),), {"order": 4}, [1]),
    ((4, 5, 6), (P, ("dirichlet", "neumann"), N), {}, [1]),
    ((9, 8), (MIRROR, ZERO), {"cross": 0.4}, [2]),
    ((10, 9), (("zero", "mirror"), ("mirror", "zero")), {"order": 4, "affine": 1.0}, [1]),
]


@pytest.mark.parametrize(("shape", "sides", "settings", "orders"), CASES)
@pytest.mark.parametrize("by", ["matrices", "SciPy"])
def test_blocks_are_the_operator(shape, sides, settings, orders, by, monkeypatch):
    monkeypatch.setattr(grid_transform, "MATRIX_WORK", 10**6 if by == "matrices" else 0)
    sides = tuple(sides) if isinstance(sides[0], tuple) else (sides,)
    modes = modes_of(shape, sides, **settings)
    sizes = np.unique(np.diff(modes.starts)).tolist() or [1]
    assert sizes == orders
    apply, n = operator(shape, sides, **settings), modes.transform.size
    x = np.random.default_rng(1).standard_normal(n)
    assert np.allclose(modes.apply(x), apply(0.0, x), atol=1e-12)
    assert modes.transform.statistics()["by"] == by
    function, context = modes.transform.machine
    call = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p)(function)
    there, back = np.empty(n), np.empty(n)
    assert call(context, 0, x.ctypes.data, there.ctypes.data) == 0
    expected = np.empty(n)
    modes.transform.forward(x, expected)
    assert np.allclose(there, expected, atol=1e-12)
    assert call(context, 1, there.ctypes.data, back.ctypes.data) == 0
    assert np.allclose(back, x, atol=1e-13)
    if n < 150:
        assert modes.radius >= np.abs(np.linalg.eigvals(matrix_of(apply, n))).max() * (1.0 - 1e-12)


@pytest.mark.parametrize(("shape", "sides", "settings", "orders"), CASES)
def test_solver_equals_sparse_direct(shape, sides, settings, orders):
    sides = tuple(sides) if isinstance(sides[0], tuple) else (sides,)
    modes = modes_of(shape, sides, **settings)
    n = modes.transform.size
    solver = ModalSolver(modes)
    matrix = matrix_of(operator(shape, sides, **settings), n)
    b = np.random.default_rng(2).standard_normal(n)
    for c_mass, c_jac in ((1.0, 0.01), (1.0, 30.0), (0.5, -0.002)):
        assert factor(solver, c_mass, c_jac, np.zeros(1)) == 0
        code, x = solve(solver, b)
        exact = splu(sp.csc_matrix(c_mass * np.eye(n) - c_jac * matrix)).solve(b)
        assert code == 0
        assert np.abs(x - exact).max() <= 1e-10 * np.abs(exact).max()
    counts = solver.statistics()
    assert (counts["factorisations"], counts["solves"]) == (3, 3)


def test_a_constant_mode_is_not_damped():
    """What is conserved stays so to the last bit: the eigenvalue of a constant is zero, not rounding."""
    problem = Brusselator((48, 40, 3), "neumann", alpha=0.37)
    modes = find_grid_modes(lambda t, x: problem.call(diffusion, t, x), problem.fields, problem.size, (0.0,))
    assert modes.linear[0] == 0.0
    assert modes.linear[problem.cells] == 0.0
    assert np.count_nonzero(modes.linear == 0.0) == 2


def test_one_field_without_neighbours_needs_no_transform():
    shape = (6, 5)
    first = operator(shape, (P, N))

    def apply(t, x):
        out = first(t, x)
        out[30:] = -3.0 * x[30:]
        return out

    unknown = [GridField("u", 0, shape, (P, N)), GridField("w", 30, shape)]
    modes = find_grid_modes(apply, unknown, 60, (0.0,))
    assert np.all(modes.linear[30:] == -3.0)


@pytest.mark.parametrize("order", [2, 4])
@pytest.mark.parametrize("sides", list(KINDS))
@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_sides_that_nobody_has_named_are_recognised(sides, order, dimensions):
    """From what the operator does beside them, along every axis, with coupled fields and a constant."""
    shape, all_sides = [((9,), (sides,)), ((8, 9), (N, sides)), ((9, 6, 7), (sides, ZERO, P))][dimensions - 1]
    apply = operator(shape, all_sides, order=order, cross=0.3, affine=1.0)
    size = 2 * int(np.prod(shape))
    unknown = [replace(field, sides=()) for field in fields(shape, all_sides)]
    known = [size, apply(0.0, np.zeros(size))]
    found = read_stencils(lambda x: apply(0.0, x), unknown, *known)
    named = with_recognised_sides(lambda x: apply(0.0, x), unknown, found, *known)
    assert [field.sides for field in named] == [all_sides] * 2
    x = np.random.default_rng(5).standard_normal(size)
    assert np.allclose(find_grid_modes(apply, unknown, size, (0.0, 1.0)).apply(x), apply(0.0, x), atol=1e-12)


def test_no_sides_are_recognised_where_a_transform_would_be_wrong():
    """One-sided differences at the sides, and half of a mirror."""

    def one_sided(t, x):
        out = operator((9,), (N,))(t, x)
        out[0] = out[9] = x[1] - 0.7 * x[0]
        return out

    unknown = [GridField("u", 0, (9,)), GridField("v", 9, (9,))]
    with pytest.raises(UnsupportedError, match="discretised in another way"):
        find_grid_modes(one_sided, unknown, 18, (0.0,))
    with pytest.raises(UnsupportedError, match=r"not that in the middle|no fast transform"):
        find_grid_modes(operator((9,), (("neumann", "mirror"),)), unknown, 18, (0.0,))


def refused(apply, sides=(P, N), shape=(8, 7)):
    with pytest.raises(UnsupportedError) as caught:
        find_grid_modes(apply, fields(shape, sides), 2 * int(np.prod(shape)), (0.0, 0.5, 1.0))
    return str(caught.value)


def test_what_is_refused():
    good = operator((8, 7), (P, N))
    factors = 1.0 + 0.1 * np.random.default_rng(4).random(112)
    smooth = operator((8, 7), (P, P))
    assert "its coefficients vary" in refused(lambda t, x: factors * smooth(t, x), (P, P))
    assert "its coefficients vary" in refused(lambda t, x: (1.0 + t) * good(t, x))
    assert "not linear" in refused(lambda t, x: good(t, x) - x**3)
    assert "no fast transform" in refused(good, (P, ("robin", "robin")))
    assert "not the same mirrored" in refused(operator((8, 7), (N, N), odd=0.2), (N, N))
    assert "v[0,0]" in refused(lambda t, x: good(t, x) + np.where(np.arange(112) == 56, x[3], 0.0))
    assert "different boundary conditions" in _coupled_differently()


def _coupled_differently():
    shape = (8, 7)
    apply = operator(shape, (P, N), cross=0.2)
    mixed = [GridField("u", 0, shape, (P, N)), GridField("v", 56, shape, (P, D))]
    with pytest.raises(UnsupportedError) as caught:
        find_grid_modes(apply, mixed, 112, (0.0,))
    return str(caught.value)
