"""Names in the e-graph: a constructor for every operation, and the tables that terms are loaded from.

Sums and products are binary there, and powers have their exponent as a term. Leaves are ``N`` (exact rational
numbers), ``F`` (any other number or truth value, by its place in a list, so that it is never computed with), ``S``
(symbols, by place) and ``K`` (the constants pi and e, by place).
"""

import re
from functools import cache
from typing import NamedTuple

LEAVES = ("N", "F", "S", "K")
ARITHMETIC = {"+": "Add", "*": "Mul", "^": "Pow"}
_OPERATION = {name: operation for operation, name in ARITHMETIC.items()}
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9]*\Z")


class Constructor(NamedTuple):
    """One operation of the e-graph.

    Attributes
    ----------
    name : str
        Its name there.
    operation : str
        Its name in terms; for leaves the name itself.
    arity : int
        Number of arguments; 0 for leaves.
    """

    name: str
    operation: str
    arity: int


@cache
def constructor(operation: str, arity: int) -> Constructor:
    """Return the constructor of an operation of terms."""
    if operation in ARITHMETIC:
        return Constructor(ARITHMETIC[operation], operation, 2)
    safe = operation if _PLAIN.match(operation) else "x" + operation.encode().hex()
    return Constructor(f"f_{safe}_{arity}", operation, arity)


LEAF_CONSTRUCTORS = tuple(Constructor(name, name, 0) for name in LEAVES)
ARITHMETIC_CONSTRUCTORS = tuple(constructor(operation, 2) for operation in ARITHMETIC)


#: Functions that come together in models, with their number of arguments.
_FAMILIES = (
    (1, ("sin", "cos", "tan", "asin", "acos", "atan")),
    (1, ("sinh", "cosh", "tanh", "asinh", "acosh", "atanh")),
    (1, ("exp", "log", "sqrt", "expm1", "log1p", "log2", "log10", "cbrt")),
    (1, ("abs", "sign", "floor", "ceil")),
    (2, ("min", "max", "mod", "atan2", "hypot")),
    (2, ("<", "<=", ">", ">=", "==", "!=", "and", "or")),
)


@cache
def family(c: Constructor) -> frozenset[Constructor]:
    """Return the constructors that a program gets together with one."""
    for arity, operations in _FAMILIES:
        if c.arity == arity and c.operation in operations:
            return frozenset(constructor(operation, arity) for operation in operations)
    return frozenset((c,))


def table(name: str) -> str:
    """Return the name of the table that e-nodes of one constructor are loaded from."""
    return f"in_{name}"


def loader(name: str) -> str:
    """Return the name of the ruleset that loads e-nodes of one constructor."""
    return f"load_{name}"


def declarations(constructors: tuple[Constructor, ...]) -> str:
    """Return the sorts and tables, and one load rule for each constructor.

    Leaves are loaded at once, then operations level by level, each by a ruleset of its own (`loader`), so that a round
    asks only for operations that there are; then what belongs to the roots.
    """
    lines = ["(sort E)", "(constructor N (BigRat) E)"]
    lines += [f"(constructor {leaf} (i64) E)" for leaf in "FSK"]
    lines += [f"(constructor {c.name} ({' '.join('E' * c.arity)}) E)" for c in constructors if c.arity]
    lines += [
        "(function node (i64) E :no-merge)",
        "(function root (i64) E :no-merge)",
        "(relation in_N (i64 String String))",
        "(relation in_root (i64 i64))",
        "(relation undefined ())",
        "(relation proved ())",
    ]
    lines += [f"(relation in_{leaf} (i64 i64))" for leaf in "FSK"]
    lines += [f"(relation {table(c.name)} (i64{' i64' * c.arity}))" for c in constructors if c.arity]
    lines += ["(ruleset leaves)", "(ruleset roots)", "(ruleset unload)"]
    lines += [f"(ruleset {loader(c.name)})" for c in constructors if c.arity]
    lines.append(
        "(rule ((in_N i a b) (= q (bigrat (from-string a) (from-string b)))) "
        "((set (node i) (N q))) :ruleset leaves)"
    )
    lines += [f"(rule ((in_{leaf} i k)) ((set (node i) ({leaf} k))) :ruleset leaves)" for leaf in "FSK"]
    lines += [_load_rule(c) for c in constructors if c.arity]
    lines.append("(rule ((in_root r i) (= x (node i))) ((set (root r) x)) :ruleset roots)")
    lines.append("(rule ((= x (node i))) ((delete (node i))) :ruleset unload)")
    return "\n".join(lines)


def _load_rule(c: Constructor) -> str:
    places = [f"i{k}" for k in range(c.arity)]
    found = " ".join(f"(= x{k} (node i{k}))" for k in range(c.arity))
    made = " ".join(f"x{k}" for k in range(c.arity))
    return (
        f"(rule (({table(c.name)} i {' '.join(places)}) {found}) ((set (node i) ({c.name} {made}))) "
        f":ruleset {loader(c.name)})"
    )
