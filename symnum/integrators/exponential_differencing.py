"""Engine of exponential time differencing: y' = L y + N(t, y) with a constant linear part L, solved exactly.

A step is a list of terms: functions of h L times sums of earlier rows (values of stages, their N, the error, the
derivatives between the ends). The functions are computed once for each step size, and step sizes lie on a geometric
grid, so that this is rare; the last few sets are kept.

All rows are in a basis in which L has blocks on its diagonal, of order 1 where it can be. The way there and back is a
machine function (a permutation, eigenvectors, or somebody's fast transform),

    int32 transform(int64 context, int64 back, const double* x, double* out)

and where `I_TRANSFORM` is 0 the basis is that of the states. Where `I_EXPLICIT` is the whole, N is that less L y.

The functions of a block come from a Taylor series of phi_3 for a small h L, and doubling: no formula has a difference
of nearly equal numbers, which is what the contour integrals of Kassam and Trefethen are for.

Sources: Cox and Matthews, J. Comput. Phys. 176 (2002) 430; Kassam and Trefethen, SIAM J. Sci. Comput. 26 (2005) 1214;
Skaflestad and Wright, Appl. Numer. Math. 59 (2009) 783 (doubling of phi functions).
"""

from math import factorial, floor, log2
from typing import Any

from symnum.compiling.pointers import called
from symnum.integrators.addresses import call_kernel, float_pointer, int_pointer, offset
from symnum.integrators.compiled import compiled, compiled_callback, compiled_intrinsic
from symnum.integrators.exponential import add_rows, square_product
from symnum.integrators.layout import (
    I_BASIS,
    I_BLOCK_STARTS,
    I_BLOCKS,
    I_CURRENT,
    I_EXPLICIT,
    I_EXPLICIT_CONTEXT,
    I_FIXED,
    I_FUNCTION_COUNT,
    I_LINEAR,
    I_ORDER,
    I_PARAMETERS,
    I_RHS,
    I_RHS_CALLS,
    I_ROW,
    I_SCRATCH_BLOCKS,
    I_SEGMENTS,
    I_SIZE,
    I_SLOTS,
    I_SMALL,
    I_SPACE,
    I_STAGES,
    I_STARTED,
    I_STATES,
    I_TABLE,
    I_TERMS,
    I_TRANSFORM,
    I_TRANSFORM_CONTEXT,
    KERNEL_FAILURE,
    R_CHANGE_LIMIT,
    R_FIRST_STEP,
    R_MAX_STEP,
    R_STEP,
    R_TIME,
    RUNNING,
)  # fmt: skip
from symnum.integrators.stepping import (
    COMMON_ROWS,
    ENGINE,
    ERROR,
    TRIAL,
    WEIGHTS,
    begin,
    check_finite,
    enter,
    next_step,
    refuse,
    set_step_weights,
    take_steps,
)
from symnum.integrators.tableaus.exponential_differencing import (
    HALVINGS,
    LAST_COEFFICIENT,
    LINEAR,
    NODES,
    SAME,
    SLOPES,
)
from symnum.integrators.vectors import EPSILON, weighted_norm

#: Rows of the work array after those of every engine: the constant part of N, N as the model gives it, a sum of rows,
#: rise and derivatives of the continuous solution, then the rows of the method.
CONSTANT, _GIVEN, _SUM, _RISE = range(COMMON_ROWS, COMMON_ROWS + 4)
DEGREE = len(NODES) + 1
ROWS = _RISE + DEGREE

# Terms of the Taylor series of phi_3, for a norm of a half.
_TERMS = 12
_LAST_TERM = 1.0 / factorial(_TERMS + 3)


@compiled_intrinsic("int32", "int64", "int64", "int64", "float64*", "float64*")
def call_transform(builder: Any, address: Any, context: Any, back: Any, x: Any, out: Any) -> Any:
    """``int32 transform(int64 context, int64 back, const double* x, double* out)`` at `address`."""
    return called(builder, address, context, back, x, out)


@compiled
def _change_basis(integers, back, x, out):  # type: ignore[no-untyped-def]
    """out = x in the other basis."""
    if integers[I_TRANSFORM] != 0:
        call_transform(integers[I_TRANSFORM], integers[I_TRANSFORM_CONTEXT], back, x, out)
        return
    for i in range(integers[I_SIZE]):
        out[i] = x[i]


