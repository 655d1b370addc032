"""What is a term and what is not: arguments that are text, None, lists or foreign objects are refused by name."""

from collections.abc import Iterable
from typing import Any

from symnum.errors import InputError
from symnum.terms import interface
from symnum.terms.canonical import Call, Constant, Product, Sum, Symbol
from symnum.terms.numbers import NUMBER_TYPES, as_number

_KNOWN = NUMBER_TYPES | {Symbol, Constant, Sum, Product, Call, bool}
_SHOWN = 60


def check_terms(expressions: Iterable[Any]) -> None:
    """Raise `InputError` for what is neither a term nor a number, and say what to write instead."""
    for expression in expressions:
        if expression.__class__ not in _KNOWN:
            check_term(expression)


def check_term(expression: Any) -> None:
    """Raise `InputError` if something is neither a term of some structure nor a number.

    Examples
    --------
    >>> from symnum.terms.checks import check_term
    >>> check_term("x^2")
    Traceback (most recent call last):
    ...
    symnum.errors.InputError: the text 'x^2' is no term. Read it first: parse('x^2').
    """
    if expression.__class__ in _KNOWN:
        return
    if isinstance(expression, str):
        raise InputError(f"the text {expression!r} is no term. Read it first: parse({expression[:_SHOWN]!r}).")
    if expression is None:
        raise InputError("None is no term. Give a term or a number.")
    if isinstance(expression, list | tuple | dict | set | frozenset):
        raise InputError(
            f"one term is wanted, and a {type(expression).__name__} was given: {repr(expression)[:_SHOWN]}. "
            "Take its members one after the other: [function(term) for term in terms]."
        )
    if interface.is_expr(expression) or interface.is_symbol(expression) or interface.is_constant(expression):
        return
    if getattr(expression, "shape", None):
        raise InputError(
            f"one term is wanted, and an array of shape {expression.shape} was given. Take its entries one after "
            "the other."
        )
    if as_number(expression) is None and not _is_boolean(expression):
        raise InputError(
            f"{repr(expression)[:_SHOWN]} of type {type(expression).__name__} is no term. Give a term or a number; "
            "sn.symbols makes symbols, and sn.parse reads text."
        )


def _is_boolean(value: Any) -> bool:
    return type(value).__name__ in ("bool_", "bool", "BooleanTrue", "BooleanFalse")
