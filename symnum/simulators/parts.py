"""Right-hand sides in two parts, one for implicit and one for explicit treatment."""

from dataclasses import replace
from typing import TYPE_CHECKING

from numpy import float64
from numpy.typing import NDArray

from symnum.simulators.linear_algebra import LinearAlgebra, kernel_problem

if TYPE_CHECKING:
    from symnum.integrators.problem import KernelProblem
    from symnum.simulators.kernels import Kernels

__all__ = ["is_additive", "with_parts"]


def is_additive(method: str) -> bool:
    """Whether a method treats two parts of a right-hand side differently."""
    from symnum.integrators.registry import METHODS

    known = METHODS.get(method.lower())
    return known is not None and bool(known.properties.get("additive"))


def with_parts(
    problem: "KernelProblem", parts: "tuple[Kernels, Kernels]", p: NDArray[float64], choice: LinearAlgebra
) -> "KernelProblem":
    """Return a problem that has its two parts beside the whole.

    Parameters
    ----------
    problem : KernelProblem
        The whole.
    parts : (Kernels, Kernels)
        Of the implicit and of the explicit part.
    p : ndarray
        Parameters, the same array as the problem's.
    choice : LinearAlgebra
        For the implicit part.
    """
    from symnum.integrators.problem import KernelProblem

    implicit = replace(
        kernel_problem(parts[0], problem.size, p, choice), names=parts[0]["rhs"].state_names
    )
    kernel = parts[1]["rhs"].compiled
    context = parts[1]["rhs"].context(p)
    explicit = KernelProblem(
        size=problem.size,
        rhs_address=kernel.address,
        parameters=p,
        context_address=context.address,
        keep_alive=(context, kernel, p),
    )
    return replace(problem, split=(implicit, explicit))
