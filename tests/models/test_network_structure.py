"""Complexes, linkage classes, deficiency and theorems: textbook networks, laws, reference counts."""

import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings

import symnum as sn
from tests.models import textbook_networks
from tests.models.random_networks import networks
from tests.models.textbook_networks import KNOWN


def network(name):
    return sn.reaction_network(getattr(textbook_networks, name))


@pytest.mark.parametrize("name", KNOWN)
def test_textbook_networks(name):
    net = network(name)
    s = net.structure()
    found = (
        len(net.complexes()), len(net.linkage_classes()), s.rank.value, net.deficiency,
        net.linkage_class_deficiencies, net.is_reversible, net.is_weakly_reversible,
    )  # fmt: skip
    assert found == KNOWN[name]
    assert s.rank.certain


def test_matrices():
    net = network("MICHAELIS_MENTEN")
    complexes = net.complexes()
    assert [str(c) for c in complexes] == ["S + E", "C", "E + P"]
    assert complexes.composition.toarray().tolist() == [[1, 0, 0], [1, 0, 1], [0, 1, 0], [0, 0, 1]]
    assert complexes.incidence.toarray().tolist() == [[-1, 1, 0], [1, -1, -1], [0, 0, 1]]


def test_strong_and_terminal_classes():
    net = network("ENVZ_OMPR")
    strong = [[str(c) for c in members] for members in net.strong_linkage_classes()]
    terminal = [[str(c) for c in members] for members in net.terminal_linkage_classes()]
    assert sorted(strong) == sorted(
        [["XD", "X", "XT"], ["Xp"], ["Xp + Y", "XpY"], ["X + Yp"], ["XD + Yp", "XDYp"], ["XD + Y"]]
    )
    assert sorted(terminal) == [["X + Yp"], ["XD + Y"], ["Xp"]]


def test_zero_fixed_species_and_loops():
    net = sn.reaction_network("a, 0 --> A; b, A + F --> B + F; c, B --> B", fixed="F")
    assert [str(c) for c in net.complexes()] == ["∅", "A", "B"]
    assert (net.complexes().composition @ net.complexes().incidence != net.stoichiometry).nnz == 0
    assert net.deficiency == 0
    assert net.complexes().incidence.toarray()[:, 2].tolist() == [0, 0, 0]


def test_deficiency_zero_theorem():
    check = network("FEINBERG").deficiency_zero_theorem()
    assert check
    assert check.steady_states == "exactly one"
    assert check.stable
    check = network("MICHAELIS_MENTEN").deficiency_zero_theorem()
    assert check
    assert check.steady_states == "none"
    check = network("EDELSTEIN").deficiency_zero_theorem()
    assert not check
    assert check.steady_states == "unknown"
    assert check.failed[0].detail == "it is 1"
    saturating = sn.reaction_network("v*A/(1 + A), A => B; b, B --> A").deficiency_zero_theorem()
    assert not saturating
    assert "1 of 2" in saturating.failed[0].detail


def test_deficiency_one_theorem():
    # Feinberg (1987): deficiency one in one linkage class, weakly reversible.
    one = sn.reaction_network("(a, b), 0 <--> A; (c, d), A <--> 2A")
    assert one.deficiency == 1
    assert one.linkage_class_deficiencies == (1,)
    assert one.deficiency_one_theorem().steady_states == "exactly one"
    schloegl = network("SCHLOEGL").deficiency_one_theorem()  # three steady states for some constants
    assert [c.holds for c in schloegl.conditions] == [True, False, True, True]
    horn_jackson = network("HORN_JACKSON").deficiency_one_theorem()
    assert [c.holds for c in horn_jackson.conditions] == [True, True, False, True]
    two_ends = sn.reaction_network("a, A --> B; b, A --> C").deficiency_one_theorem()
    assert [c.holds for c in two_ends.conditions] == [True, True, True, False]


def test_complete_rates_that_are_mass_action():
    written = sn.reaction_network("k*A*B, A + B => C; m, C --> A + B; q, 0 => A")
    assert written.structure().is_mass_action
    assert not sn.reaction_network("k*A, A + B => C").structure().is_mass_action
    assert not sn.reaction_network("k, A => B").structure().is_mass_action
    assert not sn.reaction_network("k*t, A --> B").structure().is_mass_action


def exact_rank(matrix):
    rows = [[Fraction(int(v)) for v in row] for row in matrix]
    rank = 0
    for column in range(matrix.shape[1]):
        pivot = next((r for r in range(rank, len(rows)) if rows[r][column]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        for r in range(rank + 1, len(rows)):
            factor = rows[r][column] / rows[rank][column]
            rows[r] = [a - factor * b for a, b in zip(rows[r], rows[rank], strict=True)]
        rank += 1
    return rank


@settings(max_examples=14)
@given(networks())
def test_laws_of_random_networks(net):
    s = net.structure()
    n = net.complexes()
    assert (n.composition @ n.incidence != net.stoichiometry).nnz == 0
    assert s.rank.value == exact_rank(net.stoichiometry.toarray())
    assert net.deficiency == len(n) - len(net.linkage_classes()) - s.rank.value
    single = net.linkage_class_deficiencies
    assert min(single) >= 0
    assert sum(single) <= net.deficiency
    assert sorted(k for members in net.linkage_classes().members for k in members) == list(range(len(n)))
    assert len(net.linkage_classes()) <= len(net.terminal_linkage_classes()) <= len(net.strong_linkage_classes())
    assert not net.is_reversible or net.is_weakly_reversible
    for number, members in enumerate(net.linkage_classes().members):
        inside = np.isin(n.sources, members)
        own = net.stoichiometry.toarray()[:, inside]
        assert single[number] == len(members) - 1 - exact_rank(own)


@settings(max_examples=14)
@given(networks())
def test_weak_reversibility_is_a_way_back(net):
    edges = net.complexes().edges
    reach = {k: {k} for k in range(len(net.complexes()))}
    for _ in reach:
        for i, j in edges:
            reach[i] |= reach[j]
    assert net.is_weakly_reversible == all(i in reach[j] for i, j in edges)


def test_displays_and_pickle():
    net = network("ENVZ_OMPR")
    text = repr(net.structure())
    assert "deficiency" in text
    assert "1 (linkage classes: 0, 0, 0)" in text
    assert "<table>" in net.structure()._repr_html_()
    for shown in (net.complexes(), net.linkage_classes(), net.deficiency_one_theorem()):
        assert "<table>" in shown._repr_html_()
    assert "does not apply" in repr(net.deficiency_one_theorem())
    assert pickle.loads(pickle.dumps(net)).deficiency == 1


@pytest.mark.parametrize(
    ("file", "species", "rank", "deficiency", "laws"),
    [("egfr_net", 356, 351, 1263, 5), ("multisite2", 66, 63, 92, 3), ("multistate", 9, 6, 4, 3)],
)
def test_reference_counts(data_dir, file, species, rank, deficiency, laws):
    s = sn.read_model(data_dir / "networks" / f"{file}.net").structure()
    assert (len(s.network.species), s.rank.value, s.deficiency) == (species, rank, deficiency)
    assert len(s.conservation_laws) == laws
    assert s.rank.certain


def test_reference_counts_of_a_large_network(data_dir):
    s = sn.read_model(data_dir / "networks" / "bcr.net").structure()
    assert (s.rank.value, s.deficiency, len(s.conservation_laws)) == (1116, 9692, 6)
    assert s.rank.certain
    assert sum(s.linkage_class_deficiencies) <= s.deficiency
