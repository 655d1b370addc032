"""The right-hand side with what a method makes of it, in one launch for all regions.

One block of threads computes a tile of one region: threads lie along one axis, the last where that is long enough, and
each computes several cells along the axis before it. Those share their loads in registers. The regions at the borders
have blocks of their own in the same launch. What a method makes of the rates (the argument of the next stage, the new
value) is written in the same sweep, so that a stage reads and writes every row once.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from codegen.cuda.cells import Cell, Element, Tapes
from codegen.cuda.kernel import RATE, Emit, Guard, Row, Scale, Update, guarded, row_start, scaled_sum
from codegen.cuda.layout import Layout
from codegen.cuda.text import DOUBLE, Text
from codegen.cuda.values import Values
from codegen.functions import Op
from symnum.systems.stencils.flat import FlatAccess
from symnum.systems.stencils.region import Region

__all__ = ["StencilKernel", "Tile", "leaf_reader"]

# Threads along an axis at most; an axis of fewer cells than the second leaves it to a longer one.
_WIDEST, _SHORT = 128, 32
# Cells that one thread computes, by the size of what is computed in each.
_ROWS = ((150, 4), (500, 2))
# Elements after which a line of memory begins at the latest.
_ALIGNED = 16
# Grids of fewer cells have no threads to spare.
_FEW = 1 << 15


@dataclass(frozen=True)
class Tile:
    """How a region is cut into tiles.

    Attributes
    ----------
    shape : tuple of int
        Cells of the region.
    threads : int
        Along `axis`.
    axis, row_axis : int
        The axis of the threads, and that along which a thread computes `rows` cells (-1: none).
    before : int
        Threads of the first tile that lie before the region, so that groups of threads begin where lines of memory do.
    """

    shape: tuple[int, ...]
    threads: int
    axis: int
    row_axis: int
    rows: int
    before: int = 0

    @classmethod
    def of(cls, shape: tuple[int, ...], threads: int, rows: int, first: int = 0) -> "Tile":
        """Choose the axes; `first` is where the region begins along the last one."""
        last = len(shape) - 1
        longest = max(range(len(shape)), key=lambda a: shape[a])
        axis = last if shape[last] >= min(_SHORT, shape[longest]) else longest
        others = [a for a in range(len(shape)) if a != axis]
        row_axis = others[-1] if others and shape[others[-1]] >= rows > 1 else -1
        before = first % _ALIGNED if axis == last and shape[last] >= threads else 0
        return cls(shape, threads, axis, row_axis, rows if row_axis >= 0 else 1, before)

    def along(self, axis: int) -> int:
        """Return how many tiles lie along an axis."""
        if axis == self.axis:
            return -(-(self.shape[axis] + self.before) // self.threads)
        return -(-self.shape[axis] // (self.rows if axis == self.row_axis else 1))

    @property
    def blocks(self) -> int:
        """Number of tiles."""
        return math.prod(self.along(a) for a in range(len(self.shape)))


@dataclass(eq=False)
class StencilKernel:
    """Rates of all regions, and updates made of them.

    Attributes
    ----------
    name : str
    tapes : Tapes
    regions : tuple of Region
    source : Row
        The row that the regions read.
    updates : tuple of Update
        What is written; `RATE` in their terms is the rate of the element.
    time : tuple of Scale
        Terms of the time at which the right-hand side is evaluated.
    guard : str or tuple of str, optional
        Control slot without which nothing is done.
    rows : int
        Cells per thread in the largest regions; 0 for a choice by size.
    """

    name: str
    tapes: Tapes
    regions: tuple[Region, ...]
    source: Row
    updates: tuple[Update, ...]
    time: tuple[Scale, ...] = (Scale(1.0, ("t",)),)
    guard: Guard = "run"
    rows: int = 0

    def __post_init__(self) -> None:
        self.regions = tuple(r for r in self.regions if math.prod(r.shape))
        self.cells = [self.tapes.cell(region) for region in self.regions]
        longest = max(max(r.shape) for r in self.regions)
        self.threads = min(_WIDEST, max(_SHORT, 1 << (longest - 1).bit_length()))
        most = max(math.prod(r.shape) for r in self.regions)
        self.tiles = [
            Tile.of(r.shape, self.threads, self._rows_of(r, cell) if math.prod(r.shape) * 4 > most else 1, r.box[-1][0])
            for r, cell in zip(self.regions, self.cells, strict=True)
        ]

    def _rows_of(self, region: Region, cell: Cell) -> int:
        if self.rows:
            return self.rows
        cells, work = math.prod(region.shape), self.tapes.cost(cell.nodes)
        return next((n for limit, n in _ROWS if work <= limit and cells >= _FEW * n), 1)

    def launch(self, layout: Layout) -> tuple[int, int]:
        """Return blocks and threads per block."""
        return sum(tile.blocks for tile in self.tiles), self.threads

    def shared(self, layout: Layout) -> int:
        """Return 0: tiles are shared through registers and cache."""
        return 0

    def phases(self, layout: Layout) -> list[Emit]:
        """Return the one phase."""
        return [guarded(self.guard, self._write)]

    def _write(self, text: Text, layout: Layout) -> None:
        """Which region a block belongs to, one after the other: the same for all its threads."""
        first = 0
        for region, tile, cell in zip(self.regions, self.tiles, self.cells, strict=True):
            local = text.line(f"sub i64 %block, {first}")
            with text.only_if(text.line(f"icmp ult i64 {local}, {tile.blocks}")):
                self._tile(text, layout, region, tile, cell, local)
            first += tile.blocks

    def _tile(self, text: Text, layout: Layout, region: Region, tile: Tile, cell: Cell, local: str) -> None:
        index = tile_indices(text, tile, local)
        inside = text.line(f"icmp ult i64 {index[tile.axis]}, {tile.shape[tile.axis]}")
        with text.only_if(inside):
            if tile.rows == 1:
                self._cells(text, layout, [cell], index)
                return
            axis, length = tile.row_axis, tile.shape[tile.row_axis]
            shifts = [tuple(r if a == axis else 0 for a in range(len(index))) for r in range(tile.rows)]
            block = [self.tapes.cell(region, shift) for shift in shifts]
            if length % tile.rows == 0:
                self._cells(text, layout, block, index)
                return
            left = text.line(f"icmp sle i64 {index[axis]}, {length - tile.rows}")
            with text.only_if(left):
                self._cells(text, layout, block, index)
            with text.only_if(text.line(f"xor i1 {left}, true")), text.loop(index[axis], str(length), "1") as i:
                self._cells(text, layout, [cell], [i if a == axis else k for a, k in enumerate(index)])

    def _cells(self, text: Text, layout: Layout, cells: list[Cell], index: list[str]) -> None:
        """Load, compute and store some cells: all loads come first, all stores last."""
        places = Places(text, layout, index)
        read = leaf_reader(text, layout, self.tapes, places, self.source, self.time)
        values = Values(text, self.tapes.builder, read, text.real, self.tapes.is_early)
        rates = values.compute([node for cell in cells for node in cell.nodes])
        targets = [target for cell in cells for target in cell.targets]
        stores = []
        for rate, target in zip(rates, targets, strict=True):
            made: dict[Row, str] = {RATE: rate}

            def value_of(row: Row, target: FlatAccess = target, made: dict[Row, str] = made) -> str:
                return made[row] if row in made else places.load(row, target)

            for update in self.updates:
                value = scaled_sum(text, layout, update.terms, value_of)
                stores.append((value, update.row, target))
                made[update.row] = value
        for value, row, target in stores:
            text.store(value, places.address(row, target))


def tile_indices(text: Text, tile: Tile, local: str) -> list[str]:
    """Return the loop indices of a thread, from the start of its region's box."""
    index = ["0"] * len(tile.shape)
    order = [tile.axis, *([tile.row_axis] if tile.row_axis >= 0 else [])]
    order += [a for a in reversed(range(len(tile.shape))) if a not in order]
    rest = text.line(f"trunc i64 {local} to i32")
    for place, axis in enumerate(order):
        count = tile.along(axis)
        here = rest
        if place < len(order) - 1:
            here = text.line(f"urem i32 {rest}, {count}")
            rest = text.line(f"udiv i32 {rest}, {count}")
        index[axis] = text.line(f"zext i32 {here} to i64")
        if axis == tile.axis:
            start = text.line(f"mul i64 {index[axis]}, {tile.threads}")
            index[axis] = text.line(f"add i64 {start}, %thread")
            if tile.before:  # a negative index is beyond the region as an unsigned number
                index[axis] = text.line(f"sub i64 {index[axis]}, {tile.before}")
        elif axis == tile.row_axis:
            index[axis] = text.line(f"mul i64 {index[axis]}, {tile.rows}")
    return index


