"""`sn.prove_equal`: are two terms equal? Yes with the rules that show it, no with a counterexample, or not known."""

import time
from typing import Any, NamedTuple

from rewriters.egraph import worker
from rewriters.egraph.counterexample import Counterexample, counterexample
from rewriters.egraph.engine import Limits, prepare, request
from rewriters.egraph.program import Program
from rewriters.ruleset import Ruleset, ruleset
from rewriters.rulesets import get_ruleset
from symnum.errors import InputError
from symnum.terms import convert
from symnum.terms.checks import check_terms
from symnum.terms.traverse import walk

__all__ = ["Proof", "prove_equal"]

_GRACE_S = 0.5
_MOST_SEARCHED_S = 2.0
_MOST_TRIED = 40
_MOST_EXPANDED = 100
_LARGEST_EXPONENT = 6

_DISTRIBUTION = "expand: ~a*(~b + ~c) => ~a*~b + ~a*~c"


class Proof(NamedTuple):
    """Whether two terms are equal; true in conditions only where that is proved.

    Attributes
    ----------
    answer : bool or None
        True: equal wherever both have values. False: they differ, see `counterexample`. None: not known.
    reason : str
    rules : tuple of str
        Rules by which equality follows; leaving out any one of them, it was not found. Empty where the terms
        are the same in canonical form.
    counterexample : Counterexample or None
    stop : str
        Why the search ended.
    iterations, e_nodes : int
    seconds : float
    """

    answer: bool | None
    reason: str
    rules: tuple[str, ...] = ()
    counterexample: Counterexample | None = None
    stop: str = ""
    iterations: int = 0
    e_nodes: int = 0
    seconds: float = 0.0

    def __bool__(self) -> bool:
        return self.answer is True

    def __str__(self) -> str:
        word = {True: "equal", False: "not equal", None: "not known"}[self.answer]
        return f"{word}: {self.reason}"


def prove_equal(
    a: Any,
    b: Any,
    ruleset: str | Ruleset | None = None,
    *,
    timeout_s: float = 5.0,
    node_limit: int = 30_000,
    soundness: str = "real",
) -> Proof:
    """Prove that two terms are equal, or that they are not.

    Parameters
    ----------
    a, b : term or number
    ruleset : str or Ruleset, optional
        By which rules; by default those of algebra, trigonometry, exponentials and logarithms, and the
        distributive law both ways.
    timeout_s : float
    node_limit : int
        E-nodes at which the search ends.
    soundness : {"exact", "extended", "real", "approximate"}
        Which rules may be used, as in `rewrite`.

    Returns
    -------
    Proof
        ``answer`` is True, False or None. False is only said with a counterexample: a point of the symbols' domains
        at which both have values, and different ones, by exact arithmetic or with fifty digits.

    Raises
    ------
    MissingDependencyError
        If the e-graph is needed and egglog is not installed.

    Examples
    --------
    >>> import symnum as sn
    >>> x, y = sn.symbols("x y")
    >>> sn.prove_equal((x + y)**2, x**2 + 2*x*y + y**2).answer
    True
    >>> print(sn.prove_equal(sn.sqrt(x**2), x).counterexample)
    at x = -1: 1 and -1
    """
    begin = time.monotonic()
    if not timeout_s > 0:
        raise InputError(f"timeout_s is a positive number of seconds, not {timeout_s!r}.")
    check_terms((a, b))
    left, right = (convert(term, "canonical") for term in (a, b))
    if left.__class__ is right.__class__ and left == right:
        reason = "both are the same in canonical form"
        return Proof(True, reason, seconds=time.monotonic() - begin)
    found = counterexample(left, right)
    if found is not None:
        return Proof(False, str(found), counterexample=found, seconds=time.monotonic() - begin)
    if ruleset is None and _cancels(left - right):
        return Proof(True, "by expansion", ("expand",), seconds=time.monotonic() - begin)
    rules = _rules(ruleset).sound(soundness)
    return _search(left, right, rules, Limits(timeout_s=timeout_s, node_limit=node_limit), begin)


def _cancels(difference: Any) -> bool:
    """Tell whether a difference vanishes when it is expanded; large powers are left to the search."""
    from symnum.terms import expand

    parts = walk([difference])
    large = any(p.__class__ is int and abs(p) > _LARGEST_EXPONENT for p, _ in parts)
    if large or len(parts) > _MOST_EXPANDED:
        return False
    expanded = expand(difference)
    return expanded.__class__ is int and expanded == 0


def _rules(given: str | Ruleset | None) -> Ruleset:
    if isinstance(given, Ruleset):
        return given
    if given is not None:
        return get_ruleset(given)
    parts = [get_ruleset(name) for name in ("algebra", "trigonometry", "exp_log", "factor")]
    return ruleset([*parts, _DISTRIBUTION], name="algebra, trigonometry, exp_log, factor, expand")


def _search(a: Any, b: Any, rules: Ruleset, limits: Limits, begin: float) -> Proof:
    worker.warm()
    encoded, program = prepare([a, b], rules)
    asked = request(encoded, program, limits, goal=True, want_graph=False)
    answer, failure = worker.ask(asked, limits.timeout_s + _GRACE_S)
    nothing: dict[str, Any] = {"stop": failure, "iterations": 0, "nodes": 0, "matches": {}}
    header = nothing if answer is None else answer[0]
    stop = failure or header["stop"]
    iterations, nodes = int(header["iterations"]), int(header["nodes"])
    if stop != "proved":
        reason = _why_not(stop, program)
        return Proof(None, reason, (), None, stop, iterations, nodes, time.monotonic() - begin)
    used = _needed(asked, header, program, limits)
    reason = f"by {', '.join(used)}" if used else "by folding of constants"
    return Proof(True, reason, used, None, stop, iterations, nodes, time.monotonic() - begin)


def _why_not(stop: str, program: Program) -> str:
    said = {
        "saturated": "the rules lead nowhere further, and no counterexample was found",
        "division by zero": "a part divides by something equal to zero",
    }
    reason = said.get(stop, f"the search ended early ({stop}), and no counterexample was found")
    if program.inexpressible:
        reason += f"; left out: {', '.join(program.inexpressible)}"
    return reason


def _needed(asked: dict[str, Any], header: dict[str, Any], program: Program, limits: Limits) -> tuple[str, ...]:
    """Return the rules that the proof needs: each is left out once, and for good where it works without."""
    matched = {program.group_of.get(name) for name in header["matches"]}
    groups = [g for g in program.groups if g in matched]
    if len(groups) > _MOST_TRIED:
        return tuple(program.names[g] for g in groups)
    end = time.monotonic() + min(_MOST_SEARCHED_S, limits.timeout_s)
    for group in sorted(groups, key=lambda g: not g.startswith(("associate", "commute"))):
        left = end - time.monotonic()
        if left <= 0:
            break
        fewer = [g for g in groups if g != group]
        trial = {**asked, "groups": fewer, "timeout_s": left, "iterations": header["iterations"] + 2}
        answer, failure = worker.ask(trial, left + _GRACE_S)
        if answer is not None and not failure and answer[0]["stop"] == "proved":
            groups = fewer
    return tuple(program.names[g] for g in groups)
