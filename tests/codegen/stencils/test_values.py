"""Kernels of loops over cells: values against NumPy's."""

import numpy as np
import pytest

from codegen.kernel import Context
from codegen.stencils import compile_stencils
from symnum.systems.stencils.evaluate import evaluate_initial, evaluate_rhs
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
    assert np.allclose(call(compile_stencils(system), t, y, p), evaluate_rhs(system, t, y, p), rtol=1e-12, atol=1e-8)
