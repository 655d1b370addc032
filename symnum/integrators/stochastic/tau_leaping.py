"""Explicit tau-leaping: many events at once, as Poisson variates, while propensities hardly change.

Y. Cao, D. T. Gillespie and L. R. Petzold, "Efficient step size selection for the tau-leaping simulation method",
J. Chem. Phys. 124, 044109 (2006). Reactions that are about to use up a reactant are critical and happen one at a time;
a leap that would make a population negative is halved; where leaps are no longer than a few events, a block of exact
steps is taken instead.
"""

from symnum.integrators.addresses import float_pointer
from symnum.integrators.stochastic import approximate_layout as own
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.compiled import compiled_callback
from symnum.integrators.stochastic.leaps import exact_block, leap_size, mark_critical, record_step
from symnum.integrators.stochastic.steps import initial_propensities, pass_outputs, sum_of
from symnum.integrators.stochastic.take_leap import as_drawn, take_leap

__all__ = ["advance"]

@compiled_callback("int32(CPointer(int64), CPointer(float64))", seconds=3.0)
def advance(integers, reals):  # type: ignore[no-untyped-def]
    """Leap until the next known time, or until the slice is used up; see `layout` and `approximate_layout`."""
    n = integers[at.I_REACTIONS]
    a = float_pointer(integers[at.I_PROPENSITIES])
    work = float_pointer(integers[at.I_WORK])
    code = 0
    if integers[at.I_STARTED] == 0:
        integers[at.I_OTHER] = integers[at.I_OTHER + 1] = 0
        work[own.W_WAITING] = 0.0
        integers[at.I_STARTED] = 1
    while integers[at.I_SLICE] > 0 and code == 0:
        if work[own.W_WAITING] > 0.0:
            code = exact_block(integers, reals, 0.0)
            continue
        code = initial_propensities(integers, reals)
        if code != 0:
            break
        total = sum_of(a, n)
        if reals[at.R_TIME] >= reals[at.R_STOP] or not total > 0.0:
            pass_outputs(integers, reals, reals[at.R_STOP])
            reals[at.R_TIME] = reals[at.R_STOP]
            return at.STOPPED
        pass_outputs(integers, reals, reals[at.R_TIME])
        critical = mark_critical(integers)
        code = take_leap(integers, reals, total, critical, leap_size(integers, False), reals[at.R_STOP], as_drawn)
        if code == -1:
            work[own.W_WAITING] = work[own.W_EXACT_STEPS]
            code = exact_block(integers, reals, total)
        elif code == 0:
            integers[at.I_SLICE] -= 1
            code = record_step(integers, reals, reals[at.R_TIME])
    return code
