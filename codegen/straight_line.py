"""Tape to straight-line statements in infix notation, in chunks: what C and Python source share.

The order of every operation is that of the LLVM kernels: balanced trees of sums and products,
powers by squaring, one division per quotient. A value that is used once is written where it is used.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from codegen.balanced import power_factors
from codegen.functions import BOOLEAN, FUNCTION_BY_CODE, Function, Op
from codegen.partition import LEAVES, Partition, is_inner, owners, partition, stage_values
from codegen.tape import Tape
from symnum.errors import CompilationError

__all__ = ["Chunk", "Dialect", "StraightLine", "assignment", "straight_line"]

_COMPARE = {Op.LESS: "<", Op.LESS_EQUAL: "<=", Op.EQUAL: "==", Op.NOT_EQUAL: "!="}
_SUM, _PRODUCT, _FUNCTION = int(Op.SUM), int(Op.PRODUCT), int(Op.FUNCTION)
# Above this many outputs per distinct value, values are computed once and scattered by a table.
_GATHER_RATIO = 3
_GATHER_FROM = 1000
# Texts longer than this get a name of their own, even if they are used once.
_INLINE_LENGTH = 120


class Dialect(Protocol):
    """What a language writes in its own way; operands are atoms or in brackets."""

    def literal(self, value: float) -> str:
        """Return an exact literal."""

    def declare(self, name: str, text: str, boolean: bool) -> str:
        """Return the statement that names a value."""

    def assign(self, target: str, text: str) -> str:
        """Return an assignment to memory."""

    def divide(self, above: str, below: str) -> str:
        """Return a quotient."""

    def number(self, truth: str) -> str:
        """Return a truth value as a number."""

    def select(self, condition: str, if_true: str, if_false: str) -> str:
        """Return a choice."""

    def logical(self, op: Op, values: Sequence[str]) -> str:
        """Return `and`, `or`, `not`."""

    def power(self, base: str, exponent: str) -> str:
        """Return a power with any exponent."""

    def function(self, function: Function, values: Sequence[str]) -> str:
        """Return a call."""


@dataclass(eq=False)
class Chunk:
    """The body of one function.

    Parameters
    ----------
    lines : list of str
        Statements, not indented.
    uses : set of str
        Which of "t", "y", "p", "k" (parameter stage), "w" (scratch) and "out" they touch.
    """

    lines: list[str] = field(default_factory=list)
    uses: set[str] = field(default_factory=set)


@dataclass(eq=False)
class StraightLine:
    """A tape as chunks of statements.

    Parameters
    ----------
    stage_chunks, chunks : list of Chunk
        The parameter stage, which writes ``k``, and the rest, which writes ``out``.
    stage_size, scratch_size, n_outputs : int
        Lengths of ``k``, ``w`` and ``out``.
    gather : list of int or None
        If given, the chunks leave ``out`` alone: output `i` is ``w[gather[i]]``.
    """

    stage_chunks: list[Chunk]
    chunks: list[Chunk]
    stage_size: int
    scratch_size: int
    n_outputs: int
    gather: list[int] | None = None


def straight_line(tape: Tape, dialect: Dialect, limit: int = 400) -> StraightLine:
    """Write a tape in chunks of about `limit` operations.

    Parameters
    ----------
    tape : Tape
        What to compute.
    dialect : Dialect
        The language.
    limit : int
        Operations per chunk.
    """
    writer = _Writer(tape, dialect, limit)
    stage_chunks = [writer.chunk(1, nodes) for nodes in writer.early.chunks]
    chunks = [writer.chunk(2, nodes) for nodes in writer.late.chunks] + writer.remaining(limit)
    return StraightLine(
        stage_chunks,
        chunks,
        stage_size=len(writer.early.slot),
        scratch_size=len(writer.late.slot) + 2 * len(writer.table),
        n_outputs=len(tape.output),
        gather=writer.gather() if writer.gathered else None,
    )


def assignment(tape: Tape, dialect: Dialect, target: str) -> list[str]:
    """Write a tape of one output, free of states and time, as statements that end in `target = ...`."""
    inner = ~np.isin(tape.operation, list(LEAVES))
    late = replace(tape, stage=np.where(inner, 2, tape.stage))
    writer = _Writer(late, dialect, len(tape.argument) + 1)
    chunks = [writer.chunk(2, nodes) for nodes in writer.late.chunks] + writer.remaining(1)
    lines = [line for chunk in chunks for line in chunk.lines]
    return [line.replace("out[0]", target, 1) if line.startswith("out[0]") else line for line in lines]


class _Writer:
    def __init__(self, tape: Tape, dialect: Dialect, limit: int) -> None:
        self.dialect = dialect
        self.operation, self.offset = tape.operation.tolist(), tape.offset.tolist()
        self.argument, self.weight = tape.argument.tolist(), tape.weight.tolist()
        self.stage = tape.stage.tolist()
        self.output, self.sign = tape.output.tolist(), tape.sign.tolist()
        distinct = set(self.output)
        self.gathered = len(self.output) >= _GATHER_FROM and len(self.output) > _GATHER_RATIO * len(distinct)
        self.early = partition(tape, 1, limit, stage_values(tape))
        self.late = partition(tape, 2, limit)
        self.table = {node: i for i, node in enumerate(sorted(distinct))} if self.gathered else {}
        self.negated = {n for n, s in zip(self.output, self.sign) if s < 0}
        self.targets: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for i, (node, sign) in enumerate(zip(self.output, self.sign)):
            self.targets[node].append((i, sign))
        self.mentions = _mentions(tape)

    def chunk(self, stage: int, nodes: list[int]) -> Chunk:
        body = _Body(self, stage)
        for node in nodes:
            body.emit(node)
        return body.chunk

    def remaining(self, limit: int) -> list[Chunk]:
        """Outputs that are leaves, constants or parameter-only values."""
        rest = [n for n in self.targets if self.stage[n] < 2 or self.operation[n] in LEAVES]
        chunks = []
        for start in range(0, len(rest), limit):
            body = _Body(self, 2)
            for node in rest[start : start + limit]:
                body.store_outputs(node)
            chunks.append(body.chunk)
        return chunks

    def gather(self) -> list[int]:
        base = len(self.late.slot)
        return [base + 2 * self.table[n] + (s < 0) for n, s in zip(self.output, self.sign)]


def _mentions(tape: Tape) -> list[int]:
    """How often the text of each node is needed; a power needs its base more than once."""
    owner = owners(tape)
    twice = (tape.operation == Op.PRODUCT)[owner] & (np.abs(tape.weight) > 1)
    reads = is_inner(tape)[owner]
    count = np.bincount(tape.argument[reads], 1.0 + twice[reads], len(tape)).astype(np.int64)
    count += np.bincount(tape.output, minlength=len(tape))
    return count.tolist()


class _Body:
    """One function: what has a name, and what is written where it is used."""

    def __init__(self, parent: _Writer, stage: int) -> None:
        self.parent, self.dialect, self.stage = parent, parent.dialect, stage
        self.part: Partition = parent.early if stage == 1 else parent.late
        self.memory = "k" if stage == 1 else "w"
        self.chunk = Chunk()
        self.texts: dict[int, str] = {}
        self.count = 0

    # Values ---------------------------------------------------------------------------------

    def place(self, array: str, index: int) -> str:
        self.chunk.uses.add(array)
        return f"{array}[{index}]"

    def name(self, text: str, boolean: bool = False) -> str:
        self.count += 1
        name = f"v{self.count}"
        self.chunk.lines.append(self.dialect.declare(name, text, boolean))
        return name

    def text(self, node: int) -> tuple[str, bool]:
        """Return an operand (an atom or in brackets), and whether it is a truth value."""
        p = self.parent
        op = p.operation[node]
        if node in self.texts:
            return self.texts[node], op in BOOLEAN
        if op == Op.CONSTANT:
            return self.dialect.literal(p.weight[p.offset[node]]), False
        if op == Op.TIME:
            self.chunk.uses.add("t")
            return "t", False
        if op in (Op.STATE, Op.PARAMETER):
            return self.place("y" if op == Op.STATE else "p", p.argument[p.offset[node]]), False
        early = p.stage[node] == 1
        return self.place("k" if early else "w", (p.early if early else p.late).slot[node]), False

    def number(self, node: int) -> str:
        found = self.texts.get(node)
        if found is not None and self.parent.operation[node] not in BOOLEAN:
            return found
        text, boolean = self.text(node)
        return self.dialect.number(text) if boolean else text

    def truth(self, node: int) -> str:
        text, boolean = self.text(node)
        return text if boolean else f"({text} != 0.0)"

    def emit(self, node: int) -> None:
        """Compute a node, and store it wherever it is wanted."""
        p = self.parent
        op = p.operation[node]
        text = self.compute(op, node)
        boolean = op in BOOLEAN
        stored = node in self.part.slot
        wanted = self.stage == 2 and node in p.targets
        single = p.mentions[node] == 1 and not stored and not p.gathered
        if single and wanted and not boolean:
            self.texts[node] = text
            self.store_outputs(node, bare=True)
            return
        short = len(text) <= _INLINE_LENGTH
        self.texts[node] = f"({text})" if single and short and not wanted else self.name(text, boolean)
        if stored:
            self.store(self.memory, self.part.slot[node], self.number(node))
        if wanted:
            self.store_outputs(node)

    def store(self, array: str, index: int, text: str) -> None:
        self.chunk.lines.append(self.dialect.assign(self.place(array, index), text))

    def store_outputs(self, node: int, bare: bool = False) -> None:
        p = self.parent
        if p.gathered:
            slot = len(p.late.slot) + 2 * p.table[node]
            self.store("w", slot, self.number(node))
            if node in p.negated:
                self.store("w", slot + 1, f"-({self.number(node)})")
            return
        for index, sign in p.targets[node]:
            text = self.number(node)
            self.store("out", index, text if sign > 0 else f"-({text})" if bare else _negative(text))

    # Operations -----------------------------------------------------------------------------

    def compute(self, op: int, node: int) -> str:
        p = self.parent
        start, stop = p.offset[node], p.offset[node + 1]
        nodes = p.argument[start:stop]
        if op >= _FUNCTION and op in FUNCTION_BY_CODE:
            return self.dialect.function(FUNCTION_BY_CODE[op], [self.number(n) for n in nodes])
        if op == _SUM:
            return self.sum(nodes, p.weight[start:stop])
        if op == _PRODUCT:
            return self.product(nodes, p.weight[start:stop])
        if op in (Op.AND, Op.OR, Op.NOT):
            return self.dialect.logical(Op(op), [self.truth(n) for n in nodes])
        if op == Op.SELECT:
            return self.dialect.select(self.truth(nodes[0]), self.number(nodes[1]), self.number(nodes[2]))
        values = [self.number(n) for n in nodes]
        if op in _COMPARE:
            return f"{values[0]} {_COMPARE[Op(op)]} {values[1]}"
        if op == Op.POWER:
            return self.dialect.power(values[0], values[1])
        raise CompilationError(f"The source emitters do not know operation {op}.")

    def sum(self, nodes: list[int], weights: list[float]) -> str:
        """Balanced trees of the added and of the subtracted terms, then one difference."""
        plus: list[str] = []
        minus: list[str] = []
        for node, c in zip(nodes, weights):
            value = self.number(node)
            if abs(c) == 1.0:
                (plus if c > 0 else minus).append(value)
            else:
                plus.append(f"{self.dialect.literal(c)}*{value}")
        if not minus:
            return _tree(plus, " + ")
        less = _tree(minus, " + ")
        less = f"({less})" if len(minus) > 1 else less
        return f"{_tree(plus, ' + ')} - {less}" if plus else _negative(less)

    def product(self, nodes: list[int], weights: list[float]) -> str:
        above: list[str] = []
        below: list[str] = []
        for node, e in zip(nodes, weights):
            (above if e > 0 else below).append(self.integer_power(self.number(node), int(abs(e))))
        if not below:
            return _tree(above, "*")
        top = _tree(above, "*") if above else self.dialect.literal(1.0)
        return self.dialect.divide(f"({top})" if len(above) > 1 else top, _bracketed(below))

    def integer_power(self, value: str, exponent: int) -> str:
        """Square and multiply."""
        return _bracketed(power_factors(value, exponent, lambda a, b: self.name(f"{a}*{b}")))


def _tree(values: list[str], operator: str) -> str:
    while len(values) > 2:
        pairs = [f"({values[i]}{operator}{values[i + 1]})" for i in range(0, len(values) - 1, 2)]
        values = pairs + values[len(values) & ~1 :]
    return operator.join(values)


def _bracketed(values: list[str]) -> str:
    return values[0] if len(values) == 1 else f"({_tree(values, '*')})"


def _negative(text: str) -> str:
    return f"-({text})" if text.startswith("-") else f"-{text}"
