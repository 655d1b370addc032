"""Sparse factorisation with partial pivoting, column by column (Gilbert and Peierls 1988).

Slower than the fronts by an order of magnitude, and safe: what the fronts fall back to when they meet a pivot that
is zero or too small.
"""

from symnum.integrators.addresses import float_pointer, int32_pointer, int_pointer
from symnum.integrators.compiled import compiled, compiled_callback

__all__ = ["SLOTS", "factor_pivoted", "solve_pivoted"]

#: Slots of this part's own context, in order. `n` and the capacities are numbers, all else addresses.
SLOTS = (
    "n", "indptr", "indices", "order", "lower_bounds", "lower_rows", "lower", "upper_bounds", "upper_rows", "upper",
    "position", "work", "reached", "stack", "place", "mark", "lower_capacity", "upper_capacity",
)  # fmt: skip
(
    N, INDPTR, INDICES, ORDER, LOWER_BOUNDS, LOWER_ROWS, LOWER, UPPER_BOUNDS, UPPER_ROWS, UPPER, POSITION, WORK,
    REACHED, STACK, PLACE, MARK, LOWER_CAPACITY, UPPER_CAPACITY,
) = range(len(SLOTS))  # fmt: skip

#: The diagonal is kept as pivot if it has at least this part of the largest magnitude in its column.
PREFERENCE = 0.3


@compiled
def _reach(a, root, step, top):  # type: ignore[no-untyped-def]
    """Search depth first from one row; put what is found, topologically ordered, before `top`; return the new top."""
    bounds = int_pointer(a[LOWER_BOUNDS])
    rows = int32_pointer(a[LOWER_ROWS])
    position = int32_pointer(a[POSITION])
    reached = int32_pointer(a[REACHED])
    stack = int32_pointer(a[STACK])
    place = int_pointer(a[PLACE])
    mark = int32_pointer(a[MARK])
    if mark[root] == step:
        return top
    depth = 0
    stack[0] = root
    mark[root] = step
    place[0] = bounds[position[root]] if position[root] >= 0 else 0
    while depth >= 0:
        i = stack[depth]
        k = position[i]
        descended = False
        if k >= 0:
            q = place[depth]
            end = bounds[k + 1]
            while q < end and not descended:
                r = rows[q]
                q += 1
                if mark[r] != step:
                    mark[r] = step
                    place[depth] = q
                    depth += 1
                    stack[depth] = r
                    place[depth] = bounds[position[r]] if position[r] >= 0 else 0
                    descended = True
        if not descended:
            top -= 1
            reached[top] = i
            depth -= 1
    return top


@compiled
def _eliminate(a, step, top, x):  # type: ignore[no-untyped-def]
    """Apply the finished columns to the current one and store its part of U; return the entries of U, or -1."""
    n = a[N]
    bounds = int_pointer(a[LOWER_BOUNDS])
    rows = int32_pointer(a[LOWER_ROWS])
    lower = float_pointer(a[LOWER])
    upper_rows = int32_pointer(a[UPPER_ROWS])
    upper = float_pointer(a[UPPER])
    position = int32_pointer(a[POSITION])
    reached = int32_pointer(a[REACHED])
    at = int_pointer(a[UPPER_BOUNDS])[step]
    if at + n - top + 1 > a[UPPER_CAPACITY]:
        return -1
    for z in range(top, n):
        i = reached[z]
        k = position[i]
        if k >= 0:
            u = x[i]
            x[i] = 0.0
            upper_rows[at] = k
            upper[at] = u
            at += 1
            for q in range(bounds[k], bounds[k + 1]):
                x[rows[q]] -= lower[q] * u
    return at


@compiled
def _choose_pivot(a, top, diagonal, x):  # type: ignore[no-untyped-def]
    """Return the pivot row among those reached, -1 if all are zero, -2 if something is not finite."""
    position = int32_pointer(a[POSITION])
    reached = int32_pointer(a[REACHED])
    best = 0.0
    row = -1
    for z in range(top, a[N]):
        i = reached[z]
        if position[i] < 0:
            size = abs(x[i])
            if not size < 1e300:
                return -2
            if size > best:
                best = size
                row = i
    if row >= 0 and position[diagonal] < 0 and abs(x[diagonal]) >= PREFERENCE * best:
        row = diagonal
    return row


