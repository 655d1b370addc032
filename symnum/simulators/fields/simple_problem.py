"""A problem of fields for methods that need the right-hand side alone."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.integrators.problem import KernelProblem
from symnum.simulators.fields.kernels import FieldKernels

__all__ = ["SimpleProblem", "simple_problem"]


@dataclass
class SimpleProblem:
    """What to integrate, with which method, and why."""

    problem: KernelProblem
    method: str
    reason: str


def simple_problem(kernels: FieldKernels, size: int, p: NDArray[np.float64], method: str) -> Any:
    """Return the right-hand side behind addresses; "auto" is a stabilised method."""
    rhs = kernels["rhs"]
    context = rhs.context(p)
    problem = KernelProblem(
        size=size,
        rhs_address=rhs.address,
        parameters=p,
        context_address=context.address,
        jacobian="free",
        keep_alive=(context, rhs.compiled, p),
    )
    if method.lower() == "auto":
        return SimpleProblem(problem, "rkc2", "diffusion, whose eigenvalues are real")
    return SimpleProblem(problem, method, "chosen by the user")
