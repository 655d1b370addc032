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

from symnum.integrators.addresses import (
    call_factor,
    call_kernel,
    call_solve,
    float_pointer,
    int32_pointer,
    offset,
)
from symnum.integrators.compiled import compiled, compiled_callback
from symnum.integrators.control import next_factor, remember_error
from symnum.integrators.differences import difference_jacobian
from symnum.integrators.layout import (
    I_ACCEPTED,
    I_ATTEMPTS,
    I_AUTONOMOUS,
    I_CAPACITY,
    I_CAUSE,
    I_COMPONENT,
    I_CONTEXT,
    I_CONTROL_ORDER,
    I_CONVERGENCE_FAILURES,
    I_CURRENT,
    I_DEGREE,
    I_ENTRIES,
    I_ERROR_FAILURES,
    I_FACTOR,
    I_FACTORISATIONS,
    I_FIXED,
    I_INDICES,
    I_INDPTR,
    I_JACOBIAN,
    I_JACOBIANS,
    I_LAST_ORDER,
    I_MASS,
    I_MAX_ATTEMPTS,
    I_ORDER,
    I_PARAMETERS,
    I_RHS,
    I_RHS_CALLS,
    I_ROW,
    I_SCRATCH,
    I_SEGMENTS,
    I_SHARED_STAGE,
    I_SIZE,
    I_SLICE,
    I_SOLVE,
    I_SOLVER,
    I_SOLVES,
    I_STAGES,
    I_STARTED,
    I_STATES,
    I_TABLE,
    I_TIME_DERIVATIVE,
    I_TIMES,
    I_VALUES,
    KERNEL_FAILURE,
    NEWTON_FAILURE,
    NOT_FINITE,
    R_END,
    R_FIRST_STEP,
    R_GAMMA_METHOD,
    R_GROW,
    R_LAST_STEP,
    R_MAX_STEP,
    R_RTOL,
    R_SAFETY,
    R_STEP,
    R_TIME,
    RECORD_FULL,
    RUNNING,
    SINGULAR_MATRIX,
    STEP_UNDERFLOW,
    SUCCESS,
    TOLERANCE_TOO_TIGHT,
    TOO_MANY_STEPS,
)  # fmt: skip
from symnum.integrators.starting import starting_step
from symnum.integrators.vectors import (
    EPSILON,
    combine,
    first_not_finite,
    largest_component,
    set_weights,
    weighted_norm,
)

#: Rows of the work array before the stages: weights, atol, argument of a stage, error, f at the beginning and at the
#: end of the step, derivative of f by time, spare.
ROWS = 8
_WEIGHTS, _ATOL, _TRIAL, _ERROR, _SLOPE, _NEXT, _DRIFT, _SPARE = range(8)

# Vectors at the beginning of the table: nodes, drifts, weights, error, and weights and slopes in the middle.
_VECTORS = 6

# Share of the residual's error in the middle of a step that counts.
_MIDDLE = 0.25


@compiled
def _rhs(integers, t, y, out):  # type: ignore[no-untyped-def]
    integers[I_RHS_CALLS] += 1
    return call_kernel(integers[I_RHS], t, y, float_pointer(integers[I_PARAMETERS]), integers[I_CONTEXT], out)


@compiled
def _slope(integers, work, t, y, out):  # type: ignore[no-untyped-def]
    """Evaluate f; the cause where that fails, else zero."""
    if _rhs(integers, t, y, out) != 0:
        return KERNEL_FAILURE
    bad = first_not_finite(integers[I_SIZE], out)
    if bad >= 0:
        integers[I_COMPONENT] = bad
        return NOT_FINITE
    return 0


@compiled
def _start(integers, reals, work):  # type: ignore[no-untyped-def]
    """First derivative, weights and step size."""
    n = integers[I_SIZE]
    y = offset(float_pointer(integers[I_STATES]), integers[I_ROW] * n)
    weights = offset(work, _WEIGHTS * n)
    slope = offset(work, _SLOPE * n)
    bad = first_not_finite(n, y)
    if bad >= 0:
        integers[I_COMPONENT] = bad
        return NOT_FINITE
    set_weights(n, reals[R_RTOL], offset(work, _ATOL * n), y, weights)
    if weighted_norm(n, y, weights) * EPSILON > 0.1:
        return TOLERANCE_TOO_TIGHT
    code = _slope(integers, work, reals[R_TIME], y, slope)
    if code != 0:
        return code
    integers[I_STARTED] = 1
    if reals[R_FIRST_STEP] != 0.0:
        reals[R_STEP] = reals[R_FIRST_STEP]
        return RUNNING
    integers[I_RHS_CALLS] += 1
    trial = offset(work, _TRIAL * n)
    error = offset(work, _ERROR * n)
    reals[R_STEP] = starting_step(integers, reals, y, slope, weights, trial, error, integers[I_ORDER])
    return RUNNING


