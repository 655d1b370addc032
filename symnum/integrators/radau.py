"""Fully implicit engine: collocation at three Radau points, of order 5 at the end of a step.

With T^-1 A^-1 T = diag(g, [[a, -b], [b, a]]) the simplified Newton iteration for the three stages falls apart into a
real system with M - (h/g) J and a complex one with (a + i b) M - h J, which is solved as a real one of twice the size,
two unknowns for each component side by side.  The continuous solution is the collocation polynomial; carried on, it is
where the iteration of the next step begins.

Source: Hairer and Wanner, Solving Ordinary Differential Equations II, section IV.8 (transformation, stopping criterion,
error estimate, predictive step size control after Gustafsson).
"""

from symnum.integrators.addresses import (
    call_factor,
    call_solve,
    float_pointer,
    int32_pointer,
    int_pointer,
    offset,
)
from symnum.integrators.compiled import compiled, compiled_callback
from symnum.integrators.layout import (
    I_AGE,
    I_CAUSE,
    I_COMPONENT,
    I_CURRENT,
    I_ENTRIES,
    I_FACTORED,
    I_FACTORISATIONS,
    I_FIXED,
    I_HISTORY,
    I_INDICES,
    I_INDPTR,
    I_ITERATIONS,
    I_MASS,
    I_ORDER,
    I_PAIR_FACTOR,
    I_PAIR_MASS,
    I_PAIR_MASSES,
    I_PAIR_PLACES,
    I_PAIR_SOLVE,
    I_PAIR_SOLVER,
    I_PAIR_VALUES,
    I_PREDICTIVE,
    I_REFRESH,
    I_ROW,
    I_SEGMENTS,
    I_SIZE,
    I_SOLVE,
    I_SOLVER,
    I_SOLVES,
    I_STARTED,
    I_STATES,
    I_TABLE,
    I_VALUES,
    KERNEL_FAILURE,
    NEWTON_FAILURE,
    NOT_FINITE,
    R_GAMMA,
    R_LAST_ERROR,
    R_LAST_STEP,
    R_NEWTON_TOLERANCE,
    R_RATE,
    R_RATE_LIMIT,
    R_SAFETY,
    R_STEP,
    R_TIME,
    RUNNING,
    SINGULAR_MATRIX,
)  # fmt: skip
from symnum.integrators.matrices import add_mass_product, evaluate_jacobian, factorise
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
from symnum.integrators.vectors import combine, largest_component, weighted_norm

#: Rows of the work array after those of every engine: stages, transformed stages, right-hand sides, the pair.
_Z, _W, _F, _PAIR = COMMON_ROWS, COMMON_ROWS + 3, COMMON_ROWS + 6, COMMON_ROWS + 9
ROWS = COMMON_ROWS + 11

# Places in the table: nodes, T, its inverse, error weights, the interpolant (powers by stages), eigenvalues, weights
# and slopes in the middle of the step.
_NODES, _TRANSFORM, _INVERSE, _ESTIMATE, _POWERS, _EIGENVALUES, _VALUE, _RATE = 0, 3, 12, 21, 24, 33, 36, 39

# Share of the residual's error in the middle of a step that counts.
_MIDDLE = 0.25

_NEWTON_STEPS = 7

# Corrections, in units of the rounding of a right-hand side over a step, that need not fall any further.
_NOISE = 4.0
_EPSILON = 2.0**-52

# With fixed steps the tolerances say little: share of the error that the iteration may leave, and its length.
_FIXED_SHARE = 1e-5
_FIXED_NEWTON_STEPS = 30

# Growth of the step for which it is not worth another factorisation.
_UNCHANGED = 1.2


