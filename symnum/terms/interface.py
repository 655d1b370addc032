"""The term interface: the functions through which every algorithm sees a term.

A type that registers implementations of these nine functions works with all of symnum, whatever
it looks like inside. Numbers are leaves of every structure: plain int, Fraction, float and complex.

The words are those of TermInterface.jl.
"""

import importlib
from collections.abc import Sequence
from functools import singledispatch
from typing import Any

from symnum.errors import UnsupportedError

Expression = Any
"""A term of any structure, or a plain number."""

_ADAPTERS = {"sympy": "symnum.terms.sympy_terms", "symengine": "symnum.terms.symengine_terms"}
_ORDER = "symnum.terms.order"
_loaded: set[str] = set()


def load_adapter(term: object) -> bool:
    """Import the adapter of a foreign term's package; True if there was one to import."""
    for cls in type(term).__mro__:
        package = cls.__module__.partition(".")[0]
        if package in _ADAPTERS and package not in _loaded:
            importlib.import_module(_ADAPTERS[package])
            _loaded.add(package)
            return True
    return False


def _no_arguments(term: object, asked: str) -> UnsupportedError:
    return UnsupportedError(
        f"{term!r} of type {type(term).__name__} has no {asked}: it is a leaf, or its type is not registered "
        "with symnum.terms.interface. Test with is_call(term) first."
    )


@singledispatch
def is_expr(term: object) -> bool:
    """Tell whether a term has an operation and arguments (numbers and symbols have none)."""
    return bool(is_expr(term)) if load_adapter(term) else False


@singledispatch
def is_call(term: object) -> bool:
    """Tell whether a term is the application of an operation to arguments."""
    return bool(is_call(term)) if load_adapter(term) else False


@singledispatch
def is_symbol(term: object) -> bool:
    """Tell whether a term is a named symbol."""
    return bool(is_symbol(term)) if load_adapter(term) else False


@singledispatch
def is_constant(term: object) -> bool:
    """Tell whether a term is one of the exact constants pi and e."""
    return bool(is_constant(term)) if load_adapter(term) else False


@singledispatch
def name(term: object) -> str:
    """Return the name of a symbol or constant."""
    if load_adapter(term):
        return name(term)
    raise _no_arguments(term, "name")


@singledispatch
def domain(term: object) -> str:
    """Return the domain of a symbol: "complex" (any number), "real", "positive", ..."""
    return domain(term) if load_adapter(term) else "complex"


@singledispatch
def operation(term: object) -> str:
    """Return the operation of a term: "+", "*", "^", "sin", "<", "piecewise", ...

    Raises
    ------
    UnsupportedError
        If the term is a leaf.
    """
    if load_adapter(term):
        return operation(term)
    raise _no_arguments(term, "operation")


@singledispatch
def arguments(term: object) -> Sequence[Expression]:
    """Return the arguments of a term, in the order in which it keeps them."""
    if load_adapter(term):
        return arguments(term)
    raise _no_arguments(term, "arguments")


@singledispatch
def sorted_arguments(term: object) -> Sequence[Expression]:
    """Return the arguments in an order that depends on nothing but the term's structure."""
    if _ORDER not in _loaded:  # registers the canonical terms
        _loaded.add(_ORDER)
        importlib.import_module(_ORDER)
        return sorted_arguments(term)
    return arguments(term)


def head(term: object) -> str:
    """Return the head of a term; for calls, which all terms of symnum are, its operation."""
    return operation(term)


def children(term: object) -> Sequence[Expression]:
    """Return the children of a term; for calls, its arguments."""
    return arguments(term)


@singledispatch
def metadata(term: object) -> Any:
    """Return what `make_term` attached to a term, or None; shared (interned) terms carry nothing."""
    return None


@singledispatch
def make_term(
    like: object, operation: str, arguments: Sequence[Expression], metadata: Any = None
) -> Expression:
    """Build a term of the same structure as `like`.

    Parameters
    ----------
    like : term
        Any term of the wanted structure.
    operation : str
        "+", "*", "^" or the name of a function.
    arguments : sequence of terms or numbers
    metadata : object, optional
        Attached where the structure can carry it.

    Examples
    --------
    >>> from symnum.terms import Symbol, make_term
    >>> x = Symbol("x")
    >>> make_term(x, "+", [x, x])
    2*x
    """
    if load_adapter(like):
        return make_term(like, operation, arguments, metadata)
    raise _no_arguments(like, "term structure")
