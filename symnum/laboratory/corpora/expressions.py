"""Expressions of the user's own as a corpus: terms, or a text file with one expression on each line."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from symnum.errors import InputError, ParseError
from symnum.laboratory.piece import Piece, make_piece
from symnum.terms import Symbol, parse
from symnum.terms.checks import check_terms

_LONGEST_NAME = 40
_NAMED = re.compile(r"\s*([^\W\d][\w.\- ]*?)\s*=(?!=)(.*)", re.DOTALL)


def pieces_of_terms(items: Sequence[Any] | Mapping[str, Any]) -> list[Piece]:
    """Return one piece for each expression, or list of expressions, of a list."""
    pieces: list[Piece | None] = []
    for i, item in enumerate(items):
        if isinstance(item, Piece):
            pieces.append(item)
            continue
        group = list(item) if isinstance(item, list | tuple) else [item]
        check_terms(group)
        pieces.append(make_piece(f"expression {i + 1}", group))
    return [p for p in pieces if p is not None]


def pieces_of_text(text: str, file: str) -> list[Piece]:
    """Return the pieces of a text with one expression on each line, or ``name = expression``.

    Blank lines and what follows a ``#`` are left out. A line ``domain: positive`` says what is known of the symbols
    on the lines below it.

    Raises
    ------
    ParseError
        If a line is no expression, with file and line.
    """
    pieces: list[Piece | None] = []
    domain: str | None = None
    for number, line in enumerate(text.splitlines(), 1):
        content = line.partition("#")[0].strip()
        if content.startswith("domain:"):
            domain = content.removeprefix("domain:").strip()
        elif content:
            found = _NAMED.match(content)
            name, expression = (found[1], found[2]) if found else (_named_by_text(number, content), content)
            pieces.append(make_piece(name, [_parsed(expression, domain, file, number)]))
    return [p for p in pieces if p is not None]


def _named_by_text(number: int, content: str) -> str:
    short = content if len(content) <= _LONGEST_NAME else f"{content[: _LONGEST_NAME - 3]}..."
    return f"line {number}: {short}"


def _parsed(text: str, domain: str | None, file: str, line: int) -> Any:
    try:
        term = parse(text)
        return with_domain([term], domain)[0] if domain else term
    except ParseError as error:
        raise ParseError(str(error).splitlines()[0], file=file, line=line) from None
    except InputError as error:
        raise ParseError(str(error), file=file, line=line) from None


def with_domain(expressions: Sequence[Any], domain: str) -> list[Any]:
    """Return expressions whose symbols have a domain."""
    from symnum.terms import free_symbols, substitute

    new = {s: Symbol(s.name, domain) for s in free_symbols(list(expressions))}
    return [substitute(e, new) for e in expressions]
