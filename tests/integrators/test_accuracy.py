"""Errors against exact and published solutions."""

import numpy as np
import pytest

from symnum.errors import InputError
from symnum.integrators.integrate import integrate
from symnum.integrators.registry import METHODS

STIFF = [m.name for m in METHODS.values() if m.stiff]
TIGHT = [m.name for m in METHODS.values() if m.stiff and "loose tolerances" not in m.suits]
ALL = list(METHODS)
SHARP = [m.name for m in METHODS.values() if m.tolerance_exponent >= 1.0]

# Hairer and Wanner, Solving Ordinary Differential Equations II; agrees with 40-digit arithmetic to all digits shown.
ROBERTSON_40 = np.array([0.7158270687194, 9.185534764557e-6, 0.2841637457458])


@pytest.mark.parametrize("method", SHARP)
@pytest.mark.parametrize("rtol", [1e-4, 1e-7, 1e-10])
def test_forced_oscillation_is_exact_within_the_tolerance(kernels, method, rtol):
    times = np.linspace(0.0, 10.0, 41)
    s = integrate(method, kernels.oscillator(1.0), 0.0, 10.0, [0.0, 1.0], times, rtol, rtol)
    assert s.status.ok
    assert np.abs(s.y - [np.sin(times), np.cos(times)]).max() < 20.0 * rtol


@pytest.mark.parametrize("method", TIGHT)
def test_stiff_forced_oscillation(kernels, method):
    times = np.linspace(0.0, 10.0, 41)
    s = integrate(method, kernels.oscillator(1e6), 0.0, 10.0, [0.5, 0.5], times, 1e-7, 1e-7)
    assert s.status.ok
    assert s.statistics.steps < 700
    assert np.abs(s.y - [np.sin(times), np.cos(times)])[:, 1:].max() < 1e-6


@pytest.mark.parametrize("method", STIFF)
@pytest.mark.parametrize("analytic", [True, False])
def test_robertson(kernels, method, analytic):
    errors = []
    for rtol in (1e-4, 1e-6, 1e-8):
        s = integrate(
            method, kernels.robertson(analytic), 0.0, 40.0, [1.0, 0.0, 0.0], [40.0], rtol, rtol * 1e-5
        )
        assert s.statistics.jacobian == ("analytic" if analytic else "differences")
        errors.append(np.abs(s.y[:, 0] / ROBERTSON_40 - 1.0).max())
    exponent = METHODS[method].tolerance_exponent
    assert errors[0] < 20.0 * 1e-4**exponent
    assert errors[1] < 20.0 * 1e-6**exponent
    assert errors[2] < 20.0 * 1e-8**exponent
    assert abs(s.y[:, 0].sum() - 1.0) < 1e-13


def test_robertson_over_eleven_decades(kernels):
    s = integrate("ndf", kernels.robertson(), 0.0, 1e11, [1.0, 0.0, 0.0], [1e11], 1e-6, 1e-14)
    published = np.array([2.083340149701e-8, 8.333360770334e-14, 0.9999999791665])
    assert np.abs(s.y[:, 0] / published - 1.0).max() < 1e-4
    assert s.statistics.steps < 1500


@pytest.mark.parametrize("method", STIFF)
def test_van_der_pol(kernels, method):
    s = integrate(method, kernels.van_der_pol(1000.0), 0.0, 2000.0, [2.0, 0.0], [2000.0], 1e-7, 1e-9)
    bound = 1e3 * 1e-7 ** METHODS[method].tolerance_exponent
    assert s.y[0, 0] == pytest.approx(1.706167732170, rel=bound)  # test set for IVP solvers, Bari


def test_explicit_and_multistep_agree_on_lorenz(kernels):
    times = np.linspace(0.0, 5.0, 26)
    a = integrate("tsit5", kernels.lorenz(), 0.0, 5.0, [1.0, 0.0, 0.0], times, 1e-11, 1e-11)
    b = integrate("ndf", kernels.lorenz(), 0.0, 5.0, [1.0, 0.0, 0.0], times, 1e-11, 1e-11)
    assert np.abs(a.y - b.y).max() < 1e-7


@pytest.mark.parametrize("method", ALL)
def test_errors_follow_the_tolerance(kernels, method):
    reference = integrate("tsit5", kernels.lorenz(), 0.0, 3.0, [1.0, 0.0, 0.0], [3.0], 1e-12, 1e-12).y[:, 0]
    exponent = METHODS[method].tolerance_exponent
    tolerances = 10.0 ** -np.arange(4.0, 10.0 if METHODS[method].order > 2 else 8.0)
    errors = [
        np.abs(
            integrate(method, kernels.lorenz(), 0.0, 3.0, [1.0, 0.0, 0.0], [3.0], r, r).y[:, 0] - reference
        ).max()
        for r in tolerances
    ]
    assert 0.7 < np.polyfit(np.log(tolerances), np.log(errors), 1)[0] / exponent < 1.3


