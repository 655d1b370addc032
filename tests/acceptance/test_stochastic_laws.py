"""Exact laws of small networks, met by every exact algorithm: chi-square tests of whole distributions.

Laws are known in closed form or computed here from the master equation, on states and rates written out by hand. Seeds
were fixed before the first run; with the level below, a right program fails one run of this file in some hundred.
"""

import functools
import math

import numpy as np
import pytest
from scipy import stats
from scipy.linalg import expm

import symnum as sn
from symnum.integrators.stochastic.registry import METHODS as EXACT_METHODS

LEVEL = 1e-4
METHODS = ["auto", *EXACT_METHODS]
FOR_RATES_IN_TIME = ["auto", *(name for name, method in EXACT_METHODS.items() if method.takes_time)]
# Events are carried out between two calls of an engine, one trajectory at a time: fewer of those.
WITH_EVENTS = 250


# --- the measure


def chi_square(samples, law):
    """p-value of whole numbers as samples of a law (probabilities of 0, 1, ...); rare values are taken together."""
    n = len(samples)
    law = np.append(law, max(0.0, 1 - law.sum()))  # the rest
    counts = np.bincount(np.minimum(samples.astype(int), len(law) - 1), minlength=len(law))
    observed, expected, have, want = [], [], 0, 0.0
    for count, probability in zip(counts, law, strict=True):
        have, want = have + count, want + n * probability
        if want >= 5:
            observed.append(have)
            expected.append(want)
            have, want = 0, 0.0
    observed[-1] += have
    expected[-1] += want
    assert len(observed) >= 4, "too few classes to say anything"
    return stats.chisquare(observed, np.array(expected) * n / sum(expected)).pvalue


def master_equation(start, t, shape, jumps):
    """Probabilities at time t of a chain on a box of states: `jumps` are (change, rate as a function of the state)."""
    n = math.prod(shape)
    generator = np.zeros((n, n))
    for index in range(n):
        state = np.array(np.unravel_index(index, shape))
        for change, rate in jumps:
            target, speed = state + change, rate(*state)
            if speed > 0:
                generator[index, index] -= speed
                if np.all(target >= 0) and np.all(
                    target < shape
                ):  # else it leaves the box: lost, and seen in the sum
                    generator[np.ravel_multi_index(target, shape), index] += speed
    law = expm(generator * t)[:, np.ravel_multi_index(start, shape)]
    assert abs(law.sum() - 1) < 1e-9, "the box is too small"
    return np.maximum(law, 0).reshape(shape)


def sampled(net, times, n, seed, method, **more):
    """Populations of n trajectories at the times, by name."""
    simulator = sn.build_simulator(net, kind="ssa")
    ensemble = simulator.ensemble(
        n, t_span=(0.0, times[-1]), t_eval=times, seed=seed, method=method, threads=1, keep=True, **more
    )
    assert ensemble.success, ensemble.message
    return ensemble.trajectories


def poisson(mean):
    return stats.poisson(mean).pmf(np.arange(int(mean + 12 * math.sqrt(mean) + 12)))


# --- one species


@pytest.mark.parametrize("method", METHODS)
def test_births_and_deaths_are_poisson(method):
    """From nothing the law is Poisson at every time, with mean a/b (1 - exp(-b t)), and so in the long run."""
    net = sn.reaction_network("a, 0 --> X; b, X --> 0", parameters={"a": 6, "b": 1}, initial={"X": 0})
    times = [0.4, 14.0]
    x = sampled(net, times, 2000, 101, method)["X"]
    for i, t in enumerate(times):
        assert chi_square(x[:, i], poisson(6 * (1 - math.exp(-t)))) > LEVEL


@pytest.mark.parametrize(("omega", "mean", "variance"), [(5, 3.667682, 2.715793), (10, 7.199505, 5.366628)])
@pytest.mark.parametrize("method", METHODS)
def test_dimerisation_has_its_stationary_law(method, omega, mean, variance):
    """0 -> X at rate Omega, X + X -> 0 at rate X (X - 1)/Omega; mean and variance are exact ones."""
    jumps = [((1,), lambda x: omega), ((-2,), lambda x: x * (x - 1) / omega)]
    law = master_equation((0,), 6.0, (40,), jumps)
    assert law @ np.arange(40) == pytest.approx(mean, abs=1e-6)
    assert law @ np.arange(40) ** 2 - mean**2 == pytest.approx(variance, abs=1e-5)
    net = sn.reaction_network("w, 0 --> X; 2/w, 2X --> 0", parameters={"w": omega}, initial={"X": 0})
    n = 2000
    x = sampled(net, [6.0], n, 200 + omega, method)["X"][:, 0]
    assert chi_square(x, law) > LEVEL
    fourth = law @ (np.arange(40) - mean) ** 4
    assert abs(x.mean() - mean) < 4 * math.sqrt(variance / n)
    assert abs(x.var() - variance) < 4 * math.sqrt((fourth - variance**2) / n)


