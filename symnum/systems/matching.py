"""Maximum matching between equations and unknowns, and what its gaps say."""

from collections.abc import Sequence

__all__ = ["blocks", "maximum_matching", "reached_from"]

FREE = -1


def maximum_matching(incidence: Sequence[Sequence[int]], unknowns: int) -> list[int]:
    """Return for each equation its unknown, or -1, such that as many as possible have one.

    Parameters
    ----------
    incidence : sequence of sequence of int
        The unknowns in each equation; earlier ones are preferred.
    unknowns : int
        How many unknowns there are.

    Examples
    --------
    >>> maximum_matching([[0, 1], [0], [0]], 2)
    [1, 0, -1]
    """
    owner = [FREE] * unknowns
    chosen = [FREE] * len(incidence)
    for equation, candidates in enumerate(incidence):  # the cheap ones first: most need no search
        for unknown in candidates:
            if owner[unknown] == FREE:
                owner[unknown], chosen[equation] = equation, unknown
                break
    for equation in range(len(incidence)):
        if chosen[equation] == FREE:
            _augment(equation, incidence, owner, chosen)
    return chosen


def _augment(start: int, incidence: Sequence[Sequence[int]], owner: list[int], chosen: list[int]) -> bool:
    """Look for a chain of exchanges that gives `start` an unknown; breadth first, no recursion."""
    came_from: dict[int, int] = {}  # unknown -> the equation that reached it
    queue = [start]
    for equation in queue:
        for unknown in incidence[equation]:
            if unknown in came_from:
                continue
            came_from[unknown] = equation
            if owner[unknown] == FREE:
                _exchange(unknown, came_from, owner, chosen)
                return True
            queue.append(owner[unknown])
    return False


def _exchange(unknown: int, came_from: dict[int, int], owner: list[int], chosen: list[int]) -> None:
    while unknown != FREE:
        equation = came_from[unknown]
        owner[unknown] = equation
        unknown, chosen[equation] = chosen[equation], unknown


def reached_from(
    equation: int, incidence: Sequence[Sequence[int]], chosen: Sequence[int]
) -> tuple[list[int], list[int]]:
    """Return the equations and unknowns that alternating paths from an unmatched equation reach.

    These equations are more than their unknowns: one of them is too many.
    """
    owner = {unknown: e for e, unknown in enumerate(chosen) if unknown != FREE}
    equations, unknowns = {equation: None}, dict[int, None]()
    queue = [equation]
    for current in queue:
        for unknown in incidence[current]:
            unknowns.setdefault(unknown)
            other = owner.get(unknown)
            if other is not None and other not in equations:
                equations[other] = None
                queue.append(other)
    return sorted(equations), sorted(unknowns)


def blocks(incidence: Sequence[Sequence[int]], chosen: Sequence[int]) -> list[int]:
    """Return for each matched equation the number of the block in which it must be solved together with others.

    Equations are in one block if each needs the unknown of the other, directly or over more of them (strongly connected
    components, found without recursion); -1 for equations without an unknown.

    Examples
    --------
    >>> blocks([[0], [0, 1], [1, 2], [1, 2]], [0, 1, 2, -1])
    [0, 1, 2, -1]
    >>> blocks([[0, 1], [0, 1]], [0, 1])
    [0, 0]
    """
    owner = {unknown: e for e, unknown in enumerate(chosen) if unknown != FREE}
    needs = [[owner[j] for j in row if owner.get(j, e) != e] for e, row in enumerate(incidence)]
    number = [FREE] * len(incidence)
    order: dict[int, int] = {}
    lowest: dict[int, int] = {}
    waiting: list[int] = []
    count = 0
    for root in owner.values():
        path = [(root, iter(needs[root]))] if root not in order else []
        for e, _ in path:
            order[e] = lowest[e] = len(order)
            waiting.append(e)
        while path:
            e, following = path[-1]
            other = next((o for o in following if number[o] == FREE), None)
            if other is None:
                path.pop()
                if path:
                    lowest[path[-1][0]] = min(lowest[path[-1][0]], lowest[e])
                if lowest[e] == order[e]:
                    while True:
                        member = waiting.pop()
                        number[member] = count
                        if member == e:
                            break
                    count += 1
            elif other in order:
                lowest[e] = min(lowest[e], order[other])
            else:
                order[other] = lowest[other] = len(order)
                waiting.append(other)
                path.append((other, iter(needs[other])))
    return number
