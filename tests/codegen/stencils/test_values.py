"""Kernels of loops over cells: values against NumPy's."""

import numpy as np
import pytest

import symnum as sn
from codegen.kernel import Context
from codegen.stencils import compile_stencils
from symnum.systems.stencils.evaluate import evaluate_initial, evaluate_rhs
from tests.models.stencil_trace.programs import PROGRAMS
from tests.systems.stencil_examples import brusselator, gray_scott


def call(kernel, t, y, p):
    """Values of a kernel, for states and parameters in double precision."""
    context = Context()
    context.reserve(kernel)
    y, p = np.ascontiguousarray(y, kernel.dtype), np.ascontiguousarray(p, kernel.dtype)
    kernel.evaluate_stage(p, context)
    out = np.full(kernel.n_outputs, np.nan, kernel.dtype)
    assert kernel.call(t, y.ctypes.data, p.ctypes.data, context.address, out.ctypes.data) == 0
    return out


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("shape", [(7,), (40,), (5, 8), (37, 23), (4, 3, 5), (6, 5, 22)])
def test_gray_scott(shape, dtype):
    system = gray_scott(shape)
    p = np.array(system.parameter_values)
    y = np.random.default_rng(2).uniform(0, 1, system.size).astype(dtype).astype(float)
    expected = evaluate_rhs(system, 0.0, y, p.astype(dtype).astype(float))
    # At most 20 roundings of sums of terms below 4.
    assert np.abs(call(compile_stencils(system, "rhs", dtype), 0.0, y, p) - expected).max() < 80 * np.finfo(dtype).eps


@pytest.mark.parametrize("t", [1.0, 1.2])
def test_brusselator(t):
    system = brusselator(32)
    p = np.array(system.parameter_values)
    y = call(compile_stencils(system, "initial"), 0.0, np.zeros(0), p)
    assert np.allclose(y, evaluate_initial(system, p), rtol=1e-14)
    expected = evaluate_rhs(system, t, y, p)
    # Differences of neighbours times 10,240 lose what they cancel.
    within = 1e-13 * np.abs(expected).max()
    assert np.allclose(call(compile_stencils(system), t, y, p), expected, rtol=1e-13, atol=within)


@pytest.mark.parametrize("part", [0, 1])
def test_cells_that_a_part_leaves_out_have_rate_zero(part):
    function, shape = PROGRAMS["every other"]
    system = sn.trace(function, shape=shape).system().part(part)
    y = np.random.default_rng(3).uniform(0, 1, system.size)
    expected = evaluate_rhs(system, 0.3, y, np.zeros(0))
    left_out = np.isnan(expected)
    assert left_out.any()
    found = call(compile_stencils(system), 0.3, y, np.zeros(0))
    assert np.array_equal(found[left_out], np.zeros(left_out.sum()))
    assert np.allclose(found[~left_out], expected[~left_out], rtol=1e-13)
