"""The watch function: called after every accepted step, finds the first time in it at which an event happens.

On a step, or a piece of it, every comparison is sampled on the continuous solution at six or eleven Chebyshev points.
Where it is a polynomial in states and time whose degree there is at most five or ten, the samples are the polynomial,
and its Bernstein coefficients show every change of sign, however short it lasts, down to rounding (some 1e-13 of its
largest value on the step).  Otherwise the last two Chebyshev coefficients tell how well the samples stand for it, and
the piece is halved until they do, at most `HALVINGS` times: what is left then is looked at by its samples alone.
Where a comparison touches zero, or nearly, the piece is halved until rounding no longer hides what it does.

A change is located by a bracketing method (Oliveira and Takahashi, ACM TOMS 47 (2021) 5) on the comparison itself, to
neighbouring floating-point numbers; the event happens at the later one of them, where the condition has changed.
Comparisons that change within 16 units in the last place of each other change at once.
"""

from math import ceil, log2
from typing import Any

from symnum.compiling.pointers import called
from symnum.integrators.addresses import call_kernel, float_pointer, int_pointer, offset
from symnum.integrators.compiled import compiled, compiled_callback, compiled_intrinsic
from symnum.integrators.events import places as at
from symnum.integrators.events.bernstein import first_change
from symnum.integrators.layout import (
    I_ORDERS,
    I_PARAMETERS,
    I_ROW,
    I_SEGMENTS,
    I_SIZE,
    I_STATES,
    I_TIMES,
    I_WATCHER,
)
from symnum.integrators.vectors import EPSILON

_ROUNDING = 2e-13
_RESOLVED = 1e-10
_MOST_CROSSINGS = 1000

# What a search for the first change on a piece has to say.
_NOTHING, _FOUND, _UNRESOLVED = 0, 1, 2


@compiled_intrinsic(
    "int64", "int64", "int64*", "float64*", "float64*", "float64*", "float64*", "int64*", "int64", "float64*"
)
def call_complete(
    builder: Any, address: Any, integers: Any, work: Any, times: Any, states: Any, segments: Any, rows: Any, count: Any,
    out: Any,
) -> Any:  # fmt: skip
    """``int64 complete(integers, work, times, states, segments, rows, count, out)`` at `address`."""
    return called(builder, address, integers, work, times, states, segments, rows, count, out)


@compiled
def _complete(integers, w):  # type: ignore[no-untyped-def]
    """Put the polynomial of the step in the place of the stages it is made from."""
    n = integers[I_SIZE]
    segments = float_pointer(integers[I_SEGMENTS])
    polynomial = float_pointer(w[at.POLYNOMIAL])
    w[at.ENDS_AT] = integers[I_ROW]
    code = call_complete(
        w[at.COMPLETE], integers, float_pointer(w[at.COMPLETE_WORK]), float_pointer(integers[I_TIMES]),
        float_pointer(integers[I_STATES]), segments, offset(w, at.ENDS_AT), 1, polynomial,
    )  # fmt: skip
    target = offset(segments, integers[I_ROW] * w[at.STORED] * n)
    for i in range(w[at.FORM_DEGREE] * n):
        target[i] = polynomial[i]
    return code


@compiled
def _step_value(form, degree, n, segment, x, i):  # type: ignore[no-untyped-def]
    """Change of one state over the fraction x of a step, from the coefficients of its polynomial."""
    value = 0.0
    if form == at.POWERS:
        for j in range(degree - 1, -1, -1):
            value = (value + segment[j * n + i]) * x
        return value
    before = 0.0
    double = 4.0 * x - 2.0
    for j in range(degree - 1, 0, -1):
        newest = segment[j * n + i] + double * value - before
        before = value
        value = newest
    return x * (segment[i] + 0.5 * double * value - before)


@compiled
def _point_weights(times, row, degree, t, weights):  # type: ignore[no-untyped-def]
    """Weights of the accepted values in the polynomial through the last points."""
    for j in range(1, degree + 1):
        weight = 1.0
        for i in range(degree + 1):
            if i != j:
                weight *= (t - times[row - i]) / (times[row - j] - times[row - i])
        weights[j] = weight


@compiled
def _integral(nodes, count, x, weights):  # type: ignore[no-untyped-def]
    """Weights of the values at nodes in the integral from 0 to x of the polynomial through them."""
    moments = offset(weights, 16)
    power = offset(weights, 32)
    power[0] = 1.0
    for i in range(count):
        moment = 0.0
        for q in range(i, -1, -1):
            moment = moment * x + power[q] / (q + 1)
        moments[i] = moment * x
        power[i + 1] = power[i]
        for q in range(i, 0, -1):
            power[q] = power[q - 1] - nodes[i] * power[q]
        power[0] *= -nodes[i]
    for j in range(count):
        weights[j] = 0.0
        for i in range(j, count):
            difference = 1.0
            for m in range(i + 1):
                if m != j:
                    difference *= nodes[j] - nodes[m]
            weights[j] += moments[i] / difference


