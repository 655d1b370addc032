"""Expressions of plain functions."""

import ast
from collections.abc import Callable
from types import ModuleType
from typing import Any

from symnum.compiling.plain.code import Block, Value, constant
from symnum.compiling.plain.kinds import BOOLEAN, INTEGER, NOTHING, common_kind, machine_type
from symnum.compiling.plain.operations import NUMBER_FUNCTIONS, calculate, compare, negate
from symnum.compiling.plain.translator import Translator
from symnum.errors import CompilationError

__all__ = ["condition", "element_place", "translate_expression"]


def translate_expression(t: Translator, node: ast.expr) -> Value:
    """Add the code of an expression; return its value."""
    translate = _EXPRESSIONS.get(type(node))
    if translate is None:
        raise CompilationError(f"{type(node).__name__} is not among the expressions of plain code")
    return translate(t, node)


def condition(t: Translator, node: ast.expr, yes: Block, no: Block, *, strict: bool = False) -> None:
    """Go on in one block or the other; what need not be looked at is not.

    If `strict`, numbers are refused, which ``and`` and ``or`` would return as they are.
    """
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        condition(t, node.operand, no, yes)
        return
    if isinstance(node, ast.BoolOp):
        both = isinstance(node.op, ast.And)
        for part in node.values[:-1]:
            following = t.code.new_block()
            condition(t, part, following if both else yes, no if both else following, strict=strict)
            t.code.place(following)
        condition(t, node.values[-1], yes, no, strict=strict)
        return
    value = translate_expression(t, node)
    if strict and value.kind != BOOLEAN:
        raise CompilationError(f"{ast.unparse(node)} is neither true nor false but {value.kind}; compare it")
    t.code.branch(t.code.truth(value), yes, no)


def _constant(t: Translator, node: ast.Constant) -> Value:
    if not isinstance(node.value, int | float):
        raise CompilationError(f"{node.value!r} is no number")
    return constant(node.value)


def _static(t: Translator, node: ast.expr) -> Any:
    """Return the object that a name, or an attribute of a module, stands for when the code is compiled."""
    if isinstance(node, ast.Name):
        return t.outside(node.id)
    if isinstance(node, ast.Attribute) and not (isinstance(node.value, ast.Name) and node.value.id in t.variables):
        module = _static(t, node.value)
        if isinstance(module, ModuleType) and hasattr(module, node.attr):
            return getattr(module, node.attr)
    raise CompilationError(f"{ast.unparse(node)} has no value here")


def _name(t: Translator, node: ast.Name | ast.Attribute) -> Value:
    value = t.load(node.id) if isinstance(node, ast.Name) else None
    if value is not None:
        return value
    found = _static(t, node)
    if not isinstance(found, int | float):
        raise CompilationError(f"{ast.unparse(node)} is no number")
    return constant(found)


def element_place(t: Translator, node: ast.Subscript) -> tuple[str, str]:
    """Return kind and address of an element behind a pointer."""
    pointer = translate_expression(t, node.value)
    if not isinstance(pointer.kind, str) or not pointer.kind.endswith("*"):
        raise CompilationError(f"{ast.unparse(node.value)} is {pointer.kind}, which has no elements")
    index = t.code.cast(translate_expression(t, node.slice), INTEGER)
    kind = pointer.kind[:-1]
    return kind, t.code.value(pointer.kind, f"getelementptr {machine_type(kind)}, {pointer.typed}, {index.typed}").text


def _element(t: Translator, node: ast.Subscript) -> Value:
    kind, place = element_place(t, node)
    return t.code.value(kind, f"load {machine_type(kind)}, ptr {place}")


def _unary(t: Translator, node: ast.UnaryOp) -> Value:
    value = translate_expression(t, node.operand)
    if isinstance(node.op, ast.USub):
        return negate(t.code, value)
    if isinstance(node.op, ast.Not):
        truth = t.code.truth(value)
        return (
            constant(not truth.number)
            if truth.number is not None
            else t.code.value(BOOLEAN, f"xor {truth.typed}, true")
        )
    if isinstance(node.op, ast.Invert):
        return t.code.value(INTEGER, f"xor {t.code.cast(value, INTEGER).typed}, -1")
    return value


