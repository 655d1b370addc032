"""Whole simulations on 16 by 16 cells: the device takes the same steps as the processor, to the same numbers."""

import numpy as np
import pytest

import symnum as sn
from symnum.integrators.status import Status
from tests.simulators.cuda.device_models import GRID, activator, fisher

TIMES = np.linspace(0.0, 0.5, 4)
MIXED = {"u": {"x": ("dirichlet 1", "neumann 0"), "y": "periodic"}, "v": "no-flux"}


def both(model, t_eval=TIMES, **options):
    """Solve on a simulated device and on the processor."""
    device = sn.build_simulator(model, target="cuda-simulator")
    span = (t_eval[0], t_eval[-1])
    found = device.solve(span, t_eval=t_eval, **options)
    assert found.success, found.message
    expected = sn.build_simulator(model).solve(span, t_eval=t_eval, **options)
    return found, expected


@pytest.mark.parametrize("method", ["tsit5", "bs3", "rkc2", "rock2", "etdrk4"])
def test_adaptive_methods_take_the_same_steps(method):
    found, expected = both(activator("no-flux"), method=method, rtol=1e-5)
    assert found.stats["steps"] == expected.stats["steps"]
    assert found.stats["accepted"] == expected.stats["accepted"]
    np.testing.assert_allclose(found.frames, expected.frames, rtol=1e-11)


@pytest.mark.parametrize("method", ["rkc2", "rock2"])
def test_stabilised_methods_take_as_many_stages(method):
    shape = {"x": (0, 1, 40), "y": (0, 2, 12)}
    for options in ({"rtol": 1e-3}, {"step": 0.1}):
        found, expected = both(activator("periodic", None, shape), method=method, **options)
        assert found.stats["rhs_evaluations"] == expected.stats["rhs_evaluations"]
        np.testing.assert_allclose(found.frames, expected.frames, rtol=1e-11)
    assert found.stats["rhs_evaluations"] > 5 * found.stats["steps"]  # stages that go round in three rows


@pytest.mark.parametrize("method", ["rkc2", "rock2"])
def test_steps_that_would_need_too_many_stages(method):
    model = sn.reaction_diffusion(
        {"u": "1e7*laplacian(u)"}, grid=sn.Grid(**GRID), boundary="no-flux", initial={"u": "cos(pi*x)"}
    )
    device = sn.build_simulator(model, target="cuda-simulator")
    found = device.solve((0, 1), t_eval=[1.0], method=method, step=1.0)
    assert found.status is Status.STEP_UNDERFLOW
    assert found.stats["steps"] == 1


@pytest.mark.parametrize("method", ["euler", "ssprk33", "rk4", "etdrk4"])
def test_steps_of_a_given_size(method):
    found, expected = both(activator("periodic"), method=method, step=1 / 96)
    assert found.stats["steps"] == expected.stats["steps"] == 48
    np.testing.assert_allclose(found.frames, expected.frames, rtol=1e-12)


