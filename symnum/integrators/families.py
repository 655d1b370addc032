"""Sets up a run of each compiled engine for a method and a problem."""

import functools

import numpy as np
import numpy.typing as npt

from symnum.compiling.aligned import aligned_zeros
from symnum.integrators import layout as at
from symnum.integrators.choose import start_vector
from symnum.integrators.compiled import CompiledCallback
from symnum.integrators.control import exponents
from symnum.integrators.newton_matrix import LINEAR_SHARE, attach_jacobian, attach_mass, attach_matrix
from symnum.integrators.problem import KernelProblem
from symnum.integrators.record import (
    BackwardPoints,
    Block,
    CompletedPolynomials,
    Record,
    SlopeIntegrals,
    StepPolynomials,
)
from symnum.integrators.run import Run, address_of
from symnum.integrators.stepping import ATOL, WEIGHTS
from symnum.integrators.tableaus import (
    AdamsFormulas,
    CollocationTableau,
    DiagonallyImplicitTableau,
    DifferencingTableau,
    ExponentialTableau,
    MultistepFormulas,
    Numbers,
    OrthogonalFormulas,
    RosenbrockTableau,
    RungeKuttaTableau,
    StabilisedFormulas,
)

Array = npt.NDArray[np.float64]
OneStepNumbers = (
    CollocationTableau
    | DiagonallyImplicitTableau
    | DifferencingTableau
    | ExponentialTableau
    | OrthogonalFormulas
    | RosenbrockTableau
    | RungeKuttaTableau
    | StabilisedFormulas
)


def _one_step_run(
    engine: CompiledCallback,
    rows: int,
    method: OneStepNumbers,
    problem: KernelProblem,
    rtol: float,
    atol: Array | float,
    controller: str = "pi",
    *,
    growth: float = 10.0,
    stored: int = 0,
    kind: type[Run] = Run,
) -> Run:
    """Return a run of a one-step engine with what all of them are told.

    `stored` says how many vectors a step leaves for its continuous solution (0: as many as its polynomial's degree).
    """
    work = aligned_zeros((rows, problem.size))
    work[ATOL] = atol
    record = Record(problem.size, stored or method.degree, StepPolynomials.overlap, StepPolynomials())
    run = kind(engine, problem, record, work)
    run.kept.append(method.table)
    integers, reals = run.integers, run.reals
    integers[at.I_TABLE] = address_of(method.table)
    integers[at.I_STAGES] = method.stages
    integers[at.I_DEGREE] = method.degree
    integers[at.I_ORDER] = method.order
    integers[at.I_CONTROL_ORDER] = method.control_order
    reals[at.R_RTOL] = rtol
    reals[at.R_SAFETY] = 0.9
    reals[[at.R_FIRST_GROWTH, at.R_GROWTH]] = 10.0, growth
    reals[[at.R_ALPHA, at.R_BETA, at.R_THIRD]] = exponents(controller, method.control_order)
    reals[[at.R_LAST_ERROR, at.R_EARLIER_ERROR]] = 1.0
    return run


def explicit_run(
    method: RungeKuttaTableau,
    problem: KernelProblem,
    rtol: float,
    atol: Array | float,
    *,
    detect_stiffness: bool = False,
    controller: str | None = None,
) -> Run:
    """Return a run of the explicit Runge-Kutta engine; times, steps and limits are still to be set."""
    from symnum.integrators.explicit import ROWS, advance

    rows = ROWS + method.stages
    run = _one_step_run(
        advance, rows, method, problem, rtol, atol, controller or "pi", stored=len(method.kept)
    )
    integers = run.integers
    integers[at.I_TOTAL] = len(method.matrix)
    integers[at.I_LATE] = method.late
    integers[at.I_IDLE] = method.idle
    integers[at.I_SECOND_ERROR] = bool(method.second_error)
    integers[at.I_DETECT] = detect_stiffness
    run.reals[at.R_STABILITY] = 0.93 * method.stability
    if len(method.kept):
        integers[at.I_KEPT] = address_of(method.kept)
        integers[at.I_KEPT_COUNT] = len(method.kept)
        run.new_interpolant = functools.partial(_completed, method)
        run.complete_record()
    return run


