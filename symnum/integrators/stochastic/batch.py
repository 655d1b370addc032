"""Many trajectories in one call: the interpreter lock is released for all of them."""

from math import nan

from symnum.integrators.addresses import call_engine, float_pointer
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.compiled import compiled_callback
from symnum.integrators.stochastic.streams import start_stream

__all__ = ["batch"]

_ENDLESS = 1 << 62


@compiled_callback(
    "int64(CPointer(int64), CPointer(float64), int64, int64, int64, float64, CPointer(float64), CPointer(float64), "
    "CPointer(int32))",
    seconds=0.5,
)
def batch(integers, reals, engine, first, count, t0, y0, out, codes):  # type: ignore[no-untyped-def]
    """Run `count` trajectories from (t0, y0) to ``reals[R_STOP]``; return the number of events.

    See `symnum.integrators.stochastic.trajectory.Trajectory.run_batch`.
    """
    y = float_pointer(integers[at.I_POPULATIONS])
    n = integers[at.I_STATES]
    size = integers[at.I_GRID_SIZE] * integers[at.I_KEPT_COUNT]
    most = integers[at.I_MAX_EVENTS]
    events = 0
    place = integers[at.I_OUT]
    integers[at.I_IS_END] = 1
    for k in range(count):
        start_stream(integers, first + k)
        for i in range(n):
            y[i] = y0[i]
        reals[at.R_TIME] = t0
        integers[at.I_STARTED] = 0
        integers[at.I_EVENTS] = 0
        integers[at.I_STILL] = 0
        integers[at.I_GRID_NEXT] = 0
        integers[at.I_REACTION] = -1
        integers[at.I_SLICE] = most if most > 0 else _ENDLESS
        here = k * size
        integers[at.I_OUT] = place + 8 * here
        code = call_engine(engine, integers, reals)
        while code == at.RUNNING and integers[at.I_SLICE] > 0:  # too many rejections for one call
            code = call_engine(engine, integers, reals)
        if code == at.RUNNING:
            code = at.TOO_MANY_EVENTS
        if code != at.STOPPED:
            for i in range(integers[at.I_GRID_NEXT] * integers[at.I_KEPT_COUNT], size):
                out[here + i] = nan
        codes[k] = code
        events += integers[at.I_EVENTS]
    integers[at.I_OUT] = place
    return events
