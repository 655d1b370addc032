"""Right-hand side and Jacobian of a mass-action network as plain Numba loops over tables."""

from collections.abc import Callable

import numba
import numpy as np

from peers.arrays import Floats, Ints, MergedTerms, ReactionArrays


@numba.njit(cache=False)
def _reaction_loop(
    y: Floats, p: Floats, out: Floats, first: Ints, second: Ints, factor: Floats, parameter: Ints,
    start: Ints, species: Ints, amount: Floats,
) -> None:  # fmt: skip
    size = out.size
    out[:] = 0.0
    for r in range(first.size):
        rate = factor[r] * p[parameter[r]] * y[first[r]]
        if second[r] < size:
            rate *= y[second[r]]
        for e in range(start[r], start[r + 1]):
            out[species[e]] += amount[e] * rate


@numba.njit(cache=False)
def _merged_rhs(
    y: Floats, out: Floats, extended: Floats, monomials: Floats, first: Ints, second: Ints,
    indptr: Ints, indices: Ints, data: Floats,
) -> None:  # fmt: skip
    extended[: y.size] = y
    for m in range(first.size):
        monomials[m] = extended[first[m]] * extended[second[m]]
    for i in range(out.size):
        total = 0.0
        for e in range(indptr[i], indptr[i + 1]):
            total += data[e] * monomials[indices[e]]
        out[i] = total


@numba.njit(cache=False)
def _merged_jacobian(
    y: Floats, out: Floats, extended: Floats, start: Ints, other: Ints, coefficient: Floats
) -> None:
    extended[: y.size] = y
    for e in range(out.size):
        total = 0.0
        for k in range(start[e], start[e + 1]):
            total += coefficient[k] * extended[other[k]]
        out[e] = total


def reaction_loop(arrays: ReactionArrays) -> Callable[[Floats, Floats, Floats], None]:
    """``f(y, p, out)`` with parameters left free: one pass over the reactions.

    `y` may hold one more entry than there are states; first reactant indices of sources point at it.
    """
    a = arrays
    tables = (a.first, a.second, a.factor, a.parameter, a.change_start, a.change_species, a.change_amount)

    def rhs(y: Floats, p: Floats, out: Floats) -> None:
        _reaction_loop(y, p, out, *tables)

    return rhs


def merged_rhs(terms: MergedTerms) -> Callable[[Floats, Floats], None]:
    """``f(y, out)`` with numeric parameters folded in: monomials once, then a sparse matrix product."""
    extended, monomials = np.ones(terms.size + 1), np.empty(terms.first.size)
    matrix = terms.matrix

    def rhs(y: Floats, out: Floats) -> None:
        _merged_rhs(
            y, out, extended, monomials, terms.first, terms.second, matrix.indptr, matrix.indices, matrix.data
        )

    return rhs


def merged_jacobian(terms: MergedTerms) -> Callable[[Floats, Floats], None]:
    """``jac(y, values)``: the values of ``terms.pattern`` in CSC order, parameters folded in."""
    extended = np.ones(terms.size + 1)

    def jacobian(y: Floats, values: Floats) -> None:
        _merged_jacobian(y, values, extended, terms.entry_start, terms.entry_other, terms.entry_coefficient)

    return jacobian
