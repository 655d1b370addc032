"""Variable-order, variable-step multistep engine for stiff systems.

Fixed-leading-coefficient backward differentiation in terms of the accepted values themselves: with P the
polynomial of degree k through the last k+1 accepted points, a step to t+h solves

    M (a (y - P(t+h)) + h P'(t+h)) = h f(t+h, y),    a = (1 - kappa_k) (1 + 1/2 + ... + 1/k),

by a modified Newton iteration with the matrix M - (h/a) J, where the mass matrix M is the identity, or constant (and
perhaps singular) with values on the Jacobian's pattern.  The record of accepted steps is the history, so a rejected
step has nothing to undo, and the dense output needs one vector for each step.

Of a right-hand side in two parts the explicit one is carried on from its last k values, which lie beside the accepted
values in the record, and takes part in the equation as it is expected to be (semi-implicit formulas, SBDF).

Sources: Jackson and Sacks-Davis, ACM TOMS 6 (1980) 295 (fixed leading coefficient); Brenan, Campbell and Petzold,
Numerical Solution of Initial-Value Problems in DAEs, SIAM 1996 (error test); Shampine and Reichelt, SIAM J. Sci.
Comput. 18 (1997) 1 (the constants kappa); Hindmarsh et al., ACM TOMS 31 (2005) 363 (reuse of a factorisation for
another h by the factor 2/(1 + ratio)); Ascher, Ruuth and Wetton, SIAM J. Numer. Anal. 32 (1995) 797 (two parts).
"""

from symnum.integrators.additive import evaluate_explicit, exchange_parts
from symnum.integrators.addresses import call_solve, float_pointer, int32_pointer, int_pointer, offset
from symnum.integrators.compiled import compiled, compiled_callback
from symnum.integrators.layout import (
    I_AGE,
    I_CAUSE,
    I_COMPONENT,
    I_CONVERGENCE_FAILURES,
    I_DETECT,
    I_ERROR_FAILURES,
    I_EXACT,
    I_EXPLICIT,
    I_FACTORED,
    I_FAILURES,
    I_FIXED,
    I_HISTORY,
    I_INDICES,
    I_INDPTR,
    I_ITERATIONS,
    I_MASS,
    I_MAX_ORDER,
    I_NEWTON_FAILURES,
    I_ORDER,
    I_ORDERS,
    I_REFRESH,
    I_ROW,
    I_SEGMENTS,
    I_SINCE_CHANGE,
    I_SIZE,
    I_SMOOTH_COUNT,
    I_SOLVE,
    I_SOLVER,
    I_SOLVES,
    I_STARTED,
    I_STATES,
    I_TABLE,
    I_TIMES,
    I_VALUES,
    KERNEL_FAILURE,
    NEWTON_FAILURE,
    NONSTIFF,
    NOT_FINITE,
    R_CHANGE_LIMIT,
    R_CONSTANT,
    R_END,
    R_FIRST_STEP,
    R_GAMMA,
    R_GAMMA_RANGE,
    R_GROW,
    R_GROWTH,
    R_NEWTON_TOLERANCE,
    R_RAISE_BIAS,
    R_RATE,
    R_RATE_LIMIT,
    R_RTOL,
    R_SAFETY,
    R_SHRINK,
    R_SLOPES,
    R_SMOOTH_STEP,
    R_SPECTRUM,
    R_STABILITY,
    R_STEP,
    R_TIME,
    R_WEIGHTS,
    RUNNING,
    STEP_UNDERFLOW,
)  # fmt: skip
from symnum.integrators.matrices import add_mass_product, evaluate_jacobian, factorise
from symnum.integrators.starting import cautious_step
from symnum.integrators.stepping import (
    ATOL,
    COMMON_ROWS,
    ENGINE,
    ERROR,
    SLOPE,
    TRIAL,
    WEIGHTS,
    begin,
    enter,
    evaluate,
    evaluate_checked,
    take_steps,
)
from symnum.integrators.vectors import largest_component, set_weights, weighted_norm

