"""Rosenbrock engine for stiff systems and index-1 differential-algebraic systems M y' = f(t, y): no Newton iteration.

A step solves, with one factorisation for all stages,

    (M - h g J) U_i = h g f(t + alpha_i h, y + sum_j a_ij U_j) + g M sum_j c_ij U_j + g gamma_i h^2 f_t

and takes y + sum_i m_i U_i. The method comes as the arrays alpha, gamma, m, e, a, c and its interpolant; the mass
matrix M is the identity, or constant with values on the Jacobian's pattern.

A step must also pass in its middle: the residual of the continuous solution there, taken through the same matrix, is
its error where the problem is stiff, which an error estimate at the end of the step does not see.

Sources: Hairer and Wanner, Solving Ordinary Differential Equations II, section IV.7 (this form of the equations) and
section VI.4 (singular M); Steinebach, BIT 63 (2023) 27 (residual in the middle of a step).
"""

from symnum.integrators.addresses import call_solve, float_pointer, offset
from symnum.integrators.compiled import compiled, compiled_callback
from symnum.integrators.layout import (
    I_AUTONOMOUS,
    I_CAUSE,
    I_CURRENT,
    I_DEGREE,
    I_FIXED,
    I_MASS,
    I_ORDER,
    I_ROW,
    I_SEGMENTS,
    I_SHARED_STAGE,
    I_SIZE,
    I_SOLVE,
    I_SOLVER,
    I_SOLVES,
    I_STAGES,
    I_STARTED,
    I_STATES,
    I_TABLE,
    KERNEL_FAILURE,
    NEWTON_FAILURE,
    NOT_FINITE,
    R_GAMMA_METHOD,
    R_TIME,
    RUNNING,
)  # fmt: skip
from symnum.integrators.matrices import add_mass_product, evaluate_jacobian, factorise, time_derivative
from symnum.integrators.stepping import (
    COMMON_ROWS,
    ENGINE,
    ERROR,
    SLOPE,
    TRIAL,
    WEIGHTS,
    begin,
    check_finite,
    enter,
    evaluate,
    evaluate_checked,
    next_step,
    refuse,
    set_step_weights,
    take_steps,
)
from symnum.integrators.vectors import combine, weighted_norm

#: Rows of the work array before the stages, after those of every engine: f at the end of the step, derivative of f by
#: time, spare.
_NEXT, _DRIFT, _SPARE = range(COMMON_ROWS, COMMON_ROWS + 3)
ROWS = COMMON_ROWS + 3

# Vectors at the beginning of the table: nodes, drifts, weights, error, and weights and slopes in the middle.
_VECTORS = 6

# Share of the residual's error in the middle of a step that counts.
_MIDDLE = 0.25


@compiled
def _linearise(integers, work, t, h, y):  # type: ignore[no-untyped-def]
    """Jacobian and time derivative where the step begins; they stay when the step is shortened. Returns a cause."""
    n = integers[I_SIZE]
    code = evaluate_jacobian(integers, work, t, y, offset(work, SLOPE * n), 1, _SPARE)
    if code == 0 and integers[I_AUTONOMOUS] == 0:
        slope = offset(work, SLOPE * n)
        drift = offset(work, _DRIFT * n)
        code = time_derivative(integers, t, h, y, slope, drift, offset(work, _SPARE * n))
        if code == 0 and check_finite(integers, offset(work, _DRIFT * n)) != 0:
            return NOT_FINITE
    if code != 0:
        return KERNEL_FAILURE
    integers[I_CURRENT] = 1
    return 0


@compiled
def _right_side(integers, reals, work, stage, h, out):  # type: ignore[no-untyped-def]
    """Turn f of a stage, in `out`, into the right side of its linear system."""
    n = integers[I_SIZE]
    stages = integers[I_STAGES]
    table = float_pointer(integers[I_TABLE])
    gamma = reals[R_GAMMA_METHOD]
    scale = h * gamma
    drift = offset(work, _DRIFT * n)
    move = scale * h * table[stages + stage]
    if integers[I_AUTONOMOUS] != 0 or move == 0.0:
        for i in range(n):
            out[i] *= scale
    else:
        for i in range(n):
            out[i] = scale * out[i] + move * drift[i]
    coupling = offset(table, (_VECTORS + stages + stage) * stages)
    earlier = offset(work, ROWS * n)
    if integers[I_MASS] == 0:
        combine(n, stage, gamma, coupling, 1, earlier, out, out)
        return
    spare = offset(work, _SPARE * n)
    for i in range(n):
        spare[i] = 0.0
    combine(n, stage, gamma, coupling, 1, earlier, spare, spare)
    add_mass_product(integers, spare, out)


@compiled
def _stages(integers, reals, work, now, t, h, y):  # type: ignore[no-untyped-def]
    """All stages; the cause where that fails, else zero."""
    n = integers[I_SIZE]
    stages = integers[I_STAGES]
    table = float_pointer(integers[I_TABLE])
    solutions = offset(work, ROWS * n)
    trial = offset(work, TRIAL * n)
    for s in range(stages):
        out = offset(solutions, s * n)
        source = offset(work, SLOPE * n)
        if s > 0:
            combine(n, s, 1.0, offset(table, (_VECTORS + s) * stages), 1, solutions, y, trial)
            at = t if table[s] == 1.0 else now + table[s] * h
            source = offset(work, _NEXT * n)
            cause = evaluate_checked(integers, at, trial, source)
            if cause != 0:
                return cause
        for i in range(n):
            out[i] = source[i]
        _right_side(integers, reals, work, s, h, out)
        integers[I_SOLVES] += 1
        if call_solve(integers[I_SOLVE], integers[I_SOLVER], out) != 0:
            return NEWTON_FAILURE
    return 0


