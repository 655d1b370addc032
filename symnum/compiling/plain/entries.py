"""Entry points: functions with a C signature, as object files."""

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from symnum.compiling.codestore import Entry
from symnum.compiling.plain.functions import functions
from symnum.compiling.plain.kinds import Kind, read_signature
from symnum.compiling.plain.objects import compile_module

__all__ = ["compile_entry", "result_kind"]


def compile_entry(function: Callable[..., Any], signature: str, optimise: int = 3) -> Entry:
    """Compile a Python function.

    Parameters
    ----------
    function : callable
        Only numbers and pointers in, a number out.
    signature : str
        As in `compiled.CodePackage.compiled_callback`.
    optimise : int
        Level of the optimiser.

    Returns
    -------
    Entry
        Object file and symbols.
    """
    result, arguments = read_signature(signature)
    qualified = f"{function.__module__}.{function.__qualname__}"
    symbol = "symnum_" + "".join(c if c.isalnum() and c.isascii() else "_" for c in qualified)
    with _uncollected():
        return compile_module(functions.module_text(function, symbol, result, arguments), symbol, optimise)


def result_kind(function: Any, signature: Iterable[str]) -> Kind:
    """Return the kind of what a compiled function returns for arguments of some kinds, spelt as in a signature."""
    _, kinds = read_signature(f"void({', '.join(signature)})")
    with functions.lock:
        return functions.callee(function, kinds).result


@contextmanager
def _uncollected() -> Iterator[None]:
    """Pause the cyclic garbage collector, which finds nothing in what is made here."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
