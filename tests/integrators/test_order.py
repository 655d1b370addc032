"""Orders of convergence, measured with fixed steps."""

from dataclasses import replace

import numpy as np
import pytest

from symnum.integrators import layout as at
from symnum.integrators.families import multistep_run
from symnum.integrators.integrate import integrate
from symnum.integrators.registry import METHODS
from symnum.integrators.stepping import WEIGHTS

ONE_STEP = [m for m in METHODS.values() if m.one_step]
MULTISTEP = [(m, order) for m in METHODS.values() if m.family == "multistep" for order in m.orders]


def slope(steps, errors):
    return float(np.polyfit(np.log(steps), np.log(errors), 1)[0])


def halvings(error):
    """Order seen over three halvings of a step; `error` takes the number of halvings."""
    return float(np.log2(error(0) / error(3)) / 3)


def exact(t):
    return np.array([np.sin(t), np.cos(t)])


def fixed_steps(kernels, method, count):
    """Solve a forced oscillation on (0, 4) in so many steps."""
    s = integrate(method.name, kernels.oscillator(1.0), 0.0, 4.0, [0.0, 1.0], fixed_step=4.0 / count)
    assert s.statistics.accepted == count
    return s


def first_count(method):
    """Steps of the coarsest run: enough to be near the limit, few enough to stay above rounding."""
    return 32 if method.order <= 5 else 6 if method.order == 7 else 3


@pytest.mark.parametrize("method", [m for m in ONE_STEP if m.order < 9], ids=lambda m: m.name)
def test_order_of_the_step(kernels, method):
    def error(k):
        s = fixed_steps(kernels, method, first_count(method) << k)
        return np.abs(s.y[:, -1] - exact(4.0)).max()

    assert halvings(error) == pytest.approx(method.order, abs=0.2)


@pytest.mark.parametrize("method", [m for m in ONE_STEP if m.order >= 9], ids=lambda m: m.name)
def test_order_of_the_step_and_its_interpolant_where_rounding_is_near(kernels, method):
    times = np.linspace(0.0, 8.0, 501)

    def errors(k):
        s = integrate(method.name, kernels.turning(5.0), 0.0, 8.0, [0.0, 1.0], fixed_step=8.0 / (36 << k))
        return [np.abs(s(t) - exact(5.0 * np.sin(t))).max() for t in (s.t, times)]

    coarse, fine = errors(0), errors(3)
    assert np.log2(np.divide(coarse, fine)) / 3 == pytest.approx(method.order, abs=0.2)


@pytest.mark.parametrize("method", [m for m in ONE_STEP if m.order < 9], ids=lambda m: m.name)
def test_order_of_the_continuous_solution(kernels, method):
    # The error between the points of one step is of one order more than the interpolant's global order.
    def error(k):
        h = 4.0 / (first_count(method) << k)
        s = integrate(method.name, kernels.oscillator(1.0), 0.0, h, [0.0, 1.0], fixed_step=h)
        inside = np.linspace(0.0, h, 21)[1:-1]
        return np.abs(s(inside) - exact(inside)).max()

    # A linear problem may see more than the order; `test_tableaus` shows that it is no higher in general.
    assert halvings(error) > method.interpolant_order + 0.8


@pytest.mark.parametrize("method", [m for m in ONE_STEP if "index 1" in m.suits], ids=lambda m: m.name)
def test_order_with_an_algebraic_equation(kernels, method):
    times = np.linspace(0.0, 1.0, 301)

    def errors(count):
        s = integrate(method.name, kernels.circle(), 0.0, 1.0, [0.0, 1.0], fixed_step=1.0 / count)
        return [abs(s.y[0, -1] - np.sin(1.0)), np.abs(s(times) - exact(times)).max()]

    # As fine as rounding allows.
    coarse = {("sdirk", 4): 12, ("rosenbrock", 5): 32, ("radau", 5): 4}.get((method.family, method.order), 64)
    step, inside = np.log2(np.divide(errors(coarse), errors(8 * coarse))) / 3
    assert step == pytest.approx(method.order, abs=0.2)
    # With coefficients of its own a continuous solution gains no order in the algebraic part; a cubic through both ends
    # may gain one.
    assert method.interpolant_order - 0.2 < inside < min(method.interpolant_order + 1, method.order) + 0.2


