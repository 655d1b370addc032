"""Operations of a tape on numbers or vectors of numbers, as LLVM text.

No fast-math flag is used: where a product is added, `llvm.fmuladd` says so. Which products these are depends on the
tape alone, so numbers one by one, vectors and rows taken together give the same bits.
"""

import struct
from collections.abc import Sequence

import numpy as np

from codegen.balanced import balanced, power_factors
from codegen.functions import FUNCTION_BY_CODE, LLVM_PREDICATES, Op
from symnum.errors import CompilationError

__all__ = ["Arithmetic", "Text", "vector_type"]

_FUNCTION = int(Op.FUNCTION)
# Functions that LLVM has as intrinsics of vectors too; what is no machine instruction becomes calls of libm, lane by
# lane.
_INTRINSICS = frozenset("sqrt fabs floor ceil exp log sin cos pow".split())


def vector_type(element: str, lanes: int) -> str:
    """Return LLVM's name of so many numbers.

    Examples
    --------
    >>> vector_type("double", 8), vector_type("float", 1)
    ('<8 x double>', 'float')
    """
    return element if lanes == 1 else f"<{lanes} x {element}>"


class Text:
    """Lines of a function, with names for values."""

    def __init__(self, declared: dict[str, str]) -> None:
        self.lines: list[str] = []
        self.declared = declared
        self.count = 0

    def put(self, text: str) -> str:
        """Append an instruction and return the name of its value."""
        self.count += 1
        self.lines.append(f"  %v{self.count} = {text}")
        return f"%v{self.count}"

    def do(self, text: str) -> None:
        """Append an instruction without a value."""
        self.lines.append(f"  {text}")

    def label(self, name: str) -> None:
        """Begin a block."""
        self.lines.append(f"{name}:")

    def declare(self, name: str, signature: str) -> None:
        """Note a function of elsewhere; `signature` has `@` for its name."""
        self.declared[name] = signature.replace("@", f"@{name}")


