"""Tape to LLVM text.

Straight-line code in chunks, each value loaded at most once per chunk, no pass over the IR: the
text is already what the machine should do. Only `contract` is allowed of the fast-math flags.

Every kernel NAME becomes four functions:

    i32 NAME(double t, ptr y, ptr p, ptr context, ptr out)      the kernel
    i32 NAME_stage(double t, ptr y, ptr p, ptr context, ptr out)  the parameter stage, into `out`
    i32 NAME_bound(ptr record)                                    the kernel on {t, y, p, context, out}
"""

import struct
from collections import defaultdict
from dataclasses import dataclass

from codegen.functions import BOOLEAN, FUNCTION_BY_CODE, LLVM_PREDICATES, Op
from codegen.partition import LEAVES, Partition, partition, stage_values
from codegen.tape import Tape
from symnum.errors import CompilationError

__all__ = ["ModuleText", "bound_function", "emit_llvm", "gather_function", "wants_gather"]

_FUNCTION = int(Op.FUNCTION)
_ARGUMENTS = "double %t, ptr noalias %y, ptr noalias %p, ptr noalias %k, ptr noalias %w, ptr noalias %out"
_PASSED = "double %t, ptr %y, ptr %p, ptr %k, ptr %w, ptr %out"
# Above this many outputs per distinct value, values are computed once and scattered by a table.
_GATHER_RATIO = 3
_GATHER_FROM = 1000


@dataclass(frozen=True)
class ModuleText:
    """LLVM text of one kernel with the memory that it needs.

    Parameters
    ----------
    text : str
        The module.
    stage_size, scratch_size : int
        Doubles needed for the parameter stage and for scratch.
    chunks : int
        Number of straight-line functions.
    gathered : bool
        Whether outputs are scattered from a table of distinct values.
    """

    text: str
    stage_size: int
    scratch_size: int
    chunks: int
    gathered: bool
    emitter: str = "llvm"


def emit_llvm(tape: Tape, name: str, stage_slot: int, triple: str, limit: int = 400) -> ModuleText:
    """Return the LLVM module of a tape.

    Parameters
    ----------
    tape : Tape
        What to compute.
    name : str
        Name of the kernel.
    stage_slot : int
        Slot of the context that points to this kernel's parameter stage.
    triple : str
        Target triple.
    limit : int
        Operations per chunk.
    """
    return _Emitter(tape, name, stage_slot, limit).module(triple)


