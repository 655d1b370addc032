"""The module of a kernel on a grid: what is computed once per call, then one sweep after the other."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np

from codegen.functions import BOOLEAN, Op
from codegen.kernel import STAGE_SLOTS
from codegen.llvm_text import bound_function
from codegen.stencils.alike import Likeness, from_zero
from codegen.stencils.arithmetic import Arithmetic, Text
from codegen.stencils.evaluate import compute
from codegen.stencils.kernel import POSITIONS_SLOT, tables_slot
from codegen.stencils.levels import TapeLists
from codegen.stencils.plan import Leaf, Plan, Segment
from codegen.stencils.shape import POSITIONS, VALUES, Shape
from codegen.stencils.sweep import write_sweep

__all__ = ["SCRATCH_SLOT", "ModuleWriter", "StencilModule"]

SCRATCH_SLOT = 4
_FEW_BYTES = 1 << 16
"""A field of this size stays close to the core; measured: then four rows at a time are best, otherwise two."""


@dataclass(frozen=True)
class StencilModule:
    """LLVM text of a kernel with the memory that it needs.

    Attributes
    ----------
    text : str
    stage_size, scratch_size : int
        Elements.
    sweeps, jobs : int
        Functions with loops, and calls of them.
    """

    text: str
    stage_size: int
    scratch_size: int
    sweeps: int
    jobs: int


_BORDER_SHARE = 8
"""Segments with fewer than this part of the cells of the largest are borders."""


class ModuleWriter:
    """Writes the functions of a plan.

    Parameters
    ----------
    plan : Plan
    name : str
        A key of `STAGE_SLOTS`.
    n_outputs : int
        Elements of `out`; for a kernel without regions, the number of sums, which are what it writes.
    real : {"double", "float"}
    vector_bytes : int
        Width of the machine's vectors.

    Attributes
    ----------
    repeated, zeros : bool
        For Jacobians: whether some entries are to be added up, and whether some places are left to zero.
    """

    def __init__(self, plan: Plan, name: str, n_outputs: int, real: str, vector_bytes: int) -> None:
        self.plan, self.name, self.n_outputs, self.real = plan, name, n_outputs, real
        self.repeated = self.zeros = False
        self.size = 8 if real == "double" else 4
        self.lanes = vector_bytes // self.size
        self.lists = TapeLists(plan.tape, plan.first_sum)
        self.declared: dict[str, str] = {}
        self.lines: list[str] = []
        self.stage_slots, self.uniform_slots = self._slots()
        self.slots = {**self.stage_slots, **self.uniform_slots}
        self.sweeps: dict[Any, str] = {}
        self.tables: dict[str, str] = {}
        self.fixed: set[int] = set()
        self.shared: dict[int, tuple[Segment, list[int]]] = {}
        self.likeness = Likeness(self.lists)
        self.largest = max(map(_cells, (*plan.segments, *plan.sum_segments)), default=0)
        self.jobs = 0
        self.extents = tuple(a.shape[-1] if a.shape and a.strides[-1] == 1 else 0 for a in plan.states)

    def _slots(self) -> tuple[dict[int, int], dict[int, int]]:
        """Return places in the parameter stage and among the uniform values, the first of which are the sums."""
        lists = self.lists
        read = set(self.plan.tape.output.tolist())
        stage_read = set(read)
        for node in range(len(lists.operation)):
            if not lists.uniform[node]:
                read.update(lists.arguments(node))
            if lists.stage[node] == 2:
                stage_read.update(lists.arguments(node))
        early = [n for n in sorted(stage_read | read) if lists.inner(n) and lists.stage[n] < 2]
        late = [n for n in sorted(read) if lists.computed_by_call(n)]
        slots = {node: self.plan.n_sums + i for i, node in enumerate(late)}
        for node, op in enumerate(lists.operation):
            if op == Op.STATE and lists.leaf(node) >= self.plan.first_sum:
                slots[node] = lists.leaf(node) - self.plan.first_sum
        return {node: i for i, node in enumerate(early)}, slots

    @property
    def uniform_size(self) -> int:
        """Elements of the values that are computed once per call."""
        return -(-(self.plan.n_sums + len(self.uniform_slots)) // 8) * 8

    # Module ---------------------------------------------------------------------------------

    def kernel(self, triple: str) -> StencilModule:
        """Write everything."""
        entry = Text(self.declared)
        self._entry(entry)
        return self.finish(triple, [*entry.lines, bound_function(self.name)])

    def finish(self, triple: str, functions: list[str]) -> StencilModule:
        """Put the module together."""
        stage = Text(self.declared)
        self._stage(stage)
        head = [f'target triple = "{triple}"', *self.declared.values()]
        width = self.lanes * self.size * 8
        attributes = (
            f'attributes #0 = {{ nounwind "min-legal-vector-width"="{width}" "prefer-vector-width"="{width}" }}'
        )
        body = [*self.lines, *functions, *stage.lines, attributes]
        scratch = self.uniform_size
        return StencilModule(
            "\n".join(head + body) + "\n", len(self.stage_slots), max(scratch, 1), len(self.sweeps), self.jobs
        )

    def _entry(self, text: Text) -> None:
        text.lines.append(f"define i32 @{self.name}(double %t0, ptr %y, ptr %p, ptr %c, ptr %out) #0 {{\nentry:")
        text.do("%t = fptrunc double %t0 to float" if self.real == "float" else "%t = fadd double %t0, -0.0")
        for register, slot in (("tab", tables_slot(self.name)), ("k", STAGE_SLOTS[self.name]), ("w", SCRATCH_SLOT)):
            text.do(f"%{register}s = getelementptr ptr, ptr %c, i64 {slot}")
            text.do(f"%{register} = load ptr, ptr %{register}s")
        self.write_records(text)
        self.prepare(text)
        if not self.plan.segments and self.plan.n_sums:
            self._write_sums(text)
        else:
            self.write_zeros(text)
            self._calls(text, self.plan.segments, "%dst")
        text.do("ret i32 0\n}")

    def prepare(self, text: Text) -> None:
        """Compute what is computed once per call: sums, and what depends on time, parameters and sums alone."""
        values: dict[int, str] = {}
        self._uniform(text, values, after_sums=False)
        self._sums(text)
        self._uniform(text, values, after_sums=True)

    def write_records(self, text: Text) -> None:
        """Lay out the addresses of the states that are read and of those that are written."""
        count = max(len(self.plan.states), 1)
        for record, start in (("src", "%y"), ("dst", "%out")):
            if record == "dst" and self.name == "jacobian":
                self._places_record(text)
                continue
            text.do(f"%{record} = alloca [{count} x ptr]")
            for number, array in enumerate(self.plan.states):
                at = text.put(f"getelementptr {self.real}, ptr {start}, i64 {array.offset}")
                place = text.put(f"getelementptr ptr, ptr %{record}, i64 {number}")
                text.do(f"store ptr {at}, ptr {place}")

    def _places_record(self, text: Text) -> None:
        """Lay out the addresses of the values of a Jacobian and of their positions."""
        text.do("%dst = alloca [2 x ptr]")
        text.do(f"%poss = getelementptr ptr, ptr %c, i64 {POSITIONS_SLOT}")
        text.do("%head = load ptr, ptr %poss")
        text.do("%count = load i64, ptr %head")
        text.do("%pos = getelementptr i64, ptr %head, i64 1")
        for number, value in ((POSITIONS, "%pos"), (VALUES, "%out")):
            place = text.put(f"getelementptr ptr, ptr %dst, i64 {number}")
            text.do(f"store ptr {value}, ptr {place}")

    def write_zeros(self, text: Text) -> None:
        """Set to zero what no segment stores, or what several add to."""
        is_matrix = self.name == "jacobian"
        stored = sum(len(s.stores) * int(np.prod([b - a for a, b in s.box])) for s in self.plan.segments)
        if (is_matrix and not self.zeros) or (not is_matrix and stored == self.n_outputs):
            return
        self.declared["memset"] = "declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)"
        count = text.put(f"mul i64 {'%count' if is_matrix else self.n_outputs}, {self.size}")
        text.do(f"call void @llvm.memset.p0.i64(ptr %out, i8 0, i64 {count}, i1 false)")

    # Once per call --------------------------------------------------------------------------

    def _uniform(self, text: Text, values: dict[int, str], after_sums: bool) -> None:
        """Compute what the call alone decides, and put it where sweeps find it."""
        lists = self.lists
        wanted = tuple(n for n in self.uniform_slots if lists.computed_by_call(n) and lists.after_sums[n] == after_sums)
        on = Arithmetic(text, self.real, 1)
        for node in lists.cone(wanted):
            if node not in values and (lists.inner(node) or lists.operation[node] != Op.CONSTANT):
                values[node] = self._uniform_value(node, values, text, on)
        for node in wanted:
            value = on.as_number(values[node]) if lists.operation[node] in BOOLEAN else values[node]
            at = text.put(f"getelementptr {self.real}, ptr %w, i64 {self.uniform_slots[node]}")
            text.do(f"store {self.real} {value}, ptr {at}")

    def _uniform_value(self, node: int, values: dict[int, str], text: Text, on: Arithmetic) -> str:
        lists = self.lists
        op = lists.operation[node]
        if op == Op.TIME:
            return "%t"
        if op == Op.PARAMETER:
            return self._element(text, "%p", lists.argument[lists.offset[node]])
        if op == Op.STATE:
            return self._element(text, "%w", self.uniform_slots[node])
        if lists.stage[node] < 2 and node in self.stage_slots:
            value = self._element(text, "%k", self.stage_slots[node])
            return on.is_true(value) if op in BOOLEAN else value

        def fetch(a: int) -> str:
            if lists.operation[a] == Op.CONSTANT:
                return on.number(lists.weight[lists.offset[a]])
            return values[a]

        return compute(lists, node, fetch, on, set())

    def _element(self, text: Text, pointer: str, index: int) -> str:
        at = text.put(f"getelementptr {self.real}, ptr {pointer}, i64 {index}")
        return text.put(f"load {self.real}, ptr {at}")

    def _stage(self, text: Text) -> None:
        """Write the function of what depends on parameters only."""
        text.lines.append(f"define i32 @{self.name}_stage(double %t, ptr %y, ptr %p, ptr %c, ptr %out) #0 {{\nentry:")
        on = Arithmetic(text, self.real, 1)
        values: dict[int, str] = {}
        kept, self.stage_slots = self.stage_slots, {}
        for node in self.lists.cone(tuple(kept)):
            if self.lists.operation[node] != Op.CONSTANT:
                values[node] = self._uniform_value(node, values, text, on)
        self.stage_slots = kept
        for node, slot in kept.items():
            value = on.as_number(values[node]) if self.lists.operation[node] in BOOLEAN else values[node]
            at = text.put(f"getelementptr {self.real}, ptr %out, i64 {slot}")
            text.do(f"store {self.real} {value}, ptr {at}")
        text.do("ret i32 0\n}")

    # Sums -----------------------------------------------------------------------------------

    def _sums(self, text: Text) -> None:
        by_number: dict[int, list[Segment]] = defaultdict(list)
        for segment in self.plan.sum_segments:
            by_number[segment.sum_number].append(segment)
        for number in range(self.plan.n_sums):
            total = f"%total{number}"
            text.do(f"{total} = alloca [{self.lanes} x double], align 64")
            text.do(f"store [{self.lanes} x double] zeroinitializer, ptr {total}")
            self._calls(text, by_number[number], total)
            result = "0.0"
            for lane in range(self.lanes):
                at = text.put(f"getelementptr double, ptr {total}, i64 {lane}")
                result = text.put(f"fadd double {result}, {text.put(f'load double, ptr {at}')}")
            if self.real == "float":
                result = text.put(f"fptrunc double {result} to float")
            at = text.put(f"getelementptr {self.real}, ptr %w, i64 {number}")
            text.do(f"store {self.real} {result}, ptr {at}")

    def _write_sums(self, text: Text) -> None:
        for number in range(self.plan.n_sums):
            at = text.put(f"getelementptr {self.real}, ptr %out, i64 {number}")
            text.do(f"store {self.real} {self._element(text, '%w', number)}, ptr {at}")

    # Sweeps ---------------------------------------------------------------------------------

    def _calls(self, text: Text, segments: list[Segment], target: str) -> None:
        """Call the sweep of every segment."""
        self.choose_fixed(segments)
        for segment in segments:
            start, stop = segment.box[0]
            self.call(text, segment, (str(start), str(stop)), target)

    def choose_fixed(self, segments: list[Segment]) -> None:
        """Decide which segments get a sweep of their own, with offsets written into the code.

        Of segments that are alike but for offsets, the largest does and the others share one; of borders that are alike
        but for what their leaves are called, all share one.
        """
        alike: dict[Any, list[Segment]] = defaultdict(list)
        for segment in segments:
            alike[_likeness(segment)].append(segment)
        borders: dict[Any, list[tuple[Segment, list[int]]]] = defaultdict(list)
        for group in alike.values():
            largest = max(group, key=_cells)
            found = [self.likeness.of(segment) for segment in group]
            if _BORDER_SHARE * _cells(largest) >= self.largest or None in found:
                self.fixed.add(id(largest))
                continue
            for segment, known in zip(group, found, strict=True):
                assert known is not None
                borders[known[0]].append((segment, known[1]))
        for members in borders.values():
            if len(members) == 1:
                self.fixed.add(id(members[0][0]))
                continue
            first, order = from_zero(members[0][0]), members[0][1]
            for segment, own in members:
                stands_for = dict(zip(order, own, strict=True))
                self.shared[id(segment)] = first, [stands_for[number] for number in first.leaves]

    def call(
        self, text: Text, segment: Segment, first: tuple[str, str], target: str, combine: str = "", more: str = ""
    ) -> None:
        """Call the sweep of a segment over some of its first loop's range."""
        fixed = id(segment) in self.fixed
        if id(segment) in self.shared:
            model, numbers = self.shared[id(segment)]
            function = self._sweep(model, fixed, combine)
            moved = from_zero(segment)
            offsets = self._offsets([moved.leaves[number] for number in numbers], moved)
        else:
            function = self._sweep(segment, fixed, combine)
            offsets = "null" if fixed else self._offsets(list(segment.leaves.values()), segment)
        self.jobs += 1
        ranges = f", i64 {first[0]}, i64 {first[1]}" if len(segment.box) > 1 else ""
        ranges += "".join(f", i64 {a}, i64 {b}" for a, b in segment.box[1:-1])
        text.do(
            f"call void @{function}(ptr %p, ptr %k, ptr %w, ptr %tab, ptr %src, ptr {target}, "
            f"ptr {offsets}{ranges}{more})"
        )

    def _offsets(self, leaves: list[Leaf], segment: Segment) -> str:
        """Return the table of offsets that a shared sweep reads."""
        numbers = [leaf.main.offset for leaf in leaves] + [place.offset for place in segment.stores]
        items = f"[{len(numbers)} x i64] [{', '.join(f'i64 {n}' for n in numbers)}]"
        name = self.tables.get(items)
        if name is None:
            name = self.tables[items] = f"@{self.name}_offsets_{len(self.tables)}"
            self.lines.append(f"{name} = internal constant {items}")
        return name

    def _rows(self, segment: Segment, lanes: int) -> int:
        """Return how many rows are swept together: they share loads, but each is a stream from memory of its own.

        Borders are swept row by row, because there may be hundreds, each with code of its own.
        """
        cells = _cells(segment)
        if lanes == 1 or len(segment.box) < 2 or segment.box[-2][1] - segment.box[-2][0] < 4:
            return 1
        if _BORDER_SHARE * cells < self.largest:
            return 1
        return 4 if cells * self.size <= _FEW_BYTES else 2

    def _sweep(self, segment: Segment, fixed: bool, combine: str) -> str:
        key = _likeness(segment), fixed, combine
        name = self.sweeps.get(key)
        if name is None:
            name = self.sweeps[key] = f"{self.name}_sweep_{len(self.sweeps)}"
            lanes = self.lanes if _is_contiguous(segment) else 1
            rows = self._rows(segment, lanes) if fixed else 1
            shape = Shape(self.real, lanes, rows, fixed, self.repeated, combine, self.extents)
            text = Text(self.declared)
            write_sweep(name, segment, self.lists, self.slots, shape, text)
            self.lines += text.lines
        return name


def _cells(segment: Segment) -> int:
    return int(np.prod([b - a for a, b in segment.box], dtype=np.int64))


def _likeness(segment: Segment) -> Any:
    """Return what decides about a sweep's code if offsets are read from a table."""
    leaves = tuple(
        (n, leaf.base, leaf.strides, tuple((a, b, at - leaf.main.offset) for a, b, at in leaf.pieces))
        for n, leaf in segment.leaves.items()
    )
    stores = tuple((place.base, place.strides) for place in segment.stores)
    kind = segment.sum_number >= 0, bool(segment.columns)
    return segment.outputs, segment.box[-1], len(segment.box), leaves, stores, kind


def _is_contiguous(segment: Segment) -> bool:
    """Tell whether vectors along a row can be loaded and stored, and are worth it."""
    start, stop = segment.box[-1]
    strides = {leaf.strides[-1] for leaf in segment.leaves.values()}
    return stop - start > 2 and strides <= {-1, 0, 1} and all(place.strides[-1] == 1 for place in segment.stores)
