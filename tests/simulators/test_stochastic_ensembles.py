"""Ensembles: the same numbers on any number of threads, statistics against NumPy, limits, failures, laws of merging."""

import os
import signal
import threading
import time

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

import symnum as sn
from symnum.errors import InputError, SymnumWarning, UnknownNameError
from symnum.simulators.stochastic.ensembles.counts import Counts
from symnum.simulators.stochastic.ensembles.merge_tree import MergeTree
from symnum.simulators.stochastic.ensembles.moments import Moments, merge_moments

TIMES = np.linspace(0.0, 5.0, 6)
LEVELS = [0.0, 0.05, 0.25, 0.5, 0.77, 0.95, 1.0]


def birth_death(**given: float) -> sn.ReactionNetwork:
    values = {"k": 20.0, "g": 1.0}
    return sn.reaction_network("k, 0 --> X; g, X --> 0", parameters=values, initial={"X": given.get("X", 3)})


def dimers() -> sn.ReactionNetwork:
    return sn.reaction_network(
        "k, 2A --> B; b, B --> 2A",
        parameters={"k": 0.02, "b": 0.5},
        initial={"A": 30, "B": 2},
        observables={"total": "A + 2*B", "ratio": "A/(1 + B)"},
    )


@pytest.fixture(scope="module")
def simulator():
    return sn.build_simulator(dimers(), kind="ssa")


@pytest.fixture(scope="module")
def ensemble(simulator):
    return simulator.ensemble(300, t_eval=TIMES, seed=5, threads=1)


@pytest.mark.parametrize("threads", [2, 3])
@pytest.mark.parametrize("n", [1, 300])
def test_the_number_of_threads_changes_no_bit(simulator, n, threads):
    one = simulator.ensemble(n, t_eval=TIMES, seed=5, threads=1)
    many = simulator.ensemble(n, t_eval=TIMES, seed=5, threads=threads)
    assert many.status == one.status == {"success": n}
    for name in one.names:
        assert np.array_equal(one[name], many[name])
        assert np.array_equal(one.mean(name), many.mean(name))
        assert np.array_equal(one.var(name), many.var(name), equal_nan=True)
        assert np.array_equal(one.quantile(name, LEVELS), many.quantile(name, LEVELS))
        assert np.array_equal(one.histogram(name).counts, many.histogram(name).counts)
        assert np.array_equal(one.covariance("A", name), many.covariance("A", name), equal_nan=True)


def test_a_trajectory_is_that_of_solve(simulator, ensemble):
    block = ensemble.stats["block"]
    for i in (0, 1, block - 1, block, 299):
        sol = simulator.solve((0.0, 5.0), t_eval=TIMES, seed=5, trajectory=i)
        for name in ensemble.names:
            assert np.array_equal(sol[name], ensemble[name][i])


