"""Reactions as flat arrays: `dy/dt = N v(y, p, t)`.

The right-hand side of a rule-generated network has tens of thousands of terms but few rate
constants and few distinct shapes, so importers hand it on as arrays, and terms are made only when
somebody looks at them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import ShapeError
from symnum.terms.canonical import add, make_product, make_sum, multiply

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
        rows: list[dict[Any, Any]] = [{} for _ in range(self.n_states)]
        general: list[list[Any]] = [[] for _ in range(self.n_states)]
        constants: list[Any] = [0] * self.n_states
        offsets = self.change_offsets.tolist()
        changed = self.change_states.tolist()
        values = self.change_values.tolist()
        split: dict[int, tuple[Any, Any]] = {}
        for r, rate in enumerate(self.rate_terms(states)):
            key = id(rate)
            pair = split.get(key)
            if pair is None:
                pair = split[key] = _split(rate)
            coefficient, monomial = pair
            for j in range(offsets[r], offsets[r + 1]):
                i = changed[j]
                if monomial is None:
                    constants[i] += coefficient * values[j]
                elif coefficient is None:
                    general[i].append(multiply((values[j], rate)))
                else:
                    row = rows[i]
                    row[monomial] = row.get(monomial, 0) + coefficient * values[j]
        return tuple(
            add((make_sum(row, k), *extra)) if extra else make_sum(row, k)
            for row, extra, k in zip(rows, general, constants, strict=True)
        )

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

    A number gives (number, None), a sum (None, None) stand-in: it must be added as it is.
    """
    from symnum.terms.canonical import Product, Sum

    if isinstance(rate, Product):
        if rate.coefficient == 1 and type(rate.coefficient) is int:
            return 1, rate
        return rate.coefficient, make_product(dict(rate.factors), 1)
    if isinstance(rate, Sum):
        return None, rate
    if isinstance(rate, int | float) or not hasattr(rate, "__hash__"):
        return rate, None
    from fractions import Fraction

    if isinstance(rate, Fraction):
        return rate, None
    return 1, rate
