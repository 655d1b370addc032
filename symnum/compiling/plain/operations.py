"""Arithmetic and comparisons of two numbers, and the functions of numbers that compiled code may call by name."""

import ast
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from symnum.compiling.plain.code import Code, Value, constant
from symnum.compiling.plain.kinds import BOOLEAN, FLOAT, INTEGER, NOTHING, UNSIGNED, common_kind
from symnum.errors import CompilationError

__all__ = ["DECLARATIONS", "NUMBER_FUNCTIONS", "PRELUDE", "calculate", "compare", "negate"]

#: Integer division as Python has it, but with zero where it has no result; constants make it a few instructions.
PRELUDE = """
define internal i64 @floor_divide(i64 %x, i64 %y) alwaysinline nounwind {
begin:
  %zero = icmp eq i64 %y, 0
  %least = icmp eq i64 %x, -9223372036854775808
  %minus = icmp eq i64 %y, -1
  %over = and i1 %least, %minus
  %bad = or i1 %zero, %over
  br i1 %bad, label %nothing, label %divide
nothing:
  ret i64 0
divide:
  %q = sdiv i64 %x, %y
  %r = srem i64 %x, %y
  %mixed = xor i64 %y, %r
  %opposite = icmp slt i64 %mixed, 0
  %rest = icmp ne i64 %r, 0
  %below = and i1 %rest, %opposite
  %one = zext i1 %below to i64
  %floor = sub i64 %q, %one
  ret i64 %floor
}
define internal i64 @floor_remainder(i64 %x, i64 %y) alwaysinline nounwind {
begin:
  %zero = icmp eq i64 %y, 0
  %least = icmp eq i64 %x, -9223372036854775808
  %minus = icmp eq i64 %y, -1
  %over = and i1 %least, %minus
  %bad = or i1 %zero, %over
  br i1 %bad, label %nothing, label %divide
nothing:
  ret i64 0
divide:
  %r = srem i64 %x, %y
  %mixed = xor i64 %y, %r
  %opposite = icmp slt i64 %mixed, 0
  %rest = icmp ne i64 %r, 0
  %below = and i1 %rest, %opposite
  %more = select i1 %below, i64 %y, i64 0
  %floor = add i64 %r, %more
  ret i64 %floor
}
define internal double @whole_power(double %x, i64 %n) nounwind {
begin:
  %negative = icmp slt i64 %n, 0
  %minus = sub i64 0, %n
  %size = select i1 %negative, i64 %minus, i64 %n
  br label %test
test:
  %left = phi i64 [ %size, %begin ], [ %half, %step ]
  %power = phi double [ %x, %begin ], [ %square, %step ]
  %product = phi double [ 1.0, %begin ], [ %new, %step ]
  %more = icmp ne i64 %left, 0
  br i1 %more, label %step, label %end
step:
  %bit = trunc i64 %left to i1
  %times = fmul contract double %product, %power
  %new = select i1 %bit, double %times, double %product
  %half = lshr i64 %left, 1
  %square = fmul contract double %power, %power
  br label %test
end:
  %inverse = fdiv contract double 1.0, %product
  %result = select i1 %negative, double %inverse, double %product
  ret double %result
}
"""

_ONE, _TWO = "declare double @{}(double)", "declare double @{}(double, double)"
_INTRINSICS = {name: f"llvm.{name}.f64" for name in ("sqrt", "exp", "log", "log2", "log10", "sin", "cos", "fabs")}
_FLOORS = {name: f"llvm.{name}.f64" for name in ("floor", "ceil")}
_LIBRARY = ("log1p", "expm1")
DECLARATIONS = {name: _ONE.format(name) for name in (*_INTRINSICS.values(), *_FLOORS.values(), *_LIBRARY)} | {
    "llvm.pow.f64": _TWO.format("llvm.pow.f64")
}
"""What a module declares before its functions; only what is used stays."""

