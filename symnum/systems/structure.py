"""Structural analysis of differential-algebraic systems: unknowns without equations, equations too many, the index.

Sources: Pantelides, SIAM J. Sci. Stat. Comput. 9 (1988) 213 (which equations must be differentiated); Dulmage and
Mendelsohn, Canad. J. Math. 10 (1958) 517 (what is over- and what is underdetermined).
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from symnum.errors import HigherIndexError, StructureError
from symnum.systems.implicit import ImplicitEquation
from symnum.systems.matching import maximum_matching, reached_from
from symnum.systems.null_spaces import NullVector, null_spaces

__all__ = ["Structure", "check_structure", "structural_index"]

_SHOWN = 5
_MOST_DIFFERENTIATIONS = 20


class Structure(NamedTuple):
    """A system that an index-1 solver can take.

    Attributes
    ----------
    equation_of : list of int
        For each unknown the equation that is matched with it; derivatives come first.
    differentiation_index : int
        0 for ordinary differential equations (also with a regular mass matrix), else 1.
    """

    equation_of: list[int]
    differentiation_index: int


def check_structure(equations: Sequence[ImplicitEquation], unknowns: Sequence[Any]) -> Structure:
    """Match equations with unknowns, and refuse what has no solution or a higher index.

    Parameters
    ----------
    equations : sequence of ImplicitEquation
    unknowns : sequence of Symbol
        All of them, differentiated ones and others.

    Returns
    -------
    Structure

    Raises
    ------
    StructureError
        If there are more equations than unknowns or fewer, or some of them cannot be matched; it names them.
    HigherIndexError
        If unknowns are determined only by derivatives of equations; it names both and the index.
    """
    column = {z: j for j, z in enumerate(unknowns)}
    moving = [[column[z] for z in e.derivatives] for e in equations]
    inside = [sorted(column[s] for s in e.symbols if s in column) for e in equations]
    matched = _complete_matching(equations, unknowns, moving, inside)
    left, right = _generic_null_spaces(equations, column)
    directions = _incidence(left, right, inside)
    chosen = maximum_matching(directions, len(right))
    if -1 in chosen:
        raise _higher_index(equations, unknowns, moving, inside, left)
    equation_of = [0] * len(unknowns)
    for equation, unknown in enumerate(matched):
        equation_of[unknown] = equation
    return Structure(equation_of, 1 if left else 0)


def _complete_matching(
    equations: Sequence[ImplicitEquation],
    unknowns: Sequence[Any],
    moving: list[list[int]],
    inside: list[list[int]],
) -> list[int]:
    """Return the unknown of each equation, derivatives first, or raise."""
    n = len(unknowns)
    algebraic = set(range(n)) - {j for row in moving for j in row}
    incidence = []
    for first, rest in zip(moving, inside, strict=True):
        known = set(first)
        own = [j for j in rest if j in algebraic]
        incidence.append([*first, *own, *(j for j in rest if j not in known and j not in algebraic)])
    matched = maximum_matching(incidence, n)
    loose = [e for e, unknown in enumerate(matched) if unknown == -1]
    missing = [j for j in range(n) if j not in set(matched)]
    if loose or missing:
        raise _singular(equations, unknowns, incidence, matched, loose, missing)
    return matched


def _singular(
    equations: Sequence[ImplicitEquation],
    unknowns: Sequence[Any],
    incidence: list[list[int]],
    matched: list[int],
    loose: list[int],
    missing: list[int],
) -> StructureError:
    parts = []
    named: list[int] = []
    if loose:
        named, held = reached_from(loose[0], incidence, matched)
        about = _names([unknowns[j] for j in held])
        if held:
            parts.append(
                f"The equations {_texts(equations, named)} are {len(named)} for {len(held)} unknown"
                f"{'s' if len(held) > 1 else ''} ({about}): one of them is too many"
            )
        else:
            parts.append(f"The equation {_texts(equations, named)} holds no unknown (or they cancel)")
    if missing:
        parts.append(
            f"no equation is left to determine {_names([unknowns[j] for j in missing])}"
            if loose
            else f"There are {len(equations)} equations for {len(unknowns)} unknowns: none is left to determine "
            f"{_names([unknowns[j] for j in missing])}"
        )
    error = StructureError(
        ", and ".join(parts)
        + ". Add or remove equations; names that are given numbers are parameters: parameters={...}."
    )
    error.equations = tuple(equations[e].text for e in named)
    error.unknowns = tuple(unknowns[j].name for j in missing)
    return error


def _generic_null_spaces(
    equations: Sequence[ImplicitEquation], column: dict[Any, int]
) -> tuple[list[NullVector], list[NullVector]]:
    """Return which combinations of equations are algebraic, and which directions of the unknowns do not move.

    Parameters in coefficients get arbitrary values: what holds for them holds for nearly all others.
    """
    rows, columns, values = [], [], []
    for i, equation in enumerate(equations):
        for z, coefficient in equation.derivatives.items():
            rows.append(i)
            columns.append(column[z])
            values.append(_generic_value(coefficient))
    return null_spaces(rows, columns, values, len(equations))


def _generic_value(coefficient: Any) -> float:
    from symnum.terms.evaluate import evaluate
    from symnum.terms.traverse import free_symbols

    if isinstance(coefficient, int | float):
        return float(coefficient)
    point = {s: 0.75 + 0.5 * ((_number_of(s.name) % 9973) / 9973.0) for s in free_symbols(coefficient)}
    value = float(evaluate(coefficient, point))
    return value if value == value else 1.0


def _number_of(name: str) -> int:
    """Return a number that depends on a name only, the same in every process."""
    total = 17
    for character in name:
        total = (total * 257 + ord(character)) % 1_000_003
    return total


def _incidence(left: list[NullVector], right: list[NullVector], inside: list[list[int]]) -> list[list[int]]:
    """Return for each algebraic combination of equations the directions that it depends on."""
    of_unknown: dict[int, list[int]] = {}
    for k, vector in enumerate(right):
        for j, _ in vector:
            of_unknown.setdefault(j, []).append(k)
    return [
        sorted({k for i, _ in vector for j in inside[i] for k in of_unknown.get(j, ())}) for vector in left
    ]


def _higher_index(
    equations: Sequence[ImplicitEquation],
    unknowns: Sequence[Any],
    moving: list[list[int]],
    inside: list[list[int]],
    left: list[NullVector],
) -> HigherIndexError:
    combined = {i for vector in left if len(vector) > 1 for i, _ in vector}
    order = [[i] for i in range(len(equations)) if i not in combined] + [[i for i, _ in v] for v in left if len(v) > 1]
    # Of joined rows as many go on as differential equations as do not turn into algebraic ones.
    joined = sorted(combined)
    order += [[i] for i in joined[: len(joined) - sum(len(v) > 1 for v in left)]]
    rows = [
        (sorted({j for i in members for j in moving[i]}) if len(members) == 1 else [],
         sorted({j for i in members for j in inside[i]}))
        for members in order
    ]  # fmt: skip
    index, counts = structural_index(rows, len(unknowns))
    often = {i: count for members, count in zip(order, counts) for i in members if count}
    constraints = [i for i in sorted(often) if not moving[i]] or sorted(often)
    givers = [i for i in sorted(often) if moving[i] and i not in constraints]
    algebraic = [z for j, z in enumerate(unknowns) if not any(j in row for row in moving)]
    times = max((often[i] for i in constraints), default=1)
    error = HigherIndexError(_advice(equations, constraints, givers, algebraic or list(unknowns), times, max(index, 2)))
    error.index = max(index, 2)
    error.equations = tuple(equations[i].text for i in constraints)
    error.unknowns = tuple(z.name for z in algebraic)
    return error


def _advice(
    equations: Sequence[ImplicitEquation],
    constraints: list[int],
    givers: list[int],
    algebraic: list[Any],
    times: int,
    index: int,
) -> str:
    one = len(constraints) == 1
    by = f" by means of {_texts(equations, givers)}" if givers else ""
    which = "derivative" if times == 1 else f"derivative number {times}"
    return (
        f"This differential-algebraic system has index {index}; systems of index 1 can be solved. "
        f"{_texts(equations, constraints)} bind{'s' if one else ''} unknowns whose derivatives other equations "
        f"give, so that only {'its' if one else 'their'} {which} by time says what {_names(algebraic)} must be. "
        f"Differentiate {'it' if one else 'them'} {'once' if times == 1 else f'{times} times'} by time{by}, write the "
        f"result in {'its' if one else 'their'} place, and start from values that satisfy the original too."
    )


def structural_index(rows: Sequence[tuple[Sequence[int], Sequence[int]]], unknowns: int) -> tuple[int, list[int]]:
    """Return the structural index, and how often each equation must be differentiated, by Pantelides' algorithm.

    Parameters
    ----------
    rows : sequence of (derivatives, unknowns)
        For each equation the unknowns whose derivatives it holds, and those that it holds themselves.
    unknowns : int
        How many there are.

    Examples
    --------
    >>> structural_index([([0], [1]), ([], [0])], 2)  # x' = z, 0 = x - f(t)
    (2, [0, 1])
    """
    graph = _Graph(rows, unknowns)
    for equation in range(len(rows)):
        graph.match(equation)
    counts = [graph.count(e) for e in range(len(rows))]
    algebraic = any(graph.next_variable[j] == -1 for j in range(unknowns))
    return max(counts, default=0) + (1 if algebraic else 0), counts


class _Graph:
    """Equations and unknowns with their derivatives, as many as the algorithm makes."""

    def __init__(self, rows: Sequence[tuple[Sequence[int], Sequence[int]]], unknowns: int) -> None:
        self.next_variable = [-1] * unknowns
        for derivatives, _ in rows:
            for j in derivatives:
                if self.next_variable[j] == -1:
                    self._differentiate_variable(j)
        self.incidence = [
            sorted({*rest, *(self.next_variable[j] for j in derivatives)}) for derivatives, rest in rows
        ]
        self.next_equation = [-1] * len(rows)
        self.owner: dict[int, int] = {}

    def _differentiate_variable(self, j: int) -> None:
        self.next_variable[j] = len(self.next_variable)
        self.next_variable.append(-1)

    def count(self, equation: int) -> int:
        """How often an equation was differentiated."""
        times = 0
        while self.next_equation[equation] != -1:
            equation = self.next_equation[equation]
            times += 1
        return times

    def match(self, equation: int) -> None:
        """Find an unknown of highest order for an equation, differentiating what stands in the way."""
        for _ in range(_MOST_DIFFERENTIATIONS):
            reached_equations, reached_unknowns, end = self._search(equation)
            if end is not None:
                return
            for j in reached_unknowns:
                self._differentiate_variable(j)
            for e in reached_equations:
                self._differentiate_equation(e)
            for j in reached_unknowns:
                self.owner[self.next_variable[j]] = self.next_equation[self.owner.pop(j)]
            equation = self.next_equation[equation]

    def _differentiate_equation(self, e: int) -> None:
        own = self.incidence[e]
        for j in own:
            if self.next_variable[j] == -1:
                self._differentiate_variable(j)
        self.next_equation[e] = len(self.incidence)
        self.next_equation.append(-1)
        self.incidence.append(sorted({*own, *(self.next_variable[j] for j in own)}))

    def _search(self, start: int) -> tuple[list[int], list[int], int | None]:
        """Look for a free unknown of highest order along alternating paths, and take it."""
        came_from: dict[int, int] = {}
        queue = [start]
        for e in queue:
            for j in self.incidence[e]:
                if self.next_variable[j] != -1 or j in came_from:
                    continue
                came_from[j] = e
                if j not in self.owner:
                    self._exchange(j, came_from, start)
                    return queue, list(came_from), j
                queue.append(self.owner[j])
        return queue, list(came_from), None

    def _exchange(self, j: int, came_from: dict[int, int], start: int) -> None:
        taken = {e: k for k, e in self.owner.items()}
        while True:
            e = came_from[j]
            before = taken.get(e)
            self.owner[j] = e
            if e == start or before is None:
                return
            j = before


def _texts(equations: Sequence[ImplicitEquation], places: Sequence[int]) -> str:
    shown = [f'"{equations[i].text}"' for i in places[:_SHOWN]]
    more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
    return ", ".join(shown) + more


def _names(symbols: Sequence[Any]) -> str:
    shown = ", ".join(f'"{s.name}"' for s in symbols[:_SHOWN])
    return shown + (f" and {len(symbols) - _SHOWN} more" if len(symbols) > _SHOWN else "")
