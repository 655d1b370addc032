"""Common factors: sums are split by the factor that most of their summands share, again and again.

The rule looks at all summands of a sum at once, so that long sums take time in proportion to their length and
depth of nesting; the law for two summands alone, ``~a*~b + ~a*~c => ~a*(~b + ~c)``, would try all pairs.
"""

from typing import Any

from rewriters.access import Access, access_of
from rewriters.patterns import Node, Segment
from rewriters.rules import Rule
from rewriters.ruleset import Ruleset
from symnum.terms import interface
from symnum.terms.numbers import NUMBER_TYPES


def _split(term: Any, access: Access) -> dict[Any, Any]:
    """Return the factors of a summand with their exponents; numbers are left out."""
    factors: dict[Any, Any] = {}
    for part in access.arguments(term) if access.head(term) == "*" else (term,):
        if part.__class__ in NUMBER_TYPES:
            continue
        base, exponent = _base_and_exponent(part, access)
        factors[base] = factors.get(base, 0) + exponent
    return factors


def _base_and_exponent(part: Any, access: Access) -> tuple[Any, int]:
    """Return a factor as a whole power; roots and symbolic powers count as bases."""
    if access.head(part) == "^":
        base, exponent = access.arguments(part)
        if exponent.__class__ is int:
            return base, exponent
    return part, 1


def _commonest(summands: list[dict[Any, Any]]) -> tuple[Any, int] | None:
    """Return the base that most summands share, and its sign in the exponent; None if no two share one."""
    counts: dict[tuple[Any, int], int] = {}
    for factors in summands:
        for base, exponent in factors.items():
            if exponent:
                key = (base, 1 if exponent > 0 else -1)
                counts[key] = counts.get(key, 0) + 1
    best = max(counts, key=counts.__getitem__, default=None)  # the first of several
    return best if best is not None and counts[best] > 1 else None


def common_factor(terms: tuple[Any, ...]) -> Any:
    """Take the factor that most summands share out of a sum; None if no two share one."""
    summands = list(terms)
    like = next((s for s in summands if interface.is_call(s) or interface.is_symbol(s)), None)
    if like is None or len(summands) < 2:
        return None
    access = access_of(like)
    split = [_split(s, access) for s in summands]
    best = _commonest(split)
    if best is None:
        return None
    base, sign = best
    having = [f.get(base, 0) * sign > 0 for f in split]
    exponent = sign * min(abs(f[base]) for f, has in zip(split, having) if has)
    divisor = _power(access, like, base, -exponent)
    inner = [_divided(access, like, s, base, exponent, divisor) for s, has in zip(summands, having) if has]
    outer = [s for s, has in zip(summands, having) if not has]
    product = access.build(like, "*", (_power(access, like, base, exponent), access.build(like, "+", inner)))
    return access.build(like, "+", (product, *outer)) if outer else product


def _power(access: Access, like: Any, base: Any, exponent: int) -> Any:
    return base if exponent == 1 else access.build(like, "^", (base, exponent))


def _divided(access: Access, like: Any, summand: Any, base: Any, exponent: int, divisor: Any) -> Any:
    """Return a summand divided by base^exponent, by taking from the exponent that it has."""
    if access.kind == "canonical":
        return access.build(like, "*", (summand, divisor))
    left: list[Any] = []
    missing = exponent
    for part in access.arguments(summand) if access.head(summand) == "*" else (summand,):
        inner, power = _base_and_exponent(part, access)
        if missing and inner == base and inner.__class__ is base.__class__:
            taken = max(missing, power) if missing < 0 else min(missing, power)
            missing -= taken
            if power != taken:
                left.append(_power(access, like, base, power - taken))
        else:
            left.append(part)
    if missing:
        left.append(_power(access, like, base, -missing))
    return access.build(like, "*", left) if len(left) > 1 else left[0] if left else 1


RULES = Ruleset([Rule(Node("+", [Segment("terms")]), common_factor, name="common_factor")], "factor")
