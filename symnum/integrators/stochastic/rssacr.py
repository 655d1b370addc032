"""Rejection-based simulation with composition and rejection: a search costs the same however many reactions there are.

V. H. Thanh, R. Zunino and C. Priami, "Efficient constant-time complexity algorithm for stochastic simulation of large
reaction networks", IEEE/ACM Trans. Comput. Biol. Bioinf. 14, 657 (2017). Upper bounds of propensities lie in slots of
similar size; the number that finds a reaction in its slot also decides whether it is accepted.
"""

from symnum.integrators.addresses import float_pointer, int32_pointer, int_pointer
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.bounds import bound_state, bounded, is_rejected, set_bounds
from symnum.integrators.stochastic.compiled import compiled, compiled_callback
from symnum.integrators.stochastic.slots import fill_slots, move_to_slot, pick, sum_slots
from symnum.integrators.stochastic.steps import (
    after_event,
    begin,
    checked,
    evaluate_group,
    fire,
    not_finite,
    pass_outputs,
    stands_still,
)
from symnum.integrators.stochastic.streams import exponential, uniform

__all__ = ["advance"]

_INFINITY = float("inf")
_ULPS = 262144.0  # as for the direct method


@compiled
def _begin_bounds(integers, reals, sums):  # type: ignore[no-untyped-def]
    """Set all bounds; return 0 or a failure's code."""
    if integers[at.I_STARTED] != 0:
        return 0
    code = begin(integers, reals)
    set_bounds(integers)
    n = integers[at.I_STATES]
    lower = float_pointer(integers[at.I_WORK])
    upper = float_pointer(integers[at.I_WORK] + 8 * (n + 1))
    low = float_pointer(integers[at.I_WORK] + 16 * (n + 1))
    high = float_pointer(integers[at.I_PROPENSITIES])
    heads = int32_pointer(integers[at.I_HEADS])
    for r in range(integers[at.I_REACTIONS]):
        low[r] = high[r]
        if heads[8 * r + 7] & 7 != at.GENERAL:
            low[r] = bounded(integers, r, lower)
            high[r] = bounded(integers, r, upper)
            code = max(code, checked(integers, r, high[r]))
    reals[at.R_TOTAL] = reals[at.R_LARGEST_TOTAL] = fill_slots(integers, sums, high)
    return code


@compiled
def _renew_state(integers, s, sums, total):  # type: ignore[no-untyped-def]
    """Set new bounds around a population that has left its own, and of all propensities that read it."""
    bound_state(integers, s)
    n = integers[at.I_STATES]
    lower = float_pointer(integers[at.I_WORK])
    upper = float_pointer(integers[at.I_WORK] + 8 * (n + 1))
    low = float_pointer(integers[at.I_WORK] + 16 * (n + 1))
    high = float_pointer(integers[at.I_PROPENSITIES])
    heads = int32_pointer(integers[at.I_HEADS])
    starts = int32_pointer(integers[at.I_READER_STARTS])
    readers = int32_pointer(integers[at.I_READERS])
    for k in range(starts[s], starts[s + 1]):
        q = readers[k]
        if heads[8 * q + 7] & 7 != at.GENERAL:
            low[q] = bounded(integers, q, lower)
            value = bounded(integers, q, upper)
            integers[at.I_OTHER] = max(integers[at.I_OTHER], checked(integers, q, value))
            total += value - high[q]
            if move_to_slot(integers, sums, high, q, value):
                total = float("nan")
    integers[at.I_OTHER + 1] += starts[s + 1] - starts[s]
    integers[at.I_BOUNDS] += starts[s + 1] - starts[s]
    return total


@compiled
def _renew_groups(integers, r, t, sums, total):  # type: ignore[no-untyped-def]
    """Evaluate the general rates that an event has changed."""
    low = float_pointer(integers[at.I_WORK] + 16 * (integers[at.I_STATES] + 1))
    high = float_pointer(integers[at.I_PROPENSITIES])
    heads = int32_pointer(integers[at.I_HEADS])
    changed = int32_pointer(integers[at.I_GROUP_DEPENDENTS])
    members = int32_pointer(integers[at.I_GROUP_REACTIONS])
    for k in range(heads[8 * r + 5], heads[8 * r + 6]):
        failure = evaluate_group(integers, t, changed[k])
        table = int_pointer(integers[at.I_GROUP_TABLE] + 48 * changed[k])
        out = float_pointer(table[2])
        for m in range(table[3], table[4]):
            q = members[m]
            failure = max(failure, checked(integers, q, out[m - table[3]]))
            low[q] = out[m - table[3]]
            total += low[q] - high[q]
            if move_to_slot(integers, sums, high, q, low[q]):
                total = float("nan")
        integers[at.I_OTHER] = max(integers[at.I_OTHER], failure)
        integers[at.I_OTHER + 1] += table[4] - table[3]
    return total


