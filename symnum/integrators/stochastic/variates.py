"""Poisson and binomial variates of a stream, many at once; for tests."""

from symnum.integrators.stochastic.binomial import binomial
from symnum.integrators.stochastic.compiled import compiled_callback
from symnum.integrators.stochastic.output_stream import start_output
from symnum.integrators.stochastic.poisson import poisson
from symnum.integrators.stochastic.streams import start_stream

__all__ = ["variates"]


@compiled_callback("int32(CPointer(int64), int64, int64, float64, float64, int64, CPointer(float64))", seconds=0.5)
def variates(integers, trajectory, trials, mean, share, count, out):  # type: ignore[no-untyped-def]
    """Write variates: Poisson of a mean, or (where `trials` is positive) binomial of trials with a probability."""
    start_stream(integers, trajectory)
    start_output(integers, 0)
    for k in range(count):
        out[k] = binomial(integers, float(trials), share) if trials > 0 else poisson(integers, mean)
    return 0
