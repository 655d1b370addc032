"""Explicit Runge-Kutta engine: any pair whose last stage is the first of the next step, as arrays.

The stiffness hint is the largest eigenvalue seen by the last two stages, as in Hairer and Wanner, Solving Ordinary
Differential Equations II, IV.2. Where the continuous solution needs more stages than the step, the step keeps its
stages, and `complete` evaluates the others when the solution is read.
"""

from symnum.integrators.addresses import call_kernel, float_pointer, int_pointer, offset
from symnum.integrators.compiled import compiled, compiled_callback
from symnum.integrators.control import next_factor, remember_error
from symnum.integrators.layout import (
    I_ACCEPTED,
    I_ATTEMPTS,
    I_CAPACITY,
    I_CAUSE,
    I_COMPONENT,
    I_CONTEXT,
    I_CONTROL_ORDER,
    I_CONVERGENCE_FAILURES,
    I_DEGREE,
    I_DETECT,
    I_ERROR_FAILURES,
    I_FIXED,
    I_IDLE,
    I_KEPT,
    I_KEPT_COUNT,
    I_LAST_ORDER,
    I_LATE,
    I_MAX_ATTEMPTS,
    I_ORDER,
    I_PARAMETERS,
    I_RHS,
    I_RHS_CALLS,
    I_ROW,
    I_SECOND_ERROR,
    I_SEGMENTS,
    I_SIZE,
    I_SLICE,
    I_SMOOTH_COUNT,
    I_STAGES,
    I_STARTED,
    I_STATES,
    I_STIFF_COUNT,
    I_TABLE,
    I_TIMES,
    I_TOTAL,
    KERNEL_FAILURE,
    NOT_FINITE,
    R_END,
    R_FIRST_STEP,
    R_GROW,
    R_LAST_STEP,
    R_MAX_STEP,
    R_RADIUS,
    R_RTOL,
    R_SAFETY,
    R_STABILITY,
    R_STEP,
    R_TIME,
    RECORD_FULL,
    RUNNING,
    STEP_UNDERFLOW,
    STIFF,
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

#: Rows of the work array before the stages: weights, atol, argument of a stage, error.
ROWS = 4
_WEIGHTS, _ATOL, _TRIAL, _ERROR = range(4)

_STIFF_STEPS = 15
_SMOOTH_STEPS = 6


@compiled
def _rhs(integers, t, y, out):  # type: ignore[no-untyped-def]
    integers[I_RHS_CALLS] += 1
    return call_kernel(integers[I_RHS], t, y, float_pointer(integers[I_PARAMETERS]), integers[I_CONTEXT], out)


@compiled
def _start(integers, reals, work):  # type: ignore[no-untyped-def]
    """First derivative, weights and step size."""
    n = integers[I_SIZE]
    y = offset(float_pointer(integers[I_STATES]), integers[I_ROW] * n)
    weights = offset(work, _WEIGHTS * n)
    slopes = offset(work, ROWS * n)
    bad = first_not_finite(n, y)
    if bad >= 0:
        integers[I_COMPONENT] = bad
        return NOT_FINITE
    set_weights(n, reals[R_RTOL], offset(work, _ATOL * n), y, weights)
    if weighted_norm(n, y, weights) * EPSILON > 0.1:
        return TOLERANCE_TOO_TIGHT
    if _rhs(integers, reals[R_TIME], y, slopes) != 0:
        return KERNEL_FAILURE
    bad = first_not_finite(n, slopes)
    if bad >= 0:
        integers[I_COMPONENT] = bad
        return NOT_FINITE
    integers[I_STARTED] = 1
    if reals[R_FIRST_STEP] != 0.0:
        reals[R_STEP] = reals[R_FIRST_STEP]
        return RUNNING
    integers[I_RHS_CALLS] += 1
    reals[R_STEP] = starting_step(
        integers,
        reals,
        y,
        slopes,
        weights,
        offset(work, _TRIAL * n),
        offset(work, _ERROR * n),
        integers[I_ORDER],
    )
    return RUNNING


@compiled
def _stages(integers, work, now, t, h, y, new):  # type: ignore[no-untyped-def]
    """All stages but the first; the new value; nonzero when the model reports a failure."""
    n = integers[I_SIZE]
    stages = integers[I_STAGES]
    total = integers[I_TOTAL]
    table = float_pointer(integers[I_TABLE])
    matrix = offset(table, 3 * total)
    slopes = offset(work, ROWS * n)
    trial = offset(work, _TRIAL * n)
    for s in range(1, stages):
        if integers[I_FIXED] != 0 and s == integers[I_IDLE]:
            continue
        target = new if s == stages - 1 else trial
        combine(n, s, h, offset(matrix, s * total), 1, slopes, y, target)
        at = t if table[s] == 1.0 else now + table[s] * h
        if s == stages - 1 and integers[I_LATE] != 0:
            break
        if _rhs(integers, at, target, offset(slopes, s * n)) != 0:
            return 1
    return 0


@compiled
def _estimate(integers, work, h, which):  # type: ignore[no-untyped-def]
    """Weighted size of one embedded error estimate; fills the error row."""
    n = integers[I_SIZE]
    error = offset(work, _ERROR * n)
    coefficients = offset(float_pointer(integers[I_TABLE]), which * integers[I_TOTAL])
    for i in range(n):
        error[i] = 0.0
    combine(
        n, integers[I_STAGES] - integers[I_LATE], h, coefficients, 1, offset(work, ROWS * n), error, error
    )
    return weighted_norm(n, error, offset(work, _WEIGHTS * n))


@compiled
def _error(integers, reals, work, h, y, new):  # type: ignore[no-untyped-def]
    """Weighted size of the error estimate; fills the error row."""
    n = integers[I_SIZE]
    atol = offset(work, _ATOL * n)
    weights = offset(work, _WEIGHTS * n)
    rtol = reals[R_RTOL]
    for i in range(n):
        weights[i] = 1.0 / max(rtol * max(abs(y[i]), abs(new[i])) + atol[i], 1e-300)
    if integers[I_SECOND_ERROR] == 0:
        return _estimate(integers, work, h, 1)
    lower = _estimate(integers, work, h, 2)
    higher = _estimate(integers, work, h, 1)
    both = (higher * higher + 0.01 * lower * lower) ** 0.5
    return higher * higher / both if both > 0.0 else both


@compiled
def _watch_stiffness(integers, reals, work, h, new):  # type: ignore[no-untyped-def]
    """Estimate |h lambda| from the last two stages; 1 when the step has long been bound by stability."""
    n = integers[I_SIZE]
    stages = integers[I_STAGES]
    if float_pointer(integers[I_TABLE])[stages - 2] != 1.0:
        return 0
    last = offset(work, (ROWS + stages - 1) * n)
    trial = offset(work, _TRIAL * n)
    above = 0.0
    below = 0.0
    for i in range(n):
        rise = last[i] - last[i - n]
        run = new[i] - trial[i]
        above += rise * rise
        below += run * run
    if below <= 0.0:
        return 0
    radius = (above / below) ** 0.5
    reals[R_RADIUS] = max(reals[R_RADIUS], radius)
    if radius * abs(h) > reals[R_STABILITY]:
        integers[I_SMOOTH_COUNT] = 0
        integers[I_STIFF_COUNT] += 1
        return 1 if integers[I_STIFF_COUNT] >= _STIFF_STEPS else 0
    integers[I_SMOOTH_COUNT] += 1
    if integers[I_SMOOTH_COUNT] >= _SMOOTH_STEPS:
        integers[I_STIFF_COUNT] = 0
    return 0


@compiled
def _keep(integers, work, h, row):  # type: ignore[no-untyped-def]
    """Store the coefficients of the continuous solution, or the stages from which it can be completed."""
    n = integers[I_SIZE]
    stages = integers[I_STAGES]
    total = integers[I_TOTAL]
    count = integers[I_KEPT_COUNT]
    slopes = offset(work, ROWS * n)
    if count > 0:
        segment = offset(float_pointer(integers[I_SEGMENTS]), row * count * n)
        kept = int_pointer(integers[I_KEPT])
        for j in range(count):
            source = offset(slopes, kept[j] * n)
            target = offset(segment, j * n)
            for i in range(n):
                target[i] = source[i]
        return
    degree = integers[I_DEGREE]
    interpolant = offset(float_pointer(integers[I_TABLE]), 3 * total + total * total)
    segment = offset(float_pointer(integers[I_SEGMENTS]), row * degree * n)
    zero = offset(work, _ERROR * n)
    for i in range(n):
        zero[i] = 0.0
    for j in range(degree):
        combine(n, stages, h, offset(interpolant, j), degree, slopes, zero, offset(segment, j * n))


@compiled
def _accept(integers, reals, work, t, h):  # type: ignore[no-untyped-def]
    """Enter the new value and its continuous solution in the record."""
    n = integers[I_SIZE]
    row = integers[I_ROW] + 1
    slopes = offset(work, ROWS * n)
    last = offset(slopes, (integers[I_STAGES] - 1) * n)
    _keep(integers, work, h, row)
    for i in range(n):
        slopes[i] = last[i]
    float_pointer(integers[I_TIMES])[row] = t
    integers[I_ROW] = row
    integers[I_ACCEPTED] += 1
    integers[I_LAST_ORDER] = integers[I_ORDER]
    integers[I_CAUSE] = 0
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
def _last_stage(integers, work, t, new):  # type: ignore[no-untyped-def]
    """Evaluate the stage that only the next step needs; the cause where that fails, else zero."""
    n = integers[I_SIZE]
    last = offset(work, (ROWS + integers[I_STAGES] - 1) * n)
    if _rhs(integers, t, new, last) != 0:
        return KERNEL_FAILURE
    bad = first_not_finite(n, last)
    if bad >= 0:
        integers[I_COMPONENT] = bad
        return NOT_FINITE
    return 0


@compiled
def _underflow(integers, work):  # type: ignore[no-untyped-def]
    """The step is as small as rounding: why, and through which component."""
    n = integers[I_SIZE]
    if integers[I_CAUSE] != 0:
        return integers[I_CAUSE]
    integers[I_COMPONENT] = largest_component(n, offset(work, ROWS * n), offset(work, _WEIGHTS * n))
    return STEP_UNDERFLOW


@compiled
def _fail(integers, reals, h):  # type: ignore[no-untyped-def]
    """The model could not be evaluated: a shorter step, or the end with fixed steps."""
    integers[I_CONVERGENCE_FAILURES] += 1
    reals[R_STEP] = 0.25 * h
    return integers[I_CAUSE] if integers[I_FIXED] != 0 else RUNNING


@compiled
def _judge(integers, reals, work, h, y, new):  # type: ignore[no-untyped-def]
    """Size of the error; with fixed steps 0, or a code of `layout` as a negative number."""
    if integers[I_FIXED] == 0:
        return _error(integers, reals, work, h, y, new)
    bad = first_not_finite(integers[I_SIZE], new)
    if bad < 0:
        return 0.0
    integers[I_COMPONENT] = bad
    return -1.0 * NOT_FINITE


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
        return _underflow(integers, work)
    integers[I_ATTEMPTS] += 1
    integers[I_SLICE] -= 1
    y = offset(float_pointer(integers[I_STATES]), integers[I_ROW] * n)
    new = offset(y, n)
    if _stages(integers, work, now, t, h, y, new) != 0:
        integers[I_CAUSE] = KERNEL_FAILURE
        return _fail(integers, reals, h)
    error = _judge(integers, reals, work, h, y, new)
    if not error <= 1.0:
        return _reject(integers, reals, work, h, error)
    if error < 0.0:
        return int(-error)
    if integers[I_LATE] != 0:
        cause = _last_stage(integers, work, t, new)
        if cause != 0:
            integers[I_CAUSE] = cause
            return _fail(integers, reals, h)
    stiff = _watch_stiffness(integers, reals, work, h, new)
    _accept(integers, reals, work, t, h)
    if integers[I_FIXED] == 0:
        reals[R_STEP] = h * min(reals[R_GROW], max(0.2, next_factor(reals, error)))
        remember_error(reals, error)
        reals[R_GROW] = 10.0
    if t == end:
        return SUCCESS
    return STIFF if stiff != 0 and integers[I_DETECT] != 0 else RUNNING


@compiled_callback("int64(CPointer(int64), CPointer(float64), CPointer(float64))", seconds=3.0)
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


@compiled
def _complete_step(integers, work, now, h, y, segment, out):  # type: ignore[no-untyped-def]
    """Evaluate the stages that a step left out; write the coefficients of its polynomial."""
    n = integers[I_SIZE]
    stages = integers[I_STAGES]
    total = integers[I_TOTAL]
    degree = integers[I_DEGREE]
    table = float_pointer(integers[I_TABLE])
    matrix = offset(table, 3 * total)
    kept = int_pointer(integers[I_KEPT])
    slopes = offset(work, n)
    for j in range(integers[I_KEPT_COUNT]):
        source = offset(segment, j * n)
        target = offset(slopes, kept[j] * n)
        for i in range(n):
            target[i] = source[i]
    for s in range(stages, total):
        combine(n, s, h, offset(matrix, s * total), 1, slopes, y, work)
        if _rhs(integers, now + table[s] * h, work, offset(slopes, s * n)) != 0:
            return KERNEL_FAILURE
    for i in range(n):
        work[i] = 0.0
    for j in range(degree):
        combine(
            n,
            total,
            h,
            offset(table, 3 * total + total * total + j),
            degree,
            slopes,
            work,
            offset(out, j * n),
        )
    return 0


@compiled_callback(
    "int64(CPointer(int64), CPointer(float64), CPointer(float64), CPointer(float64), CPointer(float64), "
    "CPointer(int64), int64, CPointer(float64))",
    seconds=1.0,
)
def complete(integers, work, times, states, segments, rows, count, out):  # type: ignore[no-untyped-def]
    """Write the polynomials of the steps that end at the given rows of a block; 0, or the cause of a failure."""
    n = integers[I_SIZE]
    size = integers[I_KEPT_COUNT] * n
    for q in range(count):
        row = rows[q]
        code = _complete_step(
            integers, work, times[row - 1], times[row] - times[row - 1], offset(states, (row - 1) * n),
            offset(segments, row * size), offset(out, q * integers[I_DEGREE] * n),
        )  # fmt: skip
        if code != 0:
            return code
    return 0