@compiled
def _factorise_pair(integers, reals, h):  # type: ignore[no-untyped-def]
    """Factorise (a + i b) M - h J as a real matrix; nonzero where that fails."""
    table = offset(float_pointer(integers[I_TABLE]), _EIGENVALUES)
    places = int_pointer(integers[I_PAIR_PLACES])
    masses = int_pointer(integers[I_PAIR_MASS])
    mass = float_pointer(integers[I_MASS])
    jacobian = float_pointer(integers[I_VALUES])
    values = float_pointer(integers[I_PAIR_VALUES])
    for e in range(integers[I_ENTRIES]):
        values[places[2 * e]] = h * jacobian[e]
        values[places[2 * e + 1]] = h * jacobian[e]
    for k in range(integers[I_PAIR_MASSES]):
        e = masses[3 * k]
        m = 1.0 if integers[I_MASS] == 0 else mass[e]
        values[places[2 * e]] -= table[1] * m
        values[places[2 * e + 1]] -= table[1] * m
        values[masses[3 * k + 1]] = table[2] * m
        values[masses[3 * k + 2]] = -table[2] * m
    integers[I_FACTORISATIONS] += 1
    code = call_factor(integers[I_PAIR_FACTOR], integers[I_PAIR_SOLVER], 0.0, 1.0, values)
    if code != 0:
        integers[I_CAUSE] = SINGULAR_MATRIX
        integers[I_COMPONENT] = (code - 1) // 2 if code > 0 else -1
    return code


@compiled
def _renew(integers, reals, work, t, h, y):  # type: ignore[no-untyped-def]
    """Jacobian where the step begins, unless it is good enough, and both factorisations; a cause, else zero."""
    n = integers[I_SIZE]
    if integers[I_REFRESH] != 0 and integers[I_CURRENT] == 0:
        slope = offset(work, SLOPE * n)
        if evaluate_jacobian(integers, work, t, y, slope, 1, _F) != 0:
            return KERNEL_FAILURE
        integers[I_CURRENT] = 1
    integers[I_REFRESH] = 0
    integers[I_FACTORED] = 0
    table = offset(float_pointer(integers[I_TABLE]), _EIGENVALUES)
    if factorise(integers, h / table[0]) != 0 or _factorise_pair(integers, reals, h) != 0:
        return integers[I_CAUSE]
    integers[I_FACTORED] = 1
    reals[R_GAMMA] = h
    return 0


@compiled
def _predict(integers, reals, work, h):  # type: ignore[no-untyped-def]
    """First guess of the stages: the last collocation polynomial, carried on; zero in the first step."""
    n = integers[I_SIZE]
    row = integers[I_ROW]
    table = float_pointer(integers[I_TABLE])
    segment = offset(float_pointer(integers[I_SEGMENTS]), row * 3 * n)
    known = integers[I_HISTORY]
    for s in range(3):
        z = offset(work, (_Z + s) * n)
        x = 1.0 + table[_NODES + s] * h / reals[R_LAST_STEP] if known != 0 else 0.0
        for i in range(n):
            z[i] = 0.0
            if known != 0:
                first = segment[i]
                second = segment[n + i]
                third = segment[2 * n + i]
                z[i] = x * (first + x * (second + x * third)) - (first + second + third)
    _transform(n, offset(table, _INVERSE), offset(work, _Z * n), offset(work, _W * n))


@compiled
def _transform(n, matrix, x, out):  # type: ignore[no-untyped-def]
    """Three vectors times a matrix of order 3; `out` may be `x`."""
    for i in range(n):
        a = x[i]
        b = x[n + i]
        c = x[2 * n + i]
        for s in range(3):
            out[s * n + i] = matrix[3 * s] * a + matrix[3 * s + 1] * b + matrix[3 * s + 2] * c


@compiled
def _stage_slopes(integers, reals, work, t, h, y):  # type: ignore[no-untyped-def]
    """Right-hand sides of the stages; the cause where that fails, else zero."""
    n = integers[I_SIZE]
    nodes = float_pointer(integers[I_TABLE])
    trial = offset(work, TRIAL * n)
    for s in range(3):
        z = offset(work, (_Z + s) * n)
        for i in range(n):
            trial[i] = y[i] + z[i]
        at = t if s == 2 else reals[R_TIME] + nodes[s] * h
        cause = evaluate_checked(integers, at, trial, offset(work, (_F + s) * n))
        if cause != 0:
            return cause
    return 0