class _Emitter:
    def __init__(self, tape: Tape, name: str, stage_slot: int, limit: int) -> None:
        self.name, self.stage_slot, self.limit = name, stage_slot, limit
        self.operation = tape.operation.tolist()
        self.offset = tape.offset.tolist()
        self.argument = tape.argument.tolist()
        self.weight = tape.weight.tolist()
        self.stage = tape.stage.tolist()
        self.output = tape.output.tolist()
        self.sign = tape.sign.tolist()
        distinct = set(self.output)
        self.gathered = wants_gather(tape)
        self.early = partition(tape, 1, limit, stage_values(tape))
        self.late = partition(tape, 2, limit)
        self.table = {node: i for i, node in enumerate(sorted(distinct))} if self.gathered else {}
        self.negated = {n for n, s in zip(self.output, self.sign, strict=True) if s < 0}
        self.targets: dict[int, list[tuple[int, int]]] = defaultdict(list)
        if not self.gathered:
            for i, (node, sign) in enumerate(zip(self.output, self.sign, strict=True)):
                self.targets[node].append((i, sign))
        self.lines: list[str] = []
        self.declared: dict[str, int] = {}

    # Module ---------------------------------------------------------------------------------

    def module(self, triple: str) -> ModuleText:
        early = self._functions("stage", self.early, stage=1)
        late = self._functions("main", self.late, stage=2)
        rest = self._rest_functions()
        table_base = len(self.late.slot)
        self._entry(f"{self.name}_stage", early, stage=1)
        self._entry(self.name, late + rest, stage=2, table_base=table_base)
        self.lines.append(bound_function(self.name))
        head = [f'target triple = "{triple}"']
        head += [
            f"declare {'double' if n else 'void'} @{f}({', '.join(['double'] * n)}) nounwind willreturn memory(none)"
            for f, n in self.declared.items()
        ]
        if self.gathered:
            head.append(_index_table(self.name, self._gather_index()))
        return ModuleText(
            "\n".join(head + self.lines) + "\n",
            len(self.early.slot),
            table_base + 2 * len(self.table),
            len(early) + len(late) + len(rest),
            self.gathered,
        )

    def _functions(self, label: str, part: Partition, stage: int) -> list[str]:
        names = []
        for number, chunk in enumerate(part.chunks):
            name = f"{self.name}_{label}_{number}"
            self.lines.append(f"define internal void @{name}({_ARGUMENTS}) nounwind {{")
            body = _Chunk(self, stage)
            for node in chunk:
                body.emit(node)
            self.lines.append("  ret void\n}")
            names.append(name)
        return names

    def _rest_functions(self) -> list[str]:
        """Outputs that are leaves, constants or parameter-only values."""
        wanted = self.table if self.gathered else self.targets
        rest = [n for n in wanted if self.stage[n] < 2 or self.operation[n] in LEAVES]
        names = []
        for number, start in enumerate(range(0, len(rest), self.limit)):
            name = f"{self.name}_rest_{number}"
            self.lines.append(f"define internal void @{name}({_ARGUMENTS}) nounwind {{")
            body = _Chunk(self, 2)
            for node in rest[start : start + self.limit]:
                body.store_outputs(node, body.value(node))
            self.lines.append("  ret void\n}")
            names.append(name)
        return names

    def _entry(self, name: str, chunks: list[str], stage: int, table_base: int = 0) -> None:
        out = self.lines
        out.append(
            f"define i32 @{name}(double %t, ptr noalias %y, ptr noalias %p, ptr noalias %c, ptr noalias %out)"
            " nounwind {\nentry:"
        )
        if stage == 1:
            # The parameter stage writes to `out`; as chunks see it, that is both %k and %w.
            calls = [f"  call void @{f}(double %t, ptr %y, ptr %p, ptr %out, ptr %out, ptr %out)" for f in chunks]
        else:
            out.append(f"  %ks = getelementptr ptr, ptr %c, i64 {self.stage_slot}\n  %k = load ptr, ptr %ks")
            out.append("  %ws = getelementptr ptr, ptr %c, i64 4\n  %w = load ptr, ptr %ws")
            calls = [f"  call void @{f}({_PASSED})" for f in chunks]
        out.extend(calls)
        if stage == 2 and self.gathered:
            out.append(f"  %f = getelementptr double, ptr %w, i64 {table_base}")
            out.extend(_gather_loop(self.name, len(self.output)))
        out.append("  ret i32 0\n}")

    def _gather_index(self) -> list[int]:
        return [2 * self.table[n] + (s < 0) for n, s in zip(self.output, self.sign, strict=True)]


def bound_function(name: str) -> str:
    """Return the function that calls kernel `name` on one record of its arguments."""
    loads = "\n".join(
        f"  %a{i} = getelementptr i64, ptr %r, i64 {i}\n  %v{i} = load {kind}, ptr %a{i}"
        for i, kind in enumerate(("double", "ptr", "ptr", "ptr", "ptr"))
    )
    return (
        f"define i32 @{name}_bound(ptr %r) nounwind {{\n{loads}\n"
        f"  %s = call i32 @{name}(double %v0, ptr %v1, ptr %v2, ptr %v3, ptr %v4)\n  ret i32 %s\n}}"
    )


def wants_gather(tape: Tape) -> bool:
    """Return whether outputs repeat so much that they are best scattered from a table."""
    return len(tape.output) >= _GATHER_FROM and len(tape.output) > _GATHER_RATIO * len(set(tape.output.tolist()))


def gather_function(name: str, inner: str, index: list[int]) -> str:
    """Return kernel `name`: call `inner`, which fills a table at the start of scratch, and scatter it."""
    lines = [_index_table(name, index), f"declare i32 @{inner}(double, ptr, ptr, ptr, ptr)"]
    lines.append(f"define i32 @{name}(double %t, ptr %y, ptr %p, ptr %c, ptr noalias %out) nounwind {{\nentry:")
    lines.append("  %ws = getelementptr ptr, ptr %c, i64 4\n  %f = load ptr, ptr %ws")
    lines.append(f"  %s = call i32 @{inner}(double %t, ptr %y, ptr %p, ptr %c, ptr %out)")
    lines += _gather_loop(name, len(index))
    lines.append("  ret i32 0\n}")
    return "\n".join(lines)


def _index_table(name: str, index: list[int]) -> str:
    items = ", ".join(f"i32 {i}" for i in index)
    return f"@{name}_index = internal constant [{len(index)} x i32] [{items}], align 64"


def _gather_loop(name: str, n: int, unroll: int = 8) -> list[str]:
    """out[i] = f[index[i]], unrolled."""
    body, tail = n - n % unroll, n % unroll
    out = ["  br label %loop\nloop:\n  %i = phi i64 [0, %entry], [%next, %loop]"]
    for u in range(unroll):
        out.append(f"  %j{u} = add i64 %i, {u}")
        out.append(_gather_one(name, f"l{u}", f"%j{u}"))
    out.append(f"  %next = add i64 %i, {unroll}\n  %more = icmp ult i64 %next, {body}")
    out.append("  br i1 %more, label %loop, label %done\ndone:")
    out += [_gather_one(name, f"r{u}", str(body + u)) for u in range(tail)]
    return out


