"""Sums over many elements, always added in the same order: threads, then a tree in each block, then one block."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from codegen.cuda.cells import Tapes
from codegen.cuda.kernel import Emit, Guard, Row, Scale, Term, guarded, row_start, scaled_sum
from codegen.cuda.layout import THREADS, Layout
from codegen.cuda.stencil_kernel import Places, leaf_reader
from codegen.cuda.text import DOUBLE, Text
from codegen.cuda.values import Values
from symnum.systems.stencils.region import Region, Sum

__all__ = ["Reduction", "ReductionKernel", "SumKernel", "block_sum"]

# What is tolerated is never less than this, as in the integrators.
_LEAST = 1e-300


@dataclass(frozen=True)
class Reduction:
    """A sum over the elements of rows, for a control slot.

    Attributes
    ----------
    slot : str
        Receives the sum.
    terms : tuple of Term
        The value of an element.
    weights : tuple of Row
        Where given, the value is divided by rtol times the largest of these rows' sizes plus atol, and squared;
        otherwise its size is added.
    """

    slot: str
    terms: tuple[Term, ...]
    weights: tuple[Row, ...] = ()


@dataclass(eq=False)
class ReductionKernel:
    """Partial sums of several reductions over all elements; `ControlKernel` adds them.

    `tolerance` is the row of absolute tolerances, or None where they are one number, the control slot "atol".
    """

    name: str
    reductions: tuple[Reduction, ...]
    guard: Guard = "run"
    tolerance: Row | None = None

    def launch(self, layout: Layout) -> tuple[int, int]:
        """Return blocks and threads per block."""
        for reduction in self.reductions:
            layout.partial(reduction.slot)
        return layout.blocks(layout.size), THREADS

    def shared(self, layout: Layout) -> int:
        """Return doubles of shared memory."""
        return THREADS * len(self.reductions)

    def phases(self, layout: Layout) -> list[Emit]:
        """Return sums of threads, then a tree."""
        slots = [reduction.slot for reduction in self.reductions]
        return [guarded(self.guard, emit) for emit in (self._write, *block_sum(slots))]

    def _write(self, text: Text, layout: Layout) -> None:
        start = text.line(f"mul i64 %block, {THREADS}")
        first = text.line(f"add i64 {start}, %thread")
        step = text.line(f"mul i64 %blocks, {THREADS}")
        totals = [text.accumulator() for _ in self.reductions]
        with text.loop(first, str(layout.size), step) as i:
            made: dict[Row, str] = {}

            def value_of(row: Row) -> str:
                if row not in made:
                    made[row] = text.widened(text.load(text.element(row_start(text, layout, row), i)))
                return made[row]

            with text.doubles():
                for total, reduction in zip(totals, self.reductions, strict=True):
                    value = scaled_sum(text, layout, reduction.terms, value_of)
                    text.add_to(total, self._size(text, layout, reduction, value, value_of))
        keep_in_shared(text, totals)

    def _size(
        self, text: Text, layout: Layout, reduction: Reduction, value: str, value_of: Callable[[Row], str]
    ) -> str:
        if not reduction.weights:
            return text.call("llvm.fabs", [value])
        sizes = [text.call("llvm.fabs", [value_of(row)]) for row in reduction.weights]
        largest = sizes[0]
        for size in sizes[1:]:
            larger = text.line(f"fcmp ogt double {size}, {largest}")
            largest = text.line(f"select i1 {larger}, double {size}, double {largest}")
        relative = text.line(f"fmul double {text.control(layout.slot('rtol'))}, {largest}")
        atol = text.control(layout.slot("atol")) if self.tolerance is None else value_of(self.tolerance)
        allowed = text.line(f"fadd double {relative}, {atol}")
        enough = text.line(f"fcmp ogt double {allowed}, {DOUBLE.literal(_LEAST)}")
        allowed = text.line(f"select i1 {enough}, double {allowed}, double {DOUBLE.literal(_LEAST)}")
        weighted = text.line(f"fdiv double {value}, {allowed}")
        return text.line(f"fmul double {weighted}, {weighted}")


@dataclass(eq=False)
class SumKernel:
    """Partial sums of one sum over cells that the right-hand side uses."""

    name: str
    tapes: Tapes
    total: Sum
    slot: str
    source: Row
    time: tuple[Scale, ...]
    guard: Guard = "run"

    def launch(self, layout: Layout) -> tuple[int, int]:
        """Return blocks and threads per block."""
        layout.partial(self.slot)
        return layout.blocks(max(_cells(region) for region in self.total.regions)), THREADS

    def shared(self, layout: Layout) -> int:
        """Return doubles of shared memory."""
        return THREADS

    def phases(self, layout: Layout) -> list[Emit]:
        """Return sums of threads, then a tree."""
        return [guarded(self.guard, emit) for emit in (self._write, *block_sum([self.slot]))]

    def _write(self, text: Text, layout: Layout) -> None:
        start = text.line(f"mul i64 %block, {THREADS}")
        first = text.line(f"add i64 {start}, %thread")
        step = text.line(f"mul i64 %blocks, {THREADS}")
        total = text.accumulator()
        for region, node in self.tapes.sums(self.total):
            with text.loop(first, str(_cells(region)), step) as cell:
                places = Places(text, layout, _indices(text, region, cell))
                read = leaf_reader(text, layout, self.tapes, places, self.source, self.time)
                value = Values(text, self.tapes.builder, read, text.real, self.tapes.is_early).compute([node])[0]
                text.add_to(total, text.widened(value))
        keep_in_shared(text, [total])


def _cells(region: Region) -> int:
    count = 1
    for n in region.shape:
        count *= n
    return count


def _indices(text: Text, region: Region, cell: str) -> list[str]:
    """Loop indices of a cell by its number, the last axis fastest."""
    index, rest = [], cell
    for n in reversed(region.shape):
        index.append(text.line(f"urem i64 {rest}, {n}"))
        rest = text.line(f"udiv i64 {rest}, {n}")
    return index[::-1]


def keep_in_shared(text: Text, totals: Sequence[str]) -> None:
    """Write the sums of a thread to shared memory."""
    for number, place in enumerate(totals):
        value = text.line(f"load double, ptr {place}")
        where = text.line(f"add i64 %thread, {number * THREADS}")
        text.store(value, text.element("%shared", where, DOUBLE), DOUBLE)


def block_sum(slots: Sequence[str], final: bool = False) -> list[Emit]:
    """Return the phases of a tree over a block; its sums go to the partial sums, or (`final`) to control slots."""

    def halve(width: int) -> Emit:
        def write(text: Text, layout: Layout) -> None:
            with text.only_if(text.line(f"icmp ult i64 %thread, {width}")):
                for number in range(len(slots)):
                    here = text.line(f"add i64 %thread, {number * THREADS}")
                    there = text.line(f"add i64 {here}, {width}")
                    place = text.element("%shared", here, DOUBLE)
                    other = text.load(text.element("%shared", there, DOUBLE), DOUBLE)
                    total = text.line(f"fadd double {text.load(place, DOUBLE)}, {other}")
                    text.store(total, place, DOUBLE)

        return write

    def leave(text: Text, layout: Layout) -> None:
        with text.only_if(text.line("icmp eq i64 %thread, 0")):
            for number, slot in enumerate(slots):
                value = text.load(text.element("%shared", number * THREADS, DOUBLE), DOUBLE)
                if final:
                    text.store(value, text.element("control", layout.slot(slot)), DOUBLE)
                else:
                    where = text.line(f"add i64 %block, {layout.partial(slot)}")
                    text.store(value, text.element("partials", where), DOUBLE)

    widths = []
    width = THREADS // 2
    while width:
        widths.append(width)
        width //= 2
    return [*(halve(w) for w in widths), leave]