@compiled
def _mass_times(integers, x, out):  # type: ignore[no-untyped-def]
    """out = M x."""
    for i in range(integers[I_SIZE]):
        out[i] = x[i] if integers[I_MASS] == 0 else 0.0
    if integers[I_MASS] != 0:
        add_mass_product(integers, x, out)


@compiled
def _correct(integers, work, h):  # type: ignore[no-untyped-def]
    """Corrections of the transformed stages, in the place of the right-hand sides; nonzero without a solution."""
    n = integers[I_SIZE]
    table = offset(float_pointer(integers[I_TABLE]), _EIGENVALUES)
    g = table[0]
    a = table[1]
    b = table[2]
    first = offset(work, _F * n)
    second = offset(first, n)
    third = offset(second, n)
    spare = offset(work, TRIAL * n)
    other = offset(work, ERROR * n)
    pair = offset(work, _PAIR * n)
    _transform(n, offset(float_pointer(integers[I_TABLE]), _INVERSE), first, first)
    _mass_times(integers, offset(work, _W * n), spare)
    for i in range(n):
        first[i] = h / g * first[i] - spare[i]
    _mass_times(integers, offset(work, (_W + 1) * n), spare)
    _mass_times(integers, offset(work, (_W + 2) * n), other)
    for i in range(n):
        pair[2 * i] = h * second[i] - (a * spare[i] - b * other[i])
        pair[2 * i + 1] = h * third[i] - (b * spare[i] + a * other[i])
    integers[I_SOLVES] += 2
    code = call_solve(integers[I_SOLVE], integers[I_SOLVER], first)
    if code == 0:
        code = call_solve(integers[I_PAIR_SOLVE], integers[I_PAIR_SOLVER], pair)
    for i in range(n):
        second[i] = pair[2 * i]
        third[i] = pair[2 * i + 1]
    return code


@compiled
def _rounding(integers, work, h, y):  # type: ignore[no-untyped-def]
    """Weighted size of what rounding of J y leaves uncertain in a step, damped as the step damps it."""
    n = integers[I_SIZE]
    if integers[I_INDPTR] == 0:
        return 0.0  # no entries are known
    indptr = int32_pointer(integers[I_INDPTR])
    indices = int32_pointer(integers[I_INDICES])
    values = float_pointer(integers[I_VALUES])
    noise = offset(work, _PAIR * n)
    for i in range(n):
        noise[i] = 0.0
    for j in range(n):
        for e in range(indptr[j], indptr[j + 1]):
            noise[indices[e]] += abs(_EPSILON * h * values[e] * y[j]) / float_pointer(integers[I_TABLE])[_EIGENVALUES]
    integers[I_SOLVES] += 1
    if call_solve(integers[I_SOLVE], integers[I_SOLVER], noise) != 0:
        return 0.0
    return weighted_norm(n, noise, offset(work, WEIGHTS * n))


@compiled
def _newton(integers, reals, work, t, h, y):  # type: ignore[no-untyped-def]
    """Iterate to the stages; the cause where that fails, else zero."""
    n = integers[I_SIZE]
    weights = offset(work, WEIGHTS * n)
    w = offset(work, _W * n)
    change = offset(work, _F * n)
    allowed = reals[R_NEWTON_TOLERANCE]
    most = _NEWTON_STEPS
    if integers[I_FIXED] != 0:
        allowed *= _FIXED_SHARE
        most = _FIXED_NEWTON_STEPS
    ahead = max(reals[R_RATE], 1e-16) ** 0.8  # rate / (1 - rate) of the last step
    before = 0.0
    last = 0.0
    rate = 0.0
    size = 0.0
    for iteration in range(most):
        cause = _stage_slopes(integers, reals, work, t, h, y)
        if cause != 0:
            return cause
        integers[I_ITERATIONS] += 1
        if _correct(integers, work, h) != 0:
            return NEWTON_FAILURE
        size = 0.0
        for s in range(3):
            part = weighted_norm(n, offset(change, s * n), weights)
            size += part * part
        size = (size / 3.0) ** 0.5
        if not size < 1e150:
            integers[I_COMPONENT] = largest_component(n, change, weights)
            return NOT_FINITE
        for i in range(3 * n):
            w[i] += change[i]
        _transform(n, offset(float_pointer(integers[I_TABLE]), _TRANSFORM), w, offset(work, _Z * n))
        if iteration > 0:
            measured = size / before
            rate = measured if iteration == 1 else (measured * last) ** 0.5
            last = measured
            if rate >= 0.99:
                break
            ahead = rate / (1.0 - rate)
            if size * ahead * rate ** (most - 2 - iteration) > allowed and iteration < most - 1:
                break
        before = size
        if size == 0.0 or ahead * size <= allowed:
            reals[R_RATE] = ahead
            if rate > reals[R_RATE_LIMIT]:
                integers[I_REFRESH] = 1
            integers[I_AGE] = iteration + 1
            return 0
    if integers[I_CURRENT] != 0 and size <= _NOISE * _rounding(integers, work, h, y):
        integers[I_AGE] = _NEWTON_STEPS
        return 0
    integers[I_COMPONENT] = largest_component(n, change, weights)
    return NEWTON_FAILURE


