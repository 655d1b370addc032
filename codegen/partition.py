"""Cutting straight-line code into chunks.

One huge function costs the compiler more than linear time and the processor its registers;
chunks of a few hundred operations compile fast and run at the load-port limit. Values that cross
a chunk border go through scratch memory.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from codegen.functions import Op
from codegen.tape import Tape

__all__ = ["Partition", "is_inner", "owners", "partition", "stage_values"]

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
    inner = is_inner(tape)
    wanted = np.flatnonzero(inner & (tape.stage == stage))
    lengths = np.diff(tape.offset)
    # A value that is used once belongs beside its use: do not cut behind it.
    borders = _use_counts(tape, inner) != 1
    borders[tape.output] = True
    result = Partition()
    chunk: list[int] = []
    cost = 0
    for node, own, border in zip(
        wanted.tolist(), lengths[wanted].tolist(), borders[wanted].tolist(), strict=True
    ):
        chunk.append(node)
        cost += own
        if cost >= limit and (border or cost >= 2 * limit):
            result.chunks.append(chunk)
            chunk, cost = [], 0
    if chunk:
        result.chunks.append(chunk)
    home = np.full(len(tape), -1)
    home[wanted] = np.repeat(np.arange(len(result.chunks)), [len(nodes) for nodes in result.chunks])
    reader, read = home[owners(tape)], tape.argument
    # The arguments of leaves are no nodes.
    among = np.flatnonzero(reader >= 0)
    read, reader = read[among], reader[among]
    crossing = read[(home[read] >= 0) & (home[read] != reader)]
    result.slot = {node: i for i, node in enumerate(sorted({*keep, *np.unique(crossing).tolist()}))}
    return result


def is_inner(tape: Tape) -> NDArray[np.bool_]:
    """Tell of every node whether it computes something, unlike a leaf."""
    return tape.operation > max(LEAVES)


def owners(tape: Tape) -> NDArray[np.int64]:
    """Return the node that every argument belongs to."""
    return np.repeat(np.arange(len(tape)), np.diff(tape.offset))


def stage_values(tape: Tape) -> frozenset[int]:
    """Return the parameter-only nodes that the state-dependent part or an output reads."""
    inner = is_inner(tape)
    early = inner & (tape.stage == 1)
    reads = (inner & (tape.stage == 2))[owners(tape)]
    read = np.concatenate([tape.argument[reads], tape.output])
    return frozenset(read[early[read]].tolist())


def _use_counts(tape: Tape, inner: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.bincount(tape.argument[inner[owners(tape)]], minlength=len(tape))