def _binary(t: Translator, node: ast.BinOp) -> Value:
    a, b = translate_expression(t, node.left), translate_expression(t, node.right)
    return calculate(t.code, type(node.op), a, b)


def _comparison(t: Translator, node: ast.Compare) -> Value:
    if len(node.ops) == 1:
        a, b = translate_expression(t, node.left), translate_expression(t, node.comparators[0])
        return compare(t.code, type(node.ops[0]), a, b)
    operands = [translate_expression(t, operand) for operand in (node.left, *node.comparators)]
    held = [compare(t.code, type(o), a, b) for o, a, b in zip(node.ops, operands, operands[1:], strict=False)]
    result = held[0]
    for other in held[1:]:
        result = calculate(t.code, ast.BitAnd, result, other)
    return result


def _decided(t: Translator, node: ast.BoolOp) -> Value:
    """``and`` and ``or`` as a value, which is whether they hold."""
    yes, no, after = (t.code.new_block() for _ in range(3))
    condition(t, node, yes, no, strict=True)
    return _merged(t, after, (yes, lambda: constant(True)), (no, lambda: constant(False)))


def _either(t: Translator, node: ast.IfExp) -> Value:
    yes, no, after = (t.code.new_block() for _ in range(3))
    condition(t, node.test, yes, no)
    return _merged(
        t,
        after,
        (yes, lambda: translate_expression(t, node.body)),
        (no, lambda: translate_expression(t, node.orelse)),
    )


def _merged(t: Translator, after: Block, *branches: tuple[Block, Callable[[], Value]]) -> Value:
    """Return the value of the branch that is taken; each is cast at its end, when the kind of both is known."""
    code = t.code
    ends = []
    for block, make in branches:
        code.place(block)
        value = make()
        ends.append((code.block, value))
    kind = common_kind(ends[0][1].kind, ends[1][1].kind)
    if kind is None or kind == NOTHING:
        raise CompilationError(f"a value cannot be {ends[0][1].kind} or {ends[1][1].kind}")
    incoming = []
    for block, value in ends:
        code.block = block
        if code.running:
            incoming.append(f"[ {code.cast(value, kind).text}, %{block.label} ]")
            code.jump(after)
    code.place(after)
    return code.value(kind, f"phi {machine_type(kind)} {', '.join(incoming)}")


def _tuple(t: Translator, node: ast.Tuple) -> Value:
    return t.code.pack([translate_expression(t, part) for part in node.elts])


def _call(t: Translator, node: ast.Call) -> Value:
    if node.keywords or any(isinstance(a, ast.Starred) for a in node.args):
        raise CompilationError("calls of plain code have arguments by position alone")
    function = _static(t, node.func)
    number_function = NUMBER_FUNCTIONS.get(function)
    values = [_argument(t, argument) for argument in node.args]
    if number_function is not None:
        return number_function(t.code, values)
    callee = t.functions.callee(function, tuple(v.kind for v in values))
    t.callees[callee.name] = callee
    given = ", ".join(
        t.code.cast(v, k).typed for v, k in zip(values, callee.kinds, strict=True) if not callable(v.kind)
    )
    call = f"call {machine_type(callee.result)} {callee.name}({given})"
    if callee.result == NOTHING:
        t.code.line(call)
        return Value(NOTHING, "")
    return t.code.value(callee.result, call)


def _argument(t: Translator, node: ast.expr) -> Value:
    """Return an argument; that of a function is the function itself."""
    if isinstance(node, ast.Name) and node.id not in t.variables:
        found = t.outside(node.id)
        if callable(found):
            return Value(found, "")
    return translate_expression(t, node)


_EXPRESSIONS: dict[type, Callable[[Translator, Any], Value]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _name,
    ast.Subscript: _element,
    ast.UnaryOp: _unary,
    ast.BinOp: _binary,
    ast.Compare: _comparison,
    ast.BoolOp: _decided,
    ast.IfExp: _either,
    ast.Tuple: _tuple,
    ast.Call: _call,
}
