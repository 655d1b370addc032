"""The equations of an implicit leap, solved by Newton's method with the analytic Jacobian of the propensities."""

from symnum.integrators.addresses import (
    call_engine,
    call_factor,
    call_kernel,
    call_solve,
    float_pointer,
    int32_pointer,
    int_pointer,
)
from symnum.integrators.stochastic import approximate_layout as own
from symnum.integrators.stochastic import implicit_tables as tables
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.compiled import compiled, compiled_callback
from symnum.integrators.stochastic.leaps import counts_of, populations_before

__all__ = ["implicit_counts", "implicit_doubles", "implicit_integers", "solve_implicit"]

ITERATIONS = 12
TOLERANCE = 1e-3
"""Newton's method has converged when no population moves by more than this: counts are rounded to whole numbers."""


def implicit_doubles(states: int, reactions: int) -> int:
    """Return the size of the work array of reals: variates, propensities at the beginning, a correction come last."""
    return own.W_ARRAYS + 3 * reactions + 7 * states


def implicit_integers(states: int, reactions: int) -> int:
    """Return the size of the work array of whole numbers."""
    return 4 * reactions + 8


@compiled
def _derivative(integers, r, s):  # type: ignore[no-untyped-def]
    """Return the derivative of the propensity of a reaction of mass action by one of its reactants."""
    starts = int32_pointer(integers[at.I_REACTANT_STARTS])
    reactants = int32_pointer(integers[at.I_REACTANTS])
    multiplicities = int32_pointer(integers[at.I_MULTIPLICITIES])
    y = float_pointer(integers[at.I_POPULATIONS])
    value = float_pointer(integers[at.I_COEFFICIENTS])[2 * r]
    for k in range(starts[r], starts[r + 1]):
        x = y[reactants[k]]
        product, slope = 1.0, 0.0
        for m in range(multiplicities[k]):
            factor = max(x - m, 0.0)
            slope = slope * factor + (product if x > m else 0.0)
            product *= factor
        value *= slope if reactants[k] == s else product
    return value


@compiled
def _fill_jacobian(integers, table, t):  # type: ignore[no-untyped-def]
    """Evaluate stoichiometry times derivatives of the propensities that are not critical; return a code."""
    values = float_pointer(table[tables.J_VALUES])
    for k in range(table[tables.J_COUNT]):
        values[k] = 0.0
    derivatives = float_pointer(table[tables.J_DERIVATIVES])
    y = float_pointer(integers[at.I_POPULATIONS])
    if table[tables.J_KERNEL] != 0:
        p = float_pointer(integers[at.I_PARAMETERS])
        if call_kernel(table[tables.J_KERNEL], t, y, p, table[tables.J_KERNEL_CONTEXT], derivatives) != 0:
            return at.KERNEL_FAILURE
    heads = int32_pointer(integers[at.I_HEADS])
    changes = float_pointer(integers[at.I_CHANGE_VALUES])
    critical = int_pointer(integers[at.I_WHOLE_WORK])
    starts = int32_pointer(table[tables.J_READ_STARTS])
    reads = int32_pointer(table[tables.J_READS])
    numbers = int32_pointer(table[tables.J_NUMBERS])
    positions = int32_pointer(table[tables.J_POSITIONS])
    place = 0
    for r in range(integers[at.I_REACTIONS]):
        for e in range(starts[r], starts[r + 1]):
            slope = 0.0
            if critical[r] == 0:
                slope = derivatives[numbers[e]] if numbers[e] >= 0 else _derivative(integers, r, reads[e])
            for k in range(heads[8 * r], heads[8 * r + 1]):
                values[positions[place]] += changes[k] * slope
                place += 1
    return 0


