"""Large products, powers, greatest common divisors and factors by python-flint, where it is installed.

Results are the same polynomials as without it, exact, with their monomials in the order of the generators. Small
work stays in Python: writing a polynomial into FLINT's form and back costs about 2 microseconds a term.
"""

import importlib.util
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from math import comb, lcm
from typing import Any

from symnum.terms.polynomial import WIDTH, Coefficient, Polynomial, from_packed, unpack
from symnum.terms.timing import check_time

_PRODUCTS_A_TERM = 60
"""Products of coefficients for each term of the result from which FLINT is quicker, its conversions included."""
_LARGE_POWER = 500
_LARGE_DIVISOR = 400
_MOST_TERMS = 5_000_000


@cache
def is_installed() -> bool:
    """Tell whether python-flint is there (the extra "flint")."""
    return importlib.util.find_spec("flint") is not None


def most_terms(count: int, degree: int, cells: int) -> int:
    """Return a bound on the terms of a polynomial: by its total degree, and by the box of its exponents."""
    return min(comb(degree + count, count), cells)


def pays_for_product(a: Polynomial, b: Polynomial, cells: int) -> bool:
    """Tell whether FLINT is there and the quicker way to a product (`cells`: monomials that could arise)."""
    products = len(a) * len(b)
    if products < _PRODUCTS_A_TERM * _PRODUCTS_A_TERM or not is_installed():
        return False
    terms = most_terms(a.count, total_degree(a) + total_degree(b), cells)
    return products > _PRODUCTS_A_TERM * min(terms, products)


def pays_for_power(base: Polynomial, exponent: int) -> bool:
    """Tell whether FLINT is there and the quicker way to a power."""
    if exponent < 2 or len(base) < 2 or not is_installed():
        return False
    terms = comb(exponent + len(base) - 1, exponent)
    return (
        _LARGE_POWER
        <= min(terms, most_terms(base.count, total_degree(base) * exponent, terms))
        <= _MOST_TERMS
    )


def pays_for_divisor(a: Polynomial, b: Polynomial) -> bool:
    """Tell whether FLINT is there and the quicker way to a greatest common divisor."""
    return len(a) * len(b) >= _LARGE_DIVISOR and is_installed()


def total_degree(polynomial: Polynomial) -> int:
    """Return the highest sum of exponents in one monomial."""
    return max((sum(unpack(code, polynomial.count)) for code in polynomial.packed), default=0)


def product(a: Polynomial, b: Polynomial) -> Polynomial:
    """Return the exact product of two polynomials in the same generators."""
    (whole_a, scale_a), (whole_b, scale_b) = _written(a), _written(b)
    return _read(whole_a * whole_b, a.count, scale_a * scale_b)


def power(base: Polynomial, exponent: int) -> Polynomial:
    """Return a whole power."""
    whole, scale = _written(base)
    return _read(whole**exponent, base.count, scale**exponent)


def gcd(a: Polynomial, b: Polynomial) -> Polynomial:
    """Return the greatest common divisor of primitive polynomials, primitive."""
    return _read(_written(a)[0].gcd(_written(b)[0]), a.count, 1).primitive()[1]


def factors(polynomial: Polynomial) -> list[tuple[Polynomial, int]]:
    """Return the irreducible factors of a polynomial with their multiplicities, primitive, in no stated order."""
    _, found = _written(polynomial)[0].factor()
    return [(_read(f, polynomial.count, 1).primitive()[1], int(multiplicity)) for f, multiplicity in found]


@cache
def _context(count: int) -> Any:
    from flint import Ordering, fmpz_mpoly_ctx

    return fmpz_mpoly_ctx.get([f"g{i}" for i in range(count)], Ordering.lex)


def _written(polynomial: Polynomial) -> tuple[Any, int]:
    """Return a polynomial with whole coefficients in FLINT's form, and the denominator multiplied in."""
    check_time()  # FLINT itself cannot be interrupted
    scale = lcm(*[c.denominator for c in polynomial.packed.values()])
    return _context(polynomial.count).from_dict(
        {
            unpack(code, polynomial.count): c.numerator * (scale // c.denominator)
            for code, c in polynomial.packed.items()
        }
    ), scale


def _read(element: Any, count: int, scale: int) -> Polynomial:
    codes = (
        [_PACK[count](e) for e in element.monoms()] if count in _PACK else list(map(_pack, element.monoms()))
    )
    values: list[Coefficient] = list(map(int, element.coeffs()))
    if scale != 1:
        values = [f.numerator if f.denominator == 1 else f for f in [Fraction(v, scale) for v in values]]
    return from_packed(count, dict(zip(reversed(codes), reversed(values))))


def _pack(exponents: Any) -> int:
    code = 0
    for exponent in exponents:
        code = code << WIDTH | int(exponent)
    return code


_PACK: dict[int, Callable[[Any], int]] = {
    1: lambda e: int(e[0]),
    2: lambda e: int(e[0]) << WIDTH | int(e[1]),
    3: lambda e: int(e[0]) << 2 * WIDTH | int(e[1]) << WIDTH | int(e[2]),
}
