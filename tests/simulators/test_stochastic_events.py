"""Events in stochastic simulations: exact times, conditions after every reaction, laws with changed parameters."""

import numpy as np
import pytest
import scipy.stats

import symnum as sn
from symnum.integrators.stochastic.registry import METHODS
from symnum.simulators.stochastic.batches import Batches
from tests.integrators.stochastic.exact_laws import chi_square

EXACT = sorted(METHODS)


def birth_death(events: list[sn.Event] | None = None) -> sn.ReactionNetwork:
    network = sn.reaction_network("k, 0 --> X; g, X --> 0", parameters={"k": 10.0, "g": 1.0}, initial={"X": 5})
    return network.with_events(events) if events else network


def solve(events: list[sn.Event], end: float = 20.0, **options: object) -> sn.JumpSolution:
    return sn.build_simulator(birth_death(events), kind="ssa").solve((0.0, end), **{"seed": 1, **options})


def test_events_at_given_times_happen_exactly_there() -> None:
    pulses = sn.event(at=[5, 7.5], affect={"X": "X + 100"}, name="pulse")
    sol = solve([pulses, sn.event(every=4, affect={"k": "k + 1"})])
    assert [(e.name, e.time) for e in sol.events][:4] == [
        ("every 4", 4.0),
        ("pulse", 5.0),
        ("pulse", 7.5),
        ("every 4", 8.0),
    ]
    pulse = next(e for e in sol.events if e.name == "pulse")
    assert pulse.after[0] == pulse.before[0] + 100.0
    assert sol(5.0)[0] == pulse.after[0]
    assert sol(np.array([5.0]), side="left")[0, 0] == pulse.before[0]
    assert np.sum(sol.t == 5.0) == 2  # the state before and the state after
    assert sol["k"][0] == 10.0
    assert sol["k"][-1] == 10.0 + sum(e.name == "every 4" for e in sol.events)


@pytest.mark.parametrize("method", EXACT)
def test_conditions_are_judged_after_every_reaction(method: str) -> None:
    events = [sn.event("X > 12", {"X": 8}, name="high"), sn.event("X <= 3", {"X": "X + 2"}, name="low")]
    sol = solve(events, method=method)
    assert sol.success
    assert len(sol.events) > 3
    assert sol["X"].max() == 13.0  # before the event that it causes
    for event in sol.events:
        assert (event.before[0], event.after[0]) == ((13.0, 8.0) if event.name == "high" else (3.0, 5.0))
        here = np.flatnonzero(sol.t == event.time)
        assert sol["X"][here].tolist()[-2:] == [event.before[0], event.after[0]]


def test_time_and_populations_joined_by_and() -> None:
    sol = solve([sn.event("X <= 9 and t > 6", {"X": 50}, name="low")])
    assert sol.events[0].time >= 6.0
    if sol(np.array([6.0]), side="left")[0, 0] <= 9.0:
        assert sol.events[0].time == 6.0
    assert all(e.before[0] <= 9.0 for e in sol.events)


def test_a_terminal_event_ends_the_run() -> None:
    sol = solve([sn.event("X >= 15", terminal=True, name="full")], 1000.0)
    assert sol.status is sn.Status.TERMINAL_EVENT
    assert sol.success
    assert "full" in sol.message
    assert sol["X"][-1] == 15.0
    assert np.sum(sol["X"][:-3] >= 15.0) == 0
    grid = np.linspace(0.0, 1000.0, 5001)
    gridded = solve([sn.event("X >= 15", terminal=True, name="full")], 1000.0, t_eval=grid)
    assert gridded.t[-1] <= sol.t[-1] < gridded.t[-1] + 0.2001
    assert np.array_equal(gridded.y, sol(gridded.t))


def test_delays_and_priorities() -> None:
    events = [
        sn.event("t >= 2", {"X": "10*X"}, delay=1.5, name="late"),
        sn.event(at=5, affect={"X": 1}, name="first", priority=2),
        sn.event(at=5, affect={"X": "X + 1"}, name="second", priority=1, values="execution"),
    ]
    sol = solve(events, 6.0)
    assert [(e.name, e.time) for e in sol.events] == [("late", 3.5), ("first", 5.0), ("second", 5.0)]
    assert sol(5.0)[0] == 2.0


@pytest.mark.parametrize("method", ["direct", "next_reaction", "rssacr"])
def test_output_times_change_nothing_and_batches_are_single_runs(method: str) -> None:
    events = [sn.event(at=3, affect={"k": "k/2", "X": "X + 7"}), sn.event("X > 12", {"X": 8}), sn.event(every=2)]
    sim = sn.build_simulator(birth_death(events), kind="ssa")
    grid = np.linspace(0.0, 9.0, 31)
    p, y0 = sim.model.start()
    out, codes = np.zeros((4, len(grid), 1)), np.zeros(4, np.int32)
    Batches(sim.model, method, p, 1, sim.event_plans.plan()).run(0, (0.0, 9.0), y0, grid, out, codes)
    for i in range(4):
        sol = sim.solve((0.0, 9.0), method=method, seed=1, trajectory=i)
        gridded = sim.solve((0.0, 9.0), method=method, seed=1, trajectory=i, t_eval=grid)
        assert np.array_equal(sol(grid), gridded.y)
        assert np.array_equal(out[i].T, gridded.y)


@pytest.mark.parametrize("method", EXACT)
def test_law_after_a_change_of_a_parameter(method: str) -> None:
    """Immigration and death stay Poisson from nothing; the mean follows the changed rate."""
    network = sn.reaction_network("k, 0 --> X; g, X --> 0", parameters={"k": 2.0, "g": 0.8}, initial={"X": 0})
    sim = sn.build_simulator(network.with_events([sn.event(at=1.0, affect={"k": "5*k"})]), kind="ssa")
    p, y0 = sim.model.start()
    count = 600
    out, codes = np.zeros((count, 1, 1)), np.zeros(count, np.int32)
    grid = np.array([2.0])
    Batches(sim.model, method, p, 99, sim.event_plans.plan()).run(0, (0.0, 2.0), y0, grid, out, codes)
    decay = np.exp(-0.8)
    mean = 2.5 * (1 - decay) * decay + 12.5 * (1 - decay)
    x = out[:, 0, 0].astype(int)
    assert chi_square(np.bincount(x, minlength=40), scipy.stats.poisson.pmf(np.arange(40), mean)) > 1e-4


def test_what_cannot_be_carried_out_is_refused() -> None:
    with pytest.raises(sn.errors.InputError, match=r"sn\.floor"):
        solve([sn.event(at=0.5, affect={"X": "X + 0.25"}, name="odd")])
    with pytest.raises(sn.errors.UnsupportedError, match=r"Join two with and"):
        solve([sn.event("X > 10*t", {"X": 1})])
