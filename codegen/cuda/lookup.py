"""Numbers of a table for the control block: at a place that the device knows, or in the first row that suffices."""

from dataclasses import dataclass

from codegen.cuda.layout import Layout
from codegen.cuda.text import DOUBLE, Text

__all__ = ["FirstReaching", "Lookup"]


@dataclass(frozen=True)
class Lookup:
    """Neighbouring numbers of the table, for control slots.

    Attributes
    ----------
    place : str
        The slot that holds the place of the first.
    targets : tuple of str
        Slots that receive them.
    when : str
        A slot without which nothing is done; none if empty.
    """

    place: str
    targets: tuple[str, ...]
    when: str = ""

    def write(self, text: Text, layout: Layout) -> None:
        """Write what loads them."""
        place = text.line(f"fptosi double {text.control(layout.slot(self.place))} to i64")
        for k, slot in enumerate(self.targets):
            _copy(text, layout, text.line(f"add i64 {place}, {k}"), slot)


@dataclass(frozen=True)
class FirstReaching:
    """The first row at the beginning of the table whose number in one column is not less than what is needed.

    Attributes
    ----------
    rows, columns, column : int
        Rows and columns of the table, and the column that is looked at.
    usable : str
        The slot that says how many of the rows may be used: at least one.
    needed : str
        The slot that says what is needed.
    targets : mapping of int to str, as pairs
        Which columns of the row found go to which slots; the last usable row stands for one that does not exist.
    missing : str
        A slot that becomes 1 where there is no such row, else 0.
    when : str
        A slot without which nothing is done; none if empty.
    """

    rows: int
    columns: int
    column: int
    usable: str
    needed: str
    targets: tuple[tuple[int, str], ...]
    missing: str
    when: str = ""

    def write(self, text: Text, layout: Layout) -> None:
        """Write a search that halves; the number of its steps is known beforehand."""
        needed = text.control(layout.slot(self.needed))
        usable = text.line(f"fptosi double {text.control(layout.slot(self.usable))} to i64")
        first, end = "0", usable
        for _ in range(self.rows.bit_length()):
            middle = text.line(f"lshr i64 {text.line(f'add i64 {first}, {end}')}, 1")
            open_ = text.line(f"icmp ult i64 {first}, {end}")
            inside = text.line(f"select i1 {open_}, i64 {middle}, i64 0")
            place = text.line(f"add i64 {text.line(f'mul i64 {inside}, {self.columns}')}, {self.column}")
            found = text.load(text.element("numbers", place), DOUBLE)
            short = text.line(f"fcmp olt double {found}, {needed}")
            beyond = text.line(f"and i1 {open_}, {short}")
            within = text.line(f"and i1 {open_}, {text.line(f'xor i1 {short}, true')}")
            after = text.line(f"add i64 {middle}, 1")
            first = text.line(f"select i1 {beyond}, i64 {after}, i64 {first}")
            end = text.line(f"select i1 {within}, i64 {middle}, i64 {end}")
        none = text.line(f"icmp uge i64 {first}, {usable}")
        flag = text.line(f"select i1 {none}, double {DOUBLE.literal(1.0)}, double {DOUBLE.literal(0.0)}")
        text.store(flag, text.element("control", layout.slot(self.missing)), DOUBLE)
        last = text.line(f"sub i64 {usable}, 1")
        row = text.line(f"select i1 {none}, i64 {last}, i64 {first}")
        start = text.line(f"mul i64 {row}, {self.columns}")
        for column, slot in self.targets:
            _copy(text, layout, text.line(f"add i64 {start}, {column}"), slot)


def _copy(text: Text, layout: Layout, place: str, slot: str) -> None:
    value = text.load(text.element("numbers", place), DOUBLE)
    text.store(value, text.element("control", layout.slot(slot)), DOUBLE)