@compiled
def _slope_weights(times, row, order, x, weights):  # type: ignore[no-untyped-def]
    """Weights of the derivatives in the continuous solution, which adds what the whole integral lacks smoothly."""
    start = times[row - 1]
    h = times[row] - start
    nodes = offset(weights, 48)
    for j in range(order):
        nodes[j] = (times[row - j] - start) / h
    share = x * x * (3.0 - 2.0 * x)
    _integral(nodes, order, 1.0, weights)
    whole = offset(weights, 64)
    for j in range(order):
        whole[j] = weights[j]
    _integral(nodes, order, x, weights)
    for j in range(order):
        weights[j] = h * (weights[j] - share * whole[j])
    return share


@compiled
def _state_at(integers, w, t, count):  # type: ignore[no-untyped-def]
    """Write the continuous solution at a time of the step: all `n` states, or the fewer that conditions need."""
    n = integers[I_SIZE]
    row = integers[I_ROW]
    times = float_pointer(integers[I_TIMES])
    base = offset(float_pointer(integers[I_STATES]), (row - 1) * n)
    y = float_pointer(w[at.STATE])
    needed = int_pointer(w[at.NEEDED])
    form = w[at.FORM]
    weights = float_pointer(w[at.WEIGHTS])
    order = 0
    if form == at.POINTS:
        order = int_pointer(integers[I_ORDERS])[row]
        _point_weights(times, row, order, t, weights)
    segment = offset(float_pointer(integers[I_SEGMENTS]), row * w[at.STORED] * n)
    x = (t - times[row - 1]) / (times[row] - times[row - 1])
    share = 0.0
    if form == at.SLOPES:
        order = int_pointer(integers[I_ORDERS])[row]
        share = _slope_weights(times, row, order, x, weights)
    for q in range(count):
        i = q if count == n else needed[q]
        if x == 1.0:
            y[i] = base[n + i]
        elif form == at.POINTS:
            end = base[n + i]
            value = 0.0
            for j in range(1, order + 1):
                value += weights[j] * (base[n + i - j * n] - end)
            y[i] = end + value
        elif form == at.SLOPES:
            value = weights[0] * segment[n + i] + share * (base[n + i] - base[i])
            for j in range(1, order):
                value += weights[j] * segment[i - (j - 1) * 2 * n]
            y[i] = base[i] + value
        else:
            y[i] = base[i] + _step_value(form, w[at.FORM_DEGREE], n, segment, x, i)


@compiled
def _evaluate(integers, w, t, out):  # type: ignore[no-untyped-def]
    """Write all comparisons at a time of the step."""
    w[at.CALLS] += 1
    _state_at(integers, w, t, w[at.NEEDED_COUNT])
    call_kernel(
        w[at.KERNEL], t, float_pointer(w[at.STATE]), float_pointer(integers[I_PARAMETERS]), w[at.CONTEXT], out
    )


@compiled
def _is_true(value, kind):  # type: ignore[no-untyped-def]
    return 1 if value > 0.0 or (value == 0.0 and kind & at.ZERO_COUNTS != 0) else 0


@compiled
def _time_of(integers, fraction):  # type: ignore[no-untyped-def]
    row = integers[I_ROW]
    times = float_pointer(integers[I_TIMES])
    if fraction == 1.0:
        return times[row]
    return times[row - 1] + fraction * (times[row] - times[row - 1])


@compiled
def _sample(integers, w, a, b):  # type: ignore[no-untyped-def]
    """Evaluate all comparisons at the nodes of a piece of the step."""
    nodes = float_pointer(w[at.MATRIX])
    samples = float_pointer(w[at.SAMPLED])
    degree = w[at.USED_DEGREE]
    for k in range(degree + 1):
        fraction = b if k == degree else a + (b - a) * nodes[k]
        _evaluate(integers, w, _time_of(integers, fraction), offset(samples, k * w[at.ATOMS]))


@compiled
def _by_samples(w, i, sign, out):  # type: ignore[no-untyped-def]
    """Two neighbouring nodes between which a comparison is seen to change first; `_NOTHING` if there are none."""
    nodes = float_pointer(w[at.MATRIX])
    samples = float_pointer(w[at.SAMPLED])
    kind = int_pointer(w[at.KINDS])[i]
    truth = 1 if sign > 0 else 0
    for k in range(1, w[at.USED_DEGREE] + 1):
        if _is_true(samples[k * w[at.ATOMS] + i], kind) != truth:
            out[0] = nodes[k - 1]
            out[1] = nodes[k]
            return _FOUND
    return _NOTHING


