"""Exact arithmetic in the language of the e-graph: numbers, and patterns all of whose slots are rational numbers."""

from collections.abc import Mapping
from typing import Any

from rewriters.patterns import Node, Slot, walk_pattern
from symnum.terms.numbers import MAXIMUM_BITS, is_exact

_SMALL = 2**62
_ORDER = {"+": "+", "*": "*"}


def integer_text(value: int) -> str:
    """Return an integer of any size."""
    return f"(bigint {value})" if abs(value) < _SMALL else f'(from-string "{value}")'


def number_text(value: Any) -> str:
    """Return an exact number."""
    return f"(bigrat {integer_text(value.numerator)} {integer_text(value.denominator)})"


def bounded(variable: str) -> str:
    """Return the fact that a number is no larger than numbers in terms may be."""
    return f"(< (+ (bits (numer {variable})) (bits (denom {variable}))) (bigint {MAXIMUM_BITS}))"


def is_numeric(pattern: Any, rational: Mapping[str, str]) -> bool:
    """Tell whether a pattern can be computed from slots that stand for rational numbers."""
    for part in walk_pattern(pattern):
        if isinstance(part, Slot):
            if part.name not in rational:
                return False
        elif isinstance(part, Node):
            if part.operation == "^":
                exponent = part.arguments[1]
                if exponent.__class__ is not int or abs(exponent) > 8:
                    return False
            elif part.operation not in _ORDER:
                return False
        elif not is_exact(part):
            return False
    return True


def value_text(pattern: Any, rational: Mapping[str, str]) -> str:
    """Return the value of such a pattern; division by zero makes a match fail."""
    if isinstance(pattern, Slot):
        return rational[pattern.name]
    if not isinstance(pattern, Node):
        return number_text(pattern)
    if pattern.operation == "^":
        return _power(value_text(pattern.arguments[0], rational), pattern.arguments[1])
    texts = [value_text(a, rational) for a in pattern.arguments]
    made = texts[-1]
    for text in reversed(texts[:-1]):
        made = f"({_ORDER[pattern.operation]} {text} {made})"
    return made


def _power(base: str, exponent: int) -> str:
    made = number_text(1)
    for _ in range(abs(exponent)):
        made = base if made == number_text(1) else f"(* {base} {made})"
    return f"(/ {number_text(1)} {made})" if exponent < 0 else made
