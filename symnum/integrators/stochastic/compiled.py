"""How stochastic engines are compiled: a package of its own, of plain functions, which compile faster."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from symnum.compiling.compiled import CodePackage, CompiledCallback, CompiledFunction
from symnum.integrators import compiled as of_integrators

__all__ = ["compiled", "compiled_callback", "engines"]

_HERE = Path(__file__).resolve().parent

engines = CodePackage(
    "stochastic",
    "symnum.integrators.stochastic.",
    [_HERE, _HERE.parent / "addresses.py"],
    announce=lambda seconds: of_integrators.announce(seconds),  # noqa: PLW0108 - looked up when called
)
"""All source files of the stochastic engines, which are compiled together."""


def compiled(function: Callable[..., Any]) -> CompiledFunction:
    """Make a function callable by other compiled code (decorator)."""
    return engines.compiled(function)


def compiled_callback(
    signature: str, *, seconds: float = 0.0, optimise: int = 2
) -> Callable[[Callable[..., Any]], CompiledCallback]:
    """Compile a function with a C signature, to be used through its `address` (decorator).

    Parameters
    ----------
    signature, seconds, optimise
        As for `symnum.compiling.compiled.CodePackage.compiled_callback`; loops become vector instructions at 3 only.
    """
    return engines.compiled_callback(signature, seconds=seconds, optimise=optimise)