@compiled
def _coefficients(w, i, row):  # type: ignore[no-untyped-def]
    """Product of a row of the table with the samples of a comparison."""
    count = w[at.USED_DEGREE] + 1
    table = offset(float_pointer(w[at.MATRIX]), row * count)
    samples = float_pointer(w[at.SAMPLED])
    total = 0.0
    for k in range(count):
        total += table[k] * samples[k * w[at.ATOMS] + i]
    return total


@compiled
def _largest(w, i):  # type: ignore[no-untyped-def]
    """Largest sample of a comparison by size; infinity where one is no number."""
    samples = float_pointer(w[at.SAMPLED])
    size = 0.0
    for k in range(w[at.USED_DEGREE] + 1):
        value = abs(samples[k * w[at.ATOMS] + i])
        if not value < 1e300:
            return 1e308
        size = max(size, value)
    return size


@compiled
def _enter(w, i):  # type: ignore[no-untyped-def]
    """Put the Bernstein coefficients of a comparison on the stack; return what its samples may not have shown."""
    m = w[at.ATOMS]
    samples = float_pointer(w[at.SAMPLED])
    stack = float_pointer(w[at.STACKED])
    used = w[at.USED_DEGREE]
    for k in range(1, used):
        stack[k] = _coefficients(w, i, 1 + k)
    stack[0] = samples[i]
    stack[used] = samples[used * m + i]
    degree = int_pointer(w[at.DEGREES])[i]
    if degree >= 0 and degree * w[at.FORM_DEGREE] <= used:
        return 0.0
    return abs(_coefficients(w, i, used + 2)) + abs(_coefficients(w, i, used + 3))


@compiled
def _divide_by_x(stack, degree):  # type: ignore[no-untyped-def]
    """Take off the value at the beginning, then the root there."""
    start = stack[0]
    for k in range(1, degree + 1):
        stack[k - 1] = (stack[k] - start) * (degree / k)


@compiled
def _first_sign(stack, length, noise):  # type: ignore[no-untyped-def]
    """Sign that a polynomial takes at once where it leaves zero; zero if it does not."""
    for k in range(length + 1):
        if abs(stack[k]) > noise:
            return 1 if stack[k] > 0.0 else -1
    return 0


@compiled
def _search(w, i, held, depth, out):  # type: ignore[no-untyped-def]
    """Look for the first change of a comparison on the piece that was sampled."""
    stack = float_pointer(w[at.STACKED])
    truths = int_pointer(w[at.TRUTH])
    size = _largest(w, i)
    sign = 1 if truths[i] != 0 else -1
    if size == 0.0:
        return _NOTHING
    if size == 1e308:
        return _by_samples(w, i, sign, out)
    noise = _ROUNDING * size
    tail = _enter(w, i)
    length = w[at.USED_DEGREE]
    if held != 0:
        noise *= length
        _divide_by_x(stack, length)
        length -= 1
        if held == at.UNKNOWN:
            sign = _first_sign(stack, length, noise)
            truths[i] = 1 if sign > 0 else (0 if sign < 0 else truths[i])
    if sign == 0:
        return _NOTHING
    for k in range(length + 1):
        stack[k] *= sign
    doubt = noise + 2.0 * tail
    found = first_change(stack, length, doubt, held, out)
    if depth < at.HALVINGS and tail > _RESOLVED * size and (found != 0 or _near_zero(w, i, sign, doubt) != 0):
        return _UNRESOLVED
    if found >= 2:
        if depth < at.TOUCHING:
            return _UNRESOLVED
        found -= 2
    left = out[0]
    right = out[1]
    if found == 0 or (_by_samples(w, i, sign, out) == _FOUND and out[1] <= left):
        return _by_samples(w, i, sign, out)
    out[0] = left
    out[1] = right
    return _FOUND


@compiled
def _near_zero(w, i, sign, doubt):  # type: ignore[no-untyped-def]
    """Whether a sample, the first one apart, is no further from zero than what is not known."""
    samples = float_pointer(w[at.SAMPLED])
    for k in range(1, w[at.USED_DEGREE] + 1):
        if samples[k * w[at.ATOMS] + i] * sign <= doubt:
            return 1
    return 0


