"""Exponential Rosenbrock methods: exact where they claim it, orders on nonlinear problems, stiff problems."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import expm

from symnum.errors import InputError
from symnum.integrators.compiled import compiled_callback
from symnum.integrators.integrate import integrate
from symnum.integrators.problem import KernelProblem
from symnum.integrators.registry import METHODS

KERNEL = "int32(float64, CPointer(float64), CPointer(float64), int64, CPointer(float64))"
EXPONENTIAL = [m for m in METHODS.values() if m.family == "exponential"]


def name(method):
    return method.name


@compiled_callback(KERNEL)
def conduction(t, y, p, context, out):
    """Heat on 30 points with a source that grows with time."""
    for i in range(30):
        left = y[i - 1] if i > 0 else 0.0
        right = y[i + 1] if i < 29 else 0.0
        out[i] = 900.0 * (left - 2.0 * y[i] + right) + p[0] * t
    return 0


@pytest.mark.parametrize("method", EXPONENTIAL, ids=name)
def test_a_linear_problem_takes_one_step_of_any_size(method):
    problem = KernelProblem(30, conduction.address, parameters=np.array([5.0]))
    start = np.sin(np.linspace(0.1, 3.0, 30))
    s = integrate(method.name, problem, 0.0, 0.05, start, rtol=1e-10, atol=1e-10, fixed_step=0.05)
    assert s.statistics.accepted == 1
    # (y, t, 1)' is linear with constant coefficients.
    matrix = np.zeros((32, 32))
    matrix[:30, :30] = 900.0 * (np.diag(np.ones(29), -1) - 2.0 * np.eye(30) + np.diag(np.ones(29), 1))
    matrix[:30, 30] = 5.0
    matrix[30, 31] = 1.0
    exact = (expm(0.05 * matrix) @ np.concatenate([start, [0.0, 1.0]]))[:30]
    assert np.abs(s.y[:, -1] - exact).max() < 1e-7  # the Jacobian and the drift come from differences


@pytest.mark.parametrize("method", EXPONENTIAL, ids=name)
def test_order_on_a_nonlinear_problem(kernels, method):
    problem = replace(kernels.split(), split=None)
    exact = integrate("vern9", problem, 0.0, 2.0, [1.0, 0.5], rtol=1e-13, atol=1e-13).y[:, -1]
    errors = [
        np.abs(integrate(method.name, problem, 0.0, 2.0, [1.0, 0.5], fixed_step=h).y[:, -1] - exact).max()
        for h in (1 / 16, 1 / 128)
    ]
    assert np.log2(errors[0] / errors[1]) / 3 == pytest.approx(method.order, abs=0.2)


@pytest.mark.parametrize("method", EXPONENTIAL, ids=name)
def test_order_of_the_continuous_solution_on_a_nonlinear_problem(kernels, method):
    problem = replace(kernels.split(), split=None)
    exact = integrate("vern9", problem, 0.0, 0.5, [1.0, 0.5], rtol=1e-13, atol=1e-13)

    def error(h):
        s = integrate(method.name, problem, 0.0, h, [1.0, 0.5], fixed_step=h)
        inside = np.linspace(0.0, h, 13)[1:-1]
        return np.abs(s(inside) - exact(inside)).max()

    # Within one step, of one order more than the global one.
    assert np.log2(error(0.1) / error(0.0125)) / 3 == pytest.approx(method.interpolant_order + 1, abs=0.3)


@pytest.mark.parametrize("method", EXPONENTIAL, ids=name)
def test_the_continuous_solution_of_a_long_linear_step(method):
    problem = KernelProblem(30, conduction.address, parameters=np.array([5.0]))
    start = np.sin(np.linspace(0.1, 3.0, 30))
    long = integrate(method.name, problem, 0.0, 0.4, start, fixed_step=0.4)
    short = integrate("rodas5p", problem, 0.0, 0.4, start, rtol=1e-10, atol=1e-10)
    times = np.linspace(0.02, 0.4, 60)  # after what decays within a small part of the step
    assert long.statistics.accepted == 1
    assert np.abs(long(times) - short(times)).max() < 5e-3
    adaptive = integrate(method.name, problem, 0.0, 0.4, start, rtol=1e-8, atol=1e-8)
    assert np.abs(adaptive(times) - short(times)).max() < 1e-7


@pytest.mark.parametrize("method", EXPONENTIAL, ids=name)
def test_diffusion_is_no_limit_to_the_step(kernels, method):
    problem = kernels.diffusion()
    start = np.sin(np.arange(40.0))
    exact = integrate("rodas5p", problem, 0.0, 0.5, start, rtol=1e-10, atol=1e-12).y[:, -1]
    s = integrate(method.name, problem, 0.0, 0.5, start, rtol=1e-6, atol=1e-8)
    assert s.status.ok
    assert s.statistics.steps < 200  # stability would force an explicit method to about nine hundred
    assert np.abs(s.y[:, -1] - exact).max() < 1e-4 * np.abs(exact).max()


def test_products_alone_are_refused(kernels):
    with pytest.raises(InputError, match="entries of the Jacobian"):
        integrate("exprb43", replace(kernels.diffusion(), jacobian="free"), 0.0, 0.1, np.ones(40))
