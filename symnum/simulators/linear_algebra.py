"""How implicit methods get their Jacobian and solve with it: the user's choice, and the problem made after it."""

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import InputError

if TYPE_CHECKING:
    from symnum.integrators.problem import KernelProblem
    from symnum.simulators.kernels import Kernels

__all__ = ["LinearAlgebra", "kernel_problem"]


@functools.lru_cache
def named(solver: str, preconditioner: str, jacobian: str) -> "LinearAlgebra":
    """Return a choice that is made of names only; looked up where it has been checked before."""
    return LinearAlgebra(solver, preconditioner, jacobian)


@dataclass(frozen=True)
class LinearAlgebra:
    """Linear solver, preconditioner and Jacobian as the user names them.

    Attributes
    ----------
    solver : str
        "auto", "dense", "banded", "sparse", "gmres" or "bicgstab".
    preconditioner : str, object or None
        For the last two: "auto", "ilu", "ilut", "diagonal", "none", or the user's own.
    jacobian : str
        "analytic", "coloured", "differences" or "free".
    """

    solver: str = "auto"
    preconditioner: Any = "auto"
    jacobian: str = "analytic"

    @classmethod
    def of(cls, solver: Any, preconditioner: Any, jacobian: Any) -> "LinearAlgebra":
        """Return the user's choice, checked."""
        if isinstance(solver, str) and isinstance(preconditioner, str) and isinstance(jacobian, str):
            return named(solver, preconditioner, jacobian)
        return cls(solver, preconditioner, jacobian)

    def __post_init__(self) -> None:
        from symnum.integrators.linear import ITERATIVE, check_linear_solver
        from symnum.integrators.linear.preconditioners import check_preconditioner
        from symnum.integrators.newton_matrix import check_jacobian

        check_linear_solver(self.solver)
        check_preconditioner(self.preconditioner)
        check_jacobian(self.jacobian)
        iterative = self.solver in ITERATIVE or (self.solver == "auto" and self.jacobian == "free")
        none_wanted = self.preconditioner is None or (
            isinstance(self.preconditioner, str) and self.preconditioner in ("auto", "none")
        )
        if not (none_wanted or iterative):
            raise InputError(
                f'a preconditioner is for iterative solvers, and linear_solver is "{self.solver}"; add '
                'linear_solver="gmres", or leave preconditioner out'
            )


def kernel_problem(
    kernels: "Kernels", n: int, p: NDArray[np.float64], choice: LinearAlgebra
) -> "KernelProblem":
    """Return a model behind addresses, with memory of its own: solves may run in parallel.

    Parameters
    ----------
    kernels : Kernels
        Of the model; those that the choice needs are compiled.
    n : int
        Number of states.
    p : ndarray
        Parameters.
    choice : LinearAlgebra
        Without a Jacobian ("free") its products with vectors are compiled in its place.
    """
    from symnum.integrators.linear import make_linear_solver
    from symnum.integrators.problem import KernelProblem

    free = choice.jacobian == "free"
    rhs = kernels["rhs"].compiled
    other = kernels["jacobian_vector" if free else "jacobian"].compiled
    context = kernels["rhs"].context(p)
    context.reserve(other)
    other.evaluate_stage(p, context)
    indptr, indices = (None, None) if free else (other.facts["indptr"], other.facts["indices"])
    make = functools.partial(
        make_linear_solver, n, indptr, indices, choice.solver, choice.preconditioner, trusted=True
    )
    return KernelProblem(
        size=n,
        rhs_address=rhs.address,
        jacobian_address=0 if free else other.address,
        indptr=indptr,
        indices=indices,
        parameters=p,
        context_address=context.address,
        linear_solver=make,
        jacobian=choice.jacobian,
        product_address=other.address if free else 0,
        keep_alive=(context, rhs, other, p),
        renew=lambda q: kernel_problem(kernels, n, q, choice),
    )