def _completed(method: RungeKuttaTableau, run: Run) -> CompletedPolynomials:
    return CompletedPolynomials(_Completion(run, method))


class _Completion:
    """Evaluates the stages that only the continuous solution needs."""

    def __init__(self, run: Run, method: RungeKuttaTableau) -> None:
        self._problem = run.problem
        self._lent = False
        self._method = method
        self._integers = run.integers
        self._parameters = np.array(run.problem.parameters)  # the user may change the original later
        run.integers[at.I_PARAMETERS] = address_of(self._parameters)

    def release(self) -> None:
        """Let go of the model's memory, which somebody else uses from now on."""
        self._lent = True

    def __call__(self, block: Block, rows: npt.NDArray[np.int64]) -> Array:
        from symnum.integrators.explicit import complete

        if self._lent and self._problem.renew is not None:
            self._problem = self._problem.renew(self._parameters)
            self._integers = self._integers.copy()
            self._integers[at.I_CONTEXT] = self._problem.context_address
            self._lent = False
        size, method = self._problem.size, self._method
        out = np.empty((len(rows), method.degree, size))
        work = np.zeros((1 + len(method.matrix), size))  # stages that are not kept count zero times
        arrays = (block.times, block.states, block.segments)
        places = [address_of(a) for a in (self._integers, work, *arrays, rows)]
        if complete.call(*places, len(rows), address_of(out)) != 0:
            out[:] = np.nan
        return out


#: Change of h for which an old factorisation serves where a new one costs nothing.
EXACT_RANGE = 1e-9

#: Share of the user's tolerances that one step of a multistep method may use: local errors add up over a run, and
#: half the tolerance costs a sixth more time.
LOCAL_SHARE = 0.5

#: Settings of the multistep engine, found by experiment on the networks and test problems in `benchmarks`.
MULTISTEP_SETTINGS = {
    at.R_NEWTON_TOLERANCE: 0.01,  # iteration error allowed, as a share of the error test
    at.R_GAMMA_RANGE: 0.6,  # change of h/a for which an old factorisation serves
    at.R_RATE_LIMIT: 0.5,  # convergence rate from which the next step factorises anew
    at.R_SAFETY: 3.0,  # aim at a third of the tolerated error
    at.R_FIRST_GROWTH: 1e4,  # the first step may be far too small
    at.R_GROWTH: 10.0,  # growth of any other step
    at.R_CHANGE_LIMIT: 1.3,  # a larger step must be worth it
    at.R_SHRINK: 0.9,  # below this a step is shortened before it fails
    at.R_RAISE_BIAS: 1.5,  # a higher order must be clearly better
}


#: Product of step and spectral radius up to which an explicit method would take steps as long, at no greater cost.
SMOOTH_REACH = 0.5


def multistep_run(
    method: MultistepFormulas,
    problem: KernelProblem,
    rtol: float,
    atol: Array | float,
    *,
    max_order: int | None = None,
    patience: int = 0,
) -> Run:
    """Return a run of the multistep engine; times, steps and limits are still to be set."""
    from symnum.integrators.multistep import DOMINANT, GIVEN_SLOPE, ROWS, advance

    n = problem.size
    whole, explicit = problem, None
    if method.additive and problem.split is not None:
        problem, explicit = problem.split
    work = aligned_zeros((ROWS, n))
    work[ATOL] = LOCAL_SHARE * atol
    kept = 0 if explicit is None else 1
    run = Run(advance, problem, Record(n, kept, BackwardPoints.overlap, BackwardPoints()), work)
    run.tolerance_share = LOCAL_SHARE
    attach_matrix(run, problem, work[WEIGHTS], LINEAR_SHARE * MULTISTEP_SETTINGS[at.R_NEWTON_TOLERANCE])
    attach_mass(run, problem)
    if explicit is not None:
        _attach_parts(run, whole, explicit)
    if problem.slope is not None:
        work[GIVEN_SLOPE] = problem.slope
    run.kept.append(method.table)
    integers, reals = run.integers, run.reals
    integers[at.I_TABLE] = address_of(method.table)
    integers[at.I_MAX_ORDER] = min(max_order or 5, len(method.kappa))
    if patience and not run.jacobian.startswith("free"):
        integers[at.I_DETECT] = patience
        work[DOMINANT] = start_vector(n)
    reals[at.R_STABILITY] = SMOOTH_REACH
    integers[at.I_ORDER] = 1
    reals[at.R_RTOL] = LOCAL_SHARE * rtol
    for place, value in MULTISTEP_SETTINGS.items():
        reals[place] = value
    if integers[at.I_EXACT]:
        reals[at.R_GAMMA_RANGE] = EXACT_RANGE
    return run


