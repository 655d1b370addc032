"""The iterative solvers as objects: an operator, a preconditioner, an iteration."""

from typing import TYPE_CHECKING, Any

import numpy as np

from symnum.integrators.linear import bicgstab, gmres, iteration, operators
from symnum.integrators.linear.analysis import Array, pack
from symnum.integrators.linear.preconditioners import make_preconditioner
from symnum.integrators.linear.rows import Rows

if TYPE_CHECKING:
    from symnum.integrators.problem import KernelProblem

__all__ = ["LIMIT", "RESTART", "IterativeSolver"]

#: Iterations after which GMRES starts again, and after which one solve is given up.
RESTART, LIMIT = 30, 300
#: Residual allowed as a share of the right-hand side where no engine has said what it needs.
RELATIVE = 1e-12


class IterativeSolver:
    """GMRES or BiCGStab for (c_mass*I - c_jac*J) x = b.

    Parameters
    ----------
    kind : {"gmres", "bicgstab"}
        The iteration.
    n : int
        Number of unknowns.
    indptr, indices : numpy.ndarray or None
        int32 compressed columns with the full diagonal; None for products by differences or derivatives along a
        vector, for which `attach` must be called.
    preconditioner : str or object
        What `check_preconditioner` returns.
    restart, limit : int
        Iterations of a cycle of GMRES, and of one solve.
    relative : float
        Residual allowed as a share of the right-hand side, unless `attach` says more.

    Attributes
    ----------
    context_address, factor_address, solve_address : int
        What an engine calls; see the package's documentation.
    preconditioner_name : str
        What is used.
    """

    def __init__(
        self, kind: str, n: int, indptr: Array | None, indices: Array | None, preconditioner: Any = "auto",
        restart: int = RESTART, limit: int = LIMIT, relative: float = RELATIVE,
    ) -> None:  # fmt: skip
        self.name = kind
        self._arguments = (kind, n, indptr, indices, preconditioner, restart, limit, relative)
        self.free = indptr is None or indices is None
        if preconditioner == "auto":
            preconditioner = "none" if self.free else "ilu"
        nothing = np.zeros(0, dtype=np.int32)
        self._preconditioner = make_preconditioner(
            preconditioner, n, nothing if indptr is None else indptr, nothing if indices is None else indices
        )
        self.preconditioner_name = "none" if self._preconditioner is None else self._preconditioner.name
        self._counters = np.zeros(8, dtype=np.int64)
        self._products = np.zeros(1, dtype=np.int64)
        self._ones = np.ones(n)
        self._kept: list[Any] = []
        operator, factor, apply = self._operator(n, indptr, indices)
        restart = min(restart, n)
        vectors = gmres.vectors_needed(restart) if kind == "gmres" else bicgstab.VECTORS
        self._settings = np.array([0.0, relative, 1.0])
        own = self._preconditioner
        addresses = (
            (own.context_address, own.factor_address, own.solve_address) if own is not None else (0, 0, 0)
        )
        self._work = (
            self._ones, self._settings, np.empty(vectors * n), np.empty(2 * n), np.zeros((restart + 1) * (restart + 3)),
            self._counters,
        )  # fmt: skip
        self._context = pack(n, restart, limit, operator, factor, apply, *addresses, *self._work)
        self.context_address = int(self._context.ctypes.data)
        self.factor_address = iteration.factor_iterative.address
        self.solve_address = (gmres.solve_gmres if kind == "gmres" else bicgstab.solve_bicgstab).address

    def _operator(self, n: int, indptr: Array | None, indices: Array | None) -> tuple[Array, int, int]:
        if indptr is None or indices is None:
            held = [
                np.zeros(4),
                np.empty(n),
                np.empty(n),
                np.empty(n),
                np.empty(2 * n),
                self._ones,
                self._products,
            ]
            self._held = pack(n, 0, 0, 0, 0, *held)
            self._kept += held
            return self._held, operators.factor_free.address, operators.apply_free.address
        rows = Rows.of(n, indptr, indices, np.arange(n, dtype=np.int32)).arrays
        everything: dict[str, Any] = rows | {"n": n, "matrix": np.empty(len(indices))}
        self._held = pack(*(everything[slot] for slot in operators.ENTRY_SLOTS))
        self._kept.append(everything)
        return self._held, operators.factor_entries.address, operators.apply_entries.address

    def attach(self, problem: "KernelProblem", weights: Array, tolerance: float) -> None:
        """Tell the solver how errors are weighed and how small residuals must be; and what to differentiate.

        Parameters
        ----------
        problem : KernelProblem
            Gives the right-hand side where there are no entries.
        weights : numpy.ndarray
            One over the tolerated error of each component, kept up to date by the engine; shape (n,).
        tolerance : float
            Root mean square of the weighted residual allowed, for c_mass = 1.
        """
        self._context[iteration.WEIGHTS] = weights.ctypes.data
        self._settings[iteration.ABSOLUTE] = tolerance
        self._attached = (problem, weights)
        if self.free:
            f = operators.FREE_SLOTS.index
            self._held[f("rhs")] = problem.rhs_address
            self._held[f("product")] = problem.product_address
            self._held[f("parameters")] = problem.parameters.ctypes.data
            self._held[f("context")] = problem.context_address
            self._held[f("weights")] = weights.ctypes.data

    @property
    def point_numbers(self) -> Array | None:
        """Where products are taken, without entries: time, c_mass, c_jac and the size of differences; shape (4,)."""
        return self._kept[0] if self.free else None

    def clone(self) -> "IterativeSolver":
        """Return an independent context of the same pattern."""
        return IterativeSolver(*self._arguments)

    def statistics(self) -> dict[str, object]:
        """Return what was counted so far: iterations, failures, restarts, replaced pivots."""
        count = self._counters.tolist()
        found: dict[str, object] = {
            "kind": self.name,
            "n": self._arguments[1],
            "preconditioner": self.preconditioner_name,
            "factorisations": count[iteration.C_FACTORS],
            "solves": count[iteration.C_SOLVES],
            "iterations": count[iteration.C_ITERATIONS],
            "failures": count[iteration.C_FAILURES],
            "restarts": count[iteration.C_RESTARTS],
            "orthogonalised_again": count[iteration.C_AGAIN],
            "products": int(self._products[0]),
            "replaced_pivots": 0,
        }
        report = getattr(self._preconditioner, "statistics", None)
        if report is not None:
            found["replaced_pivots"] = report().get("replaced_pivots", 0)
        return found
