"""Greatest common divisors of polynomials with exact coefficients.

Generators that the divisor cannot contain are found by one image modulo a prime and taken out. The rest goes
through the heuristic algorithm (evaluation at a large integer, gcd of the values, interpolation), whose result
is proved by division, and through primitive remainder sequences where that fails. Large ones are FLINT's, where
python-flint is installed.
"""

from math import gcd as integer_gcd
from math import isqrt

from symnum.terms import polynomial_flint as flint
from symnum.terms.polynomial import WIDTH, Coefficient, Polynomial, from_packed
from symnum.terms.timing import check_time

_PRIME = (1 << 61) - 1
_FIELD = (1 << WIDTH) - 1
_TRIES = 6
_MAXIMUM_BITS = 400_000


def gcd(a: Polynomial, b: Polynomial) -> Polynomial:
    """Return the greatest common divisor: coprime integer coefficients, the highest one positive.

    Numbers are units: the divisor of two constants is 1. ``gcd(a, 0)`` is `a` made primitive.

    Examples
    --------
    >>> from symnum.terms.polynomial import Polynomial
    >>> from symnum.terms.polynomial_gcd import gcd
    >>> x, y = Polynomial.generators(2)
    >>> gcd(x**2 - y**2, 2 * x + 2 * y) == x + y
    True
    """
    a, b = a.primitive()[1], b.primitive()[1]
    if not a or not b:
        return a if a else b
    one = Polynomial.constant(a.count, 1)
    a, low_a = _without_monomial(a)
    b, low_b = _without_monomial(b)
    common = from_packed(a.count, {_lower(low_a, low_b, a.count): 1})
    if len(a) == 1 or len(b) == 1:
        return common
    return common * (_gcd(a, b) or one)


def _lower(a: int, b: int, count: int) -> int:
    code = 0
    for place in range(count):
        shift = place * WIDTH
        code |= min(a >> shift & _FIELD, b >> shift & _FIELD) << shift
    return code


def _without_monomial(polynomial: Polynomial) -> tuple[Polynomial, int]:
    """Return the polynomial divided by the largest monomial that divides it, and that monomial."""
    codes = iter(polynomial.packed)
    lowest = next(codes)
    for code in codes:
        if not lowest:
            return polynomial, 0
        lowest = _lower(lowest, code, polynomial.count)
    if not lowest:
        return polynomial, 0
    return from_packed(polynomial.count, {m - lowest: c for m, c in polynomial.packed.items()}), lowest


def _gcd(a: Polynomial, b: Polynomial) -> Polynomial:
    """Return the primitive gcd of primitive polynomials that are not zero."""
    check_time()
    one = Polynomial.constant(a.count, 1)
    if a.is_constant() or b.is_constant():
        return one
    if a == b:
        return a
    absent = _absent(a, b)
    if absent:
        return _gcd_of_all([*_coefficients(a, absent), *_coefficients(b, absent)])
    short, long = (a, b) if len(a) <= len(b) else (b, a)
    if all(i <= j for i, j in zip(short.degrees(), long.degrees())):
        quotient = long.divide_exactly(short)
        if quotient is not None:
            return short
    if flint.pays_for_divisor(a, b):
        return flint.gcd(a, b)
    found = _heuristic(a, b)
    return found.primitive()[1] if found is not None else _by_remainders(a, b)


def _gcd_of_all(polynomials: list[Polynomial]) -> Polynomial:
    polynomials.sort(key=len)
    result = gcd(polynomials[0], polynomials[0])
    for other in polynomials[1:]:
        if result.is_constant():
            break
        result = gcd(result, other)
    return result


def _coefficients(polynomial: Polynomial, places: list[int]) -> list[Polynomial]:
    """Return the coefficients by powers of some generators, as polynomials in the others."""
    mask = sum(_FIELD << (WIDTH * (polynomial.count - 1 - p)) for p in places)
    groups: dict[int, dict[int, Coefficient]] = {}
    for code, c in polynomial.packed.items():
        groups.setdefault(code & mask, {})[code & ~mask] = c
    return [from_packed(polynomial.count, group) for group in groups.values()]


