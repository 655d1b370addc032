"""Loops over boxes of cells from terms in fields."""

from collections.abc import Sequence
from typing import Any

from symnum.models.discretisation.places import Box, Where, merge_boxes
from symnum.models.discretisation.slabs import Slab, boxes, too_small
from symnum.models.discretisation.values import Values
from symnum.systems.stencils.access import FIXED, Access, Index
from symnum.systems.stencils.region import Region
from symnum.terms.traverse import free_symbols

__all__ = ["regions_of"]


def regions_of(values: Values, terms: Sequence[tuple[str, Any]]) -> tuple[Region, ...]:
    """Return loops that together compute terms in all cells.

    Parameters
    ----------
    values : Values
    terms : sequence of (str, term)
        Names of arrays over the cells, and what is stored in them.

    Raises
    ------
    GridError
        If an axis has too few cells.
    """
    box: Box = None
    for _, term in terms:
        box = merge_boxes(box, values.box(term))
    here = tuple(Index(axis.number, 0) for axis in values.axes)
    loads: dict[tuple[Any, ...], Any] = {}
    out = []
    for part in boxes(values.axes, box):
        where = Where(values.centre.place, tuple(slab.corner for slab in part), values.problem.order)
        stores = tuple((Access(name, here), values.value(term, where)) for name, term in terms)
        key = tuple(term for _, term in stores)
        if key not in loads:
            loads[key] = _symbols(values, key)
        found = {symbol: _stored(values, access, part) for symbol, access in loads[key]}
        out.append(Region(tuple((slab.start, slab.stop) for slab in part), found, stores))
    return tuple(out)


def _symbols(values: Values, terms: Sequence[Any]) -> list[tuple[Any, Access]]:
    known = values.tables.accesses
    return [(s, known[s]) for s in free_symbols(list(terms)) if s in known]


def _stored(values: Values, access: Access, part: tuple[Slab, ...]) -> Access:
    """Return where an element is stored, the ends of periodic axes having been joined."""
    table = values.tables.tables.get(access.array)
    indices = []
    for index in access.indices:
        if index.axis != FIXED:
            cells = values.axes[index.axis].cells if table is None else table.shape[0]
            index = _joined(values, index, part[index.axis], cells)
        indices.append(index)
    return Access(access.array, tuple(indices))


def _joined(values: Values, index: Index, slab: Slab, length: int) -> Index:
    axis = values.axes[index.axis]
    first, last = index.offset + slab.start, index.offset + slab.stop - 1
    if axis.periodic:
        if last < 0 or first >= axis.cells:
            return Index(index.axis, index.offset + (axis.cells if last < 0 else -axis.cells))
    elif first < 0 or last >= length:  # what operators reach over from one side ends beyond the other
        too_small(axis, axis.cells + max(-first, last - length + 1))
    return index
