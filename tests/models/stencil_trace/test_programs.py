"""Traced programs have the values of the programs themselves, run on random numbers."""

import inspect

import numpy as np
import pytest

import symnum as sn
from symnum.systems.stencils.evaluate import evaluate_rhs
from tests.models.stencil_trace.programs import PROGRAMS


def run(function, t, y, parameters=()):
    """Run a program on numbers, whatever its convention."""
    names = [n for n, p in inspect.signature(function).parameters.items() if p.default is p.empty]
    if names[0] == "dy":
        out = np.zeros_like(y)
        function(out, y, None, t)
        return out
    given = {"t": t}
    return np.asarray(function(*[given.get(name, y) for name in names]), dtype=float)


@pytest.mark.parametrize("name", PROGRAMS)
def test_values(name):
    function, shape = PROGRAMS[name]
    system = sn.trace(function, shape=shape).system()
    rng = np.random.default_rng(7)
    p = np.array(system.parameter_values, float)
    for _ in range(3):
        t, y = float(rng.uniform(0.1, 2)), rng.uniform(0.0, 1.0, shape)
        expected = run(function, t, y.copy()).ravel()
        found = evaluate_rhs(system, t, y.ravel(), p)
        assert np.allclose(found, expected, rtol=1e-12, atol=1e-12 * np.max(np.abs(expected)))
