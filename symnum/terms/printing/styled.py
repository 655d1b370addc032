"""The layout that unicode, LaTeX and HTML share; each brings a `Style`."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from symnum.terms import interface
from symnum.terms.canonical import Product, Sum
from symnum.terms.checks import check_terms
from symnum.terms.functions import Eq
from symnum.terms.interning import bulk
from symnum.terms.numbers import NUMBER_TYPES
from symnum.terms.operations import OPERATIONS
from symnum.terms.order import sorted_factors, sorted_terms
from symnum.terms.printing.plain import ELISION, END, Separator, is_negative

ADD, MULTIPLY, POWER, ATOM = range(4)
_LOOSE = -1
_MANY = 20
Pieces = list[Any]


@dataclass(frozen=True, slots=True)
class Style:
    """How one kind of output writes things; pieces are strings and (part, level) pairs.

    Attributes
    ----------
    symbol, constant : callable
        Name to text.
    number : callable
        Non-negative number to text.
    minus, times : str
    brackets : (str, str)
    fraction : callable
        (pieces above, pieces below, whether the part below is one factor) to pieces.
    power : callable
        (pieces of the base, exponent) to pieces.
    function : callable
        (name, list of pieces of the arguments) to pieces.
    cases : callable
        list of (value pieces, condition pieces or None) to pieces.
    relations : dict
        Texts of comparisons and of "and", "or", "not".
    """

    symbol: Callable[[str], str]
    constant: Callable[[str], str]
    number: Callable[[Any], str]
    minus: str
    times: str
    brackets: tuple[str, str]
    fraction: Callable[[Pieces, Pieces, bool], Pieces]
    power: Callable[[Pieces, Any], Pieces]
    function: Callable[[str, list[Pieces]], Pieces]
    cases: Callable[[list[tuple[Pieces, Pieces | None]]], Pieces]
    relations: dict[str, str]


def render(term: Any, style: Style, limit: int) -> str:
    """Return a term in a style; after `limit` characters, parts are shown as "…"."""
    if not isinstance(term, Eq):
        check_terms((term,))
    with bulk():
        return "".join(_written(term, style, limit))


def _written(term: Any, style: Style, limit: int) -> list[str]:
    pieces: list[str] = []
    length = 0
    stack: Pieces = [(term, _LOOSE)]
    if isinstance(term, Eq):
        left, right = (style.symbol(s) if isinstance(s, str) else (s, ADD) for s in (term.lhs, term.rhs))
        stack = [right, style.relations["=="], left]
    while stack:
        item = stack.pop()
        if item.__class__ is str:
            pieces.append(item)
            length += len(item)
        elif item.__class__ is Separator:
            pieces.append(item)
            length += len(item)
            if length > limit:
                pieces.append(ELISION)
                while stack.pop() is not END:  # the rest of this sum or product
                    pass
        elif item is END:
            pass
        elif length > limit:
            pieces.append(ELISION)
        else:
            stack.extend(reversed(_pieces(item[0], item[1], style, limit - length)))
    return pieces


def _pieces(term: Any, level: int, style: Style, room: int) -> Pieces:
    own, made = _layout(term, style, room)
    return [style.brackets[0], *made, style.brackets[1]] if own < level else made


def _layout(term: Any, style: Style, room: int) -> tuple[int, Pieces]:
    cls = term.__class__
    if cls in NUMBER_TYPES or cls is bool:
        return _number(term, style)
    if cls is Sum:
        return ADD, _sum(term, style, room)
    if cls is Product:
        return _product(term.coefficient, sorted_factors(term), style)
    if interface.is_symbol(term):
        return ATOM, [style.symbol(interface.name(term))]
    if not interface.is_call(term):
        return ATOM, [style.constant(interface.name(term))]
    operation, args = interface.operation(term), interface.arguments(term)
    if operation == "+":
        return ADD, _joined(args, style.minus.replace("-", "+").replace("−", "+"), ADD)
    if operation == "*":
        return MULTIPLY, _joined(args, style.times, POWER)
    if operation == "^":
        return POWER, style.power([(args[0], ATOM)], args[1])
    return _call(operation, args, style)


def _number(value: Any, style: Style) -> tuple[int, Pieces]:
    if value.__class__ is complex:
        sign = style.minus if is_negative(value.imag) else style.minus.replace("-", "+").replace("−", "+")
        return ADD, [style.number(value.real), sign, style.number(abs(value.imag)), "i"]
    if value.__class__ is bool:
        return ATOM, [style.constant(str(value))]
    if is_negative(value):
        return ADD, [style.minus.strip(), *_number(-value, style)[1]]
    if value.__class__ is Fraction:
        above, below = [style.number(value.numerator)], [style.number(value.denominator)]
        return MULTIPLY, style.fraction(above, below, True)
    return ATOM, [style.number(value)]


def _sum(term: Sum, style: Style, room: int) -> Pieces:
    entries = sorted_terms(term)
    shown = entries[: room // 2 + 2]
    plus = style.minus.replace("-", "+").replace("−", "+")
    made: Pieces = []
    for part, coefficient in shown:
        negative = is_negative(coefficient)
        if made:
            made.append(Separator(style.minus if negative else plus))
        elif negative:
            made.append(style.minus.strip())
        factors = sorted_factors(part) if part.__class__ is Product else [(part, 1)]
        made += _product(-coefficient if negative else coefficient, factors, style)[1]
    made.append(END)
    if len(shown) < len(entries):
        made += [plus, ELISION]
    constant = term.constant
    if constant or constant.__class__ is not int:
        negative = is_negative(constant)
        made += [style.minus if negative else plus, *_number(-constant if negative else constant, style)[1]]
    return made


def _product(coefficient: Any, factors: list[tuple[Any, Any]], style: Style) -> tuple[int, Pieces]:
    if is_negative(coefficient):
        return ADD, [style.minus.strip(), *_product(-coefficient, factors, style)[1]]
    above: list[Pieces] = []
    below: list[Pieces] = []
    if coefficient.__class__ is Fraction:
        below.append([style.number(coefficient.denominator)])
        coefficient = coefficient.numerator
    if coefficient.__class__ is not int or coefficient != 1:
        own, made = _number(coefficient, style)
        above.append([style.brackets[0], *made, style.brackets[1]] if own < POWER else made)
    for base, exponent in factors:
        if exponent.__class__ in (int, Fraction) and exponent < 0:
            below.append(_power(base, -exponent, style))
        else:
            above.append(_power(base, exponent, style))
    if below:
        top = _starred(above, style) if above else [style.number(1)]
        return MULTIPLY, style.fraction(top, _starred(below, style), len(below) == 1)
    return (POWER if len(above) == 1 else MULTIPLY), _starred(above, style)


def _starred(lists: list[Pieces], style: Style) -> Pieces:
    joined = list(lists[0])
    many = len(lists) > _MANY
    for pieces in lists[1:]:
        joined.append(Separator(style.times) if many else style.times)
        joined += pieces
    return [*joined, END] if many else joined


def _power(base: Any, exponent: Any, style: Style) -> Pieces:
    if exponent.__class__ is int and exponent == 1:
        return [(base, POWER)]
    return style.power([(base, ATOM)], exponent)


def _joined(args: Any, separator: str, level: int) -> Pieces:
    made: Pieces = [(args[0], level)]
    for argument in args[1:]:
        made += [separator, (argument, level)]
    return made


def _call(operation: str, args: Any, style: Style) -> tuple[int, Pieces]:
    relation = style.relations.get(operation)
    if operation == "not":
        return _LOOSE, [style.relations["not"], (args[0], ATOM)]
    if relation is not None:
        level = ADD if OPERATIONS[operation].kind == "comparison" else ATOM
        return _LOOSE, _joined(args, relation, level)
    if operation == "piecewise":
        branches: list[tuple[Pieces, Pieces | None]] = [
            ([(v, _LOOSE)], [(c, _LOOSE)]) for v, c in zip(args[:-1:2], args[1::2], strict=True)
        ]
        return ATOM, style.cases([*branches, ([(args[-1], _LOOSE)], None)])
    return ATOM, style.function(operation, [[(a, _LOOSE)] for a in args])


def separated(lists: list[Pieces], separator: str) -> Pieces:
    """Return pieces joined by a separator."""
    joined: Pieces = []
    for pieces in lists:
        if joined:
            joined.append(separator)
        joined += pieces
    return joined


GREEK = {
    name: chr(code)
    for name, code in {
        "alpha": 945, "beta": 946, "gamma": 947, "delta": 948, "epsilon": 949, "zeta": 950, "eta": 951,
        "theta": 952, "iota": 953, "kappa": 954, "lambda": 955, "mu": 956, "nu": 957, "xi": 958, "rho": 961,
        "sigma": 963, "tau": 964, "upsilon": 965, "phi": 966, "chi": 967, "psi": 968, "omega": 969,
        "Gamma": 915, "Delta": 916, "Theta": 920, "Lambda": 923, "Xi": 926, "Pi": 928, "Sigma": 931,
        "Phi": 934, "Psi": 936, "Omega": 937, "pi": 960,
    }.items()
}  # fmt: skip
"""Names that are shown as Greek letters."""
