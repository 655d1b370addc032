"""Steps of fixed size, fused with the right-hand side."""

import numpy as np
import pytest

import symnum as sn
from symnum.errors import InputError, UnsupportedError
from symnum.simulators.fields.fixed_steps import FixedRun, FixedSteps, hermite
from tests.simulators.fields.field_models import heat, heat_rate
from tests.systems.stencil_examples import gray_scott

POLYNOMIALS = {
    "euler": lambda z: 1 + z,
    "ssprk33": lambda z: 1 + z + z**2 / 2 + z**3 / 6,
    "rk4": lambda z: 1 + z + z**2 / 2 + z**3 / 6 + z**4 / 24,
}


def wave(sol):
    """Amplitude of the cosine."""
    x = (np.arange(16) + 0.5) / 16
    return (sol["u"] - 2.0) @ np.cos(np.pi * x) * 2 / 16


@pytest.mark.parametrize("method", POLYNOMIALS)
def test_steps_are_those_of_the_method(method):
    """A mode of a linear equation is multiplied by the method's stability polynomial in every step: exact."""
    step, factor = 0.01, POLYNOMIALS[method](-0.01 * heat_rate())
    sol = sn.build_simulator(heat()).solve((0.0, 0.2), method=method, step=step, t_eval=[0.0, 0.1, 0.2])
    assert sol.success
    assert sol.stats["steps"] == 20
    np.testing.assert_allclose(wave(sol), [1.0, factor**10, factor**20], rtol=1e-12)


@pytest.mark.parametrize("method", POLYNOMIALS)
def test_the_last_step_may_be_shorter_and_times_between_steps_are_interpolated(method):
    polynomial, rate = POLYNOMIALS[method], heat_rate()
    sol = sn.build_simulator(heat()).solve((0.0, 0.105), method=method, step=0.01, t_eval=[0.033, 0.105])
    np.testing.assert_allclose(wave(sol)[1], polynomial(-0.01 * rate) ** 10 * polynomial(-0.005 * rate), rtol=1e-12)
    ends = [polynomial(-0.01 * rate) ** k for k in (3, 4)]
    between = hermite(
        0.033, (0.03, 0.04), tuple(np.array([e]) for e in ends), tuple(np.array([-rate * e]) for e in ends)
    )
    np.testing.assert_allclose(wave(sol)[0], between[0, 0], rtol=1e-12)


def test_the_same_steps_as_those_of_the_general_engine():
    simulator = sn.build_simulator(gray_scott((20, 24)))
    fused = simulator.solve((0.0, 10.0), method="rk4", step=0.5, t_eval=[10.0])
    options = {"t0": 0.0, "t1": 10.0, "t_eval": [10.0], "fixed_step": 0.5}
    from symnum.integrators.integrate import integrate
    from symnum.simulators.fields.prepare import prepare

    y, p = simulator.defaults()
    prepared = prepare(simulator.system, simulator.kernels.get_kernel, p, t0=0.0, t1=10.0, y0=y, method="rk4")
    other = integrate("rk4", prepared.problem, y0=y, **options)
    np.testing.assert_allclose(fused.frames[0], other.y[:, 0], rtol=1e-12, atol=1e-14)


def test_single_precision_is_close_and_takes_half_the_memory():
    simulator = sn.build_simulator(gray_scott((20, 24)))
    options = {"method": "ssprk33", "step": 0.5, "t_eval": [0.0, 10.0]}
    double, single = (simulator.solve((0.0, 10.0), dtype=d, **options) for d in ("float64", "float32"))
    assert single["u"].dtype == np.float32
    np.testing.assert_allclose(single["u"], double["u"], rtol=2e-6)
    assert np.any(single["u"] != double["u"])


def test_steps_end_where_the_equations_change():
    for method, when in (("euler", "t >= 0.55"), ("rk4", "t >= 0.55"), ("rk4", "t > 0.55"), ("ssprk33", "t >= 0.5")):
        model = sn.reaction_diffusion({"u": f"if({when}, 1, 0)"}, grid=sn.Grid(x=(0, 1, 8)), initial={"u": 0.0})
        sol = sn.build_simulator(model).solve((0.0, 1.0), method=method, step=0.1, t_eval=[0.5, 1.0])
        np.testing.assert_allclose(sol["u"][:, 0], [0.0, 0.5 if when[-3:] == "0.5" else 0.45], atol=1e-14)


def test_backwards_and_all_steps_kept():
    sol = sn.build_simulator(heat()).solve((1.0, 0.9), method="rk4", step=0.01)
    np.testing.assert_allclose(sol.t, np.linspace(1.0, 0.9, 11))
    np.testing.assert_allclose(wave(sol), POLYNOMIALS["rk4"](0.01 * heat_rate()) ** np.arange(11), rtol=1e-12)


