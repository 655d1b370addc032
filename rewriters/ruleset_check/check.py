"""`sn.check_ruleset`: is every rule as sound as it states?

A rule fails where, at a point of its stated domain that fulfils its condition, the left side has a value and the right
side another one, or none. A rule that is stated `exact` or `real` also fails where the right side has a value and the
left side has none (``~x/~x => 1`` at zero); that is what `extended` states. Real points are tried in complex and in
real arithmetic, in which roots and logarithms of negative numbers have no value, as in compiled code.
"""

import time
from pathlib import Path
from typing import Any, NamedTuple

from rewriters.egraph.laws import laws_of
from rewriters.rules import Rule
from rewriters.ruleset import Ruleset
from rewriters.ruleset_check import points as places
from rewriters.ruleset_check.floating import compare_floating
from rewriters.ruleset_check.instances import Instance, Point, instances
from rewriters.ruleset_check.report import FAILS, HOLDS, UNCHECKED, Difference, RuleCheck, RulesetCheck
from rewriters.ruleset_check.sympy_opinion import Sympy
from rewriters.ruleset_check.values import DIGITS, agree, plain, relative_difference, value_at
from symnum.errors import InputError
from symnum.terms import interface
from symnum.terms.numbers import is_exact
from symnum.terms.traverse import walk

__all__ = ["check_ruleset"]

REAL_ONLY = frozenset(
    {"floor", "ceil", "sign", "min", "max", "mod", "atan2", "<", "<=", ">", ">=", "piecewise", "cbrt"}
)
_ALGEBRAIC = frozenset({"+", "*", "^", "abs", "sqrt"})


class Settings(NamedTuple):
    """How thoroughly a rule is looked at."""

    points: int
    tolerance: float
    seed: int
    sympy: Sympy | None


def check_ruleset(
    ruleset: Any,
    *,
    points: int = 40,
    tolerance: float = 1e-6,
    sympy: bool = True,
    sympy_timeout_s: float = 2.0,
    seed: int = 0,
) -> RulesetCheck:
    """Check every rule of a ruleset: does it hold where it states that it does?

    Parameters
    ----------
    ruleset : str, Path, Ruleset, Rule, or what `sn.ruleset` takes
        The name of a shipped or registered ruleset, a text file (`sn.read_ruleset`), or rules.
    points : int
        Points of each kind: rational, complex, and special (zeros, huge and tiny numbers).
    tolerance : float
        Relative difference up to which a rule may be wrong that states to be approximate.
    sympy : bool
        Whether SymPy is asked too. Its opinion is reported and decides nothing.
    sympy_timeout_s : float
        Seconds for SymPy's opinion on one rule.
    seed : int

    Returns
    -------
    RulesetCheck
        True where all rules hold; ``print`` shows a table.

    Raises
    ------
    UnknownNameError
        For a name that is no ruleset.
    RuleError
        For rules that cannot be read.

    Examples
    --------
    >>> import symnum as sn
    >>> found = sn.check_ruleset(["root: sqrt(~x^2) => ~x"], sympy=False)
    >>> found.ok, str(found["root"].counterexample)
    (False, 'at x = -1: 1 became -1')
    """
    with Checker(points, tolerance, seed, sympy_timeout_s if sympy else None) as checker:
        return checker.check(as_ruleset(ruleset))


class Checker:
    """Checks rulesets one after another; rules that several have in common are checked once.

    Parameters
    ----------
    points, tolerance, seed
        As for `check_ruleset`.
    sympy_timeout_s : float or None
        None: SymPy is not asked.
    """

    def __init__(self, points: int, tolerance: float, seed: int, sympy_timeout_s: float | None) -> None:
        if points.__class__ is not int or points < 1:
            raise InputError(f"points is a whole number above zero, not {points!r}.")
        if sympy_timeout_s is not None and not sympy_timeout_s > 0:
            raise InputError(f"sympy_timeout_s is a positive number of seconds, not {sympy_timeout_s!r}.")
        self._sympy = None if sympy_timeout_s is None else Sympy(sympy_timeout_s)
        self._settings = Settings(points, tolerance, seed, self._sympy)
        self._known: dict[Rule, RuleCheck] = {}

    def check(self, rules: Ruleset) -> RulesetCheck:
        """Check every rule of a ruleset."""
        begin = time.monotonic()
        for rule in rules:
            if rule not in self._known:
                self._known[rule] = check_rule(rule, self._settings)
        return RulesetCheck(rules.name, tuple([self._known[r] for r in rules]), time.monotonic() - begin)

    def __enter__(self) -> "Checker":
        return self

    def __exit__(self, *_: object) -> None:
        if self._sympy is not None:
            self._sympy.stop()


def as_ruleset(given: Any) -> Ruleset:
    """Return a ruleset for a name, a file, or rules."""
    from rewriters.ruleset import ruleset
    from rewriters.ruleset_file import read_ruleset
    from rewriters.rulesets import get_ruleset

    if isinstance(given, Ruleset):
        return given
    if isinstance(given, Rule):
        return Ruleset([given], given.name)
    if isinstance(given, Path):
        return read_ruleset(given)
    if isinstance(given, str) and "=>" not in given:
        return get_ruleset(given)
    return ruleset(given)


def check_rule(rule: Rule, settings: Settings) -> RuleCheck:
    """Check one rule; of a rule that computes its right side also the laws that are stated for the e-graph."""
    found = _check_sides(rule, settings)
    for law in laws_of(rule.rhs) or () if callable(rule.rhs) else ():
        again = _check_sides(law, settings._replace(sympy=None))
        if again.verdict == FAILS and found.verdict != FAILS:
            reason = f"its law for the e-graph, {law}, fails: {again.reason}"
            found = found._replace(verdict=FAILS, reason=reason, counterexample=again.counterexample)
    return found


