"""Variable-order, variable-step Adams engine for smooth non-stiff systems with dear right-hand sides.

A step predicts with the integral of the polynomial through the last k derivatives, evaluates, corrects with the
polynomial through these and the new derivative, and evaluates again (PECE), so that the result is of order k + 1; its
distance to the corrector of order k is the error estimate.  The record of accepted steps holds the derivatives at
both ends of each step and is the history, so a rejected step has nothing to undo, the weights belong to the steps as
they were, and the continuous solution is the integral of the same polynomial.

Stiffness shows in the two evaluations of a step: their difference over that of the values is an eigenvalue.

Sources: Shampine and Gordon, Computer Solution of Ordinary Differential Equations, Freeman 1975 (choice of order and
step); Hairer, Norsett and Wanner, Solving Ordinary Differential Equations I, III.5 (variable steps) and III.7.
"""

from symnum.integrators.addresses import float_pointer, int_pointer, offset
from symnum.integrators.compiled import compiled, compiled_callback
from symnum.integrators.layout import (
    I_CONTROL_ORDER,
    I_DETECT,
    I_FAILURES,
    I_FIXED,
    I_FRESH,
    I_HISTORY,
    I_MAX_ORDER,
    I_ORDER,
    I_ORDERS,
    I_ROW,
    I_SEGMENTS,
    I_SINCE_CHANGE,
    I_SIZE,
    I_STARTED,
    I_STATES,
    I_TABLE,
    I_TIMES,
    R_CHANGE_LIMIT,
    R_CONSTANT,
    R_END,
    R_GROWTH,
    R_RAISE_BIAS,
    R_RATE,
    R_SAFETY,
    R_STEP,
    RUNNING,
    STIFF,
)  # fmt: skip
from symnum.integrators.stepping import (
    COMMON_ROWS,
    ENGINE,
    ERROR,
    SLOPE,
    TRIAL,
    WEIGHTS,
    begin,
    enter,
    evaluate_checked,
    fail,
    refuse,
    set_step_weights,
    take_steps,
)
from symnum.integrators.stiffness import bound_by_stability

#: Rows of the work array after those of every engine: derivative at the predicted value. The trial is that value.
_PREDICTED = COMMON_ROWS
ROWS = COMMON_ROWS + 1

#: Rows of the table of a run, 16 numbers each: error constants of constant steps, factorials and reciprocals; then
#: the engine's own: distances of the past points in units of the step, polynomial coefficients, divided differences,
#: predictor weights, extrapolation weights of three orders, sizes of their differences, products of distances.
TABLE_ROWS = 12
_ERRORS, _FACTORIALS, _RECIPROCALS = 0, 16, 32
_NODES, _POWERS, _DIFFERENCES, _PREDICTOR = 48, 64, 80, 96
_SAME, _LOWER, _LOWEST, _SIZES, _REACH = 112, 128, 144, 160, 176


@compiled
def _times_factor(power, degree, node, reciprocals):  # type: ignore[no-untyped-def]
    """Multiply a polynomial by (s - node), so that it has this degree; return its integral from 0 to 1."""
    power[degree] = power[degree - 1]
    total = power[degree] * reciprocals[degree]
    for q in range(degree - 1, 0, -1):
        power[q] = power[q - 1] - node * power[q]
        total += power[q] * reciprocals[q]
    power[0] = -node * power[0]
    return total + power[0]


@compiled
def _add_node(nodes, differences, i):  # type: ignore[no-untyped-def]
    """Weights of the divided difference over nodes 0..i, from those over 0..i-1."""
    product = 1.0
    here = nodes[i]
    for j in range(i):
        distance = nodes[j] - here
        differences[j] /= distance
        product *= -distance
    differences[i] = 1.0 / product


@compiled
def _extrapolate(nodes, differences, count, reach, weights):  # type: ignore[no-untyped-def]
    """Weights of the derivatives at nodes 0..count-1 in the polynomial through them, where the step ends."""
    for j in range(count):
        weights[j] = reach * differences[j] / (1.0 - nodes[j])


