"""When an explicit method is bound by stability: two right-hand sides at one time give an estimate of |h lambda|.

E. Hairer and G. Wanner, Solving Ordinary Differential Equations II, second edition, section IV.2.
"""

from symnum.integrators.compiled import compiled
from symnum.integrators.layout import I_SMOOTH_COUNT, I_STIFF_COUNT, R_RADIUS, R_STABILITY

# The step is bound by stability for so long before the problem is called stiff; and so many steps that are not
# begin the count anew.
_STIFF_STEPS = 15
_SMOOTH_STEPS = 6


@compiled
def bound_by_stability(integers, reals, n, h, rates, other_rates, states, other_states):  # type: ignore[no-untyped-def]
    """Estimate |h lambda| from two points at one time; 1 when the step has long been bound by stability."""
    above = 0.0
    below = 0.0
    for i in range(n):
        rise = rates[i] - other_rates[i]
        run = states[i] - other_states[i]
        above += rise * rise
        below += run * run
    if below <= 0.0:
        return 0
    radius = (above / below) ** 0.5
    reals[R_RADIUS] = max(reals[R_RADIUS], radius)
    if radius * abs(h) > reals[R_STABILITY]:
        integers[I_SMOOTH_COUNT] = 0
        integers[I_STIFF_COUNT] += 1
        return 1 if integers[I_STIFF_COUNT] >= _STIFF_STEPS else 0
    integers[I_SMOOTH_COUNT] += 1
    if integers[I_SMOOTH_COUNT] >= _SMOOTH_STEPS:
        integers[I_STIFF_COUNT] = 0
    return 0
