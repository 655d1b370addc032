"""Bounds of populations and propensities, for rejection-based methods.

While every population stays within its bounds, the bounds of the propensities hold, and nothing has to be evaluated
after an event. In the work array: lower and upper bounds of the populations (S + 1 each), then lower bounds of the
propensities (n); the upper bounds are kept in the place of the propensities.

General rates have no bounds that could be known: they are evaluated after every event that changes what they read,
and both of their bounds are the value.
"""

from symnum.integrators.addresses import float_pointer, int32_pointer, int_pointer
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.compiled import compiled
from symnum.integrators.stochastic.steps import begin, checked, evaluate_group, factorial_propensity

__all__ = ["PATIENCE", "begin_bounds", "exact_propensity", "is_rejected", "renew_bounds"]

_NAN = float("nan")

RELATIVE = 0.1
"""Half the distance of the bounds of a large population, relative to it."""


PATIENCE = 1000
"""After so many candidates rejected in a row, the bounds are drawn together: perhaps nothing can happen any more."""


@compiled
def _bound_state(integers, s):  # type: ignore[no-untyped-def]
    """Set bounds around the population of a state; a population of zero has no other bounds."""
    n = integers[at.I_STATES]
    x = float_pointer(integers[at.I_POPULATIONS])[s]
    width = max(float(int(RELATIVE * x)), 1.0)
    if x <= 0.0:
        width = 0.0
    lower = float_pointer(integers[at.I_WORK])
    lower[s] = max(x - width, 0.0)
    lower[n + 1 + s] = x + width


@compiled
def _set_bounds(integers):  # type: ignore[no-untyped-def]
    """Set bounds around all populations; the place of the constant 1 keeps it."""
    n = integers[at.I_STATES]
    lower = float_pointer(integers[at.I_WORK])
    for s in range(n):
        _bound_state(integers, s)
    lower[n] = 1.0
    lower[2 * n + 1] = 1.0


@compiled
def _bounded(integers, r, populations):  # type: ignore[no-untyped-def]
    """Return the propensity of a reaction of mass action at lower or upper bounds of the populations."""
    heads = int32_pointer(integers[at.I_HEADS])
    if heads[8 * r + 7] & 7 == at.SIMPLE:
        partners = int32_pointer(integers[at.I_PARTNERS])
        coefficients = float_pointer(integers[at.I_COEFFICIENTS])
        second = max(populations[partners[2 * r + 1]] - coefficients[2 * r + 1], 0.0)
        return coefficients[2 * r] * populations[partners[2 * r]] * second
    return factorial_propensity(integers, r, populations)


@compiled
def exact_propensity(integers, r):  # type: ignore[no-untyped-def]
    """Return the propensity of a reaction of mass action at the populations as they are."""
    return _bounded(integers, r, float_pointer(integers[at.I_POPULATIONS]))


@compiled
def _draw_together(integers):  # type: ignore[no-untyped-def]
    """Let all bounds be the populations and the propensities as they are."""
    n = integers[at.I_STATES]
    y = float_pointer(integers[at.I_POPULATIONS])
    lower = float_pointer(integers[at.I_WORK])
    low = float_pointer(integers[at.I_WORK] + 16 * (n + 1))
    high = float_pointer(integers[at.I_PROPENSITIES])
    heads = int32_pointer(integers[at.I_HEADS])
    for s in range(n):
        lower[s] = lower[n + 1 + s] = y[s]
    for r in range(integers[at.I_REACTIONS]):
        if heads[8 * r + 7] & 7 != at.GENERAL:
            low[r] = high[r] = exact_propensity(integers, r)


@compiled
def is_rejected(integers, r, level):  # type: ignore[no-untyped-def]
    """Return 0 where a candidate drawn at a level below its upper bound is accepted, 1 where it is rejected.

    2 says that all bounds have been drawn together, so that the candidates must be put in order again.
    """
    low = float_pointer(integers[at.I_WORK] + 16 * (integers[at.I_STATES] + 1))
    if level < low[r] or level < exact_propensity(integers, r):
        integers[at.I_IN_A_ROW] = 0
        return 0
    integers[at.I_REJECTIONS] += 1
    integers[at.I_IN_A_ROW] += 1
    if integers[at.I_IN_A_ROW] < PATIENCE:
        return 1
    integers[at.I_IN_A_ROW] = 0
    _draw_together(integers)
    return 2


