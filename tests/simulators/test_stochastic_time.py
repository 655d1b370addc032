"""Rates that depend on time: exact laws, discontinuities, failures."""

import numpy as np
import pytest
import scipy.stats

import symnum as sn
from symnum.simulators.stochastic.batches import Batches
from tests.integrators.stochastic.exact_laws import chi_square


def samples(network: sn.ReactionNetwork, times: list[float], count: int, seed: int) -> np.ndarray:
    """Return populations at the times, shape (count, n_times, n_states)."""
    sim = sn.build_simulator(network, kind="ssa")
    p, y0 = sim.model.start()
    method, _ = sim.choose_method("auto", p, y0)
    batches = Batches(sim.model, method, p, seed, sim.event_plans.plan())
    out, codes = np.zeros((count, len(times), len(y0))), np.zeros(count, np.int32)
    batches.run(0, (0.0, times[-1]), y0, np.array(times), out, codes)
    assert np.all(codes == sn.Status.SUCCESS)
    return out


@pytest.mark.parametrize(
    "rate", ["k*(1 + sin(3*t))", "k*heaviside(t - 1)", "k*exp(-t)", "k*piecewise(0.2, t < 0.7, 2)"]
)
def test_immigration_and_death_is_poisson_with_the_mean_of_the_rate_equation(rate: str) -> None:
    network = sn.reaction_network(f"{rate}, 0 --> X; g, X --> 0", parameters={"k": 6.0, "g": 0.8}, initial={"X": 0})
    times, count = [0.8, 1.9], 1500
    out = samples(network, times, count, seed=77)
    means = sn.build_simulator(network).solve((0.0, 1.9), t_eval=times, rtol=1e-10)["X"]
    for k, mean in enumerate(means):
        x = out[:, k, 0].astype(int)
        if mean < 1e-9:
            assert not x.any()
            continue
        most = 40
        assert chi_square(np.bincount(x, minlength=most), scipy.stats.poisson.pmf(np.arange(most), mean)) > 1e-4


def test_a_rate_that_time_does_not_change_has_the_same_law_as_without_time() -> None:
    text = "W, 0 --> X; 2/W, 2X --> 0; 1e-9*t, X --> 0"
    timed = sn.reaction_network(text, parameters={"W": 10.0}, initial={"X": 0})
    out = samples(timed, [6.0], 1500, seed=3)[:, 0, 0]
    assert abs(out.mean() - 7.199505) < 5 * np.sqrt(5.366628 / 1500)
    assert abs(out.var() - 5.366628) < 5 * 5.366628 * np.sqrt(2.2 / 1500)


def test_output_times_change_nothing() -> None:
    network = sn.reaction_network("k*t, 2X --> 0; 3, 0 --> X", parameters={"k": 0.3}, initial={"X": 4})
    sim = sn.build_simulator(network, kind="ssa")
    grid = np.linspace(0.0, 4.0, 33)
    everything = sim.solve((0.0, 4.0), seed=2)
    assert np.array_equal(everything(grid), sim.solve((0.0, 4.0), seed=2, t_eval=grid).y)
    assert everything.stats["method"] == "integrated_hazard"


def test_a_rate_that_turns_negative_is_told_with_its_reaction() -> None:
    network = sn.reaction_network("cos(t), 0 --> X", initial={"X": 4})
    sol = sn.build_simulator(network, kind="ssa").solve((0.0, 4.0), seed=1)
    assert sol.status is sn.Status.NEGATIVE_PROPENSITY
    assert sol.failed_reaction == "cos(t), 0 --> X"
    assert 1.5 < sol.stats["t_reached"] < 1.7


def test_methods_that_take_no_time_say_so() -> None:
    sim = sn.build_simulator(sn.reaction_network("t, 0 --> X", initial={"X": 0}), kind="ssa")
    with pytest.raises(sn.errors.UnsupportedError, match='method="integrated_hazard"'):
        sim.solve((0.0, 1.0), method="direct")
