"""Incomplete LU with a threshold: entries arise where they matter, and the smallest of each row are dropped.

Source: Saad, Numer. Linear Algebra Appl. 1 (1994) 387. Rows of L and U keep at most as many entries as the matrix has
there and `fill` more.
"""

from symnum.integrators.addresses import float_pointer, int32_pointer, int_pointer, offset
from symnum.integrators.compiled import compiled, compiled_callback
from symnum.integrators.linear.incomplete import replaced_pivot, return_in_order, subtract_row

__all__ = ["SLOTS", "factor_threshold", "solve_threshold"]

#: Slots of the context. `n` and `fill` are numbers, all else addresses.
SLOTS = (
    "n", "fill", "bounds", "columns", "sources", "diagonal", "order", "drop", "lower_bounds", "lower_columns", "lower",
    "upper_bounds", "upper_columns", "upper", "pivots", "row", "place", "left", "right", "work", "counters",
)  # fmt: skip
(
    N, FILL, BOUNDS, COLUMNS, SOURCES, DIAGONAL, ORDER, DROP, LOWER_BOUNDS, LOWER_COLUMNS, LOWER, UPPER_BOUNDS,
    UPPER_COLUMNS, UPPER, PIVOTS, ROW, PLACE, LEFT, RIGHT, WORK, COUNTERS,
) = range(len(SLOTS))  # fmt: skip


@compiled
def _spread(a, i, c_mass, c_jac, values, counts):  # type: ignore[no-untyped-def]
    """Write row i of M into the dense row; list its columns on each side. Returns the size of its largest entry."""
    bounds = int32_pointer(a[BOUNDS])
    columns = int32_pointer(a[COLUMNS])
    sources = int32_pointer(a[SOURCES])
    left = int32_pointer(a[LEFT])
    right = int32_pointer(a[RIGHT])
    place = int32_pointer(a[PLACE])
    row = float_pointer(a[ROW])
    counts[0] = 0
    counts[1] = 0
    largest = 0.0
    for q in range(bounds[i], bounds[i + 1]):
        j = columns[q]
        row[j] = -c_jac * values[sources[q]]
        if j == i:
            row[j] += c_mass
        elif j < i:
            left[counts[0]] = j
            counts[0] += 1
        else:
            right[counts[1]] = j
            counts[1] += 1
        place[j] = i
        largest = max(largest, abs(row[j]))
    return largest


@compiled
def _eliminate(a, i, small, counts):  # type: ignore[no-untyped-def]
    """Take earlier rows out of row i, from left to right; factors that are too small are dropped at once."""
    left = int32_pointer(a[LEFT])
    right = int32_pointer(a[RIGHT])
    place = int32_pointer(a[PLACE])
    row = float_pointer(a[ROW])
    bounds = int_pointer(a[UPPER_BOUNDS])
    columns = int32_pointer(a[UPPER_COLUMNS])
    upper = float_pointer(a[UPPER])
    pivots = float_pointer(a[PIVOTS])
    done = 0
    while done < counts[0]:
        first = done
        for q in range(done + 1, counts[0]):
            if left[q] < left[first]:
                first = q
        k = left[first]
        left[first] = left[done]
        left[done] = k
        done += 1
        if not abs(row[k]) > small:
            row[k] = 0.0
            continue
        factor = row[k] * pivots[k]
        row[k] = factor
        for q in range(bounds[k], bounds[k + 1]):
            j = columns[q]
            if place[j] != i:
                place[j] = i
                row[j] = 0.0
                if j < i:
                    left[counts[0]] = j
                    counts[0] += 1
                elif j > i:
                    right[counts[1]] = j
                    counts[1] += 1
            row[j] -= factor * upper[q]


