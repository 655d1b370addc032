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

_READ = 0.5
_WAITING = 0.2
"""What part of the time cannot be hidden behind a longer one. Both were fitted to what pieces of the corpora took."""


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
        """Return what terms cost together, parts that they share once.

        A product divides once by all that it divides by, and an addition takes in a multiplication: the processor does
        both in the time of one.
        """
        calls = [(t, interface.operation(t), arguments) for t, arguments in parts if arguments]
        cost = sum(self.leaf(t) for t, arguments in parts if not arguments)
        cost += sum(self.operation(operation, arguments) for _, operation, arguments in calls)
        uses: Counter[Any] = Counter()
        for arguments in (expressions, *[arguments for _, _, arguments in calls]):
            uses.update([a for a in arguments if a.__class__ not in NUMBER_TYPES])
        reciprocals = {
            t for t, operation, arguments in calls if operation == "^" and _is_negative(arguments[1])
        }
        cost -= self.prices["divide"] * _divisions_saved(calls, reciprocals, uses)
        saved = super().multiply_add() - self.multiply_add()
        return cost - saved * _multiply_adds(calls, reciprocals, uses)

    def multiply_add(self) -> float:
        """Return the price of multiplying and adding in one instruction."""
        return self.prices["multiply_add"]

    def operand(self) -> float:
        """Return the price of a value from memory: two are read in the time of an addition and a multiplication."""
        return _READ * self.prices["add"]

    def beside(self, divisions: float, rest: float) -> float:
        """Return the longer of both, and a part of the shorter: the processor divides while it does other things."""
        return max(divisions, rest) + _WAITING * min(divisions, rest)

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


Calls = Sequence[tuple[Any, str, Sequence[Any]]]
"""Terms with their operations and arguments."""


def _is_negative(exponent: Any) -> bool:
    return exponent.__class__ is int and bool(exponent < 0)


def _divisions_saved(calls: Calls, reciprocals: set[Any], uses: Counter[Any]) -> int:
    """Return how many divisions products save by dividing once by all that they divide by.

    Reciprocals that several terms have in common are computed once, and multiplied by: they do not count here.
    """
    if len(reciprocals) < 2:
        return 0
    saved = 0
    for _, operation, arguments in calls:
        if operation == "*":
            own = sum(
                a.__class__ not in NUMBER_TYPES and a in reciprocals and uses[a] == 1 for a in arguments
            )
            saved += max(own - 1, 0)
    return saved


def _multiply_adds(calls: Calls, reciprocals: set[Any], uses: Counter[Any]) -> int:
    """Return how many additions are made together with a multiplication, by one instruction.

    That needs a product that nothing else uses. Sums are balanced trees: of two products only one is taken in.
    """
    products = {
        t
        for t, operation, arguments in calls
        if uses[t] == 1
        and (_is_whole_power(arguments[1]) if operation == "^" else _multiplies(operation, arguments, reciprocals))
    }
    saved = 0
    for _, operation, arguments in calls:
        if operation == "+":
            own = sum(a.__class__ not in NUMBER_TYPES and a in products for a in arguments)
            saved += min(own, (len(arguments) + 1) // 2, len(arguments) - 1)
    return saved


def _is_whole_power(exponent: Any) -> bool:
    return exponent.__class__ is int and bool(exponent > 1)


def _multiplies(operation: str, arguments: Sequence[Any], reciprocals: set[Any]) -> bool:
    """Tell whether a term is a product, and the last thing that it does is to multiply."""
    if operation != "*":
        return False
    signs = sum(a.__class__ is int and a == -1 for a in arguments)
    return len(arguments) - signs > 1 and not any(
        a.__class__ not in NUMBER_TYPES and a in reciprocals for a in arguments
    )
