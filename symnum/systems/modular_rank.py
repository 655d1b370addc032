"""The rank of an integer or rational matrix, by elimination modulo a random large prime.

Modulo a prime, numbers do not grow, so elimination costs what the pattern costs. The rank modulo a prime is never
larger than the rank over the rationals, and smaller only where the prime divides all of certain minors; how rarely a
random prime does so follows from Hadamard's bound. Sources: Schwartz, J. ACM 27 (1980) 701; Zippel, EUROSAM 1979.
"""

import random
from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import log2
from typing import Any, NamedTuple

__all__ = ["Rank", "SparseVector", "modular_rank", "random_prime"]

SparseVector = Sequence[tuple[int, Any]]
"""Places and values of the entries of a vector that are not zero; values are whole numbers or fractions."""

_LOW, _HIGH = 2**30, 2**31
_PRIMES_BETWEEN = 50_697_537
"""Number of primes between 2^30 and 2^31."""

_WITNESSES = (2, 3, 5, 7)
"""Bases for which the Miller-Rabin test is exact below 3,215,031,751."""


class Rank(NamedTuple):
    """A rank, and how sure it is.

    Attributes
    ----------
    value : int
        The rank modulo the prime: a lower bound of the rank over the rationals, and nearly always equal to it.
    certain : bool
        Whether it is proved to be the rank over the rationals, because an upper bound is reached.
    error_probability : float
        Upper bound of the probability that the rank over the rationals is larger; 0 where `certain`.
    prime : int
        The prime.
    """

    value: int
    certain: bool
    error_probability: float
    prime: int


def modular_rank(vectors: Iterable[SparseVector], upper_bound: int | None = None, seed: int | None = None) -> Rank:
    """Return the rank of sparse vectors with whole or rational entries.

    Parameters
    ----------
    vectors : iterable of SparseVector
        Each place at most once in a vector.
    upper_bound : int, optional
        A proved upper bound of the rank, such as the number of rows less that of known independent relations.
    seed : int, optional
        Of the choice of the prime; by default the system's randomness.

    Examples
    --------
    >>> modular_rank([[(0, 1), (1, -1)], [(1, 1), (2, -1)], [(0, 1), (2, -1)]]).value
    2
    """
    kept = [vector for vector in vectors if vector]
    places = len({i for vector in kept for i, _ in vector})
    bound = min(len(kept), places, places if upper_bound is None else upper_bound)
    prime = random_prime(seed)
    value = _rank_modulo(kept, prime, bound)
    certain = value == bound
    return Rank(value, certain, 0.0 if certain else _error_probability(kept, value, bound), prime)


def _rank_modulo(vectors: list[SparseVector], prime: int, bound: int) -> int:
    """Count the pivots of an elimination in which the latest place of each vector is tried first."""
    order = sorted(range(len(vectors)), key=lambda k: (max(i for i, _ in vectors[k]), len(vectors[k])))
    pivots: dict[int, list[tuple[int, int]]] = {}
    for k in order:
        row = {i: residue for i, c in vectors[k] if (residue := _residue(c, prime))}
        lead = _reduce(row, pivots, prime)
        if lead < 0:
            continue
        inverse = pow(row.pop(lead), -1, prime)
        pivots[lead] = [(i, prime - c * inverse % prime) for i, c in row.items()]
        if len(pivots) == bound:
            break
    return len(pivots)


def _reduce(row: dict[int, int], pivots: dict[int, list[tuple[int, int]]], prime: int) -> int:
    """Eliminate the places that have pivots, latest first; return the first place without one, or -1."""
    while row:
        lead = max(row)
        rest = pivots.get(lead)
        if rest is None:
            return lead
        factor = row.pop(lead)
        for i, c in rest:
            value = (row.get(i, 0) + factor * c) % prime
            if value:
                row[i] = value
            else:
                row.pop(i, None)
    return -1


def _residue(value: Any, prime: int) -> int:
    if isinstance(value, int):
        return value % prime
    exact = Fraction(value)  # a float is a fraction with a power of two below, which no odd prime divides
    return exact.numerator * pow(exact.denominator, -1, prime) % prime


def _error_probability(vectors: list[SparseVector], value: int, bound: int) -> float:
    """Bound the probability that a random prime divides a minor that is not zero, by its size.

    The largest minor that counts is at most the product of the Euclidean lengths of its vectors, so that few primes
    of 31 bits divide it. Fractions are counted with a generous allowance for their denominators.
    """
    lengths = sorted((_log2_length(vector) for vector in vectors), reverse=True)
    bits = sum(lengths[:bound])
    return min(1.0, bits / log2(_LOW) / _PRIMES_BETWEEN) if value < bound else 0.0


def _log2_length(vector: SparseVector) -> float:
    exact = [Fraction(c) for _, c in vector]
    below = sum(log2(c.denominator) for c in exact)
    return 0.5 * log2(sum(float(c) ** 2 for c in exact)) + below if exact else 0.0


def random_prime(seed: int | None = None) -> int:
    """Return a random prime between 2^30 and 2^31."""
    choose = random.SystemRandom() if seed is None else random.Random(seed)  # noqa: S311 - a seed is for repetition
    while True:
        candidate = choose.randrange(_LOW + 1, _HIGH, 2)
        if _is_prime(candidate):
            return candidate


def _is_prime(n: int) -> bool:
    """Miller-Rabin for odd numbers below 2^31, where it is exact."""
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in _WITNESSES:
        x = pow(base, odd, n)
        if x in (1, n - 1):
            continue
        for _ in range(twos - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True
