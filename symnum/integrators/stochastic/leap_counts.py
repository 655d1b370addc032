"""How often each reaction happens in a leap."""

from symnum.integrators.addresses import float_pointer, int_pointer
from symnum.integrators.stochastic import approximate_layout as own
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.compiled import compiled_callback
from symnum.integrators.stochastic.leaps import counts_of
from symnum.integrators.stochastic.poisson import poisson

__all__ = ["leap_counts"]


@compiled_callback("int32(CPointer(int64), CPointer(float64))", seconds=0.5)
def leap_counts(integers, reals):  # type: ignore[no-untyped-def]
    """Draw how often each reaction that is not critical happens within ``work[W_END]``; add them up there."""
    work = float_pointer(integers[at.I_WORK])
    duration = work[own.W_END]
    critical = int_pointer(integers[at.I_WHOLE_WORK])
    a = float_pointer(integers[at.I_PROPENSITIES])
    counts = counts_of(integers)
    events = 0.0
    for r in range(integers[at.I_REACTIONS]):
        counts[r] = 0.0
        if critical[r] == 0 and a[r] > 0.0:
            counts[r] = poisson(integers, a[r] * duration)
            events += counts[r]
    work[own.W_END] = events
    return 0
