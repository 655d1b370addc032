"""A kernel of many copies of some expressions and a loop around it in machine code: run times of small expressions.

A call costs about as much as a short expression. So a kernel computes several copies of the expressions, each on
symbols of its own, as a model's right-hand side does; and a loop of machine code calls it for many points. The code
is always LLVM's, whatever the expressions are, so that variants of them can be compared.
"""

import ctypes
import struct
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codegen.functions import FUNCTION_BY_CODE, Op
from codegen.kernel import STAGE_SLOTS, Context, Kernel
from codegen.llvm_text import emit_llvm
from codegen.lower import Lowering
from codegen.native import LoadedObject, object_code, triple
from codegen.parameter_factors import fold_coefficients
from codegen.reciprocals import share_reciprocals
from codegen.tape import Tape, TapeBuilder
from symnum.terms.interning import bulk

__all__ = ["RepeatedKernel", "repeated_tape", "tape_identity"]

_NAME = "rhs"
_LEVEL = 1
_LOOP = f"""
define void @{_NAME}_loop(ptr %points, ptr %p, ptr %c, ptr %out, i64 %count, i64 %stride, i64 %rounds) nounwind {{
entry:
  br label %round
round:
  %r = phi i64 [0, %entry], [%rnext, %rdone]
  br label %point
point:
  %i = phi i64 [0, %round], [%inext, %point]
  %o = mul i64 %i, %stride
  %y = getelementptr double, ptr %points, i64 %o
  %s = call i32 @{_NAME}(double 0.0, ptr %y, ptr %p, ptr %c, ptr %out)
  %inext = add i64 %i, 1
  %more = icmp ult i64 %inext, %count
  br i1 %more, label %point, label %rdone
rdone:
  %rnext = add i64 %r, 1
  %again = icmp ult i64 %rnext, %rounds
  br i1 %again, label %round, label %done
done:
  ret void
}}
"""
_LOOP_TYPE = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 4, *[ctypes.c_int64] * 3)


