"""Random equations, boundary conditions and geometries: right-hand sides against arrays that are padded by hand."""

import numpy as np
import pytest

import symnum as sn
from codegen.stencils.compile import compile_stencils
from symnum.systems.stencils.evaluate import evaluate_rhs
from tests.codegen.stencils.test_values import call
from tests.models.reaction_diffusion.random_fields import TIME, RandomFields


def case(seed):
    """Return fields, the system, a state, parameters, and the rates by arrays."""
    fields = RandomFields(seed)
    rng = np.random.default_rng(seed + 10**6)
    values = {f: rng.uniform(-0.5, 1.0, fields.shape) for f in fields.fields}
    system = fields.model.system()
    y = np.concatenate([values[f].ravel() for f in fields.fields])
    return fields, system, y, np.array([float(v) for v in system.parameter_values]), fields.rates(values)


def check(seed):
    fields, system, y, p, expected = case(seed)
    scale = max(1.0, np.max(np.abs(expected)))
    assert np.allclose(evaluate_rhs(system, TIME, y, p), expected, rtol=1e-9, atol=1e-10 * scale), fields.equations


def check_compiled(seed):
    """The compiled right-hand side on one thread and two, in single precision, its Jacobian and products with it."""
    fields, system, y, p, expected = case(seed)
    scale = max(1.0, np.max(np.abs(expected)))
    for threads in (1, 2):
        found = call(compile_stencils(system, "rhs", threads=threads), TIME, y, p)
        assert np.allclose(found, expected, rtol=1e-9, atol=1e-10 * scale), fields.equations
    short = call(compile_stencils(system, "rhs", "float32"), TIME, y.astype(np.float32), p.astype(np.float32))
    assert np.allclose(short, expected, rtol=1e-3, atol=1e-4 * scale), fields.equations
    steps = 1e-6 * np.eye(len(y))
    kernel = compile_stencils(system, "rhs", threads=1)
    differences = np.array([call(kernel, TIME, y + e, p) - call(kernel, TIME, y - e, p) for e in steps])
    matrix = differences.T / 2e-6
    size = max(1.0, np.max(np.abs(matrix)))
    if not system.sums:
        found = sn.build_simulator(fields.model).jacobian(TIME, y, p).toarray()
        assert np.allclose(found, matrix, rtol=1e-4, atol=1e-6 * size), fields.equations
    vector = np.random.default_rng(seed).normal(size=len(y))
    product = call(compile_stencils(system, "jacobian_vector"), TIME, np.concatenate([y, vector]), p)
    assert np.allclose(product, matrix @ vector, rtol=1e-4, atol=1e-5 * size), fields.equations


@pytest.mark.parametrize("seed", range(12))
def test_random_fields(seed):
    check(seed)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_very_many_random_fields(block):
    for seed in range(1000 + 50 * block, 1050 + 50 * block):
        check(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2000, 2030))
def test_random_fields_compiled(seed):
    check_compiled(seed)
