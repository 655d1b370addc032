"""Plain text that reads back: ``parse(str(expr)) == expr`` for canonical terms."""

import cmath
from fractions import Fraction
from typing import Any

from symnum.terms import interface
from symnum.terms.canonical import Call, Constant, Product, Sum, Symbol
from symnum.terms.interning import bulk
from symnum.terms.names import written
from symnum.terms.numbers import NUMBER_TYPES
from symnum.terms.operations import OPERATIONS
from symnum.terms.order import sorted_factors, sorted_terms

DEFAULT_LIMIT = 20_000
REPR_LIMIT = 4_000
ELISION = "…"
END = object()
"""Stands behind the last of many summands or factors; see `Separator`."""
_MANY = 20
_CHOICE, _OR, _AND, _NOT, _COMPARE, _ADD, _MULTIPLY, _POWER, _ATOM = range(9)
_LOGICAL = {"or": _OR, "and": _AND, "not": _NOT}


class Separator(str):
    """Text between summands or factors, after which one "…" can stand for all up to `END`."""

    __slots__ = ()


def plain(term: Any, limit: int | None = DEFAULT_LIMIT) -> str:
    """Return a term as plain text.

    Parameters
    ----------
    term : term or number
        Of any structure.
    limit : int or None
        Number of characters after which parts are shown as "…"; None writes everything
        (which, for terms that share parts deeply, can be more than any memory holds).

    Examples
    --------
    >>> from symnum.terms import symbols
    >>> x, y = symbols("x y")
    >>> plain(x**2 / (2*y) - 1)
    'x^2/(2*y) - 1'
    """
    with bulk():
        return "".join(_written(term, limit))


def _written(term: Any, limit: int | None) -> list[str]:
    pieces: list[str] = []
    length = 0
    stack: list[Any] = [(term, _CHOICE)]
    while stack:
        item = stack.pop()
        if item.__class__ is str:
            pieces.append(item)
            length += len(item)
        elif item.__class__ is Separator:
            pieces.append(item)
            length += len(item)
            if limit is not None and length > limit:
                pieces.append(ELISION)
                while stack.pop() is not END:  # the rest of this sum or product
                    pass
        elif item is END:
            pass
        elif limit is not None and length > limit:
            pieces.append(ELISION)
        else:
            room = None if limit is None else limit - length
            stack.extend(reversed(_pieces(item[0], item[1], room)))
    return pieces


def short(term: Any) -> str:
    """Return a term as plain text, cut short where it would fill screens: what `repr` shows."""
    return plain(term, REPR_LIMIT)


def _pieces(term: Any, level: int, room: int | None) -> list[Any]:
    """Return text and (part, level) pairs that make up a term; brackets where it binds too loosely."""
    cls = term.__class__
    if cls is Symbol:
        return [written(term.name)]
    if cls in NUMBER_TYPES:
        return [number_text(term, level)]
    if cls is Sum:
        own, made = _ADD, _sum_pieces(term, room)
    elif cls is Product:
        own, made = _product_pieces(term.coefficient, sorted_factors(term))
    elif cls is Call:
        own, made = call_pieces(term.function, term.args)
    elif cls is Constant:
        return ["exp(1)" if term.name == "e" else term.name]
    else:
        own, made = _generic_pieces(term)
    return ["(", *made, ")"] if own < level else made


def is_negative(value: Any) -> bool:
    """Tell whether a number is written with a minus sign (-0.0 is, complex numbers are not)."""
    return value.__class__ is not complex and (value < 0 or (value == 0 and str(value)[0] == "-"))


def number_text(value: Any, level: int) -> str:
    """Return a number as text, in brackets where what surrounds it binds tighter than its parts."""
    if value.__class__ is complex:
        if _is_lost(value):
            return f"complex({value.real!r}, {value.imag!r})"
        sign = "-" if is_negative(value.imag) else "+"
        return f"({value.real!r} {sign} {abs(value.imag)!r}j)"
    text = str(value)
    own = _ADD if is_negative(value) else _MULTIPLY if value.__class__ is Fraction else _ATOM
    return f"({text})" if own < level else text


def _is_lost(value: complex) -> bool:
    """Tell whether a sum of both parts would lose a sign of zero, or what is not a number."""
    negative_zero = any(part == 0 and str(part)[0] == "-" for part in (value.real, value.imag))
    return negative_zero or not cmath.isfinite(value)


