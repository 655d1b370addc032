"""Cutting a BioNetGen file into its sections, with every line's number kept."""

import re
from dataclasses import dataclass

from symnum.errors import DuplicateNameError, ParseError

__all__ = ["Lines", "Section", "cut_sections"]

_MARKS = frozenset(("begin", "end"))
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


@dataclass(frozen=True)
class Lines:
    """The lines of one file.

    Parameters
    ----------
    raw : list of str
        The lines as they are.
    words : list of list of str
        Each line cut at blanks into at most five pieces.
    file : str or None
        Name for messages.
    """

    raw: list[str]
    words: list[list[str]]
    file: str | None

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


@dataclass(frozen=True)
class Section:
    """One section.

    Parameters
    ----------
    name : str
        Such as "parameters".
    lines : list of int
        The lines with content, counted from zero.
    """

    name: str
    lines: list[int]


def cut_sections(text: str, file: str | None) -> tuple[Lines, dict[str, Section]]:
    """Cut the text of a `.net` file into sections.

    Raises
    ------
    ParseError
        If a section is not closed, closed twice, given twice, or unknown, or if something that is not
        an action stands outside of all sections.
    """
    raw = text.split("\n")
    lines = Lines(raw, [line.split(None, 4) for line in raw], file)
    marks = [i for i, words in enumerate(lines.words) if words and words[0] in _MARKS]
    sections: dict[str, Section] = {}
    begin: int | None = None
    outside = 0
    for mark in marks:
        name = _title(raw[mark])
        if lines.words[mark][0] == "begin":
            if begin is not None:
                raise _not_closed(lines, begin)
            _check_outside(lines, outside, mark)
            begin = None if name == "model" else mark
            _check_name(lines, name, mark, sections)
            outside = mark + 1
            continue
        outside = mark + 1
        if begin is None and name == "model":
            continue
        if begin is None or name != _title(raw[begin]):
            raise lines.error(
                f'"end {name}" closes a section that was not begun. Remove it or add its "begin".', mark
            )
        if name in _READ:
            content = [
                i
                for i in range(begin + 1, mark)
                if (words := lines.words[i]) and not words[0].startswith("#")
            ]
            sections[name] = Section(name, content)
        begin = None
    if begin is not None:
        raise _not_closed(lines, begin)
    _check_outside(lines, outside, len(raw))
    return lines, sections


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
        words = lines.words[i]
        if words and not words[0].startswith("#") and not _ACTION.match(lines.raw[i].strip()):
            raise lines.error(
                'This line stands outside of all sections ("begin parameters" ... "end parameters").', i
            )
