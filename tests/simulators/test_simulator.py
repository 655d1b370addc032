"""The public face of simulators: names, numbers, evaluation, reports, errors."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import symnum as sn
from symnum import errors


@pytest.fixture(scope="module")
def robertson():
    model = sn.ode_system(
        {
            "A": "-k1*A + k3*B*C",
            "B": "k1*A - k3*B*C - k2*B^2",
            "C": "k2*B^2",
        },
        parameters={"k1": 0.04, "k2": 3e7, "k3": 1e4},
        initial={"A": 1, "B": 0, "C": 0},
        observables={"total": "A + B + C"},
    )
    return sn.build_simulator(model)


@pytest.fixture(scope="module")
def enzyme():
    net = sn.reaction_network(
        "(k1, k2), S + E <--> C; k3, C --> E + P",
        parameters={"k1": 10, "k2": 1, "k3": 1},
        initial={"S": 1.0, "E": 0.1, "C": 0, "P": 0},
    )
    return sn.build_simulator(net)


def test_defaults_are_in_declaration_order(robertson):
    y, p = robertson.defaults()
    assert robertson.state_names == ("A", "B", "C")
    assert robertson.parameter_names == ("k1", "k2", "k3")
    assert y.tolist() == [1, 0, 0]
    assert p.tolist() == [0.04, 3e7, 1e4]


def test_robertson_to_its_reference(robertson):
    # End values at t = 40 from Hairer and Wanner's test set, as quoted widely.
    sol = robertson.solve((0, 40), t_eval=[0.4, 4, 40], rtol=1e-10, atol=1e-13)
    assert sol.success, sol.message
    assert sol["A"][-1] == pytest.approx(0.7158270687, rel=1e-8)
    assert sol["B"][-1] == pytest.approx(9.185534764e-6, rel=1e-8)
    assert sol["C"][-1] == pytest.approx(0.2841637457, rel=1e-8)
    assert np.allclose(sol["total"], 1, atol=1e-12)
    assert sol.stats["jacobian"] == "analytic"


def test_right_hand_side_and_jacobian(robertson):
    y = np.array([0.7, 1e-5, 0.3])
    f = robertson.rhs(0.0, y)
    assert f == pytest.approx([-0.028 + 0.03, 0.028 - 0.03 - 3e-3, 3e-3])
    J = robertson.jacobian(0.0, y).toarray()
    assert J[0].tolist() == pytest.approx([-0.04, 3e3, 0.1])
    assert robertson.rhs(0.0, {"A": 0.7, "B": 1e-5, "C": 0.3}, {"k1": 0.0})[0] == pytest.approx(0.03)
    assert robertson.observe(0.0, y)[0] == pytest.approx(1.00001)


def test_bound_kernels(robertson):
    y = np.array([0.7, 1e-5, 0.3])
    call, out = robertson.kernels["rhs"].bind(0.0, y, None)
    assert call() == 0
    assert np.array_equal(out, robertson.rhs(0.0, y))
    y[0] = 0.5  # the buffer itself is read
    call()
    assert np.array_equal(out, robertson.rhs(0.0, y))
    call, values = robertson.kernels["jacobian"].bind(0.0, y)
    call()
    assert np.array_equal(values, robertson.jacobian(0.0, y).data)


def test_network_by_names(enzyme):
    sol = enzyme.solve((0, 10), y0={"S": 2.0}, params={"k3": 0.5}, rtol=1e-8)
    P = sn.species("P")
    assert np.array_equal(sol[P], sol["P"])
    assert sol["S"][0] == 2.0
    assert sol["S"] + sol["C"] + sol["P"] == pytest.approx(2.0)
    assert sol(3.7).shape == (4,)
    assert sol([1.0, 2.0]).shape == (4, 2)
    assert sol(10.0) == pytest.approx(sol.y[:, -1])


def test_result_does_not_depend_on_the_output_grid(enzyme):
    fine = enzyme.solve((0, 10), t_eval=np.linspace(0, 10, 101))
    coarse = enzyme.solve((0, 10), t_eval=[0, 5, 10])
    assert np.array_equal(fine.y[:, [0, 50, 100]], coarse.y)
    assert np.array_equal(enzyme.solve((0, 10))(5.0), coarse.y[:, 1])


def test_methods_agree(enzyme):
    a = enzyme.solve((0, 10), t_eval=[10], method="tsit5", rtol=1e-9, atol=1e-12)
    b = enzyme.solve((0, 10), t_eval=[10], method="bdf", rtol=1e-9, atol=1e-12)
    assert a.y == pytest.approx(b.y, rel=1e-6)
    auto = enzyme.solve((0, 10))
    assert auto.stats["method_reason"]
    with pytest.raises(errors.UnknownNameError, match="tsit5"):
        enzyme.solve((0, 1), method="tsit6")


def test_parameters_that_depend_on_others():
    model = sn.ode_system(
        {"x": "-b*x"},
        parameters={"a": 2.0, "b": "3*a"},
        initial={"x": "a"},
    )
    sim = sn.build_simulator(model)
    assert sim.defaults()[1].tolist() == [2.0, 6.0]
    assert sim.rhs(0.0, None, {"a": 1.0}).tolist() == [-3.0]
    sol = sim.solve((0, 1), params={"a": 1.0}, t_eval=[0, 1], rtol=1e-9)
    assert sol["x"] == pytest.approx([1.0, np.exp(-3)], rel=1e-7)


def test_errors_name_what_was_written(enzyme):
    with pytest.raises(errors.UnknownNameError, match='"SS".*Did you mean "S"'):
        enzyme.solve((0, 1), y0={"SS": 1.0})
    with pytest.raises(errors.UnknownNameError, match='"kk1"'):
        enzyme.solve((0, 1), params={"kk1": 1.0})
    with pytest.raises(errors.ShapeError, match=r"\(2,\).*\(4,\)"):
        enzyme.solve((0, 1), y0=[1.0, 2.0])
    with pytest.raises(errors.InputError, match="nan"):
        enzyme.solve((0, 1), y0={"S": float("nan")})
    with pytest.raises(errors.InputError, match="t_span"):
        enzyme.solve(5.0)
    with pytest.raises(errors.InputError, match="rtol"):
        enzyme.solve((0, 1), rtol=-1)
    with pytest.raises(errors.UnknownNameError, match='no kind "odes"'):
        sn.build_simulator(enzyme.system, kind="odes")
    with pytest.raises(errors.InputError, match="is no model"):
        sn.build_simulator("model")
    with pytest.raises(errors.UnknownNameError, match="observable"):
        enzyme.solve((0, 1))["Q"]
    with pytest.raises(errors.InputError, match="0 <= t <= 1"):
        enzyme.solve((0, 1))(2.0)


def test_species_without_a_value_start_at_zero():
    sim = sn.build_simulator(sn.reaction_network("(k1, k2), S + E <--> C; k3, C --> E + P"))
    sol = sim.solve((0.0, 10.0), y0={"S": 1.0, "E": 0.1}, params={"k1": 10, "k2": 1, "k3": 1}, rtol=1e-8)
    assert sol.y[:, 0].tolist() == [1.0, 0.1, 0.0, 0.0]
    model = sn.ode_system({"x": "-x", "y": "x"})
    with pytest.raises(errors.MissingValueError, match="y"):
        sn.build_simulator(model).solve((0, 1), y0={"x": 1})


def test_missing_values_are_listed():
    net = sn.reaction_network("k, A --> B")
    sim = sn.build_simulator(net)
    with pytest.raises(errors.MissingValueError, match=r"k.*params="):
        sim.solve((0, 1), y0={"A": 1, "B": 0})
    with pytest.raises(errors.MissingValueError, match=r"A, B.*y0="):
        sim.solve((0, 1), params={"k": 1})


def test_blow_up_has_a_typed_status_and_keeps_its_part():
    sim = sn.build_simulator(sn.ode_system({"calm": "-calm", "wild": "wild^2"}, initial={"calm": 1, "wild": 1}))
    for method in ("tsit5", "bdf"):
        sol = sim.solve((0, 2), method=method)
        assert not sol.success
        assert sol.status.name in ("STEP_UNDERFLOW", "NOT_FINITE")
        assert sol.stats["t_reached"] == pytest.approx(1.0, abs=1e-3)
        assert sol.failed_state == "wild"
        assert "wild" in sol.message
        assert len(sol.t) > 3
        assert np.all(np.isfinite(sol.y))


def test_not_a_number_names_the_state():
    sim = sn.build_simulator(sn.ode_system({"x": "-1", "y": "log(x)"}, initial={"x": 1, "y": 0}))
    sol = sim.solve((0, 2))
    assert not sol.success
    assert sol.failed_state == "y"
    assert sol.stats["t_reached"] == pytest.approx(1.0, abs=0.02)


def test_time_limit_keeps_the_partial_result():
    sim = sn.build_simulator(sn.ode_system({"x": "v", "v": "-x"}, initial={"x": 1, "v": 0}))
    sol = sim.solve((0, 1e9), rtol=1e-10, timeout_s=0.2, t_eval=np.arange(0, 1e9, 1e6))
    assert sol.status.name == "TIMEOUT"
    assert 0 < sol.stats["t_reached"] < 1e9
    assert len(sol.t) >= 1


def test_solves_in_threads_equal_serial_ones(robertson):
    def one(k):
        return robertson.solve((0, 1e3), params={"k1": 0.04 + 0.001 * k}, t_eval=[1, 10, 1e3]).y

    serial = [one(k) for k in range(8)]
    with ThreadPoolExecutor(8) as pool:
        parallel = list(pool.map(one, range(8)))
    assert all(np.array_equal(a, b) for a, b in zip(serial, parallel, strict=True))


def test_display_and_reports(robertson):
    sol = robertson.solve((0, 40))
    assert "factorisations" in repr(sol)
    assert sol._repr_html_().startswith("<table")
    report = robertson.compile_report
    assert report["rhs"]["operations"]["multiply"] > 0
    assert report.seconds > 0
    assert "rhs" in repr(report)
    assert "d(B)/dt" in robertson.source
    assert "J[A, B]" in robertson.kernels["jacobian"].source
    assert "Simulator" in repr(robertson)


def test_source_evaluates_to_the_kernel(robertson):
    """The readable code is the compiled code: run it and compare."""
    y, p = np.array([0.7, 1e-5, 0.3]), robertson.defaults()[1]
    names = dict(zip("ABC", y, strict=True)) | dict(zip(robertson.parameter_names, p, strict=True))
    values = {sn.Symbol(k): float(v) for k, v in names.items()}
    results = []
    for line in robertson.source.splitlines():
        if line.startswith("#"):
            continue
        name, text = line.split(" = ", 1)
        value = float(sn.evaluate(sn.parse(text), values))
        if name.startswith("d("):
            results.append(value)
        else:
            values[sn.Symbol(name)] = value
    assert results == pytest.approx(robertson.rhs(0.0, y).tolist(), rel=1e-12)


def test_dataframe_and_pickle(robertson):
    sol = robertson.solve((0, 40), t_eval=[0, 20, 40])
    frame = sol.to_dataframe()
    assert list(frame.columns) == ["A", "B", "C", "total"]
    assert frame.index.name == "t"
    copy = pickle.loads(pickle.dumps(sol))
    assert np.array_equal(copy["total"], sol["total"])
    with pytest.raises(errors.InputError, match="t_eval"):
        copy(1.0)


def test_terms_through_every_structure():
    model = sn.ode_system({"x": "-a*x + sin(t)", "y": "x*y^2"}, parameters={"a": 2.0}, initial={"x": 1, "y": 1})
    expected = sn.build_simulator(model).rhs(0.3, [0.5, 0.25])
    for name in sn.term_types():
        sim = sn.build_simulator(model, terms=name)
        assert sim.rhs(0.3, [0.5, 0.25]) == pytest.approx(expected.tolist(), rel=1e-14)


def test_plot_is_labelled(enzyme):
    import matplotlib

    matplotlib.use("Agg")
    axes = enzyme.solve((0, 10)).plot(["S", "P"], ylabel="amount")
    assert axes.get_xlabel() == "t"
    assert axes.get_ylabel() == "amount"
    assert [t.get_text() for t in axes.get_legend().get_texts()] == ["S", "P"]
    assert " at t = " not in axes.get_title(loc="left")


def test_plot_of_a_failed_run_says_so():
    import matplotlib

    matplotlib.use("Agg")
    model = sn.ode_system({"x": "x^2"}, initial={"x": 1}, name="blow-up")
    sol = sn.build_simulator(model).solve((0, 2))
    assert not sol.success
    title = sol.plot().get_title(loc="left")
    assert title.startswith("blow-up (")
    assert f"{sol.status.name.lower().replace('_', ' ')} at t = 1" in title
    assert sol.plot(title="mine").get_title(loc="left").startswith("mine (")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_step": 0}, "max_step"),
        ({"max_step": float("nan")}, "max_step"),
        ({"first_step": -1}, "first_step"),
        ({"timeout_s": -1}, "timeout_s"),
        ({"timeout_s": "x"}, "timeout_s"),
        ({"max_steps": 1.5}, "max_steps"),
        ({"max_steps": -1}, "max_steps"),
        ({"max_steps": 10**30}, "max_steps"),
        ({"t_eval": ["a"]}, "t_eval"),
        ({"t_eval": [1j]}, "t_eval"),
        ({"atol": "x"}, "atol"),
        ({"atol": {"S": -1.0}}, "atol"),
        ({"method": None}, "method"),
        ({"method": 3}, "method"),
        ({"rtol": "x"}, "rtol"),
    ],
)
def test_arguments_are_checked(enzyme, arguments, message):
    with pytest.raises(errors.InputError, match=message):
        enzyme.solve((0, 1), **arguments)


def test_arguments_of_many_kinds(enzyme):
    expected = enzyme.solve((0, 1), t_eval=[0.5, 1.0], rtol=1e-6, atol=1e-9)
    for t_eval in ((0.5, 1), np.array([0.5, 1.0]), (t for t in (0.5, 1.0))):
        assert np.array_equal(enzyme.solve((0, 1), t_eval=t_eval, rtol=1e-6, atol=1e-9).y, expected.y)
    assert enzyme.solve((0, 1), rtol=np.float32(1e-6), timeout_s=float("inf")).success
    by_name = enzyme.solve((0, 1), atol={"S": 1e-9, "P": 1e-3})
    assert "by name" in by_name.stats["atol"]
    with pytest.raises(errors.UnknownNameError, match='"Q"'):
        enzyme.solve((0, 1), atol={"Q": 1e-9})
    with pytest.raises(errors.InputError, match="t_span"):
        enzyme.solve("01")
    with pytest.raises(errors.ShapeError, match="y has shape"):
        enzyme.rhs(0, [1.0])
    with pytest.raises(errors.InputError, match="t is"):
        enzyme.rhs("a", None)


@pytest.mark.parametrize("rtol", [1e-2, 1e-3, 1e-4, 1e-6])
def test_slow_decay_stays_physical_with_the_default_tolerance(robertson, rtol):
    sol = robertson.solve((0, 1e11), rtol=rtol, t_eval=[1e11])
    assert sol.success
    assert sol["A"][-1] == pytest.approx(2.08334e-8, rel=0.2 if rtol > 1e-3 else 0.02)
    assert sol["total"][-1] == pytest.approx(1, abs=1e-3)
