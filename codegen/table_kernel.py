"""Kernels of very many calls: a loop over the tape as a table, instead of one piece of code per node.

Code for 100,000 calls of functions takes seconds to make, and is read from memory once per evaluation
as a table is: what the loop adds is little beside the calls themselves.
"""

import numpy as np
from numpy.typing import NDArray

from codegen.functions import FUNCTION_BY_CODE, Op
from codegen.llvm_text import ModuleText, bound_function
from codegen.partition import is_inner
from codegen.tape import Tape

__all__ = ["emit_table"]

_POINTERS = "double %t, ptr noalias %y, ptr noalias %p, ptr noalias %k, ptr noalias %w"
_GIVEN = (Op.CONSTANT, Op.STATE, Op.PARAMETER, Op.TIME)
_STORED = 31
"""In the table: a value that the parameter stage left behind."""


def emit_table(tape: Tape, name: str, stage_slot: int, triple: str) -> ModuleText | None:
    """Return a module that evaluates a tape of sums, products, powers and library functions from a table of it.

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

    Returns
    -------
    ModuleText or None
        None if the tape holds another operation (a choice, a comparison, ...).
    """
    operations = sorted(set(tape.operation.tolist()))
    functions = {op: _library(op) for op in operations if op >= Op.POWER}
    if not all(function for function, _ in functions.values()):
        return None
    inner = is_inner(tape)
    early, late = inner & (tape.stage == 1), inner & (tape.stage == 2)
    later_leaves = np.isin(tape.operation, (Op.STATE, Op.TIME))
    records = _records(tape)
    main = np.where(early[:, None], np.array([_STORED, 0, 0, 0]), records)
    main[:, 1] = np.arange(len(tape))
    stage_rows = records[~late & ~later_leaves] if early.any() else records[:0]
    targets = np.stack((tape.output, tape.sign), axis=1)
    lines = [
        f'target triple = "{triple}"',
        *_data(f"{name}_main_table", main.astype(np.int32)),
        *_data(f"{name}_stage_table", stage_rows),
        *_data(f"{name}_arguments", tape.argument.astype(np.int32)),
        *_data(f"{name}_weights", tape.weight.astype(np.float64)),
        *_data(f"{name}_outputs", targets.astype(np.int32)),
        *_declarations(functions),
        _loop(name, functions),
        _ENTRIES.format(
            name=name, rows=len(main), stage_rows=len(stage_rows), slot=stage_slot, outputs=len(targets)
        ),
        bound_function(name),
    ]
    size = len(tape)
    return ModuleText("\n".join(lines) + "\n", size if early.any() else 0, size, 1, False, "table")


def _library(op: int) -> tuple[str, int]:
    """Return the library function or intrinsic that an operation is, if it is one, and its number of arguments."""
    if op == Op.POWER:
        return "pow", 2
    return (FUNCTION_BY_CODE[op].llvm, FUNCTION_BY_CODE[op].arity) if op >= Op.FUNCTION else ("", 0)


def _records(tape: Tape) -> NDArray[np.int32]:
    """Return rows of (operation, node, first argument, number of arguments)."""
    n = len(tape)
    rows = np.empty((n, 4), np.int32)
    rows[:, 0], rows[:, 1], rows[:, 2] = tape.operation, np.arange(n), tape.offset[:-1]
    rows[:, 3] = np.diff(tape.offset)
    return rows


def _data(name: str, values: NDArray[np.int32] | NDArray[np.float64]) -> list[str]:
    """Return an array as the bytes of a constant: LLVM reads text a hundred times faster than lists of numbers."""
    data = values.astype(values.dtype.newbyteorder("=")).tobytes() or b"\0"
    text = "\\" + data.hex("\\")
    return [f'@{name} = internal constant [{len(data)} x i8] c"{text}", align 16']


def _declarations(functions: dict[int, tuple[str, int]]) -> list[str]:
    return [
        f"declare double @{function}({', '.join(['double'] * arity)}) nounwind willreturn memory(none)"
        for function, arity in functions.values()
    ]


