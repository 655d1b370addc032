"""Coefficients of products go into what depends on parameters: 8*D/h^2*u has one factor that is computed once a run.

A sum keeps the numbers before its summands apart, so that u*v and 3*u*v are one product. Where such a summand has a
factor that depends on parameters only, and nothing needs the product without the number, the number belongs to that
factor: it is multiplied by in the parameter stage, and the sum only adds. Each multiple of a factor is a value that has
to be loaded, which was measured to cost about as much as a multiplication saves: so more must be saved than that.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np

from codegen.functions import Op
from codegen.tape import Tape
from codegen.tape_writer import TapeWriter, nodes_of

__all__ = ["fold_coefficients"]

_SUM, _PRODUCT = int(Op.SUM), int(Op.PRODUCT)
_LEAVES = frozenset(map(int, (Op.STATE, Op.PARAMETER, Op.CONSTANT, Op.TIME)))

_SAVED_PER_VALUE = 2
"""Multiplications that must be saved for each value more that has to be loaded."""


def fold_coefficients(tape: Tape) -> Tape:
    """Return a tape that computes the same with fewer multiplications, or the tape itself.

    Parameters
    ----------
    tape : Tape
        Only what depends on the state is changed.
    """
    lengths = np.diff(tape.offset)
    in_sum = np.repeat((tape.operation == _SUM) & (tape.stage == 2), lengths) & (np.abs(tape.weight) != 1.0)
    if not in_sum.any():
        return tape
    candidates = np.unique(tape.argument[in_sum])
    candidates = candidates[(tape.operation[candidates] == _PRODUCT) & (tape.stage[candidates] == 2)]
    if not len(candidates):
        return tape
    folded = _worth_folding(tape, candidates.tolist())
    return _rewritten(tape, folded) if folded else tape


def _worth_folding(tape: Tape, candidates: list[int]) -> dict[int, tuple[int, float]]:
    """Return, of products that one number stands before wherever they are used, the factor it goes to, and it."""
    places = {node: place for node in candidates if (place := _parameter_factor(tape, node)) is not None}
    numbers = _numbers(tape, set(places))
    alike = {node: found for node, found in numbers.items() if len(set(found)) == 1}
    saved: Counter[int] = Counter()
    multiples: dict[int, set[float]] = defaultdict(set)
    for node, found in alike.items():
        factor = int(tape.argument[places[node]])
        saved[factor] += len(found)
        multiples[factor].add(found[0])
    for factor in _needed_alone(tape, set(saved), places, alike):
        multiples[factor].add(1.0)
    kept = {f for f, n in saved.items() if n >= _SAVED_PER_VALUE * (len(multiples[f]) - 1)}
    return {n: (places[n], found[0]) for n, found in alike.items() if int(tape.argument[places[n]]) in kept}


def _numbers(tape: Tape, products: set[int]) -> dict[int, list[float]]:
    """Return the sizes of the numbers that stand before products, one for each use."""
    found: dict[int, list[float]] = {node: [] for node in products}
    for place in _uses(tape, products):
        is_sum = tape.operation[_owner(tape, place)] == _SUM
        found[int(tape.argument[place])].append(abs(float(tape.weight[place])) if is_sum else 1.0)
    for node in set(tape.output.tolist()) & products:
        found[node].append(1.0)
    return found


def _needed_alone(
    tape: Tape, factors: set[int], places: dict[int, int], alike: dict[int, list[float]]
) -> Iterator[int]:
    """Yield the factors that something other than the products that are changed needs at each evaluation."""
    for place in _uses(tape, factors):
        owner = _owner(tape, place)
        if tape.stage[owner] == 2 and not (owner in alike and places[owner] == place):
            yield int(tape.argument[place])
    yield from set(tape.output.tolist()) & factors


def _uses(tape: Tape, nodes: set[int]) -> list[int]:
    """Return the places among the arguments at which some nodes stand."""
    is_inner = np.repeat(~np.isin(tape.operation, list(_LEAVES)), np.diff(tape.offset))
    found: list[int] = np.flatnonzero(np.isin(tape.argument, list(nodes)) & is_inner).tolist()
    return found


def _owner(tape: Tape, place: int) -> int:
    return int(np.searchsorted(tape.offset, place, "right")) - 1


def _parameter_factor(tape: Tape, node: int) -> int | None:
    """Return the place among the arguments of a product's factor that depends on parameters only."""
    for place in range(tape.offset[node], tape.offset[node + 1]):
        if tape.stage[tape.argument[place]] < 2 and tape.weight[place] == 1.0:
            return place
    return None


def _rewritten(tape: Tape, folded: dict[int, tuple[int, float]]) -> Tape:
    """Put a multiple of the parameter's factor before each product, and take the number out of the sums."""
    argument = tape.argument.tolist()
    writer = TapeWriter()
    place = writer.place
    for node in nodes_of(tape):
        nodes, own = writer.moved(node), node.weights
        if node.number in folded:
            position, number = folded[node.number]
            nodes[position - node.start] = writer.multiple(place[argument[position]], number)
        elif node.operation == _SUM:
            own = [float(np.sign(c)) if a in folded else c for a, c in zip(node.arguments, own)]
            if own == [1.0]:
                place.append(nodes[0])
                continue
        place.append(writer.append(node.operation, nodes, own, node.stage))
    return writer.finish(tape)
