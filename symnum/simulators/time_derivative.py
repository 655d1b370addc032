"""What an integrator is told of how a model depends on time."""

from dataclasses import replace
from typing import TYPE_CHECKING

from numpy import float64
from numpy.typing import NDArray

from symnum.errors import UnsupportedError

if TYPE_CHECKING:
    from symnum.integrators.problem import KernelProblem
    from symnum.simulators.kernels import Kernels

__all__ = ["with_time"]

# Engines that need the derivative of the right-hand side by time.
_NEEDING = ("rosenbrock", "exponential")


def with_time(
    problem: "KernelProblem", kernels: "Kernels", p: NDArray[float64], autonomous: bool, method: str
) -> "KernelProblem":
    """Return a problem that says whether time appears, with the derivative by time where a method needs it.

    Parameters
    ----------
    problem : KernelProblem
        From `kernel_problem`; its first object kept alive is the kernels' context.
    kernels : Kernels
        Of the model.
    p : ndarray
        Parameters.
    autonomous : bool
        Whether the right-hand side is free of time.
    method : str
        Rosenbrock methods, exponential ones too, need the derivative, others do not. Where there is none in symbols
        they take differences.
    """
    from symnum.integrators.registry import METHODS

    if autonomous:
        return replace(problem, autonomous=True)
    if method.lower() not in METHODS or METHODS[method.lower()].family not in _NEEDING:
        return problem
    try:
        kernel = kernels["time_derivative"].compiled
    except UnsupportedError:
        return problem
    context = problem.keep_alive[0]
    context.reserve(kernel)
    kernel.evaluate_stage(p, context)
    kept = (*problem.keep_alive, kernel)
    return replace(problem, time_derivative_address=kernel.address, keep_alive=kept)
