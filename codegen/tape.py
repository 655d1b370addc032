"""The tape: expressions as flat, hash-consed arrays, ready to be emitted.

A node is an operation with argument nodes and one weight per argument: coefficients for a sum,
integer exponents for a product. Nodes stand in topological order. Every node belongs to a stage:
0 is constant, 1 depends on parameters only (evaluated once per parameter change), 2 on state or
time.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from codegen.functions import FUNCTIONS, Op

__all__ = ["Tape", "TapeBuilder", "whole_power"]


@dataclass(frozen=True, eq=False)
class Tape:
    """A finished tape with its outputs.

    Parameters
    ----------
    operation : ndarray of int32, shape (n,)
        Operation code per node.
    offset : ndarray of int32, shape (n + 1,)
        Where the arguments of each node start.
    argument : ndarray of int32
        Argument nodes; for a state or parameter leaf its index.
    weight : ndarray of float64
        Coefficient (sum), exponent (product) or value (constant) per argument.
    stage : ndarray of int8, shape (n,)
        0 constant, 1 parameters only, 2 state or time.
    output : ndarray of int32
        Node of each output.
    sign : ndarray of int8
        +1 or -1 per output.
    """

    operation: NDArray[np.int32]
    offset: NDArray[np.int32]
    argument: NDArray[np.int32]
    weight: NDArray[np.float64]
    stage: NDArray[np.int8]
    output: NDArray[np.int32]
    sign: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.operation)

    @property
    def operation_counts(self) -> dict[str, int]:
        """Number of additions, multiplications, divisions and calls, by stage-2 nodes only.

        Whole powers count as the multiplications that they are made of; a quotient divides once.
        """
        late = self.stage == 2
        sums, products = late & (self.operation == Op.SUM), late & (self.operation == Op.PRODUCT)
        lengths = np.diff(self.offset)
        of_sum, of_product = np.repeat(sums, lengths), np.repeat(products, lengths)
        owner = np.repeat(np.arange(len(lengths)), lengths)
        size = np.abs(self.weight)
        exponents = size[of_product].astype(np.int64)
        powers = sum(whole_power(e) * int(n) for e, n in zip(*map(np.ndarray.tolist, np.unique_counts(exponents))))
        above = np.bincount(owner[of_product & (self.weight > 0)], minlength=len(lengths))
        below = np.bincount(owner[of_product & (self.weight < 0)], minlength=len(lengths))
        joined = np.maximum(above - 1, 0).sum() + np.maximum(below - 1, 0).sum()
        return {
            "add": int(lengths[sums].sum() - sums.sum()),
            "multiply": int((size[of_sum] != 1).sum() + joined) + powers,
            "divide": int((below > 0).sum()),
            "call": int((late & (self.operation >= Op.POWER)).sum()),
        }


def whole_power(exponent: int) -> int:
    """Return how many multiplications a whole power takes by squaring."""
    return exponent.bit_length() + exponent.bit_count() - 2


_CONSTANT = int(Op.CONSTANT)


class TapeBuilder:
    """Builds a tape, sharing equal nodes and folding constants.

    Examples
    --------
    >>> b = TapeBuilder()
    >>> x = b.state(0)
    >>> b.sum([(1.0, x), (1.0, x)]) == b.sum([(2.0, x)])
    True
    """

    def __init__(self) -> None:
        self.operation: list[int] = []
        self.arguments: list[tuple[int, ...]] = []
        self.weights: list[tuple[float, ...]] = []
        self.stage: list[int] = []
        self._known: dict[tuple[int, tuple[int, ...], tuple[float, ...]], int] = {}
        self.zero = self.constant(0.0)
        self.one = self.constant(1.0)

    # Leaves -------------------------------------------------------------------------------

    def constant(self, value: float) -> int:
        """Return the node of a number. Zeros of either sign are one node each."""
        value = float(value)
        key: tuple[int, tuple[int, ...], tuple[float, ...]]
        if value == 0.0:
            key = (Op.CONSTANT, (int(math.copysign(1.0, value)),), (value,))
        elif value != value:
            key = (Op.CONSTANT, (2,), (0.0,))
        else:
            key = (Op.CONSTANT, (), (value,))
        node = self._known.get(key)
        if node is None:
            node = self._known[key] = self._append(Op.CONSTANT, (), (value,), 0)
        return node

    def time(self) -> int:
        """Return the node of the independent variable."""
        return self._node(Op.TIME, (), (), 2)

    def state(self, index: int) -> int:
        """Return the node of a state."""
        return self._node(Op.STATE, (index,), (), 2)

    def parameter(self, index: int) -> int:
        """Return the node of a parameter."""
        return self._node(Op.PARAMETER, (index,), (), 1)

    # Inner nodes --------------------------------------------------------------------------

    def sum(self, items: Iterable[tuple[float, int]]) -> int:
        """Return the node of a linear combination, `sum(c * node)`.

        Equal nodes are merged and constants folded; parameter-only parts become one node of
        their own, so that they are evaluated once per parameter change.
        """
        total: dict[int, float] = {}
        constant = 0.0
        operation, weights = self.operation, self.weights
        for c, node in items:
            if operation[node] == _CONSTANT:
                constant += c * weights[node][0]
            else:
                total[node] = total.get(node, 0.0) + c
        if constant:
            total[self.one if constant == 1.0 else self.constant(constant)] = 1.0
        pairs = [(node, c) for node, c in total.items() if c]
        if not pairs:
            return self.zero
        stages = [self.stage[node] for node, _ in pairs]
        if len(pairs) > 2 and max(stages) == 2 and stages.count(2) < len(stages) - 1:
            early = [(c, node) for node, c in pairs if self.stage[node] < 2]
            pairs = [(node, c) for node, c in pairs if self.stage[node] == 2]
            pairs.append((self.sum(early), 1.0))
        if len(pairs) == 1:
            node, c = pairs[0]
            if c == 1.0:
                return node
            if operation[node] == Op.CONSTANT:
                return self.constant(c * weights[node][0])
        pairs.sort()
        nodes, coefficients = zip(*pairs, strict=True)
        return self._node(Op.SUM, nodes, coefficients, max(stages))

    def plain_sum(self, nodes: tuple[int, ...]) -> int:
        """Return the sum of distinct, non-constant, state-dependent nodes in ascending order."""
        if len(nodes) == 1:
            return nodes[0]
        return self._node(Op.SUM, nodes, (1.0,) * len(nodes), 2)

    def scaled(self, c: float, node: int) -> int:
        """Return `c * node`."""
        return node if c == 1.0 else self.sum([(c, node)])

    def product(self, items: Iterable[tuple[int, int]], coefficient: float = 1.0) -> int:
        """Return the node of `coefficient * prod(node ** exponent)`, integer exponents.

        The parameter-only factors, with the coefficient, become one node of their own.
        """
        total: dict[int, int] = {}
        operation, weights = self.operation, self.weights
        for node, exponent in items:
            if operation[node] == _CONSTANT:
                coefficient *= _power(weights[node][0], exponent)
            else:
                total[node] = total.get(node, 0) + exponent
        pairs = [(node, e) for node, e in total.items() if e]
        if len(pairs) == 1 and coefficient == 1.0:
            return self._plain_product(pairs)
        early = [(node, e) for node, e in pairs if self.stage[node] < 2]
        late = [(node, e) for node, e in pairs if self.stage[node] == 2]
        if not late:
            return self.scaled(coefficient, self._plain_product(early)) if early else self.constant(coefficient)
        if not early:
            return self.scaled(coefficient, self._plain_product(late))
        sign = -1.0 if coefficient < 0 else 1.0
        late.append((self.scaled(abs(coefficient), self._plain_product(early)), 1))
        return self.scaled(sign, self._plain_product(late))

    def _plain_product(self, pairs: list[tuple[int, int]]) -> int:
        if len(pairs) == 1:
            node, exponent = pairs[0]
            return node if exponent == 1 else self._node(Op.PRODUCT, (node,), (exponent,), self.stage[node])
        pairs.sort()
        nodes, exponents = zip(*pairs, strict=True)
        return self._node(Op.PRODUCT, nodes, exponents, max([self.stage[n] for n in nodes]))

    def multiply(self, a: int, b: int) -> int:
        """Return `a * b`."""
        operation, stage = self.operation, self.stage
        if a == b or operation[a] == 0 or operation[b] == 0 or stage[a] + stage[b] == 2:
            return self.product([(a, 1), (b, 1)])
        # The common case, without the general one's bookkeeping: two different inner nodes or leaves.
        return self._node(Op.PRODUCT, (a, b) if a < b else (b, a), (1, 1), 2)

    def power(self, base: int, exponent: int) -> int:
        """Return `base ** exponent` for any exponent node."""
        if self.operation[exponent] == Op.CONSTANT:
            value = self.weights[exponent][0]
            if value == int(value) and abs(value) <= 64:
                return self.product([(base, int(value))])
            if value * 2 == int(value * 2) and abs(value) <= 8:
                root = self.call("sqrt", (base,))
                return self.product([(root, int(value * 2))])
        return self._node(Op.POWER, (base, exponent), (), max(self.stage[base], self.stage[exponent]))

    def select(self, condition: int, if_true: int, if_false: int) -> int:
        """Return `if_true` where the condition holds, else `if_false`."""
        nodes = (condition, if_true, if_false)
        return self._node(Op.SELECT, nodes, (), max(self.stage[n] for n in nodes))

    def logical(self, op: Op, nodes: Sequence[int]) -> int:
        """Return a comparison or a Boolean combination."""
        return self._node(op, tuple(nodes), (), max((self.stage[n] for n in nodes), default=0))

    def call(self, name: str, nodes: Sequence[int]) -> int:
        """Return a function call; `name` is a row of `codegen.functions`."""
        code = FUNCTIONS[name].code
        if len(nodes) == 1:
            return self._node(code, (nodes[0],), (), self.stage[nodes[0]])
        return self._node(code, tuple(nodes), (), max([self.stage[n] for n in nodes]))

    # Finish -------------------------------------------------------------------------------

    def finish(self, outputs: Sequence[int], signs: Sequence[int] | None = None) -> Tape:
        """Return the tape restricted to what the outputs need."""
        need = self._needed(outputs)
        kept = [i for i, flag in enumerate(need) if flag]
        numbers = np.zeros(len(need) + 1, np.int32)
        numbers[kept] = np.arange(len(kept))
        operation = np.array(self.operation, np.int32)[kept]
        flat, weights, lengths = self._flat(kept)
        argument = np.array(flat, np.int32)
        inner = np.repeat((operation != Op.STATE) & (operation != Op.PARAMETER) & (operation != Op.CONSTANT), lengths)
        argument[inner] = numbers[argument[inner]]
        return Tape(
            operation,
            np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int32),
            argument,
            np.array(weights, np.float64),
            np.array(self.stage, np.int8)[kept],
            numbers[np.array(outputs, np.int64)],
            np.ones(len(outputs), np.int8) if signs is None else np.array(signs, np.int8),
        )

    def _flat(self, kept: list[int]) -> tuple[list[int], list[float], list[int]]:
        """Return the arguments of some nodes, a weight for each of them, and how many each node has."""
        flat: list[int] = []
        weights: list[float] = []
        lengths: list[int] = []
        for i in kept:
            own, given = self.arguments[i], self.weights[i]
            if given and not own:  # a constant, whose value is its weight
                own = (0,)
            flat += own
            weights += given or (0.0,) * len(own)
            lengths.append(len(own))
        return flat, weights, lengths

    def _needed(self, outputs: Sequence[int]) -> bytearray:
        need = bytearray(len(self.operation))
        for node in outputs:
            need[node] = 1
        leaves = frozenset((Op.STATE, Op.PARAMETER, Op.CONSTANT))
        operation, arguments = self.operation, self.arguments
        for i in range(len(need) - 1, -1, -1):
            if need[i] and operation[i] not in leaves:
                for a in arguments[i]:
                    need[a] = 1
        return need

    def _node(self, op: int, arguments: tuple[int, ...], weights: tuple[float, ...], stage: int) -> int:
        key = (op, arguments, weights)
        node = self._known.get(key)
        if node is None:
            # What is computed from constants only, such as sin(1), belongs to the parameter stage.
            node = self._known[key] = self._append(op, arguments, weights, max(stage, 1))
        return node

    def _append(self, op: int, arguments: tuple[int, ...], weights: tuple[float, ...], stage: int) -> int:
        self.operation.append(int(op))
        self.arguments.append(arguments)
        self.weights.append(weights)
        self.stage.append(stage)
        return len(self.operation) - 1


def _power(value: float, exponent: int) -> float:
    try:
        return float(value) ** exponent
    except ZeroDivisionError:
        return math.nan if value != value else math.copysign(math.inf, value) if exponent % 2 else math.inf
    except OverflowError:
        return math.inf if value > 0 or exponent % 2 == 0 else -math.inf