@compiled
def _set_weights(integers, reals, h):  # type: ignore[no-untyped-def]
    """Predictor and extrapolation weights for the step and the past points as they are.

    `R_CONSTANT` is the factor from the difference of the new derivative to the corrector, `R_RATE` that to the error.
    """
    table = float_pointer(integers[I_TABLE])
    times = float_pointer(integers[I_TIMES])
    row = integers[I_ROW]
    order = integers[I_ORDER]
    reciprocals = offset(table, _RECIPROCALS)
    nodes = offset(table, _NODES)
    power = offset(table, _POWERS)
    differences = offset(table, _DIFFERENCES)
    weights = offset(table, _PREDICTOR)
    reaches = offset(table, _REACH)
    power[0] = 1.0
    differences[0] = 1.0
    weights[0] = 1.0
    nodes[0] = 0.0
    reach = 1.0
    last = 1.0
    for i in range(1, order + 1):
        moment = _times_factor(power, i, nodes[i - 1], reciprocals)
        before = last
        reach *= 1.0 - nodes[i - 1]
        last = moment / reach
        reaches[i] = reach
        if i > order - 3:
            _extrapolate(nodes, differences, i, reach, offset(table, _SAME + 16 * (order - i)))
        if i == order:
            reals[R_CONSTANT] = last
            reals[R_RATE] = abs(last - before)
            break
        nodes[i] = (times[row - i] - times[row]) / h
        _add_node(nodes, differences, i)
        weights[i] = 0.0
        for j in range(i + 1):
            weights[j] += moment * differences[j]


@compiled
def _history(integers):  # type: ignore[no-untyped-def]
    """Place of the derivative one step back: where the last step began; those before lie two vectors apart."""
    return offset(float_pointer(integers[I_SEGMENTS]), integers[I_ROW] * 2 * integers[I_SIZE])


@compiled
def _predict(integers, work, h, y):  # type: ignore[no-untyped-def]
    """Fill the predicted value."""
    n = integers[I_SIZE]
    order = integers[I_ORDER]
    weights = offset(float_pointer(integers[I_TABLE]), _PREDICTOR)
    past = _history(integers)
    slope = offset(work, SLOPE * n)
    out = offset(work, TRIAL * n)
    for i in range(n):
        total = weights[0] * slope[i]
        for j in range(1, order):
            total += weights[j] * past[i - (j - 1) * 2 * n]
        out[i] = y[i] + h * total


@compiled
def _differences(integers, work):  # type: ignore[no-untyped-def]
    """New derivative less what three orders extrapolated: the first in the error row, the sizes of all."""
    n = integers[I_SIZE]
    order = integers[I_ORDER]
    table = float_pointer(integers[I_TABLE])
    same = offset(table, _SAME)
    lower = offset(table, _LOWER)
    lowest = offset(table, _LOWEST)
    sizes = offset(table, _SIZES)
    past = _history(integers)
    slope = offset(work, SLOPE * n)
    scale = offset(work, WEIGHTS * n)
    new = offset(work, _PREDICTED * n)
    error = offset(work, ERROR * n)
    lower[order - 1] = 0.0
    lowest[order - 1] = 0.0
    lowest[max(order - 2, 0)] = 0.0
    x = 0.0
    y = 0.0
    z = 0.0
    for i in range(n):
        a = new[i] - same[0] * slope[i]
        b = new[i] - lower[0] * slope[i]
        c = new[i] - lowest[0] * slope[i]
        for j in range(1, order):
            value = past[i - (j - 1) * 2 * n]
            a -= same[j] * value
            b -= lower[j] * value
            c -= lowest[j] * value
        error[i] = a
        x += (a * scale[i]) ** 2
        y += (b * scale[i]) ** 2
        z += (c * scale[i]) ** 2
    sizes[0] = (x / n) ** 0.5
    sizes[1] = (y / n) ** 0.5
    sizes[2] = (z / n) ** 0.5


@compiled
def _error_at(integers, h, order, size):  # type: ignore[no-untyped-def]
    """Local error of an order, had all steps been as the last, from the size of its difference."""
    table = float_pointer(integers[I_TABLE])
    reach = table[_REACH + order]
    return abs(h) * table[_ERRORS + order] * table[_FACTORIALS + order] / reach * size


