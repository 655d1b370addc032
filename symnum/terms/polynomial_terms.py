"""Terms as quotients of polynomials, and back.

Whatever is no sum, product or whole power is a generator: symbols, functions, roots and symbolic powers.
Powers of one base with different exponents share generators (``x^(1/2)`` and ``x^(1/3)`` are powers of
``x^(1/6)``, ``exp(2*x)`` one of ``exp(x)``). Floats and complex numbers are generators too: they come back
unchanged, and no float ever meets an exact zero test.
"""

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, NamedTuple

from symnum.errors import BudgetError, DivisionByZeroError, UnsupportedError
from symnum.terms.canonical import (
    EULER,
    Call,
    Product,
    Sum,
    Symbol,
    add,
    multiply,
    power,
    scale,
)
from symnum.terms.expand import polynomial_sum
from symnum.terms.numbers import NUMBER_TYPES, is_exact, normal, number_key
from symnum.terms.order import order_key
from symnum.terms.polynomial import WIDTH, Coefficient, Polynomial, from_packed, unpack
from symnum.terms.polynomial_gcd import gcd
from symnum.terms.timing import check_time

MAXIMUM_TERMS = 200_000
_FIELD = (1 << WIDTH) - 1


class Quotient(NamedTuple):
    """A quotient of two polynomials in the same generators."""

    numerator: Polynomial
    denominator: Polynomial


class Part(NamedTuple):
    """One power ``base^(unit*multiple)`` of a product; multiple is an exact number."""

    base: Any
    unit: Any
    multiple: Any


class Generators:
    """The generators of some terms.

    Attributes
    ----------
    bases, units : list
        Generator i is ``bases[i] ^ units[i]``.
    """

    def __init__(self, terms: Iterable[Any]) -> None:
        found: dict[Any, tuple[Any, Any, int]] = {}
        rising: set[Any] = set()
        for part in _all_parts(terms):
            key = _key(part)
            base, unit, denominator = found.get(key, (part.base, part.unit, 1))
            found[key] = base, unit, math.lcm(denominator, part.multiple.denominator)
            if part.multiple > 0 or is_exact(part.unit):
                rising.add(key)
        ordered = sorted(found, key=lambda k: (order_key(found[k][0])[:3], order_key(found[k][1])[:3]))
        self._places = {key: place for place, key in enumerate(ordered)}
        self._denominators = [found[key][2] for key in ordered]
        self.bases = [found[key][0] for key in ordered]
        # Where there is exp(-x) and no exp(x), it is the generator: exp(x) may be infinite where exp(-x) is 0.
        self._signs = [1 if key in rising else -1 for key in ordered]
        self.units = [
            multiply((found[key][1], Fraction(sign, found[key][2]))) for key, sign in zip(ordered, self._signs)
        ]
        self.count = len(ordered)
        self._radicals = [
            place
            for place, key in enumerate(ordered)
            if is_exact(self.bases[place]) and is_exact(found[key][1])
        ]

    def term(self, place: int, exponent: int = 1) -> Any:
        """Return a power of one generator as a term."""
        return power(self.bases[place], multiply((self.units[place], exponent)))

    def plain(self) -> list[Any] | None:
        """Return the generators if they are symbols and functions to the power 1, else None."""
        is_plain = all(
            b.__class__ in (Symbol, Call) and u.__class__ is int for b, u in zip(self.bases, self.units)
        )
        return self.bases if is_plain else None

    def monomial(self, part: Part) -> tuple[int, int]:
        """Return (place, exponent) of a part."""
        place = self._places[_key(part)]
        return place, int(part.multiple * self._denominators[place]) * self._signs[place]

    def reduced(self, polynomial: Polynomial) -> Polynomial:
        """Return a polynomial with whole powers of roots of numbers computed: ``(2^(1/2))^3 = 2*2^(1/2)``."""
        for place in self._radicals:
            degree = self._denominators[place]
            shift = WIDTH * (self.count - 1 - place)
            if not any(code >> shift & _FIELD >= degree for code in polynomial.packed):
                continue
            result: dict[int, Coefficient] = {}
            for code, c in polynomial.packed.items():
                whole = (code >> shift & _FIELD) // degree
                code -= (whole * degree) << shift
                value = result.get(code, 0) + c * Fraction(self.bases[place]) ** whole
                result[code] = normal(value)  # type: ignore[assignment]
            polynomial = from_packed(self.count, {m: c for m, c in result.items() if c})
        return polynomial


