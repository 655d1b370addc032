"""Direct linear solvers for stiff methods: (c_mass*I - c_jac*J) x = b with J's pattern fixed.

A solver object holds one context, to be used by one solve at a time (`clone` makes more), and the addresses of
two machine functions that need no interpreter::

    int32 factor(int64 context, double c_mass, double c_jac, const double* jac_values)
    int32 solve(int64 context, double* b)

`factor` returns 0, or k > 0 if column k-1 is linearly dependent on those eliminated before it, -2 if something
is not finite, -3 if the room for fill is used up, -4 if the fallback could not be prepared. `solve` overwrites b
with the solution and returns 0.
"""

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from symnum.errors import InputError, ShapeError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["DENSE_LIMIT", "LinearSolver", "make_linear_solver"]

#: Systems of at most this many unknowns are solved densely unless told otherwise (by measurement).
DENSE_LIMIT = 50


class LinearSolver(Protocol):
    """What every linear solver offers to an engine."""

    name: str
    context_address: int
    factor_address: int
    solve_address: int

    def clone(self) -> "LinearSolver":
        """Return an independent context of the same pattern."""
        ...

    def statistics(self) -> dict[str, object]:
        """Return what was counted so far."""
        ...


def make_linear_solver(n: int, indptr: "ArrayLike", indices: "ArrayLike", kind: str = "auto") -> LinearSolver:
    """Return a direct solver for matrices with one pattern.

    Parameters
    ----------
    n : int
        Number of unknowns, at least 1.
    indptr : array_like of int
        Start of each column in `indices`, shape (n + 1,).
    indices : array_like of int
        Row of each entry, sorted within a column; every diagonal entry must be there.
    kind : {"auto", "dense", "sparse"}
        Which solver; "auto" takes the dense one up to `DENSE_LIMIT` unknowns.

    Returns
    -------
    LinearSolver
        Addresses of the context and of the machine functions; keeps all their arrays alive.

    Raises
    ------
    ShapeError
        If the pattern is malformed or lacks a diagonal entry.
    InputError
        If `kind` is unknown.

    Examples
    --------
    >>> from symnum.integrators.linear import make_linear_solver
    >>> make_linear_solver(2, [0, 2, 4], [0, 1, 0, 1]).name
    'dense'
    """
    pointers = np.ascontiguousarray(indptr, dtype=np.int32)
    rows = np.ascontiguousarray(indices, dtype=np.int32)
    _check_pattern(n, pointers, rows)
    if kind not in ("auto", "dense", "sparse"):
        raise InputError(f'linear solver kind "{kind}" is unknown; use "auto", "dense" or "sparse"')
    if kind == "dense" or (kind == "auto" and n <= DENSE_LIMIT):
        from symnum.integrators.linear.dense_solver import DenseSolver

        return DenseSolver(n, pointers, rows)
    from symnum.integrators.linear.sparse import SparseSolver

    return SparseSolver.for_pattern(n, pointers, rows)


def _check_pattern(n: int, pointers: "np.ndarray[Any, Any]", rows: "np.ndarray[Any, Any]") -> None:
    if n < 1:
        raise ShapeError(f"a linear solver needs at least one unknown, not {n}")
    if (
        pointers.shape != (n + 1,)
        or pointers[0] != 0
        or pointers[-1] != len(rows)
        or np.any(np.diff(pointers) < 1)
    ):
        raise ShapeError(
            f"indptr must have shape ({n + 1},), start at 0, grow by at least one entry per column and end at the "
            f"number of indices, {len(rows)}"
        )
    if np.any(rows < 0) or np.any(rows >= n):
        raise ShapeError(f"indices must lie in 0..{n - 1}")
    columns = np.repeat(np.arange(n), np.diff(pointers))
    keys = columns * n + rows
    if np.any(np.diff(keys) <= 0):
        raise ShapeError(
            "indices must be sorted within each column, without repetitions; sort the pattern first"
        )
    if np.count_nonzero(rows == columns) != n:
        raise ShapeError(
            "the pattern lacks a diagonal entry; add the full diagonal (zeros are fine as values)"
        )
