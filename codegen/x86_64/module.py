"""A kernel written directly as machine code, wrapped as a module that LLVM turns into an object file."""

from codegen.llvm_text import ModuleText, gather_function, wants_gather
from codegen.native import machine_identity, triple
from codegen.tape import Tape
from codegen.x86_64.assemble import assemble
from codegen.x86_64.encode import BIAS
from codegen.x86_64.select import Operand, is_supported, select

__all__ = ["available", "emit_x86_64"]

# int32 f(double t, y: rdi, p: rsi, context: rdx, out: rcx), System V. All registers used may be destroyed.
_BIAS = BIAS.to_bytes(4, "little")
_MOVE_Y_AND_P = (
    b"\x48\x81\xc7" + _BIAS  # add rdi, BIAS; y stays in rdi
    + b"\x48\x81\xc6" + _BIAS  # add rsi, BIAS; p stays in rsi
)  # fmt: skip
_RETURN_ZERO = b"\x31\xc0\xc3"  # xor eax, eax; ret


def available() -> bool:
    """Return whether this machine runs such code: x86-64 with AVX and FMA, ELF objects, System V calls."""
    features = machine_identity()
    return triple().startswith("x86_64") and "linux" in triple() and "+avx," in features and "+fma," in features


def emit_x86_64(tape: Tape, name: str, stage_slot: int) -> ModuleText | None:
    """Return a module for a tape of sums, products and quotients, or None if it holds anything else.

    Parameters
    ----------
    tape : Tape
        What to compute.
    name : str
        Name of the kernel.
    stage_slot : int
        Slot of the context that points to this kernel's parameter stage.

    Raises
    ------
    CompilationError
        If an expression needs more registers than there are.
    """
    if not is_supported(tape):
        return None
    early = select(tape, 1, {}, {})
    gathered = wants_gather(tape)
    targets, table = _targets(tape, gathered)
    late = select(tape, 2, early.slot, targets, first_slot=2 * len(table))
    stage_code = assemble(early, _stage_prologue(), _RETURN_ZERO)
    main_code = assemble(late, _main_prologue(stage_slot), _RETURN_ZERO)
    inner = f"{name}_values" if gathered else name
    lines = [f'target triple = "{triple()}"']
    lines += _assembly(f"{name}_stage", stage_code) + _assembly(inner, main_code)
    lines.append(_BOUND.format(name=name))
    if gathered:
        index = [2 * table[n] + (s < 0) for n, s in zip(tape.output.tolist(), tape.sign.tolist(), strict=True)]
        lines.append(gather_function(name, inner, index))
    else:
        lines.append(f"declare i32 @{name}(double, ptr, ptr, ptr, ptr)")
    scratch = 2 * len(table) + len(late.slot)
    return ModuleText("\n".join(lines) + "\n", len(early.slot), scratch, 1, gathered, "x86-64")


def _targets(tape: Tape, gathered: bool) -> tuple[dict[int, list[Operand]], dict[int, int]]:
    """Return where each output node is written, and the table of distinct values if there is one."""
    outputs = list(zip(tape.output.tolist(), tape.sign.tolist(), strict=True))
    targets: dict[int, list[Operand]] = {}
    if not gathered:
        for i, (node, sign) in enumerate(outputs):
            targets.setdefault(node, []).append(("out" if sign > 0 else "minus out", i))
        return targets, {}
    table = {node: i for i, node in enumerate(sorted({node for node, _ in outputs}))}
    negated = {node for node, sign in outputs if sign < 0}
    for node, i in table.items():
        targets[node] = [("w", 2 * i)] + ([("minus w", 2 * i + 1)] if node in negated else [])
    return targets, table


def _main_prologue(stage_slot: int) -> bytes:
    return (
        b"\x48\x8b\x42\x20" + b"\x48\x05" + _BIAS  # mov rax, [rdx + 32]; add rax, BIAS: w
        + b"\x48\x8b\x52" + bytes((8 * stage_slot,)) + b"\x48\x81\xc2" + _BIAS  # mov rdx, [rdx + slot]; add: k
        + b"\x48\x81\xc1" + _BIAS  # add rcx, BIAS: out
        + _MOVE_Y_AND_P
    )  # fmt: skip


def _stage_prologue() -> bytes:
    return b"\x48\x89\xca" + b"\x48\x81\xc2" + _BIAS + _MOVE_Y_AND_P  # mov rdx, rcx; add rdx, BIAS: k is `out`


def _assembly(name: str, code: bytes) -> list[str]:
    """Return the function as data in the text section; LLVM's assembler makes it part of the object."""
    code += b"\x90" * (-len(code) % 8)
    head = [".text", ".p2align 4", f".globl {name}", f".type {name},@function", f"{name}:"]
    lines = [f'module asm "{line}"' for line in head]
    words = memoryview(code).cast("Q").tolist()
    lines += [
        f'module asm ".quad {",".join(map(str, words[i : i + 512]))}"' for i in range(0, len(words), 512)
    ]
    return lines


_BOUND = """define i32 @{name}_bound(ptr %r) nounwind {{
  %a1 = getelementptr i64, ptr %r, i64 1
  %a2 = getelementptr i64, ptr %r, i64 2
  %a3 = getelementptr i64, ptr %r, i64 3
  %a4 = getelementptr i64, ptr %r, i64 4
  %t = load double, ptr %r
  %y = load ptr, ptr %a1
  %p = load ptr, ptr %a2
  %c = load ptr, ptr %a3
  %o = load ptr, ptr %a4
  %s = tail call i32 @{name}(double %t, ptr %y, ptr %p, ptr %c, ptr %o)
  ret i32 %s
}}"""

