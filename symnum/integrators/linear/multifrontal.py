"""Numerical factorisation and solution by fronts: the machine functions of the sparse solver.

The context is an int64 array; the names below are its slots.
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
from symnum.integrators.linear.machines import subtract_columns, subtract_rows
from symnum.integrators.linear.vectors import add_expanded, vector_lanes

__all__ = ["SLOTS", "factor_sparse", "solve_sparse"]

#: Names of the context's slots, in order. `n` and `count` are numbers, all else addresses.
SLOTS = (
    "n", "count", "starts", "offsets", "by_row", "by_column", "lower_numbers", "upper_numbers",
    "rows_present", "columns_present", "relative_rows", "relative_columns", "bounds", "places",
    "sources", "first", "sibling", "order", "lower_offsets", "upper_offsets", "passed_offsets",
    "factors", "front", "second_front", "passed", "pivots", "work", "counters", "growth", "indptr",
    "indices", "pivoted", "pivoted_factor", "pivoted_solve", "solve", "frame", "eliminate",
    "columns_machine", "rows_machine", "pieces", "parent", "tail",
)  # fmt: skip
(
    N, COUNT, STARTS, OFFSETS, BY_ROW, BY_COLUMN, LOWER_NUMBERS, UPPER_NUMBERS, ROWS_PRESENT,
    COLUMNS_PRESENT, RELATIVE_ROWS, RELATIVE_COLUMNS, BOUNDS, PLACES, SOURCES, FIRST, SIBLING, ORDER,
    LOWER_OFFSETS, UPPER_OFFSETS, PASSED_OFFSETS, FACTORS, FRONT, SECOND_FRONT, PASSED, PIVOTS, WORK,
    COUNTERS, GROWTH, INDPTR, INDICES, PIVOTED, PIVOTED_FACTOR, PIVOTED_SOLVE, SOLVE, FRAME, ELIMINATE,
    COLUMNS_MACHINE, ROWS_MACHINE, PIECES, PARENT, TAIL,
) = range(len(SLOTS))  # fmt: skip

#: Columns of a triangular factor that are solved before the rest of the right-hand side is updated.
GROUP = 8
#: Multipliers beyond this make the factorisation prove itself on a right-hand side.
SUSPICIOUS = 100.0
#: Largest componentwise backward error accepted of such a proof.
ACCEPTED = 1e-12


@compiled
def _list_pieces(n, columns, pieces):  # type: ignore[no-untyped-def]
    """Cut ascending stretches of columns into windows of eight: first column, first entry, bits. Return how many.

    The windows do not overlap: reading what was stored a moment ago under another mask would stall.
    """
    count = 0
    j = 0
    while j < n:
        base = columns[j] & -8
        pieces[3 * count] = base
        pieces[3 * count + 1] = j
        bits = 0
        before = -1
        while j < n and columns[j] > before and columns[j] < base + 8:
            before = columns[j]
            bits |= 1 << (before - base)
            j += 1
        pieces[3 * count + 2] = bits
        count += 1
    return count


@compiled
def _add_child(a, c, passed, ld, size, front):  # type: ignore[no-untyped-def]
    """Add the contribution of front c (rows `ld` apart) to its parent's front (rows `size` apart)."""
    begin = int_pointer(a[OFFSETS])[c]
    n = int32_pointer(a[COLUMNS_PRESENT])[c]
    rows = offset(int32_pointer(a[RELATIVE_ROWS]), begin)
    columns = offset(int32_pointer(a[RELATIVE_COLUMNS]), begin)
    pieces = int32_pointer(a[PIECES])
    count = _list_pieces(n, columns, pieces) if vector_lanes() == 8 else 0
    for i in range(int32_pointer(a[ROWS_PRESENT])[c]):
        row = offset(front, rows[i] * size)
        source = offset(passed, i * ld)
        if vector_lanes() == 8:
            for z in range(count):
                piece = offset(pieces, 3 * z)
                add_expanded(offset(row, piece[0]), offset(source, piece[1]), piece[2])
        else:
            for j in range(n):
                row[columns[j]] += source[j]


@compiled
def _start_front(a, s, w, front, c_mass, c_jac, values):  # type: ignore[no-untyped-def]
    """Fill front s with zeros and the matrix entries."""
    size = w + int32_pointer(a[COLUMNS_PRESENT])[s]
    for q in range(size * (w + int32_pointer(a[ROWS_PRESENT])[s])):
        front[q] = 0.0
    bounds = int32_pointer(a[BOUNDS])
    places = int32_pointer(a[PLACES])
    sources = int32_pointer(a[SOURCES])
    for q in range(bounds[s], bounds[s + 1]):
        front[places[q]] = -c_jac * values[sources[q]]
    for p in range(w):
        front[p * size + p] += c_mass