def test_trackers_files_and_limits_work_as_with_other_methods(tmp_path):
    simulator = sn.build_simulator(heat())
    seen = sn.track.data(lambda fields: fields.mean("u"), every=0.025)
    options = {"method": "euler", "step": 0.01}
    sol = simulator.solve((0.0, 0.1), trackers=[seen], storage=tmp_path / "run.h5", t_eval=[0.0, 0.05, 0.1], **options)
    np.testing.assert_allclose(seen.t, [0.0, 0.025, 0.05, 0.075, 0.1])
    np.testing.assert_allclose(wave(sol), POLYNOMIALS["euler"](-0.01 * heat_rate()) ** np.array([0, 5, 10]), rtol=1e-12)
    part = simulator.solve((0.0, 0.1), max_steps=4, **options)
    assert part.status is sn.Status.TOO_MANY_STEPS
    np.testing.assert_allclose(part.t, 0.01 * np.arange(5))
    part = simulator.solve((0.0, 100.0), max_steps=4321, t_eval=[100.0], **options)
    assert part.stats["steps"] == 4321
    assert part.stats["t_reached"] == pytest.approx(43.21)
    part = simulator.solve((0.0, 1e6), timeout_s=0.1, t_eval=[1e6], **options)
    assert part.status is sn.Status.TIMEOUT
    assert 0.0 < part.stats["t_reached"] < 1e6
    steady = simulator.solve(
        (0.0, 1e6), t_eval=[0.0, 1e6], trackers=[sn.track.steady_state(1e-8, every=1.0)], **options
    )
    assert steady.status is sn.Status.STEADY_STATE


def test_a_run_that_is_not_stable_says_so():
    sol = sn.build_simulator(heat()).solve((0.0, 1000.0), method="euler", step=0.05, t_eval=[0.0, 1000.0])
    assert sol.status is sn.Status.NOT_FINITE
    assert len(sol.t) == 1


def test_pieces_of_an_interval():
    assert FixedSteps(0.0, 1.0, 0.1).pieces == [(0.0, 10, 0.0)]
    assert FixedSteps(0.0, 1.0, 0.3).pieces == [(0.0, 4, 0.1)]
    assert FixedSteps(1.0, 0.0, 0.3, [0.5]).pieces == [(1.0, 2, -0.2), (0.5, 2, -0.2)]
    np.testing.assert_allclose(FixedSteps(0.0, 1.0, 0.3, [0.5]).boundaries(1), [0.0, 0.3, 0.5, 0.8, 1.0])


def test_a_simulator_of_single_precision(tmp_path):
    model = gray_scott((20, 24))
    double, single = sn.build_simulator(model), sn.build_simulator(model, dtype="float32")
    y, p = double.defaults()
    assert single.rhs(0.0, y, p).dtype == np.float32
    np.testing.assert_allclose(single.rhs(0.0, y, p), double.rhs(0.0, y, p), rtol=1e-5, atol=1e-7)
    options = {"step": 0.5, "t_eval": [0.0, 10.0]}
    sol = single.solve((0.0, 10.0), **options)
    assert sol.stats["method"] == "rk4"
    assert sol.field("u").dtype == sol["u"].dtype == sol.frames.dtype == np.float32
    told = double.solve((0.0, 10.0), method="rk4", dtype=np.float32, **options)
    np.testing.assert_array_equal(told.frames, sol.frames)
    assert f"2, {2 * 4 * sol.layout.size / 1000:.2f} kB in memory" in repr(sol)
    assert single.solve((0.0, 10.0), method="rk4", dtype="float64", **options).frames.dtype == np.float64
    for name in ("run.h5", "run.zarr"):
        stored = single.solve((0.0, 10.0), storage=tmp_path / name, **options)
        assert stored["u"].dtype == np.float32
        np.testing.assert_array_equal(stored["u"], sol["u"])


def test_single_precision_without_fixed_steps_is_refused():
    simulator = sn.build_simulator(heat())
    with pytest.raises(UnsupportedError, match='method="rk4", "ssprk33" or "euler" with step='):
        simulator.solve((0.0, 1.0), dtype="float32")
    with pytest.raises(UnsupportedError, match='method="tsit5" needs double precision, dtype="float64"'):
        sn.build_simulator(heat(), dtype="float32").solve((0.0, 1.0), method="tsit5", step=0.1)
    for wrong in ("half", "float16", 3):
        with pytest.raises(InputError, match='choose "float64" or "float32"'):
            simulator.solve((0.0, 1.0), dtype=wrong, method="rk4", step=0.1)
        with pytest.raises(InputError, match='choose "float64" or "float32"'):
            sn.build_simulator(heat(), dtype=wrong)
    with pytest.raises(UnsupportedError, match="is for fields on a grid"):
        sn.build_simulator(sn.ode_system({"x": "-x"}, initial={"x": 1.0}), dtype="float32")


def test_more_frames_than_memory_are_refused_at_once():
    simulator = sn.build_simulator(heat(2, 64))
    simulator.solve((0.0, 0.1), method="euler", step=0.1, t_eval=[0.1])
    (stepper,) = simulator.steppers.values()
    run = FixedRun(stepper, FixedSteps(0.0, 1.0, 0.1), 0.0, *simulator.defaults(), lambda t, y: y)
    with pytest.raises(InputError, match=r'name fewer times in t_eval, or let a file have them, storage="run\.zarr"'):
        run._make_room(10**13)
