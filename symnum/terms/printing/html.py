"""HTML for notebooks: letters, superscripts and subscripts, without scripts or fonts to load."""

import re
from dataclasses import replace
from html import escape
from typing import Any

from symnum.terms.printing.styled import GREEK, Pieces, render, separated
from symnum.terms.printing.unicode import _STYLE as _UNICODE

DISPLAY_LIMIT = 8_000


def html(term: Any, limit: int = DISPLAY_LIMIT) -> str:
    """Return a term as HTML; after `limit` characters, parts are shown as "…".

    Examples
    --------
    >>> from symnum.terms import symbols
    >>> from symnum.terms.printing.html import html
    >>> html(symbols("x1")**2)
    '<span class="symnum-term"><i>x</i><sub>1</sub><sup>2</sup></span>'
    """
    return f'<span class="symnum-term">{render(term, _STYLE, limit)}</span>'


def symbol_html(name: str) -> str:
    """Return a symbol's name as HTML, with numbers at its end and what follows "_" as subscripts."""
    match = re.fullmatch(r"([^\W\d_]+?)_?([0-9]*)((?:_[^\W_]+)*)", name)
    if match is None:
        return f"<i>{escape(name)}</i>"
    stem, digits, rest = match.groups()
    subscripts = [s for s in [digits, *rest.split("_")] if s]
    text = f"<i>{GREEK.get(stem, stem)}</i>"
    return text if not subscripts else f"{text}<sub>{','.join(subscripts)}</sub>"


def _power(base: Pieces, exponent: Any) -> Pieces:
    return [*base, "<sup>", (exponent, -1), "</sup>"]


def _function(name: str, args: list[Pieces]) -> Pieces:
    if name == "exp":
        return ["e<sup>", *args[0], "</sup>"]
    return [f"{escape(name)}(", *separated(args, ", "), ")"]


_STYLE = replace(
    _UNICODE,
    symbol=symbol_html,
    power=_power,
    function=_function,
    times="&thinsp;",
    relations={key: escape(text) for key, text in _UNICODE.relations.items()},
)