@compiled
def _lower_is_better(integers, h, error):  # type: ignore[no-untyped-def]
    """Whether one order less would have done as well."""
    order = integers[I_ORDER]
    sizes = offset(float_pointer(integers[I_TABLE]), _SIZES)
    if order < 2:
        return 0
    lower = _error_at(integers, h, order - 1, sizes[1])
    if order == 2:
        return 1 if lower <= 0.5 * error else 0
    return 1 if max(lower, _error_at(integers, h, order - 2, sizes[2])) <= error else 0


@compiled
def _higher_error(integers, work, h, end):  # type: ignore[no-untyped-def]
    """Local error of the next order, with the derivative at the end of the step."""
    n = integers[I_SIZE]
    order = integers[I_ORDER]
    table = float_pointer(integers[I_TABLE])
    times = float_pointer(integers[I_TIMES])
    row = integers[I_ROW]
    nodes = offset(table, _NODES)
    weights = offset(table, _SAME)
    nodes[order] = (times[row - order] - times[row]) / h
    _add_node(nodes, offset(table, _DIFFERENCES), order)
    reach = table[_REACH + order] * (1.0 - nodes[order])
    table[_REACH + order + 1] = reach
    _extrapolate(nodes, offset(table, _DIFFERENCES), order + 1, reach, weights)
    past = _history(integers)
    slope = offset(work, SLOPE * n)
    scale = offset(work, WEIGHTS * n)
    size = 0.0
    for i in range(n):
        a = end[i] - weights[0] * slope[i]
        for j in range(1, order + 1):
            a -= weights[j] * past[i - (j - 1) * 2 * n]
        size += (a * scale[i]) ** 2
    return _error_at(integers, h, order + 1, (size / n) ** 0.5)


@compiled
def _choose_order(integers, reals, work, h, error, lower, end):  # type: ignore[no-untyped-def]
    """After an accepted step: set the order of the next; return its estimated error."""
    order = integers[I_ORDER]
    sizes = offset(float_pointer(integers[I_TABLE]), _SIZES)
    smaller = _error_at(integers, h, order - 1, sizes[1]) if order > 1 else 0.0
    if lower != 0 or order == integers[I_MAX_ORDER]:
        integers[I_FRESH] = 0
    if lower != 0:
        integers[I_ORDER] = order - 1
        return smaller
    if order == integers[I_MAX_ORDER] or integers[I_HISTORY] < order + 1:
        return error
    if integers[I_FRESH] != 0:
        integers[I_ORDER] = order + 1
        return error
    if integers[I_SINCE_CHANGE] <= order:
        return error
    higher = _higher_error(integers, work, h, end)
    if order == 1:
        if higher < 0.5 * error:
            integers[I_ORDER] = 2
            return higher
        return error
    if smaller <= min(error, higher):
        integers[I_ORDER] = order - 1
        return smaller
    if higher * reals[R_RAISE_BIAS] < error:
        integers[I_ORDER] = order + 1
        return higher
    return error


@compiled
def _choose_step(integers, reals, h, error):  # type: ignore[no-untyped-def]
    """Size of the next step; a constant one is worth something, for the estimates and the weights."""
    order = integers[I_ORDER]
    best = (reals[R_SAFETY] / max(error, 1e-30)) ** (1.0 / (order + 1))
    if integers[I_FRESH] != 0:
        best = reals[R_GROWTH]
    if best >= reals[R_CHANGE_LIMIT]:
        reals[R_STEP] = h * min(best, reals[R_GROWTH])
        integers[I_SINCE_CHANGE] = 0
    elif best < 1.0:
        reals[R_STEP] = h * min(0.9, max(0.5, best))
        integers[I_SINCE_CHANGE] = 0
    else:
        reals[R_STEP] = h


@compiled
def _watch_stiffness(integers, reals, work, h, new, end):  # type: ignore[no-untyped-def]
    """Estimate |h lambda| from both evaluations; 1 when the step has long been bound by stability."""
    n = integers[I_SIZE]
    first = offset(work, _PREDICTED * n)
    trial = offset(work, TRIAL * n)
    return bound_by_stability(integers, reals, n, h, end, first, new, trial)


