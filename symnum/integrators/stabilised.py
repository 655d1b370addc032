"""Stabilised explicit engine: steps of order 2 by three-term recurrences, with as many stages as stability asks for.

With s stages a step is stable for real eigenvalues down to about -0.65 s^2 / h (Chebyshev polynomials, whose numbers
are computed on the way) or -0.8 s^2 / h (ROCK, a table of polynomials), so large systems of diffusion and reaction need
no linear algebra. The spectral radius is estimated by a power iteration on the right-hand side.

Sources: Sommeijer, Shampine and Verwer, Journal of Computational and Applied Mathematics 88 (1998) 315 (formulas, error
estimate, number of stages, power iteration); Abdulle and Medovikov, Numerische Mathematik 90 (2001) 1 (finishing
stages of ROCK and their error estimate).
"""

from symnum.integrators.addresses import float_pointer, offset
from symnum.integrators.compiled import compiled, compiled_callback
from symnum.integrators.layout import (
    I_AGE,
    I_COMPONENT,
    I_CURRENT,
    I_ENTRIES,
    I_FIXED,
    I_ORDER,
    I_ROW,
    I_SIZE,
    I_STARTED,
    I_STATES,
    I_TABLE,
    I_TOTAL,
    KERNEL_FAILURE,
    NOT_FINITE,
    R_RADIUS,
    R_STEP,
    R_TIME,
    RUNNING,
    STEP_UNDERFLOW,
)  # fmt: skip
from symnum.integrators.stepping import (
    COMMON_ROWS,
    ENGINE,
    ERROR,
    SLOPE,
    WEIGHTS,
    begin,
    check_finite,
    enter,
    evaluate,
    evaluate_checked,
    keep_cubic,
    next_step,
    refuse,
    set_step_weights,
    take_steps,
)
from symnum.integrators.tableaus.orthogonal import BEGINNING, COLUMNS, REACH, SHARE, SIGMA, STAGES
from symnum.integrators.vectors import largest_component, weighted_norm

#: Rows of the work array after those of every engine: f at the end of the step, the last three stages, f of a stage,
#: direction of the dominant eigenvector.
_NEXT, _FIRST_STAGE, _SECOND_STAGE, _THIRD_STAGE, _MOVED, _DIRECTION = range(COMMON_ROWS, COMMON_ROWS + 6)
ROWS = COMMON_ROWS + 6

_ESTIMATE_AGE = 25
_POWER_STEPS = 50
_ROOT = 1.4901161193847656e-08


@compiled
def _start(integers, reals, work):  # type: ignore[no-untyped-def]
    """First derivative, weights and step size; the derivative is the first guess of the dominant eigenvector."""
    n = integers[I_SIZE]
    if integers[I_FIXED] != 0:
        integers[I_TOTAL] = integers[I_ENTRIES]  # no tolerance that rounding would have to keep to
    slope = offset(work, SLOPE * n)
    direction = offset(work, _DIRECTION * n)
    code = begin(integers, reals, work, integers[I_ORDER])
    for i in range(n):
        direction[i] = slope[i]
    return code


@compiled
def _spectral_radius(integers, reals, work, t, y):  # type: ignore[no-untyped-def]
    """Estimate the spectral radius, a fifth too large, by a power iteration on f; the code of the model."""
    n = integers[I_SIZE]
    weights = offset(work, WEIGHTS * n)
    slope = offset(work, SLOPE * n)
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
        if evaluate(integers, t, trial, moved) != 0:
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
def _chebyshev_stages(integers, work, now, h, count, y, new):  # type: ignore[no-untyped-def]
    """All stages by the recurrence of the shifted Chebyshev polynomials; nonzero when the model reports a failure."""
    n = integers[I_SIZE]
    slope = offset(work, SLOPE * n)
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
        if evaluate(integers, now + h * t_last, last, moved) != 0:
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
def _orthogonal_stages(integers, work, now, h, place, y, new):  # type: ignore[no-untyped-def]
    """The recurrence of the polynomial at `place` of the table, and two finishing stages; nonzero on a failure.

    Leaves the difference from the embedded method of order 1 in the error row.
    """
    n = integers[I_SIZE]
    slope = offset(work, SLOPE * n)
    moved = offset(work, _MOVED * n)
    error = offset(work, ERROR * n)
    before = offset(work, _FIRST_STAGE * n)
    last = offset(work, _SECOND_STAGE * n)
    row = offset(float_pointer(integers[I_TABLE]), COLUMNS * place)
    numbers = offset(float_pointer(integers[I_TABLE]), int(row[BEGINNING]))
    t, gain = numbers[0], numbers[0]
    for i in range(n):
        before[i] = y[i]
        last[i] = y[i] + h * gain * slope[i]
    for j in range(1, int(row[STAGES]) - 2):
        if evaluate(integers, now + h * t, last, moved) != 0:
            return 1
        mu, kappa = numbers[2 * j], numbers[2 * j + 1]
        gain = mu + kappa * gain
        t += gain
        for i in range(n):
            before[i] = last[i] + kappa * (last[i] - before[i]) + h * mu * moved[i]
        spare = before
        before = last
        last = spare
    if evaluate(integers, now + h * t, last, moved) != 0:
        return 1
    sigma = h * row[SIGMA]
    for i in range(n):
        before[i] = last[i] + sigma * moved[i]
    if evaluate(integers, now + h * (t + row[SIGMA]), before, last) != 0:
        return 1
    share = sigma * row[SHARE]
    for i in range(n):
        error[i] = share * (moved[i] - last[i])
        new[i] = before[i] + sigma * last[i] + error[i]
    return 0