@compiled
def _time_derivative(integers, work, t, h, y):  # type: ignore[no-untyped-def]
    """Derivative of f by time: given, or by a parabola towards the end of the step."""
    n = integers[I_SIZE]
    drift = offset(work, _DRIFT * n)
    slope = offset(work, _SLOPE * n)
    if integers[I_TIME_DERIVATIVE] != 0:
        parameters = float_pointer(integers[I_PARAMETERS])
        return call_kernel(integers[I_TIME_DERIVATIVE], t, y, parameters, integers[I_CONTEXT], drift)
    spare = offset(work, _SPARE * n)
    move = max(6e-6 * abs(h), 1e-10 * abs(t))
    near = t + move if h > 0.0 else t - move
    far = t + 2.0 * move if h > 0.0 else t - 2.0 * move
    code = _rhs(integers, near, y, drift)
    if code != 0:
        return code
    code = _rhs(integers, far, y, spare)
    one = (far - t) / (near - t) / (far - near)
    two = (near - t) / (far - t) / (far - near)
    for i in range(n):
        drift[i] = one * (drift[i] - slope[i]) - two * (spare[i] - slope[i])
    return code


@compiled
def _linearise(integers, work, t, h, y):  # type: ignore[no-untyped-def]
    """Jacobian and time derivative where the step begins; they stay when the step is shortened. Returns a cause."""
    n = integers[I_SIZE]
    values = float_pointer(integers[I_VALUES])
    integers[I_JACOBIANS] += 1
    if integers[I_JACOBIAN] != 0:
        parameters = float_pointer(integers[I_PARAMETERS])
        code = call_kernel(integers[I_JACOBIAN], t, y, parameters, integers[I_CONTEXT], values)
    else:
        code = difference_jacobian(integers, work, _WEIGHTS, _TRIAL, _SPARE, t, y, offset(work, _SLOPE * n))
    if code == 0 and integers[I_AUTONOMOUS] == 0:
        code = _time_derivative(integers, work, t, h, y)
        bad = first_not_finite(n, offset(work, _DRIFT * n))
        if code == 0 and bad >= 0:
            integers[I_COMPONENT] = bad
            return NOT_FINITE
    if code != 0:
        return KERNEL_FAILURE
    integers[I_CURRENT] = 1
    return 0


@compiled
def _factorise(integers, scale):  # type: ignore[no-untyped-def]
    """Factorise M - scale J; sets the cause and returns nonzero where that fails."""
    values = float_pointer(integers[I_VALUES])
    integers[I_FACTORISATIONS] += 1
    if integers[I_MASS] == 0:
        code = call_factor(integers[I_FACTOR], integers[I_SOLVER], 1.0, scale, values)
    else:
        mass = float_pointer(integers[I_MASS])
        scratch = float_pointer(integers[I_SCRATCH])
        for e in range(integers[I_ENTRIES]):
            scratch[e] = scale * values[e] - mass[e]
        code = call_factor(integers[I_FACTOR], integers[I_SOLVER], 0.0, 1.0, scratch)
    if code != 0:
        bad = first_not_finite(integers[I_ENTRIES], values)
        integers[I_CAUSE] = SINGULAR_MATRIX if bad < 0 else NOT_FINITE
        integers[I_COMPONENT] = max(code - 1, -1) if bad < 0 else int32_pointer(integers[I_INDICES])[bad]
    return code


@compiled
def _add_mass_product(integers, x, out):  # type: ignore[no-untyped-def]
    """out += M x."""
    indptr = int32_pointer(integers[I_INDPTR])
    indices = int32_pointer(integers[I_INDICES])
    mass = float_pointer(integers[I_MASS])
    for j in range(integers[I_SIZE]):
        for e in range(indptr[j], indptr[j + 1]):
            out[indices[e]] += mass[e] * x[j]


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
    _add_mass_product(integers, spare, out)


