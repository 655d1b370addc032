"""Rates that depend on time: the hazard is integrated until it reaches an exponential number.

The next event happens where the integral of the total propensity reaches a standard exponential number; which reaction
it is, is drawn by the propensities at that time. The integral is computed by Gauss and Kronrod's 3 and 7 points on
panels whose size follows the difference of the two; the time is found by Newton's method within a panel. So the law is
exact up to the tolerance of the quadrature, far below what any number of samples could show.

D. T. Gillespie, "A rigorous derivation of the chemical master equation", Physica A 188, 404 (1992); the rule of
quadrature: A. S. Kronrod, "Nodes and weights of quadrature formulas" (1965).
"""

from symnum.integrators.addresses import float_pointer, int32_pointer, int_pointer
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.compiled import compiled, compiled_callback
from symnum.integrators.stochastic.direct import last_possible, search
from symnum.integrators.stochastic.steps import (
    after_event,
    begin,
    checked,
    evaluate_group,
    fire,
    pass_outputs,
    reach,
    sum_of,
    update,
)
from symnum.integrators.stochastic.streams import exponential, uniform

__all__ = ["PANELS", "advance"]

PANELS = 64
"""At least so many panels lie between two known times: no panel is longer."""

_RELATIVE, _ABSOLUTE = 1e-7, 1e-10  # of the 3-point rule; the 7-point rule, whose result is used, is far better
_ITERATIONS = 60
_INFINITY = float("inf")

_NODE_1, _NODE_2, _NODE_3 = 0.960491268708020283, 0.774596669241483377, 0.434243749346802558
_WEIGHT_0, _WEIGHT_1, _WEIGHT_2, _WEIGHT_3 = (
    0.450916538658474142,
    0.104656226026467265,
    0.268488089868333440,
    0.401397414775962223,
)
_GAUSS_0, _GAUSS_2 = 8.0 / 9.0, 5.0 / 9.0


@compiled
def _timed(integers, t):  # type: ignore[no-untyped-def]
    """Return the sum of the rates that depend on time; a failure's code is left in ``integers[I_OTHER]``."""
    members = int32_pointer(integers[at.I_GROUP_REACTIONS])
    total = 0.0
    for group in range(integers[at.I_GROUPS]):
        table = int_pointer(integers[at.I_GROUP_TABLE] + 48 * group)
        if table[5] != 0:
            failure = evaluate_group(integers, t, group)
            out = float_pointer(table[2])
            for k in range(table[3], table[4]):
                value = out[k - table[3]]
                failure = max(failure, checked(integers, members[k], value))
                total += value
            integers[at.I_OTHER] = max(integers[at.I_OTHER], failure)
    return total


@compiled
def _enter_timed(integers, a, is_zero):  # type: ignore[no-untyped-def]
    """Enter the rates evaluated last among the propensities, or zeros in their place."""
    members = int32_pointer(integers[at.I_GROUP_REACTIONS])
    for group in range(integers[at.I_GROUPS]):
        table = int_pointer(integers[at.I_GROUP_TABLE] + 48 * group)
        if table[5] != 0:
            out = float_pointer(table[2])
            for k in range(table[3], table[4]):
                a[members[k]] = 0.0 if is_zero else out[k - table[3]]


@compiled
def _panel(integers, t, h):  # type: ignore[no-untyped-def]
    """Return the integral of the rates that depend on time over [t, t + h], by seven points and by three."""
    half = 0.5 * h
    centre = t + half
    middle = _timed(integers, centre)
    first = _timed(integers, centre - _NODE_1 * half) + _timed(integers, centre + _NODE_1 * half)
    second = _timed(integers, centre - _NODE_2 * half) + _timed(integers, centre + _NODE_2 * half)
    third = _timed(integers, centre - _NODE_3 * half) + _timed(integers, centre + _NODE_3 * half)
    kronrod = half * (_WEIGHT_0 * middle + _WEIGHT_1 * first + _WEIGHT_2 * second + _WEIGHT_3 * third)
    return kronrod, half * (_GAUSS_0 * middle + _GAUSS_2 * second)


