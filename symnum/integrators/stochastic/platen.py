"""Platen's explicit method of weak order 2, for noise of any kind.

P. E. Kloeden and E. Platen, "Numerical Solution of Stochastic Differential Equations" (1992), equation (15.1.3). Its
strong order is 1/2; of order 2 are moments and other means.
"""

from math import sqrt

from symnum.integrators.addresses import float_pointer, int32_pointer
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.compiled import compiled, compiled_callback
from symnum.integrators.stochastic.euler_maruyama import add_euler
from symnum.integrators.stochastic.milstein import set_stage
from symnum.integrators.stochastic.sde_steps import (
    begin_step,
    column_of,
    draw_increments,
    evaluate,
    finish_step,
    noise_of,
    places,
    sde_doubles,
)
from symnum.integrators.stochastic.streams import uniform

__all__ = ["advance", "platen_doubles"]


def platen_doubles(states: int, reactions: int) -> int:
    """Return the size of the work array of reals: signs of all pairs of Wiener processes come last."""
    return sde_doubles(states, reactions) + reactions * reactions


@compiled
def _signs(integers, count):  # type: ignore[no-untyped-def]
    """Draw the random signs V_qj / step of all pairs, antisymmetric; return their place."""
    n, size = integers[at.I_REACTIONS], integers[at.I_STATES]
    here = places(integers)
    first = 3 * size + 2 * n
    for q in range(count):
        here[first + q * count + q] = -1.0
        for j in range(q):
            sign = 1.0 if uniform(integers) < 0.5 else -1.0
            here[first + q * count + j] = sign
            here[first + j * count + q] = -sign
    return first


@compiled
def _add_own(integers, j, sign, step):  # type: ignore[no-untyped-def]
    """Add the part of the supporting value R+ or R- of the noise j."""
    n, size = integers[at.I_REACTIONS], integers[at.I_STATES]
    heads = int32_pointer(integers[at.I_HEADS])
    states = int32_pointer(integers[at.I_CHANGE_STATES])
    values = float_pointer(integers[at.I_CHANGE_VALUES])
    column, here, noise = column_of(integers), places(integers), noise_of(integers)
    w = here[3 * size + n + j]
    factor = 0.25 * (w + sign * (w * w - step) / sqrt(step))
    for r in range(n):
        if column[r] == j and noise[r] != 0.0:
            for k in range(heads[8 * r], heads[8 * r + 1]):
                here[2 * size + states[k]] += values[k] * noise[r] * factor


@compiled
def _add_others(integers, q, sign, step, first, count):  # type: ignore[no-untyped-def]
    """Add the part of the supporting value U+ or U- of the noise q, for all other noises."""
    n, size = integers[at.I_REACTIONS], integers[at.I_STATES]
    heads = int32_pointer(integers[at.I_HEADS])
    states = int32_pointer(integers[at.I_CHANGE_STATES])
    values = float_pointer(integers[at.I_CHANGE_VALUES])
    column, here, noise = column_of(integers), places(integers), noise_of(integers)
    increments = 3 * size + n
    for r in range(n):
        difference = noise[r] - here[3 * size + r]
        j = column[r]
        if j != q and difference != 0.0:
            w = here[increments + j]
            mixed = w * here[increments + q] + here[first + q * count + j] * step
            factor = 0.25 * (w + sign * mixed / sqrt(step))
            for k in range(heads[8 * r], heads[8 * r + 1]):
                here[2 * size + states[k]] += values[k] * difference * factor


@compiled
def _add_drift_after(integers, reals, end, step):  # type: ignore[no-untyped-def]
    """Correct the drift by that at the end of an Euler-Maruyama step."""
    size = integers[at.I_STATES]
    heads = int32_pointer(integers[at.I_HEADS])
    states = int32_pointer(integers[at.I_CHANGE_STATES])
    values = float_pointer(integers[at.I_CHANGE_VALUES])
    y = float_pointer(integers[at.I_POPULATIONS])
    a = float_pointer(integers[at.I_PROPENSITIES])
    here = places(integers)
    add_euler(integers, step, 1.0)
    for s in range(size):
        y[s] = here[s] + here[2 * size + s]
        here[2 * size + s] = 0.0
    code = evaluate(integers, reals, end)
    add_euler(integers, 0.5 * step, 0.5)
    for r in range(integers[at.I_REACTIONS]):
        for k in range(heads[8 * r], heads[8 * r + 1]):
            here[2 * size + states[k]] += 0.5 * step * values[k] * a[r]
    return code


@compiled_callback("int32(CPointer(int64), CPointer(float64))", seconds=0.5)
def advance(integers, reals):  # type: ignore[no-untyped-def]
    """Take steps until the next known time, or until the slice is used up; see `layout` and `sde_steps`."""
    code = 0
    while integers[at.I_SLICE] > 0 and code == 0:
        end, code = begin_step(integers, reals)
        t = reals[at.R_TIME]
        step = end - t
        if code == 0:
            count = draw_increments(integers, step)
            first = _signs(integers, count)
            code = _add_drift_after(integers, reals, end, step)
            for j in range(count):
                for k in range(2):
                    sign = 1.0 - 2.0 * k
                    set_stage(integers, j, sign * sqrt(step), step)
                    code = max(code, evaluate(integers, reals, end))
                    _add_own(integers, j, sign, step)
                    if count > 1:
                        set_stage(integers, j, sign * sqrt(step), 0.0)
                        code = max(code, evaluate(integers, reals, t))
                        _add_others(integers, j, sign, step, first, count)
        if code == 0:
            code = finish_step(integers, reals, end)
    return code
