"""The two sides of a rule as terms in symbols, with the values that the symbols may take.

A rule in patterns has one instance, a symbol for each slot. A rule whose right side is a Python function is applied
to terms that are made up for it: numbers where its tests ask for numbers, products of symbols elsewhere.
"""

from collections.abc import Callable, Iterator
from random import Random
from typing import Any, NamedTuple

from rewriters import soundness
from rewriters.patterns import Leaf, Node, Segment, Slot, walk_pattern
from rewriters.predicates import get_predicate
from rewriters.rules import Rule
from symnum.terms.tree import Tree, TreeLeaf

Point = dict[str, Any]

_TRIALS = 60
_MOST_INSTANCES = 8
_SUMS = 0.3
_NUMERIC = frozenset({"number", "exact", "rational", "integer", "even", "odd", "negative", "constant"})


class Instance(NamedTuple):
    """Two terms that should be equal.

    Attributes
    ----------
    left, right : Tree
    admits : dict of symbol name to callable
        Whether a symbol may take a value.
    condition : callable
        Whether a point fulfils the rule's condition.
    compared : frozenset of str
        Symbols that the condition is about.
    domains : dict of symbol name to str
        What is known of each symbol, in one word.
    equalities : dict of symbol name to term
        What the condition says that a symbol is equal to.
    """

    left: Any
    right: Any
    admits: dict[str, Callable[[Any], bool]]
    condition: Callable[[Point], bool]
    compared: frozenset[str]
    domains: dict[str, str]
    equalities: dict[str, Any]


def instances(rule: Rule, seed: int) -> list[Instance]:
    """Return pairs of terms that a rule says are equal; none if it never applied to what was tried."""
    if callable(rule.rhs) and not isinstance(rule.rhs, Node | Slot | Leaf | Segment):
        return list(_of_function(rule, seed))
    left, right = soundness.sides(rule)
    names = soundness.point_names(rule)
    return [
        Instance(
            left,
            right,
            {name: soundness.admission(rule, name) for name in names},
            soundness.condition_on_points(rule),
            _compared(rule),
            {name: _word(rule, name) for name in names},
            _equalities(rule),
        )
    ]


def _compared(rule: Rule) -> frozenset[str]:
    if rule.where is None:
        return frozenset()
    if not isinstance(rule.where, Node):
        return frozenset(soundness.point_names(rule))  # a Python function may look at all of them
    named = {p.name for p in walk_pattern(rule.where) if isinstance(p, Slot | Segment)}
    return frozenset(n for name in named for n in soundness.names_of(rule, name))


def _equalities(rule: Rule) -> dict[str, Any]:
    """Read ``~a == ...`` and ``~a + ~b == 0`` in a condition."""
    where = rule.where
    parts = where.arguments if isinstance(where, Node) and where.operation == "and" else [where]
    found: dict[str, Any] = {}
    for part in parts:
        if not isinstance(part, Node) or part.operation != "==":
            continue
        left, right = part.arguments
        if isinstance(left, Slot):
            found[left.name] = soundness.tree(rule, right)
        elif isinstance(left, Node) and left.operation == "+" and right.__class__ is int and right == 0:
            a, b = left.arguments[0], left.arguments[-1]
            if len(left.arguments) == 2 and isinstance(a, Slot) and isinstance(b, Slot):
                found[b.name] = Tree("*", (-1, TreeLeaf(a.name)))
    return found


def _word(rule: Rule, name: str) -> str:
    """Return the narrowest domain that a slot's tests and the stated domain say."""
    tests = {t.name for p in _parts(rule, name) for t in p.predicates} | {rule.domain.get(name, "complex")}
    for word, said_by in (
        ("positive", {"positive"}),
        ("nonnegative", {"nonnegative"}),
        ("integer", {"integer", "even", "odd"}),
        ("real", {"real", "rational", "exact", "negative"}),
        ("nonzero", {"nonzero"}),
    ):
        if tests & said_by:
            return word
    return "complex"


def _parts(rule: Rule, name: str) -> list[Any]:
    return [
        p
        for p in walk_pattern(rule.lhs)
        if isinstance(p, Slot | Segment) and name in soundness.names_of(rule, p.name)
    ]


# --- right sides that are functions ----------------------------------------------------------------------------


def _of_function(rule: Rule, seed: int) -> Iterator[Instance]:
    random = Random(seed)  # noqa: S311 - terms to try, no secrets
    found = 0
    for _ in range(_TRIALS):
        symbols: dict[str, str] = {}
        values = {name: _made_up(rule, name, random, symbols) for name in rule.names}
        if rule._condition is not None and not rule._condition(tuple(values.values()), TreeLeaf("u")):
            continue
        left = _filled(rule.lhs, values)
        right = rule._right(tuple(values.values()), left)
        if right is None:
            continue
        yield Instance(
            left,
            right,
            {name: get_predicate(word).test if word != "complex" else _any for name, word in symbols.items()},
            _any,
            frozenset(),
            symbols,
            {},
        )
        found += 1
        if found == _MOST_INSTANCES:
            return


def _any(_value: Any) -> bool:
    return True


def _made_up(rule: Rule, name: str, random: Random, symbols: dict[str, str]) -> Any:
    parts = [p for p in walk_pattern(rule.lhs) if isinstance(p, Slot | Segment) and p.name == name]
    tests = {t.name for p in parts for t in p.predicates}
    word = rule.domain.get(name, "complex")
    if tests & _NUMERIC or word == "integer":
        admits = soundness.admission(rule, name)
        return random.choice([v for v in soundness.pool(0) if v.__class__ is not complex and admits(v)])
    if any(isinstance(p, Segment) for p in parts):
        return tuple(_product(random, word, symbols) for _ in range(random.randint(2, 4)))
    return _leaf(name, word, symbols) if word != "complex" else _product(random, word, symbols)


def _product(random: Random, word: str, symbols: dict[str, str]) -> Any:
    """Return a product of a few powers of few symbols, so that products have symbols in common."""
    suffix = "" if word == "complex" else f"_{word}"
    factors: list[Any] = [random.choice([1, 1, 2, -3])]
    for name in random.sample(("u", "v", "w"), random.randint(1, 3)):
        leaf = _leaf(name + suffix, word, symbols)
        if random.random() < _SUMS:
            leaf = Tree("+", (leaf, random.choice([1, 2])))
        exponent = random.choice([1, 1, 2, 3, -1, -1])
        factors.append(leaf if exponent == 1 else Tree("^", (leaf, exponent)))
    made = factors[1:] if factors[0] == 1 else factors
    return made[0] if len(made) == 1 else Tree("*", made)


def _leaf(name: str, word: str, symbols: dict[str, str]) -> Any:
    symbols[name] = word
    return TreeLeaf(name, None, word)


def _filled(pattern: Any, values: dict[str, Any]) -> Any:
    if isinstance(pattern, Slot):
        return values[pattern.name]
    if not isinstance(pattern, Node):
        return pattern if not isinstance(pattern, Leaf) else soundness.leaf(pattern)
    arguments: list[Any] = []
    for argument in pattern.arguments:
        if isinstance(argument, Segment):
            arguments += values[argument.name]
        else:
            arguments.append(_filled(argument, values))
    return Tree(pattern.operation, arguments)
