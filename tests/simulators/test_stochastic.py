"""Stochastic simulators from the front door: solutions, names, limits, failures with the reaction's name."""

import os
import pickle
import signal
import threading
import time

import numpy as np
import pytest

import symnum as sn
from symnum.errors import MissingValueError
from symnum.integrators.stochastic.registry import METHODS

EXACT = sorted(name for name, method in METHODS.items() if not method.takes_time)


def birth_death(**values: float) -> sn.ReactionNetwork:
    parameters = {"k": 10.0, "g": 1.0} | values
    return sn.reaction_network("k, 0 --> X; g, X --> 0", parameters=parameters, initial={"X": 5})


def solve(network: sn.ReactionNetwork, end: float, **options: object) -> sn.JumpSolution:
    return sn.build_simulator(network, kind="ssa").solve((0.0, end), **{"seed": 1, **options})


def test_every_event_is_recorded_with_its_reaction() -> None:
    sol = solve(birth_death(), 10.0)
    assert sol.success
    assert sol.t[0] == 0.0
    assert sol.t[-1] == 10.0
    assert np.all(np.diff(sol.t) >= 0.0)
    steps = np.diff(sol["X"])
    assert np.array_equal(steps[:-1], np.where(sol.reactions[1:-1] == 0, 1.0, -1.0))
    assert steps[-1] == 0.0
    assert sol.stats["reaction_events"] == len(sol.t) - 2
    assert "direct" in repr(sol)


def test_populations_are_constant_between_events() -> None:
    sol = solve(birth_death(), 10.0)
    middle = 0.5 * (sol.t[:-1] + sol.t[1:])
    assert np.array_equal(sol(middle), sol.y[:, :-1])
    assert sol(sol.t[3])[0] == sol["X"][3]
    assert sol(np.array([sol.t[3]]), side="left")[0, 0] == sol["X"][2]


def test_seed_and_trajectory_decide_everything() -> None:
    first, again = solve(birth_death(), 10.0), solve(birth_death(), 10.0)
    assert np.array_equal(first.t, again.t)
    assert not np.array_equal(first.t[:20], solve(birth_death(), 10.0, seed=2).t[:20])
    assert not np.array_equal(first.t[:20], solve(birth_death(), 10.0, trajectory=1).t[:20])
    drawn = solve(birth_death(), 10.0, seed=None)
    assert np.array_equal(drawn.t, solve(birth_death(), 10.0, seed=drawn.stats["seed"]).t)


def test_observables_parameters_and_frames() -> None:
    network = sn.reaction_network(
        "k, 0 --> X; g, X --> Y", parameters={"k": 10.0, "g": 1.0}, initial={"X": 5}, observables={"all": "X + k*Y"}
    )
    sol = solve(network, 3.0, params={"k": 3.0})
    assert np.array_equal(sol["all"], sol["X"] + 3.0 * sol["Y"])
    assert list(sol.to_dataframe().columns) == ["X", "Y", "all"]


def test_fixed_species_stay() -> None:
    text = "begin parameters\n1 k 2\nend parameters\nbegin species\n1 $A() 7\n2 B() 0\nend species\n"
    text += "begin reactions\n1 1 2 k\nend reactions\n"
    from symnum.models.importers.bionetgen import read_bionetgen

    sol = sn.build_simulator(read_bionetgen(text), kind="ssa").solve((0.0, 5.0), seed=1)
    assert np.all(sol.y[0] == 7.0)
    assert sol.y[1, -1] == sol.stats["reaction_events"] > 30


@pytest.mark.parametrize("method", EXACT)
def test_a_negative_population_is_told(method: str) -> None:
    network = sn.reaction_network("1, X => 0", initial={"X": 3})  # the rate as written does not end at X = 0
    sol = solve(network, 100.0, method=method)
    assert sol.status is sn.Status.NEGATIVE_POPULATION
    assert sol.failed_reaction == "1, X => 0"
    assert "1, X => 0" in sol.message
    assert sol["X"][-1] == 0.0


@pytest.mark.parametrize("method", EXACT)
def test_a_negative_propensity_is_told(method: str) -> None:
    network = sn.reaction_network("-X + 3, 0 => X; 2*Y - 1, 0 => Y; 1, 0 --> X", initial={"X": 0, "Y": 1})
    sol = solve(network, 100.0, method=method)
    assert sol.status is sn.Status.NEGATIVE_PROPENSITY
    assert sol.failed_reaction == "-X + 3, 0 => X"
    assert sol["X"][-1] == 4.0


@pytest.mark.parametrize("method", EXACT)
def test_a_negative_constant_is_told_where_its_reaction_could_happen(method: str) -> None:
    network = sn.reaction_network("1, 0 --> X; k, X --> 0", parameters={"k": -1.0}, initial={"X": 0})
    sol = solve(network, 100.0, method=method)
    assert sol.status is sn.Status.NEGATIVE_PROPENSITY
    assert sol.failed_reaction == "k, X --> 0"


@pytest.mark.parametrize("method", EXACT)
def test_a_rate_that_is_not_finite_is_told(method: str) -> None:
    network = sn.reaction_network("1/(X - 2), X => 0", initial={"X": 6})
    sol = solve(network, 1e9, method=method)
    assert sol.status is sn.Status.NOT_FINITE
    assert sol.failed_reaction.endswith(", X => 0")
    assert sol["X"][-1] == 2.0