#: Settings of the Adams engine, found by experiment on the non-stiff test problems.
ADAMS_SETTINGS = {
    at.R_SAFETY: 0.5,  # aim at half of the tolerated error
    at.R_GROWTH: 2.0,  # growth of a step
    at.R_CHANGE_LIMIT: 1.5,  # a larger step must be worth it
    at.R_RAISE_BIAS: 1.0,  # how much better a higher order must be
}


def adams_run(
    method: AdamsFormulas,
    problem: KernelProblem,
    rtol: float,
    atol: Array | float,
    *,
    detect_stiffness: bool = False,
    max_order: int | None = None,
) -> Run:
    """Return a run of the Adams engine; times, steps and limits are still to be set."""
    from symnum.integrators.adams import ROWS, TABLE_ROWS, advance

    n = problem.size
    work = aligned_zeros((ROWS, n))
    work[ATOL] = LOCAL_SHARE * atol
    run = Run(advance, problem, Record(n, 2, SlopeIntegrals.overlap, SlopeIntegrals()), work)
    run.tolerance_share = LOCAL_SHARE
    table = np.zeros(16 * TABLE_ROWS)
    table[: len(method.table)] = method.table
    run.kept.append(table)
    integers, reals = run.integers, run.reals
    integers[at.I_TABLE] = address_of(table)
    integers[at.I_MAX_ORDER] = min(max(max_order or 100, 2) - 1, method.steps)
    integers[at.I_ORDER] = 1
    integers[at.I_DETECT] = detect_stiffness
    reals[at.R_RTOL] = LOCAL_SHARE * rtol
    # High orders are bound by stability long before a problem is stiff; then the order falls to where the intervals
    # are longest.
    reals[at.R_STABILITY] = 0.5 * max(method.intervals)
    for place, value in ADAMS_SETTINGS.items():
        reals[place] = value
    return run


#: Residual that an iterative solver may leave in a stage, as a share of the tolerances.
ROSENBROCK_SHARE = 1e-3


def rosenbrock_run(
    method: RosenbrockTableau,
    problem: KernelProblem,
    rtol: float,
    atol: Array | float,
    *,
    controller: str | None = None,
) -> Run:
    """Return a run of the Rosenbrock engine; times, steps and limits are still to be set."""
    from symnum.integrators.rosenbrock import ROWS, advance

    rows = ROWS + method.stages
    run = _one_step_run(advance, rows, method, problem, rtol, atol, controller or "pi", growth=8.0)
    attach_matrix(run, problem, run.work[WEIGHTS], ROSENBROCK_SHARE)
    integers = run.integers
    integers[at.I_SHARED_STAGE] = method.shared_stage
    integers[at.I_AUTONOMOUS] = problem.autonomous
    integers[at.I_TIME_DERIVATIVE] = problem.time_derivative_address
    attach_mass(run, problem)
    run.reals[at.R_GAMMA_METHOD] = method.gamma
    return run


def _attach_parts(run: Run, whole: KernelProblem, explicit: KernelProblem) -> None:
    """Enter the explicit part and the whole in the settings of a run on the implicit part."""
    run.kept += [whole, explicit]
    integers = run.integers
    integers[[at.I_EXPLICIT, at.I_EXPLICIT_CONTEXT]] = explicit.rhs_address, explicit.context_address
    integers[[at.I_WHOLE, at.I_WHOLE_CONTEXT]] = whole.rhs_address, whole.context_address
    integers[at.I_PARAMETERS] = address_of(whole.parameters)


#: Settings of the diagonally implicit engine, found by experiment on the test problems in `benchmarks`.
SDIRK_SETTINGS = {
    at.R_NEWTON_TOLERANCE: 0.05,  # iteration error allowed in a stage, as a share of the tolerances
    at.R_GAMMA_RANGE: 0.4,  # change of h for which an old factorisation serves
    at.R_RATE_LIMIT: 0.1,  # convergence rate from which the next step factorises anew
}


