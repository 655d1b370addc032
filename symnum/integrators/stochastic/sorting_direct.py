"""The sorting direct method: as the direct method, with reactions that happen often moved to the front of the search.

J. M. McCollum, G. D. Peterson, C. D. Cox, M. L. Simpson and N. F. Samatova, "The sorting direct method for stochastic
simulation of biochemical systems with varying reaction execution behavior", Comput. Biol. Chem. 30, 39 (2006).
"""

from symnum.integrators.addresses import float_pointer, int32_pointer, int_pointer
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

__all__ = ["advance"]

_INFINITY = float("inf")
_ULPS = 262144.0  # as for the direct method


@compiled
def _search(a, order, n, target):  # type: ignore[no-untyped-def]
    """Return the place in the order at which the running sum exceeds `target`; the last possible one if none does."""
    running = a[order[0]]
    k = 0
    while running <= target:
        k += 1
        if k == n:
            k = n - 1
            while k > 0 and a[order[k]] == 0.0:
                k -= 1
            return k
        running += a[order[k]]
    return k


@compiled
def _begin_sorted(integers, reals):  # type: ignore[no-untyped-def]
    """Begin with the order of declaration."""
    is_first = integers[at.I_STARTED] == 0
    code = begin(integers, reals)
    if is_first:
        order = int_pointer(integers[at.I_WHOLE_WORK])
        for r in range(integers[at.I_REACTIONS]):
            order[r] = r
    return code


@compiled_callback("int32(CPointer(int64), CPointer(float64))", seconds=3.0)
def advance(integers, reals):  # type: ignore[no-untyped-def]
    """Take events until the next known time, or until the slice is used up; see `layout`."""
    n = integers[at.I_REACTIONS]
    y = float_pointer(integers[at.I_POPULATIONS])
    a = float_pointer(integers[at.I_PROPENSITIES])
    order = int_pointer(integers[at.I_WHOLE_WORK])
    heads = int32_pointer(integers[at.I_HEADS])
    code = _begin_sorted(integers, reals)
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
        k = _search(a, order, n, uniform(integers) * total)
        r = order[k]
        if k > 0:  # one place to the front
            order[k] = order[k - 1]
            order[k - 1] = r
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