@compiled
def _locate(integers, t, h, constant, wanted, part):  # type: ignore[no-untyped-def]
    """Return the time in [t, t + h] at which the integral, `part` over the whole, is `wanted`."""
    low, high = 0.0, h
    x = h * (wanted / part)
    for _ in range(_ITERATIONS):
        value, _ = _panel(integers, t, x)
        excess = value + constant * x - wanted
        if excess > 0.0:
            high = x
        else:
            low = x
        rate = constant + _timed(integers, t + x)
        following = x - excess / rate if rate > 0.0 else low
        if not low < following < high:
            following = 0.5 * (low + high)
        done = abs(following - x) <= 1e-9 * h  # the next error would be the square of this
        x = following
        if done or integers[at.I_OTHER] != 0:
            break
    return t + x


@compiled
def _next_time(integers, reals, constant, wanted, t, stop):  # type: ignore[no-untyped-def]
    """Return the time at which the hazard's integral from `t` on is `wanted`; infinity where it is after `stop`."""
    longest = reals[at.R_LONGEST]
    h = min(reals[at.R_STEP], longest)
    while integers[at.I_OTHER] == 0:
        rest = stop - t
        if rest <= 1e-15 * abs(stop):
            return _INFINITY
        h = min(h, rest)
        kronrod, gauss = _panel(integers, t, h)
        if abs(kronrod - gauss) > _RELATIVE * abs(kronrod) + _ABSOLUTE:
            h *= 0.5
            if h <= 1e-15 * abs(t):
                integers[at.I_OTHER] = at.INTEGRAL_FAILED
            continue
        part = kronrod + constant * h
        if part >= wanted:
            reals[at.R_STEP] = h
            return _locate(integers, t, h, constant, wanted, part)
        wanted -= part
        t += h
        h = min(2.0 * h, longest)
    return t


@compiled
def _begin_timed(integers, reals):  # type: ignore[no-untyped-def]
    if integers[at.I_STARTED] == 0:
        reals[at.R_LONGEST] = (reals[at.R_STOP] - reals[at.R_TIME]) / PANELS
        reals[at.R_STEP] = reals[at.R_LONGEST]
    return begin(integers, reals)


@compiled
def _choose(integers, reals, a, n, t):  # type: ignore[no-untyped-def]
    """Return the reaction that happens at `t`, and leave in `R_STEP` twice the waiting time to be expected."""
    _timed(integers, t)
    _enter_timed(integers, a, False)
    total = sum_of(a, n)
    reals[at.R_TOTAL] = total
    reals[at.R_STEP] = 2.0 / total
    r = search(a, n, uniform(integers) * total)
    return last_possible(a, n) if r == n else r


@compiled_callback("int32(CPointer(int64), CPointer(float64))", seconds=0.5)
def advance(integers, reals):  # type: ignore[no-untyped-def]
    """Take events until the next known time, or until the slice is used up; see `layout`."""
    n = integers[at.I_REACTIONS]
    y = float_pointer(integers[at.I_POPULATIONS])
    a = float_pointer(integers[at.I_PROPENSITIES])
    code = _begin_timed(integers, reals)
    t, stop = reals[at.R_TIME], reals[at.R_STOP]
    bound = min(pass_outputs(integers, reals, t), stop)
    left = integers[at.I_SLICE]
    before = left
    while left > 0 and code == 0:
        _enter_timed(integers, a, True)
        later = _next_time(integers, reals, sum_of(a, n), exponential(integers), t, stop)
        code = integers[at.I_OTHER]
        if code != 0:
            t = min(later, stop)
            break
        t, bound, code = reach(integers, reals, t, later, bound)
        if code == at.STOPPED:
            break
        r = _choose(integers, reals, a, n, t)
        integers[at.I_REACTION] = r
        reals[at.R_TIME] = t
        code = max(code, integers[at.I_OTHER], fire(integers, r, y))
        if code != 0:
            break
        left -= 1
        update(integers, reals, r, 0.0)
        code = integers[at.I_OTHER]
        code = after_event(integers, reals, r, t, code)
    integers[at.I_EVENTS] += before - left
    integers[at.I_SLICE] = left
    reals[at.R_TIME] = t
    return code
