"""Polynomials in any number of generators: a dictionary of packed exponents to exact coefficients.

A monomial is one integer with a field of 32 bits per generator, the first generator highest, so that a
product of monomials is an addition and the lexicographic order is the order of integers. Long products go
through NumPy (`symnum.terms.polynomial_product`) or python-flint (`symnum.terms.polynomial_flint`).
"""

import heapq
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import reduce
from math import gcd, lcm
from typing import Any

from symnum.errors import BudgetError, DivisionByZeroError, InputError
from symnum.terms.numbers import normal

WIDTH = 32
_FIELD = (1 << WIDTH) - 1
_TOP = 1 << (WIDTH - 1)
MAXIMUM_DEGREE = _TOP - 1
Coefficient = int | Fraction


class Polynomial:
    """A polynomial with exact coefficients. Immutable; operators need equal numbers of generators.

    Parameters
    ----------
    count : int
        Number of generators.
    terms : mapping of tuple of int to int or Fraction
        Exponents of one monomial, one for each generator, and its coefficient.

    Examples
    --------
    >>> from symnum.terms.polynomial import Polynomial
    >>> x, y = Polynomial.generators(2)
    >>> (x + y) ** 2 - (x - y) ** 2 == 4 * x * y
    True
    """

    __slots__ = ("count", "packed")
    count: int
    packed: dict[int, Coefficient]

    def __init__(self, count: int, terms: Mapping[tuple[int, ...], Coefficient]) -> None:
        self.count = count
        self.packed = {}
        for exponents, coefficient in terms.items():
            if len(exponents) != count or any(not 0 <= e <= MAXIMUM_DEGREE for e in exponents):
                raise InputError(
                    f"a monomial of {count} generators needs {count} exponents from 0 to {MAXIMUM_DEGREE}, "
                    f"and was given {exponents}."
                )
            if coefficient:
                self.packed[pack(exponents)] = normal(coefficient)  # type: ignore[assignment]

    @staticmethod
    def generators(count: int) -> "tuple[Polynomial, ...]":
        """Return the polynomials that are one generator each."""
        return tuple([from_packed(count, {1 << (WIDTH * (count - 1 - i)): 1}) for i in range(count)])

    @staticmethod
    def constant(count: int, value: Coefficient) -> "Polynomial":
        """Return a constant polynomial."""
        return from_packed(count, {0: value} if value else {})

    def items(self) -> list[tuple[tuple[int, ...], Coefficient]]:
        """Return (exponents, coefficient) of every monomial, highest first."""
        return [(unpack(code, self.count), c) for code, c in sorted(self.packed.items(), reverse=True)]

    def __bool__(self) -> bool:
        return bool(self.packed)

    def __len__(self) -> int:
        return len(self.packed)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Polynomial):
            return NotImplemented
        return self.count == other.count and self.packed == other.packed

    def __hash__(self) -> int:
        return hash((self.count, frozenset(self.packed.items())))

    def __repr__(self) -> str:
        return f"Polynomial({self.count}, {dict(self.items())})"

    def __neg__(self) -> "Polynomial":
        return from_packed(self.count, {m: -c for m, c in self.packed.items()})

    def __add__(self, other: Any) -> "Polynomial":
        return self._combined(other, 1)

    def __sub__(self, other: Any) -> "Polynomial":
        return self._combined(other, -1)

    __radd__ = __add__

    def __rsub__(self, other: Any) -> "Polynomial":
        return (-self)._combined(other, 1)

    def _combined(self, other: Any, sign: int) -> "Polynomial":
        result: dict[int, Coefficient] = self.packed.copy()
        for monomial, coefficient in _coerced(self, other).packed.items():
            total = result.get(monomial, 0) + sign * coefficient
            if total:
                result[monomial] = _plain(total)
            else:
                result.pop(monomial, None)
        return from_packed(self.count, result)

    def __mul__(self, other: Any) -> "Polynomial":
        if other.__class__ is int or other.__class__ is Fraction:
            if not other:
                return from_packed(self.count, {})
            return from_packed(self.count, {m: _plain(c * other) for m, c in self.packed.items()})
        from symnum.terms.polynomial_product import product

        return product(self, _coerced(self, other))

    __rmul__ = __mul__

    def __pow__(self, exponent: int) -> "Polynomial":
        if exponent.__class__ is not int or exponent < 0:
            raise InputError(f"a polynomial has powers of whole exponents from 0 on, not of {exponent!r}.")
        if len(self.packed) == 1:
            ((code, coefficient),) = self.packed.items()
            check_degrees([e * exponent for e in unpack(code, self.count)])
            return from_packed(self.count, {code * exponent: coefficient**exponent})
        from symnum.terms import polynomial_flint as flint

        check_degrees([d * exponent for d in self.degrees()])
        if flint.pays_for_power(self, exponent):
            return flint.power(self, exponent)
        result = Polynomial.constant(self.count, 1)
        for bit in bin(exponent)[2:]:
            result = result * result
            if bit == "1":
                result = result * self
        return result

    def degrees(self) -> tuple[int, ...]:
        """Return the highest exponent of every generator (all 0 for the zero polynomial)."""
        highest = [0] * self.count
        for code in self.packed:
            for place in range(self.count - 1, -1, -1):
                exponent = code & _FIELD
                if exponent > highest[place]:
                    highest[place] = exponent
                code >>= WIDTH
        return tuple(highest)

    def leading(self) -> tuple[int, Coefficient]:
        """Return the packed exponents and the coefficient of the highest monomial."""
        code = max(self.packed)
        return code, self.packed[code]

    def is_constant(self) -> bool:
        """Tell whether no generator occurs."""
        return not self.packed or (len(self.packed) == 1 and 0 in self.packed)

    def content(self) -> Coefficient:
        """Return the positive rational by which dividing gives coprime integer coefficients (0 for zero)."""
        numerator = reduce(gcd, [c.numerator for c in self.packed.values()], 0)
        denominator = reduce(lcm, [c.denominator for c in self.packed.values()], 1)
        return _plain(Fraction(numerator, denominator))

    def primitive(self) -> "tuple[Coefficient, Polynomial]":
        """Return (content, polynomial / content) with the sign kept in the content: leading coefficient > 0."""
        if not self.packed:
            return 0, self
        content = self.content()
        if self.leading()[1] < 0:
            content = -content
        return content, self.divided_by_number(content)

    def divided_by_number(self, divisor: Coefficient) -> "Polynomial":
        """Return the polynomial divided by a number other than 0."""
        if divisor == 1:
            return self
        return from_packed(self.count, {m: _plain(Fraction(c) / divisor) for m, c in self.packed.items()})

    def divide(self, divisor: "Polynomial") -> "tuple[Polynomial, Polynomial]":
        """Return (quotient, remainder): no monomial of the remainder is a multiple of the divisor's highest.

        Raises
        ------
        DivisionByZeroError
        """
        quotient, remainder = _divide(self, divisor, stop_early=False)
        assert remainder is not None
        return quotient, remainder

    def divide_exactly(self, divisor: "Polynomial") -> "Polynomial | None":
        """Return the quotient, or None if the division leaves a remainder."""
        quotient, remainder = _divide(self, divisor, stop_early=True)
        return None if remainder is None else quotient


