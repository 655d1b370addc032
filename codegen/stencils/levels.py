"""What of a segment's tape belongs where: to the parameters, to the call, to a loop, to every cell."""

from dataclasses import dataclass

from codegen.functions import Op
from codegen.stencils.plan import Leaf
from codegen.tape import Tape

__all__ = ["Levels", "TapeLists", "find_levels"]

_NO_CODE = frozenset((Op.CONSTANT, Op.PARAMETER, Op.TIME))


class TapeLists:
    """A tape as Python lists, with what its uniform part is.

    Attributes
    ----------
    uniform : list of bool
        Per node: it depends on parameters, the independent variable and sums alone.
    after_sums : list of bool
        Per node: it depends on a sum.
    """

    def __init__(self, tape: Tape, first_sum: int) -> None:
        self.operation = tape.operation.tolist()
        self.offset = tape.offset.tolist()
        self.argument = tape.argument.tolist()
        self.weight = tape.weight.tolist()
        self.stage = tape.stage.tolist()
        self.first_sum = first_sum
        self.uniform: list[bool] = []
        self.after_sums: list[bool] = []
        for node, op in enumerate(self.operation):
            if op == Op.STATE:
                is_sum = self.argument[self.offset[node]] >= first_sum
                self.uniform.append(is_sum)
                self.after_sums.append(is_sum)
            else:
                arguments = self.arguments(node)
                self.uniform.append(all(self.uniform[a] for a in arguments))
                self.after_sums.append(any(self.after_sums[a] for a in arguments))

    def arguments(self, node: int) -> list[int]:
        """Return the argument nodes of a node; leaves have none."""
        if self.operation[node] == Op.STATE or self.operation[node] in _NO_CODE:
            return []
        return self.argument[self.offset[node] : self.offset[node + 1]]

    def leaf(self, node: int) -> int:
        """Return the number of a state leaf, or -1."""
        return self.argument[self.offset[node]] if self.operation[node] == Op.STATE else -1

    def inner(self, node: int) -> bool:
        """Whether a node computes something."""
        return self.operation[node] != Op.STATE and self.operation[node] not in _NO_CODE

    def computed_by_call(self, node: int) -> bool:
        """Whether a node depends on the call alone: on time or sums, and on no cell."""
        is_time = self.operation[node] == Op.TIME
        return is_time or (self.inner(node) and self.uniform[node] and self.stage[node] == 2)

    def cone(self, outputs: tuple[int, ...], stop: list[bool] | None = None) -> list[int]:
        """Return the nodes that outputs need, in order, and nothing below nodes where `stop` holds."""
        seen, stack = set(outputs), list(set(outputs))
        while stack:
            node = stack.pop()
            if stop is not None and stop[node]:
                continue
            new = set(self.arguments(node)) - seen
            seen |= new
            stack += new
        return sorted(seen)


@dataclass(eq=False)
class Levels:
    """The nodes of one segment by where they are computed.

    Attributes
    ----------
    uniform : list of int
        Fetched once per function, not computed there.
    loops : list of list of int
        Nodes without the innermost index: first those without any, then per loop axis those that change with it
        and not with a later one.
    rows : list of int
        Nodes of every cell, in order.
    varies : dict of int to int
        Bit `a` of a node's number is set where it changes with loop axis `a`.
    fused : set of int
        Products that the one sum that uses them multiplies and adds.
    """

    uniform: list[int]
    loops: list[list[int]]
    rows: list[int]
    varies: dict[int, int]
    fused: set[int]


def find_levels(lists: TapeLists, outputs: tuple[int, ...], leaves: dict[int, Leaf], dimensions: int) -> Levels:
    """Sort the nodes that outputs need."""
    cone = lists.cone(outputs, lists.uniform)
    levels = Levels([], [[] for _ in range(dimensions)], [], {}, set())
    last = 1 << (dimensions - 1)
    for node in cone:
        mask = _mask(lists, node, leaves, levels.varies)
        levels.varies[node] = mask
        if lists.uniform[node]:
            levels.uniform.append(node)
        elif mask & last:
            levels.rows.append(node)
        else:
            levels.loops[mask.bit_length()].append(node)
    levels.fused = _fused(lists, cone, outputs, levels.varies)
    return levels


def _mask(lists: TapeLists, node: int, leaves: dict[int, Leaf], varies: dict[int, int]) -> int:
    if lists.uniform[node]:
        return 0
    number = lists.leaf(node)
    if number >= 0:
        return sum(1 << axis for axis, stride in enumerate(leaves[number].strides) if stride)
    mask = 0
    for a in lists.arguments(node):
        mask |= varies[a]
    return mask


def _fused(lists: TapeLists, cone: list[int], outputs: tuple[int, ...], varies: dict[int, int]) -> set[int]:
    """Products without divisors that one sum uses once, with the weight 1 or -1, at the same level."""
    uses: dict[int, int] = dict.fromkeys(outputs, 2)
    for node in cone:
        if not lists.uniform[node]:
            for a in lists.arguments(node):
                uses[a] = uses.get(a, 0) + 1
    found = set()
    for node in cone:
        if lists.uniform[node] or lists.operation[node] != Op.SUM:
            continue
        span = range(lists.offset[node], lists.offset[node + 1])
        for i in span:
            a = lists.argument[i]
            if (
                lists.operation[a] == Op.PRODUCT
                and abs(lists.weight[i]) == 1.0
                and uses[a] == 1
                and not lists.uniform[a]
                and varies[a] == varies[node]
                and _multiplies(lists, a)
            ):
                found.add(a)
    return found


def _multiplies(lists: TapeLists, node: int) -> bool:
    exponents = lists.weight[lists.offset[node] : lists.offset[node + 1]]
    return all(e > 0 for e in exponents) and (len(exponents) > 1 or exponents[0] > 1)
