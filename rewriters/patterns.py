"""Patterns: terms with slots `~x`, segments `~~x` and defaults `~!x`, as plain data.

The same objects stand on both sides of a rule and in its conditions. Whether a pattern is written in Python
(``a, b = sn.slots("a b"); a*b``) or read from text, it becomes one of four things: a `Slot`, a `Segment`,
a `Leaf` (a symbol or constant meant literally) or a `Node`; numbers stand for themselves.
"""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from symnum.errors import InputError, RuleError
from symnum.terms import canonical, interface, operations
from symnum.terms.names import written
from symnum.terms.numbers import NUMBER_TYPES, as_number

__all__ = ["Leaf", "Node", "Pattern", "Predicate", "Segment", "Slot", "segments", "slots"]

MAXIMUM_DEPTH = 100
"""Levels of nesting in a pattern; matching goes as deep as the pattern, never as deep as the term."""

NEUTRAL = {"+": 0, "*": 1, "^": 1}
"""What a default slot stands for where its operation has no argument left for it."""

NEGATIVE = -1


class Predicate(NamedTuple):
    """A named test on a term."""

    name: str
    test: Callable[[Any], bool]


class Pattern:
    """Base of patterns: Python's operators write larger ones."""

    __slots__ = ()

    def __add__(self, other: Any) -> Any:
        return build("+", self, other)

    def __radd__(self, other: Any) -> Any:
        return build("+", other, self)

    def __sub__(self, other: Any) -> Any:
        return build("+", self, build("*", NEGATIVE, other))

    def __rsub__(self, other: Any) -> Any:
        return build("+", other, build("*", NEGATIVE, self))

    def __mul__(self, other: Any) -> Any:
        return build("*", self, other)

    def __rmul__(self, other: Any) -> Any:
        return build("*", other, self)

    def __truediv__(self, other: Any) -> Any:
        return build("*", self, build("^", other, NEGATIVE))

    def __rtruediv__(self, other: Any) -> Any:
        return build("*", other, build("^", self, NEGATIVE))

    def __pow__(self, other: Any) -> Any:
        return build("^", self, other)

    def __rpow__(self, other: Any) -> Any:
        return build("^", other, self)

    def __neg__(self) -> Any:
        return build("*", NEGATIVE, self)

    def __abs__(self) -> Any:
        return build("abs", self)

    def __lt__(self, other: Any) -> Any:
        return build("<", self, other)

    def __le__(self, other: Any) -> Any:
        return build("<=", self, other)

    def __gt__(self, other: Any) -> Any:
        return build(">", self, other)

    def __ge__(self, other: Any) -> Any:
        return build(">=", self, other)

    def __repr__(self) -> str:
        return to_text(self)


class Slot(Pattern):
    """Stands for one term.

    Parameters
    ----------
    name : str
        Equal names stand for equal terms.
    predicates : sequence of Predicate
        Tests that the term must pass.
    optional : bool
        Whether the term may be missing: then it is 0 in a sum and 1 in a product or as an exponent.
    """

    __slots__ = ("name", "optional", "predicates")

    def __init__(self, name: str, predicates: Sequence[Predicate] = (), optional: bool = False) -> None:
        self.name, self.predicates, self.optional = name, tuple(predicates), optional

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Slot) and _slot_key(self) == _slot_key(other)

    def __hash__(self) -> int:
        return hash(_slot_key(self))


class Segment(Pattern):
    """Stands for any number of arguments, also none.

    Parameters
    ----------
    name : str
    predicates : sequence of Predicate
        Tests that each of the arguments must pass.
    """

    __slots__ = ("name", "predicates")

    def __init__(self, name: str, predicates: Sequence[Predicate] = ()) -> None:
        self.name, self.predicates = name, tuple(predicates)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Segment) and (self.name, self.predicates) == (other.name, other.predicates)

    def __hash__(self) -> int:
        return hash(("~~", self.name, self.predicates))


class Leaf(Pattern):
    """A symbol or a constant that stands for itself in every term structure."""

    __slots__ = ("constant", "domain", "name")

    def __init__(self, name: str, constant: bool = False, domain: str = "complex") -> None:
        self.name, self.constant, self.domain = name, constant, domain

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Leaf) and _leaf_key(self) == _leaf_key(other)

    def __hash__(self) -> int:
        return hash(_leaf_key(self))


class Node(Pattern):
    """An operation applied to patterns."""

    __slots__ = ("arguments", "operation")

    def __init__(self, operation: str, arguments: Sequence[Any]) -> None:
        self.operation, self.arguments = operation, tuple(arguments)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and _node_key(self) == _node_key(other)

    def __hash__(self) -> int:
        return hash(_node_key(self))


def _slot_key(slot: Slot) -> tuple[Any, ...]:
    return (slot.name, slot.predicates, slot.optional)


def _leaf_key(leaf: Leaf) -> tuple[Any, ...]:
    return (leaf.name, leaf.constant, leaf.domain)


def _node_key(node: Node) -> tuple[Any, ...]:
    return (node.operation, tuple([(a.__class__, a) for a in node.arguments]))


