"""Elimination of one front: blocks of columns with pivoting among the pivot rows, then one product for the rest."""

from symnum.integrators.addresses import float_pointer, int32_pointer, int_pointer, offset
from symnum.integrators.compiled import compiled, compiled_callback
from symnum.integrators.linear.tiles import subtract_columns, subtract_product

__all__ = ["FRAME", "NARROW", "eliminate_front"]

#: What `eliminate_front` is told: numbers, then addresses.
FRAME = ("ld", "w", "m", "columns", "lower", "upper", "pivots", "growth", "columns_machine", "product_machine")

#: Columns that are eliminated before the rest of the front is updated.
BLOCK = 32
#: Columns that are eliminated before the rest of their block is updated.
STRIP = 8
#: Fronts with fewer pivots store U by rows.
NARROW = 8


@compiled
def _pivot_row(column, p, w):  # type: ignore[no-untyped-def]
    best = abs(column[p])
    row = p
    for i in range(p + 1, w):
        size = abs(column[i])
        if size > best:
            best = size
            row = i
    return row


@compiled
def _swap_rows(front, ld, begin, end, lower, m, columns, p, r):  # type: ignore[no-untyped-def]
    """Swap rows p and r of the front (columns begin..end) and of the first columns of L."""
    for j in range(begin, end):
        x = front[p * ld + j]
        front[p * ld + j] = front[r * ld + j]
        front[r * ld + j] = x
    for j in range(columns):
        x = lower[j * m + p]
        lower[j * m + p] = lower[j * m + r]
        lower[j * m + r] = x


@compiled
def _scale(column, begin, middle, end, factor):  # type: ignore[no-untyped-def]
    """Multiply column[begin:end]; return the largest magnitude from `middle` on (four strands hide the latency)."""
    for i in range(begin, end):
        column[i] *= factor
    a = 0.0
    b = 0.0
    c = 0.0
    d = 0.0
    i = middle
    while i + 4 <= end:
        a = max(a, abs(column[i]))
        b = max(b, abs(column[i + 1]))
        c = max(c, abs(column[i + 2]))
        d = max(d, abs(column[i + 3]))
        i += 4
    while i < end:
        a = max(a, abs(column[i]))
        i += 1
    return max(max(a, b), max(c, d))


@compiled
def _factor_strip(machine, front, ld, w, m, columns, lower, pivots, s0, s1, end, growth):  # type: ignore[no-untyped-def]
    """Factor columns s0..s1 of the block p0..end; return 0 or 1 + the column that has no pivot."""
    for p in range(s0, s1):
        column = offset(lower, p * m)
        for q in range(s0, p - 1):
            u = column[q]
            done = offset(lower, q * m)
            for i in range(q + 1, p):
                column[i] -= u * done[i]
        subtract_columns(
            machine, m - p, p - s0, offset(column, p), offset(column, s0), 1, offset(lower, s0 * m + p), m
        )
        r = _pivot_row(column, p, w)
        pivots[p] = r
        if r != p:
            _swap_rows(front, ld, end, columns, lower, m, end, p, r)
        pivot = column[p]
        if not (abs(pivot) > 1e-300 and abs(pivot) < 1e300):
            return p + 1
        growth[0] = max(growth[0], _scale(column, p + 1, w, m, 1.0 / pivot))
    return 0


@compiled
def _factor_block(f, front, ld, w, m, columns, lower, pivots, p0, end, growth):  # type: ignore[no-untyped-def]
    """Factor columns p0..end, kept by columns in `lower`; return 0 or 1 + the column that has no pivot."""
    s0 = p0
    while s0 < end:
        s1 = min(s0 + STRIP, end)
        status = _factor_strip(f[8], front, ld, w, m, columns, lower, pivots, s0, s1, end, growth)
        if status != 0:
            return status
        for c in range(s1, end):
            column = offset(lower, c * m)
            for q in range(s0, s1 - 1):
                u = column[q]
                done = offset(lower, q * m)
                for i in range(q + 1, s1):
                    column[i] -= u * done[i]
        following = offset(lower, s1 * m + s1)
        subtract_product(
            f[9], end - s1, m - s1, s1 - s0, following, m, offset(lower, s1 * m + s0), m, 1,
            offset(lower, s0 * m + s1), m,
        )  # fmt: skip
        s0 = s1
    return 0