@compiled
def _level(m, h, linear):  # type: ignore[no-untyped-def]
    """How often a block times a step is halved before it is small."""
    largest = 0.0
    for j in range(m):
        total = 0.0
        for i in range(m):
            total += abs(h * linear[j * m + i])
        largest = total if total > largest else largest
    level = HALVINGS
    largest *= 0.5**HALVINGS
    while largest > 0.5 and level < 100:
        largest *= 0.5
        level += 1
    return level


@compiled
def _small_functions(integers, m, h, linear):  # type: ignore[no-untyped-def]
    """Write phi_0, ..., phi_3 of a block times a small step."""
    z = float_pointer(integers[I_SCRATCH_BLOCKS])
    size = m * m
    product = offset(z, size)
    phi = offset(z, 2 * size)
    factorial = 1.0
    for k in range(2, _TERMS + 4):
        factorial /= k
    for i in range(size):
        z[i] = h * linear[i]
        phi[3 * size + i] = 0.0
    for i in range(m):
        phi[3 * size + i * m + i] = factorial
    # Horner for phi_3, then phi_2 = z phi_3 + 1/2, phi_1 = z phi_2 + 1, phi_0 = z phi_1 + 1.
    for k in range(_TERMS + 2, -1, -1):
        factorial *= k + 1
        source = offset(phi, min(k + 1, 3) * size)
        target = offset(phi, min(k, 3) * size)
        square_product(m, z, source, product)
        for i in range(size):
            target[i] = product[i]
        for i in range(m):
            target[i * m + i] += factorial


@compiled
def _functions_of_block(integers, m, h, linear, out, known, doublings):  # type: ignore[no-untyped-def]
    """Write all functions of h times a block: from the beginning, or from those of a step `doublings` times halved.

    What begins a longer step, phi_0, ..., phi_3 for half of h, lies behind the functions.
    """
    count = integers[I_FUNCTION_COUNT]
    space = integers[I_SPACE]
    table = offset(float_pointer(integers[I_TABLE]), integers[I_STAGES] + 1)
    size = m * m
    product = offset(float_pointer(integers[I_SCRATCH_BLOCKS]), size)
    phi = offset(product, size)
    level = _level(m, h, linear)
    if doublings == 0 or level < HALVINGS + doublings:
        _small_functions(integers, m, h * 0.5**level, linear)
    else:
        # From the beginning the shorter step had the same numbers, so that the result is the same to the last bit.
        level = doublings + 1
        for k in range(4):
            for i in range(size):
                phi[k * size + i] = known[(count + k) * space + i]
    while True:
        for f in range(count):
            if table[5 * f] == level:
                target = offset(out, f * space)
                for i in range(size):
                    target[i] = 0.0
                add_rows(size, 4, 1.0, offset(table, 5 * f + 1), phi, target)
        if level == 0:
            return
        if level == 1:
            for k in range(4):
                for i in range(size):
                    out[(count + k) * space + i] = phi[k * size + i]
        level -= 1
        _double(m, phi, product)


@compiled
def _functions_of_number(integers, z, out, known, doublings):  # type: ignore[no-untyped-def]
    """As `_functions_of_block` for a block of order 1, times h already."""
    count = integers[I_FUNCTION_COUNT]
    space = integers[I_SPACE]
    table = offset(float_pointer(integers[I_TABLE]), integers[I_STAGES] + 1)
    level = HALVINGS
    size = abs(z) * 0.5**HALVINGS
    while size > 0.5 and level < 100:
        size *= 0.5
        level += 1
    if doublings == 0 or level < HALVINGS + doublings:
        z *= 0.5**level
        p3 = _LAST_TERM
        term = _LAST_TERM
        for k in range(_TERMS + 3, 3, -1):
            term *= k
            p3 = z * p3 + term
        p2 = z * p3 + 0.5
        p1 = z * p2 + 1.0
        p0 = z * p1 + 1.0
    else:
        level = doublings + 1
        p0 = known[count * space]
        p1 = known[(count + 1) * space]
        p2 = known[(count + 2) * space]
        p3 = known[(count + 3) * space]
    while level > 0:
        if level <= HALVINGS:
            _weigh_functions(count, space, table, level, p0, p1, p2, p3, out)
        if level == 1:
            out[count * space] = p0
            out[(count + 1) * space] = p1
            out[(count + 2) * space] = p2
            out[(count + 3) * space] = p3
        level -= 1
        p3 = 0.125 * (p0 * p3 + p3 + p2 + 0.5 * p1)
        p2 = 0.25 * (p0 * p2 + p2 + p1)
        p1 = 0.5 * (p0 * p1 + p1)
        p0 = p0 * p0
    _weigh_functions(count, space, table, 0, p0, p1, p2, p3, out)


