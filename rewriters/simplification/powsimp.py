"""Powers of powers, powers of products, and products of exponentials."""

from typing import Any

from rewriters.simplification.layers import bottom_up, in_canonical
from symnum.terms.canonical import EULER, Call, Product, Sum, add, call, make_product, multiply, power
from symnum.terms.domains import is_integer, is_nonnegative, is_positive, is_real
from symnum.terms.numbers import NUMBER_TYPES, is_exact, number_key


def powsimp(expression: Any) -> Any:
    """Return a term with its powers merged as far as the domains of its symbols allow.

    ``(x^a)^b`` becomes ``x^(a*b)`` for x > 0 and real a, or for whole b; ``sqrt(x^2)`` becomes x for x >= 0 and
    abs(x) for real x, and stays as it is otherwise; ``x^a*y^a`` becomes ``(x*y)^a`` where at most one of them
    may be negative; ``exp(x)*exp(y)`` becomes ``exp(x + y)`` and ``exp(a*log(x))`` becomes ``x^a`` always.

    Parameters
    ----------
    expression : term or number
        Of any structure; the result has the same.

    Examples
    --------
    >>> import symnum as sn
    >>> x, y = sn.symbols("x y", domain="positive")
    >>> sn.powsimp(sn.sqrt(x**2)), sn.powsimp(sn.sqrt(x) * sn.sqrt(y))
    (x, (x*y)^(1/2))
    """
    return in_canonical(expression, lambda term: bottom_up(term, _simplified))


def expand_powers(term: Any) -> Any:
    """Return a canonical term with powers of products taken apart as far as domains allow, never merged."""
    return bottom_up(term, lambda part: _taken_apart(part) if part.__class__ is Product else part)


def _simplified(term: Any) -> Any:
    if term.__class__ is Call:
        return _exponential(term) if term.function == "exp" else term
    if term.__class__ is not Product:
        return term
    term = _taken_apart(term)
    if term.__class__ is not Product:
        return term
    term = _merged_exponentials(term)
    return _merged_bases(term) if term.__class__ is Product else term


def _exponential(term: Call) -> Any:
    """Take logarithms out of an exponent: exp(a*log(x) + b) is x^a*exp(b)."""
    argument = term.args[0]
    summands = argument.terms.items() if argument.__class__ is Sum else [(argument, 1)]
    powers, kept = [], []
    for summand, coefficient in summands:
        found = _logarithm(summand)
        if found is None:
            kept.append(multiply((coefficient, summand)))
        else:
            powers.append(power(found[0], multiply((coefficient, found[1]))))
    if not powers:
        return term
    constant = argument.constant if argument.__class__ is Sum else 0
    return multiply([*powers, call("exp", (add([*kept, constant]),))])


def _logarithm(summand: Any) -> tuple[Any, Any] | None:
    """Return (x, a) for a*log(x) with exactly one logarithm, or None."""
    if summand.__class__ is Call:
        return (summand.args[0], 1) if summand.function == "log" else None
    if summand.__class__ is not Product:
        return None
    logs = [b for b, e in summand.factors.items() if b.__class__ is Call and b.function == "log"]
    if len(logs) != 1 or summand.factors[logs[0]] != 1:
        return None
    rest = {b: e for b, e in summand.factors.items() if b is not logs[0]}
    return logs[0].args[0], make_product(rest, summand.coefficient)


# --- powers of powers and of products ------------------------------------------------------------------------


def _taken_apart(term: Product) -> Any:
    changed = False
    factors = [term.coefficient]
    for base, exponent in term.factors.items():
        parts = None if exponent.__class__ is int else _power_parts(base, exponent)
        changed = changed or parts is not None
        factors += [power(base, exponent)] if parts is None else parts
    return multiply(factors) if changed else term


def _power_parts(base: Any, exponent: Any) -> list[Any] | None:
    """Return factors whose product is base^exponent, or None where nothing may be taken out."""
    if base.__class__ is Call and base.function == "exp" and is_real(base.args[0]):
        return [call("exp", (multiply((base.args[0], exponent)),))]
    if base.__class__ is not Product:
        return None
    whole = is_integer(exponent)
    outside: list[Any] = []
    inside: list[Any] = []
    for inner, inner_exponent in base.factors.items():
        if whole:
            outside.append(power(inner, multiply((inner_exponent, exponent))))
            continue
        taken = _nonnegative_power(inner, inner_exponent, exponent)
        if taken is None:
            inside.append(power(inner, inner_exponent))
        else:
            outside.append(taken)
    if not outside:
        return None
    coefficient: Any = base.coefficient
    if whole or (is_exact(coefficient) and coefficient > 0):
        return [*outside, power(coefficient, exponent), power(multiply(inside), exponent)]
    return [*outside, power(multiply([coefficient, *inside]), exponent)]


def _nonnegative_power(base: Any, inner: Any, outer: Any) -> Any:
    """Return (base^inner)^outer as one power if base^inner is never negative, else None."""
    if is_positive(base) and is_real(inner):
        return power(base, multiply((inner, outer)))
    if is_exact(inner) and is_nonnegative(base):
        return power(base, multiply((inner, outer)))
    if inner.__class__ is int and inner % 2 == 0 and is_real(base):
        return power(call("abs", (base,)), multiply((inner, outer)))
    return power(power(base, inner), outer) if inner == 1 and is_nonnegative(base) else None


# --- merging ------------------------------------------------------------------------------------------------------


def _merged_exponentials(term: Product) -> Any:
    """Return exp(a)^m * exp(b)^n as exp(m*a + n*b) for whole m and n."""
    exponents, rest, count = [], {}, 0
    for base, exponent in term.factors.items():
        if exponent.__class__ is int and base.__class__ is Call and base.function == "exp":
            exponents.append(multiply((base.args[0], exponent)))
            count += 1 if exponent == 1 else 2
        elif base is EULER and is_exact(exponent):
            exponents.append(exponent)
            count += 1
        else:
            rest[base] = exponent
    if count < 2:
        return term
    return multiply([make_product(rest, term.coefficient), call("exp", (add(exponents),))])


def _merged_bases(term: Product) -> Any:
    """Return x^a * y^a as (x*y)^a where all of the bases but one are surely not negative."""
    groups: dict[Any, list[Any]] = {}
    for base, exponent in term.factors.items():
        if exponent.__class__ is not int:
            key = number_key(exponent) if exponent.__class__ in NUMBER_TYPES else exponent
            groups.setdefault(key, []).append(base)
    rest = dict(term.factors)
    made = []
    for bases in groups.values():
        bases = [b for b in bases if b.__class__ is not float and b.__class__ is not complex]
        free = [b for b in bases if is_nonnegative(b)]
        if len(free) < len(bases):
            free += [b for b in bases if not is_nonnegative(b)][:1]
        if len(free) < 2:
            continue
        made.append(power(multiply(free), rest[free[0]]))
        for base in free:
            del rest[base]
    return multiply([make_product(rest, term.coefficient), *made]) if made else term
