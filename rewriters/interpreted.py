"""The interpreted matcher: every way in which a pattern matches a term, one after another.

Slow and plain, and so the measure for the compiled matcher, which must give the first of these.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from rewriters.access import Access, access_of, gathered, is_gathered, same
from rewriters.patterns import Leaf, Node, Segment, Slot
from rewriters.prepared import Application, Gathering, is_optional
from symnum.terms import interface
from symnum.terms.timing import check_time

Bindings = dict[str, Any]
LEFT_OVER = ""
"""Key in the bindings under which the arguments stand that a rule leaves as they are."""


def match(prepared: Any, term: Any) -> Iterator[Bindings]:
    """Yield every way in which a prepared pattern matches a term, as {slot name: term}.

    Segments are tuples. Arguments that are left over at the top stand under `LEFT_OVER`.
    """
    return _match(prepared, term, {}, access_of(term), term)


def _match(p: Any, term: Any, bound: Bindings, access: Access, like: Any) -> Iterator[Bindings]:
    cls = p.__class__
    if cls is Slot:
        yield from _slot(p, term, bound)
    elif cls is Gathering:
        matches = access.head(term) == p.operation
        if matches or p.least <= 1:
            arguments = access.arguments(term) if matches else (term,)
            if _fits(p, len(arguments)):
                yield from _gather(p, arguments, 0, (), bound, access, like)
    elif cls is Application:
        if access.head(term) == p.operation:
            yield from _sequence(p.arguments, access.arguments(term), bound, access, like)
        elif p.collapses:
            yield from _sequence(p.arguments, (term, 1), bound, access, like)
    elif is_leaf(p, term) if cls is Leaf else same(p, term):
        yield bound


def is_leaf(leaf: Leaf, term: Any) -> bool:
    """Tell whether a term is the symbol or constant that a leaf of a pattern names."""
    is_named = interface.is_constant(term) if leaf.constant else interface.is_symbol(term)
    return bool(is_named) and interface.name(term) == leaf.name and interface.domain(term) == leaf.domain


def _slot(slot: Slot, term: Any, bound: Bindings) -> Iterator[Bindings]:
    if slot.name in bound:
        if same(bound[slot.name], term):
            yield bound
    elif all(p.test(term) for p in slot.predicates):
        yield {**bound, slot.name: term}


def _fits(p: Gathering, count: int) -> bool:
    return count >= p.least and (p.open or p.rest is not None or count <= len(p.fixed))


def _gather(
    p: Gathering,
    arguments: Sequence[Any],
    done: int,
    used: tuple[int, ...],
    bound: Bindings,
    access: Access,
    like: Any,
) -> Iterator[Bindings]:
    if done == len(p.fixed):
        rest = [a for i, a in enumerate(arguments) if i not in used]
        yield from _rest(p, rest, bound, access, like)
        return
    part = p.fixed[done]
    trials = [(i, a) for i, a in enumerate(arguments) if i not in used]
    if is_optional(part):
        trials.append((-1, p.neutral))
    for i, argument in trials:
        check_time()
        for more in _match(part, argument, bound, access, like):
            yield from _gather(p, arguments, done + 1, (*used, i), more, access, like)


def _rest(p: Gathering, rest: list[Any], bound: Bindings, access: Access, like: Any) -> Iterator[Bindings]:
    if p.open:
        yield {**bound, LEFT_OVER: tuple(rest)}
    elif p.rest is None:
        if not rest:
            yield bound
    elif p.rest.__class__ is Segment:
        if all(t.test(a) for a in rest for t in p.rest.predicates):
            yield {**bound, p.rest.name: tuple(rest)}
    elif rest or p.rest.optional:
        name = p.rest.name
        if name not in bound:
            yield {**bound, name: gathered(access, like, p.operation, rest)}
        elif is_gathered(access, p.operation, bound[name], rest):
            yield bound


def _sequence(
    patterns: Sequence[Any], arguments: Sequence[Any], bound: Bindings, access: Access, like: Any
) -> Iterator[Bindings]:
    if not patterns:
        if not arguments:
            yield bound
        return
    first, others = patterns[0], patterns[1:]
    if first.__class__ is Segment:
        for size in range(len(arguments) + 1):
            taken = tuple(arguments[:size])
            if all(t.test(a) for a in taken for t in first.predicates):
                yield from _sequence(others, arguments[size:], {**bound, first.name: taken}, access, like)
    elif arguments:
        for more in _match(first, arguments[0], bound, access, like):
            yield from _sequence(others, arguments[1:], more, access, like)


def instantiate(pattern: Any, bindings: Bindings, access: Access, like: Any) -> Any:
    """Return the term that a pattern stands for once its slots are bound."""
    if pattern.__class__ is Slot:
        return bindings[pattern.name]
    if pattern.__class__ is Leaf:
        return access.leaf(like, pattern)
    if pattern.__class__ is not Node:
        return pattern
    arguments: list[Any] = []
    for argument in pattern.arguments:
        if argument.__class__ is Segment:
            arguments.extend(bindings[argument.name])
        else:
            arguments.append(instantiate(argument, bindings, access, like))
    if pattern.operation in ("+", "*"):
        return gathered(access, like, pattern.operation, arguments)
    return access.build(like, pattern.operation, arguments)
