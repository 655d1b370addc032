"""Automatic switching between explicit and stiff methods, in both directions."""

import numpy as np
import pytest

import symnum as sn
from symnum.integrators import integrate as module
from symnum.integrators.integrate import integrate

VAN_DER_POL = 1000.0


def periods(kernels, method, rtol, times):
    """Three periods and a bit of the stiff van der Pol oscillator."""
    return integrate(
        method, kernels.van_der_pol(VAN_DER_POL), 0.0, 5200.0, [2.0, 0.0], times, rtol, 1e-3 * rtol
    )


def test_van_der_pol_is_left_and_taken_up_again_in_every_period(kernels):
    times = np.linspace(0.0, 5200.0, 1001)
    s = periods(kernels, "auto-switching", 1e-7, times)
    assert s.status.ok
    names = s.method.split(", ")
    # Each of the six jumps is taken explicitly: there and back.
    assert names == ["ndf", *["vern7", "ndf"] * 6]
    assert s.reason.count("no longer stiff at t = ") == s.reason.count("stiff again at t = ") == 6
    stiff = periods(kernels, "ndf", 1e-7, times)
    assert s.statistics.steps < 0.6 * stiff.statistics.steps
    assert s.statistics.factorisations < 0.6 * stiff.statistics.factorisations
    exact = periods(kernels, "radau5", 1e-11, times).y[0]
    smooth = np.abs(np.gradient(exact, times)) < 0.1  # not within a jump, whose time is what errors move
    assert np.abs(s.y[0] - exact)[smooth].max() < 1e-4
    assert np.array_equal(s(times), s.y)
    assert np.all(np.diff(periods(kernels, "auto-switching", 1e-7, None).t) > 0.0)


def test_switching_gives_the_same_numbers_each_time(kernels):
    one, two = (periods(kernels, "auto-switching", 1e-6, None) for _ in range(2))
    assert one.method == two.method
    assert np.array_equal(one.y, two.y)


def test_automatic_choice_of_small_systems_turns_once(kernels):
    assert periods(kernels, "auto", 1e-6, [5200.0]).method == "ndf"


@pytest.fixture(scope="module")
def lattice():
    """Coupled oscillators in a fluid whose friction fades, so that they are stiff at first."""
    count = 20
    equations, start = {"friction": "-friction"}, {"friction": 1e5}
    for i in range(count):
        left, right = (f"x{j}" if 0 <= j < count else "0" for j in (i - 1, i + 1))
        equations |= {f"x{i}": f"v{i}", f"v{i}": f"{left} + {right} - 2*x{i} - x{i}^3 - friction*v{i}"}
        start |= {f"x{i}": np.sin(i), f"v{i}": 0.0}
    return sn.build_simulator(sn.ode_system(equations, initial=start))


def test_what_was_stiff_at_first(lattice):
    sol = lattice.solve((0, 100), t_eval=[100.0], rtol=1e-6)
    assert sol.stats["method"] == "ndf, vern7"
    stiff = lattice.solve((0, 100), t_eval=[100.0], method="ndf", rtol=1e-6)
    assert sol.stats["factorisations"] < 0.6 * stiff.stats["factorisations"]
    assert sol.stats["steps"] < 0.5 * stiff.stats["steps"]
    exact = lattice.solve((0, 100), t_eval=[100.0], method="vern9", rtol=1e-11, atol=1e-12).y
    assert np.abs(sol.y - exact).max() < np.abs(stiff.y - exact).max()


def test_what_stays_stiff_is_never_left(kernels):
    y0 = np.sin(np.pi * np.arange(1, 41) / 41)
    plain, switching = (
        integrate(m, kernels.diffusion(), 0.0, 1.0, y0, [1.0], 1e-7, 1e-9) for m in ("ndf", "auto-switching")
    )
    assert (
        switching.method == "vern7, ndf"
    )  # without a Jacobian to judge by it begins explicitly, and turns once
    assert switching.statistics.steps < 1.3 * plain.statistics.steps


def test_stiff_oscillation_costs_no_more_evaluations(kernels):
    plain, switching = (
        integrate(m, kernels.oscillator(1e6), 0.0, 10.0, [0.0, 1.0], [10.0], 1e-6, 1e-6)
        for m in ("ndf", "auto-switching")
    )
    assert switching.method == "ndf"
    assert switching.statistics.rhs_evaluations == plain.statistics.rhs_evaluations
    assert np.array_equal(switching.y, plain.y)


def test_short_visits_make_patient(kernels, monkeypatch):
    # With a hair-trigger explicit visits end at once; patience must grow so that few of them are made.
    monkeypatch.setattr(module, "VISIT_SHARE", 1e-4)
    s = integrate(
        "auto-switching", kernels.van_der_pol(1000.0), 0.0, 5200.0, [2.0, 0.0], [5200.0], 1e-7, 1e-10
    )
    assert s.status.ok
    assert 1 <= s.reason.count("no longer stiff") <= 5
