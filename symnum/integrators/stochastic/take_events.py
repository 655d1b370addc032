"""What the exact methods do alike: events until the next known time, one after the other.

A method supplies four functions: ``sum_again(integers, total)`` returns the sum of what is drawn from, summed anew;
``wait(integers, t, total)`` the time of the next event; ``draw(integers, total)`` the reaction, -1 where a candidate is
rejected, or -2 where the sums must be made again besides; ``renew(integers, reals, r, t, total)`` enters what an event
has changed and returns the new total, NaN where the sums must be made again, and how many numbers have changed. A
failure's code is left in ``integers[I_OTHER]``.
"""

from symnum.integrators.addresses import float_pointer
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.compiled import compiled
from symnum.integrators.stochastic.steps import after_event, fire, not_finite, pass_outputs, reach
from symnum.integrators.stochastic.streams import exponential

__all__ = ["exponential_wait", "take_events"]

_INFINITY = float("inf")
_NAN = float("nan")
_ULPS = 262144.0
"""Changes of the total, weighted by how much it has fallen, after which it is summed anew: an error below 6e-11."""

_TRIES = 16
"""Candidates in a slice, per event: where nearly all are rejected, a call still ends."""


@compiled
def exponential_wait(integers, t, total):  # type: ignore[no-untyped-def]
    """Return the time of the next event; infinite where nothing can happen any more."""
    return t + exponential(integers) / total


@compiled
def take_events(integers, reals, code, sum_again, wait, draw, renew):  # type: ignore[no-untyped-def]
    """Take events until the next known time, or until the slice is used up; see `layout`."""
    y = float_pointer(integers[at.I_POPULATIONS])
    t, total = reals[at.R_TIME], reals[at.R_TOTAL]
    largest, changes = reals[at.R_LARGEST_TOTAL], reals[at.R_SUMMED]
    bound = min(pass_outputs(integers, reals, t), reals[at.R_STOP])
    follows = integers[at.I_CAPACITY] > 0 or integers[at.I_WATCH] != 0
    left = integers[at.I_SLICE]
    tries = _TRIES * min(left, 1 << 40)
    before = left
    while left > 0 and code == 0 and tries > 0:
        if not changes * largest <= _ULPS * total:
            total = largest = sum_again(integers, total)
            changes = 0.0
            integers[at.I_RENEWALS] += 1
            if not 0.0 <= total < _INFINITY:
                code = not_finite(integers, float_pointer(integers[at.I_PROPENSITIES]), integers[at.I_REACTIONS])
                break
        t, bound, code = reach(integers, reals, t, wait(integers, t, total), bound)
        if code == at.STOPPED:
            break
        tries -= 1
        r = draw(integers, total)
        if r < 0:
            total = _NAN if r == -2 else total
            continue
        integers[at.I_REACTION] = r
        reals[at.R_TIME] = t
        code = max(code, fire(integers, r, y))
        if code != 0:
            break
        left -= 1
        total, changed = renew(integers, reals, r, t, total)
        largest = max(largest, total)
        changes += changed
        code = integers[at.I_OTHER]
        if follows:
            code = after_event(integers, reals, r, t, code)
    integers[at.I_EVENTS] += before - left
    integers[at.I_SLICE] = left
    reals[at.R_TIME], reals[at.R_TOTAL] = t, total
    reals[at.R_LARGEST_TOTAL], reals[at.R_SUMMED] = largest, changes
    return code
