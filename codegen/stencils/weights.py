"""Weights that all summands of a stencil share go to the parameter that multiplies it.

``D*(1024*a + 1024*b - 2048*c)`` becomes ``(1024*D)*(a + b - 2*c)``: one multiplication less in every cell, and the
first factor is computed once per change of the parameters.
"""

import numpy as np

from codegen.functions import Op
from codegen.tape import Tape
from codegen.tape_writer import TapeWriter, nodes_of

__all__ = ["share_weights"]

_SUM, _PRODUCT = int(Op.SUM), int(Op.PRODUCT)
_LARGEST_RATIO = 4096.0


def share_weights(tape: Tape) -> Tape:
    """Return a tape that computes the same with fewer multiplications, or the tape itself.

    Parameters
    ----------
    tape : Tape
        Only sums that depend on the state, and that are nothing but factors beside a parameter, are changed.
    """
    places = _parameter_places(tape)
    common = {node: weight for node in places if (weight := _common_weight(tape, node)) != 1.0}
    return _rewritten(tape, common, places) if common else tape


def _parameter_places(tape: Tape) -> dict[int, list[int]]:
    """Return, for sums that products alone use, the places of the parameters that multiply them, one per use."""
    offset, argument, weight, stage = tape.offset, tape.argument, tape.weight, tape.stage
    found: dict[int, list[int]] = {}
    other = set(tape.output.tolist())
    for node, op in enumerate(tape.operation.tolist()):
        if op in (Op.CONSTANT, Op.STATE, Op.PARAMETER, Op.TIME):
            continue
        span = range(int(offset[node]), int(offset[node + 1]))
        early = [i for i in span if op == _PRODUCT and stage[argument[i]] == 1 and weight[i] == 1.0]
        for i in span:
            used = int(argument[i])
            if tape.operation[used] == _SUM and stage[used] == 2:
                if early and weight[i] == 1.0:
                    found.setdefault(used, []).append(early[0])
                else:
                    other.add(used)
    return {node: uses for node, uses in found.items() if node not in other}


def _common_weight(tape: Tape, node: int) -> float:
    """Return what all weights of a sum are small whole multiples of, or 1."""
    weights = np.abs(tape.weight[tape.offset[node] : tape.offset[node + 1]])
    least = float(weights.min())
    with np.errstate(all="ignore"):
        ratios = weights / least
    exact = bool(np.all(ratios == np.round(ratios)) and np.all(ratios * least == weights))
    return least if exact and len(weights) > 2 and ratios.max() <= _LARGEST_RATIO else 1.0


def _rewritten(tape: Tape, common: dict[int, float], places: dict[int, list[int]]) -> Tape:
    """Divide the weights of sums, and put multiples of parameters where these are multiplied by."""
    changed = {place: common[node] for node in common for place in places[node]}
    writer = TapeWriter()
    for node in nodes_of(tape):
        nodes, own = writer.moved(node), node.weights
        for k in range(len(nodes)):
            factor = changed.get(node.start + k)
            if factor is not None:
                nodes[k] = writer.multiple(nodes[k], factor)
        if node.number in common:
            own = [w / common[node.number] for w in own]
        writer.place.append(writer.append(node.operation, nodes, own, node.stage))
    return writer.finish(tape)
