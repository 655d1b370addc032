"""Makers of symbols, and the functions of mathematics applied to terms."""

import re
from collections.abc import Iterable
from functools import partial
from typing import Any

from symnum.errors import InputError
from symnum.terms import interface
from symnum.terms.canonical import Term, build
from symnum.terms.structures import structure


def symbols(names: str | Iterable[str], terms: str | None = None, domain: str = "complex") -> Any:
    """Return symbols by name.

    Parameters
    ----------
    names : str or iterable of str
        Names separated by spaces or commas outside parentheses, with ranges such as ``x1:4``
        (x1, x2, x3, x4) written ``x1:5`` as in Python; or an iterable of names, taken as they are.
    terms : str, optional
        Term structure: "canonical" (default), "tree", "arena", "sympy", "symengine".
    domain : str, optional
        Which values they may take: "complex" (the default: any number), "real", "nonzero" (any number but
        zero), "nonnegative", "positive", "integer". Symbols of one name and different domains are different
        symbols. Simplification uses the domain and is right for every value in it: for the default it makes
        no use of signs or of being real.

    Returns
    -------
    symbol or tuple of symbols
        One symbol for text with a single name, else a tuple.

    Examples
    --------
    >>> from symnum.terms import symbols
    >>> x, y = symbols("x y")
    >>> symbols("x1:4")
    (x1, x2, x3)
    """
    make = structure(terms).symbol
    if domain != "complex":
        make = partial(make, domain=domain)
    if not isinstance(names, str):
        if not isinstance(names, Iterable):
            raise InputError(f'{names!r} holds no names. Give text or a list of names: symbols("x y").')
        return tuple([make(name) for name in names])
    found = [name for part in _split(names) for name in _expand_range(part)]
    if not found:
        raise InputError('no names were given: symbols("x y").')
    made = tuple([make(name) for name in found])
    is_list = (
        len(made) > 1 or names.rstrip().endswith(",") or (":" in names and made[0] is not make(names.strip()))
    )
    return made if is_list else made[0]


parameters = symbols
species = symbols


def _split(text: str) -> list[str]:
    """Split at commas and spaces outside parentheses, so that ``A(b,c)`` is one name."""
    parts: list[str] = []
    word: list[str] = []
    depth = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if depth <= 0 and (character == "," or character.isspace()):
            parts.append("".join(word))
            word = []
        else:
            word.append(character)
    parts.append("".join(word))
    return [p for p in parts if p]


def _expand_range(name: str) -> list[str]:
    match = re.fullmatch(r"(\w*?)(\d+):(\d+)", name)
    if match is None:
        return [name]
    stem, first, last = match[1], int(match[2]), int(match[3])
    if last - first > 1_000_000:
        raise InputError(f"{name!r} asks for {last - first} symbols; the limit is 1,000,000.")
    return [f"{stem}{i}" for i in range(first, last)]


def like_of(arguments: Iterable[Any]) -> Any:
    """Return the first term among arguments, whose structure a new term takes; else the number 0."""
    return next((a for a in arguments if interface.is_symbol(a) or interface.is_expr(a)), 0)


def apply(operation: str, *arguments: Any) -> Any:
    """Return an operation applied to terms and numbers of one structure."""
    if arguments:
        first = arguments[0]
        if isinstance(first, Term):  # the usual case, without dispatch
            return build(operation, *arguments)
        ways = _ways.get(first.__class__) or _ways_of(first.__class__)
        if ways is not None and (ways[1](first) or ways[0](first)):
            return ways[2](first, operation, arguments)
    return interface.make_term(like_of(arguments), operation, arguments)


_ways: dict[type, tuple[Any, Any, Any]] = {}
"""How to ask a term of a class whether it is a symbol or a term, and to make another: looked up once."""


def _ways_of(cls: type) -> tuple[Any, Any, Any] | None:
    """Return the three functions of the interface for a class that makes terms of its own; None for any other."""
    make = interface.make_term.dispatch(cls)
    if make is interface.make_term.dispatch(object):
        return None
    _ways[cls] = interface.is_symbol.dispatch(cls), interface.is_expr.dispatch(cls), make
    return _ways[cls]
