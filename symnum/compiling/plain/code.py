"""The intermediate code of one function while it is written: blocks, values, variables."""

import struct
from dataclasses import dataclass, field

from symnum.compiling.plain.kinds import BOOLEAN, FLOAT, INTEGER, UNSIGNED, Kind, common_kind, machine_type
from symnum.errors import CompilationError

__all__ = ["Block", "Code", "Value", "constant"]


@dataclass(frozen=True)
class Value:
    """Something computed: its kind, how LLVM's text names it, and its number where that is known by now."""

    kind: Kind
    text: str
    number: int | float | None = None

    @property
    def typed(self) -> str:
        """Type and name, as in an argument list."""
        return f"{machine_type(self.kind)} {self.text}"


@dataclass
class Block:
    """Instructions that run one after the other."""

    label: str
    lines: list[str] = field(default_factory=list)
    reached: bool = False
    ended: bool = False


def constant(number: float) -> Value:
    """Return a number that is known at compile time.

    Examples
    --------
    >>> constant(2).text, constant(1.0).text
    ('2', '0x3FF0000000000000')
    """
    if isinstance(number, bool):
        return Value(BOOLEAN, "true" if number else "false", number)
    if isinstance(number, int):
        if not -(2**63) <= number < 2**64:
            raise CompilationError(f"{number} is no 64-bit integer")
        return Value(INTEGER if number < 2**63 else UNSIGNED, str(number), number)
    bits = struct.unpack("<Q", struct.pack("<d", number))[0]
    return Value(FLOAT, f"0x{bits:016X}", number)


class Code:
    """Blocks of a function; `block` is where the next instruction goes."""

    def __init__(self) -> None:
        self._count = 0
        self.block = Block("begin", reached=True)
        self.blocks = [self.block]

    def name(self) -> str:
        """Return a new name of a value."""
        self._count += 1
        return f"%t{self._count}"

    def line(self, text: str) -> None:
        """Add an instruction without a result; what can never run is left out."""
        if not self.block.ended and self.block.reached:
            self.block.lines.append(text)

    def value(self, kind: Kind, text: str) -> Value:
        """Add an instruction with a result."""
        name = self.name()
        self.line(f"{name} = {text}")
        return Value(kind, name)

    def new_block(self) -> Block:
        """Return a block that is placed later."""
        self._count += 1
        return Block(f"b{self._count}")

    def place(self, block: Block) -> None:
        """Let the next instructions go to a block."""
        self.blocks.append(block)
        self.block = block

    def end(self, text: str, *targets: Block) -> None:
        """End the present block with a jump or a return."""
        if self.block.ended or not self.block.reached:
            return
        self.block.lines.append(text)
        self.block.ended = True
        for target in targets:
            target.reached = True

    def jump(self, target: Block) -> None:
        """Go on in another block."""
        self.end(f"br label %{target.label}", target)

    def branch(self, condition: Value, yes: Block, no: Block) -> None:
        """Go on in one of two blocks."""
        if condition.number is not None:
            self.jump(yes if condition.number else no)
            return
        self.end(f"br i1 {condition.text}, label %{yes.label}, label %{no.label}", yes, no)

    @property
    def running(self) -> bool:
        """Whether the present place can be reached."""
        return self.block.reached and not self.block.ended

    def text(self) -> str:
        """Return the text of all blocks that can be reached."""
        lines: list[str] = []
        for block in self.blocks:
            if block.reached:
                lines += [f"{block.label}:", *(f"  {line}" for line in block.lines)]
        return "\n".join(lines)

    def cast(self, value: Value, kind: Kind) -> Value:
        """Return a value as another kind."""
        if value.kind == kind:
            return value
        if {value.kind, kind} == {INTEGER, UNSIGNED}:
            return Value(kind, value.text)
        if isinstance(kind, tuple) and common_kind(value.kind, kind) is not None:
            parts = [self.value(k, f"extractvalue {value.typed}, {i}") for i, k in enumerate(value.kind)]
            return self.pack([self.cast(part, k) for part, k in zip(parts, kind, strict=True)])
        if value.number is not None and kind in (INTEGER, FLOAT) and value.kind != FLOAT:
            return constant(float(value.number) if kind == FLOAT else int(value.number))
        operation = _CASTS.get((value.kind, kind)) if isinstance(value.kind, str) else None
        if operation is None:
            raise CompilationError(f"{value.kind} cannot be made {kind}")
        return self.value(kind, f"{operation} {value.typed} to {machine_type(kind)}")

    def pack(self, parts: list[Value]) -> Value:
        """Return a tuple of values."""
        kind = tuple(part.kind for part in parts)
        whole = Value(kind, "undef")
        for i, part in enumerate(parts):
            whole = self.value(kind, f"insertvalue {whole.typed}, {part.typed}, {i}")
        return whole

    def truth(self, value: Value) -> Value:
        """Return whether a number is not zero."""
        if value.number is not None:
            return constant(bool(value.number))
        if value.kind == BOOLEAN:
            return value
        if value.kind == FLOAT:
            return self.value(BOOLEAN, f"fcmp contract une {value.typed}, 0.0")
        if not isinstance(value.kind, str) or value.kind.endswith("*"):
            raise CompilationError(f"{value.kind} is neither true nor false")
        return self.value(BOOLEAN, f"icmp ne {value.typed}, 0")


_CASTS = {
    ("bool", "int32"): "zext",
    ("bool", "int64"): "zext",
    ("bool", "float64"): "uitofp",
    ("int32", "bool"): "trunc",
    ("int32", "int64"): "sext",
    ("int32", "float64"): "sitofp",
    ("int64", "int32"): "trunc",
    ("int64", "float64"): "sitofp",
    ("float64", "int64"): "fptosi",
    ("float64", "int32"): "fptosi",
}
