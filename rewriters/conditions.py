"""Conditions of rules: what stands after `where`, and the stated domain.

A comparison of values holds only where it is certain: of numbers at once, of terms where the domains of their
symbols settle it. `==` and `!=` compare numbers by value and terms by structure.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rewriters.access import access_of, same
from rewriters.interpreted import Bindings, instantiate
from rewriters.patterns import Node, Segment, Slot, variables, walk_pattern
from rewriters.predicates import get_predicate, is_number
from symnum.errors import RuleError, suggest
from symnum.terms.numbers import as_number

Condition = Callable[[tuple[Any, ...], Any], bool]
"""``condition(values, term)``: the values of the variables in order, and the term that was matched."""

DOMAINS = ("complex", "real", "nonzero", "nonnegative", "positive", "integer")
"""What a rule can demand of a slot; the words are those of the domains of symbols."""


def by_name(
    function: Callable[..., Any], names: Sequence[str], what: str
) -> Callable[[tuple[Any, ...], Any], Any]:
    """Turn a Python function whose parameters are named after slots into one of all values in order.

    Raises
    ------
    RuleError
        If a parameter is no slot of the rule.
    """
    parameters = inspect.signature(function).parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return lambda values, _term: function(**dict(zip(names, values)))
    wanted = [p.name for p in parameters]
    for name in wanted:
        if name not in names:
            raise RuleError(
                f"the {what} has the parameter {name!r}, and the rule has no slot of that name."
                f"{suggest(name, list(names))} Its slots are {', '.join(names) or 'none'}."
            )
    places = [list(names).index(name) for name in wanted]
    return lambda values, _term: function(*[values[i] for i in places])


def as_condition(where: Any, names: Sequence[str]) -> Condition | None:
    """Return what a rule asks before it fires, for a pattern or a Python function."""
    if where is None:
        return None
    if not isinstance(where, Node) and callable(where):
        return by_name(where, names, "condition")
    for part in walk_pattern(where):
        if isinstance(part, Slot | Segment) and part.name not in names:
            raise RuleError(f"the condition mentions {part}, and the left side of the rule does not.")
    check_condition(where)

    def condition(values: tuple[Any, ...], term: Any) -> bool:
        return holds(where, dict(zip(names, values)), term)

    return condition


def check_condition(where: Any) -> None:
    """Raise `RuleError` for what is neither a comparison nor a test nor made of those."""
    if where.__class__ is bool:
        return
    operation = where.operation if where.__class__ is Node else ""
    if operation in ("and", "or", "not"):
        for part in where.arguments:
            check_condition(part)
    elif not (operation.startswith("::") or operation in ("==", "!=") or operation in _ORDERS):
        raise RuleError(f"{where} is no condition: write a comparison or a test such as is_integer(~n).")


def holds(condition: Any, bindings: Bindings, like: Any) -> bool:
    """Tell whether a condition is certain for the given bindings."""
    if condition.__class__ is not Node:
        return condition is True
    operation, arguments = condition.operation, condition.arguments
    if operation == "and":
        return all(holds(a, bindings, like) for a in arguments)
    if operation == "or":
        return any(holds(a, bindings, like) for a in arguments)
    if operation == "not":
        return _fails(arguments[0], bindings, like)
    values = [_value(a, bindings, like) for a in arguments]
    if operation.startswith("::"):
        return bool(get_predicate(operation[2:]).test(values[0]))
    if operation in ("==", "!="):
        return _equal(*values) is (operation == "==")
    if operation in _ORDERS:
        return _certain(operation, *values)
    raise RuleError(f"{condition} is no condition: write a comparison or a test such as is_integer(~n).")


def _fails(condition: Any, bindings: Bindings, like: Any) -> bool:
    """Tell whether the contrary of a condition is certain: of ``~a > 0`` that is ``~a <= 0``, not mere ignorance."""
    if condition.__class__ is not Node:
        return condition is False
    operation, arguments = condition.operation, condition.arguments
    if operation == "and":
        return any(_fails(a, bindings, like) for a in arguments)
    if operation == "or":
        return all(_fails(a, bindings, like) for a in arguments)
    if operation == "not":
        return holds(arguments[0], bindings, like)
    if operation in _CONTRARY:
        return _certain(_CONTRARY[operation], *[_value(a, bindings, like) for a in arguments])
    return not holds(condition, bindings, like)


def _value(pattern: Any, bindings: Bindings, like: Any) -> Any:
    access = access_of(like)
    value = instantiate(pattern, bindings, access, like)
    if access.kind == "canonical":
        return value
    from symnum.terms import convert

    value = convert(value, "canonical")  # where y + (-1)*y is seen to be zero
    number = None if value.__class__ is bool else as_number(value)
    return value if number is None else number


def _equal(a: Any, b: Any) -> bool:
    return bool(a == b) if is_number(a) and is_number(b) else same(a, b)


_ORDERS: Mapping[str, tuple[str, int]] = {
    "<": ("is_positive", 1),
    "<=": ("is_nonnegative", 1),
    ">": ("is_positive", -1),
    ">=": ("is_nonnegative", -1),
}


_CONTRARY = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def _certain(operation: str, a: Any, b: Any) -> bool:
    from symnum.terms import convert, domains

    question, sign = _ORDERS[operation]
    difference = convert(b, "canonical") - convert(a, "canonical")
    return getattr(domains, question)(sign * difference) is True


# --- domains ---------------------------------------------------------------------------------------------------


def read_domain(domain: str | Mapping[str, str] | None, lhs: Any) -> dict[str, str]:
    """Return the domain of each slot, for one word, ``a: positive, b: real``, or a mapping.

    Raises
    ------
    RuleError
        For a slot or a word that does not exist.
    """
    names = list(variables(lhs))
    if domain is None:
        return {}
    if isinstance(domain, str):
        domain = dict.fromkeys(names, domain.strip()) if ":" not in domain else _split(domain)
    for name, word in domain.items():
        if name not in names:
            raise RuleError(f'the domain is stated for "{name}", and the rule has no slot ~{name}.')
        if word not in DOMAINS:
            raise RuleError(
                f'there is no domain "{word}".{suggest(word, DOMAINS)} Choose one of {", ".join(DOMAINS)}.'
            )
    return {name: word for name, word in domain.items() if word != "complex"}


def _split(text: str) -> dict[str, str]:
    pairs = [part.partition(":") for part in text.split(",")]
    return {name.strip(): word.strip() for name, _, word in pairs}


def within(domain: Mapping[str, str], names: Sequence[str], condition: Condition | None) -> Condition | None:
    """Add to a condition that the slots are certain to lie in their domains."""
    tests = [(list(names).index(name), get_predicate(word).test) for name, word in domain.items()]
    if not tests:
        return condition

    def stricter(values: tuple[Any, ...], term: Any) -> bool:
        return _all_within(tests, values) and (condition is None or condition(values, term))

    return stricter


def _all_within(tests: Sequence[tuple[int, Callable[[Any], bool]]], values: tuple[Any, ...]) -> bool:
    for place, test in tests:
        value = values[place]
        if not all(test(v) for v in value) if value.__class__ is tuple else not test(value):
            return False
    return True
