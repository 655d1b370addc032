"""Euler-Maruyama: of strong order 1/2 and weak order 1.

G. Maruyama, "Continuous Markov processes and stochastic equations", Rend. Circ. Mat. Palermo 4, 48 (1955).
"""

from symnum.integrators.addresses import float_pointer, int32_pointer
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.compiled import compiled, compiled_callback
from symnum.integrators.stochastic.sde_steps import (
    begin_step,
    column_of,
    draw_increments,
    finish_step,
    places,
)

__all__ = ["add_euler", "advance"]


@compiled
def add_euler(integers, step, weight):  # type: ignore[no-untyped-def]
    """Add drift and, with a weight, noise of an Euler-Maruyama step to the change."""
    n, size = integers[at.I_REACTIONS], integers[at.I_STATES]
    heads = int32_pointer(integers[at.I_HEADS])
    states = int32_pointer(integers[at.I_CHANGE_STATES])
    values = float_pointer(integers[at.I_CHANGE_VALUES])
    column, here = column_of(integers), places(integers)
    noise, increments, change = 3 * size, 3 * size + n, 2 * size
    for s in range(size):
        here[change + s] += step * here[size + s]
    for r in range(n):
        move = weight * here[noise + r] * here[increments + column[r]]
        if move != 0.0:
            for k in range(heads[8 * r], heads[8 * r + 1]):
                here[change + states[k]] += values[k] * move


@compiled_callback("int32(CPointer(int64), CPointer(float64))", seconds=0.5)
def advance(integers, reals):  # type: ignore[no-untyped-def]
    """Take steps until the next known time, or until the slice is used up; see `layout` and `sde_steps`."""
    code = 0
    while integers[at.I_SLICE] > 0 and code == 0:
        end, code = begin_step(integers, reals)
        if code == 0:
            step = end - reals[at.R_TIME]
            draw_increments(integers, step)
            add_euler(integers, step, 1.0)
            code = finish_step(integers, reals, end)
    return code
