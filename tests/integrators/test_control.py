"""Ends of a run, its limits, slices and threads."""

import _thread
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import types
from concurrent.futures import ThreadPoolExecutor
from math import sin

import numpy as np
import pytest

from symnum.integrators import layout as at
from symnum.integrators.compiled import compiled_callback
from symnum.integrators.families import method_run
from symnum.integrators.integrate import integrate
from symnum.integrators.linear import make_linear_solver
from symnum.integrators.problem import KernelProblem
from symnum.integrators.registry import METHODS
from symnum.integrators.status import Status

KERNEL = "int32(float64, CPointer(float64), CPointer(float64), int64, CPointer(float64))"
ALL = list(METHODS)
IMPLICIT = [m for m in ALL if METHODS[m].implicit]
Y0 = [1.0, 0.0, 0.0]


@pytest.mark.parametrize("method", ALL)
def test_blow_up(kernels, method):
    s = integrate(method, kernels.blow_up(), 0.0, 2.0, [1.0, 1.0], [0.0, 0.5, 0.9, 1.5])
    assert s.status in (Status.STEP_UNDERFLOW, Status.NOT_FINITE)
    assert s.component == 1
    sharp = METHODS[method].tolerance_exponent >= 1.0
    assert s.time == pytest.approx(1.0, abs=1e-4 if sharp else 1e-3)
    assert s.t[-1] == pytest.approx(0.9)  # what was reached is kept
    assert s.y[1, -1] == pytest.approx(10.0, rel=1e-3 if sharp else 1e-2)
    assert "Component 1" in s.message
    assert "t = " in s.message


@pytest.mark.parametrize("method", ALL)
def test_not_a_number(kernels, method):
    s = integrate(method, kernels.not_a_number(), 0.0, 2.0, [1.0, 0.0])
    assert s.status is Status.NOT_FINITE
    assert s.component == 1
    assert s.time == pytest.approx(1.0, abs=1e-6)
    assert np.all(np.isfinite(s.y))
    bad = integrate(method, kernels.lorenz(), 0.0, 1.0, [1.0, np.nan, 0.0])
    assert bad.status is Status.NOT_FINITE
    assert bad.component == 1
    assert bad.y.shape == (3, 1)


@pytest.mark.parametrize("method", [m for m in ALL if METHODS[m].one_step])
def test_fixed_steps_end_at_a_failure(kernels, method):
    s = integrate(method, kernels.not_a_number(), 0.0, 2.0, [1.0, 0.0], fixed_step=0.03)
    assert s.status is Status.NOT_FINITE
    assert s.component == 1
    assert abs(s.time - 1.0) < 0.03  # the last step before, or the first whose end cannot be evaluated
    assert np.all(np.isfinite(s.y))
    s = integrate(method, kernels.refusing(), 0.0, 2.0, [0.0], fixed_step=0.03)
    assert s.status is Status.KERNEL_FAILURE
    assert abs(s.time - 0.5) < 0.03


@pytest.mark.parametrize("method", ALL)
def test_model_reports_failure(kernels, method):
    s = integrate(method, kernels.refusing(), 0.0, 2.0, [0.0])
    assert s.status is Status.KERNEL_FAILURE
    assert s.time == pytest.approx(0.5, abs=1e-6)


@pytest.mark.parametrize("method", ALL)
def test_tolerance_too_tight(kernels, method):
    s = integrate(method, kernels.lorenz(), 0.0, 1.0, [1.0, 1.0, 1.0], rtol=1e-17, atol=1e-30)
    assert s.status is Status.TOLERANCE_TOO_TIGHT


@pytest.mark.parametrize("method", ALL)
def test_max_steps(kernels, method):
    s = integrate(method, kernels.lorenz(), 0.0, 100.0, Y0, max_steps=50)
    assert s.status is Status.TOO_MANY_STEPS
    assert s.statistics.steps == 50
    assert 0.0 < s.time < 100.0
    assert s.t[-1] == s.time


