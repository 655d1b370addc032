"""Poisson variates: inversion for small means, transformed rejection for others.

W. Hörmann, "The transformed rejection method for generating Poisson random variables", Insur. Math. Econ. 12, 39
(1993), algorithm PTRS. The final test uses probabilities without cancellation, so the law holds for large means too.
"""

from math import exp, floor, log, sqrt

from symnum.integrators.stochastic.compiled import compiled
from symnum.integrators.stochastic.probabilities import log_poisson_probability
from symnum.integrators.stochastic.streams import uniform

__all__ = ["poisson"]

SMALL = 10.0
"""Mean below which the running sum of probabilities is searched."""


@compiled
def _by_inversion(integers, mean):  # type: ignore[no-untyped-def]
    left = uniform(integers)
    probability = exp(-mean)
    k = 0.0
    while left > probability and k < 200.0:
        left -= probability
        k += 1.0
        probability *= mean / k
    return k


@compiled
def _by_rejection(integers, mean):  # type: ignore[no-untyped-def]
    b = 0.931 + 2.53 * sqrt(mean)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    quick = 0.9277 - 3.6224 / (b - 2.0)
    while True:
        v = uniform(integers)
        u = uniform(integers) - 0.5
        distance = 0.5 - abs(u)
        k = floor((2.0 * a / distance + b) * u + mean + 0.43)
        if distance >= 0.07 and v <= quick:
            return float(k)
        if k < 0.0 or (distance < 0.013 and v > distance):
            continue
        if log(v * inverse_alpha / (a / (distance * distance) + b)) <= log_poisson_probability(float(k), mean):
            return float(k)


@compiled
def poisson(integers, mean):  # type: ignore[no-untyped-def]
    """Return a Poisson variate, as float64; 0 for a mean that is not positive."""
    if mean <= 0.0:
        return 0.0
    if mean < SMALL:
        return _by_inversion(integers, mean)
    return _by_rejection(integers, mean)
