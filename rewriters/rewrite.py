"""`sn.rewrite`: the one door through which expressions, equations and models are rewritten."""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

from rewriters.classical import Outcome, rewrite_classically
from rewriters.cost import cost
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
    cost_before, cost_after : int
        Cost of evaluating all expressions together, in cycles (roughly), shared parts counted once.
    fired : dict of str to int
        How often each rule changed a term, the most frequent first.
    stop : str
        Why it ended: "fixed point" (nothing changes any more), "cycle" (rules undo each other; the cheapest
        terms of the cycle are returned), "timeout", "limit" (of passes), "nothing to do".
    seconds : float
        Time taken.
    passes : int
        How often the engine went through the expressions.
    """

    ruleset: str
    engine: str
    cost_before: int
    cost_after: int
    fired: dict[str, int]
    stop: str
    seconds: float
    passes: int

    def _rows(self) -> list[tuple[str, str]]:
        rules = ", ".join(f"{name} {count:,}" for name, count in self.fired.items()) or "none"
        return [
            ("ruleset", self.ruleset),
            ("engine", self.engine),
            ("cost", f"{self.cost_before:,} -> {self.cost_after:,}"),
            ("rules fired", rules),
            ("stopped", f"{self.stop}, after {self.passes} pass{'es' * (self.passes != 1)}"),
            ("time", format_seconds(self.seconds)),
        ]

    def __str__(self) -> str:
        return plain_table(self._rows())

    def _repr_html_(self) -> str:
        return html_table(["", ""], [list(row) for row in self._rows()])


class Rewritten(NamedTuple):
    """A rewritten expression, list, equation or system, and the report."""

    result: Any
    report: RewriteReport


Engine = Callable[[list[Any], Ruleset, float | None], Outcome]


def _nothing(expressions: list[Any], _rules: Ruleset, _timeout_s: float | None) -> Outcome:
    return Outcome(expressions, {}, "nothing to do", 0)


_ENGINES: dict[str, Engine] = {"none": _nothing, "classical": rewrite_classically}


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
    timeout_s: float | None = None,
    soundness: str = "real",
) -> Rewritten:
    """Rewrite an expression, equations or a model by a ruleset.

    Parameters
    ----------
    subject : term, number, Eq, list or tuple of them, or a model
        Expressions of any structure. A model's right-hand sides are rewritten together.
    ruleset : str or Ruleset
        One of `rulesets()`, or rules of your own (`sn.ruleset`).
    engine : {"classical", "none"}
        "classical" applies the rules everywhere until nothing changes.
    timeout_s : float, optional
        Seconds after which the expressions are returned as they are by then.
    soundness : {"exact", "real", "approximate"}
        Which rules may be applied: only those that hold everywhere; also those with a stated domain, where it
        is certain that the terms lie in it (the default); also approximate ones.

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
    outcome = _ENGINES[engine](expressions, sound, timeout_s)
    seconds = time.monotonic() - begin
    fired = dict(sorted(outcome.fired.items(), key=lambda item: (-item[1], item[0])))
    report = RewriteReport(
        rules.name,
        engine,
        cost(expressions),
        cost(outcome.results),
        fired,
        outcome.stop,
        seconds,
        outcome.passes,
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
