"""symnum: write a model as mathematics, compile it to machine code, and integrate it.

Everything public is reached from this one module, usually imported as ``sn``. Names are looked up on first
use, so that ``import symnum`` itself costs milliseconds and loads neither numba nor sympy nor scipy.

Examples
--------
>>> import symnum as sn
>>> x, y = sn.symbols("x y")
>>> sn.differentiate(x**2 * y, x) == 2 * x * y
True
"""

import importlib
import os
import sys
from typing import TYPE_CHECKING

__version__ = "0.1.0"

__symnum__ = True
"""Marks this package as the modelling system's own; see `_refuse_strangers`."""

# Module -> the public names that it defines. A test compares this with the imports for type checkers below.
_PUBLIC: dict[str, str] = {
    "symnum.terms.interface": (
        "is_expr is_call head children operation arguments sorted_arguments metadata make_term"
    ),
    "symnum.terms.symbols": "symbols parameters species use_terms term_types",
    "symnum.models.reaction_network": "reaction_network",
    "symnum.models.ode_system": "ode_system",
    "symnum.models.read_model": "read_model",
    "symnum.simulators.simulator": "build_simulator Simulator",
    "symnum.simulators.solution": "Solution",
    "symnum.simulators.generate": "generate",
}

# Subpackages and modules reached as attributes: public name -> module.
_MODULES: dict[str, str] = {
    "errors": "symnum.errors",
    "terms": "symnum.terms",
    "systems": "symnum.systems",
    "integrators": "symnum.integrators",
    "simulators": "symnum.simulators",
    "models": "symnum.models",
    "rewriters": "rewriters",
    "codegen": "codegen",
}

_HOME: dict[str, str] = {name: module for module, names in _PUBLIC.items() for name in names.split()}

__all__ = sorted([*_HOME, *_MODULES, "__version__"])  # noqa: PLE0605 - built from the tables, so it cannot go stale


def _folder_above(init_file: str) -> str:
    """Return the folder that holds the package of this ``__init__.py`` (pathlib would take 5 ms to load)."""
    return init_file.rpartition(os.sep)[0].rpartition(os.sep)[0]


def _refuse_strangers() -> None:
    """Raise when a package named ``rewriters`` or ``codegen`` that is not symnum's would be imported.

    Looking for the file is enough in every ordinary installation, where the three packages are neighbours;
    only when they are not is the other package imported and its marker read.
    """
    from importlib.util import find_spec

    home = _folder_above(__file__)
    for name in ("rewriters", "codegen"):
        loaded = sys.modules.get(name)
        if loaded is not None:
            origin, ours = loaded.__file__, hasattr(loaded, "__symnum__")
        else:
            spec = find_spec(name)
            origin = spec.origin if spec is not None else None
            ours = origin is not None and _folder_above(origin) == home
            ours = ours or (origin is not None and hasattr(importlib.import_module(name), "__symnum__"))
        if not ours:
            from symnum.errors import ShadowedPackageError

            raise ShadowedPackageError(name, origin, home)


if not TYPE_CHECKING:  # type checkers read the imports below instead, and so report names that do not exist

    def __getattr__(name):
        """Import a public name on first use and keep it."""
        if name in _MODULES:
            value = importlib.import_module(_MODULES[name])
        elif name in _HOME:
            value = getattr(importlib.import_module(_HOME[name]), name)
        else:
            from symnum.errors import suggest

            hint = "" if name.startswith("_") else suggest(name, __all__)
            raise AttributeError(f'symnum has no public name "{name}".{hint}')
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    """List the public names, imported already or not."""
    return list(__all__)


if TYPE_CHECKING:
    import codegen as codegen
    import rewriters as rewriters
    from symnum import errors as errors
    from symnum import integrators as integrators
    from symnum import models as models
    from symnum import simulators as simulators
    from symnum import systems as systems
    from symnum import terms as terms
    from symnum.models.read_model import read_model as read_model
    from symnum.models.ode_system import ode_system as ode_system
    from symnum.models.reaction_network import reaction_network as reaction_network
    from symnum.simulators.generate import generate as generate
    from symnum.simulators.simulator import Simulator as Simulator
    from symnum.simulators.simulator import build_simulator as build_simulator
    from symnum.simulators.solution import Solution as Solution
    from symnum.terms.interface import arguments as arguments
    from symnum.terms.interface import children as children
    from symnum.terms.interface import head as head
    from symnum.terms.interface import is_call as is_call
    from symnum.terms.interface import is_expr as is_expr
    from symnum.terms.interface import make_term as make_term
    from symnum.terms.interface import metadata as metadata
    from symnum.terms.interface import operation as operation
    from symnum.terms.interface import sorted_arguments as sorted_arguments
    from symnum.terms.symbols import parameters as parameters
    from symnum.terms.symbols import species as species
    from symnum.terms.symbols import symbols as symbols
    from symnum.terms.symbols import term_types as term_types
    from symnum.terms.symbols import use_terms as use_terms

_refuse_strangers()
