"""Tape to plain Python over `math`: functions of bounded size without names of the user's.

Python raises where C answers with an infinity or NaN; the helpers here give C's answers.
"""

import math
import re
from collections.abc import Iterable, Sequence

from codegen.functions import Function, Op
from codegen.straight_line import Chunk, straight_line
from codegen.tape import Tape

__all__ = ["Python", "python_helpers", "python_kernel", "python_literal", "python_tuple"]

# Functions of `math` that raise at poles, outside their domain, or when they overflow.
_GUARDED = frozenset(
    "sin cos tan asin acos sinh cosh acosh atanh exp log expm1 log1p gamma lgamma sqrt floor ceil".split()
)

_SMALL_HELPERS = {
    "_sign": "(a):\n    return 1.0 if a > 0.0 else -1.0 if a < 0.0 else a",
    "_min": "(a, b):\n    return a if a < b or a != a else b",
    "_max": "(a, b):\n    return a if a > b or a != a else b",
    "_mod": "(a, b):\n    return a - _floor(_divide(a, b)) * b",
    "_divide": """(a, b):
    try:
        return a / b
    except ZeroDivisionError:
        return _NAN if a == 0.0 or a != a else math.copysign(_INF, a) * math.copysign(1.0, b)""",
    "_pow": """(a, b):
    try:
        return math.pow(a, b)
    except (ValueError, OverflowError):
        if a < 0.0 and b != math.floor(b):
            return _NAN
        odd = math.fmod(abs(b), 2.0) == 1.0
        return math.copysign(_INF, a) if odd else _INF""",
    "_floor": "(a):\n    return float(math.floor(a)) if math.isfinite(a) else a",
    "_ceil": "(a):\n    return float(math.ceil(a)) if math.isfinite(a) else a",
    # Beyond its range exp has one infinity, sinh two, cosh one.
    "_exp": "(a):\n    try:\n        return math.exp(a)\n    except OverflowError:\n        return _INF",
    "_expm1": "(a):\n    try:\n        return math.expm1(a)\n    except OverflowError:\n        return _INF",
    "_cosh": "(a):\n    try:\n        return math.cosh(a)\n    except OverflowError:\n        return _INF",
    "_sinh": "(a):\n    try:\n        return math.sinh(a)\n    except OverflowError:\n        return math.copysign(_INF, a)",
    "_log": "(a):\n    return math.log(a) if a > 0.0 else -_INF if a == 0.0 else _NAN",
    "_log1p": "(a):\n    return math.log1p(a) if a > -1.0 else -_INF if a == -1.0 else _NAN",
    "_atanh": "(a):\n    return math.atanh(a) if -1.0 < a < 1.0 else math.copysign(_INF, a) if abs(a) == 1.0 else _NAN",
    "_gamma": """(a):
    try:
        return math.gamma(a)
    except OverflowError:
        return math.copysign(_INF, a)
    except ValueError:
        return math.copysign(_INF, a) if a == 0.0 else _NAN""",
    "_lgamma": "(a):\n    try:\n        return math.lgamma(a)\n    except (ValueError, OverflowError):\n        return _INF",
}

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


def python_helpers(text: str) -> str:
    """Return the definitions of the helper functions that a text calls, and of those that these call."""
    wanted: dict[str, str] = {}
    waiting = sorted(set(re.findall(r"(?<![\w.])_[a-z]\w*(?=\()", text)))
    while waiting:
        name = waiting.pop()
        if name in wanted:
            continue
        body = _SMALL_HELPERS.get(name)
        if body is None and name[1:] in _GUARDED:
            body = f"(a):\n    try:\n        return math.{name[1:]}(a)\n    except ValueError:\n        return _NAN"
        if body is not None:
            wanted[name] = f"def {name}{body}\n"
            waiting += re.findall(r"(?<![\w.])_[a-z]\w*(?=\()", body)
    head = "_INF = math.inf\n_NAN = math.nan\n"
    return head + "".join(f"\n\n{wanted[name]}" for name in sorted(wanted))


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
    code = straight_line(tape, Python(), limit)
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


class Python:
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
        text = function.python.format(*values)
        name = text[len("math.") : text.index("(")]
        return f"_{text[len('math.') :]}" if text.startswith("math.") and name in _GUARDED else text
