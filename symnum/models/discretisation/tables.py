"""Arrays that terms in loops read, and the symbols by which they do."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.systems.stencils.access import FIXED, Access, Index
from symnum.systems.stencils.arrays import StencilArray

__all__ = ["Tables"]


class Tables:
    """What symbols in terms of loops stand for, and the tables of numbers among it.

    Symbols say where an element is relative to the cell of the loop, so that terms are the same in all cells; where the
    ends of an axis meet, the element may be stored elsewhere.
    """

    def __init__(self) -> None:
        self.accesses: dict[Any, Access] = {}
        self.tables: dict[str, StencilArray] = {}
        self._made: dict[Any, Any] = {}

    def element(self, array: str, place: tuple[int, ...], fixed: tuple[bool, ...] = ()) -> Any:
        """Return the symbol of an element of an array over the cells; `place` in half cells."""
        key = (array, place)
        found = self._made.get(key)
        if found is None:
            flat = fixed or (False,) * len(place)
            indices = tuple(
                Index(FIXED, 0) if one else Index(axis, k // 2)
                for axis, (k, one) in enumerate(zip(place, flat, strict=True))
            )
            found = self._made[key] = self._symbol(Access(array, indices))
        return found

    def along(self, table: str, axis: int, place: int) -> Any:
        """Return the symbol of an element of a table along one axis, over its cells or over its faces."""
        key = (table, axis, place)
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = self._symbol(Access(table, (Index(axis, (place + 1) // 2),)))
        return found

    def add(self, name: str, values: NDArray[np.float64]) -> str:
        """Make a table of numbers known, and return its name."""
        if name not in self.tables:
            self.tables[name] = StencilArray(name, values.shape, "table", values=values)
        return name

    def _symbol(self, access: Access) -> Any:
        symbol = access.symbol
        self.accesses[symbol] = access
        return symbol