@compiled
def _add_children(a, s, size, front):  # type: ignore[no-untyped-def]
    """Add what the children of front s pass on."""
    starts = int32_pointer(a[STARTS])
    c = int32_pointer(a[FIRST])[s]
    while c != -1:
        ld = int(int32_pointer(a[COLUMNS_PRESENT])[c])
        passed = offset(float_pointer(a[PASSED]), int_pointer(a[PASSED_OFFSETS])[c])
        if c == s - 1:
            before = starts[s] - starts[c]
            ld += before
            passed = offset(float_pointer(a[FRONT + (c & 1)]), before * ld + before)
        _add_child(a, c, passed, ld, size, front)
        c = int32_pointer(a[SIBLING])[c]


@compiled
def _factor_fronts(a, c_mass, c_jac, values):  # type: ignore[no-untyped-def]
    """Return 0, or 1 if a front has no pivot.

    The last front, the dense tail, has its own room from the start: what goes to it is added while still in cache.
    """
    starts = int32_pointer(a[STARTS])
    frame = int_pointer(a[FRAME])
    float_pointer(a[GROWTH])[0] = 0.0
    last = a[COUNT] - 1
    tail = starts[last + 1] - starts[last]
    _start_front(a, last, tail, float_pointer(a[TAIL]), c_mass, c_jac, values)
    for s in range(last + 1):
        # Two rooms in turn: a front reads what the one before it left to it.
        front = float_pointer(a[TAIL] if s == last else a[FRONT + (s & 1)])
        w = starts[s + 1] - starts[s]
        rows = int32_pointer(a[ROWS_PRESENT])[s]
        columns = int32_pointer(a[COLUMNS_PRESENT])[s]
        size = w + columns
        if s < last:
            _start_front(a, s, w, front, c_mass, c_jac, values)
            _add_children(a, s, size, front)
        frame[0] = size
        frame[1] = w
        frame[2] = w + int32_pointer(a[LOWER_NUMBERS])[s]
        frame[3] = w + int32_pointer(a[UPPER_NUMBERS])[s]
        frame[4] = a[FACTORS] + 8 * int_pointer(a[LOWER_OFFSETS])[s]
        frame[5] = a[FACTORS] + 8 * int_pointer(a[UPPER_OFFSETS])[s]
        frame[6] = a[PIVOTS] + 4 * starts[s]
        if call_solve(a[ELIMINATE], a[FRAME], front) != 0:
            return 1
        beyond = offset(front, w * size + w)
        parent = int32_pointer(a[PARENT])[s]
        if parent == last:
            _add_child(a, s, beyond, size, tail, float_pointer(a[TAIL]))
        elif parent != s + 1:
            passed = offset(float_pointer(a[PASSED]), int_pointer(a[PASSED_OFFSETS])[s])
            for i in range(rows):
                for j in range(columns):
                    passed[i * columns + j] = beyond[i * size + j]
    return 0


@compiled
def _forward(machine, w, m, lower, pivots, x, v):  # type: ignore[no-untyped-def]
    """Solve with one front's L: x is the right-hand side at its pivots; v[w:m] is what is to be added beyond."""
    for p in range(w):
        r = pivots[p]
        y = x[p]
        x[p] = x[r]
        x[r] = y
    for i in range(w, m):
        v[i] = 0.0
    begin = 0
    while begin < w:
        end = min(begin + GROUP, w)
        for i in range(begin, end):
            y = x[i]
            for p in range(begin, i):
                y -= lower[p * m + i] * v[p]
            v[i] = y
        done = offset(lower, begin * m)
        # Rows of later pivots stay in x, rows beyond the pivots are in v.
        if end < w:
            subtract_columns(
                machine, w - end, end - begin, offset(x, end), offset(v, begin), 1, offset(done, end), m
            )
        subtract_columns(machine, m - w, end - begin, offset(v, w), offset(v, begin), 1, offset(done, w), m)
        begin = end
    for p in range(w):
        x[p] = v[p]


@compiled
def _backward(machine, w, columns, upper, x, v):  # type: ignore[no-untyped-def]
    """Solve with one front's U; v[w:] holds what is known of the solution beyond it."""
    end = w
    while end > 0:
        begin = max(end - GROUP, 0)
        first = offset(upper, begin * columns)
        known = offset(v, end)
        subtract_rows(
            machine, end - begin, columns - end, offset(x, begin), offset(first, end), columns, known
        )
        for p in range(end - 1, begin - 1, -1):
            row = offset(upper, p * columns)
            y = x[p]
            for q in range(p + 1, end):
                y -= row[q] * v[q]
            v[p] = y * row[p]
            x[p] = v[p]
        end = begin


