"""What the domains of symbols say about a whole term: is it real, positive, nonzero, whole?

Every answer is True, False or None (not known), and holds wherever the term has a finite value: nothing is
said about points where it is not defined. The signs that parts can have are propagated upwards, each part on
its own; that two parts depend on the same symbol is not used, so ``x^2 - x^2*y/y`` may stay unknown.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

from symnum.terms.canonical import Call, Constant, Product, Sum, Symbol
from symnum.terms.checks import check_terms
from symnum.terms.numbers import NUMBER_TYPES, as_number
from symnum.terms.traverse import subterms

NEGATIVE, ZERO, POSITIVE, NOT_REAL = 1, 2, 4, 8
REAL = NEGATIVE | ZERO | POSITIVE
NONZERO = NEGATIVE | POSITIVE | NOT_REAL
ANYTHING = 15


class Facts(NamedTuple):
    """What is known of a value.

    Attributes
    ----------
    kinds : int
        Bits `NEGATIVE`, `ZERO`, `POSITIVE`, `NOT_REAL`: the kinds of numbers that it may be.
    whole : bool or None
        Whether it is an integer.
    """

    kinds: int
    whole: bool | None


_DOMAINS = {
    "complex": Facts(ANYTHING, None),
    "real": Facts(REAL, None),
    "nonzero": Facts(NONZERO, None),
    "nonnegative": Facts(ZERO | POSITIVE, None),
    "positive": Facts(POSITIVE, None),
    "integer": Facts(REAL, True),
}
_UNKNOWN = _DOMAINS["complex"]


def is_real(expression: Any) -> bool | None:
    """Tell whether a term is real wherever it is defined; None where that is not known.

    Examples
    --------
    >>> from symnum.terms import symbols
    >>> from symnum.terms.domains import is_real
    >>> is_real(symbols("x", domain="real") ** 2), is_real(symbols("y"))
    (True, None)
    """
    return _answer(facts(expression).kinds, REAL)


def is_positive(expression: Any) -> bool | None:
    """Tell whether a term is real and above zero wherever it is defined; None where that is not known.

    Examples
    --------
    >>> from symnum.terms import symbols
    >>> from symnum.terms.domains import is_positive
    >>> x = symbols("x", domain="real")
    >>> is_positive(x**2 + 1), is_positive(x**2)
    (True, None)
    """
    return _answer(facts(expression).kinds, POSITIVE)


def is_nonnegative(expression: Any) -> bool | None:
    """Tell whether a term is real and not below zero wherever it is defined; None where that is not known."""
    return _answer(facts(expression).kinds, ZERO | POSITIVE)


def is_nonzero(expression: Any) -> bool | None:
    """Tell whether a term is different from zero wherever it is defined; None where that is not known."""
    return _answer(facts(expression).kinds, NONZERO)


def is_integer(expression: Any) -> bool | None:
    """Tell whether a term is a whole number wherever it is defined; None where that is not known."""
    found = facts(expression)
    return False if found.kinds and not found.kinds & REAL else found.whole


def _answer(kinds: int, wanted: int) -> bool | None:
    if not kinds:
        return None
    return True if not kinds & ~wanted else (None if kinds & wanted else False)


def facts(expression: Any) -> Facts:
    """Return what is known of a term of any structure."""
    if expression.__class__ is Symbol:
        return _DOMAINS[expression.domain]
    if expression.__class__ not in _RULES:
        check_terms((expression,))
        number = as_number(expression)
        if number is not None:
            return _of_number(number)
        from symnum.terms.convert import convert

        return facts(convert(expression, "canonical"))
    known: dict[int, Facts] = {}

    def of(part: Any) -> Facts:
        found = known.get(id(part))
        return _of_number(part) if found is None else found

    for term in subterms((expression,)):
        known[id(term)] = _RULES[term.__class__](term, of)
    return of(expression.canonical() if expression.__class__ is Sum else expression)


Of = Callable[[Any], Facts]


def _of_number(value: Any) -> Facts:
    if value.__class__ is bool or value.__class__ not in NUMBER_TYPES or value != value:
        return _UNKNOWN
    if value.__class__ is complex:
        return Facts(NOT_REAL, False) if value.imag else _of_number(value.real)
    whole = value.__class__ is int or (value.__class__ is float and value.is_integer())
    return Facts(ZERO if value == 0 else POSITIVE if value > 0 else NEGATIVE, whole)


def _of_constant(_term: Any, _of: Of) -> Facts:
    return Facts(POSITIVE, False)


def _of_symbol(term: Any, _of: Of) -> Facts:
    return _DOMAINS[term.domain]


# --- sums and products: tables over single kinds, then over sets of kinds ------------------------------------


def _table(rule: Callable[[int, int], int]) -> list[list[int]]:
    bits = (NEGATIVE, ZERO, POSITIVE, NOT_REAL)
    made = [[0] * 16 for _ in range(16)]
    for a in range(16):
        for b in range(16):
            for i in bits:
                for j in bits:
                    if a & i and b & j:
                        made[a][b] |= rule(i, j)
    return made


def _plus(a: int, b: int) -> int:
    if a == ZERO or b == ZERO:
        return a | b if a == b else (a | b) & ~ZERO
    if a == b:
        return ANYTHING if a == NOT_REAL else a
    return NOT_REAL if NOT_REAL in (a, b) else REAL


def _times(a: int, b: int) -> int:
    if a == ZERO or b == ZERO:
        return ZERO
    if NOT_REAL in (a, b):
        return NONZERO if a == b else NOT_REAL
    return POSITIVE if a == b else NEGATIVE


_PLUS, _TIMES = _table(_plus), _table(_times)


def _sum_whole(a: bool | None, b: bool | None) -> bool | None:
    if a and b:
        return True
    return None if a is None or b is None or a is b else False


def _add(a: Facts, b: Facts) -> Facts:
    return Facts(_PLUS[a.kinds][b.kinds], _sum_whole(a.whole, b.whole))


def _multiply(a: Facts, b: Facts) -> Facts:
    return Facts(_TIMES[a.kinds][b.kinds], True if a.whole and b.whole else None)


def _of_sum(term: Any, of: Of) -> Facts:
    total = _of_number(term.constant)
    for part, coefficient in term.terms.items():
        found = of(part)
        total = _add(total, found if coefficient == 1 else _multiply(_of_number(coefficient), found))
    return total


def _of_product(term: Any, of: Of) -> Facts:
    if term.monic is not None:
        return _multiply(_of_number(term.coefficient), of(term.monic))
    product = Facts(POSITIVE, True)
    for base, exponent in term.factors.items():
        product = _multiply(product, _power(of(base), exponent, of(exponent)))
    return product


def _power(base: Facts, exponent: Any, of_exponent: Facts) -> Facts:
    if exponent.__class__ is float and exponent.is_integer() and abs(exponent) < 1e15:
        exponent = int(exponent)
    if exponent.__class__ is int:
        whole = True if base.whole and exponent >= 0 else None
        return Facts(_union(base.kinds, lambda kind: _whole_power(kind, exponent)), whole)
    if exponent.__class__ is Fraction or exponent.__class__ is float:
        return Facts(_union(base.kinds, lambda kind: _root(kind, exponent)), None)
    return Facts(_union(base.kinds, lambda kind: _general_power(kind, of_exponent)), None)


def _union(kinds: int, rule: Callable[[int], int]) -> int:
    result = 0
    for kind in (NEGATIVE, ZERO, POSITIVE, NOT_REAL):
        if kinds & kind:
            result |= rule(kind)
    return result


def _whole_power(kind: int, exponent: int) -> int:
    if exponent == 0:
        return POSITIVE
    if kind == ZERO:
        return ZERO if exponent > 0 else 0  # a division by zero has no value
    if kind == NOT_REAL:
        return NOT_REAL if abs(exponent) == 1 else NONZERO
    return kind if exponent % 2 else POSITIVE


def _root(kind: int, exponent: Any) -> int:
    if kind == ZERO:
        return ZERO if exponent > 0 else 0
    if kind == POSITIVE:
        return POSITIVE
    # The argument of the principal power is the exponent times an angle in (-pi, pi], other than 0.
    return NOT_REAL if kind == NEGATIVE or abs(exponent) < 1 else NONZERO


def _general_power(kind: int, exponent: Facts) -> int:
    if kind == ZERO:
        return ZERO | POSITIVE | (ANYTHING if exponent.kinds & NOT_REAL else 0)
    if kind == POSITIVE:
        return POSITIVE if not exponent.kinds & NOT_REAL else NONZERO
    if kind == NEGATIVE and exponent.whole:
        return NEGATIVE | POSITIVE
    return NONZERO


# --- functions -----------------------------------------------------------------------------------------------


def _mapped(negative: int, zero: int, positive: int, not_real: int) -> Callable[[list[Facts]], Facts]:
    table = {NEGATIVE: negative, ZERO: zero, POSITIVE: positive, NOT_REAL: not_real}
    return lambda args: Facts(_union(args[0].kinds, table.__getitem__), None)


_odd = _mapped(NEGATIVE, ZERO, POSITIVE, ANYTHING)


def _absolute(args: list[Facts]) -> Facts:
    return Facts(
        _union(args[0].kinds, lambda kind: ZERO if kind == ZERO else POSITIVE), args[0].whole or None
    )


def _sign(args: list[Facts]) -> Facts:
    return Facts(args[0].kinds, None if args[0].kinds & NOT_REAL else True)


def _floor(args: list[Facts]) -> Facts:
    kinds = _union(args[0].kinds, {1: NEGATIVE, 2: ZERO, 4: ZERO | POSITIVE, 8: ANYTHING}.__getitem__)
    return args[0] if args[0].whole else Facts(kinds, None if kinds & NOT_REAL else True)


def _ceil(args: list[Facts]) -> Facts:
    kinds = _union(args[0].kinds, {1: NEGATIVE | ZERO, 2: ZERO, 4: POSITIVE, 8: ANYTHING}.__getitem__)
    return args[0] if args[0].whole else Facts(kinds, None if kinds & NOT_REAL else True)


def _extreme(decisive: int) -> Callable[[list[Facts]], Facts]:
    """Kinds of the largest value (decisive: POSITIVE) or the smallest (NEGATIVE)."""

    def rule(args: list[Facts]) -> Facts:
        kinds = 0
        for found in args:
            kinds |= found.kinds
        if not kinds & NOT_REAL:
            if any(found.kinds == decisive for found in args):
                kinds = decisive
            elif any(not found.kinds & ~(decisive | ZERO) for found in args):
                kinds &= decisive | ZERO
        return Facts(kinds, True if all(found.whole for found in args) else None)

    return rule


def _modulo(args: list[Facts]) -> Facts:
    if (args[0].kinds | args[1].kinds) & NOT_REAL:
        return _UNKNOWN
    whole = True if args[0].whole and args[1].whole else None
    return Facts(ZERO | POSITIVE if args[1].kinds == POSITIVE else REAL, whole)


def _piecewise(args: list[Facts]) -> Facts:
    values = [*args[:-1:2], args[-1]]
    kinds = 0
    for found in values:
        kinds |= found.kinds
    whole = values[0].whole if all(found.whole is values[0].whole for found in values) else None
    return Facts(kinds, whole)


def _real_of_reals(args: list[Facts]) -> Facts:
    return _UNKNOWN if any(found.kinds & NOT_REAL for found in args) else Facts(REAL, None)


_FUNCTIONS: dict[str, Callable[[list[Facts]], Facts]] = {
    "sin": _mapped(REAL, ZERO, REAL, ANYTHING),
    "cos": _mapped(REAL, POSITIVE, REAL, ANYTHING),
    "tan": _mapped(REAL, ZERO, REAL, ANYTHING),
    "asin": _mapped(NEGATIVE | NOT_REAL, ZERO, POSITIVE | NOT_REAL, ANYTHING),
    "acos": _mapped(POSITIVE | NOT_REAL, POSITIVE, ZERO | POSITIVE | NOT_REAL, ANYTHING),
    "atan": _odd,
    "asinh": _odd,
    "sinh": _odd,
    "tanh": _odd,
    "cosh": _mapped(POSITIVE, POSITIVE, POSITIVE, ANYTHING),
    "acosh": _mapped(NOT_REAL, NOT_REAL, ANYTHING, ANYTHING),
    "atanh": _mapped(NEGATIVE | NOT_REAL, ZERO, POSITIVE | NOT_REAL, ANYTHING),
    "exp": _mapped(POSITIVE, POSITIVE, POSITIVE, NONZERO),
    "log": _mapped(NOT_REAL, 0, REAL, NOT_REAL),
    "abs": _absolute,
    "sign": _sign,
    "floor": _floor,
    "ceil": _ceil,
    "min": _extreme(NEGATIVE),
    "max": _extreme(POSITIVE),
    "mod": _modulo,
    "atan2": _real_of_reals,
    "piecewise": _piecewise,
}


def _of_call(term: Any, of: Of) -> Facts:
    rule = _FUNCTIONS.get(term.function)
    return _UNKNOWN if rule is None else rule([of(argument) for argument in term.args])


_RULES: dict[type, Callable[[Any, Of], Facts]] = {
    Symbol: _of_symbol,
    Constant: _of_constant,
    Sum: _of_sum,
    Product: _of_product,
    Call: _of_call,
}
