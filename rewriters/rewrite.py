"""`sn.rewrite`: the one door through which expressions, equations and models are rewritten."""

import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from rewriters.classical import Outcome, rewrite_tentatively
from rewriters.egraph.costs import CostModel, get_cost_model
from rewriters.ruleset import Ruleset
from rewriters.rulesets import get_ruleset
from symnum.display import format_seconds, html_table, plain_table
from symnum.errors import InputError, UnknownNameError, suggest
from symnum.terms import Eq
from symnum.terms.checks import check_terms

__all__ = ["RewriteReport", "Rewritten", "engines", "rewrite"]


class RewriteReport(NamedTuple):
    """What a rewriting did.

    Attributes
    ----------
    ruleset, engine : str
        What was applied, and by which engine.
    cost_before, cost_after : float
        Cost of evaluating all expressions together under the cost model, shared parts counted once.
    fired : dict of str to int
        How often each rule changed a term (classical) or matched (e-graph), the most frequent first.
    stop : str
        Why it ended. Classical engine: "fixed point" (nothing changes any more), "cycle" (rules undo each other;
        the cheapest terms of the cycle are returned), "timeout", "limit" (of passes). E-graph: "saturated"
        (nothing new can be derived), "node limit", "iteration limit", "timeout", "memory limit", "division by
        zero" (the terms divide by something equal to zero), or how the worker process failed; the result is the
        best found by then. "nothing to do" for the engine "none".
    seconds : float
        Time taken.
    passes : int
        How often the engine went through the expressions, or applied all rules.
    cost_model : str
        What the costs are measured by.
    e_nodes, e_classes : int
        Size of the e-graph at its end.
    seconds_per_rule : dict of str to float
        Time spent on each rule in the e-graph, as egglog tells; egglog 13 drops what is less than a millisecond
        at a time.
    extractor : str
        Which extractor gave the result; "input" where nothing cheaper was found.
    inexpressible : dict of str to str
        Rules that have no form in the e-graph and were left out, with the reason.
    points : int
        At how many points the result was compared with the input (e-graph).
    largest_difference : float
        Largest relative difference at those points, from rounding.
    rejected : int
        Expressions left as they were because their new form had another value somewhere.
    """

    ruleset: str
    engine: str
    cost_before: float
    cost_after: float
    fired: dict[str, int]
    stop: str
    seconds: float
    passes: int
    cost_model: str = "cycles"
    e_nodes: int = 0
    e_classes: int = 0
    seconds_per_rule: Mapping[str, float] = MappingProxyType({})
    extractor: str = ""
    inexpressible: Mapping[str, str] = MappingProxyType({})
    points: int = 0
    largest_difference: float = 0.0
    rejected: int = 0

    @property
    def ulp(self) -> float:
        """The largest difference at the points of the comparison, in units of the last place."""
        return self.largest_difference / 2.0**-52

    @property
    def predicted_gain(self) -> float:
        """How many times faster the result is by the cost model; `sn.benchmark_rulesets` measures."""
        return self.cost_before / self.cost_after if self.cost_after else 1.0

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle with plain dictionaries."""
        return (RewriteReport, tuple([dict(v) if isinstance(v, Mapping) else v for v in self]))

    def _rows(self) -> list[tuple[str, str]]:
        rules = ", ".join(f"{name} {count:,}" for name, count in self.fired.items()) or "none"
        rows = [
            ("ruleset", self.ruleset),
            ("engine", self.engine),
            ("cost", f"{self.cost_before:,g} -> {self.cost_after:,g} ({self.cost_model})"),
            ("predicted gain", f"{self.predicted_gain:.2f} times"),
            ("rules fired", rules),
            ("stopped", f"{self.stop}, after {self.passes} pass{'es' * (self.passes != 1)}"),
            ("time", format_seconds(self.seconds)),
        ]
        return rows + self._egraph_rows() if self.extractor else rows

    def _egraph_rows(self) -> list[tuple[str, str]]:
        slowest = sorted(self.seconds_per_rule.items(), key=lambda item: -item[1])[:5]
        rows = [
            ("e-graph", f"{self.e_nodes:,} e-nodes in {self.e_classes:,} e-classes"),
            ("extracted by", self.extractor),
            ("checked", f"{self.points:,} points, largest difference {self.ulp:,.1f} ulp"),
        ]
        if slowest:
            rows.append(("slowest rules", ", ".join(f"{n} {format_seconds(t)}" for n, t in slowest)))
        if self.rejected:
            rows.append(("rejected", f"{self.rejected} of another value at some point"))
        rows += [(f"left out: {name}", reason) for name, reason in self.inexpressible.items()]
        return rows

    def __str__(self) -> str:
        return plain_table(self._rows())

    def _repr_html_(self) -> str:
        return html_table(["", ""], [list(row) for row in self._rows()])


class Rewritten(NamedTuple):
    """A rewritten expression, list, equation or system, and the report."""

    result: Any
    report: RewriteReport


class Options(NamedTuple):
    """What an engine is told beside expressions and rules; None stands for the engine's own default."""

    timeout_s: float | None
    model: CostModel
    extractor: str
    limits: dict[str, int]


