"""Complex and detailed balance, robust species, cycles and modes: textbook networks, and laws against simulation."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symnum as sn
from symnum.errors import InputError, MissingValueError, UnknownNameError, UnsupportedError
from symnum.models.network_structure.tree_constants import log_tree_constants, symbolic_tree_constants
from tests.models import textbook_networks
from tests.models.random_networks import networks


def network(name, **more):
    return sn.reaction_network(getattr(textbook_networks, name), **more)


def derivative(net, state, params):
    at = {net[n]: v for n, v in (state | params).items()}
    return np.array([float(sn.evaluate(term, at)) for term in net.system().rhs])


# Complex balance -------------------------------------------------------------------------------------------


def test_horn_jackson():
    """Complex-balanced for equal rate constants of the same kind only: 3A -> A+2B -> 3B -> 2A+B -> 3A."""
    net = network("HORN_JACKSON")
    equal = {"a": 1.0, "b": 1.0, "c": 1.0, "d": 1.0}
    assert not net.is_complex_balanced({**equal, "a": 0.1, "c": 0.1})
    conditions = net.complex_balance_conditions()
    assert len(conditions) == net.deficiency == 2
    assert not net.is_detailed_balanced(equal)


def test_deficiency_zero_is_balanced_for_all_rate_constants():
    net = network("FEINBERG")
    params = {"a": 0.3, "b": 7.0, "c": 2.0, "d": 1e-3, "e": 40.0, "f": 0.5}
    balance = net.complex_balance(params)
    assert balance.holds
    assert net.complex_balance_conditions() == []
    state = {s.name: x for s, x in balance.concentrations.items()}
    np.testing.assert_allclose(derivative(net, state, params), 0.0, atol=1e-12)


def test_schloegl_condition():
    net = network("SCHLOEGL")
    (condition,) = net.complex_balance_conditions()
    assert {str(condition.lhs), str(condition.rhs)} == {"a*d", "3*b*c"}
    # Combinatoric constants: 2X -> 3X has c/2, 3X -> 2X has d/6.
    assert not net.is_complex_balanced({"a": 1, "b": 1, "c": 1, "d": 1})
    assert net.is_complex_balanced({"a": 1, "b": 1, "c": 1, "d": 3})
    plain = network("SCHLOEGL", combinatoric=False)
    assert plain.is_complex_balanced({"a": 1, "b": 1, "c": 1, "d": 1})


def test_conditions_agree_with_numbers():
    """A triangle of complexes of one species: A, 2A, 3A, deficiency one."""
    net = sn.reaction_network("(k1, k2), A <--> 2A; (k3, k4), 2A <--> 3A; (k5, k6), 3A <--> A", combinatoric=False)
    (condition,) = net.complex_balance_conditions()
    # With these, as much flows into every complex as out of it at A = 1.
    values = {f"k{i}": v for i, v in enumerate((2, 3, 4, 5, 1), start=1)}

    def gap(k6):
        at = {net[n]: v for n, v in (values | {"k6": k6}).items()}
        return sn.evaluate(condition.lhs, at) - sn.evaluate(condition.rhs, at)

    assert gap(2) == 0
    assert gap(2.01) != 0
    assert net.complex_balance(values | {"k6": 2}).concentrations[net["A"]] == pytest.approx(1.0)
    assert not net.is_complex_balanced(values | {"k6": 2.01})


@settings(max_examples=12)
@given(networks(most_reactions=5), st.randoms(use_true_random=False))
def test_balanced_states_are_steady_and_conserve_totals(net, random):
    params = {p.name: random.uniform(0.2, 5.0) for p in net.parameters}
    balance = net.complex_balance(params)
    if net.is_weakly_reversible and net.deficiency == 0:
        assert balance.holds
    if not net.is_weakly_reversible:
        assert not balance
    if not balance:
        return
    start = {s.name: random.uniform(0.5, 2.0) for s in net.species}
    state = {s.name: x for s, x in balance.steady_state(start).items()}
    scale = max(1.0, *state.values()) ** 4 * 20
    np.testing.assert_allclose(derivative(net, state, params), 0.0, atol=1e-11 * scale)
    for law in net.conservation_laws():
        before = sum(c * start[s.name] for s, c in law.coefficients.items())
        after = sum(c * state[s.name] for s, c in law.coefficients.items())
        assert after == pytest.approx(before, rel=1e-8, abs=1e-9)


def test_steady_state_of_a_simulation():
    net = network("FEINBERG", parameters=dict.fromkeys("abcdef", 1.0) | {"e": 2.0})
    initial = {"A": 1.0, "B": 0.5, "C": 0.7, "D": 0.1, "E": 0.3}
    reached = sn.build_simulator(net).solve((0.0, 500.0), y0=initial, rtol=1e-9, t_eval=[500.0])
    for s, x in net.complex_balance().steady_state(initial).items():
        assert reached[s][-1] == pytest.approx(x, rel=1e-6)


# Detailed balance ------------------------------------------------------------------------------------------


def test_cycle_condition():
    net = network("TRIANGLE")
    (condition,) = net.detailed_balance_conditions()
    assert {str(condition.lhs), str(condition.rhs)} == {"a*c*e", "b*d*f"}
    values = dict(zip("abcdef", (1.0, 2.0, 3.0, 4.0, 8.0, 3.0), strict=True))
    assert net.is_detailed_balanced(values)
    assert not net.is_detailed_balanced(values | {"f": 3.0001})
    assert net.is_complex_balanced(values | {"f": 3.0001})
    assert net.detailed_balance(values | {"f": 6.0}).mismatch > 0.1


@settings(max_examples=9)
@given(networks(most_reactions=3), st.randoms(use_true_random=False))
def test_rate_constants_made_for_detailed_balance(net, random):
    """Reverse constants follow from the others and a state: both kinds of balance, and all conditions, must hold."""
    complexes = net.complexes()
    pairs = {tuple(sorted(edge)) for edge in complexes.edges}
    at = [random.uniform(0.5, 2.0) for _ in net.species]
    reactions, values = [], {}
    for number, (i, j) in enumerate(sorted(pairs)):
        sides = [{net.species[s].name: n for s, n in complexes.side(k).items()} for k in (i, j)]
        ratio = np.prod([at[s] ** -n for s, n in complexes.difference(i, j).items()])
        values[f"f{number}"] = random.uniform(0.2, 5.0)
        values[f"b{number}"] = values[f"f{number}"] * float(ratio)
        reactions += [sn.reaction(f"f{number}", *sides), sn.reaction(f"b{number}", *reversed(sides))]
    both = sn.reaction_network(reactions, combinatoric=False, species=net.state_names)
    assert both.is_detailed_balanced(values)
    assert both.is_complex_balanced(values)
    numbers = {both[name]: value for name, value in values.items()}
    conditions = cycles = both.detailed_balance_conditions()
    assert len(conditions) == len(pairs) - both.structure().rank.value
    if max(len(members) for members in both.linkage_classes()) <= 5:
        assert len(both.complex_balance_conditions()) == both.deficiency
        conditions = cycles + both.complex_balance_conditions()
    for condition in conditions:
        assert sn.evaluate(condition.lhs, numbers) == pytest.approx(sn.evaluate(condition.rhs, numbers), rel=1e-9)
    for k in range(len(pairs)):
        constant = both[f"f{k}"]
        occurs = any(constant in {*sn.free_symbols(c.lhs), *sn.free_symbols(c.rhs)} for c in cycles)
        assert both.is_detailed_balanced(values | {f"f{k}": 1.1 * values[f"f{k}"]}) == (not occurs)


def test_detailed_balance_needs_reverse_reactions():
    net = network("FEINBERG", parameters=dict.fromkeys("abcdef", 1.0))
    assert not net.is_detailed_balanced()
    assert net.detailed_balance_conditions() is None
    assert network("MICHAELIS_MENTEN").complex_balance_conditions() is None


def test_parallel_reactions_count_together():
    net = sn.reaction_network("a, A --> B; b, A --> B; c, B --> A; (d, e), 2A <--> 2B", combinatoric=False)
    (condition,) = net.detailed_balance_conditions()
    assert net.is_detailed_balanced({"a": 1, "b": 2, "c": 1, "d": 9, "e": 1})
    assert not net.is_detailed_balanced({"a": 1, "b": 2, "c": 1, "d": 3, "e": 1})
    assert {str(condition.lhs), str(condition.rhs)} == {"e*(a + b)^2", "c^2*d"}


def test_fixed_species_are_part_of_constants():
    net = sn.reaction_network("(a, b), F + A <--> B; (c, d), A <--> B", fixed="F", initial={"F": 2.0})
    values = {"a": 1.0, "b": 1.0, "c": 4.0, "d": 2.0}
    assert net.is_detailed_balanced(values)
    balance = net.detailed_balance(values)
    assert set(balance.steady_state({"A": 3.0})) == {net["A"], net["B"]}
    assert balance.steady_state({"A": 3.0})[net["B"]] == pytest.approx(2.0)


def test_widely_spread_rate_constants():
    net = network("TRIANGLE")
    values = dict(zip("abcdef", (1e-150, 1.0, 1e140, 1.0, 1e10, 1.0), strict=True))
    assert net.is_detailed_balanced(values)
    assert net.is_complex_balanced(values)
    chain = sn.reaction_network("; ".join(f"(k{i}, m{i}), S{i} <--> S{i + 1}" for i in range(6)))
    apart = {f"k{i}": 1e100 for i in range(6)} | {f"m{i}": 1e-100 for i in range(6)}
    assert chain.is_complex_balanced(apart)  # tree constants differ by 1e1200
    assert not chain.complex_balance(apart | {"k0": 1e101}).mismatch


def test_tree_constants_with_logarithms():
    rates = {(0, 1): 2.0, (1, 2): 3.0, (2, 0): 5.0, (1, 0): 7.0}
    wanted = [float(t) for t in symbolic_tree_constants(rates, [0, 1, 2])]
    assert wanted == [3.0 * 5 + 7 * 5, 2 * 5.0, 2 * 3.0]
    for scale in (1.0, 1e-160):  # the second is below what products of two can be
        logs = log_tree_constants({k: v * scale for k, v in rates.items()}, [0, 1, 2])
        np.testing.assert_allclose(logs - logs[0], np.log(wanted) - np.log(wanted[0]), atol=1e-14)
    wide = {(0, 1): 1e300, (1, 0): 1e-300, (1, 2): 1e300, (2, 1): 1e-300}
    logs = log_tree_constants(wide, [0, 1, 2])
    np.testing.assert_allclose(np.diff(logs), np.log(1e300) - np.log(1e-300), rtol=1e-14)


def test_errors():
    net = network("TRIANGLE")
    with pytest.raises(MissingValueError, match="a"):
        net.complex_balance()
    with pytest.raises(UnknownNameError, match="zz"):
        net.complex_balance({"zz": 1.0})
    with pytest.raises(InputError, match="positive"):
        net.complex_balance(dict.fromkeys("abcdef", 0.0))
    with pytest.raises(UnsupportedError, match="mass action"):
        sn.reaction_network("v*A/(1 + A), A => B").complex_balance({"v": 1.0})
    balance = net.complex_balance(dict.fromkeys("abcdef", 1.0))
    with pytest.raises(InputError, match="No positive state"):
        balance.steady_state({"A": 0.0})
    with pytest.raises(MissingValueError):
        balance.steady_state()
    with pytest.raises(InputError, match="no balanced"):
        net.detailed_balance(dict.fromkeys("abcde", 1.0) | {"f": 2.0}).steady_state({"A": 1.0})
    large = sn.reaction_network("; ".join(f"(k{i}, m{i}), {i}X <--> {i + 1}X" for i in range(1, 12)))
    with pytest.raises(UnsupportedError, match="12 complexes"):
        large.complex_balance_conditions()


# Robust species --------------------------------------------------------------------------------------------


def test_robust_species():
    assert network("ENVZ_OMPR").robust_species().names == ("Yp",)
    assert network("SHINAR_FEINBERG").robust_species().names == ("A",)
    assert "A" in network("SHINAR_FEINBERG").robust_species()
    assert sn.reaction_network("(a, b), 0 <--> A; (c, d), A + B <--> C").robust_species().names == ("A",)
    none = network("MICHAELIS_MENTEN").robust_species()
    assert not none
    assert "the network has 0" in none.reason
    drained = sn.reaction_network("a, A + B --> 2B; b, B --> A; c, 2B --> 2B + D")
    assert drained.deficiency == 1
    assert drained.robust_species().reason == "no rate constants have a positive steady state"


def test_envz_ompr_is_robust_in_simulations():
    rates = dict(zip((f"k{i}" for i in range(1, 12)), (0.5, 1, 0.8, 1, 0.6, 2, 0.5, 1, 1.5, 0.7, 0.9), strict=True))
    net = network("ENVZ_OMPR", parameters=rates)
    sim = sn.build_simulator(net)
    ends = []
    for x, y in itertools.product((0.5, 1.0), (10.0, 14.0)):
        sol = sim.solve((0.0, 3000.0), y0={"XD": x, "Y": y}, t_eval=[3000.0], rtol=1e-9)
        ends.append((sol["Yp"][-1], sol["Xp"][-1]))
    yp, xp = np.array(ends).T
    np.testing.assert_allclose(yp, yp[0], rtol=1e-5)
    assert xp.max() > 1.2 * xp.min()


# Cycles and modes ------------------------------------------------------------------------------------------


@settings(max_examples=16)
@given(networks())
def test_cycles_against_enumeration(net):
    edges = set(net.complexes().edges)
    n = len(net.complexes())
    if n > 7:
        return
    wanted = {
        way
        for size in range(2, n + 1)
        for way in itertools.permutations(range(n), size)
        if way[0] == min(way) and all(e in edges for e in zip(way, (*way[1:], way[0]), strict=True))
    }
    found = net.elementary_cycles()
    assert found.complete
    assert {tuple(cycle) for cycle in found.members} == wanted
    assert len(found) == len(wanted)


def test_cycles_and_limits():
    cycles = network("TRIANGLE").elementary_cycles()
    assert [" ".join(map(str, c)) for c in cycles] == ["A B", "A B C", "A C B", "A C", "B C"]
    cut = network("TRIANGLE").elementary_cycles(limit=2)
    assert len(cut) == 2
    assert not cut.complete
    assert "there are more" in repr(cut)


@settings(max_examples=16)
@given(networks(most_reactions=5))
def test_modes_against_all_supports(net):
    """A mode is a support on which the kernel has dimension one and a positive vector."""
    matrix = net.stoichiometry.toarray()
    wanted = set()
    for size in range(1, net.n_reactions + 1):
        for support in itertools.combinations(range(net.n_reactions), size):
            _, values, vectors = np.linalg.svd(matrix[:, list(support)].astype(float))
            rank = int((values > 1e-9).sum())
            if rank == size - 1:
                kernel = vectors[-1]
                if np.all(kernel > 1e-9) or np.all(kernel < -1e-9):
                    wanted.add(support)
    found = net.elementary_modes()
    assert {tuple(mode) for mode in found} == wanted
    assert not np.any(found.matrix.toarray() @ matrix.T)


def test_modes():
    net = sn.reaction_network("in: a, 0 --> A;  out: b, A --> 0;  (c, d), A <--> B")
    assert "in + out" in repr(net.elementary_modes())
    with pytest.raises(UnsupportedError, match="small networks"):
        net.elementary_modes(limit=1)
