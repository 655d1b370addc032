"""Rewriting of expressions for speed: each template once, by rulesets, and only where the compiled code gains.

What depends on parameters only becomes a symbol first, for it costs nothing at run time. Laws that are equal up to
names are rewritten once. Of what the engine finds, the form is taken whose tape is predicted to be fastest, if the
gain exceeds a margin; everything that is taken has been compared with the input at random and special points.
"""

import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from codegen.lower import Lowering
from codegen.reciprocals import share_reciprocals
from codegen.rewriting import Rewriting
from codegen.tape import Tape, TapeBuilder
from codegen.tape_cost import tape_cost
from rewriters.classical import rewrite_classically
from rewriters.egraph.check import check
from rewriters.egraph.costs.staged import Staged
from rewriters.ruleset import Ruleset
from rewriters.templates import hoist, template
from symnum.errors import SymnumError
from symnum.terms import free_symbols, substitute
from symnum.terms.canonical import Symbol

__all__ = ["StageReport", "expressions_tape", "rewrite_groups"]

_BATCH = 24
"""Templates that are put into one e-graph."""

_REPEATABLE = frozenset(("saturated", "node limit", "iteration limit", "division by zero", "fixed point", "cycle"))
"""Ends that do not depend on how fast the machine is: results are remembered after these only."""

_MOST_CACHED = 4_096
_cache: dict[Any, list[Any] | None] = {}
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
        for total, more in ((self.matches, found.matches), (self.seconds_per_rule, found.seconds_per_rule)):
            for name, value in more.items():
                total[name] = total.get(name, 0) + value


@dataclass
class _Group:
    """Expressions that are rewritten together, in the symbols of their template."""

    key: Any
    terms: list[Any]
    back: dict[Any, Any]
    free: frozenset[Any]


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
    free = frozenset(parameters)
    made = [_as_template(list(group), free, i) for i, group in enumerate(groups)]
    distinct: dict[Any, _Group] = {}
    for group in made:
        distinct.setdefault(group.key, group)
    report.templates = len(distinct)
    best = _best_forms(list(distinct.values()), rewriting, report)
    results = []
    for given, group in zip(groups, made):
        new = best[group.key]
        if new is None:
            results.append(list(given))
        else:
            names = dict(zip(_symbols_of(distinct[group.key]), _symbols_of(group)))
            back = {s: group.back[names[s]] for s in names}
            results.append(substitute(new, back))
    return results, report


def _symbols_of(group: _Group) -> list[Any]:
    return list(group.back)


def _as_template(terms: list[Any], free: frozenset[Any], number: int) -> _Group:
    """Return a group in symbols of its own, in the order of its template."""
    hoisted = hoist(terms, free)
    found = template(hoisted.terms, dict.fromkeys(hoisted.parts, "free"))
    own = {}
    back = {}
    for i, symbol in enumerate(found.symbols):
        kind = "p" if symbol in hoisted.parts else "x"
        own[symbol] = Symbol(f"{kind}{i}_{number}", symbol.domain)
        back[own[symbol]] = hoisted.parts.get(symbol, symbol)
    is_free = frozenset(own[s] for s in found.symbols if s in hoisted.parts)
    return _Group(found.key, substitute(hoisted.terms, own), back, is_free)


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
            best[group.key] = None if known is None else _renamed(known, group)
    for start in range(0, len(left), _BATCH):
        batch = left[start : start + _BATCH]
        complete = _improve(batch, rewriting, report, end, best)
        for group in batch:
            if complete and len(_cache) < _MOST_CACHED:
                found = best[group.key]
                _cache[group.key, identity] = None if found is None else [_symbols_of(group), *found]
    report.improved = sum(new is not None for new in best.values())
    for group in groups:
        before = tape_cost(expressions_tape(group.terms, group.free), rewriting.cost_model)
        new = best[group.key]
        after = before if new is None else tape_cost(expressions_tape(new, group.free), rewriting.cost_model)
        report.cost_before += before
        report.cost_after += after
    return best


def _renamed(known: list[Any], group: _Group) -> list[Any]:
    symbols, *terms = known
    return list(substitute(terms, dict(zip(symbols, _symbols_of(group)))))


def _improve(
    batch: list[_Group],
    rewriting: Rewriting,
    report: StageReport,
    end: float,
    best: dict[Any, list[Any] | None],
) -> bool:
    """Rewrite some templates by all steps in turn; return whether no limit of time stood in the way."""
    current = {group.key: group.terms for group in batch}
    for rules, engine in rewriting.steps:
        left = end - time.monotonic()
        if left <= 0.0:
            report.stop["timeout"] = report.stop.get("timeout", 0) + 1
            break
        roots = [term for group in batch for term in current[group.key]]
        candidates = _candidates(roots, rules, engine, batch, rewriting, report, left)
        _take_best(batch, current, candidates, rewriting)
    for group in batch:
        best[group.key] = _accepted(group, current[group.key], rewriting, report)
    return not set(report.stop) - _REPEATABLE


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
        return iter([("classical", list(found.results))])
    from rewriters.egraph.engine import Limits, explore

    model = Staged(rewriting.cost_model, frozenset().union(*(group.free for group in batch)))
    limits = Limits(timeout_s=timeout_s, node_limit=rewriting.node_limit)
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
    try:
        return tape_cost(expressions_tape(terms, group.free), rewriting.cost_model)
    except SymnumError:  # a form that cannot be compiled, such as one with complex numbers
        return float("inf")


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
    report.points = max(report.points, found.points)
    if found.wrong:
        report.rejected += 1
        return None
    report.largest_difference = max(report.largest_difference, found.largest)
    return new


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
    return share_reciprocals(builder.finish([lower(term) for term in terms]))
