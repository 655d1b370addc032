"""One function for one kind of segment: loops over its rows, several rows at a time, vectors along a row."""

from functools import partial

from codegen.functions import BOOLEAN, Op
from codegen.stencils.arithmetic import Arithmetic, Text
from codegen.stencils.evaluate import compute
from codegen.stencils.levels import Levels, TapeLists, find_levels
from codegen.stencils.memory import Memory
from codegen.stencils.plan import Place, Segment
from codegen.stencils.shape import Chunk, Shape, Turn, chunks_of

__all__ = ["write_sweep"]

_UNROLLED = 2
"""So many vectors of a row are written one after the other, without a loop."""


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


class _Sweep(Memory):
    def __init__(self, segment: Segment, lists: TapeLists, slots: dict[int, int], shape: Shape, text: Text) -> None:
        super().__init__(segment, shape, text)
        self.lists, self.slots = lists, slots
        self.levels: Levels = find_levels(lists, segment.outputs, segment.leaves, self.dimensions)
        self.one = Arithmetic(text, shape.real, 1)
        self.ones: dict[tuple[int, int], str] = {}
        self.spread: dict[tuple[int, int], str] = {}
        self.factors: dict[str, str] = {}
        self.labels = 0
        inner = set(self.levels.rows)
        self.wanted_inside = {a for node in inner for a in lists.arguments(node)} | set(segment.outputs)
        self.row_bit = 1 << (self.dimensions - 2) if self.dimensions > 1 else 0

    # Function -------------------------------------------------------------------------------

    def write(self, name: str) -> None:
        declared = arguments(self.dimensions, self.shape.real, self.shape.combine)
        self.text.lines.append(f"define internal void @{name}({declared}) #0 {{\nentry:")
        self.load_bases()
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
        at = self.row_pointer(Place(leaf.base, 0, leaf.strides), indices, "src")
        offset = self.offset(number, leaf.main.offset, row, leaf.strides, 0)
        if offset != "0":
            at = self.element_pointer(at, offset)
        return self.text.put(f"load {self.shape.real}, ptr {at}")

    # Rows -----------------------------------------------------------------------------------

    def _row(self, indices: list[str], rows: int) -> None:
        pointers = self.row_pointers(indices)
        lanes = self.shape.lanes
        for chunk in chunks_of(self.segment, lanes):
            if chunk.stop < 0:
                self._chunk(Turn(chunk, "", rows, pointers))
                continue
            start, stop = self._within(chunk)
            if chunk.stop - chunk.start <= _UNROLLED * lanes:
                start = stop = chunk.stop
            for at in range(chunk.start, start, lanes):
                self._chunk(Turn(Chunk(at, chunk.first, chunk.last), "", rows, pointers))
            if start < stop:
                self._chunk_loop(Chunk(start, chunk.first, chunk.last, stop), rows, pointers)
            for at in range(stop, chunk.stop, lanes):
                self._chunk(Turn(Chunk(at, chunk.first, chunk.last), "", rows, pointers))

    def _within(self, chunk: Chunk) -> tuple[int, int]:
        """Return the part of a loop where the vectors before and after those that are needed lie in the same row."""
        start, stop, lanes = chunk.start, chunk.stop, self.shape.lanes
        for leaf in self.segment.leaves.values():
            away = self.away(leaf, chunk)
            if away:
                offset = self.offset_in(leaf, chunk)
                if self.dimensions > 1 and leaf.strides[-2]:
                    offset = (offset + leaf.strides[-2] // 2) % leaf.strides[-2] - leaf.strides[-2] // 2
                aligned = offset - away
                while start + aligned - lanes < 0 and start < stop:
                    start += lanes
                while stop + aligned + lanes > self.shape.extents[leaf.base] and start < stop:
                    stop -= lanes
        return start, stop

    def _chunk_loop(self, chunk: Chunk, rows: int, pointers: dict[tuple[str, int, tuple[int, ...]], str]) -> None:
        """Loop over the vectors of some rows; vectors that the next turn needs again stay in registers."""
        text, lanes = self.text, self.shape.lanes
        before, loop, after = self._label("before"), self._label("cells"), self._label("after")
        j = f"%j{self.labels}"
        turn = Turn(chunk, j, rows, pointers)
        streams = self._streams(turn)
        text.do(f"br label %{before}")
        text.label(before)
        first = {key: self.read(self.whole(key[1]), key[0], str(chunk.start), 1) for key in streams}
        text.do(f"br label %{loop}")
        text.label(loop)
        text.do(f"{j} = phi i64 [{chunk.start}, %{before}], [{j}n, %{loop}]")
        carried = []
        for number, (pointer, offset) in enumerate(streams):
            name = f"{j}s{number}"
            turn.loaded[pointer, repr((self.whole(offset), 1))] = name
            carried.append((len(text.lines), name, pointer, offset))
            text.lines.append("")  # its values are known when the turn is written
        self._chunk(turn)
        for place, name, pointer, offset in carried:
            value = self.once(turn, self.whole(offset + lanes), pointer, 1)
            start = first[pointer, offset]
            text.lines[place] = f"  {name} = phi {self.many.type} [{start}, %{before}], [{value}, %{loop}]"
        text.do(f"{j}n = add i64 {j}, {lanes}")
        more = text.put(f"icmp slt i64 {j}n, {chunk.stop}")
        text.do(f"br i1 {more}, label %{loop}, label %{after}")
        text.label(after)

    def _streams(self, turn: Turn) -> list[tuple[str, int]]:
        """Return the vectors that a loop's next turn needs again, as addresses of row and offset in it."""
        found: dict[tuple[str, int], None] = {}
        for number, leaf in self.segment.leaves.items():
            away = self.away(leaf, turn.chunk)
            for row in range(turn.rows if away else 0):
                offset = self.offset(number, self.offset_in(leaf, turn.chunk), row, leaf.strides, 0)
                pointer, at = turn.pointers["src", leaf.base, leaf.strides[:-1]], int(offset) - away
                found[pointer, at] = None
                if away < 0:
                    found[pointer, at - self.shape.lanes] = None
        return list(found)

    def _chunk(self, turn: Turn) -> None:
        """Compute and store one vector in each of some rows."""
        vectors: dict[tuple[int, int], str] = {}
        levels, lists = self.levels, self.lists

        def fetch(row: int, node: int) -> str:
            row = row if levels.varies[node] & self.row_bit else 0
            found = vectors.get((node, row))
            if found is not None:
                return found
            return (self.ones if self.shape.lanes == 1 else self.spread)[node, row]

        results = []
        for row in range(turn.rows):
            for node in levels.rows:
                key = node, row if levels.varies[node] & self.row_bit else 0
                if key in vectors or node in levels.fused:
                    continue
                number = lists.leaf(node)
                if number >= 0:
                    vectors[key] = self.load(number, turn, key[1])
                else:
                    vectors[key] = compute(lists, node, partial(fetch, row), self.many, levels.fused)
            results.append([fetch(row, node) for node in self.segment.outputs])
        for row, values in enumerate(results):
            for number, (node, value) in enumerate(zip(self.segment.outputs, values, strict=True)):
                result = self.many.as_number(value) if lists.operation[node] in BOOLEAN else value
                if self.segment.sum_number >= 0:
                    self.accumulate(result, turn)
                elif self.segment.columns:
                    self.scatter(number, result, turn, row)
                else:
                    self.store(number, self._combined(number, result, turn, row), turn, row)

    def _combined(self, number: int, slope: str, turn: Turn, row: int) -> str:
        """Return a state of a time step: of the derivative f, the state y that it is taken at, and earlier ones."""
        if not self.shape.combine:
            return slope
        on = self.many
        states = self.stored_elsewhere(number, turn, row)
        if self.shape.combine == "add":  # y + c f
            return on.multiply_add(self.factors["cc"], slope, states["src"])
        if self.shape.combine == "base":  # z0 + c f
            return on.multiply_add(self.factors["cc"], slope, states["z0"])
        # Changes since the start of the step are added up before they are added to it, which is rounded once: in single
        # precision many steps of rounded weights of whole states drift.
        away = {name: on.binary("fsub", state, states["z0"]) for name, state in states.items() if name != "z0"}
        if self.shape.combine == "blend":  # z0 + b (y - z0) + c f
            change = on.binary("fmul", self.factors["cb"], away["src"])
        else:  # z0 + a ((z1 - z0) + 2 (z2 - z0) + (y - z0)) + c f
            total = on.binary("fadd", on.multiply_add(on.number(2.0), away["z2"], away["z1"]), away["src"])
            change = on.binary("fmul", self.factors["ca"], total)
        return on.binary("fadd", states["z0"], on.multiply_add(self.factors["cc"], slope, change))
