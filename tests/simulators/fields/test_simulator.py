"""Simulators of fields: values, solutions, arguments, and what is kept when a run ends early."""

import _thread
import pickle
import threading

import numpy as np
import pytest

import symnum as sn
from symnum.errors import InputError, MissingValueError, ShapeError, UnknownNameError, UnsupportedError
from symnum.systems.stencils.evaluate import evaluate_rhs
from tests.simulators.fields.field_models import cosine, heat, logistic
from tests.systems.stencil_examples import brusselator, gray_scott


@pytest.fixture(scope="module")
def simulator():
    return sn.build_simulator(heat())


def test_right_hand_side_and_jacobian_are_those_of_the_system(rng):
    system = gray_scott((6, 5))
    simulator = sn.build_simulator(system)
    y = rng.random(system.size)
    p = simulator.defaults()[1]
    np.testing.assert_allclose(simulator.rhs(0.3, y), evaluate_rhs(system, 0.3, y, p), rtol=1e-12, atol=1e-13)
    step = rng.standard_normal(system.size)
    ends = [evaluate_rhs(system, 0.3, y + s * 1e-6 * step, p) for s in (1.0, -1.0)]
    product = simulator.jacobian(0.3, y) @ step
    np.testing.assert_allclose(product, (ends[0] - ends[1]) / 2e-6, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("method", ["auto", "tsit5", "rkc2", "ndf", "rodas5p"])
def test_solution_is_that_of_the_equations_on_the_grid(simulator, method):
    sol = simulator.solve((0.0, 2.0), t_eval=[0.0, 0.5, 2.0], rtol=1e-8, atol=1e-10, method=method)
    assert sol.success
    np.testing.assert_allclose(sol["u"], [cosine(t) for t in sol.t], rtol=2e-6)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_fields_of_more_dimensions_have_the_shape_of_the_grid(dimensions):
    sol = sn.build_simulator(heat(dimensions, 6)).solve((0.0, 1.0), t_eval=[0.0, 1.0], rtol=1e-7)
    assert sol["u"].shape == (2, *[6] * dimensions)
    np.testing.assert_allclose(sol["u"][-1], cosine(1.0, dimensions, 6), rtol=1e-5)


def test_only_the_times_of_t_eval_are_kept_and_they_do_not_steer_the_steps(simulator):
    every = simulator.solve((0.0, 2.0), method="tsit5")
    some = simulator.solve((0.0, 2.0), t_eval=[0.3, 1.7], method="tsit5")
    assert some["u"].shape == (2, 16)
    assert some.stats["steps"] == every.stats["steps"]
    np.testing.assert_allclose(some["u"], [every(t) for t in (0.3, 1.7)], rtol=1e-12)
    with pytest.raises(InputError, match="only the fields at the times of t_eval"):
        some(1.0)
    with pytest.raises(InputError, match="defined for 0 <= t <= 2"):
        every(3.0)


@pytest.mark.parametrize("options", [{"method": "tsit5"}, {"method": "rk4", "step": 0.5}])
def test_values_do_not_depend_on_threads(options):
    simulator = sn.build_simulator(gray_scott((24, 24)))
    one, two = (simulator.solve((0.0, 5.0), t_eval=[5.0], threads=n, **options) for n in (1, 2))
    np.testing.assert_array_equal(one["u"], two["u"])
    with pytest.raises(InputError, match='threads is 0; give a positive whole number, or "auto"'):
        simulator.solve((0.0, 5.0), threads=0)


def test_of_large_grids_frames_at_equal_distances_are_kept():
    sol = sn.build_simulator(gray_scott((40, 40))).solve((0.0, 1.0), rtol=1e-3)
    np.testing.assert_allclose(sol.t, np.linspace(0.0, 1.0, 101))
    assert not sol.has_continuous_form


def test_initial_values_are_numbers_arrays_or_functions_of_the_coordinates():
    simulator = sn.build_simulator(logistic())
    x = (np.arange(8) + 0.5) / 8
    own = simulator.snapshot()
    np.testing.assert_allclose(own["v"], x)
    for given in ({"u": 2.0}, {"u": np.full(8, 2.0)}, {"u": lambda x: 2.0 + 0 * x}):
        start = simulator.snapshot(given)
        np.testing.assert_array_equal(start["u"], np.full(8, 2.0))
        np.testing.assert_array_equal(start["v"], own["v"])
    both = np.stack([x, 1 - x])
    np.testing.assert_array_equal(simulator.snapshot(both).state, both.ravel())


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"w": 1.0}, UnknownNameError, 'no field "w"; the fields are u, v'),
        ({"u": np.ones(7)}, ShapeError, r"shape \(7,\); give a number, or an array of shape \(8,\)"),
        ({"u": "x"}, ShapeError, "is 'x'"),
        ({"u": np.nan}, InputError, "not finite"),
        (np.ones(9), ShapeError, r"shape \(9,\)"),
        (1j * np.ones(16), ShapeError, "complex"),
        ({"u": 1j * np.ones(8)}, ShapeError, r'y0\["u"\] is complex'),
        ({"u": lambda x: 1.0 if x > 3 else 2.0}, InputError, "Write it for arrays"),
    ],
)
def test_initial_values_that_do_not_fit_are_refused(given, error, words):
    with pytest.raises(error, match=words):
        sn.build_simulator(logistic()).solve((0.0, 1.0), y0=given)


