"""The record of steps and the continuous solution."""

import numpy as np
import pytest

from symnum.errors import InputError, ShapeError, UnknownNameError
from symnum.integrators import record
from symnum.integrators.integrate import integrate
from symnum.integrators.registry import METHODS
from symnum.integrators.status import Status

ALL = list(METHODS)
Y0 = [1.0, 0.0, 0.0]


@pytest.mark.parametrize("method", ALL)
def test_output_does_not_depend_on_the_grid(kernels, method):
    p = kernels.robertson()
    steps = integrate(method, p, 0.0, 0.3, Y0)
    coarse = integrate(method, p, 0.0, 0.3, Y0, np.linspace(0.0, 0.3, 301)[::100])
    fine = integrate(method, p, 0.0, 0.3, Y0, np.linspace(0.0, 0.3, 301))
    assert np.array_equal(coarse.y, fine.y[:, ::100])
    assert np.array_equal(fine.y[:, 77], steps(fine.t[77]))
    assert fine.statistics.steps == coarse.statistics.steps == steps.statistics.steps


@pytest.mark.parametrize("method", ALL)
def test_every_accepted_step_without_a_grid(kernels, method):
    s = integrate(method, kernels.lorenz(), 0.0, 1.0, Y0)
    assert s.t[0] == 0.0
    assert s.t[-1] == 1.0
    assert np.all(np.diff(s.t) > 0.0)
    assert s.y.shape == (3, s.statistics.accepted + 1)
    assert np.array_equal(s(s.t), s.y)  # the continuous solution passes through the steps


@pytest.mark.parametrize("method", ALL)
def test_small_blocks_change_nothing(kernels, method, monkeypatch):
    times = np.linspace(0.0, 5.0, 50)
    monkeypatch.setattr(record, "_FIRST_BLOCK", 1 << 24)
    whole = integrate(method, kernels.lorenz(), 0.0, 5.0, Y0, times)
    assert len(whole._records[0].blocks) == 1
    monkeypatch.setattr(record, "_FIRST_BLOCK", 64)
    monkeypatch.setattr(record, "_LARGEST_BLOCK", 4096)
    pieces = integrate(method, kernels.lorenz(), 0.0, 5.0, Y0, times)
    assert len(pieces._records[0].blocks) > 3
    assert np.array_equal(pieces.y, whole.y)
    steps = integrate(method, kernels.lorenz(), 0.0, 5.0, Y0)
    assert np.array_equal(np.unique(steps.t), steps.t)
    assert np.array_equal(steps(steps.t), steps.y)
    backwards = integrate(method, kernels.lorenz(), 5.0, 4.0, whole.y[:, -1])
    assert np.array_equal(backwards(backwards.t), backwards.y)


def test_memory_budget(kernels, monkeypatch):
    times = np.linspace(0.0, 20.0, 50)
    whole = integrate("tsit5", kernels.lorenz(), 0.0, 20.0, Y0, times)
    monkeypatch.setattr(record, "_FIRST_BLOCK", 4096)
    monkeypatch.setattr(record, "_LARGEST_BLOCK", 4096)
    monkeypatch.setattr("symnum.integrators.run.MEMORY_BUDGET", 16384)
    s = integrate("tsit5", kernels.lorenz(), 0.0, 20.0, Y0, times)
    assert np.array_equal(s.y, whole.y)
    assert s.covered[0] > 1.0
    with pytest.raises(InputError, match="known for t from"):
        s(0.5)
    assert np.array_equal(s(19.9), whole(19.9))
    assert integrate("tsit5", kernels.lorenz(), 0.0, 20.0, Y0).status is Status.MEMORY_LIMIT


def test_times_outside(kernels):
    s = integrate("tsit5", kernels.lorenz(), 0.0, 1.0, Y0)
    with pytest.raises(InputError, match=r"t = 1\.5"):
        s([0.5, 1.5])
    with pytest.raises(InputError):
        s(np.nan)
    assert s([]).shape == (3, 0)
    assert s(0.5).shape == (3,)
    assert s([0.5]).shape == (3, 1)


def test_empty_interval_and_single_times(kernels):
    for method in ALL:
        s = integrate(method, kernels.lorenz(), 2.0, 2.0, Y0, [2.0])
        assert s.status.ok
        assert np.array_equal(s.y[:, 0], Y0)
        assert np.array_equal(s(2.0), Y0)


def test_arguments_are_checked(kernels):
    p = kernels.lorenz()
    with pytest.raises(ShapeError, match=r"3 states"):
        integrate("tsit5", p, 0.0, 1.0, [1.0])
    with pytest.raises(InputError, match="ordered"):
        integrate("tsit5", p, 0.0, 1.0, Y0, [0.5, 0.1])
    with pytest.raises(InputError, match="within the interval"):
        integrate("tsit5", p, 0.0, 1.0, Y0, [0.5, 1.1])
    with pytest.raises(InputError, match="rtol"):
        integrate("tsit5", p, 0.0, 1.0, Y0, rtol=-1.0)
    with pytest.raises(InputError, match="atol"):
        integrate("tsit5", p, 0.0, 1.0, Y0, atol=[1.0, -1.0, 1.0])
    with pytest.raises(ShapeError, match="atol"):
        integrate("tsit5", p, 0.0, 1.0, Y0, atol=[1.0, 1.0])
    with pytest.raises(InputError, match="finite"):
        integrate("tsit5", p, 0.0, np.inf, Y0)
    with pytest.raises(UnknownNameError, match='mean "tsit5"'):
        integrate("tsti5", p, 0.0, 1.0, Y0)
    with pytest.raises(InputError, match="explicit"):
        integrate("ndf", p, 0.0, 1.0, Y0, fixed_step=0.1)
