"""Rejection-based simulation with composition and rejection: a search costs the same however many reactions there are.

V. H. Thanh, R. Zunino and C. Priami, "Efficient constant-time complexity algorithm for stochastic simulation of large
reaction networks", IEEE/ACM Trans. Comput. Biol. Bioinf. 14, 657 (2017). Upper bounds of propensities lie in slots of
similar size; the number that finds a reaction in its slot also decides whether it is accepted.
"""

from symnum.integrators.addresses import float_pointer
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.bounds import begin_bounds, is_rejected, renew_bounds
from symnum.integrators.stochastic.compiled import compiled, compiled_callback
from symnum.integrators.stochastic.slots import fill_slots, move_to_slot, pick, sum_slots
from symnum.integrators.stochastic.streams import uniform
from symnum.integrators.stochastic.take_events import exponential_wait, take_events

__all__ = ["advance"]


@compiled
def _sums(integers):  # type: ignore[no-untyped-def]
    """Return the place of the sums of the slots."""
    return float_pointer(integers[at.I_WORK] + 16 * (integers[at.I_STATES] + 1) + 8 * integers[at.I_REACTIONS])


@compiled
def _begin_slots(integers, reals):  # type: ignore[no-untyped-def]
    if integers[at.I_STARTED] != 0:
        return 0
    code = begin_bounds(integers, reals)
    high = float_pointer(integers[at.I_PROPENSITIES])
    reals[at.R_TOTAL] = reals[at.R_LARGEST_TOTAL] = fill_slots(integers, _sums(integers), high)
    return code


@compiled
def _sum_again(integers, total):  # type: ignore[no-untyped-def]
    """Sum the slots anew; where a slot has overflowed, fill all of them again."""
    high, sums = float_pointer(integers[at.I_PROPENSITIES]), _sums(integers)
    return sum_slots(integers, sums, high) if total == total else fill_slots(integers, sums, high)


@compiled
def _enter(integers, q, value):  # type: ignore[no-untyped-def]
    return move_to_slot(integers, _sums(integers), float_pointer(integers[at.I_PROPENSITIES]), q, value)


@compiled
def _renew(integers, reals, r, t, total):  # type: ignore[no-untyped-def]
    return renew_bounds(integers, r, t, total, _enter)


@compiled
def _draw(integers, total):  # type: ignore[no-untyped-def]
    """Draw a reaction by its upper bound; return it where it is accepted, -1 where it is not, -2: sum all anew."""
    high = float_pointer(integers[at.I_PROPENSITIES])
    r, level = pick(integers, _sums(integers), high, uniform(integers) * total)
    rejected = is_rejected(integers, r, level)
    return r if rejected == 0 else -rejected


@compiled_callback("int32(CPointer(int64), CPointer(float64))", seconds=0.5)
def advance(integers, reals):  # type: ignore[no-untyped-def]
    """Take events until the next known time, or until the slice is used up; see `layout`."""
    code = _begin_slots(integers, reals)
    return take_events(integers, reals, code, _sum_again, exponential_wait, _draw, _renew)
