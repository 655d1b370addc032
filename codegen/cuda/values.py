"""Nodes of a tape as values in registers, in either precision."""

from collections.abc import Callable, Iterable

from codegen.balanced import balanced, power_factors
from codegen.cuda.precision import Precision
from codegen.cuda.text import Text
from codegen.functions import BOOLEAN, FUNCTION_BY_CODE, LLVM_PREDICATES, Op
from codegen.partition import LEAVES
from codegen.tape import TapeBuilder
from symnum.errors import CompilationError

__all__ = ["Values"]


class Values:
    """Values of the nodes of one tape within one straight piece of code.

    Parameters
    ----------
    text : Text
        Where the code goes.
    tape : TapeBuilder
    leaf : callable
        Called with the operation and the argument of a leaf that is no number, or with `Op.FUNCTION` and the node of
        a value that is computed elsewhere; returns the name of its value.
    real : Precision
    elsewhere : callable, optional
        Tells of a node that computes something whether its value is to be had from `leaf`.
    """

    def __init__(
        self,
        text: Text,
        tape: TapeBuilder,
        leaf: Callable[[int, int], str],
        real: Precision,
        elsewhere: Callable[[int], bool] = lambda node: False,
    ) -> None:
        self.text, self.tape, self.leaf, self.real, self.elsewhere = text, tape, leaf, real, elsewhere
        self.known: dict[int, str] = {}

    def compute(self, nodes: Iterable[int]) -> list[str]:
        """Return the names of the values of nodes; truth values become 1 and 0."""
        wanted = list(nodes)
        for node in self._needed(wanted):
            self.known[node] = self._one(node)
        return [self.number(node) for node in wanted]

    def number(self, node: int) -> str:
        """Return the name of a value that has been computed, as a number."""
        value, one = self.known[node], self.real.literal(1.0)
        if not self._is_truth(node):
            return value
        return self.text.line(f"select i1 {value}, {self.real.llvm} {one}, {self.real.llvm} {self.real.literal(0.0)}")

    def _is_truth(self, node: int) -> bool:
        return self.tape.operation[node] in BOOLEAN

    def _needed(self, wanted: list[int]) -> list[int]:
        """Nodes that have no value yet, in the order in which they can be computed."""
        found: set[int] = set()
        stack = list(wanted)
        while stack:
            node = stack.pop()
            if node in found or node in self.known:
                continue
            found.add(node)
            if self.tape.operation[node] not in LEAVES and not self.elsewhere(node):
                stack += self.tape.arguments[node]
        return sorted(found)

    def _one(self, node: int) -> str:
        op, arguments = self.tape.operation[node], self.tape.arguments[node]
        if op == Op.CONSTANT:
            return self.real.literal(self.tape.weights[node][0])
        if op in LEAVES:
            return self.leaf(op, arguments[0] if arguments else 0)
        if self.elsewhere(node):
            value = self.leaf(int(Op.FUNCTION), node)
            zero = self.real.literal(0.0)
            return self.text.line(f"fcmp une {self.real.llvm} {value}, {zero}") if op in BOOLEAN else value
        if op == Op.SUM:
            return self._sum(arguments, self.tape.weights[node])
        if op == Op.PRODUCT:
            return self._product(arguments, self.tape.weights[node])
        return self._other(op, arguments)

    def _other(self, op: int, arguments: tuple[int, ...]) -> str:
        kind = self.real.llvm
        if op in (Op.AND, Op.OR, Op.NOT):
            return self._logical(op, [self._truth(a) for a in arguments])
        if op == Op.SELECT:
            one, other = self.number(arguments[1]), self.number(arguments[2])
            return self.text.line(f"select i1 {self._truth(arguments[0])}, {kind} {one}, {kind} {other}")
        values = [self.number(a) for a in arguments]
        if op in LLVM_PREDICATES:
            return self.text.line(f"fcmp {LLVM_PREDICATES[op]} {kind} {values[0]}, {values[1]}")
        if op == Op.POWER:
            return self.text.call("pow", values, self.real)
        if op in FUNCTION_BY_CODE:
            return self._function(op, values)
        raise CompilationError(f"The device emitter does not know operation {op}.")

    def _truth(self, node: int) -> str:
        value = self.known[node]
        if self._is_truth(node):
            return value
        return self.text.line(f"fcmp une {self.real.llvm} {value}, {self.real.literal(0.0)}")

    def _logical(self, op: int, values: list[str]) -> str:
        if op == Op.NOT:
            return self.text.line(f"xor i1 {values[0]}, true")
        result = values[0]
        for value in values[1:]:
            result = self.text.line(f"{'and' if op == Op.AND else 'or'} i1 {result}, {value}")
        return result

    # Arithmetic -----------------------------------------------------------------------------

    def _binary(self, word: str, a: str, b: str) -> str:
        return self.text.line(f"{word} contract {self.real.llvm} {a}, {b}")

    def _tree(self, word: str, values: list[str]) -> str:
        return balanced(values, lambda a, b: self._binary(word, a, b))

    def _sum(self, nodes: tuple[int, ...], weights: tuple[float, ...]) -> str:
        """Balanced trees of the added and of the subtracted terms, then one difference."""
        plus: list[str] = []
        minus: list[str] = []
        for node, c in zip(nodes, weights, strict=True):
            value = self.number(node)
            if abs(c) == 1.0:
                (plus if c > 0 else minus).append(value)
            else:
                plus.append(self._binary("fmul", value, self.real.literal(c)))
        if not minus:
            return self._tree("fadd", plus)
        less = self._tree("fadd", minus)
        if plus:
            return self._binary("fsub", self._tree("fadd", plus), less)
        return self.text.line(f"fneg {self.real.llvm} {less}")

    def _product(self, nodes: tuple[int, ...], exponents: tuple[float, ...]) -> str:
        above: list[str] = []
        below: list[str] = []
        for node, e in zip(nodes, exponents, strict=True):
            (above if e > 0 else below).append(self._power(self.number(node), int(abs(e))))
        top = self._tree("fmul", above) if above else self.real.literal(1.0)
        return self._binary("fdiv", top, self._tree("fmul", below)) if below else top

    def _power(self, value: str, exponent: int) -> str:
        """Square and multiply."""
        return self._tree("fmul", power_factors(value, exponent, lambda a, b: self._binary("fmul", a, b)))

    def _function(self, op: int, values: list[str]) -> str:
        function, kind = FUNCTION_BY_CODE[op], self.real.llvm
        if function.llvm:
            return self.text.call(function.llvm, values, self.real)
        if function.name == "sign":
            return self._sign(values[0])
        if function.name == "mod":
            quotient = self.text.line(f"fdiv {kind} {values[0]}, {values[1]}")
            whole = self.text.call("llvm.floor", [quotient], self.real)
            return self.text.line(f"fsub {kind} {values[0]}, {self.text.line(f'fmul {kind} {whole}, {values[1]}')}")
        # A NaN must not be hidden: take the first argument if it is one, else the second.
        relation = "olt" if function.name == "min" else "ogt"
        first = self.text.line(f"fcmp {relation} {kind} {values[0]}, {values[1]}")
        nan = self.text.line(f"fcmp uno {kind} {values[0]}, {values[0]}")
        take = self.text.line(f"or i1 {first}, {nan}")
        return self.text.line(f"select i1 {take}, {kind} {values[0]}, {kind} {values[1]}")

    def _sign(self, value: str) -> str:
        kind, zero = self.real.llvm, self.real.literal(0.0)
        positive = self.text.line(f"fcmp ogt {kind} {value}, {zero}")
        negative = self.text.line(f"fcmp olt {kind} {value}, {zero}")
        below = self.text.line(f"select i1 {negative}, {kind} {self.real.literal(-1.0)}, {kind} {value}")
        return self.text.line(f"select i1 {positive}, {kind} {self.real.literal(1.0)}, {kind} {below}")
