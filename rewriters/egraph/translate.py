"""Rules of a ruleset as rules of egglog."""

from collections.abc import Iterator
from itertools import product
from typing import Any

from rewriters.egraph.arithmetic import bounded, is_numeric, number_text, value_text
from rewriters.egraph.conditions import STRUCTURAL, condition_facts, modes, needs_kinds, test_facts
from rewriters.egraph.encode import Leaves
from rewriters.egraph.expand import Case, Inexpressible
from rewriters.egraph.signature import ARITHMETIC, Constructor, constructor
from rewriters.patterns import Leaf, Node, Slot, walk_pattern
from symnum.terms.canonical import CONSTANTS, Symbol
from symnum.terms.numbers import is_exact

_WRAPPED = {"Q": "N", "F": "F", "S": "S", "K": "K"}
_HALF_TEXT = "(N (bigrat (bigint 1) (bigint 2)))"


class Translator:
    """Writes cases of rules, and gathers which constructors they use.

    Attributes
    ----------
    leaves : Leaves
        Symbols and opaque numbers that rules mention literally.
    constructors : dict of Constructor to None
    needs_kinds : bool
        Whether some rule asks for signs and domains.
    """

    def __init__(self, has_opaque: bool) -> None:
        self.leaves = Leaves()
        self.has_opaque = has_opaque
        self.constructors: dict[Constructor, None] = {}
        self.needs_kinds = False

    def rules(self, case: Case) -> list[tuple[str, str]]:
        """Return (facts, action) of every form that a case takes.

        Raises
        ------
        Inexpressible
            If it has none.
        """
        found: list[tuple[str, str]] = []
        reason: Inexpressible | None = None
        where, tests = _moved(case)
        for slot_modes in self._slot_modes(case, where, tests):
            try:
                found += self._form(case, where, tests, slot_modes)
            except Inexpressible as error:
                reason = error
        if not found and reason is not None:
            raise reason
        return list(dict.fromkeys(found))

    def _slot_modes(
        self, case: Case, where: Any, tests: dict[str, tuple[str, ...]]
    ) -> Iterator[dict[str, str]]:
        compared = {p.name for p in walk_pattern(where) if isinstance(p, Slot)} if where is not None else set()
        choices = []
        for name, asked in tests.items():
            possible = modes(asked)
            if possible == "E" and name in compared:
                possible = "QE"
            choices.append([m for m in possible if m != "F" or self.has_opaque] or ["Q"])
        for choice in product(*choices):
            yield dict(zip(tests, choice))

    def _form(
        self, case: Case, where: Any, tests: dict[str, tuple[str, ...]], slot_modes: dict[str, str]
    ) -> list[tuple[str, str]]:
        names = {name: f"{slot_modes[name].lower()}{i}" for i, name in enumerate(tests)}
        writer = _Writer(self, names, slot_modes)
        facts = [f"(= e {writer.term(case.lhs)})"]
        for name, asked in tests.items():
            for test in asked:
                facts += test_facts(test, slot_modes[name], names[name])
            if needs_kinds(asked, slot_modes[name]):
                self.needs_kinds = True
        alternatives = condition_facts(where, writer.rational, slot_modes, writer.term)
        made = writer.result(case.rhs)
        found = []
        for alternative in alternatives:
            body = " ".join(dict.fromkeys([*facts, *alternative, *writer.computed]))
            if "(kinds " in body or "(whole " in body:
                self.needs_kinds = True
            found.append((body, f"(union e {made})"))
        return found


def _moved(case: Case) -> tuple[Any, dict[str, tuple[str, ...]]]:
    """Take tests of single slots out of a condition: they then decide which kinds of terms are looked at."""
    tests = dict(case.tests)
    parts = case.where.arguments if _is(case.where, "and") else [case.where]
    left = []
    for part in parts:
        is_test = isinstance(part, Node) and part.operation.startswith("::")
        if is_test and isinstance(part.arguments[0], Slot) and part.arguments[0].name in tests:
            tests[part.arguments[0].name] += (part.operation[2:],)
        elif is_test and part.operation[2:] in STRUCTURAL:
            continue
        elif part is not None:
            left.append(part)
    return (None if not left else left[0] if len(left) == 1 else Node("and", left)), tests


def _is(pattern: Any, operation: str) -> bool:
    return isinstance(pattern, Node) and pattern.operation == operation


class _Writer:
    """Writes the patterns of one form of a rule."""

    def __init__(self, translator: Translator, names: dict[str, str], slot_modes: dict[str, str]) -> None:
        self.translator, self.names, self.modes = translator, names, slot_modes
        self.rational = {name: v for name, v in names.items() if slot_modes[name] == "Q"}
        self.computed: list[str] = []

    def term(self, pattern: Any) -> str:
        """Return a pattern as a term of the e-graph."""
        return self._write(pattern, False)

    def result(self, pattern: Any) -> str:
        """Return a right side, in which what rational numbers make is computed."""
        return self._write(pattern, True)

    def _write(self, pattern: Any, compute: bool) -> str:
        if isinstance(pattern, Slot):
            name, mode = self.names[pattern.name], self.modes[pattern.name]
            return name if mode == "E" else f"({_WRAPPED[mode]} {name})"
        if not isinstance(pattern, Node):
            return self._leaf(pattern)
        if compute and is_numeric(pattern, self.rational):
            variable = f"r{len(self.computed)}"
            self.computed.append(f"(= {variable} {value_text(pattern, self.rational)})")
            self.computed.append(bounded(variable))
            return f"(N {variable})"
        arguments = [self._write(a, compute) for a in pattern.arguments]
        if pattern.operation in ("+", "*"):
            made = arguments[-1]
            for text in reversed(arguments[:-1]):
                made = f"({ARITHMETIC[pattern.operation]} {text} {made})"
            return made
        if pattern.operation == "sqrt":
            return f"(Pow {arguments[0]} {_HALF_TEXT})"
        what = constructor(pattern.operation, len(arguments))
        if what.operation not in ARITHMETIC:
            self.translator.constructors[what] = None
        return f"({what.name} {' '.join(arguments)})"

    def _leaf(self, pattern: Any) -> str:
        leaves = self.translator.leaves
        if is_exact(pattern):
            return f"(N {number_text(pattern)})"
        if isinstance(pattern, Leaf):
            if pattern.constant:
                return f"(K {leaves.constants.place(pattern.name, CONSTANTS[pattern.name])})"
            symbol = Symbol(pattern.name, pattern.domain)
            return f"(S {leaves.symbols.place((pattern.name, pattern.domain), symbol)})"
        return f"(F {leaves.opaque_place(pattern)})"
