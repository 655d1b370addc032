"""Repeated solves share what was set up; nobody notices."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import symnum as sn
from symnum.integrators.registry import METHODS

EQUATIONS = {"x": "a*(y - x)", "y": "x*(b - z) - y", "z": "x*y - 8/3*z"}


@pytest.fixture(scope="module")
def lorenz():
    model = sn.ode_system(EQUATIONS, parameters={"a": 10.0, "b": 28.0}, initial={"x": 1.0, "y": "b/28", "z": 0.0})
    return sn.build_simulator(model)


@pytest.mark.parametrize("method", ["auto", *METHODS])
def test_a_second_solve_is_the_same(lorenz, method):
    if method != "auto" and "fixed steps" in METHODS[method].suits and method == "euler":
        options = {"step": 0.01}
    else:
        options = {}
    first = lorenz.solve((0.0, 1.0), method=method, rtol=1e-5, **options)
    other = lorenz.solve((0.0, 1.0), method=method, rtol=1e-5, params={"b": 10.0}, **options)
    again = lorenz.solve((0.0, 1.0), method=method, rtol=1e-5, **options)
    assert np.array_equal(first.y, again.y)
    assert not np.allclose(other.y[:, -1], again.y[:, -1])


@pytest.mark.parametrize("method", ["tsit5", "vern7", "dop853", "vern9", "ndf"])
def test_a_solution_is_read_after_others_have_run(lorenz, method):
    times = np.linspace(0.0, 2.0, 57)
    expected = lorenz.solve((0.0, 2.0), t_eval=times, method=method, rtol=1e-7).y
    sol = lorenz.solve((0.0, 2.0), method=method, rtol=1e-7)
    lorenz.solve((0.0, 2.0), method=method, rtol=1e-7, params={"b": 10.0})
    assert np.array_equal(sol(times), expected)


def test_initial_values_follow_parameters(lorenz):
    assert lorenz.solve((0.0, 0.1)).y[1, 0] == 1.0
    assert lorenz.solve((0.0, 0.1), params={"b": 56.0}).y[1, 0] == 2.0
    assert lorenz.solve((0.0, 0.1)).y[1, 0] == 1.0
    lorenz.solve((0.0, 0.1)).parameters[:] = 7.0
    assert lorenz.solve((0.0, 0.1)).parameters[0] == 10.0


def test_many_threads_share_a_pool(lorenz):
    values = [10.0 + k for k in range(24)]

    def end(b):
        return lorenz.solve((0.0, 1.0), params={"b": b}, method="ndf").y[:, -1]

    serial = [end(b) for b in values]
    with ThreadPoolExecutor(8) as pool:
        threaded = list(pool.map(end, values))
    assert np.array_equal(serial, threaded)


def test_a_used_simulator_can_be_pickled(lorenz):
    before = lorenz.solve((0.0, 1.0))
    copy = pickle.loads(pickle.dumps(lorenz))
    assert np.array_equal(copy.solve((0.0, 1.0)).y, before.y)
