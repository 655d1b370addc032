"""Abstract instructions to machine code, with memory operands that are used again held in registers.

Straight-line code shows the future: an operand is held as long as its next use is nearer than
that of the others (Belady's rule).
"""

import struct

from codegen.x86_64.encode import (
    BASES,
    Code,
    encode_constant,
    encode_memory,
    encode_register,
    encode_store,
)
from codegen.x86_64.select import STORE, Instruction, Operand, Selection

__all__ = ["assemble"]

# An operand whose next use is further away than this many instructions is not worth a register.
_HORIZON = 300
_NEVER = 1 << 60
_COMMUTES = (Code.ADD, Code.MULTIPLY, Code.MULTIPLY_ADD, Code.NEGATIVE_MULTIPLY_ADD)


def assemble(selection: Selection, prologue: bytes, epilogue: bytes) -> bytes:
    """Return the bytes of a function, its pool of constants behind it.

    Parameters
    ----------
    selection : Selection
        From `select`.
    prologue, epilogue : bytes
        What stands before and behind.
    """
    assembler = _Assembler(selection, prologue)
    assembler.run()
    return assembler.finish(epilogue, selection.constants)


class _Assembler:
    def __init__(self, selection: Selection, prologue: bytes) -> None:
        self.instructions = selection.instructions
        self.parts = [prologue]
        self.fixes: list[tuple[int, int, int, int, int]] = []
        self.next_first, self.next_second = _next_uses(self.instructions)
        self.held: dict[Operand, int] = {}
        self.until: dict[Operand, int] = {}
        self.temporary = selection.most
        self.free = list(range(selection.most + 1, 16))

    def run(self) -> None:
        append = self.parts.append
        for i, (code, destination, first, operand) in enumerate(self.instructions):
            name, index = operand
            if code == STORE:
                append(encode_store(BASES[name], index, destination))
            elif isinstance(first, int):
                self.apply(i, code, destination, first, operand)
            else:
                if code in _COMMUTES and operand in self.held and first not in self.held:
                    first, operand = operand, first
                    self.next_first[i], self.next_second[i] = self.next_second[i], self.next_first[i]
                self.apply(i, code, destination, self.in_register(i, first), operand)

    def in_register(self, i: int, operand: Operand) -> int:
        """Return a register that holds a memory operand, at least for now."""
        following = self.next_first[i]
        register = self.held.get(operand)
        if register is None:
            register = self.hold(i, operand, following)
            if register is None:
                register = self.temporary
                self.load(register, operand)
        else:
            self.touch(i, operand, following)
        return register

    def apply(self, i: int, code: int, destination: int, first: int, operand: Operand) -> None:
        """Emit an instruction whose second operand may be in memory."""
        name, index = operand
        if name == "register":
            self.parts.append(encode_register(code, destination, first, index))
            return
        register = self.held.get(operand)
        following = self.next_second[i]
        if register is not None:
            self.parts.append(encode_register(code, destination, first, register))
            self.touch(i, operand, following)
        elif name == "constant":
            self.fixes.append((len(self.parts), code, destination, first, index))
            self.parts.append(encode_constant(code, destination, first, 0))
        else:
            self.parts.append(encode_memory(code, destination, first, BASES[name], index))

    def hold(self, i: int, operand: Operand, following: int) -> int | None:
        """Load an operand into a register that it keeps until its next use, if it deserves one."""
        if following - i >= _HORIZON:
            return None
        if self.free:
            register = self.free.pop()
        else:
            furthest = max(self.until, key=self.until.__getitem__)
            if self.until[furthest] <= following:
                return None
            del self.until[furthest]
            register = self.held.pop(furthest)
        self.held[operand], self.until[operand] = register, following
        self.load(register, operand)
        return register

    def touch(self, i: int, operand: Operand, following: int) -> None:
        """Note the next use of a held operand, or let it go after this one."""
        if following - i < _HORIZON:
            self.until[operand] = following
        else:
            self.free.append(self.held.pop(operand))
            del self.until[operand]

    def load(self, register: int, operand: Operand) -> None:
        name, index = operand
        if name == "constant":
            self.fixes.append((len(self.parts), Code.LOAD, register, 0, index))
            self.parts.append(encode_constant(Code.LOAD, register, 0, 0))
        else:
            self.parts.append(encode_memory(Code.LOAD, register, 0, BASES[name], index))

    def finish(self, epilogue: bytes, constants: list[float]) -> bytes:
        """Append the pool of constants and enter the distances to it."""
        self.parts.append(epilogue)
        size = sum(map(len, self.parts))
        self.parts.append(b"\x90" * (-size % 16))
        size += -size % 16
        at, wanted = 0, {position: rest for position, *rest in self.fixes}
        for i, part in enumerate(self.parts):
            if i in wanted:
                code, destination, first, index = wanted[i]
                self.parts[i] = encode_constant(code, destination, first, size + 8 * index - at)
            at += len(part)
        return b"".join(self.parts) + struct.pack(f"<{len(constants)}d", *constants)


def _next_uses(instructions: list[Instruction]) -> tuple[list[int], list[int]]:
    """Return where the first and the second memory operand of every instruction are read next."""
    first_next, second_next = [_NEVER] * len(instructions), [_NEVER] * len(instructions)
    seen: dict[Operand, int] = {}
    for i in range(len(instructions) - 1, -1, -1):
        code, _, first, operand = instructions[i]
        if code == STORE:
            seen.pop(operand, None)
            continue
        if operand[0] != "register":
            second_next[i] = seen.get(operand, _NEVER)
            seen[operand] = i
        if not isinstance(first, int):
            first_next[i] = seen.get(first, _NEVER) if first != operand else second_next[i]
            seen[first] = i
    return first_next, second_next