def _loop(name: str, functions: dict[int, tuple[str, int]]) -> str:
    """Return the function that evaluates the rows of a table one after another."""
    cases = [f"i32 {int(op)}, label %op{int(op)}" for op in (*_GIVEN, Op.SUM, Op.PRODUCT, *functions)]
    cases.append(f"i32 {_STORED}, label %stored")
    values = ["[%v.constant, %op0]", "[%t, %op1]", "[%v.state, %op2]", "[%v.parameter, %op3]"]
    values += ["[%v.stored, %stored]", "[%v.sum, %op4.end]", "[%v.product, %op5.end]"]
    blocks = []
    for op, (function, arity) in functions.items():
        loads = "".join(_argument(op, place) for place in range(arity))
        given = ", ".join(f"double %a{op}.{place}" for place in range(arity))
        blocks.append(f"op{op}:\n{loads}  %v{op} = call double @{function}({given})\n  br label %next")
        values.append(f"[%v{op}, %op{op}]")
    texts = {"cases": "\n    ".join(cases), "functions": "\n".join(blocks), "values": ", ".join(values)}
    return _LOOP.format(name=name, pointers=_POINTERS, **texts)


def _argument(op: int, place: int) -> str:
    """Return the text that loads the value of an argument."""
    tag = f"{op}.{place}"
    return (
        f"  %p{tag} = getelementptr i32, ptr %arguments, i64 {place}\n  %n{tag} = load i32, ptr %p{tag}\n"
        f"  %w{tag} = getelementptr double, ptr %w, i32 %n{tag}\n  %a{tag} = load double, ptr %w{tag}\n"
    )


_LOOP = """define internal void @{name}_run(ptr noalias %table, i64 %rows, {pointers}) nounwind {{
start:
  %none = icmp eq i64 %rows, 0
  br i1 %none, label %done, label %row
row:
  %i = phi i64 [0, %start], [%i.next, %next]
  %record = getelementptr [4 x i32], ptr %table, i64 %i
  %p.node = getelementptr i32, ptr %record, i64 1
  %p.first = getelementptr i32, ptr %record, i64 2
  %p.count = getelementptr i32, ptr %record, i64 3
  %operation = load i32, ptr %record
  %node = load i32, ptr %p.node
  %first = load i32, ptr %p.first
  %count = load i32, ptr %p.count
  %arguments = getelementptr i32, ptr @{name}_arguments, i32 %first
  %weights = getelementptr double, ptr @{name}_weights, i32 %first
  %at = getelementptr double, ptr %w, i32 %node
  switch i32 %operation, label %done [
    {cases}
  ]
op0:
  %v.constant = load double, ptr %weights
  br label %next
op1:
  br label %next
op2:
  %n.state = load i32, ptr %arguments
  %p.state = getelementptr double, ptr %y, i32 %n.state
  %v.state = load double, ptr %p.state
  br label %next
op3:
  %n.parameter = load i32, ptr %arguments
  %p.parameter = getelementptr double, ptr %p, i32 %n.parameter
  %v.parameter = load double, ptr %p.parameter
  br label %next
stored:
  %p.stored = getelementptr double, ptr %k, i32 %node
  %v.stored = load double, ptr %p.stored
  br label %next
op4:
  br label %summand
summand:
  %j = phi i32 [0, %op4], [%j.next, %summand]
  %sum = phi double [-0.0, %op4], [%v.sum, %summand]
  %p.j = getelementptr i32, ptr %arguments, i32 %j
  %n.j = load i32, ptr %p.j
  %p.value = getelementptr double, ptr %w, i32 %n.j
  %value = load double, ptr %p.value
  %p.weight = getelementptr double, ptr %weights, i32 %j
  %weight = load double, ptr %p.weight
  %scaled = fmul double %value, %weight
  %v.sum = fadd double %sum, %scaled
  %j.next = add i32 %j, 1
  %j.more = icmp slt i32 %j.next, %count
  br i1 %j.more, label %summand, label %op4.end
op4.end:
  br label %next
op5:
  br label %factor
factor:
  %f = phi i32 [0, %op5], [%f.next, %factor.end]
  %above = phi double [1.0, %op5], [%above.next, %factor.end]
  %below = phi double [1.0, %op5], [%below.next, %factor.end]
  %p.f = getelementptr i32, ptr %arguments, i32 %f
  %n.f = load i32, ptr %p.f
  %p.base = getelementptr double, ptr %w, i32 %n.f
  %base = load double, ptr %p.base
  %p.exponent = getelementptr double, ptr %weights, i32 %f
  %exponent = load double, ptr %p.exponent
  %negative = fcmp olt double %exponent, 0.0
  %whole = fptosi double %exponent to i64
  %minus = sub i64 0, %whole
  %size = select i1 %negative, i64 %minus, i64 %whole
  br label %bit
bit:
  %left = phi i64 [%size, %factor], [%left.next, %bit]
  %square = phi double [%base, %factor], [%square.next, %bit]
  %power = phi double [1.0, %factor], [%power.next, %bit]
  %low = and i64 %left, 1
  %odd = icmp ne i64 %low, 0
  %multiplied = fmul double %power, %square
  %power.next = select i1 %odd, double %multiplied, double %power
  %square.next = fmul double %square, %square
  %left.next = lshr i64 %left, 1
  %bits = icmp ne i64 %left.next, 0
  br i1 %bits, label %bit, label %factor.end
factor.end:
  %above.times = fmul double %above, %power.next
  %below.times = fmul double %below, %power.next
  %above.next = select i1 %negative, double %above, double %above.times
  %below.next = select i1 %negative, double %below.times, double %below
  %f.next = add i32 %f, 1
  %f.more = icmp slt i32 %f.next, %count
  br i1 %f.more, label %factor, label %op5.end
op5.end:
  %v.product = fdiv double %above.next, %below.next
  br label %next
{functions}
next:
  %result = phi double {values}
  store double %result, ptr %at
  %i.next = add i64 %i, 1
  %more = icmp ult i64 %i.next, %rows
  br i1 %more, label %row, label %done
done:
  ret void
}}"""

