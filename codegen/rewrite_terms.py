"""Rewriting of expressions for speed: each template once, by rulesets, and only where the compiled code gains.

What depends on parameters only becomes a symbol first, for it costs nothing at run time. Laws that are equal up to
names are rewritten once. Of what the engine finds, the form is taken whose tape is predicted to be fastest, if the
gain exceeds a margin; everything that is taken has been compared with the input at random and special points.
"""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from codegen.lower import Lowering
from codegen.parameter_factors import fold_coefficients
from codegen.reciprocals import share_reciprocals
from codegen.rewriting import Rewriting
from codegen.tape import Tape, TapeBuilder
from codegen.tape_cost import tape_cost
from rewriters.classical import rewrite_classically
from rewriters.egraph.check import Checked, check
from rewriters.egraph.costs.staged import Staged
from rewriters.ruleset import Ruleset
from rewriters.templates import hoist, template
from symnum.errors import SymnumError
from symnum.terms import free_symbols, substitute
from symnum.terms.canonical import Symbol

__all__ = ["StageReport", "expressions_tape", "rewrite_groups"]

_BATCH = 32
"""Templates that are put into one e-graph."""

_NODES = 8_000
"""E-nodes of an e-graph of several templates, where the user says nothing: most of them need a hundred."""

_NODES_ALONE = 2_500
"""The same for one template, which has grown without end among others."""

_REPEATABLE = frozenset(("saturated", "node limit", "iteration limit", "division by zero", "fixed point", "cycle"))
"""Ends that do not depend on how fast the machine is: results are remembered after these only."""

_MOST_CACHED = 4_096
_cache: dict[Any, tuple[list[Any], list[Any], Checked] | None] = {}
_ABSENT: Any = object()


@dataclass
class StageReport:
    """What rewriting did, as plain data.

    Attributes
    ----------
    groups, templates, improved : int
        Groups of expressions that were looked at, how many are distinct up to names, how many of those gained.
    remembered : int
        Templates whose best form was known from earlier in this process.
    iterations, e_nodes, e_classes : int
        Rounds of all rules, and the sizes of the e-graphs, in all.
    matches : dict of str to int
    seconds_per_rule : dict of str to float
    stop : dict of str to int
        Why the runs ended, with how many did.
    cost_before, cost_after : float
        Predicted cycles of all groups.
    points, largest_difference, rejected
        As in `sn.rewrite`'s report.
    """

    groups: int = 0
    templates: int = 0
    improved: int = 0
    remembered: int = 0
    iterations: int = 0
    e_nodes: int = 0
    e_classes: int = 0
    matches: dict[str, int] = field(default_factory=dict)
    seconds_per_rule: dict[str, float] = field(default_factory=dict)
    stop: dict[str, int] = field(default_factory=dict)
    last_stop: str = ""
    cost_before: float = 0.0
    cost_after: float = 0.0
    points: int = 0
    largest_difference: float = 0.0
    rejected: int = 0

    def add_run(self, found: Any) -> None:
        """Add the facts of one run of the e-graph."""
        self.iterations += found.iterations
        self.e_nodes += found.e_nodes
        self.e_classes += found.e_classes
        self.stop[found.stop] = self.stop.get(found.stop, 0) + 1
        self.last_stop = found.stop
        for total, more in ((self.matches, found.matches), (self.seconds_per_rule, found.seconds_per_rule)):
            for name, value in more.items():
                total[name] = total.get(name, 0) + value

    def add_check(self, found: Checked) -> None:
        """Add what comparing a new form with the old one found."""
        self.points = max(self.points, found.points)
        if found.wrong:
            self.rejected += 1
        else:
            self.largest_difference = max(self.largest_difference, found.largest)


