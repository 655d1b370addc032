"""Exponential Rosenbrock engine: y' = J y + v t + g(t, y) with J y and v t solved exactly, anew in every step.

With D_j = g(t_j, U_j) - g(t, y) a stage is y + c h phi_1(c h J) (f + sum a_j D_j) + (c h)^2 phi_2(c h J) v, and the
step adds h (phi_3 sum b_j D_j + phi_4 sum d_j D_j).  Every sum of phi functions times vectors is the exponential of a
matrix with a few more rows (Al-Mohy and Higham) times a vector, by Arnoldi's process: products with J, no linear
equations.

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
    evaluate,
    evaluate_checked,
    keep_cubic,
    next_step,
    refuse,
    set_step_weights,
    take_steps,
)
from symnum.integrators.vectors import combine, weighted_norm

#: Rows of the work array after those of every engine: f at the end of the step, derivative by time, J y + v t at the
#: beginning, spare, four vectors of phi functions, the differences of g.
_NEXT, _DRIFT, _LINEAR, _SPARE, _VECTORS = range(COMMON_ROWS, COMMON_ROWS + 5)
_DIFFERENCES = _VECTORS + 4
ROWS = _DIFFERENCES

# Rows that the four vectors add to the matrix.
MORE = 4

# Terms of the Taylor series of the small exponential, for a norm of a half.
_TERMS = 13

# Error that a projection may leave, as a share of the tolerances.
_SHARE = 0.02

# Share of the residual's error in the middle of a step that counts.
_MIDDLE = 0.25


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
        for j in range(m):
            out[i * m + j] = 0.0
        for k in range(m):
            factor = a[i * m + k]
            for j in range(m):
                out[i * m + j] += factor * b[k * m + j]


@compiled
def _exponential(m, a, out, term):  # type: ignore[no-untyped-def]
    """out = exp(a), by a Taylor series and squaring; `a` and `term` are overwritten."""
    size = 0.0
    for i in range(m):
        total = 0.0
        for j in range(m):
            total += abs(a[i * m + j])
        size = max(size, total)
    squarings = 0
    while size > 0.5 and squarings < 60:
        size *= 0.5
        squarings += 1
    scale = 0.5**squarings
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
    for _ in range(squarings):
        square_product(m, out, out, term)
        for i in range(m * m):
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
    _exponential(m + 1, a, out, offset(out, (most + 1) * (most + 1)))
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
    m = 0
    check = 6
    while True:
        length = _arnoldi(integers, work, scale, m)
        m += 1
        if m < most:
            hessenberg[m * most + m - 1] = length
        done = m == size or length < 1e-14
        if not (done or m >= check or m == most):
            continue
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
def _set_vectors(integers, work, h, fraction):  # type: ignore[no-untyped-def]
    """The vectors of phi_1 and phi_2 for a fraction of the step, with f and its derivative by time; no others."""
    n = integers[I_SIZE]
    slope = offset(work, SLOPE * n)
    drift = offset(work, _DRIFT * n)
    first = offset(work, _VECTORS * n)
    step = fraction * h
    for i in range(n):
        first[i] = step * slope[i]
        first[n + i] = step * step * drift[i]
        first[2 * n + i] = 0.0
        first[3 * n + i] = 0.0


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
def _stages(integers, reals, work, t, h, y):  # type: ignore[no-untyped-def]
    """Differences of g at all stages; the cause where that fails, else zero."""
    n = integers[I_SIZE]
    stages = integers[I_STAGES]
    table = float_pointer(integers[I_TABLE])
    now = reals[R_TIME]
    trial = offset(work, TRIAL * n)
    first = offset(work, _VECTORS * n)
    differences = offset(work, _DIFFERENCES * n)
    for s in range(stages):
        fraction = table[s]
        _set_vectors(integers, work, h, fraction)
        combine(n, s, fraction * h, offset(table, (3 + s) * stages), 1, differences, first, first)
        if _phi(integers, work, fraction * h, trial) == 0:
            return NEWTON_FAILURE
        for i in range(n):
            trial[i] += y[i]
        at = t if fraction == 1.0 else now + fraction * h
        cause = _difference(integers, work, now, at, y, trial, offset(differences, s * n))
        if cause != 0:
            return cause
    return 0


@compiled
def _middle_error(integers, reals, work, h, y, new):  # type: ignore[no-untyped-def]
    """Weighted size of what the cubic leaves of the equations in the middle of the step, damped."""
    n = integers[I_SIZE]
    middle = offset(work, TRIAL * n)
    error = offset(work, ERROR * n)
    left = offset(work, SLOPE * n)
    right = offset(work, _NEXT * n)
    first = offset(work, _VECTORS * n)
    for i in range(n):
        middle[i] = 0.5 * (y[i] + new[i]) + 0.125 * h * (left[i] - right[i])
    if evaluate(integers, reals[R_TIME] + 0.5 * h, middle, error) != 0:
        return 1e200
    for i in range(n):
        first[i] = h * error[i] + 0.25 * h * (left[i] + right[i]) - 1.5 * (new[i] - y[i])
    for i in range(n, 4 * n):
        first[i] = 0.0
    if _phi(integers, work, 0.5 * h, error) == 0:
        return 1e200
    return weighted_norm(n, error, offset(work, WEIGHTS * n))


@compiled
def _solve_step(integers, reals, work, t, h, y, new):  # type: ignore[no-untyped-def]
    """Stages and new value; the size of the error, or minus a cause."""
    n = integers[I_SIZE]
    stages = integers[I_STAGES]
    table = float_pointer(integers[I_TABLE])
    cause = 0
    if integers[I_CURRENT] == 0:
        cause = _linearise(integers, work, reals[R_TIME], h, y)
    if cause == 0:
        cause = _stages(integers, reals, work, t, h, y)
    if cause != 0:
        return -1.0 * cause
    error = offset(work, ERROR * n)
    third = offset(work, (_VECTORS + 2) * n)
    fourth = offset(third, n)
    differences = offset(work, _DIFFERENCES * n)
    # First what the embedded method leaves out, then the embedded method.
    for i in range(4 * n):
        work[_VECTORS * n + i] = 0.0
    where = third if integers[I_ORDER] == 3 else fourth
    combine(n, stages, h, offset(table, 2 * stages), 1, differences, where, where)
    if _phi(integers, work, h, error) == 0:
        return -1.0 * NEWTON_FAILURE
    _set_vectors(integers, work, h, 1.0)
    combine(n, stages, h, offset(table, stages), 1, differences, third, third)
    if _phi(integers, work, h, new) == 0:
        return -1.0 * NEWTON_FAILURE
    for i in range(n):
        new[i] += y[i] + error[i]
    cause = check_finite(integers, new)
    if cause == 0:
        cause = evaluate_checked(integers, t, new, offset(work, _NEXT * n))
    if cause != 0:
        return -1.0 * cause
    if integers[I_FIXED] != 0:
        return 0.0
    set_step_weights(integers, reals, work, y, new)
    size = weighted_norm(n, error, offset(work, WEIGHTS * n))
    if size <= 1.0:
        size = max(size, _MIDDLE * _middle_error(integers, reals, work, h, y, new))
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
    keep_cubic(integers, h, y, new, slope, end)
    for i in range(n):
        slope[i] = end[i]
    integers[I_CURRENT] = 0
    enter(integers, reals, t, h, integers[I_ORDER])
    next_step(integers, reals, h, error)
    return RUNNING


@compiled_callback(ENGINE, seconds=4.0)
def advance(integers, reals, work):  # type: ignore[no-untyped-def]
    """Take up to ``integers[I_SLICE]`` attempts; return a code of `layout`."""
    if integers[I_STARTED] == 0:
        code = begin(integers, reals, work, integers[I_ORDER])
        if code != RUNNING:
            return code
    return take_steps(integers, reals, work, _attempt)
