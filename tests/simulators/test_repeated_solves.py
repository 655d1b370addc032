"""Repeated solves use what earlier ones have set up: no number may depend on that."""

import gc

import numpy as np
import pytest

import symnum as sn
from symnum.integrators.run_pool import RunPool

METHODS = ("auto", "tsit5", "rodas5p", "ndf", "radau5", "adams")


def _oscillator() -> sn.Simulator:
    model = sn.ode_system(
        {"x": "v", "v": "mu*(1 - x^2)*v - x"},
        parameters={"mu": 2.0},
        initial={"x": 2.0, "v": 0.0},
        name="oscillator",
    )
    return sn.build_simulator(model)


CASES = [
    {"t_span": (0.0, 4.0)},
    {"t_span": (0.0, 4.0), "params": {"mu": 30.0}},
    {"t_span": (1.0, 3.0), "y0": {"x": -1.0}, "t_eval": np.linspace(1.0, 3.0, 7)},
    {"t_span": (0.0, 2.0), "atol": 1e-3},
    {"t_span": (0.0, 2.0), "rtol": 1e-9, "atol": [1e-9, 1e-12]},
    {"t_span": (0.0, 2.0), "max_steps": 5},
    {"t_span": (2.0, 0.0), "first_step": 1e-3, "max_step": 0.05},
    {"t_span": (0.0, 1.0)},
]


@pytest.mark.parametrize("method", METHODS)
def test_solves_in_a_row_equal_those_of_new_simulators(method: str) -> None:
    shared = _oscillator()
    fresh = [_oscillator().solve(method=method, **case) for case in CASES]
    solutions = []
    for case, alone in zip(CASES + CASES[::-1], fresh + fresh[::-1], strict=True):
        sol = shared.solve(method=method, **case)
        solutions.append(sol)
        assert np.array_equal(sol.t, alone.t)
        assert np.array_equal(sol.y, alone.y)
        assert sol.status is alone.status
        assert _counts(sol) == _counts(alone)
    for sol, alone in zip(solutions, fresh + fresh[::-1], strict=True):  # each keeps its own continuous form
        middle = 0.5 * (sol.stats["t_span"][0] + sol.stats["t_reached"])
        assert np.array_equal(sol(middle), alone(middle))


def _counts(sol: sn.Solution) -> dict[str, object]:
    return {name: value for name, value in sol.stats.items() if name != "seconds"}


def test_a_run_is_used_again_only_when_nobody_looks_at_it() -> None:
    simulator = _oscillator()
    first = simulator.solve((0.0, 1.0), method="vern7", max_steps=6)
    run = first._interpolate._job.runs[0]
    second = simulator.solve((0.0, 1.0), method="vern7")
    assert second._interpolate._job.runs[0] is not run
    whole = simulator.resume(first)
    assert np.array_equal(whole.y, second.y)
    del first, whole
    gc.collect()
    third = simulator.solve((0.0, 1.0), method="vern7")
    assert third._interpolate._job.runs[0] is run
    assert np.array_equal(third.y, second.y)


def test_runs_of_large_problems_are_not_kept() -> None:
    n = 130
    equations = {f"x{i}": f"-x{i} + x{(i + 1) % n}" for i in range(n)}
    simulator = sn.build_simulator(sn.ode_system(equations, initial={f"x{i}": 1.0 for i in range(n)}))
    sol = simulator.solve((0.0, 0.1), method="tsit5")
    problem = sol._interpolate._job.problem
    assert not any(isinstance(value, RunPool) for value in problem.own.values())


def test_parameters_that_an_event_has_changed_are_set_back() -> None:
    model = sn.ode_system(
        {"x": "-k*x"},
        parameters={"k": 1.0},
        initial={"x": 1.0},
        events=[sn.event("t > 0.5", {"k": 5.0}, name="fast")],
    )
    simulator = sn.build_simulator(model)
    first = simulator.solve((0.0, 1.0))
    assert first.events
    assert np.array_equal(first.y, simulator.solve((0.0, 1.0)).y)
