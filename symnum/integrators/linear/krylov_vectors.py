"""Vector operations of the iterative solvers; sums run in a fixed order, so results are the same bits each time."""

from symnum.integrators.addresses import call_solve, offset
from symnum.integrators.compiled import compiled

__all__ = ["add_multiple", "apply_operator", "dot", "norm", "precondition"]


@compiled
def dot(n, x, y):  # type: ignore[no-untyped-def]
    """Inner product; eight running sums let the processor overlap them."""
    a = 0.0
    b = 0.0
    c = 0.0
    d = 0.0
    e = 0.0
    f = 0.0
    g = 0.0
    h = 0.0
    stop = n - n % 8
    for i in range(0, stop, 8):
        a += x[i] * y[i]
        b += x[i + 1] * y[i + 1]
        c += x[i + 2] * y[i + 2]
        d += x[i + 3] * y[i + 3]
        e += x[i + 4] * y[i + 4]
        f += x[i + 5] * y[i + 5]
        g += x[i + 6] * y[i + 6]
        h += x[i + 7] * y[i + 7]
    for i in range(stop, n):
        a += x[i] * y[i]
    return ((a + b) + (c + d)) + ((e + f) + (g + h))


@compiled
def norm(n, x):  # type: ignore[no-untyped-def]
    """Square root of the sum of squares."""
    return dot(n, x, x) ** 0.5


@compiled
def add_multiple(n, factor, x, y):  # type: ignore[no-untyped-def]
    """y += factor x."""
    for i in range(n):
        y[i] += factor * x[i]


@compiled
def precondition(n, solve, context, weights, x, out):  # type: ignore[no-untyped-def]
    """out = P^-1 (x / weights); `solve` is 0 where there is no preconditioner. Returns the preconditioner's code."""
    for i in range(n):
        out[i] = x[i] / weights[i]
    if solve == 0:
        return 0
    return call_solve(solve, context, out)


@compiled
def apply_operator(n, address, context, weights, pair, out):  # type: ignore[no-untyped-def]
    """out = weights M x, where x is the first half of `pair`; the second half is overwritten."""
    code = call_solve(address, context, pair)
    image = offset(pair, n)
    for i in range(n):
        out[i] = weights[i] * image[i]
    return code