@compiled
def _middle_error(integers, reals, work, now, h, y):  # type: ignore[no-untyped-def]
    """Weighted size of the error of the continuous solution in the middle of the step; fills the error row."""
    n = integers[I_SIZE]
    stages = integers[I_STAGES]
    table = float_pointer(integers[I_TABLE])
    gamma = reals[R_GAMMA_METHOD]
    solutions = offset(work, ROWS * n)
    trial = offset(work, TRIAL * n)
    error = offset(work, ERROR * n)
    combine(n, stages, 1.0, offset(table, 4 * stages), 1, solutions, y, trial)
    if evaluate(integers, now + 0.5 * h, trial, error) != 0:
        return 1e200
    for i in range(n):
        error[i] *= h * gamma
    slopes = offset(table, 5 * stages)
    if integers[I_MASS] == 0:
        combine(n, stages, -gamma, slopes, 1, solutions, error, error)
    else:
        for i in range(n):
            trial[i] = 0.0
        combine(n, stages, -gamma, slopes, 1, solutions, trial, trial)
        add_mass_product(integers, trial, error)
    integers[I_SOLVES] += 1
    if call_solve(integers[I_SOLVE], integers[I_SOLVER], error) != 0:
        return 1e200
    return weighted_norm(n, error, offset(work, WEIGHTS * n))


@compiled
def _error(integers, reals, work, h, y, new):  # type: ignore[no-untyped-def]
    """Weighted size of the error estimate, in the error row, or minus a cause."""
    if integers[I_FIXED] != 0:
        return -1.0 * check_finite(integers, new)
    n = integers[I_SIZE]
    error = offset(work, ERROR * n)
    set_step_weights(integers, reals, work, y, new)
    for i in range(n):
        error[i] = 0.0
    stages = integers[I_STAGES]
    coefficients = offset(float_pointer(integers[I_TABLE]), 3 * stages)
    combine(n, stages, 1.0, coefficients, 1, offset(work, ROWS * n), error, error)
    size = weighted_norm(n, error, offset(work, WEIGHTS * n))
    if size <= 1.0:
        size = max(size, _MIDDLE * _middle_error(integers, reals, work, reals[R_TIME], h, y))
    return size


@compiled
def _keep(integers, work):  # type: ignore[no-untyped-def]
    """Store the coefficients of the continuous solution; the end is the beginning of the next step."""
    n = integers[I_SIZE]
    stages = integers[I_STAGES]
    degree = integers[I_DEGREE]
    solutions = offset(work, ROWS * n)
    interpolant = offset(float_pointer(integers[I_TABLE]), (_VECTORS + 2 * stages) * stages)
    segment = offset(float_pointer(integers[I_SEGMENTS]), (integers[I_ROW] + 1) * degree * n)
    zero = offset(work, ERROR * n)
    for i in range(n):
        zero[i] = 0.0
    for j in range(degree):
        combine(n, stages, 1.0, offset(interpolant, j), degree, solutions, zero, offset(segment, j * n))
    slope = offset(work, SLOPE * n)
    last = offset(work, _NEXT * n)
    for i in range(n):
        slope[i] = last[i]
    integers[I_CURRENT] = 0


@compiled
def _solve_step(integers, reals, work, t, h, y, new):  # type: ignore[no-untyped-def]
    """Stages and new value; the size of the error, or minus a cause."""
    n = integers[I_SIZE]
    now = reals[R_TIME]
    stages = integers[I_STAGES]
    cause = 0
    if integers[I_CURRENT] == 0:
        cause = _linearise(integers, work, now, h, y)
    if cause == 0 and factorise(integers, h * reals[R_GAMMA_METHOD]) != 0:
        cause = integers[I_CAUSE]
    if cause == 0:
        cause = _stages(integers, reals, work, now, t, h, y)
    if cause != 0:
        return -1.0 * cause
    weights = offset(float_pointer(integers[I_TABLE]), 2 * stages)
    combine(n, stages, 1.0, weights, 1, offset(work, ROWS * n), y, new)
    error = _error(integers, reals, work, h, y, new)
    if error >= 0.0 and error <= 1.0 and integers[I_SHARED_STAGE] == 0:
        cause = evaluate_checked(integers, t, new, offset(work, _NEXT * n))
    return -1.0 * cause if cause != 0 else error


@compiled
def _attempt(integers, reals, work, t, h):  # type: ignore[no-untyped-def]
    """Try one step."""
    n = integers[I_SIZE]
    y = offset(float_pointer(integers[I_STATES]), integers[I_ROW] * n)
    error = _solve_step(integers, reals, work, t, h, y, offset(y, n))
    if not (error >= 0.0 and error <= 1.0):
        return refuse(integers, reals, work, h, error)
    _keep(integers, work)
    enter(integers, reals, t, h, integers[I_ORDER])
    next_step(integers, reals, h, error)
    return RUNNING


@compiled_callback(ENGINE, seconds=1.0)
def advance(integers, reals, work):  # type: ignore[no-untyped-def]
    """Take up to ``integers[I_SLICE]`` attempts; return a code of `layout`."""
    if integers[I_STARTED] == 0:
        code = begin(integers, reals, work, integers[I_ORDER])
        if code != RUNNING:
            return code
    return take_steps(integers, reals, work, _attempt)
