"""One leap: events drawn for its whole duration, halved until no population turns negative, up to a critical event."""

from symnum.integrators.addresses import float_pointer
from symnum.integrators.stochastic import approximate_layout as own
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.compiled import compiled
from symnum.integrators.stochastic.leaps import (
    apply_counts,
    choose_critical,
    draw_counts,
    fire_critical,
    outputs_within,
    populations_before,
)
from symnum.integrators.stochastic.steps import stands_still
from symnum.integrators.stochastic.streams import exponential

__all__ = ["as_drawn", "take_leap"]

_INFINITY = float("inf")


@compiled
def as_drawn(integers, reals, duration, events):  # type: ignore[no-untyped-def]
    """Leave the counts of an explicit leap as they are; return 0 and the number of events."""
    return 0, events


@compiled
def take_leap(integers, reals, total, critical, size, stop, change_counts):  # type: ignore[no-untyped-def]
    """Take one leap of at most `size`, up to `stop`; return 0, a code, or -1 where exact steps are better.

    ``change_counts(integers, reals, duration, events)`` makes of the counts that were drawn those of the leap, and
    returns 0 or a code, and the number of events.
    """
    work = float_pointer(integers[at.I_WORK])
    t = reals[at.R_TIME]
    while True:
        if size < work[own.W_EXACT_BELOW] / total:
            return -1
        wait = exponential(integers) / critical if critical > 0.0 else _INFINITY
        end = min(t + min(size, wait), stop)
        drawn = draw_counts(integers, reals, end - t)
        code, events = change_counts(integers, reals, end - t, drawn)
        if code == 0:
            code = apply_counts(integers)
        if code == 0 and wait <= size and t + wait < stop:
            events += 1.0
            code = fire_critical(integers, choose_critical(integers, critical))
            if code != 0:
                y, before = float_pointer(integers[at.I_POPULATIONS]), populations_before(integers)
                for s in range(integers[at.I_STATES]):
                    y[s] = before[s]
        if code == 0:
            break
        if code == at.POPULATION_LIMIT:
            return code
        integers[own.I_HALVED] += 1
        size = 0.5 * (end - t)
    outputs_within(integers, reals, end)
    code = stands_still(integers, reals, t) if end == t else 0
    reals[at.R_TIME] = end
    integers[at.I_EVENTS] += int(events)
    integers[own.I_LEAPS] += 1
    return code
