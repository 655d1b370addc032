"""Products of polynomials: by a dictionary where they are short, by NumPy or FLINT where they are long.

Long products add rows of coefficients into one dense array over a mixed-radix code of the exponents, in
64-bit integers. Coefficients that could overflow are cut into pieces first, so the result is always exact.
"""

from math import lcm, prod
from typing import Any

from symnum.errors import BudgetError
from symnum.terms import polynomial_flint as flint
from symnum.terms.polynomial import WIDTH, Coefficient, Polynomial, check_degrees, from_packed
from symnum.terms.timing import check_time

_SHORT = 2_000
MAXIMUM_WORK = 2_000_000_000
"""Largest number of products of coefficients in one multiplication."""


def product(a: Polynomial, b: Polynomial) -> Polynomial:
    """Return the exact product of two polynomials in the same generators.

    Raises
    ------
    BudgetError
        If it would take more than `MAXIMUM_WORK` multiplications, or an exponent would get too large.
    """
    if len(a) > len(b):
        a, b = b, a
    if len(a) * len(b) > MAXIMUM_WORK:
        raise BudgetError(
            f"a product of polynomials of {len(a)} and {len(b)} terms is too large. Expand a smaller part."
        )
    if not a:
        return a
    degrees = [i + j for i, j in zip(a.degrees(), b.degrees())]
    check_degrees(degrees)
    if len(a) * len(b) > _SHORT and len(a) > 1:
        cells = prod(d + 1 for d in degrees)
        if flint.pays_for_product(a, b, cells):
            return flint.product(a, b)
        if cells <= 4 * len(a) * len(b) and cells <= 50_000_000:
            return _dense(a, b, degrees)
    return _sparse(a, b)


def _sparse(a: Polynomial, b: Polynomial) -> Polynomial:
    result: dict[int, Coefficient] = {}
    get = result.get
    entries = list(b.packed.items())
    for code, coefficient in a.packed.items():
        check_time()
        for other, c in entries:
            key = code + other
            result[key] = get(key, 0) + coefficient * c
    return from_packed(a.count, {m: c.numerator if c.denominator == 1 else c for m, c in result.items() if c})


def _dense(a: Polynomial, b: Polynomial, degrees: list[int]) -> Polynomial:
    """Multiply over a dense array with one cell for every monomial that could arise."""
    import numpy as np

    strides = [1] * a.count
    for i in range(a.count - 2, -1, -1):
        strides[i] = strides[i + 1] * (degrees[i + 1] + 1)
    cells = strides[0] * (degrees[0] + 1)
    codes_a, codes_b = _codes(np, a, strides), _codes(np, b, strides)
    (whole_a, scale_a), (whole_b, scale_b) = _whole(a), _whole(b)
    sums = _piecewise_sums(np, codes_a, whole_a, codes_b, whole_b, cells)
    nonzero = np.flatnonzero(sums)
    packed = _packed(np, nonzero, strides, degrees)
    values = sums[nonzero].tolist()
    scale = scale_a * scale_b
    if scale == 1:
        return from_packed(a.count, dict(zip(packed, values)))
    return from_packed(a.count, dict(zip(packed, values))).divided_by_number(scale)


def _codes(np: Any, polynomial: Polynomial, strides: list[int]) -> Any:
    """Return the mixed-radix codes of the monomials."""
    size = WIDTH // 8 * polynomial.count
    data = b"".join([code.to_bytes(size, "big") for code in polynomial.packed])
    exponents = np.frombuffer(data, dtype=">u4").reshape(-1, polynomial.count).astype(np.int64)
    return exponents @ np.array(strides, dtype=np.int64)


def _packed(np: Any, codes: Any, strides: list[int], degrees: list[int]) -> list[int]:
    """Return packed monomials for mixed-radix codes."""
    fields = np.empty((len(codes), len(strides)), dtype=">u4")
    for place, (stride, degree) in enumerate(zip(strides, degrees)):
        fields[:, place] = codes // stride % (degree + 1)
    data, size = fields.tobytes(), WIDTH // 8 * len(strides)
    return [int.from_bytes(data[i : i + size], "big") for i in range(0, len(data), size)]


def _whole(polynomial: Polynomial) -> tuple[list[int], int]:
    """Return integer coefficients and the common denominator that was multiplied in."""
    values = list(polynomial.packed.values())
    scale = lcm(*[c.denominator for c in values])
    return [c.numerator * (scale // c.denominator) for c in values], scale


def _piecewise_sums(np: Any, codes_a: Any, a: list[int], codes_b: Any, b: list[int], cells: int) -> Any:
    """Return the dense sums as int64, or as Python integers where they need more bits."""
    if sum(map(abs, a)) * max(map(abs, b)) < 1 << 62:
        return _accumulate(np, codes_a, a, codes_b, np.array(b, dtype=np.int64), cells)
    width = (62 - len(a).bit_length()) // 2  # a sum of len(a) products of two pieces stays below 2^62
    total = np.zeros(cells, dtype=object)
    pieces_b = [np.array(piece, dtype=np.int64) for piece in _pieces(b, width)]
    for i, piece in enumerate(_pieces(a, width)):
        for j, other in enumerate(pieces_b):
            part = _accumulate(np, codes_a, piece, codes_b, other, cells)
            total += part.astype(object) << (width * (i + j))
    return total


def _pieces(values: list[int], width: int) -> list[list[int]]:
    """Cut integers into signed pieces of `width` bits, lowest first."""
    count = -(-max(abs(v).bit_length() for v in values) // width)
    mask = (1 << width) - 1
    cut = []
    for place in range(count):
        shift = place * width
        cut.append([(v >> shift & mask) if v >= 0 else -(-v >> shift & mask) for v in values])
    return cut


def _accumulate(np: Any, codes_a: Any, a: list[int], codes_b: Any, b: Any, cells: int) -> Any:
    total = np.zeros(cells, dtype=np.int64)
    for code, coefficient in zip(codes_a.tolist(), a):
        check_time()
        if coefficient:
            total[codes_b + code] += coefficient * b  # the codes of one row are all different
    return total
