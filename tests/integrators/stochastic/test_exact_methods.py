"""Every exact method has the exact law; trajectories are the same however they are run."""

import threading

import numpy as np
import pytest
import scipy.stats

import symnum as sn
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.registry import METHODS
from symnum.simulators.stochastic.simulator import StochasticSimulator
from tests.integrators.stochastic.exact_laws import (
    CASES,
    ExactCase,
    birth_death,
    chi_square,
    dimerisation,
    law_at,
    laws,
    telegraph,
)

NAMES = sorted(METHODS)


def simulator(network: sn.ReactionNetwork) -> StochasticSimulator:
    return sn.build_simulator(network, kind="ssa")


def samples(network: sn.ReactionNetwork, method: str, times: list[float], count: int, seed: int) -> np.ndarray:
    """Return populations at the times, shape (count, n_times, n_states)."""
    model = simulator(network).model
    p, y0 = model.start()
    trajectory = model.trajectory(method, p, seed)
    out, codes = np.zeros((count, len(times), len(y0))), np.zeros(count, np.int32)
    trajectory.run_batch(0, (0.0, times[-1]), y0, np.array(times), out, codes)
    assert np.all(codes == at.STOPPED)
    return out


@pytest.mark.parametrize("method", NAMES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_law_is_the_solution_of_the_master_equation(case: ExactCase, method: str) -> None:
    count = 4000
    out = samples(case.network(), method, [case.time], count, seed=20240501)[:, 0].astype(int)
    probabilities = case.law()
    assert probabilities.sum() > 1 - 1e-3
    inside = np.all(out < np.array(case.sizes), axis=1)
    counts = np.zeros(case.sizes)
    np.add.at(counts, tuple(out[inside].T), 1)
    assert np.sum(~inside) < 20
    assert chi_square(counts, probabilities / probabilities.sum()) > 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("method", NAMES)
def test_stationary_laws_with_many_samples(method: str) -> None:
    count = 100_000
    x = samples(birth_death(), method, [12.0], count, seed=7)[:, 0, 0].astype(int)
    mean = 6.0 / 0.8 * (1 - np.exp(-0.8 * 12.0))
    most = 60
    assert chi_square(np.bincount(x, minlength=most), scipy.stats.poisson.pmf(np.arange(most), mean)) > 1e-4
    x = samples(dimerisation(), method, [6.0], count, seed=8)[:, 0, 0]
    # Exact stationary moments: modified Bessel functions, for W = 10.
    assert abs(x.mean() - 7.199505) < 5 * np.sqrt(5.366628 / count)
    assert abs(x.var() - 5.366628) < 5 * 5.366628 * np.sqrt(2.2 / count)
    count = 20_000
    m = samples(telegraph(), method, [1.0, 40.0], count, seed=9)[:, :, 2]
    for k, (mean, variance) in enumerate([(1.200496, 7.940352), (9.375, 47.042411)]):
        values = m[:, k]
        assert abs(values.mean() - mean) < 5 * np.sqrt(variance / count)
        spread = np.sqrt((np.mean((values - values.mean()) ** 4) - variance**2) / count)
        assert abs(values.var() - variance) < 5 * spread


@pytest.mark.parametrize("method", NAMES)
def test_a_trajectory_does_not_depend_on_output_times_batches_or_threads(method: str) -> None:
    sim = simulator(laws())
    grid = np.linspace(0.0, 5.0, 23)
    alone = [sim.solve((0.0, 5.0), method=method, seed=4, trajectory=i) for i in range(6)]
    expected = np.array([sol(grid).T for sol in alone])
    for sol in alone:
        assert sol.success
    gridded = [sim.solve((0.0, 5.0), t_eval=grid, method=method, seed=4, trajectory=i).y.T for i in range(6)]
    assert np.array_equal(expected, gridded)
    out, codes = np.zeros_like(expected), np.zeros(6, np.int32)

    def run(first: int, last: int) -> None:
        p, y0 = sim.model.start()
        trajectory = sim.model.trajectory(method, p, seed=4)
        trajectory.run_batch(first, (0.0, 5.0), y0, grid, out[first:last], codes[first:last])

    threads = [threading.Thread(target=run, args=piece) for piece in ((0, 2), (2, 3), (3, 6))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert np.array_equal(expected, out)


@pytest.mark.parametrize("method", NAMES)
def test_slices_do_not_change_a_trajectory(method: str) -> None:
    model = simulator(laws()).model
    p, y0 = model.start()

    def run(slices: list[int]) -> tuple[np.ndarray, float]:
        trajectory = model.trajectory(method, p, seed=5)
        trajectory.begin(0.0, y0, 0)
        for size in slices:
            trajectory.advance(1e9, True, size)
        return trajectory.populations.copy(), float(trajectory.reals[at.R_TIME])

    once, pieces = run([3000]), run([1, 1, 2, 96, 900, 2000])
    assert once[1] == pieces[1]
    assert np.array_equal(once[0], pieces[0])


@pytest.mark.parametrize("method", NAMES)
def test_mean_of_a_linear_network_is_the_rate_equations(method: str) -> None:
    text = "(2, 1), A <--> B; 0.5, B --> C; 3, 0 --> A; 0.2, C --> 0"
    network = sn.reaction_network(text, initial={"A": 30, "B": 0, "C": 5})
    times, count = [0.5, 2.0, 6.0], 2000
    out = samples(network, method, times, count, seed=31)
    solution = sn.build_simulator(network).solve((0.0, 6.0), t_eval=times, rtol=1e-9)
    errors = out.std(axis=0) / np.sqrt(count)
    assert np.all(np.abs(out.mean(axis=0) - solution.y.T) < 4.5 * errors)


def test_methods_agree_on_the_moments_of_the_law() -> None:
    """The oracle itself: its moments for dimerisation tend to the closed form."""
    law = law_at(dimerisation(), (40,), 30.0)
    x = np.arange(40)
    mean = float(law @ x)
    assert abs(mean - 7.199505) < 1e-6
    assert abs(float(law @ x**2) - mean**2 - 5.366628) < 1e-6


@pytest.mark.parametrize("method", sorted({*NAMES} - {"next_reaction", "integrated_hazard"}))  # these keep no total
def test_kept_totals_stay_exact(method: str) -> None:
    """After many changes over many powers of ten, the total is the sum of the propensities."""
    text = "k, A --> 0; a, B + B --> A; b, A --> 2B; 3.7, 0 --> B"
    network = sn.reaction_network(text, parameters={"k": 0.013, "a": 1e-7, "b": 0.3}, initial={"A": 1000000, "B": 0})
    model = simulator(network).model
    p, y0 = model.start()
    trajectory = model.trajectory(method, p, seed=6)
    trajectory.begin(0.0, y0, 0)
    for _ in range(30):
        trajectory.advance(1e9, True, 40_000)
        total, sum_of_all = trajectory.reals[at.R_TOTAL], trajectory.propensities[:4].sum()
        assert abs(total - sum_of_all) <= 1e-9 * sum_of_all


@pytest.mark.parametrize("method", NAMES)
def test_a_dead_end_costs_nothing(method: str) -> None:
    """One molecule that would need a second one: bounds of populations must not make candidates for ever."""
    network = sn.reaction_network("1, 2X --> 0; 1, 2Y + X --> 0", initial={"X": 101, "Y": 1})
    sol = simulator(network).solve((0.0, 1e7), t_eval=[1e7], method=method, seed=3)
    assert sol.success
    assert sol.y[:, 0].tolist() == [1.0, 1.0]
    assert sol.stats["rejections"] < 10_000
