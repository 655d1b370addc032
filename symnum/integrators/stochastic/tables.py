"""The tables of reactions that all engines read, made once for a model."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from symnum.errors import UnsupportedError
from symnum.integrators.stochastic import layout as at

__all__ = ["GroupKernel", "JumpTables", "make_tables"]

Whole = NDArray[np.int32]

_MOST_DEPENDENTS = 2**31 - 1


class GroupKernel(Protocol):
    """General rates that are evaluated together.

    Attributes
    ----------
    reactions : sequence of int
        Whose rates the kernel writes, in this order.
    address : int
        Of ``int32 kernel(double t, const double* y, const double* p, void* context, double* out)``.
    is_timed : bool
        Whether time is in one of them.
    """

    @property
    def reactions(self) -> Sequence[int]:
        """Whose rates the kernel writes."""

    @property
    def address(self) -> int:
        """Address of the kernel."""

    @property
    def is_timed(self) -> bool:
        """Whether time is in one of them."""


@dataclass(frozen=True, eq=False)
class JumpTables:
    """Arrays as described in `symnum.integrators.stochastic.layout`; nobody writes them after they are made.

    Attributes
    ----------
    n_states, n_reactions : int
    heads, partners : ndarray of int32
    numbers : ndarray of float64, shape (n_reactions,)
        The number d of each simple reaction's coefficients.
    change_states, dependents, group_dependents, reactant_starts, reactants, multiplicities : ndarray of int32
    change_values : ndarray of float64
    group_reactions, reader_starts, readers : ndarray of int32
    groups : tuple of GroupKernel
    constant_index : ndarray of int32
        Which of the rate constants each reaction has; -1 for a general rate.
    """

    n_states: int
    n_reactions: int
    heads: Whole
    partners: Whole
    numbers: NDArray[np.float64]
    change_states: Whole
    change_values: NDArray[np.float64]
    dependents: Whole
    group_dependents: Whole
    reactant_starts: Whole
    reactants: Whole
    multiplicities: Whole
    group_reactions: Whole
    reader_starts: Whole
    readers: Whole
    groups: tuple[GroupKernel, ...]
    constant_index: Whole

    @property
    def is_timed(self) -> bool:
        """Whether time is in some propensity."""
        return any(group.is_timed for group in self.groups)

    @cached_property
    def addresses(self) -> list[tuple[int, int]]:
        """Places in an engine's integers, and what stands there."""
        arrays: list[tuple[int, NDArray[Any]]] = [
            (at.I_HEADS, self.heads),
            (at.I_PARTNERS, self.partners),
            (at.I_CHANGE_STATES, self.change_states),
            (at.I_CHANGE_VALUES, self.change_values),
            (at.I_DEPENDENTS, self.dependents),
            (at.I_GROUP_DEPENDENTS, self.group_dependents),
            (at.I_REACTANT_STARTS, self.reactant_starts),
            (at.I_REACTANTS, self.reactants),
            (at.I_MULTIPLICITIES, self.multiplicities),
            (at.I_GROUP_REACTIONS, self.group_reactions),
            (at.I_READER_STARTS, self.reader_starts),
            (at.I_READERS, self.readers),
        ]
        sizes = [
            (at.I_STATES, self.n_states),
            (at.I_REACTIONS, self.n_reactions),
            (at.I_GROUPS, len(self.groups)),
        ]
        return sizes + [(place, int(array.ctypes.data)) for place, array in arrays]

    def coefficients(self, constants: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the table of constants and numbers for values of the rate constants, shape (n_reactions, 2)."""
        table = np.zeros((max(self.n_reactions, 1), 2))
        known = self.constant_index >= 0
        table[: self.n_reactions, 0][known] = constants[self.constant_index[known]]
        table[: self.n_reactions, 1] = self.numbers
        return table


def make_tables(
    propensities: Any, groups: Sequence[GroupKernel], simple: NDArray[np.bool_] | None = None
) -> JumpTables:
    """Lay out the tables of a system.

    Parameters
    ----------
    propensities : Propensities
        See `symnum.systems.propensities`.
    groups : sequence of GroupKernel
        Between them, all general rates.
    simple : ndarray of bool, optional
        Reactions that may be evaluated without a check of the value; all by default. Those with a constant that is
        negative or no number must be checked.

    Raises
    ------
    UnsupportedError
        If the tables would have more than 2^31 entries.
    """
    p = propensities
    n = p.n_reactions
    if p.dependents_bound > _MOST_DEPENDENTS:
        raise UnsupportedError(f"The dependency graph of {n} reactions has more than 2^31 edges.")
    partners, numbers, kinds = _simple_forms(p)
    if simple is not None:
        kinds[~simple & (kinds == at.SIMPLE)] = at.FACTORIAL
    heads, dependents, group_dependents = _dependents(p, kinds, groups)
    readers = p.readers
    members = [r for group in groups for r in group.reactions]
    return JumpTables(
        n_states=p.n_states,
        n_reactions=n,
        heads=heads,
        partners=partners,
        numbers=numbers,
        change_states=_some(p.change_states),
        change_values=_some(p.change_values, np.float64),
        dependents=dependents,
        group_dependents=group_dependents,
        reactant_starts=_some(p.reactant_offsets),
        reactants=_some(p.reactants),
        multiplicities=_some(p.multiplicities),
        group_reactions=_some(np.array(members)),
        reader_starts=_some(readers.offsets),
        readers=_some(readers.members),
        groups=tuple(groups),
        constant_index=np.asarray(p.constant_index, np.int32),
    )


def _some(values: Any, kind: Any = np.int32) -> NDArray[Any]:
    """Return a contiguous array that is never empty, so that it has an address."""
    array = np.ascontiguousarray(values, kind)
    return array if array.size else np.zeros(1, kind)


def _simple_forms(p: Any) -> tuple[Whole, NDArray[np.float64], Whole]:
    """Return two places and a number for each reaction that has the simple form, and the kinds."""
    n = p.n_reactions
    partners = np.full((max(n, 1), 2), p.n_states, np.int32)
    numbers = np.zeros(n)
    kinds = np.full(n, at.SIMPLE, np.int32)
    starts = p.reactant_offsets[:-1]
    distinct = np.diff(p.reactant_offsets)
    order = np.zeros(n, np.int64)
    np.add.at(order, np.repeat(np.arange(n), distinct), p.multiplicities)
    kinds[order > 2] = at.FACTORIAL
    kinds[p.constant_index < 0] = at.GENERAL
    one = kinds == at.SIMPLE
    for size in (1, 2):
        rows = np.flatnonzero(one & (distinct == size))
        for place in range(size):
            partners[rows, place] = p.reactants[starts[rows] + place]
    twice = np.flatnonzero(one & (distinct == 1) & (order == 2))
    partners[twice, 1] = partners[twice, 0]
    numbers[twice] = 1.0
    return partners, numbers, kinds


def _dependents(p: Any, kinds: Whole, groups: Sequence[GroupKernel]) -> tuple[Whole, Whole, Whole]:
    """Return the heads, and the dependents of all distinct sets of changes: simple ones first, then groups."""
    group_of = np.full(p.n_reactions, -1, np.int32)
    for number, group in enumerate(groups):
        group_of[list(group.reactions)] = number
    index, sets = p.change_sets
    rows, parts, group_parts = [], [], []
    here = group_here = 0
    for k in range(len(sets)):
        found = p.dependents[k]
        simple, factorial = found[kinds[found] == at.SIMPLE], found[kinds[found] == at.FACTORIAL]
        changed = np.unique(group_of[found[kinds[found] == at.GENERAL]])
        middle, end = here + len(simple), here + len(simple) + len(factorial)
        rows.append((here, middle, end, group_here, group_here + len(changed)))
        parts += [simple, factorial]
        group_parts.append(changed)
        here, group_here = end, group_here + len(changed)
    heads = np.zeros((max(p.n_reactions, 1), 8), np.int32)
    heads[: p.n_reactions, 0], heads[: p.n_reactions, 1] = p.change_offsets[:-1], p.change_offsets[1:]
    if p.n_reactions:
        heads[:, 2:7] = np.array(rows, np.int32)[index]
        others = (heads[:, 3] != heads[:, 4]) | (heads[:, 5] != heads[:, 6])
        heads[:, 7] = kinds + at.HAS_OTHERS * others
    none = [np.zeros(0, np.int32)]
    return heads, _some(np.concatenate(none + parts)), _some(np.concatenate(none + group_parts))
