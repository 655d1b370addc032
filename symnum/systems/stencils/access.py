"""Where a term in a loop over cells reads an array or writes it: an index per dimension, affine in one loop index."""

from dataclasses import dataclass
from typing import NamedTuple

from symnum.terms.canonical import Symbol

__all__ = ["FIXED", "Access", "Index"]

#: The axis of an index that no loop changes.
FIXED = -1

_LETTERS = "ijklmn"


class Index(NamedTuple):
    """One index of an array: ``step * (index of the loop `axis`) + offset``; with `axis` `FIXED` the offset alone."""

    axis: int
    offset: int
    step: int = 1

    def __str__(self) -> str:
        if self.axis == FIXED:
            return str(self.offset)
        letter = _LETTERS[self.axis]
        text = letter if self.step == 1 else f"-{letter}" if self.step == -1 else f"{self.step}*{letter}"
        return text + (f"{self.offset:+d}" if self.offset else "")


@dataclass(frozen=True)
class Access:
    """An element of an array, as a function of the loop indices.

    Attributes
    ----------
    array : str
        Name of a `StencilArray`.
    indices : tuple of Index
        One per dimension of the array; none for an array without dimensions.

    Examples
    --------
    >>> from symnum.systems.stencils.access import Access, Index
    >>> str(Access("u", (Index(0, 0), Index(1, -1))))
    'u[i,j-1]'
    """

    array: str
    indices: tuple[Index, ...]

    def __str__(self) -> str:
        return f"{self.array}[{','.join(map(str, self.indices))}]"

    @property
    def symbol(self) -> Symbol:
        """The symbol that stands for this element in terms; equal accesses have equal symbols."""
        return Symbol(str(self))

    def shifted(self, shift: tuple[int, ...]) -> "Access":
        """Return the access of a neighbour, so many cells further along each loop axis."""
        moved = (
            k if k.axis == FIXED else Index(k.axis, k.offset + k.step * shift[k.axis], k.step) for k in self.indices
        )
        return Access(self.array, tuple(moved))