@compiled
def _weigh_functions(count, space, table, level, p0, p1, p2, p3, out):  # type: ignore[no-untyped-def]
    """Write those functions that are sums of phi_0, ..., phi_3 of a step so many times halved."""
    for f in range(count):
        line = offset(table, 5 * f)
        if line[0] == level:
            out[f * space] = line[1] * p0 + line[2] * p1 + line[3] * p2 + line[4] * p3


@compiled
def _double(m, phi, product):  # type: ignore[no-untyped-def]
    """phi_k(2 z) = 2^-k (phi_0 phi_k + sum of phi_j / (k - j)!, j = 1, ..., k), all of z on the right."""
    size = m * m
    scale = 0.125
    for k in range(3, -1, -1):
        target = offset(phi, k * size)
        below = offset(phi, max(k - 1, 0) * size)
        square_product(m, phi, target, product)
        own = 1.0 if k > 0 else 0.0
        next_one = 1.0 if k > 1 else 0.0
        last = 0.5 if k > 2 else 0.0
        for i in range(size):
            target[i] = scale * (product[i] + own * target[i] + next_one * below[i] + last * phi[size + i])
        scale *= 2.0


@compiled
def _prepare(integers, h):  # type: ignore[no-untyped-def]
    """Find or compute the functions for a step size; where they are."""
    size = integers[I_SPACE] * (integers[I_FUNCTION_COUNT] + 4)
    sets = float_pointer(integers[I_BASIS])
    steps = float_pointer(integers[I_SMALL])
    slots = integers[I_SLOTS]
    times = offset(steps, slots)  # of their last use
    slot = 0
    newest = 0.0
    for k in range(slots):
        newest = times[k] if times[k] > newest else newest
        if steps[k] == h or (steps[slot] != h and times[k] < times[slot]):
            slot = k
    out = offset(sets, size * slot)
    times[slot] = newest + 1.0
    if steps[slot] == h:
        return out
    known = out
    doublings = 0
    half = h
    for halved in range(1, 9):
        half *= 0.5
        for k in range(slots):
            if steps[k] == half and doublings == 0 and k != slot:
                known = offset(sets, size * k)
                doublings = halved
    steps[slot] = h
    linear = float_pointer(integers[I_LINEAR])
    blocks = integers[I_BLOCKS]
    if blocks == 0:
        for i in range(integers[I_SIZE]):
            _functions_of_number(integers, h * linear[i], offset(out, i), offset(known, i), doublings)
        return out
    starts = int_pointer(integers[I_BLOCK_STARTS])
    place = 0
    for b in range(blocks):
        m = starts[b + 1] - starts[b]
        _functions_of_block(
            integers, m, h, offset(linear, place), offset(out, place), offset(known, place), doublings
        )
        place += m * m
    return out


@compiled
def _apply(integers, matrix, scale, x, out):  # type: ignore[no-untyped-def]
    """out += scale times the blocks of a matrix times x."""
    blocks = integers[I_BLOCKS]
    if blocks == 0:
        for i in range(integers[I_SIZE]):
            out[i] += scale * (matrix[i] * x[i])
        return
    starts = int_pointer(integers[I_BLOCK_STARTS])
    for b in range(blocks):
        first = starts[b]
        m = starts[b + 1] - first
        target = offset(out, first)
        for j in range(m):
            factor = scale * x[first + j]
            for i in range(m):
                target[i] += matrix[i] * factor
            matrix = offset(matrix, m)


