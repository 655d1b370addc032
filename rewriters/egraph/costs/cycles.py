"""The cost model `cycles`: what the operations cost in processor cycles."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from rewriters.egraph.costs.model import CostModel
from rewriters.egraph.costs.table import prices
from symnum.terms import interface
from symnum.terms.numbers import NUMBER_TYPES

_ROOTS = {"sqrt": "square_root", "cbrt": "cube_root"}
_SAME_AS = {
    **dict.fromkeys("sinh cosh tanh".split(), "hyperbolic"),
    **dict.fromkeys("asin acos atan atan2 asinh acosh atanh".split(), "inverse"),
    **dict.fromkeys("abs sign min max and or not".split(), "simple"),
    **dict.fromkeys("floor ceil".split(), "rounding"),
    **dict.fromkeys("< <= > >= == !=".split(), "compare"),
    "mod": "other",
    "piecewise": "select",
}


class Cycles(CostModel):
    """Cycles of all operations, priced by a table (`rewriters.egraph.costs.table`)."""

    name = "cycles"

    def __init__(self) -> None:
        self.prices = prices()

    def operation(self, operation: str, arguments: Sequence[Any]) -> float:
        """Return the cycles of one operation."""
        table = self.prices
        if operation == "+":
            return table["add"] * (len(arguments) - 1)
        if operation == "*":
            return self._product(arguments)
        if operation == "^":
            return self._power(arguments[1])
        if operation in _ROOTS:
            return table[_ROOTS[operation]]
        if operation in table:
            return table[operation]
        if operation == "piecewise":
            return table["select"]
        return table[_SAME_AS.get(operation, "other")]

    def total_of(self, expressions: Sequence[Any], parts: Sequence[tuple[Any, Sequence[Any]]]) -> float:
        """Return what terms cost together, parts that they share once; a product divides once."""
        cost = super().total_of(expressions, parts)
        return cost - self.prices["divide"] * _divisions_saved(expressions, parts)

    def _product(self, arguments: Sequence[Any]) -> float:
        """A sign goes into the sum around."""
        free = sum(a.__class__ is int and a == -1 for a in arguments)
        return self.prices["multiply"] * max(len(arguments) - 1 - free, 0)

    def _power(self, exponent: Any) -> float:
        """Whole powers by repeated multiplication, roots by a root instruction, others by the library."""
        table = self.prices
        if exponent.__class__ is int:
            size = abs(exponent)
            products = max(size.bit_length() - 1 + size.bit_count() - 1, 0)
            return products * table["multiply"] + (table["divide"] if exponent < 0 else 0.0)
        is_half = exponent.__class__ in NUMBER_TYPES and 2 * exponent == 1
        return table["square_root"] if is_half else table["power"]


def _divisions_saved(expressions: Sequence[Any], parts: Sequence[tuple[Any, Sequence[Any]]]) -> int:
    """Return how many divisions products save by dividing once by all that they divide by.

    Reciprocals that several terms have in common are computed once, and multiplied by: they do not count here.
    """
    reciprocals = {
        term
        for term, arguments in parts
        if len(arguments) == 2
        and arguments[1].__class__ is int
        and arguments[1] < 0
        and interface.operation(term) == "^"
    }
    if len(reciprocals) < 2:
        return 0
    uses: Counter[Any] = Counter()
    for arguments in (expressions, *[arguments for _, arguments in parts]):
        uses.update([a for a in arguments if a.__class__ not in NUMBER_TYPES and a in reciprocals])
    saved = 0
    for term, arguments in parts:
        if arguments and interface.operation(term) == "*":
            own = sum(a.__class__ not in NUMBER_TYPES and a in reciprocals and uses[a] == 1 for a in arguments)
            saved += max(own - 1, 0)
    return saved