#: Rows of the work array after those of every engine: predicted value, h P', spare, and with a mass matrix the
#: derivative at the start, or with two parts what the explicit one is expected to be. The correction takes the row of
#: the error. The last is near to the dominant eigenvector of the Jacobian.
_PREDICTED, _RATE, _SPARE, _GIVEN, DOMINANT = range(COMMON_ROWS, COMMON_ROWS + 5)
_EXPECTED = _GIVEN  # a mass matrix and an explicit part do not go together
GIVEN_SLOPE = _GIVEN
ROWS = COMMON_ROWS + 5

_STEEPEST_ORDER = 5
_NEWTON_STEPS = 4
_EXACT_RATE = 1e-8
_POWER_STEPS = 3


@compiled
def _history_weights(times, row, degree, t, h, weights, slopes):  # type: ignore[no-untyped-def]
    """Weights of the accepted values in P(t) and h P'(t), and the sum of h over the distances to them."""
    total = 0.0
    for j in range(degree + 1):
        total += h / (t - times[row - j])
    for j in range(1, degree + 1):
        here = times[row - j]
        weight = 1.0
        for i in range(degree + 1):
            if i != j:
                there = times[row - i]
                weight *= (t - there) / (here - there)
        weights[j] = weight
        slopes[j] = weight * (total - h / (t - here))
    return total


@compiled
def _error_constant(total, last, order, table):  # type: ignore[no-untyped-def]
    """Factor from the correction to the local error, for the actual spacing of the accepted points."""
    leading = table[order]
    nominal = table[8 + order]
    return max(abs(total - leading), last * (order + 1) * nominal)


@compiled
def _expect(integers, reals, work, t, h):  # type: ignore[no-untyped-def]
    """Carry the explicit part on from its last values, as many as the order, and take it into h P'."""
    n = integers[I_SIZE]
    row = integers[I_ROW]
    order = integers[I_ORDER]
    weights = offset(reals, R_WEIGHTS)
    _history_weights(float_pointer(integers[I_TIMES]), row, order - 1, t, h, weights, offset(reals, R_SLOPES))
    known = offset(float_pointer(integers[I_SEGMENTS]), row * n)
    expected = offset(work, _EXPECTED * n)
    slope = offset(work, _RATE * n)
    for i in range(n):
        here = known[i]
        value = here
        for j in range(1, order):
            value += weights[j] * (known[i - j * n] - here)
        expected[i] = value
        slope[i] -= h * value


@compiled
def _explicit_error(integers, work, t, gamma, new):  # type: ignore[no-untyped-def]
    """Evaluate the explicit part at the new value; weighted size of what was wrongly expected, or minus a cause."""
    n = integers[I_SIZE]
    value = offset(float_pointer(integers[I_SEGMENTS]), (integers[I_ROW] + 1) * n)
    cause = evaluate_explicit(integers, t, new, value)
    if cause != 0:
        return -1.0 * cause
    expected = offset(work, _EXPECTED * n)
    error = offset(work, TRIAL * n)
    for i in range(n):
        error[i] = gamma * (value[i] - expected[i])
    return weighted_norm(n, error, offset(work, WEIGHTS * n))


@compiled
def _predict(integers, reals, work, t, h):  # type: ignore[no-untyped-def]
    """Fill the predicted value and h P'; set the error constant of this step."""
    n = integers[I_SIZE]
    row = integers[I_ROW]
    order = integers[I_ORDER]
    y = offset(float_pointer(integers[I_STATES]), row * n)
    times = float_pointer(integers[I_TIMES])
    predicted = offset(work, _PREDICTED * n)
    slope = offset(work, _RATE * n)
    table = float_pointer(integers[I_TABLE])
    if integers[I_HISTORY] == 1:
        rhs = offset(work, SLOPE * n)
        for i in range(n):
            slope[i] = h * rhs[i]
            predicted[i] = y[i] + slope[i]
        reals[R_CONSTANT] = _error_constant(1.5, 0.5, 1, table)
        if integers[I_EXPLICIT] != 0:
            _expect(integers, reals, work, t, h)
        return
    weights = offset(reals, R_WEIGHTS)
    slopes = offset(reals, R_SLOPES)
    total = _history_weights(times, row, order, t, h, weights, slopes)
    reals[R_CONSTANT] = _error_constant(total, h / (t - times[row - order]), order, table)
    for i in range(n):
        here = y[i]
        value = 0.0
        rate = 0.0
        for j in range(1, order + 1):
            difference = y[i - j * n] - here
            value += weights[j] * difference
            rate += slopes[j] * difference
        predicted[i] = here + value
        slope[i] = rate
    if integers[I_EXPLICIT] != 0:
        _expect(integers, reals, work, t, h)


