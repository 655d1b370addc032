"""Calls through addresses, and pointer arithmetic, for compiled code.

Right-hand sides, Jacobians and linear solvers reach an engine as 64-bit addresses, so that one compiled engine
serves every model (a call costs 2 to 9 ns).  All of these work only inside compiled functions.
"""

from typing import Any

from symnum.compiling.pointers import called, float_pointer, int32_pointer, int_pointer, offset
from symnum.integrators.compiled import compiled_intrinsic

__all__ = [
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


@compiled_intrinsic("int32", "int64", "float64", "float64*", "float64*", "int64", "float64*")
def call_kernel(builder: Any, address: Any, t: Any, y: Any, p: Any, context: Any, out: Any) -> Any:
    """``int32 kernel(double t, const double* y, const double* p, int64 context, double* out)`` at `address`."""
    return called(builder, address, t, y, p, context, out)


@compiled_intrinsic("int32", "int64", "int64", "float64", "float64", "float64*")
def call_factor(builder: Any, address: Any, context: Any, c_mass: Any, c_jac: Any, values: Any) -> Any:
    """``int32 factor(int64 context, double c_mass, double c_jac, const double* jac_values)`` at `address`."""
    return called(builder, address, context, c_mass, c_jac, values)


@compiled_intrinsic("int32", "int64", "int64", "float64*")
def call_solve(builder: Any, address: Any, context: Any, b: Any) -> Any:
    """``int32 solve(int64 context, double* b)`` at `address`."""
    return called(builder, address, context, b)


@compiled_intrinsic("int32", "int64", "int64*", "float64*", "float64*")
def call_watch(builder: Any, address: Any, integers: Any, reals: Any, work: Any) -> Any:
    """``int32 watch(int64* integers, double* reals, double* work)`` at `address`."""
    return called(builder, address, integers, reals, work)


@compiled_intrinsic("int32", "int64", "int64*", "float64*")
def call_engine(builder: Any, address: Any, integers: Any, reals: Any) -> Any:
    """``int32 advance(int64* integers, double* reals)`` at `address`: a stochastic engine."""
    return called(builder, address, integers, reals)


@compiled_intrinsic("int32", "int64", "int64*", "int64")
def call_refill(builder: Any, address: Any, integers: Any, kind: Any) -> Any:
    """``int32 refill(int64* integers, int64 kind)`` at `address`: more random numbers."""
    return called(builder, address, integers, kind)