class Places:
    """Addresses in a loop, and loads that are done once."""

    def __init__(self, text: Text, layout: Layout, index: list[str]) -> None:
        self.text, self.layout, self.index = text, layout, index
        self._moved: dict[tuple[int, ...], str] = {}
        self._bases: dict[tuple[Row | tuple[str], tuple[int, ...]], str] = {}
        self._loaded: dict[tuple[Row, FlatAccess], str] = {}

    def _distance(self, strides: tuple[int, ...]) -> str:
        """Sum of strides times indices."""
        found = self._moved.get(strides)
        if found is None:
            total = "0"
            for stride, index in zip(strides, self.index, strict=True):
                if stride:
                    step = index if stride == 1 else self.text.line(f"mul i64 {index}, {stride}")
                    total = step if total == "0" else self.text.line(f"add i64 {total}, {step}")
            found = self._moved[strides] = total
        return found

    def address(self, row: Row, place: FlatAccess) -> str:
        """Return the address of an element of a row."""
        key = (row, place.strides)
        if key not in self._bases:
            start = row_start(self.text, self.layout, row)
            self._bases[key] = self.text.element(start, self._distance(place.strides))
        return self.text.element(self._bases[key], place.offset)

    def load(self, row: Row, place: FlatAccess) -> str:
        """Load an element of a row, once."""
        key = (row, place)
        if key not in self._loaded:
            self._loaded[key] = self.text.load(self.address(row, place))
        return self._loaded[key]

    def element(self, buffer: str, offset: int, place: FlatAccess) -> str:
        """Load an element of a buffer that does not change."""
        key = ((buffer,), place.strides)
        if key not in self._bases:
            self._bases[key] = self.text.element(buffer, self._distance(place.strides))
        return self.text.load(self.text.element(self._bases[key], offset + place.offset))


