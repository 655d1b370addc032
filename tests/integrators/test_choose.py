"""The automatic choice of a method."""

import numpy as np

from symnum.integrators.choose import choose_method, spectral_estimate
from symnum.integrators.integrate import integrate

Y0 = np.array([1.0, 0.0, 0.0])


def test_spectral_estimate(kernels):
    radius, quotient = spectral_estimate(kernels.oscillator(50.0), 0.0, np.zeros(2))
    assert np.isclose(radius, 50.0)
    assert np.isclose(quotient, -50.0)
    assert spectral_estimate(kernels.lorenz(), 0.0, Y0) is None


def test_stiff_from_the_start(kernels):
    name, reason = choose_method(kernels.oscillator(1e6), 0.0, 10.0, np.zeros(2))
    assert name == "ndf"
    assert "stiff" in reason
    assert "1e+06" in reason


def test_not_stiff(kernels):
    s = integrate("auto", kernels.lorenz(), 0.0, 10.0, Y0, rtol=1e-5)
    assert s.method == "tsit5"
    assert s.status.ok
    assert s.statistics.stiffness > 1.0
    assert integrate("auto", kernels.lorenz(), 0.0, 10.0, Y0, rtol=1e-7).method == "vern7"
    assert integrate("auto", kernels.lorenz(), 0.0, 10.0, Y0, rtol=1e-10).method == "vern9"


def test_stiffness_met_on_the_way(kernels):
    times = np.concatenate([[0.0], np.logspace(-3.0, 4.0, 30)])
    s = integrate("auto", kernels.robertson(), 0.0, 1e4, Y0, times, 1e-7, 1e-12)
    assert s.status.ok
    assert s.method == "vern7, ndf"
    assert "turned out stiff at t = " in s.reason
    direct = integrate("ndf", kernels.robertson(), 0.0, 1e4, Y0, times, 1e-9, 1e-14)
    assert np.allclose(s.y, direct.y, rtol=2e-5, atol=1e-12)
    assert np.array_equal(s(times), s.y)
    steps = integrate("auto", kernels.robertson(), 0.0, 1e4, Y0)
    assert np.all(np.diff(steps.t) > 0.0)
    assert np.array_equal(steps(steps.t), steps.y)


def test_explicit_method_by_name_never_turns(kernels):
    s = integrate("tsit5", kernels.oscillator(1e4), 0.0, 1.0, [0.0, 1.0])
    assert s.status.ok
    assert s.method == "tsit5"
    assert s.statistics.steps > 2000
    assert s.reason == "chosen by the user"