@compiled
def _residual(integers, duration, share):  # type: ignore[no-untyped-def]
    """Write what is left of the equations to the correction; the counts become the real-valued ones."""
    n, size = integers[at.I_REACTIONS], integers[at.I_STATES]
    work = float_pointer(integers[at.I_WORK])
    heads = int32_pointer(integers[at.I_HEADS])
    states = int32_pointer(integers[at.I_CHANGE_STATES])
    changes = float_pointer(integers[at.I_CHANGE_VALUES])
    critical = int_pointer(integers[at.I_WHOLE_WORK])
    y = float_pointer(integers[at.I_POPULATIONS])
    a = float_pointer(integers[at.I_PROPENSITIES])
    counts, before = counts_of(integers), populations_before(integers)
    drawn = own.W_ARRAYS + n + 6 * size
    left = drawn + 2 * n
    for s in range(size):
        work[left + s] = before[s] - y[s]
    for r in range(n):
        counts[r] = 0.0
        if critical[r] == 0:
            counts[r] = work[drawn + r] + share * duration * (a[r] - work[drawn + n + r])
            for k in range(heads[8 * r], heads[8 * r + 1]):
                work[left + states[k]] += changes[k] * counts[r]


@compiled_callback("int32(CPointer(int64), CPointer(float64))", seconds=0.5)
def implicit_counts(integers, reals):  # type: ignore[no-untyped-def]
    """Make whole counts of a leap as long as ``work[W_END]`` from the variates in the counts; return 0.

    Where Newton's method fails, return 1. With a share w of the propensities at the end, the counts are
    ``P(a tau) + w tau (a' - a)``, rounded. Populations are left as they were.
    """
    n, size = integers[at.I_REACTIONS], integers[at.I_STATES]
    work = float_pointer(integers[at.I_WORK])
    t, duration, share = reals[at.R_TIME], work[own.W_END], work[own.W_SHARE]
    y = float_pointer(integers[at.I_POPULATIONS])
    a = float_pointer(integers[at.I_PROPENSITIES])
    counts, before = counts_of(integers), populations_before(integers)
    table = int_pointer(int_pointer(integers[at.I_WHOLE_WORK])[2 * n + 3])
    drawn = own.W_ARRAYS + n + 6 * size
    left = drawn + 2 * n
    for r in range(n):
        work[drawn + r] = counts[r]
        work[drawn + n + r] = a[r]
    for s in range(size):
        before[s] = y[s]
    failed = 1
    for _iteration in range(ITERATIONS):
        _residual(integers, duration, share)
        code = _fill_jacobian(integers, table, t)
        values = float_pointer(table[tables.J_VALUES])
        if code == 0:
            code = call_factor(table[tables.J_FACTOR], table[tables.J_CONTEXT], 1.0, share * duration, values)
        correction = float_pointer(integers[at.I_WORK] + 8 * left)
        if code == 0:
            code = call_solve(table[tables.J_SOLVE], table[tables.J_CONTEXT], correction)
        if code != 0:
            break
        largest = 0.0
        for s in range(size):
            following = max(y[s] + correction[s], 0.0)
            largest = max(largest, abs(following - y[s]) / (1.0 + 1e-3 * abs(y[s])))
            y[s] = following
        work[own.W_END] = t
        if call_engine(int_pointer(integers[at.I_WHOLE_WORK])[2 * n + 2], integers, reals) != 0:
            break
        if largest <= TOLERANCE:
            failed = 0
            break
    if failed == 0:
        _residual(integers, duration, share)
        for r in range(n):
            counts[r] = max(float(int(counts[r] + 0.5)), 0.0)
    for s in range(size):
        y[s] = before[s]
    for r in range(n):
        a[r] = work[drawn + n + r]
    return failed


@compiled
def solve_implicit(integers, reals, duration):  # type: ignore[no-untyped-def]
    """Call `implicit_counts` through its address."""
    float_pointer(integers[at.I_WORK])[own.W_END] = duration
    return call_engine(
        int_pointer(integers[at.I_WHOLE_WORK])[2 * integers[at.I_REACTIONS] + 4], integers, reals
    )
