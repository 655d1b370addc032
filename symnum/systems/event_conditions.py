"""Conditions of events taken apart: functions whose sign matters, and how their signs are joined."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from symnum.errors import InputError, NonlinearError
from symnum.systems.events import is_boolean
from symnum.terms.canonical import Product, Sum, Symbol, call
from symnum.terms.numbers import NUMBER_TYPES
from symnum.terms.traverse import free_symbols

__all__ = ["AND", "NOT", "OR", "Condition", "Sign", "polynomial_degree", "take_apart", "time_line"]

AND, OR, NOT = -1, -2, -3

_FLIPPED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_SPLIT_AT_MOST = 32


@dataclass(frozen=True)
class Sign:
    """One comparison: true where a function is positive.

    Attributes
    ----------
    function : term
    zero_counts : bool
        Whether it is true also where the function is zero.
    """

    function: Any
    zero_counts: bool


@dataclass(frozen=True)
class Condition:
    """A condition as comparisons and a postfix program over them.

    Attributes
    ----------
    signs : tuple of Sign
    program : tuple of int
        Numbers of comparisons from 0 on, `AND`, `OR` (of two) and `NOT`.
    is_expression : bool
        Whether the zero of an expression was meant.
    """

    signs: tuple[Sign, ...]
    program: tuple[int, ...]
    is_expression: bool


def take_apart(term: Any) -> Condition:
    """Return a condition as comparisons with zero, joined.

    Absolute values, minima and maxima are split, so that what is compared is smooth wherever its parts are.

    Parameters
    ----------
    term : canonical term
        A condition, or an expression whose zero is meant.

    Raises
    ------
    InputError
        Where something that is no comparison is joined by and, or, not, or equality is.
    """
    if not is_boolean(term):
        return Condition((Sign(term, False),), (0,), True)
    if term.function == "==":
        left, right = term.args
        return Condition((Sign(left - right, False),), (0,), True)
    signs: dict[Sign, int] = {}
    program: list[int] = []
    _append(term, signs, program, term)
    return Condition(tuple(signs), tuple(program), False)


def _append(term: Any, signs: dict[Sign, int], program: list[int], whole: Any) -> None:
    name = getattr(term, "function", None)
    if name in ("and", "or"):
        for i, part in enumerate(term.args):
            _append(part, signs, program, whole)
            if i:
                program.append(AND if name == "and" else OR)
    elif name == "not":
        inner = getattr(term.args[0], "function", None)
        if inner in _FLIPPED:
            _append(call(_FLIPPED[inner], term.args[0].args), signs, program, whole)
        else:
            _append(term.args[0], signs, program, whole)
            program.append(NOT)
    elif name in _FLIPPED:
        left, right = term.args
        function = left - right if name in (">", ">=") else right - left
        _compare(function, name in ("<=", ">="), signs, program)
    elif name in ("==", "!="):
        raise InputError(
            f"the condition {whole} asks whether {term}: a computed value hardly ever equals another exactly. Compare "
            f"with < or >, or give the expression {term.args[0] - term.args[1]} alone, whose zero is found."
        )
    else:
        raise InputError(f"in the condition {whole}, {term} is no condition; compare it, as in {term} > 0.")


def _compare(function: Any, zero_counts: bool, signs: dict[Sign, int], program: list[int]) -> None:
    """Append ``function > 0``; what has corners is split into smooth parts joined by and, or."""
    split = _corner(function) if len(signs) < _SPLIT_AT_MOST else None
    if split is None:
        program.append(signs.setdefault(Sign(function, zero_counts), len(signs)))
        return
    operation, parts = split
    for i, part in enumerate(parts):
        _compare(part, zero_counts, signs, program)
        if i:
            program.append(operation)


def _corner(function: Any) -> tuple[int, list[Any]] | None:
    """Return how ``k*abs(u) + r > 0``, or one with a minimum or maximum, is said without; None where there is none."""
    for part, coefficient in _parts(function):
        name = getattr(part, "function", None)
        if name not in ("abs", "min", "max") or isinstance(coefficient, complex):
            continue
        rest = function - coefficient * part
        values = [part.args[0], -part.args[0]] if name == "abs" else list(part.args)
        largest = (name != "min") == (coefficient > 0)
        return (OR if largest else AND), [rest + coefficient * value for value in values]
    return None


def _parts(function: Any) -> list[tuple[Any, Any]]:
    if isinstance(function, Sum):
        return list(function.terms.items())
    if isinstance(function, Product):
        return [(function / function.coefficient, function.coefficient)]
    return [(function, 1)]


def time_line(function: Any, time: Symbol, parameters: Sequence[Symbol]) -> tuple[Any, Any] | None:
    """Return a, b for a function a*t + b of time with parameters in a and b; None for any other function.

    Parameters
    ----------
    function : canonical term
    time : Symbol
    parameters : sequence of Symbol
    """
    from symnum.terms.linear import linear_coefficients

    found = set(free_symbols(function))
    if time not in found or not found <= {time, *parameters}:
        return None
    try:
        rows, rest = linear_coefficients([function], [time])
    except NonlinearError:
        return None
    return rows[0][0], rest[0]


def polynomial_degree(function: Any, variables: Sequence[Symbol]) -> int:
    """Return the degree of a polynomial in some symbols, or -1 where it is none.

    Examples
    --------
    >>> from symnum.terms import symbols
    >>> x, y, a = symbols("x y a")
    >>> polynomial_degree(a*x**2*y - 1, [x, y])
    3
    """
    return _degree(function, set(variables))


def _degree(term: Any, variables: set[Symbol]) -> int:
    if isinstance(term, Symbol):
        return int(term in variables)
    if type(term) in NUMBER_TYPES or variables.isdisjoint(free_symbols(term)):
        return 0
    degrees = []
    if isinstance(term, Sum):
        degrees = [_degree(part, variables) for part in term.terms]
        return -1 if -1 in degrees else max(degrees)
    if isinstance(term, Product):
        for base, exponent in term.factors.items():
            degree = _degree(base, variables)
            if degree == 0 and (type(exponent) in NUMBER_TYPES or variables.isdisjoint(free_symbols(exponent))):
                continue
            if type(exponent) is not int or exponent < 0 or degree < 0:
                return -1
            degrees.append(degree * exponent)
        return sum(degrees)
    return -1
