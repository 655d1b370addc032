"""Trackers see the fields at the times they ask for, and end runs with a status of their own."""

import pickle

import numpy as np
import pytest

import symnum as sn
from symnum.errors import InputError, SymnumWarning, UnknownNameError
from tests.simulators.fields.field_models import cosine, heat, logistic


@pytest.fixture(scope="module")
def simulator():
    return sn.build_simulator(heat())


@pytest.fixture(scope="module")
def growth():
    return sn.build_simulator(logistic())


@pytest.mark.parametrize("method", ["tsit5", "rkc2", "ndf", "etdrk4"])
def test_data_are_those_of_the_times_asked_for(simulator, method):
    tracker = sn.track.data(lambda fields: fields["u"], every=0.25)
    sol = simulator.solve((0.0, 1.0), trackers=[tracker], method=method, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(tracker.t, [0.0, 0.25, 0.5, 0.75, 1.0])
    np.testing.assert_allclose(tracker.array, [cosine(t) for t in tracker.t], rtol=1e-6)
    assert sol.trackers == (tracker,)


def test_trackers_do_not_change_the_steps(simulator):
    alone = simulator.solve((0.0, 1.0), method="tsit5")
    seen = sn.track.data(lambda fields: fields.mean("u"), every=0.01)
    watched = simulator.solve((0.0, 1.0), method="tsit5", trackers=seen)
    np.testing.assert_array_equal(watched.t, alone.t)
    np.testing.assert_array_equal(watched["u"], alone["u"])
    assert len(seen.t) == 101


def test_trackers_count_backwards_in_time_too(simulator):
    tracker = sn.track.data(lambda fields: fields.t, every=0.25)
    simulator.solve((1.0, 0.0), trackers=[tracker], params={"D": 1e-3})
    np.testing.assert_allclose(tracker.values, [1.0, 0.75, 0.5, 0.25, 0.0])


def test_dictionaries_become_the_columns_of_a_data_frame(simulator):
    tracker = sn.track.data(lambda f: {"low": f["u"].min(), "mean": f.mean("u")}, every=0.5)
    simulator.solve((0.0, 1.0), trackers=[tracker])
    frame = tracker.to_dataframe()
    assert list(frame.columns) == ["low", "mean"]
    np.testing.assert_allclose(frame.index, [0.0, 0.5, 1.0])
    np.testing.assert_allclose(frame["mean"], 2.0)


def test_a_steady_state_ends_the_run(growth):
    sol = growth.solve((0.0, 1000.0), trackers=[sn.track.steady_state(1e-4, every=0.5)], rtol=1e-7)
    assert sol.status is sn.Status.STEADY_STATE
    assert sol.success
    assert 5.0 < sol.stats["t_reached"] < 50.0
    assert sol.t[-1] <= sol.stats["t_reached"]
    slope = growth.rhs(sol.stats["t_reached"], sol(sol.stats["t_reached"]))
    assert np.max(np.abs(slope[:8])) <= 1.02e-4
    np.testing.assert_allclose(sol["u"][-1], 1.0, rtol=1e-3)
    assert "A steady state was reached at t" in sol.message


def test_who_may_end_a_run_looks_a_hundred_times_whatever_the_clock_says(growth):
    times = [growth.solve((0.0, end), trackers=sn.track.steady_state(1e-4)).stats["t_reached"] for end in (50.0, 100.0)]
    assert times[0] % 0.5 == pytest.approx(0.0, abs=1e-9)
    assert times[1] == pytest.approx(np.ceil(times[0]), abs=1e-9)
    mass = sn.track.conservation("u", action="record")
    growth.solve((0.0, 1.0), trackers=mass)
    np.testing.assert_allclose(mass.t, np.linspace(0.0, 1.0, 101))
    growth.solve((0.0, 2.0), trackers=mass)  # again, with another end
    np.testing.assert_allclose(mass.t, np.linspace(0.0, 2.0, 101))


def test_solutions_with_trackers_can_be_copied(growth):
    """With what trackers saw; a function made on the spot cannot be."""
    watchers = [sn.track.data(lambda fields: fields.max("u"), every=0.5), sn.track.steady_state(1e-9)]
    sol = growth.solve((0.0, 1.0), trackers=watchers)
    again = pickle.loads(pickle.dumps(sol))
    np.testing.assert_array_equal(again.trackers[0].array, watchers[0].array)
    assert again.trackers[0].t == [0.0, 0.5, 1.0]
    with pytest.raises(InputError, match="without its function"):
        growth.solve((0.0, 1.0), trackers=again.trackers[0])
    assert growth.solve((0.0, 1.0), trackers=again.trackers[1]).success


def test_a_field_that_dies_out_is_steady_at_last():
    """Changes are measured by the largest size that a field has had, not by what is left of it."""
    model = sn.reaction_diffusion({"u": "-u"}, grid=sn.Grid(x=4), initial=1.0)
    sol = sn.build_simulator(model).solve((0.0, 100.0), trackers=sn.track.steady_state(1e-4), atol=1e-12)
    assert sol.status is sn.Status.STEADY_STATE
    assert str(sol.status) == "STEADY_STATE"
    assert sol.stats["t_reached"] == pytest.approx(10.0)


def test_a_steady_state_is_not_seen_where_there_is_none(growth):
    sol = growth.solve((0.0, 2.0), trackers=[sn.track.steady_state(1e-4, every=0.1)])
    assert sol.status is sn.Status.SUCCESS


def test_output_ends_where_a_tracker_ends_the_run(growth):
    sol = growth.solve((0.0, 1000.0), t_eval=np.arange(0.0, 1001.0), trackers=[sn.track.steady_state(1e-4, every=0.5)])
    assert len(sol.t) == int(sol.stats["t_reached"]) + 1
    assert sol["u"].shape == (len(sol.t), 8)


def test_the_end_is_known_where_the_record_has_been_let_go():
    """Of large systems a few steps fill a block of the record, and many blocks are let go within one slice of work."""
    simulator = sn.build_simulator(heat(2, 150))

    def late(fields):
        if fields.t >= 8e-6:
            raise StopIteration

    watcher = sn.track.callback(late, every=1e-6)
    sol = simulator.solve((0.0, 1.0), t_eval=[0.0, 1e-5, 1.0], trackers=[watcher], max_step=1e-7, method="tsit5")
    assert sol.status is sn.Status.STOPPED
    assert sol.stats["t_reached"] == pytest.approx(8e-6)
    again = simulator.resume(sol, 2e-5, t_eval=[2e-5])
    np.testing.assert_allclose(again.t, [0.0, 1e-5, 2e-5])
    np.testing.assert_allclose(again["u"][-1], cosine(2e-5, 2, 150), rtol=1e-9)


def test_progress_is_told_to_a_function(growth):
    told = []
    growth.solve((0.0, 1.0), method="rkc2", progress=lambda part, t: told.append((part, t)))
    assert told[-1] == (1.0, 1.0)
    assert all(0.0 <= part <= 1.0 for part, _ in told)


def test_conservation_is_recorded_and_its_end_ends_the_run(simulator, growth):
    mass = sn.track.conservation("u", rtol=1e-10, every=0.1)
    sol = simulator.solve((0.0, 1.0), trackers=[mass])
    assert sol.status is sn.Status.SUCCESS
    assert len(mass.totals) == 11
    assert mass.deviation < 1e-12
    sol = growth.solve((0.0, 1.0), trackers=[sn.track.conservation("u", rtol=0.2, every=0.05)])
    assert sol.status is sn.Status.NOT_CONSERVED
    assert not sol.success
    assert "The integral of u went from 0.1 to 0.12" in sol.message
    # u' = u (1 - u) from 0.1 reaches 0.12 at this time; the look after it finds it
    when = np.log(0.12 / 0.88 / (0.1 / 0.9))
    assert 0.0 <= sol.stats["t_reached"] - when < 0.05 + 1e-9


def test_conservation_may_warn_once(growth):
    tracker = sn.track.conservation("u", rtol=0.2, every=0.05, action="warn")
    with pytest.warns(SymnumWarning, match="the integral of u went from") as caught:
        sol = growth.solve((0.0, 1.0), trackers=[tracker])
    assert len(caught) == 1
    assert sol.status is sn.Status.SUCCESS


def test_stop_iteration_ends_the_run_and_says_why(growth):
    def enough(fields):
        if fields["u"].max() > 0.5:
            raise StopIteration("half of it has grown")

    sol = growth.solve((0.0, 100.0), trackers=[sn.track.callback(enough, every=0.01)])
    assert sol.status is sn.Status.STOPPED
    assert sol.success
    assert sol.stats["t_reached"] == pytest.approx(np.log(9.0), abs=0.011)
    assert "Half of it has grown." in sol.message


def test_an_error_in_a_callback_is_the_users(growth):
    def fails(fields):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        growth.solve((0.0, 1.0), trackers=[sn.track.callback(fails, every=0.5)])


def test_trackers_by_the_clock_look_now_and_then(simulator):
    seen = sn.track.data(lambda fields: fields.t, every_s=1e-6)
    simulator.solve((0.0, 50.0), t_eval=[50.0], trackers=[seen], method="tsit5", max_step=0.001)
    assert len(seen.t) >= 2
    assert np.all(np.diff(seen.t) >= 0.0)


def test_a_tracker_of_ones_own(growth):
    class Ends(sn.track.Tracker):
        def begin(self, start, t_end):
            self.seen = [("begin", start.t, t_end)]

        def handle(self, fields):
            self.seen.append(("look", fields.t))

        def finish(self, fields, status):
            self.seen.append(("finish", fields.t, status.name))

    own = Ends(every=0.5)
    growth.solve((0.0, 1.0), trackers=own)
    assert own.seen == [("begin", 0.0, 1.0), ("look", 0.0), ("look", 0.5), ("look", 1.0), ("finish", 1.0, "SUCCESS")]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: sn.track.data(len, every=1.0, every_s=1.0), "give one of them"),
        (lambda: sn.track.data(len, every=-1.0), "every is -1.0; give a positive number"),
        (lambda: sn.track.callback("f"), "cannot be called"),
        (lambda: sn.track.conservation("u", action="explode"), 'choose "stop", "warn" or "record"'),
        (lambda: sn.track.steady_state(-1.0), "from 0 up"),
        (lambda: sn.track.plot("u", limits=(1,)), "lowest and the highest"),
    ],
)
def test_trackers_that_make_no_sense_are_refused(make, words):
    with pytest.raises(InputError, match=words):
        make()


def test_what_is_no_tracker_is_refused(growth):
    with pytest.raises(InputError, match=r"trackers=\[sn.track.callback\(f, every=1.0\)\]"):
        growth.solve((0.0, 1.0), trackers=[print])
    with pytest.raises(UnknownNameError, match='no field "w"'):
        growth.solve((0.0, 1.0), trackers=[sn.track.conservation("w")])