@pytest.mark.parametrize("method", EXACT)
def test_a_population_beyond_2_to_53_is_told(method: str) -> None:
    network = sn.reaction_network("1, 0 --> 2X", initial={"X": 2**53 - 5})
    sol = solve(network, 100.0, method=method)
    assert sol.status is sn.Status.POPULATION_LIMIT
    assert sol["X"][-1] == 2.0**53 - 1.0
    assert "0 --> 2*X" in sol.failed_reaction


@pytest.mark.parametrize("method", EXACT)
def test_events_without_time_passing_are_an_explosion(method: str) -> None:
    network = sn.reaction_network("1e25, 0 --> X; 1, X --> 0", initial={"X": 0})
    sol = sn.build_simulator(network, kind="ssa").solve((1.0, 2.0), t_eval=[1.5], seed=1, method=method)
    assert sol.status is sn.Status.EXPLOSION
    assert "0 --> X" in sol.failed_reaction
    assert len(sol.t) == 0


def test_limits_keep_what_was_reached() -> None:
    sol = solve(birth_death(), 1e9, max_events=1000)
    assert sol.status is sn.Status.TOO_MANY_EVENTS
    assert sol.stats["reaction_events"] == 1000
    whole = solve(birth_death(), sol.t[-1] + 1.0)
    assert np.array_equal(whole.y[:, :1001], sol.y[:, :1001])
    began = time.perf_counter()
    sol = solve(birth_death(), 1e12, timeout_s=0.2, t_eval=np.linspace(0.0, 1e12, 11))
    assert sol.status is sn.Status.TIMEOUT
    assert 1 <= len(sol.t) < 11
    assert time.perf_counter() - began < 30.0


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_keeps_what_was_reached() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
        sol = solve(birth_death(), 1e12, t_eval=[0.0, 1e12], timeout_s=60.0)
    finally:
        signal.signal(signal.SIGINT, before)
    assert sol.status is sn.Status.INTERRUPTED
    assert sol.stats["t_reached"] > 0.0


def test_progress_is_told() -> None:
    seen: list[tuple[float, float]] = []
    solve(birth_death(), 3e4, t_eval=[3e4], progress=lambda done, t: seen.append((done, t)))
    assert seen[-1] == (1.0, 3e4)
    assert all(0.0 <= done <= 1.0 for done, _ in seen)


def test_nothing_happens_where_nothing_can() -> None:
    network = sn.reaction_network("1, X --> 0", initial={"X": 0})
    for method in EXACT:
        sol = solve(network, 5.0, method=method, t_eval=[0.0, 5.0])
        assert sol.success
        assert np.array_equal(sol["X"], [0.0, 0.0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"y0": {"X": 1.5}}, 'population of "X"'),
        ({"y0": {"X": -1}}, 'population of "X"'),
        ({"y0": {"X": 2.0**54}}, r"2\^53"),
        ({"t_eval": [2.0, 1.0]}, "ascend"),
        ({"t_eval": [20.0]}, "within t_span"),
        ({"seed": -1}, "whole number from 0"),
        ({"trajectory": 1.5}, "numbered 0, 1, 2"),
        ({"max_events": 0}, "positive whole number"),
        ({"timeout_s": -1}, "must be positive"),
    ],
)
def test_what_cannot_be_taken_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(sn.errors.InputError, match=message):
        solve(birth_death(), 10.0, **options)


def test_unknown_methods_and_models_are_refused() -> None:
    with pytest.raises(sn.errors.UnknownNameError, match="direct"):
        solve(birth_death(), 1.0, method="direkt")
    with pytest.raises(sn.errors.InputError, match="sn.reaction_network"):
        sn.build_simulator(sn.ode_system({"x": "-x"}, initial={"x": 1.0}), kind="ssa")
    with pytest.raises(sn.errors.InputError, match="backwards"):
        sn.build_simulator(birth_death(), kind="ssa").solve((1.0, 0.0))


def test_simulators_pickle() -> None:
    sim = sn.build_simulator(birth_death(), kind="ssa")
    again = pickle.loads(pickle.dumps(sim))
    assert np.array_equal(sim.solve((0.0, 3.0), seed=1).t, again.solve((0.0, 3.0), seed=1).t)


def test_the_automatic_choice_is_told_and_always_the_same() -> None:
    ring = "; ".join(f"1, A{i} --> A{(i + 1) % 200}" for i in range(200))
    network = sn.reaction_network(ring, initial={f"A{i}": 10 for i in range(200)})
    sim = sn.build_simulator(network, kind="ssa")
    chosen = sim.solve((0.0, 0.1), seed=1)
    assert chosen.stats["method"] not in ("direct", "sorting_direct")
    assert "ns an event" in chosen.stats["method_reason"]
    named = sn.build_simulator(network, kind="ssa").solve((0.0, 0.1), seed=1, method=chosen.stats["method"])
    assert np.array_equal(chosen.t, named.t)
    assert sn.build_simulator(birth_death(), kind="ssa").solve((0.0, 1.0)).stats["method"] == "direct"


def test_species_without_a_value_start_at_zero_where_others_have_one() -> None:
    net = sn.reaction_network("k, A --> B; l, B --> 0")
    values = {"params": {"k": 1.0, "l": 0.5}, "y0": {"A": 20}}
    for simulator in (
        sn.build_simulator(net, kind="ssa"),
        sn.build_simulator(net, kind="sde"),
        sn.build_simulator(net, terms="tree"),
    ):
        assert simulator.solve((0.0, 0.1), **values)["B"][0] == 0.0
        with pytest.raises(MissingValueError, match="A, B"):
            simulator.solve((0.0, 0.1), params=values["params"])