@compiled
def _between(low, high, below, above, middle, radius, width, first):  # type: ignore[no-untyped-def]
    """Next point of the bracketing method: interpolated, then moved towards the middle as far as it must."""
    guess = (above * low - below * high) / (above - below)
    towards = 1.0 if middle > guess else -1.0
    move = 0.2 / first * width * width
    tried = guess + towards * move if move <= abs(middle - guess) else middle
    if abs(tried - middle) > radius:
        tried = middle - towards * radius
    return tried


@compiled
def _locate(integers, w, i, start, low, high):  # type: ignore[no-untyped-def]
    """Narrow a change down to neighbouring times, in `LOW` and `HIGH`; `_NOTHING` where there is none after all."""
    values = float_pointer(w[at.VALUES])
    kind = int_pointer(w[at.KINDS])[i]
    truth = int_pointer(w[at.TRUTH])[i]
    sign = 1.0 if truth != 0 else -1.0
    _evaluate(integers, w, high, values)
    above = sign * values[i]
    if _is_true(values[i], kind) == truth:
        return _NOTHING
    below = 0.0
    if low != start:
        _evaluate(integers, w, low, values)
        below = sign * values[i]
        if _is_true(values[i], kind) != truth:
            high = low
            above = below
            low = start
            below = 0.0
    first = abs(high - low)
    unit = max(EPSILON * max(abs(low), abs(high)), 1e-300)
    left = ceil(log2(max(0.5 * first / unit, 1.0))) + 1.0
    for _ in range(200):
        middle = 0.5 * (low + high)
        if (middle - low) * (middle - high) == 0.0:
            break
        width = abs(high - low)
        point = middle
        if below > 0.0 and above < 0.0 and below < 1e300 and above > -1e300:
            radius = max(unit * 2.0**left - 0.5 * width, 0.0)
            point = _between(low, high, below, above, middle, radius, width, first)
            if (point - low) * (point - high) >= 0.0:
                point = middle
        left -= 1.0
        _evaluate(integers, w, point, values)
        if _is_true(values[i], kind) == truth:
            low = point
            below = sign * values[i]
        else:
            high = point
            above = sign * values[i]
    float_pointer(w[at.LOW])[i] = low
    float_pointer(w[at.HIGH])[i] = high
    return _FOUND


@compiled
def _first_on_piece(integers, w, v, a, b, held, depth):  # type: ignore[no-untyped-def]
    """Locate the first change of each comparison on a piece; the earliest in `TIME`."""
    kinds = int_pointer(w[at.KINDS])
    holds = int_pointer(w[at.HELD])
    highs = float_pointer(w[at.HIGH])
    marks = int_pointer(w[at.MARKS])
    start = _time_of(integers, a)
    forward = 1.0 if _time_of(integers, b) >= start else -1.0
    _sample(integers, w, a, b)
    found = 0
    for i in range(w[at.ATOMS]):
        marks[i] = 0
        if kinds[i] & at.WATCHED == 0:
            continue
        code = _search(w, i, holds[i] if held != 0 else 0, depth, offset(v, at.LEFT))
        if code == _UNRESOLVED:
            return _UNRESOLVED
        if code == _FOUND:
            low = _time_of(integers, a + (b - a) * v[at.LEFT]) if v[at.LEFT] > 0.0 else start
            high = _time_of(integers, b if v[at.RIGHT] == 1.0 else a + (b - a) * v[at.RIGHT])
            if _locate(integers, w, i, start, low, high) == _FOUND:
                marks[i] = 1
                if found == 0 or (highs[i] - v[at.TIME]) * forward < 0.0:
                    v[at.TIME] = highs[i]
                found = 1
    return _FOUND if found != 0 else _NOTHING


@compiled
def _change(integers, w, v):  # type: ignore[no-untyped-def]
    """Change all comparisons that change at the earliest time; note how far from zero they are there."""
    lows = float_pointer(w[at.LOW])
    highs = float_pointer(w[at.HIGH])
    noise = float_pointer(w[at.NOISE])
    values = float_pointer(w[at.VALUES])
    marks = int_pointer(w[at.MARKS])
    truths = int_pointer(w[at.TRUTH])
    row = integers[I_ROW]
    times = float_pointer(integers[I_TIMES])
    earliest = v[at.TIME]
    forward = 1.0 if times[row] >= times[row - 1] else -1.0
    near = 16.0 * EPSILON * max(abs(earliest), 1e-300)
    for i in range(w[at.ATOMS]):
        noise[i] = 0.0
        if marks[i] != 0 and (lows[i] - earliest) * forward > near:
            marks[i] = 0
        if marks[i] != 0 and (highs[i] - v[at.TIME]) * forward > 0.0:
            v[at.TIME] = highs[i]
    for i in range(w[at.ATOMS]):
        if marks[i] != 0:
            _evaluate(integers, w, lows[i], values)
            noise[i] = 16.0 * abs(values[i])
    _evaluate(integers, w, v[at.TIME], values)
    for i in range(w[at.ATOMS]):
        if marks[i] != 0:
            noise[i] = max(noise[i], 16.0 * abs(values[i]))
            truths[i] = 1 - truths[i]