def from_packed(count: int, packed: dict[int, Coefficient]) -> Polynomial:
    """Return a polynomial of packed monomials with nonzero coefficients; takes the dictionary over."""
    made = object.__new__(Polynomial)
    made.count = count
    made.packed = packed
    return made


def pack(exponents: Iterable[int]) -> int:
    """Return exponents as one integer."""
    code = 0
    for exponent in exponents:
        code = code << WIDTH | exponent
    return code


def unpack(code: int, count: int) -> tuple[int, ...]:
    """Return the exponents in a packed monomial."""
    return tuple([code >> (WIDTH * place) & _FIELD for place in range(count - 1, -1, -1)])


def check_degrees(degrees: Iterable[int]) -> None:
    """Raise `BudgetError` if an exponent would not fit into its field."""
    highest = max(degrees, default=0)
    if highest > MAXIMUM_DEGREE:
        raise BudgetError(
            f"a polynomial of degree {highest} would arise; the limit is {MAXIMUM_DEGREE}. Lower the exponents."
        )


def _plain(value: Coefficient) -> Coefficient:
    return value.numerator if value.denominator == 1 else value


def _coerced(like: Polynomial, value: Any) -> Polynomial:
    if isinstance(value, Polynomial):
        if value.count != like.count:
            raise InputError(
                f"polynomials in {like.count} and in {value.count} generators cannot be combined; write both "
                "in the same generators."
            )
        return value
    if value.__class__ is int or value.__class__ is Fraction:
        return Polynomial.constant(like.count, value)
    raise InputError(f"{value!r} is neither a polynomial nor an exact number.")


def _divide(
    dividend: Polynomial, divisor: Polynomial, stop_early: bool
) -> tuple[Polynomial, Polynomial | None]:
    """Divide by repeatedly cancelling the highest monomial, which a heap keeps at hand."""
    if not _coerced(dividend, divisor).packed:
        raise DivisionByZeroError("a polynomial is divided by zero. Check the denominator.")
    count = dividend.count
    guards = pack([_TOP] * count)
    lead, lead_coefficient = divisor.leading()
    others = [(m, c) for m, c in divisor.packed.items() if m != lead]
    rest = dividend.packed.copy()
    heap = [-m for m in rest]
    heapq.heapify(heap)
    quotient: dict[int, Coefficient] = {}
    remainder: dict[int, Coefficient] = {}
    while heap:
        code = -heapq.heappop(heap)
        coefficient = rest.pop(code, 0)
        if not coefficient:
            continue
        if ((code | guards) - lead) & guards != guards:  # some exponent is too small
            if stop_early:
                return dividend, None
            remainder[code] = coefficient
            continue
        step = code - lead
        factor = _plain(Fraction(coefficient) / lead_coefficient)
        quotient[step] = factor
        for monomial, c in others:
            place = monomial + step
            old = rest.get(place)
            if old is None:
                heapq.heappush(heap, -place)
                rest[place] = -factor * c
            else:
                rest[place] = _plain(old - factor * c)
    return from_packed(count, quotient), from_packed(count, remainder)
