"""Tape to C99: functions of bounded size without names of the user's, and string tables of those names.

Every kernel NAME becomes two functions of one signature:

    int32_t NAME(double t, const double *y, const double *p, void *context, double *out)
    int32_t NAME_stage(...)      the parameter stage, into `out`

The context is an array of eight pointers: see `codegen.kernel`.
"""

import math
import re
from collections.abc import Iterable, Sequence

from codegen.functions import Function, Op
from codegen.straight_line import Chunk, StraightLine, straight_line
from codegen.tape import Tape

__all__ = [
    "C99",
    "C_KEYWORDS",
    "c_array",
    "c_helpers",
    "c_kernel",
    "c_literal",
    "c_string",
    "is_c_identifier",
]

SIGNATURE = "double t, const double *y, const double *p, void *context, double *out"

C_KEYWORDS = frozenset(
    "auto break case char const continue default do double else enum extern float for goto if inline int long "
    "register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while "
    "asm bool catch class delete friend namespace new operator private protected public template this throw try "
    "typename using virtual".split()
)

_TYPES = {
    "t": "double t",
    "y": "const double *restrict y",
    "p": "const double *restrict p",
    "k": "const double *restrict k",
    "w": "double *restrict w",
    "out": "double *restrict out",
}

_HELPERS = {
    "symnum_sign": "(double a)\n{\n    return a > 0.0 ? 1.0 : a < 0.0 ? -1.0 : a;\n}",
    "symnum_min": "(double a, double b)\n{\n    return a < b || a != a ? a : b; /* a NaN is not hidden */\n}",
    "symnum_max": "(double a, double b)\n{\n    return a > b || a != a ? a : b; /* a NaN is not hidden */\n}",
    "symnum_mod": "(double a, double b)\n{\n    return a - floor(a / b)*b;\n}",
}


def c_literal(value: float) -> str:
    """Return an exact C literal.

    Examples
    --------
    >>> c_literal(0.1), c_literal(float("-inf"))
    ('0.1', '(-INFINITY)')
    """
    if math.isnan(value):
        return "NAN"
    if math.isinf(value):
        return "INFINITY" if value > 0 else "(-INFINITY)"
    return repr(float(value))


def c_string(text: str) -> str:
    r"""Return a C string literal of the UTF-8 bytes of any text.

    Examples
    --------
    >>> print(c_string('a"b\n*/??/'))
    "a\"b\012*/\?\?/"
    """
    out = []
    for byte in text.encode("utf-8", "surrogatepass"):
        if byte in b'"\\?':
            out.append(f"\\{byte:c}")
        else:
            out.append(chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}")
    return '"' + "".join(out) + '"'


def c_array(declaration: str, entries: Iterable[str], width: int = 108) -> str:
    """Return the definition of an array; C has none without elements, so an empty one gets a zero.

    Parameters
    ----------
    declaration : str
        Everything before the brackets.
    entries : iterable of str
        Initialisers.
    width : int
        Greatest length of a line.
    """
    texts = list(entries)
    lines, line = [], "   "
    for text in texts or ["0"]:
        if len(line) + len(text) + 2 > width and line.strip():
            lines.append(line)
            line = "   "
        line += f" {text},"
    return "\n".join([f"{declaration}[{max(len(texts), 1)}] = {{", *lines, line, "};"]) + "\n"


def c_helpers(text: str) -> str:
    """Return the definitions of the helper functions that a text calls."""
    used = [name for name in _HELPERS if f"{name}(" in text]
    return "".join(f"static inline double {name}{_HELPERS[name]}\n\n" for name in used)


def c_kernel(tape: Tape, name: str, stage_slot: int, limit: int = 400) -> tuple[str, int, int]:
    """Write one kernel.

    Parameters
    ----------
    tape : Tape
        What to compute.
    name : str
        Identifier of the kernel.
    stage_slot : int
        Slot of the context that points to this kernel's parameter stage.
    limit : int
        Operations per function.

    Returns
    -------
    text : str
        Function definitions; they need `SYMNUM_NOINLINE`, `math.h`, `stdint.h` and `c_helpers`.
    stage_size, scratch_size : int
        Doubles needed for the parameter stage and for scratch.
    """
    code = straight_line(tape, C99, limit)
    parts = [_function(f"{name}_stage_{i}", c, stage=True) for i, c in enumerate(code.stage_chunks)]
    parts += [_function(f"{name}_{i}", c) for i, c in enumerate(code.chunks)]
    if code.gather is not None:
        parts.append(c_array(f"static const int32_t {name}_gather", map(str, code.gather)))
    parts.append(_stage_entry(name, code))
    parts.append(_entry(name, code, stage_slot))
    return "\n".join(parts), code.stage_size, code.scratch_size


