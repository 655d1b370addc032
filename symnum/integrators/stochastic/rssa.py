"""Rejection-based simulation: a reaction is drawn by an upper bound of its propensity, and accepted with what is left.

V. H. Thanh, C. Priami and R. Zunino, "Efficient rejection-based simulation of biochemical reactions with stochastic
noise and delays", J. Chem. Phys. 141, 134116 (2014). Bounds are sought in two steps, blocks of reactions first. The
number that has found the reaction also decides on it: within the reaction's part of the sum it is uniform.
"""

from symnum.integrators.addresses import float_pointer
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.bounds import begin_bounds, is_rejected, renew_bounds
from symnum.integrators.stochastic.compiled import compiled, compiled_callback
from symnum.integrators.stochastic.streams import uniform
from symnum.integrators.stochastic.take_events import exponential_wait, take_events

__all__ = ["BLOCK", "advance"]

BLOCK = 16
"""Reactions in a block."""


@compiled
def _blocks(integers):  # type: ignore[no-untyped-def]
    """Return the place of the sums of the upper bounds of every block."""
    return float_pointer(integers[at.I_WORK] + 16 * (integers[at.I_STATES] + 1) + 8 * integers[at.I_REACTIONS])


@compiled
def _sum_blocks(integers, total):  # type: ignore[no-untyped-def]
    """Sum the upper bounds of every block anew; return the total."""
    n = integers[at.I_REACTIONS]
    high, blocks = float_pointer(integers[at.I_PROPENSITIES]), _blocks(integers)
    total = 0.0
    for b in range((n + BLOCK - 1) // BLOCK):
        part = 0.0
        for r in range(b * BLOCK, min((b + 1) * BLOCK, n)):
            part += high[r]
        blocks[b] = part
        total += part
    return total


@compiled
def _begin_blocks(integers, reals):  # type: ignore[no-untyped-def]
    if integers[at.I_STARTED] != 0:
        return 0
    code = begin_bounds(integers, reals)
    reals[at.R_TOTAL] = reals[at.R_LARGEST_TOTAL] = _sum_blocks(integers, 0.0)
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
def _enter(integers, q, value):  # type: ignore[no-untyped-def]
    high = float_pointer(integers[at.I_PROPENSITIES])
    _blocks(integers)[q // BLOCK] += value - high[q]
    high[q] = value
    return False


@compiled
def _renew(integers, reals, r, t, total):  # type: ignore[no-untyped-def]
    return renew_bounds(integers, r, t, total, _enter)


@compiled
def _draw(integers, total):  # type: ignore[no-untyped-def]
    """Draw a reaction by its upper bound; return it where it is accepted, -1 where it is not, -2: sum all anew."""
    n = integers[at.I_REACTIONS]
    high = float_pointer(integers[at.I_PROPENSITIES])
    r, level = _search(high, n, _blocks(integers), uniform(integers) * total)
    if r == n:
        return -1
    rejected = is_rejected(integers, r, level)
    return r if rejected == 0 else -rejected


@compiled_callback("int32(CPointer(int64), CPointer(float64))", seconds=0.5)
def advance(integers, reals):  # type: ignore[no-untyped-def]
    """Take events until the next known time, or until the slice is used up; see `layout`."""
    code = _begin_blocks(integers, reals)
    return take_events(integers, reals, code, _sum_blocks, exponential_wait, _draw, _renew)
