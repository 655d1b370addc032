"""Networks show themselves at any size, quickly, and pickle."""

import pickle
import time

import numpy as np
import pytest

import symnum as sn
from symnum.models.library import receptor_scaffold
from symnum.models.reaction_network import reaction_network


@pytest.fixture(scope="module")
def large():
    """A ring of 1,000 species, with observables."""
    lines = [f"k{i % 7}, X{i} + E --> X{(i + 1) % 1000} + E" for i in range(1000)]
    total = "+".join(f"X{i}" for i in range(1000))
    net = reaction_network(
        "\n".join(lines), observables={"total": total}, initial={f"X{i}": i for i in range(1000)}
    )
    net.system()
    return net


@pytest.mark.parametrize("show", ["__repr__", "__str__", "_repr_html_", "_repr_latex_", "latex"])
def test_large_networks_show_quickly(large, show):
    getattr(large, show)()  # what is imported on first use does not count
    start = time.process_time()
    text = getattr(large, show)()
    assert time.process_time() - start < 0.1
    assert "more" in text
    assert len(text) < 100_000


def test_large_networks_print_on_one_screen(large):
    text = str(large)
    assert len(text) < 5_000
    assert text.count("\n") <= 35
    assert "1,001 species" in text
    assert "to_text() writes everything" in text
    assert "… and 997 more" in text
    assert reaction_network(large.to_text()) == large


def test_networks_with_long_names_and_rates_print_on_one_screen():
    sites = "".join(f"s{i}~P," for i in range(500))
    net = reaction_network([sn.reaction("k", [f"L{i}({sites})"], None) for i in range(200)])
    assert len(str(net)) < 5_000
    total = "+".join(f"X{i}" for i in range(2_000))
    model = sn.ode_system({"x": f"({total})*y", "y": f"({total})^2"})
    assert len(str(model)) < 5_000
    assert sn.ode_system(model.to_text()) == model


def test_small_models_print_in_full():
    lines = "\n".join(f"k{i}, X{i} --> X{i + 1}" for i in range(60))
    net = reaction_network(lines, initial={"X0": 1}, observables={"both": "X0 + X1"})
    assert str(net) == net.to_text()
    assert reaction_network(str(net)) == net
    model = sn.ode_system({f"x{i}": f"-a*x{i}*t" for i in range(90)}, parameters={"a": 1})
    assert sn.ode_system(str(model)) == model


@pytest.mark.parametrize("part", ["equations", "reactions"])
def test_parts_show_quickly(large, part):
    value = getattr(large, part)
    for show in ("__repr__", "_repr_html_", "_repr_latex_"):
        getattr(value, show)()
        start = time.process_time()
        text = getattr(value, show)()
        assert time.process_time() - start < 0.1
        assert "980 more" in text or "981 more" in text


def test_laws_show_shortened(large):
    laws = large.conservation_laws()
    assert len(laws) == 2
    assert len(repr(laws)) < 1000
    assert "…" in str(laws[0])
    assert "constant" in laws._repr_html_()
    assert laws[0]._repr_latex_().startswith("$")


def test_small_network_in_full():
    net = reaction_network("b: (kf, kr), S + 2E <--> C", name="toy", parameters={"kf": 1.5})
    assert repr(net) == (
        "<ReactionNetwork toy: 3 species, 2 parameters, 2 reactions>\n"
        "  b: kf, S + 2*E --> C\n"
        "  b_reverse: kr, C --> S + 2*E"
    )
    assert "&lt;" not in net._repr_html_()
    assert r"\xrightarrow" in net.reactions._repr_latex_()
    assert r"\frac{\mathrm{d} S}{\mathrm{d} t}" in net.latex()
    assert str(net.equations[1]) == "Eq(D(E), -E^2*S*kf + 2*C*kr)"


def test_html_is_escaped():
    net = reaction_network("k, `<script>` --> 0", name="<b>")
    assert "<script>" not in net._repr_html_()
    assert "<b><b>" not in net._repr_html_()
    assert "<script>" not in net.equations._repr_html_()


def test_reactions_are_a_sequence(large):
    assert len(large.reactions) == 1000
    assert large.reactions[-1] == large.reactions[999]
    assert [str(r) for r in large.reactions[3:5]] == ["k3, X3 + E --> X4 + E", "k4, X4 + E --> X5 + E"]
    with pytest.raises(IndexError):
        large.reactions[1000]


def test_equations_are_a_sequence(large):
    assert len(large.equations) == 1001
    assert list(large.equations)[17] == large.equations[17]
    assert large.equations[2:4] == (large.equations[2], large.equations[3])
    with pytest.raises(IndexError):
        large.equations[1001]


def test_pickle():
    net = receptor_scaffold(2)
    net.system()
    net.conservation_laws()
    again = pickle.loads(pickle.dumps(net))
    assert again == net
    assert again.t_span == net.t_span
    np.testing.assert_array_equal(again.fluxes.change_values, net.fluxes.change_values)
    assert dict(again.observables) == dict(net.observables)


def test_public_names():
    s, e = sn.species("S E")
    net = sn.reaction_network([sn.reaction("k", [s, e], {e: 2})])
    assert net == sn.reaction_network("k, S + E --> 2E")
