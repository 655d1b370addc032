"""Loops shared by threads: the same bits, from any number of callers, and after a fork."""

import os
import threading

import numpy as np
import pytest

from codegen.stencils import compile_stencils, compile_stepper
from codegen.stencils.kernel import POOL_SLOT
from codegen.stencils.pool import SHARED_FROM, Sharing, available_threads, pool_of, sharing, threads_for
from tests.codegen.stencils.test_values import call
from tests.systems.stencil_examples import gray_scott


@pytest.fixture(scope="module")
def system():
    return gray_scott((160, 120))


@pytest.fixture(scope="module")
def state(system):
    return np.random.default_rng(1).uniform(0.2, 1, system.size), np.array(system.parameter_values)


@pytest.mark.parametrize("kind", ["rhs", "jacobian"])
def test_kernels(system, state, kind):
    assert system.size > SHARED_FROM
    y, p = state
    alone = call(compile_stencils(system, kind, threads=1), 0.0, y, p)
    for threads in (2, 3):
        kernel = compile_stencils(system, kind, threads=threads)
        assert kernel.context(p).slots[POOL_SLOT] == pool_of(threads).address
        for _ in range(20):
            assert np.array_equal(call(kernel, 0.0, y, p), alone)


def test_steps(system, state):
    y, p = state
    alone = compile_stepper(system, "ssprk33", threads=1).advance(0.0, 0.1, 5, y.copy(), p, depth=1)
    shared = compile_stepper(system, "ssprk33", threads=3)
    for depth, tile in ((1, 0), (2, 12), (1, 40)):
        assert np.array_equal(shared.advance(0.0, 0.1, 5, y.copy(), p, depth=depth, tile=tile), alone)


def test_several_callers(system, state):
    """A pool that is busy leaves the others to work alone."""
    y, p = state
    kernel = compile_stencils(system, threads=2)
    expected = call(kernel, 0.0, y, p)
    results = []

    def work():
        results.extend(np.array_equal(call(kernel, 0.0, y, p), expected) for _ in range(10))

    callers = [threading.Thread(target=work) for _ in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert results == [True] * 40


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_after_a_fork(system, state):
    y, p = state
    kernel = compile_stencils(system, threads=2)
    expected = call(kernel, 0.0, y, p)
    child = os.fork()
    if child == 0:
        os._exit(0 if np.array_equal(call(kernel, 0.0, y, p), expected) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_the_choice_is_measured(monkeypatch):
    assert threads_for(SHARED_FROM - 1) == 1
    measured = sharing()
    assert 1 <= measured.threads <= available_threads()
    assert threads_for(1 << 60) == measured.threads
    monkeypatch.setenv("SYMNUM_THREADS", "1")
    assert available_threads() == 1
    monkeypatch.setattr("codegen.stencils.pool.sharing", lambda: Sharing(6, 1e6))
    assert [threads_for(n) for n in (SHARED_FROM - 1, SHARED_FROM, 999_999, 1_000_000)] == [1, 1, 1, 6]
