"""Simulations that go on: from solutions and from files, with events and algebraic equations."""

import copy
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import symnum as sn
from symnum.errors import CheckpointError, InputError
from symnum.integrators.registry import METHODS
from symnum.integrators.status import Status

LORENZ = {"x": "s*(y - x)", "y": "x*(r - z) - y", "z": "x*y - b*z"}
PARAMETERS = {"s": 10.0, "r": 28.0, "b": 8 / 3}
INITIAL = {"x": 1.0, "y": 1.0, "z": 20.0}


def lorenz(**changes):
    equations = {**LORENZ, **{k: v for k, v in changes.items() if k in LORENZ}}
    events = changes.get("events")
    return sn.build_simulator(
        sn.ode_system(equations, parameters=PARAMETERS | changes.get("parameters", {}), initial=INITIAL, events=events),
        rewrite=changes.get("rewrite", "auto"),
    )


@pytest.fixture(scope="module")
def sim():
    return lorenz()


@pytest.fixture
def file(sim, tmp_path):
    path = tmp_path / "run.npz"
    sim.solve((0.0, 5.0), params={"r": 27.0}, rtol=1e-7, max_steps=30, checkpoint=path)
    return path


def test_files_go_on_with_all_options(sim, file):
    whole = sim.solve((0.0, 5.0), params={"r": 27.0}, rtol=1e-7)
    again = lorenz().resume(file)
    assert again.status is Status.SUCCESS
    assert np.array_equal(again.t, whole.t)
    assert np.array_equal(again.y, whole.y)
    assert np.array_equal(again(2.5), whole(2.5))
    assert np.array_equal(again.parameters, whole.parameters)
    for key in ("rtol", "atol", "method", "method_reason", "steps", "rhs_evaluations", "t_span"):
        assert again.stats[key] == whole.stats[key]
    assert np.array_equal(sim.resume(file, params={"r": 27.0}).y, whole.y)


def test_files_of_others_are_refused(sim, file):
    with pytest.raises(CheckpointError, match=r"r = 27 \(here 28\)"):
        sim.resume(file, params={"r": 28.0})
    with pytest.raises(CheckpointError, match="another model"):
        lorenz(z="x*y - b*x").resume(file)
    with pytest.raises(CheckpointError, match="parameters have other values"):
        lorenz(parameters={"r": 29.0}).resume(file)
    with pytest.raises(CheckpointError, match="rewrite="):
        lorenz(rewrite="none").resume(file)
    with pytest.raises(CheckpointError, match="events"):
        lorenz(events=[sn.event("x < 0", {"y": "0"})]).resume(file)
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match="damaged"):
        sim.resume(file)


def test_a_run_that_was_killed_goes_on_in_another_process(project_root, sim, tmp_path):
    path = tmp_path / "run.npz"
    program = textwrap.dedent(
        f"""
        import os
        import symnum as sn
        sim = sn.build_simulator(sn.ode_system({LORENZ!r}, parameters={PARAMETERS!r}, initial={INITIAL!r}))
        def watch(part, t):
            if os.path.exists({str(path)!r}):
                os._exit(7)
        options = dict(method="tsit5", checkpoint={str(path)!r}, checkpoint_every_s=0.05, progress=watch)
        sim.solve((0.0, 1e7), t_eval=[1.0, 2.0, 1e4], **options)
        """
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=project_root, timeout=120, check=False)
    assert done.returncode == 7
    reached = sim.resume(path, max_steps=1).stats["t_reached"]
    assert reached > 2.0
    sol = sim.resume(path, t_end=reached + 1.0)
    assert sol.status is Status.SUCCESS
    assert np.array_equal(sol.t, [1.0, 2.0])
    assert np.array_equal(sol.y, sim.solve((0.0, 3.0), t_eval=[1.0, 2.0], method="tsit5").y)


