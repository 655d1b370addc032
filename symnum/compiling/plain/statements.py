"""Statements of plain functions."""

import ast
from collections.abc import Callable, Sequence
from typing import Any

from symnum.compiling.plain.code import Value, constant
from symnum.compiling.plain.expressions import condition, element_place, translate_expression
from symnum.compiling.plain.kinds import INTEGER, NOTHING, machine_type
from symnum.compiling.plain.operations import calculate, compare
from symnum.compiling.plain.translator import Translator
from symnum.errors import CompilationError

__all__ = ["translate_statements"]


def translate_statements(t: Translator, statements: Sequence[ast.stmt]) -> None:
    """Add the code of some statements."""
    for statement in statements:
        try:
            translate = _STATEMENTS.get(type(statement))
            if translate is None:
                raise CompilationError(f"{type(statement).__name__} is not among the statements of plain code")
            translate(t, statement)
        except CompilationError as error:
            if getattr(error, "placed", False):
                raise
            placed = CompilationError(f"{error} ({t.function.__qualname__}, line {statement.lineno})")
            placed.placed = True  # type: ignore[attr-defined]
            raise placed from error


def _assign(t: Translator, node: ast.Assign) -> None:
    first = node.targets[0]
    if isinstance(first, ast.Tuple) and isinstance(node.value, ast.Tuple) and len(node.targets) == 1:
        values = [translate_expression(t, value) for value in node.value.elts]  # all before the first is stored
        for target, value in zip(first.elts, values, strict=True):
            _store(t, target, value)
        return
    value = translate_expression(t, node.value)
    for target in node.targets:
        _store(t, target, value)


def _store(t: Translator, target: ast.expr, value: Value) -> None:
    if isinstance(target, ast.Name):
        t.store(target.id, value)
    elif isinstance(target, ast.Subscript):
        kind, place = element_place(t, target)
        _store_element(t, kind, place, value)
    elif isinstance(target, ast.Tuple) and isinstance(value.kind, tuple) and len(value.kind) == len(target.elts):
        for i, (part, kind) in enumerate(zip(target.elts, value.kind, strict=True)):
            _store(t, part, t.code.value(kind, f"extractvalue {value.typed}, {i}"))
    else:
        raise CompilationError(f"{value.kind} cannot be assigned to {ast.unparse(target)}")


def _store_element(t: Translator, kind: str, place: str, value: Value) -> None:
    t.code.line(f"store {t.code.cast(value, kind).typed}, ptr {place}")


def _annotated(t: Translator, node: ast.AnnAssign) -> None:
    if node.value is not None:
        _store(t, node.target, translate_expression(t, node.value))


def _change(t: Translator, node: ast.AugAssign) -> None:
    if isinstance(node.target, ast.Subscript):
        kind, place = element_place(t, node.target)
        old = t.code.value(kind, f"load {machine_type(kind)}, ptr {place}")
        value = calculate(t.code, type(node.op), old, translate_expression(t, node.value))
        _store_element(t, kind, place, value)
        return
    if not isinstance(node.target, ast.Name):
        raise CompilationError(f"{ast.unparse(node.target)} cannot be changed in place")
    before = translate_expression(t, node.target)
    _store(t, node.target, calculate(t.code, type(node.op), before, translate_expression(t, node.value)))


def _expression(t: Translator, node: ast.Expr) -> None:
    if not isinstance(node.value, ast.Constant):
        translate_expression(t, node.value)


def _return(t: Translator, node: ast.Return) -> None:
    value = None if node.value is None else translate_expression(t, node.value)
    t.give_back(None if value is None or value.kind == NOTHING else value)


def _if(t: Translator, node: ast.If) -> None:
    code = t.code
    yes, no, after = code.new_block(), code.new_block(), code.new_block()
    condition(t, node.test, yes, no)
    for block, body in ((yes, node.body), (no, node.orelse)):
        code.place(block)
        translate_statements(t, body)
        code.jump(after)
    code.place(after)


def _while(t: Translator, node: ast.While) -> None:
    if node.orelse:
        raise CompilationError("a loop of plain code has no else")
    code = t.code
    test, body, after = code.new_block(), code.new_block(), code.new_block()
    code.jump(test)
    code.place(test)
    condition(t, node.test, body, after)
    code.place(body)
    t.loops.append((test, after))
    translate_statements(t, node.body)
    t.loops.pop()
    code.jump(test)
    code.place(after)


def _for(t: Translator, node: ast.For) -> None:
    """Count up or down in a variable of its own: what the body does to the loop's variable does not matter."""
    target, start, stop, step = _range_of(t, node)
    code = t.code
    counter = f"{target} {len(t.loops)} {node.lineno}"
    test, body, following, after = (code.new_block() for _ in range(4))
    t.store(counter, start)
    code.jump(test)
    code.place(test)
    now = _loaded(t, counter)
    code.branch(_goes_on(t, now, stop, step), body, after)
    code.place(body)
    t.store(target, now)
    t.loops.append((following, after))
    translate_statements(t, node.body)
    t.loops.pop()
    code.jump(following)
    code.place(following)
    t.store(counter, code.value(INTEGER, f"add nsw {_loaded(t, counter).typed}, {step.text}"))
    code.jump(test)
    code.place(after)


def _goes_on(t: Translator, now: Value, stop: Value, step: Value) -> Value:
    """Whether a loop that counts has not reached its end; with a step of zero it never begins."""
    code = t.code
    if step.number is not None:
        return compare(code, ast.Lt if step.number > 0 else ast.Gt, now, stop)
    ways = []
    for sign, side in ((ast.Gt, ast.Lt), (ast.Lt, ast.Gt)):
        ways.append(calculate(code, ast.BitAnd, compare(code, sign, step, constant(0)), compare(code, side, now, stop)))
    return calculate(code, ast.BitOr, *ways)


def _loaded(t: Translator, name: str) -> Value:
    value = t.load(name)
    assert value is not None
    return value


def _range_of(t: Translator, node: ast.For) -> tuple[str, Value, Value, Value]:
    """Variable, beginning, end and step of a loop."""
    call = node.iter
    plain = isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "range"
    if not plain or node.orelse or not isinstance(node.target, ast.Name):
        raise CompilationError("a for loop of plain code has one variable that runs over range(...), and no else")
    assert isinstance(call, ast.Call)
    values = [t.code.cast(translate_expression(t, argument), INTEGER) for argument in call.args]
    start, stop = (constant(0), values[0]) if len(values) == 1 else (values[0], values[1])
    step = values[2] if len(values) == 3 else constant(1)
    if step.number == 0:
        raise CompilationError("the step of a loop must not be zero")
    return node.target.id, start, stop, step


def _leave(t: Translator, node: ast.Break | ast.Continue) -> None:
    following, after = t.loops[-1]
    t.code.jump(after if isinstance(node, ast.Break) else following)


def _pass(t: Translator, node: ast.Pass) -> None:
    pass


_STATEMENTS: dict[type, Callable[[Translator, Any], None]] = {
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _change,
    ast.Expr: _expression,
    ast.Return: _return,
    ast.If: _if,
    ast.While: _while,
    ast.For: _for,
    ast.Break: _leave,
    ast.Continue: _leave,
    ast.Pass: _pass,
}