def slots(names: str) -> Any:
    """Return slots for patterns that are written in Python.

    Parameters
    ----------
    names : str
        Separated by spaces; ``!`` before a name makes a default slot, ``::test`` after it names a predicate.

    Returns
    -------
    Slot, or tuple of Slot

    Examples
    --------
    >>> from rewriters.patterns import slots
    >>> a, b = slots("a !b::number")
    >>> a * b
    ~a*~!b::number
    """
    from rewriters.pattern_text import read_slot

    made = tuple([read_slot(word) for word in names.split()])
    return made[0] if len(made) == 1 else made


def segments(names: str) -> Any:
    """Return segments, which stand for any number of arguments, for patterns written in Python.

    Examples
    --------
    >>> from rewriters.patterns import segments
    >>> segments("rest")
    ~~rest
    """
    made = tuple([Segment(name) for name in names.split()])
    return made[0] if len(made) == 1 else made


def build(operation: str, *arguments: Any) -> Any:
    """Make a pattern node; numbers alone fold, sums and products flatten, sqrt becomes the power 1/2."""
    args = [as_pattern(a) for a in arguments]
    if operation == "sqrt":
        operation, args = "^", [*args, Fraction(1, 2)]
    if args and all(a.__class__ in NUMBER_TYPES for a in args):
        value = canonical.build(operation, *args)
        if value.__class__ in NUMBER_TYPES or value.__class__ is bool:
            return value
    if operation in ("+", "*"):
        flat: list[Any] = []
        for a in args:
            flat.extend(a.arguments if a.__class__ is Node and a.operation == operation else (a,))
        return flat[0] if len(flat) == 1 and flat[0].__class__ is not Segment else Node(operation, flat)
    found = operations.get_operation(operation)
    if not any(a.__class__ is Segment for a in args):
        operations.check_arity(found, len(args))
    return Node(operation, args)


def as_pattern(value: Any) -> Any:
    """Return a pattern for a pattern, number, truth value or term of any structure.

    Raises
    ------
    InputError
        For anything else.
    """
    if isinstance(value, Pattern) or value.__class__ in NUMBER_TYPES or value.__class__ is bool:
        return value
    if interface.is_symbol(value) or interface.is_constant(value):
        return Leaf(interface.name(value), interface.is_constant(value), interface.domain(value))
    if interface.is_call(value):
        return build(interface.operation(value), *interface.arguments(value))
    number = as_number(value)
    if number is None:
        raise InputError(f"{value!r} of type {type(value).__name__} cannot be part of a pattern.")
    return number


def walk_pattern(pattern: Any, depth: int = 0) -> Iterator[Any]:
    """Yield a pattern and all its parts, parents first."""
    if depth > MAXIMUM_DEPTH:
        raise RuleError(f"a pattern is nested deeper than the limit of {MAXIMUM_DEPTH} levels.")
    yield pattern
    if pattern.__class__ is Node:
        for argument in pattern.arguments:
            yield from walk_pattern(argument, depth + 1)


def variables(pattern: Any) -> dict[str, int]:
    """Return the names of slots and segments, in order of appearance, with the number of their occurrences."""
    found: dict[str, int] = {}
    for part in walk_pattern(pattern):
        if isinstance(part, Slot | Segment):
            found[part.name] = found.get(part.name, 0) + 1
    return found


# --- text ----------------------------------------------------------------------------------------------------

_LEVEL = {
    "or": 1,
    "and": 2,
    "not": 3,
    "<": 4,
    "<=": 4,
    ">": 4,
    ">=": 4,
    "==": 4,
    "!=": 4,
    "+": 5,
    "*": 6,
    "^": 8,
}


def to_text(pattern: Any, level: int = 0) -> str:
    """Write a pattern so that it reads back."""
    if pattern.__class__ is Slot:
        return f"~{'!' * pattern.optional}{pattern.name}" + _tests(pattern)
    if pattern.__class__ is Segment:
        return f"~~{pattern.name}" + _tests(pattern)
    if pattern.__class__ is Leaf:
        return pattern.name if pattern.constant else written(pattern.name)
    if pattern.__class__ is not Node:
        text = str(pattern)
        return f"({text})" if level > 5 and not text.isalnum() else text
    operation, args = pattern.operation, pattern.arguments
    own = _LEVEL.get(operation)
    if own is None or len(args) < 2:
        function = operation.replace("::", "is_")
        return f"{function}({', '.join(to_text(a) for a in args)})"
    gap = "" if operation in ("*", "^") else " "
    return _bracketed((gap + operation + gap).join(to_text(a, own + 1) for a in args), own < level)


def _tests(part: Slot | Segment) -> str:
    return "".join(f"::{p.name}" for p in part.predicates)


def _bracketed(text: str, needed: bool) -> str:
    return f"({text})" if needed else text


interface.is_expr.register(Node)(lambda _pattern: True)
interface.is_call.register(Node)(lambda _pattern: True)
interface.operation.register(Node)(lambda pattern: pattern.operation)
interface.arguments.register(Node)(lambda pattern: pattern.arguments)
interface.is_symbol.register(Slot)(lambda _pattern: True)
interface.name.register(Slot)(lambda pattern: pattern.name)


@interface.make_term.register(Pattern)
def _make_pattern(_like: Any, operation: str, arguments: Sequence[Any], metadata: Any = None) -> Any:
    return build(operation, *arguments)