def telegraph():
    return sn.reaction_network(
        "(on, off), Off <--> On;  make, On --> On + M;  lose, M --> 0",
        parameters={"on": 0.25, "off": 0.15, "make": 15, "lose": 1},
        initial={"Off": 1, "On": 0, "M": 0},
    )


@functools.cache
def telegraph_law(t):
    jumps = [
        ((1, 0), lambda on, m: 0.25 * (1 - on)),
        ((-1, 0), lambda on, m: 0.15 * on),
        ((0, 1), lambda on, m: 15.0 * on),
        ((0, -1), lambda on, m: 1.0 * m),
    ]
    return master_equation((0, 0), t, (2, 60), jumps).sum(axis=0)


@pytest.mark.parametrize("method", METHODS)
def test_telegraph_model_after_one_unit_of_time(method):
    mean, variance, n = 1.200496, 7.940352, 4000
    law = telegraph_law(1.0)
    numbers = np.arange(len(law))
    assert law @ numbers == pytest.approx(mean, abs=1e-6)
    assert law @ numbers**2 - mean**2 == pytest.approx(variance, abs=1e-5)
    m = sampled(telegraph(), [1.0], n, 301, method)["M"][:, 0]
    assert chi_square(m, law) > LEVEL
    assert abs(m.mean() - mean) < 4 * math.sqrt(variance / n)
    assert abs(m.var() - variance) < 4 * math.sqrt((law @ (numbers - mean) ** 4 - variance**2) / n)


@pytest.mark.parametrize(
    "method", ["auto", *(pytest.param(m, marks=pytest.mark.slow) for m in EXACT_METHODS)]
)
def test_telegraph_model_in_the_long_run(method):
    mean, variance, n = 9.375, 47.042411, 1000
    law = telegraph_law(40.0)
    numbers = np.arange(len(law))
    assert law @ numbers == pytest.approx(mean, abs=1e-4)
    assert law @ numbers**2 - mean**2 == pytest.approx(variance, abs=1e-3)
    m = sampled(telegraph(), [40.0], n, 302, method)["M"][:, 0]
    assert chi_square(m, law) > LEVEL
    assert abs(m.mean() - mean) < 4 * math.sqrt(variance / n)


# --- several species


@pytest.mark.parametrize("method", METHODS)
def test_joint_law_of_an_enzyme_and_its_substrate(method):
    """All states (free enzymes, substrates) together, in the middle of the reaction."""
    enzymes, substrates = 3, 9
    bound = enzymes

    def complexes(e, s):
        return bound - e

    law = master_equation(
        (enzymes, substrates),
        1.5,
        (enzymes + 1, substrates + 1),
        [
            ((-1, -1), lambda e, s: 0.3 * e * s),
            ((1, 1), lambda e, s: 0.5 * complexes(e, s)),
            ((1, 0), lambda e, s: 1.0 * complexes(e, s)),
        ],
    )
    net = sn.reaction_network(
        "(k1, k2), S + E <--> C;  k3, C --> E + P",
        parameters={"k1": 0.3, "k2": 0.5, "k3": 1.0},
        initial={"S": substrates, "E": enzymes, "C": 0, "P": 0},
    )
    found = sampled(net, [1.5], 3000, 401, method)
    e, s, c, p = (found[name][:, 0] for name in "ESCP")
    assert np.all(e + c == enzymes)
    assert np.all(s + c + p == substrates)
    assert chi_square(e * (substrates + 1) + s, law.ravel()) > LEVEL


@pytest.mark.parametrize("method", METHODS)
def test_three_of_a_kind(method):
    """A reaction of third order and one that makes two at once, with the factor 1/3! in the rate."""
    law = master_equation(
        (4,), 1.0, (60,), [((2,), lambda x: 6.0), ((-3,), lambda x: 0.5 * x * (x - 1) * (x - 2) / 6)]
    )
    net = sn.reaction_network("a, 0 --> 2X; k, 3X --> 0", parameters={"a": 6, "k": 0.5}, initial={"X": 4})
    x = sampled(net, [1.0], 3000, 402, method)["X"][:, 0]
    assert chi_square(x, law) > LEVEL


