"""Reactions in slots by the power of two below their propensity, for composition and rejection.

Slot s of `SLOTS` holds the reactions with 2^(base + s) <= a < 2^(base + s + 1); slot 0 also all smaller ones, slot
-1 those that cannot happen. In the whole-number work array: places of the reactions in their slots (n), slots (n),
counts (`SLOTS`), the base, the highest slot in use, then members (`SLOTS` * n). In the other work array, at an offset
that the engine gives: sums (`SLOTS`).
"""

from symnum.integrators.addresses import int_pointer
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.compiled import compiled
from symnum.integrators.stochastic.philox import as_bits, as_float
from symnum.integrators.stochastic.streams import uniform

__all__ = ["SLOTS", "fill_slots", "move_to_slot", "pick", "slot_doubles", "slot_integers", "sum_slots"]

SLOTS = 48
_HEADROOM = 12
"""Free slots above the greatest propensity when slots are filled."""

_INFINITY = float("inf")


def slot_integers(reactions: int) -> int:
    """Return the size of the whole-number work array."""
    return (SLOTS + 2) * max(reactions, 1) + SLOTS + 2


def slot_doubles() -> int:
    """Return the size of the sums."""
    return SLOTS


@compiled
def _exponent(value):  # type: ignore[no-untyped-def]
    """Return e with 2^e <= value < 2^(e + 1); subnormal numbers count as the smallest normal ones."""
    return (as_bits(value) >> 52) - 1023


@compiled
def _power_of_two(e):  # type: ignore[no-untyped-def]
    return as_float((e + 1023) << 52)


@compiled
def _slot_of(value, base):  # type: ignore[no-untyped-def]
    if value <= 0.0:
        return -1
    return max(_exponent(value) - base, 0)


@compiled
def _enter(integers, r, slot):  # type: ignore[no-untyped-def]
    n = integers[at.I_REACTIONS]
    places = int_pointer(integers[at.I_WHOLE_WORK])
    slots = int_pointer(integers[at.I_WHOLE_WORK] + 8 * n)
    counts = int_pointer(integers[at.I_WHOLE_WORK] + 16 * n)
    members = int_pointer(integers[at.I_WHOLE_WORK] + 16 * n + 8 * (SLOTS + 2))
    slots[r] = slot
    if slot >= 0:
        count = counts[slot]
        members[slot * n + count] = r
        places[r] = count
        counts[slot] = count + 1
        counts[SLOTS + 1] = max(counts[SLOTS + 1], slot)


@compiled
def _leave(integers, r, slot, sums):  # type: ignore[no-untyped-def]
    n = integers[at.I_REACTIONS]
    places = int_pointer(integers[at.I_WHOLE_WORK])
    counts = int_pointer(integers[at.I_WHOLE_WORK] + 16 * n)
    members = int_pointer(integers[at.I_WHOLE_WORK] + 16 * n + 8 * (SLOTS + 2))
    if slot >= 0:
        last = counts[slot] - 1
        other = members[slot * n + last]
        members[slot * n + places[r]] = other
        places[other] = places[r]
        counts[slot] = last
        if last == 0:
            sums[slot] = 0.0


@compiled
def fill_slots(integers, sums, a):  # type: ignore[no-untyped-def]
    """Put every reaction into its slot, for values `a`; return their total."""
    n = integers[at.I_REACTIONS]
    counts = int_pointer(integers[at.I_WHOLE_WORK] + 16 * n)
    largest = 0.0
    for r in range(n):
        largest = max(largest, a[r])
    base = _exponent(largest) - (SLOTS - 1 - _HEADROOM) if 0.0 < largest < _INFINITY else 0
    base = min(max(base, -1000), 1000 - SLOTS)
    for slot in range(SLOTS):
        counts[slot] = 0
    counts[SLOTS] = base
    counts[SLOTS + 1] = 0
    for r in range(n):
        _enter(integers, r, min(_slot_of(a[r], base), SLOTS - 1))
    return sum_slots(integers, sums, a)


@compiled
def sum_slots(integers, sums, a):  # type: ignore[no-untyped-def]
    """Sum every slot anew; return the total."""
    n = integers[at.I_REACTIONS]
    slots = int_pointer(integers[at.I_WHOLE_WORK] + 8 * n)
    for slot in range(SLOTS):
        sums[slot] = 0.0
    for r in range(n):
        if slots[r] >= 0:
            sums[slots[r]] += a[r]
    total = 0.0
    for slot in range(SLOTS):
        total += sums[slot]
    return total


@compiled
def move_to_slot(integers, sums, a, r, value):  # type: ignore[no-untyped-def]
    """Enter a new value of a reaction; return whether it is beyond the highest slot, and all must be filled again."""
    n = integers[at.I_REACTIONS]
    counts = int_pointer(integers[at.I_WHOLE_WORK] + 16 * n)
    old = int_pointer(integers[at.I_WHOLE_WORK] + 8 * n)[r]
    slot = _slot_of(value, counts[SLOTS])
    before = a[r]
    a[r] = value
    if slot >= SLOTS:
        return True
    if slot == old:
        if slot >= 0:
            sums[slot] += value - before
        return False
    if old >= 0:
        sums[old] -= before
    _leave(integers, r, old, sums)
    _enter(integers, r, slot)
    if slot >= 0:
        sums[slot] += value
    return False


@compiled
def pick(integers, sums, a, target):  # type: ignore[no-untyped-def]
    """Return a reaction drawn with probability proportional to `a`, and a uniform number below its value.

    `target` is uniform below the total. A slot is found by its sum, then members of it are tried: for each try one
    uniform number chooses both a member and a height below the slot's upper end.
    """
    n = integers[at.I_REACTIONS]
    counts = int_pointer(integers[at.I_WHOLE_WORK] + 16 * n)
    members = int_pointer(integers[at.I_WHOLE_WORK] + 16 * n + 8 * (SLOTS + 2))
    slot = counts[SLOTS + 1]
    while slot > 0 and counts[slot] == 0:
        slot -= 1
    counts[SLOTS + 1] = slot
    lowest = slot
    target -= sums[slot]
    while target >= 0.0 and slot > 0:
        slot -= 1
        if counts[slot] > 0:
            lowest = slot
            target -= sums[slot]
    count = counts[lowest]
    if count == 0:
        return -1, 0.0
    height = _power_of_two(counts[SLOTS] + lowest + 1)
    while True:
        x = uniform(integers) * count
        k = int(x)
        r = members[lowest * n + k]
        level = (x - k) * height
        if level < a[r]:
            return r, level
