"""From equations as written to a system that can be integrated: solved for derivatives, analysed, torn, ordered."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from symnum.errors import UnsupportedError
from symnum.systems.implicit import ImplicitEquation
from symnum.systems.mass import MassMatrix
from symnum.systems.ode import ODESystem
from symnum.systems.structure import check_structure
from symnum.systems.tearing import put_in, tear

__all__ = ["assemble_system"]


def assemble_system(
    equations: Sequence[ImplicitEquation],
    unknowns: Sequence[Any],
    *,
    parameters: Sequence[Any],
    independent: Any,
    parameter_values: Sequence[Any],
    initial: Mapping[str, Any],
    observables: Mapping[str, Any],
    name: str,
    tearing: bool = True,
    keep_mass: bool = False,
) -> ODESystem:
    """Make a system of equations with derivatives and algebraic equations.

    Parameters
    ----------
    equations : sequence of ImplicitEquation
    unknowns : sequence of Symbol
        In declaration order, which the states of the system keep.
    parameters, independent, parameter_values, observables, name
        As for `ODESystem`; observables may use all unknowns.
    initial : mapping of str to number or term
        Initial values by name, of any unknown.
    tearing : bool
        Whether algebraic unknowns that equations give explicitly become expressions.
    keep_mass : bool
        Whether factors of single derivatives stay in the mass matrix when they are parameters, which may be zero.

    Raises
    ------
    StructureError, HigherIndexError
        As for `check_structure`, before and after tearing.
    UnsupportedError
        If factors of several derivatives in one equation are not constant.
    """
    check_structure(equations, unknowns)
    solved = _solved_for_derivatives(list(equations), keep_mass)
    moving = {z for e in solved for z in e.derivatives}
    values: dict[Any, Any] = {}
    if tearing:
        solved, values = _torn(solved, [z for z in unknowns if z not in moving])
    states = [z for z in unknowns if z not in values]
    structure = check_structure(solved, states)
    ordered = [solved[i] for i in structure.equation_of]
    _check_constant(ordered, {*states, independent})
    column = {z: j for j, z in enumerate(states)}
    entries = {(i, column[z]): c for i, e in enumerate(ordered) for z, c in e.derivatives.items()}
    eliminated = {z.name: values[z] for z in unknowns if z in values}
    for alias, value in eliminated.items():  # what is said of an alias is said of the state
        if value in column and initial.get(value.name) is None and initial.get(alias) is not None:
            initial = {**initial, value.name: initial[alias]}
    return ODESystem(
        states=states,
        parameters=parameters,
        independent=independent,
        rhs=[e.rest for e in ordered],
        parameter_values=parameter_values,
        initial_values=[initial.get(z.name) for z in states],
        observables={n: put_in(term, values) for n, term in observables.items()},
        name=name,
        mass=MassMatrix(len(states), entries),
        eliminated=eliminated,
        eliminated_initial={n: initial[n] for n in eliminated if initial.get(n) is not None},
    )


def _torn(
    equations: list[ImplicitEquation], algebraic: list[Any]
) -> tuple[list[ImplicitEquation], dict[Any, Any]]:
    """Return the equations that are left, free of what was torn out, and what that is."""
    places = [i for i, e in enumerate(equations) if not e.derivatives]
    torn = tear([equations[i] for i in places], algebraic)
    if not torn.values:
        return equations, {}
    left = {places[k]: rest for k, rest in zip(torn.equations, torn.rests, strict=True)}
    out = []
    for i, equation in enumerate(equations):
        if i in left:
            out.append(_with(equation, left[i]))
        elif equation.derivatives:
            factors = {z: put_in(c, torn.values) for z, c in equation.derivatives.items()}
            out.append(_with(equation, put_in(equation.rest, torn.values), factors))
    return out, torn.values


def _with(equation: ImplicitEquation, rest: Any, derivatives: dict[Any, Any] | None = None) -> ImplicitEquation:
    from symnum.terms.traverse import free_symbols

    factors = equation.derivatives if derivatives is None else derivatives
    symbols = frozenset(free_symbols([rest, *factors.values()]))
    return replace(equation, rest=rest, derivatives=factors, defines=None, symbols=symbols)


def _solved_for_derivatives(equations: list[ImplicitEquation], keep_mass: bool) -> list[ImplicitEquation]:
    """Divide by factors of single derivatives, and put these derivatives in where others need them."""
    from symnum.terms.canonical import add, multiply, power

    explicit: dict[Any, int] = {}
    waiting = dict.fromkeys(range(len(equations)))
    progress = True
    while progress:
        progress = False
        for i in list(waiting):
            equation = equations[i]
            known = [z for z in equation.derivatives if z in explicit and explicit[z] != i]
            if known:
                moved = [multiply((-1, equation.derivatives[z], equations[explicit[z]].rest)) for z in known]
                factors = {z: c for z, c in equation.derivatives.items() if z not in known}
                equations[i] = equation = _with(equation, add((equation.rest, *moved)), factors)
                progress = True
            if len(equation.derivatives) == 1:
                ((z, factor),) = equation.derivatives.items()
                if keep_mass and not isinstance(factor, int | float):
                    continue
                if not (isinstance(factor, int) and factor == 1):
                    quotient = multiply((equation.rest, power(factor, -1)))
                    equations[i] = _with(equation, quotient, {z: 1})
                explicit[z] = i
                del waiting[i]
                progress = True
    return equations


def _check_constant(equations: list[ImplicitEquation], varying: set[Any]) -> None:
    from symnum.terms.traverse import free_symbols

    for equation in equations:
        for z, factor in equation.derivatives.items():
            inside = [s for s in free_symbols(factor) if s in varying]
            if inside:
                raise UnsupportedError(
                    f'In "{equation.text}" the factor of D({z}) depends on {", ".join(s.name for s in inside)}; the '
                    "factors of several derivatives in one equation must be constant. Give all but one of the "
                    f"derivatives a name: D({z}) = v, with v in its place."
                )