_FLOAT_OPERATIONS: dict[type, str] = {ast.Add: "fadd", ast.Sub: "fsub", ast.Mult: "fmul"}
_WHOLE_OPERATIONS: dict[type, str] = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor",
    ast.LShift: "shl", ast.RShift: "ashr",
}  # fmt: skip
_WHOLE_FUNCTIONS: dict[type, str] = {ast.FloorDiv: "floor_divide", ast.Mod: "floor_remainder"}
_BITS = (ast.BitAnd, ast.BitOr, ast.BitXor)
_COMPARISONS: dict[type, tuple[str, str]] = {
    ast.Eq: ("eq", "oeq"), ast.NotEq: ("ne", "une"), ast.Lt: ("slt", "olt"), ast.LtE: ("sle", "ole"),
    ast.Gt: ("sgt", "ogt"), ast.GtE: ("sge", "oge"),
}  # fmt: skip


def _meeting(a: Value, b: Value) -> str:
    kind = common_kind(a.kind, b.kind)
    if not isinstance(kind, str) or kind == NOTHING or kind.endswith("*"):
        raise CompilationError(f"there is no arithmetic of {a.kind} and {b.kind}")
    return kind


def _meet(code: Code, a: Value, b: Value) -> tuple[str, Value, Value]:
    kind = _meeting(a, b)
    return kind, code.cast(a, kind), code.cast(b, kind)


def calculate(code: Code, operation: type, a: Value, b: Value) -> Value:
    """Return the result of an operator between two numbers."""
    kind = _meeting(a, b)
    if operation is ast.Pow:
        return _power(code, a, b)
    if operation in _BITS and kind == BOOLEAN:
        return code.value(BOOLEAN, f"{_WHOLE_OPERATIONS[operation]} {a.typed}, {b.text}")
    if kind == UNSIGNED:
        return _of_bits(code, operation, a, b)
    kind = FLOAT if kind == FLOAT or operation is ast.Div else INTEGER
    a, b = code.cast(a, kind), code.cast(b, kind)
    if operation is ast.Div:
        return code.value(FLOAT, f"fdiv contract {a.typed}, {b.text}")
    table = _FLOAT_OPERATIONS if kind == FLOAT else _WHOLE_OPERATIONS
    if operation in table:
        flags = " contract" if kind == FLOAT else ""
        return code.value(kind, f"{table[operation]}{flags} {a.typed}, {b.text}")
    if kind == INTEGER and operation in _WHOLE_FUNCTIONS:
        return code.value(kind, f"call i64 @{_WHOLE_FUNCTIONS[operation]}({a.typed}, {b.typed})")
    raise CompilationError(f"{operation.__name__} of {a.kind} and {b.kind} is not among the operations of plain code")


def _of_bits(code: Code, operation: type, a: Value, b: Value) -> Value:
    name = "lshr" if operation is ast.RShift else _WHOLE_OPERATIONS.get(operation)
    if name is None:
        raise CompilationError(f"{operation.__name__} is not among the operations of numbers without a sign")
    return code.value(UNSIGNED, f"{name} {a.typed}, {b.text}")


def _power(code: Code, base: Value, exponent: Value) -> Value:
    if isinstance(exponent.number, int) and not isinstance(exponent.number, bool):
        kind = FLOAT if base.kind == FLOAT or exponent.number < 0 else INTEGER
        return _constant_power(code, code.cast(base, kind), exponent.number)
    base = code.cast(base, FLOAT)
    if exponent.kind != FLOAT:
        return code.value(
            FLOAT, f"call contract double @whole_power({base.typed}, {code.cast(exponent, INTEGER).typed})"
        )
    return code.value(FLOAT, f"call contract double @llvm.pow.f64({base.typed}, {exponent.typed})")


