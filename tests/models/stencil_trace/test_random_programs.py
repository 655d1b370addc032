"""Random programs: traced, they have the values that they have themselves, or are refused with the line."""

import re

import numpy as np
import pytest

import symnum as sn
from symnum.errors import TracingError, UnsupportedError
from symnum.systems.stencils.evaluate import evaluate_rhs
from tests.models.stencil_trace.random_programs import RandomProgram


def traced(program):
    try:
        return sn.trace(program.function, shape=program.shape)
    except (TracingError, UnsupportedError) as error:
        message = str(error)
    assert re.search(r'at line \d+ of <program \d+>, "|Give the state the shape of its grid', message), program.source
    return None


def check(seed):
    """Return a program, and the model that it is, or None where it is refused."""
    program = RandomProgram(seed)
    model = traced(program)
    if model is None:
        return program, None
    system = model.system()
    assert model.parameter_names == ("p",)
    rng = np.random.default_rng(seed + 10**6)
    for t in (0.6, 0.3):
        y = rng.uniform(0.05, 1.0, system.size)
        expected, found = program.run(t, y), evaluate_rhs(system, t, y, np.array([0.7]))
        sure = np.isfinite(expected)
        scale = max(1.0, np.max(np.abs(expected[sure]), initial=0.0))
        assert np.allclose(found[sure], expected[sure], rtol=1e-9, atol=1e-9 * scale), program.source
    return program, model


def check_compiled(seed):
    program, model = check(seed)
    if model is None or model.system().sums:
        return
    simulator, size, width = sn.build_simulator(model), model.system().size, 1e-6
    y, p = np.random.default_rng(seed).uniform(0.05, 1.0, size), np.array([0.7])
    expected = program.run(0.4, y)
    scale = max(1.0, np.max(np.abs(expected)))
    assert np.allclose(simulator.rhs(0.4, y, p), expected, rtol=1e-9, atol=1e-9 * scale), program.source
    steps = width * np.eye(size)
    differences = np.array([program.run(0.4, y + e) - program.run(0.4, y - e) for e in steps]).T / (2 * width)
    is_jump = np.abs(differences) > 1e4
    found, sparsity = simulator.jacobian(0.4, y, p).toarray(), model.sparsity().toarray()
    assert not np.any((np.abs(differences) > 1e-4) & ~sparsity & ~is_jump), program.source
    assert np.allclose(found[~is_jump], differences[~is_jump], rtol=1e-3, atol=1e-3), program.source


def test_random_programs():
    refused = sum(check(seed)[1] is None for seed in range(15))
    assert refused < 3


@pytest.mark.slow
@pytest.mark.parametrize("block", range(12))
def test_very_many_random_programs(block):
    refused = sum(check(seed)[1] is None for seed in range(1000 + 200 * block, 1200 + 200 * block))
    assert refused < 20


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5000, 5060))
def test_random_programs_compiled(seed):
    check_compiled(seed)
