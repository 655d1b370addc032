"""Cutting a BioNetGen file into its sections, with every line's number kept."""

import functools
import re

from symnum.errors import DuplicateNameError, ParseError

__all__ = ["Lines", "Section", "cut_sections"]

_MARKS = ("begin", "end")
_READ = frozenset(("parameters", "functions", "species", "reactions", "groups"))
# Sections that say how the network was generated, not what it is.
_SKIPPED = frozenset(
    (
        "molecule types",
        "reaction rules",
        "observables",
        "compartments",
        "energy patterns",
        "population maps",
        "population types",
        "model",
        "actions",
    )
)
_ACTION = re.compile(r"[A-Za-z_]\w*\s*\(.*\)\s*;?\s*(#.*)?\Z")


class Lines:
    """The lines of one file.

    Parameters
    ----------
    text : str
        The content.
    file : str or None
        Name for messages.
    """

    def __init__(self, text: str, file: str | None) -> None:
        self.text = text
        self.raw = text.split("\n")
        self.file = file

    def words(self, line: int) -> list[str]:
        """Return a line cut at blanks into at most five pieces."""
        return self.raw[line].split(None, 4)

    def error(self, message: str, line: int, column: int | None = None) -> ParseError:
        """Make an error that points at a line (counted from zero)."""
        return ParseError(message, text=self.raw[line], file=self.file, line=line + 1, column=column)

    def duplicate(self, what: str, name: str, line: int, first: int) -> DuplicateNameError:
        """Make an error about a second definition."""
        place = f"{self.file}, line" if self.file else "line"
        return DuplicateNameError(
            f'{place} {line + 1}: {what} "{name}" is defined a second time; the first is on line {first + 1}. '
            "Remove or rename one of them."
        )


class Section:
    """One section.

    Parameters
    ----------
    lines : Lines
        The file.
    first, last : int
        Its first line, and the line after its last, counted from zero.
    start, stop : int
        Where its text begins and ends.
    """

    def __init__(self, lines: Lines, first: int, last: int, start: int, stop: int) -> None:
        self._lines = lines
        self._range = first, last
        self._span = start, stop

    @property
    def first(self) -> int:
        """Its first line."""
        return self._range[0]

    @property
    def text(self) -> str:
        """The whole text, comments included."""
        return self._lines.text[self._span[0] : self._span[1]]

    @functools.cached_property
    def lines(self) -> list[int]:
        """The lines with content, counted from zero."""
        raw = self._lines.raw
        return [i for i in range(*self._range) if (line := raw[i].lstrip()) and line[0] != "#"]


def cut_sections(text: str, file: str | None) -> tuple[Lines, dict[str, Section]]:
    """Cut the text of a `.net` file into sections.

    Raises
    ------
    ParseError
        If a section is not closed, closed twice, given twice, or unknown, or if something that is not
        an action stands outside of all sections.
    """
    lines = Lines(text, file)
    raw = lines.raw
    sections: dict[str, Section] = {}
    begin: tuple[int, int] | None = None
    outside = 0
    for mark, position in _marks(lines):
        name = _title(raw[mark])
        if lines.words(mark)[0] == "begin":
            if begin is not None:
                raise _not_closed(lines, begin[0])
            _check_outside(lines, outside, mark)
            begin = None if name == "model" else (mark, position + len(raw[mark]) + 1)
            _check_name(lines, name, mark, sections)
            outside = mark + 1
            continue
        outside = mark + 1
        if begin is None and name == "model":
            continue
        if begin is None or name != _title(raw[begin[0]]):
            raise lines.error(
                f'"end {name}" closes a section that was not begun. Remove it or add its "begin".', mark
            )
        if name in _READ:
            sections[name] = Section(lines, begin[0] + 1, mark, begin[1], position)
        begin = None
    if begin is not None:
        raise _not_closed(lines, begin[0])
    _check_outside(lines, outside, len(raw))
    return lines, sections


def _marks(lines: Lines) -> list[tuple[int, int]]:
    """Return the lines whose first word is "begin" or "end", each with its place in the text.

    The words are looked for in the text, so that the many other lines are not looked at one by one.
    """
    text, found = lines.text, set()
    for word in _MARKS:
        line = last = 0
        position = text.find(word)
        while position >= 0:
            line += text.count("\n", last, position)
            last = position
            if (words := lines.words(line)) and words[0] in _MARKS:
                found.add((line, text.rfind("\n", 0, position) + 1))
            position = text.find(word, position + 1)
    return sorted(found)


def _title(line: str) -> str:
    return " ".join(line.split("#", 1)[0].split()[1:])


def _check_name(lines: Lines, name: str, line: int, sections: dict[str, Section]) -> None:
    if name not in _READ and name not in _SKIPPED:
        raise lines.error(
            f'"{name}" is not a section of a network file; there are {", ".join(sorted(_READ))}.', line
        )
    if name in sections:
        raise lines.error(f'The section "{name}" is given a second time. Merge the two.', line)


def _not_closed(lines: Lines, begin: int) -> ParseError:
    title = _title(lines.raw[begin])
    return lines.error(
        f'The section "{title}" has no "end {title}": the file may be cut off. Write the file again.', begin
    )


def _check_outside(lines: Lines, start: int, stop: int) -> None:
    for i in range(start, stop):
        words = lines.words(i)
        if words and not words[0].startswith("#") and not _ACTION.match(lines.raw[i].strip()):
            raise lines.error(
                'This line stands outside of all sections ("begin parameters" ... "end parameters").', i
            )
