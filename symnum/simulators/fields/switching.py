"""Times at which the right-hand side of a system on a grid jumps or has corners, and steps that end there."""

import functools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symnum.systems.event_conditions import time_line
from symnum.systems.stencils.system import StencilSystem
from symnum.systems.time_discontinuities import TimeDiscontinuities, time_discontinuities
from symnum.terms.evaluate import evaluate

if TYPE_CHECKING:
    from symnum.integrators.events.problem import EventProblem
    from symnum.integrators.problem import KernelProblem

__all__ = ["Switching"]

Array = NDArray[np.float64]

#: Most times at which one condition may switch that are looked up beforehand.
_MOST = 100_000


def _nothing() -> None:
    pass


class Switching:
    """What a system does at times that are known beforehand: ``t >= 1.1``, ``floor(t)``, ``abs(sin(t))``.

    Parameters
    ----------
    system : StencilSystem
    """

    def __init__(self, system: StencilSystem) -> None:
        self._system = system

    @functools.cached_property
    def discontinuities(self) -> TimeDiscontinuities:
        """What the terms say; those of loops over borders are mostly those of the inside."""
        s = self._system
        sums = [region for total in s.sums for region in total.regions]
        terms = dict.fromkeys(term for region in (*s.regions, *sums) for _, term in region.stores)
        return time_discontinuities(terms, s.independent, s.parameters)

    @property
    def is_empty(self) -> bool:
        """Whether nothing of the kind happens."""
        found = self.discontinuities
        return not (found.functions or found.steps or found.others)

    def times(self, p: Array, start: float, end: float) -> list[float]:
        """Return the times within an interval at which something switches; those of non-linear conditions are left out.

        Parameters
        ----------
        p : ndarray
            Parameters.
        start, end : float
        """
        low, high = min(start, end), max(start, end)
        found: set[float] = set()
        for function in self.discontinuities.functions:
            a, b = self._line(function, p)
            if a != 0.0 and low < -b / a < high:
                found.add(-b / a)
        for function in self.discontinuities.steps:
            a, b = self._line(function, p)
            values = sorted((a * low + b, a * high + b))
            if a != 0.0 and values[1] - values[0] <= _MOST:
                whole = np.arange(np.ceil(values[0]), np.floor(values[1]) + 1)
                found.update(float(t) for t in (whole - b) / a if low < t < high)
        return sorted(found)

    def _line(self, function: Any, p: Array) -> tuple[float, float]:
        s = self._system
        line = time_line(function, s.independent, s.parameters)
        assert line is not None
        known = dict(zip(s.parameters, p.tolist(), strict=False))
        a, b = (float(value) for value in evaluate(list(line), known))
        return a, b

    def events(self, problem: "KernelProblem") -> "EventProblem | None":
        """Return what makes an integrator end its steps at these times; None where there are none.

        Parameters
        ----------
        problem : KernelProblem
        """
        if self.is_empty:
            return None
        # These events change no parameters, so that nothing that depends on parameters is ever evaluated again.
        found: EventProblem = replace(self._plan.problem(problem), refresh=_nothing)
        return found

    @functools.cached_property
    def _plan(self) -> Any:
        from symnum.simulators.events import EventPlan
        from symnum.systems.ode import ODESystem

        s = self._system
        clock = ODESystem(
            states=(), parameters=s.parameters, parameter_values=s.parameter_values, independent=s.independent, rhs=()
        )
        return EventPlan(clock, (), self.discontinuities)
