"""Smaller networks behave as the whole ones."""

import numpy as np
import pytest
from hypothesis import given, settings

import symnum as sn
from symnum.errors import InputError, UnknownNameError
from tests.models.random_networks import networks

CATALYSED = "bind: k, E + S --> E + P;  m, P --> Q;  v*F/(1 + S), 0 => S;  k, G + S --> G"


def catalysed(**more):
    return sn.reaction_network(
        CATALYSED,
        parameters={"k": 1.0, "m": 0.5, "v": 2.0},
        initial={"E": 0.3, "S": 1.0, "F": 2.0, "G": 0.1},
        species="F",
        **more,
    )


def solve(net, names, **values):
    sol = sn.build_simulator(net).solve((0.0, 4.0), t_eval=[0.0, 1.0, 4.0], rtol=1e-9, **values)
    return np.array([sol[n] for n in names])


def test_constant_species_become_parameters():
    net = catalysed(observables={"bound": "E*S"})
    done = net.reduce()
    assert done.constant == ("F", "E", "G")
    assert done.network.parameter_names == ("k", "m", "v", "F", "E", "G")
    assert done.network.arrays.names == {0: "bind"}
    names = ["S", "P", "Q", "bound"]
    np.testing.assert_allclose(solve(done.network, names), solve(net, names), rtol=1e-7, atol=1e-9)
    changed = solve(net, names, y0={"E": 0.9})
    np.testing.assert_allclose(solve(done.network, names, params={"E": 0.9}), changed, rtol=1e-7, atol=1e-9)


def test_unused_species_are_dropped_on_request():
    done = catalysed().reduce(unused=True, constant=False)
    assert done.dropped == ("Q",)
    assert done.network.state_names == ("F", "E", "S", "P", "G")
    assert catalysed(observables={"end": "Q"}).reduce(unused=True).dropped == ()
    watched = catalysed(events=[sn.event("Q > 1", "m = 0")])
    assert watched.reduce(unused=True).dropped == ()


def test_only_what_matters():
    net = catalysed(observables={"end": "2*Q", "early": "S + F"})
    done = net.reduce(only=["early"])
    assert done.dropped == ("P", "Q")
    assert done.reactions_dropped == ("m, P --> Q",)
    assert done.observables_dropped == ("end",)
    np.testing.assert_allclose(solve(done.network, ["S", "early"]), solve(net, ["S", "early"]), rtol=1e-7)
    assert "species dropped: P, Q" in repr(done)
    assert "<table>" in done._repr_html_()


def test_what_stays():
    net = sn.reaction_network("k, 2E + S --> 2E + P")
    assert net.reduce().constant == ()  # a population would react at E*(E - 1)
    pulsed = catalysed(events=[sn.event(at=1.0, affect={"E": 0.0})])
    assert pulsed.reduce().constant == ("F", "G")
    assert len(pulsed.reduce().network.events) == 1
    fixed = sn.reaction_network("k, A + F --> B", fixed="F").reduce()
    assert fixed.constant == ("F",)
    assert [str(r) for r in fixed.network.reactions] == ["F*k, A --> B"]


def test_errors():
    with pytest.raises(UnknownNameError, match="Pq"):
        catalysed().reduce(only=["Pq"])
    with pytest.raises(InputError, match="names nothing"):
        catalysed().reduce(only=[])


@settings(max_examples=8)
@given(networks())
def test_derivatives_and_propensities_of_what_is_left(net):
    target = net.species[-1]
    rng = np.random.default_rng(5)
    values = {s: float(v) for s, v in zip((*net.species, *net.parameters), rng.integers(2, 9, 40), strict=False)}
    for done in (net.reduce(), net.reduce(unused=True), net.reduce(only=[target])):
        small = done.network
        assert set(done.constant) | set(done.dropped) | set(small.state_names) == set(net.state_names)
        wanted = {s: sn.evaluate(f, values) for s, f in zip(net.species, net.system().rhs, strict=True)}
        for s, f in zip(small.species, small.system().rhs, strict=True):
            assert sn.evaluate(f, values) == pytest.approx(wanted[s], rel=1e-12, abs=1e-9)
        jump, before = small.jump_system(), net.jump_system()
        change = dict.fromkeys(before.states, 0.0)
        for jumps, sign in ((before, 1.0), (jump, -1.0)):
            p = jumps.propensities
            rates = [sn.evaluate(term, values) for term in p.rate_terms(jumps.states)]
            for r, rate in enumerate(rates):
                for k in range(p.change_offsets[r], p.change_offsets[r + 1]):
                    change[jumps.states[p.change_states[k]]] += sign * rate * float(p.change_values[k])
        assert all(abs(change[s]) < 1e-6 for s in jump.states)  # of sums of thousands