@compiled
def _form(integers, work, functions, term, h):  # type: ignore[no-untyped-def]
    """Form the row of a term and of those after it that add to the same row; number of the next term."""
    n = integers[I_SIZE]
    stages = integers[I_STAGES]
    width = 2 * stages + 7 + SLOPES
    table = offset(
        float_pointer(integers[I_TABLE]), stages + 1 + 5 * integers[I_FUNCTION_COUNT] + term * width
    )
    rows = offset(work, ROWS * n)
    total = offset(work, _SUM * n)
    row = table[0]
    out = offset(rows, int(row) * n)
    for i in range(n):
        out[i] = 0.0
    while term < integers[I_TERMS] and table[0] == row:
        for i in range(n):
            total[i] = 0.0
        add_rows(n, width - 3, 1.0, offset(table, 3), rows, total)
        scale = h if table[2] != 0.0 else 1.0
        function = int(table[1])
        if function == SAME:
            for i in range(n):
                out[i] += scale * total[i]
        else:
            matrix = float_pointer(integers[I_LINEAR])
            if function != LINEAR:
                matrix = offset(functions, function * integers[I_SPACE])
            _apply(integers, matrix, scale, total, out)
        table = offset(table, width)
        term += 1
    return term


@compiled
def _nonlinear(integers, work, t, value, stage):  # type: ignore[no-untyped-def]
    """Row of N at a stage, whose value stands in both bases; the cause where that fails, else zero."""
    n = integers[I_SIZE]
    constant = offset(work, CONSTANT * n)
    given = offset(work, _GIVEN * n)
    row = offset(work, (ROWS + stage) * n)
    out = offset(row, (integers[I_STAGES] + 1) * n)
    integers[I_RHS_CALLS] += 1
    parameters = float_pointer(integers[I_PARAMETERS])
    if call_kernel(integers[I_EXPLICIT], t, value, parameters, integers[I_EXPLICIT_CONTEXT], given) != 0:
        return KERNEL_FAILURE
    for i in range(n):
        given[i] += constant[i]
    _change_basis(integers, 0, given, out)
    if integers[I_EXPLICIT] == integers[I_RHS]:
        _apply(integers, float_pointer(integers[I_LINEAR]), -1.0, row, out)
    return check_finite(integers, given)


@compiled
def _keep(integers, work, h, y, new):  # type: ignore[no-untyped-def]
    """Store the polynomial through both ends, with four derivatives; its last coefficient."""
    n = integers[I_SIZE]
    stages = integers[I_STAGES]
    width = 2 * stages + 7 + SLOPES
    table = float_pointer(integers[I_TABLE])
    table = offset(table, stages + 1 + 5 * integers[I_FUNCTION_COUNT] + integers[I_TERMS] * width)
    rise = offset(work, _RISE * n)
    segment = offset(float_pointer(integers[I_SEGMENTS]), (integers[I_ROW] + 1) * DEGREE * n)
    for k in range(DEGREE - 1):
        quarter = k if k < 2 else k + 1  # not the middle
        row = offset(work, (ROWS + 2 * stages + 4 + quarter) * n)
        _change_basis(integers, 1, row, offset(rise, (1 + k) * n))
    for i in range(n):
        rise[i] = new[i] - y[i]
    for i in range(n, DEGREE * n):
        rise[i] *= h
    for j in range(DEGREE):
        target = offset(segment, j * n)
        for i in range(n):
            target[i] = 0.0
        add_rows(n, DEGREE, 1.0, offset(table, j * DEGREE), rise, target)
    return offset(segment, (DEGREE - 1) * n)


@compiled
def _start(integers, work, t, y):  # type: ignore[no-untyped-def]
    """Rows of value, N and derivative where a run begins; the cause where that fails, else zero."""
    n = integers[I_SIZE]
    stages = integers[I_STAGES]
    rows = offset(work, ROWS * n)
    given = offset(rows, (stages + 1) * n)
    slope = offset(rows, (2 * stages + 4) * n)
    _change_basis(integers, 0, y, rows)
    cause = _nonlinear(integers, work, t, y, 0)
    integers[I_CURRENT] = 1
    for i in range(n):
        slope[i] = given[i]
    _apply(integers, float_pointer(integers[I_LINEAR]), 1.0, rows, slope)
    return cause


@compiled
def _stage(integers, work, now, t, h, stage, value):  # type: ignore[no-untyped-def]
    """Value, in the basis of the states, and N of a stage whose row is there; the cause where that fails, else zero."""
    n = integers[I_SIZE]
    node = float_pointer(integers[I_TABLE])[stage]
    _change_basis(integers, 1, offset(work, (ROWS + stage) * n), value)
    cause = check_finite(integers, value)
    if cause == 0:
        cause = _nonlinear(integers, work, t if node == 1.0 else now + node * h, value, stage)
    return cause


