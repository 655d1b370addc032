"""Symbolic LU factorisation: every entry a shared expression, zeros told exactly, pivots chosen for simplicity."""

from typing import Any

from symnum.errors import SingularMatrixError
from symnum.terms.matrices import PRIME, Residues, Rows, inverse, like_input, read_matrix
from symnum.terms.numbers import NUMBER_TYPES
from symnum.terms.symbols import apply
from symnum.terms.traverse import parts


def lu(matrix: Any) -> tuple[list[int], Any, Any]:
    """Return the factorisation of a square matrix of terms: row i of L U is row permutation[i] of the matrix.

    Parameters
    ----------
    matrix : nested lists, 2-D array or SparseJacobian
        Of shape (n, n), with terms and numbers.

    Returns
    -------
    permutation : list of int
    lower, upper : nested lists, or object arrays if an array was given
        Unit lower and upper triangular, of shape (n, n). Where the matrix is singular, `upper` has a zero
        on its diagonal.

    Raises
    ------
    ShapeError
        If the matrix is not square.

    Notes
    -----
    Entries are not multiplied out: an entry contains former ones as shared parts, so a full symbolic matrix
    takes n^3/3 operations. A pivot is a number if there is one, else the simplest entry that is not zero;
    a matrix of numbers with floats among them is pivoted by size. Zeros are found by exact arithmetic modulo a
    prime; identities among functions are not.

    Examples
    --------
    >>> import symnum as sn
    >>> a, b, c, d = sn.symbols("a b c d")
    >>> sn.lu([[a, b], [c, d]])
    ([0, 1], [[1, 0], [c/a, 1]], [[a, b], [0, -b*c/a + d]])
    """
    permutation, lower, upper = factor(read_matrix(matrix, square=True))
    return permutation, like_input(lower, matrix), like_input(upper, matrix)


def factor(rows: Rows) -> tuple[list[int], Rows, Rows]:
    """Factor a square matrix that is a list of rows; see `lu`."""
    n = len(rows)
    work = [list(row) for row in rows]
    residues = Residues()
    shadow = [[residues.of(entry) for entry in row] for row in work]
    by_size = any(e.__class__ is float for row in work for e in row) and all(
        e.__class__ in NUMBER_TYPES for row in work for e in row
    )
    lower: Rows = [[0] * n for _ in range(n)]
    permutation = list(range(n))
    for k in range(n):
        pivot = _pivot(work, shadow, k, by_size)
        if pivot is not None:
            tables: tuple[list[Any], ...] = (work, shadow, permutation, lower)
            for table in tables:
                table[k], table[pivot] = table[pivot], table[k]
            _eliminate(work, shadow, lower, k)
        lower[k][k] = 1
    for i in range(n):
        work[i][:i] = [0] * i
    return permutation, lower, work


def _pivot(work: Rows, shadow: list[list[int]], k: int, by_size: bool) -> int | None:
    candidates = [i for i in range(k, len(work)) if shadow[i][k] != 0]
    if not candidates:
        return None
    if by_size:
        return max(candidates, key=lambda i: abs(work[i][k]))
    return min(candidates, key=lambda i: _complexity(work[i][k]))


def _complexity(entry: Any) -> int:
    return (
        0
        if entry.__class__ in NUMBER_TYPES
        else 1 + len(parts(entry)) + sum(len(parts(p)) for p in parts(entry))
    )


def _eliminate(work: Rows, shadow: list[list[int]], lower: Rows, k: int) -> None:
    reciprocal = inverse(shadow[k][k])
    symbolic = apply("^", work[k][k], -1)
    for i in range(k + 1, len(work)):
        if shadow[i][k] == 0:
            continue
        ratio = shadow[i][k] * reciprocal % PRIME
        lower[i][k] = apply("*", work[i][k], symbolic)
        for j in range(k + 1, len(work)):
            if shadow[k][j] == 0:
                continue
            shadow[i][j] = (shadow[i][j] - ratio * shadow[k][j]) % PRIME
            change = apply("*", -1, lower[i][k], work[k][j])
            work[i][j] = 0 if shadow[i][j] == 0 else apply("+", work[i][j], change)


def solve_with_lu(rows: Rows, right: list[Any]) -> list[Any]:
    """Return x of A x = b for a square matrix as a list of rows.

    Raises
    ------
    SingularMatrixError
        If the matrix is singular.
    """
    permutation, lower, upper = factor(rows)
    n = len(rows)
    if any(upper[i][i].__class__ is int and upper[i][i] == 0 for i in range(n)):
        raise SingularMatrixError(
            "the matrix is singular: its rows depend on each other, so there is no single solution."
        )
    x = [right[i] for i in permutation]
    for i in range(n):
        x[i] = _less(x[i], lower[i][:i], x[:i])
    for i in reversed(range(n)):
        x[i] = apply("*", _less(x[i], upper[i][i + 1 :], x[i + 1 :]), apply("^", upper[i][i], -1))
    return x


def _less(value: Any, factors: list[Any], known: list[Any]) -> Any:
    products = [apply("*", -1, f, x) for f, x in zip(factors, known, strict=True) if not _is_zero(f)]
    return apply("+", value, *products) if products else value


def _is_zero(value: Any) -> bool:
    return value.__class__ is int and value == 0