Engine = Callable[[list[Any], Ruleset, Options], tuple[Outcome, dict[str, Any]]]
"""Returns the outcome, and further fields of the report."""


def _nothing(expressions: list[Any], _rules: Ruleset, _options: Options) -> tuple[Outcome, dict[str, Any]]:
    return Outcome(expressions, {}, "nothing to do", 0), {}


def _classical(
    expressions: list[Any], rules: Ruleset, options: Options
) -> tuple[Outcome, dict[str, Any]]:
    return rewrite_tentatively(expressions, rules, options.model, options.timeout_s), {}


def _by_egraph(
    expressions: list[Any], rules: Ruleset, options: Options
) -> tuple[Outcome, dict[str, Any]]:
    from rewriters.egraph.engine import Limits, optimise

    limits = Limits(**options.limits)
    if options.timeout_s is not None:
        limits = limits._replace(timeout_s=options.timeout_s)
    found = optimise(expressions, rules, options.model, options.extractor, limits)
    details = {
        "e_nodes": found.e_nodes,
        "e_classes": found.e_classes,
        "seconds_per_rule": found.seconds_per_rule,
        "extractor": found.extractor,
        "inexpressible": found.inexpressible,
        "points": found.checked.points,
        "largest_difference": found.checked.largest,
        "rejected": len(found.checked.wrong),
    }
    return Outcome(found.results, found.matches, found.stop, found.iterations), details


_ENGINES: dict[str, Engine] = {"none": _nothing, "classical": _classical, "egraph": _by_egraph}


def engines() -> tuple[str, ...]:
    """Return the names of the engines.

    Examples
    --------
    >>> from rewriters.rewrite import engines
    >>> "classical" in engines()
    True
    """
    return tuple(_ENGINES)