@compiled
def _other_order_error(integers, reals, work, order, t, h, new):  # type: ignore[no-untyped-def]
    """Return the local error that `order` would have made on the step just taken to `new`."""
    n = integers[I_SIZE]
    row = integers[I_ROW]
    y = offset(float_pointer(integers[I_STATES]), row * n)
    times = float_pointer(integers[I_TIMES])
    scale = offset(work, WEIGHTS * n)
    weights = offset(reals, R_WEIGHTS)
    total = _history_weights(times, row, order, t, h, weights, offset(reals, R_SLOPES))
    size = 0.0
    for i in range(n):
        here = y[i]
        value = new[i] - here
        for j in range(1, order + 1):
            value -= weights[j] * (y[i - j * n] - here)
        value *= scale[i]
        size += value * value
    last = h / (t - times[row - order])
    return _error_constant(total, last, order, float_pointer(integers[I_TABLE])) * (size / n) ** 0.5


@compiled
def _estimate_radius(integers, reals, work):  # type: ignore[no-untyped-def]
    """Spectral radius of the Jacobian, by a few power iterations on from the unit vector of the last ones."""
    n = integers[I_SIZE]
    indptr = int32_pointer(integers[I_INDPTR])
    indices = int32_pointer(integers[I_INDICES])
    values = float_pointer(integers[I_VALUES])
    vector = offset(work, DOMINANT * n)
    image = offset(work, _SPARE * n)
    for _ in range(_POWER_STEPS):
        for i in range(n):
            image[i] = 0.0
        for j in range(n):
            for e in range(indptr[j], indptr[j + 1]):
                image[indices[e]] += values[e] * vector[j]
        square = 0.0
        for i in range(n):
            square += image[i] * image[i]
        reals[R_SPECTRUM] = square**0.5 if square < 1e300 else 0.0
        if reals[R_SPECTRUM] == 0.0:
            return
        for i in range(n):
            vector[i] = image[i] / reals[R_SPECTRUM]


@compiled
def _watch_smoothness(integers, reals, t, h):  # type: ignore[no-untyped-def]
    """`NONSTIFF` when an explicit method has long been able to take these steps, and they do not grow out of it."""
    grows = abs(h) > 2.0 * reals[R_SMOOTH_STEP]
    if grows or reals[R_SPECTRUM] == 0.0 or reals[R_SPECTRUM] * abs(h) > reals[R_STABILITY]:
        integers[I_SMOOTH_COUNT] = 0
        reals[R_SMOOTH_STEP] = abs(h)
        return RUNNING
    integers[I_SMOOTH_COUNT] += 1
    return NONSTIFF if integers[I_SMOOTH_COUNT] >= integers[I_DETECT] and t != reals[R_END] else RUNNING


@compiled
def _factorise(integers, reals, work, t, gamma):  # type: ignore[no-untyped-def]
    """Evaluate the Jacobian at the predicted value and factorise I - gamma J; nonzero where that fails."""
    n = integers[I_SIZE]
    predicted = offset(work, _PREDICTED * n)
    if evaluate_jacobian(integers, work, t, predicted, offset(work, ERROR * n), 0, _SPARE) != 0:
        integers[I_CAUSE] = KERNEL_FAILURE
        return 1
    if integers[I_DETECT] != 0:
        _estimate_radius(integers, reals, work)
    if factorise(integers, gamma) != 0:
        integers[I_FACTORED] = 0
        return 1
    integers[I_FACTORED] = 1
    integers[I_AGE] = 0
    reals[R_GAMMA] = gamma
    reals[R_RATE] = 1.0
    return 0


@compiled
def _mass_residual(integers, work, gamma, inverse, b):  # type: ignore[no-untyped-def]
    """b := gamma b - M (inverse h P' + correction)."""
    n = integers[I_SIZE]
    slope = offset(work, _RATE * n)
    correction = offset(work, ERROR * n)
    move = offset(work, _SPARE * n)
    for i in range(n):
        b[i] *= -gamma
        move[i] = inverse * slope[i] + correction[i]
    add_mass_product(integers, move, b)
    for i in range(n):
        b[i] = -b[i]