def test_solutions_are_extended(sim):
    first = sim.solve((0.0, 2.0))
    longer = sim.resume(first, 3.0)
    assert longer.stats["t_span"] == (0.0, 3.0)
    assert np.array_equal(longer.y[:, : len(first.t)], first.y)
    assert longer(2.5) == pytest.approx(sim.solve((0.0, 3.0))(2.5), rel=1e-4)
    assert np.array_equal(sim.resume(first).y, first.y)  # nothing is left to do
    given = sim.solve((0.0, 2.0), t_eval=[0.5, 2.0])
    assert np.array_equal(sim.resume(given, 3.0, t_eval=[2.5, 3.0]).t, [0.5, 2.0, 2.5, 3.0])
    backwards = sim.resume(sim.solve((0.0, -0.1)), -0.15)
    assert backwards.t[-1] == -0.15


def test_what_cannot_be_gone_on_with(sim):
    sol = sim.solve((0.0, 2.0))
    with pytest.raises(InputError, match="passed"):
        sim.resume(sol, 1.0)
    with pytest.raises(InputError, match="t_eval"):
        sim.resume(sol, 3.0, t_eval=[2.5])
    with pytest.raises(InputError, match="t_eval"):
        sim.resume(sim.solve((0.0, 2.0), t_eval=[1.0]), 3.0)
    with pytest.raises(InputError, match="copied"):
        sim.resume(copy.deepcopy(sol), 3.0)
    with pytest.raises(CheckpointError, match="another simulator"):
        lorenz().resume(sol, 3.0)
    with pytest.raises(InputError, match=r"run\.npz"):
        sim.solve((0.0, 1.0), checkpoint="run.h5")
    with pytest.raises(InputError, match="positive"):
        sim.solve((0.0, 1.0), checkpoint="run.npz", checkpoint_every_s=0.0)
    ended = sim.solve((0.0, 2.0), events=[sn.event("x < 0", terminal=True)])
    assert ended.status is Status.TERMINAL_EVENT
    with pytest.raises(InputError, match="terminal event"):
        sim.resume(ended, 3.0)


@pytest.mark.parametrize("method", list(METHODS))
def test_events_resume(method, tmp_path):
    """A ball that bounces with air resistance that grows, and is pushed from time to time."""
    ball = sn.ode_system(
        {"h": "v", "v": "-g - c*v"},
        parameters={"g": 9.81, "c": 0.1},
        initial={"h": 10.0, "v": 0.0},
        events=[
            sn.event("h < 0", {"v": "-0.9*v", "c": "1.1*c"}, name="bounce"),
            sn.event(every=0.7, affect={"v": "v + 0.1"}, name="push"),
            sn.event("v > 5", {"v": "v - 1"}, delay=0.05, name="late"),
        ],
    )
    sim = sn.build_simulator(ball)
    options = {"method": method, "rtol": 1e-6 if METHODS[method].order >= 3 else 1e-3}
    whole = sim.solve((0.0, 5.0), **options)
    steps = whole.stats["steps"]
    for cut in (1, steps // 3, steps // 2, steps - 2):
        part = sim.solve((0.0, 5.0), max_steps=cut, checkpoint=tmp_path / "run.npz", **options)
        for source in (part, tmp_path / "run.npz"):
            again = sim.resume(source)
            assert np.array_equal(again.t, whole.t)
            assert np.array_equal(again.y, whole.y)
            assert np.array_equal(again["c"], whole["c"])
            assert [e.time for e in again.events] == [e.time for e in whole.events]


def test_algebraic_equations_resume(tmp_path):
    robertson = sn.ode_system(
        {"x": "-k1*x + k3*y*z", "y": "k1*x - k3*y*z - k2*y^2"},
        algebraic="0 = x + y + z - 1",
        parameters={"k1": 0.04, "k2": 3e7, "k3": 1e4},
        initial={"x": 1.0, "y": 0.0},
        tear=False,
    )
    sim = sn.build_simulator(robertson)
    whole = sim.solve((0.0, 1e4), method="ndf")
    sim.solve((0.0, 1e4), method="ndf", max_steps=60, checkpoint=tmp_path / "run.npz")
    again = sim.resume(tmp_path / "run.npz")
    assert np.array_equal(again.y, whole.y)
    longer = sim.resume(again, 1e5)
    assert longer.success
    assert longer.y[:, -1] == pytest.approx(sim.solve((0.0, 1e5), method="ndf").y[:, -1], rel=1e-4)