@compiled
def _reject(integers, reals, work, h, error, lower):  # type: ignore[no-untyped-def]
    """After a failed error test: a smaller step, a lower order, at last a restart."""
    integers[I_FRESH] = 0
    integers[I_SINCE_CHANGE] = 0
    integers[I_FAILURES] += 1
    order = integers[I_ORDER]
    integers[I_CONTROL_ORDER] = order + 1
    code = refuse(integers, reals, work, h, error)
    if integers[I_FAILURES] > 2:
        integers[I_ORDER] = 1
        integers[I_HISTORY] = 1
    elif order > 1 and (lower != 0 or integers[I_FAILURES] == 2):
        integers[I_ORDER] = order - 1
    return code


@compiled
def _enter(integers, reals, work, t, h, error, lower):  # type: ignore[no-untyped-def]
    """Correct, evaluate, enter the new value in the record; choose order and size of the next step."""
    n = integers[I_SIZE]
    row = integers[I_ROW] + 1
    order = integers[I_ORDER]
    new = offset(float_pointer(integers[I_STATES]), row * n)
    start = offset(float_pointer(integers[I_SEGMENTS]), row * 2 * n)
    end = offset(start, n)
    slope = offset(work, SLOPE * n)
    trial = offset(work, TRIAL * n)
    difference = offset(work, ERROR * n)
    factor = h * reals[R_CONSTANT]
    for i in range(n):
        new[i] = trial[i] + factor * difference[i]
    code = evaluate_checked(integers, t, new, end)
    if code != 0:
        return fail(integers, reals, h, code)
    stiff = _watch_stiffness(integers, reals, work, h, new, end)
    integers[I_SINCE_CHANGE] += 1
    reals[R_STEP] = h
    if integers[I_FIXED] == 0:
        _choose_step(integers, reals, h, _choose_order(integers, reals, work, h, error, lower, end))
    for i in range(n):
        start[i] = slope[i]
        slope[i] = end[i]
    int_pointer(integers[I_ORDERS])[row] = order + 1
    integers[I_HISTORY] = min(integers[I_HISTORY] + 1, 1000)
    integers[I_FAILURES] = 0
    enter(integers, reals, t, h, order + 1)
    return STIFF if stiff != 0 and integers[I_DETECT] != 0 and t != reals[R_END] else RUNNING


@compiled
def _attempt(integers, reals, work, t, h):  # type: ignore[no-untyped-def]
    """Try one step."""
    n = integers[I_SIZE]
    y = offset(float_pointer(integers[I_STATES]), integers[I_ROW] * n)
    trial = offset(work, TRIAL * n)
    _set_weights(integers, reals, h)
    _predict(integers, work, h, y)
    set_step_weights(integers, reals, work, y, trial)
    code = evaluate_checked(integers, t, trial, offset(work, _PREDICTED * n))
    if code != 0:
        integers[I_FRESH] = 0
        integers[I_SINCE_CHANGE] = 0
        return fail(integers, reals, h, code)
    _differences(integers, work)
    size = float_pointer(integers[I_TABLE])[_SIZES]
    error = _error_at(integers, h, integers[I_ORDER], size)
    lower = _lower_is_better(integers, h, error)
    tested = abs(h) * reals[R_RATE] * size
    if not tested <= 1.0 and integers[I_FIXED] == 0:
        return _reject(integers, reals, work, h, tested, lower)
    return _enter(integers, reals, work, t, h, error, lower)


@compiled_callback(ENGINE, seconds=0.5)
def advance(integers, reals, work):  # type: ignore[no-untyped-def]
    """Take up to ``integers[I_SLICE]`` attempts; return a code of `layout`."""
    if integers[I_STARTED] == 0:
        code = begin(integers, reals, work, 1)
        if code != RUNNING:
            return code
        integers[I_ORDER] = 1
        integers[I_HISTORY] = 1
        integers[I_SINCE_CHANGE] = 0
        integers[I_FRESH] = 1
    return take_steps(integers, reals, work, _attempt)
