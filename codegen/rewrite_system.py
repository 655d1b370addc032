"""The equations of a system with their rate laws rewritten for speed.

Of a network, the general rates are rewritten; mass action is left to factoring. Of equations, the summands that are no
monomials are: each for itself, so that what stands in several equations stays shared and large models have few distinct
ones; but quotients that stand in one equation only in pairs, so that two may be made with one division. Expressions
that have parts in common are rewritten together.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from codegen.rewrite_terms import StageReport, rewrite_groups
from codegen.rewriting import Rewriting
from rewriters.templates import hoist
from symnum.systems.ode import ODESystem
from symnum.terms.canonical import Call, Product, Sum, Symbol, add, multiply
from symnum.terms.interning import bulk
from symnum.terms.numbers import NUMBER_TYPES
from symnum.terms.traverse import subterms

__all__ = ["general_laws", "rewrite_system"]

_LARGEST = 300
"""Parts of an expression beyond which it is left alone: an e-graph of that size says nothing within its limits."""

_MOST_TOGETHER = 12
"""Expressions in one group."""


def general_laws(system: ODESystem) -> list[Any]:
    """Return what rewriting looks at in a system: the expressions that are no sums of monomials."""
    if system.fluxes is not None:
        return [t for t in dict.fromkeys(system.fluxes.rates.values()) if _is_general(t)]
    return list(dict.fromkeys(t for t, _ in _pieces(system)[1]))


def rewrite_system(system: ODESystem, rewriting: Rewriting) -> tuple[ODESystem, StageReport]:
    """Return a system with the same solutions that is predicted to be faster, and what was done.

    Parameters
    ----------
    system : ODESystem
    rewriting : Rewriting
        Its steps; without any, the system comes back as it is.
    """
    with bulk():
        laws = general_laws(system)
        parameters = frozenset(system.parameters)
        small = [law for law in laws if len(subterms([law])) <= _LARGEST]
        groups = _groups(small, parameters)
        new, report = rewrite_groups(groups, parameters, rewriting)
        changed = {
            law: made for group, forms in zip(groups, new) for law, made in zip(group, forms) if made is not law
        }
        return (_replaced(system, changed), report) if changed else (system, report)


def _replaced(system: ODESystem, changed: dict[Any, Any]) -> ODESystem:
    if system.fluxes is not None:
        rates = {r: changed.get(rate, rate) for r, rate in system.fluxes.rates.items()}
        return ODESystem(
            states=system.states,
            parameters=system.parameters,
            independent=system.independent,
            fluxes=replace(system.fluxes, rates=rates),
            parameter_values=system.parameter_values,
            initial_values=system.initial_values,
            observables=system.observables,
            name=system.name,
            events=system.events,
        )
    rests, pieces = _pieces(system)
    rows: list[list[Any]] = [[rest] for rest in rests]
    for law, uses in pieces:
        for row, coefficient in uses:
            rows[row].append(multiply((coefficient, changed.get(law, law))))
    return system.with_rhs([add(row) for row in rows])


def _pieces(system: ODESystem) -> tuple[list[Any], list[tuple[Any, list[tuple[int, Any]]]]]:
    """Split equations into what is left alone, and laws with the equations and coefficients they stand in."""
    uses: dict[Any, list[tuple[int, Any]]] = {}
    rests: list[Any] = []
    for row, term in enumerate(system.rhs):
        rest: dict[Any, Any] = {}
        items, constant = _summands(term)
        for part, coefficient in items:
            if _is_general(part):
                uses.setdefault(part, []).append((row, coefficient))
            else:
                rest[part] = coefficient
        rests.append(add([*[multiply((c, t)) for t, c in rest.items()], constant]))
    laws: list[tuple[Any, list[tuple[int, Any]]]] = []
    waiting: dict[int, tuple[Any, Any]] = {}
    for part, places in uses.items():
        row, coefficient = places[0]
        if len(places) > 1 or not _divides(part):
            laws.append((part, places))
        elif row not in waiting:
            waiting[row] = (part, coefficient)
        else:
            other, factor = waiting.pop(row)
            laws.append((add([multiply((factor, other)), multiply((coefficient, part))]), [(row, 1)]))
    laws += [(part, [(row, coefficient)]) for row, (part, coefficient) in waiting.items()]
    return rests, laws


def _divides(law: Any) -> bool:
    """Tell whether a law is a quotient, which two of a sum can make with one division."""
    factors = law.factors.items() if law.__class__ is Product else ()
    return any(b.__class__ is not Symbol and e.__class__ is int and e < 0 for b, e in factors)


def _summands(term: Any) -> tuple[list[tuple[Any, Any]], Any]:
    """Return the summands of a term without their coefficients, the coefficients, and the number among them."""
    if term.__class__ is Sum:
        return list(term.terms.items()), term.constant
    if term.__class__ in NUMBER_TYPES:
        return [], term
    if term.__class__ is Product and term.monic is not None:
        return [(term.monic, term.coefficient)], 0
    return [(term, 1)], 0


def _is_general(term: Any) -> bool:
    """Tell whether a term is more than a monomial: has a division, a root, a call, or a sum within it."""
    if term.__class__ is Product:
        inner = (Sum, Call, Product)
        return any(e.__class__ is not int or e < 0 or b.__class__ in inner for b, e in term.factors.items())
    return term.__class__ in (Sum, Call)


def _groups(laws: Sequence[Any], parameters: frozenset[Any]) -> list[list[Any]]:
    """Put laws together that have computed parts in common."""
    leader = list(range(len(laws)))

    def find(i: int) -> int:
        while leader[i] != i:
            leader[i] = leader[leader[i]]
            i = leader[i]
        return i

    size = [1] * len(laws)
    first: dict[Any, int] = {}
    for i, hoisted in enumerate(hoist(laws, parameters).terms):
        for part in subterms([hoisted]):
            if part.__class__ not in (Sum, Product, Call):
                continue
            j = find(first.setdefault(part, i))
            k = find(i)
            if j != k and size[j] + size[k] <= _MOST_TOGETHER:
                leader[k] = j
                size[j] += size[k]
    groups: dict[int, list[Any]] = {}
    for i, law in enumerate(laws):
        groups.setdefault(find(i), []).append(law)
    return list(groups.values())