def _key(part: Part) -> tuple[Any, Any]:
    return _value_key(part.base), _value_key(part.unit)


def _value_key(value: Any) -> Any:
    return number_key(value) if value.__class__ in NUMBER_TYPES else value


# --- what a term is made of --------------------------------------------------------------------------------


def split_power(base: Any, exponent: Any) -> list[Part]:
    """Write ``base^exponent`` as parts: the summands of the exponent, with exact multiples split off."""
    if base.__class__ is Call and base.function == "exp" and exponent.__class__ is int:
        base, exponent = EULER, multiply((base.args[0], exponent))
    if is_exact(exponent):
        return [Part(base, 1, exponent)]
    if exponent.__class__ is Sum:
        parts = [
            Part(base, t, c) if is_exact(c) else Part(base, scale(t, c), 1) for t, c in exponent.terms.items()
        ]
        constant = exponent.constant
        if is_exact(constant):
            return [*parts, Part(base, 1, constant)] if constant else parts
        return [*parts, Part(base, constant, 1)]
    if exponent.__class__ is Product and exponent.monic is not None and is_exact(exponent.coefficient):
        return [Part(base, exponent.monic, exponent.coefficient)]
    return [Part(base, exponent, 1)]


def _number_parts(value: Any) -> list[Part]:
    if is_exact(value):
        return []
    if not math.isfinite(abs(value)):
        raise UnsupportedError("a term with infinities or nan has no polynomial form. Remove them first.")
    return [Part(abs(value) if value.__class__ is float else value, 1, 1)]


def _summand_parts(term: Any) -> tuple[list[Part], list[tuple[Sum, int]]]:
    """Return the parts of a term that is no sum, and the sums within it with their whole exponents."""
    if term.__class__ is not Product:
        factors = {term: 1}
        parts: list[Part] = []
    else:
        factors = term.factors
        parts = _number_parts(term.coefficient)
    sums: list[tuple[Sum, int]] = []
    for base, exponent in factors.items():
        for part in split_power(base, exponent):
            if part.base.__class__ is Sum and part.unit.__class__ is int:
                whole = math.floor(part.multiple)
                if whole:
                    sums.append((part.base, whole))
                part = Part(part.base, 1, normal(part.multiple - whole))
                if not part.multiple:
                    continue
            parts.append(part)
    return parts, sums


def _all_parts(terms: Iterable[Any]) -> list[Part]:
    """Return the parts of terms and of the sums within them."""
    found: list[Part] = []
    pending = list(terms)
    seen: set[int] = set()
    while pending:
        term = pending.pop()
        if term.__class__ in NUMBER_TYPES:
            found += _number_parts(term)
            continue
        if id(term) in seen:
            continue
        seen.add(id(term))
        if term.__class__ is Sum:
            pending.append(term.constant)
            pending += term.terms.values()
            pending += term.terms
            continue
        parts, sums = _summand_parts(term)
        found += parts
        pending += [total for total, _ in sums]
    return found


# --- to polynomials ----------------------------------------------------------------------------------------


def to_quotients(terms: list[Any], generators: Generators | None = None) -> tuple[Generators, list[Quotient]]:
    """Return generators and every canonical term as a quotient of polynomials, not yet in lowest terms.

    Parameters
    ----------
    terms : list of canonical terms
    generators : Generators, optional
        Made of these terms and others; by default of these alone.

    Raises
    ------
    BudgetError
        If a polynomial would have more than `MAXIMUM_TERMS` terms.
    DivisionByZeroError
        If a denominator is zero when multiplied out.
    UnsupportedError
        For terms that contain infinities or nan.
    """
    generators = Generators(terms) if generators is None else generators
    known: dict[int, Quotient] = {}
    for term in _sums_first(terms):
        known[id(term)] = _quotient(term, generators, known)
    return generators, [known[id(t)] for t in terms]