class _Group:
    """Expressions that are rewritten together, in symbols of their own.

    Parameters
    ----------
    terms : list of terms
        With everything that depends on parameters only replaced by symbols.
    parts : mapping of Symbol to term
        What these symbols stand for.
    number : int
        Distinguishes the symbols of this group from those of others.
    """

    def __init__(self, terms: list[Any], parts: Mapping[Any, Any], number: int) -> None:
        self._given, self._parts, self._number = terms, parts, number
        self.key, self.symbols = template(terms, dict.fromkeys(parts, "free"))
        self.costs: dict[tuple[Any, ...], float] = {}
        self.checked = Checked((), 0, 0.0)

    @cached_property
    def own(self) -> list[Any]:
        """The group's own symbols, in the order of its template."""
        return [
            Symbol(f"{'p' if s in self._parts else 'x'}{i}_{self._number}", s.domain)
            for i, s in enumerate(self.symbols)
        ]

    @cached_property
    def terms(self) -> list[Any]:
        """The expressions in these symbols."""
        return list(substitute(self._given, dict(zip(self.symbols, self.own))))

    @cached_property
    def free(self) -> frozenset[Any]:
        """Those of the symbols that stand for what depends on parameters only."""
        return frozenset(o for o, s in zip(self.own, self.symbols) if s in self._parts)

    @property
    def meaning(self) -> list[Any]:
        """What each of the symbols stands for."""
        return [self._parts.get(s, s) for s in self.symbols]


def rewrite_groups(
    groups: Sequence[Sequence[Any]], parameters: Collection[Any], rewriting: Rewriting
) -> tuple[list[list[Any]], StageReport]:
    """Return groups of expressions in forms that are predicted to be faster, or as they are.

    Parameters
    ----------
    groups : sequence of sequences of canonical terms
        The terms of a group are computed together, so what they share is computed once.
    parameters : set of Symbol
        What is free: symbols that keep their values over many evaluations.
    rewriting : Rewriting
        Its steps and limits.
    """
    report = StageReport(groups=len(groups))
    kinds = dict.fromkeys(parameters, "free")
    first: dict[Any, tuple[_Group, tuple[Any, ...]]] = {}
    alike: list[tuple[_Group, tuple[Any, ...], tuple[Any, ...]]] = []
    for group in groups:
        given = template(group, kinds)  # which is cheaper than `hoist`: each law is taken apart once
        if given.key not in first:
            hoisted = hoist(list(group), kinds)
            first[given.key] = (_Group(hoisted.terms, hoisted.parts, len(first)), given.symbols)
        alike.append((*first[given.key], given.symbols))
    distinct: dict[Any, _Group] = {}
    for one, _ in first.values():
        distinct.setdefault(one.key, one)
    report.templates = len(distinct)
    best = _best_forms(list(distinct.values()), rewriting, report)
    results = []
    for group, (one, symbols, own) in zip(groups, alike):
        new = best[one.key]
        if new is None:
            results.append(list(group))
            continue
        made = substitute(new, dict(zip(distinct[one.key].own, one.meaning)))
        results.append(list(made if symbols == own else substitute(made, dict(zip(symbols, own)))))
    return results, report


def _best_forms(
    groups: list[_Group], rewriting: Rewriting, report: StageReport
) -> dict[Any, list[Any] | None]:
    """Return the best form of each template, None where that is the input."""
    identity = rewriting.identity
    end = time.monotonic() + rewriting.timeout_s
    best: dict[Any, list[Any] | None] = {}
    left = []
    for group in groups:
        known = _cache.get((group.key, identity), _ABSENT)
        if known is _ABSENT:
            left.append(group)
        else:
            report.remembered += 1
            best[group.key] = None if known is None else _renamed(known, group, report)
    for start in range(0, len(left), _BATCH):
        batch = left[start : start + _BATCH]
        if not _improve(batch, rewriting, report, end, best) and len(batch) > 1:
            for group in batch:  # one of them grows without end: the others shall not suffer from it
                _improve([group], rewriting, report, end, best)
    if not set(report.stop) - _REPEATABLE:
        _remember(left, best, identity)
    report.improved = sum(new is not None for new in best.values())
    for group in groups:
        new = best[group.key]
        before = _cost(group.terms, group, rewriting)
        report.cost_before += before
        report.cost_after += before if new is None else _cost(new, group, rewriting)
    return best


def _remember(groups: list[_Group], best: dict[Any, list[Any] | None], identity: str) -> None:
    for group in groups[: max(_MOST_CACHED - len(_cache), 0)]:
        found = best[group.key]
        _cache[group.key, identity] = None if found is None else (group.own, found, group.checked)


def _renamed(known: tuple[list[Any], list[Any], Checked], group: _Group, report: StageReport) -> list[Any]:
    symbols, terms, checked = known
    report.add_check(checked)
    return list(substitute(terms, dict(zip(symbols, group.own))))


