"""The memory behind traced arrays: what its elements are at the moment, however they are looked at."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import InputError, SymnumWarning
from symnum.models.stencil_trace.meeting import difference
from symnum.models.stencil_trace.merging import merged
from symnum.models.stencil_trace.numbers import number_pieces
from symnum.models.stencil_trace.pieces import Axis, Group, Loop, Piece, arrange, size_of
from symnum.models.stencil_trace.reroll import roll_cells, roll_rows
from symnum.models.stencil_trace.session import Element, Session, trimmed
from symnum.models.stencil_trace.views import View, c_strides, flatten, scatter, show

__all__ = ["Memory"]

_MANY_CELLS = 20_000
_COMPACT_ABOVE = 32
"""Pieces from which on it is looked for what can be one, again each time that there are twice as many."""


class Memory:
    """An array in C order whose elements are terms, as pieces; or, until a term is written into it, numbers.

    Parameters
    ----------
    session : Session
    shape : tuple of int
    pieces : sequence of Piece, optional
        What the elements are.
    numbers : ndarray, optional
        The elements, if they are numbers.

    Attributes
    ----------
    frame : ndarray
        An array of that shape. NumPy computes views of it; its elements mean something only for numbers.
    views : set of View
        Views that were made, if anybody asked for them to be remembered.
    """

    def __init__(
        self,
        session: Session,
        shape: Sequence[int],
        pieces: Sequence[Piece] | None = None,
        numbers: NDArray[Any] | None = None,
    ) -> None:
        self.session = session
        self.frame: NDArray[Any] = np.empty(tuple(shape)) if numbers is None else numbers
        self.is_numeric = numbers is not None
        self.home = View(0, tuple(shape), c_strides(shape))
        self.views: set[View] | None = None
        self._pieces = list(pieces or [])
        self._cells: dict[int, Any] = {}
        self._start: int = self.frame.__array_interface__["data"][0]
        self._flat: list[Piece] | None = None
        self._compact_above = _COMPACT_ABOVE
        self._source: int | None = None  # whose elements these are, as long as nothing was written
        self._read: dict[int, Any] = {}

    @classmethod
    def of_source(cls, session: Session, source: int) -> "Memory":
        """Return the memory whose elements are those of an array that is read."""
        shape = session.sources[source].shape
        strides = c_strides(shape)
        axes = [Axis(0, (Loop(1, 0, n),) if n > 1 else ()) for n in shape]
        kept = trimmed(s for s, n in zip(strides, shape, strict=True) if n > 1)
        made = arrange(session, axes, [Group((session.symbol(Element(source, 0, kept)),))])
        memory = cls(session, shape, [] if made is None else [made])
        memory._source = source
        return memory

    def view_of(self, geometry: NDArray[Any]) -> View:
        """Return which elements a view of the frame shows."""
        size = self.frame.itemsize
        offset = (geometry.__array_interface__["data"][0] - self._start) // size
        return View(offset, geometry.shape, tuple(s // size for s in geometry.strides))

    def loop_strides(self) -> set[int]:
        """Return how far apart in memory the elements are over which the loops run."""
        self.read(self.home)
        pairs = [(s, axis) for p in self._pieces for s, axis in zip(self.home.strides, p.axes, strict=True)]
        return {s * loop.stride for s, axis in pairs for loop in axis.loops}

    def read(self, view: View) -> list[Piece]:
        """Return the pieces that a view shows."""
        self._make_symbolic()
        self._take_in_cells()
        if view == self.home:
            return self._pieces
        if self._flat is None:
            flat = [flatten(self.session, p, self.home) for p in self._pieces]
            self._flat = [p for p in flat if p is not None]
        return show(self.session, self._flat, view)

    def write(self, view: View, pieces: Sequence[Piece]) -> None:
        """Replace the elements that a view shows."""
        self._make_symbolic()
        self._take_in_cells()
        self._replace(scatter(self.session, pieces, view, self.home), int(np.prod(view.shape)))

    def read_cell(self, place: int) -> Any:
        """Return one element."""
        if place in self._cells:
            return self._cells[place]
        if self._source is not None:
            return self.session.symbol(Element(self._source, place, ()))
        if place not in self._read:
            self._read[place] = self._find_cell(place)
        return self._read[place]

    def _find_cell(self, place: int) -> Any:
        self._make_symbolic()
        if self._flat is None:
            flat = [flatten(self.session, p, self.home) for p in self._pieces]
            self._flat = [p for p in flat if p is not None]
        for piece in self._flat:
            found = show(self.session, [piece], View(place, (), ()))
            if found:
                return found[0].terms[0]
        raise InputError("an element of an array was read before anything was written into it")

    def write_cell(self, place: int, term: Any) -> None:
        """Replace one element; many of them are brought into loops later, together."""
        self._make_symbolic()
        self._cells[place] = term

    def _replace(self, new: list[Piece], size: int) -> None:
        old = self._pieces
        if size < self.frame.size:
            for piece in new:
                old = [rest for p in old for rest in difference(self.session, p, piece)]
            new = old + new
        if len(new) > self._compact_above:
            new = roll_rows(self.session, merged(self.session, new))
            self._compact_above = max(_COMPACT_ABOVE, 2 * len(new))
        self._pieces, self._flat, self._source = new, None, None
        self._read.clear()

    def _make_symbolic(self) -> None:
        if self.is_numeric:
            self._pieces = number_pieces(self.session, self.frame)
            self.is_numeric, self._flat = False, None
            self._read.clear()

    def _take_in_cells(self) -> None:
        if not self._cells:
            return
        cells, self._cells = self._cells, {}
        if len(cells) > _MANY_CELLS:
            warnings.warn(
                f"{len(cells):,} elements were computed one by one in a loop of Python, which takes an expression for "
                "each; slices (u[1:] - u[:-1]) are traced in no time at any size",
                SymnumWarning,
                stacklevel=2,
            )
        flat = roll_cells(self.session, cells)
        found = show(self.session, flat, self.home)
        self._replace(found, sum(size_of(p) for p in found))