@pytest.mark.parametrize("method", ALL)
def test_timeout(kernels, method):
    began = time.perf_counter()
    s = integrate(method, kernels.lorenz(), 0.0, 1e9, Y0, np.linspace(0.0, 1.0, 11), timeout_s=0.3)
    assert s.status is Status.TIMEOUT
    assert time.perf_counter() - began < 1.5
    assert s.time > 1.0
    assert s.y.shape == (3, 11)


@pytest.mark.parametrize("method", ALL)
def test_step_limits(kernels, method):
    s = integrate(method, kernels.oscillator(), 0.0, 1.0, [0.0, 1.0], max_step=0.01, first_step=1e-3)
    assert np.diff(s.t).max() <= 0.01 * (1.0 + 1e-12)
    assert s.t[1] == 1e-3


@pytest.mark.parametrize("method", ALL)
@pytest.mark.parametrize("attempts", [1, 7])
def test_slices_do_not_matter(kernels, method, attempts):
    whole = integrate(method, kernels.robertson(), 0.0, 0.3, Y0)
    run = method_run(METHODS[method].numbers, kernels.robertson(), 1e-6, 1e-9)
    run.integers[at.I_MAX_ATTEMPTS] = 10**6
    run.reals[at.R_MAX_STEP] = 1e300
    run.begin(0.0, 0.3, np.array(Y0))
    slices = 0
    while run.slice(attempts) is Status.RUNNING:
        slices += 1
    assert slices >= whole.statistics.steps // attempts - 1
    t, y = run.record.points()
    assert np.array_equal(t, whole.t)
    assert np.array_equal(y.T, whole.y)


@pytest.mark.parametrize("method", ALL)
def test_threads_give_the_serial_answer(kernels, method):
    starts = [np.array([1.0, 0.1 * k, 20.0]) for k in range(8)]
    serial = [integrate(method, kernels.lorenz(), 0.0, 5.0, y) for y in starts]
    with ThreadPoolExecutor(8) as pool:
        parallel = list(pool.map(lambda y: integrate(method, kernels.lorenz(), 0.0, 5.0, y), starts))
    for a, b in zip(serial, parallel, strict=True):
        assert np.array_equal(a.t, b.t)
        assert np.array_equal(a.y, b.y)
    again = integrate(method, kernels.lorenz(), 0.0, 5.0, starts[3])
    assert np.array_equal(again.y, serial[3].y)


def test_statistics_add_up(kernels):
    s = integrate("ndf", kernels.robertson(), 0.0, 1e5, Y0).statistics
    assert s.accepted + s.rejected == s.steps
    assert s.solves == s.newton_iterations
    assert s.factorisations == s.jacobian_evaluations < s.accepted / 2
    assert s.linear_solver == "dense"
    assert 1 <= s.last_order <= 5
    assert s.seconds > 0.0
    assert s.as_dict()["steps"] == s.steps


def test_orders_can_be_limited(kernels):
    low = integrate("ndf", kernels.oscillator(10.0), 0.0, 5.0, [0.0, 1.0], max_order=2)
    high = integrate("ndf", kernels.oscillator(10.0), 0.0, 5.0, [0.0, 1.0])
    assert set(low._records[0].blocks[0].orders[1 : len(low.t)]) == {1, 2}
    assert low.statistics.steps > 2 * high.statistics.steps


def test_progress_bar(kernels, capsys):
    integrate("tsit5", kernels.lorenz(), 0.0, 1e9, Y0, progress=True, timeout_s=0.3)
    shown = capsys.readouterr().err
    assert "%" in shown
    assert shown.endswith("\r")
    integrate("tsit5", kernels.lorenz(), 0.0, 1e9, Y0, progress=False, timeout_s=0.1)
    assert capsys.readouterr().err == ""


