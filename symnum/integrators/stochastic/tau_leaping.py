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
from symnum.integrators.stochastic.leaps import exact_block, leap_size, mark_critical
from symnum.integrators.stochastic.steps import initial_propensities, pass_outputs, sum_of
from symnum.integrators.stochastic.take_leap import after_leap, as_drawn, begin_leaps, rests, take_leap

__all__ = ["advance"]

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
        pass_outputs(integers, reals, reals[at.R_TIME])
        critical = mark_critical(integers)
        code = take_leap(integers, reals, total, critical, leap_size(integers, False), reals[at.R_STOP], as_drawn)
        code = after_leap(integers, reals, total, code)
    return code
