"""How wide this machine's vectors are."""

import functools

__all__ = ["VECTOR_BYTES_FALLBACK", "vector_bytes"]

VECTOR_BYTES_FALLBACK = 16


@functools.cache
def vector_bytes() -> int:
    """Return the width of the widest vectors that LLVM may use here."""
    from codegen.native import machine_identity

    features = machine_identity()
    for feature, width in (("+avx512f,", 64), ("+avx,", 32)):
        if feature in features + ",":
            return width
    return VECTOR_BYTES_FALLBACK