@compiled
def _largest_first(row, listed, count, wanted):  # type: ignore[no-untyped-def]
    """Bring the `wanted` columns with the largest entries to the front of the list (quick selection)."""
    low = 0
    high = count - 1
    while low < high:
        middle = abs(row[listed[(low + high) // 2]])
        i = low
        j = high
        while i <= j:
            while abs(row[listed[i]]) > middle:
                i += 1
            while abs(row[listed[j]]) < middle:
                j -= 1
            if i <= j:
                x = listed[i]
                listed[i] = listed[j]
                listed[j] = x
                i += 1
                j -= 1
        if wanted - 1 <= j:
            high = j
        elif wanted - 1 >= i:
            low = i
        else:
            return


@compiled
def _keep(row, listed, count, limit, small, at, columns, entries):  # type: ignore[no-untyped-def]
    """Store the largest entries of a part of the row from `at` on; return where the next row begins."""
    left = 0
    for q in range(count):
        j = listed[q]
        if abs(row[j]) > small:
            listed[left] = j
            left += 1
    if left > limit:
        _largest_first(row, listed, left, limit)
        left = limit
    for q in range(left):
        columns[at + q] = listed[q]
        entries[at + q] = row[listed[q]]
    return at + left


@compiled_callback("int32(int64, float64, float64, CPointer(float64))", seconds=0.5)
def factor_threshold(context, c_mass, c_jac, values):  # type: ignore[no-untyped-def]
    """Factor M roughly, row after row; 0, or -2 if something is not finite."""
    a = int_pointer(context)
    bounds = int32_pointer(a[BOUNDS])
    diagonal = int32_pointer(a[DIAGONAL])
    place = int32_pointer(a[PLACE])
    row = float_pointer(a[ROW])
    lower_bounds = int_pointer(a[LOWER_BOUNDS])
    upper_bounds = int_pointer(a[UPPER_BOUNDS])
    counters = int_pointer(a[COUNTERS])
    counts = offset(counters, 2)
    drop = float_pointer(a[DROP])[0]
    counters[0] += 1
    lower_bounds[0] = 0
    upper_bounds[0] = 0
    for i in range(a[N]):
        place[i] = -1
    for i in range(a[N]):
        largest = _spread(a, i, c_mass, c_jac, values, counts)
        if not largest < 1e300:
            return -2
        small = drop * largest
        _eliminate(a, i, small, counts)
        limit = diagonal[i] - bounds[i] + a[FILL]
        # Factors have been divided by a pivot: those worth keeping have been chosen before that.
        lower_bounds[i + 1] = _keep(
            row, int32_pointer(a[LEFT]), counts[0], limit, 0.0, lower_bounds[i], int32_pointer(a[LOWER_COLUMNS]),
            float_pointer(a[LOWER]),
        )  # fmt: skip
        limit = bounds[i + 1] - diagonal[i] - 1 + a[FILL]
        upper_bounds[i + 1] = _keep(
            row, int32_pointer(a[RIGHT]), counts[1], limit, small, upper_bounds[i], int32_pointer(a[UPPER_COLUMNS]),
            float_pointer(a[UPPER]),
        )  # fmt: skip
        float_pointer(a[PIVOTS])[i] = 1.0 / replaced_pivot(row[i], largest, counters)
    return 0


@compiled_callback("int32(int64, CPointer(float64))")
def solve_threshold(context, b):  # type: ignore[no-untyped-def]
    """b := U^-1 L^-1 b."""
    a = int_pointer(context)
    n = a[N]
    order = int32_pointer(a[ORDER])
    pivots = float_pointer(a[PIVOTS])
    x = float_pointer(a[WORK])
    bounds = int_pointer(a[LOWER_BOUNDS])
    columns = int32_pointer(a[LOWER_COLUMNS])
    entries = float_pointer(a[LOWER])
    for i in range(n):
        x[i] = subtract_row(b[order[i]], bounds[i], bounds[i + 1], columns, entries, x)
    bounds = int_pointer(a[UPPER_BOUNDS])
    columns = int32_pointer(a[UPPER_COLUMNS])
    entries = float_pointer(a[UPPER])
    for i in range(n - 1, -1, -1):
        x[i] = subtract_row(x[i], bounds[i], bounds[i + 1], columns, entries, x) * pivots[i]
    return return_in_order(n, order, x, b)
