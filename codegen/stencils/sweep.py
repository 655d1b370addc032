"""One function for one kind of segment: loops over its rows, several rows at a time, vectors along a row."""

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import NamedTuple

from codegen.functions import Op
from codegen.stencils.arithmetic import BOOLEAN, Arithmetic, Text, vector_type
from codegen.stencils.evaluate import compute
from codegen.stencils.levels import Levels, TapeLists, find_levels
from codegen.stencils.plan import PARAMETER, TABLE, Leaf, Piece, Place, Segment

__all__ = ["POSITIONS", "VALUES", "Chunk", "Shape", "chunks_of", "write_sweep"]

#: What the addresses of a Jacobian's sweep are: its values, and the table of their positions.
POSITIONS, VALUES = 0, 1

COMBINATIONS: dict[str, tuple[str, ...]] = {
    "": (),
    "add": ("src",),
    "base": ("z0",),
    "blend": ("src", "z0"),
    "last": ("src", "z0", "z1", "z2"),
}
"""What a state of a time step is made of beside the derivative: the state it is taken at, and earlier ones."""

_UNROLLED = 2
"""So many vectors of a row are written one after the other, without a loop."""


class Chunk(NamedTuple):
    """Cells of a row that one value holds, or a loop over many such.

    ``start`` is the cell of lane 0; lanes ``first .. last`` are in use; a loop goes on to ``stop``.
    """

    start: int
    first: int
    last: int
    stop: int = -1


@dataclass(frozen=True)
class Shape:
    """How a segment is to be swept.

    Attributes
    ----------
    real : {"double", "float"}
    lanes : int
        Numbers per vector; 1 for strided rows.
    rows : int
        Rows that are swept together.
    fixed : bool
        Whether offsets are written into the code; otherwise they are read from a table.
    repeated : bool
        Whether entries of a Jacobian are added to what is there.
    combine : str
        What is stored: the values themselves (""), or a state of a time step made of them; see `_Sweep._combined`.
    extents : tuple of int
        Per array of states, its length along a row, or 0 where vectors of a row are not to be made of their neighbours.
    """

    real: str
    lanes: int
    rows: int
    fixed: bool
    repeated: bool = False
    combine: str = ""
    extents: tuple[int, ...] = ()


def chunks_of(segment: Segment, lanes: int) -> list[Chunk]:
    """Return how a row is cut into vectors at multiples of `lanes`, equal ones in a row as loops."""
    start, stop = segment.box[-1]
    borders = {start, stop}
    for leaf in segment.leaves.values():
        borders |= {border for piece in leaf.pieces for border in piece[:2]}
    chunks: list[Chunk] = []
    if lanes == 1:
        ordered = sorted(borders)
        return [Chunk(a, 0, 1, b) for a, b in pairwise(ordered)]
    at = start - start % lanes
    while at < stop:
        first, last = max(start - at, 0), min(stop - at, lanes)
        whole = last - first == lanes and not any(at < border < at + lanes for border in borders)
        if not whole:
            chunks.append(Chunk(at, first, last))
            at += lanes
            continue
        end = min(border for border in borders if border > at)
        count = (end - at) // lanes
        chunks.append(Chunk(at, 0, lanes, at + count * lanes))
        at += count * lanes
    return chunks


def write_sweep(name: str, segment: Segment, lists: TapeLists, slots: dict[int, int], shape: Shape, text: Text) -> None:
    """Write the function that sweeps a segment.

    Its arguments: parameters, parameter stage, uniform values, tables, two arrays of
    addresses (of the states that are read and of those that are written), offsets of leaves and stores, and the
    range of every loop but the innermost.
    """
    _Sweep(segment, lists, slots, shape, text).write(name)


def arguments(dimensions: int, real: str, combine: str) -> str:
    """Return the declared arguments of a sweep."""
    ranges = "".join(f", i64 %lo{a}, i64 %hi{a}" for a in range(dimensions - 1))
    more = f", {real} %ca, {real} %cb, {real} %cc, ptr %z0, ptr %z1, ptr %z2" if combine else ""
    return f"ptr %p, ptr %k, ptr %w, ptr %tab, ptr %src, ptr %dst, ptr %off{ranges}{more}"


