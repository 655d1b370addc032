"""Multiplying products and whole powers of sums out."""

from functools import singledispatch
from math import comb
from typing import Any

from symnum.errors import BudgetError
from symnum.terms import interface
from symnum.terms.canonical import (
    Call,
    Constant,
    Product,
    Sum,
    Symbol,
    add,
    call,
    make_product,
    make_sum,
    multiply,
    power,
    scale,
)
from symnum.terms.checks import check_terms
from symnum.terms.interning import bulk
from symnum.terms.numbers import NUMBER_TYPES, check_size, is_exact, normal, times
from symnum.terms.traverse import subterms

MAXIMUM_TERMS = 2_000_000


def expand(expression: Any, maximum_terms: int = MAXIMUM_TERMS) -> Any:
    """Return a term with products and whole positive powers of sums multiplied out, at every depth.

    Parameters
    ----------
    expression : term or number
    maximum_terms : int
        Largest number of summands of an intermediate or final sum.

    Raises
    ------
    BudgetError
        If a sum would have more summands than that.
    InputError
        If the expression is text.

    Examples
    --------
    >>> from symnum.terms import expand, symbols
    >>> x, y = symbols("x y")
    >>> expand((x + y)**2 * x)
    x^3 + 2*x^2*y + x*y^2
    """
    check_terms((expression,))
    with bulk():
        return _expand(expression, maximum_terms)


@singledispatch
def _expand(expression: Any, maximum_terms: int) -> Any:
    if not interface.is_call(expression):
        return expression
    from symnum.terms.convert import convert, structure_of

    return convert(_expand(convert(expression, "canonical"), maximum_terms), structure_of(expression))


@_expand.register(Symbol)
@_expand.register(Constant)
def _expand_leaf(expression: Any, maximum_terms: int) -> Any:
    return expression


@_expand.register(Sum)
@_expand.register(Product)
@_expand.register(Call)
def _expand_canonical(expression: Any, maximum_terms: int) -> Any:
    results: dict[int, Any] = {}

    def of(part: Any) -> Any:
        return results.get(id(part), part)

    for term in subterms((expression,)):
        cls = term.__class__
        if cls is Sum:
            result = add([*[scale(of(t), c) for t, c in term.terms.items()], term.constant])
            _check(result, maximum_terms)
        elif cls is Product:
            if term.monic is not None:
                result = scale(of(term.monic), term.coefficient)
            else:
                result = _multiplied_out([(of(b), of(e)) for b, e in term.factors.items()], maximum_terms)
        elif cls is Call:
            result = call(term.function, [of(a) for a in term.args])
        else:
            continue
        results[id(term)] = result
    return of(expression.canonical() if expression.__class__ is Sum else expression)


def _check(result: Any, maximum_terms: int) -> None:
    if result.__class__ is Sum and len(result.terms) > maximum_terms:
        _refuse(maximum_terms)


def _refuse(maximum_terms: int) -> None:
    raise BudgetError(
        f"expanding would give a sum of more than {maximum_terms} terms. Expand a smaller part, or raise "
        "maximum_terms=."
    )


def _multiplied_out(factors: list[tuple[Any, Any]], maximum_terms: int) -> Any:
    """Return the expanded product of (expanded base, exponent) pairs."""
    product = multiply([power(b, e) for b, e in factors])  # may merge bases that became equal
    if product.__class__ is not Product:
        return product
    sums: list[tuple[Sum, int]] = []
    others: dict[Any, Any] = {}
    for base, exponent in product.factors.items():
        if base.__class__ is Sum and exponent.__class__ is int and exponent > 0:
            sums.append((base, exponent))
        else:
            others[base] = exponent
    if not sums:
        return product
    rest = make_product(others, product.coefficient)
    packing = _Packing.of(sums)
    if packing is None:
        return _distribute(sums, rest, maximum_terms)
    if _is_long(sums):
        by_polynomial = _by_polynomial(sums, list(packing.bases), maximum_terms)
        if by_polynomial is not None:
            return scale_each(by_polynomial, rest)
    return scale_each(packing.multiply(sums, maximum_terms), rest)


_LONG = 2_000
"""Products of coefficients from which polynomials pay for being made."""


def _is_long(sums: list[tuple[Sum, int]]) -> bool:
    work = 1
    for total, exponent in sums:
        size = len(total.terms) + 1
        work *= comb(exponent + size - 1, size - 1)
    return work > _LONG


def _by_polynomial(sums: list[tuple[Sum, int]], bases: list[Any], maximum_terms: int) -> Any:
    """Return the product as a sum, or None if it has floats, complex numbers or negative exponents."""
    from symnum.terms.polynomial import Polynomial

    places = {base: place for place, base in enumerate(bases)}
    product = None
    for total, exponent in sums:
        factor = _polynomial(total, places)
        if factor is None:
            return None
        for _ in range(exponent):
            product = factor if product is None else product * factor
            if len(product) > maximum_terms:
                _refuse(maximum_terms)
    assert isinstance(product, Polynomial)
    return polynomial_sum(product, bases)


def _polynomial(total: Sum, places: dict[Any, int]) -> Any:
    from symnum.terms.polynomial import Polynomial

    terms: dict[tuple[int, ...], Any] = {}
    for term, coefficient in total.terms.items():
        exponents = [0] * len(places)
        for base, exponent in (term.factors if term.__class__ is Product else {term: 1}).items():
            exponents[places[base]] = exponent
        terms[tuple(exponents)] = coefficient
    terms[(0,) * len(places)] = total.constant
    if not all(is_exact(c) for c in terms.values()) or any(min(e) < 0 for e in terms):
        return None
    return Polynomial(len(places), terms)


