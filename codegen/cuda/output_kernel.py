"""Values between the ends of a step, at the times of output that lie there."""

from collections.abc import Sequence
from dataclasses import dataclass

from codegen.cuda.kernel import Row, row_start
from codegen.cuda.layout import THREADS, Layout
from codegen.cuda.one_phase import OnePhase, blocks_for, place_of_thread
from codegen.cuda.text import DOUBLE, Text

__all__ = ["OutputKernel"]


@dataclass(eq=False)
class OutputKernel(OnePhase):
    """Evaluates ``start + sum of weight_j(x) * scale_j * row_j`` for every output that is due.

    Attributes
    ----------
    name : str
    start, end : Row
        Values at both ends of the step; at the end itself, its value is taken as it is.
    rows : sequence of (Row, tuple of float, bool)
        A row, the coefficients of x, x^2, ... of its weight, and whether it is a derivative, which counts times the
        size of the step. x is the fraction of the step.
    """

    name: str
    start: Row
    end: Row
    rows: Sequence[tuple[Row, tuple[float, ...], bool]]

    def launch(self, layout: Layout) -> tuple[int, int]:
        """Return blocks and threads per block."""
        return blocks_for(layout.size), THREADS

    def _write(self, text: Text, layout: Layout) -> None:
        due = [text.control(layout.slot(name)) for name in ("output first", "output next")]
        first, stop = (text.line(f"fptosi double {value} to i64") for value in due)
        accepted = text.line(f"fcmp une double {text.control(layout.slot('accepted'))}, 0.0")
        any_due = text.line(f"and i1 {text.line(f'icmp slt i64 {first}, {stop}')}, {accepted}")
        i = place_of_thread(text)
        inside = text.line(f"icmp ult i64 {i}, {layout.size}")
        with text.only_if(text.line(f"and i1 {inside}, {any_due}")):
            rows = (self.start, self.end, *(row for row, _, _ in self.rows))
            loaded = {row: self._load(text, layout, row, i) for row in rows}
            with text.loop(first, stop, "1") as k:
                value = self._value(text, layout, loaded, k)
                drained = text.line(f"fptosi double {text.control(layout.slot('output drained'))} to i64")
                place = text.line(f"mul i64 {text.line(f'sub i64 {k}, {drained}')}, {layout.size}")
                text.store(value, text.element("outputs", text.line(f"add i64 {place}, {i}")))

    def _load(self, text: Text, layout: Layout, row: Row, i: str) -> str:
        return text.widened(text.load(text.element(row_start(text, layout, row), i)))

    def _value(self, text: Text, layout: Layout, loaded: dict[Row, str], k: str) -> str:
        time = text.load(text.element("times", k), DOUBLE)
        begin, end = (text.control(layout.slot(name)) for name in ("t old", "t"))
        step = text.line(f"fsub double {end}, {begin}")
        x = text.line(f"fdiv double {text.line(f'fsub double {time}, {begin}')}, {step}")
        total = loaded[self.start]
        for row, coefficients, is_slope in self.rows:
            weight = DOUBLE.literal(0.0)
            for c in reversed(coefficients):
                inner = text.line(f"fadd contract double {weight}, {DOUBLE.literal(c)}")
                weight = text.line(f"fmul contract double {inner}, {x}")
            if is_slope:
                weight = text.line(f"fmul double {weight}, {step}")
            part = text.line(f"fmul contract double {weight}, {loaded[row]}")
            total = text.line(f"fadd contract double {total}, {part}")
        at_end = text.line(f"fcmp oeq double {time}, {end}")
        value = text.line(f"select i1 {at_end}, double {loaded[self.end]}, double {total}")
        return value if text.fields == DOUBLE else text.line(f"fptrunc double {value} to float")
