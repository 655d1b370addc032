"""Second derivatives: sparse, and exactly symmetric."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from symnum.errors import InputError
from symnum.terms.convert import convert
from symnum.terms.differentiate import gradient
from symnum.terms.jacobian import SparseJacobian, jacobian
from symnum.terms.sources import with_symbols


class SparseHessian(SparseJacobian):
    """Nonzero second derivatives by coordinates; [i, j] and [j, i] are the same term."""

    __slots__ = ()


def hessian(expression: Any, wrt: Iterable[Any] | None = None, terms: str | None = None) -> SparseHessian:
    """Return the second derivatives of a term, without the zeros.

    Parameters
    ----------
    expression : term
    wrt : iterable of symbols, optional
        One row and column each; the free symbols in order of first appearance if left out.
    terms : str, optional
        Structure to differentiate in, one of `term_types()`.

    Returns
    -------
    SparseHessian
        With `.nnz`, `.sparsity()`, `.to_dense()`, and entries by ``[row, column]``.

    Raises
    ------
    InputError
        If more than one term is given, or one of `wrt` is not a symbol.

    Examples
    --------
    >>> import symnum as sn
    >>> x, y = sn.symbols("x y")
    >>> sn.hessian(x**2 * y, [x, y]).to_dense()
    [[2*y, 2*x], [2*x, 0]]
    """
    expressions, wanted = with_symbols(expression, wrt)
    if len(expressions) != 1:
        raise InputError(
            f"a Hessian is that of one term, and {len(expressions)} were given; take one after the other."
        )
    if terms is not None:
        expressions, wanted = convert(expressions, terms), convert(wanted, terms)
    whole = jacobian(gradient(expressions[0], wanted), wanted)
    lower = whole.rows >= whole.columns
    rows, columns = whole.rows[lower], whole.columns[lower]
    chosen = np.flatnonzero(lower)
    mirrored = rows > columns
    rows, columns = np.r_[rows, columns[mirrored]], np.r_[columns, rows[mirrored]]
    chosen = np.r_[chosen, chosen[mirrored]]
    order = np.lexsort((columns, rows))
    entries = [whole.entries[i] for i in chosen[order].tolist()]
    return SparseHessian(rows[order], columns[order], entries, whole.shape)
