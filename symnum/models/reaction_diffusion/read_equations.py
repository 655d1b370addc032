"""Equations for fields in all the forms that users write, sorted into right-hand sides and definitions."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from symnum.display import elide
from symnum.errors import (
    DuplicateNameError,
    InputError,
    NonlinearError,
    ParseError,
    UnknownNameError,
    UnsupportedError,
)
from symnum.models.names import Scope, as_expression, as_symbol
from symnum.models.reaction_diffusion.field_scope import FieldScope
from symnum.models.reaction_diffusion.grid import Grid
from symnum.models.reaction_diffusion.spelling import spelled_out
from symnum.models.text import ASSIGNMENT, Fragment, Source, read_name
from symnum.systems.implicit import D
from symnum.terms.canonical import Call, Symbol, add, multiply
from symnum.terms.interface import is_symbol
from symnum.terms.traverse import free_symbols, subterms

__all__ = ["EquationRow", "Rows", "from_statements", "read_rows", "read_side", "solve_row", "sort_rows"]

_NAME = r"(?:[^\W\d]\w*?|`[^`]*`)"
_FIX = '"D(u) = laplacian(u)", {"u": "laplacian(u)"} or sn.Eq(sn.D(u, t), sn.laplacian(u))'


class EquationRow(NamedTuple):
    """One equation: for a field, for a name, or (without `name`) still to be solved for a derivative in time."""

    name: Any
    is_derivative: bool
    left: Any
    right: Any


class Rows(NamedTuple):
    """Right-hand sides by field, and terms by name, as written."""

    fields: dict[Any, EquationRow]
    definitions: dict[str, Any]


def read_rows(equations: Any, time: str, grid: Grid) -> list[EquationRow]:
    """Return equations, not yet read, from a mapping, text, an equation, or several.

    Raises
    ------
    InputError, ParseError
        For what is no equation.
    """
    if isinstance(equations, str):
        return from_statements(Source(spelled_out(equations)).statements(), time, grid)
    if isinstance(equations, Mapping):
        return [_mapped(key, value, time) for key, value in equations.items()]
    if hasattr(equations, "lhs"):
        equations = [equations]
    if not isinstance(equations, Iterable):
        raise InputError(f"{equations!r:.80} holds no equations. Give {_FIX}, or a reaction network.")
    out: list[EquationRow] = []
    for one in equations:
        if isinstance(one, str | Fragment):
            statements = Source(spelled_out(one)).statements() if isinstance(one, str) else [one]
            out += from_statements(statements, time, grid)
        elif hasattr(one, "lhs"):
            out.append(_equation(one, time))
        else:
            raise InputError(f"{one!r:.80} is no equation. Give {_FIX}.")
    return out


def _mapped(key: Any, value: Any, time: str) -> EquationRow:
    if isinstance(key, str):
        match = _derivative_pattern(time).fullmatch(key.strip())
        name = next((g for g in match.groups() if g), key) if match is not None else key
        return EquationRow(as_symbol(name), True, None, value)
    left = as_expression(key)
    if isinstance(left, Call) and _by_time(left, time) and is_symbol(left.args[0]):
        left = left.args[0]
    return EquationRow(as_symbol(left), True, None, value)


def _equation(equation: Any, time: str) -> EquationRow:
    left = as_expression(equation.lhs) if not isinstance(equation.lhs, str) else as_symbol(equation.lhs)
    right = equation.rhs if isinstance(equation.rhs, str) else as_expression(equation.rhs)
    if isinstance(left, Symbol):
        return EquationRow(left, False, None, right)
    if isinstance(left, Call) and _by_time(left, time) and isinstance(left.args[0], Symbol):
        return EquationRow(left.args[0], True, None, right)
    return EquationRow(None, True, left, right)


def _by_time(part: Any, time: str) -> bool:
    """Whether a call is a first derivative in time."""
    if not (isinstance(part, Call) and part.function == "D"):
        return False
    return [str(by) for by in part.args[1:]] in ([], [time], [time, "1"])


def _derivative_pattern(time: str) -> re.Pattern[str]:
    t, at = re.escape(time), r"(?:\s*\([^()]*\))?"
    ways = (
        rf"(?:D|d{t}|∂{t})\s*\(\s*({_NAME}){at}\s*(?:,\s*{t}\s*)?\)",
        rf"d\s*({_NAME})\s*/\s*d\s*{t}",
        rf"∂\s*({_NAME})\s*/\s*∂\s*{t}",
        rf"∂_?{t}\s+({_NAME})",
        rf"({_NAME})_{t}",
        rf"({_NAME})\s*'",
    )
    return re.compile("|".join(ways))


def from_statements(statements: Iterable[Fragment], time: str, grid: Grid) -> list[EquationRow]:
    """Return the equations of a text."""
    out = []
    pattern = _derivative_pattern(time)
    for statement in statements:
        match = ASSIGNMENT.search(statement.masked)
        if match is None:
            raise statement.error(f'This is not an equation. Write "D(u, {time}) = ...", or "mu = ..." for a name.')
        left = statement.cut(0, match.start())
        right = statement.cut(match.end(), statement.stop - statement.start)
        found = pattern.fullmatch(left.text)
        if found is not None:
            place = next(k for k in range(1, len(found.groups()) + 1) if found[k] is not None)
            name = read_name(left.cut(found.start(place), found.end(place)), "field")
            out.append(EquationRow(as_symbol(name), True, None, right))
        elif (twice := re.fullmatch(rf"({_NAME})_(?:{re.escape(time)}){{2,}}", left.text)) is not None:
            first = f"{twice[1]}_{time} = w and then w_{time} = ..."
            raise statement.error(f"{left.text} is a higher derivative in time. Give the first a name: {first}")
        elif re.fullmatch(_NAME, left.text):
            out.append(EquationRow(as_symbol(read_name(left, "name")), False, None, right))
        else:
            out.append(EquationRow(None, True, left.expression(_LeftScope(grid, time)), right))
    return out


class _LeftScope(FieldScope):
    """What names mean on the left of an equation before the fields are known: ``u_t`` is a derivative in time."""

    def __init__(self, grid: Grid, time: str) -> None:
        super().__init__({}, grid, {}, is_open=True)
        self._suffix = f"_{time}"

    def __call__(self, name: str) -> Any:
        stem = name.removesuffix(self._suffix)
        return D(Symbol(stem)) if stem and stem != name else super().__call__(name)


def sort_rows(rows: list[EquationRow], time: str) -> Rows:
    """Tell right-hand sides of fields from definitions of names, and refuse what is there twice.

    Names alone on the left are fields where no equation has a derivative in time.

    Raises
    ------
    InputError
        If there is no equation, or one cannot be solved for a derivative in time.
    DuplicateNameError
        If two equations are for one name.
    """
    if not rows:
        raise InputError(f"There are no equations. Give at least one: {_FIX}.")
    alone = not any(row.is_derivative for row in rows)
    out = Rows({}, {})
    for row in rows:
        name = row.name if row.name is not None else _unknown_of(row, time)
        if name in out.fields or name.name in out.definitions:
            raise DuplicateNameError(f'There are two equations for "{name.name}". Join or remove one.')
        if row.is_derivative or alone:
            out.fields[name] = row
        else:
            out.definitions[name.name] = row.right
    return out


def _unknown_of(row: EquationRow, time: str) -> Any:
    sides = [row.left, *([] if isinstance(row.right, str | Fragment) else [row.right])]
    calls = [part for part in subterms(sides) if _by_time(part, time)]
    shown = f"{elide(str(row.left), 60)} = ..."
    if not calls:
        second = [part for part in subterms(sides) if isinstance(part, Call) and part.function == "D"]
        if any(str(by) == time for part in second for by in part.args[1:]):
            raise UnsupportedError(
                f'"{shown}" has a higher derivative in time. Give the first a name: D(u, {time}) = w and then '
                f"D(w, {time}) = ...."
            )
        raise InputError(
            f'"{shown}" has no derivative in time, D(u, {time}), on its left. Every field needs one equation for it; '
            'an equation "mu = ..." with a name alone on its left says what the name stands for.'
        )
    unknowns = {part.args[0] for part in calls}
    if len(unknowns) > 1 or not isinstance(next(iter(unknowns)), Symbol):
        raise UnsupportedError(
            f'"{shown}" has derivatives in time of {", ".join(sorted(map(str, unknowns)))}; each equation has that of '
            "one field."
        )
    return unknowns.pop()


def solve_row(left: Any, right: Any, field: Any, time: str) -> Any:
    """Return the right-hand side of an equation that is linear in the derivative of a field in time.

    Raises
    ------
    NonlinearError
        If it is not.
    """
    from symnum.terms.linear import linear_coefficients
    from symnum.terms.substitute import substitute

    slope = Symbol(f"{field.name}\N{PRIME}")
    residual = add([left, multiply((-1, right))])
    calls = {part: slope for part in subterms([residual]) if _by_time(part, time)}
    message = (
        f"The equation for {field} is not linear in D({field}, {time}) with a factor of numbers and parameters; write "
        f"it as D({field}, {time}) = ...."
    )
    try:
        matrix, rest = linear_coefficients([substitute(residual, calls)], [slope])
    except NonlinearError:
        raise NonlinearError(message) from None
    if slope in free_symbols(rest[0]) or matrix[0][0] == 0:
        raise NonlinearError(message)
    return multiply((-1, rest[0])) / matrix[0][0]


def read_side(value: Any, scope: Scope, where: str) -> Any:
    """Read one side of an equation; errors say which."""
    if isinstance(value, Fragment):
        return value.expression(scope)
    try:
        return scope.read(value)
    except ParseError as error:
        place: dict[str, Any] = {"text": error.text, "file": error.file, "line": error.line, "column": error.column}
        raise type(error)(f"in {where}: {error.reason}", **place) from None
    except UnknownNameError as error:
        raise UnknownNameError(f"in {where}: {error}") from None
    except InputError as error:
        raise InputError(f"in {where}: {error}") from None
