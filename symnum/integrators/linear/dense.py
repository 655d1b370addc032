"""Dense LU with partial pivoting, for small systems."""

from symnum.integrators.addresses import float_pointer, int32_pointer, int_pointer, offset
from symnum.integrators.compiled import compiled, compiled_callback

__all__ = ["SLOTS", "factor_dense", "solve_dense"]

#: Slots of the context. `n` is a number, all else addresses.
SLOTS = ("n", "indptr", "indices", "matrix", "pivots", "work", "counters")
N, INDPTR, INDICES, MATRIX, PIVOTS, WORK, COUNTERS = range(len(SLOTS))


@compiled
def _fill(n, indptr, indices, m, c_mass, c_jac, values):  # type: ignore[no-untyped-def]
    """Write M by columns, along which both triangles are worked off: rows of sums would wait for each addition."""
    for q in range(n * n):
        m[q] = 0.0
    for j in range(n):
        for q in range(indptr[j], indptr[j + 1]):
            m[j * n + indices[q]] = -c_jac * values[q]
        m[j * n + j] += c_mass


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
        column = offset(m, p * n)
        r = p
        best = abs(column[p])
        for i in range(p + 1, n):
            size = abs(column[i])
            if size > best:
                best = size
                r = i
        pivots[p] = r
        if best == 0.0:
            return p + 1
        if not best < 1e300:
            return -2
        if r != p:
            for j in range(n):
                x = m[j * n + p]
                m[j * n + p] = m[j * n + r]
                m[j * n + r] = x
        inverse = 1.0 / column[p]
        column[p] = inverse
        for i in range(p + 1, n):
            column[i] *= inverse
        for j in range(p + 1, n):
            other = offset(m, j * n)
            factor = other[p]
            if factor != 0.0:
                for i in range(p + 1, n):
                    other[i] -= factor * column[i]
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
    for j in range(n - 1):
        column = offset(m, j * n)
        x = b[j]
        for i in range(j + 1, n):
            b[i] -= column[i] * x
    for j in range(n - 1, -1, -1):
        column = offset(m, j * n)
        x = b[j] * column[j]
        b[j] = x
        for i in range(j):
            b[i] -= column[i] * x
    return 0
