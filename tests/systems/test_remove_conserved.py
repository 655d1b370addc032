"""Species removed by conservation laws: the same trajectories, exact laws, values given as before."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings

import symnum as sn
from symnum.errors import CheckpointError, InputError, UnknownNameError, UnsupportedError
from tests.models.random_networks import networks

ENZYME = "(k1, k2), S + E <--> C;  k3, C --> E + P"
VALUES = {"parameters": {"k1": 1.0, "k2": 0.5, "k3": 0.2}, "initial": {"S": 10, "E": 2}}


def enzyme(**more):
    return sn.reaction_network(ENZYME, **VALUES, **more)


def compare(net, t_eval, **values):
    whole = sn.build_simulator(net).solve((0.0, t_eval[-1]), t_eval=t_eval, rtol=1e-9, **values)
    small = sn.build_simulator(net, remove_conserved=True).solve((0.0, t_eval[-1]), t_eval=t_eval, rtol=1e-9, **values)
    assert len(small.y) < len(whole.y)
    for name in (*net.state_names, *net.observables):
        np.testing.assert_allclose(small[name], whole[name], rtol=1e-7, atol=1e-9)


def test_same_trajectories_with_observables():
    compare(enzyme(observables={"all": "E + C"}), np.linspace(0.0, 10.0, 5))


def test_initial_values_of_removed_species():
    compare(enzyme(), np.linspace(0.0, 5.0, 3), y0={"E": 3.0, "P": 1.5}, params={"k3": 1.0})
    compare(enzyme(), np.linspace(0.0, 5.0, 3), y0=[4.0, 3.0, 2.0, 1.0])


def test_events_that_change_species_keep_their_laws():
    net = enzyme(events=[sn.event(at=2.0, affect={"S": "S + P"}), sn.event("P > 3", "k3 = 0")])
    reduced = sn.remove_conserved(net)
    assert [s.name for s in reduced.conserved.totals] == ["total_E"]
    compare(net, np.array([0.0, 1.0, 3.0, 6.0]))


def test_later_events_cannot_break_laws():
    sim = sn.build_simulator(enzyme(), remove_conserved=True)
    with pytest.raises(InputError, match='"total_P" was taken to be conserved'):
        sim.solve((0.0, 3.0), events=[sn.event(at=1.0, affect={"S": "S + 1"})])
    assert sim.solve((0.0, 3.0), events=[sn.event(at=1.0, affect={"k3": 0.0}), sn.event("E < 1")]).success
    jump = sn.remove_conserved(enzyme().jump_system())
    with pytest.raises(InputError, match="conserved"):
        jump.with_events([sn.event(at=1.0, affect={"S": "S + 1"})])
    late = sn.build_simulator(enzyme(), remove_conserved=True, events=[sn.event(at=1.0, affect={"S": "S + 1"})])
    assert late.state_names == ("S", "C", "P")


def test_stochastic_trajectories_are_the_same():
    net = sn.reaction_network(
        "(a, b), 2A <--> B; (c, d), B + E <--> C; f, C --> E + 2A",
        parameters={"a": 0.02, "b": 1.0, "c": 0.3, "d": 0.5, "f": 2.0},
        initial={"A": 60, "E": 5},
    )
    grid = np.linspace(0.0, 5.0, 11)
    whole = sn.build_simulator(net, kind="ssa").solve((0.0, 5.0), seed=11, t_eval=grid, method="direct")
    small = sn.build_simulator(net, kind="ssa", remove_conserved=True)
    assert len(small.state_names) == len(net.species) - 2
    found = small.solve((0.0, 5.0), seed=11, t_eval=grid, method="direct")
    for name in net.state_names:
        np.testing.assert_array_equal(found[name], whole[name])
    more = small.solve((0.0, 1.0), seed=3, y0={"E": 9}, t_eval=[0.0, 1.0])
    assert (more["E"] + more["C"]).tolist() == [9.0, 9.0]


def test_stochastic_differential_equations():
    from symnum.systems.sde import SDESystem

    net = sn.reaction_network("(a, b), 3A <--> 2B", initial={"A": 9}, combinatoric=False)
    whole = SDESystem.from_jump_system(net.jump_system())
    small = sn.remove_conserved(whole, keep=["B"])
    assert type(small) is SDESystem
    b, total = small.states[0], small.conserved.totals[0]
    at = {net["A"]: 4.5, b: 3.25, net["a"]: 2.0, net["b"]: 0.5}
    there = {b: 3.25, total: 2 * 4.5 + 3 * 3.25, net["a"]: 2.0, net["b"]: 0.5}
    assert sn.evaluate(small.drift[0], there) == pytest.approx(sn.evaluate(whole.drift[1], at), rel=1e-14)
    assert sn.evaluate(small.conserved.replacements[net["A"]], there) == pytest.approx(4.5, rel=1e-15)
    for noise, column in small.diffusion.items():
        assert list(column) == ["B"]
        wanted = sn.evaluate(whole.diffusion[noise]["B"], at)
        assert sn.evaluate(column["B"], there) == pytest.approx(wanted, rel=1e-14)


def test_law_of_overlapping_parts_and_a_fixed_species():
    net = sn.reaction_network(
        "(a, b), A + B <--> AB; (c, d), AB + D <--> ABD; e, F + A --> F + A2; f, A2 --> A",
        parameters={"a": 1.0, "b": 2.0, "c": 0.7, "d": 0.2, "e": 1.5, "f": 1.0},
        initial={"A": 3.0, "B": 2.0, "D": 1.0, "F": 0.5},
        fixed="F",
    )
    assert len(sn.remove_conserved(net).states) == len(net.species) - 4
    compare(net, np.array([0.0, 0.5, 2.0]))


def test_totals_are_parameters():
    sim = sn.build_simulator(enzyme(), remove_conserved=True)
    assert sim.parameter_names == ("k1", "k2", "k3", "total_E", "total_P")
    sol = sim.solve((0.0, 1.0), params={"total_E": 7.0}, t_eval=[0.0, 1.0])
    assert sol["E"][0] == 7.0
    assert sim.defaults()[0].tolist() == [10.0, 0.0]
    assert sim.defaults()[1].tolist()[3:] == [2.0, 10.0]
    with pytest.raises(InputError, match="total_E"):
        sim.solve((0.0, 1.0), params={"total_E": float("nan")})


def test_going_on_with_other_totals():
    sim = sn.build_simulator(enzyme(), remove_conserved=True)
    part = sim.solve((0.0, 4.0), y0={"E": 3.0}, max_steps=5)
    whole = sim.resume(part, params={"k1": 1.0})
    assert whole["E"][0] == 3.0
    assert whole["E"][-1] == sim.solve((0.0, 4.0), y0={"E": 3.0})["E"][-1]
    with pytest.raises(CheckpointError, match="total_E"):
        sim.resume(part, params={"total_E": 2.0})


def test_values_in_parameters_and_pickling():
    net = sn.reaction_network("(a, b), A <--> B", parameters={"a": 1, "b": 2, "n": 5}, initial={"A": "2*n"})
    sim = pickle.loads(pickle.dumps(sn.build_simulator(net, remove_conserved=True)))
    assert sim.solve((0.0, 50.0), params={"n": 6})["B"][-1] == pytest.approx(4.0, rel=1e-5)


def test_keep():
    reduced = sn.remove_conserved(enzyme(), keep=["E", "P"])
    assert [s.name for s in reduced.states] == ["E", "P"]
    assert sn.remove_conserved(enzyme(), keep=["S", "E", "C", "P"]).conserved is None
    with pytest.raises(UnknownNameError, match="Q"):
        sn.remove_conserved(enzyme(), keep=["Q"])


def test_names_that_are_taken():
    net = sn.reaction_network("(a, total_A), A <--> B")
    (total,) = sn.remove_conserved(net, keep=["B"]).conserved.totals
    assert total.name == "total_A_"


def test_nothing_to_remove():
    net = sn.reaction_network("k, 0 --> A; m, A --> 0")
    assert sn.remove_conserved(net) is net.system()
    with pytest.raises(UnsupportedError, match="reaction_network"):
        sn.remove_conserved(sn.ode_system({"x": "-x"}))
    with pytest.raises(InputError, match="no model"):
        sn.remove_conserved(3)


def test_populations_stay_whole_numbers():
    net = sn.reaction_network("(a, b), 3A <--> 2B", initial={"A": 9})
    jump = sn.remove_conserved(net.jump_system(), keep=["B"])
    (law,) = jump.conserved.laws
    assert sorted(law.values()) == [2, 3]
    (removed,) = jump.conserved.replacements.values()
    total, b = jump.conserved.totals[0], net["B"]
    for count in range(4):
        value = sn.evaluate(removed, {b: float(2 * count), total: 18.0})
        assert value == 9 - 3 * count


def test_propensities_without_dependent_species():
    net = enzyme(combinatoric=True)
    whole, small = net.jump_system(), sn.remove_conserved(net.jump_system())
    at = {s: float(n) for s, n in zip(net.species, (5, 2, 3, 4), strict=True)}
    at |= dict(zip(net.parameters, (1.0, 0.5, 0.2), strict=True))
    totals = small.conserved.totals_of(np.array([5.0, 2.0, 3.0, 4.0]))
    there = at | dict(zip(small.conserved.totals, totals, strict=True))
    first = [sn.evaluate(term, at) for term in whole.propensities.rate_terms(whole.states)]
    second = [sn.evaluate(term, there) for term in small.propensities.rate_terms(small.states)]
    assert first == second
    assert small.carrier.observables.keys() >= {"E", "P"}


@settings(max_examples=14)
@given(networks())
def test_derivatives_of_random_networks(net):
    whole, small = net.system(), sn.remove_conserved(net)
    assert len(small.states) == net.structure().rank.value
    rng = np.random.default_rng(3)
    state = rng.uniform(0.5, 2.0, len(net.species))
    at = dict(zip((*net.species, *net.parameters), [*state, *rng.uniform(0.5, 2.0, len(net.parameters))], strict=True))
    wanted = dict(zip(net.species, (sn.evaluate(term, at) for term in whole.rhs), strict=True))
    found = small.conserved
    if found is None:
        assert small is whole
        return
    at |= dict(zip(found.totals, found.totals_of(state), strict=True))
    for s, term in found.replacements.items():
        assert sn.evaluate(term, at) == pytest.approx(at[s], rel=1e-12)
        del at[s]
    for s, term in zip(small.states, small.rhs, strict=True):
        assert sn.evaluate(term, at) == pytest.approx(wanted[s], rel=1e-9, abs=1e-9)
