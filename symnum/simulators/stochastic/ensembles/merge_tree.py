"""Merging in a fixed order, whatever order the parts are finished in: a binary tree over the numbers of the blocks."""

from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["MergeTree"]

Part = TypeVar("Part")


class MergeTree(Generic[Part]):
    """Joins neighbours: blocks 2i and 2i + 1, then pairs of these, and so on.

    So the same blocks give the same bits in whatever order they come, few parts wait at any time, and rounding errors
    grow with the logarithm of their number.

    Parameters
    ----------
    merge : callable
        ``merge(left, right)`` returns both in one.
    """

    def __init__(self, merge: Callable[[Part, Part], Part]) -> None:
        self._merge = merge
        self._parts: dict[tuple[int, int], Part] = {}

    def add(self, block: int, part: Part) -> None:
        """Take the part of a block."""
        level = 0
        while (level, block ^ 1) in self._parts:
            other = self._parts.pop((level, block ^ 1))
            part = self._merge(other, part) if block & 1 else self._merge(part, other)
            level, block = level + 1, block >> 1
        self._parts[level, block] = part

    def total(self) -> Part | None:
        """Return all parts in one; nothing can be added afterwards."""
        result: Part | None = None
        for level, block in sorted(self._parts, key=lambda place: place[1] << place[0]):
            part = self._parts[level, block]
            result = part if result is None else self._merge(result, part)
        self._parts = {}
        return result

    def __len__(self) -> int:
        return len(self._parts)
