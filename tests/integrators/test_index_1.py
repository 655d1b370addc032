"""Differential-algebraic equations of index 1, M y' = f with a singular M: orders, starts, what methods refuse."""

from dataclasses import replace

import numpy as np
import pytest

from symnum.errors import InputError, UnsupportedError
from symnum.integrators import layout as at
from symnum.integrators.consistent import Constraints, initial_slope
from symnum.integrators.families import multistep_run
from symnum.integrators.integrate import integrate
from symnum.integrators.registry import METHODS
from symnum.integrators.stepping import WEIGHTS

INDEX_1 = [m for m in METHODS.values() if m.index_1]
OTHERS = [m for m in METHODS.values() if not m.index_1]
MULTISTEP = [(m, order) for m in INDEX_1 if m.family == "multistep" for order in m.orders]


def exact(t):
    return np.array([np.sin(t), np.cos(t)])


def fixed_multistep(problem, method, order, count):
    """Solve the circle's equations on (0, 1) at one order and so many steps from exact values; return the record."""
    h = 1.0 / count
    run = multistep_run(method.numbers, problem, 0.0, 1.0)
    run.begin(0.0, 1.0, exact(0.0))
    block = run.record.blocks[0]
    for j in range(order + 1):
        block.times[j] = j * h
        block.states[j] = exact(j * h)
    block.orders[: order + 1] = 1
    run.integers[[at.I_ROW, at.I_HISTORY, at.I_ORDER, at.I_FIXED, at.I_STARTED]] = order, order + 1, order, 1, 1
    run.integers[at.I_MAX_ATTEMPTS] = 100_000
    left = max(1e-14, 1e-4 * h ** (order + 1))  # what the iteration may leave: far less than the local error
    run.reals[[at.R_STEP, at.R_MAX_STEP, at.R_TIME, at.R_NEWTON_TOLERANCE]] = h, 1.0, order * h, left
    run.work[WEIGHTS] = 1.0  # weights of the norm; with rtol = 0 they stay
    assert run.drive(None, None) == at.SUCCESS
    assert run.record.blocks[-1].used == count + 1
    return run.record


@pytest.mark.parametrize(("method", "order"), MULTISTEP, ids=lambda v: getattr(v, "name", v))
def test_order_of_each_multistep_formula(kernels, method, order):
    def errors(k):
        times, values = fixed_multistep(kernels.circle(), method, order, 20 << k).points()
        return np.abs(values[-1] - exact(times[-1]))

    # Over three halvings, of the differential and of the algebraic component.
    assert np.log2(errors(0) / errors(3)) / 3 == pytest.approx([order, order], abs=0.2)


@pytest.mark.parametrize("order", range(1, 6))
def test_the_multistep_interpolant_has_the_order_of_the_step(kernels, order):
    inside = np.linspace(0.5, 0.99, 57)

    def error(k):
        record = fixed_multistep(kernels.circle(), METHODS["bdf"], order, 20 << k)
        return np.abs(record.evaluate(inside) - exact(inside).T).max()

    assert np.log2(error(0) / error(3)) / 3 == pytest.approx(order, abs=0.2)


@pytest.mark.parametrize("method", [m for m in INDEX_1 if m.order > 1], ids=lambda m: m.name)
def test_errors_follow_the_tolerance_in_both_components(kernels, method):
    times = np.linspace(0.0, 1.2, 301)
    errors = []
    for rtol in (1e-4, 1e-6, 1e-8):
        s = integrate(method.name, kernels.circle(), 0.0, 1.2, [0.0, 1.0], rtol=rtol, atol=1e-2 * rtol)
        assert s.status.ok
        errors.append(np.abs(s(times) - exact(times)).max(axis=1))
    errors = np.array(errors)
    assert np.all(errors[2] < 2e-6)
    assert np.all(errors[1:] < 0.3 * errors[:-1])


