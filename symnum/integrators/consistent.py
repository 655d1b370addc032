"""Consistent initial values of M y' = f(t, y) with a singular matrix M, and the derivative there.

With N the left and K the right null space of M, the equations N^T f = 0 are algebraic, and the directions K of y do not
move by themselves: what M y holds stays as it is given, and y + K c is sought by a damped Newton iteration with the
matrix N^T J K. Source of the damping: Deuflhard, Newton Methods for Nonlinear Problems, Springer 2004 (natural
monotonicity test).
"""

import ctypes
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from symnum.integrators.problem import KernelProblem
from symnum.integrators.run import address_of
from symnum.systems.null_spaces import NullVector, null_spaces

if TYPE_CHECKING:
    import scipy.sparse

__all__ = ["Consistent", "Constraints", "initial_slope"]

Array = npt.NDArray[np.float64]

_ITERATIONS = 60
_SMALLEST_DAMPING = 1e-6
_DENSE, _DENSE_AT_MOST = 40, 1500
_SINGULAR = 1e-13
_EPSILON = 2.220446049250313e-16


@dataclass(frozen=True)
class Consistent:
    """What came of looking for consistent values.

    Attributes
    ----------
    y : ndarray, shape (n,)
        The values; as far as the iteration came where it failed.
    converged : bool
        Whether they satisfy the algebraic equations to rounding.
    singular : bool
        Whether the matrix N^T J K is singular there, so that the algebraic unknowns are not determined.
    equation : int
        Place of the equation that is worst off, or that belongs to the singular direction; -1 where there is none.
    unknown : int
        Place of the unknown in the singular direction; -1 where there is none.
    residual : float
        What is left of the equation.
    iterations : int
        Steps of the iteration.
    rounding : ndarray, shape (n,), or None
        How much rounding of the equations moves each of the values; zeros for those that do not depend on it, None
        where that is not known.
    """

    y: Array
    converged: bool
    singular: bool = False
    equation: int = -1
    unknown: int = -1
    residual: float = 0.0
    iterations: int = 0
    rounding: Array | None = None


