"""Reactions as flat arrays: `dy/dt = N v(y, p, t)`.

The right-hand side of a rule-generated network has tens of thousands of terms but few rate
constants and few distinct shapes, so importers hand it on as arrays, and terms are made only when
somebody looks at them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import ShapeError
from symnum.terms.canonical import add, make_product, make_sum, multiply
from symnum.terms.numbers import plus, times

__all__ = ["Fluxes"]


@dataclass(frozen=True, eq=False)
class Fluxes:
    """Reaction rates and net stoichiometry as arrays.

    Reaction ``r`` runs at ``constants[constant_index[r]] * prod(y[reactants])`` (mass action), or,
    where ``constant_index[r] == -1``, at the general term ``rates[r]``.

    Parameters
    ----------
    n_states : int
        Number of states.
    constants : tuple of term or number
        Distinct rate constants, free of states and time; statistical factors are part of them.
    constant_index : ndarray of int32, shape (n_reactions,)
        Index into `constants`, or -1 for a general rate.
    reactant_offsets : ndarray of int64, shape (n_reactions + 1,)
        Where the reactants of each reaction start in `reactants`.
    reactants : ndarray of int32
        State indices, repeated by multiplicity. Empty for a general rate.
    change_offsets : ndarray of int64, shape (n_reactions + 1,)
        Where the net changes of each reaction start in `change_states`.
    change_states : ndarray of int32
        States whose amount the reaction changes (never a fixed one), each once per reaction.
    change_values : ndarray of int64 or float64
        The net stoichiometric coefficients, never zero.
    rates : mapping of int to term
        The general rates, by reaction.
    """

    n_states: int
    constants: tuple[Any, ...]
    constant_index: NDArray[np.int32]
    reactant_offsets: NDArray[np.int64]
    reactants: NDArray[np.int32]
    change_offsets: NDArray[np.int64]
    change_states: NDArray[np.int32]
    change_values: NDArray[np.int64] | NDArray[np.float64]
    rates: Mapping[int, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n = len(self.constant_index)
        if len(self.reactant_offsets) != n + 1 or len(self.change_offsets) != n + 1:
            raise ShapeError(f"{n} reactions need offset arrays of {n + 1} entries.")

    @property
    def n_reactions(self) -> int:
        """Number of reactions."""
        return len(self.constant_index)

    def rate_terms(self, states: Sequence[Any]) -> list[Any]:
        """Return the rate of every reaction as a term."""
        monomials: dict[tuple[int, ...], Any] = {}
        starts = self.reactant_offsets.tolist()
        reactants = self.reactants.tolist()
        out = []
        for r, constant in enumerate(self.constant_index.tolist()):
            if constant < 0:
                out.append(self.rates[r])
                continue
            key = (constant, *sorted(reactants[starts[r] : starts[r + 1]]))
            term = monomials.get(key)
            if term is None:
                term = monomials[key] = self._monomial(key, states)
            out.append(term)
        return out

    def equations(self, states: Sequence[Any]) -> tuple[Any, ...]:
        """Return the right-hand side of every state as a canonical term.

        Parameters
        ----------
        states : sequence of Symbol
            One symbol per state.
        """
        from symnum.terms.interning import bulk

        with bulk():
            return self._equations(states)

    def _equations(self, states: Sequence[Any]) -> tuple[Any, ...]:
        rows: list[dict[Any, Any]] = [{} for _ in range(self.n_states)]
        general: list[list[Any]] = [[] for _ in range(self.n_states)]
        numbers: list[Any] = [0] * self.n_states
        offsets = self.change_offsets.tolist()
        changed = self.change_states.tolist()
        values = self.change_values.tolist()
        for r, (coefficient, monomial) in enumerate(self._split_rates(states)):
            for j in range(offsets[r], offsets[r + 1]):
                i = changed[j]
                value = values[j]
                if coefficient is None:
                    general[i].append(multiply((value, monomial)))
                elif monomial is None:
                    numbers[i] = plus(numbers[i], times(coefficient, value))
                else:
                    row = rows[i]
                    scaled = times(coefficient, value)
                    old = row.get(monomial)
                    row[monomial] = scaled if old is None else plus(old, scaled)
        return tuple(
            add((make_sum(row, k), *extra)) if extra else make_sum(row, k)
            for row, extra, k in zip(rows, general, numbers, strict=True)
        )

    def _split_rates(self, states: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
        """Yield each reaction's rate as (coefficient, monomial); equal monomials are made once."""
        constants = [_split(constant) for constant in self.constants]
        starts = self.reactant_offsets.tolist()
        reactants = self.reactants.tolist()
        known: dict[tuple[int, ...], tuple[Any, Any]] = {}
        for r, constant in enumerate(self.constant_index.tolist()):
            if constant < 0:
                yield _split(self.rates[r])
                continue
            key = (constant, *reactants[starts[r] : starts[r + 1]])
            pair = known.get(key)
            if pair is None:
                pair = known[key] = _with_reactants(constants[constant], [states[i] for i in key[1:]])
            yield pair

    def equation(self, state: int, states: Sequence[Any]) -> Any:
        """Return the right-hand side of one state as a canonical term.

        Parameters
        ----------
        state : int
            Index of the state.
        states : sequence of Symbol
            One symbol per state.
        """
        hits = np.flatnonzero(self.change_states == state)
        reactions = np.searchsorted(self.change_offsets, hits, side="right") - 1
        counts = np.diff(self.reactant_offsets)[reactions]
        starts = self.reactant_offsets[reactions]
        offsets = np.concatenate(([0], np.cumsum(counts)))
        taken = np.repeat(starts - offsets[:-1], counts) + np.arange(offsets[-1])
        part = Fluxes(
            n_states=1,
            constants=self.constants,
            constant_index=self.constant_index[reactions],
            reactant_offsets=offsets,
            reactants=self.reactants[taken],
            change_offsets=np.arange(len(hits) + 1),
            change_states=np.zeros(len(hits), dtype=np.int32),
            change_values=self.change_values[hits],
            rates={i: self.rates[r] for i, r in enumerate(reactions.tolist()) if r in self.rates},
        )
        return part.equations(states)[0]

    def _monomial(self, key: tuple[int, ...], states: Sequence[Any]) -> Any:
        constant = self.constants[key[0]]
        factors: dict[Any, Any] = {}
        for state in key[1:]:
            symbol = states[state]
            factors[symbol] = factors.get(symbol, 0) + 1
        return multiply((constant, make_product(factors, 1)))


def _split(rate: Any) -> tuple[Any, Any]:
    """Split a rate into (coefficient, coefficient-free monomial).

    A number gives (number, None), a sum (None, sum): it must be added as it is.
    """
    from symnum.terms.canonical import Product, Sum

    if isinstance(rate, Product):
        return (1, rate) if rate.monic is None else (rate.coefficient, rate.monic)
    if isinstance(rate, Sum):
        return None, rate
    if isinstance(rate, int | float | Fraction):
        return rate, None
    return 1, rate


def _with_reactants(constant: tuple[Any, Any], reactants: list[Any]) -> tuple[Any, Any]:
    """Multiply a split rate constant by species."""
    from symnum.terms.canonical import Product

    coefficient, monic = constant
    if not reactants:
        return constant
    if coefficient is None:  # a sum becomes a factor
        return _split(multiply((monic, *reactants)))
    factors: dict[Any, Any] = {}
    if monic.__class__ is Product:
        factors.update(monic.factors)
    elif monic is not None:
        factors[monic] = 1
    for species in reactants:
        factors[species] = factors.get(species, 0) + 1
    return coefficient, make_product(factors, 1)
