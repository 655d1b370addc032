"""Fluxes as arrays say the same as equations."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import symnum as sn
from symnum.models.reaction_network import reaction, reaction_network
from symnum.terms import Symbol, evaluate, expand

SPECIES = sn.symbols("A B C D")
K = sn.symbols("k1 k2 k3")
RATES = [
    K[0],
    2 * K[1],
    K[0] + K[2],
    K[0] * SPECIES[0],
    3,
    0.5 * K[2],
    K[1] / (1 + SPECIES[1]),
    Symbol("t") * K[0],
]

sides = st.dictionaries(st.sampled_from(SPECIES), st.integers(1, 3), max_size=3)
reactions = st.lists(st.tuples(st.sampled_from(RATES), sides, sides, st.booleans()), min_size=1, max_size=6)


@given(reactions, st.booleans())
def test_equations_equal_stoichiometry_times_rates(parts, combinatoric):
    made = [reaction(rate, left, right, mass_action=kind) for rate, left, right, kind in parts]
    net = reaction_network(made, species=SPECIES, parameters=K, combinatoric=combinatoric)
    values = {s: 0.5 + 0.25 * i for i, s in enumerate([*SPECIES, *K, Symbol("t")])}
    rates = np.array(evaluate(net.fluxes.rate_terms(net.species), values), dtype=float)
    expected = np.zeros(4)
    for r, (rate, left, right, kind) in enumerate(parts):
        v = float(evaluate(rate, values))
        for s, n in left.items() if kind else ():
            v *= values[s] ** n / (np.prod(np.arange(1, n + 1)) if combinatoric else 1)
        np.testing.assert_allclose(rates[r], v, rtol=1e-13)
        for i, s in enumerate(SPECIES):
            expected[i] += v * (right.get(s, 0) - left.get(s, 0))
    np.testing.assert_allclose(net.stoichiometry @ rates, expected, rtol=1e-12, atol=1e-12)
    system = net.system()
    np.testing.assert_allclose(
        np.array(evaluate(list(system.rhs), values), float), expected, rtol=1e-12, atol=1e-12
    )
    for i in range(4):
        assert expand(system.right_hand_side(i)) == expand(system.rhs[i])


def test_duplicate_and_opposite_reactions_merge():
    net = reaction_network("k, A --> B; k, A --> B; k, B --> A; 0.5*k, A --> B")
    a, b, k = sn.symbols("A B k")
    assert net.system().rhs == (-2.5 * k * a + k * b, 2.5 * k * a - k * b)


def test_empty_reactions_are_harmless():
    net = reaction_network("k, A --> A; j, A --> B")
    assert net.system().rhs == (-Symbol("j") * Symbol("A"), Symbol("j") * Symbol("A"))
    assert net.system().right_hand_side(1) == Symbol("j") * Symbol("A")
