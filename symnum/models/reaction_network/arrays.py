"""Reactions as flat arrays, as a person or a file wrote them: both sides, the rate, its meaning."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import factorial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import ShapeError
from symnum.systems.fluxes import Fluxes

__all__ = ["ReactionArrays", "net_changes", "to_fluxes"]


@dataclass(frozen=True, eq=False)
class ReactionArrays:
    """All reactions of a network.

    Parameters
    ----------
    reactant_offsets, product_offsets : ndarray of int64, shape (n_reactions + 1,)
        Where each reaction's entries start in `reactants` and `products`.
    reactants, products : ndarray of int32
        Indices of species, repeated by stoichiometric coefficient.
    rates : tuple of term or number
        The distinct rate expressions, as written.
    rate_index : ndarray of int32, shape (n_reactions,)
        Which of `rates` each reaction has.
    mass_action : ndarray of bool, shape (n_reactions,)
        Whether the rate is multiplied by the reactants (`-->`) or is complete (`=>`).
    names : mapping of int to str
        Names of reactions that have one.
    """

    reactant_offsets: NDArray[np.int64]
    reactants: NDArray[np.int32]
    product_offsets: NDArray[np.int64]
    products: NDArray[np.int32]
    rates: tuple[Any, ...]
    rate_index: NDArray[np.int32]
    mass_action: NDArray[np.bool_]
    names: Mapping[int, str]

    def __post_init__(self) -> None:
        n = len(self.rate_index)
        if (
            len(self.reactant_offsets) != n + 1
            or len(self.product_offsets) != n + 1
            or len(self.mass_action) != n
        ):
            raise ShapeError(f"The arrays of {n} reactions do not fit together.")

    @property
    def n_reactions(self) -> int:
        """Number of reactions."""
        return len(self.rate_index)

    def reactants_of(self, reaction: int) -> list[int]:
        """Species consumed by one reaction, repeated by coefficient."""
        out: list[int] = self.reactants[
            self.reactant_offsets[reaction] : self.reactant_offsets[reaction + 1]
        ].tolist()
        return out

    def products_of(self, reaction: int) -> list[int]:
        """Species produced by one reaction, repeated by coefficient."""
        out: list[int] = self.products[
            self.product_offsets[reaction] : self.product_offsets[reaction + 1]
        ].tolist()
        return out

    def same_as(self, other: "ReactionArrays") -> bool:
        """Whether two sets of reactions are written alike."""
        return (
            self.n_reactions == other.n_reactions
            and all(
                np.array_equal(getattr(self, field), getattr(other, field))
                for field in ("reactant_offsets", "reactants", "product_offsets", "products", "mass_action")
            )
            and dict(self.names) == dict(other.names)
            and all(
                self.rates[i] == other.rates[j] and type(self.rates[i]) is type(other.rates[j])
                for i, j in set(zip(self.rate_index.tolist(), other.rate_index.tolist(), strict=True))
            )
        )


def net_changes(
    arrays: ReactionArrays, n_species: int, fixed: frozenset[int] = frozenset()
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
    """Return offsets, species and coefficients of the net change of every reaction.

    Parameters
    ----------
    arrays : ReactionArrays
        The reactions.
    n_species : int
        Number of species.
    fixed : frozenset of int
        Species whose amount no reaction changes.

    Returns
    -------
    offsets : ndarray of int64, shape (n_reactions + 1,)
    species : ndarray of int32
        Ascending within a reaction, each once.
    values : ndarray of int64
        Never zero.
    """
    n = arrays.n_reactions
    reaction = np.arange(n, dtype=np.int64)
    owner = np.concatenate(
        (
            np.repeat(reaction, np.diff(arrays.reactant_offsets)),
            np.repeat(reaction, np.diff(arrays.product_offsets)),
        )
    )
    species = np.concatenate((arrays.reactants, arrays.products)).astype(np.int64)
    sign = np.ones(len(species), dtype=np.int64)
    sign[: len(arrays.reactants)] = -1
    if fixed:
        free = ~np.isin(species, np.fromiter(fixed, np.int64, len(fixed)))
        owner, species, sign = owner[free], species[free], sign[free]
    width = max(n_species, 1)
    keys = owner * width + species
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    totals = np.add.reduceat(sign[order], first) if len(first) else np.zeros(0, dtype=np.int64)
    changed = totals != 0
    keys = keys[first][changed]
    offsets = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(keys // width, minlength=n), out=offsets[1:])
    return offsets, (keys % width).astype(np.int32), totals[changed]


def combinatoric_divisors(arrays: ReactionArrays) -> dict[int, int]:
    """Return the product of n! over the reactants of each mass-action reaction where it is not 1."""
    offsets, species = arrays.reactant_offsets, arrays.reactants
    counts = np.diff(offsets)
    owner = np.repeat(np.arange(arrays.n_reactions), counts)
    order = np.lexsort((species, owner))
    ranked = species[order]
    repeated = (ranked[1:] == ranked[:-1]) & (owner[1:] == owner[:-1])
    divisors = {}
    for r in np.unique(owner[1:][repeated]).tolist():
        if arrays.mass_action[r]:
            _, multiplicity = np.unique(species[offsets[r] : offsets[r + 1]], return_counts=True)
            divisor = 1
            for m in multiplicity.tolist():
                divisor *= factorial(m)
            divisors[r] = divisor
    return divisors


def to_fluxes(
    arrays: ReactionArrays,
    species: Sequence[Any],
    is_constant: Sequence[bool],
    fixed: frozenset[int],
    combinatoric: bool,
) -> Fluxes:
    """Turn reactions into fluxes: rate constants, monomials and general rates.

    Parameters
    ----------
    arrays : ReactionArrays
        The reactions.
    species : sequence of Symbol
        The species.
    is_constant : sequence of bool
        For each of `arrays.rates`, whether it is free of species and time.
    fixed : frozenset of int
        Species whose amount no reaction changes.
    combinatoric : bool
        Whether mass-action rates are divided by n! for each reactant taken n times.
    """
    divisors = combinatoric_divisors(arrays) if combinatoric else {}
    n = arrays.n_reactions
    constant = np.asarray(is_constant, dtype=bool)[arrays.rate_index] if n else np.zeros(0, dtype=bool)
    constants, constant_index = _constants(arrays, constant, divisors)
    offsets, reactants = _kept_reactants(arrays, constant & arrays.mass_action)
    change_offsets, change_states, change_values = net_changes(arrays, len(species), fixed)
    return Fluxes(
        n_states=len(species),
        constants=constants,
        constant_index=constant_index,
        reactant_offsets=offsets,
        reactants=reactants,
        change_offsets=change_offsets,
        change_states=change_states,
        change_values=change_values,
        rates=_general_rates(arrays, species, np.flatnonzero(~constant).tolist(), divisors),
    )


def _constants(
    arrays: ReactionArrays, constant: NDArray[np.bool_], divisors: Mapping[int, int]
) -> tuple[tuple[Any, ...], NDArray[np.int32]]:
    """Return the distinct rate constants that occur, and which one each reaction has (-1 for none)."""
    from symnum.terms.canonical import multiply

    constants: list[Any] = list(arrays.rates)
    index = arrays.rate_index.copy()
    index[~constant] = -1
    scaled: dict[tuple[int, int], int] = {}
    for r, divisor in divisors.items():
        if not constant[r]:
            continue
        key = (int(arrays.rate_index[r]), divisor)
        if key not in scaled:
            scaled[key] = len(constants)
            constants.append(multiply((Fraction(1, divisor), constants[key[0]])))
        index[r] = scaled[key]
    used = np.unique(index[constant])
    position = np.full(len(constants) + 1, -1, dtype=np.int32)  # its last entry answers for -1
    position[used] = np.arange(len(used), dtype=np.int32)
    return tuple(constants[k] for k in used.tolist()), position[index]


def _general_rates(
    arrays: ReactionArrays, species: Sequence[Any], reactions: Sequence[int], divisors: Mapping[int, int]
) -> dict[int, Any]:
    """Return the complete rates of reactions whose rate depends on species or time."""
    from symnum.terms.canonical import multiply

    rates = {}
    for r in reactions:
        rate = arrays.rates[arrays.rate_index[r]]
        if arrays.mass_action[r]:
            reactants = [species[i] for i in arrays.reactants_of(r)]
            rate = multiply((Fraction(1, divisors.get(r, 1)), rate, *reactants))
        rates[r] = rate
    return rates


def _kept_reactants(
    arrays: ReactionArrays, keep: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return offsets and reactants with those of the reactions that are not kept left out."""
    if keep.all():
        return arrays.reactant_offsets, arrays.reactants
    counts = np.diff(arrays.reactant_offsets)
    offsets = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(np.where(keep, counts, 0), out=offsets[1:])
    return offsets, arrays.reactants[np.repeat(keep, counts)]
