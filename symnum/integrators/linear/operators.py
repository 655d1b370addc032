"""Products with M = c_mass*I - c_jac*J: from the entries of J, or from the right-hand side alone.

An operator has a `factor`, which takes M over, and an `apply`: ``int32 apply(int64 context, double* pair)`` writes M x
into the second half of `pair`, whose first half is x.
"""

from symnum.integrators.addresses import call_kernel, float_pointer, int32_pointer, int_pointer, offset
from symnum.integrators.compiled import compiled, compiled_callback
from symnum.integrators.linear.krylov_vectors import norm

__all__ = [
    "ENTRY_SLOTS",
    "FREE_SLOTS",
    "apply_entries",
    "apply_free",
    "factor_entries",
    "factor_free",
    "keep_point",
]

#: Slots of the operator that holds M by rows. `n` is a number, all else addresses.
ENTRY_SLOTS = ("n", "indptr", "bounds", "columns", "sources", "diagonal", "matrix")
N, INDPTR, BOUNDS, COLUMNS, SOURCES, DIAGONAL, MATRIX = range(len(ENTRY_SLOTS))

#: Slots of the operator without entries. `n` and the kernels' context are numbers, all else addresses.
FREE_SLOTS = (
    "n", "rhs", "product", "parameters", "context", "numbers", "point", "slope", "moved", "trial", "weights",
    "counters",
)  # fmt: skip
(_, RHS, PRODUCT, PARAMETERS, CONTEXT, NUMBERS, POINT, SLOPE, MOVED, TRIAL, WEIGHTS, COUNTERS) = range(
    len(FREE_SLOTS)
)
#: Relative step of a difference: the square root of the spacing of numbers at one.
STEP = 1.49e-8


@compiled
def _empty_column(n, indptr, values, c_mass, c_jac):  # type: ignore[no-untyped-def]
    """Return k > 0 if column k-1 of M is empty, -2 if an entry is not finite, else 0."""
    for j in range(n):
        size = abs(c_mass)
        for q in range(indptr[j], indptr[j + 1]):
            entry = abs(c_jac * values[q])
            if not entry < 1e300:
                return -2
            size = max(size, entry)
        if size == 0.0:
            return j + 1
    return 0


@compiled_callback("int32(int64, float64, float64, CPointer(float64))")
def factor_entries(context, c_mass, c_jac, values):  # type: ignore[no-untyped-def]
    """Write M by rows; 0 fine, k > 0 column k-1 is empty, -2 not finite."""
    a = int_pointer(context)
    n = a[N]
    bounds = int32_pointer(a[BOUNDS])
    sources = int32_pointer(a[SOURCES])
    diagonal = int32_pointer(a[DIAGONAL])
    m = float_pointer(a[MATRIX])
    for q in range(bounds[n]):
        m[q] = -c_jac * values[sources[q]]
    for i in range(n):
        m[diagonal[i]] += c_mass
    return _empty_column(n, int32_pointer(a[INDPTR]), values, c_mass, c_jac)


@compiled_callback("int32(int64, CPointer(float64))")
def apply_entries(context, pair):  # type: ignore[no-untyped-def]
    """Second half of `pair` := M times the first half."""
    a = int_pointer(context)
    n = a[N]
    bounds = int32_pointer(a[BOUNDS])
    columns = int32_pointer(a[COLUMNS])
    m = float_pointer(a[MATRIX])
    out = offset(pair, n)
    for i in range(n):
        total = 0.0
        for q in range(bounds[i], bounds[i + 1]):
            total += m[q] * pair[columns[q]]
        out[i] = total
    return 0


@compiled_callback("int32(float64, CPointer(float64), CPointer(float64), int64, CPointer(float64))")
def keep_point(t, y, p, context, out):  # type: ignore[no-untyped-def]
    """Stand in for a Jacobian kernel: keep t and y for the operator. `out` holds n, and has room for n + 2 numbers."""
    n = int(out[0])
    out[1] = t
    for i in range(n):
        out[2 + i] = y[i]
    return 0


@compiled_callback("int32(int64, float64, float64, CPointer(float64))")
def factor_free(context, c_mass, c_jac, values):  # type: ignore[no-untyped-def]
    """Take over the point at which J is meant (from `keep_point`), and the right-hand side there."""
    a = int_pointer(context)
    n = a[N]
    numbers = float_pointer(a[NUMBERS])
    point = float_pointer(a[POINT])
    numbers[0] = values[1]
    numbers[1] = c_mass
    numbers[2] = c_jac
    for i in range(n):
        point[i] = values[2 + i]
    if a[PRODUCT] != 0:
        return 0
    slope = float_pointer(a[SLOPE])
    weights = float_pointer(a[WEIGHTS])
    int_pointer(a[COUNTERS])[0] += 1
    code = call_kernel(a[RHS], numbers[0], point, float_pointer(a[PARAMETERS]), a[CONTEXT], slope)
    size = 0.0
    for i in range(n):
        size += (point[i] * weights[i]) ** 2
        if not abs(slope[i]) < 1e300:
            code = 1
    numbers[3] = STEP * max(size**0.5, 1.0)
    return -2 if code != 0 else 0


@compiled_callback("int32(int64, CPointer(float64))")
def apply_free(context, pair):  # type: ignore[no-untyped-def]
    """Second half of `pair` := M times the first half, by a derivative or a difference along it."""
    a = int_pointer(context)
    n = a[N]
    numbers = float_pointer(a[NUMBERS])
    point = float_pointer(a[POINT])
    trial = float_pointer(a[TRIAL])
    moved = float_pointer(a[MOVED])
    parameters = float_pointer(a[PARAMETERS])
    out = offset(pair, n)
    int_pointer(a[COUNTERS])[0] += 1
    if a[PRODUCT] != 0:
        for i in range(n):
            trial[i] = point[i]
            trial[n + i] = pair[i]
        code = call_kernel(a[PRODUCT], numbers[0], trial, parameters, a[CONTEXT], moved)
        for i in range(n):
            out[i] = numbers[1] * pair[i] - numbers[2] * moved[i]
        return code
    weights = float_pointer(a[WEIGHTS])
    slope = float_pointer(a[SLOPE])
    for i in range(n):
        moved[i] = pair[i] * weights[i]
    size = norm(n, moved)
    if size == 0.0:
        for i in range(n):
            out[i] = 0.0
        return 0
    step = numbers[3] / size
    for i in range(n):
        trial[i] = point[i] + step * pair[i]
    code = call_kernel(a[RHS], numbers[0], trial, parameters, a[CONTEXT], moved)
    factor = numbers[2] / step
    for i in range(n):
        out[i] = numbers[1] * pair[i] - factor * (moved[i] - slope[i])
    return code
