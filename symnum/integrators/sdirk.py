"""Diagonally implicit engine: Runge-Kutta methods whose stages share one matrix, whole or split in two (IMEX).

A stage solves M z = h f(t, base + gamma z) by a simplified Newton iteration with M - h gamma J, so that z, and not the
right-hand side of an inexact value, is what later stages and the next step use.  The first stage is explicit: it is the
last one of the step before.  Of a split right-hand side one part is treated in this way and the other explicitly, with
a tableau of its own.  The error estimate is damped by the same matrix, and the step is continued by the cubic through
both ends.

Sources: Hairer and Wanner, Solving Ordinary Differential Equations II, section IV.8 (Newton iteration, damping of the
estimate, unchanged steps); Hosea and Shampine, Applied Numerical Mathematics 20 (1996) 21 (stages as increments);
Kennedy and Carpenter, Applied Numerical Mathematics 44 (2003) 139 (additive methods).
"""

from symnum.integrators.additive import evaluate_explicit, exchange_parts
from symnum.integrators.addresses import call_solve, float_pointer, offset
from symnum.integrators.compiled import compiled, compiled_callback
from symnum.integrators.layout import (
    I_CAUSE,
    I_COMPONENT,
    I_CURRENT,
    I_EXACT,
    I_EXPLICIT,
    I_FACTORED,
    I_FIXED,
    I_HISTORY,
    I_ITERATIONS,
    I_MASS,
    I_ORDER,
    I_REFRESH,
    I_ROW,
    I_SECOND_ERROR,
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
    R_GAMMA,
    R_GAMMA_METHOD,
    R_GAMMA_RANGE,
    R_LAST_STEP,
    R_NEWTON_TOLERANCE,
    R_RATE,
    R_RATE_LIMIT,
    R_STEP,
    R_TIME,
    RUNNING,
)  # fmt: skip
from symnum.integrators.matrices import add_mass_product, begin_with_mass, evaluate_jacobian, factorise
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
    keep_cubic,
    next_step,
    refuse,
    set_step_weights,
    take_steps,
)
from symnum.integrators.vectors import combine, largest_component, weighted_norm

#: Rows of the work array before the stages, after those of every engine: what a stage begins with, f at the end of the
#: step, both for the explicit part, f of the step before.
_BASE, _NEXT, _EXPLICIT_SLOPE, _EXPLICIT_NEXT, _BEFORE = range(COMMON_ROWS, COMMON_ROWS + 5)
ROWS = COMMON_ROWS + 5

# Vectors at the beginning of the table: nodes, error weights, weights less the last row of the explicit matrix.
_VECTORS = 3

_NEWTON_STEPS = 8

# Share of the residual's error in the middle of a step that counts.
_MIDDLE = 0.25

# With fixed steps the tolerances say little: share of the error that the iteration may leave, and its length.
_FIXED_SHARE = 1e-5
_FIXED_NEWTON_STEPS = 30

# Convergence rate that is always reckoned with before it is seen.
_FASTEST = 0.05

# Convergence rate where the implicit part is linear and its matrix always the right one.
_EXACT_RATE = 1e-8

# Growth of the step for which it is not worth another factorisation.
_UNCHANGED = 1.2


@compiled
def _parts(integers, work, t, y, implicit_row, explicit_row):  # type: ignore[no-untyped-def]
    """Evaluate both parts; the cause where that fails, else zero."""
    n = integers[I_SIZE]
    cause = evaluate_checked(integers, t, y, offset(work, implicit_row * n))
    return cause if cause != 0 else evaluate_explicit(integers, t, y, offset(work, explicit_row * n))


@compiled
def _start(integers, reals, work):  # type: ignore[no-untyped-def]
    """First step size by the whole right-hand side; derivatives where the step begins."""
    n = integers[I_SIZE]
    y = offset(float_pointer(integers[I_STATES]), integers[I_ROW] * n)
    integers[I_HISTORY] = 0
    reals[R_RATE] = 1.0
    exchange_parts(integers)
    code = begin(integers, reals, work, integers[I_ORDER])
    exchange_parts(integers)
    if integers[I_MASS] != 0 and code == RUNNING:
        return begin_with_mass(integers, reals, work, y, _BASE)
    if integers[I_EXPLICIT] == 0 or code != RUNNING:
        return code
    cause = _parts(integers, work, reals[R_TIME], y, SLOPE, _EXPLICIT_SLOPE)
    return cause if cause != 0 else RUNNING