def sdirk_run(
    method: DiagonallyImplicitTableau,
    problem: KernelProblem,
    rtol: float,
    atol: Array | float,
    *,
    controller: str | None = None,
) -> Run:
    """Return a run of the diagonally implicit engine; times, steps and limits are still to be set.

    Where the problem is split and the method additive, the engine works on the implicit part.
    """
    from symnum.integrators.sdirk import ROWS, advance

    explicit: KernelProblem | None = None
    whole = problem
    if method.explicit_a and problem.split is not None:
        problem, explicit = problem.split
    rows = ROWS + method.stages * (1 if explicit is None else 2)
    run = _one_step_run(advance, rows, method, problem, rtol, atol, controller or "pi")
    attach_matrix(run, problem, run.work[WEIGHTS], LINEAR_SHARE * SDIRK_SETTINGS[at.R_NEWTON_TOLERANCE])
    attach_mass(run, problem)
    run.integers[at.I_SECOND_ERROR] = not method.error
    if explicit is not None:
        _attach_parts(run, whole, explicit)
    for place, value in SDIRK_SETTINGS.items():
        run.reals[place] = value
    if run.integers[at.I_EXACT]:
        run.reals[at.R_GAMMA_RANGE] = EXACT_RANGE
    run.reals[at.R_GAMMA_METHOD] = method.gamma
    return run


#: Settings of the fully implicit engine.
RADAU_SETTINGS = {
    at.R_NEWTON_TOLERANCE: 0.03,  # iteration error allowed, as a share of the tolerances, and at most their root
    at.R_RATE_LIMIT: 0.01,  # convergence rate from which the next step has a new Jacobian
}


def radau_run(
    method: CollocationTableau,
    problem: KernelProblem,
    rtol: float,
    atol: Array | float,
    *,
    controller: str | None = None,
) -> Run:
    """Return a run of the fully implicit engine; times, steps and limits are still to be set."""
    from symnum.integrators.pairs import attach_pair
    from symnum.integrators.radau import ROWS, advance

    run = _one_step_run(advance, ROWS, method, problem, rtol, atol, controller or "i", growth=8.0)
    attach_matrix(run, problem, run.work[WEIGHTS], LINEAR_SHARE * RADAU_SETTINGS[at.R_NEWTON_TOLERANCE])
    attach_mass(run, problem)
    attach_pair(run, problem, method.name)
    run.integers[at.I_PREDICTIVE] = controller is None
    run.matrix_divisor = method.eigenvalue
    for place, value in RADAU_SETTINGS.items():
        run.reals[place] = value
    # The order of the step is above that of its error estimate, and must not drown in what the iteration leaves.
    run.reals[at.R_NEWTON_TOLERANCE] = min(RADAU_SETTINGS[at.R_NEWTON_TOLERANCE], max(rtol, 1e-12) ** 0.5)
    return run


#: Largest dimension of a Krylov space; a step that needs more is shortened.
KRYLOV_LIMIT = 60


def exponential_run(
    method: ExponentialTableau,
    problem: KernelProblem,
    rtol: float,
    atol: Array | float,
    *,
    controller: str | None = None,
) -> Run:
    """Return a run of the exponential engine; times, steps and limits are still to be set."""
    from symnum.integrators.exponential import MORE, ROWS, advance, small_memory

    n, rows = problem.size, ROWS + method.stages
    run = _one_step_run(advance, rows, method, problem, rtol, atol, controller or "pi", growth=8.0)
    attach_jacobian(run, problem, method.name)
    space = min(KRYLOV_LIMIT, n + MORE)
    basis = aligned_zeros((space + 1) * (n + MORE))
    small = np.zeros(small_memory(space))
    run.kept += [basis, small]
    integers = run.integers
    integers[at.I_AUTONOMOUS] = problem.autonomous
    integers[at.I_TIME_DERIVATIVE] = problem.time_derivative_address
    integers[at.I_SPACE] = space
    integers[at.I_BASIS] = address_of(basis)
    integers[at.I_SMALL] = address_of(small)
    return run


