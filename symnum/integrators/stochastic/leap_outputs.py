"""Populations at output times within a leap."""

from symnum.integrators.addresses import float_pointer, int32_pointer
from symnum.integrators.stochastic import approximate_layout as own
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.binomial import binomial
from symnum.integrators.stochastic.compiled import compiled_callback
from symnum.integrators.stochastic.leaps import counts_of, populations_before
from symnum.integrators.stochastic.output_stream import start_output

__all__ = ["leap_outputs"]


@compiled_callback("int32(CPointer(int64), CPointer(float64))", seconds=0.5)
def leap_outputs(integers, reals):  # type: ignore[no-untyped-def]
    """Write the populations at output times within a leap, whose counts are used up by that.

    The leap goes from the time reached to ``work[W_END]``. Given how often a reaction happens in it, the number before
    a time within is binomial: it is drawn from numbers of that output time, and the trajectory stays as it is.
    """
    n, size = integers[at.I_REACTIONS], integers[at.I_STATES]
    grid = float_pointer(integers[at.I_GRID])
    k = integers[at.I_GRID_NEXT]
    t, end = reals[at.R_TIME], float_pointer(integers[at.I_WORK])[own.W_END]
    heads = int32_pointer(integers[at.I_HEADS])
    states = int32_pointer(integers[at.I_CHANGE_STATES])
    values = float_pointer(integers[at.I_CHANGE_VALUES])
    kept = int32_pointer(integers[at.I_KEPT])
    out = float_pointer(integers[at.I_OUT])
    counts, before = counts_of(integers), populations_before(integers)
    here = float_pointer(integers[at.I_WORK] + 8 * (own.W_ARRAYS + n + 5 * size))
    for s in range(size):
        here[s] = before[s]
    width = integers[at.I_KEPT_COUNT]
    while k < integers[at.I_GRID_SIZE] and grid[k] < end:
        start_output(integers, k)
        share = (grid[k] - t) / (end - t)
        for r in range(n):
            if counts[r] > 0.0:
                part = binomial(integers, counts[r], share)
                counts[r] -= part
                for j in range(heads[8 * r], heads[8 * r + 1]):
                    here[states[j]] += values[j] * part
        lowest = 0.0
        for s in range(size):
            lowest = min(lowest, here[s])
        for j in range(width):  # what came first cannot have been more than there was
            out[k * width + j] = here[kept[j]] if lowest >= 0.0 else before[kept[j]]
        t = grid[k]
        k += 1
    integers[at.I_GRID_NEXT] = k
    return 0