@compiled
def _proof(context, a, c_mass, c_jac, values):  # type: ignore[no-untyped-def]
    """Solve with a fixed right-hand side and return the componentwise backward error (Oettli and Prager 1964)."""
    n = a[N]
    indptr = int32_pointer(a[INDPTR])
    indices = int32_pointer(a[INDICES])
    x = offset(float_pointer(a[WORK]), 2 * n)
    residual = offset(x, n)
    scale = offset(residual, n)
    for i in range(n):
        x[i] = 1.0 + 0.25 * (i % 7)
        residual[i] = -x[i]
        scale[i] = x[i]
    call_solve(a[SOLVE], context, x)
    for j in range(n):
        residual[j] += c_mass * x[j]
        scale[j] += abs(c_mass * x[j])
        for q in range(indptr[j], indptr[j + 1]):
            y = c_jac * values[q] * x[j]
            residual[indices[q]] -= y
            scale[indices[q]] += abs(y)
    worst = 0.0
    for i in range(n):
        error = abs(residual[i]) / scale[i]
        if not error <= worst:
            worst = error
    return worst


@compiled_callback("int32(int64, float64, float64, CPointer(float64))", seconds=0.5)
def factor_sparse(context, c_mass, c_jac, values):  # type: ignore[no-untyped-def]
    """Factor M = c_mass*I - c_jac*J; 0 fine, k > 0 singular at column k-1, else see the package."""
    a = int_pointer(context)
    counters = int_pointer(a[COUNTERS])
    growth = float_pointer(a[GROWTH])
    counters[0] += 1
    counters[3] = 0
    failed = _factor_fronts(a, c_mass, c_jac, values)
    growth[1] = max(growth[1], growth[0])
    if failed == 0 and growth[0] > SUSPICIOUS:
        counters[2] += 1
        error = _proof(context, a, c_mass, c_jac, values)
        growth[2] = max(growth[2], error)
        if not error <= ACCEPTED:
            failed = 1
    if failed == 0:
        return 0
    counters[1] += 1
    counters[3] = 1
    return call_factor(a[PIVOTED_FACTOR], a[PIVOTED], c_mass, c_jac, values)


@compiled_callback("int32(int64, CPointer(float64))", seconds=0.5)
def solve_sparse(context, b):  # type: ignore[no-untyped-def]
    """b := M^-1 b with the last factorisation."""
    a = int_pointer(context)
    if int_pointer(a[COUNTERS])[3] != 0:
        return call_solve(a[PIVOTED_SOLVE], a[PIVOTED], b)
    n = a[N]
    count = a[COUNT]
    starts = int32_pointer(a[STARTS])
    offsets = int_pointer(a[OFFSETS])
    order = int32_pointer(a[ORDER])
    lower_numbers = int32_pointer(a[LOWER_NUMBERS])
    upper_numbers = int32_pointer(a[UPPER_NUMBERS])
    lower_offsets = int_pointer(a[LOWER_OFFSETS])
    upper_offsets = int_pointer(a[UPPER_OFFSETS])
    x = float_pointer(a[WORK])
    v = offset(x, n)
    for k in range(n):
        x[k] = b[order[k]]
    for s in range(count):
        start = int(starts[s])
        w = starts[s + 1] - start
        m = w + lower_numbers[s]
        lower = offset(float_pointer(a[FACTORS]), lower_offsets[s])
        rows = offset(int32_pointer(a[BY_ROW]), offsets[s] - w)
        _forward(
            a[COLUMNS_MACHINE], w, m, lower, offset(int32_pointer(a[PIVOTS]), start), offset(x, start), v
        )
        for i in range(w, m):
            x[rows[i]] += v[i]
    for s in range(count - 1, -1, -1):
        start = int(starts[s])
        w = starts[s + 1] - start
        columns = w + upper_numbers[s]
        upper = offset(float_pointer(a[FACTORS]), upper_offsets[s])
        which = offset(int32_pointer(a[BY_COLUMN]), offsets[s] - w)
        for j in range(w, columns):
            v[j] = x[which[j]]
        _backward(a[ROWS_MACHINE], w, columns, upper, offset(x, start), v)
    for k in range(n):
        b[order[k]] = x[k]
    return 0
