"""Symbolic determinants: without division while the matrix is small or sparse, else by elimination."""

from typing import Any

from symnum.terms.matrices import Rows, read_matrix
from symnum.terms.symbols import apply

_MOST_PRODUCTS = 30_000


def determinant(matrix: Any) -> Any:
    """Return the determinant of a square matrix of terms.

    Parameters
    ----------
    matrix : nested lists, 2-D array or SparseJacobian
        Of shape (n, n), with terms and numbers.

    Returns
    -------
    term or number
        A polynomial in the entries whose minors are shared parts, not multiplied out (`sn.expand` does that);
        from 13 rows of a full matrix on, the product of the pivots of `lu`.

    Raises
    ------
    ShapeError
        If the matrix is not square.

    Examples
    --------
    >>> import symnum as sn
    >>> a, b, c, d = sn.symbols("a b c d")
    >>> sn.determinant([[a, b], [c, d]])
    a*d - b*c
    """
    rows = read_matrix(matrix, square=True)
    order = sorted(range(len(rows)), key=lambda i: sum(not _is_zero(entry) for entry in rows[i]))
    if _products([rows[i] for i in order]) > _MOST_PRODUCTS:
        return _by_elimination(rows)
    value = _minors([rows[i] for i in order])
    return apply("*", -1, value) if _sign(order) < 0 else value


def _is_zero(value: Any) -> bool:
    return value.__class__ is int and value == 0


def _products(rows: Rows) -> int:
    """Return how many products `_minors` would take, counted no further than it matters."""
    known, count = {0}, 0
    for row in rows:
        bits = [1 << j for j, entry in enumerate(row) if not _is_zero(entry)]
        found = [columns | bit for columns in known for bit in bits if not columns & bit]
        count += len(found)
        if count > _MOST_PRODUCTS:
            break
        known = set(found)
    return count


def _minors(rows: Rows) -> Any:
    """Return the determinant from the minors of the first k rows for each set of columns, k = 1..n."""
    known: dict[int, Any] = {0: 1}
    for row in rows:
        summands: dict[int, list[Any]] = {}
        for columns, minor in known.items():
            for j, entry in enumerate(row):
                if columns >> j & 1 or _is_zero(entry):
                    continue
                odd = (columns >> (j + 1)).bit_count() & 1
                factors = [f for f in (entry, minor) if not (f.__class__ is int and f == 1)]
                if odd:
                    factors.append(-1)
                summands.setdefault(columns | 1 << j, []).append(
                    apply("*", *factors) if len(factors) != 1 else factors[0]
                )
        known = {key: apply("+", *parts) if len(parts) > 1 else parts[0] for key, parts in summands.items()}
        known = {key: minor for key, minor in known.items() if not _is_zero(minor)}
    return known.get((1 << len(rows)) - 1, 0)


def _sign(order: list[int]) -> int:
    """Return the sign of a permutation."""
    sign, seen = 1, set()
    for start in range(len(order)):
        length, i = 0, start
        while i not in seen:
            seen.add(i)
            i = order[i]
            length += 1
        if length and length % 2 == 0:
            sign = -sign
    return sign


def _by_elimination(rows: Rows) -> Any:
    from symnum.terms.lu import lu

    permutation, _, upper = lu(rows)
    return apply("*", _sign(permutation), *[upper[i][i] for i in range(len(rows))])
