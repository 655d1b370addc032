"""A run that was left goes on as if it had not been; files of its state are checked before they are believed."""

import _thread
import hashlib
import json
import os
import threading

import numpy as np
import pytest

from symnum.errors import CheckpointError, InputError, SymnumWarning
from symnum.integrators import layout as at
from symnum.integrators.checkpoint_file import VERSION, checkpoint_path, read_checkpoint, write_checkpoint
from symnum.integrators.checkpointing import CheckpointPlan
from symnum.integrators.families import method_run
from symnum.integrators.integrate import integrate
from symnum.integrators.linear import make_linear_solver
from symnum.integrators.registry import METHODS
from symnum.integrators.run_state import STATE
from symnum.integrators.status import Status

ALL = list(METHODS)
IMPLICIT = [m for m in ALL if METHODS[m].implicit]
Y0 = [1.0, 0.0, 0.0]


def same(a, b):
    """Whether two solutions are equal to the last bit, their costs included."""
    counts, others = a.statistics.as_dict(), b.statistics.as_dict()
    del counts["seconds"], others["seconds"]
    times = np.linspace(*sorted(a.covered), 41)
    return (
        np.array_equal(a.t, b.t)
        and np.array_equal(a.y, b.y)
        and np.array_equal(a(times), b(times))
        and counts == others
        and a.status is b.status
    )


def problems(kernels):
    return (kernels.robertson(), Y0, 0.3), (kernels.lorenz(), [1.0, 2.0, 20.0], 1.0)


def tolerance(method):
    """Sharp where that does not take thousands of steps."""
    return 1e-6 if METHODS[method].order >= 3 else 1e-3