class Constraints:
    """The algebraic equations of a problem with a mass matrix.

    Parameters
    ----------
    problem : KernelProblem
        With `mass`, and the kernel of the Jacobian.
    """

    def __init__(self, problem: KernelProblem) -> None:
        assert problem.mass is not None
        self.problem = problem
        indptr, self._rows = problem.pattern()
        self._columns = np.repeat(np.arange(problem.size, dtype=np.int32), np.diff(indptr))
        self.left, self.right = null_spaces(self._rows, self._columns, problem.mass, problem.size)

    @property
    def count(self) -> int:
        """How many algebraic equations there are."""
        return len(self.left)

    def rhs(self, t: float, y: Array) -> Array:
        """Return f(t, y); not a number throughout where the model's code fails."""
        out = np.empty(self.problem.size)
        return out if self._call(self.problem.rhs_address, t, y, out) == 0 else np.full(len(out), np.nan)

    def jacobian(self, t: float, y: Array) -> "scipy.sparse.csc_matrix":
        """Return df/dy as a sparse matrix, by its kernel or by differences."""
        import scipy.sparse

        values = np.empty(len(self._rows))
        if self.problem.jacobian_address:
            self._call(self.problem.jacobian_address, t, y, values)
        else:
            values = self._differences(t, y)
        shape = (self.problem.size, self.problem.size)
        return scipy.sparse.csc_matrix((values, (self._rows, self._columns)), shape=shape)

    def _differences(self, t: float, y: Array) -> Array:
        base = self.rhs(t, y)
        values = np.empty(len(self._rows))
        for j in range(self.problem.size):
            moved = y.copy()
            moved[j] += 1.5e-8 * max(abs(y[j]), 1e-3)
            own = self._columns == j
            values[own] = (self.rhs(t, moved) - base)[self._rows[own]] / (moved[j] - y[j])
        return values

    def _call(self, address: int, t: float, y: Array, out: Array) -> int:
        pointer = ctypes.c_void_p
        kernel = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_double, pointer, pointer, pointer, pointer)(address)
        state = np.ascontiguousarray(y)
        p = self.problem
        places = (address_of(state), address_of(p.parameters), p.context_address, address_of(out))
        code: int = kernel(t, *places)
        return code

    @cached_property
    def _combine(self) -> Any:
        return _matrix(self.left, self.problem.size).T.tocsr()

    @cached_property
    def _spread(self) -> Any:
        return _matrix(self.right, self.problem.size)

    def residual(self, t: float, y: Array) -> Array:
        """Return what is left of each algebraic equation."""
        return np.asarray(self._combine @ self.rhs(t, y))

    def solve(self, t: float, y: Array) -> Consistent:
        """Return values near `y`, with the same M y, that satisfy the algebraic equations."""
        y = np.array(y, np.float64)
        if not self.count:
            return Consistent(y, True)
        residual = self.residual(t, y)
        if not np.all(np.isfinite(residual)):
            return Consistent(y, False, equation=self._equation(residual), residual=float("nan"))
        for iteration in range(_ITERATIONS):
            step = self._newton_step(t, y, residual)
            if not step.solved:
                return self._failed(y, residual, step, iteration)
            moved = self._damped(t, y, step)
            if moved is None:
                return self._failed(y, residual, step, iteration)
            y, residual, full = moved
            if full and step.small(y):
                last = self._newton_step(t, y, residual)
                if last.singular:
                    return self._failed(y, residual, last, iteration)
                return Consistent(y, True, iterations=iteration + 1, rounding=self._rounding(t, y))
        return self._failed(y, residual, step, _ITERATIONS)

    def _rounding(self, t: float, y: Array) -> Array | None:
        """Return what rounding of the terms of the algebraic equations does to the values."""
        rows = self._combine @ self.jacobian(t, y)
        inverse = _factorised(rows @ self._spread).sizes
        if inverse is None:
            return None
        return np.asarray(abs(self._spread) @ (inverse @ (abs(rows) @ np.abs(y)))) * _EPSILON

    def _newton_step(self, t: float, y: Array, residual: Array) -> "_Step":
        matrix = self._combine @ self.jacobian(t, y) @ self._spread
        return _Step(matrix, residual, self._spread)

    def _damped(self, t: float, y: Array, step: "_Step") -> tuple[Array, Array, bool] | None:
        """Return the next values, what is left there, and whether the step was a full one."""
        damping = 1.0
        scale = step.scale(y)
        size = float(np.linalg.norm(step.move / scale))
        while damping >= _SMALLEST_DAMPING:
            trial = y + damping * step.move
            residual = self.residual(t, trial)
            if np.all(np.isfinite(residual)):
                after = float(np.linalg.norm(step.spread(residual) / scale))
                if after <= (1.0 - 0.5 * damping) * size or size <= 1e-13 * np.sqrt(len(y)):
                    return trial, residual, damping == 1.0
                if damping == 1.0 and step.small(y):  # as good as rounding allows
                    return (y, self.residual(t, y), True) if after > size else (trial, residual, True)
            damping *= 0.5
        return None

    def _failed(self, y: Array, residual: Array, step: "_Step", iterations: int) -> Consistent:
        unknown = -1
        if step.singular:
            equation = max(self.left[step.weak_row], key=lambda e: abs(e[1]))[0]
            unknown = max(self.right[step.weak_column], key=lambda e: abs(e[1]))[0]
        else:
            equation = self._equation(residual)
        worst = residual[int(np.argmax(np.abs(np.nan_to_num(residual, nan=np.inf))))]
        return Consistent(y, False, step.singular, equation, unknown, float(worst), iterations)

    def _equation(self, residual: Array) -> int:
        """The equation to name for the largest residual."""
        worst = int(np.argmax(np.abs(np.nan_to_num(residual, nan=np.inf))))
        return self.left[worst][0][0]

    def slope(self, t: float, y: Array, direction: float) -> Array:
        """Return y' at consistent values, from M y' = f and the derivative of the algebraic equations.

        Parameters
        ----------
        t : float
        y : ndarray
        direction : float
            Length of the interval, with its sign: says how small a change of time is small.
        """
        import scipy.sparse

        n = self.problem.size
        rhs = self.rhs(t, y)
        mass = scipy.sparse.csr_matrix((self.problem.mass, (self._rows, self._columns)), shape=(n, n))
        matrix, right = (mass, rhs) if not self.count else self._with_constraints(t, y, direction, mass, rhs)
        found = _solve(matrix.tocsc(), right)
        return found if found is not None and np.all(np.isfinite(found)) else np.zeros(n)

    def _with_constraints(
        self, t: float, y: Array, direction: float, mass: Any, rhs: Array
    ) -> tuple[Any, Array]:
        """Put the derivatives of the algebraic equations in the place of as many rows that say nothing new."""
        import scipy.sparse

        n, places = len(rhs), _own_places(self.left)
        kept = np.ones(n)
        kept[places] = 0.0
        ones = np.ones(len(places))
        put = scipy.sparse.csr_matrix((ones, (places, np.arange(len(places)))), shape=(n, len(places)))
        rows = self._combine @ self.jacobian(t, y)
        move = 1e-7 * direction
        drift = np.zeros(len(rhs)) if self.problem.autonomous else (self.rhs(t + move, y) - rhs) / move
        drifts = self._combine @ drift
        return scipy.sparse.diags(kept) @ mass + put @ rows, kept * rhs - put @ drifts


