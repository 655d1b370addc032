"""Frames in files: what plain xarray reads there, and runs that go on from them, also after a kill."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest
import xarray

import symnum as sn
from symnum.errors import CheckpointError, InputError, UnsupportedError
from symnum.simulators.fields.storage.door import open_file
from tests.simulators.fields.field_models import cosine, heat

KINDS = ["run.zarr", "run.h5"]


def opened(path):
    """Open a file with nothing but xarray."""
    return xarray.open_zarr(path, chunks=None) if path.suffix == ".zarr" else xarray.open_dataset(path)


@pytest.fixture(scope="module")
def simulator():
    return sn.build_simulator(heat(2, 6))


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.filterwarnings("error:.*consolidated.*")
def test_xarray_reads_what_was_written(simulator, tmp_path, name):
    times = [0.0, 0.5, 1.0]
    plain = simulator.solve((0.0, 1.0), t_eval=times, rtol=1e-8)
    sol = simulator.solve((0.0, 1.0), t_eval=times, rtol=1e-8, storage=tmp_path / name)
    np.testing.assert_array_equal(sol["u"], plain["u"])
    np.testing.assert_array_equal(sol.frames, plain.frames)
    np.testing.assert_allclose(sol["total"], plain["total"])
    np.testing.assert_array_equal(sol.integral("u"), plain.integral("u"))
    assert f"3, 864 B in {name}" in repr(sol)
    with opened(tmp_path / name) as found:
        assert found["u"].dims == ("t", "x", "y")
        np.testing.assert_array_equal(found["u"].values, plain["u"])
        np.testing.assert_array_equal(found["t"].values, times)  # 0.0 among them
        np.testing.assert_allclose(found["x"].values, (np.arange(6) + 0.5) / 6)
        assert found["u"].attrs["units"] == "mM"
        assert found["x"].attrs["units"] == "mm"
        assert found["u"].attrs["boundary_x"] == "neumann neumann"
        assert found.attrs["title"] == "heat"
        assert found.attrs["parameter_D"] == 0.1


@pytest.mark.parametrize("name", KINDS)
def test_a_field_that_is_zero_is_zero_in_the_file(tmp_path, name):
    model = sn.reaction_diffusion({"u": "0"}, grid=sn.Grid(x=(-1.5, 1.5, 3)), initial={"u": 0.0})
    sn.build_simulator(model).solve((0.0, 1.0), t_eval=[0.0, 1.0], storage=tmp_path / name)
    with opened(tmp_path / name) as found:
        np.testing.assert_array_equal(found["u"].values, np.zeros((2, 3)))
        np.testing.assert_array_equal(found["x"].values, [-1.0, 0.0, 1.0])


@pytest.mark.parametrize("name", ["run.h5"])
def test_frames_come_at_equal_distances_if_nothing_else_is_said(simulator, tmp_path, name):
    sol = simulator.solve((0.0, 1.0), storage=tmp_path / name)
    np.testing.assert_allclose(sol.t, np.linspace(0, 1, 101))
    np.testing.assert_allclose(sol["u"][50], cosine(0.5, 2, 6), rtol=1e-5)


@pytest.mark.parametrize("name", KINDS)
def test_a_run_that_was_stopped_goes_on(simulator, tmp_path, name):
    def stop(fields):
        if fields.t >= 0.5:
            raise StopIteration("half of it")

    times = np.linspace(0, 1, 11)
    path = tmp_path / name
    part = simulator.solve(
        (0.0, 1.0), t_eval=times, rtol=1e-8, storage=path, trackers=[sn.track.callback(stop, every=0.1)]
    )
    assert part.status is sn.Status.STOPPED
    assert len(part.t) == 6
    with opened(path) as found:
        assert found.sizes["t"] == 6  # no room is left over
    whole = simulator.resume(path)
    assert whole.status is sn.Status.SUCCESS
    np.testing.assert_array_equal(whole.t, times)
    np.testing.assert_allclose(whole["u"], [cosine(t, 2, 6) for t in times], rtol=1e-6)
    further = simulator.resume(path, 2.0, t_eval=[1.5, 2.0])
    np.testing.assert_allclose(further["u"][-1], cosine(2.0, 2, 6), rtol=1e-6)
    with opened(path) as found:
        np.testing.assert_allclose(found["t"].values, [*times, 1.5, 2.0])
        np.testing.assert_array_equal(found["u"].values, further["u"])


SCRIPT = """
import sys, numpy as np, symnum as sn
from tests.simulators.fields.field_models import heat
simulator = sn.build_simulator(heat(2, 6))
note = sn.track.callback(lambda fields: print(fields.t, flush=True), every=0.05)
simulator.solve((0.0, 1.0), t_eval=np.linspace(0, 1, 21), method="tsit5", max_step=MAX_STEP, storage=sys.argv[1],
                trackers=[note])
