"""Which reactions a hybrid simulation takes as continuous, and how their extents become whole again.

H. Salis and Y. Kaznessis, "Accurate hybrid stochastic simulation of a system of coupled chemical or biochemical
reactions", J. Chem. Phys. 122, 054103 (2005): a reaction is fast where it happens many times in a step and all that it
changes is there in large numbers.
"""

from math import floor

from symnum.integrators.addresses import float_pointer, int32_pointer, int_pointer
from symnum.integrators.stochastic import approximate_layout as own
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.compiled import compiled
from symnum.integrators.stochastic.leaps import leap_size
from symnum.integrators.stochastic.streams import uniform

__all__ = ["extents_of", "hybrid_doubles", "hybrid_integers", "settle", "settle_all", "split"]


def hybrid_doubles(states: int, reactions: int) -> int:
    """Return the size of the work array of reals: the extents' fractions come last."""
    return own.W_ARRAYS + 2 * reactions + 6 * states


def hybrid_integers(states: int, reactions: int) -> int:
    """Return the size of the work array of whole numbers."""
    return 5 * reactions + 8


@compiled
def extents_of(integers):  # type: ignore[no-untyped-def]
    """Return the place of the fractions of the extents of fast reactions."""
    return float_pointer(
        integers[at.I_WORK] + 8 * (own.W_ARRAYS + integers[at.I_REACTIONS] + 6 * integers[at.I_STATES])
    )


@compiled
def settle(integers, r):  # type: ignore[no-untyped-def]
    """Make the extent of a reaction whole, by chance so that its mean stays: stoichiometry is kept."""
    extents = extents_of(integers)
    fraction = extents[r]
    extents[r] = 0.0
    if fraction == 0.0:
        return
    heads = int32_pointer(integers[at.I_HEADS])
    states = int32_pointer(integers[at.I_CHANGE_STATES])
    values = float_pointer(integers[at.I_CHANGE_VALUES])
    y = float_pointer(integers[at.I_POPULATIONS])
    move = 1.0 - fraction if uniform(integers) < fraction else -fraction
    for k in range(heads[8 * r], heads[8 * r + 1]):
        y[states[k]] += values[k] * move


@compiled
def settle_all(integers):  # type: ignore[no-untyped-def]
    """Make all populations whole."""
    y = float_pointer(integers[at.I_POPULATIONS])
    for r in range(integers[at.I_REACTIONS]):
        settle(integers, r)
    for s in range(integers[at.I_STATES]):
        y[s] = max(floor(y[s] + 0.5), 0.0)


@compiled
def _has_many(integers, r, share):  # type: ignore[no-untyped-def]
    """Whether all that a reaction changes is there in large numbers; `share` is of the threshold.

    What it reads alone changes by other reactions, one at a time where these are slow.
    """
    work = float_pointer(integers[at.I_WORK])
    heads = int32_pointer(integers[at.I_HEADS])
    states = int32_pointer(integers[at.I_CHANGE_STATES])
    values = float_pointer(integers[at.I_CHANGE_VALUES])
    y = float_pointer(integers[at.I_POPULATIONS])
    least = share * work[own.W_FAST_POPULATION]
    found = True
    for k in range(heads[8 * r], heads[8 * r + 1]):
        found = found and y[states[k]] >= least * abs(values[k])
    return found


@compiled
def split(integers):  # type: ignore[no-untyped-def]
    """Mark slow reactions where critical ones are marked; return the number of fast ones and the step for them.

    Whoever is fast stays so down to half of the thresholds.
    """
    n = integers[at.I_REACTIONS]
    work = float_pointer(integers[at.I_WORK])
    slow = int_pointer(integers[at.I_WHOLE_WORK])
    was_fast = int_pointer(integers[at.I_WHOLE_WORK] + 8 * (4 * n + 8))
    y = float_pointer(integers[at.I_POPULATIONS])
    a = float_pointer(integers[at.I_PROPENSITIES])
    for r in range(n):
        share = 0.5 if was_fast[r] != 0 else 1.0
        slow[r] = 0 if a[r] > 0.0 and _has_many(integers, r, share) else 1
    step = leap_size(integers, False)
    fast = 0
    for r in range(n):
        share = 0.5 if was_fast[r] != 0 else 1.0
        if slow[r] == 0 and a[r] * step < share * work[own.W_FAST]:
            slow[r] = 1
        fast += 1 - slow[r]
        if slow[r] != 0 and was_fast[r] != 0:
            settle(integers, r)
        was_fast[r] = 1 - slow[r]
    heads = int32_pointer(integers[at.I_HEADS])
    states = int32_pointer(integers[at.I_CHANGE_STATES])
    counts = float_pointer(integers[at.I_WORK] + 8 * (own.W_ARRAYS + n))
    for s in range(integers[at.I_STATES]):
        counts[s] = 0.0
    for r in range(n):
        if slow[r] == 0:
            for k in range(heads[8 * r], heads[8 * r + 1]):
                counts[states[k]] = 1.0
    for s in range(integers[at.I_STATES]):
        if counts[s] == 0.0:
            y[s] = floor(y[s] + 0.5)
    return fast, leap_size(integers, False)
