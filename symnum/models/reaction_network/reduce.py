"""Smaller networks with the same behaviour: constant species as parameters, and without what nobody needs."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Number
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.display import html_table
from symnum.errors import InputError, UnknownNameError, suggest
from symnum.models.reaction_network.arrays import ReactionArrays, net_changes
from symnum.models.reaction_network.network import ReactionNetwork

__all__ = ["ReducedNetwork", "reduce_network"]

_SHOWN = 12


@dataclass(frozen=True, eq=False)
class ReducedNetwork:
    """A smaller network, and what was done to get it.

    Attributes
    ----------
    network : ReactionNetwork
    constant : tuple of str
        Species that nothing changes: parameters of the same name now.
    dropped : tuple of str
        Species that nothing needed depends on.
    reactions_dropped : tuple of str
        Reactions that change nothing any more.
    observables_dropped : tuple of str
        Observables that were not asked for and need dropped species.
    """

    network: ReactionNetwork
    constant: tuple[str, ...]
    dropped: tuple[str, ...]
    reactions_dropped: tuple[str, ...]
    observables_dropped: tuple[str, ...]

    def _rows(self) -> list[tuple[str, str]]:
        parts = (
            ("constant, now parameters", self.constant),
            ("species dropped", self.dropped),
            ("reactions dropped", self.reactions_dropped),
            ("observables dropped", self.observables_dropped),
        )
        return [(label, _listed(names)) for label, names in parts if names]

    def __repr__(self) -> str:
        net = self.network
        lines = [f"<{net.name}: {len(net.species):,} species and {net.n_reactions:,} reactions are left>"]
        return "\n".join([*lines, *(f"  {label}: {names}" for label, names in self._rows())])

    def _repr_html_(self) -> str:
        return html_table([f"reduction of {self.network.name}", ""], self._rows())


def _listed(names: tuple[str, ...]) -> str:
    more = f", … ({len(names):,} in all)" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def reduce_network(
    network: ReactionNetwork,
    *,
    constant: bool = True,
    unused: bool = False,
    only: str | Iterable[Any] | None = None,
) -> ReducedNetwork:
    """Make constant species parameters, and drop what is not needed on request.

    Parameters
    ----------
    network : ReactionNetwork
    constant : bool
        Whether species that no reaction and no event changes become parameters with their initial amount as value.
        One that a reaction of mass action takes twice or more stays: then the rate of a population, ``F*(F - 1)``, is
        not a power of its amount.
    unused : bool
        Whether species that no rate, observable or event depends on are dropped: pure products.
    only : str, Symbol, or iterable of them, optional
        Species and observables that matter: everything that these do not depend on is dropped.

    Returns
    -------
    ReducedNetwork
        What is left behaves as before, in every kind of simulation.

    Raises
    ------
    UnknownNameError
        If `only` names what is neither species nor observable.

    Examples
    --------
    >>> import symnum as sn
    >>> net = sn.reaction_network("k, E + S --> E + P;  m, P --> Q")
    >>> net.reduce(unused=True)
    <network: 2 species and 2 reactions are left>
      constant, now parameters: E
      species dropped: Q
    """
    wanted = None if only is None else _wanted(network, only)
    observables = {n: t for n, t in network.observables.items() if wanted is None or n in wanted}
    dropped: set[int] = set()
    if wanted is not None:
        dropped |= set(range(len(network.species))) - _needed(network, wanted, observables)
    elif unused:
        dropped |= set(range(len(network.species))) - _read(network, observables)
    constants = sorted(_constant_species(network) - dropped) if constant else []
    smaller, gone = _without(network, constants, dropped, observables)
    names = network.state_names
    return ReducedNetwork(
        network=smaller,
        constant=tuple(names[i] for i in constants),
        dropped=tuple(names[i] for i in sorted(dropped)),
        reactions_dropped=tuple(network.arrays.names.get(r) or str(network.reactions[r]) for r in gone),
        observables_dropped=tuple(n for n in network.observables if n not in observables),
    )


# What depends on what ---------------------------------------------------------------------------------------


def _wanted(network: ReactionNetwork, only: Any) -> set[str]:
    listed = [only] if isinstance(only, str) or hasattr(only, "name") else list(only)
    names = {str(getattr(x, "name", x)) for x in listed}
    known = [*network.state_names, *network.observables]
    for name in sorted(names - set(known)):
        raise UnknownNameError(f'only= names "{name}", which is no species or observable.{suggest(name, known)}')
    if not names:
        raise InputError('only= names nothing. Name the species or observables that matter: only=["A"].')
    return names


def _symbols(term: Any) -> Iterable[Any]:
    from symnum.terms.traverse import free_symbols

    return () if term is None or isinstance(term, Number) else free_symbols(term)


def _in_events(network: ReactionNetwork) -> set[Any]:
    """Return the symbols that events read or set."""
    out: set[Any] = set()
    for event in network.events:
        terms = [event.condition, *event.times, event.period, event.first, event.delay, event.priority]
        terms += [part for pair in event.affect for part in pair]
        out |= {s for term in terms for s in _symbols(term)}
    return out


def _reads(network: ReactionNetwork) -> list[set[int]]:
    """Return the species that the rate of each reaction depends on."""
    arrays = network.arrays
    place = {s: i for i, s in enumerate(network.species)}
    named = [{place[s] for s in _symbols(rate) if s in place} for rate in arrays.rates]
    return [
        named[rate] | (set(arrays.reactants_of(r)) if arrays.mass_action[r] else set())
        for r, rate in enumerate(arrays.rate_index.tolist())
    ]


def _outside(network: ReactionNetwork, observables: dict[str, Any]) -> set[int]:
    """Return the species that observables and events use."""
    used = {s for term in observables.values() for s in _symbols(term)} | _in_events(network)
    return {i for i, s in enumerate(network.species) if s in used}


def _read(network: ReactionNetwork, observables: dict[str, Any]) -> set[int]:
    return set().union(*_reads(network), _outside(network, observables))


def _needed(network: ReactionNetwork, wanted: set[str], observables: dict[str, Any]) -> set[int]:
    """Return the wanted species and all that they depend on, through any number of reactions."""
    offsets, species, _ = net_changes(network.arrays, len(network.species), network.fixed)
    reads = _reads(network)
    changers: dict[int, list[int]] = {}
    for r in range(network.n_reactions):
        for i in species[offsets[r] : offsets[r + 1]].tolist():
            changers.setdefault(i, []).append(r)
    needed = {i for i, s in enumerate(network.species) if s.name in wanted} | _outside(network, observables)
    queue = list(needed)
    while queue:
        new = {j for r in changers.get(queue.pop(), ()) for j in reads[r]} - needed
        needed |= new
        queue += new
    return needed


def _constant_species(network: ReactionNetwork) -> set[int]:
    """Return the species that nothing changes, and that no reaction of mass action takes twice."""
    arrays = network.arrays
    _, changed, _ = net_changes(arrays, len(network.species), network.fixed)
    assigned = {symbol for event in network.events for symbol, _ in event.affect}
    moving = set(changed.tolist()) | {i for i, s in enumerate(network.species) if s in assigned}
    for r in range(network.n_reactions):
        if arrays.mass_action[r]:
            moving |= {i for i, n in Counter(arrays.reactants_of(r)).items() if n > 1}
    return set(range(len(network.species))) - moving


# Making the smaller network ---------------------------------------------------------------------------------


def _without(
    network: ReactionNetwork, constants: list[int], dropped: set[int], observables: dict[str, Any]
) -> tuple[ReactionNetwork, list[int]]:
    """Return the network without some species, and the reactions that are gone."""
    gone_species = dropped | set(constants)
    kept = [i for i in range(len(network.species)) if i not in gone_species]
    arrays, gone = _arrays(network, constants, dropped, kept)
    some = any(v is not None for v in network.initial_values)
    values = [0 if some and network.initial_values[i] is None else network.initial_values[i] for i in constants]
    smaller = ReactionNetwork(
        species=[network.species[i] for i in kept],
        parameters=(*network.parameters, *(network.species[i] for i in constants)),
        arrays=arrays,
        independent=network.independent,
        parameter_values=(*network.parameter_values, *values),
        initial_values=[network.initial_values[i] for i in kept],
        observables=observables,
        fixed=frozenset(k for k, i in enumerate(kept) if i in network.fixed),
        combinatoric=network.combinatoric,
        name=network.name,
    ).with_events(network.events)
    return smaller if network.t_span is None else smaller.with_t_span(*network.t_span), gone


def _arrays(
    network: ReactionNetwork, constants: list[int], dropped: set[int], kept: list[int]
) -> tuple[ReactionArrays, list[int]]:
    arrays, n = network.arrays, network.n_reactions
    place = np.full(len(network.species), -1, dtype=np.int32)
    place[kept] = np.arange(len(kept), dtype=np.int32)
    idle = np.zeros(n, dtype=bool)
    if dropped:
        offsets, species, _ = net_changes(arrays, len(network.species), network.fixed)
        owner = np.repeat(np.arange(n), np.diff(offsets))
        left = np.bincount(owner[~np.isin(species, sorted(dropped))], minlength=n)
        idle = (left == 0) & (np.diff(offsets) > 0)
    alive = np.flatnonzero(~idle)
    rates, rate_index = _rates(network, set(constants), alive.tolist())
    reactant_offsets, reactants = _side(arrays.reactant_offsets, arrays.reactants, place, ~idle)
    product_offsets, products = _side(arrays.product_offsets, arrays.products, place, ~idle)
    return ReactionArrays(
        reactant_offsets=reactant_offsets,
        reactants=reactants,
        product_offsets=product_offsets,
        products=products,
        rates=rates,
        rate_index=rate_index,
        mass_action=arrays.mass_action[alive],
        names={k: arrays.names[r] for k, r in enumerate(alive.tolist()) if r in arrays.names},
    ), np.flatnonzero(idle).tolist()


def _side(
    offsets: NDArray[np.int64], members: NDArray[np.int32], place: NDArray[np.int32], alive: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    owner = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    kept = (place[members] >= 0) & alive[owner]
    counts = np.bincount(owner[kept], minlength=len(offsets) - 1)[alive]
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int64), place[members[kept]]


def _rates(
    network: ReactionNetwork, constants: set[int], reactions: list[int]
) -> tuple[tuple[Any, ...], NDArray[np.int32]]:
    """Return the distinct rates, with constant reactants of mass action as factors, and the rate of each reaction."""
    from symnum.terms.canonical import multiply

    arrays = network.arrays
    known: dict[tuple[int, ...], int] = {}
    rates: list[Any] = []
    index = np.zeros(len(reactions), dtype=np.int32)
    for k, r in enumerate(reactions):
        factors = [i for i in arrays.reactants_of(r) if i in constants] if arrays.mass_action[r] else []
        key = (int(arrays.rate_index[r]), *sorted(factors))
        if key not in known:
            known[key] = len(rates)
            rate = arrays.rates[key[0]]
            rates.append(multiply((rate, *(network.species[i] for i in factors))) if factors else rate)
        index[k] = known[key]
    return tuple(rates), index
