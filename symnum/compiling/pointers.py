"""Pointers from addresses and arrays, and pointer arithmetic, for compiled code.

All of these work only inside compiled functions.
"""

from typing import Any

from symnum.compiling.compiled import compiled_intrinsic

__all__ = ["array_pointer", "float_pointer", "int32_pointer", "int_pointer", "offset"]


@compiled_intrinsic
def offset(typing: Any, pointer: Any, count: Any) -> Any:
    """Pointer to the element `count` places further on."""
    from numba import types

    def generate(ctx: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.gep(values[0], [values[1]])

    return pointer(pointer, types.int64), generate


def _pointer_of(kind: str) -> Any:
    from numba import types

    pointer = types.CPointer(getattr(types, kind))

    def generate(ctx: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.inttoptr(values[0], ctx.get_value_type(signature.return_type))

    return pointer(types.int64), generate


@compiled_intrinsic
def float_pointer(typing: Any, address: Any) -> Any:
    """Pointer to float64 from an address."""
    return _pointer_of("float64")


@compiled_intrinsic
def int_pointer(typing: Any, address: Any) -> Any:
    """Pointer to int64 from an address."""
    return _pointer_of("int64")


@compiled_intrinsic
def int32_pointer(typing: Any, address: Any) -> Any:
    """Pointer to int32 from an address."""
    return _pointer_of("int32")


@compiled_intrinsic
def array_pointer(typing: Any, array: Any) -> Any:
    """Pointer to the data of a C-contiguous array of compiled code."""
    from numba import types
    from numba.core import cgutils

    def generate(ctx: Any, builder: Any, signature: Any, values: Any) -> Any:
        return cgutils.create_struct_proxy(signature.args[0])(ctx, builder, value=values[0]).data

    return types.CPointer(array.dtype)(array), generate