def _gather_one(name: str, tag: str, i: str) -> str:
    return (
        f"  %pa{tag} = getelementptr i32, ptr @{name}_index, i64 {i}\n"
        f"  %pi{tag} = load i32, ptr %pa{tag}\n  %px{tag} = zext i32 %pi{tag} to i64\n"
        f"  %pb{tag} = getelementptr double, ptr %f, i64 %px{tag}\n  %pv{tag} = load double, ptr %pb{tag}\n"
        f"  %pc{tag} = getelementptr double, ptr %out, i64 {i}\n  store double %pv{tag}, ptr %pc{tag}"
    )


class _Chunk:
    """One straight-line function: values in registers, loads remembered."""

    def __init__(self, parent: _Emitter, stage: int) -> None:
        self.parent = parent
        self.lines = parent.lines
        self.stage = stage
        self.part = parent.early if stage == 1 else parent.late
        self.memory = "k" if stage == 1 else "w"
        self.have: dict[int, str] = {}
        self.count = 0

    def line(self, text: str) -> str:
        self.count += 1
        name = f"%v{self.count}"
        self.lines.append(f"  {name} = {text}")
        return name

    def load(self, pointer: str, index: int) -> str:
        self.count += 1
        n = self.count
        self.lines.append(
            f"  %g{n} = getelementptr double, ptr %{pointer}, i64 {index}\n  %v{n} = load double, ptr %g{n}"
        )
        return f"%v{n}"

    def store(self, pointer: str, index: int, value: str) -> None:
        self.count += 1
        self.lines.append(
            f"  %g{self.count} = getelementptr double, ptr %{pointer}, i64 {index}\n"
            f"  store double {value}, ptr %g{self.count}"
        )

    def value(self, node: int) -> str:
        """Return the register or literal of a node, loading it if it lives elsewhere."""
        found = self.have.get(node)
        if found is None:
            found = self.have[node] = self._fetch(node)
        return found

    def _fetch(self, node: int) -> str:
        p = self.parent
        op = p.operation[node]
        if op == Op.STATE:
            return self.load("y", p.argument[p.offset[node]])
        if op == Op.CONSTANT:
            return literal(p.weight[p.offset[node]])
        if op == Op.PARAMETER:
            return self.load("p", p.argument[p.offset[node]])
        if op == Op.TIME:
            return "%t"
        early = p.stage[node] == 1
        slot = (p.early if early else p.late).slot[node]
        value = self.load("k" if early else "w", slot)
        return self.line(f"fcmp une double {value}, 0.0") if op in BOOLEAN else value

    def emit(self, node: int) -> None:
        """Compute a node, and store it wherever it is wanted."""
        p = self.parent
        op = p.operation[node]
        start, stop = p.offset[node], p.offset[node + 1]
        nodes = p.argument[start:stop]
        if op >= _FUNCTION:
            value = self.function(op, [self.value(n) for n in nodes])
        else:
            value = self.compute(op, nodes, p.weight[start:stop])
        self.have[node] = value
        if node in self.part.slot:
            stored = self.as_double(op, value)
            self.store(self.memory, self.part.slot[node], stored)
        if self.stage == 2:
            self.store_outputs(node, value)

    def as_double(self, op: int, value: str) -> str:
        if op not in BOOLEAN:
            return value
        return self.line(f"select i1 {value}, double 1.0, double 0.0")

    def store_outputs(self, node: int, value: str) -> None:
        p = self.parent
        if p.gathered:
            slot = p.table.get(node)
            if slot is not None:
                base = len(p.late.slot)
                value = self.as_double(p.operation[node], value)
                self.store("w", base + 2 * slot, value)
                if node in p.negated:
                    self.store("w", base + 2 * slot + 1, self.line(f"fneg double {value}"))
            return
        if node not in p.targets:
            return
        for index, sign in p.targets[node]:
            stored = self.as_double(p.operation[node], value)
            self.store("out", index, stored if sign > 0 else self.line(f"fneg double {stored}"))

    # Operations -----------------------------------------------------------------------------

    def compute(self, op: int, nodes: list[int], weights: list[float]) -> str:
        if op == Op.SUM:
            return self.sum(nodes, weights)
        if op == Op.PRODUCT:
            return self.product(nodes, weights)
        values = [self.value(n) for n in nodes]
        if op == Op.POWER:
            return self.library("pow", values)
        if op == Op.SELECT:
            return self.line(f"select i1 {values[0]}, double {values[1]}, double {values[2]}")
        if op in LLVM_PREDICATES:
            return self.line(f"fcmp {LLVM_PREDICATES[op]} double {values[0]}, {values[1]}")
        if op == Op.NOT:
            return self.line(f"xor i1 {values[0]}, true")
        if op in (Op.AND, Op.OR):
            word = "and" if op == Op.AND else "or"
            result = values[0]
            for v in values[1:]:
                result = self.line(f"{word} i1 {result}, {v}")
            return result
        raise CompilationError(f"The LLVM emitter does not know operation {op}.")

    def sum(self, nodes: list[int], weights: list[float]) -> str:
        """Balanced trees of the added and of the subtracted terms, then one difference."""
        plus = _Tree(self, "fadd")
        minus = _Tree(self, "fadd")
        for node, c in zip(nodes, weights, strict=True):
            if c == 1.0:
                plus.push(self.value(node))
            elif c != -1.0:
                plus.push(self.line(f"fmul contract double {self.value(node)}, {literal(c)}"))
        added = plus.result()
        for node, c in zip(nodes, weights, strict=True):
            if c == -1.0:
                minus.push(self.value(node))
        subtracted = minus.result()
        if subtracted is None:
            return added or "0.0"
        if added is None:
            return self.line(f"fneg double {subtracted}")
        return self.line(f"fsub contract double {added}, {subtracted}")

    def product(self, nodes: list[int], weights: list[float]) -> str:
        """Return numerator over denominator."""
        above, below = _Tree(self, "fmul"), _Tree(self, "fmul")
        for node, e in zip(nodes, weights, strict=True):
            (above if e > 0 else below).push(self.integer_power(self.value(node), int(abs(e))))
        numerator, denominator = above.result(), below.result()
        if denominator is None:
            return numerator or "1.0"
        return self.line(f"fdiv contract double {numerator or '1.0'}, {denominator}")

    def integer_power(self, value: str, exponent: int) -> str:
        """Square and multiply."""
        factors, square = _Tree(self, "fmul"), value
        while True:
            if exponent & 1:
                factors.push(square)
            exponent >>= 1
            if not exponent:
                return factors.result() or "1.0"
            square = self.line(f"fmul contract double {square}, {square}")

    def function(self, op: int, values: list[str]) -> str:
        function = FUNCTION_BY_CODE[op]
        if function.llvm:
            return self.library(function.llvm, values)
        if function.name == "sign":
            return self.sign_of(values[0])
        if function.name == "mod":
            quotient = self.library("llvm.floor.f64", [self.line(f"fdiv double {values[0]}, {values[1]}")])
            return self.line(f"fsub double {values[0]}, {self.line(f'fmul double {quotient}, {values[1]}')}")
        # A NaN must not be hidden: take the first argument if it is one, else the second.
        relation = "olt" if function.name == "min" else "ogt"
        first = self.line(f"fcmp {relation} double {values[0]}, {values[1]}")
        nan = self.line(f"fcmp uno double {values[0]}, {values[0]}")
        take = self.line(f"or i1 {first}, {nan}")
        return self.line(f"select i1 {take}, double {values[0]}, double {values[1]}")

    def sign_of(self, value: str) -> str:
        positive = self.line(f"fcmp ogt double {value}, 0.0")
        negative = self.line(f"fcmp olt double {value}, 0.0")
        below = self.line(f"select i1 {negative}, double -1.0, double {value}")
        return self.line(f"select i1 {positive}, double 1.0, double {below}")

    def library(self, name: str, values: list[str]) -> str:
        self.parent.declared[name] = len(values)
        return self.line(f"call double @{name}(double {', double '.join(values)})")


class _Tree:
    """A balanced reduction that keeps only log2(n) values alive, made as its operands come."""

    def __init__(self, chunk: _Chunk, operation: str) -> None:
        self.chunk, self.operation = chunk, operation
        self.stack: list[tuple[int, str]] = []

    def push(self, value: str) -> None:
        level = 0
        while self.stack and self.stack[-1][0] == level:
            value = self._join(self.stack.pop()[1], value)
            level += 1
        self.stack.append((level, value))

    def result(self) -> str | None:
        if not self.stack:
            return None
        value = self.stack.pop()[1]
        while self.stack:
            value = self._join(self.stack.pop()[1], value)
        return value

    def _join(self, a: str, b: str) -> str:
        return self.chunk.line(f"{self.operation} contract double {a}, {b}")


def literal(value: float) -> str:
    """Return a float as an exact LLVM literal.

    Examples
    --------
    >>> literal(1.0)
    '0x3FF0000000000000'
    """
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"
