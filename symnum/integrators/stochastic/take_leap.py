"""One leap: events drawn for its whole duration, halved until no population turns negative, up to a critical event."""

from symnum.integrators.addresses import float_pointer
from symnum.integrators.stochastic import approximate_layout as own
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.compiled import compiled
from symnum.integrators.stochastic.leaps import (
    apply_counts,
    choose_critical,
    draw_counts,
    exact_block,
    fire_critical,
    outputs_within,
    populations_before,
    record_step,
)
from symnum.integrators.stochastic.steps import pass_outputs, stands_still
from symnum.integrators.stochastic.streams import exponential

__all__ = ["after_leap", "as_drawn", "begin_leaps", "rests", "take_leap"]

_INFINITY = float("inf")


@compiled
def begin_leaps(integers):  # type: ignore[no-untyped-def]
    """Begin a trajectory where this is its first call, and tell whether it is."""
    if integers[at.I_STARTED] != 0:
        return False
    integers[at.I_OTHER] = integers[at.I_OTHER + 1] = 0
    float_pointer(integers[at.I_WORK])[own.W_WAITING] = 0.0
    integers[at.I_STARTED] = 1
    return True


@compiled
def rests(integers, reals, total):  # type: ignore[no-untyped-def]
    """Go to the end where nothing can happen before it, the sum of all propensities being `total`; tell whether."""
    if total > 0.0 and reals[at.R_TIME] < reals[at.R_STOP]:
        return False
    pass_outputs(integers, reals, reals[at.R_STOP])
    reals[at.R_TIME] = reals[at.R_STOP]
    return True


@compiled
def after_leap(integers, reals, total, code):  # type: ignore[no-untyped-def]
    """Enter a leap in the record, or take exact steps where these are better, as `take_leap` says; return a code."""
    if code == -1:
        work = float_pointer(integers[at.I_WORK])
        work[own.W_WAITING] = work[own.W_EXACT_STEPS]
        return exact_block(integers, reals, total)
    if code == 0:
        integers[at.I_SLICE] -= 1
        return record_step(integers, reals, reals[at.R_TIME])
    return code


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