@compiled
def begin_bounds(integers, reals):  # type: ignore[no-untyped-def]
    """Set all bounds; return 0 or a failure's code. The sum of the upper ones is made afterwards."""
    code = begin(integers, reals)
    _set_bounds(integers)
    n = integers[at.I_STATES]
    lower = float_pointer(integers[at.I_WORK])
    upper = float_pointer(integers[at.I_WORK] + 8 * (n + 1))
    low = float_pointer(integers[at.I_WORK] + 16 * (n + 1))
    high = float_pointer(integers[at.I_PROPENSITIES])
    heads = int32_pointer(integers[at.I_HEADS])
    for r in range(integers[at.I_REACTIONS]):
        low[r] = high[r]
        if heads[8 * r + 7] & 7 != at.GENERAL:
            low[r] = _bounded(integers, r, lower)
            high[r] = _bounded(integers, r, upper)
            code = max(code, checked(integers, r, high[r]))
    return code


@compiled
def _renew_state(integers, s, total, enter):  # type: ignore[no-untyped-def]
    """Set new bounds around a population that has left its own, and of all propensities that read it."""
    _bound_state(integers, s)
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
            low[q] = _bounded(integers, q, lower)
            value = _bounded(integers, q, upper)
            integers[at.I_OTHER] = max(integers[at.I_OTHER], checked(integers, q, value))
            total += value - high[q]
            if enter(integers, q, value):
                total = _NAN
    integers[at.I_BOUNDS] += starts[s + 1] - starts[s]
    return total, starts[s + 1] - starts[s]


@compiled
def _renew_groups(integers, r, t, total, enter):  # type: ignore[no-untyped-def]
    """Evaluate the general rates that an event has changed."""
    low = float_pointer(integers[at.I_WORK] + 16 * (integers[at.I_STATES] + 1))
    high = float_pointer(integers[at.I_PROPENSITIES])
    heads = int32_pointer(integers[at.I_HEADS])
    changed = int32_pointer(integers[at.I_GROUP_DEPENDENTS])
    members = int32_pointer(integers[at.I_GROUP_REACTIONS])
    count = 0
    for k in range(heads[8 * r + 5], heads[8 * r + 6]):
        failure = evaluate_group(integers, t, changed[k])
        table = int_pointer(integers[at.I_GROUP_TABLE] + 48 * changed[k])
        out = float_pointer(table[2])
        for m in range(table[3], table[4]):
            q = members[m]
            failure = max(failure, checked(integers, q, out[m - table[3]]))
            low[q] = out[m - table[3]]
            total += low[q] - high[q]
            if enter(integers, q, low[q]):
                total = _NAN
        integers[at.I_OTHER] = max(integers[at.I_OTHER], failure)
        count += table[4] - table[3]
    return total, count


@compiled
def renew_bounds(integers, r, t, total, enter):  # type: ignore[no-untyped-def]
    """Renew the bounds that an event has made invalid; return the new total and how many there were.

    ``enter(integers, q, value)`` puts the upper bound of a reaction in its place; where it says so, the total is NaN.
    """
    count = 0
    heads = int32_pointer(integers[at.I_HEADS])
    states = int32_pointer(integers[at.I_CHANGE_STATES])
    y = float_pointer(integers[at.I_POPULATIONS])
    lower = float_pointer(integers[at.I_WORK])
    upper = float_pointer(integers[at.I_WORK] + 8 * (integers[at.I_STATES] + 1))
    for k in range(heads[8 * r], heads[8 * r + 1]):
        s = states[k]
        if not lower[s] <= y[s] <= upper[s]:
            total, more = _renew_state(integers, s, total, enter)
            count += more
    if heads[8 * r + 5] != heads[8 * r + 6]:
        total, more = _renew_groups(integers, r, t, total, enter)
        count += more
    return total, count