@pytest.mark.parametrize("method", METHODS)
def test_a_complete_rate_law_is_taken_as_it_is(method):
    """Michaelis-Menten degradation of what is born: no mass action in either reaction."""
    net = sn.reaction_network(
        "a/(1 + X/K), 0 => X;  V*X/(K + X), X => 0",
        parameters={"a": 9, "V": 8, "K": 5},
        initial={"X": 12},
    )
    law = master_equation(
        (12,), 1.0, (60,), [((1,), lambda x: 9 / (1 + x / 5)), ((-1,), lambda x: 8 * x / (5 + x))]
    )
    x = sampled(net, [1.0], 3000, 403, method)["X"][:, 0]
    assert chi_square(x, law) > LEVEL


@pytest.mark.parametrize("method", METHODS)
def test_independent_walkers_on_a_ring(method):
    """Each of 300 particles walks by itself: numbers at a site are binomial, with the walker's own probability."""
    sites, particles, t = 12, 300, 0.8
    rate = np.zeros((sites, sites))
    for i in range(sites):
        for j in (i - 1, i + 1):
            rate[j % sites, i] += 1.0
            rate[i, i] -= 1.0
    probability = np.linalg.matrix_power(np.eye(sites) + rate * t / 2**20, 2**20)[:, 0]
    lines = [f"d, X{i} --> X{j % sites}" for i in range(sites) for j in (i - 1, i + 1)]
    net = sn.reaction_network(
        "\n".join(lines),
        parameters={"d": 1.0},
        initial={f"X{i}": particles * (i == 0) for i in range(sites)},
    )
    found = sampled(net, [t], 600, 404, method)
    for i in (0, 1, sites - 2):
        law = stats.binom(particles, probability[i]).pmf(np.arange(particles + 1))
        assert chi_square(found[f"X{i}"][:, 0], law) > LEVEL


# --- time


@pytest.mark.parametrize("method", METHODS)
def test_populations_at_two_times_are_rightly_correlated(method):
    """Stationary births and deaths: the covariance over a time s is the mean times exp(-b s)."""
    net = sn.reaction_network("a, 0 --> X; b, X --> 0", parameters={"a": 8, "b": 1}, initial={"X": 0})
    n, mean = 3000, 8.0
    x = sampled(net, [13.0, 13.5], n, 501, method)["X"]
    products = (x[:, 0] - mean) * (x[:, 1] - mean)
    assert abs(products.mean() - mean * math.exp(-0.5)) < 4 * products.std() / math.sqrt(n)


@pytest.mark.parametrize("method", FOR_RATES_IN_TIME)
def test_rates_that_change_in_time(method):
    """Births at a (1 + sin(3 t)) are Poisson at every time; the mean is the integral against exp(-b (t - s))."""
    net = sn.reaction_network(
        "a*(1 + sin(3*t)), 0 => X;  b, X --> 0", parameters={"a": 20, "b": 1}, initial={"X": 0}
    )
    times = [0.5, 1.7]
    x = sampled(net, times, 3000, 502, method)["X"]
    for i, t in enumerate(times):
        mean = 20 * (1 - math.exp(-t) + (math.sin(3 * t) - 3 * math.cos(3 * t) + 3 * math.exp(-t)) / 10)
        assert chi_square(x[:, i], poisson(mean)) > LEVEL


@pytest.mark.parametrize("method", FOR_RATES_IN_TIME)
def test_a_rate_that_is_zero_until_a_time(method):
    net = sn.reaction_network("piecewise(0, t < 1, 12), 0 => X;  1, X --> 0", parameters={}, initial={"X": 0})
    x = sampled(net, [0.99, 1.5], 1000, 503, method)["X"]
    assert not x[:, 0].any()
    assert chi_square(x[:, 1], poisson(12 * (1 - math.exp(-0.5)))) > LEVEL


