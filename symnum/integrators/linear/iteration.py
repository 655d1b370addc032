"""What all iterative solvers share: their context, the making of matrix and preconditioner, the goal of a solve.

With W the diagonal matrix of the error weights, the iteration solves (W M P^-1 W^-1) u = W b for x = P^-1 W^-1 u. Its
residual is that of the equations themselves, measured as the integrator measures errors, whatever P is.
"""

from symnum.integrators.addresses import call_factor, float_pointer, int_pointer
from symnum.integrators.compiled import compiled, compiled_callback

__all__ = ["BROKEN", "NOT_CONVERGED", "SLOTS", "factor_iterative", "goal"]

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
