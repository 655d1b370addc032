"""Problems that are set up already, for repeated solves: a small model should cost no more than itself."""

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from numpy import float64
from numpy.typing import NDArray

from codegen.kernel import Context, Kernel
from symnum.simulators.linear_algebra import LinearAlgebra, kernel_problem
from symnum.simulators.parts import is_additive, with_parts
from symnum.simulators.time_derivative import with_time

if TYPE_CHECKING:
    from symnum.integrators.problem import KernelProblem
    from symnum.simulators.kernels import Kernels

__all__ = ["PooledProblem", "ProblemPool", "evaluate_stages"]

#: Idle problems kept for each choice of linear algebra; further ones are let go.
_KEPT = 4


def evaluate_stages(problem: "KernelProblem", p: NDArray[float64]) -> None:
    """Evaluate what depends on parameters alone, for the whole and for its parts."""
    for part in (problem, *(problem.split or ())):
        context: Context = part.keep_alive[0]
        for kernel in part.keep_alive:
            if isinstance(kernel, Kernel):
                kernel.evaluate_stage(p, context)


@dataclass
class PooledProblem:
    """A problem with memory of its own.

    Attributes
    ----------
    problem : KernelProblem
        Its `parameters` are a copy of those that it was asked for.
    place : object
        Where in the pool it belongs.
    touched : bool
        Whether events may have changed its parameters.
    """

    problem: "KernelProblem"
    place: Any
    touched: bool = False

    def set_parameters(self, p: NDArray[float64]) -> None:
        """Enter parameters and evaluate what depends on them alone, unless all is there already."""
        if not self.touched and (self.problem.parameters == p).all():
            return
        self.touched = False
        self.problem.parameters[:] = p
        evaluate_stages(self.problem, self.problem.parameters)


class ProblemPool:
    """Lends problems of one model, one to each solve.

    Parameters
    ----------
    kernels : Kernels
        Of the model.
    size : int
        Number of states.
    autonomous : bool
        Whether time does not appear.
    parts : (Kernels, Kernels), optional
        Of the two parts of the right-hand side, where it has parts.
    """

    def __init__(
        self, kernels: "Kernels", size: int, autonomous: bool, parts: "tuple[Kernels, Kernels] | None" = None
    ) -> None:
        self._kernels, self._size, self._autonomous, self._parts = kernels, size, autonomous, parts
        self._idle: dict[Any, list[PooledProblem]] = defaultdict(list)

    def borrow(self, p: NDArray[float64], choice: LinearAlgebra, method: str) -> PooledProblem:
        """Return a problem that nobody else uses; give it back when its result holds no reference to it.

        Parameters
        ----------
        p : ndarray
            Parameters.
        choice : LinearAlgebra
            Linear solver and Jacobian.
        method : str
            Some need the derivative by time.
        """
        kind = choice.preconditioner
        named = kind if isinstance(kind, str) else id(kind)  # an idle problem keeps the user's own alive
        parts = self._parts if self._parts is not None and is_additive(method) else None
        place = choice.solver, named, choice.jacobian, None if self._autonomous else method, parts is None
        try:
            pooled = self._idle[place].pop()
        except IndexError:
            problem = kernel_problem(self._kernels, self._size, p.copy(), choice)
            problem = with_time(problem, self._kernels, problem.parameters, self._autonomous, method)
            if parts is not None:
                problem = with_parts(problem, parts, problem.parameters, choice)
            return PooledProblem(problem, place)
        pooled.set_parameters(p)
        return pooled

    def give_back(self, pooled: PooledProblem) -> None:
        """Keep a problem for the next solve."""
        idle = self._idle[pooled.place]
        if len(idle) < _KEPT:
            idle.append(pooled)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_idle": defaultdict(list)}
