"""Drift and noise amplitudes of stochastic differential equations, at real-valued states."""

from math import sqrt

from symnum.integrators.addresses import call_kernel, float_pointer, int32_pointer, int_pointer
from symnum.integrators.stochastic import approximate_layout as own
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.compiled import compiled_callback
from symnum.integrators.stochastic.steps import factorial_propensity

__all__ = ["sde_rates"]

_INFINITY = float("inf")


@compiled_callback("int32(CPointer(int64), CPointer(float64))", seconds=0.5)
def sde_rates(integers, reals):  # type: ignore[no-untyped-def]
    """Evaluate all rates at the populations as they are and at the time ``work[W_END]``.

    After that the place of the propensities holds what each rate adds to the drift, and the counts of a leap what it
    adds to the noise. Propensities of reactions that noise has made negative count as zero.
    """
    n = integers[at.I_REACTIONS]
    work = float_pointer(integers[at.I_WORK])
    y = float_pointer(integers[at.I_POPULATIONS])
    a = float_pointer(integers[at.I_PROPENSITIES])
    p = float_pointer(integers[at.I_PARAMETERS])
    heads = int32_pointer(integers[at.I_HEADS])
    partners = int32_pointer(integers[at.I_PARTNERS])
    coefficients = float_pointer(integers[at.I_COEFFICIENTS])
    for r in range(n):
        kind = heads[8 * r + 7] & 7
        if kind == at.SIMPLE:
            second = max(y[partners[2 * r + 1]] - coefficients[2 * r + 1], 0.0)
            a[r] = coefficients[2 * r] * max(y[partners[2 * r]], 0.0) * second
        elif kind == at.FACTORIAL:
            a[r] = factorial_propensity(integers, r, y)
    members = int32_pointer(integers[at.I_GROUP_REACTIONS])
    for group in range(integers[at.I_GROUPS]):
        table = int_pointer(integers[at.I_GROUP_TABLE] + 48 * group)
        out = float_pointer(table[2])
        integers[at.I_EVALUATIONS] += 1
        if call_kernel(table[0], work[own.W_END], y, p, table[1], out) != 0:
            integers[at.I_REACTION] = members[table[3]]
            return at.KERNEL_FAILURE
        for k in range(table[3], table[4]):
            a[members[k]] = out[k - table[3]]
    roles = int_pointer(integers[at.I_WHOLE_WORK] + 8 * (3 * n + 8))
    noise = float_pointer(integers[at.I_WORK] + 8 * own.W_ARRAYS)
    for r in range(n):
        if not abs(a[r]) < _INFINITY:
            integers[at.I_REACTION] = r
            return at.NOT_FINITE
        if roles[r] == 0:
            a[r] = max(a[r], 0.0)
            noise[r] = sqrt(a[r])
        elif roles[r] == 1:
            noise[r] = 0.0
        else:
            noise[r] = a[r]
            a[r] = 0.0
    return 0