def polynomial_sum(polynomial: Any, bases: list[Any]) -> Any:
    """Return a polynomial as a sum over symbols and functions."""
    from symnum.terms.polynomial import WIDTH

    mask = (1 << WIDTH) - 1
    places = [(WIDTH * (len(bases) - 1 - place), base) for place, base in enumerate(bases)]
    terms: dict[Any, Any] = {}
    constant: Any = 0
    for code, coefficient in polynomial.packed.items():
        check_size(coefficient)
        if not code:
            constant = coefficient
            continue
        factors = {}
        for shift, base in places:
            exponent = code >> shift & mask
            if exponent:
                factors[base] = exponent
        terms[make_product(factors)] = coefficient
    return make_sum(terms, constant)


def scale_each(total: Any, factor: Any) -> Any:
    """Return a sum with every summand multiplied by a factor that is not a sum."""
    if factor.__class__ is int and factor == 1:
        return total
    if factor.__class__ in NUMBER_TYPES or total.__class__ is not Sum:
        return multiply((total, factor))
    summands = [multiply((t, c, factor)) for t, c in total.terms.items()]
    return add([*summands, scale(factor, total.constant)])


def _distribute(sums: list[tuple[Sum, int]], rest: Any, maximum_terms: int) -> Any:
    """Multiply out term by term, by the general constructors: the way for fractional exponents."""
    summands = [rest]
    for total, exponent in sums:
        entries = [scale(t, c) for t, c in total.terms.items()]
        if total.constant or total.constant.__class__ is not int:
            entries.append(total.constant)
        for _ in range(exponent):
            collected = add([multiply((a, b)) for a in summands for b in entries])
            _check(collected, maximum_terms)
            summands = list(interface.arguments(collected)) if collected.__class__ is Sum else [collected]
    return add(summands)


class _Packing:
    """Monomials as single integers: one signed field of bits per base, so products are additions."""

    def __init__(self, bases: dict[Any, int], width: int) -> None:
        self.bases = bases
        self.width = width

    @staticmethod
    def of(sums: list[tuple[Sum, int]]) -> "_Packing | None":
        """Return a packing for some sums, or None if they have exponents that are not whole numbers."""
        bases: dict[Any, int] = {}
        bound = 1
        for total, exponent in sums:
            highest = 1
            for term in total.terms:
                if term.__class__ is not Product:
                    bases.setdefault(term, len(bases))
                    continue
                for base, e in term.factors.items():
                    if (
                        e.__class__ is not int
                        or base.__class__ in NUMBER_TYPES
                        or base.__class__ in (Sum, Product)
                    ):
                        return None
                    bases.setdefault(base, len(bases))
                    highest = max(highest, abs(e))
            bound += highest * exponent
        return _Packing(bases, bound.bit_length() + 1)

    def pack(self, total: Sum) -> dict[int, Any]:
        packed: dict[int, Any] = {}
        for term, coefficient in total.terms.items():
            factors = term.factors if term.__class__ is Product else {term: 1}
            packed[sum(e << (self.bases[b] * self.width) for b, e in factors.items())] = coefficient
        if total.constant or total.constant.__class__ is not int:
            packed[0] = total.constant
        return packed

    def multiply(self, sums: list[tuple[Sum, int]], maximum_terms: int) -> Any:
        powers = []
        for total, exponent in sums:
            packed = self.pack(total)
            raised = packed
            for _ in range(exponent - 1):
                raised = _times(raised, packed, maximum_terms)
            powers.append(raised)
        powers.sort(key=len)
        product = powers[0]
        for other in powers[1:]:
            product = _times(product, other, maximum_terms)
        return self.unpack(product)

    def unpack(self, packed: dict[int, Any]) -> Any:
        bases, width = list(self.bases), self.width
        mask, half, full = (1 << width) - 1, 1 << (width - 1), 1 << width
        terms: dict[Any, Any] = {}
        constant: Any = 0
        for code, coefficient in packed.items():
            if is_exact(coefficient):
                check_size(coefficient)
                coefficient = normal(coefficient)
            if not code:
                constant = coefficient
                continue
            factors, place = {}, 0
            while code:
                field = code & mask
                if field:
                    if field >= half:
                        field -= full
                    factors[bases[place]] = field
                    code -= field
                code >>= width
                place += 1
            terms[make_product(factors)] = coefficient
        return make_sum(terms, constant)


def _times(a: dict[int, Any], b: dict[int, Any], maximum_terms: int) -> dict[int, Any]:
    if len(a) > len(b):
        a, b = b, a
    product: dict[int, Any] = {}
    get = product.get
    entries = list(b.items())
    exact = all(c.__class__ is int for c in a.values()) and all(c.__class__ is int for c in b.values())
    for code, coefficient in a.items():
        if exact:
            for other, c in entries:
                key = code + other
                product[key] = get(key, 0) + coefficient * c
        else:
            for other, c in entries:
                key = code + other
                product[key] = get(key, 0) + times(coefficient, c)
        if len(product) > maximum_terms:
            _refuse(maximum_terms)
    return product
