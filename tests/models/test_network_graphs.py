"""Graphs of networks: their data, their text for other programs, and pictures without overlaps."""

import numpy as np
import pytest
from hypothesis import given, settings

import symnum as sn
from symnum.errors import UnknownNameError
from symnum.models.network_graphs.curves import arc, clipped, point_on
from symnum.models.network_graphs.draw import _labels, _lengths, _sizes
from symnum.models.network_graphs.graph import NetworkGraph
from symnum.models.network_graphs.layout import layout, set_in_rows
from tests.models import textbook_networks
from tests.models.random_networks import networks


def network(name):
    return sn.reaction_network(getattr(textbook_networks, name))


def test_complex_graph():
    graph = network("ENVZ_OMPR").complex_graph()
    assert graph.adjacency["X"] == ["XD", "XT"]
    assert graph.adjacency["Xp"] == []
    assert len(graph.nodes) == 10
    assert {node.group for node in graph.nodes} == {0, 1, 2}
    assert graph.matrix.sum() == 11


def test_parallel_reactions_and_loops():
    graph = sn.reaction_network("a, A --> B; b, A --> B; c, B --> B").complex_graph()
    assert [(e.source, e.target, e.label) for e in graph.edges] == [(0, 1, "a, b")]


def test_species_reaction_graph():
    net = sn.reaction_network("cut: k, E + 2S --> E + P; (a, b), P <--> Q; hill(Q, v, K, 2), 0 --> E")
    graph = net.species_reaction_graph()
    kinds = {(graph.nodes[e.source].label, graph.nodes[e.target].label): (e.kind, e.label) for e in graph.edges}
    assert kinds == {
        ("S", "cut"): ("consumed", "2"),
        ("E", "cut"): ("regulates", ""),
        ("cut", "P"): ("produced", ""),
        ("P", "r2, r3"): ("consumed", ""),
        ("r2, r3", "Q"): ("produced", ""),
        ("r4", "E"): ("produced", ""),
        ("Q", "r4"): ("regulates", ""),
    }
    assert graph.adjacency["r2, r3"] == ["P", "Q"]
    apart = net.species_reaction_graph(merge_reversible=False)
    assert sum(node.kind == "reaction" for node in apart.nodes) == 4
    assert not any(e.both_ways for e in apart.edges)


def test_autocatalysis():
    graph = sn.reaction_network("k, A + B --> 2B").species_reaction_graph()
    kinds = sorted(e.kind for e in graph.edges)
    assert kinds == ["consumed", "produced", "regulates"]


def test_text_is_escaped():
    net = sn.reaction_network('k, `A"1"` --> `B<#>\\`')
    dot = net.complex_graph().to_dot()
    assert '[label="A\\"1\\"", ' in dot
    assert 'label="B<#>\\\\"' in dot
    mermaid = net.species_reaction_graph().to_mermaid()
    assert 'n0["A#quot;1#quot;"]' in mermaid
    assert "B#lt;#35;#gt;" in mermaid
    assert 'n2(("r1"))' in mermaid


def test_arrows_in_text():
    graph = network("TRIANGLE").species_reaction_graph()
    assert graph.to_dot().count("dir=both") == 6
    assert "n0 <--> n3" in graph.to_mermaid()
    catalyst = sn.reaction_network("k, E + S --> E + P").species_reaction_graph()
    assert "style=dashed" in catalyst.to_dot()
    assert "-.-o" in catalyst.to_mermaid()


def test_parts_of_large_graphs():
    chain = sn.reaction_network("; ".join(f"k{i}, S{i} --> S{i + 1}" for i in range(100)))
    graph = chain.complex_graph()
    part = graph.largest_part(10)
    assert len(part.nodes) == 10
    assert part.left_out == 91
    assert part.heading == "complexes of network (10 of 101 nodes)"
    around = graph.around("S50", steps=2)
    assert [n.label for n in around.nodes] == ["S48", "S49", "S50", "S51", "S52"]
    assert [(e.source, e.target) for e in around.edges] == [(0, 1), (1, 2), (2, 3), (3, 4)]
    assert len(chain.species_reaction_graph().around([chain["S0"]]).nodes) == 3
    with pytest.raises(UnknownNameError, match="S5"):
        graph.around("S500")


def boxes_overlap(places, sizes):
    for i in range(len(places)):
        distance = np.abs(places[i + 1 :] - places[i])
        if np.any((distance < (sizes[i + 1 :] + sizes[i]) / 2.0 - 1e-9).all(axis=1)):
            return True
    return False


@settings(max_examples=5)
@given(networks())
def test_no_box_lies_upon_another(net):
    for graph in (net.complex_graph(), net.species_reaction_graph()):
        sizes = _sizes(graph, _labels(graph))
        edges = [(e.source, e.target) for e in graph.edges]
        loose, parts = layout(sizes, edges, _lengths(graph, sizes))
        for width in (3.0, 11.0):
            assert not boxes_overlap(set_in_rows(loose, sizes, parts, width), sizes)
        np.testing.assert_array_equal(loose, layout(sizes, edges, _lengths(graph, sizes))[0])


def test_layout_keeps_lengths():
    square = [(0, 1), (1, 2), (2, 3), (3, 0)]
    places, _ = layout(np.full((4, 2), 0.1), square, [1.0] * 4)
    for i, j in square:
        assert 0.8 < np.hypot(*(places[i] - places[j])) < 1.2


def test_arrows_end_at_boxes():
    start, end = np.array([0.0, 0.0]), np.array([3.0, 1.0])
    curve = arc(start, end, 0.2)
    part = clipped(curve, np.array([1.0, 0.4]), np.array([0.6, 0.6]), 0.0)
    assert max(abs(part[0]) / [0.5, 0.2]) == pytest.approx(1.0)
    assert max(abs(part[2] - end) / [0.3, 0.3]) == pytest.approx(1.0)
    wanted = [np.hypot(*(point_on(part, 0.5) - point_on(curve, t))) for t in np.linspace(0.0, 1.0, 2001)]
    assert min(wanted) < 1e-3
    assert clipped(curve, np.array([9.0, 9.0]), np.array([1.0, 1.0]), 0.0) is None


def test_pictures():
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    graph = network("ENVZ_OMPR").complex_graph()
    ax = graph.plot()
    texts = {text.get_text() for text in ax.texts}
    assert {"XD + Yp", "k11"} <= texts
    assert len(ax.patches) == 10 + 11
    pyplot.close(ax.figure)
    assert graph._repr_svg_().lstrip().startswith("<?xml")
    _, own = pyplot.subplots(figsize=(2, 2))
    assert NetworkGraph((), ()).plot(own) is own
    assert network("MICHAELIS_MENTEN").species_reaction_graph().plot(own, most_nodes=3).get_title(loc="left").endswith(
        "(3 of 6 nodes)"
    )
    pyplot.close("all")


def test_labels_that_are_cut_stay_apart():
    long = "x" * 40
    net = sn.reaction_network(f"k, {long}A{long} --> {long}B{long}")
    first, second = _labels(net.complex_graph())
    assert first != second
    assert first.endswith("#1")


def test_display():
    text = repr(network("TRIANGLE").species_reaction_graph())
    assert "A <--> r1, r2" in text
