"""Rejection-based simulation: a reaction is drawn by an upper bound of its propensity, and accepted with what is left.

V. H. Thanh, C. Priami and R. Zunino, "Efficient rejection-based simulation of biochemical reactions with stochastic
noise and delays", J. Chem. Phys. 141, 134116 (2014). Bounds are sought in two steps, blocks of reactions first. The
number that has found the reaction also decides on it: within the reaction's part of the sum it is uniform.
"""

from symnum.integrators.addresses import float_pointer, int32_pointer, int_pointer
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.bounds import bound_state, bounded, is_rejected, set_bounds
from symnum.integrators.stochastic.compiled import compiled, compiled_callback
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

__all__ = ["BLOCK", "advance"]

BLOCK = 16
"""Reactions in a block."""

_INFINITY = float("inf")
_ULPS = 262144.0  # as for the direct method


@compiled
def _sum_blocks(integers, blocks):  # type: ignore[no-untyped-def]
    """Sum the upper bounds of every block anew; return the total."""
    n = integers[at.I_REACTIONS]
    high = float_pointer(integers[at.I_PROPENSITIES])
    total = 0.0
    for b in range((n + BLOCK - 1) // BLOCK):
        part = 0.0
        for r in range(b * BLOCK, min((b + 1) * BLOCK, n)):
            part += high[r]
        blocks[b] = part
        total += part
    return total


@compiled
def _begin_bounds(integers, reals, blocks):  # type: ignore[no-untyped-def]
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
    reals[at.R_TOTAL] = reals[at.R_LARGEST_TOTAL] = _sum_blocks(integers, blocks)
    return code


@compiled
def _search(high, n, blocks, target):  # type: ignore[no-untyped-def]
    """Return the reaction in whose part of the sum `target` lies, and how far into it; n if the sum is too small."""
    count = (n + BLOCK - 1) // BLOCK
    b = 0
    while b < count and target >= blocks[b]:
        target -= blocks[b]
        b += 1
    r = b * BLOCK
    end = min(r + BLOCK, n)
    while r < end and target >= high[r]:
        target -= high[r]
        r += 1
    return (r if r < end else n), target


@compiled
def _renew_state(integers, s, blocks, total):  # type: ignore[no-untyped-def]
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
            blocks[q // BLOCK] += value - high[q]
            high[q] = value
    integers[at.I_OTHER + 1] += starts[s + 1] - starts[s]
    integers[at.I_BOUNDS] += starts[s + 1] - starts[s]
    return total


@compiled
def _renew_groups(integers, r, t, blocks, total):  # type: ignore[no-untyped-def]
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
            total += out[m - table[3]] - high[q]
            blocks[q // BLOCK] += out[m - table[3]] - high[q]
            low[q] = high[q] = out[m - table[3]]
        integers[at.I_OTHER] = max(integers[at.I_OTHER], failure)
        integers[at.I_OTHER + 1] += table[4] - table[3]
    return total


@compiled
def _renew(integers, r, t, blocks, total):  # type: ignore[no-untyped-def]
    """Renew the bounds that an event has made invalid; return the total. Their number is left in ``I_OTHER + 1``."""
    heads = int32_pointer(integers[at.I_HEADS])
    states = int32_pointer(integers[at.I_CHANGE_STATES])
    y = float_pointer(integers[at.I_POPULATIONS])
    lower = float_pointer(integers[at.I_WORK])
    upper = float_pointer(integers[at.I_WORK] + 8 * (integers[at.I_STATES] + 1))
    for k in range(heads[8 * r], heads[8 * r + 1]):
        s = states[k]
        if not lower[s] <= y[s] <= upper[s]:
            total = _renew_state(integers, s, blocks, total)
    if heads[8 * r + 5] != heads[8 * r + 6]:
        total = _renew_groups(integers, r, t, blocks, total)
    return total


@compiled
def _draw(integers, blocks, total):  # type: ignore[no-untyped-def]
    """Draw a reaction by its upper bound; return it where it is accepted, -1 where it is not, -2: sum all anew."""
    n = integers[at.I_REACTIONS]
    high = float_pointer(integers[at.I_PROPENSITIES])
    r, level = _search(high, n, blocks, uniform(integers) * total)
    if r == n:
        return -1
    rejected = is_rejected(integers, r, level)
    return r if rejected == 0 else -rejected


@compiled_callback("int32(CPointer(int64), CPointer(float64))", seconds=3.0)
def advance(integers, reals):  # type: ignore[no-untyped-def]
    """Take events until the next known time, or until the slice is used up; see `layout`."""
    n = integers[at.I_REACTIONS]
    y = float_pointer(integers[at.I_POPULATIONS])
    blocks = float_pointer(integers[at.I_WORK] + 16 * (integers[at.I_STATES] + 1) + 8 * n)
    code = _begin_bounds(integers, reals, blocks)
    t, total, stop = reals[at.R_TIME], reals[at.R_TOTAL], reals[at.R_STOP]
    largest = reals[at.R_LARGEST_TOTAL]
    bound = min(pass_outputs(integers, reals, t), stop)
    follows = integers[at.I_CAPACITY] > 0 or integers[at.I_WATCH] != 0
    left = integers[at.I_SLICE]
    tries = 16 * min(left, 1 << 40)
    before = left
    while left > 0 and code == 0 and tries > 0:
        if not integers[at.I_OTHER + 1] * largest <= _ULPS * total:
            total = largest = _sum_blocks(integers, blocks)
            integers[at.I_OTHER + 1] = 0
            integers[at.I_RENEWALS] += 1
            if not 0.0 <= total < _INFINITY:
                code = not_finite(integers, float_pointer(integers[at.I_PROPENSITIES]), n)
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
        r = _draw(integers, blocks, total)
        if r < 0:
            total = float("nan") if r == -2 else total
            continue
        integers[at.I_REACTION] = r
        reals[at.R_TIME] = t
        code = max(code, fire(integers, r, y))
        if code != 0:
            break
        left -= 1
        total = _renew(integers, r, t, blocks, total)
        largest = max(largest, total)
        code = integers[at.I_OTHER]
        if follows:
            code = after_event(integers, reals, r, t, code)
    integers[at.I_EVENTS] += before - left
    integers[at.I_SLICE] = left
    reals[at.R_TIME], reals[at.R_TOTAL] = t, total
    reals[at.R_LARGEST_TOTAL] = largest
    return code
