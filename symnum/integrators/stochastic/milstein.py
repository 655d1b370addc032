"""A Milstein method without derivatives, for noise that commutes: of strong and weak order 1.

P. E. Kloeden and E. Platen, "Numerical Solution of Stochastic Differential Equations" (1992), sections 10.3 and 11.1.
"""

from math import sqrt

from symnum.integrators.addresses import float_pointer, int32_pointer
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.compiled import compiled, compiled_callback
from symnum.integrators.stochastic.euler_maruyama import add_euler
from symnum.integrators.stochastic.sde_steps import (
    begin_step,
    column_of,
    draw_increments,
    evaluate,
    finish_step,
    noise_of,
    places,
)

__all__ = ["advance", "set_stage"]


@compiled
def set_stage(integers, j, factor, step):  # type: ignore[no-untyped-def]
    """Set the states to those at the beginning, moved along the noise j, and along the drift for a time."""
    n, size = integers[at.I_REACTIONS], integers[at.I_STATES]
    heads = int32_pointer(integers[at.I_HEADS])
    states = int32_pointer(integers[at.I_CHANGE_STATES])
    values = float_pointer(integers[at.I_CHANGE_VALUES])
    y = float_pointer(integers[at.I_POPULATIONS])
    column, here = column_of(integers), places(integers)
    for s in range(size):
        y[s] = here[s] + step * here[size + s]
    for r in range(n):
        if column[r] == j and here[3 * size + r] != 0.0:
            for k in range(heads[8 * r], heads[8 * r + 1]):
                y[states[k]] += factor * values[k] * here[3 * size + r]


@compiled
def _add_correction(integers, j, step):  # type: ignore[no-untyped-def]
    """Add what the change of all amplitudes along the noise j does."""
    n, size = integers[at.I_REACTIONS], integers[at.I_STATES]
    heads = int32_pointer(integers[at.I_HEADS])
    states = int32_pointer(integers[at.I_CHANGE_STATES])
    values = float_pointer(integers[at.I_CHANGE_VALUES])
    column, here, noise = column_of(integers), places(integers), noise_of(integers)
    increments = 3 * size + n
    for r in range(n):
        difference = noise[r] - here[3 * size + r]
        if difference != 0.0:
            product = here[increments + j] * here[increments + column[r]]
            if column[r] == j:
                product -= step
            for k in range(heads[8 * r], heads[8 * r + 1]):
                here[2 * size + states[k]] += values[k] * difference * 0.5 * product / sqrt(step)


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
            add_euler(integers, step, 1.0)
            for j in range(count):
                set_stage(integers, j, sqrt(step), step)
                code = max(code, evaluate(integers, reals, t))
                _add_correction(integers, j, step)
        if code == 0:
            code = finish_step(integers, reals, end)
    return code
