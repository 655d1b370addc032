"""Cutting straight-line code into chunks.

One huge function costs the compiler more than linear time and the processor its registers;
chunks of a few hundred operations compile fast and run at the load-port limit. Values that cross
a chunk border go through scratch memory.
"""

from dataclasses import dataclass, field

from codegen.functions import Op
from codegen.tape import Tape

__all__ = ["Partition", "partition"]

LEAVES = frozenset((Op.CONSTANT, Op.TIME, Op.STATE, Op.PARAMETER))


@dataclass(eq=False)
class Partition:
    """Chunks of nodes of one stage.

    Parameters
    ----------
    chunks : list of list of int
        Node numbers, in order of evaluation.
    slot : dict of int to int
        Memory slot of every node that must be stored.
    """

    chunks: list[list[int]] = field(default_factory=list)
    slot: dict[int, int] = field(default_factory=dict)


def partition(tape: Tape, stage: int, limit: int = 400, keep: frozenset[int] = frozenset()) -> Partition:
    """Cut the nodes of one stage into chunks of about `limit` operations.

    Parameters
    ----------
    tape : Tape
        What is to be evaluated.
    stage : int
        Stage whose nodes are taken; leaves never are.
    limit : int
        Operations per chunk.
    keep : frozenset of int
        Nodes that get a memory slot in any case.
    """
    operation, offset = tape.operation.tolist(), tape.offset.tolist()
    argument, stages = tape.argument.tolist(), tape.stage.tolist()
    uses = _use_counts(operation, offset, argument)
    outputs = set(tape.output.tolist())
    result = Partition()
    chunk: list[int] = []
    home: dict[int, int] = {}
    cost = 0
    for node, op in enumerate(operation):
        if stages[node] != stage or op in LEAVES:
            continue
        home[node] = len(result.chunks)
        chunk.append(node)
        cost += offset[node + 1] - offset[node]
        # A value that is used once belongs beside its use: do not cut behind it.
        borders = uses[node] != 1 or node in outputs
        if (cost >= limit and borders) or cost >= 2 * limit:
            result.chunks.append(chunk)
            chunk, cost = [], 0
    if chunk:
        result.chunks.append(chunk)
    crossing = set(keep)
    for number, nodes in enumerate(result.chunks):
        for node in nodes:
            for a in argument[offset[node] : offset[node + 1]]:
                if a in home and home[a] != number and operation[a] not in LEAVES:
                    crossing.add(a)
    result.slot = {node: i for i, node in enumerate(sorted(crossing))}
    return result


def _use_counts(operation: list[int], offset: list[int], argument: list[int]) -> list[int]:
    uses = [0] * len(operation)
    for node, op in enumerate(operation):
        if op not in LEAVES:
            for a in argument[offset[node] : offset[node + 1]]:
                uses[a] += 1
    return uses
