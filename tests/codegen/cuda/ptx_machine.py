"""Runs PTX, all threads of a launch side by side: what a device would be given, not another form of it.

Threads of one group take each instruction together; where a branch parts them, the part that is further behind in the
text goes first, until they meet again. Every access to memory is checked: its place, whether what is read has been
written, and whether two threads touch an element between the same barriers.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tests.codegen.cuda import ptx_operations as do
from tests.codegen.cuda.ptx_memory import GlobalMemory, Lanes, PtxFault, Region
from tests.codegen.cuda.ptx_operations import TYPES
from tests.codegen.cuda.ptx_text import Instruction, PtxModule, Routine, parse

__all__ = ["PtxFault", "PtxProgram"]

_ADDRESS = re.compile(r"\[\s*([%$\w.]+)\s*(?:\+\s*(-?\d+))?\s*\]")
_BINARY = {"add", "sub", "mul", "div", "min", "max", "and", "or", "xor", "copysign", "rem"}
_UNARY = {"neg", "abs", "sqrt", "rcp", "rsqrt", "ex2", "lg2", "not", "clz", "popc", "sin", "cos"}
_LIMIT_SHARED = 48 << 10

Step = Callable[["Frame", Any], None]


class Frame:
    """Registers of one routine, an element for each thread of the launch."""

    def __init__(self, program: "PtxProgram", routine: Routine, threads: "Threads") -> None:
        self.program, self.routine, self.threads = program, routine, threads
        self.registers: dict[str, Any] = {}
        self.parameters: dict[str, Any] = {}
        self.carry = np.zeros(threads.count, np.uint64)
        size = sum(v.size + v.align for v in routine.variables.values() if v.space == "local")
        self.local = np.zeros((threads.count, -(-size // 8) * 8), np.uint8)
        self.local_known = np.zeros(self.local.shape, bool)

    def get(self, name: str, who: Any) -> Any:
        """Return a register of some threads."""
        try:
            values = self.registers[name]
        except KeyError:
            raise PtxFault(f"{self.routine.name}: {name} is read before it is set") from None
        return values if who is None else values[who]

    def put(self, name: str, who: Any, values: Any) -> None:
        """Set a register of some threads."""
        if values.dtype.kind != "b":
            values = values.view(f"<u{values.dtype.itemsize}")
        if who is None:
            self.registers[name] = (
                values if values.shape == (self.threads.count,) else np.broadcast_to(values, self.threads.count).copy()
            )
            return
        old = self.registers.get(name)
        if old is None or old.dtype != values.dtype:
            # Whoever reads what nobody has set gets nonsense.
            old = np.full(self.threads.count, 0xDEADBEEF & (2 ** (8 * values.dtype.itemsize) - 1)).astype(values.dtype)
        elif not old.flags.writeable or old.base is not None:
            old = old.copy()
        old[who] = values
        self.registers[name] = old


class Threads:
    """The threads of one launch."""

    def __init__(self, blocks: int, threads: int, launch: int, chosen: Sequence[int] | None = None) -> None:
        numbers = np.arange(blocks) if chosen is None else np.asarray(chosen)
        self.count, self.size, self.blocks = len(numbers) * threads, threads, len(numbers)
        number = np.arange(self.count)
        self.block = number // threads
        self.all = number
        self.lanes = Lanes(launch, self.block, np.zeros(self.count, np.int64))
        whole = {"tid.x": number % threads, "ctaid.x": numbers[self.block], "ntid.x": threads, "nctaid.x": blocks}
        self.special = {f"%{k}": np.broadcast_to(np.asarray(v, "<u4"), self.count).copy() for k, v in whole.items()}
        for name in ("tid", "ctaid"):
            self.special |= {f"%{name}.{axis}": np.zeros(self.count, "<u4") for axis in "yz"}

    def who(self, who: Any) -> Any:
        """Numbers of some threads."""
        return self.all if who is None else who


class PtxProgram:
    """A module that has been loaded."""

    def __init__(self, text: str, memory: GlobalMemory, checked: bool = True) -> None:
        self.module: PtxModule = parse(text)
        self.memory, self.checked = memory, checked
        self.launches = self.executed = 0
        self.symbols: dict[str, int] = {}
        self._code: dict[str, list[list[Any]]] = {}
        for variable in self.module.variables.values():
            if variable.space in ("global", "const"):
                region = memory.allocate(variable.size, variable.name)
                region.data[: len(variable.values)] = np.frombuffer(variable.values, np.uint8)
                self.symbols[variable.name] = region.base

    def entry(self, name: str) -> Routine:
        """Return an entry; raises KeyError."""
        routine = self.module.routines[name]
        if not routine.is_entry:
            raise KeyError(name)
        return routine

    def launch(
        self, name: str, blocks: int, threads: int, values: list[int], chosen: Sequence[int] | None = None
    ) -> None:
        """Run an entry with 64-bit parameters: all blocks, or some of them."""
        routine = self.entry(name)
        if routine.threads is not None and threads > routine.threads:
            raise PtxFault(f"{name}: {threads} threads, at most {routine.threads}")
        if len(values) != len(routine.parameters):
            raise PtxFault(f"{name}: {len(values)} parameters of {len(routine.parameters)}")
        self.launches += 1
        group = Threads(blocks, threads, self.launches, chosen)
        frame = Frame(self, routine, group)
        frame.parameters = {
            k: np.full(group.count, v, "<u8") for (k, _), v in zip(routine.parameters, values, strict=True)
        }
        place = 0
        for variable in [*routine.variables.values(), *self.module.variables.values()]:
            if variable.space == "shared":
                place = -(-place // variable.align) * variable.align
                self.symbols[variable.name] = place
                place += variable.size
        if place > _LIMIT_SHARED:
            raise PtxFault(f"{name}: {place} bytes of shared memory")
        # One after the other, the shared memory of all blocks.
        self.shared_size = max(-(-place // 8) * 8, 8)
        self.shared = Region(0, self.shared_size * group.blocks, f"shared memory of {name}", known=False)
        with np.errstate(all="ignore"):
            self.run(frame, None)

    def run(self, frame: Frame, who: Any) -> None:
        """Run a routine from its beginning until all threads have returned."""
        code = self._compiled(frame.routine)
        waiting: dict[int, list[Any]] = {0: [who]}
        parked: dict[int, list[Any]] = {}
        while waiting or parked:
            if not waiting:
                waiting, parked = self._released(frame, parked), {}
            number = min(waiting)
            groups = waiting.pop(number)
            here = groups[0] if len(groups) == 1 else np.sort(np.concatenate(groups))
            if here is not None and here.size == frame.threads.count:
                here = None
            steps, last = code[number]
            for step in steps:
                step(frame, here)
            self.executed += len(steps)
            for target, part, at_barrier in self._following(frame, last, number, here):
                if target < len(code):
                    (parked if at_barrier else waiting).setdefault(target, []).append(part)

    def _following(self, frame: Frame, last: Instruction | None, number: int, here: Any) -> list[tuple[int, Any, bool]]:
        if last is None:
            return [(number + 1, here, False)]
        name = last.opcode.split(".")[0]
        if last.guard is None:
            taken, rest = here, None
            parts = False
        else:
            flags = frame.get(last.guard[0], here) == last.guard[1]
            everyone = frame.threads.who(here)
            taken, rest = everyone[flags], everyone[~flags]
            parts = True
        found: list[tuple[int, Any, bool]] = []
        if parts and rest is not None and rest.size:
            found.append((number + 1, rest, False))
        if parts and not taken.size:
            return found
        if name in ("ret", "exit"):
            return found
        if name == "bra":
            return [*found, (frame.routine.starts[last.operands[0]], taken, False)]
        if last.operands[0] != "0" or len(last.operands) != 1:
            raise NotImplementedError(f"{last}")
        return [*found, (number + 1, frame.threads.who(taken), True)]

    def _released(self, frame: Frame, parked: dict[int, list[Any]]) -> dict[int, list[Any]]:
        """Let threads go on after a barrier that all of their block have reached."""
        threads, found = frame.threads, {}
        seen = np.zeros(threads.blocks, bool)
        for target, groups in parked.items():
            who = np.sort(np.concatenate(groups))
            count = np.bincount(threads.block[who], minlength=threads.blocks)
            if np.any((count != 0) & (count != threads.size)) or np.any(seen & (count > 0)):
                raise PtxFault(f"{frame.routine.name}: threads of a block wait at different barriers, or have ended")
            seen |= count > 0
            threads.lanes.epoch[who] += 1
            found[target] = [who]
        return found

    # Code -------------------------------------------------------------------------------------

    def _compiled(self, routine: Routine) -> Any:
        if routine.name not in self._code:
            code = []
            for block in routine.blocks:
                last = (
                    block[-1]
                    if block and block[-1].opcode.split(".")[0] in ("bra", "bar", "barrier", "ret", "exit")
                    else None
                )
                code.append(([self._step(i) for i in (block[:-1] if last else block)], last))
            self._code[routine.name] = code
        return self._code[routine.name]

    def _step(self, instruction: Instruction) -> Step:
        step = _compile(instruction)
        if instruction.guard is None:
            return step
        register, value = instruction.guard

        def guarded(frame: Frame, who: Any) -> None:
            some = frame.threads.who(who)[frame.get(register, who) == value]
            if some.size:
                step(frame, some)

        return guarded


def operand(text: str, kind: Any) -> Callable[[Frame, Any], Any]:
    """Return what gives the values of an operand as numbers of a type."""
    if text.startswith(("0d", "0f")):
        bits = np.array([int(text[2:], 16)], "<u8" if text[1] == "d" else "<u4")
        constant = bits.view(kind) if bits.dtype.itemsize == kind.itemsize else bits.astype(kind)
        return lambda frame, who: constant
    if re.fullmatch(r"-?\d+", text):
        whole = np.array([int(text) & (2 ** (8 * kind.itemsize) - 1)], f"<u{kind.itemsize}").view(kind)
        return lambda frame, who: whole
    if text.startswith("%") and "." in text:
        return lambda frame, who: frame.threads.special[text] if who is None else frame.threads.special[text][who]
    if re.match(r"%|[a-z]", text) and not text.startswith("__"):

        def register(frame: Frame, who: Any) -> Any:
            if text in frame.registers or text.startswith("%"):
                values = frame.get(text, who)
                if kind.kind == "b":
                    return values
                return (
                    values.view(kind)
                    if values.dtype.itemsize == kind.itemsize
                    else values.astype(f"<u{kind.itemsize}").view(kind)
                )
            return np.array([_symbol(frame, text)], "<u8").view(kind)

        return register
    return lambda frame, who: np.array([_symbol(frame, text)], "<u8").view(kind)


def _symbol(frame: Frame, name: str) -> int:
    place = 0
    for variable in frame.routine.variables.values():
        if variable.space == "local":
            place = -(-place // variable.align) * variable.align
            if variable.name == name:
                return place
            place += variable.size
    return frame.program.symbols[name]


def _kinds(parts: list[str]) -> list[Any]:
    return [TYPES[p] for p in parts if p in TYPES]


def _compile(instruction: Instruction) -> Step:
    name, *parts = instruction.opcode.split(".")
    special = {
        "ld": _load,
        "st": _store,
        "mov": _move,
        "cvta": _move,
        "setp": _compare,
        "selp": _select,
        "cvt": _convert,
        "call": _call,
    }
    if name in special:
        return special[name](instruction, parts)
    if name in ("shl", "shr"):
        return _shift(instruction, name, parts)
    if "cc" in parts or name in ("addc", "subc", "madc"):
        return _with_carry(instruction, name, parts)
    kind = _kinds(parts)[-1]
    target, *rest = instruction.operands
    if name in _BINARY:
        a, b = (operand(r, kind) for r in rest)
        return lambda frame, who: frame.put(
            target, who, _full(do.binary(name, parts, a(frame, who), b(frame, who), kind))
        )
    if name in _UNARY:
        a = operand(rest[0], kind)
        return lambda frame, who: frame.put(target, who, _full(do.unary(name, parts, a(frame, who), kind)))
    if name in ("fma", "mad", "bfe", "shf"):
        wide = TYPES[f"{'s' if kind.kind == 'i' else 'u'}64"] if "wide" in parts else kind
        kinds = (
            (kind, TYPES["u32"], TYPES["u32"])
            if name == "bfe"
            else (kind, kind, TYPES["u32"])
            if name == "shf"
            else (kind, kind, wide)
        )
        a, b, c = (operand(r, k) for r, k in zip(rest, kinds, strict=True))
        return lambda frame, who: frame.put(
            target, who, _full(do.combined(name, parts, a(frame, who), b(frame, who), c(frame, who), kind))
        )
    raise NotImplementedError(f"{instruction}")


def _full(values: Any) -> Any:
    return np.atleast_1d(np.asarray(values))


def _shift(instruction: Instruction, name: str, parts: list[str]) -> Step:
    kind = _kinds(parts)[-1]
    target = instruction.operands[0]
    a, b = operand(instruction.operands[1], kind), operand(instruction.operands[2], TYPES["u32"])
    return lambda frame, who: frame.put(target, who, _full(do.shift(name, a(frame, who), b(frame, who), kind)))


def _with_carry(instruction: Instruction, name: str, parts: list[str]) -> Step:
    """Sums of 32 bits with a carry in and out."""
    kind = TYPES["u32"]
    target = instruction.operands[0]
    given = [operand(o, kind) for o in instruction.operands[1:]]
    mask, one = np.uint64(0xFFFFFFFF), np.uint64(1)

    def step(frame: Frame, who: Any) -> None:
        values = [v(frame, who).astype(np.uint64) for v in given]
        carry = frame.carry[frame.threads.who(who)]
        if name.startswith("mad"):
            product = values[0] * values[1]
            values = [product & mask if "lo" in parts else product >> np.uint64(32), values[2]]
        if name in ("sub", "subc"):
            values[1] = (values[1] ^ mask) & mask
            carry = one - carry if name == "subc" else np.ones_like(carry)
        elif not name.endswith("c"):
            carry = np.zeros_like(carry)
        total = values[0] + values[1] + carry
        out = total >> np.uint64(32)
        if "cc" in parts:
            frame.carry[frame.threads.who(who)] = one - out if name in ("sub", "subc") else out
        frame.put(target, who, _full((total & mask).astype(np.uint32)))

    return step


def _move(instruction: Instruction, parts: list[str]) -> Step:
    target, source = instruction.operands
    kind = _kinds(parts)[-1]
    if target.startswith("{"):
        low, high = (t.strip() for t in target.strip("{}").split(","))
        half = f"<u{kind.itemsize // 2}"
        a = operand(source, kind)

        def split(frame: Frame, who: Any) -> None:
            pairs = np.ascontiguousarray(a(frame, who)).view(half).reshape(-1, 2)
            frame.put(low, who, pairs[:, 0].copy())
            frame.put(high, who, pairs[:, 1].copy())

        return split
    if source.startswith("{"):
        a, b = (operand(s.strip(), TYPES[f"u{kind.itemsize * 4}"]) for s in source.strip("{}").split(","))

        def join(frame: Frame, who: Any) -> None:
            pairs = np.stack(np.broadcast_arrays(a(frame, who), b(frame, who)), -1)
            frame.put(target, who, np.ascontiguousarray(pairs).view(f"<u{kind.itemsize}")[..., 0].copy())

        return join
    a = operand(source, kind)
    return lambda frame, who: frame.put(target, who, a(frame, who).copy())


def _compare(instruction: Instruction, parts: list[str]) -> Step:
    kind = _kinds(parts)[-1]
    target = instruction.operands[0]
    a, b = (operand(o, kind) for o in instruction.operands[1:3])
    if len(instruction.operands) != 3 or "|" in target:
        raise NotImplementedError(f"{instruction}")
    return lambda frame, who: frame.put(target, who, _full(do.compare(parts[0], a(frame, who), b(frame, who), kind)))


def _select(instruction: Instruction, parts: list[str]) -> Step:
    kind = _kinds(parts)[-1]
    target, *rest = instruction.operands
    a, b, c = operand(rest[0], kind), operand(rest[1], kind), operand(rest[2], TYPES["pred"])
    return lambda frame, who: frame.put(target, who, _full(np.where(c(frame, who), a(frame, who), b(frame, who))))


def _convert(instruction: Instruction, parts: list[str]) -> Step:
    to, source = _kinds(parts)
    target, given = instruction.operands
    a = operand(given, source)
    return lambda frame, who: frame.put(target, who, _full(do.convert(parts, a(frame, who), to)))


# Memory -----------------------------------------------------------------------------------------


def _place(text: str) -> tuple[str, int]:
    found = _ADDRESS.fullmatch(text)
    if found is None:
        raise NotImplementedError(f"address {text}")
    return found[1], int(found[2] or 0)


def _addresses(frame: Frame, who: Any, base: Callable[[Frame, Any], Any], offset: int) -> Any:
    found = base(frame, who).view(np.int64) + offset
    return np.broadcast_to(found, frame.threads.who(who).shape)


def _space(parts: list[str]) -> str:
    return next((p for p in parts if p in ("param", "global", "shared", "local", "const")), "generic")


def _load(instruction: Instruction, parts: list[str]) -> Step:
    targets = [t.strip() for t in instruction.operands[0].strip("{}").split(",")]
    name, offset = _place(instruction.operands[1])
    width, space = _kinds(parts)[-1].itemsize, _space(parts)
    if space == "param":
        return lambda frame, who: frame.put(targets[0], who, _parameter(frame, name, who, offset, width))
    base = operand(name, TYPES["u64"])

    def step(frame: Frame, who: Any) -> None:
        for k, target in enumerate(targets):
            frame.put(target, who, _read(frame, who, space, _addresses(frame, who, base, offset + k * width), width))

    return step


def _parameter(frame: Frame, name: str, who: Any, offset: int, width: int) -> Any:
    values = frame.parameters[name]
    some = values if who is None else values[who]
    if some.ndim == 1:
        some = some.reshape(-1, 1)
    return np.ascontiguousarray(some).view(f"<u{width}")[:, offset // width].copy()


def _read(frame: Frame, who: Any, space: str, addresses: Any, width: int) -> Any:
    program, numbers = frame.program, frame.threads.who(who)
    lanes = frame.threads.lanes if program.checked else None
    if space == "local":
        return _local(frame, numbers, addresses, width)
    if space == "shared":
        return program.shared.load(_shared(frame, numbers, addresses, width), width, numbers, lanes)
    out = np.empty(addresses.shape, f"<u{width}")
    for region, mask in program.memory.groups(addresses, width):
        out[mask] = region.load(addresses[mask], width, numbers[mask], lanes)
    return out


def _shared(frame: Frame, numbers: Any, addresses: Any, width: int) -> Any:
    size = frame.program.shared_size
    if np.any((addresses < 0) | (addresses + width > size)):
        raise PtxFault(f"{frame.routine.name}: outside of the shared memory of a block")
    return addresses + frame.threads.block[numbers] * size


def _local(frame: Frame, numbers: Any, addresses: Any, width: int, values: Any = None) -> Any:
    if np.any((addresses < 0) | (addresses + width > frame.local.shape[1]) | (addresses % width != 0)):
        raise PtxFault(f"{frame.routine.name}: outside of the local memory of a thread")
    view, known = frame.local.view(f"<u{width}"), frame.local_known.view(f"<u{width}")
    if values is None:
        if not np.all(known[numbers, addresses // width]):
            raise PtxFault(f"{frame.routine.name}: local memory is read before it is written")
        return view[numbers, addresses // width]
    view[numbers, addresses // width] = values
    frame.local_known.view(f"<u{width}")[numbers, addresses // width] = 2 ** (8 * width) - 1
    return None


def _store(instruction: Instruction, parts: list[str]) -> Step:
    name, offset = _place(instruction.operands[0])
    kind, space = _kinds(parts)[-1], _space(parts)
    unsigned = TYPES[f"u{8 * kind.itemsize}"]
    sources = [operand(s.strip(), unsigned) for s in instruction.operands[1].strip("{}").split(",")]
    base, width = operand(name, TYPES["u64"]), kind.itemsize
    if space == "param":
        return lambda frame, who: _store_parameter(frame, name, who, offset, sources[0](frame, who))

    def step(frame: Frame, who: Any) -> None:
        numbers, program = frame.threads.who(who), frame.program
        lanes = frame.threads.lanes if program.checked else None
        for k, source in enumerate(sources):
            addresses = _addresses(frame, who, base, offset + k * width)
            values = np.broadcast_to(source(frame, who), numbers.shape)
            if space == "local":
                _local(frame, numbers, addresses, width, values)
            elif space == "shared":
                program.shared.store(_shared(frame, numbers, addresses, width), values, width, numbers, lanes)
            else:
                for region, mask in program.memory.groups(addresses, width):
                    region.store(addresses[mask], values[mask], width, numbers[mask], lanes)

    return step


def _store_parameter(frame: Frame, name: str, who: Any, offset: int, values: Any) -> None:
    """Write a parameter of a call, or a result, of up to 64 bytes."""
    known = frame.parameters.get(name)
    if known is None or known.ndim == 1:
        known = frame.parameters[name] = np.zeros((frame.threads.count, 64), np.uint8)
    width = values.dtype.itemsize
    known.view(f"<u{width}")[frame.threads.who(who), offset // width] = values


def _call(instruction: Instruction, parts: list[str]) -> Step:
    *results, name, given = instruction.operands if len(instruction.operands) == 3 else ("()", *instruction.operands)
    names = [[n.strip() for n in text.strip("()").split(",") if n.strip()] for text in (results[0], given)]

    def step(frame: Frame, who: Any) -> None:
        program = frame.program
        routine = program.module.routines[name]
        inner = Frame(program, routine, frame.threads)
        for (target, _), source in zip(routine.parameters, names[1], strict=True):
            inner.parameters[target] = frame.parameters[source].copy()
        program.run(inner, who)
        for target, (source, _) in zip(names[0], routine.results, strict=True):
            frame.parameters[target] = inner.parameters[source]

    return step
