"""A cost model in which what depends on parameters only is free: it is computed once, not at every evaluation."""

from collections.abc import Iterable, Sequence
from typing import Any

from rewriters.egraph.costs.model import CostModel, distinct_parts
from rewriters.egraph.costs.registry import get_cost_model
from symnum.terms import interface

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

    def leaf(self, leaf: Any) -> float:
        """Return the price of a leaf."""
        return self.model.leaf(leaf)

    def total(self, expressions: Sequence[Any]) -> float:
        """Return what terms cost together without their parts that are free."""
        free: set[Any] = set()
        total = 0.0
        for term, arguments in distinct_parts(expressions):
            if not arguments:
                if self.is_free(term):
                    free.add(term)
                total += self.leaf(term)
            elif all(a in free for a in arguments):
                free.add(term)
            else:
                kept = [a for a in arguments if a not in free]
                together = len(kept) < len(arguments) - 1 and operation_is_nary(term)
                total += self.operation(interface.operation(term), [*kept, None] if together else arguments)
        return total


def operation_is_nary(term: Any) -> bool:
    """Tell whether a term is a sum or a product, whose free arguments are put together."""
    return interface.operation(term) in ("+", "*")
