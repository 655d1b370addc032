"""Gives an implicit engine its Jacobian and its linear solver."""

import numpy as np
import numpy.typing as npt

from symnum.errors import InputError, UnknownNameError, suggest
from symnum.integrators import layout as at
from symnum.integrators.colouring import colour_columns
from symnum.integrators.problem import KernelProblem
from symnum.integrators.run import Run, address_of

__all__ = ["JACOBIANS", "LINEAR_SHARE", "attach_jacobian", "attach_mass", "attach_matrix", "check_jacobian"]

#: What may be asked for; "auto" is "analytic" where there is a kernel, else "coloured".
JACOBIANS = ("auto", "analytic", "coloured", "differences", "free")

#: Residual that an iterative solver may leave, as a share of what the nonlinear iteration may leave.
LINEAR_SHARE = 0.1


def check_jacobian(kind: object) -> str:
    """Return the name of a way to get the Jacobian.

    Raises
    ------
    UnknownNameError
        With a suggestion.
    """
    if kind in JACOBIANS:
        return str(kind)
    known = ", ".join(f'"{name}"' for name in JACOBIANS)
    hint = suggest(str(kind), JACOBIANS)
    raise UnknownNameError(f'there is no Jacobian "{kind}"; choose one of {known}.{hint}')


def attach_matrix(
    run: Run, problem: KernelProblem, weights: npt.NDArray[np.float64], tolerance: float
) -> None:
    """Enter Jacobian, pattern, colours and linear solver in the settings of a run.

    Parameters
    ----------
    run : Run
        Its engine calls the Jacobian kernel (or forms differences where `I_JACOBIAN` is 0), then `factor` with
        the values, then `solve`, whose negative codes mean that no solution was found.
    problem : KernelProblem
    weights : ndarray, shape (n,)
        The engine's own row of one over the tolerated errors.
    tolerance : float
        Weighted root mean square that an iterative solver's residual may have, for c_mass = 1.
    """
    kind = _kind(problem)
    solver = problem.borrow_solver()
    run.solver = solver
    if solver.name not in ("dense", "banded"):  # these count nothing that a run reports
        run.counted_before = solver.statistics()
    integers = run.integers
    integers[at.I_FACTOR] = solver.factor_address
    integers[at.I_SOLVE] = solver.solve_address
    integers[at.I_SOLVER] = solver.context_address
    if getattr(solver, "refactors_freely", False):
        # The matrix of a linear part, which the engine makes anew for every step: one iteration solves the equations.
        integers[at.I_EXACT] = 1
    attach = getattr(solver, "attach", None)
    if attach is not None:
        attach(problem, weights, tolerance)
    if kind == "free":
        _enter_point(run, problem)
        return
    _enter_entries(run, problem, kind)


def attach_jacobian(run: Run, problem: KernelProblem, method: str) -> None:
    """Enter the Jacobian alone in the settings of a run that solves no linear equations.

    Raises
    ------
    InputError
        Without entries of the Jacobian.
    """
    kind = _kind(problem)
    if kind == "free":
        raise InputError(
            f'method="{method}" needs the entries of the Jacobian; choose another jacobian than "free"'
        )
    _enter_entries(run, problem, kind)


def _kind(problem: KernelProblem) -> str:
    kind = check_jacobian(problem.jacobian)
    if kind == "auto":
        kind = "analytic" if problem.jacobian_address else "coloured"
    if kind == "analytic" and problem.jacobian_address == 0:
        raise InputError(
            'jacobian="analytic" needs a Jacobian kernel; this problem has none, choose "coloured"'
        )
    return kind


def _enter_entries(run: Run, problem: KernelProblem, kind: str) -> None:
    integers = run.integers
    indptr, indices = problem.pattern()
    values = np.zeros(len(indices))
    run.kept += [indptr, indices, values]
    integers[at.I_VALUES] = address_of(values)
    integers[at.I_INDPTR] = address_of(indptr)
    integers[at.I_INDICES] = address_of(indices)
    integers[at.I_ENTRIES] = len(indices)
    run.jacobian = kind
    if kind == "analytic":
        integers[at.I_JACOBIAN] = problem.jacobian_address
    else:
        _enter_colours(run, problem.size, indptr, indices)


def attach_mass(run: Run, problem: KernelProblem) -> None:
    """Enter the mass matrix, if there is one, in the settings of a run that has its Jacobian.

    Raises
    ------
    InputError
        Without entries of the Jacobian, to which those of the mass matrix could be added.
    """
    if problem.mass is None:
        return
    if run.jacobian.startswith("free"):
        raise InputError('a mass matrix needs the entries of the Jacobian; choose jacobian="auto"')
    mass = np.ascontiguousarray(problem.mass, np.float64)
    scratch = np.zeros(len(mass))
    run.kept += [mass, scratch]
    run.integers[at.I_MASS] = address_of(mass)
    run.integers[at.I_SCRATCH] = address_of(scratch)


def _enter_colours(run: Run, n: int, indptr: npt.NDArray[np.int32], indices: npt.NDArray[np.int32]) -> None:
    """Differences: groups of columns, or one column at a time."""
    coloured = run.jacobian == "coloured"
    columns, starts = colour_columns(indptr, indices) if coloured else (np.arange(n), np.arange(n + 1))
    run.kept += [columns, starts]
    run.integers[at.I_JACOBIAN] = 0
    run.integers[at.I_COLUMNS] = address_of(columns)
    run.integers[at.I_STARTS] = address_of(starts)
    run.integers[at.I_COLOURS] = len(starts) - 1
    run.jacobian = "coloured differences" if len(starts) - 1 < n else "differences"


def _enter_point(run: Run, problem: KernelProblem) -> None:
    """No entries: in their place the solver gets n, t and the state at which the Jacobian is meant."""
    from symnum.integrators.linear.operators import keep_point

    n = problem.size
    values = np.zeros(n + 2)
    values[0] = n
    components = np.concatenate([np.zeros(2, np.int32), np.arange(n, dtype=np.int32)])
    run.kept += [values, components]
    run.integers[at.I_VALUES] = address_of(values)
    run.integers[at.I_INDICES] = address_of(components)
    run.integers[at.I_ENTRIES] = n + 2
    run.integers[at.I_JACOBIAN] = keep_point.address
    run.jacobian = "free, analytic" if problem.product_address else "free, differences"
