"""Runs that are set up already, for repeated solves of a small problem: setting up may cost as much as its steps."""

import weakref
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from symnum.integrators.families import method_run
from symnum.integrators.problem import KernelProblem
from symnum.integrators.registry import Method
from symnum.integrators.run import Run
from symnum.integrators.stepping import ATOL

__all__ = ["RunPool"]

Array = npt.NDArray[np.float64]

#: Unknowns up to which runs are kept, with their work vectors and linear solvers.
SMALL = 100
#: Idle runs kept for each method and its settings.
_KEPT = 3
#: Linear solvers without a memory of earlier factorisations.
_PLAIN = ("dense", "banded")


@dataclass(slots=True)
class _Prepared:
    """A run as it was before its first step."""

    run: Run
    integers: npt.NDArray[np.int64]
    reals: Array
    work: Array
    reader: "weakref.ref[Any] | None" = None  # the solution that may still look at the run

    @property
    def is_idle(self) -> bool:
        return self.reader is None or self.reader() is None

    def begin_again(self, atol: Array | float) -> Run:
        self.run.reset(self.integers, self.reals, self.work)
        self.run.work[ATOL] = self.run.tolerance_share * atol
        return self.run


class RunPool:
    """Lends runs of one problem.

    Parameters
    ----------
    problem : KernelProblem
    """

    def __init__(self, problem: KernelProblem) -> None:
        self._problem = problem
        self._prepared: dict[Any, list[_Prepared]] = defaultdict(list)

    @classmethod
    def of(cls, problem: KernelProblem) -> "RunPool":
        """Return the pool that belongs to a problem."""
        pool = problem.own.get("runs")
        if pool is None:
            pool = problem.own["runs"] = cls(problem)
        assert isinstance(pool, RunPool)
        return pool

    def borrow(self, method: Method, rtol: float, atol: Array | float, **settings: Any) -> Run:
        """Return a run whose times, steps and limits are still to be set; the arguments are those of `method_run`."""
        place = method.name, rtol, *settings.values()
        idle = self._prepared[place]
        for i, prepared in enumerate(idle):
            if prepared.is_idle:
                del idle[i]
                run = prepared.begin_again(atol)
                break
        else:
            run = method_run(method.numbers, self._problem, rtol, atol, **settings)
            prepared = _Prepared(run, run.integers.copy(), run.reals.copy(), run.work.copy())
        run.pooled = place, prepared
        return run

    def give_back(self, run: Run, reader: Any) -> bool:
        """Keep a run for later; False where its solver must go back to the problem.

        Parameters
        ----------
        run : Run
            From `borrow`.
        reader : object
            As long as it lives, the run's memory belongs to it.
        """
        if run.pooled is None or run.is_abandoned or run.lent:
            return False
        if run.solver is not None and run.solver.name not in _PLAIN:
            return False
        place, prepared = run.pooled
        run.pooled = None
        prepared.reader = weakref.ref(reader)
        idle = self._prepared[place]
        if len(idle) >= _KEPT:
            return False
        idle.append(prepared)
        return True
