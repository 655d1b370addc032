"""LLVM text of one function: fresh names, loads and stores of the buffers that all kernels share."""

from collections.abc import Iterator
from contextlib import contextmanager

from codegen.cuda.precision import PRECISIONS, Precision

__all__ = ["BUFFERS", "DOUBLE", "Text"]

#: The buffers that every kernel gets, in order. `control` (times, step sizes, flags), `partials` (of reductions),
#: `times` (of output) and `numbers` (of a method) are doubles, all others of the kernels' own precision.
BUFFERS = ("control", "work", "p", "k", "tables", "partials", "outputs", "times", "modes", "numbers")
_OF_DOUBLES = frozenset(("control", "partials", "times", "numbers"))

DOUBLE = PRECISIONS["float64"]


class Text:
    """The body of a function, written line by line.

    Parameters
    ----------
    real : Precision
        Of the fields.
    library : dict of str to (str, int)
        Receives the declared functions: name in libm or intrinsic, with type and number of arguments.
    """

    def __init__(self, real: Precision, library: dict[str, tuple[str, int]]) -> None:
        self.fields = self.real = real  # of what lies in memory, and of the arithmetic here
        self.library = library
        self.lines: list[str] = []
        self.heads: list[str] = []  # memory on the stack, reserved where the function begins
        self._count = 0
        self._controls: dict[int, str] = {}

    def put(self, text: str) -> None:
        """Add a line that gives no value."""
        self.lines.append(f"  {text}")

    def line(self, text: str) -> str:
        """Add a line and return the name of its value."""
        self._count += 1
        self.lines.append(f"  %v{self._count} = {text}")
        return f"%v{self._count}"

    def label(self, name: str = "b") -> str:
        """Return a fresh label."""
        self._count += 1
        return f"{name}{self._count}"

    def begin(self, label: str) -> None:
        """Begin a block."""
        self.lines.append(f"{label}:")
        self._controls.clear()

    def forget(self) -> None:
        """Load slots of the control block anew, as they may have been written."""
        self._controls.clear()

    # Memory ---------------------------------------------------------------------------------

    def element(self, buffer: str, index: str | int, real: Precision | None = None) -> str:
        """Return the address of an element of a buffer, or of what a pointer points to."""
        kind = real or (DOUBLE if buffer in _OF_DOUBLES else self.fields)
        pointer = buffer if buffer.startswith("%") else f"%{buffer}"
        return self.line(f"getelementptr {kind.llvm}, ptr {pointer}, i64 {index}")

    def load(self, address: str, real: Precision | None = None) -> str:
        """Load a number."""
        return self.line(f"load {(real or self.fields).llvm}, ptr {address}")

    def store(self, value: str, address: str, real: Precision | None = None) -> None:
        """Store a number."""
        self.put(f"store {(real or self.fields).llvm} {value}, ptr {address}")

    def control(self, slot: int) -> str:
        """Load a slot of the control block, a double, once per block of code."""
        found = self._controls.get(slot)
        if found is None:
            found = self._controls[slot] = self.load(self.element("control", slot), DOUBLE)
        return found

    def narrowed(self, value: str) -> str:
        """Return a double in the precision of the arithmetic here."""
        return value if self.real == DOUBLE else self.line(f"fptrunc double {value} to float")

    def widened(self, value: str) -> str:
        """Return a number in the fields' precision as a double."""
        return value if self.fields == DOUBLE else self.line(f"fpext float {value} to double")

    def call(self, name: str, values: list[str], real: Precision | None = None) -> str:
        """Call a function of libm, or an intrinsic of LLVM whose name ends in its type."""
        kind = real or self.real
        full = f"{name.removesuffix('.f64')}.{kind.intrinsic}" if name.startswith("llvm.") else name + kind.suffix
        self.library[full] = (kind.llvm, len(values))
        return self.line(f"call {kind.llvm} @{full}({', '.join(f'{kind.llvm} {v}' for v in values)})")

    @contextmanager
    def doubles(self) -> Iterator[None]:
        """Compute with doubles for a while."""
        before, self.real = self.real, DOUBLE
        yield
        self.real = before

    # Flow -----------------------------------------------------------------------------------

    @contextmanager
    def only_if(self, condition: str) -> Iterator[None]:
        """Do what follows where a truth value holds."""
        yes, after = self.label("then"), self.label("after")
        self.put(f"br i1 {condition}, label %{yes}, label %{after}")
        self.begin(yes)
        yield
        self.put(f"br label %{after}")
        self.begin(after)

    @contextmanager
    def loop(self, first: str, stop: str, step: str) -> Iterator[str]:
        """Count from `first` (the name of a value or a number) up to before `stop`; gives the counter, an i64."""
        place = self._reserve("i64")
        self.put(f"store i64 {first}, ptr {place}")
        head, body, after = self.label("head"), self.label("body"), self.label("after")
        self.put(f"br label %{head}")
        self.begin(head)
        counter = self.line(f"load i64, ptr {place}")
        more = self.line(f"icmp slt i64 {counter}, {stop}")
        self.put(f"br i1 {more}, label %{body}, label %{after}")
        self.begin(body)
        yield counter
        following = self.line(f"add i64 {counter}, {step}")
        self.put(f"store i64 {following}, ptr {place}")
        self.put(f"br label %{head}")
        self.begin(after)

    def accumulator(self) -> str:
        """Return the address of a double on the stack that is zero."""
        place = self._reserve("double")
        self.put(f"store double 0.0, ptr {place}")
        return place

    def _reserve(self, kind: str) -> str:
        self._count += 1
        self.heads.append(f"  %v{self._count} = alloca {kind}")
        return f"%v{self._count}"

    def add_to(self, place: str, value: str) -> None:
        """Add a double to one in memory."""
        total = self.line(f"load double, ptr {place}")
        self.put(f"store double {self.line(f'fadd contract double {total}, {value}')}, ptr {place}")
