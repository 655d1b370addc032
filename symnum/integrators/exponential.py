"""Exponential Rosenbrock engine: y' = J y + v t + g(t, y) with J y and v t solved exactly, anew in every step.

With D_j = g(t_j, U_j) - g(t, y) a stage is y + c h phi_1(c h J) (f + sum a_j D_j) + (c h)^2 phi_2(c h J) v, and the
step adds h (phi_3 sum b_j D_j + phi_4 sum d_j D_j).  Every sum of phi functions times vectors is the exponential of a
matrix with a few more rows (Al-Mohy and Higham) times a vector, by Arnoldi's process: products with J, no linear
equations.  The same Krylov space holds the solution inside of the step, for a fraction x as the exponential of x times
the matrix: the continuous solution is the polynomial through its values at eight fractions.

Sources: Hochbruck, Ostermann and Schweitzer, SIAM J. Numer. Anal. 47 (2009) 786 (methods); Niesen and Wright, ACM TOMS
38 (2012) 22 (Krylov spaces); Al-Mohy and Higham, SIAM J. Sci. Comput. 33 (2011) 488 (more rows); Saad, SIAM J. Numer.
Anal. 29 (1992) 209 (error of the projection).
"""

from symnum.integrators.addresses import float_pointer, int32_pointer, offset
from symnum.integrators.compiled import compiled, compiled_callback
from symnum.integrators.layout import (
    I_AUTONOMOUS,
    I_BASIS,
    I_CURRENT,
    I_FIXED,
    I_INDICES,
    I_INDPTR,
    I_ORDER,
    I_ROW,
    I_SEGMENTS,
    I_SIZE,
    I_SMALL,
    I_SPACE,
    I_STAGES,
    I_STARTED,
    I_STATES,
    I_TABLE,
    I_VALUES,
    KERNEL_FAILURE,
    NEWTON_FAILURE,
    NOT_FINITE,
    R_TIME,
    RUNNING,
)  # fmt: skip
from symnum.integrators.matrices import evaluate_jacobian, time_derivative
from symnum.integrators.stepping import (
    COMMON_ROWS,
    ENGINE,
    ERROR,
    SLOPE,
    TRIAL,
    WEIGHTS,
    begin,
    check_finite,
    enter,
    evaluate_checked,
    next_step,
    refuse,
    set_step_weights,
    take_steps,
)
from symnum.integrators.tableaus.exponential import DEGREE
from symnum.integrators.vectors import weighted_norm

#: Rows of the work array after those of every engine: f at the end of the step, derivative by time, J y + v t at the
#: beginning, spare, four vectors of phi functions, values inside of the step, the differences of g.
_NEXT, _DRIFT, _LINEAR, _SPARE, _VECTORS = range(COMMON_ROWS, COMMON_ROWS + 5)
_VALUES = _VECTORS + 4
_DIFFERENCES = _VALUES + DEGREE
ROWS = _DIFFERENCES

# Rows that the four vectors add to the matrix.
MORE = 4

# Terms of the Taylor series of the small exponential, for a norm of a half.
_TERMS = 13

# Error that a projection may leave, as a share of the tolerances.
_SHARE = 0.02

# Share of the last coefficient of the continuous solution that counts as its error: a polynomial of one degree less
# comes as near.
_LAST_COEFFICIENT = 0.5 ** (2 * DEGREE - 1)


def small_memory(space: int) -> int:
    """Return how many numbers the small matrices take: the projection, four with one row more, and a scale."""
    return space * space + 4 * (space + 1) ** 2 + 1


@compiled
def add_rows(n, count, scale, weights, rows, out):  # type: ignore[no-untyped-def]
    """out += scale times the sum of weights times rows; those of weight zero are not looked at."""
    for k in range(count):
        weight = scale * weights[k]
        if weight != 0.0:
            row = offset(rows, k * n)
            for i in range(n):
                out[i] += weight * row[i]


@compiled
def _product(integers, x, out):  # type: ignore[no-untyped-def]
    """out = J x."""
    indptr = int32_pointer(integers[I_INDPTR])
    indices = int32_pointer(integers[I_INDICES])
    values = float_pointer(integers[I_VALUES])
    for i in range(integers[I_SIZE]):
        out[i] = 0.0
    for j in range(integers[I_SIZE]):
        for e in range(indptr[j], indptr[j + 1]):
            out[indices[e]] += values[e] * x[j]


