"""Philox 4x32-10: random numbers that are a function of key and counter alone.

J. K. Salmon, M. A. Moraes, R. O. Dror and D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3", Proc. SC '11
(2011). Tested against the known answers that are published with it.
"""

from typing import Any

from symnum.compiling.compiled import compiled_intrinsic
from symnum.integrators.stochastic.compiled import compiled_callback

__all__ = ["as_bits", "as_float", "philox", "philox_words"]

MULTIPLIER_0, MULTIPLIER_1 = 0xD2511F53, 0xCD9E8D57
WEYL_0, WEYL_1 = 0x9E3779B9, 0xBB67AE85
MASK = 0xFFFFFFFF
ROUNDS = 10


@compiled_intrinsic("float64", "int64")
def as_float(builder: Any, bits: Any) -> Any:
    """The float64 of these 64 bits."""
    from llvmlite import ir

    return builder.bitcast(bits, ir.DoubleType())


@compiled_intrinsic("int64", "float64")
def as_bits(builder: Any, number: Any) -> Any:
    """The 64 bits of a float64."""
    from llvmlite import ir

    return builder.bitcast(number, ir.IntType(64))


@compiled_intrinsic(("int64",) * 4, *["int64"] * 6)
def philox(builder: Any, c0: Any, c1: Any, c2: Any, c3: Any, k0: Any, k1: Any) -> Any:
    """Return four 32-bit words (as int64) for a counter of four words and a key of two.

    Written as instructions, so that it is always part of the loop around it and goes to vector registers with it.
    """
    from llvmlite import ir

    whole = ir.IntType(64)
    mask, half = ir.Constant(whole, MASK), ir.Constant(whole, 32)
    w0, w1, w2, w3, key_0, key_1 = (builder.and_(v, mask) for v in (c0, c1, c2, c3, k0, k1))
    for number in range(ROUNDS):
        product_0 = builder.mul(w0, ir.Constant(whole, MULTIPLIER_0))
        product_1 = builder.mul(w2, ir.Constant(whole, MULTIPLIER_1))
        here_0 = builder.and_(builder.add(key_0, ir.Constant(whole, number * WEYL_0 & MASK)), mask)
        here_1 = builder.and_(builder.add(key_1, ir.Constant(whole, number * WEYL_1 & MASK)), mask)
        w0 = builder.xor(builder.xor(builder.lshr(product_1, half), w1), here_0)
        w2 = builder.xor(builder.xor(builder.lshr(product_0, half), w3), here_1)
        w1, w3 = builder.and_(product_1, mask), builder.and_(product_0, mask)
    return w0, w1, w2, w3


@compiled_callback("int32(CPointer(int64), CPointer(int64))")
def philox_words(given, out):  # type: ignore[no-untyped-def]
    """Write the four words of counter ``given[0:4]`` and key ``given[4:6]``; for tests."""
    out[0], out[1], out[2], out[3] = philox(given[0], given[1], given[2], given[3], given[4], given[5])
    return 0