class Arithmetic:
    """Operations on values of one type.

    Parameters
    ----------
    text : Text
        Receives the instructions.
    real : {"double", "float"}
    lanes : int
        Numbers per value.
    """

    def __init__(self, text: Text, real: str, lanes: int) -> None:
        self.text, self.real, self.lanes = text, real, lanes
        self.type = vector_type(real, lanes)
        self.truth = vector_type("i1", lanes)
        self.suffix = (
            ("f64" if real == "double" else "f32") if lanes == 1 else (f"v{lanes}f{64 if real == 'double' else 32}")
        )

    # Values ---------------------------------------------------------------------------------

    def number(self, value: float) -> str:
        """Return a literal."""
        return self.everywhere(literal(value, self.real))

    def everywhere(self, one: str) -> str:
        """Return a literal in all lanes."""
        if self.lanes == 1:
            return one
        return f"<{', '.join([f'{self.real} {one}'] * self.lanes)}>"

    def splat(self, value: str) -> str:
        """Return one number in all lanes."""
        if self.lanes == 1:
            return value
        one = self.text.put(f"insertelement {self.type} poison, {self.real} {value}, i64 0")
        return self.text.put(
            f"shufflevector {self.type} {one}, {self.type} poison, <{self.lanes} x i32> zeroinitializer"
        )

    def is_true(self, value: str) -> str:
        """Return the truth value that a number stands for."""
        return self.text.put(f"fcmp une {self.type} {value}, {self.number(0.0)}")

    def as_number(self, value: str) -> str:
        """Return the number that stands for a truth value."""
        one, zero = self.number(1.0), self.number(0.0)
        return self.text.put(f"select {self.truth} {value}, {self.type} {one}, {self.type} {zero}")

    # Operations -----------------------------------------------------------------------------

    def binary(self, operation: str, a: str, b: str) -> str:
        """Return the result of fadd, fsub, fmul or fdiv."""
        return self.text.put(f"{operation} {self.type} {a}, {b}")

    def negative(self, a: str) -> str:
        """Return -a."""
        return self.text.put(f"fneg {self.type} {a}")

    def multiply_add(self, a: str, b: str, c: str) -> str:
        """Return a*b + c, rounded once where the processor does that."""
        return self.intrinsic("fmuladd", (a, b, c))

    def tree(self, operation: str, values: Sequence[str]) -> str:
        """Return a balanced reduction."""
        return balanced(values, lambda a, b: self.binary(operation, a, b))

    def whole_power(self, value: str, exponent: int) -> str:
        """Square and multiply."""
        return self.tree("fmul", power_factors(value, exponent, lambda a, b: self.binary("fmul", a, b)))

    def compare(self, op: int, a: str, b: str) -> str:
        """Return a comparison."""
        return self.text.put(f"fcmp {LLVM_PREDICATES[op]} {self.type} {a}, {b}")

    def logical(self, op: int, values: Sequence[str]) -> str:
        """Return and, or, not of truth values."""
        if op == Op.NOT:
            return self.text.put(f"xor {self.truth} {values[0]}, {self._all_true()}")
        result = values[0]
        for value in values[1:]:
            result = self.text.put(f"{'and' if op == Op.AND else 'or'} {self.truth} {result}, {value}")
        return result

    def _all_true(self) -> str:
        return "true" if self.lanes == 1 else f"<{', '.join(['i1 true'] * self.lanes)}>"

    def select(self, condition: str, if_true: str, if_false: str) -> str:
        """Return a choice per lane."""
        return self.text.put(f"select {self.truth} {condition}, {self.type} {if_true}, {self.type} {if_false}")

    def function(self, op: int, values: Sequence[str]) -> str:
        """Return a function of `codegen.functions`."""
        if op == Op.POWER:
            return self.library("pow", values)
        if op < _FUNCTION:
            raise CompilationError(f"Loops over cells do not know operation {op}.")
        function = FUNCTION_BY_CODE[op]
        name = function.name
        if name == "sign":
            return self._sign(values[0])
        if name == "mod":
            quotient = self.library("floor", [self.binary("fdiv", *values)])
            return self.binary("fsub", values[0], self.binary("fmul", quotient, values[1]))
        if name in ("min", "max"):
            return self._extreme(name, *values)
        return self.library({"abs": "fabs", "gamma": "tgamma", "loggamma": "lgamma"}.get(name, name), values)

    def _sign(self, value: str) -> str:
        zero = self.number(0.0)
        positive = self.text.put(f"fcmp ogt {self.type} {value}, {zero}")
        negative = self.text.put(f"fcmp olt {self.type} {value}, {zero}")
        below = self.select(negative, self.number(-1.0), value)
        return self.select(positive, self.number(1.0), below)

    def _extreme(self, name: str, a: str, b: str) -> str:
        """Return the smaller or larger; a NaN is not hidden."""
        first = self.text.put(f"fcmp {'olt' if name == 'min' else 'ogt'} {self.type} {a}, {b}")
        nan = self.text.put(f"fcmp uno {self.type} {a}, {a}")
        return self.select(self.text.put(f"or {self.truth} {first}, {nan}"), a, b)

    # Functions of elsewhere -----------------------------------------------------------------

    def intrinsic(self, name: str, values: Sequence[str]) -> str:
        """Return the result of one of LLVM's own functions."""
        full = f"llvm.{name}.{self.suffix}"
        self.text.declare(full, f"declare {self.type} @({', '.join([self.type] * len(values))})")
        return self.text.put(f"call {self.type} @{full}({', '.join(f'{self.type} {v}' for v in values)})")

    def library(self, name: str, values: Sequence[str]) -> str:
        """Return a function of libm, lane by lane where it is no instruction."""
        if name in _INTRINSICS:
            return self.intrinsic(name, values)
        if self.lanes == 1:
            return self._call_one(name, values)
        result = "poison"
        for lane in range(self.lanes):
            ones = [self.text.put(f"extractelement {self.type} {v}, i64 {lane}") for v in values]
            one = self._call_one(name, ones)
            result = self.text.put(f"insertelement {self.type} {result}, {self.real} {one}, i64 {lane}")
        return result

    def _call_one(self, name: str, values: Sequence[str]) -> str:
        symbol = name if self.real == "double" else f"{name}f"
        types = ", ".join([self.real] * len(values))
        self.text.declare(symbol, f"declare {self.real} @({types}) nounwind willreturn memory(none)")
        return self.text.put(f"call {self.real} @{symbol}({', '.join(f'{self.real} {v}' for v in values)})")


def literal(value: float, real: str = "double") -> str:
    """Return a number as an exact LLVM literal of a type.

    Examples
    --------
    >>> literal(1.0)
    '0x3FF0000000000000'
    """
    if real == "float":
        with np.errstate(over="ignore"):
            value = float(np.float32(value))
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"
