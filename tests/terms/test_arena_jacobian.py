"""`jacobian(..., terms="arena")`: the canonical Jacobian's values, from arrays, looked at lazily, typed errors."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symnum as sn
from symnum.errors import DuplicateNameError, InputError, UnknownNameError
from symnum.systems import fluxes
from symnum.terms import Eq, convert, evaluate, free_symbols, jacobian, parse, symbols
from symnum.terms.arena import ArenaJacobian, ArenaTerm

NETWORK = (
    "k1, 2A + B --> C; (k2, k3), C <--> 3B; k4/(1 + A), A --> 0; 2.5, 2C --> A; 1, 0 --> A; A*B, A + B => C; "
    "hill(A, v, K, n), 0 --> B"
)


def assert_equal_values(found: Any, wanted: Any, seed: int = 0) -> None:
    """Same pattern, and equal entries at random points."""
    assert found.shape == wanted.shape
    assert found.nnz == wanted.nnz == len(found.rows) == len(found.columns)
    np.testing.assert_array_equal(found.rows, wanted.rows)
    np.testing.assert_array_equal(found.columns, wanted.columns)
    entries = convert(list(found.entries), "canonical")
    names = sorted({s.name for s in free_symbols([*entries, *wanted.entries])})
    rng = np.random.default_rng(seed)
    points = {name: rng.uniform(0.3, 1.9, 5) for name in names}
    for entry, other in zip(entries, wanted.entries, strict=True):
        np.testing.assert_allclose(evaluate(entry, points), evaluate(other, points), rtol=1e-12)


def test_a_network_goes_there_without_canonical_terms(monkeypatch: pytest.MonkeyPatch) -> None:
    network = sn.reaction_network(NETWORK)

    def refuse(*arguments: Any) -> Any:
        raise AssertionError("canonical terms were made of the equations")

    with monkeypatch.context() as patch:
        for name in ("rate_terms", "equations", "equation"):
            patch.setattr(fluxes.Fluxes, name, refuse)
        found = sn.jacobian(network, terms="arena")
    assert isinstance(found, ArenaJacobian)
    assert found.rows.dtype == found.columns.dtype == np.int32
    wanted = sn.jacobian(network)
    assert_equal_values(found, wanted)
    assert found.sparsity().toarray().tolist() == wanted.sparsity().toarray().tolist()


SIDES = st.lists(st.sampled_from("ABCD"), max_size=3)


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(SIDES, SIDES, st.sampled_from(["k", "q", "2.5", "3", "k/(1 + B)"])), min_size=1, max_size=6
    )
)
def test_networks_at_random(reactions: list[tuple[list[str], list[str], str]]) -> None:
    lines = [
        f"{rate}, {' + '.join(left) or '0'} --> {' + '.join(right) or '0'}" for left, right, rate in reactions
    ]
    network = sn.reaction_network("; ".join(["1, A --> B + C + D", *lines]))
    assert_equal_values(sn.jacobian(network, terms="arena"), sn.jacobian(network))


def test_by_parameters_and_by_names() -> None:
    network = sn.reaction_network(NETWORK)
    for wrt in ("k1 A", ["k4", "B"], list(network.system().parameters)):
        assert_equal_values(sn.jacobian(network, wrt, terms="arena"), sn.jacobian(network, wrt))


def test_equations_systems_and_terms() -> None:
    x, y = symbols("x y")
    ode = sn.ode_system({"x": "a*(y - x)", "y": "x*(b - y) + sin(x*y)"}, parameters={"a": 1, "b": 2})
    assert_equal_values(sn.jacobian(ode, terms="arena"), sn.jacobian(ode))
    assert_equal_values(sn.jacobian(list(ode.equations), terms="arena"), sn.jacobian(ode))
    assert_equal_values(jacobian([Eq(x * y, 2)], [x], terms="arena"), jacobian([x * y - 2], [x]))
    for source in ([x * y, 3 * y, 2, x / y], x**y, {x: x * y, y: sn.exp(x)}, np.array([[x, y], [x * y, 1]])):
        assert_equal_values(jacobian(source, terms="arena"), jacobian(source))
    trees = [parse("x*y + sin(x)", terms="tree"), parse("x^2", terms="tree")]
    assert_equal_values(jacobian(trees, "x y", terms="arena"), jacobian(convert(trees, "canonical"), "x y"))
    assert jacobian([], [x], terms="arena").nnz == 0
    assert jacobian([2, x * 0], [x, y], terms="arena").nnz == 0


def test_terms_of_an_arena_stay_there() -> None:
    x, y = symbols("x y", terms="arena")
    for found in (jacobian([x * y, 3 * y]), jacobian([x * y, 3 * y], terms="arena")):
        assert isinstance(found, ArenaJacobian)
        assert found.entries[0].arena is x.arena
        assert list(found.entries) == [y, x, 3]


def test_entries_are_made_when_looked_at() -> None:
    network = sn.reaction_network(NETWORK)
    found: Any = sn.jacobian(network, terms="arena")
    arena = found.entries.arena
    assert not any(reference() for reference in arena.objects.values())
    assert isinstance(found.entries[0], ArenaTerm)
    assert isinstance(found[0, 0], ArenaTerm)
    assert found.entries[:2] == list(found.entries)[:2]
    assert "entries" in repr(found)
    assert "<table" in found._repr_html_()


def test_what_cannot_be_is_refused() -> None:
    x, y = symbols("x y")
    with pytest.raises(UnknownNameError, match='Did you mean "arena"'):
        jacobian([x * y], [x], terms="arenas")
    with pytest.raises(DuplicateNameError, match="twice"):
        jacobian([x * y], [x, x], terms="arena")
    with pytest.raises(InputError, match="none"):
        jacobian([x * y], [x * y], terms="arena")
    with pytest.raises(InputError, match="Read it first"):
        jacobian(["x*y"], [x], terms="arena")
    with pytest.raises(DuplicateNameError, match="twice"):
        sn.jacobian(sn.reaction_network("k, A --> B"), "A A", terms="arena")
    with pytest.raises(InputError, match="none"):
        sn.jacobian(sn.reaction_network("k, A --> B"), [x * y], terms="arena")
