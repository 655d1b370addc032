"""How runs on a device begin, go on, end early, and what is refused."""

import pickle

import numpy as np
import pytest

import symnum as sn
from symnum.errors import InputError, MissingDeviceError, UnknownNameError, UnsupportedError
from symnum.integrators.status import Status
from symnum.simulators.cuda.device import SIMULATE
from symnum.simulators.cuda.driver import load_driver
from symnum.simulators.fields.solution import FieldSolution
from tests.simulators.cuda.device_models import GRID, activator


@pytest.fixture(scope="module")
def device():
    return sn.build_simulator(activator("no-flux"), target="cuda-simulator")


def explosive():
    return sn.reaction_diffusion(
        {"u": "0.01*laplacian(u) + u^2"}, grid=sn.Grid(**GRID), boundary="no-flux", initial={"u": "1 + x"}
    )


def test_a_solution_says_where_it_was_made(device):
    solution = device.solve((0, 0.1), t_eval=[0, 0.05, 0.1], method="bs3")
    assert isinstance(solution, FieldSolution)
    assert solution["u"].shape == (3, 16, 16)
    assert solution.stats["device_simulated"] is True
    assert solution.stats["device"] == "simulated CUDA device"
    assert solution.stats["rhs_evaluations"] > 0
    assert "simulated" in repr(device)


def test_without_output_times_both_ends_are_kept(device):
    solution = device.solve((0, 0.1))
    assert solution.t.tolist() == [0.0, 0.1]
    assert not solution.has_continuous_form
    assert solution.stats["method"] == "rkc2"


@pytest.mark.parametrize(
    "options",
    [
        {"method": "tsit5"},
        pytest.param({"method": "rkc2"}, marks=pytest.mark.slow),
        {"method": "rk4", "step": 0.01},
        {"method": "etdrk4", "step": 0.01},
    ],
)
def test_a_solution_that_blows_up_is_told(options):
    simulator = sn.build_simulator(explosive(), target="cuda-simulator")
    solution = simulator.solve((0, 2), t_eval=[0, 0.25, 2], **options)
    assert solution.status in (Status.STEP_UNDERFLOW, Status.NOT_FINITE)
    assert solution.t.tolist() == [0.0, 0.25]
    assert 0.25 <= solution.stats["t_reached"] <= 1.0
    assert "Component" in solution.message
    assert '"u[' in solution.message


def test_a_beginning_that_is_not_finite():
    model = sn.reaction_diffusion(
        {"u": "laplacian(u) + log(u)"}, grid=sn.Grid(**GRID), boundary="no-flux", initial={"u": "x - 0.5"}
    )
    solution = sn.build_simulator(model, target="cuda-simulator").solve((0, 1))
    assert solution.status is Status.NOT_FINITE


@pytest.mark.parametrize("options", [{"method": "bs3"}, {"method": "euler", "step": 1e-4}])
def test_limits(device, options):
    solution = device.solve((0, 1), max_steps=7, **options)
    assert solution.status is Status.TOO_MANY_STEPS
    assert solution.stats["steps"] == 7
    solution = device.solve((0, 1e3), t_eval=[0, 1e3], timeout_s=1e-6, **options)
    assert solution.status is Status.TIMEOUT
    assert solution.t.tolist() == [0.0]


def test_control_c_between_batches(device):
    def stop(part, t):
        raise KeyboardInterrupt

    solution = device.solve((0, 100), method="euler", step=1e-3, progress=stop)
    assert solution.status is Status.INTERRUPTED


def test_backwards(device):
    forth = device.solve((0, 0.1), method="tsit5", rtol=1e-10)
    back = device.solve((0.1, 0), y0=forth.frames[-1], t_eval=[0.1, 0.05, 0], method="tsit5", rtol=1e-10)
    np.testing.assert_allclose(back.frames[-1], forth.frames[0], rtol=1e-5)


@pytest.mark.parametrize("method", ["bs3", "rkc2", "etdrk4"])
def test_outputs_beyond_the_room_on_the_device(device, monkeypatch, method):
    from symnum.simulators.cuda import run

    times = np.linspace(0, 0.1, 40)
    expected = device.solve((0, 0.1), t_eval=times, method=method)
    monkeypatch.setattr(run, "OUTPUTS", 3 * 8 * 512)  # room for three
    found = device.solve((0, 0.1), t_eval=times, method=method)
    assert np.array_equal(found.frames, expected.frames)
    assert found.stats["steps"] == expected.stats["steps"]


