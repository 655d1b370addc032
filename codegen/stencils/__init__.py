"""Systems on grids to machine code: strided loops over boxes of cells, whose number has no part in compiling."""

from typing import Any

__all__ = ["StencilKernel", "StencilStepper", "compile_stencils", "compile_stepper"]

_HOMES = {
    "StencilKernel": "kernel",
    "StencilStepper": "stepper",
    "compile_stencils": "compile",
    "compile_stepper": "stepper",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"codegen.stencils.{_HOMES[name]}"), name)
