"""Rules without the parts that binary operations have no place for: defaults and segments become single cases.

``~!a*~x`` becomes the two cases ``~a*~x`` and ``~x`` with 1 for ``~a`` elsewhere. A segment in a sum or product
stands for one term there (whatever is left over is one class of the e-graph) or for none; in a function's arguments
it stands for up to `MOST_ARGUMENTS` of them.
"""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, NamedTuple

from rewriters.egraph.laws import laws_of
from rewriters.patterns import NEUTRAL, Leaf, Node, Segment, Slot, walk_pattern
from rewriters.rules import Rule
from symnum.errors import SymnumError
from symnum.terms.numbers import NUMBER_TYPES, is_exact, plus, times

MOST_ARGUMENTS = 3
MOST_CASES = 64
COMMUTATIVE = ("+", "*")


class Inexpressible(Exception):
    """A rule that has no form in the e-graph; the message says why."""


class Case(NamedTuple):
    """One plain rewriting.

    Attributes
    ----------
    lhs, rhs : pattern
        Without default slots and segments.
    where : pattern or None
    tests : dict of slot name to tuple of str
        Names of the predicates that each slot must pass, the stated domain included.
    """

    lhs: Any
    rhs: Any
    where: Any
    tests: dict[str, tuple[str, ...]]


def cases(rule: Rule) -> list[Case]:
    """Return the plain cases of a rule from left to right.

    Raises
    ------
    Inexpressible
        With the reason.
    """
    if callable(rule.rhs) and not isinstance(rule.rhs, Node | Slot | Leaf | Segment):
        laws = laws_of(rule.rhs)
        if laws is None:
            raise Inexpressible(
                "its right side is a Python function (register_law states what it does in patterns)"
            )
        return [case for law in laws for case in cases(law)]
    if callable(rule.where) and not isinstance(rule.where, Node):
        raise Inexpressible("its condition is a Python function")
    return _directed(rule)


def reverse_cases(rule: Rule) -> list[Case]:
    """Return the plain cases of a rule from right to left; none for a rule that has one direction.

    Raises
    ------
    Inexpressible
        With the reason.
    """
    if not rule.both:
        return []
    try:
        backwards = rule.reversed()
    except SymnumError as error:
        raise Inexpressible(f"its reverse is no rule: {error}") from error
    return _directed(backwards)


def _directed(rule: Rule) -> list[Case]:
    optional = {p.name: p for p in walk_pattern(rule.lhs) if isinstance(p, Slot) and p.optional}
    segments = {p.name: p for p in walk_pattern(rule.lhs) if isinstance(p, Segment)}
    found: dict[Any, Case] = {}
    for values in _assignments(rule.lhs, optional, segments):
        lhs, rhs = _filled(rule.lhs, values), _filled(rule.rhs, values)
        where = None if rule.where is None else _filled(rule.where, values)
        if lhs == rhs or not _admitted(rule.lhs, values) or isinstance(lhs, tuple):
            continue
        if isinstance(lhs, Slot):
            raise Inexpressible("its left side matches every term")
        found.setdefault((lhs, rhs, where), Case(lhs, rhs, where, _tests(rule, lhs, values)))
        if len(found) > MOST_CASES:
            raise Inexpressible(f"it stands for more than {MOST_CASES} cases")
    return list(found.values())


Values = Mapping[str, Any]
"""What stands for optional slots and segments: a pattern, or a tuple of patterns for a segment."""


def _assignments(
    lhs: Any, optional: dict[str, Slot], segments: dict[str, Segment]
) -> Iterator[dict[str, Any]]:
    choices: list[list[Any]] = []
    places = _places(lhs)
    for name, slot in optional.items():
        choices.append([Slot(name, slot.predicates), NEUTRAL[places[name]]])
    for name, segment in segments.items():
        if places[name] in COMMUTATIVE:
            choices.append([(), (Slot(name, segment.predicates),)])
        else:
            counts = range(MOST_ARGUMENTS + 1)
            choices.append(
                [tuple(Slot(f"{name}.{i}", segment.predicates) for i in range(n)) for n in counts]
            )
    names = [*optional, *segments]
    for combination in product(*choices):
        yield dict(zip(names, combination))


def _places(lhs: Any) -> dict[str, str]:
    """Return the operation in which each slot and segment stands."""
    return {
        argument.name: part.operation
        for part in walk_pattern(lhs)
        if isinstance(part, Node)
        for argument in part.arguments
        if isinstance(argument, Slot | Segment)
    }


def _admitted(lhs: Any, values: Values) -> bool:
    """Tell whether the neutral numbers pass the tests of their slots."""
    for part in walk_pattern(lhs):
        value = values.get(part.name) if isinstance(part, Slot) else None
        if value.__class__ is int and not all(p.test(value) for p in part.predicates):
            return False
    return True


def _filled(pattern: Any, values: Values) -> Any:
    """Put the values into a pattern, and simplify it as far as its numbers allow."""
    if isinstance(pattern, Slot):
        return values.get(pattern.name, pattern)
    if not isinstance(pattern, Node):
        return pattern
    arguments: list[Any] = []
    for argument in pattern.arguments:
        if isinstance(argument, Segment):
            _check_place(argument, pattern, values)
            arguments.extend(values[argument.name])
        else:
            arguments.append(_filled(argument, values))
    return _node(pattern.operation, arguments)


def _check_place(segment: Segment, within: Node, values: Values) -> None:
    """Refuse a segment that stands for a whole sum on one side and is taken apart on the other."""
    single = len(values[segment.name]) == 1 and "." not in values[segment.name][0].name
    if single and within.operation not in COMMUTATIVE:
        raise Inexpressible(f"{segment} stands in a sum or product on the left and in {within} besides")


def _node(operation: str, arguments: list[Any]) -> Any:
    if operation in COMMUTATIVE:
        return _folded(operation, arguments)
    if operation == "^" and is_exact(arguments[1]) and arguments[1] == 1:
        return arguments[0]
    return Node(operation, arguments)


def _folded(operation: str, arguments: list[Any]) -> Any:
    numbers = [a for a in arguments if is_exact(a)]
    rest = [a for a in arguments if not is_exact(a)]
    if len(numbers) < 2 and rest and (not numbers or numbers[0] != NEUTRAL[operation]):
        return Node(operation, arguments) if len(arguments) > 1 else arguments[0]
    total: Any = NEUTRAL[operation]
    for number in numbers:
        total = plus(total, number) if operation == "+" else times(total, number)
    if not rest or (operation == "*" and total == 0):
        return total
    made = rest if total == NEUTRAL[operation] else [total, *rest]
    return made[0] if len(made) == 1 else Node(operation, made)


def _tests(rule: Rule, lhs: Any, values: Values) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for part in walk_pattern(lhs):
        if isinstance(part, Slot):
            names = found.setdefault(part.name, [])
            names += [p.name for p in part.predicates]
            domain = rule.domain.get(part.name.partition(".")[0])
            if domain:
                names.append(domain)
    for name, word in rule.domain.items():
        value = values.get(name)
        if value.__class__ in NUMBER_TYPES and not _in_domain(value, word):
            raise Inexpressible(f"{value} for ~{name} is not {word}")
    return {name: tuple(dict.fromkeys(tests)) for name, tests in found.items()}


def _in_domain(value: Any, word: str) -> bool:
    from rewriters.predicates import get_predicate

    return bool(get_predicate(word).test(value))
