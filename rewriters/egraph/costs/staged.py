"""A cost model in which what depends on parameters only is free: it is computed once, not at every evaluation."""

from collections.abc import Iterable, Sequence
from typing import Any

from rewriters.egraph.costs.model import CostModel, distinct_parts
from rewriters.egraph.costs.registry import get_cost_model
from symnum.terms import interface
from symnum.terms.numbers import NUMBER_TYPES

__all__ = ["Staged"]


class Staged(CostModel):
    """Another model's prices, for the operations on at least one argument that is not free.

    Parameters
    ----------
    model : str or CostModel
        Where the prices come from.
    free : iterable of symbols
        Parameters: symbols that keep their values over many evaluations. Numbers are free too.
    """

    def __init__(self, model: str | CostModel, free: Iterable[Any]) -> None:
        self.model = get_cost_model(model)
        self.free = frozenset(free)
        self.name = self.model.name

    def is_free(self, leaf: Any) -> bool:
        """Tell whether a leaf keeps its value."""
        return leaf in self.free or not interface.is_symbol(leaf)

    def operation(self, operation: str, arguments: Sequence[Any]) -> float:
        """Return the price of an operation that is not free."""
        return self.model.operation(operation, arguments)

    def multiply_add(self) -> float:
        """Return the price of multiplying and adding in one instruction."""
        return self.model.multiply_add()

    def leaf(self, leaf: Any) -> float:
        """Return the price of a leaf."""
        return self.model.leaf(leaf)

    def operand(self) -> float:
        """Return the price of a value that compiled code takes from memory."""
        return self.model.operand()

    def beside(self, divisions: float, rest: float) -> float:
        """Return what divisions and all else cost together in compiled code."""
        return self.model.beside(divisions, rest)

    def result(self) -> float:
        """Return the price of writing a result to memory."""
        return self.model.result()

    def total(self, expressions: Sequence[Any]) -> float:
        """Return what terms cost together without their parts that are free."""
        return self.model.total_of(expressions, self._kept(distinct_parts(expressions)))

    def _kept(self, parts: Sequence[tuple[Any, Sequence[Any]]]) -> list[tuple[Any, Sequence[Any]]]:
        """Return the parts that are not free; what is free among the arguments of one is a single None."""
        free: set[Any] = set()
        kept: list[tuple[Any, Sequence[Any]]] = []
        for term, arguments in parts:
            if not arguments:
                if self.is_free(term):
                    free.add(term)
                kept.append((term, arguments))
            elif all(a in free for a in arguments):
                free.add(term)
            elif interface.operation(term) in ("+", "*"):
                kept.append((term, _put_together(arguments, free)))
            else:
                kept.append((term, arguments))
        return kept


def _put_together(arguments: Sequence[Any], free: set[Any]) -> list[Any]:
    """Return arguments of a sum or a product with all that are free as one; numbers go into it, signs do not."""
    bound = [a for a in arguments if a not in free]
    numbers = [a for a in arguments if a.__class__ in NUMBER_TYPES]
    count = len(arguments) - len(bound)
    if count == len(numbers):
        return [*bound, *numbers]
    return [*bound, *[a for a in numbers if a.__class__ is int and a == -1], None]