@compiled
def _estimate(integers, work, h, weights, sign, slope):  # type: ignore[no-untyped-def]
    """Weighted size of h f and weighted stages together, damped, in the error row; or minus a cause."""
    n = integers[I_SIZE]
    table = float_pointer(integers[I_TABLE])
    error = offset(work, ERROR * n)
    spare = offset(work, _PAIR * n)
    z = offset(work, _Z * n)
    for i in range(n):
        spare[i] = 0.0
    combine(n, 3, sign, weights, 1, z, spare, spare)
    _mass_times(integers, spare, error)
    scale = 1.0 / table[_EIGENVALUES]
    for i in range(n):
        error[i] = scale * (error[i] + h * slope[i])
    integers[I_SOLVES] += 1
    if call_solve(integers[I_SOLVE], integers[I_SOLVER], error) != 0:
        return -1.0 * NEWTON_FAILURE
    return weighted_norm(n, error, offset(work, WEIGHTS * n))


@compiled
def _middle_error(integers, reals, work, h, y):  # type: ignore[no-untyped-def]
    """Weighted size of what the polynomial leaves of the equations in the middle of the step, damped."""
    n = integers[I_SIZE]
    table = float_pointer(integers[I_TABLE])
    trial = offset(work, TRIAL * n)
    slope = offset(work, _F * n)
    combine(n, 3, 1.0, offset(table, _VALUE), 1, offset(work, _Z * n), y, trial)
    if evaluate(integers, reals[R_TIME] + 0.5 * h, trial, slope) != 0:
        return 1e200
    size = _estimate(integers, work, h, offset(table, _RATE), -1.0, slope)
    return size if size >= 0.0 else 1e200


@compiled
def _error(integers, reals, work, h, y, new):  # type: ignore[no-untyped-def]
    """Weighted size of the error estimate, or minus a cause; after a failure and in the first step damped twice."""
    if integers[I_FIXED] != 0:
        return -1.0 * check_finite(integers, new)
    n = integers[I_SIZE]
    set_step_weights(integers, reals, work, y, new)
    weights = offset(float_pointer(integers[I_TABLE]), _ESTIMATE)
    size = _estimate(integers, work, h, weights, 1.0, offset(work, SLOPE * n))
    if size >= 1.0 and size < 1e300 and (integers[I_HISTORY] == 0 or integers[I_CAUSE] != 0):
        trial = offset(work, TRIAL * n)
        error = offset(work, ERROR * n)
        for i in range(n):
            trial[i] = y[i] + error[i]
        slope = offset(work, _F * n)
        cause = evaluate_checked(integers, reals[R_TIME], trial, slope)
        if cause != 0:
            return -1.0 * cause
        size = _estimate(integers, work, h, weights, 1.0, slope)
    if size >= 0.0 and size <= 1.0:
        size = max(size, _MIDDLE * _middle_error(integers, reals, work, h, y))
    return size


