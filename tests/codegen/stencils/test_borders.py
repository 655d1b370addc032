"""Borders of models with boundary conditions: values, Jacobians, and how much code there is for them."""

import numpy as np
import pytest
from scipy.sparse import csc_array

import symnum as sn
from codegen.stencils import compile_stencils, compile_stepper
from symnum.systems.stencils.evaluate import evaluate_rhs
from tests.codegen.stencils.test_values import call


def square(order, boundary):
    return sn.reaction_diffusion(
        {"u": "D*laplacian(u) - u*v^2", "v": "laplacian(v) + u*v^2"},
        grid=sn.Grid(x=(0, 1, 18), y=(0, 1, 21)),
        boundary=boundary,
        order=order,
        parameters={"D": 0.5},
        initial={"u": 1.0, "v": 0.5},
    ).system()


def point(system):
    return np.random.default_rng(5).uniform(0.2, 1, system.size), np.array(system.parameter_values, float)


@pytest.mark.parametrize("order", [2, pytest.param(6, marks=pytest.mark.slow)])
@pytest.mark.parametrize("boundary", ["neumann", {"u": {"x": (1.0, "y"), "y": "neumann"}, "v": "neumann"}])
def test_values(order, boundary):
    system = square(order, boundary)
    y, p = point(system)
    expected = evaluate_rhs(system, 0.3, y, p)
    kernel = compile_stencils(system)
    assert np.allclose(call(kernel, 0.3, y, p), expected, rtol=1e-11, atol=1e-11 * np.abs(expected).max())
    v = np.random.default_rng(6).standard_normal(system.size)
    matrix_kernel = compile_stencils(system, "jacobian")
    values = call(matrix_kernel, 0.3, y, p)
    matrix = csc_array((values, matrix_kernel.facts["indices"], matrix_kernel.facts["indptr"]))
    product = call(compile_stencils(system, "jacobian_vector"), 0.3, np.concatenate([y, v]), p)
    assert np.allclose(matrix @ v, product, rtol=1e-10, atol=1e-11 * np.abs(product).max())


def test_mirror_images_share_code():
    """Five kinds of place along each axis, of which four are two and their mirror images: a few find no twin."""
    system = square(4, "neumann")
    assert len(system.regions) == 25
    assert 9 <= compile_stencils(system).facts["sweeps"] <= 12


def test_tiles_between_walls():
    system = square(2, "neumann")
    y, p = point(system)
    stepper = compile_stepper(system, "ssprk33")
    whole = stepper.advance(0.0, 1e-4, 4, y.copy(), p, depth=1)
    for depth, tile in ((1, 4), (2, 3), (2, 7)):
        assert np.array_equal(stepper.advance(0.0, 1e-4, 4, y.copy(), p, depth=depth, tile=tile), whole)
