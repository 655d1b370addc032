"""What a term costs to evaluate: weighted operations, shared parts counted once."""

from typing import Any

from symnum.terms import interface
from symnum.terms.numbers import NUMBER_TYPES
from symnum.terms.traverse import walk

WEIGHTS = {
    "+": 1,
    "*": 3,
    "exp": 18,
    "log": 18,
    "abs": 1,
    "min": 1,
    "max": 1,
    "floor": 2,
    "ceil": 2,
    "sign": 2,
}
"""Cycles, roughly; an operation that is not listed costs `OTHERS`."""

OTHERS = 130
DIVISION = 7
POWER = 100
_CONDITIONS = frozenset({"<", "<=", ">", ">=", "==", "!=", "and", "or", "not", "piecewise"})


def cost(expressions: Any) -> int:
    """Return the cost in cycles (roughly) of evaluating a term, or some terms together.

    Examples
    --------
    >>> import symnum as sn
    >>> x, y = sn.symbols("x y")
    >>> cost(x*y + 2), cost([x*y + 2, x*y + 2])
    (4, 4)
    """
    return sum(_own(term, arguments) for term, arguments in _parts(expressions))


def operation_count(expressions: Any) -> int:
    """Return the number of operations in a term, or in some terms together; equal parts count once."""
    return sum(
        len(arguments) - 1 if interface.operation(term) in ("+", "*") else 1
        for term, arguments in _parts(expressions)
    )


def _parts(expressions: Any) -> list[tuple[Any, Any]]:
    roots = list(expressions) if isinstance(expressions, list | tuple) else [expressions]
    distinct: dict[Any, Any] = {}
    for term, arguments in walk(roots):
        if arguments:
            distinct.setdefault(term, arguments)
    return list(distinct.items())


def _own(term: Any, arguments: Any) -> int:
    operation = interface.operation(term)
    if operation == "^":
        return _power(arguments[1])
    if operation in ("+", "*"):
        free = sum(a.__class__ is int and a == -1 for a in arguments) if operation == "*" else 0
        return int(WEIGHTS[operation] * (len(arguments) - 1 - free))
    return 1 if operation in _CONDITIONS else WEIGHTS.get(operation, OTHERS)


def _power(exponent: Any) -> int:
    """Whole powers by repeated multiplication, roots by a root instruction, others by the library."""
    if exponent.__class__ is int:
        size = abs(exponent)
        products = size.bit_length() - 1 + size.bit_count() - 1
        return products * WEIGHTS["*"] + (DIVISION if exponent < 0 else 0)
    if exponent.__class__ in NUMBER_TYPES and 2 * exponent == 1:
        return DIVISION
    return POWER