@compiled
def _known_rate(integers, reals, ratio):  # type: ignore[no-untyped-def]
    """Convergence rate before the first iteration, with a matrix for another gamma, so many times smaller."""
    if integers[I_EXACT] != 0:  # the implicit part is linear: only another gamma leaves anything
        return abs(1.0 - ratio) + _EXACT_RATE
    if integers[I_MASS] != 0:  # algebraic equations converge no faster than so
        return max(reals[R_RATE], abs(1.0 - ratio) / (1.0 + ratio))
    return reals[R_RATE]


@compiled
def _newton(integers, reals, work, t, gamma, leading, new):  # type: ignore[no-untyped-def]
    """Iterate to the new value; 0 converged, 1 not."""
    n = integers[I_SIZE]
    predicted = offset(work, _PREDICTED * n)
    slope = offset(work, _RATE * n)
    correction = offset(work, ERROR * n)
    b = offset(work, TRIAL * n)
    weights = offset(work, WEIGHTS * n)
    rescale = 2.0 / (1.0 + gamma / reals[R_GAMMA])
    inverse = 1.0 / leading
    for i in range(n):
        correction[i] = 0.0
        new[i] = predicted[i]
    previous = 0.0
    rate = _known_rate(integers, reals, gamma / reals[R_GAMMA])
    # With algebraic equations what the iteration leaves is not damped in later steps, so that it counts in full.
    share = reals[R_CONSTANT] if integers[I_MASS] == 0 else 1.0
    for iteration in range(_NEWTON_STEPS):
        if evaluate(integers, t, new, b) != 0:
            integers[I_CAUSE] = KERNEL_FAILURE
            return 1
        if integers[I_MASS] == 0:
            for i in range(n):
                b[i] = gamma * b[i] - inverse * slope[i] - correction[i]
        else:
            _mass_residual(integers, work, gamma, inverse, b)
        integers[I_SOLVES] += 1
        integers[I_ITERATIONS] += 1
        if call_solve(integers[I_SOLVE], integers[I_SOLVER], b) != 0:
            break  # no solution: as if the iteration had not converged
        size = weighted_norm(n, b, weights) * rescale
        if not size < 1e150:
            worst = largest_component(n, b, weights)
            if evaluate_checked(integers, t, new, b) == 0:  # otherwise it has noted the component
                integers[I_COMPONENT] = worst
            integers[I_CAUSE] = NOT_FINITE
            return 1
        for i in range(n):
            correction[i] += rescale * b[i]
            new[i] = predicted[i] + correction[i]
        if iteration > 0:
            measured = size / previous
            rate = max(0.3 * rate, measured)
            if measured > 2.0:
                break
        if size * min(1.0, rate) * share <= reals[R_NEWTON_TOLERANCE]:
            reals[R_RATE] = rate
            if iteration > 0 and rate > reals[R_RATE_LIMIT]:
                integers[I_REFRESH] = 1
            return 0
        previous = size
    integers[I_CAUSE] = NEWTON_FAILURE
    integers[I_COMPONENT] = largest_component(n, b, weights)
    return 1


@compiled
def _forget_history(integers):  # type: ignore[no-untyped-def]
    """Forget the history but for the last value; the next step begins with its derivative, at order one."""
    integers[I_HISTORY] = 1
    integers[I_SINCE_CHANGE] = 0
    if integers[I_FIXED] == 0:
        integers[I_ORDER] = 1


@compiled
def _restart(integers, reals, work):  # type: ignore[no-untyped-def]
    """Begin anew with the derivative at the last value; with a mass matrix by the last two values, if there are two."""
    n = integers[I_SIZE]
    y = offset(float_pointer(integers[I_STATES]), integers[I_ROW] * n)
    history = integers[I_HISTORY]
    _forget_history(integers)
    if integers[I_MASS] != 0:
        integers[I_HISTORY] = min(history, 2)
        return RUNNING
    exchange_parts(integers)
    code = evaluate_checked(integers, reals[R_TIME], y, offset(work, SLOPE * n))
    exchange_parts(integers)
    return code if code != 0 else RUNNING


