"""One node of a tape as instructions."""

from collections.abc import Callable

from codegen.functions import BOOLEAN, Op
from codegen.stencils.arithmetic import Arithmetic
from codegen.stencils.levels import TapeLists

__all__ = ["compute"]

_MANY = 8
"""Summands of a long chain."""


def compute(lists: TapeLists, node: int, fetch: Callable[[int], str], on: Arithmetic, fused: set[int]) -> str:
    """Return the value of an inner node.

    Parameters
    ----------
    lists : TapeLists
    node : int
    fetch : callable
        Gives the values of the arguments: truth values for comparisons, numbers for all else.
    on : Arithmetic
    fused : set of int
        Products that have no value of their own; the sum that uses one multiplies and adds.
    """

    def number(a: int) -> str:
        return on.as_number(fetch(a)) if lists.operation[a] in BOOLEAN else fetch(a)

    def truth(a: int) -> str:
        return fetch(a) if lists.operation[a] in BOOLEAN else on.is_true(fetch(a))

    op = lists.operation[node]
    nodes = lists.arguments(node)
    if op == Op.SUM:
        return _sum(lists, node, number, on, fused)
    if op == Op.PRODUCT:
        return _product(lists, node, number, on)
    if op == Op.SELECT:
        return on.select(truth(nodes[0]), number(nodes[1]), number(nodes[2]))
    if op in (Op.AND, Op.OR, Op.NOT):
        return on.logical(op, [truth(a) for a in nodes])
    if op in BOOLEAN:
        return on.compare(op, number(nodes[0]), number(nodes[1]))
    return on.function(op, [number(a) for a in nodes])


def _sum(lists: TapeLists, node: int, number: Callable[[int], str], on: Arithmetic, fused: set[int]) -> str:
    """Plain summands in balanced trees, then one multiplication and addition after the other.

    That chain is short of work for the processor if it is long: then summands of one weight are added first.
    """
    by_weight: dict[float, tuple[list[str], list[str]]] = {1.0: ([], [])}
    pairs: list[tuple[str, str]] = []
    for i in range(lists.offset[node], lists.offset[node + 1]):
        a, weight = lists.argument[i], lists.weight[i]
        if a in fused:
            left, right = _halves(lists, a, number, on)
            pairs.append((on.negative(left) if weight < 0 else left, right))
        else:
            by_weight.setdefault(abs(weight), ([], []))[weight < 0].append(number(a))
    plus, minus = by_weight.pop(1.0)
    total, less = _difference(plus, minus, on)
    weighted = []
    many = lists.offset[node + 1] - lists.offset[node] >= _MANY
    for size, group in by_weight.items():
        if not many:
            weighted += [(on.number(sign * size), value) for sign, part in zip((1, -1), group) for value in part]
            continue
        one, other = _difference(*group, on)
        value = one if one is not None else other
        assert value is not None
        weighted.append((on.number(-size if one is None else size), value))
    for left, right in weighted + pairs:
        total = on.binary("fmul", left, right) if total is None else on.multiply_add(left, right, total)
    if less is not None:
        return on.negative(less) if total is None else on.binary("fsub", total, less)
    return on.number(0.0) if total is None else total


def _difference(plus: list[str], minus: list[str], on: Arithmetic) -> tuple[str | None, str | None]:
    """Return the sum of some values less that of others; where there are only others, theirs as the second result."""
    less = on.tree("fadd", minus) if minus else None
    if not plus:
        return None, less
    total = on.tree("fadd", plus)
    return (total if less is None else on.binary("fsub", total, less)), None


def _halves(lists: TapeLists, node: int, number: Callable[[int], str], on: Arithmetic) -> tuple[str, str]:
    """Return a product as two factors."""
    start, stop = lists.offset[node], lists.offset[node + 1]
    factors = [(lists.argument[i], int(lists.weight[i])) for i in range(start, stop)]
    last, exponent = factors[-1]
    powers = [on.whole_power(number(a), e) for a, e in factors[:-1]]
    if not powers:
        return on.whole_power(number(last), exponent - 1), number(last)
    return on.tree("fmul", powers), on.whole_power(number(last), exponent)


def _product(lists: TapeLists, node: int, number: Callable[[int], str], on: Arithmetic) -> str:
    """Return numerator over denominator."""
    above: list[str] = []
    below: list[str] = []
    for i in range(lists.offset[node], lists.offset[node + 1]):
        exponent = int(lists.weight[i])
        (above if exponent > 0 else below).append(on.whole_power(number(lists.argument[i]), abs(exponent)))
    numerator = on.tree("fmul", above) if above else on.number(1.0)
    return on.binary("fdiv", numerator, on.tree("fmul", below)) if below else numerator
