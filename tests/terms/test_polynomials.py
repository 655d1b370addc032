"""Polynomials: ring axioms, exact products of any length, division, greatest common divisors, conversions."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symnum as sn
from symnum.errors import BudgetError, DivisionByZeroError, InputError, TimeLimitError, UnsupportedError
from symnum.terms import polynomial_flint, polynomial_product
from symnum.terms.polynomial import MAXIMUM_DEGREE, Polynomial
from symnum.terms.polynomial_factors import factor_polynomial
from symnum.terms.polynomial_gcd import _by_remainders, gcd, lcm
from symnum.terms.polynomial_terms import lowest_terms, quotient_term, to_quotients, to_term
from symnum.terms.timing import time_limit

COUNT = 3
coefficients = st.one_of(st.integers(-20, 20), st.fractions(-5, 5, max_denominator=7))
polynomials = st.dictionaries(st.tuples(*[st.integers(0, 3)] * COUNT), coefficients, max_size=5).map(
    lambda terms: Polynomial(COUNT, terms)
)
nonzero = polynomials.filter(bool)
few = settings(max_examples=60)


@few
@given(polynomials, polynomials, polynomials)
def test_ring_axioms(a, b, c):
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert a * b == b * a
    assert (a * b) * c == a * (b * c)
    assert a * (b + c) == a * b + a * c
    assert not a - a
    assert a * 1 == a
    assert a + 0 == a
    assert not a * 0
    assert 1 - a == -(a - 1)


@few
@given(polynomials, nonzero)
def test_division(a, b):
    quotient, remainder = a.divide(b)
    assert quotient * b + remainder == a
    assert (a * b).divide_exactly(b) == a
    lead = Polynomial(COUNT, {b.items()[0][0]: 1})
    for monomial in remainder.items():
        assert Polynomial(COUNT, dict([monomial])).divide_exactly(lead) is None


@few
@given(nonzero, nonzero, nonzero)
def test_gcd(a, b, c):
    common = gcd(a * c, b * c)
    assert (a * c).divide_exactly(common) is not None
    assert (b * c).divide_exactly(common) is not None
    assert common.divide_exactly(c) is not None
    assert gcd((a * c).divide_exactly(common), (b * c).divide_exactly(common)).is_constant()
    assert common.content() == 1
    assert common.leading()[1] > 0
    assert lcm(a, b).divide_exactly(a) is not None
    assert lcm(a, b).divide_exactly(b) is not None


@few
@given(nonzero, nonzero)
def test_the_two_ways_to_a_gcd_agree(a, b):
    x, y, z = Polynomial.generators(COUNT)
    common = x * y * z + x + 2
    a, b = (a * common).primitive()[1], (b * common).primitive()[1]
    content = gcd(a, b)
    by_remainders = _by_remainders(a, b)
    assert content.divide_exactly(by_remainders) is not None
    assert by_remainders.divide_exactly(common) is not None


@few
@given(nonzero)
def test_factors_multiply_to_the_polynomial(a):
    product = Polynomial.constant(COUNT, 1)
    for factor, multiplicity in factor_polynomial(a.primitive()[1]):
        assert not factor.is_constant()
        product = product * factor**multiplicity
    assert product == a.primitive()[1]


@given(st.integers(0, 40), st.integers(1, 90), st.booleans())
@settings(max_examples=15)
def test_long_products_are_exact(seed, bits, fractions):
    rng = np.random.default_rng(seed)

    def random():
        keys = rng.integers(0, 5, size=(60, COUNT)).tolist()
        values = [int(rng.integers(-(2**30), 2**30)) << int(rng.integers(0, bits)) for _ in keys]
        parts = [Fraction(v, 1 + k % 5) if fractions else v for k, v in enumerate(values)]
        return Polynomial(COUNT, {tuple(k): v for k, v in zip(keys, parts)})

    a, b = random(), random()
    degrees = [i + j for i, j in zip(a.degrees(), b.degrees())]
    assert polynomial_product._dense(a, b, degrees) == polynomial_product._sparse(a, b) == a * b


def test_powers():
    x, y, z = Polynomial.generators(3)
    assert (x + y) ** 0 == Polynomial.constant(3, 1)
    assert (2 * x) ** 5 == 32 * x**5
    assert len((x + y + z + 1) ** 15 * ((x + y + z + 1) ** 15 + 1)) == 5456
    with pytest.raises(InputError, match="whole exponents"):
        x**-1


def test_limits_and_errors(without_flint):
    x, y = Polynomial.generators(2)
    with pytest.raises(BudgetError):
        (x**MAXIMUM_DEGREE) * x
    with pytest.raises(BudgetError):
        x ** (MAXIMUM_DEGREE + 1)
    with pytest.raises(DivisionByZeroError):
        x.divide(x - x)
    with pytest.raises(InputError, match="3 and in 2|2 and in 3"):
        x + Polynomial.generators(3)[0]
    with pytest.raises(InputError):
        x + 1.5
    with pytest.raises(InputError):
        Polynomial(2, {(1,): 1})
    with pytest.raises(TimeLimitError), time_limit(1e-9):
        (x + y + 1) ** 40


@pytest.fixture
def without_flint(monkeypatch):
    """Everything in Python and NumPy, as where python-flint is not installed."""
    monkeypatch.setattr(polynomial_flint, "is_installed", lambda: False)


def test_flint_gives_the_same_polynomials(monkeypatch):
    """Values, kinds of coefficients and the order of the monomials; the sizes are those that go to FLINT."""
    x, y, z = Polynomial.generators(COUNT)
    base = 10**9 * x + 2 * y - Fraction(1, 3) * z + 1
    a = base**13
    b = a - 10**30 * x * y
    common = x * y - 3 * z + 2
    u, v = common**2 * (x + y**2 - 1) * (x - z), common * (z * x - y + 5) ** 2 * (y + z + 1)
    assert polynomial_flint.pays_for_power(base, 13)
    assert polynomial_flint.pays_for_product(a, b, 27**3)
    assert polynomial_flint.pays_for_divisor(u, v)
    large = (a, a * b, gcd(u, v), factor_polynomial(u * 6))
    monkeypatch.setattr(polynomial_flint, "is_installed", lambda: False)
    ours = (base**13, a * b, gcd(u, v), factor_polynomial(u * 6))
    assert large == ours
    for one, other in zip(large[:2], ours[:2]):
        assert [type(c) for _, c in one.items()] == [type(c) for _, c in other.items()]
    assert list(large[1].packed) == list(ours[1].packed)
    assert large[2] == common


def test_the_long_expansion(without_flint):
    x, y, z = Polynomial.generators(COUNT)
    power = (x + y + z + 1) ** 15
    product = power * (power + 1)
    assert len(product) == 5456
    assert product.packed[0] == 2
    assert product.packed[15 << 64] == 1 + comb(30, 15)
    assert sum(product.packed.values()) == 4**15 * (4**15 + 1)


def test_flint_keeps_budgets_and_limits():
    x, y = Polynomial.generators(2)
    with pytest.raises(BudgetError):
        (x + y) ** (MAXIMUM_DEGREE + 1)
    with pytest.raises(TimeLimitError), time_limit(1e-9):
        (x + y + 1) ** 40


def test_terms_to_polynomials_and_back():
    x, y, n = sn.symbols("x y n")
    for term in (
        x**2 * y - y / 3 + 7,
        sn.sin(x) ** 3 + sn.sin(x) * y,
        sn.sqrt(x) + x ** sn.parse("1/3"),
        sn.exp(2 * x) + sn.exp(x),
        x ** (2 * n) - x**n,
        1.5 * x - 0.25 * y**2,
        (x + y) ** sn.parse("1/2") + 1,
        2j * x + 1,
    ):
        generators, (quotient,) = to_quotients([term])
        assert to_term(quotient.numerator, generators) == term
        assert quotient.denominator == Polynomial.constant(generators.count, 1)


def test_quotients_in_lowest_terms():
    x, y = sn.symbols("x y")

    def lowest(term):
        generators, (quotient,) = to_quotients([term])
        return quotient_term(*lowest_terms(quotient), generators)

    assert lowest(1 / (1 / x + 1 / y)) == x * y / (x + y)
    assert lowest((x - 1) / (sn.sqrt(x) - 1)) == sn.sqrt(x) + 1
    assert lowest(((1 + sn.sqrt(2)) * (1 - sn.sqrt(2)) + 1) * x) == 0
    with pytest.raises(DivisionByZeroError):
        lowest(x / ((y + 1) ** 2 - y**2 - 2 * y - 1))
    with pytest.raises(UnsupportedError):
        lowest(float("inf") * x + y)


def test_expand_uses_them_and_agrees():
    x, y, z = sn.symbols("x y z")
    term = (x + y / 2 - 3) ** 6 * (x * z - y + 1) ** 5 * z**-1
    point = {x: Fraction(2, 3), y: Fraction(-5, 7), z: Fraction(11, 13)}
    expanded = sn.expand(term)
    assert sn.terms.evaluate_exact(expanded, point) == sn.terms.evaluate_exact(term, point)
    assert expanded == sn.expand(
        term.__class__ and (x + y / 2 - 3) ** 6 * sn.expand((x * z - y + 1) ** 5 / z)
    )
    with pytest.raises(BudgetError):
        sn.expand((x + y + z + 1) ** 40, maximum_terms=1000)


def test_a_highest_coefficient_that_vanishes_modulo_the_prime_hides_no_common_factor(without_flint):
    x, y, one = (Polynomial(2, {powers: 1}) for powers in ((1, 0), (0, 1), (0, 0)))
    common = x * Polynomial.constant(2, 2**61 - 1) + y
    assert gcd(common * (x + one), common * (x - one)) == common
