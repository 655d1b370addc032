"""A box of cells, and what is computed in each of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from symnum.systems.stencils.access import Access

__all__ = ["Box", "Region", "Sum"]

#: Half-open ranges of the loop indices.
Box = tuple[tuple[int, int], ...]


@dataclass(frozen=True, eq=False)
class Region:
    """Terms that are evaluated in every cell of a box.

    Attributes
    ----------
    box : tuple of (int, int)
        First index and the one after the last, per loop axis. The last axis is the innermost loop.
    loads : mapping of Symbol to Access
        What the symbols of the terms stand for; all others are parameters, the independent variable, or sums.
    stores : tuple of (Access, term)
        What is computed, and for which element of a state its derivative. No element is stored twice.
    """

    box: Box
    loads: Mapping[Any, Access]
    stores: tuple[tuple[Access, Any], ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Cells per loop axis."""
        return tuple(stop - start for start, stop in self.box)

    @classmethod
    def of(cls, box: Box, stores: Sequence[tuple[Access, Any]], accesses: Sequence[Access]) -> "Region":
        """Return the region whose loads are those of `accesses` that its terms contain."""
        from symnum.terms.traverse import free_symbols

        by_symbol = {access.symbol: access for access in accesses}
        found = {s: by_symbol[s] for _, term in stores for s in free_symbols(term) if s in by_symbol}
        return cls(box, found, tuple(stores))


@dataclass(frozen=True, eq=False)
class Sum:
    """A number that is a sum over cells, computed before the loops that use its symbol.

    Attributes
    ----------
    symbol : Symbol
    regions : tuple of Region
        Each with one store, whose target says nothing; the sum is over all cells of all regions. Their terms may
        read states, tables, parameters and the independent variable, and no other sum.
    """

    symbol: Any
    regions: tuple[Region, ...]
