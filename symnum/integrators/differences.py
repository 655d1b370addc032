"""Jacobian values by differences of the right-hand side, for models that give no Jacobian."""

from symnum.integrators.addresses import call_kernel, float_pointer, int32_pointer, int_pointer, offset
from symnum.integrators.compiled import compiled
from symnum.integrators.layout import (
    I_COLOURS,
    I_COLUMNS,
    I_CONTEXT,
    I_INDICES,
    I_INDPTR,
    I_PARAMETERS,
    I_RHS,
    I_RHS_CALLS,
    I_SIZE,
    I_STARTS,
    I_VALUES,
)  # fmt: skip


@compiled
def difference_jacobian(integers, work, weights_row, trial_row, moved_row, t, y, rhs):  # type: ignore[no-untyped-def]
    """Jacobian values by differences, a colour of structurally independent columns at a time; rows of work to use."""
    n = integers[I_SIZE]
    indptr = int32_pointer(integers[I_INDPTR])
    indices = int32_pointer(integers[I_INDICES])
    columns = int_pointer(integers[I_COLUMNS])
    starts = int_pointer(integers[I_STARTS])
    values = float_pointer(integers[I_VALUES])
    weights = offset(work, weights_row * n)
    trial = offset(work, trial_row * n)
    moved = offset(work, moved_row * n)
    for i in range(n):
        trial[i] = y[i]
    for colour in range(integers[I_COLOURS]):
        for q in range(starts[colour], starts[colour + 1]):
            j = columns[q]
            trial[j] = y[j] + 1.49e-8 * max(abs(y[j]), 1.0 / weights[j])
        integers[I_RHS_CALLS] += 1
        code = call_kernel(
            integers[I_RHS], t, trial, float_pointer(integers[I_PARAMETERS]), integers[I_CONTEXT], moved
        )
        if code != 0:
            return code
        for q in range(starts[colour], starts[colour + 1]):
            j = columns[q]
            step = trial[j] - y[j]
            for e in range(indptr[j], indptr[j + 1]):
                values[e] = (moved[indices[e]] - rhs[indices[e]]) / step
            trial[j] = y[j]
    return 0