def _sums_first(terms: list[Any]) -> list[Any]:
    """Return terms and the sums within them, inner sums first."""
    order: list[Any] = []
    seen: set[int] = set()
    stack = [(t, False) for t in reversed(terms)]
    while stack:
        term, done = stack.pop()
        if done:
            order.append(term)
            continue
        if id(term) in seen:
            continue
        seen.add(id(term))
        stack.append((term, True))
        summands = term.terms if term.__class__ is Sum else () if term.__class__ in NUMBER_TYPES else (term,)
        for summand in summands:
            stack += [(total, False) for total, _ in _summand_parts(summand)[1]]
    return order


def _quotient(term: Any, generators: Generators, known: dict[int, Quotient]) -> Quotient:
    if term.__class__ is not Sum:
        return _of_summand(term, generators, known)
    pairs = [_scaled(_of_summand(t, generators, known), c, generators) for t, c in term.terms.items()]
    pairs.append(_of_number(term.constant, generators))
    return _total([p for p in pairs if p.numerator], generators)


def _of_number(value: Any, generators: Generators) -> Quotient:
    one = Polynomial.constant(generators.count, 1)
    return _scaled(Quotient(one, one), value, generators)


def _scaled(quotient: Quotient, value: Any, generators: Generators) -> Quotient:
    if is_exact(value):
        return Quotient(quotient.numerator * value, quotient.denominator)
    (part,) = _number_parts(value)
    place, exponent = generators.monomial(part)
    sign = -1 if value.__class__ is float and math.copysign(1.0, value) < 0 else 1
    return Quotient(quotient.numerator * _monomial(generators, place, exponent, sign), quotient.denominator)


def _monomial(generators: Generators, place: int, exponent: int, coefficient: Coefficient = 1) -> Polynomial:
    return from_packed(generators.count, {exponent << (WIDTH * (generators.count - 1 - place)): coefficient})


def _of_summand(term: Any, generators: Generators, known: dict[int, Quotient]) -> Quotient:
    if term.__class__ in NUMBER_TYPES:
        return _of_number(term, generators)
    parts, sums = _summand_parts(term)
    coefficient = term.coefficient if term.__class__ is Product else 1
    exponents: dict[int, int] = {}
    for part in parts if is_exact(coefficient) else parts[1:]:
        place, exponent = generators.monomial(part)
        exponents[place] = exponents.get(place, 0) + exponent
    above = below = Polynomial.constant(generators.count, 1)
    for place, exponent in exponents.items():
        if exponent > 0:
            above = above * _monomial(generators, place, exponent)
        elif exponent < 0:
            below = below * _monomial(generators, place, -exponent)
    for total, exponent in sums:
        inner = known[id(total)]
        raised = _power(inner.numerator, abs(exponent)), _power(inner.denominator, abs(exponent))
        numerator, denominator = raised if exponent > 0 else raised[::-1]
        if not denominator:
            raise DivisionByZeroError(f"{total} is zero when multiplied out, and something is divided by it.")
        above, below = above * numerator, below * denominator
        _check(above)
        _check(below)
    return _scaled(Quotient(generators.reduced(above), generators.reduced(below)), coefficient, generators)


def _power(polynomial: Polynomial, exponent: int) -> Polynomial:
    terms = len(polynomial)
    if terms > 1:
        bound = math.prod(d * exponent + 1 for d in polynomial.degrees())
        if min(bound, math.comb(exponent + terms - 1, min(exponent, terms - 1))) > MAXIMUM_TERMS:
            _refuse()
    return polynomial**exponent


def _check(polynomial: Polynomial) -> None:
    if len(polynomial) > MAXIMUM_TERMS:
        _refuse()


