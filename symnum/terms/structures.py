"""The term structures by name: what `symbols(..., terms="tree")`, `use_terms` and `convert` choose from."""

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import singledispatch
from typing import Any, NamedTuple

from symnum.errors import UnknownNameError, suggest
from symnum.terms import canonical


class Structure(NamedTuple):
    """One term structure.

    Attributes
    ----------
    name : str
    symbol : callable
        ``symbol(name)`` makes a symbol; ``symbol(name, domain)`` one of a domain, where there are such.
    constant : callable
        ``constant("pi")`` or ``constant("e")`` makes an exact constant.
    build : callable
        ``build(operation, *arguments)`` makes a term.
    """

    name: str
    symbol: Callable[..., Any]
    constant: Callable[[str], Any]
    build: Callable[..., Any]


_MODULES = {
    "tree": "symnum.terms.tree",
    "arena": "symnum.terms.arena",
    "sympy": "symnum.terms.sympy_terms",
    "symengine": "symnum.terms.symengine_terms",
}
_structures: dict[str, Structure] = {
    "canonical": Structure("canonical", canonical.Symbol, canonical.Constant, canonical.build)
}
_current: ContextVar[str] = ContextVar("symnum_terms", default="canonical")


def register_structure(new: Structure, base: type) -> None:
    """Add a term structure to those that can be chosen by name; `base` is the class of its terms."""
    _structures[new.name] = new
    _of_class.register(base)(lambda _term: new.name)


@singledispatch
def _of_class(_term: Any) -> str:
    return "canonical"


def structure_of_class(cls: type) -> str:
    """Return the name of the structure whose terms are of a class ("canonical" for numbers)."""
    return _of_class.dispatch(cls)(None)


def term_types() -> tuple[str, ...]:
    """Return the names of the term structures.

    Examples
    --------
    >>> from symnum.terms import term_types
    >>> "canonical" in term_types()
    True
    """
    return tuple(dict.fromkeys(("canonical", *_MODULES, *_structures)))


def structure(name: str | None = None) -> Structure:
    """Return a structure by name; None means the one in use (`use_terms`, else "canonical").

    Raises
    ------
    UnknownNameError
        If there is no such structure.
    """
    name = _current.get() if name is None else name
    if name not in _structures and name in _MODULES:
        importlib.import_module(_MODULES[name])
    found = _structures.get(name)
    if found is None:
        known = list(term_types())
        raise UnknownNameError(
            f'there is no term structure "{name}".{suggest(name, known)} Choose one of {", ".join(known)}.'
        )
    return found


@contextmanager
def use_terms(name: str) -> Iterator[None]:
    """Make the symbols and parsed terms within the block of another structure.

    Examples
    --------
    >>> from symnum.terms import symbols, use_terms
    >>> with use_terms("tree"):
    ...     x = symbols("x")
    >>> x + x
    x + x
    """
    token = _current.set(structure(name).name)
    try:
        yield
    finally:
        _current.reset(token)