def _absent(a: Polynomial, b: Polynomial) -> list[int]:
    """Return the generators that occur in a or b and surely not in their gcd."""
    places = []
    for place, (i, j) in enumerate(zip(a.degrees(), b.degrees())):
        if (i or j) and (not i or not j or _image_degree(a, b, place, i, j) == 0):
            places.append(place)
    return places


def _image_degree(a: Polynomial, b: Polynomial, place: int, i: int, j: int) -> int | None:
    """Return the degree in one generator of the gcd of images modulo a prime, or None if they shrank.

    Where neither highest coefficient vanishes, the gcd itself has at most this degree.
    """
    if i > 400 or j > 400:
        return None
    image_a, image_b = _image(a, place, i), _image(b, place, j)
    if not image_a[-1] or not image_b[-1]:
        return None
    while image_b:
        image_a, image_b = image_b, _remainder(image_a, image_b)
    return len(image_a) - 1


def _image(polynomial: Polynomial, place: int, degree: int) -> list[int]:
    count = polynomial.count
    image = [0] * (degree + 1)
    for code, c in polynomial.packed.items():
        value = c.numerator % _PRIME
        for other in range(count):
            exponent = code >> (WIDTH * (count - 1 - other)) & _FIELD
            if exponent and other != place:
                value = value * pow(1_000_003 * (other + 1) + 7 * other * other, exponent, _PRIME) % _PRIME
        exponent = code >> (WIDTH * (count - 1 - place)) & _FIELD
        image[exponent] = (image[exponent] + value) % _PRIME
    return image


def _remainder(a: list[int], b: list[int]) -> list[int]:
    """Return the remainder of dense polynomials modulo the prime, lowest coefficient first."""
    a = a.copy()
    inverse = pow(b[-1], -1, _PRIME)
    while len(a) >= len(b):
        factor = a[-1] * inverse % _PRIME
        shift = len(a) - len(b)
        for k, c in enumerate(b):
            a[shift + k] = (a[shift + k] - factor * c) % _PRIME
        while a and not a[-1]:
            a.pop()
    return a


# --- the heuristic algorithm -------------------------------------------------------------------------------


