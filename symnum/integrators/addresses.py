"""Calls through addresses, and pointer arithmetic, for compiled code.

Right-hand sides, Jacobians and linear solvers reach an engine as 64-bit addresses, so that one compiled engine
serves every model (a call costs 2 to 9 ns).  All of these work only inside compiled functions.
"""

from typing import Any

from symnum.integrators.compiled import compiled_intrinsic

__all__ = [
    "call_factor",
    "call_kernel",
    "call_solve",
    "float_pointer",
    "int32_pointer",
    "int_pointer",
    "offset",
]


def _called(builder: Any, address: Any, result: Any, arguments: list[Any]) -> Any:
    from llvmlite import ir

    function = ir.FunctionType(result, [a.type for a in arguments])
    return builder.call(builder.inttoptr(address, function.as_pointer()), arguments)


@compiled_intrinsic
def call_kernel(typing: Any, address: Any, t: Any, y: Any, p: Any, context: Any, out: Any) -> Any:
    """``int32 kernel(double t, const double* y, const double* p, int64 context, double* out)`` at `address`."""
    from llvmlite import ir
    from numba import types

    pointer = types.CPointer(types.float64)

    def generate(ctx: Any, builder: Any, signature: Any, values: Any) -> Any:
        return _called(builder, values[0], ir.IntType(32), list(values[1:]))

    return types.int32(types.int64, types.float64, pointer, pointer, types.int64, pointer), generate


@compiled_intrinsic
def call_factor(typing: Any, address: Any, context: Any, c_mass: Any, c_jac: Any, values: Any) -> Any:
    """``int32 factor(int64 context, double c_mass, double c_jac, const double* jac_values)`` at `address`."""
    from llvmlite import ir
    from numba import types

    pointer = types.CPointer(types.float64)

    def generate(ctx: Any, builder: Any, signature: Any, values: Any) -> Any:
        return _called(builder, values[0], ir.IntType(32), list(values[1:]))

    return types.int32(types.int64, types.int64, types.float64, types.float64, pointer), generate


@compiled_intrinsic
def call_solve(typing: Any, address: Any, context: Any, b: Any) -> Any:
    """``int32 solve(int64 context, double* b)`` at `address`."""
    from llvmlite import ir
    from numba import types

    def generate(ctx: Any, builder: Any, signature: Any, values: Any) -> Any:
        return _called(builder, values[0], ir.IntType(32), list(values[1:]))

    return types.int32(types.int64, types.int64, types.CPointer(types.float64)), generate


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
