"""Runs that are stopped, written to files and taken up again give the bits of runs that were never stopped."""

import os
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import symnum as sn
from symnum.errors import CheckpointError, InputError, UnsupportedError
from tests.simulators.fields.field_models import cosine, heat


def spots(cells=12):
    """Two fields that react and diffuse, with a term that is switched on at t = 0.013."""
    return sn.reaction_diffusion(
        {"u": "Du*laplacian(u) - u*v^2 + F*(1 - u)", "v": "Dv*laplacian(v) + u*v^2 - piecewise(F, t < 0.013, 2*F)*v"},
        grid=sn.Grid(x=(0, 1, cells), y=(0, 1, cells)),
        boundary="no-flux",
        parameters={"Du": 0.16, "Dv": 0.08, "F": 0.0545},
        initial={"u": "1 - exp(-30*((x - 0.5)^2 + (y - 0.4)^2))/2", "v": "exp(-20*((x - 0.5)^2 + (y - 0.5)^2))/4"},
        name="spots",
    )


@pytest.fixture(scope="module")
def simulator():
    return sn.build_simulator(spots())


METHODS = {
    "tsit5": {},
    "ndf": {},
    "rk4": {"step": 3e-4},
    "euler": {"step": 3e-4, "dtype": "float32"},
    "rkc2": {},
    "etdrk4": {},
    "kencarp4": {},
    "sbdf": {},
    "trbdf2": {"linear_solver": "gmres", "preconditioner": "multigrid"},
    "rodas4p": {"linear_solver": "gmres", "preconditioner": "adi"},
    "radau5": {},
    "exprb32": {},
    "adams": {},
    "auto": {"linear_solver": "gmres", "preconditioner": "transform"},
}
QUICK = ("tsit5", "ndf", "rk4")


