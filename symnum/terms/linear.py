"""Linear equations: their coefficients, and their solution."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from symnum.errors import DuplicateNameError, NonlinearError, ShapeError, SingularMatrixError
from symnum.terms.canonical import Call, Sum
from symnum.terms.convert import convert
from symnum.terms.determinant import determinant
from symnum.terms.differentiate import check_symbols
from symnum.terms.expand import expand
from symnum.terms.jacobian import SparseJacobian, jacobian
from symnum.terms.lu import solve_with_lu
from symnum.terms.matrices import Residues, Rows
from symnum.terms.numbers import NUMBER_TYPES
from symnum.terms.sources import expressions_of, named_symbols, with_symbols
from symnum.terms.substitute import substitute
from symnum.terms.symbols import apply
from symnum.terms.traverse import free_symbols, parts, subterms

_LARGEST_BY_DETERMINANTS = 4
_LARGEST_EXPANDED = 3


def linear_coefficients(
    expressions: Any, wrt: Iterable[Any], *, sparse: bool = False
) -> tuple[Any, list[Any]]:
    """Return A and b such that the expressions are A x + b.

    Parameters
    ----------
    expressions : terms, equations or model
        As for `jacobian`; an equation ``Eq(lhs, rhs)`` counts as ``lhs - rhs``.
    wrt : iterable of symbols
        The unknowns x.
    sparse : bool
        Whether to return A as a `SparseJacobian` rather than as a list of rows.

    Returns
    -------
    A : list of rows, or SparseJacobian
        Of shape (number of expressions, number of unknowns), without unknowns in it.
    b : list of terms and numbers

    Raises
    ------
    NonlinearError
        If an expression is not linear in the unknowns; the message names it.

    Examples
    --------
    >>> import symnum as sn
    >>> x, y, a = sn.symbols("x y a")
    >>> sn.linear_coefficients([a*x + 2*y - 3], [x, y])
    ([[a, 2]], [-3])
    """
    rows, unknowns = with_symbols(expressions, wrt)
    check_symbols(unknowns)
    if len(set(unknowns)) < len(unknowns):
        raise DuplicateNameError("an unknown is listed twice.")
    rows = [_linear(convert(row, "canonical"), set(convert(unknowns, "canonical")), row) for row in rows]
    unknowns = convert(unknowns, "canonical")
    matrix: SparseJacobian = jacobian(rows, unknowns)
    rest = substitute(rows, dict.fromkeys(unknowns, 0))
    return (matrix if sparse else matrix.to_dense()), rest


def _linear(row: Any, unknowns: set[Any], shown: Any) -> Any:
    """Return a term in a form that shows that it is linear, or raise."""
    if _is_linear(row, unknowns):
        return row
    expanded = expand(row)
    if _is_linear(expanded, unknowns):
        return expanded
    raise NonlinearError(
        f"{_short(shown)} is not linear in {', '.join(map(str, sorted(unknowns, key=str)))}. Take other unknowns, "
        "or linearise with jacobian first."
    )


def _is_linear(row: Any, unknowns: set[Any]) -> bool:
    if row.__class__ in NUMBER_TYPES:
        return True
    depends: dict[int, bool] = {}
    for part in subterms((row,)):
        below = any(depends.get(id(p), False) for p in _parts(part))
        depends[id(part)] = part in unknowns or below
        if below and part.__class__ is Call and part.function != "piecewise":
            return False  # a function may have constant slopes and still jump
    present = [s for s in free_symbols(row) if s in unknowns]
    slopes = jacobian([row], present).entries
    return not any(s in unknowns for s in free_symbols(slopes))


def _parts(term: Any) -> list[Any]:
    return [p.canonical() if p.__class__ is Sum else p for p in parts(term)]


def _short(term: Any) -> str:
    text = str(term)
    return text if len(text) <= 200 else text[:197] + "..."


def solve_linear(equations: Any, wrt: Iterable[Any]) -> dict[Any, Any]:
    """Return the solution of as many linear equations as there are unknowns.

    Parameters
    ----------
    equations : equations, terms or one of them
        An equation ``Eq(lhs, rhs)``, or a term that is to be zero, for each unknown.
    wrt : symbol or iterable of symbols
        The unknowns.

    Returns
    -------
    dict of symbol to term
        Valid wherever the determinant of the coefficients is not zero.

    Raises
    ------
    NonlinearError
        If an equation is not linear in the unknowns.
    SingularMatrixError
        If there is no single solution.
    ShapeError
        If the numbers of equations and unknowns differ.

    Examples
    --------
    >>> import symnum as sn
    >>> x, y, a = sn.symbols("x y a")
    >>> sn.solve_linear([sn.Eq(x + y, 1), sn.Eq(x - a*y, 0)], [x, y])
    {x: a/(a + 1), y: 1/(a + 1)}
    """
    unknowns = named_symbols(wrt, expressions_of(equations))
    matrix, rest = linear_coefficients(equations, unknowns)
    if len(rest) != len(unknowns):
        raise ShapeError(
            f"{len(rest)} equations were given for {len(unknowns)} unknowns; give one for each unknown."
        )
    right = [apply("*", -1, b) for b in rest]
    return dict(zip(unknowns, solve_matrix(matrix, right), strict=True))


def solve_matrix(matrix: Rows, right: list[Any]) -> list[Any]:
    """Return x of A x = b, by determinants for up to four unknowns, else by LU.

    Raises
    ------
    SingularMatrixError
        If the matrix is singular.
    """
    n = len(matrix)
    numeric = all(e.__class__ in NUMBER_TYPES for row in matrix for e in row)
    if n > _LARGEST_BY_DETERMINANTS or numeric:
        return solve_with_lu(matrix, right)
    tidy = expand if n <= _LARGEST_EXPANDED else _as_it_is
    bottom = tidy(determinant(matrix))
    if Residues().of(bottom) == 0:
        raise SingularMatrixError(
            "the equations depend on each other or contradict each other: the determinant of their coefficients is 0."
        )
    sign = -1 if _is_negative(bottom) else 1  # a/(a + 1) reads better than -a/(-a - 1)
    inverse = apply("^", apply("*", sign, bottom), -1)
    solution = []
    for j in range(n):
        replaced = [[*row[:j], b, *row[j + 1 :]] for row, b in zip(matrix, right, strict=True)]
        top = tidy(determinant(replaced))
        solution.append(0 if Residues().of(top) == 0 else apply("*", sign, top, inverse))
    return solution


def _is_negative(term: Any) -> bool:
    """Tell whether all coefficients of a sum, or that of a product, are negative real numbers."""
    if term.__class__ is Sum:
        numbers = [*term.terms.values(), *([term.constant] if term.constant else [])]
    else:
        numbers = [getattr(term, "coefficient", term)]
    return all(isinstance(c, int | float | Fraction) and c < 0 for c in numbers)


def _as_it_is(term: Any) -> Any:
    return term
