"""Sets up a run of each compiled engine for a method and a problem."""

import functools

import numpy as np
import numpy.typing as npt

from symnum.integrators import layout as at
from symnum.integrators.colouring import colour_columns
from symnum.integrators.problem import KernelProblem
from symnum.integrators.record import BackwardPoints, Record, StepPolynomials
from symnum.integrators.run import Run, address_of
from symnum.integrators.tableaus import MultistepFormulas, RungeKuttaTableau

Array = npt.NDArray[np.float64]


def explicit_run(
    method: RungeKuttaTableau,
    problem: KernelProblem,
    rtol: float,
    atol: Array | float,
    *,
    detect_stiffness: bool = False,
) -> Run:
    """Return a run of the explicit Runge-Kutta engine; times, steps and limits are still to be set."""
    from symnum.integrators.explicit import ROWS, advance

    n = problem.size
    work = np.zeros((ROWS + method.stages, n))
    work[1] = atol
    run = Run(advance, problem, Record(n, method.degree, StepPolynomials.overlap, StepPolynomials()), work)
    integers, reals = run.integers, run.reals
    integers[at.I_TABLE] = address_of(method.table)
    integers[at.I_STAGES] = method.stages
    integers[at.I_DEGREE] = method.degree
    integers[at.I_ORDER] = method.order
    integers[at.I_DETECT] = detect_stiffness
    reals[at.R_RTOL] = rtol
    reals[at.R_SAFETY] = 0.9
    reals[at.R_GROW] = 10.0
    reals[at.R_ALPHA] = 0.7 / method.order
    reals[at.R_BETA] = 0.4 / method.order
    reals[at.R_STABILITY] = 0.93 * method.stability
    return run


#: Share of the user's tolerances that one step of a multistep method may use: local errors add up over a run, and
#: half the tolerance costs a sixth more time.
LOCAL_SHARE = 0.5

#: Settings of the multistep engine, found by experiment on the networks and test problems in `benchmarks`.
MULTISTEP_SETTINGS = {
    at.R_NEWTON_TOLERANCE: 0.01,  # iteration error allowed, as a share of the error test
    at.R_GAMMA_RANGE: 0.6,  # change of h/a for which an old factorisation serves
    at.R_RATE_LIMIT: 0.5,  # convergence rate from which the next step factorises anew
    at.R_SAFETY: 3.0,  # aim at a third of the tolerated error
    at.R_GROW: 1e4,  # the first step may be far too small
    at.R_CHANGE_LIMIT: 1.3,  # a larger step must be worth it
    at.R_SHRINK: 0.9,  # below this a step is shortened before it fails
    at.R_RAISE_BIAS: 1.5,  # a higher order must be clearly better
}


def multistep_run(
    method: MultistepFormulas, problem: KernelProblem, rtol: float, atol: Array | float, *, max_order: int = 5
) -> Run:
    """Return a run of the multistep engine; times, steps and limits are still to be set."""
    from symnum.integrators.multistep import ROWS, advance

    n = problem.size
    work = np.zeros((ROWS + 1, n))
    work[5] = LOCAL_SHARE * atol
    run = Run(advance, problem, Record(n, 0, BackwardPoints.overlap, BackwardPoints()), work)
    solver = problem.borrow_solver()
    run.solver = solver
    indptr, indices = problem.pattern()
    values = np.zeros(len(indices))
    run.kept += [indptr, indices, values, method.table]
    integers, reals = run.integers, run.reals
    integers[at.I_FACTOR] = solver.factor_address
    integers[at.I_SOLVE] = solver.solve_address
    integers[at.I_SOLVER] = solver.context_address
    integers[at.I_JACOBIAN] = problem.jacobian_address
    integers[at.I_VALUES] = address_of(values)
    integers[at.I_INDPTR] = address_of(indptr)
    integers[at.I_INDICES] = address_of(indices)
    integers[at.I_ENTRIES] = len(indices)
    integers[at.I_TABLE] = address_of(method.table)
    integers[at.I_MAX_ORDER] = min(max_order, len(method.kappa))
    integers[at.I_ORDER] = 1
    if problem.jacobian_address == 0:
        columns, starts = colour_columns(indptr, indices)
        run.kept += [columns, starts]
        integers[at.I_COLUMNS] = address_of(columns)
        integers[at.I_STARTS] = address_of(starts)
        integers[at.I_COLOURS] = len(starts) - 1
    reals[at.R_RTOL] = LOCAL_SHARE * rtol
    for place, value in MULTISTEP_SETTINGS.items():
        reals[place] = value
    return run


@functools.cache
def compiled_engines() -> dict[str, int]:
    """Compile or load every engine; return their addresses."""
    from symnum.integrators import explicit, multistep

    return {"explicit": explicit.advance.address, "multistep": multistep.advance.address}
