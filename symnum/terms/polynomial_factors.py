"""Irreducible factors of polynomials over the rationals, and partial fractions, by SymPy's rings.

Factors are FLINT's where python-flint is installed; they are the same.
"""

from fractions import Fraction
from typing import Any

from symnum.terms import polynomial_flint as flint
from symnum.terms.numbers import normal
from symnum.terms.polynomial import WIDTH, Polynomial, from_packed, pack, unpack
from symnum.terms.polynomial_gcd import gcd


def factor_polynomial(polynomial: Polynomial) -> list[tuple[Polynomial, int]]:
    """Return the irreducible factors of a primitive polynomial with their multiplicities.

    The product of the powers is the polynomial up to its sign and content. The order depends on nothing but
    the polynomial. Factors are primitive with positive highest coefficients.

    Examples
    --------
    >>> from symnum.terms.polynomial import Polynomial
    >>> from symnum.terms.polynomial_factors import factor_polynomial
    >>> (x,) = Polynomial.generators(1)
    >>> factor_polynomial(x**3 - x) == [(x, 1), (x + 1, 1), (x - 1, 1)]
    True
    """
    if polynomial.is_constant():
        return []
    factors: list[tuple[Polynomial, int]] = []
    monomial, rest = _split_monomial(polynomial)
    for place, exponent in enumerate(unpack(monomial, polynomial.count)):
        if exponent:
            unit = 1 << (WIDTH * (polynomial.count - 1 - place))
            factors.append((from_packed(polynomial.count, {unit: 1}), exponent))
    if rest.is_constant():
        return factors
    if _is_linear(rest):
        return [*factors, (rest.primitive()[1], 1)]
    found = flint.factors(rest) if flint.is_installed() else _factors_by_sympy(rest)
    found.sort(key=lambda pair: (pair[1], sorted(pair[0].packed.items(), reverse=True)), reverse=True)
    return factors + found


def _factors_by_sympy(polynomial: Polynomial) -> list[tuple[Polynomial, int]]:
    used = [place for place, degree in enumerate(polynomial.degrees()) if degree]
    found = _ring(len(used)).from_dict(_exponents(polynomial, used)).factor_list()[1]
    return [(_back(factor, used, polynomial.count), int(multiplicity)) for factor, multiplicity in found]


def _split_monomial(polynomial: Polynomial) -> tuple[int, Polynomial]:
    columns = zip(*(unpack(m, polynomial.count) for m in polynomial.packed))
    lowest = pack([min(column) for column in columns])
    return lowest, from_packed(polynomial.count, {m - lowest: c for m, c in polynomial.packed.items()})


def _is_linear(polynomial: Polynomial) -> bool:
    """Tell whether a polynomial is irreducible for being linear in a generator with coprime coefficients."""
    for place, degree in enumerate(polynomial.degrees()):
        if degree == 1:
            unit = 1 << (WIDTH * (polynomial.count - 1 - place))
            high = {m - unit: c for m, c in polynomial.packed.items() if m & unit * ((1 << WIDTH) - 1)}
            low = {m: c for m, c in polynomial.packed.items() if not m & unit * ((1 << WIDTH) - 1)}
            if not low:
                return False
            common = gcd(from_packed(polynomial.count, high), from_packed(polynomial.count, low))
            return common.is_constant()
    return False


def _ring(count: int) -> Any:
    from sympy import ZZ, ring

    return ring([f"g{i}" for i in range(count)], ZZ)[0]


def _exponents(polynomial: Polynomial, used: list[int]) -> dict[tuple[int, ...], Any]:
    from sympy import ZZ

    whole = polynomial.primitive()[1]
    return {
        tuple([e for place, e in enumerate(unpack(code, polynomial.count)) if place in used]): ZZ(c.numerator)
        for code, c in whole.packed.items()
    }


def _back(element: Any, used: list[int], count: int) -> Polynomial:
    terms: dict[tuple[int, ...], Any] = {}
    for exponents, coefficient in element.terms():
        full = [0] * count
        for place, exponent in zip(used, exponents):
            full[place] = int(exponent)
        terms[tuple(full)] = normal(Fraction(int(coefficient.numerator), int(coefficient.denominator)))
    return Polynomial(count, terms).primitive()[1]


def partial_fractions(numerator: Polynomial, denominator: Polynomial, place: int) -> Any:
    """Return a quotient as partial fractions in one generator: a canonical term in symbols g0, g1, ...

    The other generators are taken as parameters.
    """
    import sympy

    from symnum.terms.convert import convert
    from symnum.terms.sympy_terms import to_number

    symbols = [sympy.Symbol(f"g{i}") for i in range(numerator.count)]

    def expression(polynomial: Polynomial) -> Any:
        terms = {e: sympy.Rational(c.numerator, c.denominator) for e, c in polynomial.items()}
        return sympy.Poly.from_dict(terms, *symbols).as_expr()

    form = sympy.apart(expression(numerator) / expression(denominator), symbols[place])
    return convert(to_number(form), "canonical")
