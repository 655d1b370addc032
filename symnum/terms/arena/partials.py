"""Derivatives of calls by their arguments, for all calls of a function at once.

The formula of a function's derivative is read once, with places for its arguments, and then written for every call.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from symnum.errors import UnsupportedError
from symnum.terms.arena.layout import CALL, COUNT, OFFSET, ONE, OPERATION, POWER, PRODUCT, SUM
from symnum.terms.arena.store import PLAIN, Arena, Ids, NeedsCanonical
from symnum.terms.arena.term import build, node_of, wrap
from symnum.terms.numbers import NUMBER_TYPES
from symnum.terms.operations import Partial, get_operation

_ARGUMENT = 2**40  # -_ARGUMENT - i stands for argument i, -1 - k for part k of a formula, others are nodes


def partials(arena: Arena, calls: Ids) -> tuple[Ids, Ids]:
    """Return the derivatives of some calls by each of their arguments.

    Returns
    -------
    starts : int64 array of shape (len(calls) + 1,)
        Where the derivatives of each call begin.
    nodes : int64 array of shape (starts[-1],)

    Raises
    ------
    UnsupportedError
        If a function has no derivative.
    NeedsCanonical
        If a call is a choice or a power with a symbolic exponent.
    """
    kinds = arena.nodes[calls, OPERATION]
    starts = np.zeros(len(calls) + 1, dtype=np.int64)
    np.cumsum(arena.nodes[calls, COUNT], out=starts[1:])
    nodes = np.zeros(int(starts[-1]), dtype=np.int64)
    for kind in np.unique(kinds).tolist():
        name = "piecewise" if kind == POWER else arena.functions[kind - CALL]
        if name == "piecewise":
            raise NeedsCanonical
        chosen = np.flatnonzero(kinds == kind)
        partial = get_operation(name).partial
        if partial is None:
            raise UnsupportedError(
                f"{name} has no derivative: {wrap(arena, int(calls[chosen[0]]))} cannot be differentiated."
            )
        for count in np.unique(np.diff(starts)[chosen]).tolist():
            group = chosen[np.diff(starts)[chosen] == count]
            places = starts[group][:, None] + np.arange(count)
            nodes[places] = _of_function(arena, partial, calls[group], count)
    return starts, nodes


def _of_function(arena: Arena, partial: Partial, calls: Ids, count: int) -> Ids:
    """Return the derivatives of calls of one function with the same number of arguments, one row a call."""
    first = arena.nodes[calls, OFFSET]
    arguments = arena.pool[first[:, None] + np.arange(count), 0]
    try:
        formula = _Formula(arena)
        results = [formula.part(partial(formula.build, formula.arguments(count), i)) for i in range(count)]
    except NeedsCanonical:
        return np.array([_one_by_one(arena, partial, row) for row in arguments.tolist()], dtype=np.int64)
    return formula.written(arguments, results)


def _one_by_one(arena: Arena, partial: Partial, nodes: Sequence[int]) -> list[int]:
    arguments = tuple([wrap(arena, node) for node in nodes])
    return [node_of(arena, partial(build, arguments, i)) for i in range(len(nodes))]


class _Part:
    """A part of a formula: an argument's place, or what the formula makes of others."""

    __slots__ = ("reference",)

    def __init__(self, reference: int) -> None:
        self.reference = reference


class _Formula:
    """Sums, products, powers and plain calls of places, to be written for many calls at once."""

    def __init__(self, arena: Arena) -> None:
        self._arena = arena
        self._kinds: list[int] = []
        self._ends: list[int] = []
        self._references: list[int] = []
        self._codes: list[int] = []

    def arguments(self, count: int) -> tuple[Any, ...]:
        """Return the places of the arguments."""
        return tuple([_Part(-_ARGUMENT - i) for i in range(count)])

    def part(self, value: Any) -> int:
        """Return the reference of a part or number."""
        if value.__class__ is _Part:
            return int(value.reference)
        if value.__class__ not in NUMBER_TYPES:
            raise NeedsCanonical
        return self._arena.number(value)

    def build(self, operation: str, *arguments: Any) -> Any:
        """Build a part of the formula."""
        if all(a.__class__ in NUMBER_TYPES for a in arguments):
            raise NeedsCanonical
        if operation == "sqrt":
            operation, arguments = "^", (arguments[0], Fraction(1, 2))
        if operation == "^":
            base, exponent = arguments
            if exponent.__class__ not in NUMBER_TYPES:
                raise NeedsCanonical
            return self._add(PRODUCT, [self.part(base)], [self._arena.code_of(exponent)])
        if operation == "+":
            pairs = [
                (ONE, self._arena.code_of(a)) if a.__class__ in NUMBER_TYPES else (self.part(a), 1)
                for a in arguments
            ]
            return self._add(SUM, [r for r, _ in pairs], [c for _, c in pairs])
        if operation == "*":
            return self._add(PRODUCT, [self.part(a) for a in arguments], [1] * len(arguments))
        if operation not in PLAIN:
            raise NeedsCanonical
        kind = self._arena.function(operation)
        return self._add(kind, [self.part(a) for a in arguments], [0] * len(arguments))

    def _add(self, kind: int, references: list[int], codes: list[int]) -> _Part:
        self._kinds.append(kind)
        self._references += references
        self._codes += codes
        self._ends.append(len(self._references))
        return _Part(-len(self._kinds))

    def written(self, arguments: Ids, results: list[int]) -> Ids:
        """Write the formula for each row of arguments; return the nodes of some of its parts, a row each."""
        rows, size = len(arguments), len(self._kinds)
        made = np.zeros((rows, size), dtype=np.int64)
        if size:
            references = self._placed(
                np.array(self._references, dtype=np.int64), arguments, np.arange(rows) * size
            )
            ends = np.array(self._ends) + np.arange(rows)[:, None] * len(self._references)
            offsets = np.concatenate(([0], ends.ravel()))
            kinds, codes = np.tile(self._kinds, rows), np.tile(self._codes, rows)
            made = self._arena.build_nodes(kinds, offsets, references.ravel(), codes).reshape(rows, size)
        out = self._placed(np.array(results, dtype=np.int64), arguments, np.zeros(rows, dtype=np.int64))
        own = out < 0
        out[own] = np.take_along_axis(made, np.where(own, -1 - out, 0), 1)[own] if size else 0
        return out

    @staticmethod
    def _placed(references: Ids, arguments: Ids, shift: Ids) -> Ids:
        """Return references for each row: arguments in their places, parts shifted to those of the row."""
        placed = np.tile(references, (len(arguments), 1))
        for i, reference in enumerate(references.tolist()):
            if reference <= -_ARGUMENT:
                placed[:, i] = arguments[:, -_ARGUMENT - reference]
            elif reference < 0:
                placed[:, i] -= shift
        return placed
