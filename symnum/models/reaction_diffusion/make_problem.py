"""From terms as written to the problem that discretisation reads: names and vectors are gone."""

import warnings
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import InputError, NonlinearError, SymnumWarning, UnsupportedError
from symnum.models.names import first_cycle
from symnum.models.reaction_diffusion.components import Components, holds_operator
from symnum.models.reaction_diffusion.grid import Grid
from symnum.models.reaction_diffusion.problem import FieldProblem
from symnum.terms.canonical import Call, Symbol, add, multiply
from symnum.terms.substitute import substitute
from symnum.terms.traverse import free_symbols, subterms

__all__ = ["inlined", "inlined_boundary", "make_problem"]

_AT_SIDES = (
    "Conditions depend on coordinates, time, parameters and other fields; what is linear in the field itself and its "
    "derivative is sn.robin(a, b, target)."
)


def make_problem(
    *,
    grid: Grid,
    time: Any,
    order: int,
    sides: Mapping[Any, Any],
    definitions: Mapping[Any, Any],
    observables: Mapping[Any, Any],
    boundary: Any,
    arrays: Mapping[str, NDArray[np.float64]],
    parameters: tuple[Any, ...],
) -> FieldProblem:
    """Put definitions without conditions of their own into the terms, and vectors into components.

    Parameters
    ----------
    grid : Grid
    time : Symbol
    order : int
    sides, definitions, observables : mapping of Symbol to term
        Right-hand sides by field, and terms by name.
    boundary : mapping
        Complete conditions by name and axis.
    arrays : mapping of str to ndarray
        Coefficients with a number for each cell.
    parameters : tuple of Symbol

    Raises
    ------
    ShapeError, UnknownNameError, UnsupportedError
        See `Components.scalar`.
    """
    kept = {s: term for s, term in definitions.items() if s.name in boundary}
    inner = {s: term for s, term in {**definitions, **observables}.items() if s not in kept}
    fields = tuple(sides)
    varying = {*fields, *grid.coordinates, *kept, *(Symbol(name) for name in arrays)}
    components = Components(grid, varying, time)

    def normal(term: Any, where: str) -> Any:
        return components.scalar(inlined(term, inner), where)

    _check_order(sides.values(), order)
    totals = {s: normal(term, f'the observable "{s}"') for s, term in observables.items()}
    return FieldProblem(
        grid=grid,
        equations={f: normal(term, f"the equation for {f}") for f, term in sides.items()},
        boundary=boundary,
        independent=time,
        parameters=parameters,
        definitions={s: normal(term, f'the definition of "{s}"') for s, term in _in_order(kept, inner)},
        arrays={name: values.shape for name, values in arrays.items()},
        observables={s.name: _integrand(s.name, term, varying, grid) for s, term in totals.items()},
        order=order,
    )


def _check_order(terms: Collection[Any], order: int) -> None:
    """Warn where differences of higher order are asked for and the default scheme of transport is of the first."""
    calls = [part for part in subterms(terms) if isinstance(part, Call) and part.function == "advection"]
    if order > 2 and any(Symbol("upwind") in call.args for call in calls):
        warnings.warn(
            f"order={order} says nothing of upwind advection, which is of first order; scheme=central is of the order "
            "of the model, and scheme=weno5 of the fifth.",
            SymnumWarning,
            stacklevel=4,
        )


def _integrand(name: str, term: Any, varying: set[Any], grid: Grid) -> Any:
    """Return what is to be integrated so that the integral is a sum of integrals times constants.

    Raises
    ------
    UnsupportedError
        If a term is no such sum.
    """
    from symnum.terms.linear import linear_coefficients

    calls = [p for p in subterms([term]) if isinstance(p, Call) and p.function == "integral"]
    stand_in = {c: Symbol(f"integral {k}") for k, c in enumerate(calls)}
    free = substitute(term, stand_in) if calls else term
    try:
        if not varying.isdisjoint(free_symbols(free)):
            raise NonlinearError(name)
        matrix, rest = linear_coefficients([free], list(stand_in.values()))
    except NonlinearError:
        raise UnsupportedError(
            f'The observable "{name}" is not a sum of integrals times constants. Write an integral over the domain, '
            f'observables={{"{name}": "integral(u)"}} or "mean(u)", and compute the rest from the solution.'
        ) from None
    parts = [multiply((factor, c.args[0])) for factor, c in zip(matrix[0], stand_in, strict=True)]
    return add([*parts, multiply((1 / grid.volume, rest[0]))])


def inlined(term: Any, terms: Mapping[Any, Any]) -> Any:
    """Put terms in the place of the names that stand for them, until none is left."""
    while True:
        used = {s: terms[s] for s in free_symbols(term) if s in terms}
        if not used:
            return term
        term = substitute(term, used)


def _in_order(kept: Mapping[Any, Any], inner: Mapping[Any, Any]) -> list[tuple[Any, Any]]:
    """Return definitions so that each uses only those before it."""
    needs = {s: {x for x in free_symbols(inlined(term, inner)) if x in kept} for s, term in kept.items()}
    out: list[tuple[Any, Any]] = []
    done: set[Any] = set()
    while len(out) < len(kept):
        for s, term in kept.items():
            if s not in done and needs[s] <= done:
                out.append((s, term))
                done.add(s)
    return out


def inlined_boundary(boundary: Any, terms: Mapping[Any, Any], fields: Collection[Any]) -> Any:
    """Put terms for names in boundary conditions, and refuse those that go round in a circle.

    Raises
    ------
    InputError
        If a condition depends on its own field, on derivatives or on integrals.
    """

    def with_terms(condition: Any) -> Any:
        made = {}
        for name in ("target", "value_factor", "derivative_factor"):
            written = getattr(condition, name)
            made[name] = inlined(written, terms)
            if holds_operator(made[name]):
                raise InputError(f'"{written}" in a boundary condition has derivatives or integrals in it. {_AT_SIDES}')
            if name != "target" and any(s in fields for s in free_symbols(made[name])):
                raise InputError(
                    f'"{written}" before the field or its derivative in {condition} depends on a field, and so the '
                    "condition is not linear. Only the target may: divide by what depends on it, or move it there."
                )
        return replace(condition, **made)

    out = {
        name: {axis: tuple(with_terms(c) for c in pair) for axis, pair in sides.items()}
        for name, sides in boundary.items()
    }
    own = {f.name: f for f in fields}
    for axis in next(iter(out.values()), {}):
        for end, sign in enumerate("-+"):
            needs = {n: sides[axis][end].target for n, sides in out.items() if n in own}
            cycle = first_cycle(own, needs)
            if cycle is not None:
                raise InputError(
                    f"The boundary condition for {cycle[0]} at {axis}{sign} depends on {' and '.join(cycle[1:])} "
                    f"itself. {_AT_SIDES}"
                )
    return out