@pytest.mark.parametrize("method", METHODS)
def test_a_parameter_that_an_event_changes(method):
    """Births at rate 3, from t = 1 at rate 15: what is left of both is Poisson, and so is their sum."""
    net = sn.reaction_network(
        "a, 0 --> X; b, X --> 0",
        parameters={"a": 3, "b": 1},
        initial={"X": 0},
        events=[sn.event(at=[1.0], affect={"a": 15})],
    )
    x = sampled(net, [1.0, 1.6], WITH_EVENTS, 504, method)["X"]
    at_one = 3 * (1 - math.exp(-1))
    assert chi_square(x[:, 0], poisson(at_one)) > LEVEL
    assert chi_square(x[:, 1], poisson(at_one * math.exp(-0.6) + 15 * (1 - math.exp(-0.6)))) > LEVEL


@pytest.mark.parametrize("method", METHODS)
def test_a_population_that_an_event_sets(method):
    """Pure death from a number that is set on the way: binomial."""
    net = sn.reaction_network(
        "b, X --> 0",
        parameters={"b": 1},
        initial={"X": 5},
        events=[sn.event(at=[0.5], affect={"X": 40})],
    )
    x = sampled(net, [1.2], WITH_EVENTS, 505, method)["X"][:, 0]
    assert chi_square(x, stats.binom(40, math.exp(-0.7)).pmf(np.arange(41))) > LEVEL


@pytest.mark.parametrize("method", METHODS)
def test_waiting_times_are_exponential(method):
    """One trajectory, event by event: the times between arrivals of a Poisson process."""
    net = sn.reaction_network("a, 0 --> X", parameters={"a": 4}, initial={"X": 0})
    sol = sn.build_simulator(net, kind="ssa").solve((0.0, 2500.0), seed=506, method=method)
    waits = np.diff(np.asarray(sol.t))
    waits = waits[:-1] if sol.t[-1] == 2500.0 else waits  # the last one is cut off by the end
    assert len(waits) == pytest.approx(10_000, abs=5 * 100)
    assert stats.kstest(waits, stats.expon(scale=0.25).cdf).pvalue > LEVEL
    neighbours = np.corrcoef(waits[:-1], waits[1:])[0, 1]
    assert abs(neighbours) < 4 / math.sqrt(len(waits))


# --- many trajectories


def test_trajectories_of_an_ensemble_have_nothing_to_do_with_each_other():
    net = sn.reaction_network("a, 0 --> X; b, X --> 0", parameters={"a": 6, "b": 1}, initial={"X": 0})
    x = sampled(net, [1.0], 6000, 601, "auto")["X"][:, 0]
    for distance in (1, 2, 4, 16, 64):
        r = np.corrcoef(x[:-distance], x[distance:])[0, 1]
        assert abs(r) < 4 / math.sqrt(len(x))
    other = sampled(net, [1.0], 6000, 602, "auto")["X"][:, 0]
    assert abs(np.corrcoef(x, other)[0, 1]) < 4 / math.sqrt(len(x))


@pytest.mark.slow
def test_means_and_variances_scatter_over_seeds_as_those_of_independent_trajectories_do():
    """Three million trajectories: a correlation of 1e-5 between those of one seed would show."""
    net = sn.reaction_network("a, 0 --> X; b, X --> 0", parameters={"a": 5, "b": 1}, initial={"X": 0})
    simulator = sn.build_simulator(net, kind="ssa")
    n, seeds, times = 10_000, 300, np.array([0.5, 1.0, 2.0])
    exact = 5 * (1 - np.exp(-times))
    z, y = np.empty((2, seeds, len(times)))
    for seed in range(seeds):
        ensemble = simulator.ensemble(n, t_span=(0.0, 2.0), t_eval=times, seed=seed, threads=1, keep=False)
        z[seed] = (ensemble.mean("X") - exact) / np.sqrt(exact / n)
        y[seed] = (ensemble.var("X") - exact) / np.sqrt((exact + 2 * exact**2) / n)
    for scores in (z, y):
        assert np.all(np.abs(scores.mean(axis=0)) < 4 / math.sqrt(seeds))
        assert np.all(np.abs(scores.var(axis=0) - 1) < 4 * math.sqrt(2 / seeds))
        assert np.mean(np.abs(scores) > 3) < 0.01


def test_the_measure_sees_a_small_mistake():
    """A law that is off by a twentieth in the mean is refused at the numbers of samples used here."""
    x = stats.poisson(6 * 1.05).rvs(4000, random_state=701)
    assert chi_square(x, poisson(6.0)) < LEVEL
    assert chi_square(stats.poisson(6.0).rvs(4000, random_state=702), poisson(6.0)) > LEVEL
