"""Real matrices of twice the size that stand for complex ones: two unknowns for each component, side by side."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from symnum.errors import InputError
from symnum.integrators import layout as at
from symnum.integrators.linear import ITERATIVE, LinearSolver, make_linear_solver
from symnum.integrators.problem import KernelProblem
from symnum.integrators.run import Run, address_of

__all__ = ["PairPattern", "attach_pair"]

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class PairPattern:
    """Pattern of [[A, -B], [B, A]], its rows and columns interleaved, where B has entries only as the mass matrix.

    Attributes
    ----------
    indptr, indices : ndarray of int32
        Compressed columns.
    places : ndarray of int64, shape (entries, 2)
        Where each entry of A goes.
    mass : ndarray of int64, shape (masses, 3)
        An entry of A, and where B goes there: above and below the diagonal.
    """

    indptr: npt.NDArray[np.int32]
    indices: npt.NDArray[np.int32]
    places: Indices
    mass: Indices

    @classmethod
    def of(
        cls,
        n: int,
        indptr: npt.NDArray[np.int32],
        indices: npt.NDArray[np.int32],
        mass: npt.NDArray[np.float64] | None,
    ) -> "PairPattern":
        """Make the pattern for one of a Jacobian and the values of a mass matrix on it; None is the identity."""
        rows = indices.astype(np.int64)
        columns = np.repeat(np.arange(n, dtype=np.int64), np.diff(indptr))
        heavy = np.flatnonzero(rows == columns if mass is None else mass != 0.0)
        size = 2 * n

        def key(row: Indices, column: Indices) -> Indices:
            return column * size + row

        own = np.stack([key(2 * rows, 2 * columns), key(2 * rows + 1, 2 * columns + 1)], axis=1)
        r, c = rows[heavy], columns[heavy]
        cross = np.stack([key(2 * r, 2 * c + 1), key(2 * r + 1, 2 * c)], axis=1)
        keys = np.unique(np.concatenate([own.ravel(), cross.ravel()]))
        pointers = np.searchsorted(keys, np.arange(size + 1, dtype=np.int64) * size)
        return cls(
            pointers.astype(np.int32),
            (keys % size).astype(np.int32),
            np.ascontiguousarray(np.searchsorted(keys, own), np.int64),
            np.ascontiguousarray(np.column_stack([heavy, np.searchsorted(keys, cross)]), np.int64),
        )


def attach_pair(run: Run, problem: KernelProblem, method: str) -> None:
    """Enter the matrix of pairs and a linear solver for it in the settings of a run that has its own matrix.

    Parameters
    ----------
    run : Run
        With its Jacobian and linear solver attached.
    problem : KernelProblem
        Keeps what is made.
    method : str
        Name of the method, for messages.

    Raises
    ------
    InputError
        Without entries of the Jacobian.
    """
    assert run.solver is not None
    if run.jacobian.startswith("free"):
        raise InputError(
            f'method="{method}" needs the entries of the Jacobian; choose another jacobian than "free", or '
            'method="kencarp4"'
        )
    pattern: PairPattern | None = problem.made.get("pair")
    if pattern is None:
        pattern = problem.made["pair"] = PairPattern.of(problem.size, *problem.pattern(), problem.mass)
    idle: list[LinearSolver] = problem.made.setdefault("pair solvers", [])
    solver = idle.pop() if idle else _solver(2 * problem.size, pattern, run.solver)
    values = np.zeros(len(pattern.indices))
    run.lent.append((idle, solver))
    run.kept += [pattern, values, solver]
    integers = run.integers
    integers[at.I_PAIR_SOLVER] = solver.context_address
    integers[at.I_PAIR_FACTOR] = solver.factor_address
    integers[at.I_PAIR_SOLVE] = solver.solve_address
    integers[at.I_PAIR_VALUES] = address_of(values)
    integers[at.I_PAIR_ENTRIES] = len(values)
    integers[at.I_PAIR_PLACES] = address_of(pattern.places)
    integers[at.I_PAIR_MASS] = address_of(pattern.mass)
    integers[at.I_PAIR_MASSES] = len(pattern.mass)


def _solver(size: int, pattern: PairPattern, like: LinearSolver) -> LinearSolver:
    """Return a solver of the same kind as the one for a single matrix."""
    if like.name in ITERATIVE:
        chosen = str(like.statistics()["preconditioner"])
        return make_linear_solver(size, pattern.indptr, pattern.indices, like.name, chosen)
    return make_linear_solver(size, pattern.indptr, pattern.indices, like.name)
