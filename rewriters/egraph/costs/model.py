"""The interface of cost models, and how the cost of terms follows from the prices of operations."""

from collections.abc import Sequence
from typing import Any

from symnum.terms import interface
from symnum.terms.numbers import NUMBER_TYPES
from symnum.terms.traverse import walk


class CostModel:
    """Prices of operations. A model of your own derives from this and is registered under its name.

    `operation` and `leaf` say what one node costs; extraction in the e-graph, where sums and products have two
    arguments, adds them up. `total` says what terms cost together, parts that they share once, and decides in the
    end; a model whose cost is no sum of prices overrides it.

    Attributes
    ----------
    name : str
    """

    name = "model"

    def operation(self, operation: str, arguments: Sequence[Any]) -> float:
        """Return the price of one operation.

        Parameters
        ----------
        operation : str
            "+", "*", "^" or a function's name; sums and products may have any number of arguments.
        arguments : sequence
            Terms, or numbers where an argument is a number; in the e-graph None stands for all else.
        """
        raise NotImplementedError

    def multiply_add(self) -> float:
        """Return the price of multiplying and adding in one instruction; by default nothing is saved by it."""
        return self.operation("*", (None, None)) + self.operation("+", (None, None))

    def leaf(self, leaf: Any) -> float:
        """Return the price of a number, a symbol or a constant."""
        return 0.0

    def operand(self) -> float:
        """Return the price of a value that compiled code takes from memory."""
        return 0.0

    def beside(self, divisions: float, rest: float) -> float:
        """Return what divisions and all else cost together in compiled code; by default their sum."""
        return divisions + rest

    def result(self) -> float:
        """Return the price of writing a result to memory."""
        return 0.0

    def total(self, expressions: Sequence[Any]) -> float:
        """Return what terms cost together, parts that they share once."""
        return self.total_of(expressions, distinct_parts(expressions))

    def total_of(self, expressions: Sequence[Any], parts: Sequence[tuple[Any, Sequence[Any]]]) -> float:
        """Return what terms cost whose (term, arguments) parts are given.

        `Staged` calls it with what is left when parameters are free: None among the arguments then stands for all
        that is.
        """
        return sum(
            self.operation(interface.operation(term), arguments) if arguments else self.leaf(term)
            for term, arguments in parts
        )


def distinct_parts(expressions: Sequence[Any]) -> list[tuple[Any, Sequence[Any]]]:
    """Return (term, arguments) of all parts of some terms, equal ones once.

    A number times a term of a sum is no part of its own: the sum has the product as its argument.
    """
    found: dict[Any, tuple[Any, Sequence[Any]]] = {}
    for term, arguments in walk(list(expressions)):
        key = (term.__class__, term) if term.__class__ in NUMBER_TYPES or term.__class__ is bool else term
        found.setdefault(key, (term, arguments))
    return list(found.values())
