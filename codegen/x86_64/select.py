"""Tape nodes to abstract instructions on virtual accumulators and memory operands.

A value that is used once is computed where it is used; every other one goes to memory, from
where an operand costs nothing extra. Products are accumulated by fused multiply-add.
"""

import numpy as np

from codegen.functions import FUNCTION_BY_CODE, Op
from codegen.partition import LEAVES, is_inner, owners
from codegen.tape import Tape
from codegen.x86_64.encode import Code
from symnum.errors import CompilationError

__all__ = ["Instruction", "Operand", "Selection", "is_supported", "select"]

# ("y" | "p" | "k" | "w" | "out", index), ("constant", number of constant), ("register", number).
Operand = tuple[str, int]
# (code, destination, first, operand); `first` is a register, or an operand in memory that some register
# must be given. A store is (STORE, register, 0, operand).
Instruction = tuple[int, int, int | Operand, Operand]

STORE = 100
_FMA = (Code.MULTIPLY_ADD, Code.NEGATIVE_MULTIPLY_ADD)
_MERGE = frozenset((Code.ADD, Code.SUBTRACT, Code.MULTIPLY, Code.DIVIDE, *_FMA))
_LOAD, _SUM, _PRODUCT = int(Code.LOAD), int(Op.SUM), int(Op.PRODUCT)
_DEEPEST = 3
_ACCUMULATORS = 6
# Longer sums are computed on their own, by several accumulators: a chain of dependent additions inside
# another expression would fill the processor's scheduler and hold up all that follows.
_SHORT = 6
_TREE_REGISTERS = 12


def is_supported(tape: Tape) -> bool:
    """Return whether a tape holds sums, products, quotients and square roots only."""
    for op in set(tape.operation.tolist()):
        if op in (Op.CONSTANT, Op.STATE, Op.PARAMETER, Op.SUM, Op.PRODUCT):
            continue
        if op < Op.FUNCTION or FUNCTION_BY_CODE[op].name != "sqrt":
            return False
    return True


