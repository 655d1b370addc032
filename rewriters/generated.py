"""The one place where symnum turns source text into Python functions.

The text comes from `rewriters.matcher` alone. It consists of fixed phrases of that file and of names made here
(``v0``, ``c1``, ``k2``); whatever comes from a user (names of operations and slots, numbers, symbols, functions) is
a value in the function's namespace and never part of the text, which `check_names` enforces. The text is compiled
to a code object, from which a function is made; nothing at module level of it is ever run.
"""

import builtins
import re
from collections.abc import Callable, Mapping
from types import CodeType, FunctionType
from typing import Any

from symnum.errors import CompilationError

_MANGLED = re.compile(r"[acikprtsv]\d*")
_KEYWORDS = frozenset(
    (
        "def if else for in return not is or and None True len range list tuple enumerate continue all next "
        "iter __class__"
    ).split()
)
ATTRIBUTES = frozenset("monic factors items args function operation arguments test".split())
HELPERS = frozenset(
    (
        "Sum Product Call Tree add multiply power call add_rest multiply_rest sum_arguments product_arguments "
        "tree_arguments tree_make is_call operation_of arguments_of make optional tick is_leaf leaf same"
    ).split()
)

_ALLOWED = _KEYWORDS | ATTRIBUTES | HELPERS | {"rule"}


def check_names(source: str) -> None:
    """Refuse generated text with a word in it that is neither of this file nor mangled.

    Raises
    ------
    CompilationError
        Naming the word.
    """
    if "'" in source or '"' in source:
        raise CompilationError(
            "generated code contains a text constant; constants belong into its namespace."
        )
    for word in re.findall(r"[A-Za-z_]\w*", source):
        if word not in _ALLOWED and not _MANGLED.fullmatch(word):
            raise CompilationError(f"generated code contains the name {word!r}, which it must not.")


def make_function(source: str, namespace: Mapping[str, Any]) -> Callable[..., Any]:
    """Return the one function that a generated text defines.

    Parameters
    ----------
    source : str
        ``def rule(t): ...`` in mangled names.
    namespace : mapping
        Values of the names that are free in it.
    """
    check_names(source)
    module = compile(source, "<generated rule>", "exec")
    code = next(part for part in module.co_consts if isinstance(part, CodeType))
    return FunctionType(code, {"__builtins__": vars(builtins), **namespace}, "rule")
