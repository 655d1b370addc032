"""Right-hand sides that cannot be integrated, or hardly: every method ends in the typed status, with what is known."""

import numpy as np
import pytest

import symnum as sn
from symnum.integrators.registry import METHODS
from symnum.integrators.status import Status

ALL = list(METHODS)

#: Steps that a method may reject over one jump of the right-hand side at a time that it does not know.
REJECTED_AT_A_JUMP = 30


def tolerance(method):
    """Sharp where that does not take thousands of steps."""
    return 1e-6 if METHODS[method].order >= 3 else 1e-4


@pytest.fixture(scope="module")
def simulators():
    """Simulators of the cases by name; "a" is a state that nothing happens to."""
    equations = {
        "blow-up": ({"a": "-a", "x": "x^2"}, {"a": 1.0, "x": 1.0}),
        "logarithm": ({"a": "1", "x": "log(-a)"}, {"a": -1.0, "x": 0.0}),
        "zero divisor": ({"a": "-a", "x": "1/(a - b)", "b": "-b"}, {"a": 1.0, "x": 0.0, "b": 1.0}),
        "square root": ({"a": "-a", "x": "-sqrt(x) - 0.1"}, {"a": 1.0, "x": 1.0}),
        "jump": ({"a": "-a", "x": "piecewise(1, x < 0.5, 4 - 2*x)"}, {"a": 1.0, "x": 0.0}),
        "oscillator": ({"a": "x", "x": "-sin(a)"}, {"a": 1.0, "x": 0.0}),
    }
    return {
        name: sn.build_simulator(sn.ode_system(rhs, initial=initial)) for name, (rhs, initial) in equations.items()
    }


def check_failed(sol, statuses, state, low, high):
    assert sol.status in statuses
    assert not sol.success
    assert sol.failed_state == state
    assert f'"{state}"' in sol.message
    assert low <= sol.stats["t_reached"] <= high
    assert np.all(np.isfinite(sol.y))
    assert sol.t[-1] == sol.stats["t_reached"]


@pytest.mark.parametrize("method", ALL)
def test_blow_up(simulators, method):
    """x = 1/(1 - t)."""
    sol = simulators["blow-up"].solve((0.0, 2.0), method=method, rtol=tolerance(method))
    check_failed(sol, {Status.STEP_UNDERFLOW, Status.NOT_FINITE}, "x", 0.98, 1.02)
    assert len(sol.t) > 10
    assert sol(0.5)[1] == pytest.approx(2.0, rel=0.02)


@pytest.mark.parametrize("method", ALL)
def test_logarithm_of_a_negative_number(simulators, method):
    sol = simulators["logarithm"].solve((0.0, 2.0), method=method, rtol=tolerance(method))
    check_failed(sol, {Status.NOT_FINITE}, "x", 0.9999, 1.0001)
    assert sol["x"][-1] == pytest.approx(-1.0, abs=0.01)  # the integral of log from 1 to 0


@pytest.mark.parametrize("method", ALL)
def test_division_by_a_difference_that_is_zero(simulators, method):
    sol = simulators["zero divisor"].solve((0.0, 2.0), method=method)
    check_failed(sol, {Status.NOT_FINITE}, "x", 0.0, 0.0)
    assert sol.y.shape == (3, 1)


@pytest.mark.parametrize("method", ALL)
def test_square_root_that_runs_below_zero(simulators, method):
    """Zero is reached at t = 2 (1 - 0.1 log 11)."""
    end = 2.0 * (1.0 - 0.1 * np.log(11.0))
    sol = simulators["square root"].solve((0.0, 5.0), method=method, rtol=tolerance(method))
    check_failed(sol, {Status.NOT_FINITE}, "x", end - 0.01, end + 0.01)


@pytest.mark.parametrize("method", ALL)
def test_a_jump_at_an_unknown_time_is_passed(simulators, method):
    """x = t up to 1/2, then 2 - 1.5 exp(-2 (t - 1/2))."""
    sol = simulators["jump"].solve((0.0, 2.0), method=method, rtol=tolerance(method))
    assert sol.status is Status.SUCCESS
    assert sol.stats["rejected"] <= REJECTED_AT_A_JUMP
    assert sol["x"][-1] == pytest.approx(2.0 - 1.5 * np.exp(-3.0), rel=1e-2)


@pytest.mark.parametrize("method", ALL)
def test_limits_name_themselves(simulators, method):
    sim = simulators["oscillator"]
    sol = sim.solve((0.0, 1e6), method=method, max_steps=20)
    assert sol.status is Status.TOO_MANY_STEPS
    assert "max_steps" in sol.message
    assert sol.stats["steps"] == 20
    sol = sim.solve((0.0, 1e9), [1.0, 0.0], t_eval=[0.0], method=method, timeout_s=0.05)
    assert sol.status is Status.TIMEOUT
    assert "timeout_s" in sol.message
    sol = sim.solve((0.0, 1.0), method=method, rtol=1e-17, atol=1e-30)
    assert sol.status is Status.TOLERANCE_TOO_TIGHT


@pytest.mark.parametrize("method", ALL)
def test_memory_limit(simulators, method, monkeypatch):
    monkeypatch.setattr("symnum.integrators.run.MEMORY_BUDGET", 1 << 15)
    sol = simulators["oscillator"].solve((0.0, 1e6), method=method, rtol=1e-3)
    assert sol.status is Status.MEMORY_LIMIT
    assert "t_eval" in sol.message
    assert len(sol.t) > 100
    assert np.all(np.isfinite(sol.y))


@pytest.mark.parametrize("method", [m for m in ALL if METHODS[m].index_1])
def test_singular_matrix(method):
    """0 = z^2 + t - 1 has no solution beyond t = 1, and the matrix of the steps is singular there."""
    model = sn.ode_system({"x": "z"}, algebraic="0 = z^2 + t - 1", initial={"x": 0.0, "z": 1.0})
    sol = sn.build_simulator(model).solve((0.0, 2.0), method=method, rtol=1e-4)
    assert sol.status in (Status.SINGULAR_MATRIX, Status.NEWTON_FAILURE, Status.STEP_UNDERFLOW)
    assert sol.stats["t_reached"] == pytest.approx(1.0, abs=0.02)
    assert sol["x"][-1] == pytest.approx(2.0 / 3.0, abs=0.02)
