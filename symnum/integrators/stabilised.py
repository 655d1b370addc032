"""Stabilised explicit engine: Runge-Kutta-Chebyshev steps of order 2, with as many stages as stability asks for.

With s stages a step is stable for real eigenvalues down to about -0.65 s^2 / h, so large systems of diffusion and
reaction need no linear algebra. The spectral radius is estimated by a power iteration on the right-hand side.

Sources: Sommeijer, Shampine and Verwer, Journal of Computational and Applied Mathematics 88 (1998) 315 (formulas, error
estimate, number of stages, power iteration).
"""

from symnum.integrators.addresses import call_kernel, float_pointer, offset
from symnum.integrators.compiled import compiled, compiled_callback
from symnum.integrators.control import next_factor, remember_error
from symnum.integrators.layout import (
    I_ACCEPTED,
    I_AGE,
    I_ATTEMPTS,
    I_CAPACITY,
    I_CAUSE,
    I_COMPONENT,
    I_CONTEXT,
    I_CONTROL_ORDER,
    I_CONVERGENCE_FAILURES,
    I_CURRENT,
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
    I_STARTED,
    I_STATES,
    I_TABLE,
    I_TIMES,
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

#: Rows of the work array: weights, atol, error, f at the beginning and at the end of the step, the last three stages, f
#: of a stage, direction of the dominant eigenvector.
ROWS = 10
_WEIGHTS, _ATOL, _ERROR, _SLOPE, _NEXT, _FIRST_STAGE, _SECOND_STAGE, _THIRD_STAGE, _MOVED, _DIRECTION = range(
    10
)

_ESTIMATE_AGE = 25
_POWER_STEPS = 50
_ROOT = 1.4901161193847656e-08


@compiled
def _rhs(integers, t, y, out):  # type: ignore[no-untyped-def]
    integers[I_RHS_CALLS] += 1
    return call_kernel(integers[I_RHS], t, y, float_pointer(integers[I_PARAMETERS]), integers[I_CONTEXT], out)


@compiled
def _slope(integers, t, y, out):  # type: ignore[no-untyped-def]
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
    direction = offset(work, _DIRECTION * n)
    bad = first_not_finite(n, y)
    if bad >= 0:
        integers[I_COMPONENT] = bad
        return NOT_FINITE
    set_weights(n, reals[R_RTOL], offset(work, _ATOL * n), y, weights)
    if weighted_norm(n, y, weights) * EPSILON > 0.1:
        return TOLERANCE_TOO_TIGHT
    code = _slope(integers, reals[R_TIME], y, slope)
    if code != 0:
        return code
    for i in range(n):
        direction[i] = slope[i]
    integers[I_STARTED] = 1
    if reals[R_FIRST_STEP] != 0.0:
        reals[R_STEP] = reals[R_FIRST_STEP]
        return RUNNING
    integers[I_RHS_CALLS] += 1
    trial = offset(work, _FIRST_STAGE * n)
    moved = offset(work, _MOVED * n)
    reals[R_STEP] = starting_step(integers, reals, y, slope, weights, trial, moved, integers[I_ORDER])
    return RUNNING


@compiled
def _spectral_radius(integers, reals, work, t, y):  # type: ignore[no-untyped-def]
    """Estimate the spectral radius, a fifth too large, by a power iteration on f; the code of the model."""
    n = integers[I_SIZE]
    weights = offset(work, _WEIGHTS * n)
    slope = offset(work, _SLOPE * n)
    direction = offset(work, _DIRECTION * n)
    trial = offset(work, _FIRST_STAGE * n)
    moved = offset(work, _MOVED * n)
    distance = _ROOT * max(weighted_norm(n, y, weights), 1.0)
    length = weighted_norm(n, direction, weights)
    if not length > 0.0:
        for i in range(n):
            direction[i] = 1.0 / weights[i]
        length = 1.0
    radius = 0.0
    for iteration in range(_POWER_STEPS):
        for i in range(n):
            trial[i] = y[i] + direction[i] * (distance / length)
        if _rhs(integers, t, trial, moved) != 0:
            return KERNEL_FAILURE
        for i in range(n):
            direction[i] = moved[i] - slope[i]
        length = weighted_norm(n, direction, weights)
        before = radius
        radius = length / distance
        if not length < 1e300:
            integers[I_COMPONENT] = largest_component(n, direction, weights)
            return NOT_FINITE
        if length == 0.0 or (iteration > 0 and abs(radius - before) <= 0.01 * radius):
            break
    reals[R_RADIUS] = 1.2 * radius
    integers[I_CURRENT] = 1
    integers[I_AGE] = 0
    return 0


@compiled
def _stages(integers, work, now, h, count, y, new):  # type: ignore[no-untyped-def]
    """All stages by the recurrence of the shifted Chebyshev polynomials; nonzero when the model reports a failure."""
    n = integers[I_SIZE]
    slope = offset(work, _SLOPE * n)
    moved = offset(work, _MOVED * n)
    before = offset(work, _FIRST_STAGE * n)
    last = offset(work, _SECOND_STAGE * n)
    here = offset(work, _THIRD_STAGE * n)
    w0 = 1.0 + float_pointer(integers[I_TABLE])[0] / (count * count)
    # First and second derivative of the Chebyshev polynomial of degree `count` at w0.
    q, q1, q2 = 1.0, 0.0, 0.0
    p, p1, p2 = w0, 1.0, 0.0
    for _ in range(2, count + 1):
        r, r1, r2 = 2.0 * w0 * p - q, 2.0 * p + 2.0 * w0 * p1 - q1, 4.0 * p1 + 2.0 * w0 * p2 - q2
        q, q1, q2 = p, p1, p2
        p, p1, p2 = r, r1, r2
    w1 = p1 / p2
    b_before = 1.0 / (4.0 * w0 * w0)
    b_last = b_before
    mu = w1 * b_last
    t_before, t_last = 0.0, mu
    for i in range(n):
        before[i] = y[i]
        last[i] = y[i] + mu * h * slope[i]
    z_before, z_last, dz_before, dz_last, ddz_before, ddz_last = 1.0, w0, 0.0, 1.0, 0.0, 0.0
    for j in range(2, count + 1):
        if _rhs(integers, now + h * t_last, last, moved) != 0:
            return 1
        z = 2.0 * w0 * z_last - z_before
        dz = 2.0 * w0 * dz_last - dz_before + 2.0 * z_last
        ddz = 2.0 * w0 * ddz_last - ddz_before + 4.0 * dz_last
        b = ddz / (dz * dz)
        a = 1.0 - z_last * b_last
        mu = 2.0 * w0 * b / b_last
        nu = -b / b_before
        scale = mu * w1 / w0
        rest = 1.0 - mu - nu
        target = new if j == count else here
        for i in range(n):
            target[i] = mu * last[i] + nu * before[i] + rest * y[i] + h * scale * (moved[i] - a * slope[i])
        t_here = mu * t_last + nu * t_before + scale * (1.0 - a)
        spare = before
        before = last
        last = here
        here = spare
        t_before, t_last = t_last, t_here
        b_before, b_last = b_last, b
        z_before, z_last, dz_before, dz_last, ddz_before, ddz_last = z_last, z, dz_last, dz, ddz_last, ddz
    return 0


@compiled
def _judge(integers, reals, work, h, y, new):  # type: ignore[no-untyped-def]
    """Weighted size of the error estimate, in the error row; with fixed steps 0."""
    n = integers[I_SIZE]
    error = offset(work, _ERROR * n)
    atol = offset(work, _ATOL * n)
    weights = offset(work, _WEIGHTS * n)
    slope = offset(work, _SLOPE * n)
    end = offset(work, _NEXT * n)
    rtol = reals[R_RTOL]
    for i in range(n):
        weights[i] = 1.0 / max(rtol * max(abs(y[i]), abs(new[i])) + atol[i], 1e-300)
        error[i] = 0.8 * (y[i] - new[i]) + 0.4 * h * (slope[i] + end[i])
    return weighted_norm(n, error, weights) if integers[I_FIXED] == 0 else 0.0


@compiled
def _accept(integers, reals, work, t, h, y, new):  # type: ignore[no-untyped-def]
    """Enter the new value and the cubic through both ends in the record."""
    n = integers[I_SIZE]
    row = integers[I_ROW] + 1
    slope = offset(work, _SLOPE * n)
    end = offset(work, _NEXT * n)
    segment = offset(float_pointer(integers[I_SEGMENTS]), row * 3 * n)
    for i in range(n):
        rise = new[i] - y[i]
        left = h * slope[i]
        right = h * end[i]
        segment[i] = left
        segment[n + i] = 3.0 * rise - 2.0 * left - right
        segment[2 * n + i] = left + right - 2.0 * rise
        slope[i] = end[i]
    float_pointer(integers[I_TIMES])[row] = t
    integers[I_ROW] = row
    integers[I_ACCEPTED] += 1
    integers[I_LAST_ORDER] = integers[I_ORDER]
    integers[I_CAUSE] = 0
    integers[I_AGE] += 1
    if integers[I_AGE] >= _ESTIMATE_AGE:
        integers[I_CURRENT] = 0
    reals[R_TIME] = t
    reals[R_LAST_STEP] = h


@compiled
def _reject(integers, reals, work, h, error):  # type: ignore[no-untyped-def]
    """Shorten the step; note which component is to blame."""
    n = integers[I_SIZE]
    integers[I_ERROR_FAILURES] += 1
    integers[I_COMPONENT] = largest_component(n, offset(work, _ERROR * n), offset(work, _WEIGHTS * n))
    if integers[I_AGE] > 0:
        integers[I_CURRENT] = 0
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
    if integers[I_CURRENT] == 0:
        cause = _spectral_radius(integers, reals, work, now, y)
        if cause != 0:
            return _fail(integers, reals, h, cause)
    count = 1 + int((1.0 + 1.54 * abs(h) * reals[R_RADIUS]) ** 0.5)
    if count > 10_000:
        return _fail(integers, reals, h, STEP_UNDERFLOW)
    if _stages(integers, work, now, h, max(count, 2), y, new) != 0:
        return _fail(integers, reals, h, KERNEL_FAILURE)
    bad = first_not_finite(n, new)
    if bad >= 0:
        integers[I_COMPONENT] = bad
        return _fail(integers, reals, h, NOT_FINITE)
    cause = _slope(integers, t, new, offset(work, _NEXT * n))
    if cause != 0:
        return _fail(integers, reals, h, cause)
    error = _judge(integers, reals, work, h, y, new)
    if not error <= 1.0:
        return _reject(integers, reals, work, h, error)
    _accept(integers, reals, work, t, h, y, new)
    if integers[I_FIXED] == 0:
        reals[R_STEP] = h * min(reals[R_GROW], max(0.2, next_factor(reals, error)))
        remember_error(reals, error)
        reals[R_GROW] = 10.0
    return SUCCESS if t == end else RUNNING


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
