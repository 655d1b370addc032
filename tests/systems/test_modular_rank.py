"""The rank modulo a random prime: right, and honest about how sure it is."""

from fractions import Fraction
from math import isqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symnum.systems.modular_rank import modular_rank, random_prime

vectors = st.lists(st.dictionaries(st.integers(0, 5), st.integers(-9, 9).filter(bool), max_size=4), max_size=7)


@settings(max_examples=20)
@given(vectors, st.integers(0, 1000))
def test_rank_of_a_matrix_and_of_its_transpose(columns, seed):
    transposed = {}
    for k, column in enumerate(columns):
        for i, value in column.items():
            transposed.setdefault(i, {})[k] = value
    first = modular_rank([list(c.items()) for c in columns], seed=seed)
    second = modular_rank([list(c.items()) for c in transposed.values()])
    assert first.value == second.value


def test_fractions_and_proof():
    third = Fraction(1, 3)
    same = [[(0, 1), (1, third)], [(0, 3), (1, 1)]]
    found = modular_rank(same)
    assert found.value == 1
    assert not found.certain
    assert 0 < found.error_probability < 1e-5
    assert modular_rank(same, upper_bound=1).certain
    assert modular_rank([[(0, 1), (1, third)], [(0, 2), (1, 1)]]).certain


def test_numbers_that_the_prime_divides_are_lost():
    prime = random_prime(seed=7)
    found = modular_rank([[(0, prime)]], seed=7)
    assert found.value == 0
    assert not found.certain
    assert found.error_probability > 0


def test_empty():
    assert modular_rank([]).value == 0
    assert modular_rank([[]]).certain


@pytest.mark.parametrize("seed", range(5))
def test_primes(seed):
    prime = random_prime(seed)
    assert 2**30 < prime < 2**31
    assert all(prime % d for d in range(2, isqrt(prime) + 1))
