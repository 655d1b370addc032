"""What plain trees are simplified by: ordinary rules to a fixpoint, in two ways.

"tree" goes through `sn.rewrite` with the ruleset `algebra` (and two rules that multiply out): associative-commutative
rules that look for two terms at a time. "tree, gathering rules" is the kindest baseline that rules allow: each rule
takes all arguments of a sum or product at once, applied by `Fixpoint(Postwalk(Chain(...)))`.
"""

from typing import Any

import symnum as sn
from rewriters.patterns import Node, Segment
from rewriters.ruleset import Ruleset
from rewriters.rulesets import get_ruleset
from symnum.terms import interface, make_term

REWRITE = 'sn.rewrite(..., ruleset="algebra") to its fixpoint'
REWRITE_EXPAND = 'sn.rewrite to its fixpoint, ruleset "algebra" with two rules that multiply out'
GATHER = "Fixpoint(Postwalk(Chain([gather_sum, gather_product])))"
GATHER_EXPAND = "Fixpoint(Postwalk(Chain([multiply_out, gather_product, gather_sum])))"

_MULTIPLY_OUT = sn.ruleset(
    """
    distribute: ~a*(~b + ~c) => ~a*~b + ~a*~c
    power:      (~a + ~b)^~n::integer => (~a + ~b)*(~a + ~b)^(~n - 1) where ~n > 1
    """,
    name="multiply_out",
)


def by_rewrite(term: Any) -> Any:
    """The term after the shipped ruleset."""
    return sn.rewrite(term, ruleset="algebra").result


def expand_by_rewrite(term: Any) -> Any:
    """The term multiplied out by rules."""
    rules = Ruleset([*get_ruleset("algebra"), *_MULTIPLY_OUT], "algebra and multiplying out")
    return sn.rewrite(term, ruleset=rules).result


def _split(term: Any, operation: str) -> tuple[Any, Any]:
    """(part, weight) of c*t in a sum, b^n in a product, and (None, number)."""
    if not interface.is_call(term):
        return (term, 1) if interface.is_symbol(term) else (None, term)
    args = interface.arguments(term)
    if operation == "+" and interface.operation(term) == "*" and isinstance(args[0], int | float):
        return (args[1] if len(args) == 2 else make_term(term, "*", args[1:])), args[0]
    if operation == "*" and interface.operation(term) == "^" and isinstance(args[1], int):
        return args[0], args[1]
    return term, 1


def _gather(args: tuple[Any, ...], operation: str) -> Any:
    """Like terms of a sum, or powers of one base in a product, made one; None where there are none."""
    like = next((a for a in args if interface.is_call(a) or interface.is_symbol(a)), None)
    if like is None:
        return None
    neutral = int(operation == "*")
    number: Any = neutral
    parts: dict[Any, Any] = {}
    for a in args:
        part, weight = _split(a, operation)
        if part is None:
            number = number + weight if operation == "+" else number * weight
        else:
            parts[part] = parts.get(part, 0) + weight
    inner = "*" if operation == "+" else "^"
    new = [number] if number != neutral else []
    order = sorted(parts.items(), key=lambda item: str(item[0])) if operation == "*" else parts.items()
    for part, weight in order:
        if weight != 0:
            pair = (weight, part) if inner == "*" else (part, weight)
            new.append(part if weight == 1 else make_term(like, inner, pair))
    if operation == "*" and number == 0:
        return 0
    if tuple(new) == args:
        return None
    return make_term(like, operation, new) if len(new) > 1 else new[0] if new else neutral


def _distributed(parts: tuple[Any, ...]) -> Any:
    """A product of sums as the sum of all products, its factors taken one after another."""
    place = next((i for i, f in enumerate(parts) if interface.is_call(f) and interface.operation(f) == "+"), None)
    if place is None or len(parts) < 2:
        return None
    other = 1 if place == 0 else place - 1
    summands = [_times(parts[other], s) for s in interface.arguments(parts[place])]
    total = make_term(parts[place], "+", summands)
    rest = [f for i, f in enumerate(parts) if i not in (place, other)]
    return make_term(parts[place], "*", [total, *rest]) if rest else total


def _times(a: Any, b: Any) -> Any:
    parts = [p for f in (a, b) for p in (interface.arguments(f) if _is_product(f) else (f,))]
    like = next((p for p in parts if interface.is_call(p) or interface.is_symbol(p)), None)
    return make_term(like, "*", parts) if like is not None else a * b


def _is_product(term: Any) -> bool:
    return interface.is_call(term) and interface.operation(term) == "*"


def _rule(operation: str, function: Any, name: str) -> Any:
    return sn.Rule(Node(operation, [Segment("parts")]), function, name=name)


GATHER_SUM = _rule("+", lambda parts: _gather(parts, "+"), "gather_sum")
GATHER_PRODUCT = _rule("*", lambda parts: _gather(parts, "*"), "gather_product")
MULTIPLY_OUT = _rule("*", _distributed, "multiply_out")

by_gathering = sn.Fixpoint(sn.Postwalk(sn.Chain([GATHER_SUM, GATHER_PRODUCT])))
expand_by_gathering = sn.Fixpoint(sn.Postwalk(sn.Chain([MULTIPLY_OUT, GATHER_PRODUCT, GATHER_SUM])))
