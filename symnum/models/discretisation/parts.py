"""The two parts of right-hand sides: linear differential operators with constant coefficients, and all else.

Where boundary values are not zero, operators are linear in the states but for a summand that the boundary values
make. That summand belongs to the rest, so that the first part is a matrix times the states: it is what the operator
makes of quantities that are zero in the cells and obey the conditions at the sides.
"""

from dataclasses import replace
from typing import Any

from symnum.models.discretisation.linear_terms import LinearTerms
from symnum.models.discretisation.regions import regions_of
from symnum.models.discretisation.values import Values
from symnum.models.reaction_diffusion.boundary import Condition, Sides
from symnum.models.reaction_diffusion.problem import FieldProblem
from symnum.systems.stencils.region import Region
from symnum.terms.canonical import Symbol, add
from symnum.terms.substitute import substitute
from symnum.terms.traverse import free_symbols

__all__ = ["linear_and_rest"]


def linear_and_rest(problem: FieldProblem, values: Values) -> tuple[tuple[Region, ...], tuple[Region, ...]] | None:
    """Return the regions of both parts, or None if the first would be empty or change in time.

    Parameters
    ----------
    problem : FieldProblem
    values : Values
        Of the whole right-hand side.
    """
    if any(_changes(condition, problem.independent) for condition in _all(problem)):
        return None
    terms = LinearTerms(problem)
    split = {symbol.name: terms.split(term) for symbol, term in problem.equations.items()}
    if all(linear == 0 for linear, _ in split.values()):
        return None
    names = {**problem.definitions, **terms.definitions}
    boundary = {**problem.boundary, **terms.boundary}
    homogeneous = {name: _of_zero(sides) for name, sides in boundary.items()}
    first = regions_of(
        Values(replace(problem, definitions=names, boundary=homogeneous), values.tables),
        [(name, linear) for name, (linear, _) in split.items()],
    )
    if not all(condition.homogeneous for condition in _all(problem)):
        _add_sides(split, names, boundary, problem)
    whole = Values(replace(problem, definitions=names, boundary=boundary), values.tables)
    whole.sums = values.sums
    return first, regions_of(whole, [(name, rest) for name, (_, rest) in split.items()])


def _add_sides(split: dict[str, Any], names: dict[Any, Any], boundary: dict[str, Any], problem: FieldProblem) -> None:
    """Add to the rest what linear operators make of boundary values, by quantities that are zero in all cells."""
    nothing: dict[Any, Any] = {}
    for symbol in (*problem.equations, *names):
        if symbol.name in boundary:
            nothing[symbol] = Symbol(f"{symbol.name} at the sides")
            boundary[nothing[symbol].name] = boundary[symbol.name]
    for symbol, inner in list(names.items()):
        if symbol in nothing:
            names[nothing[symbol]] = substitute(inner, nothing)
    names.update({nothing[symbol]: 0 for symbol in problem.equations})
    for name, (linear, rest) in split.items():
        split[name] = (linear, add((rest, substitute(linear, nothing))))


def _all(problem: FieldProblem) -> list[Condition]:
    every = [c for sides in problem.boundary.values() for pair in sides.values() for c in pair]
    return [c for c in every if c.kind not in ("periodic", "axis")]


def _changes(condition: Condition, time: Any) -> bool:
    return any(time in free_symbols(factor) for factor in (condition.value_factor, condition.derivative_factor))


def _of_zero(sides: dict[str, Sides]) -> dict[str, Sides]:
    return {axis: (_zero(low), _zero(high)) for axis, (low, high) in sides.items()}


def _zero(condition: Condition) -> Condition:
    return Condition(condition.kind, 0, condition.value_factor, condition.derivative_factor)
