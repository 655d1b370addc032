"""Incomplete LU without fill, and the inverse of the diagonal, as preconditioners.

Source: Saad, Iterative Methods for Sparse Linear Systems, 2nd edition, SIAM 2003, section 10.3. A pivot that has become
tiny beside its row is replaced, and counted: an incomplete factorisation need not exist, and the iteration that it
serves checks its own answer.
"""

from symnum.integrators.addresses import float_pointer, int32_pointer, int_pointer
from symnum.integrators.compiled import compiled_callback
from symnum.integrators.linear.incomplete import replaced_pivot, return_in_order, subtract_row

__all__ = ["SLOTS", "factor_diagonal", "factor_incomplete", "solve_diagonal", "solve_incomplete"]

#: Slots of both contexts; M is held by rows. `n` is a number, all else addresses.
SLOTS = ("n", "bounds", "columns", "sources", "diagonal", "matrix", "where", "order", "work", "counters")
N, BOUNDS, COLUMNS, SOURCES, DIAGONAL, MATRIX, WHERE, ORDER, WORK, COUNTERS = range(len(SLOTS))


@compiled_callback("int32(int64, float64, float64, CPointer(float64))")
def factor_incomplete(context, c_mass, c_jac, values):  # type: ignore[no-untyped-def]
    """Factor M on its own pattern, row after row; 0, or -2 if something is not finite."""
    a = int_pointer(context)
    n = a[N]
    bounds = int32_pointer(a[BOUNDS])
    columns = int32_pointer(a[COLUMNS])
    sources = int32_pointer(a[SOURCES])
    diagonal = int32_pointer(a[DIAGONAL])
    where = int32_pointer(a[WHERE])
    m = float_pointer(a[MATRIX])
    counters = int_pointer(a[COUNTERS])
    counters[0] += 1
    for i in range(n):
        largest = 0.0
        for q in range(bounds[i], bounds[i + 1]):
            m[q] = -c_jac * values[sources[q]]
            where[columns[q]] = q
        m[diagonal[i]] += c_mass
        for q in range(bounds[i], bounds[i + 1]):
            largest = max(largest, abs(m[q]))
        for q in range(bounds[i], diagonal[i]):
            k = columns[q]
            factor = m[q] * m[diagonal[k]]
            m[q] = factor
            if factor != 0.0:
                for z in range(diagonal[k] + 1, bounds[k + 1]):
                    place = where[columns[z]]
                    if place >= 0:
                        m[place] -= factor * m[z]
        for q in range(bounds[i], bounds[i + 1]):
            where[columns[q]] = -1
        m[diagonal[i]] = 1.0 / replaced_pivot(m[diagonal[i]], largest, counters)
        if not largest < 1e300:
            return -2
    return 0


@compiled_callback("int32(int64, CPointer(float64))")
def solve_incomplete(context, b):  # type: ignore[no-untyped-def]
    """b := U^-1 L^-1 b."""
    a = int_pointer(context)
    n = a[N]
    bounds = int32_pointer(a[BOUNDS])
    columns = int32_pointer(a[COLUMNS])
    diagonal = int32_pointer(a[DIAGONAL])
    order = int32_pointer(a[ORDER])
    m = float_pointer(a[MATRIX])
    x = float_pointer(a[WORK])
    for i in range(n):
        x[i] = subtract_row(b[order[i]], bounds[i], diagonal[i], columns, m, x)
    for i in range(n - 1, -1, -1):
        x[i] = subtract_row(x[i], diagonal[i] + 1, bounds[i + 1], columns, m, x) * m[diagonal[i]]
    return return_in_order(n, order, x, b)


@compiled_callback("int32(int64, float64, float64, CPointer(float64))")
def factor_diagonal(context, c_mass, c_jac, values):  # type: ignore[no-untyped-def]
    """Keep the inverse of M's diagonal; 0, or -2 if something is not finite."""
    a = int_pointer(context)
    sources = int32_pointer(a[SOURCES])
    diagonal = int32_pointer(a[DIAGONAL])
    m = float_pointer(a[MATRIX])
    counters = int_pointer(a[COUNTERS])
    counters[0] += 1
    for i in range(a[N]):
        value = c_mass - c_jac * values[sources[diagonal[i]]]
        m[i] = 1.0 / replaced_pivot(value, abs(value), counters)
        if not abs(value) < 1e300:
            return -2
    return 0


@compiled_callback("int32(int64, CPointer(float64))")
def solve_diagonal(context, b):  # type: ignore[no-untyped-def]
    """Divide b by M's diagonal."""
    a = int_pointer(context)
    m = float_pointer(a[MATRIX])
    for i in range(a[N]):
        b[i] *= m[i]
    return 0
