"""Tearing: algebraic unknowns that equations give explicitly become expressions in the others."""

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from symnum.systems.implicit import ImplicitEquation
from symnum.systems.matching import blocks, maximum_matching

__all__ = ["Torn", "put_in", "tear"]


class Torn(NamedTuple):
    """What is left of algebraic equations.

    Attributes
    ----------
    values : dict of Symbol to term
        The unknowns that became expressions; the expressions hold none of them.
    equations : list of int
        The equations that are left, by their places.
    rests : list of term
        What is zero in each of them, free of the unknowns that became expressions.
    """

    values: dict[Any, Any]
    equations: list[int]
    rests: list[Any]


def tear(equations: Sequence[ImplicitEquation], unknowns: Sequence[Any]) -> Torn:
    """Find expressions for as many algebraic unknowns as simple means do.

    First the equations ``z = expression``, in an order in which each needs only earlier ones; where they go round in a
    circle one is left as it is. Then equations in which an unknown stands alone with a factor that cannot be zero,
    such as ``0 = x + 2*z - 1``, after what is known was put in; among equations that must be solved together, so that
    nothing is computed backwards from what follows from it.

    Parameters
    ----------
    equations : sequence of ImplicitEquation
        Without derivatives.
    unknowns : sequence of Symbol
        Those whose derivatives appear nowhere.
    """
    wanted = dict.fromkeys(unknowns)
    defined = _definitions(equations, wanted)
    order = _ordered({z: equations[i].right for z, i in defined.items()})
    values: dict[Any, Any] = {}
    for z in order:
        values[z] = put_in(equations[defined[z]].right, values)
    used = {defined[z] for z in order}
    left = [i for i in range(len(equations)) if i not in used]
    solved, open_equations, rests = _solve(
        [put_in(equations[i].rest, values) for i in left], [z for z in wanted if z not in values]
    )
    values = {z: put_in(value, solved) for z, value in values.items()} | solved
    return Torn(values, [left[k] for k in open_equations], rests)


def put_in(term: Any, values: Mapping[Any, Any]) -> Any:
    """Return a term with expressions in the place of some symbols."""
    from symnum.terms.substitute import substitute
    from symnum.terms.traverse import free_symbols

    used = {s: values[s] for s in free_symbols(term) if s in values}
    return substitute(term, used) if used else term


def _definitions(equations: Sequence[ImplicitEquation], wanted: Mapping[Any, None]) -> dict[Any, int]:
    """Return the first equation ``z = expression`` of each unknown."""
    out: dict[Any, int] = {}
    for i, equation in enumerate(equations):
        if equation.defines in wanted:
            out.setdefault(equation.defines, i)
    return out


def _ordered(values: Mapping[Any, Any]) -> list[Any]:
    """Return symbols after those that their values hold; one of each circle is left out."""
    from symnum.terms.traverse import free_symbols

    needs = {z: [s for s in free_symbols(value) if s in values] for z, value in values.items()}
    order: list[Any] = []
    state: dict[Any, bool] = {}  # False while it waits for what it needs
    dropped: set[Any] = set()
    for root in values:
        stack = [root] if root not in state else []
        while stack:
            z = stack[-1]
            if z not in state:
                state[z] = False
                if any(state.get(s) is False and s not in dropped for s in needs[z]):
                    dropped.add(z)
                else:
                    stack += [s for s in needs[z] if s not in state]
                    continue
            stack.pop()
            if not state[z]:
                state[z] = True
                if z not in dropped:
                    order.append(z)
    return order


def _solve(rests: list[Any], unknowns: list[Any]) -> tuple[dict[Any, Any], list[int], list[Any]]:
    """Eliminate unknowns that stand alone; return their expressions, and the equations that are left.

    An unknown is only taken from an equation of its own block: others follow from it, and it from none of them.
    """
    from symnum.terms.traverse import free_symbols

    wanted = {z: j for j, z in enumerate(unknowns)}
    inside = [[wanted[s] for s in free_symbols(rest) if s in wanted] for rest in rests]
    matched = maximum_matching(inside, len(unknowns))
    block = blocks(inside, matched)
    members: dict[int, set[Any]] = {}
    for k, j in enumerate(matched):
        if j != -1:
            members.setdefault(block[k], set()).add(unknowns[j])
    left = set(unknowns)
    where: dict[Any, set[int]] = {}
    for k, row in enumerate(inside):
        for j in row:
            where.setdefault(unknowns[j], set()).add(k)
    values: dict[Any, Any] = {}
    pending = dict(enumerate(rests))
    queue = deque(pending)
    while queue:
        k = queue.popleft()
        own = members.get(block[k]) if k in pending else None
        found = _alone(pending[k], own, left, where) if own else None
        if found is None or own is None:
            continue
        z, value = found
        del pending[k]
        own.discard(z)
        left.discard(z)
        values[z] = value
        for other in sorted(where[z] & pending.keys()):
            pending[other] = put_in(pending[other], {z: value})
            for s in free_symbols(pending[other]):
                if s in wanted:
                    where.setdefault(s, set()).add(other)
            queue.append(other)
    resolved: dict[Any, Any] = {}
    for z in reversed(values):  # an expression holds only what was eliminated later, or is left
        resolved[z] = put_in(values[z], resolved)
    return resolved, list(pending), list(pending.values())


def _alone(
    rest: Any, own: Collection[Any], unknowns: Collection[Any], where: Mapping[Any, set[int]]
) -> tuple[Any, Any] | None:
    """Return one of `own` that stands alone in ``0 = rest`` with a factor that is never zero, and its value."""
    from symnum.terms.canonical import Product, Sum, Symbol, make_sum, multiply, power
    from symnum.terms.traverse import free_symbols

    parts: dict[Any, Any]
    constant: Any = 0
    if isinstance(rest, Symbol | Product):
        parts = {rest: 1}
    elif isinstance(rest, Sum):
        parts, constant = dict(rest.terms), rest.constant
    else:
        return None
    counts: dict[Any, int] = {}
    for part in parts:
        for s in free_symbols(part):
            counts[s] = counts.get(s, 0) + 1
    best = None
    for part, number in parts.items():
        found = _factor_of(part, number, unknowns)
        if found is None or found[0] not in own or counts[found[0]] != 1:
            continue
        rank = (found[1] not in (1, -1), len(where.get(found[0], ())))
        if best is None or rank < best[0]:
            best = rank, found, part
    if best is None:
        return None
    _, (z, factor), part = best
    others = make_sum({p: n for p, n in parts.items() if p is not part}, constant)
    return z, multiply((-1, others, power(factor, -1)))


def _factor_of(part: Any, number: Any, unknowns: Collection[Any]) -> tuple[Any, Any] | None:
    """Return the unknown in a summand ``factor * z``, and the factor, where that is never zero and free of unknowns."""
    from symnum.terms.canonical import Product, Symbol, multiply, power
    from symnum.terms.domains import is_nonzero
    from symnum.terms.traverse import free_symbols

    if isinstance(part, Symbol):
        return (part, number) if part in unknowns else None
    if not isinstance(part, Product):
        return None
    inside = [s for s in free_symbols(part) if s in unknowns]
    if len(inside) != 1 or part.factors.get(inside[0]) != 1:
        return None
    factor = multiply((number, part, power(inside[0], -1)))
    return (inside[0], factor) if is_nonzero(factor) is True else None
