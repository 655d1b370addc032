"""Observables of a block of trajectories, beside the states that are wanted."""

from symnum.compiling.pointers import offset
from symnum.integrators.addresses import call_kernel
from symnum.integrators.ensembles.compiled import statistics

__all__ = ["observe"]


@statistics.compiled_callback(
    "int64(CPointer(float64), CPointer(float64), int64, int64, int64, CPointer(int32), int64, int64, "
    "CPointer(float64), int64, int64, CPointer(float64))",
    seconds=0.5,
    optimise=2,
)
def observe(  # type: ignore[no-untyped-def]
    y, t, rows, times, n_states, columns, n_columns, kernel, p, context, width, out
):
    """Write chosen states, then observables, at each time of each row.

    Parameters
    ----------
    y : pointer to float64[rows, times, n_states]
    t : pointer to float64[times]
    columns : pointer to int32[n_columns]
        The states wanted.
    kernel, context : int
        Addresses of the kernel of the observables and of its context.
    p : pointer to float64
        Parameters.
    out : pointer to float64[rows, times, width]
        `n_columns` states, then what the kernel writes.
    """
    for k in range(rows * times):
        here = k * n_states
        there = k * width
        for j in range(n_columns):
            out[there + j] = y[here + columns[j]]
        call_kernel(kernel, t[k % times], offset(y, here), p, context, offset(out, there + n_columns))
    return 0