def _check_sides(rule: Rule, settings: Settings) -> RuleCheck:
    stated = rule.soundness + "".join(f"{',' * (i > 0)} {n}: {d}" for i, (n, d) in enumerate(rule.domain.items()))
    empty = RuleCheck(rule.name, str(rule), stated, UNCHECKED)
    try:
        pairs = instances(rule, settings.seed)
    except Exception as error:  # noqa: BLE001 - a right side may be any Python function
        what = f"{type(error).__name__}: {error}"
        return empty._replace(reason=f"its right side failed on terms made up for it: {what}")
    if not pairs:
        return empty._replace(reason="it did not apply to any of the terms made up for it")
    search = _Search(rule, settings)
    for pair in pairs:
        search.compare(pair)
    verdict, reason, shown = search.verdict()
    floating = search.floating(pairs[0])
    opinion = "not asked" if settings.sympy is None else settings.sympy.opinion(pairs[0])
    return empty._replace(
        verdict=verdict,
        reason=reason,
        counterexample=shown,
        extension=search.extension,
        exact_points=search.counts["rational"],
        complex_points=search.counts["complex"],
        special_points=search.counts["special"],
        specials=floating.specials,
        specials_differing=floating.differing,
        special_example=floating.example,
        largest_ulp=floating.largest,
        median_ulp=floating.median,
        sympy=opinion,
    )


class _Search:
    """Looks for points at which the sides of a rule differ."""

    def __init__(self, rule: Rule, settings: Settings) -> None:
        self.rule, self.settings = rule, settings
        self.counts = {"rational": 0, "complex": 0, "special": 0}
        self.wrong: Difference | None = None
        self.extension: Difference | None = None
        self.largest = 0.0
        self.exact = False
        self.operations: set[str] = set()

    def compare(self, pair: Instance) -> None:
        """Compare the sides of one instance at points of all kinds, until a difference is found."""
        parts = [p for p, arguments in walk([pair.left, pair.right]) if arguments]
        self.operations = {interface.operation(p) for p in parts}
        draw = (self.settings.points, self.settings.seed)
        special = places.special_points(pair, *draw, self.operations <= _ALGEBRAIC)
        kinds = {"rational": places.rational_points(pair, *draw), "special": special}
        if not self.operations & REAL_ONLY:
            kinds["complex"] = places.complex_points(pair, *draw)
        for kind, drawn in kinds.items():
            for point in drawn:
                self.counts[kind] += self.at(pair, point, kind == "complex")
                if self.wrong is not None:
                    return

    def at(self, pair: Instance, point: Point, is_complex: bool) -> bool:
        """Compare at one point; return whether at least one side had a value."""
        principal = self._compare(pair, point, True)
        if principal is None:
            return False
        if not is_complex and self.wrong is None and not self.exact:  # rational arithmetic is real
            self._compare(pair, point, False)
        return True

    def _compare(self, pair: Instance, point: Point, is_complex: bool) -> bool | None:
        left, right = (value_at(side, point, is_complex) for side in (pair.left, pair.right))
        self.exact = is_exact(left) and is_exact(right)
        if left is None:
            if right is not None and is_complex and self.extension is None and self._has_none(pair.left, point):
                self.extension = Difference(point, None, plain(right))
            return None if right is None else True
        if right is not None and agree(left, right):
            return True
        if self._tolerated(left, right):
            return True
        if self._settled(pair, point, is_complex, left, right):
            self.wrong = Difference(point, plain(left), plain(right))
        return True

    def _has_none(self, term: Any, point: Point) -> bool:
        """Tell a term without value from one that cannot be evaluated at all, by its value close by."""
        moved = {n: v + 1e-3 * (1 + k) if v.__class__ is not bool else v for k, (n, v) in enumerate(point.items())}
        return value_at(term, moved, True) is not None

    def _tolerated(self, left: Any, right: Any) -> bool:
        if self.rule.soundness != "approximate" or right is None or left.__class__ is bool:
            return False
        self.largest = max(self.largest, relative_difference(left, right))
        return self.largest <= self.settings.tolerance

    def _settled(self, pair: Instance, point: Point, is_complex: bool, left: Any, right: Any) -> bool:
        """Tell whether both values stay what they are with more digits: at branch points rounding decides."""
        again = [value_at(side, point, is_complex, 2 * DIGITS) for side in (pair.left, pair.right)]
        same = [
            (old is None and new is None) or (old is not None and new is not None and agree(old, new))
            for old, new in zip((left, right), again)
        ]
        return all(same)

    def verdict(self) -> tuple[str, str, Difference | None]:
        """Return what the points say."""
        if self.wrong is not None:
            return FAILS, str(self.wrong), self.wrong
        if not any(self.counts.values()):
            return UNCHECKED, "no point of its domain fulfils its condition", None
        if self.extension is not None and self.rule.soundness in ("exact", "real"):
            reason = (
                f"the right side has a value where the left side has none, {self.extension}; "
                "add a condition or a domain such as nonzero, or state that it is extended"
            )
            return FAILS, reason, self.extension
        return HOLDS, "", None

    def floating(self, pair: Instance) -> Any:
        """Return what floating point shows; it has no say in the verdict."""
        return compare_floating(pair, 10 * self.settings.points, self.settings.seed)