@compiled
def _renew(integers, reals, work, t, h, y):  # type: ignore[no-untyped-def]
    """Jacobian where the step begins, and its factorisation; the cause where that fails, else zero."""
    n = integers[I_SIZE]
    if integers[I_CURRENT] == 0:
        if evaluate_jacobian(integers, work, t, y, offset(work, ERROR * n), 0, _BASE) != 0:
            return KERNEL_FAILURE
        integers[I_CURRENT] = 1
    integers[I_FACTORED] = 0
    scale = h * reals[R_GAMMA_METHOD]
    if factorise(integers, scale) != 0:
        return integers[I_CAUSE]
    integers[I_FACTORED] = 1
    integers[I_REFRESH] = 0
    reals[R_GAMMA] = scale
    return 0


@compiled
def _residual(integers, t, h, value, z, b):  # type: ignore[no-untyped-def]
    """b = h f - M z; the model's own code."""
    n = integers[I_SIZE]
    code = evaluate(integers, t, value, b)
    if integers[I_MASS] == 0:
        for i in range(n):
            b[i] = h * b[i] - z[i]
        return code
    for i in range(n):
        b[i] *= -h
    add_mass_product(integers, z, b)
    for i in range(n):
        b[i] = -b[i]
    return code


@compiled
def _not_finite(integers, work, t, value, b):  # type: ignore[no-untyped-def]
    """Note the component where the right-hand side, or else the correction, is not finite."""
    n = integers[I_SIZE]
    worst = largest_component(n, b, offset(work, WEIGHTS * n))
    if evaluate_checked(integers, t, value, b) == 0:
        integers[I_COMPONENT] = worst
    return NOT_FINITE


@compiled
def _newton(integers, reals, work, t, h, z):  # type: ignore[no-untyped-def]
    """Iterate to z of one stage, whose value is left in the trial row; the cause where that fails, else zero."""
    n = integers[I_SIZE]
    base = offset(work, _BASE * n)
    value = offset(work, TRIAL * n)
    b = offset(work, _NEXT * n)
    weights = offset(work, WEIGHTS * n)
    gamma = reals[R_GAMMA_METHOD]
    ratio = h * gamma / reals[R_GAMMA]
    rescale = 2.0 / (1.0 + ratio)
    # A matrix for another h contracts no faster than this, whatever has been seen.
    slowest = abs(ratio - 1.0) / (ratio + 1.0)
    rate = max(reals[R_RATE], slowest + _FASTEST) if integers[I_EXACT] == 0 else slowest + _EXACT_RATE
    allowed = reals[R_NEWTON_TOLERANCE]
    most = _NEWTON_STEPS
    if integers[I_FIXED] != 0:
        allowed *= _FIXED_SHARE
        most = _FIXED_NEWTON_STEPS
    previous = 0.0
    for i in range(n):
        value[i] = base[i] + gamma * z[i]
    for iteration in range(most):
        if _residual(integers, t, h, value, z, b) != 0:
            return KERNEL_FAILURE
        integers[I_SOLVES] += 1
        integers[I_ITERATIONS] += 1
        if call_solve(integers[I_SOLVE], integers[I_SOLVER], b) != 0:
            return NEWTON_FAILURE
        size = gamma * rescale * weighted_norm(n, b, weights)
        if not size < 1e150:
            return _not_finite(integers, work, t, value, b)
        for i in range(n):
            z[i] += rescale * b[i]
            value[i] = base[i] + gamma * z[i]
        if iteration > 0:
            measured = size / previous
            rate = max(0.3 * rate, measured)
            if measured > 0.95:
                break
        if size == 0.0 or (rate < 0.95 and size * rate / (1.0 - rate) <= allowed):
            reals[R_RATE] = rate
            if rate > reals[R_RATE_LIMIT] and iteration > 0:
                integers[I_REFRESH] = 1
            return 0
        previous = size
    integers[I_COMPONENT] = largest_component(n, b, weights)
    return NEWTON_FAILURE


@compiled
def _first_stage(integers, work, h):  # type: ignore[no-untyped-def]
    """Increments that belong to the derivatives where the step begins."""
    n = integers[I_SIZE]
    slope = offset(work, SLOPE * n)
    z = offset(work, ROWS * n)
    for i in range(n):
        z[i] = h * slope[i]
    if integers[I_EXPLICIT] != 0:
        slope = offset(work, _EXPLICIT_SLOPE * n)
        w = offset(work, (ROWS + integers[I_STAGES]) * n)
        for i in range(n):
            w[i] = h * slope[i]


