"""Composition and rejection: a slot of similar propensities is chosen, then a reaction in it, at a constant cost.

A. Slepoy, A. P. Thompson and S. J. Plimpton, "A constant-time kinetic Monte Carlo algorithm for simulation of large
biochemical reaction networks", J. Chem. Phys. 128, 205101 (2008).
"""

from math import nan

from symnum.integrators.addresses import float_pointer, int32_pointer
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.compiled import compiled, compiled_callback
from symnum.integrators.stochastic.slots import fill_slots, move_to_slot, pick, sum_slots
from symnum.integrators.stochastic.steps import begin, propensity, update_others
from symnum.integrators.stochastic.streams import uniform
from symnum.integrators.stochastic.take_events import exponential_wait, take_events

__all__ = ["advance"]


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
def _enter(integers, q, value):  # type: ignore[no-untyped-def]
    a, sums = float_pointer(integers[at.I_PROPENSITIES]), float_pointer(integers[at.I_WORK])
    return move_to_slot(integers, sums, a, q, value)


@compiled
def _update(integers, reals, r, total):  # type: ignore[no-untyped-def]
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
        total = update_others(integers, reals, r, total, _enter)
    return nan if overflow else total


@compiled
def _sum_again(integers, total):  # type: ignore[no-untyped-def]
    """Sum the slots anew; where a slot has overflowed, fill all of them again."""
    a, sums = float_pointer(integers[at.I_PROPENSITIES]), float_pointer(integers[at.I_WORK])
    return sum_slots(integers, sums, a) if total == total else fill_slots(integers, sums, a)


@compiled
def _draw(integers, total):  # type: ignore[no-untyped-def]
    a, sums = float_pointer(integers[at.I_PROPENSITIES]), float_pointer(integers[at.I_WORK])
    r, _ = pick(integers, sums, a, uniform(integers) * total)
    return r


@compiled
def _renew(integers, reals, r, t, total):  # type: ignore[no-untyped-def]
    heads = int32_pointer(integers[at.I_HEADS])
    total = _update(integers, reals, r, total)
    changes = 2 * (heads[8 * r + 4] - heads[8 * r + 2]) + 8 * (heads[8 * r + 6] - heads[8 * r + 5])
    return total, changes


@compiled_callback("int32(CPointer(int64), CPointer(float64))", seconds=0.5)
def advance(integers, reals):  # type: ignore[no-untyped-def]
    """Take events until the next known time, or until the slice is used up; see `layout`."""
    code = _begin_slots(integers, reals)
    return take_events(integers, reals, code, _sum_again, exponential_wait, _draw, _renew)