class _Sweep:
    def __init__(self, segment: Segment, lists: TapeLists, slots: dict[int, int], shape: Shape, text: Text) -> None:
        self.segment, self.lists, self.slots, self.shape, self.text = segment, lists, slots, shape, text
        self.dimensions = len(segment.box)
        self.levels: Levels = find_levels(lists, segment.outputs, segment.leaves, self.dimensions)
        self.one = Arithmetic(text, shape.real, 1)
        self.many = Arithmetic(text, shape.real, shape.lanes)
        self.ones: dict[tuple[int, int], str] = {}
        self.spread: dict[tuple[int, int], str] = {}
        self.bases: dict[tuple[str, int], str] = {}
        self.numbers = {number: i for i, number in enumerate(segment.leaves)}
        self.labels = 0
        inner = set(self.levels.rows)
        self.wanted_inside = {a for node in inner for a in lists.arguments(node)} | set(segment.outputs)
        self.row_bit = 1 << (self.dimensions - 2) if self.dimensions > 1 else 0

    # Function -------------------------------------------------------------------------------

    def write(self, name: str) -> None:
        declared = arguments(self.dimensions, self.shape.real, self.shape.combine)
        self.text.lines.append(f"define internal void @{name}({declared}) #0 {{\nentry:")
        self._load_bases()
        for node in self.levels.uniform:
            self._keep(node, 0, self._uniform(node))
        if self.shape.combine:
            self.factors = {name: self.many.splat(f"%{name}") for name in ("ca", "cb", "cc")}
        self._outer_nodes(0, 1, [])
        if self.dimensions == 1:
            self._row([], 1)
        else:
            self._loop(0, [])
        self.text.do("ret void\n}")

    def _label(self, word: str) -> str:
        self.labels += 1
        return f"{word}{self.labels}"

    def _loop(self, axis: int, indices: list[str]) -> None:
        """Loop over an outer axis; the last outer one in blocks of rows, then one by one."""
        start = f"%lo{axis}"
        if axis == self.dimensions - 2 and self.shape.rows > 1:
            start = self._counted(axis, indices, start, self.shape.rows)
        self._counted(axis, indices, start, 1)

    def _counted(self, axis: int, indices: list[str], start: str, step: int) -> str:
        head, body, done = self._label("head"), self._label("body"), self._label("done")
        before = self._label("before")
        text = self.text
        text.do(f"br label %{before}")
        text.label(before)
        text.do(f"br label %{head}")
        text.label(head)
        latch = self._label("latch")
        i = f"%i{self.labels}"
        text.do(f"{i} = phi i64 [{start}, %{before}], [{i}n, %{latch}]")
        end = text.put(f"add i64 {i}, {step}")
        more = text.put(f"icmp sle i64 {end}, %hi{axis}")
        text.do(f"br i1 {more}, label %{body}, label %{done}")
        text.label(body)
        saved = dict(self.ones), dict(self.spread)
        now = [*indices, i]
        self._outer_nodes(axis + 1, step if axis == self.dimensions - 2 else 1, now)
        if axis == self.dimensions - 2:
            self._row(now, step)
        else:
            self._loop(axis + 1, now)
        self.ones, self.spread = saved
        text.do(f"br label %{latch}")
        text.label(latch)
        text.do(f"{i}n = add i64 {i}, {step}")
        text.do(f"br label %{head}")
        text.label(done)
        return i

    # Values outside of the innermost loop ---------------------------------------------------

    def _load_bases(self) -> None:
        text = self.text
        wanted = {("src", leaf.base) for leaf in self.segment.leaves.values() if leaf.base >= 0}
        wanted |= {("dst", place.base) for place in self.segment.stores}
        wanted |= {(array, place.base) for array in self._read_too() for place in self.segment.stores}
        wanted |= {("dst", VALUES), ("dst", POSITIONS)} if self.segment.columns else set()
        for array, number in sorted(wanted):
            at = text.put(f"getelementptr ptr, ptr %{array}, i64 {number}")
            self.bases[array, number] = text.put(f"load ptr, ptr {at}")
        self.bases["src", PARAMETER], self.bases["src", TABLE] = "%p", "%tab"
        if not self.shape.fixed:
            count = len(self.segment.leaves) + len(self.segment.stores)
            self.offsets = []
            for i in range(count):
                at = text.put(f"getelementptr i64, ptr %off, i64 {i}")
                self.offsets.append(text.put(f"load i64, ptr {at}"))

    def _uniform(self, node: int) -> str:
        """Fetch a value that no loop changes, as a number or truth value."""
        lists, real = self.lists, self.shape.real
        op = lists.operation[node]
        if op == Op.CONSTANT:
            return self.one.number(lists.weight[lists.offset[node]])
        if op == Op.PARAMETER:
            return self._element("%p", lists.argument[lists.offset[node]])
        value = self._element("%k" if lists.stage[node] < 2 else "%w", self.slots[node])
        return self.text.put(f"fcmp une {real} {value}, 0.0") if op in BOOLEAN else value

    def _element(self, pointer: str, index: int) -> str:
        at = self.text.put(f"getelementptr {self.shape.real}, ptr {pointer}, i64 {index}")
        return self.text.put(f"load {self.shape.real}, ptr {at}")

    def _keep(self, node: int, row: int, value: str) -> None:
        """Note a value outside of the innermost loop, and spread it over the lanes if it is needed inside."""
        self.ones[node, row] = value
        if node not in self.wanted_inside or self.shape.lanes == 1:
            return
        if self.lists.operation[node] == Op.CONSTANT:
            self.spread[node, row] = self.many.everywhere(value)
        elif self.lists.operation[node] in BOOLEAN:
            one = self.text.put(f"insertelement {self.many.truth} poison, i1 {value}, i64 0")
            zeros = f"<{self.shape.lanes} x i32> zeroinitializer"
            self.spread[node, row] = self.text.put(
                f"shufflevector {self.many.truth} {one}, {self.many.truth} poison, {zeros}"
            )
        else:
            self.spread[node, row] = self.many.splat(value)

    def _outer_nodes(self, level: int, rows: int, indices: list[str]) -> None:
        """Compute what changes with one outer loop and with no later one."""
        for node in self.levels.loops[level]:
            for row in range(rows if self.levels.varies[node] & self.row_bit else 1):
                number = self.lists.leaf(node)
                if number >= 0:
                    value = self._outer_load(number, row, indices)
                elif node in self.levels.fused:
                    continue
                else:
                    value = compute(self.lists, node, partial(self._outer, row), self.one, self.levels.fused)
                self._keep(node, row, value)

    def _outer(self, row: int, node: int) -> str:
        return self.ones[node, row if self.levels.varies[node] & self.row_bit else 0]

    def _outer_load(self, number: int, row: int, indices: list[str]) -> str:
        leaf = self.segment.leaves[number]
        pointer = self._row_pointer(Place(leaf.base, 0, leaf.strides), indices, "src")
        return self._element_at(pointer, self._offset(number, leaf.main.offset, row, leaf.strides, 0), "")

    # Addresses ------------------------------------------------------------------------------

    def _row_pointer(self, place: Place, indices: list[str], array: str, element: str = "") -> str:
        """Return the address of an array's element 0 in a row, its offset left out."""
        index = "0"
        for stride, i in zip(place.strides, indices):
            if stride:
                product = self.text.put(f"mul i64 {i}, {stride}")
                index = product if index == "0" else self.text.put(f"add i64 {index}, {product}")
        base = self.bases[array, place.base]
        return base if index == "0" else self._element_pointer(base, index, element)

    def _element_pointer(self, pointer: str, index: str, element: str = "") -> str:
        return self.text.put(f"getelementptr {element or self.shape.real}, ptr {pointer}, i64 {index}")

    def _offset(self, number: int, offset: int, row: int, strides: tuple[int, ...], along: int) -> str:
        """Return what is to be added to a row's address; `offset` is that of a piece."""
        rows = row * strides[-2] if self.dimensions > 1 else 0
        if self.shape.fixed:
            return str(offset + rows + along)
        more = offset - self.segment.leaves[number].main.offset + rows + along
        known = self.offsets[self.numbers[number]]
        return self.text.put(f"add i64 {known}, {more}") if more else known

    def _element_at(self, pointer: str, offset: str, j: str) -> str:
        at = self._element_pointer(pointer, j) if j else pointer
        if offset != "0":
            at = self._element_pointer(at, offset)
        return self.text.put(f"load {self.shape.real}, ptr {at}")

    # Rows -----------------------------------------------------------------------------------

    def _row(self, indices: list[str], rows: int) -> None:
        pointers: dict[tuple[str, int, tuple[int, ...]], str] = {}
        for array, place in self._places():
            key = (array, place.base, place.strides[:-1])
            if key not in pointers:
                element = "i32" if array == "dst" and self.segment.columns else ""
                # Nothing is known of what comes out of an empty piece of assembly: so all addresses of a row stay this
                # register, an index and a constant, instead of being strength-reduced to registers of their own.
                pointer = self._row_pointer(place, indices, array, element)
                pointers[key] = self.text.put(f'call ptr asm "", "=r,0"(ptr {pointer})')
        lanes = self.shape.lanes
        for chunk in chunks_of(self.segment, lanes):
            if chunk.stop < 0:
                self._chunk(chunk, "", rows, pointers)
            elif chunk.stop - chunk.start <= _UNROLLED * lanes:
                self._chunks_one_by_one(chunk, chunk.start, chunk.stop, rows, pointers)
            else:
                start, stop = self._within(chunk)
                self._chunks_one_by_one(chunk, chunk.start, start, rows, pointers)
                self._chunk_loop(Chunk(start, chunk.first, chunk.last, stop), rows, pointers)
                self._chunks_one_by_one(chunk, stop, chunk.stop, rows, pointers)

    def _chunks_one_by_one(
        self, chunk: Chunk, start: int, stop: int, rows: int, pointers: dict[tuple[str, int, tuple[int, ...]], str]
    ) -> None:
        for at in range(start, stop, self.shape.lanes):
            self._chunk(Chunk(at, chunk.first, chunk.last), "", rows, pointers)

    def _within(self, chunk: Chunk) -> tuple[int, int]:
        """Return the part of a loop where the vectors before and after those that are needed lie in the same row."""
        start, stop, lanes = chunk.start, chunk.stop, self.shape.lanes
        for leaf in self.segment.leaves.values():
            away = self._away(leaf, chunk, "%j")
            if away:
                offset = next(p.offset for p in leaf.pieces if _lanes_in(p, chunk, lanes) is not None)
                if self.dimensions > 1 and leaf.strides[-2]:
                    offset = (offset + leaf.strides[-2] // 2) % leaf.strides[-2] - leaf.strides[-2] // 2
                aligned = offset - away
                while start + aligned - lanes < 0 and start < stop:
                    start += lanes
                while stop + aligned + lanes > self.shape.extents[leaf.base] and start < stop:
                    stop -= lanes
        return start, stop

    def _places(self) -> list[tuple[str, Place]]:
        places = [("src", Place(leaf.base, 0, leaf.strides)) for leaf in self.segment.leaves.values()]
        arrays = ("dst", *self._read_too())
        return places + [(array, place) for array in arrays for place in self.segment.stores]

    def _read_too(self) -> tuple[str, ...]:
        """Return the states that a time step needs beside the derivative, where it is stored."""
        return COMBINATIONS[self.shape.combine]

    def _chunk_loop(self, chunk: Chunk, rows: int, pointers: dict[tuple[str, int, tuple[int, ...]], str]) -> None:
        """Loop over the vectors of some rows; vectors that the next turn needs again stay in registers."""
        if chunk.start >= chunk.stop:
            return
        text = self.text
        before, loop, after = self._label("before"), self._label("cells"), self._label("after")
        streams = self._streams(chunk, rows, pointers)
        text.do(f"br label %{before}")
        text.label(before)
        first = {
            key: self._read([((0, self.shape.lanes), str(key[1]))], key[0], str(chunk.start), 1) for key in streams
        }
        text.do(f"br label %{loop}")
        text.label(loop)
        j = f"%j{self.labels}"
        text.do(f"{j} = phi i64 [{chunk.start}, %{before}], [{j}n, %{loop}]")
        loaded: dict[tuple[str, str], str] = {}
        carried = []
        for number, key in enumerate(streams):
            name = f"{j}s{number}"
            loaded[_whole_key(*key, self.shape.lanes)] = name
            carried.append((len(text.lines), name, key))
            text.lines.append("")
        self._chunk(chunk, j, rows, pointers, loaded)
        for place, name, (pointer, offset) in carried:
            following = [((0, self.shape.lanes), str(offset + self.shape.lanes))]
            value = self._once(following, pointer, j, 1, loaded)
            start = first[pointer, offset]
            text.lines[place] = f"  {name} = phi {self.many.type} [{start}, %{before}], [{value}, %{loop}]"
        text.do(f"{j}n = add i64 {j}, {self.shape.lanes}")
        more = text.put(f"icmp slt i64 {j}n, {chunk.stop}")
        text.do(f"br i1 {more}, label %{loop}, label %{after}")
        text.label(after)

    def _streams(
        self, chunk: Chunk, rows: int, pointers: dict[tuple[str, int, tuple[int, ...]], str]
    ) -> list[tuple[str, int]]:
        """Return the vectors that a loop's next turn needs again, as addresses of row and offset in it."""
        found: dict[tuple[str, int], None] = {}
        for number, leaf in self.segment.leaves.items():
            away = self._away(leaf, chunk, "%j")
            if not away:
                continue
            offset = next(p.offset for p in leaf.pieces if _lanes_in(p, chunk, self.shape.lanes) is not None)
            for row in range(rows):
                at = int(self._offset(number, offset, row, leaf.strides, 0)) - away
                pointer = pointers["src", leaf.base, leaf.strides[:-1]]
                found[pointer, at] = None
                if away < 0:
                    found[pointer, at - self.shape.lanes] = None
        return list(found)

    def _chunk(
        self,
        chunk: Chunk,
        j: str,
        rows: int,
        pointers: dict[tuple[str, int, tuple[int, ...]], str],
        loaded: dict[tuple[str, str], str] | None = None,
    ) -> None:
        """Compute and store one vector in each of some rows; `j` is the cell of lane 0, or empty if it is fixed."""
        vectors: dict[tuple[int, int], str] = {}
        loaded = {} if loaded is None else loaded
        levels, lists = self.levels, self.lists

        def fetch(row: int, node: int) -> str:
            row = row if levels.varies[node] & self.row_bit else 0
            found = vectors.get((node, row))
            if found is not None:
                return found
            return (self.ones if self.shape.lanes == 1 else self.spread)[node, row]

        results = []
        for row in range(rows):
            for node in levels.rows:
                key = node, row if levels.varies[node] & self.row_bit else 0
                if key in vectors or node in levels.fused:
                    continue
                number = lists.leaf(node)
                if number >= 0:
                    vectors[key] = self._load(number, chunk, j, key[1], pointers, loaded)
                else:
                    vectors[key] = compute(lists, node, partial(fetch, row), self.many, levels.fused)
            results.append([fetch(row, node) for node in self.segment.outputs])
        for row, values in enumerate(results):
            for number, (node, value) in enumerate(zip(self.segment.outputs, values, strict=True)):
                result = self.many.as_number(value) if lists.operation[node] in BOOLEAN else value
                if self.segment.sum_number >= 0:
                    self._accumulate(result, chunk)
                elif self.segment.columns:
                    self._scatter(number, result, chunk, j, row, pointers)
                else:
                    if self.shape.combine:
                        result = self._combined(number, result, chunk, j, row, pointers, loaded)
                    self._store(number, result, chunk, j, row, pointers)

    def _combined(
        self,
        number: int,
        slope: str,
        chunk: Chunk,
        j: str,
        row: int,
        pointers: dict[tuple[str, int, tuple[int, ...]], str],
        loaded: dict[tuple[str, str], str],
    ) -> str:
        """Return a state of a time step: of the derivative f, the state y that it is taken at, and earlier ones."""
        on = self.many
        place = self.segment.stores[number]
        lanes = (chunk.first, chunk.last)
        states = {}
        for array in self._read_too():
            pointer = pointers[array, place.base, place.strides[:-1]]
            reads = [(lanes, self._store_offset(number, j, row, chunk))]
            key = pointer, repr((reads, place.strides[-1]))
            if key not in loaded:
                loaded[key] = self._read(reads, pointer, j, place.strides[-1])
            states[array] = loaded[key]
        if self.shape.combine == "add":  # y + c f
            return on.multiply_add(self.factors["cc"], slope, states["src"])
        if self.shape.combine == "base":  # z0 + c f
            return on.multiply_add(self.factors["cc"], slope, states["z0"])
        if self.shape.combine == "blend":  # a z0 + b y + c f
            whole = on.multiply_add(
                self.factors["cb"], states["src"], on.binary("fmul", self.factors["ca"], states["z0"])
            )
            return on.multiply_add(self.factors["cc"], slope, whole)
        # a ((z1 - z0) + (2 z2 + y)) + c f
        first = on.binary("fsub", states["z1"], states["z0"])
        second = on.multiply_add(on.number(2.0), states["z2"], states["src"])
        whole = on.binary("fmul", self.factors["ca"], on.binary("fadd", first, second))
        return on.multiply_add(self.factors["cc"], slope, whole)

    def _accumulate(self, value: str, chunk: Chunk) -> None:
        """Add the lanes in use to those of a sum, which is kept in double precision."""
        many, text, wide = self.many, self.text, vector_type("double", self.shape.lanes)
        if (chunk.first, chunk.last) != (0, self.shape.lanes):
            mask = _mask((chunk.first, chunk.last), self.shape.lanes)
            value = text.put(f"select {many.truth} {mask}, {many.type} {value}, {many.type} {many.number(0.0)}")
        if self.shape.real == "float":
            value = text.put(f"fpext {many.type} {value} to {wide}")
        total = text.put(f"load {wide}, ptr %dst, align 8")
        total = text.put(f"fadd {wide} {total}, {value}")
        text.do(f"store {wide} {total}, ptr %dst, align 8")

    def _address(self, pointer: str, j: str, stride: int, offset: str, element: str = "") -> str:
        """Return ``pointer + stride*j + offset``, the offset last: a constant becomes part of the instruction."""
        at = pointer
        if j and stride:
            index = j if stride == 1 else self.text.put(f"mul i64 {j}, {stride}")
            at = self._element_pointer(at, index, element)
        return at if offset == "0" else self._element_pointer(at, offset, element)

    def _load(
        self,
        number: int,
        chunk: Chunk,
        j: str,
        row: int,
        pointers: dict[tuple[str, int, tuple[int, ...]], str],
        loaded: dict[tuple[str, str], str],
    ) -> str:
        """Load a leaf; lanes of different pieces are read from where each says, lanes not in use not at all."""
        leaf = self.segment.leaves[number]
        pointer = pointers["src", leaf.base, leaf.strides[:-1]]
        stride = leaf.strides[-1]
        reads = []
        for piece in leaf.pieces:
            lanes = _lanes_in(piece, chunk, self.shape.lanes)
            if lanes is not None:
                along = 0 if j else stride * chunk.start
                if stride < 0 and self.shape.lanes > 1:
                    along += stride * (self.shape.lanes - 1)
                reads.append((lanes, self._offset(number, piece.offset, row, leaf.strides, along)))
        away = self._away(leaf, chunk, j)
        if away:
            return self._shifted(pointer, j, int(reads[0][1]), away, loaded)
        return self._once(reads, pointer, j, stride, loaded)

    def _once(
        self,
        reads: list[tuple[tuple[int, int], str]],
        pointer: str,
        j: str,
        stride: int,
        loaded: dict[tuple[str, str], str],
    ) -> str:
        key = pointer, repr((reads, stride))
        if key not in loaded:
            loaded[key] = self._read(reads, pointer, j, stride)
        return loaded[key]

    def _away(self, leaf: Leaf, chunk: Chunk, j: str) -> int:
        """Return by how many cells a load in a loop is off the vectors that others load anyway, 0 to just load it."""
        lanes = self.shape.lanes
        if not (j and self.shape.fixed and leaf.base >= 0 and leaf.strides[-1] == 1 and lanes > 2):
            return 0
        if not self.shape.extents or not self.shape.extents[leaf.base]:
            return 0
        if any(stride % lanes for stride in leaf.strides[:-1]):
            return 0
        pieces = [piece for piece in leaf.pieces if _lanes_in(piece, chunk, lanes) is not None]
        away = (pieces[0].offset + lanes // 2) % lanes - lanes // 2
        return away if abs(away) < lanes // 2 else 0

    def _shifted(self, pointer: str, j: str, offset: int, away: int, loaded: dict[tuple[str, str], str]) -> str:
        """Return a vector that is not at a multiple of its length, made of the two that are and overlap it."""
        lanes, many = self.shape.lanes, self.many
        first = offset - away if away > 0 else offset - away - lanes
        parts = [self._once([((0, lanes), str(at))], pointer, j, 1, loaded) for at in (first, first + lanes)]
        order = ", ".join(f"i32 {lane + away % lanes}" for lane in range(lanes))
        key = pointer, f"shifted {offset}"
        if key not in loaded:
            loaded[key] = self.text.put(
                f"shufflevector {many.type} {parts[0]}, {many.type} {parts[1]}, <{lanes} x i32> <{order}>"
            )
        return loaded[key]

    def _read(self, reads: list[tuple[tuple[int, int], str]], pointer: str, j: str, stride: int) -> str:
        lanes, many, text = self.shape.lanes, self.many, self.text
        whole = len(reads) == 1 and reads[0][0] == (0, lanes)
        if whole:
            at = self._address(pointer, j, stride, reads[0][1])
            value = text.put(f"load {many.type}, ptr {at}, align {_size(self.shape.real)}")
        else:
            value = many.number(0.0)
            for used, offset in reads:
                at = self._address(pointer, j, stride, offset)
                value = self._masked_load(at, used if stride > 0 else (lanes - used[1], lanes - used[0]), value)
        if stride < 0 and lanes > 1:
            order = ", ".join(f"i32 {lane}" for lane in reversed(range(lanes)))
            value = text.put(f"shufflevector {many.type} {value}, {many.type} poison, <{lanes} x i32> <{order}>")
        return value

    def _masked_load(self, at: str, used: tuple[int, int], rest: str) -> str:
        many = self.many
        name = f"llvm.masked.load.{many.suffix}.p0"
        self.text.declare(name, f"declare {many.type} @(ptr, {many.truth}, {many.type})")
        size = _size(self.shape.real)
        mask = f"{many.truth} {_mask(used, self.shape.lanes)}"
        return self.text.put(f"call {many.type} @{name}(ptr align {size} {at}, {mask}, {many.type} {rest})")

    def _target(
        self, number: int, chunk: Chunk, j: str, row: int, pointers: dict[tuple[str, int, tuple[int, ...]], str]
    ) -> str:
        """Return the address of a store's lane 0."""
        place = self.segment.stores[number]
        pointer = pointers["dst", place.base, place.strides[:-1]]
        offset = self._store_offset(number, j, row, chunk)
        return self._address(pointer, j, place.strides[-1], offset, "i32" if self.segment.columns else "")

    def _store_offset(self, number: int, j: str, row: int, chunk: Chunk) -> str:
        place = self.segment.stores[number]
        along = 0 if j else place.strides[-1] * chunk.start
        rows = row * place.strides[-2] if self.dimensions > 1 else 0
        if self.shape.fixed:
            return str(place.offset + rows + along)
        known = self.offsets[len(self.numbers) + number]
        return self.text.put(f"add i64 {known}, {rows + along}") if rows + along else known

    def _store(
        self,
        number: int,
        value: str,
        chunk: Chunk,
        j: str,
        row: int,
        pointers: dict[tuple[str, int, tuple[int, ...]], str],
    ) -> None:
        at = self._target(number, chunk, j, row, pointers)
        many, size = self.many, _size(self.shape.real)
        if (chunk.first, chunk.last) == (0, self.shape.lanes):
            self.text.do(f"store {many.type} {value}, ptr {at}, align {size}")
            return
        name = f"llvm.masked.store.{many.suffix}.p0"
        self.text.declare(name, f"declare void @({many.type}, ptr, {many.truth})")
        mask = f"{many.truth} {_mask((chunk.first, chunk.last), self.shape.lanes)}"
        self.text.do(f"call void @{name}({many.type} {value}, ptr align {size} {at}, {mask})")

    def _scatter(
        self,
        number: int,
        value: str,
        chunk: Chunk,
        j: str,
        row: int,
        pointers: dict[tuple[str, int, tuple[int, ...]], str],
    ) -> None:
        """Write an entry of a Jacobian in each cell to where the table of positions says."""
        at = self._target(number, chunk, j, row, pointers)
        many, text, lanes = self.many, self.text, self.shape.lanes
        used = f"{many.truth} {_mask((chunk.first, chunk.last), lanes)}"
        values = self.bases["dst", VALUES]
        narrow, wide, places = (vector_type(word, lanes) for word in ("i32", "i64", "ptr"))
        if lanes == 1 or (chunk.first, chunk.last) == (0, lanes):
            index = text.put(f"load {narrow}, ptr {at}, align 4")
        else:
            name = f"llvm.masked.load.v{lanes}i32.p0"
            text.declare(name, f"declare {narrow} @(ptr, {many.truth}, {narrow})")
            index = text.put(f"call {narrow} @{name}(ptr align 4 {at}, {used}, {narrow} zeroinitializer)")
        index = text.put(f"sext {narrow} {index} to {wide}")
        place = text.put(f"getelementptr {self.shape.real}, ptr {values}, {wide} {index}")
        suffix, size = f"{many.suffix}.{'p0' if lanes == 1 else f'v{lanes}p0'}", _size(self.shape.real)
        if self.shape.repeated:
            if lanes == 1:
                old = text.put(f"load {many.type}, ptr {place}")
            else:
                gather = f"llvm.masked.gather.{suffix}"
                text.declare(gather, f"declare {many.type} @({places}, {many.truth}, {many.type})")
                old = text.put(
                    f"call {many.type} @{gather}({places} align {size} {place}, {used}, {many.type} {many.number(0.0)})"
                )
            value = many.binary("fadd", old, value)
        if lanes == 1:
            text.do(f"store {many.type} {value}, ptr {place}")
            return
        text.declare(f"llvm.masked.scatter.{suffix}", f"declare void @({many.type}, {places}, {many.truth})")
        text.do(f"call void @llvm.masked.scatter.{suffix}({many.type} {value}, {places} align {size} {place}, {used})")


def _whole_key(pointer: str, offset: int, lanes: int) -> tuple[str, str]:
    """Return under what a whole vector is remembered once it is loaded."""
    return pointer, repr(([((0, lanes), str(offset))], 1))


def _lanes_in(piece: Piece, chunk: Chunk, lanes: int) -> tuple[int, int] | None:
    """Return the lanes in use that belong to a piece."""
    first = max(piece.start - chunk.start, chunk.first)
    last = min(piece.stop - chunk.start, chunk.last)
    return (first, last) if first < last else None


def _mask(used: tuple[int, int], lanes: int) -> str:
    bits = ", ".join(f"i1 {'true' if used[0] <= lane < used[1] else 'false'}" for lane in range(lanes))
    return f"<{bits}>"


def _size(real: str) -> int:
    return 8 if real == "double" else 4
