"""`sn.inspect` and `sn.pluck`: a term as a numbered tree, and its part of a number."""

from collections.abc import Sequence
from html import escape
from typing import Any

from symnum.errors import InputError
from symnum.terms import interface
from symnum.terms.checks import check_terms
from symnum.terms.traverse import walk

_LINES = 60
_WIDTH = 100
_DEEPEST = 40


class Inspection:
    """A term as a tree of numbered lines; made by `inspect`, shown by `str`, in a REPL and in notebooks.

    Attributes
    ----------
    term : term
    size : int
        How many parts the whole tree has; shared parts count where they occur.
    lines : int
        How many of them are shown at most.
    """

    def __init__(self, term: Any, lines: int) -> None:
        self.term = term
        self.lines = lines
        self._sizes = sizes_of_classes.get(term.__class__, _sizes)(term)
        self.size = self._sizes.of(term)

    def __str__(self) -> str:
        width = len(str(min(self.size, 10**9)))
        shown = [
            f"{'' if number is None else number:>{width}} {indent}{text}"
            for number, indent, text in self._entries()
        ]
        return "\n".join(shown)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"

    def _entries(self) -> list[tuple[int | None, str, str]]:
        """Return (number, indentation, text) of the lines shown, in the order of the numbers."""
        entries: list[tuple[int | None, str, str]] = []
        stack: list[tuple[Any, int, str, str, int]] = [(self.term, 1, "", "", 0)]
        left = self.size
        while stack:
            term, number, lead, below, depth = stack.pop()
            if len(entries) >= self.lines:
                entries.append((None, "", f"… and {_count(left)} more parts; pluck(expr, n) reaches them"))
                break
            left -= 1
            entries.append((number, lead, _label(term)))
            children = _children(term)
            if depth == _DEEPEST and children:
                hidden = self._sizes.of(term) - 1
                left -= hidden
                entries.append((None, below, f"… {_count(hidden)} parts below"))
                continue
            numbers = self._numbers(children, number)
            for i in reversed(range(len(children))):
                last = i == len(children) - 1
                branch = below + ("└─ " if last else "├─ ")
                stack.append((children[i], numbers[i], branch, below + ("   " if last else "│  "), depth + 1))
        return entries

    def _numbers(self, children: Sequence[Any], number: int) -> list[int]:
        numbers, next_number = [], number + 1
        for child in children:
            numbers.append(next_number)
            next_number += self._sizes.of(child)
        return numbers

    def part(self, number: int) -> Any:
        """Return the part of a number."""
        if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= self.size:
            raise InputError(
                f"there is no part {number!r}: the parts of this term are numbered from 1 to {_count(self.size)}. "
                "inspect(expr) shows them."
            )
        term, at = self.term, 1
        while at != number:
            children = _children(term)
            for child, first in zip(children, self._numbers(children, at), strict=True):
                if first <= number < first + self._sizes.of(child):
                    term, at = child, first
                    break
        return term


def inspect(expression: Any, lines: int = _LINES) -> Inspection:
    """Return a term as a tree with a number before each part.

    Parameters
    ----------
    expression : term or number
    lines : int
        How many lines are shown; the rest is counted. Numbers do not depend on it.

    Returns
    -------
    Inspection
        Shows itself. `pluck` takes out the part of a number.

    Examples
    --------
    >>> import symnum as sn
    >>> x, y = sn.symbols("x y")
    >>> sn.inspect(sn.sin(x) * y)
    1 *
    2 ├─ y
    3 └─ sin
    4    └─ x
    """
    if lines < 1:
        raise InputError(f"lines is how many lines to show, at least 1, and is {lines}.")
    check_terms((expression,))
    return Inspection(expression, lines)


def pluck(expression: Any, number: int) -> Any:
    """Return the part of a term that has a number in `inspect`.

    Raises
    ------
    InputError
        If there is no part of that number.

    Examples
    --------
    >>> import symnum as sn
    >>> x, y = sn.symbols("x y")
    >>> sn.pluck(sn.sin(x) * y, 3)
    sin(x)
    """
    check_terms((expression,))
    return Inspection(expression, 1).part(number)


class _sizes:
    """Sizes of all parts as trees: shared parts are counted once and looked up by identity."""

    def __init__(self, term: Any) -> None:
        self._known: dict[int, int] = {}
        self._kept = walk([term])
        for part, arguments in self._kept:
            self._known[id(part)] = 1 + sum(self._known[id(a)] for a in arguments)

    def of(self, term: Any) -> int:
        found = self._known.get(id(term))
        if found is None:
            found = _sizes(term)._known[id(term)]
        return found


sizes_of_classes: dict[type, Any] = {}
"""Faster ways to the sizes of terms of a class."""


def _children(term: Any) -> Sequence[Any]:
    return interface.sorted_arguments(term) if interface.is_call(term) else ()


def _label(term: Any) -> str:
    if interface.is_call(term):
        return interface.operation(term)
    text = str(term)
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"


def _count(number: int) -> str:
    return f"{number:,}" if number < 10**12 else f"about 10^{len(str(number)) - 1}"