@compiled
def _stages(integers, reals, work, t, h, y):  # type: ignore[no-untyped-def]
    """All stages; the value of the last is left in the trial row. Returns the cause where that fails, else zero."""
    n = integers[I_SIZE]
    stages = integers[I_STAGES]
    table = float_pointer(integers[I_TABLE])
    now = reals[R_TIME]
    z = offset(work, ROWS * n)
    w = offset(z, stages * n)
    base = offset(work, _BASE * n)
    value = offset(work, TRIAL * n)
    zero = offset(work, ERROR * n)
    for i in range(n):
        zero[i] = 0.0
    _first_stage(integers, work, h)
    for s in range(1, stages):
        at = t if table[s] == 1.0 else now + table[s] * h
        here = offset(z, s * n)
        combine(n, s, 1.0, offset(table, (_VECTORS + s) * stages), 1, z, zero, here)
        combine(n, s, 1.0, offset(table, (_VECTORS + stages + s) * stages), 1, z, y, base)
        if integers[I_EXPLICIT] != 0:
            combine(n, s, 1.0, offset(table, (_VECTORS + 2 * stages + s) * stages), 1, w, base, base)
        cause = _newton(integers, reals, work, at, h, here)
        if cause == 0 and integers[I_EXPLICIT] != 0:
            there = offset(w, s * n)
            cause = evaluate_explicit(integers, at, value, there)
            for i in range(n):
                there[i] *= h
        if cause != 0:
            return cause
    return 0


@compiled
def _end(integers, reals, work, t, h, new):  # type: ignore[no-untyped-def]
    """New value, and f there; the cause where that fails, else zero."""
    n = integers[I_SIZE]
    stages = integers[I_STAGES]
    value = offset(work, TRIAL * n)
    for i in range(n):
        new[i] = value[i]
    if integers[I_EXPLICIT] != 0:
        rest = offset(float_pointer(integers[I_TABLE]), 2 * stages)
        combine(n, stages, 1.0, rest, 1, offset(work, (ROWS + stages) * n), new, new)
        return _parts(integers, work, t, new, _NEXT, _EXPLICIT_NEXT)
    last = offset(work, (ROWS + stages - 1) * n)
    slope = offset(work, _NEXT * n)
    for i in range(n):
        slope[i] = last[i] / h
    return 0


@compiled
def _difference(integers, reals, work, h, error):  # type: ignore[no-untyped-def]
    """Error of the trapezoidal rule by differences of the last three derivatives (in the first step by two)."""
    n = integers[I_SIZE]
    first = offset(work, ROWS * n)
    second = offset(first, n)
    before = offset(work, _BEFORE * n)
    if integers[I_HISTORY] == 0:
        for i in range(n):
            error[i] = 0.5 * (second[i] - first[i])
        return
    ratio = reals[R_LAST_STEP] / h
    for i in range(n):
        bend = (second[i] - first[i]) - (first[i] - h * before[i]) / ratio
        error[i] = bend / (6.0 * (1.0 + ratio))


@compiled
def _damped(integers, work, error):  # type: ignore[no-untyped-def]
    """Damp an error by the matrix of the iteration; its weighted size, or minus a cause."""
    n = integers[I_SIZE]
    integers[I_SOLVES] += 1
    if call_solve(integers[I_SOLVE], integers[I_SOLVER], error) != 0:
        return -1.0 * NEWTON_FAILURE
    return weighted_norm(n, error, offset(work, WEIGHTS * n))


@compiled
def _middle_error(integers, reals, work, h, y, new):  # type: ignore[no-untyped-def]
    """Weighted size of what the cubic leaves of the equations in the middle of the step, damped."""
    n = integers[I_SIZE]
    now = reals[R_TIME]
    middle = offset(work, TRIAL * n)
    rate = offset(work, _BASE * n)
    error = offset(work, ERROR * n)
    left = offset(work, SLOPE * n)
    right = offset(work, _NEXT * n)
    for i in range(n):
        middle[i] = 0.5 * (y[i] + new[i]) + 0.125 * h * (left[i] - right[i])
        rate[i] = 0.25 * h * (left[i] + right[i]) - 1.5 * (new[i] - y[i])
    if integers[I_EXPLICIT] != 0:
        left = offset(work, _EXPLICIT_SLOPE * n)
        right = offset(work, _EXPLICIT_NEXT * n)
        for i in range(n):
            middle[i] += 0.125 * h * (left[i] - right[i])
            rate[i] += 0.25 * h * (left[i] + right[i])
        if evaluate_explicit(integers, now + 0.5 * h, middle, error) != 0:
            return 1e200
        for i in range(n):
            rate[i] += h * error[i]
    if evaluate(integers, now + 0.5 * h, middle, error) != 0:
        return 1e200
    for i in range(n):
        error[i] *= h
    if integers[I_MASS] != 0:
        add_mass_product(integers, rate, error)
    else:
        for i in range(n):
            error[i] += rate[i]
    size = _damped(integers, work, error)
    return size if size >= 0.0 else 1e200