def _arguments(chunk: Chunk) -> list[str]:
    return [letter for letter in _TYPES if letter in chunk.uses]


def _function(name: str, chunk: Chunk, stage: bool = False) -> str:
    types = {**_TYPES, "k": "double *restrict k"} if stage else _TYPES
    arguments = ", ".join(types[letter] for letter in _arguments(chunk)) or "void"
    body = "".join(f"    {line}\n" for line in chunk.lines)
    return f"static SYMNUM_NOINLINE void {name}({arguments})\n{{\n{body}}}\n"


def _calls(name: str, chunks: Sequence[Chunk]) -> str:
    return "".join(f"    {name}_{i}({', '.join(_arguments(c))});\n" for i, c in enumerate(chunks))


def _stage_entry(name: str, code: StraightLine) -> str:
    uses = {letter for chunk in code.stage_chunks for letter in chunk.uses}
    unused = [x for x in ("t", "y", "p", "context") if x not in uses] + ([] if "k" in uses else ["out"])
    memory = "    double *k = out;\n" if "k" in uses else ""
    return (
        f"int32_t {name}_stage({SIGNATURE})\n{{\n{memory}{_ignore(unused)}"
        f"{_calls(f'{name}_stage', code.stage_chunks)}    return 0;\n}}\n"
    )


def _entry(name: str, code: StraightLine, stage_slot: int) -> str:
    uses = {letter for chunk in code.chunks for letter in chunk.uses}
    if code.gather is not None:
        uses |= {"w", "out"}
    lines = ""
    if uses & {"k", "w"}:
        lines += "    double *const *slots = context;\n"
    lines += f"    const double *k = slots[{stage_slot}];\n" if "k" in uses else ""
    lines += "    double *w = slots[4];\n" if "w" in uses else ""
    unused = [x for x in ("t", "y", "p", "out") if x not in uses]
    unused += [] if uses & {"k", "w"} else ["context"]
    gather = ""
    if code.gather is not None:
        gather = (
            f"    for (int32_t i = 0; i < {code.n_outputs}; i++)\n        out[i] = w[{name}_gather[i]];\n"
        )
    calls = _calls(name, code.chunks)
    return f"int32_t {name}({SIGNATURE})\n{{\n{lines}{_ignore(unused)}{calls}{gather}    return 0;\n}}\n"


def _ignore(names: Iterable[str]) -> str:
    text = " ".join(f"(void){name};" for name in names)
    return f"    {text}\n" if text else ""


class _C99:
    """The dialect of C99."""

    literal = staticmethod(c_literal)

    def declare(self, name: str, text: str, boolean: bool) -> str:
        return f"const {'int' if boolean else 'double'} {name} = {text};"

    def assign(self, target: str, text: str) -> str:
        return f"{target} = {text};"

    def divide(self, above: str, below: str) -> str:
        return f"{above} / {below}"

    def number(self, truth: str) -> str:
        return f"(double){truth}"

    def select(self, condition: str, if_true: str, if_false: str) -> str:
        return f"{condition} ? {if_true} : {if_false}"

    def logical(self, op: Op, values: Sequence[str]) -> str:
        if op == Op.NOT:
            return f"!{values[0]}"
        return (" && " if op == Op.AND else " || ").join(values)

    def power(self, base: str, exponent: str) -> str:
        return f"pow({base}, {exponent})"

    def function(self, function: Function, values: Sequence[str]) -> str:
        return function.c.format(*values)


C99 = _C99()


_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")


def is_c_identifier(name: str) -> bool:
    """Whether a name can be used in C and C++ as it is."""
    return bool(_IDENTIFIER.match(name)) and name not in C_KEYWORDS