@pytest.mark.parametrize("method", [pytest.param(m, marks=() if m in QUICK else pytest.mark.slow) for m in METHODS])
@pytest.mark.parametrize("times", [None, np.linspace(0.0, 0.04, 7)], ids=["every step", "t_eval"])
def test_bits_are_those_of_a_run_that_was_never_stopped(simulator, method, times, tmp_path):
    options = {"t_eval": times, "rtol": 1e-7, "method": "ndf" if method == "auto" else method, **METHODS[method]}
    whole = simulator.solve((0.0, 0.04), **options)
    half = max(1, whole.stats["steps"] // 2)
    file = tmp_path / "run.npz"
    part = simulator.solve((0.0, 0.04), max_steps=half, checkpoint=file, **options)
    assert part.status is sn.Status.TOO_MANY_STEPS
    assert 0.0 < part.stats["t_reached"] < 0.04
    for again in (simulator.resume(part), sn.build_simulator(spots()).resume(file)):
        assert again.success
        np.testing.assert_array_equal(again.t, whole.t)
        np.testing.assert_array_equal(again.frames, whole.frames)
        assert again.frames.dtype == whole.frames.dtype
        assert again.stats["steps"] == whole.stats["steps"]
        assert again.has_continuous_form == whole.has_continuous_form


@pytest.mark.parametrize("method", ["tsit5", "rk4"])
def test_many_stops_are_as_good_as_one(simulator, method, tmp_path):
    options = {"t_eval": np.linspace(0.0, 0.04, 9), "rtol": 1e-7, "method": method, **METHODS[method]}
    whole = simulator.solve((0.0, 0.04), **options)
    most = whole.stats["steps"] // 4
    file = tmp_path / "run.npz"
    sol = simulator.solve((0.0, 0.04), max_steps=most, checkpoint=file, **options)
    stops = 0
    while not sol.success:
        sol = simulator.resume(file, max_steps=most, checkpoint=file)
        stops += 1
    assert stops >= 3
    np.testing.assert_array_equal(sol.frames, whole.frames)


def test_frames_in_a_file_go_on_with_the_integrator(simulator, tmp_path):
    times = np.linspace(0.0, 0.04, 9)
    options = {"t_eval": times, "rtol": 1e-7, "method": "ndf"}
    whole = simulator.solve((0.0, 0.04), **options)
    store, file = tmp_path / "run.h5", tmp_path / "run.npz"
    looks = sn.track.data(lambda fields: fields.max("u"), every=0.005)
    part = simulator.solve(
        (0.0, 0.04), storage=store, checkpoint=file, max_steps=whole.stats["steps"] // 2, trackers=[looks], **options
    )
    assert 1 < len(part.t) < 9
    assert file.stat().st_size < 1_000_000
    again = simulator.resume(file, trackers=[looks])
    np.testing.assert_array_equal(again["u"], whole["u"])
    assert again.storage == store
    np.testing.assert_allclose(looks.t, np.arange(looks.t[0], 0.0401, 0.005))
    store.rename(tmp_path / "elsewhere.h5")
    with pytest.raises(CheckpointError, match=r'there is no ".*run\.h5"'):
        simulator.resume(file)


def test_runs_go_on_beyond_their_end(simulator, tmp_path):
    file = tmp_path / "run.npz"
    simulator.solve((0.0, 0.02), t_eval=[0.01, 0.02], rtol=1e-8, checkpoint=file)
    longer = simulator.resume(file, 0.04, t_eval=[0.03, 0.04])
    np.testing.assert_allclose(longer.t, [0.01, 0.02, 0.03, 0.04])
    np.testing.assert_allclose(longer.frames[-1], simulator.solve((0.0, 0.04), t_eval=[0.04], rtol=1e-8).frames[-1],
                               rtol=1e-6)  # fmt: skip
    fixed = {"method": "rk4", "step": 3e-4}
    simulator.solve((0.0, 0.02), t_eval=[0.01, 0.02], checkpoint=file, **fixed)
    longer = simulator.resume(file, 0.04, t_eval=[0.03, 0.04])
    np.testing.assert_allclose(longer.t, [0.01, 0.02, 0.03, 0.04])


def test_files_of_other_models_and_other_files_are_refused(simulator, tmp_path):
    file = tmp_path / "run.npz"
    simulator.solve((0.0, 0.001), t_eval=[0.001], checkpoint=file)
    with pytest.raises(CheckpointError, match="belongs to another model"):
        sn.build_simulator(spots(13)).resume(file)
    with pytest.raises(CheckpointError, match="grid or parameters"):
        sn.build_simulator(spots(12).replace(parameters={"F": 0.06})).resume(file)
    with pytest.raises(InputError, match="the run is at t = 0.001 already"):
        simulator.resume(file)
    with pytest.raises(CheckpointError, match="there is no checkpoint"):
        simulator.resume(tmp_path / "none.npz")
    with pytest.raises(InputError, match=r'call the file "run\.npz"'):
        simulator.solve((0.0, 1.0), checkpoint=tmp_path / "run.h5")
    with pytest.raises(InputError, match="checkpoint_every_s"):
        simulator.solve((0.0, 1.0), checkpoint=file, checkpoint_every_s=0)
    ode = sn.build_simulator(sn.ode_system({"x": "-x"}, initial={"x": 1.0}))
    ode.solve((0.0, 1.0), checkpoint=file)
    with pytest.raises(CheckpointError, match="holds no simulation of fields"):
        simulator.resume(file)
    content = file.read_bytes()
    file.write_bytes(content[:-200] + b"?" * 100 + content[-100:])
    with pytest.raises(CheckpointError, match="damaged"):
        simulator.resume(file)


SCRIPT = """
import sys, numpy as np, symnum as sn
from tests.simulators.fields.field_models import heat
note = sn.track.callback(lambda fields: print(fields.t, flush=True), every=0.05)
sn.build_simulator(heat(2, 6)).solve((0.0, 1.0), t_eval=np.linspace(0, 1, 21), method="tsit5", max_step=2e-6,
    checkpoint=sys.argv[1], checkpoint_every_s=0.02, trackers=[note])
"""


@pytest.mark.slow
def test_a_run_goes_on_after_a_kill(project_root, tmp_path):
    file = tmp_path / "run.npz"
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SCRIPT), str(file)], cwd=project_root, stdout=subprocess.PIPE, text=True
    )
    try:
        for _ in range(4):
            assert process.stdout.readline()
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
    assert process.returncode == -signal.SIGKILL
    simulator = sn.build_simulator(heat(2, 6))
    sol = simulator.resume(file)
    np.testing.assert_allclose(sol["u"], [cosine(t, 2, 6) for t in sol.t], rtol=1e-6)
    whole = simulator.solve((0.0, 1.0), t_eval=np.linspace(0, 1, 21), method="tsit5", max_step=2e-6)
    np.testing.assert_array_equal(sol.frames, whole.frames)


def test_devices_write_no_checkpoints(tmp_path):
    simulator = sn.build_simulator(heat(), target="cuda-simulator")
    with pytest.raises(UnsupportedError, match=r'checkpoint= is for runs on the processor; storage="run\.zarr"'):
        simulator.solve((0.0, 1.0), method="rk4", step=0.1, checkpoint=tmp_path / "run.npz")
