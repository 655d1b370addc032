"""Intermediate code of intrinsics, which are written with LLVM's instruction builder."""

from collections.abc import Callable
from typing import Any

from llvmlite import ir

from symnum.compiling.plain.kinds import BOOLEAN, FLOAT, INTEGER, NOTHING, SHORT, Kind

__all__ = ["intrinsic_text"]

_TYPES = {
    BOOLEAN: ir.IntType(1),
    SHORT: ir.IntType(32),
    INTEGER: ir.IntType(64),
    FLOAT: ir.DoubleType(),
    NOTHING: ir.VoidType(),
}
_CONTRACTED = frozenset(["fadd", "fsub", "fmul", "fdiv", "frem", "fcmp"])


def _type_of(kind: Kind) -> Any:
    if isinstance(kind, tuple):
        return ir.LiteralStructType([_type_of(part) for part in kind])
    return _TYPES[kind[:-1]].as_pointer() if kind.endswith("*") else _TYPES[kind]


def intrinsic_text(
    definition: Callable[..., Any], name: str, result: Kind, kinds: tuple[Kind, ...]
) -> tuple[str, dict[str, str]]:
    """Return the text of an intrinsic as a function that is always inlined, and what it needs declared, by name."""
    module = ir.Module()
    function = ir.Function(module, ir.FunctionType(_type_of(result), [_type_of(k) for k in kinds]), name)
    function.linkage = "internal"
    for attribute in ("alwaysinline", "nounwind"):
        function.attributes.add(attribute)
    builder = ir.IRBuilder(function.append_basic_block("begin"))
    value = definition(builder, *function.args)
    if result == NOTHING:
        builder.ret_void()
    elif isinstance(result, tuple):
        whole = ir.Constant(_type_of(result), ir.Undefined)
        for place, part in enumerate(value):
            whole = builder.insert_value(whole, part, place)
        builder.ret(whole)
    else:
        builder.ret(value)
    _let_contract(function)
    declared = {f.name: str(f) for f in module.functions if f is not function}
    return str(function), declared


def _let_contract(function: Any) -> None:
    """Allow fused multiply-add, as everywhere."""
    for block in function.blocks:
        for instruction in block.instructions:
            if instruction.opname in _CONTRACTED and not instruction.flags:
                instruction.flags.append("contract")
            elif instruction.opname == "call" and instruction.type == ir.DoubleType():
                instruction.fastmath.add("contract")