def _heuristic(a: Polynomial, b: Polynomial) -> Polynomial | None:
    """Return a common divisor with gcd content, proved by division, or None."""
    check_time()
    content = integer_gcd(_content(a), _content(b))
    if content > 1:
        a, b = a.divided_by_number(content), b.divided_by_number(content)
    degrees = [max(i, j) for i, j in zip(a.degrees(), b.degrees())]
    place = next((p for p, d in enumerate(degrees) if d), None)
    if place is None:
        return Polynomial.constant(a.count, content * integer_gcd(_content(a), _content(b)))
    norm_a, norm_b = _norm(a), _norm(b)
    bound = 2 * min(norm_a, norm_b) + 29
    leading = min(norm_a // abs(a.leading()[1].numerator), norm_b // abs(b.leading()[1].numerator))
    point = max(min(bound, 99 * isqrt(bound)), 2 * leading + 4)
    for _ in range(_TRIES):
        if point.bit_length() * degrees[place] > _MAXIMUM_BITS:
            return None
        found = _try_point(a, b, place, point)
        if found is not None:
            return found * content
        point = 73794 * point * isqrt(isqrt(point)) // 27011
    return None


def _try_point(a: Polynomial, b: Polynomial, place: int, point: int) -> Polynomial | None:
    value_a, value_b = _evaluated(a, place, point), _evaluated(b, place, point)
    if not value_a or not value_b:
        return None
    of_values = _heuristic(value_a, value_b)
    if of_values is None:
        return None
    candidate = _interpolated(of_values, place, point)
    candidate = candidate.divided_by_number(_content(candidate))
    if a.divide_exactly(candidate) is None or b.divide_exactly(candidate) is None:
        return None
    return candidate


def _content(polynomial: Polynomial) -> int:
    return integer_gcd(*[c.numerator for c in polynomial.packed.values()])


def _norm(polynomial: Polynomial) -> int:
    return max(abs(c.numerator) for c in polynomial.packed.values())


def _evaluated(polynomial: Polynomial, place: int, point: int) -> Polynomial:
    shift = WIDTH * (polynomial.count - 1 - place)
    mask = _FIELD << shift
    powers = {0: 1}
    result: dict[int, Coefficient] = {}
    for code, c in polynomial.packed.items():
        exponent = (code & mask) >> shift
        if exponent not in powers:
            powers[exponent] = point**exponent
        rest = code & ~mask
        result[rest] = result.get(rest, 0) + c * powers[exponent]
    return from_packed(polynomial.count, {m: c for m, c in result.items() if c})


def _interpolated(polynomial: Polynomial, place: int, point: int) -> Polynomial:
    """Read coefficients as numbers written in base `point` with digits of both signs."""
    unit = 1 << (WIDTH * (polynomial.count - 1 - place))
    half = point // 2
    result: dict[int, Coefficient] = {}
    for code, c in polynomial.packed.items():
        value = c.numerator
        while value:
            value, digit = divmod(value, point)
            if digit > half:
                digit -= point
                value += 1
            if digit:
                result[code] = digit
            code += unit
    return from_packed(polynomial.count, result)


# --- primitive remainder sequences -------------------------------------------------------------------------


def _by_remainders(a: Polynomial, b: Polynomial) -> Polynomial:
    """Return the primitive gcd by Euclid's algorithm in one generator over polynomials in the others."""
    degrees_a, degrees_b = a.degrees(), b.degrees()
    shared = [p for p in range(a.count) if degrees_a[p] and degrees_b[p]]
    place = min(shared, key=lambda p: min(degrees_a[p], degrees_b[p]))
    content_a, content_b = _gcd_of_all(_coefficients_in(a, place)), _gcd_of_all(_coefficients_in(b, place))
    content = gcd(content_a, content_b)
    a, b = _exactly(a, content_a), _exactly(b, content_b)
    if a.degrees()[place] < b.degrees()[place]:
        a, b = b, a
    while b.degrees()[place]:
        check_time()
        remainder = _pseudo_remainder(a, b, place)
        if not remainder:
            return (content * b).primitive()[1]
        a, b = b, _exactly(remainder, _gcd_of_all(_coefficients_in(remainder, place)))
    return content


def _coefficients_in(polynomial: Polynomial, place: int) -> list[Polynomial]:
    return _coefficients(polynomial, [place])


def _exactly(a: Polynomial, b: Polynomial) -> Polynomial:
    quotient = a.divide_exactly(b)
    assert quotient is not None
    return quotient.primitive()[1]


def _leading_in(polynomial: Polynomial, place: int, degree: int) -> Polynomial:
    shift = WIDTH * (polynomial.count - 1 - place)
    mask = _FIELD << shift
    return from_packed(
        polynomial.count,
        {code & ~mask: c for code, c in polynomial.packed.items() if (code & mask) >> shift == degree},
    )


def _pseudo_remainder(a: Polynomial, b: Polynomial, place: int) -> Polynomial:
    unit = 1 << (WIDTH * (a.count - 1 - place))
    degree = b.degrees()[place]
    leading = _leading_in(b, place, degree)
    while a:
        height = a.degrees()[place]
        if height < degree:
            break
        step = from_packed(a.count, {unit * (height - degree): 1})
        a = a * leading - b * (_leading_in(a, place, height) * step)
    return a


def lcm(a: Polynomial, b: Polynomial) -> Polynomial:
    """Return the least common multiple, primitive."""
    quotient = a.divide_exactly(gcd(a, b))
    assert quotient is not None
    return (quotient * b).primitive()[1]
