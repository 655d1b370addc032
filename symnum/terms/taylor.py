"""Taylor polynomials by arithmetic of truncated power series: nothing is differentiated again and again.

A function f of a series u is found from ``f(u)' = f'(u) u'``: the series of ``f'(u)`` is needed to one order less,
and the table of operations says what f' is. Whole powers are products; other powers follow J. C. P. Miller's
recurrence.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from symnum.errors import DivisionByZeroError, InputError, UnsupportedError
from symnum.terms.canonical import Call, Product, Sum, Symbol, add, build, call, multiply, power, scale
from symnum.terms.checks import check_terms
from symnum.terms.convert import convert, structure_of
from symnum.terms.differentiate import check_symbols
from symnum.terms.numbers import NUMBER_TYPES
from symnum.terms.operations import get_operation
from symnum.terms.sources import named_symbols
from symnum.terms.substitute import substitute
from symnum.terms.traverse import depends_on, subterms

Series = list[Any]
_LARGEST_ORDER = 100
_LARGEST_POWER = 1000


def taylor(expression: Any, x: Any, x0: Any = 0, order: int = 5) -> Any:
    """Return the Taylor polynomial of a term in one symbol.

    Parameters
    ----------
    expression : term
    x : symbol or its name
    x0 : term or number
        Where to expand; it must not contain `x`.
    order : int
        Highest power of ``x - x0``, at most 100.

    Returns
    -------
    term
        ``c0 + c1*(x - x0) + ...``, of the structure of `expression`.

    Raises
    ------
    InputError
        For an order out of range, or an `x0` that contains `x`.
    UnsupportedError
        If there is a pole, a branch point, a kink or a jump at `x0`, or a function without derivative.

    Notes
    -----
    A piecewise term is expanded in the branch that holds at `x0`; at a symbolic `x0` the choice is kept.

    Examples
    --------
    >>> import symnum as sn
    >>> x = sn.symbols("x")
    >>> sn.taylor(sn.exp(x), x, 0, 3)
    x^3/6 + x^2/2 + x + 1
    """
    check_terms((expression, x0))
    (x,) = named_symbols([x], [expression])
    check_symbols((x,))
    if not isinstance(order, int) or not 0 <= order <= _LARGEST_ORDER:
        raise InputError(f"order must be a whole number from 0 to {_LARGEST_ORDER}, and is {order!r}.")
    kind = structure_of(expression)
    symbol, point = convert(x, "canonical"), convert(x0, "canonical")
    if depends_on(point, symbol):
        raise InputError(f"x0 = {point} contains {symbol} itself; expand at a point that does not.")
    try:
        coefficients = _Expansion(symbol, point).of(convert(expression, "canonical"), order)
    except DivisionByZeroError as error:
        raise _no_series(f"{expression}", symbol, point, "there is a pole or a branch point") from error
    step = add((symbol, scale(point, -1)))
    polynomial = add([multiply((c, power(step, k))) for k, c in enumerate(coefficients)])
    return convert(polynomial, kind) if kind != "canonical" else polynomial


def _no_series(what: str, x: Any, x0: Any, why: str) -> UnsupportedError:
    return UnsupportedError(
        f"{what} has no Taylor polynomial at {x} = {x0}: {why}. Expand at another point, or simplify first."
    )


class _Expansion:
    """Series of terms around one point, remembered."""

    def __init__(self, x: Any, x0: Any) -> None:
        self.x, self.x0 = x, x0
        self.known: dict[Any, Series] = {}

    def of(self, term: Any, n: int) -> Series:
        """Return the coefficients 0..n of a term."""
        if term.__class__ in NUMBER_TYPES or term.__class__ is bool:
            return [term, *[0] * n]
        if term.__class__ is Sum:
            term = term.canonical()
        if len(self.known.get(term, ())) <= n:
            for part in subterms((term,)):
                if len(self.known.get(part, ())) <= n:
                    self.known[part] = self._expand(part, n)
        return self.known[term][: n + 1]

    def _expand(self, part: Any, n: int) -> Series:
        if part is self.x:
            return [self.x0, 1, *[0] * (n - 1)][: n + 1]
        cls = part.__class__
        if cls is Symbol or not depends_on(part, self.x):
            return [part, *[0] * n]
        if cls is Sum:
            return self._sum(part, n)
        return self._product(part, n) if cls is Product else self._call(part, n)

    def _sum(self, part: Sum, n: int) -> Series:
        series = [(self.of(t, n), c) for t, c in part.terms.items()]
        result = [add([scale(s[k], c) for s, c in series]) for k in range(n + 1)]
        result[0] = add((result[0], part.constant))
        return result

    def _product(self, part: Product, n: int) -> Series:
        if part.monic is not None:
            return [scale(c, part.coefficient) for c in self.of(part.monic, n)]
        result: Series = [1, *[0] * n]
        for base, exponent in part.factors.items():
            result = _times(result, self._power(base, exponent, n))
        return result

    def _power(self, base: Any, exponent: Any, n: int) -> Series:
        if depends_on(exponent, self.x):
            logarithm = _times(self.of(exponent, n), self.of(call("log", (base,)), n))
            start = power(self.of(base, 0)[0], self.of(exponent, 0)[0])
            return _exponential(start, logarithm)
        u = self.of(base, n)
        if exponent.__class__ is int and 0 < exponent <= _LARGEST_POWER:
            return _whole_power(u, exponent)
        if _is_zero(u[0]):
            raise _no_series(f"{power(base, exponent)}", self.x, self.x0, "there is a pole or a branch point")
        if exponent.__class__ is int and -_LARGEST_POWER <= exponent < 0:
            return _reciprocal(_whole_power(u, -exponent))
        return _general_power(u, exponent)

    def _call(self, part: Call, n: int) -> Series:
        arguments = [self.of(a, n) for a in part.args]
        if part.function == "piecewise":
            return self._choice(part, n)
        start = call(part.function, [a[0] for a in arguments])
        self._check_smooth(part, [a[0] for a in arguments])
        slope: Series = [0] * n
        for i, u in enumerate(arguments):
            du = [_scaled(c, k) for k, c in enumerate(u)][1:]
            if all(_is_zero(c) for c in du):
                continue
            partial = get_operation(part.function).partial
            if partial is None:
                raise UnsupportedError(f"{part.function} has no derivative: {part} cannot be expanded.")
            slope = _plus(slope, _times(self.of(partial(build, part.args, i), n - 1), du))
        return [start, *[_scaled(c, Fraction(1, k + 1)) for k, c in enumerate(slope)]]

    def _choice(self, part: Call, n: int) -> Series:
        values = [self.of(value, n) for value in part.args[::2]]
        conditions = [substitute(condition, {self.x: self.x0}) for condition in part.args[1::2]]
        result = []
        for k in range(n + 1):
            arguments = list(part.args)
            arguments[::2], arguments[1::2] = [v[k] for v in values], conditions
            result.append(call("piecewise", arguments))
        return result

    def _check_smooth(self, part: Call, at: list[Any]) -> None:
        """Refuse to expand a function exactly where it jumps or has a kink."""
        rough = _ROUGH.get(part.function)
        if rough is not None and all(a.__class__ in NUMBER_TYPES for a in at) and rough(at):
            raise _no_series(f"{part}", self.x, self.x0, "it has a kink or a jump there")


_ROUGH: dict[str, Callable[[list[Any]], bool]] = {
    "abs": lambda at: at[0] == 0,
    "sign": lambda at: at[0] == 0,
    "cbrt": lambda at: at[0] == 0,
    "floor": lambda at: at[0] == at[0] // 1,
    "ceil": lambda at: at[0] == at[0] // 1,
    "mod": lambda at: at[1] != 0 and at[0] % at[1] == 0,
    "min": lambda at: at.count(min(at)) > 1,
    "max": lambda at: at.count(max(at)) > 1,
}


def _is_zero(value: Any) -> bool:
    return value.__class__ is int and value == 0


def _scaled(value: Any, factor: Any) -> Any:
    return scale(value, factor) if factor != 0 else 0


def _plus(a: Series, b: Series) -> Series:
    return [add(pair) for pair in zip(a, b, strict=True)]


def _times(a: Series, b: Series) -> Series:
    return [_convolved(a, b, k, range(k + 1)) for k in range(len(a))]


def _convolved(a: Series, b: Series, k: int, chosen: range) -> Any:
    return add([multiply((a[j], b[k - j])) for j in chosen if not (_is_zero(a[j]) or _is_zero(b[k - j]))])


def _whole_power(u: Series, exponent: int) -> Series:
    result: Series | None = None
    while exponent:
        if exponent & 1:
            result = u if result is None else _times(result, u)
        exponent >>= 1
        if exponent:
            u = _times(u, u)
    assert result is not None
    return result


def _reciprocal(u: Series) -> Series:
    inverse = power(u[0], -1)
    result: Series = [inverse]
    for k in range(1, len(u)):
        rest = add([multiply((u[j], result[k - j])) for j in range(1, k + 1) if not _is_zero(u[j])])
        result.append(multiply((-1, inverse, rest)))
    return result


def _general_power(u: Series, exponent: Any) -> Series:
    result: Series = [power(u[0], exponent)]
    inverse = power(u[0], -1)
    for k in range(1, len(u)):
        parts = []
        for j in range(1, k + 1):
            if not _is_zero(u[j]):
                weight = add((multiply((exponent, j)), j - k))
                parts.append(multiply((weight, u[j], result[k - j])))
        result.append(multiply((Fraction(1, k), inverse, add(parts))))
    return result


def _exponential(start: Any, u: Series) -> Series:
    """Return exp(u), whose coefficient 0 is given."""
    result: Series = [start]
    for k in range(1, len(u)):
        parts = [multiply((j, u[j], result[k - j])) for j in range(1, k + 1) if not _is_zero(u[j])]
        result.append(scale(add(parts), Fraction(1, k)))
    return result
