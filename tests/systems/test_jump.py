"""Propensities: falling factorials, divisors, what depends on what, and names of reactions."""

import pickle

import numpy as np
import pytest

import symnum as sn
from symnum.systems.fluxes import Fluxes
from symnum.systems.propensities import Propensities

X, Y, k, t = sn.symbols("X Y k t")


def propensities(text: str, **options: bool) -> list[object]:
    system = sn.reaction_network(text, **options).jump_system()
    return system.propensities.rate_terms(system.states)


def test_mass_action_takes_falling_factorials() -> None:
    terms = propensities("k, 0 --> X; k, X --> 0; k, X + Y --> 0; k, 2X --> Y; k, 3X --> Y; k, 2X + Y --> 0")
    expected = [k, k * X, k * X * Y, k * X * (X - 1) / 2, k * X * (X - 1) * (X - 2) / 6, k * X * (X - 1) * Y / 2]
    for got, want in zip(terms, expected, strict=True):
        assert sn.expand(got - want) == 0


def test_without_combinatoric_factors_nothing_is_divided() -> None:
    (term,) = propensities("k, 2X --> Y", combinatoric=False)
    assert sn.expand(term - k * X * (X - 1)) == 0


def test_a_constant_that_depends_on_time_is_still_mass_action() -> None:
    system = sn.reaction_network("k*t, 2X --> Y; k*X, Y => X; k, Y --> X").jump_system()
    terms = system.propensities.rate_terms(system.states)
    assert sn.expand(terms[0] - k * t * X * (X - 1) / 2) == 0
    assert terms[1] == k * X
    assert system.propensities.time_dependent.tolist() == [True, False, False]
    assert [system.propensities.reads[r].tolist() for r in range(3)] == [[0], [0], [1]]


def test_dependency_graph_is_what_the_terms_say() -> None:
    text = "k, A + B --> C; k, 2C --> A + D; k*B/(1 + D), D => B; k, 0 --> A; k, D --> D + B; k, B --> B"
    system = sn.reaction_network(text).jump_system()
    p = system.propensities
    terms = p.rate_terms(system.states)
    for r in range(p.n_reactions):
        changed = {system.states[s] for s in p.change_states[p.change_offsets[r] : p.change_offsets[r + 1]]}
        expected = [q for q, term in enumerate(terms) if changed & set(sn.free_symbols(term))]
        assert p.dependents_of(r).tolist() == expected
    for s, state in enumerate(system.states):
        assert p.readers[s].tolist() == [q for q, term in enumerate(terms) if state in sn.free_symbols(term)]
    assert p.dependents_bound >= len(p.dependents.members)


def test_reactions_are_named_as_written() -> None:
    system = sn.reaction_network("k, X --> 2X; k, X --> 0").jump_system()
    assert system.reaction_name(1) == "k, X --> 0"
    assert "2 reactions" in repr(system)


def test_jump_systems_pickle() -> None:
    system = sn.reaction_network("k, 2X --> Y", parameters={"k": 2.0}, initial={"X": 3}).jump_system()
    again = pickle.loads(pickle.dumps(system))
    assert again.states == system.states
    assert again.propensities.rate_terms(again.states) == system.propensities.rate_terms(system.states)


def test_fractions_of_molecules_are_refused() -> None:
    fluxes = Fluxes(
        n_states=1,
        constants=(1.0,),
        constant_index=np.zeros(1, np.int32),
        reactant_offsets=np.zeros(2, np.int64),
        reactants=np.zeros(0, np.int32),
        change_offsets=np.array([0, 1]),
        change_states=np.zeros(1, np.int32),
        change_values=np.array([0.5]),
    )
    with pytest.raises(sn.errors.ShapeError, match="whole numbers"):
        Propensities.from_fluxes(fluxes, [X], t)
