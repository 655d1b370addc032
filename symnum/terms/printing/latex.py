"""LaTeX."""

import re
from fractions import Fraction
from typing import Any

from symnum.terms.operations import OPERATIONS
from symnum.terms.printing.latex_fields import field_latex
from symnum.terms.printing.styled import GREEK, Pieces, Style, render, separated

DEFAULT_LIMIT = 20_000
DISPLAY_LIMIT = 4_000
_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "_": r"\_",
    "^": r"\^{}",
    "~": r"\textasciitilde{}",
    "#": r"\#",
    "$": r"\$",
    "%": r"\%",
    "&": r"\&",
}


def latex(term: Any, limit: int = DEFAULT_LIMIT) -> str:
    r"""Return a term as LaTeX, without dollar signs.

    Parameters
    ----------
    term : term or number
    limit : int
        Number of characters after which parts are shown as "…".

    Examples
    --------
    >>> from symnum.terms import latex, symbols
    >>> x, k_on = symbols("x k_on")
    >>> latex(k_on * x**2 / 2)
    '\\frac{k_{\\mathrm{on}} x^{2}}{2}'
    """
    return render(term, _STYLE, limit).replace("…", r"\ldots ")


def display_latex(term: Any) -> str:
    """Return a term as a displayed formula for notebooks, cut short where it is long."""
    return f"$\\displaystyle {latex(term, DISPLAY_LIMIT)}$"


def symbol_latex(name: str) -> str:
    r"""Return a symbol's name as LaTeX.

    Letters stand as they are, words upright, numbers at the end and parts after "_" as subscripts, names
    of Greek letters as letters; anything else as escaped text.
    """
    match = re.fullmatch(r"([^\W\d_]+?)_?([0-9]*)((?:_[^\W_]+)*)", name)
    if match is None:
        return rf"\text{{{_escaped(name)}}}"
    stem, digits, rest = match.groups()
    subscripts = [s for s in [digits, *rest.split("_")] if s]
    text = _word(stem)
    return text if not subscripts else f"{text}_{{{','.join(_word(s) for s in subscripts)}}}"


def _word(text: str) -> str:
    if text in GREEK:
        return "\\" + text
    if not text.isascii():
        return rf"\text{{{text}}}" if len(text) > 1 else text
    return text if len(text) == 1 or text.isdigit() else rf"\mathrm{{{text}}}"


def _escaped(text: str) -> str:
    return "".join(_ESCAPES.get(c, c if c.isprintable() else "\N{REPLACEMENT CHARACTER}") for c in text)


def _number(value: Any) -> str:
    text = repr(value) if value.__class__ is float else str(value)
    if text in ("inf", "nan"):
        return r"\infty" if text == "inf" else r"\mathrm{NaN}"
    mantissa, _, exponent = text.partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else text


def _constant(name: str) -> str:
    return {"pi": r"\pi", "e": "e"}.get(name, rf"\mathrm{{{name}}}")


def _power(base: Pieces, exponent: Any) -> Pieces:
    if exponent.__class__ is Fraction and exponent.numerator == 1:
        degree = "" if exponent.denominator == 2 else f"[{exponent.denominator}]"
        return [rf"\sqrt{degree}{{", (base[0][0], -1), "}"]
    return [*base, "^{", (exponent, -1), "}"]


def _fraction(above: Pieces, below: Pieces, _one: bool) -> Pieces:
    return [r"\frac{", *_bare(above), "}{", *_bare(below), "}"]


def _bare(pieces: Pieces) -> Pieces:
    """Leave the brackets out around a part that stands alone."""
    alone = len(pieces) == 1 and pieces[0].__class__ is tuple
    return [(pieces[0][0], -1)] if alone else pieces


def _function(name: str, args: list[Pieces]) -> Pieces:
    if name == "exp":
        return ["e^{", *args[0], "}"]
    if name == "sqrt":
        return [r"\sqrt{", *args[0], "}"]
    if name in _AROUND:
        left, right = _AROUND[name]
        return [left, *args[0], right]
    known = OPERATIONS.get(name)
    if known is not None and (known.kind == "field" or name == "D"):
        pieces = field_latex(name, args)
        if pieces is not None:
            return pieces
    text = known.latex if known is not None and known.latex else rf"\operatorname{{{_escaped(name)}}}"
    return [text, r"\left(", *separated(args, ", "), r"\right)"]


_AROUND = {
    "abs": (r"\left|", r"\right|"),
    "floor": (r"\left\lfloor ", r"\right\rfloor "),
    "ceil": (r"\left\lceil ", r"\right\rceil "),
}


def _cases(branches: list[tuple[Pieces, Pieces | None]]) -> Pieces:
    made: Pieces = [r"\begin{cases} "]
    for value, condition in branches:
        made += value
        made += [r" & \text{otherwise} "] if condition is None else [r" & \text{if } ", *condition, r" \\ "]
    return [*made, r"\end{cases}"]


_STYLE = Style(
    symbol=symbol_latex,
    constant=_constant,
    number=_number,
    minus=" - ",
    times=" ",
    brackets=(r"\left(", r"\right)"),
    fraction=_fraction,
    power=_power,
    function=_function,
    cases=_cases,
    relations={
        **{name: f" {known.latex} " for name, known in OPERATIONS.items() if known.kind == "comparison"},
        "and": r" \wedge ",
        "or": r" \vee ",
        "not": r"\neg ",
    },
)
