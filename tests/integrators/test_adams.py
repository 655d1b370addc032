"""Adams methods: formulas, stability intervals, continuous solution, stiffness."""

from itertools import pairwise

import numpy as np
import pytest

from symnum.errors import InputError
from symnum.integrators import layout as at
from symnum.integrators.families import adams_run
from symnum.integrators.integrate import integrate
from symnum.integrators.record import integrated_lagrange
from symnum.integrators.registry import METHODS
from symnum.integrators.status import Status
from symnum.integrators.stepping import SLOPE, WEIGHTS

ADAMS = [m for m in METHODS.values() if m.family == "adams"]
ORDERS = [(m, order) for m in ADAMS for order in m.orders]
LIMITS = [(m, k, reach) for m in ADAMS for k, reach in enumerate(m.numbers.intervals, start=1)]


def exact(t):
    """Solution of the oscillator, shape (len(t), 2)."""
    return np.array([np.sin(t), np.cos(t)]).T


def slopes(t):
    return exact(t)[:, ::-1] * [1.0, -1.0]


def fixed_order(kernels, method, order, count):
    """Solve on (0, 8) with so many steps of one order from exact starting values; return the record."""
    run = adams_run(method.numbers, kernels.oscillator(0.5), 0.0, 1.0)
    past = order - 1
    t = np.arange(past) * (8.0 / count)
    run.begin(0.0, 8.0, exact(t)[0])
    block = run.record.blocks[0]
    block.times[:past], block.states[:past] = t, exact(t)
    block.segments[1:past, 0], block.segments[1:past, 1] = slopes(t)[:-1], slopes(t)[1:]
    block.orders[1:past] = 2
    run.work[SLOPE], run.work[WEIGHTS] = slopes(t)[-1], 1.0
    run.integers[[at.I_ROW, at.I_HISTORY, at.I_ORDER, at.I_FIXED, at.I_STARTED]] = past - 1, past, past, 1, 1
    run.integers[at.I_MAX_ATTEMPTS] = 100_000
    run.reals[[at.R_STEP, at.R_MAX_STEP, at.R_TIME]] = 8.0 / count, 1.0, t[-1]
    assert run.drive(None, None) is Status.SUCCESS
    return run.record


@pytest.mark.parametrize(("method", "order"), ORDERS, ids=lambda v: getattr(v, "name", v))
def test_order_of_each_formula_and_its_continuous_solution(kernels, method, order):
    # As fine as rounding allows: three halvings up to order 7, then less.
    first = 100 if order <= 4 else 28
    last = first * (8 if order <= 7 else 4 if order <= 10 else 2)
    errors = []
    for count in (first, last):
        record = fixed_order(kernels, method, order, count)
        t, y = record.points()
        inside = np.linspace(8.0 / count * order, 8.0, 301)
        errors.append([np.abs(y - exact(t)).max(), np.abs(record.evaluate(inside) - exact(inside)).max()])
    seen = np.log(np.divide(*errors)) / np.log(last / first)
    assert seen == pytest.approx(order, abs=0.2)


def test_error_constants():
    # The first of them are in every textbook on Adams-Moulton formulas.
    constants = METHODS["adams"].numbers.table[:6]
    assert constants == pytest.approx([1.0, 1 / 2, 1 / 12, 1 / 24, 19 / 720, 3 / 160], rel=1e-15)


def growth(steps, z):
    """Largest root of a step of y' = z y with constant size one."""
    past = -np.arange(float(steps))
    predictor = integrated_lagrange(past).sum(axis=0)
    first, *rest = integrated_lagrange(np.append(1.0, past)).sum(axis=0)
    start = np.eye(steps)[0]
    row = start + z * np.array(rest) + z * first * (start + z * predictor)
    return np.abs(np.roots(np.append(1.0, -row))).max()


@pytest.mark.parametrize(("method", "steps", "reach"), LIMITS, ids=lambda v: getattr(v, "name", v))
def test_real_stability_intervals(method, steps, reach):
    assert max(growth(steps, -x) for x in np.linspace(0.05 * reach, 0.998 * reach, 40)) < 1.0
    assert growth(steps, -1.002 * reach) > 1.0


