"""The classical engine: rules applied everywhere, arguments first, until no rule changes anything."""

import time
from collections import Counter
from typing import Any, NamedTuple

from rewriters.access import same
from rewriters.combinators import rebuilt
from rewriters.cost import cost
from rewriters.egraph.costs import CostModel
from rewriters.ruleset import Ruleset
from symnum.errors import TimeLimitError
from symnum.terms.interning import bulk
from symnum.terms.timing import time_limit
from symnum.terms.traverse import walk

MOST_PASSES = 1_000
MOST_AT_ONE_TERM = 200


class Outcome(NamedTuple):
    """What the engine did.

    Attributes
    ----------
    results : list of terms
    fired : dict of str to int
        How often each rule changed a term.
    stop : str
        "fixed point", "cycle", "timeout" or "limit".
    passes : int
        How often it went through the terms.
    """

    results: list[Any]
    fired: dict[str, int]
    stop: str
    passes: int


class _Run:
    """The state of one run."""

    def __init__(self, rules: Ruleset, timeout_s: float | None) -> None:
        self.index = rules.index
        self.fired: Counter[str] = Counter()
        self.end = None if timeout_s is None else time.monotonic() + timeout_s
        self.late = False
        self.endless = False  # at one term, rules went on for too long
        self.settled: dict[int, Any] = {}  # terms in which no rule changes anything; kept alive for their id

    def is_late(self) -> bool:
        """Tell whether the time is up."""
        if self.end is not None and not self.late:
            self.late = time.monotonic() > self.end
        return self.late

    def once(self, roots: list[Any]) -> list[Any]:
        """Go through some terms once; parts that they share are rewritten once."""
        results: dict[int, Any] = {}
        fresh: set[int] = set()  # parts of this pass in which something changed
        kept: list[Any] = []  # no identity is used twice while these live
        for root in roots:
            if self.is_late():
                break  # the others stay as they are
            parts = walk([root], _ById(self.settled, results))
            kept.append(parts)
            self.go_through(parts, results, fresh)
        if not self.late:
            for parts in kept:
                self.settled.update((id(part), part) for part, _ in parts if id(part) not in fresh)
        return [results.get(id(r), r) for r in roots]

    def go_through(self, parts: list[Any], results: dict[int, Any], fresh: set[int]) -> None:
        """Rewrite the parts of one term; when the time is up, only put together what was rewritten before."""
        for part, arguments in parts:
            if id(part) in results:
                continue
            if id(part) in self.settled:
                results[id(part)] = part
                continue
            new = rebuilt(part, arguments, [results[id(a)] for a in arguments])
            made = new if self.is_late() else self.at(new)
            results[id(part)] = made
            if made is not part or any(id(a) in fresh for a in arguments):
                fresh.add(id(part))

    def at(self, term: Any) -> Any:
        """Apply rules at one term until none changes it."""
        seen: list[Any] = []
        while len(seen) < MOST_AT_ONE_TERM:
            try:
                fired = self.index.first(term)
            except TimeLimitError:
                self.late = True
                break
            if fired is None:
                break
            _, rule, result = fired
            if any(same(result, old) for old in seen):
                break
            self.fired[rule.name] += 1
            seen.append(term)
            term = result
            if self.is_late():
                break
        else:
            self.endless = True
        return term


class _ById:
    """Membership by identity, in either of two tables."""

    def __init__(self, settled: dict[int, Any], results: dict[int, Any]) -> None:
        self.settled, self.results = settled, results

    def __contains__(self, term: object) -> bool:
        return id(term) in self.settled or id(term) in self.results


def rewrite_classically(
    expressions: list[Any],
    rules: Ruleset,
    timeout_s: float | None = None,
    maximum_passes: int = MOST_PASSES,
) -> Outcome:
    """Apply rules everywhere in some terms until none changes anything.

    Parameters
    ----------
    expressions : list of terms
        Of any structure.
    rules : Ruleset
        At each term the first rule that changes it is applied, again and again.
    timeout_s : float, optional
        Seconds after which the terms are returned as they are by then, which is right at any time.
    maximum_passes : int

    Raises
    ------
    RewriteError
        If a rule fails; names the rule and the term.
    """
    run = _Run(rules, timeout_s)
    seen: dict[tuple[Any, ...], None] = {}
    terms = list(expressions)
    with bulk(), time_limit(timeout_s):
        for number in range(1, maximum_passes + 1):
            new = run.once(terms)
            if run.late or run.endless:
                return Outcome(new, dict(run.fired), "timeout" if run.late else "limit", number)
            if all(same(a, b) for a, b in zip(new, terms)):
                return Outcome(terms, dict(run.fired), "fixed point", number)
            seen[tuple(terms)] = None
            if tuple(new) in seen:
                order = list(seen)
                best = min(order[order.index(tuple(new)) :], key=lambda state: cost(list(state)))
                return Outcome(list(best), dict(run.fired), "cycle", number)
            terms = new
    return Outcome(terms, dict(run.fired), "limit", maximum_passes)


def rewrite_tentatively(
    expressions: list[Any],
    rules: Ruleset,
    model: CostModel,
    timeout_s: float | None = None,
) -> Outcome:
    """Apply rules as `rewrite_classically` does; those with tentative rules among them only where nothing gets dearer.

    Each expression is then rewritten with the tentative rules and without them, and the cheapest is taken of both
    results and the expression itself.

    Parameters
    ----------
    expressions : list of terms
    rules : Ruleset
    model : CostModel
    timeout_s : float, optional
    """
    begin = time.monotonic()
    tried = rewrite_classically(expressions, rules, timeout_s)
    if not rules.tentative or all(a is b for a, b in zip(tried.results, expressions)):
        return tried
    outcomes = [tried]
    left = None if timeout_s is None else timeout_s - (time.monotonic() - begin)
    if any(tried.fired.get(name) for name in rules.tentative) and (left is None or left > 0.0):
        outcomes.append(rewrite_classically(expressions, rules.steady, left))
    found = [outcome.results for outcome in outcomes]
    each = [_cheapest(forms, model) for forms in zip(*found, expressions)]
    best = min((*found, each, expressions), key=model.total)
    for outcome in outcomes:
        if best is outcome.results or all(a is b for a, b in zip(best, outcome.results)):
            return outcome
    fired = {} if all(a is b for a, b in zip(best, expressions)) else tried.fired
    return tried._replace(results=best, fired=fired)


def _cheapest(forms: tuple[Any, ...], model: CostModel) -> Any:
    """Return the cheapest of some forms, the first of several."""
    if all(same(forms[0], form) for form in forms[1:]):
        return forms[0]
    return min(forms, key=lambda form: model.total([form]))
