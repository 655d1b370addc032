"""Explicit Runge-Kutta engine: any pair whose last stage is the first of the next step, as arrays.

Step-size control: proportional-integral (Gustafsson, ACM TOMS 17 (1991) 533). The stiffness hint is the largest
eigenvalue seen by the last two stages, as in Hairer and Wanner, Solving Ordinary Differential Equations II, IV.2.
"""

from symnum.integrators.addresses import call_kernel, float_pointer, offset
from symnum.integrators.compiled import compiled, compiled_callback
from symnum.integrators.layout import (
    I_ACCEPTED,
    I_ATTEMPTS,
    I_CAPACITY,
    I_CAUSE,
    I_COMPONENT,
    I_CONTEXT,
    I_CONVERGENCE_FAILURES,
    I_DEGREE,
    I_DETECT,
    I_ERROR_FAILURES,
    I_FIXED,
    I_LAST_ORDER,
    I_MAX_ATTEMPTS,
    I_ORDER,
    I_PARAMETERS,
    I_RHS,
    I_RHS_CALLS,
    I_ROW,
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
    KERNEL_FAILURE,
    NOT_FINITE,
    R_ALPHA,
    R_BETA,
    R_END,
    R_FIRST_STEP,
    R_GROW,
    R_LAST_ERROR,
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
def _combine(n, stages, h, coefficients, stride, slopes, base, out):  # type: ignore[no-untyped-def]
    """out = base + h sum_j coefficients_j slopes_j; three stages a sweep so that long vectors stay in cache."""
    if n < 16:
        for i in range(n):
            total = 0.0
            for j in range(stages):
                total += coefficients[j * stride] * slopes[j * n + i]
            out[i] = base[i] + h * total
        return
    source = base
    for j in range(0, stages, 3):
        left = stages - j
        first = offset(slopes, j * n)
        second = offset(slopes, (j + 1) * n) if left > 1 else first
        third = offset(slopes, (j + 2) * n) if left > 2 else first
        a = h * coefficients[j * stride]
        b = h * coefficients[(j + 1) * stride] if left > 1 else 0.0
        c = h * coefficients[(j + 2) * stride] if left > 2 else 0.0
        for i in range(n):
            out[i] = source[i] + (a * first[i] + (b * second[i] + c * third[i]))
        source = out


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
    reals[R_LAST_ERROR] = 1.0
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
    table = float_pointer(integers[I_TABLE])
    matrix = offset(table, 2 * stages)
    slopes = offset(work, ROWS * n)
    trial = offset(work, _TRIAL * n)
    for s in range(1, stages):
        target = new if s == stages - 1 else trial
        _combine(n, s, h, offset(matrix, s * stages), 1, slopes, y, target)
        at = t if table[s] == 1.0 else now + table[s] * h
        if _rhs(integers, at, target, offset(slopes, s * n)) != 0:
            return 1
    return 0


@compiled
def _error(integers, reals, work, h, y, new):  # type: ignore[no-untyped-def]
    """Weighted size of the embedded error estimate; fills the error row."""
    n = integers[I_SIZE]
    stages = integers[I_STAGES]
    error = offset(work, _ERROR * n)
    atol = offset(work, _ATOL * n)
    weights = offset(work, _WEIGHTS * n)
    rtol = reals[R_RTOL]
    for i in range(n):
        error[i] = 0.0
        weights[i] = 1.0 / max(rtol * max(abs(y[i]), abs(new[i])) + atol[i], 1e-300)
    _combine(
        n,
        stages,
        h,
        offset(float_pointer(integers[I_TABLE]), stages),
        1,
        offset(work, ROWS * n),
        error,
        error,
    )
    return weighted_norm(n, error, weights)


@compiled
def _watch_stiffness(integers, reals, work, h, new):  # type: ignore[no-untyped-def]
    """Estimate |h lambda| from the last two stages; 1 when the step has long been bound by stability."""
    n = integers[I_SIZE]
    last = offset(work, (ROWS + integers[I_STAGES] - 1) * n)
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
def _accept(integers, reals, work, t, h, y):  # type: ignore[no-untyped-def]
    """Enter the new value and the coefficients of the continuous solution in the record."""
    n = integers[I_SIZE]
    stages = integers[I_STAGES]
    degree = integers[I_DEGREE]
    row = integers[I_ROW] + 1
    slopes = offset(work, ROWS * n)
    interpolant = offset(float_pointer(integers[I_TABLE]), 2 * stages + stages * stages)
    segment = offset(float_pointer(integers[I_SEGMENTS]), row * degree * n)
    zero = offset(work, _ERROR * n)
    for i in range(n):
        zero[i] = 0.0
    for j in range(degree):
        _combine(n, stages, h, offset(interpolant, j), degree, slopes, zero, offset(segment, j * n))
    last = offset(slopes, (stages - 1) * n)
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
        reals[R_STEP] = h * max(0.2, reals[R_SAFETY] * error ** -(reals[R_ALPHA] + reals[R_BETA]))
    return RUNNING


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
        return integers[I_CAUSE] if integers[I_CAUSE] != 0 else STEP_UNDERFLOW
    integers[I_ATTEMPTS] += 1
    integers[I_SLICE] -= 1
    y = offset(float_pointer(integers[I_STATES]), integers[I_ROW] * n)
    new = offset(y, n)
    if _stages(integers, work, now, t, h, y, new) != 0:
        integers[I_CAUSE] = KERNEL_FAILURE
        integers[I_CONVERGENCE_FAILURES] += 1
        reals[R_STEP] = 0.25 * h
        return RUNNING
    error = _error(integers, reals, work, h, y, new)
    if integers[I_FIXED] == 0 and not error <= 1.0:
        return _reject(integers, reals, work, h, error)
    stiff = _watch_stiffness(integers, reals, work, h, new)
    _accept(integers, reals, work, t, h, y)
    if integers[I_FIXED] == 0:
        size = max(error, 1e-10)
        factor = reals[R_SAFETY] * size ** -reals[R_ALPHA] * reals[R_LAST_ERROR] ** reals[R_BETA]
        reals[R_STEP] = h * min(reals[R_GROW], max(0.2, factor))
        reals[R_LAST_ERROR] = max(size, 1e-4)
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
