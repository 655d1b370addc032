"""Tests that slots may carry: ``~x::integer``, ``~x::number``, ``~x::!number``, and those a user registers.

Tests on values, such as ``positive``, ask what is known of the symbols' domains: they hold only where the answer
is certain for every value that the term can have.
"""

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from rewriters.patterns import Predicate
from symnum.errors import InputError, UnknownNameError, suggest
from symnum.terms import interface
from symnum.terms.numbers import NUMBER_TYPES, is_exact

__all__ = ["PREDICATES", "get_predicate", "register_predicate"]

_table: dict[str, Predicate] = {}
PREDICATES = MappingProxyType(_table)
"""All named predicates."""


def register_predicate(name: str, test: Callable[[Any], bool]) -> Predicate:
    """Name a test, so that rules can say ``~x::name``.

    Parameters
    ----------
    name : str
    test : callable
        ``test(term)`` returns whether the term passes.

    Raises
    ------
    InputError
        If the name is taken by another test, or is no name.

    Examples
    --------
    >>> from rewriters.predicates import register_predicate
    >>> register_predicate("small", lambda term: isinstance(term, int) and abs(term) < 10).name
    'small'
    """
    if not name.isidentifier():
        raise InputError(f'"{name}" is no name for a predicate; use letters, digits and underscores.')
    if name in _table and getattr(_table[name].test, "__code__", 0) is not getattr(test, "__code__", None):
        raise InputError(f'the predicate "{name}" exists already; give yours another name.')
    _table[name] = Predicate(name, test)
    return _table[name]


def get_predicate(name: str) -> Predicate:
    """Return a predicate by name; ``is_`` before it and ``!`` (not) are understood.

    Raises
    ------
    UnknownNameError
        If there is none; the message suggests close names.
    """
    if name.startswith("!"):
        inner = get_predicate(name[1:])
        return Predicate(name, lambda term: not inner.test(term))
    found = _table.get(name) or _table.get(name.removeprefix("is_"))
    if found is None:
        known = sorted(_table)
        raise UnknownNameError(
            f'there is no predicate "{name}".{suggest(name, known)} Choose one of {", ".join(known)}, or register '
            "one: rewriters.register_predicate(name, test)."
        )
    return found


def as_predicate(value: Any) -> Predicate:
    """Return a predicate for a name, a predicate or a Python function of one term."""
    if isinstance(value, Predicate):
        return value
    if isinstance(value, str):
        return get_predicate(value)
    return Predicate(getattr(value, "__name__", "test"), value)


def is_number(term: Any) -> bool:
    """Tell whether a term is a plain number."""
    return term.__class__ in NUMBER_TYPES


def _known(question: str) -> Callable[[Any], bool]:
    """Return a test that asks `symnum.terms.domains`, and takes "not known" for no."""

    def test(term: Any) -> bool:
        from symnum.terms import domains

        return getattr(domains, question)(term) is True

    return test


def _is_even(term: Any) -> bool:
    return term.__class__ is int and term % 2 == 0


def _is_odd(term: Any) -> bool:
    return term.__class__ is int and term % 2 == 1


def _is_negative_number(term: Any) -> bool:
    return is_number(term) and term.__class__ is not complex and bool(term < 0)


def _is_negative(term: Any) -> bool:
    return _is_negative_number(term) if is_number(term) else _is_positive(-term)


def _is_integer(term: Any) -> bool:
    """Tell whether a term is an exact integer, or sure to be whole; 2.0 is a float and none."""
    return term.__class__ is int or (not is_number(term) and _is_whole(term))


_is_positive = _known("is_positive")
_is_whole = _known("is_integer")

register_predicate("number", is_number)
register_predicate("exact", is_exact)
register_predicate("symbolic", lambda term: not is_number(term) and term.__class__ is not bool)
register_predicate("symbol", interface.is_symbol)
register_predicate("constant", lambda term: is_number(term) or interface.is_constant(term))
register_predicate("call", interface.is_call)
register_predicate("integer", _is_integer)
register_predicate("rational", is_exact)
register_predicate("even", _is_even)
register_predicate("odd", _is_odd)
register_predicate("real", _known("is_real"))
register_predicate("positive", _is_positive)
register_predicate("negative", _is_negative)
register_predicate("nonnegative", _known("is_nonnegative"))
register_predicate("nonzero", _known("is_nonzero"))
