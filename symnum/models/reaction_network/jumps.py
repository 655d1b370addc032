"""Reactions as propensities: what is discrete about a network."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from symnum.models.reaction_network.arrays import combinatoric_divisors
from symnum.systems.jump import JumpSystem
from symnum.systems.propensities import Propensities

if TYPE_CHECKING:
    from symnum.models.reaction_network.network import ReactionNetwork

__all__ = ["jump_system_of"]


def jump_system_of(network: "ReactionNetwork") -> JumpSystem:
    """Return the Markov chain of a network: propensities of mass action with falling factorials.

    A rate of mass action that depends on species or time is multiplied by falling factorials too; a complete rate
    (``=>``) is taken as written.
    """
    fluxes = network.fluxes
    rates = dict(fluxes.rates)
    rates.update(_falling(network))
    return JumpSystem(
        states=network.species,
        parameters=network.parameters,
        independent=network.independent,
        propensities=Propensities.from_fluxes(
            replace(fluxes, rates=rates), network.species, network.independent
        ),
        parameter_values=network.parameter_values,
        initial_values=network.initial_values,
        observables=network.observables,
        events=network.events,
        reaction_names=_Names(network),
        name=network.name,
    )


def _falling(network: "ReactionNetwork") -> dict[int, Any]:
    """Return the propensities of mass-action reactions with general rates that take a reactant several times."""
    from symnum.terms.canonical import multiply

    arrays, out = network.arrays, {}
    divisors = combinatoric_divisors(arrays) if network.combinatoric else {}
    for r in network.fluxes.rates:
        indices = arrays.reactants_of(r)
        if not arrays.mass_action[r] or len(set(indices)) == len(indices):
            continue
        species, counts = np.unique(indices, return_counts=True)
        factors = [Fraction(1, divisors.get(r, 1)), arrays.rates[arrays.rate_index[r]]]
        for s, count in zip(species.tolist(), counts.tolist(), strict=True):
            x = network.species[s]
            factors += [x if m == 0 else x - m for m in range(count)]
        out[r] = multiply(tuple(factors))
    return out


class _Names(Mapping[int, str]):
    """Names of reactions, written when asked for."""

    def __init__(self, network: "ReactionNetwork") -> None:
        self._network = network

    def __getitem__(self, reaction: int) -> str:
        if not 0 <= reaction < len(self):
            raise KeyError(reaction)
        from symnum.display import elide

        name = self._network.arrays.names.get(reaction)
        return name or elide(str(self._network.reactions[reaction]), 120)

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self)))

    def __len__(self) -> int:
        return self._network.n_reactions
