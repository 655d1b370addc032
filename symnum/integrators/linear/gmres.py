"""Generalised minimal residuals, restarted, preconditioned from the right.

Modified Gram-Schmidt, a second time where the first has cancelled; plane rotations. Source: Saad, Iterative Methods for
Sparse Linear Systems, 2nd edition, SIAM 2003, sections 6.5 and 9.3.2. A solution is returned only when its true
residual has been seen to be small enough.
"""

from symnum.integrators.addresses import float_pointer, int_pointer, offset
from symnum.integrators.compiled import compiled, compiled_callback
from symnum.integrators.linear.iteration import (
    BROKEN,
    C_AGAIN,
    C_ITERATIONS,
    COUNTERS,
    LIMIT,
    NOT_CONVERGED,
    OPERATOR,
    OPERATOR_APPLY,
    PAIR,
    PRECONDITIONER,
    PRECONDITIONER_SOLVE,
    RESTART,
    SETTINGS,
    SMALL,
    WEIGHTS,
    WORK,
    N,
    begin_solve,
    finish_solve,
    goal,
    true_residual,
    verdict,
)
from symnum.integrators.linear.krylov_vectors import add_multiple, apply_operator, dot, norm, precondition

__all__ = ["solve_gmres", "vectors_needed"]

#: A vector that keeps less than this part of its length when the basis is taken out is treated a second time.
CANCELLED = 0.7071


def vectors_needed(restart: int) -> int:
    """Vectors of work: solution, right-hand side, combination and basis."""
    return restart + 4


@compiled
def _orthogonalise(n, k, basis, w, column, counters):  # type: ignore[no-untyped-def]
    """Take the basis out of w; the coefficients go to `column`. Returns the length that is left."""
    before = norm(n, w)
    for i in range(k + 1):
        v = offset(basis, i * n)
        column[i] = dot(n, v, w)
        add_multiple(n, -column[i], v, w)
    length = norm(n, w)
    if length < CANCELLED * before:
        counters[C_AGAIN] += 1
        for i in range(k + 1):
            v = offset(basis, i * n)
            more = dot(n, v, w)
            column[i] += more
            add_multiple(n, -more, v, w)
        length = norm(n, w)
    if length > 1e-15 * before:
        for i in range(n):
            w[i] /= length
        return length
    return 0.0


@compiled
def _rotate(k, column, cosines, sines, right):  # type: ignore[no-untyped-def]
    """Make column k of the Hessenberg matrix triangular; return the norm of the residual, or -1 if it is singular."""
    for i in range(k):
        x = column[i]
        y = column[i + 1]
        column[i] = cosines[i] * x + sines[i] * y
        column[i + 1] = cosines[i] * y - sines[i] * x
    x = column[k]
    y = column[k + 1]
    length = (x * x + y * y) ** 0.5
    if not (length > 0.0 and length < 1e300):
        return -1.0
    cosines[k] = x / length
    sines[k] = y / length
    column[k] = length
    right[k + 1] = -sines[k] * right[k]
    right[k] = cosines[k] * right[k]
    return abs(right[k + 1])


@compiled
def _cycle(a, basis, pair, combination, small, length, wanted):  # type: ignore[no-untyped-def]
    """One cycle from the residual of norm `length` in the first basis vector; adds to the solution in `combination`.

    Returns the number of iterations, or a negative code.
    """
    n = a[N]
    restart = a[RESTART]
    counters = int_pointer(a[COUNTERS])
    weights = float_pointer(a[WEIGHTS])
    cosines = offset(small, (restart + 1) * restart)
    sines = offset(cosines, restart)
    right = offset(sines, restart)
    for i in range(n):
        basis[i] /= length
    right[0] = length
    count = 0
    residual = length
    while count < restart and residual > wanted:
        column = offset(small, count * (restart + 1))
        w = offset(basis, (count + 1) * n)
        code = precondition(
            n, a[PRECONDITIONER_SOLVE], a[PRECONDITIONER], weights, offset(basis, count * n), pair
        )
        if code != 0 or apply_operator(n, a[OPERATOR_APPLY], a[OPERATOR], weights, pair, w) != 0:
            return BROKEN
        column[count + 1] = _orthogonalise(n, count, basis, w, column, counters)
        counters[C_ITERATIONS] += 1
        last = column[count + 1]
        residual = _rotate(count, column, cosines, sines, right)
        if residual < 0.0:
            return BROKEN
        count += 1
        if last == 0.0:
            break  # the space is exhausted: nothing more can be gained in this cycle
    for k in range(count - 1, -1, -1):
        y = right[k]
        for j in range(k + 1, count):
            y -= small[j * (restart + 1) + k] * right[j]
        right[k] = y / small[k * (restart + 1) + k]
    for i in range(n):
        combination[i] = 0.0
    for k in range(count):
        add_multiple(n, right[k], offset(basis, k * n), combination)
    return count


@compiled
def _iterate(a, b, x, right, combination, basis, pair):  # type: ignore[no-untyped-def]
    """Cycle until the true residual is small enough; 0 or a negative code. The solution is left in x."""
    n = a[N]
    weights = float_pointer(a[WEIGHTS])
    length = begin_solve(a, b, x, right, basis)
    if length == 0.0:
        return 0
    if not length < 1e300:
        return BROKEN
    wanted = goal(n, float_pointer(a[SETTINGS]), length)
    used = 0
    before = length
    while used < a[LIMIT]:
        taken = _cycle(a, basis, pair, combination, float_pointer(a[SMALL]), length, wanted)
        if taken < 0:
            return BROKEN
        used += max(taken, 1)
        if precondition(n, a[PRECONDITIONER_SOLVE], a[PRECONDITIONER], weights, combination, pair) != 0:
            return BROKEN
        for i in range(n):
            x[i] += pair[i]
            pair[i] = x[i]
        length = true_residual(a, pair, right, basis)
        code = verdict(a, length, before, wanted)
        if code <= 0:
            return code
        before = length
    return NOT_CONVERGED


@compiled_callback("int32(int64, CPointer(float64))", seconds=0.5)
def solve_gmres(context, b):  # type: ignore[no-untyped-def]
    """b := M^-1 b to the tolerance in the context; negative and b unchanged if that was not reached."""
    a = int_pointer(context)
    n = a[N]
    x = float_pointer(a[WORK])
    right = offset(x, n)
    combination = offset(right, n)
    code = _iterate(a, b, x, right, combination, offset(combination, n), float_pointer(a[PAIR]))
    return finish_solve(a, code, x, b)
