"""Rulesets: named rules as data, in order."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, overload

from rewriters.index import RuleIndex
from rewriters.pattern_text import SOUNDNESS
from rewriters.rules import Rule, rule
from symnum.display import html_table
from symnum.errors import DuplicateNameError, InputError, RuleError, UnknownNameError, suggest

__all__ = ["Ruleset", "read_rules", "ruleset"]


class Ruleset:
    """Rules in order, each under its name; made by `ruleset` and `read_rules`.

    A ruleset is a sequence. ``rules["name"]`` is one rule, ``rules["first":"last"]`` those from one name to
    another (both included), ``rules["a", "c"]`` some by name, ``a + b`` all of two. Called with a term, it
    returns what the first rule that changes the term makes of it, or None.

    Attributes
    ----------
    name : str
    rules : tuple of Rule
    tentative : tuple of str
        Names of rules that may cost more than they save. The classical engine tries a ruleset that has such rules with
        and without them, and keeps what is cheapest under the cost model, the input among it. On the e-graph all rules
        are of that kind.

    Raises
    ------
    DuplicateNameError
        If two different rules have one name.
    """

    def __init__(self, rules: Iterable[Rule], name: str = "rules", tentative: Iterable[str] = ()) -> None:
        by_name: dict[str, Rule] = {}
        for one in rules:
            if one.name in by_name and by_name[one.name] != one:
                raise DuplicateNameError(f'two rules are called "{one.name}"; give one of them another name.')
            by_name[one.name] = one
        self.name = name
        self._by_name = by_name
        self.rules = tuple(by_name.values())
        self.tentative = tuple([name for name in dict.fromkeys(tentative) if name in by_name])

    @cached_property
    def index(self) -> RuleIndex:
        """The rules by what they can match."""
        return RuleIndex(self.rules)

    @cached_property
    def steady(self) -> "Ruleset":
        """The rules that are not tentative."""
        return self.without(*self.tentative)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the rules, in order."""
        return tuple(self._by_name)

    def __len__(self) -> int:
        return len(self.rules)

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules)

    def __contains__(self, item: object) -> bool:
        return item in self._by_name if isinstance(item, str) else item in self.rules

    @overload
    def __getitem__(self, key: int | str) -> Rule: ...
    @overload
    def __getitem__(self, key: slice | tuple[str, ...] | list[str]) -> "Ruleset": ...
    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            return self._named(key)
        if isinstance(key, tuple | list):
            return Ruleset([self._named(name) for name in key], self.name, self.tentative)
        if isinstance(key, slice):
            return Ruleset(self.rules[self._positions(key)], self.name, self.tentative)
        return self.rules[key]

    def _named(self, name: str) -> Rule:
        found = self._by_name.get(name)
        if found is None:
            raise UnknownNameError(
                f'ruleset "{self.name}" has no rule "{name}".{suggest(name, self.names)} It has: '
                f"{', '.join(self.names)}."
            )
        return found

    def _positions(self, key: slice) -> slice:
        start, stop = key.start, key.stop
        if isinstance(start, str):
            start = self.rules.index(self._named(start))
        if isinstance(stop, str):
            stop = self.rules.index(self._named(stop)) + 1
        return slice(start, stop, key.step)

    def __add__(self, other: Any) -> "Ruleset":
        if isinstance(other, Rule):
            return Ruleset((*self.rules, other), self.name, self.tentative)
        if isinstance(other, Ruleset):
            tentative = (*self.tentative, *other.tentative)
            return Ruleset((*self.rules, *other.rules), f"{self.name} + {other.name}", tentative)
        return NotImplemented

    def without(self, *names: str) -> "Ruleset":
        """Return the ruleset without some rules, given by name."""
        left_out = {self._named(name).name for name in names}
        return Ruleset([r for r in self.rules if r.name not in left_out], self.name, self.tentative)

    def sound(self, soundness: str = "real") -> "Ruleset":
        """Return the rules that may be applied to any term at a level of soundness.

        Parameters
        ----------
        soundness : {"exact", "extended", "real", "approximate"}
            "exact": only rules that hold everywhere. "extended": also those whose right side has values at more
            points. "real" (the default): also rules with a stated domain, each limited to terms that are certain
            to lie in it. "approximate": also those.
        """
        if soundness not in SOUNDNESS:
            raise InputError(f'soundness is one of {", ".join(SOUNDNESS)}, not "{soundness}".')
        allowed = SOUNDNESS[: SOUNDNESS.index(soundness) + 1]
        return Ruleset([r.restricted() for r in self.rules if r.soundness in allowed], self.name, self.tentative)

    def __call__(self, term: Any) -> Any:
        """Return what the first rule that changes a term makes of it, or None."""
        fired = self.index.first(term)
        return None if fired is None else fired[2]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ruleset) and (self.name, self.rules) == (other.name, other.rules)

    def __hash__(self) -> int:
        return hash((self.name, self.names))

    def __reduce__(self) -> tuple[Any, ...]:
        return (Ruleset, (self.rules, self.name, self.tentative))

    def __repr__(self) -> str:
        return f"<Ruleset {self.name}: {len(self)} rule{'s' * (len(self) != 1)}>"

    def __str__(self) -> str:
        """Write the rules, one a line, so that `read_rules` reads them back."""
        return "\n".join([f"# {self.name}", *map(str, self.rules)]) + "\n"

    def _repr_html_(self) -> str:
        rows = [[r.name, str(r), r.soundness] for r in self.rules]
        return html_table(["name", "rule", "soundness"], rows)