class Selection:
    """Instructions of one function.

    Attributes
    ----------
    instructions : list of Instruction
        In order.
    constants : list of float
        Pool of constants.
    slot : dict of int to int
        Memory slot of every node kept in "w" (stage 2) or "k" (stage 1).
    most : int
        Registers used; the higher ones are free.
    """

    def __init__(
        self,
        tape: Tape,
        stage: int,
        stage_slot: dict[int, int],
        outputs: dict[int, list[Operand]],
        first_slot: int,
    ) -> None:
        self.tape = tape
        self.operation, self.offset = tape.operation.tolist(), tape.offset.tolist()
        self.argument, self.weight = tape.argument.tolist(), tape.weight.tolist()
        self.stages = tape.stage.tolist()
        self.stage, self.stage_slot, self.outputs = stage, stage_slot, outputs
        self.instructions: list[Instruction] = []
        self.constants: list[float] = []
        self.constant_index: dict[float, int] = {}
        self.place: dict[int, Operand] = {}
        self.slot: dict[int, int] = {}
        self.first_slot = first_slot
        self.inline: set[int] = set()
        self.depth: dict[int, int] = {}
        self.most = 0
        self.free = list(range(_TREE_REGISTERS - 1, -1, -1))

    # Values -----------------------------------------------------------------------------------

    def operand(self, node: int) -> Operand | None:
        """Return where a node lies in memory, or None for one that is computed at its use."""
        place = self.place.get(node)
        if place is None and node not in self.inline:
            place = self.place[node] = self._leaf(node)
        return place

    def _leaf(self, node: int) -> Operand:
        op, at = self.operation[node], self.offset[node]
        if op == Op.STATE:
            return ("y", self.argument[at])
        if op == Op.PARAMETER:
            return ("p", self.argument[at])
        if op == Op.CONSTANT:
            return self.constant(self.weight[at])
        return ("k", self.stage_slot[node])

    def constant(self, value: float) -> Operand:
        """Return the operand of a number."""
        index = self.constant_index.get(value)
        if index is None:
            index = self.constant_index[value] = len(self.constants)
            self.constants.append(value)
        return ("constant", index)

    def emit(self, code: int, destination: int, first: int, operand: Operand) -> None:
        """Append an instruction, merged with the load of its first operand if that came just before."""
        before = self.instructions[-1] if self.instructions else None
        if (
            before is not None
            and before[0] == _LOAD
            and code in _MERGE
            and before[1] == first
            and before[3][0] != "register"
            and operand != ("register", first)
            and (destination == first or code in _FMA)
        ):
            self.instructions[-1] = (code, destination, before[3], operand)
        else:
            self.instructions.append((code, destination, first, operand))

    def take(self) -> int:
        """Return a free register."""
        if not self.free:
            raise CompilationError("An expression needs more registers than there are.")
        register = self.free.pop()
        if register >= self.most:
            self.most = register + 1
        return register

    def value(self, node: int) -> int:
        """Load or compute a node into a fresh register, and return that."""
        place = self.operand(node)
        if place is None:
            return self.compute(node)
        register = self.take()
        self.emit(Code.LOAD, register, 0, place)
        return register

    def operate(self, code: int, destination: int, first: int, node: int) -> None:
        """Apply an instruction with a node as its second operand."""
        place = self.operand(node)
        if place is not None:
            self.emit(code, destination, first, place)
        else:
            register = self.compute(node)
            self.emit(code, destination, first, ("register", register))
            self.free.append(register)

    # Nodes ------------------------------------------------------------------------------------

    def compute(self, node: int) -> int:
        """Compute an inner node into a fresh register."""
        start, stop = self.offset[node], self.offset[node + 1]
        op = self.operation[node]
        if op == _SUM:
            return self.sum(self.argument[start:stop], self.weight[start:stop])
        if op == _PRODUCT:
            return self.product(self.argument[start:stop], self.weight[start:stop])
        register = self.value(self.argument[start])
        self.emit(Code.SQRT, register, register, ("register", register))
        return register

    def sum(self, nodes: list[int], weights: list[float]) -> int:
        """Accumulate a linear combination; one that stands alone in several registers at once."""
        pairs = list(zip(nodes, weights, strict=True))
        if any(c < 0 or node in self.inline for node, c in pairs):
            pairs.sort(key=lambda item: self._order(*item))
        outermost = len(self.free) == _TREE_REGISTERS
        count = min(_ACCUMULATORS, (len(pairs) + 1) // 3) if outermost and len(pairs) > 3 else 1
        accumulators: list[int] = []
        for i, (node, c) in enumerate(pairs):
            if len(accumulators) < count:
                accumulators.append(self._first(node, c))
            else:
                self._add(accumulators[i % count], node, c)
        result = accumulators[0]
        for other in accumulators[1:]:
            self.emit(Code.ADD, result, result, ("register", other))
            self.free.append(other)
        return result

    def _order(self, node: int, c: float) -> int:
        """Nested values first, while registers are free; negative terms last, so that none opens the sum."""
        nested = node in self.inline and not self._is_plain_product(node)
        return 0 if nested and c > 0 else 1 if c > 0 else 2

    def _first(self, node: int, c: float) -> int:
        if c == 1.0:
            return self.value(node)
        register = self.take()
        if abs(c) == 1.0 or self._is_plain_product(node):
            self.emit(Code.ZERO, register, 0, ("register", register))
            self._add(register, node, c)
        else:
            self.emit(Code.LOAD, register, 0, self.constant(c))
            self.operate(Code.MULTIPLY, register, register, node)
        return register

    def _add(self, accumulator: int, node: int, c: float) -> None:
        """accumulator += c * node."""
        if abs(c) == 1.0 and self._is_plain_product(node):
            nodes = self.argument[self.offset[node] : self.offset[node + 1]]
            partial = self._partial_product(nodes[:-1])
            self.operate(Code.MULTIPLY_ADD if c > 0 else Code.NEGATIVE_MULTIPLY_ADD, accumulator, partial, nodes[-1])
            self.free.append(partial)
        elif abs(c) == 1.0:
            self.operate(Code.ADD if c > 0 else Code.SUBTRACT, accumulator, accumulator, node)
        else:
            partial = self.value(node)
            self.emit(Code.MULTIPLY_ADD, accumulator, partial, self.constant(c))
            self.free.append(partial)

    def _is_plain_product(self, node: int) -> bool:
        if node not in self.inline or self.operation[node] != Op.PRODUCT:
            return False
        start, stop = self.offset[node], self.offset[node + 1]
        return stop - start > 1 and self.operand(self.argument[stop - 1]) is not None and all(
            w == 1.0 for w in self.weight[start:stop]
        )

    def _partial_product(self, nodes: list[int]) -> int:
        register = self.value(nodes[0])
        for node in nodes[1:]:
            self.operate(Code.MULTIPLY, register, register, node)
        return register

    def product(self, nodes: list[int], weights: list[float]) -> int:
        """Multiply out the numerator and the denominator, and divide."""
        exponents = list(map(int, weights))
        above = [(n, e) for n, e in zip(nodes, exponents, strict=True) if e > 0]
        below = [(n, -e) for n, e in zip(nodes, exponents, strict=True) if e < 0]
        if above:
            result = self._power_product(above)
        else:
            result = self.take()
            self.emit(Code.LOAD, result, 0, self.constant(1.0))
        if len(below) == 1 and below[0][1] == 1:
            self.operate(Code.DIVIDE, result, result, below[0][0])
        elif below:
            divisor = self._power_product(below)
            self.emit(Code.DIVIDE, result, result, ("register", divisor))
            self.free.append(divisor)
        return result

    def _power_product(self, factors: list[tuple[int, int]]) -> int:
        result = self._integer_power(*factors[0])
        for node, exponent in factors[1:]:
            if exponent == 1:
                self.operate(Code.MULTIPLY, result, result, node)
            else:
                other = self._integer_power(node, exponent)
                self.emit(Code.MULTIPLY, result, result, ("register", other))
                self.free.append(other)
        return result

    def _integer_power(self, node: int, exponent: int) -> int:
        """Left-to-right binary powering."""
        base = self.value(node)
        if exponent == 1:
            return base
        if exponent == 2:
            self.emit(Code.MULTIPLY, base, base, ("register", base))
            return base
        result = self.take()
        self.emit(Code.LOAD, result, 0, ("register", base))
        for bit in bin(exponent)[3:]:
            self.emit(Code.MULTIPLY, result, result, ("register", result))
            if bit == "1":
                self.emit(Code.MULTIPLY, result, result, ("register", base))
        self.free.append(base)
        return result

    # Whole function ---------------------------------------------------------------------------

    def run(self) -> None:
        """Compute every node of the stage that is not computed at its use."""
        self._choose_inline()
        for node, op in enumerate(self.operation):
            if self.stages[node] == self.stage and op not in LEAVES and node not in self.inline:
                register = self.compute(node)
                self._keep(node, register)
                self.free.append(register)
        for node, places in self.outputs.items():
            if self.stages[node] != self.stage or self.operation[node] in LEAVES:
                register = self.value(node)
                for place in places:
                    self._write(register, place)
                self.free.append(register)

    def _keep(self, node: int, register: int) -> None:
        places = self.outputs.get(node, [])
        for place in places:
            self._write(register, place)
        positive = [p for p in places if not p[0].startswith("minus")]
        if positive:
            self.place[node] = positive[0]
            return
        self.slot[node] = self.first_slot + len(self.slot)
        self.place[node] = ("k" if self.stage == 1 else "w", self.slot[node])
        self.emit(STORE, register, 0, self.place[node])

    def _write(self, register: int, place: Operand) -> None:
        name, index = place
        if not name.startswith("minus "):
            self.emit(STORE, register, 0, place)
            return
        negative = self.take()
        self.emit(Code.ZERO, negative, 0, ("register", negative))
        self.emit(Code.SUBTRACT, negative, negative, ("register", register))
        self.emit(STORE, negative, 0, (name.removeprefix("minus "), index))
        self.free.append(negative)

    def _choose_inline(self) -> None:
        """Nodes used once, by their own stage, and not so deep that registers run out."""
        tape = self.tape
        inner = is_inner(tape)
        own = tape.stage == self.stage
        reader = owners(tape)
        reads = inner[reader]
        weights = np.where(own, 1.0, 2.0)[reader[reads]]
        uses = np.bincount(tape.argument[reads], weights, len(tape))
        uses[tape.output] += 2
        short = np.diff(tape.offset) <= _SHORT
        known = self.depth
        for node in np.flatnonzero(inner & own & short & (uses == 1)).tolist():
            depth = 1
            for a in self.argument[self.offset[node] : self.offset[node + 1]]:
                below = known.get(a)
                if below is not None and below >= depth:
                    depth = below + 1
            if depth < _DEEPEST:
                self.inline.add(node)
                known[node] = depth


def select(
    tape: Tape,
    stage: int,
    stage_slot: dict[int, int],
    outputs: dict[int, list[Operand]],
    first_slot: int = 0,
) -> Selection:
    """Return the instructions for one stage of a tape.

    Parameters
    ----------
    tape : Tape
        Supported by `is_supported`.
    stage : int
        1 for the parameter stage, 2 for the state-dependent part.
    stage_slot : dict of int to int
        Where parameter-only nodes lie in "k" (empty for stage 1).
    outputs : dict of int to list of Operand
        Where results are written: ("out", i), or ("minus out", i) with the opposite sign.
    first_slot : int
        First free place in "w" or "k".

    Raises
    ------
    CompilationError
        If an expression needs too many registers; LLVM can compile it.
    """
    selection = Selection(tape, stage, stage_slot, outputs, first_slot)
    selection.run()
    return selection
