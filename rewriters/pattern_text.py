"""Reading patterns, rules and conditions from text.

A rule is ``name: lhs => rhs where condition @ soundness domain``, of which only ``lhs => rhs`` must be there.
Expressions are those of the expression parser, with the slots added: ``~x`` a term, ``~~x`` any number of
arguments, ``~!x`` a term that may be missing, each with tests such as ``~x::integer``. Nothing is executed.
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from rewriters.patterns import Leaf, Node, Predicate, Segment, Slot, build
from rewriters.predicates import PREDICATES, get_predicate
from symnum.errors import InputError, ParseError, RuleError, suggest
from symnum.terms.parsing import Token, parse_tokens, tokenize
from symnum.terms.structures import Structure

MAXIMUM_CHARACTERS = 20_000
_SLOT = re.compile(r"`[^`\n]*`|(?P<slot>~(?P<kind>~!?|!|)(?P<name>[^\W\d]\w*)?(?P<tests>(?:::!?\w*)*))")
_NAMED = re.compile(r"\s*(?P<name>[^\W\d][\w.\-]*)\s*:(?!:)")
SOUNDNESS = ("exact", "extended", "real", "approximate")


class RuleText(NamedTuple):
    """A rule as read, before it is checked."""

    name: str | None
    lhs: Any
    rhs: Any
    both: bool
    where: Any
    soundness: str | None
    domain: str | None


class PatternText(NamedTuple):
    """Text cut into tokens, with what each slot token stands for."""

    tokens: list[Token]
    slots: dict[str, Any]
    text: str
    file: str | None
    line: int | None


def read_slot(word: str) -> Slot:
    """Read ``x``, ``!x`` or ``x::integer`` as a slot."""
    match = _SLOT.fullmatch("~" + word)
    if match is None or not match["name"] or match["kind"] not in ("", "!"):
        raise RuleError(f'"{word}" is no name of a slot: slots("a !b c::integer").')
    return Slot(match["name"], _predicates(match["tests"], word, 0), match["kind"] == "!")


def _predicates(tests: str, text: str, column: int) -> tuple[Predicate, ...]:
    found = []
    for name in tests.split("::")[1:]:
        try:
            found.append(get_predicate(name))
        except InputError as error:
            raise RuleError(str(error), text=text, column=column) from error
    return tuple(found)


def cut(text: str, *, start: int = 0, file: str | None = None, line: int | None = None) -> PatternText:
    """Return the tokens of a pattern or rule; slots become name tokens that no user could write."""
    if not isinstance(text, str):
        raise RuleError(f"a pattern is text or made of slots, and {text!r} was given.")
    if len(text) > MAXIMUM_CHARACTERS:
        raise RuleError(f"a rule has {len(text)} characters; the limit is {MAXIMUM_CHARACTERS}.")
    text = text.replace("\n", " ")
    tokens: list[Token] = []
    slots: dict[str, Any] = {}
    position = start
    for match in _SLOT.finditer(text, start):
        if match["slot"] is None:
            continue
        tokens += _plain_tokens(text, position, match.start())
        key = match["slot"]
        slots[key] = _slot(match, text, file, line)
        tokens.append(Token("name", key, match.start(), 1, True))
        position = match.end()
    tokens += _plain_tokens(text, position, len(text))
    tokens.append(Token("end", "", len(text), 1))
    return PatternText(tokens, slots, text, file, line)


def _plain_tokens(text: str, start: int, stop: int) -> list[Token]:
    return tokenize(text[start:stop], column=start, arrows=True)[:-1]


def _slot(match: re.Match[str], text: str, file: str | None, line: int | None) -> Any:
    kind, name, column = match["kind"], match["name"], match.start()
    place: dict[str, Any] = {"text": text, "file": file, "line": line, "column": column}
    if not name:
        raise RuleError("a name is missing after the ~ of a slot: ~x, ~~x or ~!x.", **place)
    if kind == "~!":
        raise RuleError(f"~~!{name}: a segment may be empty anyway; write ~~{name}.", **place)
    predicates = _predicates(match["tests"], text, column)
    return Segment(name, predicates) if kind == "~" else Slot(name, predicates, kind == "!")


def _leaf(name: str, domain: str = "complex") -> Leaf:
    return Leaf(name)


def _tests() -> dict[str, Callable[..., Any]]:
    """Return the predicates as functions that conditions may call: ``is_integer(~n)`` or ``integer(~n)``."""
    made: dict[str, Callable[..., Any]] = {}
    for name in PREDICATES:
        made[f"is_{name}"] = made[name] = _test(name)
    return made


def _test(name: str) -> Callable[..., Any]:
    return lambda term: Node("::" + name, [term])


class _Reader:
    """Reads one expression after another from the tokens of a rule."""

    def __init__(self, cut_text: PatternText) -> None:
        self.cut = cut_text
        self.position = 0
        self.structure = Structure("pattern", _leaf, lambda name: Leaf(name, True), build)
        self.constants = {"pi": Leaf("pi", True), "inf": float("inf"), "nan": float("nan")}

    @property
    def token(self) -> Token:
        return self.cut.tokens[self.position]

    def resolve(self, name: str) -> Any:
        return self.cut.slots.get(name) or Leaf(name)

    def expression(self) -> Any:
        try:
            found, self.position = parse_tokens(
                self.cut.tokens,
                self.position,
                self.resolve,
                functions=_tests(),
                constants=self.constants,
                terms=self.structure,
                source=self.cut.text,
            )
        except ParseError as error:
            raise self.error(error.reason, error.column) from error
        return found

    def error(self, reason: str, column: int | None = None) -> RuleError:
        where = self.token.column if column is None else column
        return RuleError(reason, text=self.cut.text, file=self.cut.file, line=self.cut.line, column=where)

    def take(self, *texts: str) -> str | None:
        """Step over the next token if it is one of these, and say which."""
        if self.token.kind != "end" and self.token.text in texts and not self.token.quoted:
            self.position += 1
            return self.cut.tokens[self.position - 1].text
        return None

    def end(self) -> None:
        if self.token.kind != "end":
            raise self.error(
                f'"{self.token.text}" was not expected here. A rule reads: lhs => rhs where condition.'
            )


def read_pattern(text: str) -> Any:
    """Read one pattern.

    Raises
    ------
    RuleError
        With the column of the fault.
    """
    reader = _Reader(cut(text))
    found = reader.expression()
    reader.end()
    return found


def read_rule(text: str, *, file: str | None = None, line: int | None = None) -> RuleText:
    """Read one rule, ``[name:] lhs => rhs [where condition] [@ soundness [domain]]``.

    Raises
    ------
    RuleError
        With the column of the fault.
    """
    named = _NAMED.match(text) if isinstance(text, str) else None
    try:
        reader = _Reader(cut(text, start=named.end() if named else 0, file=file, line=line))
    except ParseError as error:
        raise RuleError(error.reason, text=text, file=file, line=line, column=error.column) from error
    lhs = reader.expression()
    arrow = reader.take("=>", "<=>")
    if arrow is None:
        raise reader.error('a rule needs "=>" or "<=>" between its two sides: ~a*~b => ~b*~a.')
    rhs = reader.expression()
    where = reader.expression() if reader.take("where") else None
    soundness = domain = None
    if reader.take("@"):
        soundness, domain = _read_soundness(reader)
    reader.end()
    return RuleText(named["name"] if named else None, lhs, rhs, arrow == "<=>", where, soundness, domain)


def _read_soundness(reader: _Reader) -> tuple[str, str | None]:
    soundness = reader.token.text
    if soundness not in SOUNDNESS:
        hint = suggest(soundness, SOUNDNESS)
        raise reader.error(f'after @ stands one of {", ".join(SOUNDNESS)}, not "{soundness}".{hint}')
    reader.position += 1
    column = reader.token.column
    reader.position = len(reader.cut.tokens) - 1
    return soundness, reader.cut.text[column:].strip() or None
