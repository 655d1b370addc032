"""Explicit Runge-Kutta engine: any pair whose last stage is the first of the next step, as arrays.

The stiffness hint is the largest eigenvalue seen by the last two stages, as in Hairer and Wanner, Solving Ordinary
Differential Equations II, IV.2. Where the continuous solution needs more stages than the step, the step keeps its
stages, and `complete` evaluates the others when the solution is read.
"""

from symnum.integrators.addresses import float_pointer, int_pointer, offset
from symnum.integrators.compiled import compiled, compiled_callback
from symnum.integrators.layout import (
    I_DEGREE,
    I_DETECT,
    I_FIXED,
    I_IDLE,
    I_KEPT,
    I_KEPT_COUNT,
    I_LATE,
    I_ORDER,
    I_ROW,
    I_SECOND_ERROR,
    I_SEGMENTS,
    I_SIZE,
    I_STAGES,
    I_STARTED,
    I_STATES,
    I_TABLE,
    I_TOTAL,
    KERNEL_FAILURE,
    R_END,
    R_TIME,
    RUNNING,
    STIFF,
)  # fmt: skip
from symnum.integrators.stepping import (
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
from symnum.integrators.stiffness import bound_by_stability
from symnum.integrators.vectors import combine, weighted_norm

#: Rows of the work array before the stages; the first stage is the right-hand side where the step begins.
ROWS = SLOPE


@compiled
def _stages(integers, work, now, t, h, y, new):  # type: ignore[no-untyped-def]
    """All stages but the first; the new value; nonzero when the model reports a failure."""
    n = integers[I_SIZE]
    stages = integers[I_STAGES]
    total = integers[I_TOTAL]
    table = float_pointer(integers[I_TABLE])
    matrix = offset(table, 3 * total)
    slopes = offset(work, ROWS * n)
    trial = offset(work, TRIAL * n)
    for s in range(1, stages):
        if integers[I_FIXED] != 0 and s == integers[I_IDLE]:
            continue
        target = new if s == stages - 1 else trial
        combine(n, s, h, offset(matrix, s * total), 1, slopes, y, target)
        at = t if table[s] == 1.0 else now + table[s] * h
        if s == stages - 1 and integers[I_LATE] != 0:
            break
        if evaluate(integers, at, target, offset(slopes, s * n)) != 0:
            return 1
    return 0


@compiled
def _estimate(integers, work, h, which):  # type: ignore[no-untyped-def]
    """Weighted size of one embedded error estimate; fills the error row."""
    n = integers[I_SIZE]
    error = offset(work, ERROR * n)
    coefficients = offset(float_pointer(integers[I_TABLE]), which * integers[I_TOTAL])
    for i in range(n):
        error[i] = 0.0
    combine(
        n, integers[I_STAGES] - integers[I_LATE], h, coefficients, 1, offset(work, ROWS * n), error, error
    )
    return weighted_norm(n, error, offset(work, WEIGHTS * n))


@compiled
def _error(integers, reals, work, h, y, new):  # type: ignore[no-untyped-def]
    """Weighted size of the error estimate, or minus a cause; fills the error row."""
    if integers[I_FIXED] != 0:
        return -1.0 * check_finite(integers, new)
    set_step_weights(integers, reals, work, y, new)
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
    trial = offset(work, TRIAL * n)
    return bound_by_stability(integers, reals, n, h, last, offset(last, -n), new, trial)


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
    zero = offset(work, ERROR * n)
    for i in range(n):
        zero[i] = 0.0
    for j in range(degree):
        combine(n, stages, h, offset(interpolant, j), degree, slopes, zero, offset(segment, j * n))


@compiled
def _solve_step(integers, reals, work, t, h, y, new):  # type: ignore[no-untyped-def]
    """Stages and new value; the size of the error, or minus a cause."""
    n = integers[I_SIZE]
    if _stages(integers, work, reals[R_TIME], t, h, y, new) != 0:
        return -1.0 * KERNEL_FAILURE
    error = _error(integers, reals, work, h, y, new)
    if error <= 1.0 and error >= 0.0 and integers[I_LATE] != 0:
        cause = evaluate_checked(integers, t, new, offset(work, (ROWS + integers[I_STAGES] - 1) * n))
        if cause != 0:
            return -1.0 * cause
    return error


@compiled
def _attempt(integers, reals, work, t, h):  # type: ignore[no-untyped-def]
    """Try one step."""
    n = integers[I_SIZE]
    y = offset(float_pointer(integers[I_STATES]), integers[I_ROW] * n)
    error = _solve_step(integers, reals, work, t, h, y, offset(y, n))
    if not (error >= 0.0 and error <= 1.0):
        return refuse(integers, reals, work, h, error)
    stiff = _watch_stiffness(integers, reals, work, h, offset(y, n))
    _keep(integers, work, h, integers[I_ROW] + 1)
    slopes = offset(work, ROWS * n)
    last = offset(slopes, (integers[I_STAGES] - 1) * n)
    for i in range(n):
        slopes[i] = last[i]
    enter(integers, reals, t, h, integers[I_ORDER])
    next_step(integers, reals, h, error)
    return STIFF if stiff != 0 and integers[I_DETECT] != 0 and t != reals[R_END] else RUNNING


@compiled_callback(ENGINE, seconds=0.5)
def advance(integers, reals, work):  # type: ignore[no-untyped-def]
    """Take up to ``integers[I_SLICE]`` attempts; return a code of `layout`."""
    if integers[I_STARTED] == 0:
        code = begin(integers, reals, work, integers[I_ORDER])
        if code != RUNNING:
            return code
    return take_steps(integers, reals, work, _attempt)


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
        if evaluate(integers, now + table[s] * h, work, offset(slopes, s * n)) != 0:
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
    seconds=0.5,
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
