"""Kinds of values: numbers, pointers to numbers, tuples, functions.

A number's kind is its name (``"int64"``), a pointer's that of what it points to and a star (``"float64*"``), a tuple's
the tuple of kinds; the kind of a function is the function itself, which has no value when the code runs.
"""

from typing import Any

from symnum.errors import CompilationError

__all__ = [
    "BOOLEAN",
    "FLOAT",
    "INTEGER",
    "NOTHING",
    "SHORT",
    "UNSIGNED",
    "Kind",
    "common_kind",
    "machine_type",
    "read_signature",
]

Kind = Any

BOOLEAN, SHORT, INTEGER, FLOAT, NOTHING = "bool", "int32", "int64", "float64", "void"
UNSIGNED = "uint64"

#: From narrow to wide: two different numbers meet in the wider kind (bits without a
#: sign meet nothing else).
_WIDTH = {BOOLEAN: 0, SHORT: 1, INTEGER: 2, FLOAT: 3}
_MACHINE_TYPES = {BOOLEAN: "i1", SHORT: "i32", INTEGER: "i64", FLOAT: "double", NOTHING: "void", UNSIGNED: "i64"}


def machine_type(kind: Kind) -> str:
    """Return LLVM's name of a kind.

    Examples
    --------
    >>> machine_type("float64*"), machine_type(("int64", "float64"))
    ('ptr', '{ i64, double }')
    """
    if isinstance(kind, tuple):
        return "{ " + ", ".join(machine_type(part) for part in kind) + " }"
    return "ptr" if kind.endswith("*") else _MACHINE_TYPES[kind]


def common_kind(a: Kind, b: Kind) -> Kind | None:
    """Return the kind that can stand for both, or None.

    Examples
    --------
    >>> common_kind("int64", "float64")
    'float64'
    """
    if a == b:
        return a
    if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
        parts = tuple(common_kind(x, y) for x, y in zip(a, b, strict=True))
        return None if None in parts else parts
    if isinstance(a, str) and isinstance(b, str) and a in _WIDTH and b in _WIDTH:
        return a if _WIDTH[a] > _WIDTH[b] else b
    return None


def read_signature(signature: str) -> tuple[Kind, tuple[Kind, ...]]:
    """Return the kinds of result and arguments of a signature's text.

    Examples
    --------
    >>> read_signature("int32(int64, CPointer(float64))")
    ('int32', ('int64', 'float64*'))
    """
    result, _, rest = signature.partition("(")
    arguments = rest.rpartition(")")[0].split(",")
    return _read_kind(result), tuple(_read_kind(a) for a in arguments if a.strip())


def _read_kind(text: str) -> Kind:
    text = text.strip()
    if text.startswith("CPointer(") and text.endswith(")"):
        inner = _read_kind(text[len("CPointer(") : -1])
        if inner != NOTHING:
            return inner + "*"
    if text not in (SHORT, INTEGER, FLOAT, NOTHING):
        known = f"{SHORT}, {INTEGER}, {FLOAT}, {NOTHING}"
        raise CompilationError(f'"{text}" cannot stand in a signature; use {known} or CPointer(...) of one')
    return text
