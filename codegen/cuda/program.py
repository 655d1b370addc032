"""What a device decides by itself: arithmetic on the control block, written down with Python's operators."""

from collections.abc import Iterator
from contextlib import contextmanager

from codegen.functions import Op
from codegen.tape import TapeBuilder

__all__ = ["Program", "Scalar"]


class Scalar:
    """A number of a `Program`, or a truth value."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, program: "Program", node: int) -> None:
        self.program, self.node = program, node

    def _node(self, other: "Scalar | float") -> int:
        return self.program.scalar(other).node

    def _made(self, node: int) -> "Scalar":
        return Scalar(self.program, node)

    def __add__(self, other: "Scalar | float") -> "Scalar":
        return self._made(self.program.tape.sum([(1.0, self.node), (1.0, self._node(other))]))

    def __sub__(self, other: "Scalar | float") -> "Scalar":
        return self._made(self.program.tape.sum([(1.0, self.node), (-1.0, self._node(other))]))

    def __mul__(self, other: "Scalar | float") -> "Scalar":
        return self._made(self.program.tape.product([(self.node, 1), (self._node(other), 1)]))

    def __truediv__(self, other: "Scalar | float") -> "Scalar":
        return self._made(self.program.tape.product([(self.node, 1), (self._node(other), -1)]))

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other: float) -> "Scalar":
        return self.program.scalar(other) - self

    def __rtruediv__(self, other: float) -> "Scalar":
        return self.program.scalar(other) / self

    def __neg__(self) -> "Scalar":
        return self * -1.0

    def __pow__(self, exponent: float) -> "Scalar":
        tape = self.program.tape
        return self._made(tape.power(self.node, tape.constant(exponent)))

    def __rpow__(self, base: float) -> "Scalar":
        return self._made(self.program.tape.power(self._node(base), self.node))

    def __abs__(self) -> "Scalar":
        return self.program.call("abs", self)

    def _compare(self, op: Op, left: int, right: int) -> "Scalar":
        return self._made(self.program.tape.logical(op, (left, right)))

    def __lt__(self, other: "Scalar | float") -> "Scalar":
        return self._compare(Op.LESS, self.node, self._node(other))

    def __le__(self, other: "Scalar | float") -> "Scalar":
        return self._compare(Op.LESS_EQUAL, self.node, self._node(other))

    def __gt__(self, other: "Scalar | float") -> "Scalar":
        return self._compare(Op.LESS, self._node(other), self.node)

    def __ge__(self, other: "Scalar | float") -> "Scalar":
        return self._compare(Op.LESS_EQUAL, self._node(other), self.node)

    def __eq__(self, other: object) -> "Scalar":  # type: ignore[override]
        return self._compare(Op.EQUAL, self.node, self._node(other))  # type: ignore[arg-type]

    def __and__(self, other: "Scalar") -> "Scalar":
        return self._made(self.program.tape.logical(Op.AND, (self.node, other.node)))

    def __or__(self, other: "Scalar") -> "Scalar":
        return self._made(self.program.tape.logical(Op.OR, (self.node, other.node)))

    def __invert__(self) -> "Scalar":
        return self._made(self.program.tape.logical(Op.NOT, (self.node,)))


class Program:
    """Assignments to slots of the control block; all slots are read before any is written.

    Examples
    --------
    >>> program = Program()
    >>> program["h"] = program.where(program["error"] <= 1.0, 2.0 * program["h"], 0.5 * program["h"])
    >>> sorted(program.read), sorted(program.written)
    (['error', 'h'], ['h'])
    """

    def __init__(self) -> None:
        self.tape = TapeBuilder()
        self.read: dict[str, int] = {}
        self.written: dict[str, int] = {}

    def __getitem__(self, slot: str) -> Scalar:
        """Return the value of a slot, as assigned so far."""
        if slot in self.written:
            return Scalar(self, self.written[slot])
        number = self.read.setdefault(slot, len(self.read))
        return Scalar(self, self.tape.state(number))

    def __setitem__(self, slot: str, value: "Scalar | float") -> None:
        self.written[slot] = self.scalar(value).node

    def assign(self, slot: str, condition: Scalar, value: "Scalar | float") -> None:
        """Assign where a condition holds."""
        self[slot] = self.where(condition, value, self[slot])

    @contextmanager
    def only_if(self, condition: Scalar) -> Iterator[None]:
        """Let all assignments that follow count only where a condition holds."""
        before = dict(self.written)
        yield
        for slot, node in list(self.written.items()):
            if before.get(slot) != node:
                old = before[slot] if slot in before else self.tape.state(self.read.setdefault(slot, len(self.read)))
                self.written[slot] = self.tape.select(condition.node, node, old)

    def scalar(self, value: "Scalar | float") -> Scalar:
        """Return a number as a `Scalar`."""
        return value if isinstance(value, Scalar) else Scalar(self, self.tape.constant(float(value)))

    def where(self, condition: Scalar, yes: "Scalar | float", no: "Scalar | float") -> Scalar:
        """Return one of two numbers."""
        return Scalar(self, self.tape.select(condition.node, self.scalar(yes).node, self.scalar(no).node))

    def call(self, name: str, *arguments: "Scalar | float") -> Scalar:
        """Return the value of a function of the tape."""
        return Scalar(self, self.tape.call(name, [self.scalar(a).node for a in arguments]))

    def smaller(self, a: "Scalar | float", b: "Scalar | float") -> Scalar:
        """Return the smaller of two numbers."""
        return self.where(self.scalar(a) < b, a, b)

    def larger(self, a: "Scalar | float", b: "Scalar | float") -> Scalar:
        """Return the larger of two numbers."""
        return self.where(self.scalar(a) > b, a, b)

    def is_finite(self, value: Scalar) -> Scalar:
        """Whether a number is neither infinite nor NaN."""
        return abs(value) < 1.7e308