@compiled_callback(KERNEL)
def spinning_jacobian(t, y, p, context, out):
    """A diagonal that takes p[0] thousand million additions."""
    total = 0.0
    for i in range(int(1e9 * p[0])):
        total += sin(total + i)
    for i in range(400):
        out[i] = -1.0 + 0.0 * total
    return 0


@compiled_callback(KERNEL)
def decays(t, y, p, context, out):
    for i in range(400):
        out[i] = -y[i]
    return 0


def slow_problem(p):
    """Four hundred decays, whose Jacobian takes seconds."""
    diagonal = np.arange(401, dtype=np.int32), np.arange(400, dtype=np.int32)
    return KernelProblem(400, decays.address, spinning_jacobian.address, *diagonal, parameters=np.array([p]))


@pytest.mark.parametrize("stop", ["timeout", "interrupt"])
def test_a_step_that_takes_long_does_not_hold_up_the_end(stop):
    problem, y0 = slow_problem(0.0), np.ones(400)
    first = integrate("rodas5p", problem, 0.0, 1.0, y0, max_steps=3)
    problem.parameters[0] = 0.2  # seconds of work for each Jacobian from now on
    if stop == "interrupt":
        threading.Timer(0.2, _thread.interrupt_main).start()
    began = time.perf_counter()
    s = integrate("rodas5p", problem, 0.0, 1.0, y0, resume=first.state(), timeout_s=0.2 if stop == "timeout" else None)
    assert time.perf_counter() - began < 1.0
    assert s.status is (Status.TIMEOUT if stop == "timeout" else Status.INTERRUPTED)
    assert s.is_abandoned
    assert np.array_equal(s.y, first.y)  # what was there is kept
    quick = slow_problem(0.0)
    rest = integrate("rodas5p", quick, 0.0, 1.0, y0, resume=s.state())
    assert rest.status is Status.SUCCESS
    assert rest.y[0, -1] == pytest.approx(np.exp(-1.0), rel=1e-6)


@pytest.mark.parametrize("method", ["tsit5", "ndf"])
def test_the_interpreter_is_free_during_compiled_work(kernels, method):
    """While one thread integrates, another one runs Python at nearly full speed."""

    def counted(seconds):
        began, count = time.thread_time(), 0
        end = time.perf_counter() + seconds
        longest, last = 0.0, time.perf_counter()
        while (now := time.perf_counter()) < end:
            longest, last, count = max(longest, now - last), now, count + 1
        return count, longest, time.thread_time() - began

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(integrate, method, kernels.lorenz(), 0.0, 1e9, Y0, [0.0], timeout_s=0.6)
        time.sleep(0.1)
        count, _, own = counted(0.4)
        assert running.result().status is Status.TIMEOUT
    # Where the interpreter were held, this thread would get it between two slices of 50 ms only.
    alone, _, alone_own = counted(0.4)
    assert count / max(own, 1e-9) > 0.2 * alone / alone_own
    assert own > 0.1 * alone_own


@compiled_callback(KERNEL)
def meeting(t, y, p, context, out):
    """Wait for another thread that is in here too; there are y[0] = 0 and y[0] = 1."""
    me = int(y[0] + 0.5)
    out[0] = 0.0
    for _ in range(2_000_000_000):
        p[me] += 1.0
        if p[1 - me] > 0.0:
            return 0
    return 1


