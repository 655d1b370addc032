"""Reaction propensities as flat arrays: how likely each reaction is to happen next, and what it changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import ShapeError
from symnum.systems.fluxes import Fluxes

__all__ = ["Propensities", "Readers"]

Offsets = NDArray[np.int64]
Indices = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Readers:
    """Lists of indices, one after another: those of row i lie in ``members[offsets[i]:offsets[i + 1]]``.

    Attributes
    ----------
    offsets : ndarray of int64
    members : ndarray of int32
    """

    offsets: Offsets
    members: Indices

    def __getitem__(self, row: int) -> Indices:
        return self.members[self.offsets[row] : self.offsets[row + 1]]

    def __len__(self) -> int:
        return len(self.offsets) - 1


@dataclass(frozen=True, eq=False)
class Propensities:
    """Propensities and net changes of reactions.

    With populations X, a reaction of mass action happens at ``constant * X_i (X_i - 1)...`` (a falling factorial for
    each reactant), where the constant contains 1/n! if the network divides by it, and statistical factors. Other
    reactions happen at the general rate as written.

    Parameters
    ----------
    n_states : int
        Number of states.
    constants : tuple of term or number
        Distinct rate constants, free of states and time.
    constant_index : ndarray of int32, shape (n_reactions,)
        Index into `constants`, or -1 for a general rate.
    reactant_offsets : ndarray of int64, shape (n_reactions + 1,)
        Where the reactants of each reaction start in `reactants`.
    reactants : ndarray of int32
        Distinct states of each reaction of mass action, ascending. Empty for a general rate.
    multiplicities : ndarray of int32
        How many of each reactant are taken.
    change_offsets : ndarray of int64, shape (n_reactions + 1,)
        Where the net changes of each reaction start in `change_states`.
    change_states : ndarray of int32
        States that the reaction changes, each once per reaction, ascending.
    change_values : ndarray of int64
        By how much; never zero.
    rates : mapping of int to term
        The general rates, by reaction.
    reads : Readers
        The states that each propensity depends on.
    time_dependent : ndarray of bool, shape (n_reactions,)
        Whether time appears in the propensity.
    """

    n_states: int
    constants: tuple[Any, ...]
    constant_index: Indices
    reactant_offsets: Offsets
    reactants: Indices
    multiplicities: Indices
    change_offsets: Offsets
    change_states: Indices
    change_values: NDArray[np.int64]
    rates: Mapping[int, Any]
    reads: Readers
    time_dependent: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))

    def __post_init__(self) -> None:
        n = len(self.constant_index)
        if len(self.reactant_offsets) != n + 1 or len(self.change_offsets) != n + 1 or len(self.reads) != n:
            raise ShapeError(f"{n} reactions need offset arrays of {n + 1} entries.")

    @classmethod
    def from_fluxes(cls, fluxes: Fluxes, states: Sequence[Any], independent: Any) -> "Propensities":
        """Return the propensities whose large-number limit the fluxes are.

        Parameters
        ----------
        fluxes : Fluxes
            Reactants of mass action are taken with their multiplicities; general rates as they are.
        states : sequence of Symbol
            One symbol per state.
        independent : Symbol
            Time.

        Raises
        ------
        ShapeError
            If a net change is no whole number.
        """
        changes = np.asarray(fluxes.change_values)
        whole = np.rint(changes).astype(np.int64)
        if np.any(whole != changes):
            raise ShapeError("Populations change by whole numbers; a reaction with a fraction has no propensity.")
        offsets, reactants, multiplicities = _distinct(fluxes.reactant_offsets, fluxes.reactants, fluxes.n_states)
        reads, timed = _reads(offsets, reactants, fluxes.rates, states, independent)
        return cls(
            n_states=fluxes.n_states,
            constants=fluxes.constants,
            constant_index=np.asarray(fluxes.constant_index, np.int32),
            reactant_offsets=offsets,
            reactants=reactants,
            multiplicities=multiplicities,
            change_offsets=np.asarray(fluxes.change_offsets, np.int64),
            change_states=np.asarray(fluxes.change_states, np.int32),
            change_values=whole,
            rates=dict(fluxes.rates),
            reads=reads,
            time_dependent=timed,
        )

    @property
    def n_reactions(self) -> int:
        """Number of reactions."""
        return len(self.constant_index)

    @cached_property
    def readers(self) -> Readers:
        """For each state, the reactions whose propensity depends on it, ascending."""
        reaction = np.repeat(np.arange(self.n_reactions, dtype=np.int32), np.diff(self.reads.offsets))
        order = np.argsort(self.reads.members, kind="stable")
        offsets = np.zeros(self.n_states + 1, np.int64)
        np.cumsum(np.bincount(self.reads.members, minlength=self.n_states), out=offsets[1:])
        return Readers(offsets, reaction[order])

    @cached_property
    def change_sets(self) -> tuple[Indices, Readers]:
        """Distinct sets of changed states: which of them each reaction changes, and the states of each set."""
        numbers: dict[tuple[int, ...], int] = {}
        starts, states = self.change_offsets.tolist(), self.change_states.tolist()
        index = np.zeros(self.n_reactions, np.int32)
        for r in range(self.n_reactions):
            index[r] = numbers.setdefault(tuple(states[starts[r] : starts[r + 1]]), len(numbers))
        offsets = np.cumsum([0, *(len(key) for key in numbers)]).astype(np.int64)
        return index, Readers(offsets, np.array([s for key in numbers for s in key], np.int32))

    @property
    def dependents_bound(self) -> int:
        """At most so many entries has `dependents`: a large network is better served by `readers` alone."""
        _, sets = self.change_sets
        return int(np.sum(np.diff(self.readers.offsets)[sets.members]))

    @cached_property
    def dependents(self) -> Readers:
        """For each of the distinct sets of `change_sets`, the reactions whose propensity changes, ascending."""
        _, sets = self.change_sets
        readers = self.readers
        parts = []
        for k in range(len(sets)):
            lists = [readers[int(s)] for s in sets[k]]
            parts.append(np.unique(np.concatenate(lists)) if lists else np.zeros(0, np.int32))
        offsets = np.cumsum([0, *map(len, parts)]).astype(np.int64)
        return Readers(offsets, np.concatenate([*parts, np.zeros(0, np.int32)]).astype(np.int32))

    def dependents_of(self, reaction: int) -> Indices:
        """Return the reactions whose propensity may change when `reaction` happens, ascending."""
        return self.dependents[int(self.change_sets[0][reaction])]

    def rate_terms(self, states: Sequence[Any]) -> list[Any]:
        """Return every propensity as a term.

        Parameters
        ----------
        states : sequence of Symbol
            One symbol per state.
        """
        from symnum.terms.canonical import multiply

        out = []
        starts = self.reactant_offsets.tolist()
        for r, constant in enumerate(self.constant_index.tolist()):
            if constant < 0:
                out.append(self.rates[r])
                continue
            factors = [self.constants[constant]]
            for k in range(starts[r], starts[r + 1]):
                x = states[self.reactants[k]]
                factors += [x if m == 0 else x - m for m in range(int(self.multiplicities[k]))]
            out.append(multiply(tuple(factors)))
        return out


def _distinct(offsets: Offsets, reactants: Indices, n_states: int) -> tuple[Offsets, Indices, Indices]:
    """Turn repeated reactants into distinct ones with multiplicities."""
    n = len(offsets) - 1
    width = max(n_states, 1)
    owner = np.repeat(np.arange(n, dtype=np.int64), np.diff(offsets))
    keys, counts = np.unique(owner * width + reactants, return_counts=True)
    starts = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(keys // width, minlength=n), out=starts[1:])
    return starts, (keys % width).astype(np.int32), counts.astype(np.int32)


def _reads(
    offsets: Offsets, reactants: Indices, rates: Mapping[int, Any], states: Sequence[Any], independent: Any
) -> tuple[Readers, NDArray[np.bool_]]:
    """Return the states that each propensity depends on, and whether time is in it."""
    n = len(offsets) - 1
    timed = np.zeros(n, np.bool_)
    if not rates:
        return Readers(offsets, reactants), timed
    from symnum.terms.traverse import free_symbols

    numbers = {s: i for i, s in enumerate(states)}
    lists = [reactants[offsets[r] : offsets[r + 1]] for r in range(n)]
    for r, rate in rates.items():
        if isinstance(rate, int | float | np.number):
            continue
        free = free_symbols(rate)
        timed[r] = independent in free
        lists[r] = np.array(sorted(numbers[s] for s in free if s in numbers), np.int32)
    starts = np.cumsum([0, *map(len, lists)]).astype(np.int64)
    return Readers(starts, np.concatenate([*lists, np.zeros(0, np.int32)]).astype(np.int32)), timed
