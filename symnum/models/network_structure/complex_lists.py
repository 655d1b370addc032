"""Sequences of lists of complexes, kept as their numbers."""

from collections.abc import Sequence
from typing import overload

from symnum.models.network_structure.complexes import Complex, Complexes

__all__ = ["ComplexLists"]


class ComplexLists(Sequence[list[Complex]]):
    """Lists of complexes.

    Parameters
    ----------
    complexes : Complexes
    members : list of list of int
        Their numbers.
    """

    def __init__(self, complexes: Complexes, members: list[list[int]]) -> None:
        self.complexes, self.members = complexes, members

    def __len__(self) -> int:
        return len(self.members)

    @overload
    def __getitem__(self, index: int) -> list[Complex]: ...
    @overload
    def __getitem__(self, index: slice) -> list[list[Complex]]: ...
    def __getitem__(self, index: int | slice) -> list[Complex] | list[list[Complex]]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        return [self.complexes[k] for k in self.members[index]]