@pytest.mark.parametrize("options", [{"method": "bs3"}, {"method": "rk4", "step": 0.0125}])
def test_trackers_see_the_fields_on_the_way(device, options):
    seen = []
    tracker = sn.track.callback(lambda fields: seen.append((fields.t, fields["u"].max())), every=0.025)
    solution = device.solve((0, 0.1), t_eval=[0, 0.05, 0.1], trackers=[tracker], **options)
    np.testing.assert_allclose([t for t, _ in seen], [0, 0.025, 0.05, 0.075, 0.1], atol=1e-12)
    assert seen[2][1] == solution["u"][1].max()


def test_resuming(device):
    whole = device.solve((0, 0.2), t_eval=[0, 0.1, 0.2], method="rk4", step=0.0125)
    half = device.solve((0, 0.1), t_eval=[0, 0.1], method="rk4", step=0.0125)
    rest = device.resume(half, 0.2, t_eval=[0.2])
    np.testing.assert_allclose(rest.frames, whole.frames, rtol=1e-13)


def test_tolerances_by_element(device):
    loose = {"u": 1e-2, "v": 1e-9}
    one = device.solve((0, 0.2), method="bs3", rtol=1e-9, atol=loose)
    other = device.solve((0, 0.2), method="bs3", rtol=1e-9, atol=1e-9)
    assert one.stats["steps"] < other.stats["steps"]
    expected = sn.build_simulator(activator("no-flux")).solve((0, 0.2), method="bs3", rtol=1e-9, atol=loose)
    assert one.stats["steps"] == expected.stats["steps"]


def test_a_steady_beginning():
    model = activator("no-flux", {"u": "0", "v": "1"})
    solution = sn.build_simulator(model, target="cuda-simulator").solve((0, 1), method="rkc2")
    assert solution.success
    np.testing.assert_allclose(solution.frames[1], solution.frames[0])


def test_a_copy_looks_for_a_device_of_its_own(device):
    copy = pickle.loads(pickle.dumps(device))
    assert copy.device is not device.device
    options = {"method": "euler", "step": 0.01}
    assert np.array_equal(copy.solve((0, 0.1), **options).frames, device.solve((0, 0.1), **options).frames)


# What is refused -----------------------------------------------------------------------------


def test_no_device_is_told():
    try:
        load_driver()
    except MissingDeviceError:
        with pytest.raises(MissingDeviceError, match="cuda-simulator"):
            sn.build_simulator(activator(), target="cuda")
    else:
        pytest.skip("this machine has NVIDIA's driver")


def test_the_environment_asks_for_a_simulated_device(monkeypatch):
    monkeypatch.setenv(SIMULATE, "1")
    assert sn.build_simulator(activator(), target="cuda").device.simulated


def test_other_models_have_no_device():
    model = sn.ode_system({"x": "-x"}, initial={"x": 1.0})
    with pytest.raises(UnsupportedError, match="grid"):
        sn.build_simulator(model, target="cuda-simulator")
    with pytest.raises(UnknownNameError, match="cuda"):
        sn.build_simulator(model, target="gpu")
    with pytest.raises(InputError, match="float32"):
        sn.build_simulator(activator(), target="cuda-simulator", dtype="int8")


def test_methods_that_a_device_does_not_have(device):
    with pytest.raises(UnsupportedError, match="rkc2"):
        device.solve((0, 1), method="ndf")
    with pytest.raises(UnknownNameError, match="tsit5"):
        device.solve((0, 1), method="tsti5")
    single = sn.build_simulator(activator(), target="cuda-simulator", dtype="float32")
    with pytest.raises(UnsupportedError, match="rkc2"):
        single.solve((0, 1), method="rock2")
    with pytest.raises(UnsupportedError, match="linear_solver"):
        device.solve((0, 1), linear_solver="dense")
    with pytest.raises(InputError, match="ordered"):
        device.solve((0, 1), t_eval=[0.5, 0.2])


@pytest.mark.parametrize(
    ("boundary", "word"),
    [({"u": {"x": "robin"}, "v": "no-flux"}, "robin"), ({"u": {"x": ("no-flux", 1)}, "v": "no-flux"}, "along x")],
)
def test_boundaries_without_fourier_modes(boundary, word):
    if word == "robin":
        boundary = {"u": {"x": sn.robin(1, 1, 0), "y": "no-flux"}, "v": "no-flux"}
    else:
        boundary["u"]["y"] = "no-flux"
    simulator = sn.build_simulator(activator(boundary), target="cuda-simulator")
    with pytest.raises(UnsupportedError, match=word):
        simulator.solve((0, 1), method="etdrk4", step=0.1)
