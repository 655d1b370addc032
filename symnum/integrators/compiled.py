"""The one way in which solver code is compiled: the decorators of `symnum.compiling` for this package."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from symnum.compiling.compiled import (
    CodePackage,
    CompiledCallback,
    CompiledFunction,
    CompiledIntrinsic,
    compiled_intrinsic,
)

__all__ = [
    "CompiledCallback",
    "CompiledFunction",
    "CompiledIntrinsic",
    "announce",
    "compiled",
    "compiled_callback",
    "compiled_intrinsic",
    "solvers",
]


def announce(seconds: float) -> None:
    """Tell the user, on standard error, that a solver or a large part of one is being compiled.

    Replace this function (``symnum.integrators.compiled.announce = ...``) to show the message elsewhere.

    Parameters
    ----------
    seconds : float
        Rough duration of the compilation.
    """
    sys.stderr.write(f"symnum: compiling the solver once, about {seconds:.0f} s\n")
    sys.stderr.flush()


solvers = CodePackage(
    "integrators",
    "symnum.integrators.",
    [Path(__file__).resolve().parent],
    announce=lambda seconds: announce(seconds),  # noqa: PLW0108 - looked up when called, so that it can be replaced
)
"""All source files of the integrators, which are compiled together."""


def compiled(function: Callable[..., Any]) -> CompiledFunction:
    """Make a function callable by other compiled code (decorator).

    Examples
    --------
    >>> @compiled
    ... def twice(x):
    ...     return 2.0 * x
    """
    return solvers.compiled(function)


def compiled_callback(
    signature: str, *, seconds: float = 0.0
) -> Callable[[Callable[..., Any]], CompiledCallback]:
    """Compile a function with a C signature, to be used through its `address` (decorator).

    Parameters
    ----------
    signature, seconds
        As for `CodePackage.compiled_callback`.

    Examples
    --------
    >>> @compiled_callback("float64(int64, CPointer(float64))")
    ... def total(n, x):
    ...     s = 0.0
    ...     for i in range(n):
    ...         s += x[i]
    ...     return s
    """
    return solvers.compiled_callback(signature, seconds=seconds)