def ruleset(rules: Any, name: str = "rules", soundness: str | None = None) -> Ruleset:
    """Make a ruleset.

    Parameters
    ----------
    rules : str, or iterable of Rule, Ruleset or str
        Text has one rule on each line; ``#`` begins a comment.
    name : str
    soundness : {"exact", "extended", "real", "approximate"}, optional
        For the rules given as text that do not say.

    Raises
    ------
    RuleError
        With line and column.
    DuplicateNameError
        If two different rules have one name.

    Examples
    --------
    >>> import symnum as sn
    >>> halves = sn.ruleset(["double: sin(2*~x) => 2*sin(~x)*cos(~x)", "same: ~x + ~x => 2*~x"])
    >>> halves.names
    ('double', 'same')
    """
    if isinstance(rules, str):
        return Ruleset(_lines(rules, soundness, None), name)
    made: list[Rule] = []
    if not isinstance(rules, Iterable):
        raise RuleError(f"{rules!r} holds no rules. Give text, or a list of rules and texts.")
    for item in rules:
        if isinstance(item, Rule):
            made.append(item)
        elif isinstance(item, Ruleset):
            made.extend(item)
        elif isinstance(item, str):
            made.extend(_lines(item, soundness, None))
        else:
            raise InputError(f"a ruleset is made of rules or their text, and {item!r} was given.")
    return Ruleset(made, name)


def read_rules(path: str | Path, name: str | None = None, soundness: str | None = None) -> Ruleset:
    """Read a ruleset from a text file with one rule on each line; another name of `read_ruleset`.

    Parameters
    ----------
    path : str or Path
    name : str, optional
        By default the file's name without its ending.
    soundness : optional
        As for `ruleset`.

    Raises
    ------
    RuleError
        With file, line and column.
    """
    from rewriters.ruleset_file import read_ruleset

    return read_ruleset(path, name, soundness)


def _lines(text: str, soundness: str | None, file: str | None) -> Iterator[Rule]:
    several = "\n" in text.strip() or file is not None
    for number, line in enumerate(text.splitlines(), 1):
        content = line.partition("#")[0].rstrip()
        if content.strip():
            place = {"file": file, "line": number} if several else {}
            yield _with_default(rule(content, **place), soundness)  # type: ignore[arg-type]


def _with_default(made: Rule, soundness: str | None) -> Rule:
    if soundness is None or made.soundness != "exact" or made.domain:
        return made
    if soundness not in SOUNDNESS:
        raise RuleError(f'soundness is one of {", ".join(SOUNDNESS)}, not "{soundness}".')
    return Rule(made.lhs, made.rhs, name=made.name, where=made.where, soundness=soundness, both=made.both)