def test_the_continuous_solution_and_its_derivative_are_continuous(kernels):
    s = integrate("adams", kernels.turning(3.0), 0.0, 4.0, [0.0, 1.0], rtol=1e-6, atol=1e-6)
    h = 1e-6  # far below all steps but the first
    assert np.diff(s.t)[1:].min() > 10.0 * h
    inner = s.t[1:-1]
    before, after = (s(inner) - s(inner - h)) / h, (s(inner + h) - s(inner)) / h
    assert np.abs(after - before).max() < 3.0 * h * 9.0  # three times the second derivative
    assert np.array_equal(s(s.t), s.y)


def test_order_rises_where_the_solution_is_smooth(kernels):
    s = integrate("adams", kernels.oscillator(1.0), 0.0, 20.0, [0.0, 1.0], rtol=1e-10, atol=1e-10)
    assert s.statistics.last_order > 9
    assert s.statistics.rhs_evaluations <= 2 * s.statistics.steps + 2
    low = integrate(
        "adams", kernels.oscillator(1.0), 0.0, 20.0, [0.0, 1.0], rtol=1e-10, atol=1e-10, max_order=4
    )
    assert low.statistics.last_order <= 4
    assert low.statistics.steps > 3 * s.statistics.steps


def test_ten_digits_on_smooth_problems(kernels):
    s = integrate("adams", kernels.oscillator(0.5), 0.0, 10.0, [0.0, 1.0], rtol=1e-13, atol=1e-13)
    assert np.abs(s.y.T - exact(s.t)).max() < 1e-12
    tight = integrate("vern9", kernels.lorenz(), 0.0, 5.0, [1.0, 0.0, 0.0], [5.0], 1e-13, 1e-13)
    s = integrate("adams", kernels.lorenz(), 0.0, 5.0, [1.0, 0.0, 0.0], [5.0], 1e-13, 1e-13)
    assert np.abs(s.y - tight.y).max() < 1e-10 * np.abs(tight.y).max()


def test_fewest_evaluations_for_its_error_on_lorenz(kernels):
    work = {}
    for name in ("adams", "vern9", "tsit5"):
        tight = integrate("vern9", kernels.lorenz(), 0.0, 5.0, [1.0, 0.0, 0.0], [5.0], 1e-13, 1e-13).y
        runs = [
            integrate(name, kernels.lorenz(), 0.0, 5.0, [1.0, 0.0, 0.0], [5.0], r, r)
            for r in 10.0 ** -np.arange(5, 12)
        ]
        errors = [np.abs(s.y - tight).max() for s in runs]
        counts = [s.statistics.rhs_evaluations for s in runs]
        slope, base = np.polyfit(np.log(errors), np.log(counts), 1)
        work[name] = np.exp(base + slope * np.log(1e-8))
    assert work["adams"] < min(work["vern9"], 0.5 * work["tsit5"])


def stiffness_is_met(kernels, rate, end):
    run = adams_run(METHODS["adams"].numbers, kernels.oscillator(rate), 1e-6, 1e-6, detect_stiffness=True)
    run.integers[at.I_MAX_ATTEMPTS], run.reals[at.R_MAX_STEP] = 100_000, 1e300
    run.begin(0.0, end, np.array([0.0, 1.0]))
    status = run.drive(None, None)
    return status, run


def test_stiffness_is_seen(kernels):
    status, run = stiffness_is_met(kernels, 1e4, 10.0)
    assert status is Status.STIFF
    assert run.time < 1.0
    assert run.reals[at.R_RADIUS] == pytest.approx(1e4, rel=0.01)
    assert stiffness_is_met(kernels, 1.0, 20.0)[0] is Status.SUCCESS


def test_fixed_steps_are_refused(kernels):
    with pytest.raises(InputError, match="chooses its own steps"):
        integrate("adams", kernels.lorenz(), 0.0, 1.0, [1.0, 0.0, 0.0], fixed_step=0.1)


def test_blocks_of_the_record_join(kernels, monkeypatch):
    from symnum.integrators import record

    times = np.linspace(0.0, 20.0, 333)
    whole = integrate("adams", kernels.turning(3.0), 0.0, 20.0, [0.0, 1.0], times, 1e-8, 1e-8)
    monkeypatch.setattr(record, "_FIRST_BLOCK", 1 << 10)
    monkeypatch.setattr(record, "_LARGEST_BLOCK", 1 << 11)
    pieces = integrate("adams", kernels.turning(3.0), 0.0, 20.0, [0.0, 1.0], times, 1e-8, 1e-8)
    assert np.array_equal(whole.y, pieces.y)
    assert all(early < late for early, late in pairwise(times))