def _constant_power(code: Code, base: Value, exponent: int) -> Value:
    """Product of squares of squares; its length is that of the exponent in bits."""
    product = constant(1.0 if base.kind == FLOAT else 1)
    left, power = abs(exponent), base
    while left:
        if left & 1:
            product = power if product.number == 1 else calculate(code, ast.Mult, product, power)
        left >>= 1
        if left:
            power = calculate(code, ast.Mult, power, power)
    return calculate(code, ast.Div, constant(1.0), product) if exponent < 0 else product


def compare(code: Code, operation: type, a: Value, b: Value) -> Value:
    """Return whether a comparison holds; with NaN only ``!=`` does."""
    if operation not in _COMPARISONS:
        raise CompilationError(f"{operation.__name__} is not among the comparisons of plain code")
    kind, a, b = _meet(code, a, b)
    if kind == UNSIGNED and operation not in (ast.Eq, ast.NotEq):
        raise CompilationError("numbers without a sign can be compared for equality alone")
    whole, real = _COMPARISONS[operation]
    if kind == BOOLEAN:
        a, b = code.cast(a, INTEGER), code.cast(b, INTEGER)
    return code.value(
        BOOLEAN, f"fcmp contract {real} {a.typed}, {b.text}" if kind == FLOAT else f"icmp {whole} {a.typed}, {b.text}"
    )


def negate(code: Code, value: Value) -> Value:
    """Return a number with the other sign."""
    if value.number is not None:
        return constant(-value.number)
    if value.kind == FLOAT:
        return code.value(FLOAT, f"fneg {value.typed}")
    return calculate(code, ast.Sub, constant(0), value)


def _intrinsic(name: str) -> Callable[[Code, list[Value]], Value]:
    def call(code: Code, values: list[Value]) -> Value:
        (x,) = values
        return code.value(FLOAT, f"call contract double @{name}({code.cast(x, FLOAT).typed})")

    return call


def _rounded(name: str) -> Callable[[Code, list[Value]], Value]:
    def call(code: Code, values: list[Value]) -> Value:
        return code.cast(_intrinsic(name)(code, values), INTEGER)

    return call


def _absolute(code: Code, values: list[Value]) -> Value:
    (x,) = values
    if x.kind == FLOAT:
        return _intrinsic(_INTRINSICS["fabs"])(code, values)
    x = code.cast(x, INTEGER)
    minus = calculate(code, ast.Sub, constant(0), x)
    return _chosen(code, compare(code, ast.Lt, x, constant(0)), minus, x)


def _chosen(code: Code, condition: Value, a: Value, b: Value) -> Value:
    return code.value(a.kind, f"select i1 {condition.text}, {a.typed}, {b.typed}")


def _extreme(operation: type) -> Callable[[Code, list[Value]], Value]:
    """Python's order of comparisons: a later number wins where it is strictly beyond, so NaN first stays."""

    def call(code: Code, values: list[Value]) -> Value:
        best = values[0]
        for value in values[1:]:
            _, best, value = _meet(code, best, value)
            best = _chosen(code, compare(code, operation, value, best), value, best)
        return best

    return call


def _made(kind: str) -> Callable[[Code, list[Value]], Value]:
    def call(code: Code, values: list[Value]) -> Value:
        (x,) = values
        return code.truth(x) if kind == BOOLEAN else code.cast(x, kind)

    return call


NUMBER_FUNCTIONS: dict[Any, Callable[[Code, list[Value]], Value]] = {
    **{getattr(math, name): _intrinsic(full) for name, full in _INTRINSICS.items()},
    **{getattr(math, name): _rounded(full) for name, full in _FLOORS.items()},
    **{getattr(math, name): _intrinsic(name) for name in _LIBRARY},
    abs: _absolute,
    max: _extreme(ast.Gt),
    min: _extreme(ast.Lt),
    int: _made(INTEGER),
    float: _made(FLOAT),
    bool: _made(BOOLEAN),
    np.int64: _made(INTEGER),
    np.uint64: _made(UNSIGNED),
}
"""Functions of numbers by the object that the name stands for."""
