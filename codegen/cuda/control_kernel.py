"""The kernel of one block that adds partial sums and then decides: step sizes, acceptance, times, outputs."""

from collections.abc import Sequence
from dataclasses import dataclass

from codegen.cuda.cells import Tapes
from codegen.cuda.kernel import Emit, Guard, guarded
from codegen.cuda.layout import THREADS, Layout
from codegen.cuda.lookup import FirstReaching, Lookup
from codegen.cuda.one_phase import OnePhase
from codegen.cuda.program import Program
from codegen.cuda.reduction import block_sum, keep_in_shared
from codegen.cuda.text import DOUBLE, Text
from codegen.cuda.values import Values
from codegen.functions import Op

__all__ = ["ControlKernel", "EarlyKernel", "Step"]

Step = Program | Lookup | FirstReaching


@dataclass(eq=False)
class ControlKernel:
    """Adds partial sums, runs a program, looks which outputs are due.

    Attributes
    ----------
    name : str
    sums : tuple of (slot, blocks)
        Partial sums that are to be added, and of how many blocks each.
    program : Program, or sequence of Program, Lookup and FirstReaching, optional
        What is done, one after the other.
    search : bool
        Whether to look, where the slot "accepted" is set, which times of output lie up to "t": they are those from
        "output first" to before "output next". Where there is no room left, "paused" is set, and "run" is not.
    guard : str or tuple of str, optional
    """

    name: str
    sums: tuple[tuple[str, int], ...] = ()
    program: Program | Sequence[Step] | None = None
    search: bool = False
    guard: Guard = "run"

    def launch(self, layout: Layout) -> tuple[int, int]:
        """Return blocks and threads per block."""
        return 1, THREADS if self.sums else 1

    def shared(self, layout: Layout) -> int:
        """Return doubles of shared memory."""
        return THREADS * len(self.sums)

    def phases(self, layout: Layout) -> list[Emit]:
        """Return the sums, and what one thread does with them."""
        tree = [self._add, *block_sum([slot for slot, _ in self.sums], final=True)] if self.sums else []
        # The slot of the guard may be written by the last phase only, so that all threads see the same; there, only the
        # thread that decides looks at it.
        return [*(guarded(self.guard, emit) for emit in tree), self._last]

    def _add(self, text: Text, layout: Layout) -> None:
        totals = []
        for slot, blocks in self.sums:
            total = text.accumulator()
            with text.loop("%thread", str(blocks), str(THREADS)) as i:
                where = text.line(f"add i64 {i}, {layout.partial(slot)}")
                text.add_to(total, text.load(text.element("partials", where), DOUBLE))
            totals.append(total)
        keep_in_shared(text, totals)

    def _last(self, text: Text, layout: Layout) -> None:
        with text.only_if(text.line("icmp eq i64 %thread, 0")):
            guarded(self.guard, self._decide)(text, layout)

    def _decide(self, text: Text, layout: Layout) -> None:
        steps = () if self.program is None else (self.program,) if isinstance(self.program, Program) else self.program
        for step in steps:
            text.forget()
            if isinstance(step, Program):
                _run(text, layout, step)
            else:
                guarded(step.when or None, step.write)(text, layout)
        if self.search:
            _search(text, layout)


def _run(text: Text, layout: Layout, program: Program) -> None:
    names = list(program.read)
    values = Values(text, program.tape, lambda _, number: text.control(layout.slot(names[number])), DOUBLE)
    results = values.compute(program.written.values())
    for slot, value in zip(program.written, results, strict=True):
        text.store(value, text.element("control", layout.slot(slot)), DOUBLE)


def _search(text: Text, layout: Layout) -> None:
    """From "output next" on, go past the times of output that lie in the last step."""

    def read(slot: str) -> str:
        return text.load(text.element("control", layout.slot(slot)), DOUBLE)

    def write(slot: str, value: str) -> None:
        text.store(value, text.element("control", layout.slot(slot)), DOUBLE)

    def whole(value: str) -> str:
        return text.line(f"fptosi double {value} to i64")

    def is_due(i: str) -> str:
        time = text.load(text.element("times", i), DOUBLE)
        ahead = text.line(f"fsub double {time}, {read('t')}")
        signed = text.line(f"fmul double {ahead}, {read('direction')}")
        return text.line(f"fcmp ole double {signed}, 0.0")

    with text.only_if(text.line(f"fcmp une double {read('accepted')}, 0.0")):
        first, count = whole(read("output next")), whole(read("output count"))
        write("output first", read("output next"))
        room = text.line(f"add i64 {whole(read('output drained'))}, {whole(read('output room'))}")
        fewer = text.line(f"icmp slt i64 {room}, {count}")
        stop = text.line(f"select i1 {fewer}, i64 {room}, i64 {count}")
        with text.loop(first, stop, "1") as i, text.only_if(is_due(i)):
            following = text.line(f"add i64 {i}, 1")
            write("output next", text.line(f"sitofp i64 {following} to double"))
        reached = whole(read("output next"))
        full = text.line(f"and i1 {text.line(f'icmp sge i64 {reached}, {room}')}, {fewer}")
        running = text.line(f"fcmp oeq double {read('status')}, 0.0")
        write("run", text.line(f"select i1 {running}, double {DOUBLE.literal(1.0)}, double {DOUBLE.literal(0.0)}"))
        write("paused", DOUBLE.literal(0.0))
        with text.only_if(full), text.only_if(is_due(reached)):
            # The step must stay as it is until its outputs have been written.
            write("paused", DOUBLE.literal(1.0))
            write("run", DOUBLE.literal(0.0))


@dataclass(eq=False)
class EarlyKernel(OnePhase):
    """Values that depend on parameters only, once for each set of parameters; written after all other kernels."""

    tapes: Tapes
    name: str = "early"

    def launch(self, layout: Layout) -> tuple[int, int]:
        """Return blocks and threads per block."""
        return 1, 1

    def _write(self, text: Text, layout: Layout) -> None:
        tapes = self.tapes

        def read(op: int, argument: int) -> str:
            assert op == Op.PARAMETER
            return text.load(text.element("p", argument))

        places = dict(tapes.early)
        values = Values(text, tapes.builder, read, text.real).compute(places)
        for value, place in zip(values, places.values(), strict=True):
            text.store(value, text.element("k", place))