def test_a_field_without_initial_values_is_named():
    model = sn.reaction_diffusion({"u": "laplacian(u)"}, grid=sn.Grid(x=(0, 1, 8)))
    with pytest.raises(MissingValueError, match="u: no initial values"):
        sn.build_simulator(model).solve((0.0, 1.0))


def test_initial_values_that_are_no_numbers_say_where():
    model = sn.reaction_diffusion({"u": "0"}, grid=sn.Grid(x=(0, 1, 4)), initial={"u": "log(x - 0.5)"})
    with pytest.raises(InputError, match=r"value of u is no finite number in 2 cells, the first at x = 0\.125"):
        sn.build_simulator(model).solve((0.0, 1.0))


def test_parameters_by_name_by_position_and_in_space():
    simulator = sn.build_simulator(heat())
    still = simulator.solve((0.0, 1.0), params={"D": 0.0}, t_eval=[1.0])
    np.testing.assert_allclose(still["u"][0], cosine(0.0))
    np.testing.assert_array_equal(simulator.solve((0.0, 1.0), params=[0.0], t_eval=[1.0])["u"], still["u"])
    with pytest.raises(UnknownNameError, match='no parameter "k"'):
        simulator.solve((0.0, 1.0), params={"k": 1.0})
    with pytest.raises(ShapeError, match=r"give an array to the model: parameters={\"D\": np.ones\(\(16,\)\)}"):
        simulator.solve((0.0, 1.0), params={"D": np.ones(16)})


def test_parameters_that_vary_in_space_are_arrays():
    rate = np.linspace(0.5, 2.0, 8)
    model = sn.reaction_diffusion({"u": "-k*u"}, grid=sn.Grid(x=(0, 1, 8)), parameters={"k": rate}, initial={"u": 1.0})
    simulator = sn.build_simulator(model)
    sol = simulator.solve((0.0, 1.0), t_eval=[1.0], rtol=1e-8)
    np.testing.assert_allclose(sol["u"][0], np.exp(-rate), rtol=1e-6)
    sol = simulator.solve((0.0, 1.0), params={"k": 2 * rate}, t_eval=[1.0], rtol=1e-8)
    np.testing.assert_allclose(sol["u"][0], np.exp(-2 * rate), rtol=1e-6)
    with pytest.raises(ShapeError, match=r'params\["k"\] has shape \(3,\)'):
        simulator.solve((0.0, 1.0), params={"k": np.ones(3)})


def test_absolute_tolerances_follow_the_fields():
    simulator = sn.build_simulator(logistic())
    sol = simulator.solve((0.0, 0.1), rtol=1e-4, y0={"u": 5.0})
    assert sol.stats["atol"].startswith("u 5e-07, v 9.38e-08")
    assert "given" in simulator.solve((0.0, 0.1), atol=1e-5).stats["atol"]
    assert simulator.solve((0.0, 0.1), atol={"u": 1e-3}, rtol=1e-4).stats["atol"].startswith("u 0.001, v 9.38e-08")
    with pytest.raises(UnknownNameError, match='no field "w"'):
        simulator.solve((0.0, 0.1), atol={"w": 1e-3})
    with pytest.raises(InputError, match="not negative"):
        simulator.solve((0.0, 0.1), atol=-1.0)


def test_observables_and_integrals_over_time(simulator):
    sol = simulator.solve((0.0, 1.0), t_eval=[0.0, 1.0])
    np.testing.assert_allclose(sol["total"], [2.0, 2.0], rtol=1e-12)
    np.testing.assert_allclose(sol.integral("u"), [2.0, 2.0], rtol=1e-12)
    np.testing.assert_allclose(sol.mean("u"), [2.0, 2.0], rtol=1e-12)
    assert simulator.observe(0.0, {"u": 3.0}) == pytest.approx([3.0])
    with pytest.raises(UnknownNameError, match='no field or observable "w"; there are u, total'):
        sol["w"]


def test_the_discontinuity_of_a_source_is_stepped_on():
    simulator = sn.build_simulator(brusselator(8))
    sol = simulator.solve((0.0, 2.0), rtol=1e-5)
    assert np.min(np.abs(sol.t - 1.1)) < 1e-9
    fine = simulator.solve((0.0, 2.0), t_eval=[2.0], rtol=1e-9)
    np.testing.assert_allclose(sol["u"][-1], fine["u"][-1], rtol=2e-4)


