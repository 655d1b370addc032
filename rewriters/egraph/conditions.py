"""Conditions of rules as facts that the e-graph is asked for.

What a slot must be is asked of the number in its class, or of the analysis of kinds (`analyses`); comparisons are
computed where all slots are rational numbers. A condition is a list of alternatives, each a list of facts.
"""

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

from rewriters.egraph.arithmetic import is_numeric, number_text, value_text
from rewriters.egraph.expand import Inexpressible
from rewriters.patterns import Node, Slot
from symnum.terms.numbers import is_exact

Facts = tuple[str, ...]

STRUCTURAL = frozenset({"symbolic", "!number", "call", "complex"})
"""Tests of how a term looks, which say nothing about its value: a class of equal terms passes them."""

_MODES = {
    "number": "QF",
    "exact": "Q",
    "rational": "Q",
    "even": "Q",
    "odd": "Q",
    "integer": "QE",
    "constant": "QFK",
    "symbol": "S",
    "real": "QE",
    "positive": "QE",
    "negative": "QE",
    "nonnegative": "QE",
    "nonzero": "QE",
}
"""Kinds of slots that a test can be asked of: Q a rational number, F an opaque one, S a symbol, K a constant,
E any class."""

_KINDS = {"real": 7, "positive": 4, "negative": 1, "nonnegative": 6, "nonzero": 13}
_FLIPPED = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_SIGN_TESTS = {">": "positive", ">=": "nonnegative", "<": "negative"}


def modes(tests: tuple[str, ...]) -> str:
    """Return which kinds of slots may pass some tests.

    Raises
    ------
    Inexpressible
        For a test that the e-graph knows nothing of.
    """
    asked = [t for t in tests if t not in STRUCTURAL]
    possible = "QFSKE"
    for test in asked:
        if test not in _MODES:
            raise Inexpressible(f'the test "{test}" is a Python function')
        possible = "".join(m for m in possible if m in _MODES[test])
    if not asked:
        return "E"
    if not possible:
        raise Inexpressible(f"no term passes {' and '.join(asked)}")
    return possible


def needs_kinds(tests: tuple[str, ...], mode: str) -> bool:
    """Tell whether a slot of this kind is asked what only the analysis of kinds can tell."""
    return mode == "E" and any(t in _KINDS or t == "integer" for t in tests)


def test_facts(test: str, mode: str, variable: str) -> Facts:
    """Return the facts by which a slot passes a test."""
    if test in STRUCTURAL or mode in "FSK":
        return ()
    if mode == "Q":
        return _rational_test(test, variable)
    if test == "integer":
        return (f"(whole {variable})",)
    if test in _KINDS:
        kind = f"k_{variable}"
        return (f"(= {kind} (kinds {variable}))", f"(= (& {kind} {15 - _KINDS[test]}) 0)", f"(> {kind} 0)")
    raise Inexpressible(f'the test "{test}" needs a number')


def _rational_test(test: str, q: str) -> Facts:
    zero, half = number_text(0), "(bigrat (bigint 1) (bigint 2))"
    whole = f"(= (denom {q}) (bigint 1))"
    table: dict[str, Facts] = {
        "integer": (whole,),
        "even": (f"(= (denom (* {q} {half})) (bigint 1))",),
        "odd": (whole, f"(= (denom (* {q} {half})) (bigint 2))"),
        "positive": (f"(> {q} {zero})",),
        "negative": (f"(< {q} {zero})",),
        "nonnegative": (f"(>= {q} {zero})",),
        "nonzero": (f"(!= {q} {zero})",),
    }
    return table.get(test, ())


def condition_facts(
    where: Any,
    rational: Mapping[str, str],
    slot_modes: Mapping[str, str],
    term: Callable[[Any], str],
) -> list[Facts]:
    """Return the alternatives under which a condition holds.

    Parameters
    ----------
    where : pattern
    rational : mapping of slot name to str
        Variables of the slots that stand for rational numbers.
    slot_modes : mapping of slot name to str
    term : callable
        Writes a pattern as a term of the e-graph.

    Raises
    ------
    Inexpressible
        With the reason.
    """
    if where is None or where is True:
        return [()]
    if where is False:
        return []
    if not isinstance(where, Node):
        raise Inexpressible(f"{where} is no condition")
    ask = (rational, slot_modes, term)
    if where.operation == "and":
        every = [condition_facts(a, *ask) for a in where.arguments]
        return [tuple(fact for facts in choice for fact in facts) for choice in product(*every)]
    if where.operation == "or":
        return _any(where.arguments, ask)
    if where.operation == "not":
        return _negated(where.arguments[0], ask)
    if where.operation.startswith("::"):
        return _test(where, slot_modes, term)
    left, right = where.arguments
    return _comparison(where.operation, left, right, ask)


def _any(arguments: Any, ask: Any) -> list[Facts]:
    found: list[Facts] = []
    reason: Inexpressible | None = None
    for argument in arguments:
        try:
            found += condition_facts(argument, *ask)
        except Inexpressible as error:
            reason = error
    if not found and reason is not None:
        raise reason
    return found


def _negated(inner: Any, ask: Any) -> list[Facts]:
    if isinstance(inner, Node) and inner.operation in _FLIPPED:
        left, right = inner.arguments
        return _comparison(_FLIPPED[inner.operation], left, right, ask)
    if isinstance(inner, Node) and inner.operation == "not":
        return condition_facts(inner.arguments[0], *ask)
    if isinstance(inner, Node) and inner.operation == "::number":
        return [()]
    raise Inexpressible(f"not({inner}) asks for what is not known")


def _test(where: Node, slot_modes: Mapping[str, str], term: Callable[[Any], str]) -> list[Facts]:
    test, (argument,) = where.operation[2:], where.arguments
    if test in STRUCTURAL:
        return [()]
    if not isinstance(argument, Slot):
        raise Inexpressible(f"{where} asks about more than a slot")
    mode = slot_modes[argument.name]
    if mode not in _MODES.get(test, ""):
        raise Inexpressible(f"{where} cannot be asked of any term")
    variable = term(argument)
    return [test_facts(test, mode, variable if mode == "E" else variable.split()[1].rstrip(")"))]


def _comparison(operation: str, a: Any, b: Any, ask: Any) -> list[Facts]:
    rational, slot_modes, term = ask
    if is_numeric(a, rational) and is_numeric(b, rational):
        left, right = value_text(a, rational), value_text(b, rational)
        return [(f"({'=' if operation == '==' else operation} {left} {right})",)]
    if operation == "==":
        return _equal(a, b, term)
    if is_exact(a):
        a, b, operation = b, a, _MIRRORED.get(operation, operation)
    if isinstance(a, Slot) and slot_modes[a.name] == "E" and is_exact(b) and b == 0:
        test = "nonzero" if operation == "!=" else _SIGN_TESTS.get(operation)
        if test is not None:
            return [test_facts(test, "E", term(a))]
    raise Inexpressible(f"{a} {operation} {b} can be told of numbers alone")


def _equal(a: Any, b: Any, term: Callable[[Any], str]) -> list[Facts]:
    found: list[Facts] = [(f"(= {term(a)} {term(b)})",)]
    if is_exact(a):
        a, b = b, a
    opposite = isinstance(a, Node) and a.operation == "+" and len(a.arguments) == 2 and is_exact(b) and b == 0
    if opposite:
        x, y = (term(argument) for argument in a.arguments)
        minus = f"(N {number_text(-1)})"
        found += [(f"(= {x} (Mul {minus} {y}))",), (f"(= {y} (Mul {minus} {x}))",)]
    return found
