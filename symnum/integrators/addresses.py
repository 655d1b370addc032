"""Calls through addresses, and pointer arithmetic, for compiled code.

Right-hand sides, Jacobians and linear solvers reach an engine as 64-bit addresses, so that one compiled engine
serves every model (a call costs 2 to 9 ns).  All of these work only inside compiled functions.
"""

from typing import Any

from symnum.compiling.pointers import array_pointer, float_pointer, int32_pointer, int_pointer, offset
from symnum.integrators.compiled import compiled_intrinsic

__all__ = [
    "array_pointer",
    "call_factor",
    "call_engine",
    "call_kernel",
    "call_refill",
    "call_solve",
    "call_watch",
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
def call_watch(typing: Any, address: Any, integers: Any, reals: Any, work: Any) -> Any:
    """``int32 watch(int64* integers, double* reals, double* work)`` at `address`."""
    from llvmlite import ir
    from numba import types

    def generate(ctx: Any, builder: Any, signature: Any, values: Any) -> Any:
        return _called(builder, values[0], ir.IntType(32), list(values[1:]))

    real = types.CPointer(types.float64)
    return types.int32(types.int64, types.CPointer(types.int64), real, real), generate


@compiled_intrinsic
def call_engine(typing: Any, address: Any, integers: Any, reals: Any) -> Any:
    """``int32 advance(int64* integers, double* reals)`` at `address`: a stochastic engine."""
    from llvmlite import ir
    from numba import types

    def generate(ctx: Any, builder: Any, signature: Any, values: Any) -> Any:
        return _called(builder, values[0], ir.IntType(32), list(values[1:]))

    return types.int32(types.int64, types.CPointer(types.int64), types.CPointer(types.float64)), generate


@compiled_intrinsic
def call_refill(typing: Any, address: Any, integers: Any, kind: Any) -> Any:
    """``int32 refill(int64* integers, int64 kind)`` at `address`: more random numbers."""
    from llvmlite import ir
    from numba import types

    def generate(ctx: Any, builder: Any, signature: Any, values: Any) -> Any:
        return _called(builder, values[0], ir.IntType(32), list(values[1:]))

    return types.int32(types.int64, types.CPointer(types.int64), types.int64), generate
