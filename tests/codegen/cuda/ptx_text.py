"""PTX as lists of instructions: entries and functions with their parameters, variables and basic blocks."""

import re
from dataclasses import dataclass, field

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_LABEL = re.compile(r"([$\w]+)\s*:(?!:)")
_HEAD = re.compile(r"(\.visible\s+)?\.(entry|func)\s*(\((?P<out>[^)]*)\))?\s*(?P<name>[\w$]+)\s*(\((?P<in>[^)]*)\))?")
_VARIABLE = re.compile(
    r"\.(?P<space>shared|global|const|local)\s+(\.align\s+(?P<align>\d+)\s+)?\.b(?P<bits>\d+)\s+(?P<name>[\w$]+)"
    r"\s*(\[(?P<count>\d+)\])?\s*(=\s*\{(?P<values>[^}]*)\})?"
)
_PARAMETER = re.compile(
    r"\.param\s+(\.align\s+\d+\s+)?\.[a-z](?P<bits>\d+)\s+(\.ptr[^,\[]*?\s)?(?P<name>[\w$]+)(\[(?P<count>\d+)\])?\s*$"
)
_GUARD = re.compile(r"@(!?)(%\w+)\s+")


@dataclass(frozen=True)
class Instruction:
    """One instruction; `guard` is (register, value that lets it happen) or None."""

    opcode: str
    operands: tuple[str, ...]
    guard: tuple[str, bool] | None = None


@dataclass(frozen=True)
class Variable:
    """Memory with a name."""

    name: str
    space: str
    size: int
    align: int
    values: bytes = b""


@dataclass
class Routine:
    """An entry or a function; `starts` gives the block that a label begins."""

    name: str
    is_entry: bool
    parameters: list[tuple[str, int]]
    results: list[tuple[str, int]]
    threads: int | None = None
    blocks: list[list[Instruction]] = field(default_factory=list)
    starts: dict[str, int] = field(default_factory=dict)
    variables: dict[str, Variable] = field(default_factory=dict)


@dataclass
class PtxModule:
    """A module: version and target as written, routines by name, global variables."""

    version: tuple[int, int]
    target: str
    routines: dict[str, Routine]
    variables: dict[str, Variable]


def parse(text: str) -> PtxModule:
    """Read a module; raises ValueError for what it does not know."""
    text = _COMMENT.sub(" ", text)
    version = re.search(r"\.version\s+(\d+)\.(\d+)", text)
    target = re.search(r"\.target\s+(\w+)", text)
    if version is None or target is None or not re.search(r"\.address_size\s+64", text):
        raise ValueError("no version, target or address size")
    found = PtxModule((int(version[1]), int(version[2])), target[1], {}, {})
    place = 0
    while (head := _next(text, place)) is not None:
        if head.re is _VARIABLE:
            variable = _variable(head)
            found.variables[variable.name] = variable
            place = head.end()
            continue
        body = text.find("{", head.end())
        semicolon = text.find(";", head.end())
        if body < 0 or -1 < semicolon < body:  # a declaration
            place = semicolon + 1
            continue
        end = _closing(text, body)
        routine = Routine(head["name"], head[2] == "entry", _parameters(head["in"]), _parameters(head["out"]))
        limit = re.search(r"\.maxntid\s+(\d+)", text[head.end() : body])
        routine.threads = int(limit[1]) if limit else None
        _body(routine, text[body + 1 : end])
        found.routines[routine.name] = routine
        place = end + 1
    return found


def _next(text: str, place: int) -> re.Match[str] | None:
    found = [m for m in (_HEAD.search(text, place), _VARIABLE.search(text, place)) if m]
    return min(found, key=lambda m: m.start(), default=None)


def _closing(text: str, place: int) -> int:
    depth = 0
    for found in re.compile(r"[{}]").finditer(text, place):
        depth += 1 if found[0] == "{" else -1
        if depth == 0:
            return found.start()
    raise ValueError("no closing brace")


def _variable(found: re.Match[str]) -> Variable:
    width = int(found["bits"]) // 8
    values = b"".join(int(v).to_bytes(width, "little") for v in (found["values"] or "").split(",") if v.strip())
    size = int(found["count"] or 1) * width
    return Variable(found["name"], found["space"], size, int(found["align"] or width), values)


def _parameters(text: str | None) -> list[tuple[str, int]]:
    found = []
    for part in (text or "").split(","):
        if part.strip():
            match = _PARAMETER.search(part.strip())
            if match is None:
                raise ValueError(f"parameter {part!r}")
            found.append((match["name"], int(match["bits"]) // 8 * int(match["count"] or 1)))
    return found


def _body(routine: Routine, text: str) -> None:
    """Cut a body into basic blocks: they end with branches, barriers and returns, and before labels."""
    block: list[Instruction] = []
    place = 0
    while True:
        while place < len(text) and (text[place].isspace() or text[place] in "{};"):
            place += 1
        if place >= len(text):
            break
        label = _LABEL.match(text, place)
        if label:
            if block:
                routine.blocks.append(block)
                block = []
            routine.starts[label[1]] = len(routine.blocks)
            place = label.end()
            continue
        end = text.index(";", place)
        statement = " ".join(text[place:end].split())
        place = end + 1
        if (variable := _VARIABLE.match(statement)) is not None:
            routine.variables[variable["name"]] = _variable(variable)
        elif not statement.startswith("."):
            block.append(_instruction(statement))
            if block[-1].opcode.split(".")[0] in ("bra", "bar", "barrier", "ret", "exit"):
                routine.blocks.append(block)
                block = []
    routine.blocks.append(block)


def _instruction(statement: str) -> Instruction:
    guard = _GUARD.match(statement)
    rest = statement[guard.end() :] if guard else statement
    opcode, _, operands = rest.partition(" ")
    parts = [part.strip() for part in re.findall(r"\{[^}]*\}|\[[^\]]*\]|\([^)]*\)|[^,\s][^,]*", operands)]
    return Instruction(opcode, tuple(parts), (guard[2], guard[1] == "") if guard else None)