def test_two_threads_are_in_compiled_code_at_the_same_time():
    shared = np.zeros(2)
    problems = [KernelProblem(1, meeting.address, parameters=shared) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        ends = [pool.submit(integrate, "rk4", p, 0.0, 1.0, [float(i)], fixed_step=0.5) for i, p in enumerate(problems)]
    assert [end.result().status for end in ends] == [Status.SUCCESS] * 2


@pytest.mark.parametrize("method", IMPLICIT)
@pytest.mark.parametrize("solver", ["dense", "banded", "sparse", "gmres", "bicgstab"])
def test_threads_with_every_linear_solver(kernels, method, solver):
    p = kernels.diffusion()
    made = make_linear_solver(40, p.indptr, p.indices, solver)

    def solve(k):
        own = KernelProblem(40, p.rhs_address, 0, p.indptr, p.indices, linear_solver=made.clone)
        y0 = np.sin(np.pi * k * np.arange(1, 41) / 41.0)
        return integrate(method, own, 0.0, 1e-3, y0, rtol=1e-3)

    serial = [solve(k) for k in range(1, 9)]
    with ThreadPoolExecutor(8) as pool:
        parallel = list(pool.map(solve, range(1, 9)))
    for a, b in zip(serial, parallel, strict=True):
        assert np.array_equal(a.t, b.t)
        assert np.array_equal(a.y, b.y)


def test_progress_function(kernels):
    seen = []
    integrate("ndf", kernels.lorenz(), 0.0, 2.0, Y0, progress=lambda part, t: seen.append((part, t)))
    assert seen[-1] == (1.0, 2.0)
    seen.clear()
    integrate("tsit5", kernels.lorenz(), 0.0, 1e9, Y0, [0.0], progress=lambda *x: seen.append(x), timeout_s=0.5)
    assert 1 <= len(seen) <= 4
    assert all(part == t / 1e9 and 0.0 < part < 1.0 for part, t in seen)

    def stop(part, t):
        raise KeyboardInterrupt

    s = integrate("tsit5", kernels.lorenz(), 0.0, 1e9, Y0, [0.0], progress=stop)
    assert s.status is Status.INTERRUPTED
    assert s.time > 0.0


def test_progress_bar_in_a_notebook(kernels, monkeypatch):
    shown = []

    class Handle:
        def update(self, what):
            shown.append(what)

    display = types.SimpleNamespace(HTML=str, display=lambda what, display_id: shown.append(what) or Handle())
    shell = types.SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell, display=display))
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    integrate("tsit5", kernels.lorenz(), 0.0, 1e9, Y0, [0.0], progress=True, timeout_s=0.4)
    assert len(shown) >= 2
    assert all("%" in text for text in shown[:-1])
    assert shown[-1] == ""  # the cell is left empty


def test_interrupt_keeps_the_partial_result(project_root, tmp_path):
    program = textwrap.dedent(
        """
        import sys, time
        import numpy as np
        from symnum.integrators.compiled import compiled_callback
        from symnum.integrators.integrate import integrate
        from symnum.integrators.problem import KernelProblem

        @compiled_callback("int32(float64, CPointer(float64), CPointer(float64), int64, CPointer(float64))")
        def spin(t, y, p, context, out):
            out[0] = y[1]
            out[1] = -y[0]
            return 0

        import signal
        # What runs in the background of a shell inherits "ignore".
        signal.signal(signal.SIGINT, signal.default_int_handler)
        problem = KernelProblem(2, spin.address)
        integrate("tsit5", problem, 0.0, 1.0, [1.0, 0.0])
        print("ready", flush=True)
        s = integrate("tsit5", problem, 0.0, 1e12, [1.0, 0.0], [0.0, 1.0])
        print(s.status.name, s.time > 1.0, s.y.shape, flush=True)
        """
    )
    script = tmp_path / "script.py"  # compiled functions need a file that they can be read from
    script.write_text(program)
    path = os.pathsep.join([str(project_root), os.environ.get("PYTHONPATH", "")])
    child = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    try:
        assert child.stdout.readline() == "ready\n"
        time.sleep(0.3)
        began = time.perf_counter()
        child.send_signal(signal.SIGINT)
        out = child.stdout.readline()  # the end of the process, with all that it has loaded, is not looked at
        assert time.perf_counter() - began < 1.0
        child.communicate(timeout=30)
    finally:
        child.kill()
        child.wait()
    assert out == "INTERRUPTED True (2, 2)\n"
    assert child.returncode == 0
