"""Structural analysis: matching, null spaces, the index, and what is refused and how."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import symnum as sn
from symnum.errors import HigherIndexError, StructureError
from symnum.systems.implicit import implicit_equation
from symnum.systems.matching import maximum_matching
from symnum.systems.null_spaces import null_spaces
from symnum.systems.structure import check_structure, structural_index

x, y, z, u, v, w, T, c, t = sn.symbols("x y z u v w T c t")
D = sn.D


def checked(pairs, unknowns):
    return check_structure([implicit_equation(left, right) for left, right in pairs], unknowns)


@given(st.lists(st.lists(st.integers(0, 5), max_size=4, unique=True), min_size=1, max_size=6))
def test_matching_is_as_large_as_that_of_exhaustive_search(incidence):
    def best(equation, taken):
        if equation == len(incidence):
            return 0
        options = [best(equation + 1, taken)]
        options += [1 + best(equation + 1, taken | {j}) for j in incidence[equation] if j not in taken]
        return max(options)

    chosen = maximum_matching(incidence, 6)
    found = [j for j in chosen if j != -1]
    assert len(found) == len(set(found)) == best(0, frozenset())
    assert all(j in incidence[e] for e, j in enumerate(chosen) if j != -1)


@given(st.integers(1, 6), st.integers(0, 6), st.integers(0, 2**31))
def test_null_spaces_of_random_matrices(size, rank, seed):
    rng = np.random.default_rng(seed)
    rank = min(rank, size)
    matrix = rng.integers(-3, 4, (size, rank)) @ rng.integers(-3, 4, (rank, size)) * 1.0
    rows, columns = np.nonzero(matrix)
    left, right = null_spaces(rows, columns, matrix[rows, columns], size)
    expected = size - np.linalg.matrix_rank(matrix)
    for vectors, product in ((left, matrix.T), (right, matrix)):
        dense = np.zeros((len(vectors), size))
        for k, vector in enumerate(vectors):
            for place, value in vector:
                dense[k, place] = value
        assert len(vectors) == expected
        assert np.linalg.matrix_rank(dense) == expected if expected else len(dense) == 0
        assert np.abs(product @ dense.T).max(initial=0.0) < 1e-9


@pytest.mark.parametrize(
    ("rows", "unknowns", "index"),
    [
        ([([0], [0])], 1, 0),  # x' = x
        ([([0], [1]), ([], [0, 1])], 2, 1),  # x' = z, 0 = x + z
        ([([0], [1]), ([], [0])], 2, 2),  # x' = z, 0 = x
        ([([0], [1]), ([1], [2]), ([], [0])], 3, 3),  # x' = v, v' = F, 0 = x
        ([([0], [2]), ([1], [3]), ([2], [0, 4]), ([3], [1, 4]), ([], [0, 1])], 5, 3),  # the pendulum
        ([([0], [1]), ([1], [2]), ([2], [3]), ([], [0])], 4, 4),  # a chain of integrators run backwards
    ],
)
def test_structural_index(rows, unknowns, index):
    assert structural_index(rows, unknowns)[0] == index


def pendulum(constraint):
    return [(D(x), u), (D(y), v), (D(u), -T * x), (D(v), -T * y - 9.81), (0, constraint)]


def test_the_pendulum_has_index_three():
    message = r'index 3.*"0 = x\^2 \+ y\^2 - 1" binds.*what "T" must be.*2 times'
    with pytest.raises(HigherIndexError, match=message) as caught:
        checked(pendulum(x**2 + y**2 - 1), [x, y, u, v, T])
    assert caught.value.index == 3
    assert caught.value.equations == ("0 = x^2 + y^2 - 1",)
    assert caught.value.unknowns == ("T",)


def test_its_velocity_constraint_has_index_two_and_its_acceleration_index_one():
    with pytest.raises(HigherIndexError, match=r"index 2.*Differentiate it once"):
        checked(pendulum(u * x + v * y), [x, y, u, v, T])
    acceleration = u**2 + v**2 - T * (x**2 + y**2) - 9.81 * y
    assert checked(pendulum(acceleration), [x, y, u, v, T]).differentiation_index == 1


def test_a_hidden_constraint():
    # The value of z follows from the derivative of the second equation alone.
    with pytest.raises(HigherIndexError, match=r'index 2.*"0 = -sin\(t\) \+ x".*"z"'):
        checked([(D(x), z), (0, x - sn.sin(t))], [x, z])


def test_index_zero_and_one():
    assert checked([(D(x), y), (D(y), -x)], [x, y]).differentiation_index == 0
    assert checked([(D(x), z), (0, x + z**3 + z)], [x, z]).differentiation_index == 1
    assert checked([(D(x) + D(y), -x), (D(x) - 2 * D(y), y)], [x, y]).differentiation_index == 0


def test_a_singular_mass_matrix_without_empty_rows_has_index_one():
    joined = [(c * (D(u) - D(v)), -u), (c * (D(v) - D(u)), sn.sin(t) - v)]
    assert checked(joined, [u, v]).differentiation_index == 1
    assert checked([*joined, (z, u**2)], [u, v, z]).differentiation_index == 1


def test_equations_that_are_too_many_are_named():
    with pytest.raises(StructureError, match=r'"D\(x\) = x", "D\(y\) = y", "0 = x - y" are 3 for 2 unknowns') as caught:
        checked([(D(x), x), (D(y), y), (0, x - y)], [x, y])
    assert "0 = x - y" in caught.value.equations
    assert not isinstance(caught.value, HigherIndexError)


def test_unknowns_without_equations_are_named():
    with pytest.raises(StructureError, match=r'2 equations for 3 unknowns: none is left to determine "w"') as caught:
        checked([(D(x), x + z), (z, x)], [x, z, w])
    assert caught.value.unknowns == ("w",)
    with pytest.raises(StructureError, match=r'"z = x", "0 = -x\^2 \+ z" are 3 for 2 .*determine "w"'):
        checked([(D(x), x + z), (z, x), (0, z - x**2)], [x, z, w])


def test_an_equation_without_unknowns():
    with pytest.raises(StructureError, match=r'"0 = c" holds no unknown'):
        checked([(D(x), x), (0, c)], [x, z])