@compiled
def _begin_with_mass(integers, reals, work):  # type: ignore[no-untyped-def]
    """With a mass matrix the right-hand side is no derivative: take the one that was given, once, and a step by it."""
    n = integers[I_SIZE]
    given = offset(work, _GIVEN * n)
    slope = offset(work, SLOPE * n)
    for i in range(n):
        slope[i] = given[i]
        given[i] = 0.0
    if reals[R_FIRST_STEP] == 0.0:
        y = offset(float_pointer(integers[I_STATES]), integers[I_ROW] * n)
        reals[R_STEP] = cautious_step(reals, n, y, slope, offset(work, WEIGHTS * n))


@compiled
def _factor(error, order, bias):  # type: ignore[no-untyped-def]
    """Step-size factor at which the error would be `1/bias` of the tolerance (at least)."""
    return 1.0 / ((bias * error) ** (1.0 / (order + 1)) + 1e-6)


@compiled
def _choose(integers, reals, work, t, h, error, new):  # type: ignore[no-untyped-def]
    """After an accepted step, before it is entered in the record: order and size of the next."""
    order = integers[I_ORDER]
    bias = reals[R_SAFETY]
    best = _factor(error, order, bias)
    chosen = order
    integers[I_SINCE_CHANGE] += 1
    if integers[I_SINCE_CHANGE] > order and integers[I_FIXED] == 0 and integers[I_HISTORY] > order:
        if order > 1:
            factor = _factor(_other_order_error(integers, reals, work, order - 1, t, h, new), order - 1, bias)
            if factor > best:
                best = factor
                chosen = order - 1
        if order < integers[I_MAX_ORDER] and integers[I_HISTORY] >= order + 2:
            other = _other_order_error(integers, reals, work, order + 1, t, h, new)
            factor = _factor(other, order + 1, bias * reals[R_RAISE_BIAS])
            if factor > best:
                best = factor
                chosen = order + 1
    # Algebraic components follow the local errors of the others, which cancel in the estimate while the step stays: it
    # may only grow once a higher order had its chance, else it grows and fails for ever.
    steady = integers[I_MASS] == 0 or integers[I_SINCE_CHANGE] > order + 1
    if (best >= reals[R_CHANGE_LIMIT] and steady) or best < reals[R_SHRINK]:
        integers[I_ORDER] = chosen
        integers[I_SINCE_CHANGE] = 0
        reals[R_STEP] = h * min(best, reals[R_GROW])
        reals[R_GROW] = reals[R_GROWTH]
    elif chosen != order:
        # A better order without a larger step: keep the step, take the order.
        integers[I_ORDER] = chosen
        integers[I_SINCE_CHANGE] = 0


@compiled
def _reject(integers, reals, work, h, error):  # type: ignore[no-untyped-def]
    """After a failed error test: a smaller step, a lower order, at last a restart."""
    n = integers[I_SIZE]
    integers[I_ERROR_FAILURES] += 1
    integers[I_FAILURES] += 1
    integers[I_SINCE_CHANGE] = 0
    integers[I_CAUSE] = STEP_UNDERFLOW
    integers[I_COMPONENT] = largest_component(n, offset(work, ERROR * n), offset(work, WEIGHTS * n))
    failures = integers[I_FAILURES]
    order = integers[I_ORDER]
    reals[R_GROW] = 1.0 if failures > 1 else 2.0
    if failures > 2:
        reals[R_STEP] = 0.2 * h
        return _restart(integers, reals, work)
    if failures == 2 and order > 1:
        integers[I_ORDER] = order - 1
    reals[R_STEP] = h * min(0.9, max(0.2, _factor(error, order, reals[R_SAFETY])))
    return RUNNING


