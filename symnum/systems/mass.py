"""Constant mass matrices M of systems M dy/dt = f(t, y, p), as symbols."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import ShapeError

__all__ = ["MassMatrix"]


class MassMatrix:
    """A square sparse matrix whose entries are numbers, or terms in parameters.

    Parameters
    ----------
    size : int
        Rows and columns.
    entries : mapping of (int, int) to number or term
        Row and column, counted from zero, and value. Zeros are left out.

    Examples
    --------
    >>> MassMatrix(2, {(0, 0): 1}).algebraic_columns
    [1]
    """

    def __init__(self, size: int, entries: Mapping[tuple[int, int], Any]) -> None:
        self.size = size
        kept = {place: value for place, value in sorted(entries.items()) if not _is_zero(value)}
        for row, column in kept:
            if not (0 <= row < size and 0 <= column < size):
                raise ShapeError(f"the mass matrix has an entry at ({row}, {column}), but {size} rows and columns.")
        self.entries: dict[tuple[int, int], Any] = kept

    @property
    def rows(self) -> NDArray[np.int32]:
        """Row of each entry."""
        return np.array([row for row, _ in self.entries], np.int32)

    @property
    def columns(self) -> NDArray[np.int32]:
        """Column of each entry."""
        return np.array([column for _, column in self.entries], np.int32)

    @property
    def algebraic_rows(self) -> list[int]:
        """Rows without entries: equations 0 = f."""
        return _missing(self.size, (row for row, _ in self.entries))

    @property
    def algebraic_columns(self) -> list[int]:
        """Columns without entries: unknowns whose derivative appears nowhere."""
        return _missing(self.size, (column for _, column in self.entries))

    @property
    def is_identity(self) -> bool:
        """Whether all is as without a mass matrix."""
        return len(self.entries) == self.size and all(
            row == column and not hasattr(value, "name") and _equals_one(value)
            for (row, column), value in self.entries.items()
        )

    def values(self, numbers: Mapping[Any, float]) -> NDArray[np.float64]:
        """Return the entries as numbers, in the order of `entries`.

        Parameters
        ----------
        numbers : mapping of Symbol to float
            Values of the parameters.
        """
        from symnum.terms.evaluate import evaluate

        terms = list(self.entries.values())
        return np.array([float(v) for v in evaluate(terms, dict(numbers))], np.float64) if terms else np.zeros(0)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, MassMatrix):
            return NotImplemented
        return self.size == other.size and self.entries == other.entries

    def __hash__(self) -> int:
        return hash((self.size, tuple(self.entries)))

    def __repr__(self) -> str:
        return f"<MassMatrix {self.size} x {self.size}, {len(self.entries)} entries>"


def _missing(size: int, present: Iterable[int]) -> list[int]:
    return sorted(set(range(size)) - set(present))


def _is_zero(value: Any) -> bool:
    return isinstance(value, int | float) and value == 0


def _equals_one(value: Any) -> bool:
    return isinstance(value, int | float) and value == 1