@compiled
def square_product(m, a, b, out):  # type: ignore[no-untyped-def]
    """out = a b, of order m."""
    for i in range(m):
        row = offset(out, i * m)
        for j in range(m):
            row[j] = 0.0
        add_rows(m, m, 1.0, offset(a, i * m), b, row)


@compiled
def _exponential(m, a, out, term, sixteenth):  # type: ignore[no-untyped-def]
    """out = exp(a), sixteenth = exp(a / 16), by a Taylor series and squaring; `a` and `term` are overwritten."""
    size = 0.0
    for i in range(m):
        total = 0.0
        for j in range(m):
            total += abs(a[i * m + j])
        size = total if total > size else size
    squarings = 4
    scale = 0.0625
    while size * scale > 0.5 and squarings < 60:
        scale *= 0.5
        squarings += 1
    for i in range(m * m):
        a[i] *= scale
        out[i] = 0.0
    # Horner: I + a (I + a/2 (I + a/3 (...)))
    for i in range(m):
        out[i * m + i] = 1.0
    for k in range(_TERMS, 0, -1):
        square_product(m, a, out, term)
        for i in range(m * m):
            out[i] = term[i] / k
        for i in range(m):
            out[i * m + i] += 1.0
    for left in range(squarings, 0, -1):
        square_product(m, out, out, term)
        for i in range(m * m):
            if left == 4:
                sixteenth[i] = out[i]
            out[i] = term[i]


@compiled
def _apply(integers, work, scale, x, out):  # type: ignore[no-untyped-def]
    """out = the larger matrix times x: scale J and the vectors above, a shift below."""
    n = integers[I_SIZE]
    _product(integers, x, out)
    vectors = offset(work, _VECTORS * n)
    for i in range(n):
        out[i] *= scale
    for k in range(MORE):
        weight = x[n + MORE - 1 - k]  # of the vector of phi_(k+1)
        vector = offset(vectors, k * n)
        for i in range(n):
            out[i] += weight * vector[i]
    for k in range(MORE - 1):
        out[n + k] = x[n + k + 1]
    out[n + MORE - 1] = 0.0


@compiled
def _arnoldi(integers, work, scale, j):  # type: ignore[no-untyped-def]
    """One more direction, orthogonal to those before; its length before it was made one."""
    n = integers[I_SIZE] + MORE
    most = integers[I_SPACE]
    basis = float_pointer(integers[I_BASIS])
    hessenberg = float_pointer(integers[I_SMALL])
    w = offset(basis, (j + 1) * n)
    _apply(integers, work, scale, offset(basis, j * n), w)
    for i in range(j + 1):
        hessenberg[i * most + j] = 0.0
    for _ in range(2):
        for i in range(j + 1):
            direction = offset(basis, i * n)
            total = 0.0
            for q in range(n):
                total += direction[q] * w[q]
            hessenberg[i * most + j] += total
            for q in range(n):
                w[q] -= total * direction[q]
    total = 0.0
    for q in range(n):
        total += w[q] * w[q]
    length = total**0.5
    if length > 0.0:
        for q in range(n):
            w[q] /= length
    return length


@compiled
def _project(integers, m, length):  # type: ignore[no-untyped-def]
    """Exponential of the small matrix with one row and column more, whose last entry gives the error; its address."""
    most = integers[I_SPACE]
    hessenberg = float_pointer(integers[I_SMALL])
    a = offset(hessenberg, most * most)
    out = offset(a, (most + 1) * (most + 1))
    for i in range(m + 1):
        for j in range(m + 1):
            a[i * (m + 1) + j] = 0.0
    for j in range(m):
        for i in range(min(j + 2, m)):
            a[i * (m + 1) + j] = hessenberg[i * most + j]
    # The column of phi_1(H) e_1: exp of [[H, e_1], [0, 0]].
    a[m] = 1.0
    size = (most + 1) * (most + 1)
    _exponential(m + 1, a, out, offset(out, size), offset(out, 2 * size))
    return abs(length * out[(m - 1) * (m + 1) + m])


@compiled
def _balance(n, vectors):  # type: ignore[no-untyped-def]
    """Divide the vectors by their largest entry, so that they weigh as much as the rows below them; return that."""
    largest = 0.0
    for i in range(MORE * n):
        largest = max(largest, abs(vectors[i]))
    if largest > 0.0:
        for i in range(MORE * n):
            vectors[i] /= largest
    return largest


