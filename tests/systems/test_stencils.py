"""Loops over boxes of cells: values against NumPy's, and what is refused."""

import numpy as np
import pytest

from symnum.errors import ShapeError
from symnum.systems.stencils.access import FIXED, Access, Index
from symnum.systems.stencils.arrays import StencilArray
from symnum.systems.stencils.evaluate import evaluate_initial, evaluate_rhs
from symnum.systems.stencils.region import Region
from symnum.systems.stencils.system import StencilSystem
from symnum.terms.symbols import symbols
from tests.systems.stencil_examples import brusselator, gray_scott


def laplacian(u):
    return sum(np.roll(u, s, a) for a in range(u.ndim) for s in (-1, 1)) - 2 * u.ndim * u


@pytest.mark.parametrize("shape", [(7,), (5, 8), (4, 3, 5)])
def test_gray_scott_by_numpy(shape):
    system = gray_scott(shape)
    p = np.array(system.parameter_values)
    y = np.random.default_rng(1).uniform(0, 1, system.size)
    u, v = y.reshape(2, *shape)
    du = p[0] * laplacian(u) - u * v**2 + p[2] * (1 - u)
    dv = p[1] * laplacian(v) + u * v**2 - (p[2] + p[3]) * v
    assert np.allclose(evaluate_rhs(system, 0.0, y, p), np.concatenate([du.ravel(), dv.ravel()]), rtol=1e-13)


def test_coordinates_and_time():
    system = brusselator(8)
    p = np.array(system.parameter_values)
    y0 = evaluate_initial(system, p)
    assert np.all(np.isfinite(y0))
    x = np.arange(8) / 8
    assert np.allclose(y0.reshape(2, 8, 8)[0, 3], 22 * (x * (1 - x)) ** 1.5)
    before = evaluate_rhs(system, 1.0999, y0, p)
    after = evaluate_rhs(system, 1.1, y0, p)
    disc = (x[:, None] - 0.3) ** 2 + (x - 0.6) ** 2 <= 0.01
    assert np.allclose((after - before).reshape(2, 8, 8), [5.0 * disc, 0.0 * disc])


def two(regions, shape=(4,)):
    u = StencilArray("u", shape, "state")
    return StencilSystem(arrays=[u], regions=regions, independent=symbols("t"))


def store(box, term=1, loads=()):
    return Region.of(box, [(Access("u", (Index(0, 0),)), term)], loads)


def test_what_is_refused():
    with pytest.raises(ShapeError, match="u\\[3\\] is computed not at all"):
        two([store(((0, 3),))])
    with pytest.raises(ShapeError, match="u\\[2\\] is computed more than once"):
        two([store(((0, 3),)), store(((2, 4),))])
    left = Access("u", (Index(0, -1),))
    with pytest.raises(ShapeError, match="u\\[i-1\\] leaves u"):
        two([store(((0, 4),), left.symbol, [left])])
    with pytest.raises(ShapeError, match="1 strides"):
        StencilArray("u", (2, 2), strides=(1,))


def test_strides_fixed_indices_and_reversed_loops():
    """du[i, c] for c = 0, 1 stored cell by cell: the first reads the second backwards."""
    u = StencilArray("u", (4, 2), "state")
    first, second = Access("u", (Index(0, 0), Index(FIXED, 0))), Access("u", (Index(0, 0), Index(FIXED, 1)))
    mirror = Access("u", (Index(0, 3, -1), Index(FIXED, 1)))
    region = Region.of(((0, 4),), [(first, 2 * mirror.symbol), (second, 3 * first.symbol)], [mirror, first])
    system = StencilSystem(arrays=[u], regions=[region], independent=symbols("t"))
    y = np.arange(8.0)
    expected = np.column_stack([2 * y.reshape(4, 2)[::-1, 1], 3 * y.reshape(4, 2)[:, 0]])
    assert np.array_equal(evaluate_rhs(system, 0.0, y, np.zeros(0)).reshape(4, 2), expected)
