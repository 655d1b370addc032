"""Elements of traced arrays as accesses: an index for each dimension instead of a place in memory."""

import itertools
from collections.abc import Sequence

import numpy as np

from symnum.errors import UnsupportedError
from symnum.models.stencil_trace.fields import FieldPlace
from symnum.models.stencil_trace.pieces import Piece
from symnum.models.stencil_trace.session import Element, Session
from symnum.models.stencil_trace.splitting import split_loop
from symnum.models.stencil_trace.views import View, c_strides
from symnum.systems.stencils.access import FIXED, Access, Index
from symnum.systems.stencils.arrays import StencilArray

__all__ = ["AccessFinder"]


class AccessFinder:
    """Finds accesses, and keeps the tables that they need.

    Parameters
    ----------
    session : Session
    places : sequence of FieldPlace
        The fields of the state.

    Attributes
    ----------
    tables : dict of str to StencilArray
        Tables of numbers that were read.
    parameters : dict of str to int
        Parameter arrays that were read, with the number of their source.
    """

    def __init__(self, session: Session, places: Sequence[FieldPlace]) -> None:
        self.session = session
        self.tables: dict[str, StencilArray] = {}
        self.parameters: dict[str, int] = {}
        self._places = list(places)
        self._shapes = {p.name: p.view.shape for p in places}

    def access(self, element: Element | None, piece: Piece, loops: list[int], box: Sequence[tuple[int, int]]) -> Access:
        """Return an element as an access.

        Parameters
        ----------
        element : Element
        piece : Piece
            Whose loops it depends on.
        loops : list of int
            The axis of the box that each loop of the piece is.
        box : sequence of (int, int)

        Raises
        ------
        UnsupportedError
            If it runs over several dimensions with one loop, or over one with several.
        """
        assert element is not None
        source = self.session.sources[element.source]
        if source.kind == "state":
            for place in self._places:
                if place.source == element.source:
                    indices = _indices(element, place.view, piece, loops, box)
                    if indices is not None:
                        return Access(place.name, indices)
            raise UnsupportedError("elements of the state are read across the fields")
        whole = View(0, source.shape, c_strides(source.shape))
        indices = _indices(element, whole, piece, loops, box)
        if source.kind == "parameter":
            if indices is None:
                raise UnsupportedError(f'elements of the parameter array "{source.name}" are read across its axes')
            self.parameters[source.name] = element.source
            return Access(source.name, indices)
        if indices is None:
            return self._own_table(element, piece, loops)
        self.tables[source.name] = StencilArray(source.name, source.shape, "table", values=source.values)
        return Access(source.name, indices)

    def _own_table(self, element: Element, piece: Piece, loops: list[int]) -> Access:
        """Return an access to a copy of a table that has the axes of the loops."""
        extents = [loop for axis in piece.axes for loop in axis.loops]
        places = np.full([loop.high - loop.low for loop in extents], element.offset, np.int64)
        for k, (loop, stride) in enumerate(zip(extents, element.strides, strict=False)):
            along = np.arange(loop.low, loop.high) * stride
            places += along.reshape([-1 if m == k else 1 for m in range(len(extents))])
        values = self.session.sources[element.source].values
        assert values is not None
        source = self.session.table(values.ravel()[places])
        name = self.session.sources[source].name
        self.tables[name] = StencilArray(name, places.shape, "table", values=self.session.sources[source].values)
        return Access(name, tuple(Index(loops[k], -loop.low) for k, loop in enumerate(extents)))

    def near(self, access: Access) -> Access:
        """Return an access by the shorter way round, for its name: the last cell is next to the first one."""
        shape = self._shapes.get(access.array)
        if shape is None:
            return access
        return Access(access.array, tuple(_nearer(i, n) for i, n in zip(access.indices, shape, strict=True)))

    def split(self, piece: Piece) -> list[Piece]:
        """Return a piece whose loops stay within the rows of the fields that its elements run over."""
        for term in piece.terms:
            for symbol in self.session.elements_in(term):
                element = self.session.element(symbol)
                assert element is not None
                cut = self._crossing(element, piece)
                if cut is not None:
                    return [q for p in cut for q in self.split(p)]
        return [piece]

    def _crossing(self, element: Element, piece: Piece) -> list[Piece] | None:
        if self.session.sources[element.source].kind != "state":
            return None
        number = 0
        for a, axis in enumerate(piece.axes):
            for k, loop in enumerate(axis.loops):
                stride = element.strides[number] if number < len(element.strides) else 0
                number += 1
                for level in sorted({s for p in self._places for s in p.view.strides} | self._offsets(), reverse=True):
                    if stride > 0 and level % stride == 0 and (loop.high - loop.low) * stride > level > stride:
                        start = loop.low + -(element.offset + stride * loop.low) % level // stride
                        return split_loop(self.session, piece, a, k, start, level // stride)
        return None

    def _offsets(self) -> set[int]:
        offsets = [p.view.offset for p in self._places]
        return {b - a for a, b in itertools.pairwise(offsets) if b > a}


def _nearer(index: Index, n: int) -> Index:
    if index.axis == FIXED or index.step != 1 or abs(index.offset) <= n // 2:
        return index
    return Index(index.axis, index.offset - n if index.offset > 0 else index.offset + n)


def _indices(
    element: Element, view: View, piece: Piece, loops: list[int], box: Sequence[tuple[int, int]]
) -> tuple[Index, ...] | None:
    """Return the indices of an element in a view; None if it is not there, or not with one loop per dimension."""
    inner = [loop for axis in piece.axes for loop in axis.loops]
    strides = [*element.strides, *[0] * (len(inner) - len(element.strides))]
    start = element.offset + sum(s * loop.low for s, loop in zip(strides, inner, strict=True))
    first = _place(start, view)
    if first is None:
        return None
    found: list[Index | None] = [None] * len(first)
    for loop, stride, axis in zip(inner, strides, loops, strict=True):
        if not stride:
            continue
        count = loop.high - loop.low - 1
        last = _place(start + stride * count, view)
        if last is None:
            return None
        steps = [(b - a) // count for a, b in zip(first, last, strict=True)]
        if sum(s * v for s, v in zip(steps, view.strides, strict=True)) != stride:
            return None
        for k, step in enumerate(steps):
            if step:
                if found[k] is not None:
                    return None
                found[k] = Index(axis, first[k] - step * loop.low, step)
    for k, place in enumerate(first):
        if found[k] is None:
            alone = len(box) == len(first) and box[k][1] - box[k][0] == 1
            found[k] = Index(k, place - box[k][0]) if alone else Index(FIXED, place)
    return tuple(i for i in found if i is not None)


def _place(position: int, view: View) -> list[int] | None:
    """Return the indices of an element of a view by its place in memory."""
    rest = position - view.offset
    if rest < 0:
        return None
    found = [0] * len(view.shape)
    for k in sorted(range(len(view.shape)), key=lambda k: -view.strides[k]):
        if view.shape[k] > 1:
            found[k], rest = divmod(rest, view.strides[k])
            if found[k] >= view.shape[k]:
                return None
    return None if rest else found
