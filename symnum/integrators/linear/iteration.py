"""What all iterative solvers share: their context, the making of matrix and preconditioner, the goal of a solve.

With W the diagonal matrix of the error weights, the iteration solves (W M P^-1 W^-1) u = W b for x = P^-1 W^-1 u. Its
residual is that of the equations themselves, measured as the integrator measures errors, whatever P is.
"""

from symnum.integrators.addresses import call_factor, float_pointer, int_pointer
from symnum.integrators.compiled import compiled, compiled_callback
from symnum.integrators.linear.krylov_vectors import apply_operator, norm

__all__ = [
    "BROKEN",
    "NOT_CONVERGED",
    "SLOTS",
    "begin_solve",
    "factor_iterative",
    "finish_solve",
    "goal",
    "true_residual",
    "verdict",
]

#: Slots of the context. `n`, `restart` and `limit` (iterations of one solve) are numbers, all else addresses.
SLOTS = (
    "n", "restart", "limit", "operator", "operator_factor", "operator_apply", "preconditioner",
    "preconditioner_factor", "preconditioner_solve", "weights", "settings", "work", "pair", "small", "counters",
)  # fmt: skip
(
    N, RESTART, LIMIT, OPERATOR, OPERATOR_FACTOR, OPERATOR_APPLY, PRECONDITIONER, PRECONDITIONER_FACTOR,
    PRECONDITIONER_SOLVE, WEIGHTS, SETTINGS, WORK, PAIR, SMALL, COUNTERS,
) = range(len(SLOTS))  # fmt: skip

#: Places in `settings`: residual allowed in the weighted root mean square (0: none is given), the same as a share of
#: the right-hand side, c_mass of the last factorisation.
ABSOLUTE, RELATIVE, MASS = range(3)
#: Places in `counters`.
C_FACTORS, C_SOLVES, C_ITERATIONS, C_FAILURES, C_RESTARTS, C_AGAIN = range(6)

#: What a solve returns if the limit of iterations was reached, or if something broke down on the way.
NOT_CONVERGED, BROKEN = -5, -6


@compiled_callback("int32(int64, float64, float64, CPointer(float64))")
def factor_iterative(context, c_mass, c_jac, values):  # type: ignore[no-untyped-def]
    """Take over M = c_mass*I - c_jac*J and build the preconditioner; 0 fine, k > 0 column k-1 is empty."""
    a = int_pointer(context)
    int_pointer(a[COUNTERS])[C_FACTORS] += 1
    float_pointer(a[SETTINGS])[MASS] = c_mass
    code = call_factor(a[OPERATOR_FACTOR], a[OPERATOR], c_mass, c_jac, values)
    if code != 0 or a[PRECONDITIONER_FACTOR] == 0:
        return code
    return call_factor(a[PRECONDITIONER_FACTOR], a[PRECONDITIONER], c_mass, c_jac, values)


@compiled
def goal(n, settings, size):  # type: ignore[no-untyped-def]
    """Norm that the weighted residual must reach for a right-hand side of norm `size`."""
    wanted = settings[RELATIVE] * size
    if settings[ABSOLUTE] > 0.0 and settings[MASS] != 0.0:
        # For a dissipative Jacobian the error is at most the residual over c_mass.
        absolute = settings[ABSOLUTE] * abs(settings[MASS]) * float(n) ** 0.5
        wanted = max(wanted, min(absolute, 0.1 * size))
    return wanted


@compiled
def begin_solve(a, b, x, right, residual):  # type: ignore[no-untyped-def]
    """From zero on: the weighted right-hand side, which is the first residual, and its length."""
    n = a[N]
    weights = float_pointer(a[WEIGHTS])
    int_pointer(a[COUNTERS])[C_SOLVES] += 1
    for i in range(n):
        x[i] = 0.0
        right[i] = weights[i] * b[i]
        residual[i] = right[i]
    return norm(n, right)


@compiled
def true_residual(a, pair, right, residual):  # type: ignore[no-untyped-def]
    """Residual of the first half of `pair`, and its length; -1 where the operator fails."""
    n = a[N]
    if apply_operator(n, a[OPERATOR_APPLY], a[OPERATOR], float_pointer(a[WEIGHTS]), pair, residual) != 0:
        return -1.0
    for i in range(n):
        residual[i] = right[i] - residual[i]
    return norm(n, residual)


@compiled
def verdict(a, length, before, wanted):  # type: ignore[no-untyped-def]
    """0: the residual is small enough; negative: it will not be; 1: start again from where it is."""
    if length < 0.0:
        return BROKEN
    if length <= 1.01 * wanted:
        return 0
    if not length < 0.99 * before:
        return NOT_CONVERGED
    int_pointer(a[COUNTERS])[C_RESTARTS] += 1
    return 1


@compiled
def finish_solve(a, code, x, b):  # type: ignore[no-untyped-def]
    """b := x, or after a failure nothing but a count; the code."""
    if code != 0:
        int_pointer(a[COUNTERS])[C_FAILURES] += 1
        return code
    for i in range(a[N]):
        b[i] = x[i]
    return 0