@pytest.mark.parametrize("method", ALL)
def test_a_resumed_run_is_the_uninterrupted_one(kernels, method, tmp_path):
    file, rtol = tmp_path / "run.npz", tolerance(method)
    for problem, y0, end in problems(kernels):
        whole = integrate(method, problem, 0.0, end, y0, rtol=rtol)
        for cut in (1, whole.statistics.steps // 2, whole.statistics.steps - 1):
            part = integrate(method, problem, 0.0, end, y0, rtol=rtol, max_steps=cut)
            assert part.status is Status.TOO_MANY_STEPS
            write_checkpoint(file, part.state())
            assert same(integrate(method, problem, 0.0, end, y0, rtol=rtol, resume=read_checkpoint(file)), whole)
            assert same(integrate(method, problem, 0.0, end, y0, rtol=rtol, resume=part.state()), whole)


@pytest.mark.parametrize("method", IMPLICIT)
@pytest.mark.parametrize("solver", ["dense", "banded", "sparse", "gmres", "bicgstab"])
def test_every_linear_solver_resumes(kernels, method, solver):
    def problem():
        p = kernels.diffusion()
        made = make_linear_solver(40, p.indptr, p.indices, solver)
        return type(p)(40, p.rhs_address, 0, p.indptr, p.indices, linear_solver=made.clone)

    y0 = np.sin(np.pi * np.arange(1, 41) / 41.0)
    whole = integrate(method, problem(), 0.0, 2e-3, y0, rtol=1e-3)
    part = integrate(method, problem(), 0.0, 2e-3, y0, rtol=1e-3, max_steps=whole.statistics.steps // 2)
    assert same(integrate(method, problem(), 0.0, 2e-3, y0, rtol=1e-3, resume=part.state()), whole)


@pytest.mark.parametrize("method", ["ndf", "kencarp4", "rodas5p"])
def test_products_without_entries_resume(kernels, method):
    p = kernels.diffusion(tridiagonal=False)
    free = type(p)(40, p.rhs_address, jacobian="free")
    y0 = np.sin(np.pi * np.arange(1, 41) / 41.0)
    whole = integrate(method, free, 0.0, 2e-3, y0, rtol=1e-4)
    part = integrate(method, free, 0.0, 2e-3, y0, rtol=1e-4, max_steps=whole.statistics.steps // 2)
    state = part.state()
    integrate(method, free, 0.0, 1e-3, 2.0 * y0)  # the solver has served somebody else since
    assert same(integrate(method, free, 0.0, 2e-3, y0, rtol=1e-4, resume=state), whole)


@pytest.mark.parametrize("method", [m for m in ALL if METHODS[m].index_1])
def test_algebraic_equations_resume(kernels, method):
    options = {"rtol": 1e-4, "atol": 1e-6}
    whole = integrate(method, kernels.circle(), 0.0, 1.0, [0.0, 1.0], **options)
    part = integrate(
        method, kernels.circle(), 0.0, 1.0, [0.0, 1.0], max_steps=whole.statistics.steps // 2, **options
    )
    assert same(integrate(method, kernels.circle(), 0.0, 1.0, [0.0, 1.0], resume=part.state(), **options), whole)


def test_parts_and_the_switch_to_a_stiff_method_resume(kernels):
    whole = integrate("kencarp4", kernels.split(50.0), 0.0, 2.0, [1.0, 0.5])
    part = integrate("kencarp4", kernels.split(50.0), 0.0, 2.0, [1.0, 0.5], max_steps=20)
    assert same(integrate("kencarp4", kernels.split(50.0), 0.0, 2.0, [1.0, 0.5], resume=part.state()), whole)
    start = [2.0, 0.0]
    whole = integrate("auto", kernels.van_der_pol(300.0), 0.0, 500.0, start)
    for cut in (10, whole.statistics.steps - 10):
        part = integrate("auto", kernels.van_der_pol(300.0), 0.0, 500.0, start, max_steps=cut)
        r = integrate("auto", kernels.van_der_pol(300.0), 0.0, 500.0, start, resume=part.state())
        assert same(r, whole)
        assert (r.method, r.reason) == (whole.method, whole.reason)


def test_switching_to_and_fro_resumes(kernels):
    problem, start = kernels.van_der_pol(1000.0), [2.0, 0.0]
    whole = integrate("auto-switching", problem, 0.0, 2000.0, start)
    steps = whole.statistics.steps
    for cut in range(20, steps, steps // 6):
        part = integrate("auto-switching", problem, 0.0, 2000.0, start, max_steps=cut)
        r = integrate("auto-switching", problem, 0.0, 2000.0, start, resume=part.state())
        assert same(r, whole)
        assert (r.method, r.reason) == (whole.method, whole.reason)


@pytest.mark.parametrize("method", ALL)
def test_finished_runs_are_extended(kernels, method):
    """y = (sin t, cos t): what follows is as good as what was before."""
    first = integrate(method, kernels.oscillator(1.0), 0.0, 1.0, [0.0, 1.0])
    assert first.status is Status.SUCCESS
    longer = integrate(method, kernels.oscillator(1.0), 0.0, 2.0, [0.0, 1.0], resume=first.state())
    direct = integrate(method, kernels.oscillator(1.0), 0.0, 2.0, [0.0, 1.0])
    assert longer.status is Status.SUCCESS
    assert longer.t[-1] == 2.0
    assert np.array_equal(longer.y[:, : len(first.t)], first.y)

    def error(s):
        return np.abs(s.y - [np.sin(s.t), np.cos(s.t)]).max()

    assert error(longer) <= 3.0 * error(direct) + 1e-8  # a hundredth of the tolerance


def test_failed_runs_begin_anew_where_they_stopped(kernels):
    part = integrate("tsit5", kernels.not_a_number(), 0.0, 2.0, [1.0, 0.0])
    assert part.status is Status.NOT_FINITE
    again = integrate("tsit5", kernels.not_a_number(), 0.0, 2.0, [1.0, 0.0], resume=part.state())
    assert again.status is Status.NOT_FINITE
    assert np.array_equal(again.y[:, : len(part.t)], part.y)


def test_output_at_given_times_and_released_blocks_resume(kernels, monkeypatch):
    times = np.linspace(0.0, 40.0, 501)
    whole = integrate("tsit5", kernels.lorenz(), 0.0, 40.0, Y0, times)
    monkeypatch.setattr("symnum.integrators.run.MEMORY_BUDGET", 1 << 15)
    part = integrate("tsit5", kernels.lorenz(), 0.0, 40.0, Y0, times, max_steps=whole.statistics.steps // 2)
    assert part._records[0].released
    r = integrate("tsit5", kernels.lorenz(), 0.0, 40.0, Y0, times, resume=part.state())
    assert np.array_equal(r.y, whole.y)


@pytest.mark.parametrize("method", ALL)
def test_only_declared_places_are_state(kernels, method):
    """Whatever an engine changes in its integers is kept, and none of it is an address."""
    run = method_run(METHODS[method].numbers, kernels.robertson(), 1e-6, 1e-9)
    run.integers[at.I_MAX_ATTEMPTS] = 10**6
    run.reals[at.R_MAX_STEP] = 1e300
    run.begin(0.0, 0.3, np.array(Y0))
    before = run.integers.copy()
    run.slice(50)
    changed = set(np.flatnonzero(run.integers != before).tolist())
    own = {at.I_ROW, at.I_SLICE, at.I_TIMES, at.I_ORDERS, at.I_STATES, at.I_SEGMENTS, at.I_CAPACITY}
    assert changed - own <= set(STATE.tolist())
    assert np.abs(run.integers[STATE]).max() < 2**31


# ---------------------------------------------------------------------------------------------------- files


def test_trees_come_back(tmp_path):
    file = tmp_path / "a.npz"
    tree = {"x": [1, 2.5, None, "text", {"y": np.arange(3)}], "inf": float("inf"), "empty": np.zeros((0, 4))}
    write_checkpoint(file, tree)
    back = read_checkpoint(file)
    assert back["x"][:4] == tree["x"][:4]
    assert np.array_equal(back["x"][4]["y"], [0, 1, 2])
    assert back["inf"] == np.inf
    assert back["empty"].shape == (0, 4)
    assert list(tmp_path.iterdir()) == [file]  # nothing temporary is left


def test_damaged_files_are_refused(tmp_path):
    file = tmp_path / "a.npz"
    write_checkpoint(file, {"x": np.arange(1000.0)})
    data = file.read_bytes()
    for broken in (b"", data[:100], data[: len(data) // 2], data[:-30], b"PK" + data[2:500] + b"x" * 300, b"{}"):
        file.write_bytes(broken)
        with pytest.raises(CheckpointError):
            read_checkpoint(file)
    changed = bytearray(data)
    changed[len(data) // 2] ^= 1
    file.write_bytes(bytes(changed))
    with pytest.raises(CheckpointError):
        read_checkpoint(file)
    with pytest.raises(CheckpointError, match="there is no checkpoint"):
        read_checkpoint(tmp_path / "none.npz")


def test_foreign_archives_versions_and_pickles_are_refused(tmp_path):
    file = tmp_path / "a.npz"
    np.savez(file, a=np.arange(3))
    with pytest.raises(CheckpointError):
        read_checkpoint(file)

    class Bomb:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "executed"),))

    np.savez(file, header=np.array([Bomb()], dtype=object), digest=np.zeros(32, np.uint8))
    with pytest.raises(CheckpointError):
        read_checkpoint(file)
    assert not (tmp_path / "executed").exists()
    write_checkpoint(file, {})
    header = np.frombuffer(
        json.dumps({"kind": "symnum checkpoint", "version": VERSION + 1, "content": {"dict": {}}}).encode(), np.uint8
    )
    np.savez(file, header=header, digest=np.frombuffer(hashlib.sha256(header.tobytes()).digest(), np.uint8))
    with pytest.raises(CheckpointError, match="version"):
        read_checkpoint(file)


def test_states_that_do_not_fit_are_refused(kernels):
    part = integrate("ndf", kernels.robertson(), 0.0, 0.3, Y0, max_steps=10)
    with pytest.raises(CheckpointError):
        integrate("ndf", kernels.blow_up(), 0.0, 0.3, [1.0, 1.0], resume=part.state())
    for key in ("names", "runs", "status", "taken"):
        state = part.state()
        del state[key]
        with pytest.raises(CheckpointError):
            integrate("ndf", kernels.robertson(), 0.0, 0.3, Y0, resume=state)
    state = part.state()
    state["runs"][0]["integers"] = state["runs"][0]["integers"].copy()
    state["runs"][0]["integers"][STATE.tolist().index(at.I_ORDER)] = 10**9
    with pytest.raises(CheckpointError, match="order"):
        integrate("ndf", kernels.robertson(), 0.0, 0.3, Y0, resume=state)


def test_where_files_may_be(tmp_path):
    with pytest.raises(InputError, match="run.npz"):
        checkpoint_path(tmp_path / "run.h5")
    with pytest.raises(InputError, match="folder"):
        checkpoint_path(tmp_path / "none" / "run.npz")
    with pytest.raises(InputError, match="path"):
        checkpoint_path(3)


def test_files_are_written_on_the_way_and_at_the_end(kernels, tmp_path, monkeypatch):
    plan = CheckpointPlan(tmp_path / "run.npz", 0.1, {"who": "me"})
    written = []
    monkeypatch.setattr(
        "symnum.integrators.checkpointing.write_checkpoint",
        lambda path, tree: written.append((tree["run"]["status"], len(tree["run"]["runs"][0]["records"]))),
    )
    integrate("ndf", kernels.lorenz(), 0.0, 1e9, Y0, [0.0], timeout_s=0.5, checkpoint=plan)
    assert 2 <= len(written) <= 6
    assert [status for status, _ in written] == ["RUNNING"] * (len(written) - 1) + ["TIMEOUT"]
    monkeypatch.undo()
    s = integrate("ndf", kernels.lorenz(), 0.0, 1.0, Y0, checkpoint=plan)
    assert s.status is Status.SUCCESS
    tree = read_checkpoint(plan.path)
    assert tree["identity"] == {"who": "me"}
    assert tree["run"]["status"] == "SUCCESS"


@pytest.mark.parametrize("method", ["tsit5", "ndf"])
def test_an_interrupted_run_has_a_file_to_go_on_from(kernels, tmp_path, method):
    plan = CheckpointPlan(tmp_path / "run.npz", 60.0, {})
    integrate(method, kernels.lorenz(), 0.0, 1.0, Y0)  # the engine is there
    threading.Timer(0.3, _thread.interrupt_main).start()
    s = integrate(method, kernels.lorenz(), 0.0, 1e9, Y0, [1.0, 100.0], checkpoint=plan)
    assert s.status is Status.INTERRUPTED
    assert s.time > 100.0
    saved = read_checkpoint(plan.path)["run"]
    assert saved["status"] == "INTERRUPTED"
    r = integrate(method, kernels.lorenz(), 0.0, 1e9, Y0, [1.0, 100.0], resume=saved, max_steps=100)
    assert np.array_equal(r.y, s.y)
    longer = integrate(method, kernels.lorenz(), 0.0, 1e9, Y0, max_steps=r.statistics.steps)
    assert longer.time == r.time  # the same steps to the last


def test_a_full_disk_does_not_end_the_run(kernels, tmp_path, monkeypatch):
    def fail(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr("symnum.integrators.checkpointing.write_checkpoint", fail)
    with pytest.warns(SymnumWarning, match="no space left"):
        s = integrate("ndf", kernels.lorenz(), 0.0, 1.0, Y0, checkpoint=CheckpointPlan(tmp_path / "a.npz", 60.0, {}))
    assert s.status is Status.SUCCESS


def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path, monkeypatch):
    file = tmp_path / "a.npz"
    write_checkpoint(file, {"x": 1})
    monkeypatch.setattr("os.fsync", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        write_checkpoint(file, {"x": 2})
    assert read_checkpoint(file) == {"x": 1}
    assert list(tmp_path.iterdir()) == [file]
