"""Linear solvers for stiff methods: (c_mass*I - c_jac*J) x = b with J's pattern fixed.

A solver object holds one context, to be used by one solve at a time (`clone` makes more), and the addresses of
two machine functions that need no interpreter::

    int32 factor(int64 context, double c_mass, double c_jac, const double* jac_values)
    int32 solve(int64 context, double* b)

`factor` returns 0, or k > 0 if column k-1 is linearly dependent on those eliminated before it, -2 if something
is not finite, -3 if the room for fill is used up, -4 if the fallback could not be prepared. `solve` overwrites b
with the solution and returns 0; an iterative solver that did not get there leaves b as it was and returns -5, or -6
if something broke down on the way.

For an iterative solver `factor` builds the preconditioner anew, and `solve` iterates until the true residual is small
enough: as a share of b, or as `IterativeSolver.attach` has been told.
"""

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from symnum.errors import InputError, ShapeError, UnknownNameError, suggest

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = [
    "DENSE_LIMIT",
    "ITERATIVE",
    "KINDS",
    "LinearSolver",
    "check_linear_solver",
    "make_linear_solver",
]

#: Systems of at most this many unknowns are solved densely unless told otherwise (by measurement).
DENSE_LIMIT = 50

#: What may be asked for, and which of these iterate.
KINDS = ("auto", "dense", "banded", "sparse", "gmres", "bicgstab")
ITERATIVE = ("gmres", "bicgstab")


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


def check_linear_solver(kind: object) -> str:
    """Return the name of a linear solver.

    Raises
    ------
    UnknownNameError
        With a suggestion.
    """
    if kind in KINDS:
        return str(kind)
    known = ", ".join(f'"{name}"' for name in KINDS)
    raise UnknownNameError(
        f'there is no linear solver "{kind}"; choose one of {known}.{suggest(str(kind), KINDS)}'
    )


def make_linear_solver(
    n: int,
    indptr: "ArrayLike | None",
    indices: "ArrayLike | None",
    kind: str = "auto",
    preconditioner: object = "auto",
    *,
    trusted: bool = False,
) -> LinearSolver:
    """Return a solver for matrices with one pattern.

    Parameters
    ----------
    n : int
        Number of unknowns, at least 1.
    indptr : array_like of int or None
        Start of each column in `indices`, shape (n + 1,). None for a Jacobian without entries, whose products with
        vectors come from the right-hand side; only iterative solvers do with that.
    indices : array_like of int or None
        Row of each entry, sorted within a column; every diagonal entry must be there.
    kind : {"auto", "dense", "banded", "sparse", "gmres", "bicgstab"}
        Which solver; "auto" takes the dense one up to `DENSE_LIMIT` unknowns, the banded one where the band is
        narrow (after reverse Cuthill-McKee where that helps), else the sparse one; and "gmres" without entries.
    preconditioner : {"auto", "ilu", "ilut", "diagonal", "none"}, None or object
        For iterative solvers; see `symnum.integrators.linear.preconditioners`.
    trusted : bool
        Whether the pattern is known to be well formed, as those of the code generator are.

    Returns
    -------
    LinearSolver
        Addresses of the context and of the machine functions; keeps all their arrays alive.

    Raises
    ------
    ShapeError
        If the pattern is malformed or lacks a diagonal entry.
    UnknownNameError
        If `kind` or `preconditioner` is unknown.
    InputError
        If solver, preconditioner and Jacobian do not fit together.

    Examples
    --------
    >>> from symnum.integrators.linear import make_linear_solver
    >>> make_linear_solver(2, [0, 2, 4], [0, 1, 0, 1]).name
    'dense'
    """
    kind = check_linear_solver(kind)
    if indptr is None or indices is None:
        return _without_entries(n, kind, preconditioner)
    pointers = np.ascontiguousarray(indptr, dtype=np.int32)
    rows = np.ascontiguousarray(indices, dtype=np.int32)
    if not trusted:
        _check_pattern(n, pointers, rows)
    if kind in ITERATIVE:
        from symnum.integrators.linear.iterative import IterativeSolver
        from symnum.integrators.linear.preconditioners import check_preconditioner

        return IterativeSolver(kind, n, pointers, rows, check_preconditioner(preconditioner))
    if kind == "dense" or (kind == "auto" and n <= DENSE_LIMIT):
        from symnum.integrators.linear.dense_solver import DenseSolver

        return DenseSolver(n, pointers, rows)
    return _direct(n, pointers, rows, kind)


def _direct(
    n: int, pointers: "np.ndarray[Any, Any]", rows: "np.ndarray[Any, Any]", kind: str
) -> LinearSolver:
    """Return a banded or a sparse solver."""
    from symnum.integrators.linear.bandwidth import find_band, may_be_narrow

    if kind == "banded" or (kind == "auto" and may_be_narrow(pointers)):
        band = find_band(n, pointers, rows)
        if kind == "banded" or band.is_narrow(n, len(rows)):
            from symnum.integrators.linear.banded_solver import BandedSolver

            return BandedSolver(n, pointers, rows, band)
    from symnum.integrators.linear.sparse import SparseSolver

    return SparseSolver.for_pattern(n, pointers, rows)


def _without_entries(n: int, kind: str, preconditioner: object) -> LinearSolver:
    """Return an iterative solver that knows the Jacobian by its products only."""
    from symnum.integrators.linear.iterative import IterativeSolver
    from symnum.integrators.linear.preconditioners import check_preconditioner

    if kind not in (*ITERATIVE, "auto"):
        raise InputError(
            f'the linear solver "{kind}" needs the entries of the Jacobian; without them choose "gmres" or "bicgstab", '
            'or let the Jacobian be "analytic" or "coloured"'
        )
    chosen = check_preconditioner(preconditioner)
    if isinstance(chosen, str) and chosen not in ("auto", "none"):
        raise InputError(
            f'the preconditioner "{chosen}" needs the entries of the Jacobian; without them choose "none" or give one '
            'of your own, or let the Jacobian be "analytic" or "coloured"'
        )
    return IterativeSolver("gmres" if kind == "auto" else kind, n, None, None, chosen)


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