def _improve(
    batch: list[_Group],
    rewriting: Rewriting,
    report: StageReport,
    end: float,
    best: dict[Any, list[Any] | None],
) -> bool:
    """Rewrite some templates by all steps in turn; return False where they took too many e-nodes together."""
    enough = True
    current = {group.key: group.terms for group in batch}
    for rules, engine in rewriting.steps:
        left = end - time.monotonic()
        if left <= 0.0:
            report.stop["timeout"] = report.stop.get("timeout", 0) + 1
            break
        roots = [term for group in batch for term in current[group.key]]
        candidates = _candidates(roots, rules, engine, batch, rewriting, report, left)
        enough = enough and report.last_stop != "node limit"
        _take_best(batch, current, candidates, rewriting)
    for group in batch:
        best[group.key] = _accepted(group, current[group.key], rewriting, report)
    return enough


def _candidates(
    roots: list[Any],
    rules: Ruleset,
    engine: str,
    batch: list[_Group],
    rewriting: Rewriting,
    report: StageReport,
    timeout_s: float,
) -> Iterator[tuple[str, list[Any]]]:
    if engine == "classical":
        found = rewrite_classically(roots, rules, timeout_s)
        report.stop[found.stop] = report.stop.get(found.stop, 0) + 1
        for name, count in found.fired.items():
            report.matches[name] = report.matches.get(name, 0) + count
        if not any(found.fired.get(name) for name in rules.tentative):
            return iter([("classical", list(found.results))])
        without = rewrite_classically(roots, rules.steady, timeout_s)
        return iter([("classical", list(found.results)), ("classical", list(without.results))])
    from rewriters.egraph.engine import Limits, explore

    model = Staged(rewriting.cost_model, frozenset().union(*(group.free for group in batch)))
    enough = _NODES if len(batch) > 1 else _NODES_ALONE
    limits = Limits(timeout_s=timeout_s, node_limit=rewriting.node_limit or enough)
    explored = explore(roots, rules, model, rewriting.extractor, limits)
    report.add_run(explored)
    return explored.candidates


def _take_best(
    batch: list[_Group],
    current: dict[Any, list[Any]],
    candidates: Iterator[tuple[str, list[Any]]],
    rewriting: Rewriting,
) -> None:
    """Keep for each group the candidate whose tape is predicted to be fastest."""
    costs = {g.key: _cost(current[g.key], g, rewriting) for g in batch}
    for _, terms in candidates:
        place = 0
        for group in batch:
            size = len(group.terms)
            own = terms[place : place + size]
            place += size
            cost = _cost(own, group, rewriting)
            if cost < costs[group.key]:
                costs[group.key], current[group.key] = cost, own


def _cost(terms: list[Any], group: _Group, rewriting: Rewriting) -> float:
    key = tuple(terms)
    found = group.costs.get(key)
    if found is None:
        try:
            found = tape_cost(expressions_tape(terms, group.free), rewriting.cost_model)
        except SymnumError:  # a form that cannot be compiled, such as one with complex numbers
            found = float("inf")
        group.costs[key] = found
    return found


def _accepted(
    group: _Group, new: list[Any], rewriting: Rewriting, report: StageReport
) -> list[Any] | None:
    """Return the new form if it is better by the margin, and equal to the old one wherever that is defined."""
    if new is group.terms:
        return None
    before, after = _cost(group.terms, group, rewriting), _cost(new, group, rewriting)
    if not after < before * (1.0 - rewriting.margin):
        return None
    try:
        found = check(group.terms, new)
    except SymnumError:
        return None  # nothing is taken on trust
    group.checked = found
    report.add_check(found)
    return None if found.wrong else new


def expressions_tape(terms: Sequence[Any], parameters: Collection[Any]) -> Tape:
    """Return the tape of some expressions, with what is shared computed once.

    Parameters
    ----------
    terms : sequence of canonical terms
    parameters : set of Symbol
        Which symbols are parameters; the others are states, both in the order in which they occur.
    """
    builder = TapeBuilder()
    leaves: dict[Any, int] = {}
    states = kept = 0
    for symbol in free_symbols(list(terms)):
        if symbol in parameters:
            leaves[symbol] = builder.parameter(kept)
            kept += 1
        else:
            leaves[symbol] = builder.state(states)
            states += 1
    lower = Lowering(builder, leaves)
    return share_reciprocals(fold_coefficients(builder.finish([lower(term) for term in terms])))