@compiled
def _polynomial(integers, needed):  # type: ignore[no-untyped-def]
    """Place in the table of the first polynomial whose interval is as long as needed; their number where none is."""
    table = float_pointer(integers[I_TABLE])
    first, end = 0, integers[I_TOTAL]
    while first < end:
        middle = (first + end) // 2
        if table[COLUMNS * middle + REACH] < needed:
            first = middle + 1
        else:
            end = middle
    return first


@compiled
def _stages(integers, work, now, h, needed, y, new):  # type: ignore[no-untyped-def]
    """All stages of a step whose interval of stability is as long as `needed`; zero, or the cause of a failure."""
    if integers[I_TOTAL] > 0:
        place = _polynomial(integers, needed)
        if place == integers[I_TOTAL]:
            return STEP_UNDERFLOW
        return KERNEL_FAILURE * _orthogonal_stages(integers, work, now, h, place, y, new)
    count = 1 + int((1.0 + 1.54 * needed) ** 0.5)
    if count > 10_000:
        return STEP_UNDERFLOW
    return KERNEL_FAILURE * _chebyshev_stages(integers, work, now, h, max(count, 2), y, new)


@compiled
def _error(integers, reals, work, h, y, new):  # type: ignore[no-untyped-def]
    """Weighted size of the error estimate, in the error row; with fixed steps 0."""
    n = integers[I_SIZE]
    error = offset(work, ERROR * n)
    slope = offset(work, SLOPE * n)
    end = offset(work, _NEXT * n)
    set_step_weights(integers, reals, work, y, new)
    if integers[I_TOTAL] == 0:
        for i in range(n):
            error[i] = 0.8 * (y[i] - new[i]) + 0.4 * h * (slope[i] + end[i])
    return weighted_norm(n, error, offset(work, WEIGHTS * n)) if integers[I_FIXED] == 0 else 0.0


@compiled
def _solve_step(integers, reals, work, t, h, y, new):  # type: ignore[no-untyped-def]
    """Stages and new value; the size of the error, or minus a cause."""
    n = integers[I_SIZE]
    now = reals[R_TIME]
    cause = 0
    if integers[I_CURRENT] == 0:
        cause = _spectral_radius(integers, reals, work, now, y)
        if cause != 0:
            return -1.0 * cause
    cause = _stages(integers, work, now, h, abs(h) * reals[R_RADIUS], y, new)
    if cause == 0:
        cause = check_finite(integers, new)
    if cause == 0:
        cause = evaluate_checked(integers, t, new, offset(work, _NEXT * n))
    return -1.0 * cause if cause != 0 else _error(integers, reals, work, h, y, new)


@compiled
def _keep(integers, work, h, y, new):  # type: ignore[no-untyped-def]
    """Store the cubic through both ends; the end is the beginning of the next step."""
    n = integers[I_SIZE]
    slope = offset(work, SLOPE * n)
    end = offset(work, _NEXT * n)
    keep_cubic(integers, h, y, new, slope, end)
    for i in range(n):
        slope[i] = end[i]
    integers[I_AGE] += 1
    if integers[I_AGE] >= _ESTIMATE_AGE:
        integers[I_CURRENT] = 0


@compiled
def _keep_within_reach(integers, reals):  # type: ignore[no-untyped-def]
    """Shorten the next step where it asks for more stages than the table has."""
    if integers[I_TOTAL] > 0 and integers[I_FIXED] == 0:
        reach = float_pointer(integers[I_TABLE])[COLUMNS * (integers[I_TOTAL] - 1) + REACH]
        reals[R_STEP] /= max(1.0, 1.0001 * abs(reals[R_STEP]) * reals[R_RADIUS] / reach)


@compiled
def _attempt(integers, reals, work, t, h):  # type: ignore[no-untyped-def]
    """Try one step."""
    n = integers[I_SIZE]
    y = offset(float_pointer(integers[I_STATES]), integers[I_ROW] * n)
    new = offset(y, n)
    error = _solve_step(integers, reals, work, t, h, y, new)
    if not (error >= 0.0 and error <= 1.0):
        if not error < 0.0 and integers[I_AGE] > 0:
            integers[I_CURRENT] = 0
        return refuse(integers, reals, work, h, error)
    _keep(integers, work, h, y, new)
    enter(integers, reals, t, h, integers[I_ORDER])
    next_step(integers, reals, h, error)
    _keep_within_reach(integers, reals)
    return RUNNING


@compiled_callback(ENGINE, seconds=1.0)
def advance(integers, reals, work):  # type: ignore[no-untyped-def]
    """Take up to ``integers[I_SLICE]`` attempts; return a code of `layout`."""
    if integers[I_STARTED] == 0:
        code = _start(integers, reals, work)
        if code != RUNNING:
            return code
    return take_steps(integers, reals, work, _attempt)
