"""Poisson and binomial variates have their laws, for small and large means."""

import numpy as np
import pytest
import scipy.stats

import symnum as sn
from symnum.integrators.stochastic.variates import variates

COUNT = 40_000


def draw(
    trajectory: int, trials: int, mean: float, share: float, count: int = COUNT, seed: int = 20240607
) -> np.ndarray:
    """Return variates of one stream."""
    model = sn.build_simulator(
        sn.reaction_network("k, 0 --> X", parameters={"k": 1.0}, initial={"X": 0}), kind="ssa"
    ).model
    memory = model.trajectory("direct", model.start()[0], seed)
    out = np.zeros(count)
    variates.call(memory.integers.ctypes.data, trajectory, trials, mean, share, count, out.ctypes.data)
    return out


def p_value(values: np.ndarray, law: scipy.stats.rv_discrete) -> float:
    """Return that of a chi-square test on some fifty cells of the law."""
    ends = np.unique(law.ppf(np.linspace(0.002, 0.998, 50)))
    expected = np.diff(np.concatenate([[0.0], law.cdf(ends), [1.0]])) * len(values)
    observed = np.diff(
        np.concatenate([[0], np.searchsorted(np.sort(values), ends, side="right"), [len(values)]])
    )
    enough = expected > 5.0
    assert expected[~enough].sum() < 1e-3 * len(values)
    statistic = np.sum((observed - expected)[enough] ** 2 / expected[enough])
    return float(scipy.stats.chi2.sf(statistic, enough.sum() - 1))


@pytest.mark.parametrize("mean", [0.01, 0.7, 4.0, 9.999, 10.0, 11.3, 60.0, 1e3, 1e6, 1e8])
def test_poisson_variates(mean: float) -> None:
    values = draw(1, 0, mean, 0.0)
    assert np.all(values == np.rint(values))
    assert np.all(values >= 0.0)
    assert p_value(values, scipy.stats.poisson(mean)) > 1e-4


@pytest.mark.parametrize(
    ("trials", "share"),
    [
        (1, 0.4),
        (5, 0.3),
        (20, 0.5),
        (40, 0.9),
        (100, 0.05),
        (100, 0.4),
        (1000, 0.7),
        (10**7, 0.3),
        (10**12, 1e-12),
    ],
)
def test_binomial_variates(trials: int, share: float) -> None:
    values = draw(2, trials, 0.0, share)
    assert np.all((values >= 0.0) & (values <= trials) & (values == np.rint(values)))
    assert p_value(values, scipy.stats.binom(trials, share)) > 1e-4


def test_streams_are_reproducible_and_differ() -> None:
    assert np.array_equal(draw(3, 0, 25.0, 0.0, 100), draw(3, 0, 25.0, 0.0, 100))
    assert not np.array_equal(draw(3, 0, 25.0, 0.0, 100), draw(4, 0, 25.0, 0.0, 100))
    assert not np.array_equal(draw(3, 0, 25.0, 0.0, 100), draw(3, 0, 25.0, 0.0, 100, seed=1))
    assert np.all(draw(3, 0, 0.0, 0.0, 10) == 0.0)
