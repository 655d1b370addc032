"""Small vector helpers of the compiled engines (sums of stages, weighted norms, error weights, checks)."""

from symnum.integrators.addresses import offset
from symnum.integrators.compiled import compiled

#: Spacing of double precision numbers at one.
EPSILON = 2.220446049250313e-16


@compiled
def set_weights(n, rtol, atol, y, weights):  # type: ignore[no-untyped-def]
    """weights_i = 1 / (rtol |y_i| + atol_i)."""
    for i in range(n):
        weights[i] = 1.0 / max(rtol * abs(y[i]) + atol[i], 1e-300)


@compiled
def weighted_norm(n, x, weights):  # type: ignore[no-untyped-def]
    """Root mean square of x_i weights_i; four running sums let the processor overlap them."""
    a = 0.0
    b = 0.0
    c = 0.0
    d = 0.0
    stop = n - n % 4
    for i in range(0, stop, 4):
        p = x[i] * weights[i]
        q = x[i + 1] * weights[i + 1]
        r = x[i + 2] * weights[i + 2]
        s = x[i + 3] * weights[i + 3]
        a += p * p
        b += q * q
        c += r * r
        d += s * s
    for i in range(stop, n):
        p = x[i] * weights[i]
        a += p * p
    return (((a + b) + (c + d)) / n) ** 0.5


@compiled
def largest_component(n, x, weights):  # type: ignore[no-untyped-def]
    """Index of the first non-finite entry, else of the largest weighted one."""
    best = 0
    size = -1.0
    for i in range(n):
        value = abs(x[i] * weights[i])
        if not value < 1e300:
            return i
        if value > size:
            size = value
            best = i
    return best


@compiled
def first_not_finite(n, x):  # type: ignore[no-untyped-def]
    """Index of the first entry that is NaN or infinite, or -1."""
    for i in range(n):
        if not abs(x[i]) < 1.7e308:
            return i
    return -1


@compiled
def combine(n, stages, h, coefficients, stride, slopes, base, out):  # type: ignore[no-untyped-def]
    """out = base + h sum_j coefficients_j slopes_j; three stages a sweep so that long vectors stay in cache."""
    if n < 16:
        for i in range(n):
            total = 0.0
            for j in range(stages):
                total += coefficients[j * stride] * slopes[j * n + i]
            out[i] = base[i] + h * total
        return
    source = base
    for j in range(0, stages, 3):
        left = stages - j
        here = j * stride
        nothing = coefficients[here] == 0.0 and left > 2 and coefficients[here + stride] == 0.0
        if nothing and j > 0 and coefficients[here + 2 * stride] == 0.0:
            continue
        first = offset(slopes, j * n)
        second = offset(slopes, (j + 1) * n) if left > 1 else first
        third = offset(slopes, (j + 2) * n) if left > 2 else first
        a = h * coefficients[j * stride]
        b = h * coefficients[(j + 1) * stride] if left > 1 else 0.0
        c = h * coefficients[(j + 2) * stride] if left > 2 else 0.0
        for i in range(n):
            out[i] = source[i] + (a * first[i] + (b * second[i] + c * third[i]))
        source = out
