"""Tape to plain Python over `math`: functions of bounded size without names of the user's.

Python raises where C answers with an infinity or NaN; the helpers here give C's answers.
"""

import ast
import functools
import math
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from codegen import python_functions
from codegen.functions import Function, Op
from codegen.straight_line import Chunk, straight_line
from codegen.tape import Tape

__all__ = ["PYTHON", "python_helpers", "python_kernel", "python_literal", "python_tuple"]

_CALLED = re.compile(r"(?<![\w.])_[a-z]\w*(?=\()")
_ORDER = ("t", "y", "p", "k", "w", "out")


def python_literal(value: float) -> str:
    """Return an exact Python literal.

    Examples
    --------
    >>> python_literal(0.1), python_literal(float("inf"))
    ('0.1', '_INF')
    """
    if math.isnan(value):
        return "_NAN"
    if math.isinf(value):
        return "_INF" if value > 0 else "(-_INF)"
    return repr(float(value))


def python_tuple(name: str, entries: Iterable[str], width: int = 108) -> str:
    """Return the assignment of a tuple, wrapped."""
    lines, line = [], "   "
    for text in entries:
        if len(line) + len(text) + 2 > width and line.strip():
            lines.append(line)
            line = "   "
        line += f" {text},"
    return "\n".join([f"{name} = (", *lines, *([line] if line.strip() else []), ")"]) + "\n"


@functools.cache
def _library() -> dict[str, str]:
    """Return the text of every helper function by name."""
    text = Path(python_functions.__file__).read_text(encoding="utf-8")
    functions = (node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef))
    return {node.name: ast.get_source_segment(text, node) or "" for node in functions}


def python_helpers(text: str) -> str:
    """Return the definitions of the helper functions that a text calls, and of those that these call."""
    library = _library()
    wanted: dict[str, str] = {}
    waiting = set(_CALLED.findall(text))
    while waiting:
        name = waiting.pop()
        if name in library and name not in wanted:
            wanted[name] = library[name]
            waiting.update(_CALLED.findall(library[name]))
    return "_INF = math.inf\n_NAN = math.nan\n" + "".join(f"\n\n{wanted[name]}\n" for name in sorted(wanted))


def python_kernel(tape: Tape, name: str, limit: int = 400) -> str:
    """Write one kernel as ``NAME_stage(p) -> k`` and ``NAME(t, y, p, k) -> out``, all lists of floats.

    Parameters
    ----------
    tape : Tape
        What to compute.
    name : str
        Identifier of the kernel.
    limit : int
        Operations per function.
    """
    code = straight_line(tape, PYTHON, limit)
    parts = [_function(f"_{name}_stage_{i}", c) for i, c in enumerate(code.stage_chunks)]
    parts += [_function(f"_{name}_{i}", c) for i, c in enumerate(code.chunks)]
    if code.gather is not None:
        parts.append(python_tuple(f"_{name}_gather", map(str, code.gather)))
    parts.append(
        f"def {name}_stage(p):\n    k = [0.0] * {code.stage_size}\n"
        f"{_calls(f'_{name}_stage', code.stage_chunks)}    return k\n"
    )
    body = f"    w = [0.0] * {code.scratch_size}\n" if code.scratch_size else ""
    if code.gather is None:
        body += f"    out = [0.0] * {code.n_outputs}\n{_calls(f'_{name}', code.chunks)}    return out\n"
    else:
        body += f"{_calls(f'_{name}', code.chunks)}    return [w[i] for i in _{name}_gather]\n"
    parts.append(f"def {name}(t, y, p, k):\n{body}")
    return "\n\n".join(parts)


def _arguments(chunk: Chunk) -> str:
    return ", ".join(letter for letter in _ORDER if letter in chunk.uses)


def _function(name: str, chunk: Chunk) -> str:
    body = "".join(f"    {line}\n" for line in chunk.lines or ["pass"])
    return f"def {name}({_arguments(chunk)}):\n{body}"


def _calls(name: str, chunks: Sequence[Chunk]) -> str:
    return "".join(f"    {name}_{i}({_arguments(c)})\n" for i, c in enumerate(chunks))


class _Python:
    """The dialect of Python over `math`."""

    literal = staticmethod(python_literal)

    def declare(self, name: str, text: str, boolean: bool) -> str:
        return f"{name} = {text}"

    def assign(self, target: str, text: str) -> str:
        return f"{target} = {text}"

    def divide(self, above: str, below: str) -> str:
        return f"_divide({above}, {below})"

    def number(self, truth: str) -> str:
        return f"float({truth})"

    def select(self, condition: str, if_true: str, if_false: str) -> str:
        return f"{if_true} if {condition} else {if_false}"

    def logical(self, op: Op, values: Sequence[str]) -> str:
        if op == Op.NOT:
            return f"not {values[0]}"
        return (" and " if op == Op.AND else " or ").join(values)

    def power(self, base: str, exponent: str) -> str:
        return f"_pow({base}, {exponent})"

    def function(self, function: Function, values: Sequence[str]) -> str:
        return _template(function.python).format(*values)


@functools.cache
def _template(python: str) -> str:
    """Return the call of the helper function that answers as C does, where there is one."""
    name, bracket, rest = python.partition("(")
    helper = name.replace("math.", "_")
    return helper + bracket + rest if helper in _library() else python


PYTHON = _Python()
