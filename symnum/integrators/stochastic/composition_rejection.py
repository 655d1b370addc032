"""Composition and rejection: a slot of similar propensities is chosen, then a reaction in it, at a constant cost.

A. Slepoy, A. P. Thompson and S. J. Plimpton, "A constant-time kinetic Monte Carlo algorithm for simulation of large
biochemical reaction networks", J. Chem. Phys. 128, 205101 (2008).
"""

from symnum.integrators.addresses import float_pointer, int32_pointer, int_pointer
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.compiled import compiled, compiled_callback
from symnum.integrators.stochastic.slots import fill_slots, move_to_slot, pick, sum_slots
from symnum.integrators.stochastic.steps import (
    after_event,
    begin,
    checked,
    evaluate_group,
    factorial_propensity,
    fire,
    not_finite,
    pass_outputs,
    propensity,
    stands_still,
)
from symnum.integrators.stochastic.streams import exponential, uniform

__all__ = ["advance"]

_INFINITY = float("inf")
_ULPS = 262144.0  # as for the direct method


@compiled
def _begin_slots(integers, reals):  # type: ignore[no-untyped-def]
    if integers[at.I_STARTED] != 0:
        return 0
    code = begin(integers, reals)
    sums = float_pointer(integers[at.I_WORK])
    reals[at.R_TOTAL] = fill_slots(integers, sums, float_pointer(integers[at.I_PROPENSITIES]))
    reals[at.R_LARGEST_TOTAL] = reals[at.R_TOTAL]
    return code


@compiled
def _update_others(integers, r, t, total):  # type: ignore[no-untyped-def]
    """Enter the propensities of dependents that are not simple; return the new total, or NaN: fill all slots again."""
    heads = int32_pointer(integers[at.I_HEADS])
    dependents = int32_pointer(integers[at.I_DEPENDENTS])
    y = float_pointer(integers[at.I_POPULATIONS])
    a = float_pointer(integers[at.I_PROPENSITIES])
    sums = float_pointer(integers[at.I_WORK])
    failure = 0
    overflow = False
    for k in range(heads[8 * r + 3], heads[8 * r + 4]):
        q = dependents[k]
        value = factorial_propensity(integers, q, y)
        failure = max(failure, checked(integers, q, value))
        total += value - a[q]
        overflow |= move_to_slot(integers, sums, a, q, value)
    changed = int32_pointer(integers[at.I_GROUP_DEPENDENTS])
    members = int32_pointer(integers[at.I_GROUP_REACTIONS])
    for k in range(heads[8 * r + 5], heads[8 * r + 6]):
        failure = max(failure, evaluate_group(integers, t, changed[k]))
        table = int_pointer(integers[at.I_GROUP_TABLE] + 48 * changed[k])
        out = float_pointer(table[2])
        for m in range(table[3], table[4]):
            value = out[m - table[3]]
            failure = max(failure, checked(integers, members[m], value))
            total += value - a[members[m]]
            overflow |= move_to_slot(integers, sums, a, members[m], value)
    integers[at.I_OTHER] = failure
    return float("nan") if overflow else total


@compiled
def _update(integers, r, t, total):  # type: ignore[no-untyped-def]
    """Enter the propensities that depend on what a reaction has changed; return the new total, NaN: fill again."""
    heads = int32_pointer(integers[at.I_HEADS])
    dependents = int32_pointer(integers[at.I_DEPENDENTS])
    a = float_pointer(integers[at.I_PROPENSITIES])
    sums = float_pointer(integers[at.I_WORK])
    overflow = False
    for k in range(heads[8 * r + 2], heads[8 * r + 3]):
        q = dependents[k]
        value = propensity(integers, q)
        if value != a[q]:
            total += value - a[q]
            overflow |= move_to_slot(integers, sums, a, q, value)
    if heads[8 * r + 7] >= at.HAS_OTHERS:
        total = _update_others(integers, r, t, total)
    return float("nan") if overflow else total


@compiled_callback("int32(CPointer(int64), CPointer(float64))", seconds=3.0)
def advance(integers, reals):  # type: ignore[no-untyped-def]
    """Take events until the next known time, or until the slice is used up; see `layout`."""
    y = float_pointer(integers[at.I_POPULATIONS])
    a = float_pointer(integers[at.I_PROPENSITIES])
    sums = float_pointer(integers[at.I_WORK])
    heads = int32_pointer(integers[at.I_HEADS])
    code = _begin_slots(integers, reals)
    t, total, stop = reals[at.R_TIME], reals[at.R_TOTAL], reals[at.R_STOP]
    largest, changes = reals[at.R_LARGEST_TOTAL], reals[at.R_SUMMED]
    bound = min(pass_outputs(integers, reals, t), stop)
    follows = integers[at.I_CAPACITY] > 0 or integers[at.I_WATCH] != 0
    left = integers[at.I_SLICE]
    before = left
    while left > 0 and code == 0:
        if not changes * largest <= _ULPS * total:
            total = largest = sum_slots(integers, sums, a) if total == total else fill_slots(integers, sums, a)
            changes = 0.0
            integers[at.I_RENEWALS] += 1
            if not 0.0 <= total < _INFINITY:
                code = not_finite(integers, a, integers[at.I_REACTIONS])
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
        r, _ = pick(integers, sums, a, uniform(integers) * total)
        integers[at.I_REACTION] = r
        reals[at.R_TIME] = t
        code = max(code, fire(integers, r, y))
        if code != 0:
            break
        left -= 1
        total = _update(integers, r, t, total)
        largest = max(largest, total)
        changes += 2 * (heads[8 * r + 4] - heads[8 * r + 2]) + 8 * (heads[8 * r + 6] - heads[8 * r + 5])
        code = integers[at.I_OTHER]
        if follows:
            code = after_event(integers, reals, r, t, code)
    integers[at.I_EVENTS] += before - left
    integers[at.I_SLICE] = left
    reals[at.R_TIME], reals[at.R_TOTAL] = t, total
    reals[at.R_LARGEST_TOTAL], reals[at.R_SUMMED] = largest, changes
    return code
