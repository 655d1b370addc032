"""What an integrator needs to know of a model: addresses and arrays."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from symnum.integrators.linear import LinearSolver, make_linear_solver

if TYPE_CHECKING:
    from symnum.integrators.grids.spectral import GridModes

__all__ = ["KernelProblem", "LinearSolver"]


@dataclass(frozen=True)
class KernelProblem:
    """An initial value problem y' = f(t, y, p) behind addresses.

    One problem (its context and parameters) is for one thread at a time; `dataclasses.replace` with another context
    makes one for another thread.

    Attributes
    ----------
    size : int
        Number of components.
    rhs_address : int
        ``int32 kernel(double t, const double* y, const double* p, void* context, double* out)``.
    jacobian_address : int
        The same signature, writing the values of the pattern; 0 for differences of the right-hand side.
    indptr, indices : ndarray of int32, shapes (size + 1,) and (entries,)
        Pattern of the Jacobian in compressed sparse columns, sorted, with the whole diagonal; None means full.
    parameters : ndarray of float64
        Parameter values; C-contiguous.
    context_address : int
        Opaque context of the kernels.
    jacobian : str
        "auto", "analytic", "coloured", "differences" (one column at a time) or "free" (products with vectors only).
    product_address : int
        The same signature with 2 n states, y and then v, writing the Jacobian at y times v; 0 for differences.
    autonomous : bool
        Whether the right-hand side does not depend on time.
    time_derivative_address : int
        The kernel of its derivative by time, the same signature; 0 for differences.
    mass : ndarray of float64, shape (entries,), optional
        Values of a constant mass matrix M on the pattern, for M y' = f(t, y, p) with Rosenbrock and multistep methods;
        None is the identity.
    slope : ndarray of float64, shape (n,), optional
        With a mass matrix: the derivative y' at the start.
    linear_solver : callable, optional
        Called without arguments, makes a `LinearSolver` for the pattern; by default `make_linear_solver` does.
    split : (KernelProblem, KernelProblem), optional
        The same right-hand side as a sum: the part for implicit treatment, with its own Jacobian, pattern and linear
        solver, and the part for explicit treatment. Additive methods use the parts, all others the whole.
    grid_modes : GridModes, optional
        Of an implicit part that is linear on a grid: its blocks in the basis of a fast transform.
    names : tuple of str
        Of the components, for messages; empty where nobody knows them.
    keep_alive : tuple
        Objects that own the memory behind the addresses.
    made : dict
        What methods have made for its patterns, for the next run.
    own : dict
        Memory and runs of this problem alone; another one made by `dataclasses.replace` has its own.
    renew : callable, optional
        Called with parameters, makes the same problem with memory of its own, for a solution that is read after this
        problem has been lent to somebody else.
    """

    size: int
    rhs_address: int
    jacobian_address: int = 0
    indptr: npt.NDArray[np.int32] | None = None
    indices: npt.NDArray[np.int32] | None = None
    parameters: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(1))
    context_address: int = 0
    autonomous: bool = False
    time_derivative_address: int = 0
    mass: npt.NDArray[np.float64] | None = None
    slope: npt.NDArray[np.float64] | None = None
    linear_solver: Callable[[], LinearSolver] | None = None
    jacobian: str = "auto"
    product_address: int = 0
    split: "tuple[KernelProblem, KernelProblem] | None" = None
    grid_modes: "GridModes | None" = None
    names: tuple[str, ...] = ()
    keep_alive: tuple[Any, ...] = ()
    renew: "Callable[[npt.NDArray[np.float64]], KernelProblem] | None" = None
    made: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    own: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    _idle: list[LinearSolver] = field(default_factory=list, repr=False, compare=False)

    def pattern(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """Return the Jacobian's pattern (full where none was given) as contiguous int32 arrays."""
        if self.indptr is not None and self.indices is not None:
            return np.ascontiguousarray(self.indptr, np.int32), np.ascontiguousarray(self.indices, np.int32)
        n = self.size
        return np.arange(0, n * n + 1, n, dtype=np.int32), np.tile(np.arange(n, dtype=np.int32), n)

    def borrow_solver(self) -> LinearSolver:
        """Return a linear solver that nobody uses; give it back with `return_solver`."""
        try:
            return self._idle.pop()
        except IndexError:
            if self.linear_solver is not None:
                return self.linear_solver()
            if self.jacobian == "free":
                return make_linear_solver(self.size, None, None)
            return make_linear_solver(self.size, *self.pattern())

    def return_solver(self, solver: LinearSolver) -> None:
        """Keep a solver for the next run (its analysis of the pattern is worth more than its memory)."""
        self._idle.append(solver)
