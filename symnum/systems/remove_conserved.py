"""Fewer states by conservation laws: dependent species become expressions in the others and in conserved totals."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import singledispatch
from typing import Any

import numpy as np

from symnum.errors import InputError, UnknownNameError, UnsupportedError, suggest
from symnum.systems.conservation import integer_laws
from symnum.systems.conserved_totals import ConservedTotals, solve_for_dependent
from symnum.systems.fluxes import Fluxes
from symnum.systems.jump import JumpSystem
from symnum.systems.ode import ODESystem
from symnum.systems.propensities import Propensities

__all__ = ["remove_conserved"]


@singledispatch
def remove_conserved(model: Any, keep: Iterable[Any] = ()) -> Any:
    """Remove the species that follow from the others by conservation laws.

    Each law gives one: of its species the one that the fewest reactions depend on becomes an expression in the others
    and a new parameter, the total. It is an observable then, so that ``sol["E"]`` still works, and initial values are
    given as before: the totals are computed from them. Laws all of whose species are changed by events stay.

    Parameters
    ----------
    model : reaction network, ODESystem, JumpSystem or SDESystem
        A network stands for its rate equations.
    keep : iterable of Symbol or str
        Species that stay states.

    Returns
    -------
    ODESystem, JumpSystem or SDESystem
        Of the same kind, with an attribute `conserved` that tells what was done; the system itself if there is no law.

    Raises
    ------
    UnsupportedError
        If the model was written as equations.
    UnknownNameError
        If `keep` names something that is no species.

    Examples
    --------
    >>> import symnum as sn
    >>> net = sn.reaction_network("(k1, k2), S + E <--> C;  k3, C --> E + P")
    >>> reduced = sn.remove_conserved(net)
    >>> reduced.states, reduced.conserved.replacements
    ((S, C), {E: -C + total_E, P: -C - S + total_P})
    """
    system = getattr(model, "system", None)
    if not callable(system):
        raise InputError(f"{type(model).__name__} is no model: give a network, or a system made from one.")
    return remove_conserved(system(), keep)


@remove_conserved.register
def _ode(system: ODESystem, keep: Iterable[Any] = ()) -> ODESystem:
    if system.fluxes is None or system.mass is not None:
        raise UnsupportedError(
            f'"{system.name}" is written as equations. Conservation laws are read off reactions: '
            "write the model with sn.reaction_network(...)."
        )
    found = _totals(system, system.fluxes, keep)
    if found is None:
        return system
    return ODESystem(
        states=[system.states[i] for i in found.kept],
        parameters=(*system.parameters, *found.totals),
        independent=system.independent,
        fluxes=_reduced(system.fluxes, system.fluxes.rate_terms, found),
        parameter_values=(*system.parameter_values, *_default_totals(found)),
        initial_values=[system.initial_values[i] for i in found.kept],
        observables={**_named(found), **_replaced(system.observables, found)},
        name=system.name,
        events=system.events,
        conserved=found,
    )


@remove_conserved.register
def _jump(system: JumpSystem, keep: Iterable[Any] = ()) -> JumpSystem:
    # Populations stay whole numbers: the laws are integer, and totals are exact below 2^53. Where a species has a
    # coefficient other than one in its law, the quotient is rounded to the whole number that it is. The states of a
    # stochastic differential equation, which is held in the same arrays, are no whole numbers.
    before = system.propensities
    fluxes = _as_fluxes(before)
    found = _totals(system.carrier, fluxes, keep, whole=type(system) is JumpSystem)
    if found is None:
        return system
    states = tuple(system.states[i] for i in found.kept)
    reduced = _reduced(fluxes, before.rate_terms, found)
    return replace(
        system,
        states=states,
        parameters=(*system.parameters, *found.totals),
        propensities=Propensities.from_fluxes(reduced, states, system.independent),
        parameter_values=(*system.parameter_values, *_default_totals(found)),
        initial_values=tuple(system.initial_values[i] for i in found.kept),
        observables={**_named(found), **_replaced(system.observables, found)},
        events=_events(system, states, found),
        conserved=found,
    )


def _events(system: JumpSystem, states: tuple[Any, ...], found: ConservedTotals) -> tuple[Any, ...]:
    from symnum.systems.bind_events import bind_events

    parameters = (*system.parameters, *found.totals)
    return bind_events(system.events, states, parameters, system.independent, _named(found))


def _as_fluxes(propensities: Propensities) -> Fluxes:
    """Return the arrays of propensities with repeated reactants."""
    counts = propensities.multiplicities
    starts = np.concatenate(([0], np.cumsum(counts)))
    return Fluxes(
        n_states=propensities.n_states,
        constants=propensities.constants,
        constant_index=propensities.constant_index,
        reactant_offsets=starts[propensities.reactant_offsets].astype(np.int64),
        reactants=np.repeat(propensities.reactants, counts),
        change_offsets=propensities.change_offsets,
        change_states=propensities.change_states,
        change_values=propensities.change_values,
        rates=propensities.rates,
    )


# Choosing ---------------------------------------------------------------------------------------------------


def _totals(
    system: ODESystem, fluxes: Fluxes, keep: Iterable[Any], whole: bool = False
) -> ConservedTotals | None:
    from symnum.terms.canonical import Symbol, call, make_sum

    kept_by_user = _places(system.states, keep)
    changed = {symbol for event in system.events for symbol, _ in event.affect}
    moved = {i for i, s in enumerate(system.states) if s in changed}
    laws = [law for law in integer_laws(fluxes) if moved.isdisjoint(law)]
    used, removed, solutions = solve_for_dependent(laws, _uses(fluxes, system.states), kept_by_user)
    if not removed:
        return None
    taken = {s.name for s in (*system.states, *system.parameters, system.independent)} | set(system.observables)
    totals = [Symbol(_free_name(f"total_{system.states[i].name}", taken)) for i in removed]
    expressions = []
    for states, shares in solutions:
        terms = {totals[k]: _number(c) for k, c in shares.items()}
        terms |= {system.states[i]: _number(c) for i, c in states.items()}
        if whole and any(c.denominator != 1 for c in (*states.values(), *shares.values())):
            expressions.append(call("floor", (make_sum(terms, Fraction(1, 2)),)))
        else:
            expressions.append(make_sum(terms, 0))
    gone = set(removed)
    return ConservedTotals(
        original=system,
        kept=tuple(i for i in range(len(system.states)) if i not in gone),
        removed=tuple(removed),
        totals=tuple(totals),
        laws=tuple(used),
        expressions=tuple(expressions),
    )


def _number(value: Any) -> Any:
    return value.numerator if value.denominator == 1 else value


def _free_name(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _places(states: Sequence[Any], keep: Iterable[Any]) -> set[int]:
    places = {s.name: i for i, s in enumerate(states)}
    out = set()
    for given in [keep] if isinstance(keep, str) else keep:
        name = getattr(given, "name", given)
        if name not in places:
            raise UnknownNameError(f'keep= names "{name}", which is no species.{suggest(str(name), list(places))}')
        out.add(places[name])
    return out


def _uses(fluxes: Fluxes, states: Sequence[Any]) -> list[int]:
    """Count the reactions that depend on each state."""
    from symnum.terms.traverse import free_symbols

    counts: list[int] = np.bincount(fluxes.reactants, minlength=len(states)).tolist()
    place = {s: i for i, s in enumerate(states)}
    for rate in fluxes.rates.values():
        for symbol in () if isinstance(rate, int | float) else free_symbols(rate):
            if symbol in place:
                counts[place[symbol]] += 1
    return counts


# Rewriting --------------------------------------------------------------------------------------------------


def _reduced(fluxes: Fluxes, rate_terms: Any, found: ConservedTotals) -> Fluxes:
    """Return the reactions in the states that are left; those that take a removed one have general rates."""
    from symnum.terms.substitute import substitute
    from symnum.terms.traverse import free_symbols

    states, gone = found.original.states, np.array(found.removed)
    place = np.full(fluxes.n_states, -1, dtype=np.int32)
    place[list(found.kept)] = np.arange(len(found.kept), dtype=np.int32)
    owner = np.repeat(np.arange(fluxes.n_reactions), np.diff(fluxes.reactant_offsets))
    touched = np.zeros(fluxes.n_reactions, dtype=bool)
    touched[owner[np.isin(fluxes.reactants, gone)]] = True
    replacements = found.replacements
    rates = {
        r: rate
        if isinstance(rate, int | float) or replacements.keys().isdisjoint(free_symbols(rate))
        else substitute(rate, replacements)
        for r, rate in fluxes.rates.items()
    }
    terms = rate_terms(states) if touched.any() else ()
    rates |= {r: substitute(terms[r], replacements) for r in np.flatnonzero(touched).tolist()}
    kept_reactants = ~touched[owner]
    changer = np.repeat(np.arange(fluxes.n_reactions), np.diff(fluxes.change_offsets))
    kept_changes = place[fluxes.change_states] >= 0
    return Fluxes(
        n_states=len(found.kept),
        constants=fluxes.constants,
        constant_index=np.where(touched, -1, fluxes.constant_index).astype(np.int32),
        reactant_offsets=_offsets(owner[kept_reactants], fluxes.n_reactions),
        reactants=place[fluxes.reactants[kept_reactants]],
        change_offsets=_offsets(changer[kept_changes], fluxes.n_reactions),
        change_states=place[fluxes.change_states[kept_changes]],
        change_values=fluxes.change_values[kept_changes],
        rates=rates,
    )


def _offsets(owner: Any, n: int) -> Any:
    offsets = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(owner, minlength=n), out=offsets[1:])
    return offsets


def _named(found: ConservedTotals) -> dict[str, Any]:
    return {s.name: term for s, term in found.replacements.items()}


def _replaced(observables: Any, found: ConservedTotals) -> dict[str, Any]:
    from symnum.terms.substitute import substitute

    replacements = found.replacements
    return {
        name: term if isinstance(term, int | float) else substitute(term, replacements)
        for name, term in observables.items()
    }


def _default_totals(found: ConservedTotals) -> list[Any]:
    """Return the totals of the model's own initial values; None where these are not known."""
    from symnum.terms.canonical import add, multiply
    from symnum.terms.traverse import free_symbols

    system = found.original
    values = system.initial_values
    if all(v is None for v in values):
        return [None] * len(found.laws)
    out = []
    for law in found.laws:
        total = add(tuple(multiply((c, values[i])) for i, c in law.items() if values[i] is not None))
        known = isinstance(total, int | float) or system.independent not in free_symbols(total)
        out.append(total if known else None)
    return out