@compiled
def _stages(integers, reals, work, now, t, h, y):  # type: ignore[no-untyped-def]
    """All stages; the cause where that fails, else zero."""
    n = integers[I_SIZE]
    stages = integers[I_STAGES]
    table = float_pointer(integers[I_TABLE])
    solutions = offset(work, ROWS * n)
    trial = offset(work, _TRIAL * n)
    for s in range(stages):
        out = offset(solutions, s * n)
        source = offset(work, _SLOPE * n)
        if s > 0:
            combine(n, s, 1.0, offset(table, (_VECTORS + s) * stages), 1, solutions, y, trial)
            at = t if table[s] == 1.0 else now + table[s] * h
            source = offset(work, _NEXT * n)
            cause = _slope(integers, work, at, trial, source)
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
def _judge(integers, reals, work, y, new):  # type: ignore[no-untyped-def]
    """Weighted size of the error estimate, in the error row; with fixed steps 0, or minus a code of `layout`."""
    n = integers[I_SIZE]
    if integers[I_FIXED] != 0:
        bad = first_not_finite(n, new)
        if bad < 0:
            return 0.0
        integers[I_COMPONENT] = bad
        return -1.0 * NOT_FINITE
    error = offset(work, _ERROR * n)
    atol = offset(work, _ATOL * n)
    weights = offset(work, _WEIGHTS * n)
    rtol = reals[R_RTOL]
    for i in range(n):
        error[i] = 0.0
        weights[i] = 1.0 / max(rtol * max(abs(y[i]), abs(new[i])) + atol[i], 1e-300)
    stages = integers[I_STAGES]
    coefficients = offset(float_pointer(integers[I_TABLE]), 3 * stages)
    combine(n, stages, 1.0, coefficients, 1, offset(work, ROWS * n), error, error)
    return weighted_norm(n, error, weights)


@compiled
def _middle_error(integers, reals, work, now, h, y):  # type: ignore[no-untyped-def]
    """Weighted size of the error of the continuous solution in the middle of the step; fills the error row."""
    n = integers[I_SIZE]
    stages = integers[I_STAGES]
    table = float_pointer(integers[I_TABLE])
    gamma = reals[R_GAMMA_METHOD]
    solutions = offset(work, ROWS * n)
    trial = offset(work, _TRIAL * n)
    error = offset(work, _ERROR * n)
    combine(n, stages, 1.0, offset(table, 4 * stages), 1, solutions, y, trial)
    if _rhs(integers, now + 0.5 * h, trial, error) != 0:
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
        _add_mass_product(integers, trial, error)
    integers[I_SOLVES] += 1
    if call_solve(integers[I_SOLVE], integers[I_SOLVER], error) != 0:
        return 1e200
    return weighted_norm(n, error, offset(work, _WEIGHTS * n))


@compiled
def _accept(integers, reals, work, t, h):  # type: ignore[no-untyped-def]
    """Enter the new value and the coefficients of the continuous solution in the record."""
    n = integers[I_SIZE]
    stages = integers[I_STAGES]
    degree = integers[I_DEGREE]
    row = integers[I_ROW] + 1
    solutions = offset(work, ROWS * n)
    interpolant = offset(float_pointer(integers[I_TABLE]), (_VECTORS + 2 * stages) * stages)
    segment = offset(float_pointer(integers[I_SEGMENTS]), row * degree * n)
    zero = offset(work, _ERROR * n)
    for i in range(n):
        zero[i] = 0.0
    for j in range(degree):
        combine(n, stages, 1.0, offset(interpolant, j), degree, solutions, zero, offset(segment, j * n))
    slope = offset(work, _SLOPE * n)
    last = offset(work, _NEXT * n)
    for i in range(n):
        slope[i] = last[i]
    float_pointer(integers[I_TIMES])[row] = t
    integers[I_ROW] = row
    integers[I_ACCEPTED] += 1
    integers[I_LAST_ORDER] = integers[I_ORDER]
    integers[I_CAUSE] = 0
    integers[I_CURRENT] = 0
    reals[R_TIME] = t
    reals[R_LAST_STEP] = h


@compiled
def _reject(integers, reals, work, h, error):  # type: ignore[no-untyped-def]
    """Shorten the step; note which component is to blame."""
    n = integers[I_SIZE]
    integers[I_ERROR_FAILURES] += 1
    integers[I_COMPONENT] = largest_component(n, offset(work, _ERROR * n), offset(work, _WEIGHTS * n))
    reals[R_GROW] = 1.0
    if not error < 1e300:
        integers[I_CAUSE] = NOT_FINITE
        reals[R_STEP] = 0.25 * h
    else:
        integers[I_CAUSE] = STEP_UNDERFLOW
        reals[R_STEP] = h * max(0.2, reals[R_SAFETY] * error ** (-1.0 / integers[I_CONTROL_ORDER]))
    return RUNNING


