"""Elementary cycles of the reaction graph: ways along reactions that come back and pass no complex twice.

Source: D. B. Johnson, SIAM J. Comput. 4 (1975) 77.
"""

from collections.abc import Iterator
from itertools import islice

from symnum.models.network_structure.complex_lists import ComplexLists
from symnum.models.network_structure.complexes import Complexes
from symnum.models.network_structure.linkage_classes import LinkageClasses

__all__ = ["ElementaryCycles", "elementary_cycles"]

_SHOWN = 20


class ElementaryCycles(ComplexLists):
    """Elementary cycles, as a sequence of lists of complexes; the way from the last back to the first is meant.

    Attributes
    ----------
    members : list of list of int
        Numbers of the complexes along each cycle.
    complete : bool
        Whether these are all; False where there are more than the limit.
    """

    def __init__(self, complexes: Complexes, members: list[list[int]], complete: bool) -> None:
        super().__init__(complexes, members)
        self.complete = complete

    def __repr__(self) -> str:
        more = "" if self.complete else ", and there are more"
        lines = [f"<{len(self):,} elementary cycles{more}>"]
        lines += ["  " + " -> ".join(map(str, [*cycle, cycle[0]])) for cycle in self[:_SHOWN]]
        if len(self) > _SHOWN:
            lines.append(f"  … and {len(self) - _SHOWN:,} more")
        return "\n".join(lines)


def elementary_cycles(complexes: Complexes, strong: LinkageClasses, limit: int = 10_000) -> ElementaryCycles:
    """Find the elementary cycles of the reaction graph, those of two complexes (reversible reactions) included.

    Parameters
    ----------
    complexes : Complexes
    strong : LinkageClasses
        The strong linkage classes: no cycle leaves one.
    limit : int
        Greatest number of cycles; there can be very many.
    """
    neighbours: dict[int, list[int]] = {}
    for i, j in complexes.edges:
        neighbours.setdefault(i, []).append(j)
    found = (cycle for members in strong.members if len(members) > 1 for cycle in _cycles_within(members, neighbours))
    cycles = list(islice(found, limit + 1))
    return ElementaryCycles(complexes, cycles[:limit], len(cycles) <= limit)


def _cycles_within(members: list[int], neighbours: dict[int, list[int]]) -> Iterator[list[int]]:
    """Yield the cycles of one strong class, each from its smallest complex on."""
    for start in members:
        allowed = {k for k in members if k >= start}
        yield from _cycles_from(start, allowed, neighbours)


def _cycles_from(start: int, allowed: set[int], neighbours: dict[int, list[int]]) -> Iterator[list[int]]:
    """Yield the cycles through one complex; complexes from which there was no way back are blocked meanwhile."""
    path, blocked = [start], {start}
    waiting: dict[int, set[int]] = {}
    closed: set[int] = set()
    stack = [(start, iter([j for j in neighbours.get(start, ()) if j in allowed]))]
    while stack:
        k, rest = stack[-1]
        for j in rest:
            if j == start:
                yield list(path)
                closed.update(path)
            elif j not in blocked:
                path.append(j)
                blocked.add(j)
                closed.discard(j)
                stack.append((j, iter([i for i in neighbours.get(j, ()) if i in allowed])))
                break
        else:
            if k in closed:
                _unblock(k, blocked, waiting)
            else:
                for j in neighbours.get(k, ()):
                    if j in allowed:
                        waiting.setdefault(j, set()).add(k)
            stack.pop()
            path.pop()


def _unblock(k: int, blocked: set[int], waiting: dict[int, set[int]]) -> None:
    queue = {k}
    while queue:
        j = queue.pop()
        if j in blocked:
            blocked.discard(j)
            queue |= waiting.pop(j, set())