class _Step:
    """One Newton step: its solution, and how it can be used for other residuals."""

    def __init__(self, matrix: Any, residual: Array, spread: Any) -> None:
        self._spread = spread
        self._solver = _factorised(matrix)
        self.weak_row, self.weak_column = self._solver.weak
        self.singular = self._solver.singular
        move = self._solver(residual)
        self.solved = move is not None and bool(np.all(np.isfinite(move)))
        self.move: Array = -np.asarray(spread @ move) if move is not None else np.zeros(spread.shape[0])

    def spread(self, residual: Array) -> Array:
        """Return the step that another residual would have, without its sign."""
        return np.asarray(self._spread @ self._solver(residual))

    def scale(self, y: Array) -> Array:
        """Sizes that steps are compared with: those of the values and of the step."""
        size = np.maximum(np.abs(y), np.abs(self.move))
        largest = float(size.max()) if size.size else 1.0
        return np.asarray(np.maximum(size, 1e-10 * largest + 1e-300))

    def small(self, y: Array) -> bool:
        """Whether the step changes nothing but rounding."""
        return bool(np.all(np.abs(self.move) <= 1e-9 * np.maximum(np.abs(y), 1e-6 * np.abs(y).max(initial=1e-30))))


class _Dense:
    """Solutions by the inverse of the equilibrated matrix, or by its singular values if it is nearly singular."""

    def __init__(self, matrix: Array) -> None:
        self._rows = _sizes(np.abs(matrix).max(axis=1, initial=0.0))
        with np.errstate(all="ignore"):
            scaled = matrix / self._rows[:, None]
            self._columns = _sizes(np.abs(scaled).max(axis=0, initial=0.0))
            scaled = scaled / self._columns
        self.singular, self.weak = False, (0, 0)
        self._inverse: Array | None = None
        if not np.all(np.isfinite(scaled)):
            return
        try:
            inverse = np.asarray(np.linalg.inv(scaled), np.float64)
        except np.linalg.LinAlgError:
            inverse = np.full_like(scaled, np.inf)
        if np.abs(inverse).max(initial=0.0) * _SINGULAR * len(scaled) < 1.0:
            self._inverse = inverse
            return
        u, s, v = np.linalg.svd(scaled)
        self.singular = bool(s[-1] <= _SINGULAR * s[0])
        self.weak = int(np.argmax(np.abs(u[:, -1]))), int(np.argmax(np.abs(v[-1])))
        kept = s > _SINGULAR * s[0]
        if s[0] > 0.0:  # a singular matrix gives the shortest step
            self._inverse = np.asarray((v[kept].T / s[kept]) @ u.T[kept], np.float64)

    def __call__(self, right: Array) -> Array | None:
        return None if self._inverse is None else np.asarray(self._inverse @ (right / self._rows) / self._columns)

    @property
    def sizes(self) -> Array | None:
        """Sizes of the entries of the inverse."""
        return None if self._inverse is None else np.abs(self._inverse) / self._rows / self._columns[:, None]


class _Sparse:
    """Solutions by sparse elimination."""

    sizes = None

    def __init__(self, matrix: Any) -> None:
        import scipy.sparse.linalg

        self.singular, self.weak = False, (0, 0)
        self._solve: Any = None
        try:
            factors = scipy.sparse.linalg.splu(matrix.tocsc())
            pivots = np.abs(factors.U.diagonal())
            if pivots.min() > _SINGULAR * pivots.max():
                self._solve = factors.solve
                return
        except RuntimeError:
            pass
        if matrix.shape[0] <= _DENSE_AT_MOST:
            dense = _Dense(matrix.toarray())
            self.singular, self.weak, self._solve = dense.singular, dense.weak, dense
            return
        self.singular = True
        empty = [np.flatnonzero(abs(matrix).max(axis=axis).toarray().ravel() == 0.0) for axis in (1, 0)]
        self.weak = int(empty[0][0]) if len(empty[0]) else 0, int(empty[1][0]) if len(empty[1]) else 0

    def __call__(self, right: Array) -> Array | None:
        return None if self._solve is None else np.asarray(self._solve(right))


def _factorised(matrix: Any) -> Any:
    return _Dense(matrix.toarray()) if matrix.shape[0] <= _DENSE else _Sparse(matrix)


def _solve(matrix: Any, right: Array) -> Array | None:
    solution: Array | None = _factorised(matrix)(right)
    return solution


def _sizes(sizes: Array) -> Array:
    return np.where(sizes > 0.0, sizes, 1.0)


def _matrix(vectors: list[NullVector], size: int) -> Any:
    """Return vectors as the columns of a sparse matrix."""
    import scipy.sparse

    entries = [(i, k, v) for k, vector in enumerate(vectors) for i, v in vector]
    rows, columns, values = zip(*entries) if entries else ((), (), ())
    return scipy.sparse.csc_matrix((values, (rows, columns)), shape=(size, len(vectors)), dtype=np.float64)


def _own_places(vectors: list[NullVector]) -> list[int]:
    """Return for each vector a place that no other one has."""
    owners: dict[int, int] = {}
    for vector in vectors:
        for place, _ in vector:
            owners[place] = owners.get(place, 0) + 1
    return [next(place for place, v in vector if owners[place] == 1 and v == 1.0) for vector in vectors]


def initial_slope(problem: KernelProblem, t: float, end: float, y: Array) -> Array:
    """Return the derivative y' at consistent values of a problem with a mass matrix, zeros where there is none."""
    return Constraints(problem).slope(t, np.asarray(y, np.float64), end - t)
