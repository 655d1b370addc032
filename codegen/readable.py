"""A tape as text that a person can read and check."""

from collections.abc import Sequence

from codegen.functions import FUNCTION_BY_CODE, Op
from codegen.partition import LEAVES
from codegen.tape import Tape

__all__ = ["readable"]

_INFIX = {Op.LESS: "<", Op.LESS_EQUAL: "<=", Op.EQUAL: "==", Op.NOT_EQUAL: "!=", Op.AND: "and", Op.OR: "or"}
_STAGE = {1: "once per parameter change", 2: "at every evaluation"}


def readable(
    tape: Tape,
    states: Sequence[str],
    parameters: Sequence[str],
    outputs: Sequence[str],
    independent: str = "t",
) -> str:
    """Return the assignments that a kernel makes, with the model's own names.

    Values used once are written where they are used; shared ones get a name: `q…` depends on
    parameters only, `w…` on the state.

    Parameters
    ----------
    tape : Tape
        What was compiled.
    states, parameters, outputs : sequence of str
        Names, in order.
    independent : str
        Name of the independent variable.
    """
    printer = _Printer(tape, states, parameters, independent)
    lines: list[str] = []
    for stage in (1, 2):
        block = printer.block(stage)
        if block:
            lines += [f"# {_STAGE[stage]}", *block]
    lines.append("# results")
    for name, node, sign in zip(outputs, tape.output.tolist(), tape.sign.tolist(), strict=True):
        text = printer.text(node)
        lines.append(f"{name} = {text if sign > 0 else '-' + _bracket(text)}")
    return "\n".join(lines) + "\n"


class _Printer:
    def __init__(self, tape: Tape, states: Sequence[str], parameters: Sequence[str], t: str) -> None:
        self.tape = tape
        self.names = {Op.STATE: states, Op.PARAMETER: parameters}
        self.independent = t
        self.operation, self.offset = tape.operation.tolist(), tape.offset.tolist()
        self.argument, self.weight = tape.argument.tolist(), tape.weight.tolist()
        self.stage = tape.stage.tolist()
        self.uses = self._uses()
        self.shown: dict[int, str] = {}

    def _uses(self) -> list[int]:
        uses = [0] * len(self.operation)
        for node, op in enumerate(self.operation):
            if op not in LEAVES:
                for a in self.argument[self.offset[node] : self.offset[node + 1]]:
                    uses[a] += 1
        return uses

    def block(self, stage: int) -> list[str]:
        lines = []
        for node, op in enumerate(self.operation):
            if self.stage[node] != stage or op in LEAVES:
                continue
            text = self._text(node, op)
            if self.uses[node] == 1 and len(text) < 200:
                self.shown[node] = text
            elif self.uses[node]:
                name = f"{'q' if stage == 1 else 'w'}{node}"
                lines.append(f"{name} = {text}")
                self.shown[node] = name
            else:
                self.shown[node] = text
        return lines

    def text(self, node: int) -> str:
        found = self.shown.get(node)
        return found if found is not None else self._text(node, self.operation[node])

    def _text(self, node: int, op: int) -> str:
        start, stop = self.offset[node], self.offset[node + 1]
        if op == Op.CONSTANT:
            return _number(self.weight[start])
        if op == Op.TIME:
            return self.independent
        if op in (Op.STATE, Op.PARAMETER):
            return _quoted(self.names[Op(op)][self.argument[start]])
        parts = [self.text(a) for a in self.argument[start:stop]]
        if op == Op.SUM:
            return _linear(parts, self.weight[start:stop])
        if op == Op.PRODUCT:
            factors = [
                _bracket(p) if w == 1 else f"{_bracket(p)}^{w:g}"
                for p, w in zip(parts, self.weight[start:stop], strict=True)
            ]
            return "*".join(factors)
        if op in _INFIX:
            return f" {_INFIX[Op(op)]} ".join(_bracket(p) for p in parts)
        if op == Op.POWER:
            return f"{_bracket(parts[0])}^{_bracket(parts[1])}"
        if op == Op.SELECT:
            return f"({parts[1]} if {parts[0]} else {parts[2]})"
        if op == Op.NOT:
            return f"not {_bracket(parts[0])}"
        return f"{FUNCTION_BY_CODE[op].name}({', '.join(parts)})"


def _number(value: float) -> str:
    return f"{value:.0f}" if value == value and abs(value) < 1e15 and value == int(value) else repr(value)


def _linear(parts: Sequence[str], weights: Sequence[float]) -> str:
    text = ""
    for part, c in sorted(zip(parts, weights, strict=True), key=lambda item: item[1] < 0):
        size = "" if abs(c) == 1 else f"{abs(c):g}*"
        term = size + (_bracket(part) if size or c < 0 else part)
        text += (" - " if c < 0 else " + ") + term
    return text[3:] if text.startswith(" + ") else "-" + text[3:]


def _bracket(text: str) -> str:
    simple = text.replace("_", "a").replace(".", "a").isalnum() or (text[:1] == text[-1:] == "`")
    return text if simple else f"({text})"


def _quoted(name: str) -> str:
    return name if name.isidentifier() else f"`{name}`"
