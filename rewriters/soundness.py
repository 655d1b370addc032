"""Trying rules at points: both sides evaluated at random, special, negative and complex values of their slots.

A rule counts as wrong at a point that lies in its stated domain, fulfils its condition, and at which the left side
has a finite value that the right side does not have. Real points are tried in real arithmetic as well, where the
logarithm of a negative number has no value.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, NamedTuple

from rewriters.patterns import Leaf, Node, Segment, Slot, walk_pattern
from rewriters.predicates import get_predicate
from rewriters.rules import Rule
from symnum.terms import evaluate
from symnum.terms.canonical import CONSTANTS
from symnum.terms.tree import Tree, TreeLeaf

STRUCTURAL = frozenset({"symbolic", "symbol", "call"})
"""Tests of how a term looks, which no number passes; they say nothing about values."""

_SPECIAL: tuple[Any, ...] = (
    *range(-4, 5),
    Fraction(1, 2),
    Fraction(-1, 2),
    Fraction(3, 2),
    0.5,
    -0.5,
    2.5,
    -2.5,
    1j,
    -1j,
    1 + 1j,
    -1 - 2j,
    1 + 4j,
    -5j,
    5j,
)
_REAL_ONLY = frozenset({"floor", "ceil", "sign", "min", "max", "mod", "atan2"})


class Counterexample(NamedTuple):
    """A point at which the two sides of a rule differ."""

    values: dict[str, Any]
    left: complex
    right: complex


def check_rule(rule: Rule, points: int = 300, seed: int = 0, rtol: float = 1e-8) -> list[Counterexample]:
    """Evaluate both sides of a rule at many points of its domain; return those where they differ.

    Parameters
    ----------
    rule : Rule
    points : int
        How many points to try; conditions that hold rarely may leave fewer.
    seed : int
    rtol : float
        Relative difference that counts as rounding.

    Raises
    ------
    ValueError
        If no point fulfils the conditions of the rule: then nothing was checked.

    Examples
    --------
    >>> import symnum as sn
    >>> check_rule(sn.rule("log(~a*~b) => log(~a) + log(~b) @ real positive"))
    []
    >>> len(check_rule(sn.rule("log(~a*~b) => log(~a) + log(~b)"))) > 0
    True
    """
    drawn = list(_points(rule, points, seed))
    if not drawn:
        raise ValueError(f'no point fulfils the conditions of rule "{rule.name}"; nothing was checked.')
    left, right = sides(rule)
    found: list[Counterexample] = []
    operations = {p.operation for p in walk_pattern(rule.lhs) if isinstance(p, Node)}
    if not operations & _REAL_ONLY:
        found += _differences(left, right, drawn, complex, rtol)
    real = [point for point in drawn if all(v.__class__ is not complex for v in point.values())]
    return found + _differences(left, right, real, float, rtol)


def pool(seed: int) -> list[Any]:
    """Return numbers to try: special ones, and random real and complex ones."""
    import numpy as np

    random = np.random.default_rng(seed)
    reals = [float(v) for v in random.uniform(-3, 3, 8)]
    complexes = [complex(*pair) for pair in random.uniform(-2, 2, (6, 2))]
    some = [*_SPECIAL, *reals, *complexes]
    return [*some, *(-v for v in reals), *(-v for v in complexes)]


def _points(rule: Rule, wanted: int, seed: int) -> Iterator[dict[str, Any]]:
    """Yield values of the slots (three for each segment) that the rule admits."""
    import numpy as np

    random = np.random.default_rng(seed)
    pools = {name: list(filter(admission(rule, name), pool(seed))) for name in point_names(rule)}
    if not all(pools.values()):
        return
    condition = condition_on_points(rule)
    found = 0
    for _ in range(100 * wanted):
        point = {name: pool[random.integers(len(pool))] for name, pool in pools.items()}
        if condition(point):
            yield point
            found += 1
            if found == wanted:
                return


def _is_segment(rule: Rule, name: str) -> bool:
    return any(isinstance(p, Segment) and p.name == name for p in walk_pattern(rule.lhs))


def names_of(rule: Rule, name: str) -> list[str]:
    """Return the symbols that stand for a slot: itself, or three for a segment."""
    return [f"{name}{i}" for i in range(3)] if _is_segment(rule, name) else [name]


def point_names(rule: Rule) -> list[str]:
    """Return the symbols that stand for all slots of a rule."""
    return [n for name in rule.names for n in names_of(rule, name)]


def admission(rule: Rule, name: str) -> Callable[[Any], bool]:
    """Return whether a symbol may take a value, by the tests of its slot and the stated domain."""
    parts = [
        p for p in walk_pattern(rule.lhs) if isinstance(p, Slot | Segment) and name in names_of(rule, p.name)
    ]
    tests = [t.test for p in parts for t in p.predicates if t.name not in STRUCTURAL]
    tests += [get_predicate(rule.domain[p.name]).test for p in parts if p.name in rule.domain]
    return lambda value: all(test(value) for test in tests)


def condition_on_points(rule: Rule) -> Callable[[dict[str, Any]], bool]:
    """Return whether a point fulfils the condition of a rule."""
    from rewriters.conditions import as_condition

    where = _without_structure(rule.where) if isinstance(rule.where, Node) else rule.where
    condition = as_condition(where, rule.names) if where is not True else None
    if condition is None:
        return lambda point: True

    def holds(point: dict[str, Any]) -> bool:
        values = tuple(
            tuple(point[n] for n in names_of(rule, name)) if _is_segment(rule, name) else point[name]
            for name in rule.names
        )
        return condition(values, 1)

    return holds


def _without_structure(where: Any) -> Any:
    if not isinstance(where, Node):
        return where
    if where.operation.startswith("::") and where.operation[2:] in STRUCTURAL:
        return True
    if where.operation in ("and", "or", "not"):
        return Node(where.operation, [_without_structure(a) for a in where.arguments])
    return where


def sides(rule: Rule) -> tuple[Any, Any]:
    """Return both sides as trees, in which nothing is simplified, in symbols named after the slots."""
    left = tree(rule, rule.lhs)
    if callable(rule.rhs) and not isinstance(rule.rhs, Node | Slot | Leaf):
        values = tuple(
            tuple(TreeLeaf(n) for n in names_of(rule, name)) if _is_segment(rule, name) else TreeLeaf(name)
            for name in rule.names
        )
        made = rule._right(values, left)
        return left, left if made is None else made
    return left, tree(rule, rule.rhs)


def leaf(pattern: Leaf) -> TreeLeaf:
    """Return a symbol or constant that a rule mentions, as a leaf of a tree."""
    return TreeLeaf(pattern.name, CONSTANTS[pattern.name].value if pattern.constant else None)


def tree(rule: Rule, pattern: Any) -> Any:
    """Return a pattern as a tree in symbols named after the slots."""
    if isinstance(pattern, Slot):
        return TreeLeaf(pattern.name)
    if isinstance(pattern, Leaf):
        return leaf(pattern)
    if not isinstance(pattern, Node):
        return pattern
    arguments: list[Any] = []
    for argument in pattern.arguments:
        if isinstance(argument, Segment):
            arguments += [TreeLeaf(n) for n in names_of(rule, argument.name)]
        else:
            arguments.append(tree(rule, argument))
    return Tree(pattern.operation, arguments)


def _differences(
    left: Any, right: Any, points: list[dict[str, Any]], kind: type, rtol: float
) -> list[Counterexample]:
    import numpy as np

    if not points:
        return []
    columns = {name: np.array([kind(p[name]) for p in points]) for name in points[0]}
    with np.errstate(all="ignore"):
        a, b = (np.broadcast_to(evaluate(side, columns), (len(points),)) for side in (left, right))
        close = np.abs(a - b) <= rtol * (1 + np.abs(a))
    wrong = np.isfinite(a) & ~close
    return [Counterexample(points[i], a[i].item(), b[i].item()) for i in np.flatnonzero(wrong)]
