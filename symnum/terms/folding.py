"""Functions that fold by rules of their own when a canonical call is made: sqrt, exp, log, logic, choices.

Each rule takes the arguments and returns new arguments (a tuple) or the result (anything else).
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from symnum.errors import InputError
from symnum.terms import operations
from symnum.terms.canonical import EULER, Call, foldings, power
from symnum.terms.numbers import NUMBER_TYPES, number_key


def _key(value: Any) -> Any:
    return number_key(value) if value.__class__ in NUMBER_TYPES else value


def _sqrt(args: tuple[Any, ...]) -> Any:
    return power(args[0], Fraction(1, 2))


def _exp(args: tuple[Any, ...]) -> Any:
    argument = args[0]
    if argument.__class__ is int or argument.__class__ is Fraction:
        return power(EULER, argument)
    if argument.__class__ is float:
        value = operations.fold(operations.get_operation("exp"), args)
        return args if value is None else value
    return args


def _log(args: tuple[Any, ...]) -> Any:
    if args[0] is EULER:
        return 1
    if args[0].__class__ in NUMBER_TYPES:
        value = operations.fold(operations.get_operation("log"), args)
        return args if value is None else value
    return args


def _logical(function: str, neutral: bool) -> Callable[[tuple[Any, ...]], Any]:
    def combine(args: tuple[Any, ...]) -> Any:
        kept: dict[Any, None] = {}
        for argument in args:
            if argument.__class__ in NUMBER_TYPES:
                argument = bool(argument)
            if argument is neutral:
                continue
            if argument is (not neutral):
                return argument
            parts = (
                argument.args if argument.__class__ is Call and argument.function == function else (argument,)
            )
            kept.update(dict.fromkeys(parts))
        if not kept:
            return neutral
        return next(iter(kept)) if len(kept) == 1 else tuple(kept)

    return combine


def _not(args: tuple[Any, ...]) -> Any:
    argument = args[0]
    if argument.__class__ in NUMBER_TYPES or argument.__class__ is bool:
        return not argument
    if argument.__class__ is Call and argument.function == "not":
        return argument.args[0]
    return args


def _extreme(function: str) -> Callable[[tuple[Any, ...]], Any]:
    def combine(args: tuple[Any, ...]) -> Any:
        unique: dict[Any, Any] = {_key(a): a for a in args}
        values = tuple(unique.values())
        if len(values) == 1:
            return values[0]
        if all(v.__class__ in NUMBER_TYPES for v in values):
            folded = operations.fold(operations.get_operation(function), values)
            if folded is not None:
                return folded
        return values

    return combine


def _piecewise(args: tuple[Any, ...]) -> Any:
    """Drop branches that are never chosen; (value1, condition1, value2, condition2, ..., default)."""
    if len(args) % 2 == 0:
        raise InputError(
            "piecewise takes value1, condition1, value2, condition2, ..., default: an odd number of arguments, "
            f"and was given {len(args)}. Add a default at the end."
        )
    kept: list[Any] = []
    for value, condition in zip(args[:-1:2], args[1::2], strict=True):
        if condition.__class__ in NUMBER_TYPES:
            condition = bool(condition)
        if condition is True:
            kept.append(value)
            break
        if condition is not False:
            kept += (value, condition)
    else:
        kept.append(args[-1])
    return kept[0] if len(kept) == 1 else tuple(kept)


foldings |= {
    "sqrt": _sqrt,
    "exp": _exp,
    "log": _log,
    "and": _logical("and", True),
    "or": _logical("or", False),
    "not": _not,
    "min": _extreme("min"),
    "max": _extreme("max"),
    "piecewise": _piecewise,
}
