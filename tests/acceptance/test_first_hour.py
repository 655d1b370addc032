"""What somebody does in the first hour: awkward models, awkward arguments, and the errors that answer them."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import symnum as sn
from symnum import errors
from symnum.integrators.registry import METHODS as REGISTRY

METHODS = ["auto", *(m.name for m in REGISTRY.values() if m.tolerance_exponent >= 1.0)]


@pytest.fixture(scope="module")
def decay():
    return sn.build_simulator(sn.ode_system({"x": "-k*x"}, parameters={"k": 1.0}, initial={"x": 1.0}))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "text", ["k, A --> A", "k, A + B --> B + A; q, 2A --> 2A", "k, A --> A; q, 2B --> 2B; r, 0 --> 0"]
)
def test_reactions_that_change_nothing(text, method):
    sim = sn.build_simulator(sn.reaction_network(text))
    n, m = len(sim.state_names), len(sim.parameter_names)
    sol = sim.solve((0, 1), y0=np.arange(1.0, n + 1), params=np.ones(m), method=method)
    assert sol.success
    assert np.array_equal(sol.y[:, -1], np.arange(1.0, n + 1))
    assert not sim.jacobian(0, np.ones(n), np.ones(m)).toarray().any()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("scale", [1e-290, 1e-150, 1e-20, 1e20, 1e150, 1e300])
def test_units_do_not_matter(decay, method, scale):
    """A linear model in other units is the same computation: tolerances follow the states by default."""
    plain = decay.solve((0, 1), y0=[1.0], method=method)
    scaled = decay.solve((0, 1), y0=[scale], method=method)
    assert scaled.success
    assert scaled.stats["steps"] == plain.stats["steps"]
    assert scaled.y[0, -1] / scale == pytest.approx(plain.y[0, -1], rel=1e-10)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("t_eval", [[], [0.5], 0.5, [0, 0, 0.5, 0.5, 1], [0, 1]])
def test_output_times_of_all_kinds(decay, method, t_eval):
    sol = decay.solve((0, 1), t_eval=t_eval, method=method, rtol=1e-8)
    assert sol.success
    assert np.array_equal(sol.t, np.atleast_1d(np.array(t_eval, float)))
    assert sol.y.shape == (1, len(sol.t))
    assert sol["x"] == pytest.approx(np.exp(-sol.t), rel=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_there_and_back(decay, method):
    there = decay.solve((0, 3), method=method, rtol=1e-10)
    back = decay.solve((3, 0), y0=there.y[:, -1], t_eval=[3, 1.5, 0], method=method, rtol=1e-10)
    assert back["x"] == pytest.approx(np.exp([-3, -1.5, 0]), rel=1e-7)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"t_eval": [1, 0.5]}, "t_eval"),
        ({"t_eval": [0, 2]}, "t_eval"),
        ({"t_eval": [float("nan")]}, "t_eval"),
        ({"t_eval": [[0, 1]]}, "t_eval"),
        ({"t_span": (0, 0)}, "t_span"),
        ({"t_span": (0, float("inf"))}, "t_span"),
        ({"t_span": (0, 1, 2)}, "t_span"),
        ({"t_span": None}, "t_span"),
        ({"rtol": "1e-6"}, "rtol"),
        ({"rtol": float("nan")}, "rtol"),
        ({"atol": [1e-9, 1e-9]}, "atol"),
        ({"atol": -1.0}, "atol"),
        ({"atol": 0, "rtol": 0}, "atol"),
        ({"method": "RK45"}, "RK45"),
        ({"y0": [[1.0]]}, "y0"),
        ({"y0": {"y": 1}}, '"y"'),
        ({"y0": {"x": "1"}}, '"x"'),
        ({"params": {"K": 1}}, '"K"'),
        ({"params": [1.0, 2.0]}, "params"),
    ],
)
def test_wrong_arguments_are_named(decay, arguments, said):
    with pytest.raises(errors.InputError) as caught:
        decay.solve(**{"t_span": (0, 1), **arguments})
    assert said in str(caught.value)


def test_threads_may_meet_a_simulator_that_is_not_compiled_yet():
    sim = sn.build_simulator(
        sn.reaction_network(
            "k1, A --> B; k2, 2B --> B + C; k3, B + C --> A + C",
            parameters={"k1": 0.04, "k2": 3e7, "k3": 1e4},
            initial={"A": 1, "B": 0, "C": 0},
            combinatoric=False,
        )
    )
    with ThreadPoolExecutor(8) as pool:
        ends = list(pool.map(lambda _: sim.solve((0, 100), t_eval=[100]).y, range(8)))
    assert all(np.array_equal(end, ends[0]) for end in ends)


def test_forced_switching_is_met():
    """A right-hand side that jumps in time: the corners are found by step control, in every method."""
    sim = sn.build_simulator(sn.ode_system({"x": "piecewise(1, t < 1/2, -1)"}, initial={"x": 0}))
    for method in METHODS:
        sol = sim.solve((0, 1), t_eval=[0.25, 0.5, 1], method=method, rtol=1e-7)
        assert sol["x"] == pytest.approx([0.25, 0.5, 0], abs=1e-4)
