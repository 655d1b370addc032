"""Traced programs compiled: right-hand sides against the programs, Jacobians against differences of them."""

import numpy as np
import pytest

import symnum as sn
from tests.models.stencil_trace.programs import PROGRAMS
from tests.models.stencil_trace.test_programs import run


def check(name):
    function, shape = PROGRAMS[name]
    model = sn.trace(function, shape=shape)
    simulator, system = sn.build_simulator(model), model.system()
    p = np.array(system.parameter_values, float)
    y = np.random.default_rng(1).uniform(0.0, 1.0, shape)
    expected = run(function, 0.7, y.copy()).ravel()
    assert np.allclose(simulator.rhs(0.7, y.ravel(), p), expected, rtol=1e-12, atol=1e-12 * np.max(np.abs(expected)))
    if system.sums:
        return  # couplings through sums are no entries of the sparse Jacobian
    differences, width = np.zeros((system.size, system.size)), 1e-6
    for column in range(system.size):
        step = np.zeros(system.size)
        step[column] = width
        up, down = (run(function, 0.7, (y.ravel() + sign * step).reshape(shape)).ravel() for sign in (1, -1))
        differences[:, column] = (up - down) / (2 * width)
    scale = np.max(np.abs(differences))
    assert np.allclose(simulator.jacobian(0.7, y.ravel(), p).toarray(), differences, rtol=1e-4, atol=1e-6 * scale)
    assert not np.any((np.abs(differences) > 1e-6 * scale) & ~model.sparsity().toarray())


@pytest.mark.parametrize("name", ["fluxes", "every other", "nonlocal"])
def test_some_compiled_programs(name):
    check(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMS)
def test_compiled_programs(name):
    check(name)