def test_a_time_limit_keeps_what_was_reached():
    simulator = sn.build_simulator(brusselator(24))
    sol = simulator.solve((0.0, 1e6), method="tsit5", t_eval=np.linspace(0, 1e6, 10**6 + 1), timeout_s=0.3)
    assert sol.status is sn.Status.TIMEOUT
    assert not sol.success
    assert 0.0 < sol.stats["t_reached"] < 1e6
    assert 0 < len(sol.t) == len(sol["u"])
    assert sol.t[-1] <= sol.stats["t_reached"]
    assert "timeout_s was used up" in sol.message


def test_ctrl_c_keeps_what_was_reached():
    simulator = sn.build_simulator(brusselator(24))
    simulator.rhs(0.0, simulator.defaults()[0])  # compiled before the clock runs
    simulator.solve((0.0, 1e-3), method="tsit5")
    timer = threading.Timer(0.3, _thread.interrupt_main)
    timer.start()
    sol = simulator.solve((0.0, 1e6), method="tsit5", t_eval=np.linspace(0, 1e6, 10**6 + 1))
    timer.join()
    assert sol.status is sn.Status.INTERRUPTED
    assert len(sol.t) > 0


def test_a_run_that_blows_up_names_the_cell():
    model = sn.reaction_diffusion(
        {"u": "u^2"}, grid=sn.Grid(x=(0, 1, 4)), initial={"u": np.array([0.1, 0.1, 1.0, 0.1])}
    )
    sol = sn.build_simulator(model).solve((0.0, 2.0), method="tsit5")
    assert not sol.success
    assert sol.stats["t_reached"] == pytest.approx(1.0, abs=1e-3)
    assert "u[2]" in sol.message


def test_what_is_not_for_fields_is_refused():
    model = heat()
    with pytest.raises(UnsupportedError, match="events= is not for fields"):
        sn.build_simulator(model, events=[sn.event("t > 1", {})])
    with pytest.raises(UnsupportedError, match="rewrite= is not for fields"):
        sn.build_simulator(model, rewrite="egraph")
    with pytest.raises(UnsupportedError, match="Models of fields have no events"):
        sn.build_simulator(model).solve((0.0, 1.0), events=[sn.event("t > 1", {})])


def test_simulators_and_solutions_can_be_copied(simulator):
    sol = simulator.solve((0.0, 1.0), t_eval=[0.0, 1.0])
    again = pickle.loads(pickle.dumps(sol))
    np.testing.assert_array_equal(again["u"], sol["u"])
    np.testing.assert_array_equal(again["total"], sol["total"])
    other = pickle.loads(pickle.dumps(simulator))
    np.testing.assert_array_equal(other.solve((0.0, 1.0), t_eval=[0.0, 1.0])["u"], sol["u"])


def test_displays_tell_what_there_is(simulator):
    sol = simulator.solve((0.0, 1.0), t_eval=[0.0, 1.0])
    text = repr(sol)
    for words in ("FieldSolution heat", "u on x 16 cells", "success", "2, 256 B in memory"):
        assert words in text
    assert sol._repr_html_().startswith("<table>")
    assert "heat: u on 16 cells, 16 states" in repr(simulator)
    assert "d(u[i])/dt" in simulator.source
    assert "rhs" in repr(simulator.compile_report)
    ends = cosine(1.0)[[-1, 0]]
    assert repr(sol.at(1.0)) == f"<fields at t = 1: u {ends[0]:.4g} … {ends[1]:.4g}>"


def test_initial_values_of_large_grids_are_the_same(monkeypatch):
    model = sn.reaction_diffusion(
        {"u": "laplacian(u)", "v": "laplacian(v)", "w": "0", "z": "0"},
        grid=sn.Grid(x=(0, 1, 9), y=(0, 1, 10)),
        parameters={"a": 2.0},
        initial={"u": "a*exp(-x) + airyai(y)", "v": np.arange(90.0).reshape(9, 10), "w": "x*y + a", "z": 1},
    )
    plain = sn.build_simulator(model).snapshot(t=0.5)
    monkeypatch.setattr("symnum.simulators.fields.simulator.COMPILED_START", 0)
    simulator = sn.build_simulator(model)
    np.testing.assert_allclose(simulator.snapshot(t=0.5).state, plain.state, rtol=1e-14)
    given = simulator.snapshot({"u": 3.0, "v": lambda x, y: x + y}, t=0.5)
    assert (given["u"] == 3.0).all()
    np.testing.assert_array_equal(given["w"], plain["w"])
    open_ended = sn.build_simulator(sn.reaction_diffusion({"u": "0", "v": "0"}, grid=sn.Grid(x=(0, 1, 9)),
                                                          initial={"u": 1}))  # fmt: skip
    with pytest.raises(MissingValueError, match="v: no initial values"):
        open_ended.snapshot()
    with pytest.raises(InputError, match="no finite number in 4 cells, the first at x = 0.0555556"):
        sn.build_simulator(
            sn.reaction_diffusion({"u": "0"}, grid=sn.Grid(x=(0, 1, 9)), initial={"u": "log(x - 0.4)"})
        ).snapshot()
