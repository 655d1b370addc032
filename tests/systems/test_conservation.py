"""Conservation laws: exact, complete, non-negative where that is possible, the same on every run."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import symnum as sn
from symnum.errors import UnsupportedError
from symnum.systems.conservation import conservation_laws, integer_laws
from symnum.systems.fluxes import Fluxes


def fluxes_of(columns, n_states):
    """Fluxes with the given net changes, one dictionary per reaction."""
    counts = [len(c) for c in columns]
    offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    return Fluxes(
        n_states=n_states,
        constants=(1,),
        constant_index=np.zeros(len(columns), dtype=np.int32),
        reactant_offsets=np.zeros(len(columns) + 1, dtype=np.int64),
        reactants=np.zeros(0, dtype=np.int32),
        change_offsets=offsets,
        change_states=np.array([i for c in columns for i in c], dtype=np.int32),
        change_values=np.array([v for c in columns for v in c.values()], dtype=np.int64),
    )


def rank(matrix):
    """Exact rank by elimination over the rationals."""
    rows = [[Fraction(int(v)) for v in row] for row in matrix]
    found = 0
    for column in range(len(matrix[0]) if len(matrix) else 0):
        pivot = next((r for r in range(found, len(rows)) if rows[r][column]), None)
        if pivot is None:
            continue
        rows[found], rows[pivot] = rows[pivot], rows[found]
        for r in range(found + 1, len(rows)):
            factor = rows[r][column] / rows[found][column]
            rows[r] = [a - factor * b for a, b in zip(rows[r], rows[found], strict=True)]
        found += 1
    return found


def laws_of(text, **options):
    return sn.reaction_network(text, **options).conservation_laws()


@pytest.mark.parametrize(
    ("text", "laws"),
    [
        ("(a, b), S + E <--> C; c, C --> E + P", ["S + C + P = constant", "E + C = constant"]),
        ("k, 2A --> B", ["A + 2 B = constant"]),
        ("k, 2A --> 3B", ["3 A + 2 B = constant"]),
        ("k, 0 --> A", []),
        ("k, A --> B; k, B --> C; k, C --> A", ["A + B + C = constant"]),
        ("k, A + B --> 0", ["A - B = constant"]),
        ("k, X + A --> X + B", ["X = constant", "A + B = constant"]),
        (
            "k, H2 + O2 --> H2O2; k, 2H2O2 --> 2H2O + O2",
            ["H2 + H2O2 + H2O = constant", "2 O2 + 2 H2O2 + H2O = constant"],
        ),
    ],
)
def test_laws(text, laws):
    assert str(laws_of(text)).split("\n") == (laws or [""])


def test_fixed_species_are_laws():
    assert str(laws_of("k, A + B --> C", fixed="A")).split("\n") == ["A = constant", "B + C = constant"]


def test_negative_laws_are_replaced_by_non_negative_ones():
    # The order of the names makes plain elimination find C2 - C1 and the like.
    laws = laws_of(
        "k, C1 --> A + B; k, C2 --> A + D; k, C3 --> B + D; k, C1 + D --> C2 + B", species="C1 C2 C3"
    )
    assert len(laws) == 3
    assert laws.matrix.toarray().min() == 0
    assert {str(law) for law in laws} == {
        "C1 + C2 + A = constant",
        "C1 + C3 + B = constant",
        "C2 + C3 + D = constant",
    }


def test_matrix_and_expression():
    laws = laws_of("k, 2A --> B")
    a, b = sn.symbols("A B")
    assert laws.matrix.toarray().tolist() == [[1, 2]]
    assert laws[0].expression == a + 2 * b
    assert laws[0].coefficients == {a: 1, b: 2}
    assert list(laws) == [laws[0]]


def test_equations_have_no_reactions():
    with pytest.raises(UnsupportedError, match="reaction_network"):
        conservation_laws(sn.ode_system({"x": "-x"}).system())


columns = st.lists(
    st.dictionaries(st.integers(0, 5), st.integers(-3, 3).filter(bool), min_size=1, max_size=4),
    min_size=1,
    max_size=6,
)


@given(columns)
def test_complete_and_exact(columns):
    fluxes = fluxes_of(columns, 6)
    laws = integer_laws(fluxes)
    matrix = np.zeros((6, len(columns)), dtype=object)
    for r, column in enumerate(columns):
        for i, v in column.items():
            matrix[i, r] = v
    left = np.zeros((len(laws), 6), dtype=object)
    for k, law in enumerate(laws):
        assert all(type(v) is int and v for v in law.values())
        assert np.gcd.reduce(list(law.values())) == 1
        for i, v in law.items():
            left[k, i] = v
    assert not (left @ matrix).any() if laws else True
    assert len(laws) == 6 - rank(matrix.tolist())
    assert rank(left.tolist()) == len(laws)
    assert laws == integer_laws(fluxes)


@given(columns, st.permutations(range(6)))
def test_number_does_not_depend_on_the_order_of_reactions(columns, order):
    shuffled = [columns[i] for i in order if i < len(columns)]
    assert len(integer_laws(fluxes_of(columns, 6))) == len(integer_laws(fluxes_of(shuffled, 6)))


def test_large_numbers_stay_exact():
    big = 10**17 + 3
    laws = integer_laws(fluxes_of([{0: big, 1: -(big - 1)}, {1: big, 2: -(big + 2)}], 3))
    (law,) = laws
    assert law[0] * big == law[1] * (big - 1)
    assert law[1] * big == law[2] * (big + 2)