@pytest.mark.parametrize("method", [m for m in ONE_STEP if m.takes_mass_matrix], ids=lambda m: m.name)
def test_mass_matrix_divides_the_right_hand_side(kernels, method):
    heavy = replace(kernels.turning(3.0), mass=np.array([2.0, 0.0, 0.0, 2.0]))
    light = kernels.turning(1.5)
    one, other = (
        integrate(method.name, p, 0.0, 2.0, [0.0, 1.0], rtol=1e-6, atol=1e-6) for p in (heavy, light)
    )
    assert np.abs(one.y[:, -1] - other.y[:, -1]).max() < 10.0 * 1e-6**method.tolerance_exponent


@pytest.mark.parametrize(
    "method", [m for m in ONE_STEP if m.properties.get("additive") and m.implicit], ids=lambda m: m.name
)
def test_order_with_a_split_right_hand_side(kernels, method):
    problem = kernels.split()
    exact = integrate("vern9", problem, 0.0, 2.0, [1.0, 0.5], rtol=1e-13, atol=1e-13).y[:, -1]

    def error(k):
        s = integrate(method.name, problem, 0.0, 2.0, [1.0, 0.5], fixed_step=1.0 / (8 << k))
        # Every stage but the first evaluates the explicit part once, and so do start and end of a step.
        assert s.statistics.solves < s.statistics.rhs_evaluations - s.statistics.accepted * method.stages
        return np.abs(s.y[:, -1] - exact).max()

    assert halvings(error) == pytest.approx(method.order, abs=0.2)


def fixed_multistep(kernels, method, order, h):
    """Solve y' = -y^2 on (0, 2) at one order and step from exact starting values; return the run."""
    return fixed_run(kernels.decay(), method, order, h, lambda t: np.array([1.0 / (1.0 + t)]))


def fixed_run(problem, method, order, h, solution, explicit=None):
    """Solve a problem on (0, 2) at one order and step from exact starting values; return the run."""
    run = multistep_run(method.numbers, problem, 0.0, 1.0)
    run.begin(0.0, 2.0, solution(0.0))
    block = run.record.blocks[0]
    for j in range(order + 1):
        block.times[j] = j * h
        block.states[j] = solution(j * h)
        if explicit is not None:
            block.segments[j] = explicit(j * h, block.states[j])
    run.integers[[at.I_ROW, at.I_HISTORY, at.I_ORDER, at.I_FIXED, at.I_STARTED]] = (
        order,
        order + 1,
        order,
        1,
        1,
    )
    run.integers[at.I_MAX_ATTEMPTS] = 100_000
    run.reals[[at.R_STEP, at.R_MAX_STEP, at.R_TIME, at.R_NEWTON_TOLERANCE]] = h, 1.0, order * h, 1e-14
    run.work[WEIGHTS] = 1.0  # weights of the norm; with rtol = 0 they stay
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


@pytest.mark.parametrize(
    ("method", "order"),
    [(m, k) for m, k in MULTISTEP if m.properties.get("additive")],
    ids=lambda v: getattr(v, "name", v),
)
def test_order_of_each_formula_with_a_split_right_hand_side(kernels, method, order):
    problem = kernels.split()
    exact = integrate("vern9", problem, 0.0, 2.0, [1.0, 0.5], rtol=1e-13, atol=1e-13)

    def explicit(t, y):
        return np.array([y[1] + np.cos(3.0 * t), -2.0 * y[0]])

    def error(k):
        run = fixed_run(problem, method, order, 1.0 / (80 << k), exact, explicit)
        return np.abs(run.record.points()[1][-1] - exact.y[:, -1]).max()

    assert halvings(error) == pytest.approx(order, abs=0.2)


@pytest.mark.parametrize("order", range(1, 6))
def test_order_of_the_multistep_interpolant(kernels, order):
    steps = [2.0 / n for n in (40, 56, 80, 112, 160)]
    inside = np.linspace(1.2, 1.9, 57)
    errors = []
    for h in steps:
        record = fixed_multistep(kernels, METHODS["bdf"], order, h).record
        errors.append(np.abs(record.evaluate(inside)[:, 0] - 1.0 / (1.0 + inside)).max())
    assert slope(steps, errors) == pytest.approx(order, abs=0.3)