@compiled
def _store_lower(a, step, top, pivot_row, x):  # type: ignore[no-untyped-def]
    """Store the current column of L; return 0, or -3 if there is no room."""
    bounds = int_pointer(a[LOWER_BOUNDS])
    rows = int32_pointer(a[LOWER_ROWS])
    lower = float_pointer(a[LOWER])
    position = int32_pointer(a[POSITION])
    reached = int32_pointer(a[REACHED])
    at = bounds[step]
    if at + a[N] - top > a[LOWER_CAPACITY]:
        return -3
    pivot = x[pivot_row]
    position[pivot_row] = step
    x[pivot_row] = 0.0
    for z in range(top, a[N]):
        i = reached[z]
        if position[i] < 0:
            rows[at] = i
            lower[at] = x[i] / pivot
            x[i] = 0.0
            at += 1
    bounds[step + 1] = at
    return 0


@compiled_callback("int32(int64, float64, float64, CPointer(float64))", seconds=0.5)
def factor_pivoted(context, c_mass, c_jac, values):  # type: ignore[no-untyped-def]
    """Return 0, k > 0 if column k-1 has no pivot, -2 if something is not finite, -3 if the room is used up."""
    a = int_pointer(context)
    n = a[N]
    indptr = int32_pointer(a[INDPTR])
    indices = int32_pointer(a[INDICES])
    order = int32_pointer(a[ORDER])
    position = int32_pointer(a[POSITION])
    mark = int32_pointer(a[MARK])
    upper_bounds = int_pointer(a[UPPER_BOUNDS])
    x = float_pointer(a[WORK])
    for i in range(n):
        position[i] = -1
        mark[i] = -1
        x[i] = 0.0
    int_pointer(a[LOWER_BOUNDS])[0] = 0
    upper_bounds[0] = 0
    for step in range(n):
        j = order[step]
        top = n
        for q in range(indptr[j], indptr[j + 1]):
            top = _reach(a, indices[q], step, top)
        for q in range(indptr[j], indptr[j + 1]):
            x[indices[q]] = -c_jac * values[q]
        x[j] += c_mass
        at = _eliminate(a, step, top, x)
        if at < 0:
            return -3
        row = _choose_pivot(a, top, j, x)
        if row == -1:
            return j + 1
        if row == -2:
            return -2
        int32_pointer(a[UPPER_ROWS])[at] = step
        float_pointer(a[UPPER])[at] = x[row]
        upper_bounds[step + 1] = at + 1
        if _store_lower(a, step, top, row, x) != 0:
            return -3
    return 0


@compiled_callback("int32(int64, CPointer(float64))")
def solve_pivoted(context, b):  # type: ignore[no-untyped-def]
    """b := M^-1 b."""
    a = int_pointer(context)
    n = a[N]
    order = int32_pointer(a[ORDER])
    position = int32_pointer(a[POSITION])
    bounds = int_pointer(a[LOWER_BOUNDS])
    rows = int32_pointer(a[LOWER_ROWS])
    lower = float_pointer(a[LOWER])
    x = float_pointer(a[WORK])
    for i in range(n):
        x[position[i]] = b[i]
    for k in range(n):
        y = x[k]
        for q in range(bounds[k], bounds[k + 1]):
            x[position[rows[q]]] -= lower[q] * y
    bounds = int_pointer(a[UPPER_BOUNDS])
    rows = int32_pointer(a[UPPER_ROWS])
    upper = float_pointer(a[UPPER])
    for k in range(n - 1, -1, -1):
        end = bounds[k + 1] - 1
        y = x[k] / upper[end]
        x[k] = y
        for q in range(bounds[k], end):
            x[rows[q]] -= upper[q] * y
    for k in range(n):
        b[order[k]] = x[k]
    return 0
