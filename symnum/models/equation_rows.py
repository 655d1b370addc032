"""Equations as users write them, one row each: the state whose derivative is given, or the two sides."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from symnum.errors import InputError
from symnum.models.implicit_equations import Row, holds_derivative
from symnum.models.names import as_symbol
from symnum.models.text import ASSIGNMENT, Fragment, Source, read_name

__all__ = ["algebraic_rows", "equation_rows", "rows_of_text"]

_LEFT = re.compile(
    r"D\s*\(\s*(?P<d>[^()]+?)\s*(?:,\s*(?P<by>[^\W\d]\w*)\s*)?\)|d\s*(?P<leibniz>[^\W\d]\w*|`[^`]*`)\s*/\s*d\s*(?P<time>[^\W\d]\w*)|(?P<prime>[^\W\d]\w*|`[^`]*`)\s*'"
)
_NAME = re.compile(r"[^\W\d]\w*|`[^`]*`")


def algebraic_rows(equations: Any, time: str) -> list[Row]:
    """Return equations without derivatives, given beside the others."""
    if equations is None:
        return []
    if isinstance(equations, Mapping):
        return [Row(None, as_symbol(z), value) for z, value in equations.items()]
    if isinstance(equations, str):
        return rows_of_text(Source(equations, None).statements(), time)
    equations = [equations] if hasattr(equations, "lhs") else list(equations)
    out: list[Row] = []
    for equation in equations:
        if isinstance(equation, str):
            out += rows_of_text(Source(equation, None).statements(), time)
        elif hasattr(equation, "lhs"):
            out.append(Row(None, equation.lhs, equation.rhs))
        else:
            out.append(Row(None, 0, equation))
    return out


def equation_rows(equations: Mapping[Any, Any] | Iterable[Any], time: str) -> list[Row]:
    """Return the equations of a mapping, of one equation object, or of a list of these and of text."""
    if hasattr(equations, "lhs"):
        equations = [equations]
    if not isinstance(equations, Iterable):
        raise InputError(
            f'{equations!r} holds no equations. Give {{"x": "-k*x"}}, text such as "D(x) = -k*x", or a list of '
            "sn.Eq(x, rhs); sn.read_model(path) reads a file."
        )
    if isinstance(equations, Mapping):
        return [Row(as_symbol(state), None, rhs) for state, rhs in equations.items()]
    equations = list(equations)
    writes_derivatives = any(isinstance(e, str) or holds_derivative(getattr(e, "lhs", None)) for e in equations)
    out: list[Row] = []
    for equation in equations:
        if isinstance(equation, str):
            out += rows_of_text(Source(equation, None).statements(), time)
        else:
            out.append(_row(equation, writes_derivatives, time))
    return out


def _row(equation: Any, writes_derivatives: bool, time: str) -> Row:
    """Return one equation; a name alone on the left means its derivative, unless derivatives are written as such."""
    from symnum.terms.interface import is_symbol

    left = getattr(equation, "lhs", None)
    if left is None:
        raise InputError(
            f'{equation!r} is no equation. Write sn.Eq(x, rhs), "D(x) = rhs", or a mapping {{"x": "rhs"}}.'
        )
    arguments = getattr(left, "args", ()) if getattr(left, "function", None) == "D" else ()
    by_time = all(getattr(by, "name", None) == time for by in arguments[1:]) and len(arguments) <= 2
    if arguments and by_time and is_symbol(arguments[0]):
        return Row(as_symbol(arguments[0]), None, equation.rhs)
    if (is_symbol(left) or isinstance(left, str)) and not writes_derivatives:
        return Row(as_symbol(left), None, equation.rhs)
    return Row(None, left, equation.rhs)


def rows_of_text(statements: list[Fragment], time: str) -> list[Row]:
    """Return equations that stand in text, one in a statement."""
    out = []
    for statement in statements:
        match = ASSIGNMENT.search(statement.masked)
        if match is None:
            raise statement.error(
                f'This is not an equation. Write "D(x) = ...", "dx/d{time} = ...", "x\' = ..." or, without a '
                'derivative, "0 = ..." or "z = ...".',
                max(statement.masked.find("==") + 1, 0),
            )
        left = statement.cut(0, match.start())
        right = statement.cut(match.end(), statement.stop - statement.start)
        out.append(_text_row(left, right, time))
    return out


def _text_row(left: Fragment, right: Fragment, time: str) -> Row:
    match = _LEFT.fullmatch(left.text)
    if match is None:
        return Row(None, left, right)
    by = match["time"] or match["by"]
    if by is not None and by != time:
        raise left.error(
            f'The derivative is by "{by}", but the independent variable is "{time}". '
            f'Write "independent: {by}" or differentiate by "{time}".'
        )
    kind = next(k for k in ("d", "leibniz", "prime") if match[k] is not None)
    state = left.cut(match.start(kind), match.end(kind))
    if kind == "d" and not _NAME.fullmatch(state.text):
        return Row(None, left, right)
    return Row(as_symbol(read_name(state, "state")), None, right)