@compiled
def _solve_step(integers, reals, work, t, h, y, new):  # type: ignore[no-untyped-def]
    """Stages and new value, with the old matrices where they serve; the size of the error, or minus a cause."""
    n = integers[I_SIZE]
    cause = 0
    fresh = integers[I_CURRENT]
    if integers[I_FACTORED] == 0 or integers[I_REFRESH] != 0 or abs(h - reals[R_GAMMA]) > 1e-12 * abs(h):
        cause = _renew(integers, reals, work, reals[R_TIME], h, y)
    if cause == 0:
        _predict(integers, reals, work, h)
        cause = _newton(integers, reals, work, t, h, y)
    if cause == NEWTON_FAILURE and fresh == 0 and integers[I_CURRENT] == 0:
        integers[I_REFRESH] = 1
        reals[R_RATE] = 1.0
        cause = _renew(integers, reals, work, reals[R_TIME], h, y)
        if cause == 0:
            _predict(integers, reals, work, h)
            cause = _newton(integers, reals, work, t, h, y)
    if cause != 0:
        integers[I_REFRESH] = 1
        reals[R_RATE] = 1.0
        return -1.0 * cause
    z = offset(work, (_Z + 2) * n)
    for i in range(n):
        new[i] = y[i] + z[i]
    error = _error(integers, reals, work, h, y, new)
    if error >= 0.0 and error <= 1.0:
        cause = evaluate_checked(integers, t, new, offset(work, _F * n))
    return -1.0 * cause if cause != 0 else error


@compiled
def _keep(integers, work):  # type: ignore[no-untyped-def]
    """Store the collocation polynomial; the end is the beginning of the next step."""
    n = integers[I_SIZE]
    powers = offset(float_pointer(integers[I_TABLE]), _POWERS)
    _transform(
        n,
        powers,
        offset(work, _Z * n),
        offset(float_pointer(integers[I_SEGMENTS]), (integers[I_ROW] + 1) * 3 * n),
    )
    slope = offset(work, SLOPE * n)
    end = offset(work, _F * n)
    for i in range(n):
        slope[i] = end[i]
    integers[I_CURRENT] = 0


@compiled
def _choose(integers, reals, h, error):  # type: ignore[no-untyped-def]
    """Size of the next step: as it was where a change is not worth a factorisation."""
    if integers[I_FIXED] != 0:
        return
    size = max(error, 1e-10)
    earlier = reals[R_LAST_ERROR]
    before = reals[R_LAST_STEP]
    reals[R_SAFETY] = 0.9 * (2.0 * _NEWTON_STEPS + 1.0) / (2.0 * _NEWTON_STEPS + integers[I_AGE])
    next_step(integers, reals, h, error)
    if integers[I_PREDICTIVE] != 0 and integers[I_HISTORY] != 0:
        # The error constant grows as it did from the last step to this one.
        factor = reals[R_SAFETY] * h / before * (earlier / (size * size)) ** 0.25
        reals[R_STEP] = min(reals[R_STEP] / h, max(0.2, factor)) * h
    reals[R_LAST_ERROR] = max(error, 1e-2)
    ratio = reals[R_STEP] / h
    if ratio >= 1.0 and ratio < _UNCHANGED:
        reals[R_STEP] = h


@compiled
def _attempt(integers, reals, work, t, h):  # type: ignore[no-untyped-def]
    """Try one step."""
    n = integers[I_SIZE]
    y = offset(float_pointer(integers[I_STATES]), integers[I_ROW] * n)
    error = _solve_step(integers, reals, work, t, h, y, offset(y, n))
    if not (error >= 0.0 and error <= 1.0):
        return refuse(integers, reals, work, h, error)
    _keep(integers, work)
    _choose(integers, reals, h, error)
    enter(integers, reals, t, h, integers[I_ORDER])
    integers[I_HISTORY] = 1
    return RUNNING


@compiled_callback(ENGINE, seconds=1.5)
def advance(integers, reals, work):  # type: ignore[no-untyped-def]
    """Take up to ``integers[I_SLICE]`` attempts; return a code of `layout`."""
    if integers[I_STARTED] == 0:
        integers[I_HISTORY] = 0
        integers[I_REFRESH] = 1
        reals[R_RATE] = 1.0
        code = begin(integers, reals, work, 3)
        if code != RUNNING:
            return code
    return take_steps(integers, reals, work, _attempt)
