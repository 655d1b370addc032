"""Pointers from addresses, pointer arithmetic and calls of addresses, for compiled code.

All of these work only inside compiled functions.
"""

from typing import Any

from symnum.compiling.compiled import compiled_intrinsic

__all__ = ["called", "float_pointer", "int32_pointer", "int_pointer", "offset"]


@compiled_intrinsic("pointer", "pointer", "int64")
def offset(builder: Any, pointer: Any, count: Any) -> Any:
    """Pointer to the element `count` places further on."""
    return builder.gep(pointer, [count])


def _pointer(builder: Any, address: Any) -> Any:
    return builder.inttoptr(address, builder.function.function_type.return_type)


@compiled_intrinsic("float64*", "int64")
def float_pointer(builder: Any, address: Any) -> Any:
    """Pointer to float64 from an address."""
    return _pointer(builder, address)


@compiled_intrinsic("int64*", "int64")
def int_pointer(builder: Any, address: Any) -> Any:
    """Pointer to int64 from an address."""
    return _pointer(builder, address)


@compiled_intrinsic("int32*", "int64")
def int32_pointer(builder: Any, address: Any) -> Any:
    """Pointer to int32 from an address."""
    return _pointer(builder, address)


def called(builder: Any, address: Any, *arguments: Any) -> Any:
    """Return the result of the function at an address, of the kind that the intrinsic returns."""
    from llvmlite import ir

    function = ir.FunctionType(builder.function.function_type.return_type, [a.type for a in arguments])
    return builder.call(builder.inttoptr(address, function.as_pointer()), arguments)