_ENTRIES = """define i32 @{name}(double %t, ptr %y, ptr %p, ptr %c, ptr noalias %out) nounwind {{
entry:
  %ks = getelementptr ptr, ptr %c, i64 {slot}
  %k = load ptr, ptr %ks
  %ws = getelementptr ptr, ptr %c, i64 4
  %w = load ptr, ptr %ws
  call void @{name}_run(ptr @{name}_main_table, i64 {rows}, double %t, ptr %y, ptr %p, ptr %k, ptr %w)
  %none = icmp eq i64 {outputs}, 0
  br i1 %none, label %done, label %output
output:
  %i = phi i64 [0, %entry], [%i.next, %output]
  %target = getelementptr [2 x i32], ptr @{name}_outputs, i64 %i
  %p.sign = getelementptr i32, ptr %target, i64 1
  %node = load i32, ptr %target
  %sign = load i32, ptr %p.sign
  %p.value = getelementptr double, ptr %w, i32 %node
  %value = load double, ptr %p.value
  %minus = fneg double %value
  %positive = icmp sgt i32 %sign, 0
  %result = select i1 %positive, double %value, double %minus
  %p.out = getelementptr double, ptr %out, i64 %i
  store double %result, ptr %p.out
  %i.next = add i64 %i, 1
  %more = icmp ult i64 %i.next, {outputs}
  br i1 %more, label %output, label %done
done:
  ret i32 0
}}
define i32 @{name}_stage(double %t, ptr %y, ptr %p, ptr %c, ptr %out) nounwind {{
  call void @{name}_run(ptr @{name}_stage_table, i64 {stage_rows}, double %t, ptr %y, ptr %p, ptr %out, ptr %out)
  ret i32 0
}}"""
