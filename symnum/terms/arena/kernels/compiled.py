"""How the arena's kernels are compiled: the decorators of `symnum.compiling` for this folder."""

import sys
from pathlib import Path

from symnum.compiling.compiled import CodePackage

__all__ = ["arena_code", "compiled", "compiled_callback"]


def announce(seconds: float) -> None:
    """Tell the user, on standard error, that the kernels are being compiled."""
    sys.stderr.write(f"symnum: compiling the arena's kernels once, about {seconds:.0f} s\n")
    sys.stderr.flush()


_HERE = Path(__file__).resolve().parent

arena_code = CodePackage(
    "arena", "symnum.terms.arena.", [_HERE, _HERE.parent / "layout.py"], announce
)
"""The source files that the kernels' machine code depends on."""

compiled = arena_code.compiled
compiled_callback = arena_code.compiled_callback
