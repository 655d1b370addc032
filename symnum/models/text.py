"""The skeleton of symnum's text forms: statements, sections and definitions, with every place known.

A text is a list of statements, one on each line or several separated by semicolons; a line that ends
inside brackets goes on. ``#`` begins a comment. A statement that begins with a section's name and a
colon begins that section:

.. code-block:: text

    parameters: kf = 1.5, kr = 0.1
    initial:
        S = 10
        E = S0/2
    reactions:
        (kf, kr), S + E <--> C
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from symnum.errors import BudgetError, DuplicateNameError, ParseError
from symnum.models.names import Scope, check_name
from symnum.terms.names import IDENTIFIER

__all__ = ["ASSIGNMENT", "Fragment", "Source", "read_definitions", "read_names", "split_sections"]

LONGEST_TEXT = 200_000_000
_COMMENT_OR_NAME = re.compile(r"#[^\n]*|`[^`\n]*`?")
_STRUCTURE = re.compile(r"[;\n()]")
_BRACKET_OR_COMMA = re.compile(r"[(),]")
_IDENTIFIER = re.compile(rf"{IDENTIFIER}\Z")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Fragment:
    """A part of a text that knows where it stands.

    Parameters
    ----------
    source : Source
        The whole text.
    start, stop : int
        Where the part begins and ends.
    """

    source: "Source"
    start: int
    stop: int

    @property
    def text(self) -> str:
        """The part as written."""
        return self.source.text[self.start : self.stop]

    @property
    def masked(self) -> str:
        """The part with comments blanked and quoted names replaced by letters, of the same length."""
        return self.source.masked[self.start : self.stop]

    def cut(self, start: int, stop: int) -> "Fragment":
        """Return the part from `start` to `stop` (counted from this fragment's start), without outer blanks."""
        piece = self.masked[start:stop]
        left = len(piece) - len(piece.lstrip())
        right = len(piece.rstrip())
        return Fragment(self.source, self.start + start + left, self.start + start + max(left, right))

    def split(self) -> list["Fragment"]:
        """Return the parts between commas that stand outside of all brackets."""
        depth, begin, out = 0, 0, []
        masked = self.masked
        for match in _BRACKET_OR_COMMA.finditer(masked):
            if match[0] == "(":
                depth += 1
            elif match[0] == ")":
                depth -= 1
            elif depth == 0:
                out.append(self.cut(begin, match.start()))
                begin = match.end()
        out.append(self.cut(begin, len(masked)))
        return out

    def unbundle(self) -> list["Fragment"] | None:
        """Return the members of ``(a, b, ...)``, or None if this is no bundle."""
        masked = self.masked
        if not (masked.startswith("(") and masked.endswith(")")):
            return None
        depth = 0
        for match in _BRACKET_OR_COMMA.finditer(masked):
            depth += (match[0] == "(") - (match[0] == ")")
            if depth == 0 and match.end() < len(masked):
                return None
        parts = Fragment(self.source, self.start + 1, self.stop - 1).split()
        return parts if len(parts) > 1 else None

    def error(self, message: str, at: int = 0) -> ParseError:
        """Make an error that points into this fragment."""
        line, column, text = self.source.locate(self.start + at)
        return ParseError(message, text=text, file=self.source.file, line=line, column=column)

    def expression(self, scope: Scope) -> object:
        """Read the fragment as an expression."""
        if self.start == self.stop:
            raise self.error("An expression is missing here.")
        line, column, _ = self.source.locate(self.start)
        text = self.text
        if "#" in text:  # keep names between backquotes, which the mask hides
            text = "".join(" " if blank == " " else char for char, blank in zip(text, self.masked))
        return scope.parse(text, file=self.source.file, line=line, column=column)


class Source:
    """A text to be read.

    Parameters
    ----------
    text : str
        The text.
    file : str, optional
        Name for messages.

    Raises
    ------
    ParseError
        If the text holds control characters or is absurdly long.
    """

    def __init__(self, text: str, file: str | None = None) -> None:
        if len(text) > LONGEST_TEXT:
            raise BudgetError(
                f"The text has {len(text):,} characters; at most {LONGEST_TEXT:,} are read.", file=file
            )
        self.text = text.replace("\r\n", "\n").replace("\r", "\n")
        self.file = file
        self._line_starts = [0, *(match.end() for match in re.finditer("\n", self.text))]
        self.masked = _COMMENT_OR_NAME.sub(_mask, self.text).replace("\t", " ")
        control = _CONTROL.search(self.text)
        if control is not None:
            raise Fragment(self, control.start(), control.end()).error(
                f"There is a control character (code {ord(control[0])}) here: this is not plain text."
            )

    def locate(self, offset: int) -> tuple[int, int, str]:
        """Return line (from one), column (from zero) and text of the line of a position."""
        line = bisect_right(self._line_starts, offset)
        begin = self._line_starts[line - 1]
        end = self.text.find("\n", offset)
        return line, offset - begin, self.text[begin : end if end >= 0 else None]

    def statements(self) -> list[Fragment]:
        """Cut the text at semicolons and at line ends outside of brackets."""
        whole = Fragment(self, 0, len(self.text))
        out: list[Fragment] = []
        opened: list[int] = []
        begin = 0
        for match in _STRUCTURE.finditer(self.masked):
            mark = match[0]
            if mark == "(":
                opened.append(match.start())
            elif mark == ")":
                if not opened:
                    raise whole.error('This ")" closes nothing.', match.start())
                opened.pop()
            elif mark == ";" and opened:
                raise whole.error('This "(" is not closed before the ";".', opened[-1])
            elif not opened:
                out.append(whole.cut(begin, match.start()))
                begin = match.end()
        if opened:
            raise whole.error('This "(" is never closed.', opened[0])
        out.append(whole.cut(begin, len(self.text)))
        return [fragment for fragment in out if fragment.start < fragment.stop]


def _mask(match: re.Match[str]) -> str:
    return (" " if match[0][0] == "#" else "x") * len(match[0])


def split_sections(source: Source, sections: Sequence[str], default: str) -> dict[str, list[Fragment]]:
    """Sort the statements of a text into sections.

    Parameters
    ----------
    source : Source
        The text.
    sections : sequence of str
        Names of the sections; "initial values" is understood as "initial".
    default : str
        The section of what comes before any header.

    Returns
    -------
    dict of str to list of Fragment
        Only sections that occur; one that is opened again goes on.
    """
    header = re.compile(rf"({'|'.join(sections)}|initial[ _]values)\s*:(?!:)\s*")
    out: dict[str, list[Fragment]] = {}
    current = default
    for statement in source.statements():
        match = header.match(statement.masked)
        if match is not None:
            current = "initial" if match[1].startswith("initial") else match[1]
            statement = statement.cut(match.end(), statement.stop - statement.start)
        entries = out.setdefault(current, [])
        if statement.start < statement.stop:
            entries.append(statement)
    return out


def read_definitions(fragments: Sequence[Fragment], what: str) -> dict[str, Fragment | None]:
    """Read ``name = value`` and bare ``name``, several of them separated by commas.

    Parameters
    ----------
    fragments : sequence of Fragment
        The statements of a section.
    what : str
        What is defined, for messages: "parameter".

    Returns
    -------
    dict of str to Fragment or None
        The values, still to be read; None for a bare name.
    """
    out: dict[str, Fragment | None] = {}
    for statement in fragments:
        for entry in statement.split():
            name, value = _definition(entry, what)
            if name in out:
                line, _, _ = entry.source.locate(entry.start)
                place = f"{entry.source.file}, line {line}" if entry.source.file else f"line {line}"
                raise DuplicateNameError(
                    f'{place}: the {what} "{name}" is defined a second time. Remove one.'
                )
            out[name] = value
    return out


ASSIGNMENT = re.compile(r"(?<![<>=!])=(?![=>])")


def _definition(entry: Fragment, what: str) -> tuple[str, Fragment | None]:
    match = ASSIGNMENT.search(entry.masked)
    left = entry if match is None else entry.cut(0, match.start())
    value = None if match is None else entry.cut(match.end(), entry.stop - entry.start)
    if value is not None and value.start == value.stop:
        raise entry.error(f"The value of this {what} is missing.", entry.stop - entry.start)
    return read_name(left, what), value


def read_name(fragment: Fragment, what: str) -> str:
    """Read a name: an identifier, or anything between backquotes."""
    text = fragment.text
    if _IDENTIFIER.match(text):
        return text
    if len(text) > 2 and text[0] == text[-1] == "`" and text.count("`") == 2:
        return check_name(text[1:-1])
    raise fragment.error(
        f'"{text[:60]}" is not a name for a {what}: use letters, digits and "_", or put it between backquotes.'
    )


def read_names(fragments: Sequence[Fragment], what: str) -> list[str]:
    """Read names separated by blanks or commas."""
    out: list[str] = []
    for statement in fragments:
        for match in re.finditer(r"[^\s,]+", statement.masked):
            out.append(read_name(statement.cut(*match.span()), what))  # noqa: PERF401 - two loops read better
    return out
