"""The next reaction method: each reaction has a time of its own, the earliest stands at the top of a heap.

M. A. Gibson and J. Bruck, "Efficient exact stochastic simulation of chemical systems with many species and many
channels", J. Phys. Chem. A 104, 1876 (2000). A time is rescaled when the propensity changes; where a propensity has
been zero a new one is drawn, which is as good, since exponential times have no memory.
"""

from symnum.integrators.addresses import float_pointer, int32_pointer, int_pointer
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.compiled import compiled, compiled_callback
from symnum.integrators.stochastic.direct import sum_propensities
from symnum.integrators.stochastic.steps import (
    begin,
    checked,
    evaluate_group,
    factorial_propensity,
    propensity,
)
from symnum.integrators.stochastic.streams import exponential
from symnum.integrators.stochastic.take_events import take_events

__all__ = ["advance"]

_INFINITY = float("inf")


@compiled
def _sift_up(times, heap, places, k):  # type: ignore[no-untyped-def]
    r = heap[k]
    time = times[r]
    while k > 0:
        above = (k - 1) >> 1
        other = heap[above]
        if times[other] <= time:
            break
        heap[k] = other
        places[other] = k
        k = above
    heap[k] = r
    places[r] = k


@compiled
def _sift_down(times, heap, places, k, n):  # type: ignore[no-untyped-def]
    r = heap[k]
    time = times[r]
    below = 2 * k + 1
    while below < n:
        if below + 1 < n and times[heap[below + 1]] < times[heap[below]]:
            below += 1
        other = heap[below]
        if times[other] >= time:
            break
        heap[k] = other
        places[other] = k
        k = below
        below = 2 * k + 1
    heap[k] = r
    places[r] = k


@compiled
def _set_time(integers, r, time):  # type: ignore[no-untyped-def]
    """Enter a new time of a reaction in the heap."""
    n = integers[at.I_REACTIONS]
    times = float_pointer(integers[at.I_WORK])
    heap = int_pointer(integers[at.I_WHOLE_WORK])
    places = int_pointer(integers[at.I_WHOLE_WORK] + 8 * n)
    old = times[r]
    times[r] = time
    if time < old:
        _sift_up(times, heap, places, places[r])
    elif time > old:
        _sift_down(times, heap, places, places[r], n)


@compiled
def _change(integers, q, value, t):  # type: ignore[no-untyped-def]
    """Enter the new propensity of a reaction that has not happened."""
    a = float_pointer(integers[at.I_PROPENSITIES])
    old = a[q]
    if value == old:
        return
    a[q] = value
    times = float_pointer(integers[at.I_WORK])
    if value <= 0.0:
        _set_time(integers, q, _INFINITY)
    elif old <= 0.0:
        _set_time(integers, q, t + exponential(integers) / value)
    else:
        _set_time(integers, q, t + (old / value) * (times[q] - t))


@compiled
def _change_others(integers, r, t):  # type: ignore[no-untyped-def]
    """Enter the new propensities of dependents that are not simple; return 0 or a failure's code."""
    heads = int32_pointer(integers[at.I_HEADS])
    dependents = int32_pointer(integers[at.I_DEPENDENTS])
    y = float_pointer(integers[at.I_POPULATIONS])
    code = 0
    for k in range(heads[8 * r + 3], heads[8 * r + 4]):
        value = factorial_propensity(integers, dependents[k], y)
        code = max(code, checked(integers, dependents[k], value))
        _change(integers, dependents[k], value, t)
    changed = int32_pointer(integers[at.I_GROUP_DEPENDENTS])
    members = int32_pointer(integers[at.I_GROUP_REACTIONS])
    for k in range(heads[8 * r + 5], heads[8 * r + 6]):
        code = max(code, evaluate_group(integers, t, changed[k]))
        table = int_pointer(integers[at.I_GROUP_TABLE] + 48 * changed[k])
        out = float_pointer(table[2])
        for m in range(table[3], table[4]):
            code = max(code, checked(integers, members[m], out[m - table[3]]))
            _change(integers, members[m], out[m - table[3]], t)
    return code


@compiled
def _begin_times(integers, reals):  # type: ignore[no-untyped-def]
    """Draw a time for every reaction, and make the heap."""
    if integers[at.I_STARTED] != 0:
        return 0
    code = begin(integers, reals)
    n = integers[at.I_REACTIONS]
    a = float_pointer(integers[at.I_PROPENSITIES])
    times = float_pointer(integers[at.I_WORK])
    heap = int_pointer(integers[at.I_WHOLE_WORK])
    places = int_pointer(integers[at.I_WHOLE_WORK] + 8 * n)
    times[0] = _INFINITY  # also where there is no reaction at all
    heap[0] = 0
    for r in range(n):
        heap[r] = r
        places[r] = r
        times[r] = reals[at.R_TIME] + exponential(integers) / a[r] if a[r] > 0.0 else _INFINITY
    for k in range(n // 2 - 1, -1, -1):
        _sift_down(times, heap, places, k, n)
    return code


@compiled
def _happen(integers, r, t):  # type: ignore[no-untyped-def]
    """Give all reactions whose propensity has changed, and the one that has happened, new times; return 0 or a code."""
    heads = int32_pointer(integers[at.I_HEADS])
    dependents = int32_pointer(integers[at.I_DEPENDENTS])
    a = float_pointer(integers[at.I_PROPENSITIES])
    code = 0
    float_pointer(integers[at.I_WORK])[r] = t
    for k in range(heads[8 * r + 2], heads[8 * r + 3]):
        q = dependents[k]
        if q != r:
            _change(integers, q, propensity(integers, q), t)
        else:
            a[q] = propensity(integers, q)
    if heads[8 * r + 7] >= at.HAS_OTHERS:
        code = _change_others(integers, r, t)
    next_time = t + exponential(integers) / a[r] if a[r] > 0.0 else _INFINITY
    times = float_pointer(integers[at.I_WORK])
    n = integers[at.I_REACTIONS]
    places = int_pointer(integers[at.I_WHOLE_WORK] + 8 * n)
    times[r] = next_time
    _sift_down(times, int_pointer(integers[at.I_WHOLE_WORK]), places, places[r], n)
    return code


@compiled
def _earliest(integers, t, total):  # type: ignore[no-untyped-def]
    return float_pointer(integers[at.I_WORK])[int_pointer(integers[at.I_WHOLE_WORK])[0]]


@compiled
def _draw(integers, total):  # type: ignore[no-untyped-def]
    return int_pointer(integers[at.I_WHOLE_WORK])[0]


@compiled
def _renew(integers, reals, r, t, total):  # type: ignore[no-untyped-def]
    integers[at.I_OTHER] = _happen(integers, r, t)
    return total, 0


@compiled_callback("int32(CPointer(int64), CPointer(float64))", seconds=0.5)
def advance(integers, reals):  # type: ignore[no-untyped-def]
    """Take events until the next known time, or until the slice is used up; see `layout`."""
    code = _begin_times(integers, reals)
    return take_events(integers, reals, code, sum_propensities, _earliest, _draw, _renew)
