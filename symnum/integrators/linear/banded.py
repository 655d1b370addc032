"""Banded LU with partial pivoting, by rows in the order that makes the band narrow.

The factors of M with `kl` diagonals below and `ku` above have `kl` below and `kl + ku` above once rows are exchanged
(Golub and Van Loan, Matrix Computations, 4th edition, section 4.3.5). Row i holds columns i - kl to i + kl + ku.
"""

from symnum.integrators.addresses import float_pointer, int32_pointer, int_pointer, offset
from symnum.integrators.compiled import compiled, compiled_callback

__all__ = ["SLOTS", "factor_banded", "solve_banded"]

#: Slots of the context. `n`, `below` and `above` are numbers, all else addresses.
SLOTS = (
    "n", "below", "above", "entries", "places", "diagonal", "order", "matrix", "multipliers", "pivots", "work",
    "counters",
)  # fmt: skip
N, BELOW, ABOVE, ENTRIES, PLACES, DIAGONAL, ORDER, MATRIX, MULTIPLIERS, PIVOTS, WORK, COUNTERS = range(
    len(SLOTS)
)


@compiled
def _fill(a, m, c_mass, c_jac, values):  # type: ignore[no-untyped-def]
    """Write M by rows; the last of `diagonal` is one past the matrix."""
    places = int_pointer(a[PLACES])
    diagonal = int_pointer(a[DIAGONAL])
    n = a[N]
    for q in range(diagonal[n]):
        m[q] = 0.0
    for q in range(a[ENTRIES]):
        m[places[q]] = -c_jac * values[q]
    for i in range(n):
        m[diagonal[i]] += c_mass


@compiled
def _eliminate(count, width, row, ld, multipliers):  # type: ignore[no-untyped-def]
    """Take multiples of a pivot row from `count` rows below; entries of one column lie `ld` apart."""
    inverse = 1.0 / row[0]
    row[0] = inverse
    for i in range(1, count + 1):
        other = offset(row, i * ld)
        factor = other[0] * inverse
        multipliers[i - 1] = factor
        if factor != 0.0:
            for j in range(1, width):
                other[j] -= factor * row[j]


@compiled_callback("int32(int64, float64, float64, CPointer(float64))")
def factor_banded(context, c_mass, c_jac, values):  # type: ignore[no-untyped-def]
    """Factor M = c_mass*I - c_jac*J; 0 fine, k > 0 singular at column k-1, -2 not finite."""
    a = int_pointer(context)
    n = a[N]
    below = a[BELOW]
    reach = below + a[ABOVE]
    ld = below + reach  # from an entry to the one below it in the same column: one row on, one place back
    m = float_pointer(a[MATRIX])
    pivots = int32_pointer(a[PIVOTS])
    int_pointer(a[COUNTERS])[0] += 1
    _fill(a, m, c_mass, c_jac, values)
    for p in range(n):
        row = offset(m, p * (ld + 1) + below)
        count = min(below, n - 1 - p)
        width = min(reach, n - 1 - p) + 1
        r = 0
        best = abs(row[0])
        for i in range(count + 1):
            size = abs(row[i * ld])
            if not size < 1e300:
                return -2
            if size > best:
                best = size
                r = i
        if best == 0.0:
            return int32_pointer(a[ORDER])[p] + 1
        pivots[p] = r
        if r != 0:
            other = offset(row, r * ld)
            for j in range(width):
                x = row[j]
                row[j] = other[j]
                other[j] = x
        _eliminate(count, width, row, ld, offset(float_pointer(a[MULTIPLIERS]), p * below))
    return 0


@compiled_callback("int32(int64, CPointer(float64))")
def solve_banded(context, b):  # type: ignore[no-untyped-def]
    """b := M^-1 b with the last factorisation."""
    a = int_pointer(context)
    n = a[N]
    below = a[BELOW]
    reach = below + a[ABOVE]
    ld = below + reach
    m = float_pointer(a[MATRIX])
    pivots = int32_pointer(a[PIVOTS])
    order = int32_pointer(a[ORDER])
    x = float_pointer(a[WORK])
    for k in range(n):
        x[k] = b[order[k]]
    for p in range(n):
        r = p + pivots[p]
        y = x[r]
        x[r] = x[p]
        x[p] = y
        multipliers = offset(float_pointer(a[MULTIPLIERS]), p * below)
        rest = offset(x, p + 1)
        for i in range(min(below, n - 1 - p)):
            rest[i] -= multipliers[i] * y
    for p in range(n - 1, -1, -1):
        row = offset(m, p * (ld + 1) + below)
        rest = offset(x, p)
        y = rest[0]
        for j in range(1, min(reach, n - 1 - p) + 1):
            y -= row[j] * rest[j]
        rest[0] = y * row[0]
    for k in range(n):
        b[order[k]] = x[k]
    return 0
