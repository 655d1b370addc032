"""Events in a stochastic simulation: known times are stepped onto, conditions are judged after every reaction.

What happens then, in which order, is decided as for differential equations (`symnum.integrators.events`). Between two
reactions nothing changes but time, so a condition on populations can change at a reaction only, and is found exactly;
comparisons of time alone change at times that are known beforehand.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from symnum.integrators.events import places
from symnum.integrators.events.execution import Execution, Outcome
from symnum.integrators.events.problem import EventProblem, Happening
from symnum.integrators.events.schedule import Schedule, Stop
from symnum.integrators.events.watcher import Watcher
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.trajectory import Trajectory

__all__ = ["JumpEvents"]

Array = npt.NDArray[np.float64]


class _JumpExecution(Execution):
    """Events where a comparison that is zero stays zero until the next reaction."""

    def _compare(self, t: float, y: Array) -> npt.NDArray[np.int64]:
        self.watcher.held[:] = 0
        self.schedule.set_truth(t, self.watcher.truth)
        if np.any(self._watched):
            self.watcher.truth[self._watched] = self._truth_of(self.problem.compare(t, y))[self._watched]
        self.watcher.judge()
        return np.zeros(0, np.int64)

    def at_change(self, t: float, y: Array) -> Outcome:
        """What happens where a reaction has changed a condition."""
        self._compare(t, y)
        return self._carry_out(Outcome(y.copy()), t, t, [])

    def at_known_time(self, t: float, y: Array, after: float) -> Outcome:
        """What happens at a time known beforehand."""
        self._compare(t, y)
        queue = [*self.schedule.due(t), *self._given(t, y)]
        outcome = self._carry_out(Outcome(y.copy()), t, after, queue)
        outcome.restarts = True  # the propensities may have a jump here
        return outcome


class JumpEvents:
    """The events of one trajectory.

    Parameters
    ----------
    problem : EventProblem
        Its parameters are those of the trajectory.
    memory : Trajectory
    span : (float, float)
    refresh : callable
        Called after a change of parameters, for what the trajectory derives from them.
    check : callable
        ``check(populations, name of an event)`` returns whole populations, or refuses.
    """

    def __init__(
        self,
        problem: EventProblem,
        memory: Trajectory,
        span: tuple[float, float],
        refresh: Callable[[], None],
        check: Callable[[Array, str], Array],
    ) -> None:
        self.problem, self.memory, self.span = problem, memory, span
        self.watcher = Watcher(problem, memory.tables.n_states)
        self.schedule = Schedule(problem, *span)
        self.execution = _JumpExecution(problem, self.watcher, self.schedule)
        self._refresh, self._check = refresh, check
        self._stop: Stop | None = None
        self._values = np.zeros(max(len(problem.kinds), 1))
        watched = (problem.kinds & places.WATCHED) != 0
        counts = (problem.kinds & places.ZERO_COUNTS) != 0
        self._kinds = np.where(watched, counts.astype(np.int64), -1)
        self._is_watching = bool(np.any(watched))

    @property
    def happenings(self) -> list[Happening]:
        """What happened, in order."""
        return self.execution.happenings

    def begin(self) -> Outcome:
        """Judge all conditions at the beginning; what happens there."""
        i = self.memory.integers
        i[at.I_WATCH] = self.problem.kernel_address if self._is_watching else 0
        i[at.I_WATCH_CONTEXT], i[at.I_WATCH_COUNT] = self.problem.context_address, len(self._kinds)
        for place, array in (
            (at.I_WATCH_OUT, self._values),
            (at.I_WATCH_TRUTH, self.watcher.truth),
            (at.I_WATCH_KINDS, self._kinds),
        ):
            i[place] = array.ctypes.data
        y = self._populations()
        self.schedule.update(y)
        after = self.schedule.smooth_from(self.span[0], y)
        return self._apply(self.execution.begin(self.span[0], y, after))

    def aim(self) -> tuple[float, bool]:
        """Return the next known time, and whether it is the end with nothing happening there."""
        time = float(self.memory.reals[at.R_TIME])
        self._stop = self.schedule.next(time, self._populations())
        return (self.span[1], True) if self._stop is None else (self._stop.time, False)

    def arrived(self) -> Outcome:
        """What happens at the known time."""
        assert self._stop is not None
        return self._apply(self.execution.at_known_time(self._stop.time, self._populations(), self._stop.after))

    def changed(self) -> Outcome:
        """What happens where a reaction has changed a comparison."""
        return self._apply(self.execution.at_change(float(self.memory.reals[at.R_TIME]), self._populations()))

    def _populations(self) -> Array:
        return self.memory.populations[:-1].copy()

    def _apply(self, outcome: Outcome) -> Outcome:
        if outcome.has_changed:
            outcome.y = self._check(outcome.y, outcome.happened[-1] if outcome.happened else "")
            self.memory.populations[:-1] = outcome.y
        if outcome.parameters_changed:
            self._refresh()
        if outcome.has_changed or outcome.restarts:
            self.memory.integers[at.I_STARTED] = 0
        return outcome
