"""Arithmetic of one front: panels of eight columns with pivoting among the pivot rows, rank-8 updates of the rest.

Inner loops run along contiguous rows or columns and have no reductions, so that they become vector instructions
without any freedom to regroup sums: results are the same bits on every call and in every thread.
"""

from symnum.integrators.addresses import offset
from symnum.integrators.compiled import compiled

__all__ = ["PANEL", "eliminate_front"]

PANEL = 8


@compiled
def _subtract_eight(n, c, a0, a1, a2, a3, a4, a5, a6, a7, b, ld):  # type: ignore[no-untyped-def]
    """c[:n] -= sum of a_k times row k of b (rows `ld` apart)."""
    b1 = offset(b, ld)
    b2 = offset(b1, ld)
    b3 = offset(b2, ld)
    b4 = offset(b3, ld)
    b5 = offset(b4, ld)
    b6 = offset(b5, ld)
    b7 = offset(b6, ld)
    for j in range(n):
        c[j] = (
            c[j] - a0 * b[j] - a1 * b1[j] - a2 * b2[j] - a3 * b3[j] - a4 * b4[j] - a5 * b5[j] - a6 * b6[j] - a7 * b7[j]
        )


@compiled
def subtract_multiple(n, c, a, b):  # type: ignore[no-untyped-def]
    """c[:n] -= a * b[:n]."""
    for j in range(n):
        c[j] -= a * b[j]


@compiled
def subtract_four(n, c, a0, a1, a2, a3, b, ld):  # type: ignore[no-untyped-def]
    """c[:n] -= sum of a_k times row k of b (rows `ld` apart)."""
    b1 = offset(b, ld)
    b2 = offset(b1, ld)
    b3 = offset(b2, ld)
    for j in range(n):
        c[j] = c[j] - a0 * b[j] - a1 * b1[j] - a2 * b2[j] - a3 * b3[j]


@compiled
def _update_rest(front, ld, lower, m, p, k, columns):  # type: ignore[no-untyped-def]
    """Subtract L[:, p:p+k] U[p:p+k, :] from the rows and columns of the front beyond p+k."""
    j = p + k
    n = columns - j
    if n == 0:
        return
    u = offset(front, p * ld + j)
    a = offset(lower, p * m)
    for i in range(j, m):
        c = offset(front, i * ld + j)
        if k == PANEL:
            _subtract_eight(
                n, c, a[i], a[m + i], a[2 * m + i], a[3 * m + i], a[4 * m + i], a[5 * m + i], a[6 * m + i],
                a[7 * m + i], u, ld,
            )  # fmt: skip
        else:
            q = 0
            if k >= 4:
                subtract_four(n, c, a[i], a[m + i], a[2 * m + i], a[3 * m + i], u, ld)
                q = 4
            while q < k:
                subtract_multiple(n, c, a[q * m + i], offset(u, q * ld))
                q += 1


@compiled
def _pivot_row(column, p, w):  # type: ignore[no-untyped-def]
    best = abs(column[p])
    row = p
    for i in range(p + 1, w):
        if abs(column[i]) > best:
            best = abs(column[i])
            row = i
    return row


@compiled
def _swap_rows(front, ld, begin, end, lower, m, columns, p, r):  # type: ignore[no-untyped-def]
    """Swap rows p and r of the front (columns begin..end) and of the columns of L made so far."""
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
    """Largest magnitude, in four strands to hide the latency."""
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
    return max(max(a, b), max(c, d))


@compiled
def _factor_panel(front, ld, w, m, columns, lower, pivots, p0, k, growth):  # type: ignore[no-untyped-def]
    """Factor columns p0..p0+k of the panel, kept by columns in `lower`; return 0 or 1 + the column that has no pivot."""
    for p in range(p0, p0 + k):
        column = offset(lower, p * m)
        r = _pivot_row(column, p, w)
        pivots[p] = r
        if r != p:
            _swap_rows(front, ld, p0 + k, columns, lower, m, p0 + k, p, r)
        pivot = column[p]
        if not (abs(pivot) > 1e-300 and abs(pivot) < 1e300):
            return p + 1
        inverse = 1.0 / pivot
        for i in range(p + 1, m):
            column[i] *= inverse
        growth[0] = max(growth[0], _largest(column, w, m))
        for c in range(p + 1, p0 + k):
            other = offset(lower, c * m)
            a = other[p]
            for i in range(p + 1, m):
                other[i] -= a * column[i]
    return 0


@compiled
def _store_upper(front, ld, w, m, columns, lower, upper, p0, k):  # type: ignore[no-untyped-def]
    """Put rows p0..p0+k of U where the solution wants them: by rows when few, else by columns; pivots inverted."""
    if w < PANEL:
        for p in range(p0, p0 + k):
            for j in range(p, p0 + k):
                upper[p * columns + j] = lower[j * m + p]
            for j in range(p0 + k, columns):
                upper[p * columns + j] = front[p * ld + j]
            upper[p * columns + p] = 1.0 / lower[p * m + p]
    else:
        for j in range(p0, p0 + k):
            for p in range(p0, j):
                upper[j * w + p] = lower[j * m + p]
            upper[j * w + j] = 1.0 / lower[j * m + j]
        for j in range(p0 + k, columns):
            for p in range(p0, p0 + k):
                upper[j * w + p] = front[p * ld + j]


@compiled
def eliminate_front(front, ld, w, m, columns, lower, upper, pivots, growth):  # type: ignore[no-untyped-def]
    """Eliminate the w pivots of a row-major front.

    Parameters
    ----------
    front : pointer, (>= m, ld), row-major
        On return its rows and columns beyond w hold the contribution to the parent.
    m, columns : int
        Rows and columns that take part (pivots included).
    lower : pointer, (m, w) column-major
        Receives L; its diagonal and what lies above belong to U and are not to be used.
    upper : pointer
        Receives U, (w, columns), row-major if w < 8 and else column-major, with inverted pivots.
    pivots : pointer to int32, (w,)
        Receives the row swapped with each pivot row.
    growth : pointer
        `growth[0]` is raised to the largest multiplier below the pivot rows.

    Returns
    -------
    int
        0, or 1 + the column that has no pivot.
    """
    p0 = 0
    while p0 < w:
        k = min(PANEL, w - p0)
        for i in range(p0, m):
            for c in range(p0, p0 + k):
                lower[c * m + i] = front[i * ld + c]
        status = _factor_panel(front, ld, w, m, columns, lower, pivots, p0, k, growth)
        if status != 0:
            return status
        n = columns - p0 - k
        for p in range(p0 + 1, p0 + k):
            for q in range(p0, p):
                subtract_multiple(
                    n, offset(front, p * ld + p0 + k), lower[q * m + p], offset(front, q * ld + p0 + k)
                )
        _store_upper(front, ld, w, m, columns, lower, upper, p0, k)
        _update_rest(front, ld, lower, m, p0, k, columns)
        p0 += k
    return 0
