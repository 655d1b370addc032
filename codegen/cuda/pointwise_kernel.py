"""Sums of rows, element by element."""

from dataclasses import dataclass

from codegen.cuda.kernel import Emit, Guard, Row, Update, guarded, row_start, scaled_sum
from codegen.cuda.layout import THREADS, Layout
from codegen.cuda.text import Text

__all__ = ["PointwiseKernel"]


@dataclass(eq=False)
class PointwiseKernel:
    """Updates of rows that need no neighbours."""

    name: str
    updates: tuple[Update, ...]
    guard: Guard = "run"

    def launch(self, layout: Layout) -> tuple[int, int]:
        """Return blocks and threads per block."""
        return -(-layout.size // THREADS), THREADS

    def shared(self, layout: Layout) -> int:
        """Return 0."""
        return 0

    def phases(self, layout: Layout) -> list[Emit]:
        """Return the one phase."""
        return [guarded(self.guard, self._write)]

    def _write(self, text: Text, layout: Layout) -> None:
        start = text.line(f"mul i64 %block, {THREADS}")
        i = text.line(f"add i64 {start}, %thread")
        with text.only_if(text.line(f"icmp ult i64 {i}, {layout.size}")):
            made: dict[Row, str] = {}

            def value_of(row: Row) -> str:
                if row not in made:
                    made[row] = text.load(text.element(row_start(text, layout, row), i))
                return made[row]

            values = []
            for update in self.updates:
                made[update.row] = scaled_sum(text, layout, update.terms, value_of)
                values.append((made[update.row], update.row))
            for value, row in values:
                text.store(value, text.element(row_start(text, layout, row), i))
