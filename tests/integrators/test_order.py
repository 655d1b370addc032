"""Orders of convergence, measured with fixed steps."""

import numpy as np
import pytest

from symnum.integrators import layout as at
from symnum.integrators.families import multistep_run
from symnum.integrators.integrate import integrate
from symnum.integrators.registry import METHODS

EXPLICIT = [m for m in METHODS.values() if m.family == "explicit"]
MULTISTEP = [(m, order) for m in METHODS.values() if m.family == "multistep" for order in m.orders]


def slope(steps, errors):
    return float(np.polyfit(np.log(steps), np.log(errors), 1)[0])


def exact(t):
    return np.array([np.sin(t), np.cos(t)])


@pytest.mark.parametrize("method", EXPLICIT, ids=lambda m: m.name)
def test_order_of_the_step(kernels, method):
    steps = [2.0 / n for n in (10, 14, 20, 28, 40)]
    errors = []
    for h in steps:
        s = integrate(method.name, kernels.oscillator(1.0), 0.0, 2.0, [0.0, 1.0], fixed_step=h)
        assert s.statistics.accepted == round(2.0 / h)
        errors.append(np.abs(s.y[:, -1] - exact(2.0)).max())
    assert slope(steps, errors) == pytest.approx(method.order, abs=0.2)


@pytest.mark.parametrize("method", EXPLICIT, ids=lambda m: m.name)
def test_order_of_the_continuous_solution(kernels, method):
    # The error between the points of one step is of one order more than the interpolant's global order.
    steps = [2.0**-k for k in range(1, 6)]
    errors = []
    for h in steps:
        s = integrate(method.name, kernels.oscillator(1.0), 0.0, h, [0.0, 1.0], fixed_step=h)
        inside = np.linspace(0.0, h, 21)[1:-1]
        errors.append(np.abs(s(inside) - exact(inside)).max())
    assert slope(steps, errors) == pytest.approx(method.interpolant_order + 1, abs=0.2)


def fixed_multistep(kernels, method, order, h):
    """Solve y' = -y^2 on (0, 2) at one order and step from exact starting values; return the run."""
    problem = kernels.decay()
    run = multistep_run(method.numbers, problem, 0.0, 1.0)
    run.begin(0.0, 2.0, np.array([1.0]))
    block = run.record.blocks[0]
    for j in range(order + 1):
        block.times[j] = j * h
        block.states[j] = 1.0 / (1.0 + j * h)
    run.integers[[at.I_ROW, at.I_HISTORY, at.I_ORDER, at.I_FIXED, at.I_STARTED]] = (
        order,
        order + 1,
        order,
        1,
        1,
    )
    run.integers[at.I_MAX_ATTEMPTS] = 100_000
    run.reals[[at.R_STEP, at.R_MAX_STEP, at.R_TIME, at.R_NEWTON_TOLERANCE]] = h, 1.0, order * h, 1e-14
    run.work[4] = 1.0  # weights of the norm; with rtol = 0 they stay
    assert run.drive(None, None) == at.SUCCESS
    block.orders[1 : order + 1] = 1
    return run


@pytest.mark.parametrize(("method", "order"), MULTISTEP, ids=lambda v: getattr(v, "name", v))
def test_order_of_each_formula(kernels, method, order):
    steps = [2.0 / n for n in (160, 224, 320, 448)]
    errors = [
        abs(fixed_multistep(kernels, method, order, h).record.points()[1][-1, 0] - 1.0 / 3.0) for h in steps
    ]
    assert slope(steps, errors) == pytest.approx(order, abs=0.2)


@pytest.mark.parametrize("order", range(1, 6))
def test_order_of_the_multistep_interpolant(kernels, order):
    steps = [2.0 / n for n in (40, 56, 80, 112, 160)]
    inside = np.linspace(1.2, 1.9, 57)
    errors = []
    for h in steps:
        record = fixed_multistep(kernels, METHODS["bdf"], order, h).record
        errors.append(np.abs(record.evaluate(inside)[:, 0] - 1.0 / (1.0 + inside)).max())
    assert slope(steps, errors) == pytest.approx(order, abs=0.3)
