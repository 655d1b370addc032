"""Shared reciprocals: a/c and b/c with one division.

A division takes as long as several multiplications and cannot be overlapped as well. Where several products divide by
the same node, its reciprocal becomes a node of its own, and they multiply by that.
"""

from collections import Counter

import numpy as np

from codegen.functions import Op
from codegen.tape import Tape
from codegen.tape_writer import TapeWriter, nodes_of

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
    writer = TapeWriter()
    place = writer.place
    reciprocal: dict[int, int] = {}
    made: set[int] = set()
    for node in nodes_of(tape):
        below = divisors.get(node.number, ())
        nodes, own = writer.moved(node), node.weights
        if below and all(base in shared for base, _ in below):
            nodes = [reciprocal[a] if w < 0 else place[a] for a, w in zip(node.arguments, own)]
            own = [abs(w) for w in own]
        if below and len(own) == 1 and own[0] == 1.0 and nodes[0] in made:
            place.append(nodes[0])  # it was that reciprocal itself
        else:
            place.append(writer.append(node.operation, nodes, own, node.stage))
        if node.number in shared:
            reciprocal[node.number] = writer.append(Op.PRODUCT, [place[node.number]], [-1.0], 2)
            made.add(reciprocal[node.number])
    return writer.finish(tape)