@compiled
def _solve_rows(f, front, ld, m, columns, lower, p0, end):  # type: ignore[no-untyped-def]
    """Turn rows p0..end of the front, right of the block, into rows of U."""
    n = columns - end
    s0 = p0
    while s0 < end:
        s1 = min(s0 + STRIP, end)
        first = offset(front, s0 * ld + end)
        beside = offset(lower, s0 * m)
        for p in range(s0 + 1, s1):
            subtract_columns(f[8], n, p - s0, offset(front, p * ld + end), offset(beside, p), m, first, ld)
        rest = offset(front, s1 * ld + end)
        subtract_product(f[9], end - s1, n, s1 - s0, rest, ld, offset(beside, s1), 1, m, first, ld)
        s0 = s1


@compiled
def _store_upper(front, ld, w, m, columns, lower, upper, p0, k):  # type: ignore[no-untyped-def]
    """Put rows p0..p0+k of U where the solution wants them: by rows when few, else by columns; pivots inverted."""
    across = columns if w < NARROW else 1
    down = 1 if w < NARROW else w
    for j in range(p0, p0 + k):
        for p in range(p0, j):
            upper[p * across + j * down] = lower[j * m + p]
        upper[j * across + j * down] = 1.0 / lower[j * m + j]
    if w < NARROW:
        for p in range(p0, p0 + k):
            for j in range(p0 + k, columns):
                upper[p * columns + j] = front[p * ld + j]
        return
    p1 = p0
    while p1 < p0 + k:
        p2 = min(p1 + 8, p0 + k)
        for j in range(p0 + k, columns):
            for p in range(p1, p2):
                upper[j * w + p] = front[p * ld + j]
        p1 = p2


@compiled_callback("int32(int64, CPointer(float64))", seconds=1.0)
def eliminate_front(frame, front):  # type: ignore[no-untyped-def]
    """Eliminate the pivots of a row-major front; return 0, or 1 + the column that has no pivot.

    On return the rows and columns of the front beyond its pivots hold the contribution to the parent.  The frame:

    ld, w : leading dimension and number of pivots.
    m, columns : rows and columns that take part (pivots included).
    lower : (m, w) column-major, receives L; its diagonal and what lies above belong to U and are not to be used.
    upper : (w, columns), row-major if w < NARROW and else column-major, receives U with inverted pivots.
    pivots : int32 (w,), receives the row swapped with each pivot row.
    growth : `growth[0]` is raised to the largest multiplier below the pivot rows.
    """
    f = int_pointer(frame)
    ld, w, m, columns = f[0], f[1], f[2], f[3]
    lower = float_pointer(f[4])
    upper = float_pointer(f[5])
    pivots = int32_pointer(f[6])
    p0 = 0
    while p0 < w:
        k = min(BLOCK, w - p0)
        j = p0 + k
        for i in range(p0, m):
            for c in range(p0, j):
                lower[c * m + i] = front[i * ld + c]
        status = _factor_block(f, front, ld, w, m, columns, lower, pivots, p0, j, float_pointer(f[7]))
        if status != 0:
            return status
        _solve_rows(f, front, ld, m, columns, lower, p0, j)
        _store_upper(front, ld, w, m, columns, lower, upper, p0, k)
        rest = offset(front, j * ld + j)
        first = offset(front, p0 * ld + j)
        subtract_product(f[9], m - j, columns - j, k, rest, ld, offset(lower, p0 * m + j), 1, m, first, ld)
        p0 = j
    return 0
