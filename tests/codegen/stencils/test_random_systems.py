"""Random loops over cells: right-hand sides, sums and Jacobians against NumPy's values and each other."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csc_array

from codegen.stencils import compile_stencils
from symnum.systems.stencils.evaluate import evaluate_rhs, evaluate_sum
from tests.codegen.stencils.random_systems import random_system
from tests.codegen.stencils.test_values import call

SEEDS = st.integers(0, 2**32 - 1)


def point(system, seed):
    rng = np.random.default_rng(seed)
    return rng.uniform(0.2, 1.2, system.size), rng.uniform(0.2, 1.2, system.parameter_size)


@settings(max_examples=5)
@given(SEEDS)
def test_right_hand_sides(seed):
    system = random_system(seed)
    y, p = point(system, seed)
    expected = evaluate_rhs(system, 0.7, y, p)
    assert np.allclose(call(compile_stencils(system), 0.7, y, p), expected, rtol=1e-12, atol=1e-12)
    sums = [evaluate_sum(system, s, 0.7, y, p) for s in system.sums]
    assert np.allclose(call(compile_stencils(system, "observables"), 0.7, y, p), sums, rtol=1e-12)


@settings(max_examples=3)
@given(SEEDS)
def test_jacobians(seed):
    """The matrix against the product where no sum couples all cells, the product against differences."""
    system = random_system(seed, smooth=True)
    y, p = point(system, seed)
    v = np.random.default_rng(seed + 1).standard_normal(system.size)
    product = call(compile_stencils(system, "jacobian_vector"), 0.7, np.concatenate([y, v]), p)
    h = 1e-5
    # Fourth order: what is left is h^4 and rounding over h.
    slopes = [evaluate_rhs(system, 0.7, y + s * h * v, p) for s in (-2, -1, 1, 2)]
    difference = (slopes[0] - 8 * slopes[1] + 8 * slopes[2] - slopes[3]) / (12 * h)
    rounding = 2 * np.finfo(float).eps * np.abs(slopes).max() / h
    assert np.abs(product - difference).max() <= 1e-7 * (1 + np.abs(difference).max()) + rounding
    kernel = compile_stencils(system, "jacobian")
    values = call(kernel, 0.7, y, p)
    n = system.size
    matrix = csc_array((values, kernel.facts["indices"], kernel.facts["indptr"]), shape=(n, n))
    columns = np.repeat(np.arange(n), np.diff(matrix.indptr))
    assert np.array_equal(matrix.indices[columns == matrix.indices], np.arange(n))
    same = columns[1:] == columns[:-1]
    assert np.all(np.diff(matrix.indices)[same] > 0)
    if not system.sums:
        assert np.allclose(matrix @ v, product, rtol=1e-10, atol=1e-10 * np.abs(product).max())


@pytest.mark.slow
@settings(max_examples=300)
@given(SEEDS)
def test_many_more(seed):
    test_right_hand_sides.hypothesis.inner_test(seed)
    test_jacobians.hypothesis.inner_test(seed)
