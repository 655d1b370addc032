"""Cutting text into numbers, names and operators, with the place of each."""

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from symnum.errors import BudgetError, ParseError
from symnum.terms.names import IDENTIFIER, SUPERSCRIPTS

if TYPE_CHECKING:
    from pathlib import Path

MAXIMUM_CHARACTERS = 1_000_000
MAXIMUM_DIGITS = 3_900


class Token(NamedTuple):
    """One token.

    Attributes
    ----------
    kind : str
        "number", "name", "operator", "arrow", "newline" or "end". Operators include ``( ) , ; ? : = $ @``.
    text : str
        As written; for names in backticks, the name without them. Operators are spelled in ASCII, but for
        ``√``; ``²`` is the two tokens `SUPERSCRIPT_POWER` and ``2``.
    column : int
        Zero-based column in its line.
    line : int
        One-based line.
    quoted : bool
        True for a name in backticks.
    """

    kind: str
    text: str
    column: int
    line: int
    quoted: bool = False


_NUMBER = rf"(?P<number>(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][+-]?[0-9]+)?j?(?![^\W{SUPERSCRIPTS}]|\.))"
_NAME = rf"(?P<name>{IDENTIFIER})|`(?P<quoted>(?:[^`\n]|``)+)`(?!`)"
_SUPERSCRIPT = rf"(?P<superscript>[⁻⁺]?[{SUPERSCRIPTS}]+)"
SUPERSCRIPT_POWER = "^ "
"""Token of the power that a superscript means; it binds tighter than ``^``, and from the left."""

_PLAIN_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_SPELLINGS = {
    "·": "*", "⋅": "*", "×": "*", "−": "-", "÷": "/", "≤": "<=", "≥": ">=", "≠": "!=",
    "∧": "&&", "∨": "||", "¬": "!",
}  # fmt: skip
"""Signs that are other spellings of operators."""
_ARROW = r"(?P<arrow><-->|-->|<=>|=>|<--|⟶|→|⇌|↔|⟵|←)"
_OPERATOR = r"(?P<operator>\*\*|<=|>=|==|!=|&&|\|\||[-+*/^()<>!?:,;=\[\]{}$@|·⋅×−÷≤≥≠∧∨¬√])"
_SPACE = r"(?P<space>[ \t\r\f]+)"
_NEWLINE = r"(?P<newline>\n)"
_COMMENT = r"(?P<comment>\#[^\n]*)"
_NOTHING = r"(?P<nothing>∅)"
_EXPRESSION = f"{_SPACE}|{_NUMBER}|{_NAME}|{_OPERATOR}|{_SUPERSCRIPT}|{_NEWLINE}"
_NETWORK = f"{_SPACE}|{_COMMENT}|{_NUMBER}|{_NAME}|{_NOTHING}|{_ARROW}|{_OPERATOR}|{_SUPERSCRIPT}|{_NEWLINE}"


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def tokenize(
    text: str,
    *,
    file: "str | Path | None" = None,
    line: int | None = None,
    column: int = 0,
    arrows: bool = False,
    maximum_characters: int = MAXIMUM_CHARACTERS,
) -> list[Token]:
    """Return the tokens of a text, with an "end" token last.

    Parameters
    ----------
    text : str
    file, line, column : optional
        Where the text begins, for messages: the first line's number (default 1) and the column of
        its first character.
    arrows : bool
        Read ``--> <--> => <=> <--`` as arrows, ``#`` as the start of a comment and ``∅`` as a name.
        Without it, ``<=`` and ``<-`` are comparisons.
    maximum_characters : int

    Raises
    ------
    ParseError
        For a character that has no meaning, with its place.
    BudgetError
        For text or numbers beyond the limits.
    """
    if not isinstance(text, str):
        raise ParseError(f"text is needed, and {type(text).__name__} was given.", file=file, line=line)
    if len(text) > maximum_characters:
        raise BudgetError(
            f"the text has {len(text)} characters; the limit is {maximum_characters}.", file=file, line=line
        )
    match_at = _compiled(_NETWORK if arrows else _EXPRESSION).match
    tokens: list[Token] = []
    number_of_line = 1 if line is None else line
    position, start, end = 0, -column, len(text)
    while position < end:
        match = match_at(text, position)
        if match is None:
            _refuse(text, position, position - start, number_of_line, file)
        assert match is not None
        kind = match.lastgroup
        if kind == "newline":
            tokens.append(Token("newline", "\n", position - start, number_of_line))
            number_of_line += 1
            start = match.end()
        elif kind == "quoted":
            tokens.append(Token("name", match["quoted"].replace("``", "`"), position - start, number_of_line, True))
        elif kind == "nothing":
            tokens.append(Token("name", "∅", position - start, number_of_line))
        elif kind == "superscript":
            _check_digits(match[0], position - start, number_of_line, file)
            for part_kind, part in _power_tokens(match[0]):
                tokens.append(Token(part_kind, part, position - start, number_of_line))
        elif kind == "operator":
            text_of = match[0] if match[0].isascii() else _SPELLINGS.get(match[0], match[0])
            tokens.append(Token(kind, text_of, position - start, number_of_line))
        elif kind != "space" and kind != "comment":
            assert kind is not None
            if kind == "number":
                _check_digits(match[0], position - start, number_of_line, file)
            tokens.append(Token(kind, match[0], position - start, number_of_line))
        position = match.end()
    tokens.append(Token("end", "", end - start, number_of_line))
    return tokens