@pytest.mark.parametrize("method", ["euler", pytest.param("ssprk33", marks=pytest.mark.slow), "rk4", "etdrk4"])
def test_many_steps_at_once_of_equations_with_and_without_time(method):
    for model in (activator("periodic"), fisher("no-flux")):
        found, expected = both(model, np.array([0.0, 5 / 96, 0.5]), method=method, step=1 / 96)
        assert found.stats["steps"] == 48
        np.testing.assert_allclose(found.frames, expected.frames, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("method", ["rk4", "euler"])
def test_outputs_between_steps_of_a_given_size(method):
    found, expected = both(activator("periodic"), method=method, step=0.011)
    np.testing.assert_allclose(found.frames, expected.frames, rtol=1e-12)


def test_functions_of_value_time_and_place():
    found, expected = both(fisher("no-flux"), method="tsit5", rtol=1e-6)
    np.testing.assert_allclose(found.frames, expected.frames, rtol=1e-11, atol=1e-14)


def test_outputs_do_not_change_the_steps():
    device = sn.build_simulator(activator(), target="cuda-simulator")
    few, many = (device.solve((0, 0.5), t_eval=np.linspace(0, 0.5, n), method="bs3") for n in (2, 101))
    assert few.stats["steps"] == many.stats["steps"]
    assert np.array_equal(few.frames[-1], many.frames[-1])


def test_results_are_the_same_to_the_last_bit_when_repeated():
    device = sn.build_simulator(activator(), target="cuda-simulator")
    one, other = (device.solve((0, 0.5), t_eval=TIMES, method="rkc2") for _ in range(2))
    assert np.array_equal(one.frames, other.frames)


def test_cells_per_thread_change_nothing():
    from symnum.simulators.cuda.simulator import CudaSimulator

    system = activator("no-flux", shape={"x": (0, 1, 13), "y": (0, 2, 11)}).system()
    frames = [
        CudaSimulator(system, "cuda-simulator", rows_per_thread=rows).solve((0, 0.25), method="bs3").frames[-1]
        for rows in (1, 2, 4)
    ]
    np.testing.assert_allclose(frames[1], frames[0], rtol=1e-14)
    np.testing.assert_allclose(frames[2], frames[0], rtol=1e-14)


@pytest.mark.parametrize("shape", [{"x": (0, 1, 48)}, {"x": (0, 1, 6), "y": (0, 1, 5), "z": (0, 8, 40)}])
def test_other_dimensions(shape):
    initial = {"u": "1 + 0.1*x", "v": "1 - 0.2*x"}
    found, expected = both(activator("no-flux", initial, shape), method="bs3", rtol=1e-5)
    np.testing.assert_allclose(found.frames, expected.frames, rtol=1e-11)


@pytest.mark.parametrize(
    "options", [{"method": "rk4", "step": 1 / 96}, {"method": "rkc2", "rtol": 1e-3}, {"method": "etdrk4", "rtol": 1e-4}]
)
def test_single_precision(options):
    model = activator("no-flux")
    single = sn.build_simulator(model, target="cuda-simulator", dtype="float32")
    found = single.solve((0, 0.5), t_eval=TIMES, **options)
    expected = sn.build_simulator(model).solve((0, 0.5), t_eval=TIMES, **options)
    assert found.success
    assert found.stats["dtype"] == "float32"
    assert found.stats["steps"] == expected.stats["steps"]
    np.testing.assert_allclose(found.frames, expected.frames, rtol=1e-5)
    assert np.abs(found.frames[1:] - expected.frames[1:]).max() > 1e-9  # it is not double precision


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_spectral_radius_is_found(dtype):
    simulator = sn.build_simulator(activator("no-flux"), target="cuda-simulator", dtype=dtype)
    found = simulator.solve((0, 0.5), method="rkc2", rtol=1e-3).stats["stiffness"] / 1.2
    # Of diffusion, on cells of 1/16 by 1/8; the iteration ends when it changes little, and the rates add a little.
    assert found == pytest.approx(0.02 * 4 * (16**2 + 8**2), rel=0.3)


def test_tolerances_beyond_single_precision_are_refused():
    single = sn.build_simulator(activator(), target="cuda-simulator", dtype="float32")
    assert single.solve((0, 0.1), method="bs3").success  # 1e-6
    assert single.solve((0, 0.1), method="bs3", rtol=1e-8).status is Status.TOLERANCE_TOO_TIGHT


@pytest.mark.parametrize(
    ("boundary", "initial"), [("no-flux", "cos(pi*x)"), ({"u": {"x": 0, "y": "periodic"}}, "sin(pi*x)")]
)
def test_exponential_differencing_is_exact_for_diffusion(boundary, initial):
    model = sn.reaction_diffusion(
        {"u": "laplacian(u)"}, grid=sn.Grid(x=(0, 1, 16), y=(0, 1, 8)), boundary=boundary, initial={"u": initial}
    )
    found = sn.build_simulator(model, target="cuda-simulator").solve((0, 0.3), method="etdrk4", step=0.1)
    rate = 16**2 * (2.0 - 2.0 * np.cos(np.pi / 16))
    np.testing.assert_allclose(found.frames[1], found.frames[0] * np.exp(-0.3 * rate), rtol=1e-12, atol=1e-14)


def test_exponential_differencing_of_an_operator_that_is_not_symmetric():
    model = sn.reaction_diffusion(
        {"u": "-D(u, x, 4) - D(u, x, 2) - c*D(u, x, 1) - u*D(u, x, 1)"}, grid=sn.Grid(x=(0, 32, 64)),
        boundary="periodic", parameters={"c": 0.5}, initial={"u": "cos(x*pi/16)*(1 + sin(x*pi/16))"},
    )  # fmt: skip
    found, expected = both(model, np.array([0.0, 2.0, 4.0]), method="etdrk4", step=0.05)
    np.testing.assert_allclose(found.frames, expected.frames, rtol=1e-10, atol=1e-11)


def test_exponential_differencing_refuses_the_same_steps():
    model = sn.reaction_diffusion(
        {"u": "0.01*laplacian(u) + 30*exp(-1000*(t - 0.3)^2) - u^3 - c*D(u, x, 1)"}, grid=sn.Grid(**GRID),
        boundary="periodic", parameters={"c": 2.0}, initial={"u": "2 + cos(2*pi*x)"},
    )  # fmt: skip
    times = np.linspace(0.0, 0.5, 40)
    for options in ({}, {"max_step": 0.03, "controller": "pid", "atol": {"u": 1e-7}}):
        found, expected = both(model, times, method="etdrk4", rtol=1e-5, **options)
        assert found.stats["rejected"] == expected.stats["rejected"] > 0
        assert found.stats["steps"] == expected.stats["steps"] > 30
        np.testing.assert_allclose(found.frames, expected.frames, rtol=1e-11)


def test_integrals_over_the_domain():
    model = sn.reaction_diffusion(
        {"u": "0.01*laplacian(u) + u*(1 - integral(u)/2)"}, grid=sn.Grid(x=(0, 1, 16), y=(0, 2, 16)),
        boundary="no-flux", initial={"u": "0.1 + x"},
    )  # fmt: skip
    found, expected = both(model, method="tsit5", rtol=1e-6)
    np.testing.assert_allclose(found.frames, expected.frames, rtol=1e-11)


@pytest.mark.parametrize(
    "options", [{"method": "tsit5"}, {"method": "rkc2"}, {"method": "etdrk4"}, {"method": "rk4", "step": 0.02}]
)
def test_steps_end_where_the_equations_switch(options):
    model = sn.reaction_diffusion(
        {"u": "0.01*laplacian(u) + piecewise(5*x, t >= 0.213, 0)"}, grid=sn.Grid(**GRID),
        boundary="no-flux", initial={"u": "cos(pi*x)"},
    )  # fmt: skip
    found, expected = both(model, np.array([0, 0.2, 0.213, 0.5]), rtol=1e-6, **options)
    assert found.stats["rejected"] <= 2
    np.testing.assert_allclose(found.frames, expected.frames, rtol=1e-6, atol=1e-6)
