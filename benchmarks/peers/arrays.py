"""A mass-action network as index arrays, with its sparse Jacobian pattern: what compiled peers loop over."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from peers.bionetgen import Network, split_rate

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ReactionArrays:
    """Reactions with at most two reactants, as flat arrays.

    ``first`` and ``second`` index the state extended by a constant one (index `size`), so that every rate is
    ``factor * p[parameter] * y[first] * y[second]``.
    """

    size: int
    first: Ints
    second: Ints
    factor: Floats
    parameter: Ints
    parameter_values: Floats
    # net stoichiometry, one entry per changed species, grouped by reaction
    change_start: Ints
    change_species: Ints
    change_amount: Floats

    @property
    def rate_constants(self) -> Floats:
        """Statistical factor times parameter value of each reaction."""
        return np.asarray(self.factor * self.parameter_values[self.parameter])


def reaction_arrays(network: Network) -> ReactionArrays:
    """Flatten a network whose reactions have at most two reactants."""
    size = len(network.species)
    names = {name: index for index, name in enumerate(network.parameters)}
    first, second, factor, parameter = [], [], [], []
    start, species, amount = [0], [], []
    for reactants, products, rate in network.reactions:
        if len(reactants) > 2:
            raise ValueError("more than two reactants")
        a, b = (*reactants, size, size)[:2]
        scale, name = split_rate(rate, network.parameters)
        first.append(a)
        second.append(b)
        factor.append(scale)
        parameter.append(names[name])
        change = Counter(products)
        change.subtract(reactants)
        for index, value in change.items():
            if value and index not in network.fixed:
                species.append(index)
                amount.append(value)
        start.append(len(species))
    return ReactionArrays(
        size=size,
        first=np.array(first, np.int32),
        second=np.array(second, np.int32),
        factor=np.array(factor),
        parameter=np.array(parameter, np.int32),
        parameter_values=np.array(list(network.parameters.values())),
        change_start=np.array(start, np.int32),
        change_species=np.array(species, np.int32),
        change_amount=np.array(amount, float),
    )


@dataclass(frozen=True)
class MergedTerms:
    """Right-hand side and Jacobian after like terms are merged with numeric parameters.

    ``dy = matrix @ monomials`` with ``monomials[m] = y[first[m]] * y[second[m]]``; the value of the
    Jacobian's CSC entry e is the sum over its terms of ``coefficient * y[other]`` (``y[size]`` is again one).
    """

    size: int
    first: Ints
    second: Ints
    matrix: sp.csr_matrix
    pattern: sp.csc_matrix
    entry_start: Ints
    entry_other: Ints
    entry_coefficient: Floats


def merge_terms(arrays: ReactionArrays) -> MergedTerms:
    """Merge equal monomials per row, and equal derivative terms per Jacobian entry."""
    size = arrays.size
    low, high = np.minimum(arrays.first, arrays.second), np.maximum(arrays.first, arrays.second)
    keys, monomial = np.unique(low.astype(np.int64) * (size + 1) + high, return_inverse=True)
    reaction = np.repeat(np.arange(low.size), np.diff(arrays.change_start))
    values = arrays.change_amount * arrays.rate_constants[reaction]
    matrix = sp.csr_matrix((values, (arrays.change_species, monomial[reaction])), (size, keys.size))
    matrix.sum_duplicates()
    first, second = (keys // (size + 1)).astype(np.int32), (keys % (size + 1)).astype(np.int32)

    terms = matrix.tocoo()
    rows = np.concatenate([terms.row, terms.row])
    columns = np.concatenate([first[terms.col], second[terms.col]])
    others = np.concatenate([second[terms.col], first[terms.col]])
    coefficients = np.concatenate([terms.data, terms.data])
    keep = columns < size
    rows, columns, others, coefficients = rows[keep], columns[keep], others[keep], coefficients[keep]
    order = np.lexsort((others, rows, columns))
    rows, columns, others, coefficients = rows[order], columns[order], others[order], coefficients[order]
    new = np.ones(rows.size, bool)
    new[1:] = (rows[1:] != rows[:-1]) | (columns[1:] != columns[:-1])
    starts = np.flatnonzero(new)
    indptr = np.searchsorted(columns[starts], np.arange(size + 1)).astype(np.int32)
    pattern = sp.csc_matrix((np.ones(starts.size), rows[starts].astype(np.int32), indptr), (size, size))
    return MergedTerms(
        size=size,
        first=first,
        second=second,
        matrix=matrix,
        pattern=pattern,
        entry_start=np.append(starts, rows.size).astype(np.int32),
        entry_other=others.astype(np.int32),
        entry_coefficient=coefficients,
    )