def leaf_reader(
    text: Text, layout: Layout, tapes: Tapes, places: Places, source: Row, time: tuple[Scale, ...]
) -> Callable[[int, int], str]:
    """Return what reads the leaves of a tape: elements of arrays, parameters, sums, time, early values."""

    def of_element(element: Element) -> str:
        if element.kind == "state":
            return places.load(source, element.place)
        if element.kind == "table":
            return places.element("tables", layout.tables[element.array], element.place)
        if element.kind == "parameter":
            return places.element("p", 0, element.place)
        return text.narrowed(text.control(layout.slot(layout.sum_slot(element.place.offset))))

    def read(op: int, argument: int) -> str:
        if op == Op.STATE:
            return of_element(tapes.elements[argument])
        if op == Op.PARAMETER:
            return text.load(text.element("p", argument))
        if op == Op.TIME:
            return text.narrowed(time_value(text, layout, time))
        return text.load(text.element("k", tapes.early_place(argument)))

    return read


def time_value(text: Text, layout: Layout, time: tuple[Scale, ...]) -> str:
    """Return a sum of control slots as a double."""
    total: str | None = None
    for scale in time:
        value = ""
        for slot in scale.slots:
            found = text.control(layout.slot(slot))
            value = found if not value else text.line(f"fmul double {value}, {found}")
        if scale.number != 1.0:
            value = text.line(f"fmul double {value}, {DOUBLE.literal(scale.number)}")
        total = value if total is None else text.line(f"fadd double {total}, {value}")
    assert total is not None
    return total