"""


@pytest.mark.parametrize("name", ["run.zarr", pytest.param("run.h5", marks=pytest.mark.slow)])
def test_a_run_goes_on_after_a_kill(simulator, tmp_path, project_root, name):
    """The process is killed by the system in the middle of its work; it takes minutes otherwise."""
    path = tmp_path / name
    script = textwrap.dedent(SCRIPT).replace("MAX_STEP", "1e-7")
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(path)], cwd=project_root, stdout=subprocess.PIPE, text=True
    )
    try:
        for _ in range(3):
            assert process.stdout.readline()
        time.sleep(0.02)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
    assert process.returncode == -signal.SIGKILL
    file = open_file(path, simulator.layout, writing=False)
    assert 2 <= file.count < 21
    assert file.about.status == "RUNNING"
    with opened(path) as found:  # readable as it is; what is not there yet is not a number
        values = found["u"].values
        np.testing.assert_allclose(
            values[: file.count], [cosine(t, 2, 6) for t in found["t"].values[: file.count]], rtol=1e-5
        )
        assert np.isnan(values[file.count + 1 :]).all()
    file.release()
    # the steps are the user's, tiny; the rest of the run takes larger ones
    whole = _with_larger_steps(simulator, path)
    assert whole.status is sn.Status.SUCCESS
    assert len(whole.t) == 21
    np.testing.assert_allclose(whole["u"], [cosine(t, 2, 6) for t in whole.t], rtol=1e-5)


def _with_larger_steps(simulator, path):
    from symnum.simulators.fields.storage.content import About

    file = open_file(path, simulator.layout, writing=True)
    request = file.about.request
    request.limits.pop("max_step")
    file.extend("t", About(file.about.model, request))
    file.release()
    return simulator.resume(path)


def test_writing_frames_does_not_touch_the_structure_of_an_hdf5_file(simulator, tmp_path):
    """Whenever the process ends, the file can be opened: a copy taken at any time is one of a process that ended."""
    path, copies = tmp_path / "run.h5", []

    def copy(fields):
        copies.append((fields.t, path.read_bytes()))

    simulator.solve(
        (0.0, 1.0), t_eval=np.linspace(0, 1, 6), storage=path, trackers=[sn.track.callback(copy, every=0.1)]
    )
    for t, content in copies:
        (tmp_path / "copy.h5").write_bytes(content)
        file = open_file(tmp_path / "copy.h5", simulator.layout, writing=False)
        assert file.count == int(t / 0.2 + 1e-9) + 1
        np.testing.assert_allclose(file.field("u")[-1], cosine(0.2 * (file.count - 1), 2, 6), rtol=1e-5)
        file.release()
    sizes = {len(content) for _, content in copies}
    assert len(sizes) == 1


def test_a_solution_in_memory_goes_on_too(simulator):
    part = simulator.solve((0.0, 0.5), t_eval=[0.0, 0.5], rtol=1e-8)
    whole = simulator.resume(part, 1.0, t_eval=[0.75, 1.0])
    np.testing.assert_allclose(whole.t, [0.0, 0.5, 0.75, 1.0])
    np.testing.assert_allclose(whole["u"], [cosine(t, 2, 6) for t in whole.t], rtol=1e-6)
    steps = simulator.solve((0.0, 0.5), rtol=1e-8)
    more = simulator.resume(steps, 1.0)
    assert np.all(np.diff(more.t) > 0.0)
    np.testing.assert_allclose(more["u"][-1], cosine(1.0, 2, 6), rtol=1e-6)


@pytest.mark.parametrize("name", KINDS)
def test_files_of_other_models_and_files_that_are_there_are_refused(simulator, tmp_path, name):
    path = tmp_path / name
    simulator.solve((0.0, 1.0), t_eval=[0.0, 1.0], storage=path)
    with pytest.raises(InputError, match="is there already: go on with it, sim.resume"):
        simulator.solve((0.0, 1.0), storage=path)
    assert simulator.solve((0.0, 1.0), t_eval=[1.0], storage=path, overwrite=True).success
    with pytest.raises(CheckpointError, match="belongs to another model"):
        sn.build_simulator(heat(2, 7)).resume(path)
    with pytest.raises(InputError, match="the run is at t = 1 already"):
        simulator.resume(path)
    with pytest.raises(InputError, match="pass the times beyond, t_eval="):
        simulator.resume(path, 2.0)


def test_names_that_tell_no_kind_and_files_that_are_something_else(simulator, tmp_path):
    with pytest.raises(InputError, match='write "run.zarr" or "run.h5"'):
        simulator.solve((0.0, 1.0), storage=tmp_path / "run.csv")
    with pytest.raises(CheckpointError, match="there is no"):
        simulator.resume(tmp_path / "run.h5")
    (tmp_path / "run.h5").write_bytes(b"something else")
    with pytest.raises(CheckpointError, match="holds no run of fields"):
        simulator.resume(tmp_path / "run.h5")
    with pytest.raises(InputError, match="nothing to go on from"):
        simulator.resume(3)


def test_stored_solutions_are_not_pickled(simulator, tmp_path):
    import pickle

    sol = simulator.solve((0.0, 1.0), t_eval=[1.0], storage=tmp_path / "run.h5")
    with pytest.raises(UnsupportedError, match="pickle its path instead"):
        pickle.dumps(sol)