def test_statistics_against_numpy(ensemble):
    for name in ensemble.names:
        x = ensemble[name]
        assert x.shape == (300, 6)
        np.testing.assert_allclose(ensemble.mean(name), x.mean(axis=0), rtol=1e-13)
        np.testing.assert_allclose(ensemble.var(name), x.var(axis=0, ddof=1), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(ensemble.std(name, ddof=0), x.std(axis=0), rtol=1e-12, atol=1e-12)
        assert np.array_equal(ensemble.quantile(name, LEVELS), np.quantile(x, LEVELS, axis=0))
        assert np.array_equal(ensemble.quantile(name, 0.5), np.median(x, axis=0))
    for pair in (("A", "B"), ("B", "A"), ("A", "ratio")):
        expected = [np.cov(a, b)[0, 1] for a, b in zip(ensemble[pair[0]].T, ensemble[pair[1]].T, strict=True)]
        np.testing.assert_allclose(ensemble.covariance(*pair), expected, rtol=1e-11, atol=1e-12)
    found = ensemble.histogram("A", 2.0)
    values, counts = np.unique(ensemble["A"][:, 2], return_counts=True)
    assert found.width == 1.0
    assert found.n == 300
    assert np.array_equal(found.counts[found.counts > 0], counts)
    assert np.array_equal(found.edges[:-1][found.counts > 0], values)


def test_quantiles_without_trajectories(simulator, ensemble):
    bare = simulator.ensemble(300, t_eval=TIMES, seed=5, keep=False)
    assert len(bare.trajectories) == 0
    assert np.array_equal(bare.quantile("A", LEVELS), ensemble.quantile("A", LEVELS))
    assert np.array_equal(bare.resolution("A"), np.zeros(6))
    off = np.abs(bare.quantile("ratio", LEVELS) - ensemble.quantile("ratio", LEVELS))
    # Where bins decide, order statistics are right to the bin, and so is what lies between two of them.
    assert np.all(off <= bare.resolution("ratio"))
    assert np.all(bare.resolution("ratio") > 0)


def test_poisson_law():
    ens = sn.build_simulator(birth_death(X=0), kind="ssa").ensemble(4000, t_eval=[0.5, 20.0], seed=11)
    rate = 20.0 * (1.0 - np.exp(-np.array([0.5, 20.0])))
    assert np.all(np.abs(ens.mean("X") - rate) < 4.0 * np.sqrt(rate / 4000))
    assert np.all(np.abs(ens.var("X") - rate) < 4.0 * np.sqrt((2 * rate**2 + rate) / 4000))
    low, high = scipy.stats.poisson.ppf([0.5 - 2.0 / np.sqrt(4000), 0.5 + 2.0 / np.sqrt(4000)], rate[1])
    assert low <= ens.quantile("X", 0.5)[1] <= high


def test_names_indexing_and_errors(simulator, ensemble):
    assert ensemble.names == ("A", "B", "total", "ratio")
    assert np.array_equal(ensemble[dimers().species[0]], ensemble["A"])
    assert np.all(ensemble["total"] == 34)
    part = simulator.ensemble(300, t_eval=TIMES, seed=5, names=["ratio", "B"])
    assert part.names == ("B", "ratio")
    assert np.array_equal(part["ratio"], ensemble["ratio"])
    for call in (lambda: ensemble["C"], lambda: ensemble.mean("C"), lambda: simulator.ensemble(2, (0, 1), names="C")):
        with pytest.raises(UnknownNameError, match='"C"'):
            call()
    for wrong in (
        {"n": 0},
        {"n": 2.5},
        {"threads": 0},
        {"keep": "some"},
        {"histogram": "x"},
        {"t_span": None},
        {"seed": -1},
    ):
        with pytest.raises(InputError):
            simulator.ensemble(**{"n": 2, "t_span": (0.0, 1.0), **wrong})
    with pytest.raises(InputError, match="nearest is 2"):
        ensemble.histogram("A", 2.1)
    with pytest.raises(InputError, match="from 0 to 1"):
        ensemble.quantile("A", 1.5)
    assert "direct" in repr(ensemble)
    assert "<table>" in ensemble._repr_html_()


def test_events_of_the_model():
    net = birth_death(X=0)
    events = [sn.event("t >= 2", {"X": 0, "k": 5.0}), sn.event("X >= 25", terminal=True)]
    sim = sn.build_simulator(net, kind="ssa", events=events)
    one = sim.ensemble(40, t_eval=TIMES, seed=2, threads=1)
    two = sim.ensemble(40, t_eval=TIMES, seed=2, threads=2)
    assert one.status == two.status
    assert sum(one.status.values()) == 40
    assert np.array_equal(one["X"], two["X"])
    for i in range(0, 40, 7):
        sol = sim.solve((0.0, 5.0), t_eval=TIMES, seed=2, trajectory=i)
        assert np.array_equal(sol["X"], one["X"][i, : len(sol.t)])


def test_failures_are_counted_and_named():
    net = sn.reaction_network("k*(5 - X), 0 => X; m, 0 --> X", parameters={"k": 1.0, "m": 0.2}, initial={"X": 0})
    sim = sn.build_simulator(net, kind="ssa")
    with pytest.warns(SymnumWarning, match="trajectories failed"):
        ens = sim.ensemble(100, t_eval=[0.0, 2.0, 4.0], seed=1, threads=2)
    assert 0 < len(ens.failures) < 100
    assert ens.n == 100 - len(ens.failures) == ens.status["success"] == len(ens.trajectories)
    assert sum(ens.status.values()) == 100
    assert any(words.startswith("negative_propensity") and "reaction" in words for words in ens.status)
    failure = ens.failures[0]
    sol = sim.solve((0.0, 4.0), t_eval=[0.0, 2.0, 4.0], seed=1, trajectory=failure.trajectory)
    assert (sol.status, sol.failed_reaction) == (failure.status, failure.reaction)
    assert np.isfinite(ens.mean("X")).all()


def test_long_trajectories_among_short_ones():
    """A switch that is off at first, then on: some trajectories have no events, others a hundred thousand."""
    net = sn.reaction_network(
        "c, Off --> On; d, Off --> Dead; k, On --> On + X; g, X --> 0",
        parameters={"c": 0.1, "d": 0.9, "k": 2e4, "g": 1.0},
        initial={"Off": 1, "On": 0, "Dead": 0, "X": 0},
    )
    sim = sn.build_simulator(net, kind="ssa")
    one = sim.ensemble(48, t_eval=[0.0, 2.0, 4.0], seed=4, threads=1, method="direct")
    two = sim.ensemble(48, t_eval=[0.0, 2.0, 4.0], seed=4, threads=2, method="direct")
    assert np.array_equal(one["X"], two["X"])
    assert one.stats["reaction_events"] == two.stats["reaction_events"]
    solutions = [sim.solve((0.0, 4.0), t_eval=[4.0], seed=4, trajectory=i, method="direct") for i in range(48)]
    assert np.array_equal([sol["X"][-1] for sol in solutions], one["X"][:, -1])
    assert sum(sol.stats["reaction_events"] for sol in solutions) == one.stats["reaction_events"]
    assert 0 < np.count_nonzero(one["X"][:, -1]) < 24
    assert max(sol.stats["reaction_events"] for sol in solutions) > 40_000
    with pytest.warns(SymnumWarning, match="too_many_events"):
        few = sim.ensemble(48, t_eval=[0.0, 2.0, 4.0], seed=4, max_events=1000, method="direct")
    assert few.n == sum(sol.stats["reaction_events"] < 1000 for sol in solutions)


def endless():
    net = sn.reaction_network("k, 0 --> X; g, X --> 0", parameters={"k": 1e7, "g": 1.0}, initial={"X": 10**7})
    return sn.build_simulator(net, kind="ssa")


def test_time_limit_leaves_what_is_done():
    began = time.perf_counter()
    ens = endless().ensemble(1000, (0.0, 0.02), seed=1, timeout_s=0.3, threads=2, method="direct")
    assert time.perf_counter() - began < 5.0
    assert ens.stopped == "timeout"
    assert ens.n < 1000
    assert sum(ens.status.values()) == 1000
    assert len(ens.trajectories) == ens.n


def test_interrupt_leaves_what_is_done():
    sim = endless()
    sim.ensemble(1, (0.0, 1e-6), seed=1, method="direct")
    pressed: list[float] = []

    def press() -> None:
        pressed.append(time.perf_counter())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(0.3, press)
    timer.start()
    ens = sim.ensemble(1000, (0.0, 10.0), seed=1, threads=2, method="direct")
    assert time.perf_counter() - pressed[0] < 1.0
    assert ens.stopped == "interrupted"
    assert ens.status["interrupted on the way"] >= 1
    assert ens.n == 0
    assert np.isnan(ens.mean("X")).all()


def test_progress_counts_trajectories_and_errors_pass_through(simulator):
    seen: list[tuple[float, float]] = []
    simulator.ensemble(50, t_eval=TIMES, seed=1, progress=lambda part, done: seen.append((part, done)))
    assert seen[-1] == (1.0, 50.0)

    def fail(part: float, done: float) -> None:
        raise RuntimeError("stop it")

    with pytest.raises(RuntimeError, match="stop it"):
        endless().ensemble(1000, (0.0, 10.0), seed=1, progress=fail, method="direct")


def test_tables_and_plots(ensemble):
    frame = ensemble.to_dataframe()
    assert np.array_equal(frame["A"]["mean"], ensemble.mean("A"))
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    assert len(ensemble.plot(["A", "B"], trajectories=2).lines) == 2 * 3
    heights = [bar.get_height() for bar in ensemble.plot_histogram("A", 2.0).patches]
    assert sum(heights) == pytest.approx(1.0)
    mesh = ensemble.plot_histogram_over_time("A").collections[0].get_array()
    np.testing.assert_allclose(np.ma.filled(mesh, 0.0).sum(axis=0), 1.0)
    offsets = ensemble.plot_phase("A", "B", 2.0).collections[0].get_offsets()
    assert {tuple(p) for p in offsets} == set(zip(ensemble["A"][:, 2], ensemble["B"][:, 2], strict=True))
    plt.close("all")


# ------------------------------------------------------------------------------ laws of merging


def counted(values: list[float], is_whole: bool, bins: int = 8) -> Counts:
    made = Counts(1, np.array([is_whole]), bins)
    made.add(np.array(values, np.float64).reshape(-1, 1, 1), np.ones(len(values), np.int32))
    return made


def as_pairs(counts: Counts) -> tuple[int, dict[int, int]]:
    row, base = counts.counts[0, 0], int(counts.bases[0, 0])
    return int(counts.exponents[0, 0]), {base + i: int(k) for i, k in enumerate(row) if k}


WHOLE = st.lists(st.one_of(st.integers(0, 40), st.integers(0, 2**53)).map(float), min_size=1, max_size=30)
REAL = st.lists(st.floats(-1e100, 1e100).map(lambda v: v if abs(v) > 1e-180 else 0.0), min_size=1, max_size=30)


@given(st.one_of(st.tuples(st.just(True), WHOLE), st.tuples(st.just(False), REAL)), st.integers(0, 30), st.randoms())
def test_counts_do_not_depend_on_order_or_parts(case, cut, random):
    is_whole, values = case
    everything = counted(values, is_whole)
    shuffled = values.copy()
    random.shuffle(shuffled)
    left, right = counted(shuffled[:cut], is_whole), counted(shuffled[cut:], is_whole)
    left.merge(right)
    assert as_pairs(left) == as_pairs(everything)
    exponent, found = as_pairs(everything)
    assert sum(found.values()) == len(values)
    for index, count in found.items():
        edges = [np.ldexp(float(k), exponent) for k in (index, index + 1)]
        assert sum(edges[0] <= v < edges[1] for v in values) == count
    if is_whole and max(values) - min(values) < 8:
        assert exponent == 0


@given(st.lists(st.lists(st.integers(-5, 5), max_size=6), min_size=1, max_size=9), st.randoms())
def test_blocks_give_the_same_bits_in_any_order(blocks, random):
    def part(values: list[int]) -> Moments:
        x = np.array(values, np.float64) + 1e9
        mean = np.array([[x.mean() if len(x) else 0.0]])
        return Moments(len(x), mean, np.array([[((x - mean[0]) ** 2).sum()]]))

    order = list(range(len(blocks)))
    totals = []
    for _ in range(2):
        tree: MergeTree[Moments] = MergeTree(merge_moments)
        for k in order:
            tree.add(k, part(blocks[k]))
        totals.append(tree.total())
        random.shuffle(order)
    assert totals[0] == totals[1] or all(
        np.array_equal(getattr(totals[0], name), getattr(totals[1], name)) for name in ("n", "mean", "squares")
    )
    everything = np.array([v for block in blocks for v in block], np.float64) + 1e9
    if len(everything):
        assert totals[0].n == len(everything)
        np.testing.assert_allclose(totals[0].mean[0, 0], everything.mean(), rtol=1e-15)
        np.testing.assert_allclose(totals[0].squares[0, 0], everything.var() * len(everything), rtol=1e-6, atol=1e-6)
