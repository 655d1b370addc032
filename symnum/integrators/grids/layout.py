"""Where the fields of a state lie, and how they go on beyond the sides of the grid."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["GridField", "fields_in_order"]


@dataclass(frozen=True)
class GridField:
    """A field of one value per cell, in C order.

    Attributes
    ----------
    name : str
    offset : int
        Place of its first value in the state.
    shape : tuple of int
        Cells per axis.
    sides : tuple of (str, str)
        Kinds of the conditions at the low and the high side of each axis: "periodic", "neumann", "dirichlet", or
        anything else; empty where nobody knows.
    """

    name: str
    offset: int
    shape: tuple[int, ...]
    sides: tuple[tuple[str, str], ...] = ()

    @property
    def size(self) -> int:
        """Number of cells."""
        return math.prod(self.shape)

    @property
    def periodic(self) -> tuple[bool, ...]:
        """Which axes close on themselves."""
        return tuple(s == ("periodic", "periodic") for s in self.sides) or (False,) * len(self.shape)

    def cell(self, place: int) -> str:
        """Return what a user calls a value, for messages: ``u[3,17]``."""
        indices = []
        for n in reversed(self.shape):
            place, index = divmod(place, n)
            indices.append(str(index))
        return f"{self.name}[{','.join(reversed(indices))}]"


def fields_in_order(fields: Sequence[GridField], size: int) -> tuple[GridField, ...] | None:
    """Return fields by their place in the state; None where they do not fill it one after the other."""
    ordered = tuple(sorted(fields, key=lambda field: field.offset))
    end = 0
    for field in ordered:
        if field.offset != end:
            return None
        end += field.size
    return ordered if end == size else None
