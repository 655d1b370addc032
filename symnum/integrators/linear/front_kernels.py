"""Elimination of one front: blocks of columns with pivoting among the pivot rows, then one product for the rest."""

from symnum.integrators.addresses import float_pointer, int32_pointer, int_pointer, offset
from symnum.integrators.compiled import compiled, compiled_callback
from symnum.integrators.linear.machines import subtract_columns, subtract_product

__all__ = ["FRAME", "eliminate_front"]

#: What `eliminate_front` is told: numbers, then addresses.
FRAME = (
    "ld",
    "w",
    "m",
    "columns",
    "lower",
    "upper",
    "pivots",
    "growth",
    "columns_machine",
    "product_machine",
)

#: Columns that are eliminated before the rest of the front is updated.
BLOCK = 32
#: Columns that are eliminated before the rest of their block is updated.
STRIP = 8
#: The diagonal is kept as pivot if it has at least this part of the largest magnitude in its column: rows of ODE
#: Jacobians differ in units, and the diagonal is the one choice that units do not sway.
PREFERENCE = 0.1


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
def _largest(column, begin, end):  # type: ignore[no-untyped-def]
    """Largest magnitude, in four strands to hide the latency; 0 if there is nothing."""
    a = 0.0
    b = 0.0
    c = 0.0
    d = 0.0
    i = begin
    while i + 4 <= end:
        a = max(a, abs(column[i]))
        b = max(b, abs(column[i + 1]))
        c = max(c, abs(column[i + 2]))
        d = max(d, abs(column[i + 3]))
        i += 4
    while i < end:
        a = max(a, abs(column[i]))
        i += 1
    return max(a, b, c, d)


@compiled
def _factor_strip(f, front, lower, pivots, s0, s1, end, growth):  # type: ignore[no-untyped-def]
    """Factor columns s0..s1 of the block that ends at `end`; return 0 or 1 + the column that has no pivot."""
    ld, w, m, columns, machine = f[0], f[1], f[2], f[3], f[8]
    for p in range(s0, s1):
        column = offset(lower, p * m)
        for q in range(s0, p):
            done = offset(lower, q * m + q + 1)
            subtract_columns(machine, p - q - 1, 1, offset(column, q + 1), offset(column, q), 1, done, m)
        done = offset(lower, s0 * m + p)
        subtract_columns(machine, m - p, p - s0, offset(column, p), offset(column, s0), 1, done, m)
        best = _largest(column, p, w)
        r = p
        if abs(column[p]) < PREFERENCE * best:
            while abs(column[r]) != best:
                r += 1
        pivots[p] = r
        if r != p:
            _swap_rows(front, ld, end, columns, lower, m, end, p, r)
        pivot = column[p]
        if not (abs(pivot) > 1e-300 and abs(pivot) < 1e300):
            return p + 1
        inverse = 1.0 / pivot
        for i in range(p + 1, m):
            column[i] *= inverse
        growth[0] = max(growth[0], _largest(column, p + 1, m))
    return 0


@compiled
def _update_block(f, lower, s0, s1, end):  # type: ignore[no-untyped-def]
    """Apply the finished columns s0..s1 to the other columns of the block, up to `end`."""
    m = f[2]
    if s1 < end:
        for c in range(s1, end):
            column = offset(lower, c * m)
            for q in range(s0, s1 - 1):
                done = offset(lower, q * m + q + 1)
                subtract_columns(f[8], s1 - q - 1, 1, offset(column, q + 1), offset(column, q), 1, done, m)
        beside = offset(lower, s1 * m + s0)
        done = offset(lower, s0 * m + s1)
        subtract_product(f[9], end - s1, m - s1, s1 - s0, offset(beside, s1 - s0), m, beside, m, 1, done, m)


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
def _store_upper(front, ld, m, columns, lower, upper, p0, end):  # type: ignore[no-untyped-def]
    """Copy rows p0..end of U to where the solution wants them, with inverted pivots."""
    for p in range(p0, end):
        row = offset(upper, p * columns)
        row[p] = 1.0 / lower[p * m + p]
        for j in range(p + 1, end):
            row[j] = lower[j * m + p]
        for j in range(end, columns):
            row[j] = front[p * ld + j]


# The time is that of all sparse entry points, of which this one is the first.
@compiled_callback("int32(int64, CPointer(float64))", seconds=0.5)
def eliminate_front(frame, front):  # type: ignore[no-untyped-def]
    """Eliminate the pivots of a row-major front; return 0, or 1 + the column that has no pivot.

    On return the rows and columns of the front beyond its pivots hold the contribution to the parent.  The frame:

    ld, w : leading dimension and number of pivots.
    m, columns : rows and columns that take part (pivots included).
    lower : (m, w) column-major, receives L; its diagonal and what lies above belong to U and are not to be used.
    upper : (w, columns) row-major, receives U with inverted pivots.
    pivots : int32 (w,), receives the row swapped with each pivot row.
    growth : `growth[0]` is raised to the largest multiplier.
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
        s0 = p0
        while s0 < j:
            s1 = min(s0 + STRIP, j)
            status = _factor_strip(f, front, lower, pivots, s0, s1, j, float_pointer(f[7]))
            if status != 0:
                return status
            _update_block(f, lower, s0, s1, j)
            s0 = s1
        _solve_rows(f, front, ld, m, columns, lower, p0, j)
        _store_upper(front, ld, m, columns, lower, upper, p0, j)
        rest = offset(front, j * ld + j)
        first = offset(front, p0 * ld + j)
        subtract_product(f[9], m - j, columns - j, k, rest, ld, offset(lower, p0 * m + j), 1, m, first, ld)
        p0 = j
    return 0
