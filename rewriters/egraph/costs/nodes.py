"""The cost model `nodes`: how many operations and symbols there are."""

from collections.abc import Sequence
from typing import Any

from rewriters.egraph.costs.model import CostModel
from symnum.terms.numbers import NUMBER_TYPES


class Nodes(CostModel):
    """One for each operation on two arguments, each function and each symbol; numbers are free.

    What people call a simple term.
    """

    name = "nodes"

    def operation(self, operation: str, arguments: Sequence[Any]) -> float:
        """Return the number of two-argument operations."""
        return float(max(len(arguments) - 1, 1)) if operation in ("+", "*") else 1.0

    def leaf(self, leaf: Any) -> float:
        """Return one for a symbol."""
        return 0.0 if leaf.__class__ in NUMBER_TYPES or leaf.__class__ is bool else 1.0
