"""Implicit tau-leaping, for stiff networks: leaps far longer than the fast reactions that balance each other.

M. Rathinam, L. R. Petzold, Y. Cao and D. T. Gillespie, "Stiffness in stochastic chemically reacting systems: the
implicit tau-leaping method", J. Chem. Phys. 119, 12784 (2003). Explicit and implicit leaps are chosen as in Y. Cao,
D. T. Gillespie and L. R. Petzold, J. Chem. Phys. 126, 224101 (2007). Long implicit leaps damp the fluctuations of fast
reactions. So they end some relaxation times before each output time, and short explicit leaps or exact steps, which
give the fluctuations back, go on from there.
"""

from symnum.integrators.addresses import float_pointer, int32_pointer, int_pointer
from symnum.integrators.stochastic import approximate_layout as own
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.compiled import compiled, compiled_callback
from symnum.integrators.stochastic.implicit_leaps import solve_implicit
from symnum.integrators.stochastic.leaps import balance, exact_block, leap_size, mark_critical
from symnum.integrators.stochastic.steps import initial_propensities, pass_outputs, sum_of
from symnum.integrators.stochastic.take_leap import after_leap, as_drawn, begin_leaps, rests, take_leap

__all__ = ["advance"]

RELAXATIONS = 4.0
"""Times of relaxation between the last implicit leap and an output time: e^-8 of the damping is left then."""


@compiled
def _solve(integers, reals, duration, events):  # type: ignore[no-untyped-def]
    """Make the counts those of an implicit leap; return 0 or a code, and the number of events."""
    code = solve_implicit(integers, reals, duration)
    counts = float_pointer(integers[at.I_WORK] + 8 * own.W_ARRAYS)
    return code, sum_of(counts, integers[at.I_REACTIONS])


@compiled
def _relaxation(integers):  # type: ignore[no-untyped-def]
    """Return some times of relaxation of the slowest pair of reactions that balance each other."""
    n = integers[at.I_REACTIONS]
    reverse = int_pointer(integers[at.I_WHOLE_WORK] + 8 * n)
    critical = int_pointer(integers[at.I_WHOLE_WORK])
    heads = int32_pointer(integers[at.I_HEADS])
    states = int32_pointer(integers[at.I_CHANGE_STATES])
    values = float_pointer(integers[at.I_CHANGE_VALUES])
    y = float_pointer(integers[at.I_POPULATIONS])
    a = float_pointer(integers[at.I_PROPENSITIES])
    longest = 0.0
    for r in range(n):
        if a[r] > 0.0 and critical[r] == 0 and reverse[r] > r and balance(integers, r, reverse[r]) >= 0.0:
            rate = 0.0
            for k in range(heads[8 * r], heads[8 * r + 1]):
                rate += abs(values[k]) * 0.5 * (a[r] + a[reverse[r]]) / max(y[states[k]], 1.0)
            longest = max(longest, RELAXATIONS / rate)
    return longest


@compiled_callback("int32(CPointer(int64), CPointer(float64))", seconds=0.5)
def advance(integers, reals):  # type: ignore[no-untyped-def]
    """Leap until the next known time, or until the slice is used up; see `layout` and `approximate_layout`."""
    n = integers[at.I_REACTIONS]
    a = float_pointer(integers[at.I_PROPENSITIES])
    work = float_pointer(integers[at.I_WORK])
    code = 0
    begin_leaps(integers)
    while integers[at.I_SLICE] > 0 and code == 0:
        if work[own.W_WAITING] > 0.0:
            code = exact_block(integers, reals, 0.0)
            continue
        code = initial_propensities(integers, reals)
        if code != 0:
            break
        total = sum_of(a, n)
        if rests(integers, reals, total):
            return at.STOPPED
        t = reals[at.R_TIME]
        bound = pass_outputs(integers, reals, t + max(abs(t) * 2.3e-16, 1e-300))
        critical = mark_critical(integers)
        size = leap_size(integers, False)
        longer = leap_size(integers, True)
        is_implicit = longer > work[own.W_STIFFNESS] * size
        if is_implicit:
            bound = min(bound, reals[at.R_STOP]) - min(_relaxation(integers), 0.5 * longer)
            is_implicit = bound > t
        if is_implicit:  # ends before the bound: reactions that balance each other do not happen independently in it
            code = take_leap(integers, reals, total, critical, longer, min(reals[at.R_STOP], bound), _solve)
            if code != -1 and code != at.POPULATION_LIMIT:
                integers[own.I_IMPLICIT] += 1
        else:
            code = take_leap(integers, reals, total, critical, size, reals[at.R_STOP], as_drawn)
        code = after_leap(integers, reals, total, code)
    return code