def _refuse() -> None:
    raise BudgetError(
        f"a polynomial of more than {MAXIMUM_TERMS} terms would arise. Work on a smaller part of the term."
    )


def _total(pairs: list[Quotient], generators: Generators) -> Quotient:
    """Return the sum of quotients over their common denominator; equal denominators first."""
    groups: dict[Polynomial, Polynomial] = {}
    for numerator, denominator in pairs:
        content, denominator = denominator.primitive()
        numerator = numerator.divided_by_number(content)
        old = groups.get(denominator)
        groups[denominator] = numerator if old is None else old + numerator
    one = Polynomial.constant(generators.count, 1)
    above, below = Polynomial.constant(generators.count, 0), one
    for denominator, numerator in groups.items():
        check_time()
        common = one if below == one or denominator == one else gcd(below, denominator)
        extra = _exact_quotient(denominator, common)
        above = above * extra + numerator * _exact_quotient(below, common)
        below = below * extra
        _check(above)
        _check(below)
    return Quotient(generators.reduced(above), generators.reduced(below))


def _exact_quotient(a: Polynomial, b: Polynomial) -> Polynomial:
    quotient = a.divide_exactly(b)
    assert quotient is not None
    return quotient


def lowest_terms(quotient: Quotient) -> tuple[Coefficient, Quotient]:
    """Return (number, quotient) with a primitive numerator and denominator that have no common divisor."""
    content, above = quotient.numerator.primitive()
    below_content, below = quotient.denominator.primitive()
    if not below:
        raise DivisionByZeroError("a denominator is zero when multiplied out.")
    if not above:
        return 0, Quotient(above, Polynomial.constant(above.count, 1))
    common = gcd(above, below)
    above, below = _exact_quotient(above, common), _exact_quotient(below, common)
    return normal(Fraction(content) / below_content), Quotient(above, below)  # type: ignore[return-value]


# --- back to terms -----------------------------------------------------------------------------------------


def to_term(polynomial: Polynomial, generators: Generators) -> Any:
    """Return a polynomial as a canonical sum."""
    plain = generators.plain()
    if plain is None:
        return add(
            [monomial_term(unpack(m, generators.count), generators, c) for m, c in polynomial.packed.items()]
        )
    return polynomial_sum(polynomial, plain)


def monomial_term(exponents: Iterable[int], generators: Generators, coefficient: Any = 1) -> Any:
    """Return a coefficient times powers (positive or negative) of generators as a term, one per base."""
    by_base: dict[Any, tuple[Any, list[Any]]] = {}
    for place, exponent in enumerate(exponents):
        if exponent:
            base = generators.bases[place]
            entry = by_base.setdefault(_value_key(base), (base, []))
            entry[1].append(multiply((generators.units[place], exponent)))
    return multiply([coefficient, *[power(base, add(summed)) for base, summed in by_base.values()]])


def quotient_term(content: Any, quotient: Quotient, generators: Generators) -> Any:
    """Return ``content * numerator / denominator`` as a term, with monomials taken out of both."""
    return factored_term(content, [(quotient.numerator, 1), (quotient.denominator, -1)], generators)


def factored_term(content: Any, factors: list[tuple[Polynomial, int]], generators: Generators) -> Any:
    """Return a number times powers of polynomials as a term, with monomials taken out of each."""
    if not content:
        return 0
    total = [0] * generators.count
    others: list[Any] = []
    for polynomial, exponent in factors:
        lowest = [min(column) for column in zip(*(unpack(m, generators.count) for m in polynomial.packed))]
        shift = Polynomial(generators.count, {tuple(lowest): 1}).leading()[0]
        total = [t + low * exponent for t, low in zip(total, lowest)] if lowest else total
        rest = from_packed(generators.count, {m - shift: c for m, c in polynomial.packed.items()})
        others.append(power(to_term(rest, generators), exponent))
    return multiply([monomial_term(total, generators, content), *others])
