"""Logarithms of Poisson and binomial probabilities without cancellation, for compiled code.

C. Loader, "Fast and accurate computation of binomial probabilities" (2000): a probability is a deviance, which is
evaluated accurately, and errors of Stirling's formula.
"""

from math import log, pi

from symnum.integrators.stochastic.compiled import compiled

__all__ = ["deviance", "log_binomial_probability", "log_poisson_probability", "stirling_error"]


@compiled
def stirling_error(n):  # type: ignore[no-untyped-def]
    """Return log(n!) - log(sqrt(2 pi n) (n/e)^n) of a whole number n >= 1."""
    if n < 16.0:
        product = 1.0
        k = 2.0
        while k <= n:
            product *= k
            k += 1.0
        return log(product) - 0.5 * log(2.0 * pi * n) - n * log(n) + n
    z = 1.0 / (n * n)
    return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - z / 1188) * z) * z) * z) / n


@compiled
def deviance(x, m):  # type: ignore[no-untyped-def]
    """Return x log(x/m) + m - x, also where x is near m."""
    d = x - m
    if abs(d) >= 0.1 * (x + m):
        return x * log(x / m) - d
    v = d / (x + m)
    total = d * v
    term = 2.0 * x * v
    v *= v
    k = 3.0
    while k < 60.0:
        term *= v
        following = total + term / k
        if following == total:
            break
        total = following
        k += 2.0
    return total


@compiled
def log_poisson_probability(k, mean):  # type: ignore[no-untyped-def]
    """Return the logarithm of the probability of the whole number k >= 0 where the mean is positive."""
    if k == 0.0:
        return -mean
    return -stirling_error(k) - deviance(k, mean) - 0.5 * log(2.0 * pi * k)


@compiled
def log_binomial_probability(k, n, p):  # type: ignore[no-untyped-def]
    """Return the logarithm of the probability of k successes of n, 0 < p < 1."""
    if k == 0.0:
        return -deviance(n, n * (1.0 - p)) - n * p
    if k == n:
        return -deviance(n, n * p) - n * (1.0 - p)
    rest = n - k
    errors = stirling_error(n) - stirling_error(k) - stirling_error(rest)
    return errors - deviance(k, n * p) - deviance(rest, n * (1.0 - p)) + 0.5 * log(n / (2.0 * pi * k * rest))
