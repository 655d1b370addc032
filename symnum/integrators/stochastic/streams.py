"""Random streams of trajectories: uniform and exponential numbers, made in blocks.

The key of Philox is the seed, its counter holds the number of the trajectory (two words), the kind of numbers (top of
the second word) and the number of the draw. So the numbers of trajectory i are the same in whatever order, on however
many threads trajectories are computed, and two kinds or trajectories never share a number.

In compiled code, with the two pointers of an engine:

- ``uniform(integers)``: a number in (0, 1), never 0 or 1;
- ``exponential(integers)``: a number with the standard exponential distribution.
"""

from symnum.integrators.addresses import call_refill, float_pointer
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.compiled import compiled, compiled_callback
from symnum.integrators.stochastic.philox import MASK, as_bits, as_float, philox

__all__ = ["BLOCK", "UNIFORM", "EXPONENTIAL", "exponential", "refill", "start_stream", "uniform"]

BLOCK = 64
"""Numbers in a block; a trajectory has a block of each kind."""

UNIFORM, EXPONENTIAL = 0, 1
_ONE = 0x3FF0000000000000
_FRACTION = 0x000FFFFFFFFFFFFF
_HALF_ROOT = 0x3FE6A09E667F3BCD  # bits of sqrt(1/2)
_KIND_SHIFT = 28
_NATURAL_2_HIGH, _NATURAL_2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_MAGIC = 4503599627370496.0  # 2^52: its bits, with a small whole number in the fraction, are that number added
_MAGIC_BITS = 0x4330000000000000


@compiled
def _uniform_from(low, high):  # type: ignore[no-untyped-def]
    """Return (k + 1/2) / 2^52 from two words: never 0 and never 1."""
    return as_float(_ONE | (high << 20) | (low >> 12)) - 0.9999999999999999


@compiled
def _minus_log(u):  # type: ignore[no-untyped-def]
    """Return -log(u) of a normal number in (0, 1), without a branch, so that a block is done in vector registers.

    u = 2^k m with m in [sqrt(1/2), sqrt(2)); log m = 2 artanh(s), s = (m - 1)/(m + 1), by its series to s^23.
    """
    bits = as_bits(u) - _HALF_ROOT + _ONE
    exponent = (bits >> 52) & 0x7FF
    m = as_float((bits & _FRACTION) + _HALF_ROOT)
    k = as_float(_MAGIC_BITS | exponent) - (_MAGIC + 1023.0)
    f = m - 1.0
    s = f / (2.0 + f)
    z = s * s
    tail = z * (
        1.0 / 3
        + z
        * (
            1.0 / 5
            + z
            * (
                1.0 / 7
                + z
                * (
                    1.0 / 9
                    + z
                    * (
                        1.0 / 11
                        + z * (1.0 / 13 + z * (1.0 / 15 + z * (1.0 / 17 + z * (1.0 / 19 + z * (1.0 / 21 + z / 23)))))
                    )
                )
            )
        )
    )
    # 2 s = f - s f, so the leading part of the logarithm is f, which is exact.
    rest = s * (2.0 * tail - f)
    return -(k * _NATURAL_2_HIGH + (f + (rest + k * _NATURAL_2_LOW)))


@compiled_callback("int32(CPointer(int64), int64)", seconds=0.5, optimise=3)
def refill(integers, kind):  # type: ignore[no-untyped-def]
    """Make the next block of one kind."""
    out = float_pointer(integers[at.I_BLOCKS] + 8 * BLOCK * kind)
    seed = integers[at.I_SEED]
    trajectory = integers[at.I_TRAJECTORY]
    k0, k1 = seed & MASK, (seed >> 32) & MASK
    c2, c3 = trajectory & MASK, (trajectory >> 32) & MASK
    first = integers[at.I_UNIFORM_BLOCK + kind] * (BLOCK // 2)
    c1 = (kind << _KIND_SHIFT) | ((first >> 32) & MASK)
    c0 = first & MASK  # a block never crosses 2^32: its size divides it
    for j in range(BLOCK // 2):
        w0, w1, w2, w3 = philox(c0 + j, c1, c2, c3, k0, k1)
        out[j] = _uniform_from(w0, w1)
        out[j + BLOCK // 2] = _uniform_from(w2, w3)
    if kind == EXPONENTIAL:
        for j in range(BLOCK):
            out[j] = _minus_log(out[j])
    integers[at.I_UNIFORM_BLOCK + kind] += 1
    integers[at.I_UNIFORM_NEXT + kind] = 0
    return 0


@compiled
def start_stream(integers, trajectory):  # type: ignore[no-untyped-def]
    """Begin the stream of a trajectory."""
    integers[at.I_TRAJECTORY] = trajectory
    for kind in range(2):
        integers[at.I_UNIFORM_BLOCK + kind] = 0
        integers[at.I_UNIFORM_NEXT + kind] = BLOCK


@compiled
def uniform(integers):  # type: ignore[no-untyped-def]
    """Return the next uniform number of the stream, in (0, 1)."""
    k = integers[at.I_UNIFORM_NEXT]
    if k == BLOCK:
        call_refill(integers[at.I_REFILL], integers, 0)
        k = 0
    integers[at.I_UNIFORM_NEXT] = k + 1
    return float_pointer(integers[at.I_BLOCKS])[k]


@compiled
def exponential(integers):  # type: ignore[no-untyped-def]
    """Return the next standard exponential number of the stream."""
    k = integers[at.I_EXPONENTIAL_NEXT]
    if k == BLOCK:
        call_refill(integers[at.I_REFILL], integers, 1)
        k = 0
    integers[at.I_EXPONENTIAL_NEXT] = k + 1
    return float_pointer(integers[at.I_BLOCKS])[BLOCK + k]
