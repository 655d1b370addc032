"""What the check of a theorem says: each condition with its reason, and what follows."""

from dataclasses import dataclass
from typing import Literal

from symnum.display import html_table

__all__ = ["Condition", "TheoremCheck"]


@dataclass(frozen=True)
class Condition:
    """One condition of a theorem.

    Parameters
    ----------
    statement : str
        What must hold.
    holds : bool
        Whether it does.
    detail : str
        The numbers behind it.
    """

    statement: str
    holds: bool
    detail: str = ""

    def __bool__(self) -> bool:
        return self.holds

    def __str__(self) -> str:
        return f"[{'x' if self.holds else ' '}] {self.statement}" + (f": {self.detail}" if self.detail else "")


@dataclass(frozen=True)
class TheoremCheck:
    """Whether a theorem says something about a network, and what. True where its conditions hold.

    Parameters
    ----------
    theorem : str
        Its name.
    conditions : tuple of Condition
        All of them, those that hold and those that fail.
    conclusion : str
        What follows; where a condition fails, that nothing does.
    steady_states : {"none", "exactly one", "at most one", "unknown"}
        Positive steady states in each stoichiometric compatibility class, for all positive rate constants.
    stable : bool or None
        Whether these are locally asymptotically stable within their class; None where the theorem does not say.
    source : str
        Where it is proved.
    """

    theorem: str
    conditions: tuple[Condition, ...]
    conclusion: str
    steady_states: Literal["none", "exactly one", "at most one", "unknown"] = "unknown"
    stable: bool | None = None
    source: str = ""

    @property
    def applies(self) -> bool:
        """Whether all conditions hold."""
        return all(self.conditions)

    @property
    def failed(self) -> tuple[Condition, ...]:
        """The conditions that do not hold."""
        return tuple(c for c in self.conditions if not c.holds)

    def __bool__(self) -> bool:
        return self.applies

    def __repr__(self) -> str:
        title = f"{self.theorem}: {'applies' if self.applies else 'does not apply'}"
        return "\n".join([title, *(f"  {c}" for c in self.conditions), f"  {self.conclusion}"])

    def _repr_html_(self) -> str:
        rows = [["yes" if c.holds else "no", c.statement, c.detail] for c in self.conditions]
        rows.append(["so", self.conclusion, self.source])
        return html_table(["", self.theorem, ""], rows)
