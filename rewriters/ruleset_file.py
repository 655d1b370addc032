"""Rulesets in text files: one rule a line, comments, and lines that name the ruleset or say what its rules state.

    # Michaelis-Menten, the way we like it
    ruleset saturation
    soundness exact

    one_division: ~a/~b/~c => ~a/(~b*~c)
    roots:        sqrt(~x)*sqrt(~y) => sqrt(~x*~y) @ real x: nonnegative   # the soundness of this one alone

Nothing in a file is ever executed.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from rewriters.pattern_text import SOUNDNESS
from rewriters.rules import Rule, rule
from rewriters.ruleset import Ruleset
from symnum.errors import BudgetError, DuplicateNameError, InputError, RuleError, suggest

__all__ = ["read_ruleset", "ruleset_from_text"]

MAXIMUM_BYTES = 4_000_000
_ARROW = re.compile(r"<?=>")
_COMMENT = re.compile(r"(?:`[^`]*`|[^`#])*")
_HEADERS = ("ruleset", "soundness")


class _Place(NamedTuple):
    """A line of a file."""

    text: str
    file: str | None
    line: int

    def error(self, reason: str, column: int = 0) -> RuleError:
        return RuleError(reason, text=self.text, file=self.file, line=self.line, column=column)


def read_ruleset(path: str | Path, name: str | None = None, soundness: str | None = None) -> Ruleset:
    """Read a ruleset from a text file; nothing in it is ever executed.

    Parameters
    ----------
    path : str or Path
        Each line is a rule, ``[name:] lhs => rhs [where condition] [@ soundness [domain]]`` as for `rule`; or
        ``ruleset NAME``, the name of the ruleset; or ``soundness WORD``, which the rules below it state that say
        nothing themselves. ``#`` begins a comment.
    name : str, optional
        By default the one in the file, or else the file's name without its ending.
    soundness : {"exact", "extended", "real", "approximate"}, optional
        For rules that do not say, where the file does not either.

    Raises
    ------
    RuleError
        For what cannot be read, with file, line and column.
    DuplicateNameError
        If two different rules have one name, with file and line.
    InputError
        If there is no such file, or it holds no text.

    Examples
    --------
    >>> import symnum as sn, tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "mine.rules"
    >>> _ = path.write_text("double: sin(2*~x) => 2*sin(~x)*cos(~x)  # one rule")
    >>> sn.read_ruleset(path)
    <Ruleset mine: 1 rule>
    """
    path = Path(path)
    if path.suffix == ".py":
        raise InputError(
            f"{path} is a Python program, and reading a ruleset executes nothing. Import it yourself and pass the "
            'ruleset, or on the command line name it as "module:object".'
        )
    try:
        if path.stat().st_size > MAXIMUM_BYTES:
            raise BudgetError(f"{path} has more than {MAXIMUM_BYTES:,} bytes; is it a ruleset?", file=path)
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise RuleError("this is no text in UTF-8; save the file in that encoding.", file=path, line=line) from error
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}. Give the path of a text file of rules.") from error
    return ruleset_from_text(text, name, soundness, str(path))


def ruleset_from_text(
    text: str, name: str | None = None, soundness: str | None = None, file: str | None = None
) -> Ruleset:
    """Make a ruleset of the text of a file.

    Parameters
    ----------
    text : str
    name, soundness : str, optional
        As for `read_ruleset`.
    file : str, optional
        For messages.

    Raises
    ------
    RuleError, DuplicateNameError
        As for `read_ruleset`.
    """
    stated, named = soundness or "exact", None
    rules: dict[str, tuple[Rule, int]] = {}
    if stated not in SOUNDNESS:
        raise RuleError(f'soundness is one of {", ".join(SOUNDNESS)}, not "{soundness}".')
    for place, content in _lines(text, file):
        if not _ARROW.search(content) and not set("~=:") & set(content):
            word, value = _header(place, content)
            if word == "soundness":
                stated = value
            elif named is not None:
                raise place.error(f'the ruleset is called "{named}" already; one file holds one ruleset.')
            else:
                named = value
            continue
        made = _rule(place, content, stated)
        first = rules.setdefault(made.name, (made, place.line))
        if first[0] != made:
            raise DuplicateNameError(
                f'{file or "text"}, line {place.line}: another rule is called "{made.name}" on line {first[1]}. '
                "Give one of them another name."
            )
    fallback = Path(file).stem if file is not None else "rules"
    return Ruleset([made for made, _ in rules.values()], name or named or fallback)


def _lines(text: str, file: str | None) -> Iterator[tuple[_Place, str]]:
    """Yield the lines that say something, without their comments; a # between backticks is part of a name."""
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        comment = _COMMENT.match(line)
        content = line[: comment.end() if comment else 0]
        if content != line and line[len(content)] == "`":  # a backtick without its partner: the rule's own error
            content = line
        if content.strip():
            yield _Place(line, file, number), content.rstrip()


def _header(place: _Place, content: str) -> tuple[str, str]:
    word, _, value = content.strip().partition(" ")
    value = value.strip()
    column = len(content) - len(content.lstrip())
    if word not in _HEADERS:
        hint = suggest(word, _HEADERS) if value else ""
        raise place.error(
            f'a line is a rule, "lhs => rhs", or "ruleset NAME", or "soundness WORD".{hint} Comments begin with #.',
            column,
        )
    if word == "soundness" and value not in SOUNDNESS:
        hint = suggest(value, SOUNDNESS)
        raise place.error(f'soundness is one of {", ".join(SOUNDNESS)}, not "{value}".{hint}', content.rfind(value))
    if word == "ruleset" and not re.fullmatch(r"[^\W\d][\w.\-]*", value):
        raise place.error(
            "the name of a ruleset is a letter followed by letters, digits, _, . or -: ruleset my_rules", column
        )
    return word, value


def _rule(place: _Place, content: str, stated: str) -> Rule:
    made = rule(content, file=place.file, line=place.line)
    if "@" in content or made.soundness != "exact":
        return made
    return Rule(made.lhs, made.rhs, name=made.name, where=made.where, soundness=stated, both=made.both)
