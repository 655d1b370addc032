"""Matrices of terms as lists of rows or NumPy arrays; and their values modulo a prime, which tell zeros exactly.

Whether a nested quotient of sums is zero cannot be seen from its form. Its value at random residues modulo
2^61 - 1 can be computed exactly, and is zero for a term that is not only with a probability of about its degree
divided by 2^61 (Schwartz and Zippel). Functions and fractional powers count as symbols of their own, so an identity
among functions (``sin(x)^2 + cos(x)^2 - 1``) is not seen to be zero.
"""

import random
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from symnum.errors import ShapeError
from symnum.terms.canonical import Product, Sum
from symnum.terms.convert import convert
from symnum.terms.jacobian import SparseJacobian
from symnum.terms.numbers import NUMBER_TYPES, as_number
from symnum.terms.traverse import subterms

PRIME = 2**61 - 1
Rows = list[list[Any]]


def read_matrix(matrix: Any, *, square: bool = False) -> Rows:
    """Return the rows of a matrix given as nested lists, a NumPy array or a `SparseJacobian`.

    Raises
    ------
    ShapeError
        If its rows differ in length, or it is not square where it should be.
    """
    if isinstance(matrix, SparseJacobian):
        rows = matrix.to_dense()
    elif getattr(matrix, "ndim", 2) != 2 or not isinstance(matrix, Iterable):
        raise ShapeError(
            "a matrix has two dimensions: give a list of rows, [[a, b], [c, d]], or a 2-D array."
        )
    else:
        rows = [_row(row) for row in matrix]
    lengths = {len(row) for row in rows}
    if len(lengths) > 1:
        raise ShapeError(f"the rows of a matrix have one length, and these have {sorted(lengths)}.")
    if square and lengths not in (set(), {len(rows)}):
        raise ShapeError(f"a square matrix is needed, and this one is {len(rows)} x {lengths.pop()}.")
    return rows


def _row(row: Any) -> list[Any]:
    if not isinstance(row, Iterable):
        raise ShapeError(f"a matrix is a list of rows, [[a, b], [c, d]], and {row!r} is no row.")
    return [_entry(entry) for entry in row]


def _entry(entry: Any) -> Any:
    number = as_number(entry) if not hasattr(entry, "__len__") else None
    return entry if number is None else number


def like_input(rows: Any, given: Any) -> Any:
    """Return nested lists as a NumPy object array where a matrix was given as an array."""
    if not hasattr(given, "dtype"):
        return rows
    import numpy

    depth = 2 if rows and isinstance(rows[0], list) else 1
    shape = (len(rows), len(rows[0])) if depth == 2 else (len(rows),)
    array = numpy.empty(shape, dtype=object)
    for i, row in enumerate(rows):
        if depth == 1:
            array[i] = row
            continue
        for j, entry in enumerate(row):
            array[i, j] = entry
    return array


class Residues:
    """Values of terms modulo `PRIME` at one random point."""

    def __init__(self, seed: int = 20_011) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a test for zero, no secret
        self._drawn: dict[Any, int] = {}
        self._known: dict[Any, int] = {}

    def of(self, term: Any) -> int:
        """Return the residue of a term or number.

        Raises
        ------
        ZeroDivisionError
            If it divides by something that is zero at this point.
        """
        if term.__class__ in NUMBER_TYPES:
            return self._number(term)
        root = convert(term, "canonical")
        if root.__class__ in NUMBER_TYPES:
            return self._number(root)
        root = root.canonical() if root.__class__ is Sum else root
        for part in subterms((root,), self._known):
            if part not in self._known:
                self._known[part] = self._compute(part)
        return self._known[root]

    def _draw(self, key: Any) -> int:
        if key not in self._drawn:
            self._drawn[key] = self._random.randrange(1, PRIME)
        return self._drawn[key]

    def _number(self, value: Any) -> int:
        if value.__class__ is complex or (value.__class__ is float and not abs(value) < float("inf")):
            return self._draw(repr(value))
        exact = Fraction(value)
        return exact.numerator * inverse(exact.denominator) % PRIME

    def _value(self, part: Any) -> int:
        return self._number(part) if part.__class__ in NUMBER_TYPES else self._known[part]

    def _compute(self, part: Any) -> int:
        if part.__class__ is Sum:
            total = sum(self._known[t] * self._number(c) for t, c in part.terms.items())
            return (total + self._number(part.constant)) % PRIME
        if part.__class__ is not Product:
            return self._draw(part)
        if part.monic is not None:
            return self._value(part.monic) * self._number(part.coefficient) % PRIME
        result = 1
        for base, exponent in part.factors.items():
            if exponent.__class__ is not int:
                factor = self._draw((base, exponent))
            elif exponent >= 0:
                factor = pow(self._value(base), exponent, PRIME)
            else:
                factor = pow(inverse(self._value(base)), -exponent, PRIME)
            result = result * factor % PRIME
        return result


def inverse(value: int) -> int:
    """Return the inverse modulo `PRIME`.

    Raises
    ------
    ZeroDivisionError
        For a multiple of it.
    """
    if value % PRIME == 0:
        raise ZeroDivisionError("no inverse of zero")
    return pow(value, -1, PRIME)
