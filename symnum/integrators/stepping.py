"""What all engines do alike: begin, take steps within limits, judge, enter a step in the record, choose the next size.

An engine supplies ``attempt(integers, reals, work, t, h)``, which tries one step to `t` and enters it in the record or
shortens the next one, and returns a code of `layout`.
"""

from symnum.integrators.addresses import call_kernel, call_watch, float_pointer, offset
from symnum.integrators.compiled import compiled
from symnum.integrators.control import next_factor, remember_error
from symnum.integrators.layout import (
    EVENT,
    I_ACCEPTED,
    I_ATTEMPTS,
    I_CAPACITY,
    I_CAUSE,
    I_COMPONENT,
    I_CONTEXT,
    I_CONTROL_ORDER,
    I_CONVERGENCE_FAILURES,
    I_CURRENT,
    I_ERROR_FAILURES,
    I_FACTORED,
    I_FAILURES,
    I_FIXED,
    I_LAST_ORDER,
    I_MAX_ATTEMPTS,
    I_NEWTON_FAILURES,
    I_PARAMETERS,
    I_RHS,
    I_RHS_CALLS,
    I_ROW,
    I_SEGMENTS,
    I_SIZE,
    I_SLICE,
    I_SMOOTH_COUNT,
    I_STARTED,
    I_STATES,
    I_STIFF_COUNT,
    I_TIMES,
    I_WATCH,
    KERNEL_FAILURE,
    NOT_FINITE,
    R_EARLIER_ERROR,
    R_END,
    R_FIRST_GROWTH,
    R_FIRST_STEP,
    R_GROW,
    R_GROWTH,
    R_LAST_ERROR,
    R_LAST_STEP,
    R_MAX_STEP,
    R_RTOL,
    R_SAFETY,
    R_STEP,
    R_TIME,
    RECORD_FULL,
    RUNNING,
    STEP_UNDERFLOW,
    SUCCESS,
    TOLERANCE_TOO_TIGHT,
    TOO_MANY_STEPS,
)  # fmt: skip
from symnum.integrators.starting import starting_step
from symnum.integrators.vectors import (
    EPSILON,
    first_not_finite,
    largest_component,
    set_weights,
    weighted_norm,
)

#: C signature of an engine.
ENGINE = "int64(CPointer(int64), CPointer(float64), CPointer(float64))"

#: Rows of the work array that every engine has: one over the tolerated errors, absolute tolerances, error estimate,
#: trial values, right-hand side where the step begins.
WEIGHTS, ATOL, ERROR, TRIAL, SLOPE = range(5)
COMMON_ROWS = 5


@compiled
def evaluate(integers, t, y, out):  # type: ignore[no-untyped-def]
    """Evaluate the right-hand side; the model's own code."""
    integers[I_RHS_CALLS] += 1
    return call_kernel(integers[I_RHS], t, y, float_pointer(integers[I_PARAMETERS]), integers[I_CONTEXT], out)


@compiled
def evaluate_checked(integers, t, y, out):  # type: ignore[no-untyped-def]
    """Evaluate the right-hand side; the cause where that fails, else zero."""
    if evaluate(integers, t, y, out) != 0:
        return KERNEL_FAILURE
    return check_finite(integers, out)


@compiled
def check_finite(integers, x):  # type: ignore[no-untyped-def]
    """Zero, or `NOT_FINITE` after noting the component."""
    bad = first_not_finite(integers[I_SIZE], x)
    if bad < 0:
        return 0
    integers[I_COMPONENT] = bad
    return NOT_FINITE


@compiled
def begin(integers, reals, work, order):  # type: ignore[no-untyped-def]
    """First derivative, weights and step size; forget what was before."""
    n = integers[I_SIZE]
    y = offset(float_pointer(integers[I_STATES]), integers[I_ROW] * n)
    weights = offset(work, WEIGHTS * n)
    slope = offset(work, SLOPE * n)
    code = check_finite(integers, y)
    if code != 0:
        return code
    set_weights(n, reals[R_RTOL], offset(work, ATOL * n), y, weights)
    if weighted_norm(n, y, weights) * EPSILON > 0.1:
        return TOLERANCE_TOO_TIGHT
    code = evaluate_checked(integers, reals[R_TIME], y, slope)
    if code != 0:
        return code
    _forget(integers, reals)
    integers[I_STARTED] = 1
    if reals[R_FIRST_STEP] != 0.0:
        reals[R_STEP] = reals[R_FIRST_STEP]
        return RUNNING
    integers[I_RHS_CALLS] += 1
    trial = offset(work, TRIAL * n)
    reals[R_STEP] = starting_step(integers, reals, y, slope, weights, trial, offset(work, ERROR * n), order)
    return RUNNING


@compiled
def _forget(integers, reals):  # type: ignore[no-untyped-def]
    """Nothing of the steps so far counts for the next."""
    integers[I_CURRENT] = 0
    integers[I_FACTORED] = 0
    integers[I_CAUSE] = 0
    integers[I_FAILURES] = 0
    integers[I_NEWTON_FAILURES] = 0
    integers[I_STIFF_COUNT] = 0
    integers[I_SMOOTH_COUNT] = 0
    reals[R_GROW] = reals[R_FIRST_GROWTH]
    reals[R_LAST_ERROR] = 1.0
    reals[R_EARLIER_ERROR] = 1.0


