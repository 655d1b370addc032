"""Canonical terms from an operation and its arguments, whatever the operation."""

from typing import Any

from symnum.terms.canonical.calls import call
from symnum.terms.canonical.products import multiply, power
from symnum.terms.canonical.sums import add


def build(operation: str, *arguments: Any) -> Any:
    """Build a canonical term from an operation and its arguments."""
    if operation in _ARITHMETIC:
        if operation == "+":
            return add(arguments)
        if operation == "*":
            return multiply(arguments)
        return power(*arguments)
    return call(operation, arguments)


_ARITHMETIC = frozenset("+*^")