@compiled
def _renew(integers, r, t, sums, total):  # type: ignore[no-untyped-def]
    """Renew the bounds that an event has made invalid; return the total, NaN: fill all slots again.

    The number of renewed propensities is added to ``integers[I_OTHER + 1]``.
    """
    heads = int32_pointer(integers[at.I_HEADS])
    states = int32_pointer(integers[at.I_CHANGE_STATES])
    y = float_pointer(integers[at.I_POPULATIONS])
    lower = float_pointer(integers[at.I_WORK])
    upper = float_pointer(integers[at.I_WORK] + 8 * (integers[at.I_STATES] + 1))
    for k in range(heads[8 * r], heads[8 * r + 1]):
        s = states[k]
        if not lower[s] <= y[s] <= upper[s]:
            total = _renew_state(integers, s, sums, total)
    if heads[8 * r + 5] != heads[8 * r + 6]:
        total = _renew_groups(integers, r, t, sums, total)
    return total


@compiled
def _draw(integers, sums, total):  # type: ignore[no-untyped-def]
    """Draw a reaction by its upper bound; return it where it is accepted, -1 where it is not, -2: sum all anew."""
    high = float_pointer(integers[at.I_PROPENSITIES])
    r, level = pick(integers, sums, high, uniform(integers) * total)
    rejected = is_rejected(integers, r, level)
    return r if rejected == 0 else -rejected


@compiled_callback("int32(CPointer(int64), CPointer(float64))", seconds=3.0)
def advance(integers, reals):  # type: ignore[no-untyped-def]
    """Take events until the next known time, or until the slice is used up; see `layout`."""
    n = integers[at.I_REACTIONS]
    y = float_pointer(integers[at.I_POPULATIONS])
    high = float_pointer(integers[at.I_PROPENSITIES])
    sums = float_pointer(integers[at.I_WORK] + 16 * (integers[at.I_STATES] + 1) + 8 * n)
    code = _begin_bounds(integers, reals, sums)
    t, total, stop = reals[at.R_TIME], reals[at.R_TOTAL], reals[at.R_STOP]
    largest = reals[at.R_LARGEST_TOTAL]
    bound = min(pass_outputs(integers, reals, t), stop)
    follows = integers[at.I_CAPACITY] > 0 or integers[at.I_WATCH] != 0
    left = integers[at.I_SLICE]
    tries = 16 * min(left, 1 << 40)
    before = left
    while left > 0 and code == 0 and tries > 0:
        if not integers[at.I_OTHER + 1] * largest <= _ULPS * total:
            total = largest = sum_slots(integers, sums, high) if total == total else fill_slots(integers, sums, high)
            integers[at.I_OTHER + 1] = 0
            integers[at.I_RENEWALS] += 1
            if not 0.0 <= total < _INFINITY:
                code = not_finite(integers, high, n)
                break
        later = t + exponential(integers) / total
        if later >= bound:
            bound = min(pass_outputs(integers, reals, later), stop)
            if later >= stop:
                t = stop
                code = at.STOPPED
                break
        if later == t:
            code = stands_still(integers, reals, t)
        t = later
        tries -= 1
        r = _draw(integers, sums, total)
        if r < 0:
            total = float("nan") if r == -2 else total
            continue
        integers[at.I_REACTION] = r
        reals[at.R_TIME] = t
        code = max(code, fire(integers, r, y))
        if code != 0:
            break
        left -= 1
        total = _renew(integers, r, t, sums, total)
        largest = max(largest, total)
        code = integers[at.I_OTHER]
        if follows:
            code = after_event(integers, reals, r, t, code)
    integers[at.I_EVENTS] += before - left
    integers[at.I_SLICE] = left
    reals[at.R_TIME], reals[at.R_TOTAL] = t, total
    reals[at.R_LARGEST_TOTAL] = largest
    return code