def differencing_run(
    method: DifferencingTableau,
    problem: KernelProblem,
    rtol: float,
    atol: Array | float,
    *,
    controller: str | None = None,
) -> Run:
    """Return a run of exponential time differencing; times, steps and limits are still to be set."""
    from symnum.integrators.differencing_run import DifferencingRun, attach_parts
    from symnum.integrators.exponential_differencing import ROWS, advance

    rows = ROWS + len(method.rows)
    run = _one_step_run(
        advance, rows, method, problem, rtol, atol, controller or "pi", growth=8.0, kind=DifferencingRun
    )
    assert isinstance(run, DifferencingRun)
    attach_parts(run, method, problem)
    return run


def stabilised_run(
    method: StabilisedFormulas | OrthogonalFormulas,
    problem: KernelProblem,
    rtol: float,
    atol: Array | float,
    *,
    controller: str | None = None,
) -> Run:
    """Return a run of the stabilised engine; times, steps and limits are still to be set."""
    from symnum.integrators.stabilised import ROWS, advance

    run = _one_step_run(advance, ROWS, method, problem, rtol, atol, controller or "pi")
    if isinstance(method, OrthogonalFormulas):
        run.integers[[at.I_TOTAL, at.I_ENTRIES]] = method.usable(rtol), len(method.polynomials)
    return run


def method_run(
    numbers: Numbers,
    problem: KernelProblem,
    rtol: float,
    atol: Array | float,
    *,
    detect_stiffness: bool = False,
    controller: str | None = None,
    max_order: int | None = None,
    patience: int = 0,
) -> Run:
    """Return a run of the engine that a method needs; times, steps and limits are still to be set.

    Parameters
    ----------
    numbers : Numbers
        Coefficients of the method.
    problem : KernelProblem
    rtol, atol : float
        Tolerances; `atol` may be an array, shape (n,).
    detect_stiffness : bool
        Whether an explicit method stops where the problem turns out stiff.
    controller : {"i", "pi", "pid"}, optional
        Step-size control of one-step methods.
    max_order : int, optional
        Highest order of a multistep method.
    patience : int
        Steps after which a multistep method stops where the problem has not been stiff all the while; 0 for never.
    """
    if controller is not None:
        exponents(controller, 1)  # refuses what there is none of, whatever the method
    if isinstance(numbers, RungeKuttaTableau):
        return explicit_run(
            numbers, problem, rtol, atol, detect_stiffness=detect_stiffness, controller=controller
        )
    if isinstance(numbers, RosenbrockTableau):
        return rosenbrock_run(numbers, problem, rtol, atol, controller=controller)
    if isinstance(numbers, DiagonallyImplicitTableau):
        return sdirk_run(numbers, problem, rtol, atol, controller=controller)
    if isinstance(numbers, CollocationTableau):
        return radau_run(numbers, problem, rtol, atol, controller=controller)
    if isinstance(numbers, ExponentialTableau):
        return exponential_run(numbers, problem, rtol, atol, controller=controller)
    if isinstance(numbers, DifferencingTableau):
        return differencing_run(numbers, problem, rtol, atol, controller=controller)
    if isinstance(numbers, StabilisedFormulas | OrthogonalFormulas):
        return stabilised_run(numbers, problem, rtol, atol, controller=controller)
    if isinstance(numbers, AdamsFormulas):
        return adams_run(numbers, problem, rtol, atol, detect_stiffness=detect_stiffness, max_order=max_order)
    return multistep_run(numbers, problem, rtol, atol, max_order=max_order, patience=patience)


@functools.cache
def compiled_engines() -> dict[str, int]:
    """Compile or load every engine; return their addresses."""
    from symnum.integrators import (
        adams,
        explicit,
        exponential,
        exponential_differencing,
        linear_modes,
        multistep,
        radau,
        rosenbrock,
        sdirk,
        stabilised,
    )

    return {
        "adams": adams.advance.address,
        "explicit": explicit.advance.address,
        "completion": explicit.complete.address,
        "differencing": exponential_differencing.advance.address,
        "exponential": exponential.advance.address,
        "modes": linear_modes.change_basis.address,
        "multistep": multistep.advance.address,
        "radau": radau.advance.address,
        "rosenbrock": rosenbrock.advance.address,
        "sdirk": sdirk.advance.address,
        "stabilised": stabilised.advance.address,
    }
