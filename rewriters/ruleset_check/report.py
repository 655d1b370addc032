"""What checking a ruleset gives: a record for each rule, shown as text, HTML or dictionaries."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from symnum.display import html_table

HOLDS, FAILS, UNCHECKED = "holds", "fails", "not checked"


class Difference(NamedTuple):
    """A point, and the values of both sides there; None where a side has no value."""

    point: dict[str, Any]
    left: Any
    right: Any

    def __str__(self) -> str:
        at = ", ".join(f"{name} = {_shown(value)}" for name, value in self.point.items()) or "any point"
        return f"at {at}: {_shown(self.left)} became {_shown(self.right)}"


def _shown(value: Any) -> str:
    if value is None:
        return "no value"
    if isinstance(value, complex):
        return f"{value:.6g}" if value.imag else f"{value.real:.6g}"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


class RuleCheck(NamedTuple):
    """What was found about one rule.

    Attributes
    ----------
    name, rule : str
    stated : str
        The soundness that it states, and the domain.
    verdict : {"holds", "fails", "not checked"}
    reason : str
        Why it fails or could not be checked; empty where it holds.
    counterexample : Difference or None
        A point of the stated domain that shows it.
    extension : Difference or None
        A point at which the right side has a value and the left side none.
    exact_points, complex_points, special_points : int
        Points at which both sides were compared: rational, complex, and rational with zeros, huge and tiny numbers.
    specials, specials_differing : int
        Combinations of floating-point specials (infinities, nan, signed zeros, huge and tiny numbers), and those at
        which the results differ in more than rounding. Information, no fault.
    special_example : Difference or None
    largest_ulp, median_ulp : float
        Difference of the sides at random floating-point numbers, in units in the last place; nan where none compared.
    sympy : str
        "equal", "not equal", "unknown", with a reason, or "not asked".
    """

    name: str
    rule: str
    stated: str
    verdict: str
    reason: str = ""
    counterexample: Difference | None = None
    extension: Difference | None = None
    exact_points: int = 0
    complex_points: int = 0
    special_points: int = 0
    specials: int = 0
    specials_differing: int = 0
    special_example: Difference | None = None
    largest_ulp: float = float("nan")
    median_ulp: float = float("nan")
    sympy: str = "not asked"

    def __bool__(self) -> bool:
        return self.verdict == HOLDS

    def record(self) -> dict[str, Any]:
        """Return the fields as plain values, points as text."""
        made = self._asdict()
        for name, value in made.items():
            if isinstance(value, Difference):
                made[name] = str(value)
            elif isinstance(value, float) and value != value:
                made[name] = None
        return made


class RulesetCheck:
    """What was found about the rules of a ruleset, in order; true where all hold.

    Attributes
    ----------
    ruleset : str
    rules : tuple of RuleCheck
    seconds : float
    """

    def __init__(self, ruleset: str, rules: tuple[RuleCheck, ...], seconds: float) -> None:
        self.ruleset, self.rules, self.seconds = ruleset, rules, seconds

    @property
    def ok(self) -> bool:
        """Whether every rule holds."""
        return all(self.rules)

    def __bool__(self) -> bool:
        return self.ok

    def __len__(self) -> int:
        return len(self.rules)

    def __iter__(self) -> Iterator[RuleCheck]:
        return iter(self.rules)

    def __getitem__(self, name: str | int) -> RuleCheck:
        if isinstance(name, int):
            return self.rules[name]
        found = next((r for r in self.rules if r.name == name), None)
        if found is None:
            raise KeyError(name)
        return found

    @property
    def failures(self) -> tuple[RuleCheck, ...]:
        """The rules that do not hold, or could not be checked."""
        return tuple([r for r in self.rules if not r])

    def records(self) -> list[dict[str, Any]]:
        """Return a dictionary for each rule, with the name of the ruleset."""
        return [{"ruleset": self.ruleset, **r.record()} for r in self.rules]

    def _rows(self) -> list[list[str]]:
        return [
            [r.name, r.stated, r.verdict, _count(r), _specials(r), _ulp(r), r.sympy, r.reason or _note(r)]
            for r in self.rules
        ]

    def __str__(self) -> str:
        bad = len(self.failures)
        found = f"{bad} of {len(self)} rules do not hold" if bad else f"all {len(self)} rules hold"
        lines = [f"{self.ruleset}: {found} ({self.seconds:.1f} s)"]
        rows = [_HEADINGS[:-1], *[row[:-1] for row in self._rows()]]
        widths = [max(map(len, column)) for column in zip(*rows)]
        for row, check in zip(rows, (None, *self.rules)):
            lines.append("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
            if check is not None and not check:
                lines.append(f"      {check.rule}")
                lines.append(f"      {check.reason}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<RulesetCheck {self.ruleset}: {len(self)} rules, {len(self.failures)} failures>"

    def _repr_html_(self) -> str:
        return html_table(_HEADINGS, self._rows())


_HEADINGS = ["rule", "stated", "verdict", "points", "specials differ", "ulp", "SymPy", "found"]


def _count(check: RuleCheck) -> str:
    return str(check.exact_points + check.complex_points + check.special_points)


def _specials(check: RuleCheck) -> str:
    return f"{check.specials_differing}/{check.specials}"


def _ulp(check: RuleCheck) -> str:
    return "-" if check.largest_ulp != check.largest_ulp else f"{check.largest_ulp:.3g}"


def _note(check: RuleCheck) -> str:
    return "" if check.extension is None else f"right side has a value {check.extension}"
