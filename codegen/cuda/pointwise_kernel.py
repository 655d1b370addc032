"""Sums of rows, element by element."""

from dataclasses import dataclass

from codegen.cuda.kernel import Guard, Row, Update, row_start, scaled_sum
from codegen.cuda.layout import Layout
from codegen.cuda.one_phase import EachElement
from codegen.cuda.text import Text

__all__ = ["PointwiseKernel"]


@dataclass(eq=False)
class PointwiseKernel(EachElement):
    """Updates of rows that need no neighbours."""

    name: str
    updates: tuple[Update, ...]
    guard: Guard = "run"

    def count(self, layout: Layout) -> int:
        """Return the number of elements of a row."""
        return layout.size

    def _write(self, text: Text, layout: Layout) -> None:
        with self.element(text, layout) as i:
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