@compiled
def _solve_step(integers, reals, work, t, gamma, leading, new):  # type: ignore[no-untyped-def]
    """Newton iteration with the old factorisation where it serves, else with a new one."""
    ratio = gamma / reals[R_GAMMA] if integers[I_FACTORED] else 0.0
    low = 1.0 / (1.0 + reals[R_GAMMA_RANGE])
    fresh = 0
    if not (ratio > low and ratio < 1.0 + reals[R_GAMMA_RANGE]) or integers[I_REFRESH] != 0:
        integers[I_REFRESH] = 0
        if _factorise(integers, reals, work, t, gamma) != 0:
            return 1
        fresh = 1
    if _newton(integers, reals, work, t, gamma, leading, new) == 0:
        return 0
    integers[I_CONVERGENCE_FAILURES] += 1
    if fresh != 0:
        return 1
    if _factorise(integers, reals, work, t, gamma) != 0:
        return 1
    return _newton(integers, reals, work, t, gamma, leading, new)


@compiled
def _enter(integers, reals, work, t, h, error):  # type: ignore[no-untyped-def]
    """Enter the new value in the record; choose order and size of the next step."""
    n = integers[I_SIZE]
    row = integers[I_ROW] + 1
    new = offset(float_pointer(integers[I_STATES]), row * n)
    order = integers[I_ORDER]
    if integers[I_FIXED] == 0:
        _choose(integers, reals, work, t, h, error, new)
    int_pointer(integers[I_ORDERS])[row] = order
    integers[I_HISTORY] = min(integers[I_HISTORY] + 1, 1000)
    integers[I_FAILURES] = 0
    integers[I_NEWTON_FAILURES] = 0
    integers[I_AGE] += 1
    enter(integers, reals, t, h, order)
    set_weights(n, reals[R_RTOL], offset(work, ATOL * n), new, offset(work, WEIGHTS * n))


@compiled
def _attempt(integers, reals, work, t, h):  # type: ignore[no-untyped-def]
    """Try one step."""
    n = integers[I_SIZE]
    if integers[I_ORDER] >= integers[I_HISTORY] and integers[I_HISTORY] > 1:
        integers[I_ORDER] = integers[I_HISTORY] - 1
    reals[R_STEP] = h
    _predict(integers, reals, work, t, h)
    leading = float_pointer(integers[I_TABLE])[integers[I_ORDER]]
    new = offset(float_pointer(integers[I_STATES]), (integers[I_ROW] + 1) * n)
    failed = _solve_step(integers, reals, work, t, h / leading, leading, new)
    apart = 0.0
    if failed == 0 and integers[I_EXPLICIT] != 0:
        apart = _explicit_error(integers, work, t, h / leading, new)
        if apart < 0.0:
            integers[I_CAUSE] = int(-apart)
            failed = 1
    if failed != 0:
        integers[I_NEWTON_FAILURES] += 1
        integers[I_SINCE_CHANGE] = 0
        integers[I_REFRESH] = 1
        reals[R_STEP] = 0.25 * h
        reals[R_GROW] = 2.0
        return RUNNING
    error = reals[R_CONSTANT] * weighted_norm(n, offset(work, ERROR * n), offset(work, WEIGHTS * n))
    error += apart
    if error > 1.0 and integers[I_FIXED] == 0:
        return _reject(integers, reals, work, h, error)
    _enter(integers, reals, work, t, h, error)
    return _watch_smoothness(integers, reals, t, h) if integers[I_DETECT] != 0 else RUNNING


@compiled
def _start(integers, reals, work):  # type: ignore[no-untyped-def]
    """First derivative, weights and step size; a code of `layout`."""
    n = integers[I_SIZE]
    exchange_parts(integers)
    code = begin(integers, reals, work, 1)
    exchange_parts(integers)
    if code == RUNNING and integers[I_MASS] != 0:
        _begin_with_mass(integers, reals, work)
    if code != RUNNING or integers[I_EXPLICIT] == 0:
        return code
    row = integers[I_ROW] * n
    y = offset(float_pointer(integers[I_STATES]), row)
    cause = evaluate_explicit(integers, reals[R_TIME], y, offset(float_pointer(integers[I_SEGMENTS]), row))
    return cause if cause != 0 else RUNNING


@compiled_callback(ENGINE, seconds=1.5)
def advance(integers, reals, work):  # type: ignore[no-untyped-def]
    """Take up to ``integers[I_SLICE]`` attempts; return a code of `layout`."""
    if integers[I_STARTED] == 0:
        _forget_history(integers)
        code = _start(integers, reals, work)
        if code != RUNNING:
            return code
    return take_steps(integers, reals, work, _attempt)
