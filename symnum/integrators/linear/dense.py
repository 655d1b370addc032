"""Dense LU with partial pivoting, for small systems."""

from symnum.integrators.addresses import float_pointer, int32_pointer, int_pointer, offset
from symnum.integrators.compiled import compiled, compiled_callback

__all__ = ["SLOTS", "factor_dense", "solve_dense"]

#: Slots of the context. `n` is a number, all else addresses.
SLOTS = ("n", "indptr", "indices", "matrix", "pivots", "work", "counters")
N, INDPTR, INDICES, MATRIX, PIVOTS, WORK, COUNTERS = range(len(SLOTS))


@compiled
def _fill(n, indptr, indices, m, c_mass, c_jac, values):  # type: ignore[no-untyped-def]
    """Write M by rows."""
    for q in range(n * n):
        m[q] = 0.0
    for j in range(n):
        for q in range(indptr[j], indptr[j + 1]):
            m[indices[q] * n + j] = -c_jac * values[q]
        m[j * n + j] += c_mass


@compiled
def _swap(n, a, b):  # type: ignore[no-untyped-def]
    for j in range(n):
        x = a[j]
        a[j] = b[j]
        b[j] = x


@compiled_callback("int32(int64, float64, float64, CPointer(float64))")
def factor_dense(context, c_mass, c_jac, values):  # type: ignore[no-untyped-def]
    """Factor M = c_mass*I - c_jac*J; 0 fine, k > 0 singular at column k-1, -2 not finite."""
    a = int_pointer(context)
    n = a[N]
    m = float_pointer(a[MATRIX])
    pivots = int32_pointer(a[PIVOTS])
    int_pointer(a[COUNTERS])[0] += 1
    _fill(n, int32_pointer(a[INDPTR]), int32_pointer(a[INDICES]), m, c_mass, c_jac, values)
    for p in range(n):
        r = p
        best = abs(m[p * n + p])
        for i in range(p + 1, n):
            size = abs(m[i * n + p])
            if size > best:
                best = size
                r = i
        pivots[p] = r
        if best == 0.0:
            return p + 1
        if not best < 1e300:
            return -2
        if r != p:
            _swap(n, offset(m, p * n), offset(m, r * n))
        row = offset(m, p * n)
        inverse = 1.0 / row[p]
        row[p] = inverse
        for i in range(p + 1, n):
            other = offset(m, i * n)
            factor = other[p]
            if factor != 0.0:
                factor *= inverse
                other[p] = factor
                for j in range(p + 1, n):
                    other[j] -= factor * row[j]
    return 0


@compiled_callback("int32(int64, CPointer(float64))")
def solve_dense(context, b):  # type: ignore[no-untyped-def]
    """b := M^-1 b with the last factorisation."""
    a = int_pointer(context)
    n = a[N]
    m = float_pointer(a[MATRIX])
    pivots = int32_pointer(a[PIVOTS])
    for p in range(n):
        r = pivots[p]
        x = b[p]
        b[p] = b[r]
        b[r] = x
    for i in range(1, n):
        row = offset(m, i * n)
        x = b[i]
        for j in range(i):
            x -= row[j] * b[j]
        b[i] = x
    for i in range(n - 1, -1, -1):
        row = offset(m, i * n)
        x = b[i]
        for j in range(i + 1, n):
            x -= row[j] * b[j]
        b[i] = x * row[i]
    return 0
