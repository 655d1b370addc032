"""Addresses, loads and stores of a sweep."""

from codegen.stencils.arithmetic import Arithmetic, Text, vector_type
from codegen.stencils.plan import PARAMETER, TABLE, Leaf, Place, Segment
from codegen.stencils.shape import COMBINATIONS, POSITIONS, VALUES, Chunk, Shape, Turn, lanes_in

__all__ = ["Memory"]

Reads = list[tuple[tuple[int, int], str]]
"""Lanes, and the offset that they are read from."""


class Memory:
    """What reads and writes arrays in a sweep.

    Parameters
    ----------
    segment : Segment
    shape : Shape
    text : Text
        Receives the instructions.
    """

    def __init__(self, segment: Segment, shape: Shape, text: Text) -> None:
        self.segment, self.shape, self.text = segment, shape, text
        self.dimensions = len(segment.box)
        self.many = Arithmetic(text, shape.real, shape.lanes)
        self.itemsize = 8 if shape.real == "double" else 4
        self.bases: dict[tuple[str, int], str] = {}
        self.offsets: list[str] = []
        self.numbers = {number: i for i, number in enumerate(segment.leaves)}

    # Addresses ------------------------------------------------------------------------------

    def load_bases(self) -> None:
        """Fetch the addresses of arrays and, for a shared sweep, the offsets in them."""
        text = self.text
        wanted = {("src", leaf.base) for leaf in self.segment.leaves.values() if leaf.base >= 0}
        wanted |= {("dst", place.base) for place in self.segment.stores}
        wanted |= {(array, place.base) for array in self.read_too() for place in self.segment.stores}
        wanted |= {("dst", VALUES), ("dst", POSITIONS)} if self.segment.columns else set()
        for array, number in sorted(wanted):
            at = text.put(f"getelementptr ptr, ptr %{array}, i64 {number}")
            self.bases[array, number] = text.put(f"load ptr, ptr {at}")
        self.bases["src", PARAMETER], self.bases["src", TABLE] = "%p", "%tab"
        if not self.shape.fixed:
            count = len(self.segment.leaves) + len(self.segment.stores)
            for i in range(count):
                at = text.put(f"getelementptr i64, ptr %off, i64 {i}")
                self.offsets.append(text.put(f"load i64, ptr {at}"))

    def row_pointer(self, place: Place, indices: list[str], array: str, element: str = "") -> str:
        """Return the address of an array's element 0 in a row, its offset left out."""
        index = "0"
        for stride, i in zip(place.strides, indices):
            if stride:
                product = self.text.put(f"mul i64 {i}, {stride}")
                index = product if index == "0" else self.text.put(f"add i64 {index}, {product}")
        base = self.bases[array, place.base]
        return base if index == "0" else self.element_pointer(base, index, element)

    def element_pointer(self, pointer: str, index: str, element: str = "") -> str:
        """Return the address of an element."""
        return self.text.put(f"getelementptr {element or self.shape.real}, ptr {pointer}, i64 {index}")

    def offset(self, number: int, offset: int, row: int, strides: tuple[int, ...], along: int) -> str:
        """Return what is to be added to a row's address; `offset` is that of a piece."""
        rows = row * strides[-2] if self.dimensions > 1 else 0
        if self.shape.fixed:
            return str(offset + rows + along)
        more = offset - self.segment.leaves[number].main.offset + rows + along
        known = self.offsets[self.numbers[number]]
        return self.text.put(f"add i64 {known}, {more}") if more else known

    def places(self) -> list[tuple[str, Place]]:
        """Return everything that a row reads or writes."""
        places = [("src", Place(leaf.base, 0, leaf.strides)) for leaf in self.segment.leaves.values()]
        arrays = ("dst", *self.read_too())
        return places + [(array, place) for array in arrays for place in self.segment.stores]

    def read_too(self) -> tuple[str, ...]:
        """Return the states that a time step needs beside the derivative, where it is stored."""
        return COMBINATIONS[self.shape.combine]

    def row_pointers(self, indices: list[str]) -> dict[tuple[str, int, tuple[int, ...]], str]:
        """Return the addresses of everything in a row, offsets left out.

        Nothing is known of what comes out of an empty piece of assembly: so all addresses of a row stay this register,
        an index and a constant, instead of being strength-reduced to registers of their own.
        """
        pointers: dict[tuple[str, int, tuple[int, ...]], str] = {}
        for array, place in self.places():
            key = (array, place.base, place.strides[:-1])
            if key not in pointers:
                element = "i32" if array == "dst" and self.segment.columns else ""
                pointer = self.row_pointer(place, indices, array, element)
                pointers[key] = self.text.put(f'call ptr asm "", "=r,0"(ptr {pointer})')
        return pointers

    def _address(self, pointer: str, j: str, stride: int, offset: str, element: str = "") -> str:
        """Return ``pointer + stride*j + offset``, the offset last: a constant becomes part of the instruction."""
        at = pointer
        if j and stride:
            index = j if stride == 1 else self.text.put(f"mul i64 {j}, {stride}")
            at = self.element_pointer(at, index, element)
        return at if offset == "0" else self.element_pointer(at, offset, element)

    # Loads ----------------------------------------------------------------------------------

    def load(self, number: int, turn: Turn, row: int) -> str:
        """Load a leaf; lanes of different pieces are read from where each says, lanes not in use not at all."""
        leaf = self.segment.leaves[number]
        stride = leaf.strides[-1]
        reads = []
        for piece in leaf.pieces:
            lanes = lanes_in(piece, turn.chunk)
            if lanes is not None:
                along = 0 if turn.j else stride * turn.chunk.start
                if stride < 0 and self.shape.lanes > 1:
                    along += stride * (self.shape.lanes - 1)
                reads.append((lanes, self.offset(number, piece.offset, row, leaf.strides, along)))
        pointer = turn.pointers["src", leaf.base, leaf.strides[:-1]]
        away = self.away(leaf, turn.chunk) if turn.j else 0
        if away:
            return self._shifted(turn, pointer, int(reads[0][1]), away)
        return self.once(turn, reads, pointer, stride)

    def once(self, turn: Turn, reads: Reads, pointer: str, stride: int) -> str:
        """Read something that may have been read already."""
        key = pointer, repr((reads, stride))
        if key not in turn.loaded:
            turn.loaded[key] = self.read(reads, pointer, turn.j, stride)
        return turn.loaded[key]

    def whole(self, offset: int) -> Reads:
        """Return what to read for a whole vector."""
        return [((0, self.shape.lanes), str(offset))]

    def away(self, leaf: Leaf, chunk: Chunk) -> int:
        """Return by how many cells a load in a loop is off the vectors that others load anyway, 0 to just load it."""
        lanes = self.shape.lanes
        if not (self.shape.fixed and leaf.base >= 0 and leaf.strides[-1] == 1 and lanes > 2):
            return 0
        if not self.shape.extents or not self.shape.extents[leaf.base]:
            return 0
        if any(stride % lanes for stride in leaf.strides[:-1]):
            return 0
        away = (self.offset_in(leaf, chunk) + lanes // 2) % lanes - lanes // 2
        return away if abs(away) < lanes // 2 else 0

    def offset_in(self, leaf: Leaf, chunk: Chunk) -> int:
        """Return the offset of the piece that a chunk without borders lies in."""
        return next(piece.offset for piece in leaf.pieces if lanes_in(piece, chunk) is not None)

    def _shifted(self, turn: Turn, pointer: str, offset: int, away: int) -> str:
        """Return a vector that is not at a multiple of its length, made of the two that are and overlap it."""
        lanes, many = self.shape.lanes, self.many
        first = offset - away if away > 0 else offset - away - lanes
        parts = [self.once(turn, self.whole(at), pointer, 1) for at in (first, first + lanes)]
        order = ", ".join(f"i32 {lane + away % lanes}" for lane in range(lanes))
        key = pointer, f"shifted {offset}"
        if key not in turn.loaded:
            turn.loaded[key] = self.text.put(
                f"shufflevector {many.type} {parts[0]}, {many.type} {parts[1]}, <{lanes} x i32> <{order}>"
            )
        return turn.loaded[key]

    def read(self, reads: Reads, pointer: str, j: str, stride: int) -> str:
        """Read a vector, whose lanes may be in different places."""
        lanes, many, text = self.shape.lanes, self.many, self.text
        whole = len(reads) == 1 and reads[0][0] == (0, lanes)
        if whole:
            at = self._address(pointer, j, stride, reads[0][1])
            value = text.put(f"load {many.type}, ptr {at}, align {self.itemsize}")
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
        size = self.itemsize
        mask = f"{many.truth} {self._mask(used)}"
        return self.text.put(f"call {many.type} @{name}(ptr align {size} {at}, {mask}, {many.type} {rest})")

    # Stores ---------------------------------------------------------------------------------

    def accumulate(self, value: str, turn: Turn) -> None:
        """Add the lanes in use to those of a sum, which is kept in double precision."""
        many, text, wide = self.many, self.text, vector_type("double", self.shape.lanes)
        if turn.lanes != (0, self.shape.lanes):
            mask = self._mask(turn.lanes)
            value = text.put(f"select {many.truth} {mask}, {many.type} {value}, {many.type} {many.number(0.0)}")
        if self.shape.real == "float":
            value = text.put(f"fpext {many.type} {value} to {wide}")
        total = text.put(f"load {wide}, ptr %dst, align 8")
        total = text.put(f"fadd {wide} {total}, {value}")
        text.do(f"store {wide} {total}, ptr %dst, align 8")

    def _target(self, number: int, turn: Turn, row: int) -> str:
        """Return the address of a store's lane 0."""
        place = self.segment.stores[number]
        pointer = turn.pointers["dst", place.base, place.strides[:-1]]
        offset = self._store_offset(number, turn, row)
        return self._address(pointer, turn.j, place.strides[-1], offset, "i32" if self.segment.columns else "")

    def _store_offset(self, number: int, turn: Turn, row: int) -> str:
        place = self.segment.stores[number]
        along = 0 if turn.j else place.strides[-1] * turn.chunk.start
        rows = row * place.strides[-2] if self.dimensions > 1 else 0
        if self.shape.fixed:
            return str(place.offset + rows + along)
        known = self.offsets[len(self.numbers) + number]
        return self.text.put(f"add i64 {known}, {rows + along}") if rows + along else known

    def stored_elsewhere(self, number: int, turn: Turn, row: int) -> dict[str, str]:
        """Return what stands in other states where a result is to be stored."""
        place = self.segment.stores[number]
        states = {}
        for array in self.read_too():
            pointer = turn.pointers[array, place.base, place.strides[:-1]]
            reads = [(turn.lanes, self._store_offset(number, turn, row))]
            states[array] = self.once(turn, reads, pointer, place.strides[-1])
        return states

    def store(self, number: int, value: str, turn: Turn, row: int) -> None:
        """Write a result."""
        at = self._target(number, turn, row)
        many = self.many
        if turn.lanes == (0, self.shape.lanes):
            self.text.do(f"store {many.type} {value}, ptr {at}, align {self.itemsize}")
            return
        name = f"llvm.masked.store.{many.suffix}.p0"
        self.text.declare(name, f"declare void @({many.type}, ptr, {many.truth})")
        mask = f"{many.truth} {self._mask(turn.lanes)}"
        self.text.do(f"call void @{name}({many.type} {value}, ptr align {self.itemsize} {at}, {mask})")

    def scatter(self, number: int, value: str, turn: Turn, row: int) -> None:
        """Write an entry of a Jacobian in each cell to where the table of positions says."""
        at = self._target(number, turn, row)
        many, text, lanes = self.many, self.text, self.shape.lanes
        used = f"{many.truth} {self._mask(turn.lanes)}"
        values = self.bases["dst", VALUES]
        narrow, wide, places = (vector_type(word, lanes) for word in ("i32", "i64", "ptr"))
        if lanes == 1 or turn.lanes == (0, lanes):
            index = text.put(f"load {narrow}, ptr {at}, align 4")
        else:
            name = f"llvm.masked.load.v{lanes}i32.p0"
            text.declare(name, f"declare {narrow} @(ptr, {many.truth}, {narrow})")
            index = text.put(f"call {narrow} @{name}(ptr align 4 {at}, {used}, {narrow} zeroinitializer)")
        index = text.put(f"sext {narrow} {index} to {wide}")
        place = text.put(f"getelementptr {self.shape.real}, ptr {values}, {wide} {index}")
        suffix, size = f"{many.suffix}.{'p0' if lanes == 1 else f'v{lanes}p0'}", self.itemsize
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

    def _mask(self, used: tuple[int, int]) -> str:
        bits = ", ".join(f"i1 {'true' if used[0] <= lane < used[1] else 'false'}" for lane in range(self.shape.lanes))
        return f"<{bits}>"