@compiled
def _error(integers, reals, work, h, y, new):  # type: ignore[no-untyped-def]
    """Weighted size of the damped error estimate, in the error row, or minus a cause."""
    if integers[I_FIXED] != 0:
        return -1.0 * check_finite(integers, new)
    n = integers[I_SIZE]
    stages = integers[I_STAGES]
    error = offset(work, ERROR * n)
    set_step_weights(integers, reals, work, y, new)
    for i in range(n):
        error[i] = 0.0
    weights = offset(float_pointer(integers[I_TABLE]), stages)
    z = offset(work, ROWS * n)
    if integers[I_SECOND_ERROR] != 0:
        _difference(integers, reals, work, h, error)
    else:
        combine(n, stages, 1.0, weights, 1, z, error, error)
        if integers[I_EXPLICIT] != 0:
            combine(n, stages, 1.0, weights, 1, offset(z, stages * n), error, error)
    if integers[I_MASS] != 0:
        base = offset(work, _BASE * n)
        for i in range(n):
            base[i] = error[i]
            error[i] = 0.0
        add_mass_product(integers, base, error)
    size = _damped(integers, work, error)
    if size >= 0.0 and size <= 1.0:
        size = max(size, _MIDDLE * _middle_error(integers, reals, work, h, y, new))
    return size


@compiled
def _solve_step(integers, reals, work, t, h, y, new):  # type: ignore[no-untyped-def]
    """Stages and new value, with the old matrix where it serves; the size of the error, or minus a cause."""
    now = reals[R_TIME]
    ratio = h * reals[R_GAMMA_METHOD] / reals[R_GAMMA] if integers[I_FACTORED] != 0 else 0.0
    limit = 1.0 + reals[R_GAMMA_RANGE] if integers[I_MASS] == 0 else 1.0 + 1e-12
    cause = 0
    fresh = 0
    if integers[I_REFRESH] != 0 or not (ratio * limit > 1.0 and ratio < limit):
        cause = _renew(integers, reals, work, now, h, y)
        fresh = 1
    if cause == 0:
        cause = _stages(integers, reals, work, t, h, y)
    if cause == NEWTON_FAILURE and fresh == 0:
        reals[R_RATE] = 1.0
        cause = _renew(integers, reals, work, now, h, y)
        if cause == 0:
            cause = _stages(integers, reals, work, t, h, y)
    if cause == 0:
        cause = _end(integers, reals, work, t, h, new)
    if cause != 0:
        integers[I_REFRESH] = 1
        reals[R_RATE] = 1.0
        return -1.0 * cause
    return _error(integers, reals, work, h, y, new)


@compiled
def _keep(integers, work, h, y, new):  # type: ignore[no-untyped-def]
    """Store the cubic through both ends; the end is the beginning of the next step."""
    n = integers[I_SIZE]
    slope = offset(work, SLOPE * n)
    end = offset(work, _NEXT * n)
    before = offset(work, _BEFORE * n)
    for i in range(n):
        before[i] = slope[i]
        slope[i] = end[i]
    if integers[I_EXPLICIT] != 0:
        other = offset(work, _EXPLICIT_SLOPE * n)
        end = offset(work, _EXPLICIT_NEXT * n)
        left = offset(work, TRIAL * n)
        right = offset(work, ERROR * n)
        for i in range(n):
            left[i] = before[i] + other[i]
            right[i] = slope[i] + end[i]
            other[i] = end[i]
        keep_cubic(integers, h, y, new, left, right)
    else:
        keep_cubic(integers, h, y, new, before, slope)
    integers[I_HISTORY] = 1
    integers[I_CURRENT] = 0


@compiled
def _attempt(integers, reals, work, t, h):  # type: ignore[no-untyped-def]
    """Try one step."""
    n = integers[I_SIZE]
    y = offset(float_pointer(integers[I_STATES]), integers[I_ROW] * n)
    new = offset(y, n)
    error = _solve_step(integers, reals, work, t, h, y, new)
    if not (error >= 0.0 and error <= 1.0):
        return refuse(integers, reals, work, h, error)
    _keep(integers, work, h, y, new)
    enter(integers, reals, t, h, integers[I_ORDER])
    next_step(integers, reals, h, error)
    ratio = reals[R_STEP] / h
    if ratio >= 1.0 and ratio < _UNCHANGED:
        reals[R_STEP] = h
    return RUNNING


@compiled_callback(ENGINE, seconds=1.5)
def advance(integers, reals, work):  # type: ignore[no-untyped-def]
    """Take up to ``integers[I_SLICE]`` attempts; return a code of `layout`."""
    if integers[I_STARTED] == 0:
        code = _start(integers, reals, work)
        if code != RUNNING:
            return code
    return take_steps(integers, reals, work, _attempt)