def _sum_pieces(term: Sum, room: int | None) -> list[Any]:
    entries = sorted_terms(term)
    shown = entries if room is None else entries[: room // 2 + 2]
    made: list[Any] = []
    for part, coefficient in shown:
        negative = is_negative(coefficient)
        if made:
            made.append(Separator(" - " if negative else " + "))
        elif negative:
            made.append("-")
        made += _scaled_pieces(-coefficient if negative else coefficient, part)
    made.append(END)
    if len(shown) < len(entries):
        made += [" + ", ELISION]
    constant = term.constant
    if constant or constant.__class__ is not int:
        negative = is_negative(constant)
        made += [" - " if negative else " + ", number_text(-constant if negative else constant, _MULTIPLY)]
    return made


def _scaled_pieces(coefficient: Any, part: Any) -> list[Any]:
    if part.__class__ is Product:
        return _product_pieces(coefficient, sorted_factors(part))[1]
    return _product_pieces(coefficient, [(part, 1)])[1]


def _product_pieces(coefficient: Any, factors: list[tuple[Any, Any]]) -> tuple[int, list[Any]]:
    negative = is_negative(coefficient)
    if negative:
        coefficient = -coefficient
    above: list[list[Any]] = []
    below: list[list[Any]] = []
    if coefficient.__class__ is Fraction:
        below.append([str(coefficient.denominator)])
        coefficient = coefficient.numerator
    if coefficient.__class__ is not int or coefficient != 1:
        above.append([number_text(coefficient, _POWER)])
    for base, exponent in factors:
        if exponent.__class__ in (int, Fraction) and exponent < 0 and base.__class__ not in NUMBER_TYPES:
            below.append(_power_pieces(base, -exponent))
        else:
            above.append(_power_pieces(base, exponent))
    made = _starred(above) if above else ["1"]
    if (
        len(below) == 2
        and below[0][0].__class__ is str
        and len(below[1]) == 1
        and below[1][0][0].__class__ is Sum
    ):
        # Read back, 1/(2*(x + 3)) would multiply the 2 into the sum.
        made = [*made, "/", *below[0], "/", *below[1]]
    elif below:
        made = [*made, "/", *(below[0] if len(below) == 1 else ["(", *_starred(below), ")"])]
    if negative:
        return _ADD, ["-", *made]
    lone_power = not below and len(above) == 1
    return (_POWER if lone_power else _MULTIPLY), made


def _starred(lists: list[list[Any]]) -> list[Any]:
    joined = list(lists[0])
    many = len(lists) > _MANY
    for pieces in lists[1:]:
        joined.append(Separator("*") if many else "*")
        joined += pieces
    return [*joined, END] if many else joined


def _power_pieces(base: Any, exponent: Any) -> list[Any]:
    if exponent.__class__ is int and exponent == 1:
        return [(base, _POWER)]
    return [(base, _ATOM), "^", (exponent, _ATOM)]


def call_pieces(function: str, args: Any) -> tuple[int, list[Any]]:
    """Return the level and pieces of a function, comparison or logical operation."""
    operation = OPERATIONS.get(function)
    if operation is not None and operation.kind == "comparison":
        return _COMPARE, [(args[0], _ADD), f" {function} ", (args[1], _ADD)]
    level = _LOGICAL.get(function)
    if level is _NOT:
        return _NOT, ["not ", (args[0], _COMPARE)]
    made: list[Any] = []
    for argument in args:
        if made:
            made.append(", " if level is None else f" {function} ")
        made.append((argument, _CHOICE if level is None else level + 1))
    return (_ATOM, [f"{function}(", *made, ")"]) if level is None else (level, made)


def _generic_pieces(term: Any) -> tuple[int, list[Any]]:
    """Write a term of another structure by the interface, in its own order."""
    if interface.is_symbol(term):
        return _ATOM, [written(interface.name(term))]
    if interface.is_constant(term):
        return _ATOM, ["exp(1)" if interface.name(term) == "e" else interface.name(term)]
    if not interface.is_call(term):
        return _ATOM, [repr(term)]
    operation, args = interface.operation(term), interface.arguments(term)
    if operation == "+" and args:
        return _ADD, _joined(args, " + ", _ADD, _MULTIPLY)
    if operation == "*" and args:
        return _MULTIPLY, _joined(args, "*", _MULTIPLY, _POWER)
    if operation == "^":
        return _POWER, [(args[0], _ATOM), "^", (args[1], _ATOM)]
    return call_pieces(operation, args)


def _joined(args: Any, separator: str, first: int, level: int) -> list[Any]:
    made: list[Any] = [(args[0], first)]
    for argument in args[1:]:
        made += [separator, (argument, level)]
    return made
