"""The cost model `cycles+memory`: cycles, loads and stores, and the bytes of code that must be fetched."""

from collections.abc import Sequence
from typing import Any

from rewriters.egraph.costs.cycles import Cycles
from rewriters.egraph.costs.model import distinct_parts
from symnum.terms import interface
from symnum.terms.numbers import NUMBER_TYPES

REGISTERS = 14
"""Values that fit into vector registers beside what a call or a constant needs."""

_BYTES = {"+": 5, "*": 5, "^": 6}
_CALL_BYTES = 16
_LOAD_BYTES = 4


class CyclesMemory(Cycles):
    """Cycles as in `cycles`; loads of symbols and constants, a store for each result, spills, code bytes.

    Straight-line code keeps few values in registers: a part that is used again after more than `REGISTERS` others
    have been computed is stored and loaded again. That is counted in the order in which the parts are computed;
    what the e-graph's extractors see of it are the loads and the bytes.
    """

    name = "cycles+memory"

    def operation(self, operation: str, arguments: Sequence[Any]) -> float:
        """Return the cycles of one operation and of fetching its instructions."""
        count = max(len(arguments) - 1, 1)
        size = _BYTES[operation] * count if operation in _BYTES else _CALL_BYTES
        return super().operation(operation, arguments) + self.prices["byte"] * size

    def multiply_add(self) -> float:
        """Return the cycles of one instruction that multiplies and adds, and of fetching it."""
        return super().multiply_add() + self.prices["byte"] * _BYTES["+"]

    def leaf(self, leaf: Any) -> float:
        """Return what loading a symbol or a number costs; small whole numbers mostly vanish into the code."""
        if leaf.__class__ is bool or (leaf.__class__ is int and abs(leaf) <= 4):
            return 0.0
        return self.prices["load"] + self.prices["byte"] * _LOAD_BYTES

    def operand(self) -> float:
        """Return the price of a value from memory, and of the bytes that say where it is."""
        return super().operand() + self.prices["byte"] * _LOAD_BYTES

    def result(self) -> float:
        """Return the price of storing a result."""
        return self.prices["store"]

    def total_of(self, expressions: Sequence[Any], parts: Sequence[tuple[Any, Sequence[Any]]]) -> float:
        """Return what terms cost together, with stores of the results and spills of shared parts."""
        stores = self.result() * len(expressions)
        return super().total_of(expressions, parts) + stores + self.prices["spill"] * _spills_of(parts)


def spills(expressions: Sequence[Any]) -> int:
    """Return how often a computed part is used again after more others than there are registers."""
    return _spills_of(distinct_parts(expressions))


def _spills_of(parts: Sequence[tuple[Any, Sequence[Any]]]) -> int:
    computed: dict[Any, int] = {}
    count = 0
    place = 0  # counts what is computed; leaves are loaded where they are used
    for term, arguments in parts:
        for argument in arguments:
            if argument is None or argument.__class__ in NUMBER_TYPES or not interface.is_call(argument):
                continue
            if place - computed.get(argument, place) > REGISTERS:
                count += 1
        if arguments:
            computed[term] = place
            place += 1
    return count
