"""Stochastic cases of the SBML Test Suite that need nothing but networks, by the suite's own statistics."""

import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
# One case of every kind, chosen before the first run; seeds are the numbers of the cases. `all` of them run in the
# slow test and in benchmarks/stochastic_suite.py.
QUICK = (1, 11, 15, 19, 25, 27, 29, 33, 35, 37)
TRAJECTORIES = 1000


@pytest.fixture(scope="module")
def suite():
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        from workloads import stochastic_cases
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))
    return stochastic_cases


@pytest.fixture(scope="module")
def cases(suite, data_dir):
    archive = data_dir / "sbml" / "stochastic-odd.tar.gz"
    if not archive.is_file():
        pytest.skip(f"no {archive.name} in the reference data")
    return {case.number: case for case in suite.read_cases(archive)}


def passes(suite, case, n, **more):
    """Whether a case passes, at the second attempt with ten times as many trajectories and another seed."""
    first = suite.run_case(case, n, **more)
    return first.passed or suite.run_case(case, 10 * n, seed=case.number + 1000, **more).passed


@pytest.mark.parametrize("number", QUICK)
def test_case(suite, cases, number):
    assert passes(suite, cases[number], TRAJECTORIES)


@pytest.mark.parametrize("number", [17, 31])
def test_laws_as_they_stand_give_what_mass_action_gives(suite, cases, number):
    """The same case with every rate as a formula of its own."""
    case = cases[number]
    assert "-->" not in suite.network(case, mass_action=False).to_text()
    assert "=>" not in suite.network(case).to_text()
    assert passes(suite, case, TRAJECTORIES, mass_action=False)


def test_which_cases_are_networks(suite, cases):
    assert [number for number, case in cases.items() if suite.needs(case) is None] == list(range(1, 40, 2))
    assert {suite.needs(case) for number, case in cases.items() if number > 40} == {"rate rules"}


def test_statistics_see_wrong_means_and_deviations(suite):
    rng = np.random.default_rng(5)
    n, times = 4000, 30
    x = rng.normal(50.0, 6.0, (n, times))
    x[:, 0] = 7.0
    exact = np.full(times, 50.0), np.full(times, 6.0)
    exact[0][0], exact[1][0] = 7.0, 0.0

    def outside(values):
        return suite.judge(n, values.mean(axis=0), values.var(axis=0, ddof=1), exact, (-5, 5)).outside

    assert outside(x) == 0
    assert outside(x + 0.4 * (np.arange(times) > 0)) > 20  # the mean, by a fifteenth of the deviation
    assert (
        outside(50 + 1.08 * (x - 50) + (50 - 7) * 0.08 * (np.arange(times) == 0)) > 20
    )  # the deviation, by 8 %
    assert outside(x + (np.arange(times) == 0)) == 1  # what is not random is exact


FURTHER_SEEDS = 2000, 3000, 4000, 5000


@pytest.mark.slow
def test_all_cases_with_ten_thousand_trajectories(suite, cases):
    outcomes = []
    for case in cases.values():
        if suite.needs(case) is None:
            outcomes.append(suite.run_case(case, 10_000))
            if not outcomes[-1].passed:
                assert suite.run_case(case, 100_000, seed=case.number + 1000).passed, case.name
    # Neighbouring times of a case go together, so that a little bad luck makes a large share: more seeds are pooled.
    for more in FURTHER_SEEDS:
        networks = [case for case in cases.values() if suite.needs(case) is None]
        outcomes += [suite.run_case(case, 10_000, seed=case.number + more) for case in networks]
    z = np.concatenate([outcome.z for outcome in outcomes])
    assert len(z) > 5000
    assert np.mean(np.abs(z) > 3) < 0.01  # expected is 0.27 %


@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 7, 21, 29, 35, 37])
def test_every_exact_algorithm(suite, cases, number):
    from symnum.integrators.stochastic.registry import METHODS as EXACT_METHODS

    for method in EXACT_METHODS:
        assert passes(suite, cases[number], 4000, method=method), method