@compiled
def _size(integers, work, row):  # type: ignore[no-untyped-def]
    """Weighted size of a row, which goes to that of the error."""
    n = integers[I_SIZE]
    error = offset(work, ERROR * n)
    _change_basis(integers, 1, offset(work, (ROWS + row) * n), error)
    return weighted_norm(n, error, offset(work, WEIGHTS * n))


@compiled
def _solve_step(integers, reals, work, t, h, y, new):  # type: ignore[no-untyped-def]
    """Stages, new value and continuous solution; the size of the error, or minus a cause."""
    n = integers[I_SIZE]
    stages = integers[I_STAGES]
    now = reals[R_TIME]
    # Times are rounded, and with them their differences; the functions are for the step that was meant.
    near = 4.0 * EPSILON * (abs(now) + abs(t))
    if abs(h - reals[R_STEP]) <= near:
        h = reals[R_STEP]
    elif abs(abs(h) - reals[R_MAX_STEP]) <= near:
        h = reals[R_MAX_STEP] if h > 0.0 else -reals[R_MAX_STEP]
    functions = _prepare(integers, h)
    cause = 0
    if integers[I_CURRENT] == 0:
        cause = _start(integers, work, now, y)
    term = integers[I_CURRENT] - 1  # 0, but no constant
    size = 0.0
    for s in range(1, stages + 1):
        term = _form(integers, work, functions, term, h)
        if cause == 0 and (s < stages or integers[I_FIXED] == 0):
            cause = _stage(integers, work, now, t, h, s, new if s == stages - 1 else offset(work, TRIAL * n))
        if cause != 0:
            return -1.0 * cause
        if s >= stages - 1:
            term = _form(integers, work, functions, term, h)
            if integers[I_FIXED] == 0:
                set_step_weights(integers, reals, work, y, new)
                last = size
                size = _size(integers, work, s + stages + 3)
                size = last if last > size else size
                if not size <= 1.0:
                    return size
    while term < integers[I_TERMS]:
        term = _form(integers, work, functions, term, h)
    last_coefficient = _keep(integers, work, h, y, new)
    if integers[I_FIXED] != 0:
        return 0.0
    bend = LAST_COEFFICIENT * weighted_norm(n, last_coefficient, offset(work, WEIGHTS * n))
    return bend if bend > size else size


@compiled
def _to_grid(integers, reals):  # type: ignore[no-untyped-def]
    """Shorten the next step to one for which functions may be there."""
    h = reals[R_STEP]
    if integers[I_FIXED] != 0 or h == 0.0:
        return
    per_octave = reals[R_CHANGE_LIMIT]
    place = floor(log2(abs(h)) * per_octave + 1e-6)
    octave = floor(place / per_octave)
    size = 2.0 ** (place / per_octave - octave) * 2.0**octave  # doubled sizes are exactly that
    reals[R_STEP] = size if h > 0.0 else -size


@compiled
def _attempt(integers, reals, work, t, h):  # type: ignore[no-untyped-def]
    """Try one step."""
    n = integers[I_SIZE]
    stages = integers[I_STAGES]
    y = offset(float_pointer(integers[I_STATES]), integers[I_ROW] * n)
    error = _solve_step(integers, reals, work, t, h, y, offset(y, n))
    if not (error >= 0.0 and error <= 1.0):
        code = refuse(integers, reals, work, h, error)
    else:
        # What belongs to the new value belongs to the old one of the next step.
        row = offset(work, ROWS * n)
        for k in range(3):
            last = offset(row, (SLOPES if k == 2 else stages) * n - n)
            for i in range(n):
                row[i] = last[i]
            row = offset(row, (stages + 1) * n if k == 0 else (stages + 3) * n)
        enter(integers, reals, t, h, integers[I_ORDER])
        next_step(integers, reals, h, error)
        code = RUNNING
    _to_grid(integers, reals)
    return code


@compiled_callback(ENGINE, seconds=4.0)
def advance(integers, reals, work):  # type: ignore[no-untyped-def]
    """Take up to ``integers[I_SLICE]`` attempts; return a code of `layout`."""
    if integers[I_STARTED] == 0:
        code = begin(integers, reals, work, integers[I_ORDER])
        if code != RUNNING:
            return code
        if reals[R_FIRST_STEP] == 0.0:
            _to_grid(integers, reals)
    return take_steps(integers, reals, work, _attempt)
