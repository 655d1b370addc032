"""Shared reciprocals: a/c and b/c with one division.

A division takes as long as several multiplications and cannot be overlapped as well. Where several products divide by
the same node, its reciprocal becomes a node of its own, and they multiply by that.
"""

from collections import Counter

import numpy as np

from codegen.functions import Op
from codegen.tape import Tape

__all__ = ["share_reciprocals"]

Bases = tuple[tuple[int, float], ...]
"""Nodes that a product divides by, with their exponents as positive numbers."""


def share_reciprocals(tape: Tape) -> Tape:
    """Return a tape that computes the same with fewer divisions, or the tape itself.

    Parameters
    ----------
    tape : Tape
        Only what depends on the state is changed.
    """
    if not ((tape.weight < 0) & (np.repeat(tape.operation, np.diff(tape.offset)) == Op.PRODUCT)).any():
        return tape
    divisors = _divisors(tape)
    shared = _worth_sharing(divisors)
    return _rewritten(tape, divisors, shared) if shared else tape


def _divisors(tape: Tape) -> dict[int, Bases]:
    """Return what each product divides by."""
    offset, argument, weight = tape.offset.tolist(), tape.argument.tolist(), tape.weight.tolist()
    found = {}
    for node in np.flatnonzero((tape.operation == Op.PRODUCT) & (tape.stage == 2)).tolist():
        span = range(offset[node], offset[node + 1])
        below = tuple([(argument[i], -weight[i]) for i in span if weight[i] < 0])
        if below:
            found[node] = below
    return found


def _worth_sharing(divisors: dict[int, Bases]) -> frozenset[int]:
    """Return the nodes to take reciprocals of: those that save divisions in all.

    A product needs no division of its own once all that it divides by has a reciprocal.
    """
    alone = Counter(below[0][0] for below in divisors.values() if len(below) == 1)
    users = Counter(base for below in divisors.values() for base, _ in below)
    shared = {base for base in alone if users[base] > 1}
    while True:
        helped = Counter(
            base for below in divisors.values() if all(b in shared for b, _ in below) for base, _ in below
        )
        useless = {base for base in shared if helped[base] < 2}
        if not useless:
            break
        shared -= useless
    saved = sum(all(base in shared for base, _ in below) for below in divisors.values())
    return frozenset(shared) if saved > len(shared) else frozenset()


def _rewritten(tape: Tape, divisors: dict[int, Bases], shared: frozenset[int]) -> Tape:
    """Put a reciprocal behind each shared node, and multiply by it where all divisors have one."""
    offset, argument, weight = tape.offset.tolist(), tape.argument.tolist(), tape.weight.tolist()
    operation, stage = tape.operation.tolist(), tape.stage.tolist()
    place: list[int] = []  # where each old node is now
    reciprocal: dict[int, int] = {}
    made: set[int] = set()
    operations: list[int] = []
    stages: list[int] = []
    arguments: list[int] = []
    weights: list[float] = []
    offsets = [0]

    def append(op: int, nodes: list[int], own: list[float], level: int) -> int:
        operations.append(op)
        stages.append(level)
        arguments.extend(nodes)
        weights.extend(own)
        offsets.append(len(arguments))
        return len(operations) - 1

    leaves = (Op.STATE, Op.PARAMETER, Op.CONSTANT)
    for node, op in enumerate(operation):
        span = slice(offset[node], offset[node + 1])
        nodes, own = argument[span], weight[span]
        below = divisors.get(node, ())
        if op not in leaves:
            if below and all(base in shared for base, _ in below):
                nodes = [reciprocal[a] if w < 0 else place[a] for a, w in zip(nodes, own)]
                own = [abs(w) for w in own]
            else:
                nodes = [place[a] for a in nodes]
        if below and len(own) == 1 and own[0] == 1.0 and nodes[0] in made:
            place.append(nodes[0])  # it was that reciprocal itself
        else:
            place.append(append(op, nodes, own, stage[node]))
        if node in shared:
            reciprocal[node] = append(Op.PRODUCT, [place[node]], [-1.0], 2)
            made.add(reciprocal[node])
    return Tape(
        np.array(operations, np.int32),
        np.array(offsets, np.int32),
        np.array(arguments, np.int32),
        np.array(weights, np.float64),
        np.array(stages, np.int8),
        np.array([place[n] for n in tape.output.tolist()], np.int32),
        tape.sign,
    )
