"""Binomial variates: inversion for small means, transformed rejection for others.

W. Hörmann, "The generation of binomial random variates", J. Stat. Comput. Simul. 46, 101 (1993), algorithm BTRS. They
divide the events of a leap between the time before and the time after an output.
"""

from math import exp, floor, log, log1p, sqrt

from symnum.integrators.stochastic.compiled import compiled
from symnum.integrators.stochastic.output_stream import output_uniform
from symnum.integrators.stochastic.probabilities import log_binomial_probability

__all__ = ["binomial"]

SMALL = 10.0
"""Mean below which the running sum of probabilities is searched."""


@compiled
def _by_inversion(integers, n, p):  # type: ignore[no-untyped-def]
    odds = p / (1.0 - p)
    probability = exp(n * log1p(-p))
    left = output_uniform(integers)
    k = 0.0
    while left > probability and k < n and k < 400.0:
        left -= probability
        k += 1.0
        probability *= odds * (n - k + 1.0) / k
    return k


@compiled
def _by_rejection(integers, n, p):  # type: ignore[no-untyped-def]
    spread = sqrt(n * p * (1.0 - p))
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * p
    centre = n * p + 0.5
    alpha = (2.83 + 5.1 / b) * spread
    quick = 0.92 - 4.2 / b
    mode = floor((n + 1.0) * p)
    highest = log_binomial_probability(float(mode), n, p)
    while True:
        u = output_uniform(integers) - 0.5
        v = output_uniform(integers)
        distance = 0.5 - abs(u)
        k = floor((2.0 * a / distance + b) * u + centre)
        if distance >= 0.07 and v <= quick:
            return float(k)
        if k < 0.0 or k > n:
            continue
        height = log(v * alpha / (a / (distance * distance) + b))
        if height <= log_binomial_probability(float(k), n, p) - highest:
            return float(k)


@compiled
def binomial(integers, n, p):  # type: ignore[no-untyped-def]
    """Return a binomial variate of n trials, as float64, from the numbers that belong to an output time."""
    if n <= 0.0 or p <= 0.0:
        return 0.0
    if p >= 1.0:
        return n
    q = min(p, 1.0 - p)
    k = _by_inversion(integers, n, q) if n * q < SMALL else _by_rejection(integers, n, q)
    return k if p <= 0.5 else n - k
