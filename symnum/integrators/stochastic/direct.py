"""The direct method: one exponential number for the time, one uniform number for the reaction.

D. T. Gillespie, "Exact stochastic simulation of coupled chemical reactions", J. Phys. Chem. 81, 2340 (1977).
Propensities are changed where the dependency graph says so. Their total is kept up to date and summed anew before its
rounding errors could matter: after k changes the error is below k ulps of the greatest total since the last sum.
"""

from symnum.integrators.addresses import float_pointer, int32_pointer
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.compiled import compiled, compiled_callback
from symnum.integrators.stochastic.steps import (
    after_event,
    begin,
    changes_of,
    fire,
    not_finite,
    pass_outputs,
    stands_still,
    sum_of,
    update,
)
from symnum.integrators.stochastic.streams import exponential, uniform

__all__ = ["advance", "last_possible", "search"]

_INFINITY = float("inf")
_ULPS = 262144.0
"""Changes of the total, weighted by how much it has fallen, after which it is summed anew: an error below 6e-11."""


@compiled
def search(a, n, target):  # type: ignore[no-untyped-def]
    """Return the first index at which the running sum exceeds `target`, or n."""
    r = 0
    running = a[0]
    while running <= target:
        r += 1
        if r == n:
            return n
        running += a[r]
    return r


@compiled
def last_possible(a, n):  # type: ignore[no-untyped-def]
    """Return the last reaction that can happen: rounding has led a search beyond it."""
    r = n - 1
    while r > 0 and a[r] == 0.0:
        r -= 1
    return r


@compiled_callback("int32(CPointer(int64), CPointer(float64))", seconds=3.0)
def advance(integers, reals):  # type: ignore[no-untyped-def]
    """Take events until the next known time, or until the slice is used up; see `layout`."""
    n = integers[at.I_REACTIONS]
    y = float_pointer(integers[at.I_POPULATIONS])
    a = float_pointer(integers[at.I_PROPENSITIES])
    code = begin(integers, reals)
    heads = int32_pointer(integers[at.I_HEADS])
    t, total, stop = reals[at.R_TIME], reals[at.R_TOTAL], reals[at.R_STOP]
    largest, changes = reals[at.R_LARGEST_TOTAL], reals[at.R_SUMMED]
    bound = min(pass_outputs(integers, reals, t), stop)
    follows = integers[at.I_CAPACITY] > 0 or integers[at.I_WATCH] != 0
    left = integers[at.I_SLICE]
    before = left
    while left > 0 and code == 0:
        if not changes * largest <= _ULPS * total:
            total = largest = sum_of(a, n)
            changes = 0.0
            integers[at.I_RENEWALS] += 1
            if not 0.0 <= total < _INFINITY:
                code = not_finite(integers, a, n)
                break
        later = t + exponential(integers) / total  # infinite where nothing can happen any more
        if later >= bound:
            bound = min(pass_outputs(integers, reals, later), stop)
            if later >= stop:
                t = stop
                code = at.STOPPED
                break
        if later == t:
            code = stands_still(integers, reals, t)
        t = later
        r = search(a, n, uniform(integers) * total)
        if r == n:
            r = last_possible(a, n)
        integers[at.I_REACTION] = r
        reals[at.R_TIME] = t
        code = max(code, fire(integers, r, y))
        if code != 0:
            break
        left -= 1
        total = update(integers, reals, r, total)
        largest = max(largest, total)
        changes += changes_of(integers, heads, r)
        code = integers[at.I_OTHER]
        if follows:
            code = after_event(integers, reals, r, t, code)
    integers[at.I_EVENTS] += before - left
    integers[at.I_SLICE] = left
    reals[at.R_TIME], reals[at.R_TOTAL] = t, total
    reals[at.R_LARGEST_TOTAL], reals[at.R_SUMMED] = largest, changes
    return code
