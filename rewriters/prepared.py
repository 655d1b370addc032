"""Patterns made ready for matching: what both matchers, the interpreted and the compiled one, go by.

Sums and products match without regard to order and brackets. Each slot in one takes one argument, with these
additions, which make matching sure to end after a polynomial number of trials:

- at the top of a rule, arguments that are left over stay as they are (the rule rewrites the others);
- below, a segment ``~~r`` takes what is left over; without one, the *collector* does: the last slot without tests
  that occurs nowhere else, or, if there is none, the last slot without tests. It takes the sum or product of
  what is left over;
- a default slot may take nothing. Where all arguments but one may be missing, a term that is no sum (or product)
  counts as one with a single argument.

Arguments are tried in the order in which the term keeps them, parts of the pattern in the order of `fixed`.
"""

from typing import Any, NamedTuple

from rewriters.patterns import NEUTRAL, Node, Segment, Slot, variables, walk_pattern
from symnum.errors import RuleError

COMMUTATIVE = ("+", "*")


class Gathering(NamedTuple):
    """A sum or product in a pattern.

    Attributes
    ----------
    operation : str
    fixed : tuple of patterns
        Each takes one argument (or none: default slots), in the order in which they are tried.
    rest : Segment, Slot or None
        What takes the arguments that are left over.
    open : bool
        Whether arguments may be left over that nothing takes: the top of a rule.
    least : int
        Smallest number of arguments that can match.
    """

    operation: str
    fixed: tuple[Any, ...]
    rest: Any
    open: bool
    least: int

    @property
    def neutral(self) -> int:
        """What a default slot is when nothing is left for it."""
        return NEUTRAL[self.operation]


class Application(NamedTuple):
    """Any other operation in a pattern: its arguments match in their order."""

    operation: str
    arguments: tuple[Any, ...]

    @property
    def collapses(self) -> bool:
        """Whether a term that is no power counts as its own first power."""
        return self.operation == "^" and is_optional(self.arguments[1])


def is_optional(pattern: Any) -> bool:
    """Tell whether a pattern is a default slot."""
    return pattern.__class__ is Slot and bool(pattern.optional)


def prepare(pattern: Any) -> Any:
    """Make the left-hand side of a rule ready for matching.

    Raises
    ------
    RuleError
        For more than one segment in a sum or product, for a segment that occurs twice, for one that stands
        alone, and for a default slot outside sums, products and exponents.
    """
    counts = variables(pattern)
    segment_names = [p.name for p in walk_pattern(pattern) if p.__class__ is Segment]
    for name in segment_names:
        if counts[name] > 1:
            raise RuleError(f"the segment ~~{name} occurs more than once on the left; use it once there.")
    if pattern.__class__ is Segment or is_optional(pattern):
        raise RuleError(f"{pattern} cannot stand alone on the left of a rule; write ~{pattern.name}.")
    return _prepare(pattern, counts, True)


def _prepare(pattern: Any, counts: dict[str, int], top: bool) -> Any:
    if pattern.__class__ is not Node:
        return pattern
    if pattern.operation in COMMUTATIVE:
        return _gathering(pattern, counts, top)
    for i, argument in enumerate(pattern.arguments):
        if is_optional(argument) and not (pattern.operation == "^" and i == 1):
            raise RuleError(
                f"the default slot {argument} stands in {pattern.operation}, where nothing can be left out. Default "
                "slots belong into sums, products and exponents."
            )
    return Application(pattern.operation, tuple([_prepare(a, counts, False) for a in pattern.arguments]))


def _gathering(pattern: Node, counts: dict[str, int], top: bool) -> Gathering:
    found = [a for a in pattern.arguments if a.__class__ is Segment]
    if len(found) > 1:
        raise RuleError(f"{pattern} has {len(found)} segments; a sum or product can have one.")
    others = [a for a in pattern.arguments if a.__class__ is not Segment]
    rest: Any = found[0] if found else None
    if rest is None and not top:
        rest = _collector(others, counts)
        if rest is not None:
            others.reverse()
            others.remove(rest)
            others.reverse()
    fixed = tuple(_prepare(a, counts, False) for a in sorted(others, key=_order))
    least = sum(not is_optional(a) for a in fixed)
    least += rest.__class__ is Slot and not is_optional(rest)
    return Gathering(pattern.operation, fixed, rest, top and not found, least)


def _collector(arguments: list[Any], counts: dict[str, int]) -> Slot | None:
    plain = [a for a in arguments if a.__class__ is Slot and not a.predicates]
    once = [a for a in plain if counts[a.name] == 1]
    candidates = once or plain
    return candidates[-1] if candidates else None


def _order(pattern: Any) -> tuple[int, bool, bool]:
    """What can match fewer terms is tried first."""
    if pattern.__class__ is Slot:
        return 2, not pattern.predicates, pattern.optional
    return int(pattern.__class__ is Node), False, False


def possible_heads(prepared: Any) -> frozenset[str] | None:
    """Return the operations that a matching term can have ("" for leaves), or None for any."""
    if prepared.__class__ is Slot or prepared.__class__ is Segment:
        return None
    if prepared.__class__ is Application:
        own = frozenset({prepared.operation, "sqrt"} if prepared.operation == "^" else {prepared.operation})
        if not prepared.collapses:
            return own
        inner = possible_heads(prepared.arguments[0])
        return None if inner is None else own | inner
    if prepared.__class__ is Gathering:
        return _gathering_heads(prepared)
    return frozenset({""})


def _gathering_heads(prepared: Gathering) -> frozenset[str] | None:
    own = frozenset({prepared.operation})
    if prepared.least > 1:
        return own
    firm = [a for a in prepared.fixed if not is_optional(a)]
    inner = possible_heads(firm[0]) if firm else None
    return None if inner is None else own | inner
