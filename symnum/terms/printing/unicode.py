"""One line of Unicode: ``x²·y/2 − α``."""

from fractions import Fraction
from typing import Any

from symnum.terms.interface import arguments, is_call, operation
from symnum.terms.printing.styled import ATOM, GREEK, Pieces, Style, render, separated

DEFAULT_LIMIT = 20_000
_LOOK = 200  # parts
_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_RELATIONS = {"<": " < ", "<=": " ≤ ", ">": " > ", ">=": " ≥ ", "==": " = ", "!=": " ≠ "}


def pretty(term: Any, limit: int = DEFAULT_LIMIT) -> str:
    """Return a term as one line of Unicode for people (it does not read back).

    Parameters
    ----------
    term : term or number
    limit : int
        Number of characters after which parts are shown as "…".

    Examples
    --------
    >>> from symnum.terms import pretty, symbols
    >>> x, alpha = symbols("x alpha")
    >>> pretty(x**2 / 2 - alpha)
    'x²/2 − α'
    """
    return render(term, _STYLE, limit)


def _symbol(name: str) -> str:
    return GREEK.get(name, name)


def _power(base: Pieces, exponent: Any) -> Pieces:
    if exponent.__class__ is int:
        return [*base, str(exponent).translate(_SUPERSCRIPTS)]
    if exponent == Fraction(1, 2):
        return ["√", *base]
    return [*base, "^", (exponent, ATOM)]


def _fraction(above: Pieces, below: Pieces, one: bool) -> Pieces:
    return [*above, "/", *(below if one else ["(", *below, ")"])]


def _function(name: str, args: list[Pieces]) -> Pieces:
    if name == "abs" and not _has_bars(args[0]):
        return ["|", *args[0], "|"]
    return [f"{name}(", *separated(args, ", "), ")"]


def _has_bars(argument: Pieces) -> bool:
    """Tell whether bars stand in an argument already: ``||x| − |y||`` could be read in two ways."""
    pending = [part for part, _ in argument]
    for _ in range(_LOOK):
        if not pending:
            return False
        part = pending.pop()
        if is_call(part):
            if operation(part) == "abs":
                return True
            pending += arguments(part)
    return True  # too large to tell


def _cases(branches: list[tuple[Pieces, Pieces | None]]) -> Pieces:
    made: list[Pieces] = []
    for value, condition in branches:
        made.append([*value, " otherwise"] if condition is None else [*value, " if ", *condition])
    return ["{", *separated(made, "; "), "}"]


_STYLE = Style(
    symbol=_symbol,
    constant=_symbol,
    number=str,
    minus=" − ",
    times="·",
    brackets=("(", ")"),
    fraction=_fraction,
    power=_power,
    function=_function,
    cases=_cases,
    relations={**_RELATIONS, "and": " ∧ ", "or": " ∨ ", "not": "¬"},
)
