"""The program that a worker runs for a ruleset: declarations, analyses, and the rules in groups."""

from collections.abc import Sequence
from typing import NamedTuple

from rewriters.egraph import analyses
from rewriters.egraph.encode import Leaves
from rewriters.egraph.expand import Inexpressible, cases, reverse_cases
from rewriters.egraph.signature import (
    ARITHMETIC_CONSTRUCTORS,
    LEAF_CONSTRUCTORS,
    Constructor,
    declarations,
    family,
)
from rewriters.egraph.translate import Translator
from rewriters.rules import Rule
from rewriters.ruleset import Ruleset

_COMMUTATIVE = {"Add": "+", "Mul": "*"}
_MOST_PROGRAMS = 16
#: Operations that a program may know beyond those of the terms. Making one takes longer than most runs, so one serves
#: terms with different operations; what there is none of adds a little to every round.
_SURPLUS = 40


class Program(NamedTuple):
    """A ruleset made ready for the e-graph.

    Attributes
    ----------
    text : str
        Commands that declare everything; tables of facts come after it.
    tables : dict of str to str
    groups : tuple of str
        Rulesets of egglog, one for each rule.
    group_of : dict of str to str
        Group of each rule of egglog by name.
    names : dict of str to str
        What each group is called in reports: the name of the rule.
    settle : str
        Schedule of the analyses.
    inexpressible : dict of str to str
        Rules that have no form in the e-graph, with the reason.
    leaves : Leaves
        Symbols and numbers that the rules mention.
    constructors : tuple of Constructor
    has_kinds : bool
    """

    text: str
    tables: dict[str, str]
    groups: tuple[str, ...]
    group_of: dict[str, str]
    names: dict[str, str]
    settle: str
    inexpressible: dict[str, str]
    leaves: Leaves
    constructors: tuple[Constructor, ...]
    has_kinds: bool


_known: dict[tuple[Ruleset, bool], dict[frozenset[Constructor], Program]] = {}


def program_for(rules: Ruleset, constructors: Sequence[Constructor], has_opaque: bool) -> Program:
    """Return a program for a ruleset and the operations of some terms; it may know further operations.

    What it finds does not depend on them: they have no e-nodes, and the order of the others is that of their names.
    """
    own = [c for c in constructors if c.arity and c not in ARITHMETIC_CONSTRUCTORS]
    wanted = frozenset[Constructor]().union(*(family(c) for c in own))
    known = _known.pop((rules, has_opaque), {})
    while len(_known) >= _MOST_PROGRAMS:
        del _known[next(iter(_known))]
    _known[rules, has_opaque] = known
    extra = next((e for e in known if wanted <= e and len(e) <= len(wanted) + _SURPLUS), None)
    if extra is None:
        extra = wanted.union(*known)
        if len(extra) > len(wanted) + _SURPLUS:
            extra = wanted
        known.clear()  # what it serves, the new one mostly does too
        known[extra] = _make(rules, sorted(extra), has_opaque)
    return known[extra]


def _make(rules: Ruleset, extra: Sequence[Constructor], has_opaque: bool) -> Program:
    translator = Translator(has_opaque)
    groups: list[str] = []
    group_of: dict[str, str] = {}
    names: dict[str, str] = {}
    lines: list[str] = []
    inexpressible: dict[str, str] = {}
    for rule in rules:
        group = f"rule{len(groups)}"
        forms = _forms(rule, translator, inexpressible)
        if not forms:
            continue
        lines.append(f"(ruleset {group})")
        for i, (facts, action) in enumerate(forms):
            group_of[f"{group}.{i}"] = group
            lines.append(f'(rule ({facts}) ({action}) :ruleset {group} :name "{group}.{i}")')
        groups.append(group)
        names[group] = rule.name
    body = "\n".join(lines)
    for name, operation in _COMMUTATIVE.items():
        if f"({name} " in body:
            for group, said, left, right in _laws(name, operation):
                lines += [f"(ruleset {group})"]
                for i, facts in enumerate(left):
                    lines.append(
                        f'(rule ({facts}) ((union e {right})) :ruleset {group} :name "{group}.{i}")'
                    )
                    group_of[f"{group}.{i}"] = group
                groups.append(group)
                names[group] = said
    every = (*ARITHMETIC_CONSTRUCTORS, *dict.fromkeys((*translator.constructors, *extra)))
    parts = [declarations(every), analyses.folding(), analyses.exact_values(every), analyses.settled(every)]
    settle, tables = "(repeat 5 (run fold))", {}
    if "(plain " in "\n".join(lines):
        parts.append(analyses.shapes(every))
        settle += " (saturate (run shape))"
    if translator.needs_kinds:
        parts.append(analyses.kinds(every))
        tables = analyses.tables(every)
        settle += " (saturate (run infer))"
    parts.append("\n".join(lines))
    return Program(
        "\n".join(parts),
        tables,
        tuple(groups),
        group_of,
        names,
        settle,
        inexpressible,
        translator.leaves,
        (*LEAF_CONSTRUCTORS, *every),
        translator.needs_kinds,
    )


def _forms(rule: Rule, translator: Translator, inexpressible: dict[str, str]) -> list[tuple[str, str]]:
    """Return what a rule becomes; a direction that has no form is entered among the inexpressible ones."""
    forms: list[tuple[str, str]] = []
    for name, expand in ((rule.name, cases), (f"{rule.name} (right to left)", reverse_cases)):
        try:
            forms += [form for case in expand(rule) for form in translator.rules(case)]
        except Inexpressible as error:
            inexpressible[name] = str(error)
    return forms


def _laws(name: str, operation: str) -> list[tuple[str, str, list[str], str]]:
    """Return commutativity and associativity; with the first, one direction of the second gives both.

    Products get new brackets around factors without a number in them, or around a number and such a factor:
    else x*y would become (2*x)*(y/2), (4*x)*(y/4), and so on for ever.
    """
    nested = f"(= e ({name} ({name} a b) c))"
    found = [nested]
    if operation == "*":
        found = [
            f"{nested} (plain b) (plain c)",
            f"{nested} (= b (N q)) (plain a) (plain c)",
            f"{nested} (= c (N q)) (plain a) (plain b)",
            f"{nested} (= b (N p)) (= c (N q)) (plain a)",
        ]
    return [
        (f"commute{name}", f"commutativity of {operation}", [f"(= e ({name} a b))"], f"({name} b a)"),
        (f"associate{name}", f"associativity of {operation}", found, f"({name} a ({name} b c))"),
    ]


GOAL = "(ruleset goal)\n(rule ((= x (root 0)) (= x (root 1))) ((proved)) :ruleset goal)"
"""What is added to a program to prove that the first two roots are equal."""
