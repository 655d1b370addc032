"""What every device kernel is: phases of code for one thread, with a barrier between them, and what they need.

A phase is a function

    void phase(i64 thread, i64 block, i64 blocks, double* shared, <the buffers>)

and nothing but `shared` and the buffers lives from one phase to the next. So the same text can be run by the threads
of a device, with barriers, or by a loop over threads on the processor.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from codegen.cuda.layout import Layout
from codegen.cuda.text import DOUBLE, Text

__all__ = ["RATE", "DeviceKernel", "Emit", "Guard", "Launch", "Row", "Scale", "Term", "Update", "guarded", "scaled_sum"]

#: A row of `work`: its number, or the control slot that holds the number.
Row = int | str

#: In the terms of an update: the right-hand side that has just been computed.
RATE = "the rate"

Emit = Callable[[Text, Layout], None]

#: Control slots without which a kernel does nothing.
Guard = str | tuple[str, ...] | None


@dataclass(frozen=True)
class Scale:
    """A factor: a number times control slots; `optional` where a zero hides whatever stands in the row."""

    number: float = 1.0
    slots: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True)
class Term:
    """A row, or `RATE`, times a factor."""

    row: Row
    scale: Scale = Scale()


@dataclass(frozen=True)
class Update:
    """``row = sum of terms``, element by element."""

    row: Row
    terms: tuple[Term, ...]


class DeviceKernel(Protocol):
    """A kernel that a module can be asked for."""

    name: str

    def launch(self, layout: Layout) -> tuple[int, int]:
        """Return blocks and threads per block."""

    def phases(self, layout: Layout) -> list[Emit]:
        """Return what writes each phase."""

    def shared(self, layout: Layout) -> int:
        """Return how many doubles of shared memory a block needs."""


@dataclass(frozen=True)
class Launch:
    """A kernel with its blocks and threads."""

    name: str
    blocks: int
    threads: int
    shared: int = field(default=0, compare=False)


def guarded(guard: Guard, emit: Emit) -> Emit:
    """Return a phase that does nothing where one of the control slots is zero."""

    def write(text: Text, layout: Layout) -> None:
        if guard is None:
            emit(text, layout)
            return
        slots = [guard] if isinstance(guard, str) else list(guard)
        flags = [text.line(f"fcmp une double {text.control(layout.slot(slot))}, 0.0") for slot in slots]
        all_set = flags[0]
        for flag in flags[1:]:
            all_set = text.line(f"and i1 {all_set}, {flag}")
        with text.only_if(all_set):
            emit(text, layout)

    return write


def row_start(text: Text, layout: Layout, row: Row) -> str:
    """Return the address of the first element of a row, as the name of a pointer."""
    if isinstance(row, int):
        return text.element("work", row * layout.stride)
    number = text.line(f"fptosi double {text.control(layout.slot(row))} to i64")
    return text.element("work", text.line(f"mul i64 {number}, {layout.stride}"))


def factor(text: Text, layout: Layout, scale: Scale) -> str | None:
    """Return a factor in the fields' precision; None for one."""
    value: str | None = None
    for slot in scale.slots:
        found = text.control(layout.slot(slot))
        value = found if value is None else text.line(f"fmul double {value}, {found}")
    if value is None:
        return None if scale.number == 1.0 else text.real.literal(scale.number)
    if scale.number != 1.0:
        value = text.line(f"fmul double {value}, {DOUBLE.literal(scale.number)}")
    return text.narrowed(value)


def scaled_sum(text: Text, layout: Layout, terms: tuple[Term, ...], value_of: Callable[[Row], str]) -> str:
    """Return the sum of terms; `value_of` gives the element of a row."""
    total: str | None = None
    kind = text.real.llvm
    for term in terms:
        value, by = value_of(term.row), factor(text, layout, term.scale)
        if by is not None:
            product = text.line(f"fmul contract {kind} {by}, {value}")
            if term.scale.optional:
                none = text.line(f"fcmp oeq {kind} {by}, {text.real.literal(0.0)}")
                product = text.line(f"select i1 {none}, {kind} {text.real.literal(0.0)}, {kind} {product}")
            value = product
        total = value if total is None else text.line(f"fadd contract {kind} {total}, {value}")
    return total if total is not None else text.real.literal(0.0)