def rewrite(
    subject: Any,
    ruleset: str | Ruleset = "algebra",
    engine: str = "classical",
    *,
    cost: str | CostModel = "cycles",
    extractor: str = "best",
    timeout_s: float | None = None,
    node_limit: int | None = None,
    memory_limit: int | None = None,
    iterations: int | None = None,
    soundness: str = "real",
) -> Rewritten:
    """Rewrite an expression, equations or a model by a ruleset.

    Parameters
    ----------
    subject : term, number, Eq, list or tuple of them, or a model
        Expressions of any structure. A model's right-hand sides are rewritten together.
    ruleset : str or Ruleset
        One of `rulesets()`, or rules of your own (`sn.ruleset`).
    engine : {"classical", "egraph", "none"}
        "classical" applies the rules everywhere until nothing changes; where a ruleset is for speed alone
        (`cpu_cycles`, `kinetics`, `stencil`), an expression that would get dearer stays as it was. "egraph" keeps
        every form that the rules lead to in one e-graph, and takes the cheapest in the end, which is never dearer than
        the input; all expressions are treated together. It needs the package egglog (the extra ``egraph``).
    cost : {"cycles", "cycles+memory", "nodes"} or CostModel
        What "cheap" means, in the e-graph and in the report; see `rewriters.egraph.costs`.
    extractor : {"best", "tree", "dag", "ilp"}
        How the cheapest terms are found in the e-graph: each as a tree; greedily with shared parts counted once;
        by integer programming (small e-graphs); "best" takes the best of tree and dag.
    timeout_s : float, optional
        Seconds after which the expressions are returned as they are by then (e-graph: the best found by then,
        10 seconds by default).
    node_limit, memory_limit, iterations : int, optional
        Further limits of the e-graph: e-nodes (60,000 by default, more for large inputs), bytes of memory, rounds
        of all rules.
    soundness : {"exact", "extended", "real", "approximate"}
        Which rules may be applied: only those that hold everywhere; also those after which a term has values at
        more points, such as x/x => 1; also those with a stated domain, where it is certain that the terms lie in
        it (the default); also approximate ones.

    Returns
    -------
    Rewritten
        ``result`` and ``report``. For a model the result is a system of symbols, which `sn.build_simulator`
        takes like the model.

    Raises
    ------
    UnknownNameError
        For a ruleset or an engine that does not exist.
    RewriteError
        If a rule fails; names the rule and the term.

    Examples
    --------
    >>> import symnum as sn
    >>> x, y = sn.symbols("x y")
    >>> out = sn.rewrite(3*sn.sin(x)**2 + 3*sn.cos(x)**2 + y, ruleset="trigonometry")
    >>> out.result, out.report.fired
    (y + 3, {'pythagoras': 1})
    """
    model = get_cost_model(cost)
    given = {"node_limit": node_limit, "memory_limit": memory_limit, "iterations": iterations}
    limits = {name: value for name, value in given.items() if value is not None}
    options = Options(timeout_s, model, extractor, limits)
    if engine not in _ENGINES:
        raise UnknownNameError(
            f'there is no engine "{engine}".{suggest(str(engine), engines())} Choose {" or ".join(engines())}.'
        )
    rules = get_ruleset(ruleset) if isinstance(ruleset, str) else ruleset
    if not isinstance(rules, Ruleset):
        raise InputError(f"{rules!r} is no ruleset: give a name, or make one with sn.ruleset([...]).")
    sound = rules.sound(soundness)
    expressions, put_back = _taken_apart(subject)
    begin = time.monotonic()
    outcome, details = _ENGINES[engine](expressions, sound, options)
    seconds = time.monotonic() - begin
    fired = dict(sorted(outcome.fired.items(), key=lambda item: (-item[1], item[0])))
    before = model.total(expressions)
    unchanged = all(a is b for a, b in zip(outcome.results, expressions))
    report = RewriteReport(
        rules.name,
        engine,
        before,
        before if unchanged else model.total(outcome.results),
        fired,
        outcome.stop,
        seconds,
        outcome.passes,
        model.name,
        **details,
    )
    return Rewritten(put_back(outcome.results), report)


PutBack = Callable[[list[Any]], Any]


def _taken_apart(subject: Any) -> tuple[list[Any], PutBack]:
    """Return the expressions in what was given, and how to make the same kind of thing of new ones."""
    if isinstance(subject, Eq):
        return [subject.lhs, subject.rhs], lambda new: Eq(*new)
    if isinstance(subject, list | tuple):
        parts = [_taken_apart(item) for item in subject]
        sizes = [len(expressions) for expressions, _ in parts]

        def put_back(new: list[Any]) -> Any:
            rest = iter(new)
            made = [back([next(rest) for _ in range(size)]) for (_, back), size in zip(parts, sizes)]
            return made if isinstance(subject, list) else tuple(made)

        return [e for expressions, _ in parts for e in expressions], put_back
    system = _system(subject)
    if system is not None:
        return list(system.rhs), system.with_rhs
    check_terms((subject,))
    return [subject], lambda new: new[0]


def _system(subject: Any) -> Any:
    """Return the system of a model: whatever has right-hand sides that can be replaced."""
    if not hasattr(subject, "with_rhs") and callable(getattr(subject, "system", None)):
        subject = subject.system()
    return subject if hasattr(subject, "with_rhs") else None