@pytest.mark.parametrize("method", INDEX_1, ids=lambda m: m.name)
def test_backwards_in_time(kernels, method):
    start = exact(1.0)
    s = integrate(method.name, kernels.circle(), 1.0, 0.0, start, rtol=1e-5, atol=1e-7)
    assert s.status.ok
    assert np.abs(s.y[:, -1] - exact(0.0)).max() < 2e-3


@pytest.mark.parametrize("method", OTHERS, ids=lambda m: m.name)
def test_other_methods_refuse_and_name_some_that_do(kernels, method):
    with pytest.raises(UnsupportedError, match=f'"{method.name}" does not take diff.*"ndf".*"rodas5p"'):
        integrate(method.name, kernels.circle(), 0.0, 1.0, [0.0, 1.0])


@pytest.mark.parametrize("name", ["tsit5", "rkc2"])
def test_explicit_methods_refuse_a_regular_mass_matrix_too(kernels, name):
    heavy = replace(kernels.turning(3.0), mass=np.array([2.0, 0.0, 0.0, 2.0]))
    with pytest.raises(UnsupportedError, match="does not take a mass matrix"):
        integrate(name, heavy, 0.0, 1.0, [0.0, 1.0])


@pytest.mark.parametrize("method", [m for m in METHODS.values() if m.takes_mass_matrix], ids=lambda m: m.name)
def test_a_regular_mass_matrix_divides_the_right_hand_side(kernels, method):
    heavy = replace(kernels.turning(3.0), mass=np.array([2.0, 0.0, 0.0, 2.0]))
    s = integrate(method.name, heavy, 0.0, 1.0, [0.0, 1.0], rtol=1e-4, atol=1e-6)
    assert np.abs(s.y[:, -1] - exact(1.5 * np.sin(1.0))).max() < 2e-2


def test_the_automatic_choice_takes_a_suitable_method(kernels):
    s = integrate("auto", kernels.circle(), 0.0, 1.0, [0.0, 1.0])
    assert METHODS[s.method].index_1
    assert "algebraic equations" in s.reason
    assert np.abs(s.y[:, -1] - exact(1.0)).max() < 1e-5


def test_products_alone_are_not_enough(kernels):
    with pytest.raises(InputError, match="needs the entries of the Jacobian"):
        integrate("ndf", replace(kernels.circle(), jacobian="free"), 0.0, 1.0, [0.0, 1.0])


@pytest.mark.parametrize("jacobian", ["analytic", "coloured", "differences"])
def test_every_kind_of_entries_serves(kernels, jacobian):
    problem = replace(kernels.circle(), jacobian=jacobian)
    for method in ("ndf", "rodas5p"):
        s = integrate(method, problem, 0.0, 1.0, [0.0, 1.0], rtol=1e-6, atol=1e-8)
        assert np.abs(s.y[:, -1] - exact(1.0)).max() < 1e-4


def test_consistent_values_keep_the_differential_ones(kernels):
    found = Constraints(kernels.circle()).solve(0.0, np.array([0.6, 3.0]))
    assert found.converged
    assert found.y == pytest.approx([0.6, 0.8], rel=1e-14)
    assert found.y[0] == 0.6


def test_consistent_values_that_do_not_exist(kernels):
    found = Constraints(kernels.circle()).solve(0.0, np.array([1.5, 0.1]))
    assert not found.converged
    assert not found.singular or abs(found.y[1]) < 1e-3
    assert found.equation == 1


def test_a_singular_point_is_told(kernels):
    found = Constraints(kernels.circle()).solve(0.0, np.array([1.0, 0.0]))
    assert found.singular
    assert (found.equation, found.unknown) == (1, 1)


def test_the_slope_at_the_start(kernels):
    for t in (0.0, 0.4, 1.0):
        slope = initial_slope(kernels.circle(), t, 2.0, exact(t))
        assert slope == pytest.approx([np.cos(t), -np.sin(t)], rel=1e-12, abs=1e-12)
    heavy = replace(kernels.turning(3.0), mass=np.array([2.0, 0.0, 0.0, 4.0]))
    assert initial_slope(heavy, 0.0, 1.0, np.array([0.0, 1.0])) == pytest.approx([1.5, 0.0])
