"""Functions, comparisons, logical operations and choices, applied to arguments."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from symnum.terms import operations
from symnum.terms.canonical.nodes import OPERANDS, TERMS, Call, Sum, require_number
from symnum.terms.interning import register, table
from symnum.terms.numbers import NUMBER_TYPES, normal, number_key

_new = object.__new__

foldings: dict[str, Callable[[tuple[Any, ...]], Any]] = {}
"""Functions with rules of their own: arguments to new arguments (a tuple) or to the result; see `folding`."""


def call(function: str, arguments: Sequence[Any]) -> Any:
    """Return a function, comparison, logical operation or choice applied to arguments.

    Parameters
    ----------
    function : str
        A name in `symnum.terms.operations.OPERATIONS`.
    arguments : sequence of terms, numbers, True and False

    Raises
    ------
    UnknownNameError, InputError
        For an unknown function or a wrong number of arguments.
    """
    found = operations.OPERATIONS.get(function) or operations.get_operation(function)
    if len(arguments) != found.maximum:
        operations.check_arity(found, len(arguments))
    if found.kind == "arithmetic":
        from symnum.terms.canonical.construct import build

        return build(function, *arguments)
    special = foldings.get(function)
    if special is None and len(arguments) == 1 and arguments[0].__class__ in TERMS:
        (argument,) = arguments
        if argument.__class__ is Sum and argument._canonical is not True:
            argument = argument.canonical()
        return _intern_call((function, argument), function, (argument,))
    args = tuple([_argument(a) for a in arguments])
    if special is not None:
        result = special(args)
        if result.__class__ is not tuple:
            return result
        args = result
    elif all(a.__class__ in NUMBER_TYPES for a in args):
        value = operations.fold(found, args)
        if value is not None:
            return value
    return make_call(function, args)


def make_call(function: str, args: tuple[Any, ...]) -> Call:
    """Return a call as it stands, without folding; for arguments that were checked before."""
    key = (function, *[a if a.__class__ in TERMS else _argument_key(a) for a in args])
    return _intern_call(key, function, args)


def _intern_call(key: tuple[Any, ...], function: str, args: tuple[Any, ...]) -> Call:
    reference = table.get(key)
    if reference is not None:
        existing = reference()
        if existing is not None:
            return existing  # type: ignore[no-any-return]
    made = _new(Call)
    made.function = function
    made.args = args
    made._order = None
    return register(key, made)  # type: ignore[no-any-return]


def _argument(value: Any) -> Any:
    cls = value.__class__
    if cls is Sum:
        return value.canonical()
    if cls is Fraction:
        return normal(value)
    if cls in OPERANDS or cls is bool:
        return value
    if cls.__name__ == "bool_" or cls.__name__ == "bool":  # NumPy's
        return bool(value)
    return require_number(value)


def _argument_key(value: Any) -> Any:
    return (bool, value) if value.__class__ is bool else number_key(value)
