"""Simulations of differential-algebraic systems: the mass matrix as numbers, and initial values that fit together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import InitialValueError, InputError, SingularMatrixError
from symnum.simulators.values import eliminated_values, open_guesses
from symnum.systems.ode import ODESystem

if TYPE_CHECKING:
    from symnum.integrators.consistent import Consistent, Constraints
    from symnum.integrators.problem import KernelProblem

__all__ = ["CONSISTENCY", "Start", "check_consistency", "consistent_start", "with_mass"]

Array = NDArray[np.float64]

CONSISTENCY = ("fix", "check", "none")
"""What can be done about initial values that do not satisfy the algebraic equations."""

_ABOVE_ROUNDING = 100.0

_GUESSES = (1.0, 0.1, 10.0, -1.0)
"""Tried for algebraic unknowns without a guess, after zero."""


def check_consistency(value: Any) -> str:
    """Return what is to be done about inconsistent initial values.

    Raises
    ------
    InputError
        If it is none of `CONSISTENCY`.
    """
    if value not in CONSISTENCY:
        raise InputError(
            f'consistency is {value!r}; choose "fix" (solve the algebraic equations), "check" (refuse values that do '
            'not satisfy them) or "none" (take the values as they are).'
        )
    return str(value)


@dataclass(frozen=True)
class Start:
    """Initial values, and what was done to them.

    Attributes
    ----------
    state : ndarray
        The values to start from.
    changes : dict of str to (float, float)
        Values that were given and are not what the simulation starts from, with those that are, by name.
    found : dict of str to float
        Values of algebraic unknowns for which nothing was given.
    iterations : int
        Newton iterations.
    rounding : ndarray or None
        How much rounding of the algebraic equations moves each of the values.
    """

    state: Array
    changes: dict[str, tuple[float, float]] = field(default_factory=dict)
    found: dict[str, float] = field(default_factory=dict)
    iterations: int = 0
    rounding: Array | None = None

    def above_rounding(self, tolerance: Array) -> Array:
        """Return absolute tolerances that rounding of the algebraic equations alone does not use up."""
        return tolerance if self.rounding is None else np.maximum(tolerance, _ABOVE_ROUNDING * self.rounding)

    def as_stats(self) -> dict[str, Any]:
        """Return what belongs in the statistics of a solution."""
        return {
            "initial_changes": self.changes,
            "initial_found": self.found,
            "initial_iterations": self.iterations,
            "initial_note": self.note,
        }

    @property
    def note(self) -> str:
        """A line for people; empty if there is nothing to say."""
        parts = [f"{name} from {old:.6g} to {new:.6g}" for name, (old, new) in list(self.changes.items())[:5]]
        if len(self.changes) > 5:
            parts.append(f"{len(self.changes) - 5} more")
        changed = "changed to satisfy the algebraic equations: " + ", ".join(parts) if parts else ""
        found = f"{len(self.found)} of algebraic unknowns computed" if self.found else ""
        return "; ".join(part for part in (changed, found) if part)


def with_mass(problem: "KernelProblem", system: ODESystem, p: Array) -> "KernelProblem":
    """Return a problem with the system's mass matrix, if it has one, as values on the Jacobian's pattern.

    Raises
    ------
    InputError
        If there is no Jacobian with entries to which those of the mass matrix could be added.
    """
    if system.mass is None:
        return problem
    if problem.indptr is None:
        raise InputError(
            'jacobian="free" has no entries to which a mass matrix could be added; choose "analytic" or "coloured".'
        )
    indptr, indices = problem.pattern()
    columns = np.repeat(np.arange(problem.size), np.diff(indptr))
    positions = columns * problem.size + indices
    wanted = system.mass.columns.astype(np.int64) * problem.size + system.mass.rows
    values = np.zeros(len(indices))
    numbers = {s: float(v) for s, v in zip(system.parameters, p, strict=True)}
    values[np.searchsorted(positions, wanted)] = system.mass.values(numbers)
    return replace(problem, mass=values)


def consistent_start(
    problem: "KernelProblem",
    system: ODESystem,
    given: Any,
    t: float,
    state: Array,
    tolerance: Sequence[float],
    mode: str,
    observe: Any,
) -> Start:
    """Return initial values that satisfy the algebraic equations.

    Parameters
    ----------
    problem : KernelProblem
        With the mass matrix.
    system : ODESystem
    given : mapping, array or None
        What the user passed as `y0`.
    t : float
        Time of the start.
    state : ndarray
        Values given, zeros for algebraic unknowns without any.
    tolerance : (float, float)
        Relative, and absolute as a share of the largest value: differences within are not worth a word.
    mode : {"fix", "check", "none"}
        What to do about inconsistent values.
    observe : callable
        ``observe(t, y)`` returns the observables, of which the eliminated unknowns are the first.

    Raises
    ------
    InitialValueError
        If no consistent values are found, or the given ones are not and `mode` is "check".
    SingularMatrixError
        If the equations do not determine the algebraic unknowns there.
    """
    if mode == "none":
        return Start(state)
    start = Start(state) if system.mass is None else _solved(problem, system, given, t, state, tolerance, mode)
    return _compared(start, system, given, problem.parameters, t, tolerance, mode, observe)


def _solved(
    problem: "KernelProblem",
    system: ODESystem,
    given: Any,
    t: float,
    state: Array,
    tolerance: Sequence[float],
    mode: str,
) -> Start:
    from symnum.integrators.consistent import Constraints

    constraints = Constraints(problem)
    if not constraints.count:
        return Start(state)
    guessed = open_guesses(system, given)
    result = constraints.solve(t, state)
    for guess in _GUESSES if guessed else ():
        if result.converged:
            break
        other = state.copy()
        other[guessed] = guess
        again = constraints.solve(t, other)
        result = again if again.converged or result.singular else result
    if not result.converged:
        raise _failure(system, constraints, result, t, state)
    names = system.state_names
    moved = np.flatnonzero(_differs(state, result.y, tolerance))
    changes = {names[j]: (float(state[j]), float(result.y[j])) for j in moved if j not in guessed}
    if changes and mode == "check":
        _refuse(system, constraints, t, state, changes)
    found = {names[j]: float(result.y[j]) for j in guessed}
    return Start(result.y, changes, found, result.iterations, result.rounding)


def _differs(old: Array, new: Array, tolerance: Sequence[float]) -> NDArray[np.bool_]:
    size = np.maximum(np.abs(old), np.abs(new))
    return np.asarray(np.abs(new - old) > tolerance[0] * size + tolerance[1] * size.max(initial=0.0))


def _refuse(
    system: ODESystem, constraints: "Constraints", t: float, state: Array, changes: Mapping[str, tuple[float, float]]
) -> None:
    residual = constraints.residual(t, state)
    worst = int(np.argmax(np.abs(residual)))
    text = system.equation_text(constraints.left[worst][0][0])
    name, (_, fitting) = next(iter(changes.items()))
    error = InitialValueError(
        f"The initial values do not satisfy the algebraic equations at t = {t:g}: {residual[worst]:.6g} is left of "
        f'"{text}". They would with {name} = {fitting:.10g} (y0={{"{name}": {fitting:.10g}}}); consistency="fix" '
        "makes them fit."
    )
    error.equation, error.residual = text, float(residual[worst])
    raise error


def _failure(
    system: ODESystem, constraints: "Constraints", result: "Consistent", t: float, state: Array
) -> InitialValueError | SingularMatrixError:
    text = system.equation_text(result.equation)
    algebraic = [constraints.right[k][0][0] for k in range(min(3, constraints.count))]
    guess = ", ".join(f'"{system.state_names[j]}": …' for j in algebraic)
    if result.singular:
        unknown = system.state_names[result.unknown]
        return SingularMatrixError(
            f'At t = {t:g} the algebraic equations do not determine "{unknown}": their Jacobian by the algebraic '
            f'unknowns is singular there, in "{text}". Either these values are a special point, and other initial '
            f"values or guesses help (y0={{{guess}}}), or the system has a higher index than its structure shows: "
            "differentiate this equation."
        )
    error = InitialValueError(
        f"No initial values were found that satisfy the algebraic equations at t = {t:g}: {result.residual:.6g} is "
        f'left of "{text}" after {result.iterations} iterations from {_shown(system, algebraic, state)}. Give guesses '
        f"nearer to a solution, y0={{{guess}}}, or check the parameters: there may be none."
    )
    error.equation, error.residual = text, result.residual
    return error


def _shown(system: ODESystem, places: Sequence[int], state: Array) -> str:
    return ", ".join(f"{system.state_names[j]} = {state[j]:.6g}" for j in places)


def _compared(
    start: Start,
    system: ODESystem,
    given: Any,
    p: Array,
    t: float,
    tolerance: Sequence[float],
    mode: str,
    observe: Any,
) -> Start:
    """Compare values given for eliminated unknowns with those that follow from the states."""
    wanted = eliminated_values(system, p, given, t)
    if not wanted:
        return start
    values = dict(zip(system.observables, observe(t, start.state), strict=True))
    changes = dict(start.changes)
    for name, value in wanted.items():
        if _differs(np.array([value]), np.array([values[name]]), tolerance)[0]:
            changes[name] = (value, float(values[name]))
    if mode == "check" and len(changes) > len(start.changes):
        name = next(n for n in changes if n not in start.changes)
        old, new = changes[name]
        error = InitialValueError(
            f'The initial value {name} = {old:g} does not satisfy the algebraic equations: the other values give '
            f'{new:.10g}. Leave it out, or change the others; consistency="fix" goes on with {new:.10g}.'
        )
        error.equation, error.residual = f"{name} = {system.eliminated[name]}", old - new
        raise error
    return replace(start, changes=changes)