class RepeatedKernel:
    """Machine code of several copies of some expressions.

    Attributes
    ----------
    copies, n_states, n_parameters, n_outputs : int
        Copies, and symbols that vary, symbols that do not, and outputs of one of them.
    compile_seconds : float
        Time from the tape to the object file.
    code_bytes : int
        Bytes of machine code of all copies, without entry and loop.
    operations : dict of str to int
        Operations of one copy, by kind.
    """

    def __init__(self, tape: Tape, copies: int, n_states: int, n_parameters: int, n_outputs: int) -> None:
        self.copies, self.n_outputs = copies, n_outputs
        self.n_states, self.n_parameters = n_states, n_parameters
        begin = time.perf_counter()
        with bulk():
            module = emit_llvm(tape, _NAME, STAGE_SLOTS[_NAME], triple())
        code = object_code(module.text + _LOOP, _LEVEL)
        self.compile_seconds = time.perf_counter() - begin
        self.code_bytes = function_bytes(code, f"{_NAME}_main_") + function_bytes(code, f"{_NAME}_rest_")
        self.operations = {kind: count // copies for kind, count in counted(tape).items()}
        self._loaded = LoadedObject.load(code)
        self._context = Context()
        kernel = Kernel(_NAME, code, module.stage_size, module.scratch_size, len(tape.output))
        kernel.__dict__["loaded"] = self._loaded
        self._context.reserve(kernel)
        self._kernel = kernel
        self._parameters = np.zeros(max(copies * n_parameters, 1))
        self.set_parameters(self._parameters[: copies * n_parameters])
        self._loop = _LOOP_TYPE(self._loaded.address(f"{_NAME}_loop"))
        self._output = np.zeros(copies * n_outputs)

    def set_parameters(self, values: NDArray[np.float64]) -> None:
        """Evaluate what depends on parameters only, once; shape (copies * n_parameters,)."""
        self._parameters[: len(values)] = values
        self._kernel.evaluate_stage(self._parameters, self._context)

    def run(
        self, points: NDArray[np.float64], rounds: int, output: NDArray[np.float64] | None = None
    ) -> None:
        """Evaluate all points, shape (count, copies * n_states), some times over.

        Kernels that are compared should write to one output, of copies * n_outputs numbers: where results lie in
        memory relative to the points can make a kernel slower.
        """
        count, stride = points.shape
        addresses = (points, self._parameters, self._context.slots, self._output if output is None else output)
        self._loop(*[a.ctypes.data for a in addresses], count, stride, rounds)

    def values(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values at points, shape (count, n_states + n_parameters): shape (count, n_outputs)."""
        out = np.empty((len(points), self.n_outputs))
        for i, point in enumerate(points):
            self.set_parameters(np.tile(point[self.n_states :], self.copies))
            self.run(np.ascontiguousarray(np.tile(point[: self.n_states], self.copies)[None, :]), 1)
            out[i] = self._output[: self.n_outputs]
        return out


def repeated_tape(
    expressions: Sequence[Any], states: Sequence[Any], parameters: Sequence[Any], copies: int
) -> Tape:
    """Return the tape of copies of some expressions, each on states and parameters of its own.

    Parameters
    ----------
    expressions : sequence of canonical terms
    states, parameters : sequence of Symbol
        All that occur; symbol `i` of copy `c` is the state, or parameter, `c * len(...) + i`.
    copies : int

    Raises
    ------
    UnsupportedError
        If an operation has no compiled form.
    """
    builder = TapeBuilder()
    outputs = []
    with bulk():
        for copy in range(copies):
            leaves = {s: builder.state(copy * len(states) + i) for i, s in enumerate(states)}
            leaves |= {s: builder.parameter(copy * len(parameters) + i) for i, s in enumerate(parameters)}
            lower = Lowering(builder, leaves)
            outputs += [lower(term) for term in expressions]
    return share_reciprocals(fold_coefficients(builder.finish(outputs)))


def counted(tape: Tape) -> dict[str, int]:
    """Return the operations of a tape by kind: sums, products, quotients, and each function by its name.

    Whole powers count as the products that they are made of; a coefficient in a sum is a product.
    """
    counts = {kind: count for kind, count in tape.operation_counts.items() if kind != "call"}
    codes, numbers = np.unique(tape.operation[tape.stage == 2], return_counts=True)
    for code, number in zip(codes.tolist(), numbers.tolist()):
        if code >= Op.POWER:
            function = FUNCTION_BY_CODE.get(code)
            name = function.name if function is not None else Op(code).name.lower()
            counts[name] = number
    return counts


def tape_identity(tape: Tape) -> bytes:
    """Return what two tapes that become the same machine code have in common."""
    arrays = (tape.operation, tape.offset, tape.argument, tape.weight, tape.stage, tape.output, tape.sign)
    return b"|".join(a.tobytes() for a in arrays)


def function_bytes(code: bytes, prefix: str) -> int:
    """Return the bytes of all functions of a 64-bit ELF object whose names begin with a prefix."""
    if code[:5] != b"\x7fELF\x02":
        return len(code)
    start, entry_size, number = (*struct.unpack_from("<Q", code, 40), *struct.unpack_from("<HH", code, 58))
    sections = [struct.unpack_from("<IIQQQQIIQQ", code, start + i * entry_size) for i in range(number)]
    total = 0
    for section in sections:
        if section[1] != 2:  # the table of symbols
            continue
        names = sections[section[6]][4]
        for place in range(section[4], section[4] + section[5], 24):
            name, info, _, _, _, size = struct.unpack_from("<IBBHQQ", code, place)
            end = code.index(b"\0", names + name)
            if info & 15 == 2 and code[names + name : end].decode("utf-8", "replace").startswith(prefix):
                total += size
    return total
