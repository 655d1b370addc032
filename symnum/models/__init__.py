"""Models: what a user writes or reads, turned into systems of symbols.

Nothing is imported until it is asked for.
"""

import importlib
from typing import Any

_MODULES = (
    "importers",
    "library",
    "observables",
    "ode_system",
    "rate_laws",
    "read_model",
    "reaction_network",
)

__all__ = ["importers", "library", "ode_system", "rate_laws", "read_model", "reaction_network"]


def __getattr__(name: str) -> Any:
    """Import a module of this package on first use."""
    if name in _MODULES:
        return importlib.import_module(f"symnum.models.{name}")
    raise AttributeError(f'symnum.models has no "{name}"; it has {", ".join(__all__)}.')


def __dir__() -> list[str]:
    """List the modules, imported already or not."""
    return list(__all__)