@compiled
def _phi(integers, work, scale, out):  # type: ignore[no-untyped-def]
    """out = sum of phi_k(scale J) times the k-th vector; the dimension that was needed, or 0 where none sufficed."""
    n = integers[I_SIZE]
    largest = _balance(n, offset(work, _VECTORS * n))
    if not largest < 1e308:
        return 0
    size = n + MORE
    most = integers[I_SPACE]
    basis = float_pointer(integers[I_BASIS])
    hessenberg = float_pointer(integers[I_SMALL])
    exponential = offset(hessenberg, most * most + (most + 1) * (most + 1))
    weights = offset(work, WEIGHTS * n)
    for i in range(size):
        basis[i] = 0.0
    basis[size - 1] = 1.0
    hessenberg[most * most + 4 * (most + 1) * (most + 1)] = largest
    check = 6
    m = most
    for j in range(most):
        length = _arnoldi(integers, work, scale, j)
        m = j + 1
        if m < most:
            hessenberg[m * most + j] = length
        done = m == size or length < 1e-14
        if done or m >= check or m == most:
            check = m + max(m // 3, 3)
            error = _project(integers, m, 0.0 if done else length)
            if not done:
                error *= largest * weighted_norm(n, offset(basis, m * size), weights)
            if done or error <= _SHARE:
                break
            if m == most or not error < 1e300:
                return 0
    for i in range(n):
        out[i] = 0.0
    for j in range(m):
        factor = exponential[j * (m + 1)]
        direction = offset(basis, j * size)
        for i in range(n):
            out[i] += factor * direction[i] * largest
    return m


@compiled
def _set_vectors(integers, work, h, kind):  # type: ignore[no-untyped-def]
    """The vectors of the phi functions for a stage, then for what the embedded method leaves out, then for the step.

    The fraction of the step that they belong to.
    """
    n = integers[I_SIZE]
    stages = integers[I_STAGES]
    table = float_pointer(integers[I_TABLE])
    slope = offset(work, SLOPE * n)
    drift = offset(work, _DRIFT * n)
    first = offset(work, _VECTORS * n)
    differences = offset(work, _DIFFERENCES * n)
    fraction = table[kind] if kind < stages else 1.0
    step = 0.0 if kind == stages else fraction * h
    for i in range(n):
        first[i] = step * slope[i]
        first[n + i] = step * step * drift[i]
        first[2 * n + i] = 0.0
        first[3 * n + i] = 0.0
    if kind < stages:
        add_rows(n, kind, step, offset(table, (3 + kind) * stages), differences, first)
    else:
        left_out = offset(first, (integers[I_ORDER] - 1) * n)
        add_rows(n, stages, h, offset(table, 2 * stages), differences, left_out)
        add_rows(n, stages, step, offset(table, stages), differences, offset(first, 2 * n))
    return fraction


@compiled
def _difference(integers, work, now, at, y, value, out):  # type: ignore[no-untyped-def]
    """out = g at a stage less g where the step begins; the cause where that fails, else zero."""
    n = integers[I_SIZE]
    slope = offset(work, SLOPE * n)
    drift = offset(work, _DRIFT * n)
    change = offset(work, _SPARE * n)
    image = offset(work, _LINEAR * n)
    cause = evaluate_checked(integers, at, value, out)
    for i in range(n):
        change[i] = value[i] - y[i]
    _product(integers, change, image)
    for i in range(n):
        out[i] -= slope[i] + image[i] + (at - now) * drift[i]
    return cause


@compiled
def _linearise(integers, work, t, h, y):  # type: ignore[no-untyped-def]
    """Jacobian and derivative by time where the step begins; a cause, else zero."""
    n = integers[I_SIZE]
    drift = offset(work, _DRIFT * n)
    code = evaluate_jacobian(integers, work, t, y, offset(work, SLOPE * n), 1, _SPARE)
    for i in range(n):
        drift[i] = 0.0
    if code == 0 and integers[I_AUTONOMOUS] == 0:
        code = time_derivative(integers, t, h, y, offset(work, SLOPE * n), drift, offset(work, _SPARE * n))
        if code == 0 and check_finite(integers, drift) != 0:
            return NOT_FINITE
    if code != 0:
        return KERNEL_FAILURE
    integers[I_CURRENT] = 1
    return 0


@compiled
def _keep(integers, work, m, y, new):  # type: ignore[no-untyped-def]
    """Store the polynomial through values inside of the step, from the last Krylov space; its last coefficient."""
    n = integers[I_SIZE]
    stages = integers[I_STAGES]
    most = integers[I_SPACE]
    basis = float_pointer(integers[I_BASIS])
    memory = offset(float_pointer(integers[I_SMALL]), most * most)
    size = (most + 1) * (most + 1)
    sixteenth = offset(memory, 3 * size)
    largest = memory[4 * size]
    nodes = offset(float_pointer(integers[I_TABLE]), (3 + stages) * stages)
    values = offset(work, _VALUES * n)
    now = memory  # coordinates in the space, and those a sixteenth of the step later
    later = offset(memory, m)
    for i in range(m):
        now[i] = 0.0
    now[0] = largest
    for i in range(DEGREE * n):
        values[i] = 0.0
    row = values
    for k in range(1, 16):
        for i in range(m):
            later[i] = 0.0
            for j in range(m):
                later[i] += sixteenth[i * (m + 1) + j] * now[j]
        for i in range(m):
            now[i] = later[i]
        if nodes[0] == k:
            for j in range(m):
                direction = offset(basis, j * (n + MORE))
                for i in range(n):
                    row[i] += now[j] * direction[i]
            nodes = offset(nodes, 1)
            row = offset(row, n)
    for i in range(n):
        row[i] = new[i] - y[i]
    segment = offset(float_pointer(integers[I_SEGMENTS]), (integers[I_ROW] + 1) * DEGREE * n)
    for i in range(DEGREE * n):
        segment[i] = 0.0
    for k in range(DEGREE):
        add_rows(n, DEGREE, 1.0, offset(nodes, k * DEGREE), values, offset(segment, k * n))
    return offset(segment, (DEGREE - 1) * n)


@compiled
def _solve_step(integers, reals, work, t, h, y, new):  # type: ignore[no-untyped-def]
    """Stages, new value and continuous solution; the size of the error, or minus a cause."""
    n = integers[I_SIZE]
    stages = integers[I_STAGES]
    now = reals[R_TIME]
    error = offset(work, ERROR * n)
    cause = 0
    if integers[I_CURRENT] == 0:
        cause = _linearise(integers, work, now, h, y)
    used = integers[I_SPACE]
    for kind in range(stages + 2):
        if kind == stages and integers[I_FIXED] != 0:
            continue
        if cause != 0:
            return -1.0 * cause
        out = offset(work, TRIAL * n) if kind < stages else (error if kind == stages else new)
        fraction = _set_vectors(integers, work, h, kind)
        used = _phi(integers, work, fraction * h, out)
        if used == 0:
            return -1.0 * NEWTON_FAILURE
        if kind != stages:
            for i in range(n):
                out[i] += y[i]
        if kind < stages:
            at = t if fraction == 1.0 else now + fraction * h
            cause = _difference(integers, work, now, at, y, out, offset(work, (_DIFFERENCES + kind) * n))
    cause = check_finite(integers, new)
    if cause == 0:
        cause = evaluate_checked(integers, t, new, offset(work, _NEXT * n))
    if cause != 0:
        return -1.0 * cause
    size = 0.0
    weights = offset(work, WEIGHTS * n)
    if integers[I_FIXED] == 0:
        set_step_weights(integers, reals, work, y, new)
        size = weighted_norm(n, error, weights)
    if size <= 1.0:
        last_coefficient = _keep(integers, work, used, y, new)
        if integers[I_FIXED] == 0:
            size = max(size, _LAST_COEFFICIENT * weighted_norm(n, last_coefficient, weights))
    return size


@compiled
def _attempt(integers, reals, work, t, h):  # type: ignore[no-untyped-def]
    """Try one step."""
    n = integers[I_SIZE]
    y = offset(float_pointer(integers[I_STATES]), integers[I_ROW] * n)
    new = offset(y, n)
    error = _solve_step(integers, reals, work, t, h, y, new)
    if not (error >= 0.0 and error <= 1.0):
        return refuse(integers, reals, work, h, error)
    slope = offset(work, SLOPE * n)
    end = offset(work, _NEXT * n)
    for i in range(n):
        slope[i] = end[i]
    integers[I_CURRENT] = 0
    enter(integers, reals, t, h, integers[I_ORDER])
    next_step(integers, reals, h, error)
    return RUNNING


@compiled_callback(ENGINE, seconds=3.0)
def advance(integers, reals, work):  # type: ignore[no-untyped-def]
    """Take up to ``integers[I_SLICE]`` attempts; return a code of `layout`."""
    if integers[I_STARTED] == 0:
        code = begin(integers, reals, work, integers[I_ORDER])
        if code != RUNNING:
            return code
    return take_steps(integers, reals, work, _attempt)