@pytest.mark.parametrize("method", [m.name for m in METHODS.values() if m.one_step])
@pytest.mark.parametrize("controller", ["i", "pi", "pid"])
def test_step_size_controllers(kernels, method, controller):
    rtol = 1e-4 if METHODS[method].order < 3 else 1e-7
    bound = 100.0 * rtol ** METHODS[method].tolerance_exponent
    s = integrate(
        method, kernels.turning(3.0), 0.0, 8.0, [0.0, 1.0], rtol=rtol, atol=rtol, controller=controller
    )
    assert s.status.ok
    assert s.statistics.rejected < 0.3 * s.statistics.steps
    assert np.abs(s.y - [np.sin(3.0 * np.sin(s.t)), np.cos(3.0 * np.sin(s.t))]).max() < bound


def test_unknown_controller(kernels):
    with pytest.raises(InputError, match='no controller "pdi"'):
        integrate("tsit5", kernels.lorenz(), 0.0, 1.0, [1.0, 0.0, 0.0], controller="pdi")


@pytest.mark.parametrize("method", ALL)
def test_backwards_in_time(kernels, method):
    times = np.linspace(2.0, 0.0, 9)
    rtol = 1e-9 if METHODS[method].order > 1 else 1e-7
    bound = 100.0 * rtol ** METHODS[method].tolerance_exponent
    s = integrate(method, kernels.oscillator(0.0), 2.0, 0.0, [np.sin(2.0), np.cos(2.0)], times, rtol, rtol)
    assert s.status.ok
    assert np.abs(s.y - [np.sin(times), np.cos(times)]).max() < bound
    assert np.abs(s(0.3) - [np.sin(0.3), np.cos(0.3)]).max() < bound


def test_differences_use_the_pattern(kernels):
    y0 = np.sin(np.pi * np.arange(1, 41) / 41)
    narrow = integrate("ndf", kernels.diffusion(), 0.0, 1.0, y0, [1.0], 1e-7, 1e-9)
    full = integrate("ndf", kernels.diffusion(tridiagonal=False), 0.0, 1.0, y0, [1.0], 1e-7, 1e-9)
    assert np.abs(narrow.y - full.y).max() < 1e-9
    # Three colours instead of forty columns for each Jacobian.
    spent = narrow.statistics.rhs_evaluations - narrow.statistics.newton_iterations
    assert spent <= 4 * narrow.statistics.jacobian_evaluations + 4


STABILISED = [m.name for m in METHODS.values() if m.family == "stabilised"]


@pytest.mark.parametrize("method", STABILISED)
@pytest.mark.parametrize("rate", np.geomspace(1.0, 1e5, 26))
def test_stages_of_a_stabilised_step_reach_the_spectrum(kernels, method, rate):
    # The difference of two solutions of a linear problem decays by the stability polynomial in one step.
    one, two = (
        integrate(method, kernels.oscillator(rate), 0.0, 0.5, y0, fixed_step=0.5)
        for y0 in ([1.0, 1.0], [2.0, 2.0])
    )
    assert np.abs(two.y - one.y)[:, -1].max() < 0.97
    # The first evaluations are those of the power iteration; the last ends the step.
    stages = one.statistics.rhs_evaluations - 4
    assert METHODS[method].numbers.reach * (stages + 1) ** 2 > 0.5 * rate
    assert stages < 3 + 1.1 * np.sqrt(1.54 * 1.2 * 0.5 * rate + 1.0)


@pytest.mark.parametrize("method", STABILISED)
def test_stabilised_method_on_diffusion(kernels, method):
    y0 = np.sin(np.pi * np.arange(1, 41) / 41)
    reference = integrate("rodas5p", kernels.diffusion(), 0.0, 0.2, y0, [0.2], 1e-10, 1e-12)
    s = integrate(method, kernels.diffusion(), 0.0, 0.2, y0, [0.2], 1e-4, 1e-6)
    explicit = integrate("tsit5", kernels.diffusion(), 0.0, 0.2, y0, [0.2], 1e-4, 1e-6)
    assert np.abs(s.y - reference.y).max() < 1e-4
    assert s.statistics.rhs_evaluations < 0.4 * explicit.statistics.rhs_evaluations
    assert s.statistics.linear_solver == ""