@compiled
def take_steps(integers, reals, work, attempt):  # type: ignore[no-untyped-def]
    """Take up to ``integers[I_SLICE]`` attempts; return a code of `layout`."""
    while reals[R_TIME] != reals[R_END]:
        if integers[I_SLICE] <= 0:
            return RUNNING
        if integers[I_ROW] + 1 >= integers[I_CAPACITY]:
            return RECORD_FULL
        if integers[I_ATTEMPTS] >= integers[I_MAX_ATTEMPTS]:
            return TOO_MANY_STEPS
        now = reals[R_TIME]
        t = _target(reals)
        if abs(t - now) <= 4.0 * EPSILON * abs(now) and t != reals[R_END]:
            return _underflow(integers, reals, work)
        integers[I_ATTEMPTS] += 1
        integers[I_SLICE] -= 1
        accepted = integers[I_ACCEPTED]
        code = attempt(integers, reals, work, t, t - now)
        watched = integers[I_WATCH] != 0 and integers[I_ACCEPTED] != accepted
        if watched and call_watch(integers[I_WATCH], integers, reals, work) != 0:
            return EVENT
        if code != RUNNING:
            return code
    return SUCCESS


@compiled
def _target(reals):  # type: ignore[no-untyped-def]
    """Where the next step ends: within the largest step, and at the end if that is as near."""
    now = reals[R_TIME]
    end = reals[R_END]
    h = reals[R_STEP]
    if abs(h) > reals[R_MAX_STEP]:
        h = reals[R_MAX_STEP] if h > 0.0 else -reals[R_MAX_STEP]
    t = now + h
    return end if (end - t) * h <= 1e-9 * h * h else t


@compiled
def _underflow(integers, reals, work):  # type: ignore[no-untyped-def]
    """The step is as small as rounding: why, and through which component."""
    n = integers[I_SIZE]
    if integers[I_CAUSE] != 0:
        return integers[I_CAUSE]
    slope = offset(work, SLOPE * n)
    evaluate(integers, reals[R_TIME], offset(float_pointer(integers[I_STATES]), integers[I_ROW] * n), slope)
    integers[I_COMPONENT] = largest_component(n, slope, offset(work, WEIGHTS * n))
    return STEP_UNDERFLOW


@compiled
def set_step_weights(integers, reals, work, y, new):  # type: ignore[no-untyped-def]
    """One over what is tolerated in a step from `y` to `new`."""
    n = integers[I_SIZE]
    atol = offset(work, ATOL * n)
    weights = offset(work, WEIGHTS * n)
    rtol = reals[R_RTOL]
    for i in range(n):
        weights[i] = 1.0 / max(rtol * max(abs(y[i]), abs(new[i])) + atol[i], 1e-300)


@compiled
def refuse(integers, reals, work, h, error):  # type: ignore[no-untyped-def]
    """After a step with too large an error, or (negative) a cause for which it could not be computed: shorten it."""
    if error < 0.0:
        return fail(integers, reals, h, int(-error))
    n = integers[I_SIZE]
    integers[I_ERROR_FAILURES] += 1
    integers[I_COMPONENT] = largest_component(n, offset(work, ERROR * n), offset(work, WEIGHTS * n))
    reals[R_GROW] = 1.0
    if not error < 1e300:
        integers[I_CAUSE] = NOT_FINITE
        reals[R_STEP] = 0.25 * h
    else:
        integers[I_CAUSE] = STEP_UNDERFLOW
        reals[R_STEP] = h * max(0.2, reals[R_SAFETY] * error ** (-1.0 / integers[I_CONTROL_ORDER]))
    return RUNNING


@compiled
def fail(integers, reals, h, cause):  # type: ignore[no-untyped-def]
    """The step could not be computed: a shorter one, or the end with fixed steps."""
    integers[I_CONVERGENCE_FAILURES] += 1
    integers[I_CAUSE] = cause
    reals[R_STEP] = 0.25 * h
    reals[R_GROW] = 1.0
    return cause if integers[I_FIXED] != 0 else RUNNING


@compiled
def enter(integers, reals, t, h, order):  # type: ignore[no-untyped-def]
    """Enter a step in the record; its value and its continuous solution are there already."""
    row = integers[I_ROW] + 1
    float_pointer(integers[I_TIMES])[row] = t
    integers[I_ROW] = row
    integers[I_ACCEPTED] += 1
    integers[I_LAST_ORDER] = order
    integers[I_CAUSE] = 0
    reals[R_TIME] = t
    reals[R_LAST_STEP] = h


@compiled
def next_step(integers, reals, h, error):  # type: ignore[no-untyped-def]
    """Size of the next step of a one-step method after an accepted one."""
    if integers[I_FIXED] == 0:
        reals[R_STEP] = h * min(reals[R_GROW], max(0.2, next_factor(reals, error)))
        remember_error(reals, error)
        reals[R_GROW] = reals[R_GROWTH]


@compiled
def keep_cubic(integers, h, y, new, slope, end):  # type: ignore[no-untyped-def]
    """Store the cubic through both ends of a step, before it is entered, with the derivatives there."""
    n = integers[I_SIZE]
    segment = offset(float_pointer(integers[I_SEGMENTS]), (integers[I_ROW] + 1) * 3 * n)
    for i in range(n):
        rise = new[i] - y[i]
        left = h * slope[i]
        right = h * end[i]
        segment[i] = left
        segment[n + i] = 3.0 * rise - 2.0 * left - right
        segment[2 * n + i] = left + right - 2.0 * rise