def _power_tokens(superscript: str) -> list[tuple[str, str]]:
    """Spell ``⁻²`` as ``^(-2)``."""
    digits = superscript.translate(_PLAIN_DIGITS)
    sign = [("operator", digits[0])] if digits[0] in "+-" else []
    number = ("number", digits.lstrip("+-"))
    inner = [("operator", "("), *sign, number, ("operator", ")")] if sign else [number]
    return [("operator", SUPERSCRIPT_POWER), *inner]


def _check_digits(number: str, column: int, line: int, file: "str | Path | None") -> None:
    if len(number) > MAXIMUM_DIGITS:
        reason = f"a number has {len(number)} characters; the limit is {MAXIMUM_DIGITS}."
        raise BudgetError(reason, file=file, line=line, column=column)


#: What was probably meant.
_HINTS = {
    "&": "Join conditions by a word: a < b and b < c.",
    "|": "Join conditions by a word: a < b or b < c; the size of a number is abs(x).",
    '"': "Nothing is put into quotes.",
    "'": "Nothing is put into quotes; a derivative is D(x) or dx/dt.",
    "%": "The rest of a division is mod(a, b); a comment begins with #.",
    "\\": "LaTeX is not read; write fractions with / and functions by their names.",
    "[": "Lists are not read as text; give them in Python.",
    "∂": "Write a derivative in space with an index, u_xx, and one in time on the left of an equation.",
    "∫": "The integral of a field over the domain is integral(u).",
}


def _refuse(text: str, position: int, column: int, line: int, file: "str | Path | None") -> None:
    character = text[position]
    shown = character if character.isprintable() else f"U+{ord(character):04X}"
    if character.isdigit() or character == ".":
        word = re.match(r"[\w.]+", text[position:])
        shown_number = word[0][:40] if word else shown
        reason = (
            f'"{shown_number}" is neither a number nor a name. Write a product with *, such as 2*x, '
            "and begin names with a letter."
        )
    elif character == "`":
        reason = "a name in backticks is not closed before the end of the line."
    else:
        hint = _HINTS.get(character, "Put a name with unusual characters in backticks: `EGFR(Y1~U)`.")
        reason = f'the character "{shown}" has no meaning here. {hint}'
    lines = text[:position].count("\n")
    raise ParseError(reason, text=text.split("\n")[lines], file=file, line=line, column=column)
