"""Stabilised biconjugate gradients, preconditioned from the right; short recurrences, seven vectors in all.

Source: van der Vorst, SIAM J. Sci. Stat. Comput. 13 (1992) 631. When the recurrences break down or their residual
has drifted from the true one, the iteration starts again from where it is. A solution is returned only when its true
residual has been seen to be small enough.
"""

from symnum.integrators.addresses import float_pointer, int_pointer, offset
from symnum.integrators.compiled import compiled, compiled_callback
from symnum.integrators.linear.iteration import (
    BROKEN,
    C_ITERATIONS,
    COUNTERS,
    LIMIT,
    NOT_CONVERGED,
    OPERATOR,
    OPERATOR_APPLY,
    PAIR,
    PRECONDITIONER,
    PRECONDITIONER_SOLVE,
    SETTINGS,
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

__all__ = ["VECTORS", "solve_bicgstab"]

#: Vectors of work: solution, right-hand side, residual, its shadow, direction and two images.
VECTORS = 7


@compiled
def _step(a, direction, pair, x, image):  # type: ignore[no-untyped-def]
    """Precondition a direction into the first half of `pair` and take its image; 0 or BROKEN."""
    n = a[N]
    weights = float_pointer(a[WEIGHTS])
    if precondition(n, a[PRECONDITIONER_SOLVE], a[PRECONDITIONER], weights, direction, pair) != 0:
        return BROKEN
    if apply_operator(n, a[OPERATOR_APPLY], a[OPERATOR], weights, pair, image) != 0:
        return BROKEN
    return 0


@compiled
def _run(a, used, x, r, wanted):  # type: ignore[no-untyped-def]
    """Iterate from the residual r until its recurrence says it is small; returns the iterations, or BROKEN."""
    n = a[N]
    counters = int_pointer(a[COUNTERS])
    pair = float_pointer(a[PAIR])
    shadow = offset(r, n)
    p = offset(shadow, n)
    v = offset(p, n)
    t = offset(v, n)
    for i in range(n):
        shadow[i] = r[i]
        p[i] = r[i]
    rho = dot(n, shadow, r)
    start = rho
    while used < a[LIMIT]:
        if _step(a, p, pair, x, v) != 0:
            return BROKEN
        slope = dot(n, shadow, v)
        counters[C_ITERATIONS] += 1
        used += 1
        if not abs(slope) > 1e-300:
            return used
        alpha = rho / slope
        add_multiple(n, alpha, pair, x)
        add_multiple(n, -alpha, v, r)
        if not norm(n, r) > wanted:
            return used
        if _step(a, r, pair, x, t) != 0:
            return BROKEN
        square = dot(n, t, t)
        counters[C_ITERATIONS] += 1
        used += 1
        if not square > 1e-300:
            return used
        omega = dot(n, t, r) / square
        add_multiple(n, omega, pair, x)
        add_multiple(n, -omega, t, r)
        if not norm(n, r) > wanted:
            return used
        after = dot(n, shadow, r)
        if not (abs(after) > 1e-28 * start and abs(omega) > 1e-300):
            return used
        beta = after / rho * (alpha / omega)
        rho = after
        for i in range(n):
            p[i] = r[i] + beta * (p[i] - omega * v[i])
    return used


@compiled
def _iterate(a, b, x, right, r):  # type: ignore[no-untyped-def]
    """Run, and start again where need be, until the true residual is small enough; 0 or a negative code."""
    n = a[N]
    pair = float_pointer(a[PAIR])
    length = begin_solve(a, b, x, right, r)
    if length == 0.0:
        return 0
    if not length < 1e300:
        return BROKEN
    wanted = goal(n, float_pointer(a[SETTINGS]), length)
    used = 0
    before = length
    while used < a[LIMIT]:
        used = _run(a, used, x, r, wanted)
        if used < 0:
            return BROKEN
        for i in range(n):
            pair[i] = x[i]
        length = true_residual(a, pair, right, r)
        code = verdict(a, length, before, wanted)
        if code <= 0:
            return code
        before = length
    return NOT_CONVERGED


@compiled_callback("int32(int64, CPointer(float64))", seconds=0.5)
def solve_bicgstab(context, b):  # type: ignore[no-untyped-def]
    """b := M^-1 b to the tolerance in the context; negative and b unchanged if that was not reached."""
    a = int_pointer(context)
    n = a[N]
    x = float_pointer(a[WORK])
    right = offset(x, n)
    return finish_solve(a, _iterate(a, b, x, right, offset(right, n)), x, b)