@compiled
def _fail(integers, reals, h, cause):  # type: ignore[no-untyped-def]
    """The step could not be computed: a shorter one, or the end with fixed steps."""
    integers[I_CONVERGENCE_FAILURES] += 1
    integers[I_CAUSE] = cause
    reals[R_STEP] = 0.25 * h
    reals[R_GROW] = 1.0
    return cause if integers[I_FIXED] != 0 else RUNNING


@compiled
def _solve_step(integers, reals, work, now, t, h, y, new):  # type: ignore[no-untyped-def]
    """Stages and new value; the cause where that fails, else zero."""
    n = integers[I_SIZE]
    stages = integers[I_STAGES]
    if integers[I_CURRENT] == 0:
        cause = _linearise(integers, work, now, h, y)
        if cause != 0:
            return cause
    if _factorise(integers, h * reals[R_GAMMA_METHOD]) != 0:
        return integers[I_CAUSE]
    cause = _stages(integers, reals, work, now, t, h, y)
    if cause != 0:
        return cause
    weights = offset(float_pointer(integers[I_TABLE]), 2 * stages)
    combine(n, stages, 1.0, weights, 1, offset(work, ROWS * n), y, new)
    return 0


@compiled
def _attempt(integers, reals, work):  # type: ignore[no-untyped-def]
    """Try one step."""
    n = integers[I_SIZE]
    now = reals[R_TIME]
    end = reals[R_END]
    h = reals[R_STEP]
    if abs(h) > reals[R_MAX_STEP]:
        h = reals[R_MAX_STEP] if h > 0.0 else -reals[R_MAX_STEP]
    t = now + h
    if (end - t) * h <= 1e-9 * h * h:
        t = end
    h = t - now
    if abs(h) <= 4.0 * EPSILON * abs(now) and t != end:
        if integers[I_CAUSE] != 0:
            return integers[I_CAUSE]
        integers[I_COMPONENT] = largest_component(n, offset(work, _SLOPE * n), offset(work, _WEIGHTS * n))
        return STEP_UNDERFLOW
    integers[I_ATTEMPTS] += 1
    integers[I_SLICE] -= 1
    y = offset(float_pointer(integers[I_STATES]), integers[I_ROW] * n)
    new = offset(y, n)
    cause = _solve_step(integers, reals, work, now, t, h, y, new)
    if cause != 0:
        return _fail(integers, reals, h, cause)
    error = _judge(integers, reals, work, y, new)
    if error <= 1.0 and integers[I_FIXED] == 0:
        error = max(error, _MIDDLE * _middle_error(integers, reals, work, now, h, y))
    if not error <= 1.0:
        return _reject(integers, reals, work, h, error)
    if error < 0.0:
        return int(-error)
    if integers[I_SHARED_STAGE] == 0:
        cause = _slope(integers, work, t, new, offset(work, _NEXT * n))
        if cause != 0:
            return _fail(integers, reals, h, cause)
    _accept(integers, reals, work, t, h)
    if integers[I_FIXED] == 0:
        reals[R_STEP] = h * min(reals[R_GROW], max(0.2, next_factor(reals, error)))
        remember_error(reals, error)
        reals[R_GROW] = 8.0
    return SUCCESS if t == end else RUNNING


@compiled_callback("int64(CPointer(int64), CPointer(float64), CPointer(float64))", seconds=4.0)
def advance(integers, reals, work):  # type: ignore[no-untyped-def]
    """Take up to ``integers[I_SLICE]`` attempts; return a code of `layout`."""
    if integers[I_STARTED] == 0:
        code = _start(integers, reals, work)
        if code != RUNNING:
            return code
    while True:
        if integers[I_SLICE] <= 0:
            return RUNNING
        if integers[I_ROW] + 1 >= integers[I_CAPACITY]:
            return RECORD_FULL
        if integers[I_ATTEMPTS] >= integers[I_MAX_ATTEMPTS]:
            return TOO_MANY_STEPS
        code = _attempt(integers, reals, work)
        if code != RUNNING:
            return code