@compiled
def judge(w, out):  # type: ignore[no-untyped-def]
    """Write which conditions are true; return whether one changed in a way that matters to its event."""
    truths = int_pointer(w[at.TRUTH])
    program = int_pointer(w[at.PROGRAMS])
    starts = int_pointer(w[at.STARTS])
    masks = int_pointer(w[at.MASKS])
    old = int_pointer(w[at.EVENT_TRUTH])
    happens = 0
    for e in range(w[at.EVENTS]):
        stack = 0  # one bit for each value, the last one lowest
        for k in range(starts[e], starts[e + 1]):
            code = program[k]
            if code >= 0:
                stack = 2 * stack + truths[code]
            elif code == at.AND:
                stack = (stack >> 2) * 2 + ((stack >> 1) & stack & 1)
            elif code == at.OR:
                stack = (stack >> 2) * 2 + (((stack >> 1) | stack) & 1)
            else:
                stack ^= 1
        out[e] = stack & 1
        if out[e] > old[e] and masks[e] & at.RISES != 0:
            happens = 1
        if out[e] < old[e] and masks[e] & at.FALLS != 0:
            happens = 1
    return happens


@compiled
def _settle(w):  # type: ignore[no-untyped-def]
    """Take the conditions as they are now, without any event."""
    new = int_pointer(w[at.EVENT_NEW])
    old = int_pointer(w[at.EVENT_TRUTH])
    judge(w, new)
    for e in range(w[at.EVENTS]):
        old[e] = new[e]


@compiled
def _push(waiting, count, a, b, depth):  # type: ignore[no-untyped-def]
    waiting[3 * count] = a
    waiting[3 * count + 1] = b
    waiting[3 * count + 2] = depth
    return count + 1


@compiled
def _look(integers, w, v):  # type: ignore[no-untyped-def]
    """Go through a step, or what is left of it, from change to change until one matters."""
    if w[at.RESUMED] == 0:
        v[at.FRACTION] = 0.0
        if w[at.FORM] == at.CHEBYSHEV and _complete(integers, w) != 0:
            return at.FAILED
    first = w[at.FIRST]
    w[at.FIRST] = 0
    w[at.RESUMED] = 0
    if w[at.ATOMS] == 0:
        return 0
    row = integers[I_ROW]
    times = float_pointer(integers[I_TIMES])
    waiting = float_pointer(w[at.WAITING])
    crossings = 0
    waiting[0] = v[at.FRACTION]
    waiting[1] = 1.0
    waiting[2] = 0.0
    count = 1
    while count > 0:
        count -= 1
        a = waiting[3 * count]
        b = waiting[3 * count + 1]
        depth = waiting[3 * count + 2]
        held = 1 if first != 0 and a == 0.0 else 0
        code = _first_on_piece(integers, w, v, a, b, held, depth)
        if code == _UNRESOLVED:
            count = _push(waiting, count, 0.5 * (a + b), b, depth + 1.0)
            count = _push(waiting, count, a, 0.5 * (a + b), depth + 1.0)
            continue
        if held != 0:
            _settle(w)
        if code == _NOTHING:
            continue
        _change(integers, w, v)
        v[at.FRACTION] = (v[at.TIME] - times[row - 1]) / (times[row] - times[row - 1])
        new = int_pointer(w[at.EVENT_NEW])
        if judge(w, new) != 0:
            _state_at(integers, w, v[at.TIME], integers[I_SIZE])
            return at.EVENT_FOUND
        old = int_pointer(w[at.EVENT_TRUTH])
        for e in range(w[at.EVENTS]):
            old[e] = new[e]
        crossings += 1
        if crossings >= _MOST_CROSSINGS:
            return at.TOO_OFTEN
        if v[at.FRACTION] < b:
            count = _push(waiting, count, v[at.FRACTION], b, depth)
    return 0


@compiled_callback("int32(CPointer(int64), CPointer(float64), CPointer(float64))", seconds=1.0)
def watch(integers, reals, work):  # type: ignore[no-untyped-def]
    """Look for the first event on the step just taken; nonzero where there is one, time and state in their places."""
    w = int_pointer(integers[I_WATCHER])
    code = _look(integers, w, float_pointer(w[at.REALS]))
    w[at.RESULT] = code
    return code
