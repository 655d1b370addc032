"""The stability polynomials of ROCK2: what defines them, seen from other sides than the tool that computes them."""

import importlib.util

import mpmath
import numpy as np
import pytest

from symnum.integrators.integrate import integrate
from symnum.integrators.methods.rock2 import ROCK2
from symnum.integrators.tableaus.orthogonal import ROUNDING

NUMBERS = {n.stages: n for n in ROCK2.numbers}
POLYNOMIALS = {p.stages: p for p in ROCK2.polynomials}


@pytest.fixture(scope="module")
def tool(project_root):
    """The tool that writes the polynomials' file."""
    spec = importlib.util.spec_from_file_location("rock2", project_root / "tools" / "rock2_coefficients.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("stages", [3, 4, 13, 30])
def test_the_file_is_what_the_tool_computes(tool, stages):
    assert tool.polynomial(stages) == pytest.approx(POLYNOMIALS[stages], rel=1e-7)
    assert list(POLYNOMIALS) == tool.stage_numbers()
    assert ROCK2.damping == tool.DAMPING


@pytest.mark.parametrize("stages", [3, 5, 8, 39, 199, 1000])
def test_order(stages):
    """Derivatives of the polynomial that a step applies, in fifty digits."""
    n = NUMBERS[stages]
    with mpmath.workdps(50):
        before, last = [mpmath.mpf(0)] * 4, [mpmath.mpf(1)] + [mpmath.mpf(0)] * 3  # Taylor coefficients at 0
        for mu, kappa in zip(map(mpmath.mpf, n.mu.tolist()), map(mpmath.mpf, n.kappa.tolist()), strict=True):
            shifted = [mpmath.mpf(0), *last[:-1]]
            new = [x + kappa * (x - y) + mu * z for x, y, z in zip(last, before, shifted, strict=True)]
            before, last = last, new
        first, second = 2 * mpmath.mpf(n.sigma), mpmath.mpf(n.tau)
        taylor = [last[0], last[1] + first, last[2] + first * last[1] + second]
        taylor.append(last[3] + first * last[2] + second * last[1])
        assert taylor[0] == 1
        assert abs(taylor[1] - 1) < 1e-12
        assert abs(2 * taylor[2] - 1) < 1e-12
        assert abs(6 * taylor[3] - n.third) < 1e-10
    assert n.third < 0.6


@pytest.mark.parametrize("stages", [*(s for s in NUMBERS if s < 250), pytest.param(1000, marks=pytest.mark.slow)])
def test_damping_and_length(stages):
    n = NUMBERS[stages]
    z = -0.5 * n.reach * (1.0 - np.cos(np.linspace(0.0, np.pi, 40 * stages)))
    values = n.values(z)
    first = int(np.argmax(values < 0.95))  # here the polynomial still falls with the solution
    assert np.all(np.diff(values[: first + 1]) < 0.0)
    assert -z[first] < max(0.2, n.reach / stages**2)
    assert 0.949 < np.abs(values[first:]).max() < 0.95 + 1e-9
    assert abs(n.values(np.array([-1.01 * n.reach]))[0]) > 1.0
    assert n.tau > n.sigma**2  # the zeros of the quadratic are complex
    assert 0.68 < n.reach / stages**2 < 0.808
    if stages >= 16:
        assert n.reach / stages**2 > ROCK2.reach


@pytest.mark.parametrize("stages", [4, 13, 94, 429])
def test_orthogonality(stages):
    """With Chebyshev polynomials of lower degree, by a quadrature that is exact; the zeros are those of the file."""
    n, p = NUMBERS[stages], POLYNOMIALS[stages]
    angles = (np.arange(stages + 2) + 0.5) * np.pi / (stages + 2)
    u = 2.0 * np.sin(0.5 * angles) ** 2
    z = -n.reach * (u + p.origin / stages**2) / (2.0 + p.origin / stages**2)
    quadratic = 1.0 + 2.0 * n.sigma * z + n.tau * z * z
    assert quadratic == pytest.approx(
        ((u - p.centre / stages**2) ** 2 + (p.width / stages**2) ** 2)
        / ((p.origin + p.centre) ** 2 + p.width**2)
        * stages**4,
        rel=1e-9,
    )
    weighted = quadratic * n.values(z)  # w^2 P
    lower = np.cos(np.outer(np.arange(stages - 2), angles))
    lengths = np.sqrt((n.values(z) ** 2).sum() * (quadratic * quadratic).sum())
    assert np.abs(lower @ weighted).max() < 1e-9 * lengths


@pytest.mark.parametrize("centre", [-0.1, 0.1])
def test_other_zeros_make_the_interval_shorter(tool, centre):
    from scipy.optimize import root

    stages, best = 8, POLYNOMIALS[8]

    def moved(width, origin):
        return type(best)(stages, best.centre + centre, width, origin).coefficients()

    def largest(width, origin):
        n = moved(width, origin)
        z = -0.5 * n.reach * (1.0 - np.cos(np.linspace(0.0, np.pi, 4001)))
        values = n.values(z)
        return np.abs(values[int(np.argmax(values < 0.9)) :]).max()

    def conditions(x):
        order = tool.conditions(np.array([best.centre + centre, *x]), stages)[0]
        return [order, largest(*x) - ROCK2.damping]

    solution = root(conditions, best[2:])
    assert np.abs(solution.fun).max() < 1e-7
    assert moved(*solution.x).reach < NUMBERS[8].reach - 1e-3


@pytest.mark.parametrize("stages", [13, 94, 199])
def test_rounding_of_a_step(stages):
    """Smooth heat on a line, at the end of the interval: what is not smooth afterwards is rounding."""
    n, cells = NUMBERS[stages], 200
    rate = 2.0 * (cells + 1) ** 2 * (1.0 - np.cos(np.pi * np.array([1, cells]) / (cells + 1)))
    h = n.reach / rate[1]
    start = np.sin(np.pi * np.arange(1, cells + 1) / (cells + 1))

    def slope(y):
        return (cells + 1) ** 2 * (np.append(0.0, y[:-1]) - 2.0 * y + np.append(y[1:], 0.0))

    before, last = np.zeros(cells), start
    for mu, kappa in zip(n.mu.tolist(), n.kappa.tolist(), strict=True):
        before, last = last, last + kappa * (last - before) + h * mu * slope(last)
    once = slope(last)
    new = last + 2.0 * n.sigma * h * once + n.tau * h * h * slope(once)
    noise = np.abs(new - n.values(np.array([-rate[0] * h])) * start).max()
    expected = ROUNDING * np.finfo(float).eps * stages**4
    assert 0.01 * expected < noise < 3.0 * expected


def test_tight_tolerances_have_fewer_stages(kernels):
    """Steps are as long as the interval of the last polynomial that leaves little rounding, without failing often."""
    y0 = np.sin(np.pi * np.arange(1, 41) / 41)
    reach, rate = ROCK2.numbers[ROCK2.usable(1e-10) - 1].reach, 6400.0
    solution = integrate("rock2", kernels.diffusion(), 0.0, 2.0, y0, rtol=1e-10, atol=1e-2)
    steps = np.diff(solution.t)
    assert solution.status.ok
    assert ROCK2.usable(1e-10) < ROCK2.usable(1e-5) < len(ROCK2.polynomials)
    assert 0.7 * reach < rate * np.median(steps) < reach
    assert solution.statistics.convergence_failures <= 3


def test_a_step_is_the_polynomial(kernels):
    """Of linear problems, whatever the number of stages."""
    rate, seen = 30.0, []
    for h in (0.01, 0.5, 4.0, 100.0):
        one, two = (
            integrate("rock2", kernels.oscillator(rate), 0.0, h, y0, fixed_step=h) for y0 in ([1.0, 1.0], [2.0, 2.0])
        )
        stages = one.statistics.rhs_evaluations - 3
        expected = NUMBERS[stages].values(np.array([-rate * h]))[0]
        assert (two.y - one.y)[:, -1] == pytest.approx([expected, expected], abs=1e-14 * np.abs(one.y).max())
        seen.append(stages)
    assert len(set(seen)) == 4
