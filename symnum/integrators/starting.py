"""Automatic first step (Hairer, Norsett and Wanner, Solving Ordinary Differential Equations I, section II.4)."""

from symnum.integrators.addresses import call_kernel, float_pointer
from symnum.integrators.compiled import compiled
from symnum.integrators.layout import (
    I_CONTEXT,
    I_PARAMETERS,
    I_RHS,
    I_SIZE,
    R_END,
    R_MAX_STEP,
    R_TIME,
)  # fmt: skip
from symnum.integrators.vectors import EPSILON, weighted_norm


@compiled
def starting_step(integers, reals, y, rhs, weights, trial, moved, order):  # type: ignore[no-untyped-def]
    """Return a signed first step for a method of the given order; costs one right-hand side."""
    n = integers[I_SIZE]
    span = reals[R_END] - reals[R_TIME]
    direction = 1.0 if span > 0.0 else -1.0
    size = weighted_norm(n, y, weights)
    speed = weighted_norm(n, rhs, weights)
    first = 1e-6 if size < 1e-5 or speed < 1e-5 else 0.01 * size / speed
    first = max(first, 16.0 * EPSILON * abs(reals[R_TIME]))  # where all values are rounding errors, so is their share
    first = min(first, abs(span), reals[R_MAX_STEP])
    for i in range(n):
        trial[i] = y[i] + direction * first * rhs[i]
    code = call_kernel(
        integers[I_RHS],
        reals[R_TIME] + direction * first,
        trial,
        float_pointer(integers[I_PARAMETERS]),
        integers[I_CONTEXT],
        moved,
    )
    for i in range(n):
        moved[i] -= rhs[i]
    bend = weighted_norm(n, moved, weights) / first
    if code != 0 or not bend < 1e300:
        return direction * 1e-3 * first
    steepest = max(speed, bend)
    if steepest <= 1e-15:
        second = max(1e-6, 1e-3 * first)
    else:
        second = (0.01 / steepest) ** (1.0 / (order + 1))
    return direction * min(100.0 * first, second, abs(span), reals[R_MAX_STEP])


@compiled
def cautious_step(reals, n, y, slope, weights):  # type: ignore[no-untyped-def]
    """Return a signed first step that changes the solution by a hundredth: where the slope is all that is known."""
    span = reals[R_END] - reals[R_TIME]
    size = weighted_norm(n, y, weights)
    speed = weighted_norm(n, slope, weights)
    limit = min(1e-3 * abs(span), reals[R_MAX_STEP])
    first = 1e-3 * limit if size < 1e-5 or speed < 1e-5 else min(0.01 * size / speed, limit)
    return first if span > 0.0 else -first
